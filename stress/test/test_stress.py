# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor and the report of the stress suite."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from ros_test_support import Process, eventually

from stress import report
from stress.cases import Case, Options, Tally, run_case
from stress.supervisor import MOST_RESTARTS, RESTART, Supervised

TIMEOUT = 30.0


@pytest.mark.parametrize(
    ("script", "status", "restarts"),
    [
        (f"test -e mark && exit 1; touch mark; exit {RESTART}", 1, 1),
        (f"exit {RESTART}", RESTART, MOST_RESTARTS),
    ],
)
def test_a_program_is_restarted_a_few_times_after_exit_code_75_only(
    tmp_path: Path, script: str, status: int, restarts: int
) -> None:
    tally = Tally()
    command = ["sh", "-c", f"echo run; {script}"]
    program = Supervised(lambda: Process(command, os.environ, cwd=tmp_path), tally)
    assert program.wait(TIMEOUT) == status
    assert program.stdout == "run\n" * (1 + restarts)
    assert tally.restarts == restarts


@pytest.mark.parametrize("by_signal", [True, False])
def test_a_program_that_was_told_to_stop_is_not_restarted(by_signal: bool) -> None:
    tally = Tally()
    command = ["sh", "-c", f"trap 'exit {RESTART}' TERM; echo ready; read line; exit {RESTART}"]
    program = Supervised(lambda: Process(command, os.environ, stdin=subprocess.PIPE), tally)
    eventually(lambda: "ready" in program.stdout, TIMEOUT, "the program is ready")
    if by_signal:
        program.signal(signal.SIGTERM)
    program.close_stdin()
    assert program.wait(TIMEOUT) == RESTART
    assert tally.restarts == 0


def case(group: str) -> Case:
    return Case(group, "a case", lambda tally, options: None)


def test_the_summary_replaces_the_rows_of_its_distribution_alone() -> None:
    results = [
        (case("Load"), Tally(sent=5, right=5, remarks=["fast"])),
        (case("Load"), Tally(sent=2000, right=1998, lost=2, problems=["2 calls"])),
        (case("Hosts"), Tally(skipped="no network namespaces")),
    ]
    page = f"before\n{report.BEGIN}\n{report.END}\nafter\n"
    for distribution in ("kilted", "jazzy", "kilted"):
        rows = report.summary_of(f"{distribution}, 2026-11-24", results)
        page = report.with_summary(page, distribution, rows)
    lines = page.splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert [line.split(",")[0] for line in lines[4:-2]] == ["| jazzy", "| kilted"]
    assert lines[4] == (
        "| jazzy, 2026-11-24 | Load | 2 | 1 | 2,005 | 2,003 | 0 | 0 | 2 | 0 | 0 | 0 | 0 |"
    )
    assert {line.count("|") for line in lines[2:-2]} == {lines[4].count("|")}


def test_a_tally_that_does_not_add_up_fails() -> None:
    tally = Tally(sent=2, right=1)
    tally.close(1.0)
    assert tally.problems == ["2 calls were sent, and 1 accounted for"]


def test_an_error_in_a_case_is_a_problem_of_that_case() -> None:
    def fail(tally: Tally, options: Options) -> None:
        raise AssertionError("no answer")

    tally = run_case(Case("Load", "fails", fail), Options(1, short=True))
    assert tally.problems == ["no answer"]
