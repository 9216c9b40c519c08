# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""This repository as one package among others in a colcon workspace, and `make demo`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import Domain, Process, eventually, ros_environment

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = (".git", ".underlay", "build", "install", "log", "target", ".cargo", "__pycache__")


def processes_of_this_repository() -> set[int]:
    """The processes that run a program of this repository, by their number."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                program = os.readlink(entry / "exe")
            except OSError:  # It has ended, or is not ours.
                continue
            if Path(program).is_relative_to(REPOSITORY / "install"):
                found.add(int(entry.name))
    return found


class InAWorkspace(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="workspace-test-")
        self.addCleanup(folder.cleanup)
        self.workspace = Path(folder.name, "my workspace")
        self.package = self.workspace / "src" / "rust_add_two_ints"
        shutil.copytree(REPOSITORY, self.package, ignore=shutil.ignore_patterns(*GENERATED))
        self.domain = Domain()
        self.addCleanup(self.domain.close)

    def test_it_builds_and_runs_beside_other_packages(self) -> None:
        other = self.workspace / "src" / "other_package"
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
        (self.workspace / "build").mkdir()
        subprocess.run(["cp", "-a", built, self.workspace / "build"], check=True)
        (self.package / "src" / "lib.rs").touch()  # The package itself is built anew.
        lock = (self.package / "Cargo.lock").read_bytes()

        # As in a new shell, in which only the underlay is sourced.
        fresh = "unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH"
        fresh += f"; . '{REPOSITORY}/.underlay/setup.sh'"
        metas = "src/rust_add_two_ints/colcon.meta"
        build = subprocess.run(
            ["sh", "-c", f"{fresh}; exec colcon build --metas {metas}"],
            cwd=self.workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(build.returncode, 0, build.stdout)
        self.assertIn("Summary: 2 packages finished", build.stdout)
        self.assertNotRegex(build.stdout, "(?i)warning|stderr")
        self.assertEqual((self.package / "Cargo.lock").read_bytes(), lock)

        # Only the workspace is sourced: its setup file brings the underlay along. Not setup.sh, in
        # which colcon does not quote the path.
        source = f"source '{self.workspace}/install/setup.bash'"
        ros2_run = f"{source}; exec ros2 run rust_add_two_ints"
        environment = ros_environment(self.domain)
        server = Process(["bash", "-c", f"{ros2_run} server"], environment)
        with server, Process(["bash", "-c", f"{ros2_run} client 2 3"], environment) as client:
            self.assertEqual(client.wait(timeout=60), 0, client.stderr)
            self.assertIn("Result of add_two_ints: for 2 + 3 = 5", client.stderr)
            listed = subprocess.run(
                ["bash", "-c", f"{source}; ros2 service list"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            self.assertIn("/add_two_ints", listed.stdout.splitlines(), listed.stderr)


class MakeDemo(unittest.TestCase):
    def test_it_prints_the_sum_and_leaves_nothing_behind(self) -> None:
        before = processes_of_this_repository()
        status = self.status_of_the_repository()
        result = subprocess.run(
            ["make", "demo", "A=-7", "B=49"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("Result of add_two_ints: for -7 + 49 = 42", result.stdout)
        self.assertRegex(result.stdout, r"make demo took \d+ s, and uses \d+ MB of disk")
        eventually(
            lambda: not processes_of_this_repository() - before, 5, "the demo's processes are gone"
        )
        self.assertEqual(self.status_of_the_repository(), status)

    def status_of_the_repository(self) -> str:
        """What git sees in the working tree; empty where this is no clone."""
        command = ["git", "-C", REPOSITORY, "status", "--porcelain"]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def test_the_games_are_played_through_a_pipe(self) -> None:
        before = processes_of_this_repository()
        for target, played in [("rps", "best of 3"), ("hangman", "lives: ")]:
            with self.subTest(target):
                result = subprocess.run(
                    ["make", target],
                    cwd=REPOSITORY,
                    input="r\n",
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=600,
                )
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertIn(played, result.stdout)
                self.assertIn("Goodbye", result.stdout)
                eventually(
                    lambda: not processes_of_this_repository() - before, 5, "the server is gone"
                )

    def test_a_bare_make_lists_the_targets(self) -> None:
        result = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        makefile = (REPOSITORY / "Makefile").read_text()
        targets = re.search(r"^\.PHONY: help (.*)$", makefile, re.MULTILINE)
        assert targets is not None
        for target in targets[1].split():
            self.assertIn(f"make {target}", result.stdout)

    def test_the_release_build_is_the_default(self) -> None:
        meta = json.loads((REPOSITORY / "colcon.meta").read_text())
        self.assertIn("--release", meta["names"]["rust_add_two_ints"]["cargo-args"])


if __name__ == "__main__":
    unittest.main()
