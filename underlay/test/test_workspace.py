# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""This repository as one package among others in a colcon workspace, and `make demo`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from ros_test_support import Domain, Process, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = (".git", ".underlay", "build", "install", "log", "target", ".cargo", "__pycache__")


def processes_of_this_repository() -> set[int]:
    """The processes that run a program of this repository, by their number."""
    # The path is empty where this user may not read it.
    return {
        process.pid
        for process in psutil.process_iter(["exe"])
        if Path(process.info["exe"] or "/").is_relative_to(REPOSITORY / "install")
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A colcon workspace with a copy of this repository in it."""
    workspace = tmp_path / "my workspace"
    package = workspace / "src" / "rust_add_two_ints"
    shutil.copytree(REPOSITORY, package, ignore=shutil.ignore_patterns(*GENERATED))
    return workspace


def colcon_build(workspace: Path, arguments: str, *, packages: int) -> None:
    """Build a workspace as in a new shell, in which only the underlay is sourced."""
    fresh = "unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH"
    fresh += f"; . '{REPOSITORY}/.underlay/setup.sh'"
    build = subprocess.run(
        ["sh", "-c", f"{fresh}; exec colcon build {arguments}"],
        cwd=workspace,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert build.returncode == 0, build.stdout
    assert f"Summary: {packages} packages finished" in build.stdout
    assert not re.search("(?i)warning|stderr", build.stdout)


def test_the_repository_builds_and_runs_beside_other_packages(workspace: Path) -> None:
    package = workspace / "src" / "rust_add_two_ints"
    other = workspace / "src" / "other_package"
    other.mkdir()
    (other / "package.xml").write_text(
        '<package format="3"><name>other_package</name><version>0.0.0</version>'
        "<description>Another package</description>"
        '<maintainer email="someone@example.com">Someone</maintainer>'
        "<license>Apache-2.0</license>"
        "<buildtool_depend>ament_cmake</buildtool_depend>"
        "<export><build_type>ament_cmake</build_type></export></package>\n"
    )
    (other / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(other_package NONE)\n"
        "find_package(ament_cmake REQUIRED)\nament_package()\n"
    )
    # What cargo has built of the packages that this one depends on is good here as well.
    built = REPOSITORY / "build" / "rust_add_two_ints"
    (workspace / "build").mkdir()
    subprocess.run(["cp", "-a", built, workspace / "build"], check=True)
    (package / "src" / "lib.rs").touch()  # The package itself is built again.
    lock = (package / "Cargo.lock").read_bytes()

    colcon_build(workspace, "--metas src/rust_add_two_ints/colcon.meta", packages=2)
    assert (package / "Cargo.lock").read_bytes() == lock

    # Only the workspace is sourced: its setup file brings the underlay along. Not setup.sh, in
    # which colcon does not quote the path.
    source = f"source '{workspace}/install/setup.bash'"
    ros2_run = f"{source}; exec ros2 run rust_add_two_ints"
    with (
        Domain() as domain,
        Process(["bash", "-c", f"{ros2_run} server"], domain.environment()),
        Process(["bash", "-c", f"{ros2_run} client 2 3"], domain.environment()) as client,
    ):
        assert client.wait(timeout=60) == 0, client.stderr
        assert "Result of add_two_ints: for 2 + 3 = 5" in client.stderr
        listed = subprocess.run(
            ["bash", "-c", f"{source}; ros2 service list"],
            env=domain.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "/add_two_ints" in listed.stdout.splitlines(), listed.stderr


DOUBLER = {
    "package.xml": """\
<package format="3"><name>doubler</name><version>0.0.0</version>
<description>Doubles an integer</description>
<maintainer email="someone@example.com">Someone</maintainer><license>Apache-2.0</license>
<depend>example_interfaces</depend>
<export><build_type>ament_cargo</build_type></export></package>
""",
    "Cargo.toml": f"""\
[package]
name = "doubler"
version = "0.0.0"
edition = "2021"
build = "build.rs"

[[bin]]
name = "doubler"
path = "src/main.rs"

[dependencies]
clap = {{ version = "4", default-features = false, features = ["derive"] }}
rclrs = "0.8"
rclrs_runtime = {{ path = "{REPOSITORY}/rclrs_runtime" }}
ros-env = "0.3"
""",
    "src/main.rs": """\
use rclrs_runtime::{create_node, exit_with, Runtime};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};

