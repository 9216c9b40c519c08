# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the figures of a run into `docs/reliability.md`, between the marks of its distribution."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path

from cases import Case, Options, Tally
from nodes import PROFILE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"


def write(results: list[tuple[Case, Tally]], options: Options, seconds: float) -> None:
    """Replace the table of the distribution that is sourced."""
    distribution = os.environ.get("ROS_DISTRO", "unknown")
    begin, end = (f"<!-- {word} of {distribution} -->" for word in ("begin", "end"))
    page = PAGE.read_text(encoding="utf-8")
    table = "\n".join([begin, *table_of(results, options, seconds), end])
    found = re.search(f"{re.escape(begin)}.*{re.escape(end)}", page, re.S)
    if found:
        page = page.replace(found[0], table)
    else:
        # The distributions in the order of their names, which is that of their releases.
        section = f"### On {distribution}\n\n{table}\n"
        later = [
            other.start()
            for other in re.finditer(r"^### On (\w+)$", page, re.M)
            if other[1] > distribution
        ]
        place = later[0] if later else len(page)
        before, after = page[:place].rstrip(), page[place:]
        page = f"{before}\n\n{section}" + (f"\n{after}" if after else "")
    PAGE.write_text(page, encoding="utf-8")
    print(f"Wrote the figures of {distribution} to {PAGE.relative_to(Path.cwd())}")


def table_of(results: list[tuple[Case, Tally]], options: Options, seconds: float) -> list[str]:
    """Return the lines of Markdown for the results of a run."""
    load = ", ".join(f"{number:.0f}" for number in os.getloadavg())
    lines = [
        f"Run on {time.strftime('%Y-%m-%d')} in {seconds / 60:.0f} min, seed {options.seed}; "
        f"{platform.system()} {platform.release().split('-')[0]}, {os.cpu_count()} processors, "
        f"load averages at the end {load}."
        + (f" With {PROFILE.name} for all processes." if PROFILE else ""),
        "",
        "| case | calls | right | wrong | reported | lost | panics | leftovers | remarks |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    group = ""
    total = Tally()
    for one, tally in results:
        if one.group != group:
            group = one.group
            lines.append(f"| **{group}** | | | | | | | | |")
        if tally.skipped:
            lines.append(f"| {one.title} | | | | | | | | skipped: {tally.skipped} |")
            continue
        total.merge(tally)
        remarks = "; ".join(tally.remarks)
        if tally.problems:
            remarks = f"**failed**: {tally.problems[0].splitlines()[0]}; {remarks}"
        lines.append(row(one.title, tally, remarks.replace("|", "\\|")))
    lines.append(row("**all**", total, ""))
    return lines


def row(title: str, tally: Tally, remarks: str) -> str:
    numbers = (
        tally.sent,
        tally.right,
        tally.wrong,
        tally.reported,
        tally.lost,
        tally.panics,
        tally.leftovers,
    )
    cells = " | ".join(f"{number:,}" for number in numbers)
    return f"| {title} | {cells} | {remarks} |"
