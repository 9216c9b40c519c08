# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What a case of the suite is, and what it counts.

A case is a function that is marked with `@case(group, title)`. It gets a `Tally`, puts its counts
and remarks into it, and calls `fail` for whatever must not be. A call has one of five results:

- right: the sum of its own addends came back;
- wrong: another sum did;
- reported: the client, or the caller, said that it failed, by a documented exit code and a line;
- lost: none of these, although it had all the time that it could need;
- hung: the client did not end in that time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What all processes run with, if the distribution needs anything: why is said in the file.
PROFILE = {"kilted": ROOT / "test_support" / "without_type_lookup.xml"}.get(
    os.environ.get("ROS_DISTRO", "")
)


@dataclass
class Options:
    """What the command line asked for."""

    # What all that is random starts from.
    seed: int
    # Whether this is the short form, a part of `make test`.
    short: bool


@dataclass
class Tally:
    """The counts and findings of one case."""

    sent: int = 0
    right: int = 0
    wrong: int = 0
    reported: int = 0
    lost: int = 0
    hung: int = 0
    crashes: int = 0
    restarts: int = 0
    leftovers: int = 0
    seconds: float = 0.0
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Why the case could not be run here, if it could not.
    skipped: str | None = None

    def remark(self, text: str) -> None:
        """Add a figure or a fact that belongs into the report."""
        self.remarks.append(text)

    def fail(self, text: str) -> None:
        """Record what must not be; the whole run fails."""
        # What went wrong comes first, and what a process printed last tells the most.
        if len(text) > 3000:
            text = f"{text[:600]}\n...\n{text[-2400:]}"
        self.problems.append(text)

    def expect(self, condition: bool, otherwise: str) -> None:
        if not condition:
            self.fail(otherwise)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add the counts of a `stress_caller`."""
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + counts.get(name, 0))

    def merge(self, other: Tally) -> None:
        """Add the counts and problems of a part of the case."""
        self.add(vars(other))
        self.problems += other.problems

    def close(self, seconds: float) -> None:
        """Check the counts once the case is over."""
        self.seconds = seconds
        self.expect(self.wrong == 0, f"{self.wrong} wrong answers")
        self.expect(self.lost == 0, f"{self.lost} calls were neither answered nor reported")
        self.expect(self.hung == 0, f"{self.hung} clients did not end")
        self.expect(self.crashes == 0, f"{self.crashes} crashes and panics")
        self.expect(self.leftovers == 0, f"{self.leftovers} leftovers")
        ended = self.right + self.wrong + self.reported + self.lost + self.hung
        self.expect(self.sent == ended, f"{self.sent} calls were sent, and {ended} accounted for")

    def line(self) -> str:
        """Return one line with the result of the case."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        counts = (
            f"{self.sent} calls, {self.right} right, {self.wrong} wrong, "
            f"{self.reported} reported, {self.lost} lost"
        )
        facts = "; ".join([counts, *self.remarks])
        return f"{'FAILED' if self.problems else 'passed'} in {self.seconds:.0f} s: {facts}"


# The names of the counts, in the order of the report.
NUMBERS = (
    *("sent", "right", "wrong", "reported", "lost", "hung"),
    *("crashes", "restarts", "leftovers"),
)


Run = Callable[[Tally, Options], None]
Obstacle = Callable[[], str | None]


@dataclass(frozen=True)
class Case:
    """One row of the report."""

    group: str
    title: str
    run: Run
    # Whether it is in the short form.
    short: bool = False
    # Returns why this machine cannot run the case, or None when it can.
    obstacle: Obstacle = lambda: None


CASES: list[Case] = []


def case(
    group: str, title: str, *, short: bool = False, obstacle: Obstacle = lambda: None
) -> Callable[[Run], Run]:
    """Make a function a case of the suite; they run in the order in which they are defined."""

    def mark(function: Run) -> Run:
        CASES.append(Case(group, title, function, short, obstacle))
        return function

    return mark


def run_case(one: Case, options: Options) -> Tally:
    """Run a case to its end, whatever happens in it."""
    tally = Tally(skipped=one.obstacle())
    if tally.skipped:
        return tally
    started = time.monotonic()
    try:
        one.run(tally, options)
    except AssertionError as error:
        # What a process printed follows in further lines.
        tally.fail(str(error))
    tally.close(time.monotonic() - started)
    return tally
