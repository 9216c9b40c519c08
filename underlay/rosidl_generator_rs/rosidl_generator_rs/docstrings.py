# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Comments of an interface definition as Rust documentation.

The comments are plain text that was never meant to be Markdown. Taken as they are, an indented
example becomes a doctest that rustdoc compiles, `[0, 1)` a broken link and `<name>` an unknown HTML
tag, so the text is escaped or, where its layout carries meaning, quoted.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

# Every character that can start an inline construct, anywhere in a line.
_INLINE = re.compile(r"([\\`*_\[\]<>&~$|^])")
# A marker that makes a block construct of its line: heading, list item, quotation, ruler, table.
_BLOCK = re.compile(r"^(#{1,6}|[-+=>:]+|\d{1,9}(?=[.)]))")
_LIST_ITEM = re.compile(r"^([-+*•]|\d{1,9}[.)])\s")
_URL = re.compile(r"https?://[^\s<>()\[\]`\"']*[^\s<>()\[\]`\"'.,;:!?]")


def from_comments(comments: Iterable[str], unit: str | None = None) -> list[str]:
    """Turn the lines of a comment and a unit into the lines of a Rust docstring, without `///`."""
    text = textwrap.dedent("\n".join(_clean(line) for line in comments)).strip("\n")
    lines: list[str] = []
    if text.strip():
        lines = _quoted(text) if _is_laid_out(text) else _prose(text)
    if unit:
        if lines:
            lines.append("")
        lines.append(f"Unit: {_code(unit)}")
    return lines


def _clean(line: str) -> str:
    """Strip what rustdoc or rustc would trip over: tabs, carriage returns, control characters."""
    line = line.expandtabs(4).rstrip()
    return "".join(c if c.isprintable() else " " for c in line)


def _is_laid_out(text: str) -> bool:
    """Tell whether line breaks and columns carry meaning: a table, a drawing, code, a tree."""
    lines = text.split("\n")
    return any(re.match(r" {2,}\S", line) or re.search(r"\S {3,}\S", line) for line in lines)


def _quoted(text: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", *text.split("\n"), fence]


def _prose(text: str) -> list[str]:
    """Escape the text, and keep the line breaks before the items of a list."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip()
        if lines and lines[-1] and line and _LIST_ITEM.match(line):
            lines[-1] += "\\"
        lines.append(_escape(line))
    return lines


def _escape(line: str) -> str:
    pieces = []
    position = 0
    for url in _URL.finditer(line):
        pieces += [_INLINE.sub(r"\\\1", line[position : url.start()]), f"<{url.group()}>"]
        position = url.end()
    pieces.append(_INLINE.sub(r"\\\1", line[position:]))
    escaped = "".join(pieces)
    marker = _BLOCK.match(escaped)
    if marker:
        end = marker.end()
        # In front of a digit a backslash is an ordinary character; the dot after it is escaped.
        at = end if escaped[0].isdigit() else 0
        escaped = escaped[:at] + "\\" + escaped[at:]
    return escaped


def _code(text: str) -> str:
    text = _clean(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
