# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a service of your own: an interface package, and a package with server, client and test.

The templates are the files of docs/your_own_service.md, with other names. `make new` runs this.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
TEMPLATES = HERE / "templates"

# The patterns of rosidl_adapter, which reads .srv files.
PACKAGE_NAME = re.compile(r"(?!.*__)(?!.*_$)[a-z][a-z0-9_]*")
SERVICE_TYPE = re.compile(r"[A-Z][A-Za-z0-9]*")


class Refused(Exception):
    """What was asked for cannot be written."""


def check_package_name(name: str) -> None:
    """Raises Refused when ROS or cargo does not accept the name of a package."""
    if not PACKAGE_NAME.fullmatch(name):
        raise Refused(
            f"bad package name '{name}': ROS accepts lower-case letters, digits and single "
            "underscores, with a letter first and no underscore last: NAME=multiply"
        )
    # cargo knows the keywords of Rust and the names of its own folders.
    with tempfile.TemporaryDirectory() as folder:
        command = ["cargo", "new", "--quiet", "--vcs", "none", "--name", name, f"{folder}/package"]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        why = result.stderr.strip().splitlines()[0].removeprefix("error: ")
        raise Refused(f"cargo refuses the package name '{name}': {why}")


def check_service_type(name: str) -> None:
    """Raises Refused when rosidl does not accept the name of a service type."""
    if not SERVICE_TYPE.fullmatch(name):
        raise Refused(
            f"bad service type '{name}': rosidl accepts letters and digits, with a capital "
            "letter first: SERVICE=MultiplyTwoInts"
        )


def check_folder(folder: Path, name: str) -> None:
    """Raises Refused when the two packages cannot be put into `folder`."""
    if not folder.is_dir():
        raise Refused(f"'{folder}' is not a folder: IN must name the src folder of a workspace")
    for above in (folder, *folder.parents):
        if (above / "package.xml").exists():
            raise Refused(
                f"'{folder}' is inside of the package in '{above}', where colcon does not "
                "search for packages: IN=~/ros2_ws/src"
            )
    for package in (name, f"{name}_interfaces"):
        if os.path.lexists(folder / package):
            raise Refused(f"'{folder / package}' exists, and is not overwritten: take another name")


def write(folder: Path, name: str, service: str, *, on_rclrs_runtime: bool) -> None:
    """Writes both packages into `folder`, or neither."""
    new = {"multiply": name, "MultiplyTwoInts": service}

    def rename(text: str) -> str:
        return re.sub("MultiplyTwoInts|multiply", lambda found: new[found[0]], text)

    runtime = os.path.relpath(REPOSITORY / "rclrs_runtime", folder / name)
    templates = ["multiply_interfaces", "multiply"]
    templates += ["multiply_on_rclrs_runtime"] if on_rclrs_runtime else []
    # In `folder`, because a folder is moved in one step within a file system only.
    with tempfile.TemporaryDirectory(prefix=".new_service_", dir=folder) as scratch:
        for template in templates:
            package = template.removesuffix("_on_rclrs_runtime")
            for file in (TEMPLATES / template).rglob("*"):
                if file.is_file():
                    path = Path(package, file.relative_to(TEMPLATES / template))
                    target = Path(scratch, rename(str(path)))
                    target.parent.mkdir(parents=True, exist_ok=True)
                    text = rename(file.read_text(encoding="utf-8"))
                    text = text.replace("../../../rust_add_two_ints/rclrs_runtime", runtime)
                    target.write_text(text, encoding="utf-8")
        # Names of another length need other line breaks, and `colcon test` checks the format.
        if shutil.which("rustfmt"):
            subprocess.run(["rustfmt", "--edition", "2024", *Path(scratch).rglob("*.rs")])
        for written in Path(scratch).iterdir():
            written.rename(folder / written.name)


def main() -> int | str:
    """Runs the command line; returns its exit status, or what is wrong, with which it is 1."""
    parser = argparse.ArgumentParser(prog="new_service", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", metavar="NAME", help="name of the package, as multiply")
    parser.add_argument("service", metavar="SERVICE", help="service type, as MultiplyTwoInts")
    parser.add_argument(
        "--in",
        dest="folder",
        metavar="FOLDER",
        default=str(REPOSITORY.parent),
        help="src folder of a workspace (default: the folder that this repository is in)",
    )
    parser.add_argument("--on-rclrs-runtime", action="store_true", help="use rclrs_runtime")
    arguments = parser.parse_args()
    name, service = arguments.name, arguments.service
    # The shell leaves `~` as it is in `IN=~/ros2_ws/src`, except for bash.
    folder = Path(arguments.folder).expanduser().resolve()
    try:
        check_package_name(name)
        check_service_type(service)
        check_folder(folder, name)
        write(folder, name, service, on_rclrs_runtime=arguments.on_rclrs_runtime)
    except Refused as refused:
        return f"new: {refused}"
    except OSError as error:
        return f"new: {error.filename or folder}: {error.strerror}"
    print(f"{folder / f'{name}_interfaces'}: the service type {service}")
    print(f"{folder / name}: a server, a client, and a test of both")
    print(f"Build them in the workspace: colcon build --packages-up-to {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