#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(|| {
        let (mut runtime, Arguments {}) = Runtime::init()?;
        let node = create_node(runtime.commands(), "doubler")?;
        let worker = node.create_worker(());
        let double = |request: AddTwoInts_Request| AddTwoInts_Response { sum: 2 * request.a };
        let service = worker.create_service::<AddTwoInts, _>("double", double)?;
        runtime.spin()?;
        runtime.shutdown((node, service));
        Ok(())
    })
}
""",
}


def test_a_package_elsewhere_uses_the_library_which_colcon_builds_from_its_folder(
    tmp_path: Path,
) -> None:
    package = tmp_path / "src" / "doubler"
    (package / "src").mkdir(parents=True)
    for name, text in DOUBLER.items():
        (package / name).write_text(text)
    # The build script that the README of the library shows, and the versions that are built.
    shutil.copy(REPOSITORY / "build.rs", package)
    shutil.copy(REPOSITORY / "Cargo.lock", package)
    for name in ("doubler", "rclrs_runtime"):
        built = REPOSITORY / "build" / "rclrs_runtime"
        shutil.copytree(built, tmp_path / "build" / name, symlinks=True)

    colcon_build(tmp_path, f"--base-paths src '{REPOSITORY}/rclrs_runtime'", packages=2)

    assert (tmp_path / "install/rclrs_runtime/share/rclrs_runtime/rust/src/lib.rs").is_file()
    source = f"source '{tmp_path}/install/setup.bash'"
    call = "/double example_interfaces/srv/AddTwoInts '{a: 21}'"
    with (
        Domain() as domain,
        Process(["bash", "-c", f"{source}; exec ros2 run doubler doubler"], domain.environment()),
        Process(
            ["bash", "-c", f"{source}; exec ros2 service call {call}"], domain.environment()
        ) as caller,
    ):
        assert caller.wait(timeout=60) == 0, caller.stderr
        assert "sum=42" in caller.stdout


def test_cargo_makes_a_crate_of_the_library_that_builds_alone() -> None:
    command = ["cargo", "package", "--package", "rclrs_runtime", "--allow-dirty"]
    package = subprocess.run(
        [*command, "--target-dir", "build/rclrs_runtime"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert package.returncode == 0, package.stdout
    assert "Verifying rclrs_runtime" in package.stdout


def test_make_demo_prints_the_sum_and_leaves_no_process_and_no_file_behind() -> None:
    before = processes_of_this_repository()
    status = status_of_the_repository()
    result = subprocess.run(
        ["make", "demo", "A=-7", "B=49"],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout
    assert "Result of add_two_ints: for -7 + 49 = 42" in result.stdout
    assert re.search(r"make demo took \d+ s, and uses \d+ MB of disk", result.stdout)
    eventually(
        lambda: not processes_of_this_repository() - before, 5, "the demo's processes are gone"
    )
    assert status_of_the_repository() == status


def status_of_the_repository() -> str:
    """What git sees in the working tree; empty where this is no clone."""
    command = ["git", "-C", str(REPOSITORY), "status", "--porcelain"]
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_the_games_are_played_through_a_pipe(subtests: pytest.Subtests) -> None:
    before = processes_of_this_repository()
    for target, played in [("rps", "best of 3"), ("hangman", "lives: ")]:
        with subtests.test(target):
            result = subprocess.run(
                ["make", target],
                cwd=REPOSITORY,
                input="r\n",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=600,
            )
            assert result.returncode == 0, result.stdout
            assert played in result.stdout
            assert result.stdout.endswith("Goodbye\n")
            eventually(lambda: not processes_of_this_repository() - before, 5, "the server ended")


@pytest.mark.parametrize(("typed", "last"), [("/quit\n", "Goodbye"), ("\x03", "Stopped by SIGINT")])
@pytest.mark.parametrize(("target", "question"), [("rps", "Your hand:"), ("hangman", "lives: ")])
def test_a_game_on_a_terminal_ends_without_an_error_of_make(
    target: str, question: str, typed: str, last: str
) -> None:
    before = processes_of_this_repository()
    terminal = REPOSITORY / "exercises/game_support/test/on_terminal.py"
    with Process(
        [sys.executable, terminal, "make", "-C", REPOSITORY, "--no-print-directory", target],
        os.environ,
        stdin=subprocess.PIPE,
    ) as game:
        game.wait_for_output(question, 600)
        game.stdin.write(typed.encode())
        game.stdin.flush()
        assert game.wait(30) == 0, game.stdout
        assert game.stdout.endswith(f"{last}\r\n"), game.stdout
        assert "[ros2run]" not in game.stdout
    eventually(lambda: not processes_of_this_repository() - before, 5, "the server ended")


def test_a_bare_make_lists_the_targets() -> None:
    result = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: help (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    for target in targets[1].split():
        assert f"make {target}" in result.stdout


def test_the_release_build_is_the_default() -> None:
    meta = json.loads((REPOSITORY / "colcon.meta").read_text())
    assert "--release" in meta["names"]["rust_add_two_ints"]["cargo-args"]
