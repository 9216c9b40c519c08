# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The command `python3 -m rosidl_generator_rs`: crates for installed interface packages."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 if all crates are there, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python3 -m rosidl_generator_rs",
        description="Write the Rust crates of interface packages that are installed in the "
        "prefixes of AMENT_PREFIX_PATH.",
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="an interface package")
    parser.add_argument("--all", action="store_true", help="every installed interface package")
    parser.add_argument(
        "--output-prefix",
        required=True,
        type=Path,
        metavar="DIR",
        help="write the crates to DIR/share/PACKAGE/rust",
    )
    parser.add_argument(
        "--with-dependencies",
        action="store_true",
        help="also the packages whose types these packages use, recursively",
    )
    parser.add_argument(
        "--only-missing",
        action="store_true",
        help="not those that have a crate in another prefix of AMENT_PREFIX_PATH",
    )
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="parse with N processes (default: all processors)",
    )
    options = parser.parse_args(arguments)
    if options.all == bool(options.packages):
        parser.error("name the packages, or say --all")
    if options.processes is not None and options.processes < 1:
        parser.error("--processes must be at least 1")

    started = time.monotonic()
    try:
        from . import GeneratorError, generate_installed, index
    except ImportError as error:
        print(
            f"rosidl_generator_rs: cannot import {error.name}: "
            "source the setup file of a ROS 2 first",
            file=sys.stderr,
        )
        return 1
    try:
        prefixes = index.prefixes_from_environment()
        crates = generate_installed(
            list(index.installed_packages(prefixes)) if options.all else options.packages,
            options.output_prefix,
            with_dependencies=options.with_dependencies,
            only_missing=options.only_missing,
            prefixes=prefixes,
            processes=options.processes,
        )
    except GeneratorError as error:
        print(f"rosidl_generator_rs: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    missing = sorted({package for crate in crates for package in crate.missing})
    if missing:
        print(
            f"rosidl_generator_rs: warning: {' '.join(missing)} have no Rust crates, so that "
            "ros-env will leave out what needs them: name them too, or add --with-dependencies",
            file=sys.stderr,
        )
    interfaces = sum(crate.interfaces for crate in crates)
    changed = sum(crate.changed for crate in crates)
    print(
        f"{len(crates)} crates of {interfaces} interfaces, {changed} of them new or changed, "
        f"in {time.monotonic() - started:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
