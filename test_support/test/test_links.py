# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Links between the pages of this repository have targets."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pages() -> list[Path]:
    """Return all pages that git knows, and those that it does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).exists()]


def prose(page: Path) -> str:
    """Return the text of a page without its blocks of code and pieces of code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, by the rules of GitHub."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = set(re.findall(r'<a (?:name|id)="([^"]+)">', text))
    for title in re.findall(r"^#+ +(.*?) *$", text, re.M):
        title = re.sub(r"\[(.*?)\]\(.*?\)|<.*?>", r"\1", title)
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        same = sum(re.fullmatch(rf"{anchor}(-\d+)?", other) is not None for other in found)
        found.add(f"{anchor}-{same}" if anchor in found else anchor)
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_relative_link_has_a_target(page: Path) -> None:
    links = re.findall(r"\]\(<?([^)>\s]+)>?\)|^\[[^]]+\]: (\S+)", prose(page), re.M)
    missing = []
    for link in (inline or reference for inline, reference in links):
        if re.match(r"\w+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert missing == []


def test_there_are_pages() -> None:
    assert len(pages()) > 10
