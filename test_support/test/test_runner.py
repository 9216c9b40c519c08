# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The runner of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from ros_test_support import Process, eventually
from ros_test_support import __main__ as runner

CARGO = """
skipped: faults::in_the_middleware: the middleware is another one
test faults::in_the_middleware ... ok
test lost::replies ... skipped: lost::replies: Humble has none
ok

failures:

---- lost::servers stdout ----
no reply

failures:
    a_test
    lost::servers

test result: FAILED. 1 passed; 2 failed
"""

PYTEST = """
import pytest

def test_it():
    assert not 'right'

def test_other():
    pytest.skip("no network")
"""


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the runner run three small parts in a folder of their own."""
    (tmp_path / "test_it.py").write_text(PYTEST)
    (tmp_path / "cargo.txt").write_text(CARGO)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ros_test_support"])
    monkeypatch.setenv("ROS_DISTRO", "jazzy")  # nothing is left out
    commands = {
        "passing": ["true"],
        "rust": ["sh", "-c", "cat cargo.txt; exit 101"],
        "stress": ["echo", "Hosts: two hosts ... skipped: no network namespaces"],
        "python": runner.pytest("test_it.py"),
    }
    monkeypatch.setattr(runner, "PARTS", commands)
    monkeypatch.setattr(runner, "STAGES", ((("passing", "rust"), ("stress", "python")),))


def test_what_was_skipped_is_printed_and_then_what_failed(
    parts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runner.main() == 1
    printed = capsys.readouterr().out
    assert "passing: passed after 0 s" in printed
    assert "rust: failed after 0 s" in printed
    skipped = [
        line
        for line in printed.partition("rust: failed, ")[0].splitlines()
        if "ski" in line.lower()
    ]
    assert skipped == [
        "rust: skipped: faults::in_the_middleware: the middleware is another one",
        "rust: skipped: lost::replies: Humble has none",
        "stress: Hosts: two hosts ... skipped: no network namespaces",
        "python: SKIPPED [1] test_it.py:8: no network",
    ]
    assert printed.splitlines()[-5:] == [
        "rust: these tests failed, see log/test/rust.txt",
        "    a_test",
        "    lost::servers",
        "python: these tests failed, see log/test/python.txt",
        "FAILED test_it.py::test_it - AssertionError: assert not 'right'",
    ]


def test_a_part_that_the_distribution_leaves_out_is_printed_and_does_not_run(
    parts: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROS_DISTRO", "kilted")
    assert runner.main() == 1
    printed = capsys.readouterr().out
    assert "stress: skipped: Fast DDS 3.2 loses participants" in printed
    assert "stress: passed" not in printed


def test_a_single_file_has_the_status_of_its_tests(tmp_path: Path) -> None:
    for condition, status, result in (("True", 0, "passed in"), ("False", 1, "failed in")):
        (tmp_path / "test_it.py").write_text(f"def test_it():\n    assert {condition}\n")
        done = subprocess.run(
            [sys.executable, "-m", "ros_test_support", tmp_path / "test_it.py"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stdout
        assert result in done.stdout


def test_ctrl_c_ends_all_parts(tmp_path: Path) -> None:
    program = (
        "import sys; from ros_test_support import __main__ as runner;"
        "runner.PARTS = {'a': ['sh', '-c', 'echo $$; exec sleep 600'], 'b': ['sleep', '600']};"
        "runner.STAGES = ((('a', 'b'), ('b',)),); sys.exit(runner.main())"
    )
    with Process([sys.executable, "-c", program], os.environ, cwd=tmp_path) as process:
        output = tmp_path / "log" / "test" / "a.txt"
        eventually(lambda: output.exists() and output.read_text(), 30, "the part has started")
        process.signal(signal.SIGINT)
        assert process.wait(30) == 130, process.stderr
        assert not psutil.pid_exists(int(output.read_text()))
