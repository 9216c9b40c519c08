# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The usual mistakes in a first package: each prints a text that docs/troubleshooting.md explains.

make test ONLY=new_service/test/test_mistakes.py
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from reader import ServicePageReader
from ros_test_support.pages import REPOSITORY, TIMEOUT

UNDERLAY = ". ~/rust_add_two_ints/.underlay/setup.sh; "
INSTALLED = ". install/setup.bash; "
BUILD = "colcon build --packages-select divide"


@dataclass(frozen=True)
class Mistake:
    """A mistake, and the entry of the page that answers it."""

    name: str
    entry: str
    # What is typed in the workspace: BUILD in the terminal in which it was built, the rest in a new
    # one.
    command: str
    # Files of the workspace that are changed before: a text in them, and what replaces it.
    edits: Sequence[tuple[str, str, str]] = ()


MISTAKES = [
    Mistake(
        "no ROS 2 is sourced",
        "error while loading shared libraries: librcl.so: "
        "cannot open shared object file: No such file or directory",
        "install/divide/lib/divide/server",
    ),
    Mistake(
        "install is not sourced",
        "Package '…' not found",
        UNDERLAY + "ros2 run divide server",
    ),
    Mistake(
        "the package has no such program",
        "No executable found",
        INSTALLED + "ros2 run divide srever",
    ),
    Mistake(
        "the service is misspelt on the command line",
        "waiting for service to become available...",
        INSTALLED
        + "timeout 5 ros2 service call /dvide divide_interfaces/srv/DivideTwoInts '{a: 6, b: 7}'",
    ),
    Mistake(
        "the service is misspelt in a client",
        "service not available, waiting again...",
        ". ~/rust_add_two_ints/install/setup.bash; ros2 run rust_add_two_ints client 2 3 "
        "--wait-timeout 3 --ros-args -r add_two_ints:=ad_two_ints",
    ),
    Mistake(
        "the type is misspelt on the command line",
        "The passed service type is invalid",
        INSTALLED + "ros2 service call /divide divide_interfaces/srv/DvideTwoInts '{a: 6, b: 7}'",
    ),
    Mistake(
        "the field is misspelt on the command line",
        "Failed to populate field: …",
        INSTALLED + "ros2 service call /divide divide_interfaces/srv/DivideTwoInts '{a: 6, c: 7}'",
    ),
    Mistake(
        "[[bin]] has no name",
        "Could not inspect package using 'cargo metadata'",
        BUILD,
        [("divide/Cargo.toml", "[dep", '[[bin]]\npath = "src/bin/server.rs"\n\n[dep')],
    ),
    Mistake(
        "the path of [[bin]] is wrong",
        "error: can't find bin `…` at path `…`",
        BUILD,
        [
            (
                "divide/Cargo.toml",
                "[dep",
                '[[bin]]\nname = "server"\npath = "src/server.rs"\n\n[dep',
            )
        ],
    ),
    Mistake(
        "the path of a crate is wrong",
        "failed to load source for dependency `…`",
        BUILD,
        [("divide/Cargo.toml", '/rclrs_runtime" }', '/rclrs" }')],
    ),
    Mistake(
        "the type is misspelt in Rust",
        "error[E0432]: unresolved import `ros_env::…`",
        BUILD,
        [("divide/src/bin/server.rs", "::srv;", "::srv::{self, DvideTwoInts};")],
    ),
    Mistake(
        "the field is misspelt in Rust",
        "error[E0560]: struct `ros_env::…` has no field named `…`",
        BUILD,
        [("divide/src/bin/server.rs", "Response { product }", "Response { sum: product }")],
    ),
    Mistake(
        "the interface package is not built again",
        "error[E0609]: no field `…` on type `ros_env::…`",
        BUILD,
        [
            ("divide_interfaces/srv/DivideTwoInts.srv", "int64 b\n", "int64 b\nint64 c\n"),
            ("divide/src/bin/server.rs", "request.b)", "request.b + request.c)"),
        ],
    ),
    # Not where the workspace is sourced. The last one: cargo builds ros-env and rclrs again for it.
    Mistake(
        "<depend> is forgotten",
        "could not find `…` in `ros_env`",
        UNDERLAY + BUILD,
        [("divide/package.xml", "<depend>divide_interfaces</depend>\n", "")],
    ),
]


def entries() -> list[str]:
    """The texts that the page has an entry for."""
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text()
    entries = re.findall(r"^(?:###|\|) (`+) ?(.*?) ?\1(?:$| \|)", page, re.MULTILINE)
    return [text for _, text in entries]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_page_explains_what_a_mistake_prints(
    followed: ServicePageReader, mistake: Mistake
) -> None:
    assert mistake.entry in entries()
    files = {followed.workspace / "src" / name for name, _, _ in mistake.edits}
    before = {file: file.read_text() for file in files}
    terminal = followed.first if mistake.command == BUILD else followed.open_terminal()
    try:
        for name, text, replacement in mistake.edits:
            file = followed.workspace / "src" / name
            assert text in file.read_text()
            file.write_text(file.read_text().replace(text, replacement))
        with terminal.start(f"cd ~/rust_ws; {mistake.command}") as process:
            status = process.wait(TIMEOUT)
            printed = process.stdout
    finally:
        for file, text in before.items():
            file.write_text(text)
    assert status != 0, printed
    # `…` stands for what differs from case to case.
    text = ".*".join(re.escape(part) for part in mistake.entry.split("…"))
    assert re.search(text, printed), printed
