# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Where interface packages are installed, read from the ament index."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import GeneratorError

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_C_LIBRARY = re.compile(r"__rosidl_generator_c:(\S+?)__rosidl_generator_c\b")


@dataclass(frozen=True)
class InterfacePackage:
    """An installed interface package: its folder `share/<name>`, and its .idl files in there."""

    share: Path
    idl_files: list[Path]

    def version(self) -> str:
        """Return the version in package.xml, or 0.0.0 where there is none to be read."""
        try:
            root = ElementTree.parse(self.share / "package.xml").getroot()
        except (OSError, ElementTree.ParseError):
            return "0.0.0"
        return cargo_version(root.findtext("version") or "")

    def library(self) -> str:
        """Return what the names of the package's C libraries start with.

        That is the target of rosidl_generate_interfaces, for most the name of the package.
        """
        extras = self.share / "cmake" / "rosidl_cmake_export_typesupport_targets-extras.cmake"
        try:
            exported = _C_LIBRARY.search(extras.read_text(encoding="utf-8"))
        except OSError:
            return self.share.name
        return exported[1] if exported else self.share.name


def prefixes_from_environment() -> list[Path]:
    """Return the folders of AMENT_PREFIX_PATH; `GeneratorError` if no ROS 2 is sourced."""
    entries = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    prefixes = [Path(entry) for entry in entries if entry]
    if not prefixes:
        raise GeneratorError("AMENT_PREFIX_PATH is not set: source the setup file of a ROS 2 first")
    return prefixes


def installed_packages(prefixes: Iterable[Path]) -> dict[str, InterfacePackage]:
    """Find all packages that have .idl files; the first prefix that has one wins."""
    found: dict[str, InterfacePackage] = {}
    for prefix in prefixes:
        for entry in prefix.glob("share/ament_index/resource_index/rosidl_interfaces/*"):
            share = prefix / "share" / entry.name
            lines = entry.read_text(encoding="utf-8").split("\n")
            idl_files = [share / line for line in sorted(lines) if line.endswith(".idl")]
            if idl_files and entry.name not in found:
                found[entry.name] = InterfacePackage(share, idl_files)
    return found


def without_crate(packages: Iterable[str], prefixes: Iterable[Path]) -> set[str]:
    """Return the packages that have a Rust crate in none of the prefixes."""
    return {
        package
        for package in packages
        if not any((prefix / "share" / package / "rust/Cargo.toml").exists() for prefix in prefixes)
    }


def cargo_version(version: str) -> str:
    """Turn the version of a ROS package into one that cargo accepts: three plain numbers."""
    match = _VERSION.match(version.strip())
    return ".".join(str(int(number)) for number in match.groups()) if match else "0.0.0"
