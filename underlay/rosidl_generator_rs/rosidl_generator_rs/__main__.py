# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The command `python3 -m rosidl_generator_rs`: crates for interface packages."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

if not __package__:
    # CMake runs this folder by its path, for which nothing need be on PYTHONPATH.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rosidl_generator_rs.errors import GeneratorError, UnsupportedInterfaceError


def main() -> int | str:
    """Run the command and return its exit status, or what is wrong, with which it is 1."""
    options = _parse()
    try:
        if options.generator_arguments_file:
            _generate_from_arguments(options)
        else:
            _generate_installed(options)
    except ImportError as error:
        return (
            f"rosidl_generator_rs: cannot import {error.name}: "
            "source the setup file of a ROS 2 first"
        )
    except GeneratorError as error:
        return f"rosidl_generator_rs: {error}"
    except KeyboardInterrupt:
        return 130
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m rosidl_generator_rs",
        description="Write the Rust crates of interface packages that are installed in the "
        "prefixes of AMENT_PREFIX_PATH, and of the packages whose types they use.",
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="an interface package")
    parser.add_argument("--all", action="store_true", help="every installed interface package")
    parser.add_argument(
        "--output-prefix",
        type=Path,
        metavar="DIR",
        help="write the crates to DIR/share/PACKAGE/rust",
    )
    parser.add_argument(
        "--only-missing",
        action="store_true",
        help="not those that have a crate in another prefix of AMENT_PREFIX_PATH",
    )
    cmake = parser.add_argument_group("for the CMake build of an interface package")
    cmake.add_argument(
        "--generator-arguments-file",
        type=Path,
        metavar="JSON",
        help="what rosidl_write_generator_arguments of rosidl_cmake wrote",
    )
    cmake.add_argument("--package-version", default="", metavar="VERSION")
    cmake.add_argument(
        "--library", metavar="NAME", help="what the names of its C libraries start with"
    )
    options = parser.parse_args()
    if not options.generator_arguments_file:
        if options.all == bool(options.packages):
            parser.error("name the packages, or say --all")
        if not options.output_prefix:
            parser.error("say where to write the crates: --output-prefix")
    return options


def _generate_installed(options: argparse.Namespace) -> None:
    from rosidl_generator_rs import generate, index

    started = time.monotonic()
    prefixes = index.prefixes_from_environment()
    crates = generate.generate_installed(
        index.installed_packages(prefixes) if options.all else options.packages,
        options.output_prefix,
        prefixes=prefixes,
        only_missing=options.only_missing,
    )
    interfaces = sum(crate.interfaces for crate in crates)
    changed = sum(crate.changed for crate in crates)
    print(
        f"{len(crates)} crates of {interfaces} interfaces, {changed} of them new or changed, "
        f"in {time.monotonic() - started:.1f} s"
    )


def _generate_from_arguments(options: argparse.Namespace) -> None:
    from rosidl_generator_rs import generate

    try:
        package, missing = generate.generate_from_arguments(
            options.generator_arguments_file, options.package_version, options.library
        )
    except UnsupportedInterfaceError as error:
        # The package's C, C++ and Python users must not suffer for what Rust lacks.
        print(f"rosidl_generator_rs: warning: no Rust crate: {error}", file=sys.stderr)
        return
    if missing:
        names = " ".join(missing)
        print(
            f"rosidl_generator_rs: warning: {names} have no Rust crates, so that ros-env will "
            f"leave out {package}: write them with "
            f"'python3 -m rosidl_generator_rs --output-prefix PREFIX {names}'",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
