# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The process guard and the domains."""

from __future__ import annotations

import os
import signal
import sys
import time

import psutil
import pytest
from ros_test_support import Domain, Process, eventually

TIMEOUT = 30.0


def test_a_process_is_recorded_and_its_status_known() -> None:
    with Process(["sh", "-c", "echo out; echo err >&2; exit 3"], os.environ) as process:
        assert process.wait(TIMEOUT) == 3
        assert (process.stdout, process.stderr) == ("out\n", "err\n")


def test_the_whole_group_ends_with_the_guard() -> None:
    # The child ignores SIGINT, and its parent has ended.
    script = "sh -c 'trap \"\" INT; echo $$; sleep 600' & wait $! & sleep 0.1"
    with Process(["sh", "-c", script], os.environ) as process:
        child = int(process.wait_for_output(r"^(\d+)$", TIMEOUT)[1])
        process.wait(TIMEOUT)
        assert psutil.pid_exists(child)
    eventually(lambda: not psutil.pid_exists(child), TIMEOUT, "the child has ended")


def test_a_process_that_ignores_sigint_is_killed() -> None:
    script = "trap '' INT; echo ready; while :; do sleep 1; done"
    with Process(["sh", "-c", script], os.environ, shutdown_timeout=0.2) as process:
        process.wait_for_output("ready", TIMEOUT)
    assert process.status == -signal.SIGKILL


def test_a_failure_shows_both_streams() -> None:
    with (
        Process(["sh", "-c", "echo this; echo that >&2"], os.environ) as process,
        pytest.raises(AssertionError, match=r"(?s)No /more/.*has ended.*this.*that"),
    ):
        process.wait_for_output("more", TIMEOUT)


def test_sigterm_ends_what_was_started() -> None:
    program = (
        "import os, time; from ros_test_support import Process;"
        "print(Process(['sleep', '600'], os.environ).pid, flush=True); time.sleep(600)"
    )
    with Process([sys.executable, "-c", program], os.environ) as python:
        child = int(python.wait_for_output(r"^(\d+)$", TIMEOUT)[1])
        python.signal(signal.SIGTERM)
        python.wait(TIMEOUT)
        eventually(lambda: not psutil.pid_exists(child), TIMEOUT, "the child has ended")


def test_two_domains_are_not_the_same() -> None:
    with Domain() as one, Domain() as two:
        assert one.number != two.number
        assert one.environment()["ROS_DOMAIN_ID"] == str(one.number)
        assert "X" not in one.environment(X=None)


def test_discovery_does_not_leave_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ROS_LOCALHOST_ONLY", "ROS_AUTOMATIC_DISCOVERY_RANGE")
    for distribution, expected in (("humble", ["1", None]), ("jazzy", [None, "LOCALHOST"])):
        monkeypatch.setenv("ROS_DISTRO", distribution)
        for name in names:
            monkeypatch.setenv(name, "0")
        with Domain() as domain:
            environment = domain.environment()
        assert [environment.get(name) for name in names] == expected


def test_a_condition_that_stays_false_fails_at_the_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(AssertionError, match=r"Not within 0\.1 s: nothing"):
        eventually(lambda: False, 0.1, "nothing")
    assert time.monotonic() - started < TIMEOUT
