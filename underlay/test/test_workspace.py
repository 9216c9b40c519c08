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
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from ros_test_support import Domain, Process, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = (".git", ".underlay", "build", "install", "log", "target", ".cargo", "__pycache__")


def run(
    command: Sequence[str],
    *,
    cwd: Path = REPOSITORY,
    typed: str = "",
    timeout: float | None = None,
) -> str:
    """Run a command with success; return what it printed."""
    result = subprocess.run(
        command,
        cwd=cwd,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def processes_of_this_repository() -> set[int]:
    """The processes that run a program of this repository, by their number."""
    # The path is empty where this user may not read it.
    return {
        process.pid
        for process in psutil.process_iter(["exe"])
        if Path(process.info["exe"] or "/").is_relative_to(REPOSITORY / "install")
    }


@pytest.fixture
def no_process_is_left_behind() -> Iterator[None]:
    before = processes_of_this_repository()
    yield
    eventually(lambda: not processes_of_this_repository() - before, 5, "all processes ended")


DOUBLER = {
    "package.xml": """\
<package format="3"><name>doubler</name><version>0.0.0</version>
<description>Doubles an integer</description>
<maintainer email="someone@example.com">Someone</maintainer><license>Apache-2.0</license>
<depend>example_interfaces</depend>
<export><build_type>ament_cargo</build_type></export></package>
""",
    "Cargo.toml": """\
[package]
name = "doubler"
version = "0.0.0"
edition = "2021"
build = "build.rs"

[[bin]]
name = "doubler"
path = "src/main.rs"

[dependencies]
clap = { version = "4", default-features = false, features = ["derive"] }
rclrs = "0.8"
rclrs_runtime = { path = "../rust_add_two_ints/rclrs_runtime" }
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


def test_the_repository_and_its_library_are_built_and_used_in_a_workspace(tmp_path: Path) -> None:
    workspace = tmp_path / "my workspace"
    ours = workspace / "src" / "rust_add_two_ints"
    shutil.copytree(REPOSITORY, ours, ignore=shutil.ignore_patterns(*GENERATED))
    # Another package, which uses the library.
    doubler = workspace / "src" / "doubler"
    (doubler / "src").mkdir(parents=True)
    for name, text in DOUBLER.items():
        (doubler / name).write_text(text)
    # The build script that the README of the library shows, and the versions that are built.
    shutil.copy(REPOSITORY / "build.rs", doubler)
    shutil.copy(REPOSITORY / "Cargo.lock", doubler)
    # What cargo has built of the packages that these depend on is good here as well.
    for name, built in [
        ("rust_add_two_ints", "rust_add_two_ints"),
        ("rclrs_runtime", "rclrs_runtime"),
        ("doubler", "rclrs_runtime"),
    ]:
        shutil.copytree(REPOSITORY / "build" / built, workspace / "build" / name, symlinks=True)
    (ours / "src" / "lib.rs").touch()  # The package itself is built again.
    lock = (ours / "Cargo.lock").read_bytes()

    # As in a new shell, in which only the underlay is sourced.
    fresh = "unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH"
    fresh += f"; . '{REPOSITORY}/.underlay/setup.sh'"
    folders = "--metas src/rust_add_two_ints/colcon.meta"
    folders += " --base-paths src src/rust_add_two_ints/rclrs_runtime"
    printed = run(["sh", "-c", f"{fresh}; exec colcon build {folders}"], cwd=workspace)
    assert "Summary: 3 packages finished" in printed
    assert not re.search("(?i)warning|stderr", printed)
    assert (ours / "Cargo.lock").read_bytes() == lock
    installed = workspace / "install/rclrs_runtime/share/rclrs_runtime"
    assert (installed / "rust/src/lib.rs").is_file()

    # Only the workspace is sourced: its setup file brings the underlay along. Not setup.sh, in
    # which colcon does not quote the path.
    source = f"source '{workspace}/install/setup.bash'"

    def bash(command: str) -> Process:
        return Process(["bash", "-c", f"{source}; exec ros2 {command}"], domain.environment())

    with (
        Domain() as domain,
        bash("run rust_add_two_ints server"),
        bash("run doubler doubler"),
        bash("run rust_add_two_ints client 2 3") as client,
        bash("service call /double example_interfaces/srv/AddTwoInts '{a: 21}'") as caller,
    ):
        assert client.wait(timeout=60) == 0, client.stderr
        assert "Result of add_two_ints: for 2 + 3 = 5" in client.stderr
        assert caller.wait(timeout=60) == 0, caller.stderr
        assert "sum=42" in caller.stdout


def test_cargo_makes_a_crate_of_the_library_that_builds_alone() -> None:
    command = ["cargo", "package", "--package", "rclrs_runtime", "--allow-dirty"]
    printed = run([*command, "--target-dir", "build/rclrs_runtime"])
    assert "Verifying rclrs_runtime" in printed


@pytest.mark.usefixtures("no_process_is_left_behind")
def test_make_demo_prints_the_sum_and_leaves_no_process_and_no_file_behind() -> None:
    status = status_of_the_repository()
    printed = run(["make", "demo", "A=-7", "B=49"], timeout=300)
    assert "Result of add_two_ints: for -7 + 49 = 42" in printed
    assert re.search(r"make demo took \d+ s, and uses \d+ MB of disk", printed)
    assert status_of_the_repository() == status


def status_of_the_repository() -> str:
    """What git sees in the working tree; empty where this is no clone."""
    command = ["git", "-C", str(REPOSITORY), "status", "--porcelain"]
    return subprocess.run(command, capture_output=True, text=True).stdout


@pytest.mark.usefixtures("no_process_is_left_behind")
def test_a_game_is_played_through_a_pipe() -> None:
    printed = run(["make", "rps"], typed="r\n", timeout=600)
    assert "best of 3" in printed
    assert printed.endswith("Goodbye\n")


@pytest.mark.usefixtures("no_process_is_left_behind")
@pytest.mark.parametrize(
    ("target", "question", "typed", "last"),
    [
        ("rps", "Your hand:", "/quit\n", "Goodbye"),
        ("hangman", "lives: ", "\x03", "Stopped by SIGINT"),
    ],
)
def test_a_game_on_a_terminal_ends_without_an_error_of_make(
    target: str, question: str, typed: str, last: str
) -> None:
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


def test_a_bare_make_lists_the_targets() -> None:
    printed = run(["make"])
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: help (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    for target in targets[1].split():
        assert f"make {target}" in printed


def test_the_release_build_is_the_default() -> None:
    meta = json.loads((REPOSITORY / "colcon.meta").read_text())
    assert "--release" in meta["names"]["rust_add_two_ints"]["cargo-args"]
