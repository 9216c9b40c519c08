# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The usual mistakes in a first package: each prints a text that docs/troubleshooting.md explains.

make test ONLY=underlay/test/test_mistakes.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from ros_test_support import Domain

REPOSITORY = Path(__file__).resolve().parents[2]

# An interface package, and a server on plain rclrs.
FILES = {
    "my_interfaces/package.xml": """\
<package format="3"><name>my_interfaces</name><version>0.0.0</version>
<description>A service</description>
<maintainer email="someone@example.com">Someone</maintainer><license>Apache-2.0</license>
<buildtool_depend>ament_cmake</buildtool_depend>
<buildtool_depend>rosidl_default_generators</buildtool_depend>
<exec_depend>rosidl_default_runtime</exec_depend>
<member_of_group>rosidl_interface_packages</member_of_group>
<export><build_type>ament_cmake</build_type></export></package>
""",
    "my_interfaces/CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.20)
project(my_interfaces)
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
rosidl_generate_interfaces(${PROJECT_NAME} srv/Multiply.srv)
ament_package()
""",
    "my_interfaces/srv/Multiply.srv": "int64 a\nint64 b\n---\nint64 product\n",
    "my_service/package.xml": """\
<package format="3"><name>my_service</name><version>0.0.0</version>
<description>Multiplies two integers</description>
<maintainer email="someone@example.com">Someone</maintainer><license>Apache-2.0</license>
<depend>my_interfaces</depend>
<export><build_type>ament_cargo</build_type></export></package>
""",
    "my_service/Cargo.toml": """\
[package]
name = "my_service"
version = "0.0.0"
edition = "2021"

[[bin]]
name = "server"
path = "src/server.rs"

[dependencies]
rclrs = "0.8"
ros-env = "0.3"
""",
    "my_service/src/server.rs": """\
use rclrs::{Context, CreateBasicExecutor, RclrsError, RclrsErrorFilter, SpinOptions};
use ros_env::my_interfaces::srv::{Multiply, Multiply_Request, Multiply_Response};

fn main() -> Result<(), RclrsError> {
    let mut executor = Context::default_from_env()?.create_basic_executor();
    let node = executor.create_node("multiplier")?;
    let multiply = |request: Multiply_Request| Multiply_Response {
        product: request.a * request.b,
    };
    let _service = node.create_service::<Multiply, _>("multiply", multiply)?;
    executor.spin(SpinOptions::default()).first_error()
}
""",
}

UNDERLAY = f". '{REPOSITORY}/.underlay/setup.sh'; "
INSTALLED = ". install/setup.bash; "
BUILD = UNDERLAY + "colcon build --packages-select my_service"


@dataclass(frozen=True)
class Mistake:
    """A mistake, and the entry of the page that answers it."""

    name: str
    entry: str
    # What is typed in a new terminal.
    command: str
    # Files of the workspace that are changed before: a text in them, and what replaces it.
    edits: Sequence[tuple[str, str, str]] = ()


MISTAKES = [
    Mistake(
        "no ROS 2 is sourced",
        "error while loading shared libraries: librcl.so: "
        "cannot open shared object file: No such file or directory",
        "install/my_service/lib/my_service/server",
    ),
    Mistake(
        "install is not sourced",
        "Package '…' not found",
        UNDERLAY + "ros2 run my_service server",
    ),
    Mistake(
        "the package has no such program",
        "No executable found",
        INSTALLED + "ros2 run my_service client",
    ),
    Mistake(
        "the service is misspelt on the command line",
        "waiting for service to become available...",
        INSTALLED
        + "timeout 5 ros2 service call /multply my_interfaces/srv/Multiply '{a: 6, b: 7}'",
    ),
    Mistake(
        "the service is misspelt in a client",
        "service not available, waiting again...",
        f". '{REPOSITORY}/install/setup.bash'; ros2 run rust_add_two_ints client 2 3 "
        "--wait-timeout 3 --ros-args -r add_two_ints:=ad_two_ints",
    ),
    Mistake(
        "the type is misspelt on the command line",
        "The passed service type is invalid",
        INSTALLED + "ros2 service call /multiply my_interfaces/srv/Multipy '{a: 6, b: 7}'",
    ),
    Mistake(
        "the field is misspelt on the command line",
        "Failed to populate field: …",
        INSTALLED + "ros2 service call /multiply my_interfaces/srv/Multiply '{a: 6, c: 7}'",
    ),
    Mistake(
        "[[bin]] has no name",
        "Could not inspect package using 'cargo metadata'",
        BUILD,
        [("my_service/Cargo.toml", 'name = "server"\n', "")],
    ),
    Mistake(
        "the path of [[bin]] is wrong",
        "error: can't find bin `…` at path `…`",
        BUILD,
        [("my_service/Cargo.toml", "src/server.rs", "src/bin/server.rs")],
    ),
    Mistake(
        "the path of a crate is wrong",
        "failed to load source for dependency `…`",
        BUILD,
        [
            (
                "my_service/Cargo.toml",
                "[dependencies]\n",
                '[dependencies]\nrclrs_runtime = { path = "../rclrs_runtime" }\n',
            )
        ],
    ),
    Mistake(
        "the type is misspelt in Rust",
        "error[E0432]: unresolved import `ros_env::…`",
        BUILD,
        [("my_service/src/server.rs", "srv::{Multiply,", "srv::{Multipy,")],
    ),
    Mistake(
        "the field is misspelt in Rust",
        "error[E0560]: struct `ros_env::…` has no field named `…`",
        BUILD,
        [("my_service/src/server.rs", "product:", "sum:")],
    ),
    Mistake(
        "the interface package is not built again",
        "error[E0609]: no field `…` on type `ros_env::…`",
        BUILD,
        [
            ("my_interfaces/srv/Multiply.srv", "int64 b\n", "int64 b\nint64 c\n"),
            ("my_service/src/server.rs", "request.b", "request.b * request.c"),
        ],
    ),
    # The last one, because cargo builds ros-env and rclrs again for it.
    Mistake(
        "<depend> is forgotten",
        "error[E0433]: cannot find `…` in `ros_env`",
        BUILD,
        [("my_service/package.xml", "<depend>my_interfaces</depend>\n", "")],
    ),
]


def run(workspace: Path, command: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command in a terminal in which nothing is sourced."""
    sourced = re.compile(r"AMENT|CMAKE|COLCON|CARGO_TARGET|LD_LIBRARY|PYTHONPATH|ROS_DISTRO")
    environment = {name: text for name, text in environment.items() if not sourced.match(name)}
    # Symbols for a debugger, which no test reads, take half of the time.
    environment["CARGO_PROFILE_DEV_DEBUG"] = "0"
    finished = subprocess.run(
        ["bash", "-c", command],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    return finished.returncode, finished.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that is built, and whose server starts."""
    workspace = tmp_path_factory.mktemp("workspace")
    for name, text in FILES.items():
        file = workspace / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    # The versions that this repository is tested with.
    shutil.copy(REPOSITORY / "Cargo.lock", workspace / "src" / "my_service")
    with Domain() as domain:
        status, printed = run(workspace, UNDERLAY + "colcon build", domain.environment())
        assert status == 0, printed
        # What fails below, fails because of the mistake.
        call = "ros2 service call /multiply my_interfaces/srv/Multiply '{a: 6, b: 7}'"
        both = f"ros2 run my_service server & server=$!; timeout 60 {call}; kill $server; wait"
        _, printed = run(workspace, INSTALLED + both, domain.environment())
        assert "product=42" in printed
    return workspace


def entries() -> list[str]:
    """The texts that the page has an entry for."""
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text()
    return re.findall(r"^### `(.*)`$", page, re.MULTILINE)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_page_explains_what_a_mistake_prints(workspace: Path, mistake: Mistake) -> None:
    assert mistake.entry in entries()
    files = {workspace / "src" / name for name, _, _ in mistake.edits}
    before = {file: file.read_text() for file in files}
    try:
        for name, text, replacement in mistake.edits:
            file = workspace / "src" / name
            assert text in file.read_text()
            file.write_text(file.read_text().replace(text, replacement))
        with Domain() as domain:
            status, printed = run(workspace, mistake.command, domain.environment())
    finally:
        for file, text in before.items():
            file.write_text(text)
    assert status != 0, printed
    # `…` stands for what differs from case to case.
    text = ".*".join(re.escape(part) for part in mistake.entry.split("…"))
    assert re.search(text, printed), printed
