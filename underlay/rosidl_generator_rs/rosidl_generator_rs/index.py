# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Where interface packages are installed, read from the ament index."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import GeneratorError

_INDEX = Path("share/ament_index/resource_index/rosidl_interfaces")
_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^/">]+)/', re.MULTILINE)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
# The part in front of the suffix is the target that the package's CMake code called the library by.
_C_LIBRARY = re.compile(r"__rosidl_generator_c:(\S+?)__rosidl_generator_c\b")

# What an action or a service needs although its .idl file does not include it.
_IMPLIED_BY_ACTION = ("action_msgs", "builtin_interfaces", "unique_identifier_msgs")
_IMPLIED_BY_SERVICE = ("service_msgs",)


@dataclass(frozen=True)
class InterfacePackage:
    """An installed interface package.

    `interfaces` holds paths below `share/<name>`, such as `msg/String.idl`.
    """

    name: str
    prefix: Path
    interfaces: tuple[Path, ...]

    @property
    def share(self) -> Path:
        return self.prefix / "share" / self.name

    @property
    def idl_files(self) -> list[Path]:
        return [self.share / interface for interface in self.interfaces]

    def version(self) -> str:
        """Return the version in package.xml, or 0.0.0 where there is none to be read."""
        try:
            root = ElementTree.parse(self.share / "package.xml").getroot()
        except (OSError, ElementTree.ParseError):
            return "0.0.0"
        return cargo_version(root.findtext("version") or "")

    def library(self) -> str:
        """Return what the names of the package's C libraries start with.

        That is the name of the package unless its CMakeLists.txt says otherwise, by the option
        LIBRARY_NAME or a different target.
        """
        libraries = self.prefix / "lib"
        if any(libraries.glob(f"lib{self.name}__rosidl_generator_c.*")):
            return self.name
        extras = self.share / "cmake" / "rosidl_cmake_export_typesupport_targets-extras.cmake"
        try:
            exported = _C_LIBRARY.search(extras.read_text(encoding="utf-8"))
        except OSError:
            exported = None
        if exported and any(libraries.glob(f"lib{exported[1]}__rosidl_generator_c.*")):
            return exported[1]
        return self.name


def prefixes_from_environment(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return the folders of AMENT_PREFIX_PATH; `GeneratorError` if no ROS 2 is sourced."""
    entries = environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    prefixes = [Path(entry) for entry in entries if entry]
    if not prefixes:
        raise GeneratorError("AMENT_PREFIX_PATH is not set: source the setup file of a ROS 2 first")
    return prefixes


def installed_packages(prefixes: Sequence[Path]) -> dict[str, InterfacePackage]:
    """Find all interface packages; the first prefix that has one wins."""
    found: dict[str, InterfacePackage] = {}
    for prefix in prefixes:
        folder = prefix / _INDEX
        if not folder.is_dir():
            continue
        for entry in sorted(folder.iterdir()):
            if entry.name in found or not entry.is_file():
                continue
            lines = entry.read_text(encoding="utf-8").split("\n")
            interfaces = sorted(Path(line) for line in lines if line.endswith(".idl"))
            found[entry.name] = InterfacePackage(entry.name, prefix, tuple(interfaces))
    return found


def without_crate(packages: Iterable[str], prefixes: Sequence[Path]) -> tuple[str, ...]:
    """Return the packages that have a Rust crate in none of the prefixes, sorted."""
    return tuple(
        package
        for package in sorted(packages)
        if not any((prefix / "share" / package / "rust/Cargo.toml").exists() for prefix in prefixes)
    )


def direct_dependencies(idl_files: Iterable[Path], *, service_events: bool) -> set[str]:
    """Return the packages whose types the .idl files use, without parsing the files.

    `service_events` tells whether services of this ROS distribution come with an event message.
    """
    dependencies: set[str] = set()
    for idl_file in idl_files:
        try:
            text = idl_file.read_text(encoding="utf-8")
        except OSError as error:
            raise GeneratorError(f"{idl_file}: {error.strerror}: reinstall the package") from None
        dependencies.update(_INCLUDE.findall(text))
        kind = idl_file.parent.name
        if kind == "action":
            dependencies.update(_IMPLIED_BY_ACTION)
        if kind in ("action", "srv") and service_events:
            dependencies.update(_IMPLIED_BY_SERVICE)
    return dependencies


def cargo_version(version: str) -> str:
    """Turn the version of a ROS package into one that cargo accepts: three plain numbers."""
    match = _VERSION.match(version.strip())
    return ".".join(str(int(number)) for number in match.groups()) if match else "0.0.0"
