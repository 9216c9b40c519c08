# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the counts of a run to `build/stress/`, and their sums into `docs/limits.md`."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
import time

from .cases import NUMBERS, PROFILE, ROOT, Case, Options, Tally

FOLDER = ROOT / "build" / "stress"
PAGE = ROOT / "docs" / "limits.md"
BEGIN, END = "<!-- stress summary begin -->", "<!-- stress summary end -->"

Results = list[tuple[Case, Tally]]


def write(results: Results, options: Options, seconds: float) -> str:
    """Write the counts of a run; return the rows of its summary."""
    distribution = os.environ.get("ROS_DISTRO", "unknown")
    date = time.strftime("%Y-%m-%d")
    FOLDER.mkdir(parents=True, exist_ok=True)
    run = {
        "date": date,
        "distribution": distribution,
        "seconds": round(seconds),
        "seed": options.seed,
        "kernel": f"{platform.system()} {platform.release()}",
        "processors": os.cpu_count(),
        "profile": PROFILE.name if PROFILE else None,
    }
    cases = [
        {"group": case.group, "case": case.title, **dataclasses.asdict(tally)}
        for case, tally in results
    ]
    text = json.dumps({**run, "cases": cases}, indent=1) + "\n"
    (FOLDER / f"{distribution}.json").write_text(text, encoding="utf-8")

    rows = summary_of(f"{distribution}, {date}", results)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_summary(page, distribution, rows), encoding="utf-8")
    return "\n".join(rows)


def row(*cells: object) -> str:
    shown = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells)
    return f"| {' | '.join(shown)} |"


def summary_of(run: str, results: Results) -> list[str]:
    """Return a row for each group of cases."""
    groups: dict[str, list[Tally]] = {}
    for case, tally in results:
        if not tally.skipped:
            groups.setdefault(case.group, []).append(tally)
    rows = []
    for group, tallies in groups.items():
        total = Tally()
        for tally in tallies:
            total.merge(tally)
        numbers = (getattr(total, name) for name in NUMBERS)
        failed = sum(bool(tally.problems) for tally in tallies)
        rows.append(row(run, group, len(tallies), failed, *numbers))
    return rows


def with_summary(page: str, distribution: str, rows: list[str]) -> str:
    """Return the page with these rows in place of those of the distribution."""
    before, rest = page.split(BEGIN)
    old, after = rest.split(END)
    columns = ("run", "group", "cases", "failed", *NUMBERS)
    lines = [row(*columns), row("---", "---", *["---:"] * (len(columns) - 2))]
    # Those of another distribution, if they have the same columns.
    kept = re.findall(r"^\| (?!run )\w+, .*", old, re.M) if lines[0] in old else []
    kept = [line for line in kept if not line.startswith(f"| {distribution},")]
    # In the order of the names of the distributions, which is that of their releases.
    table = "\n".join([*lines, *sorted([*kept, *rows], key=lambda line: line.split(",")[0])])
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
