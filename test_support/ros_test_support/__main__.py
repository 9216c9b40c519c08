# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of this repository: `make test`.

python3 -m ros_test_support                all parts
python3 -m ros_test_support PART           one of them, with its output on the terminal
python3 -m ros_test_support PATH[::NAME]   a Python file of tests, or one test of it

Run it in the root of the repository, after `source test_support/setup.bash`. The output of each
part is in log/test/. The tests that were skipped are printed with the reason, and what has failed
last; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .process import Process, end_all

LOG = Path("log", "test")

# Longer than any part takes, in seconds.
TIMEOUT = 3600.0
# How long the processes of a part may take to end those that they have started, in seconds.
SHUTDOWN_TIMEOUT = 30.0


def cargo_test(package: str, manifest: str, *options: str) -> list[str]:
    # In the folder in which colcon builds the package, so that its dependencies are compiled once.
    # `colcon test` compiles them again: it adds the package's own prefix to AMENT_PREFIX_PATH, for
    # which the build script of ros-env runs again (docs/upstream.md, 40).
    return [
        *("cargo", "test", "--quiet", "--locked", "--manifest-path", manifest),
        *("--package", package, "--target-dir", f"build/{package}", *options),
    ]


def game_test(game: str) -> str:
    interfaces = "install/tutorial_game_interfaces/share/tutorial_game_interfaces/package.bash"
    return f"source {interfaces} && {shlex.join(cargo_test(game, 'exercises/Cargo.toml'))}"


def pytest(*arguments: str) -> list[str]:
    # With a line for each test that failed or was skipped.
    return [sys.executable, "-m", "pytest", "-rfEs", *arguments]


WORKSPACE = "underlay/test/test_workspace.py"
GENERATOR = (
    "underlay/test/test_message_crates.py",
    "underlay/test/test_official_crates.py",
    "underlay/test/test_rosidl_generator_rs.py",
)

PARTS = {
    "nodes": cargo_test("rust_add_two_ints", "Cargo.toml", "--release"),
    "runtime": cargo_test("rclrs_runtime", "Cargo.toml"),
    "games": ["bash", "-c", f"{game_test('rock_paper_scissors')} && {game_test('hangman')}"],
    "underlay": pytest("underlay/test", *(f"--ignore={file}" for file in (*GENERATOR, WORKSPACE))),
    "generator": pytest(*GENERATOR),
    "bench": pytest("bench/test", "stress/test", "test_support/test"),
    "pages": pytest("docs/test", "new_service/test"),
    "stress": ["stress/run.bash", "--short"],
    "workspace": pytest(WORKSPACE),
}

# Several at once take half the time: nodes mostly wait for each other, and the others compile.
# The part `workspace` installs again what is built, while no other part runs what is installed.
STAGES = (
    (
        ("nodes", "runtime", "generator"),
        ("games", "bench", "underlay"),
        ("pages", "workspace"),
    ),
    (("stress",),),
)

# Set after Ctrl-C.
STOPPING = threading.Event()

# How cargo, pytest and the stress suite name what has failed.
FAILURE = r"^(?:FAILED|ERROR)[: ].*|^ {4}[a-z_0-9]+(?:::[a-z_0-9]+)*$"

# How the Rust tests, pytest and the stress suite name what was skipped, and why.
SKIPPED = r"skipped: [a-z_0-9:]+: .*|^SKIPPED .*|^[A-Z].* \.\.\. skipped: .*"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="ros_test_support", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("part", nargs="?", help=f"{', '.join(PARTS)}, or a file of Python tests")
    only = parser.parse_args().part
    if only in PARTS:
        return run_here(PARTS[only])
    if only:
        if not Path(only.partition("::")[0]).exists():
            parser.error(f"there is no part and no file '{only}'; the parts are {', '.join(PARTS)}")
        return run_here(pytest(only))

    left_out = {}
    if os.environ.get("ROS_DISTRO") == "kilted":
        left_out["stress"] = (
            "Fast DDS 3.2 loses participants that start and end often, see docs/limits.md"
        )
    LOG.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    for lanes in STAGES:
        with ThreadPoolExecutor(len(lanes)) as pool:
            chosen = [[part for part in lane if part not in left_out] for lane in lanes]
            try:
                for found in pool.map(run_lane, chosen):
                    failed += found
            except KeyboardInterrupt:
                STOPPING.set()
                end_all()
                return 130
    for part in PARTS:
        reason = left_out.get(part)
        for line in [f"skipped: {reason}"] if reason else lines_of(part, SKIPPED):
            print(f"{part}: {line}")
    for part in failed:
        print(f"\n{part}: failed, having printed")
        print(output_of(part).read_text(encoding="utf-8", errors="replace"))
    for part in failed:
        print(f"{part}: these tests failed, see {output_of(part)}")
        for line in lines_of(part, FAILURE):
            print(line)
    return 1 if failed else 0


def run_here(command: Sequence[str]) -> int:
    """Run a part with its output on the terminal; return the exit status."""
    started = time.monotonic()
    with Process(
        command,
        os.environ,
        stdout=sys.stdout.fileno(),
        stderr=sys.stderr.fileno(),
        shutdown_timeout=SHUTDOWN_TIMEOUT,
    ) as process:
        status = process.wait(TIMEOUT)
    print(f"{'failed' if status else 'passed'} in {time.monotonic() - started:.0f} s")
    return 1 if status else 0


def run_lane(parts: Sequence[str]) -> list[str]:
    """Run parts one after another; return those that failed."""
    return [part for part in parts if not STOPPING.is_set() and not passes(part)]


def passes(part: str) -> bool:
    """Run a part, with its output in a file."""
    # In one piece, newline included, because other lanes print as well.
    print(f"{part}: started\n", end="", flush=True)
    started = time.monotonic()
    with (
        output_of(part).open("wb") as output,
        Process(
            PARTS[part],
            os.environ,
            stdout=output,
            stderr=output,
            shutdown_timeout=SHUTDOWN_TIMEOUT,
        ) as process,
    ):
        # `end_all` has not seen a program that was started in the moment of Ctrl-C.
        in_time = STOPPING.is_set() or process.ends_within(TIMEOUT)
        status = process.status
    seconds = time.monotonic() - started
    result = "passed" if status == 0 else "failed" if in_time else "stopped"
    print(f"{part}: {result} after {seconds:.0f} s\n", end="", flush=True)
    return status == 0


def output_of(part: str) -> Path:
    return LOG / f"{part}.txt"


def lines_of(part: str, pattern: str) -> list[str]:
    """Return what matches `pattern` in the output of a part, each line once."""
    text = output_of(part).read_text(encoding="utf-8", errors="replace")
    return list(dict.fromkeys(re.findall(pattern, text, re.MULTILINE)))


if __name__ == "__main__":
    sys.exit(main())
