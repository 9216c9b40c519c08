# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Plots as SVG files, which are readable on a light and on a dark background."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from figures import Figure

WIDTH = 720
LEFT = 150
RIGHT = 24
TOP = 64
ROW = 34

# One for each contestant; apart in brightness, too.
COLOURS = ("#e8590c", "#9775fa", "#1c9ce0", "#e0a800", "#12a67c", "#d6679c", "#868e96")

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .axis { stroke: #57606a; stroke-width: 1 }
  .grid { stroke: #57606a; stroke-width: 1; opacity: 0.25 }
  .range { stroke: #57606a; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .axis, .grid, .range { stroke: #9198a1 }
  }
"""


def document(title: str, subtitle: str, height: float, body: Sequence[str]) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        text(12, 22, title, kind="title"),
        text(12, 40, subtitle),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    attributes = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{attributes}>{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def ticks(top: float) -> list[float]:
    """Return round numbers from 0 to `top` and not much beyond, four to eight of them."""
    step = 10 ** math.floor(math.log10(top / 4))
    for factor in (1, 2, 2.5, 5, 10):
        if top / (step * factor) <= 7:
            step *= factor
            break
    return [step * number for number in range(math.ceil(top / step) + 1)]


def short(value: float) -> str:
    """Write a number of an axis in few characters."""
    if value >= 10000 and value % 1000 == 0:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def bars(
    title: str,
    unit: str,
    rows: Mapping[str, Sequence[tuple[str, Figure]]],
) -> str:
    """Draw bars: for each row, one bar for each of its series, with the range of its rounds."""
    series = list(dict.fromkeys(name for row in rows.values() for name, _ in row))
    # A single round of a noisy machine must not make all bars short.
    top = max(figure.median for row in rows.values() for _, figure in row) * 1.25
    scale = (WIDTH - LEFT - RIGHT) / ticks(top)[-1]
    thickness = 14 if len(series) > 1 else 20
    y = float(TOP + (22 if len(series) > 1 else 0))
    body = legend(series) if len(series) > 1 else []
    bottom = y + sum(len(row) * (thickness + 2) + 12 for row in rows.values())
    for tick in ticks(top):
        x = LEFT + tick * scale
        body += [line(x, y, x, bottom, "grid"), text(x, bottom + 16, short(tick), "middle")]
    for number, (name, row) in enumerate(rows.items()):
        middle = y + len(row) * (thickness + 2) / 2 + 4
        body.append(text(LEFT - 8, middle, name, "end"))
        for inner, figure in row:
            colour = COLOURS[(series.index(inner) if len(series) > 1 else number) % len(COLOURS)]
            body.append(
                f'<rect x="{LEFT}" y="{y:.1f}" width="{figure.median * scale:.1f}" '
                f'height="{thickness}" fill="{colour}"/>'
            )
            low, high = (
                LEFT + min(value * scale, WIDTH - LEFT - RIGHT)
                for value in (figure.low, figure.high)
            )
            body.append(line(low, y + thickness / 2, high, y + thickness / 2, "range"))
            y += thickness + 2
        y += 12
    return document(title, unit, bottom + 30, body)


def stacked(title: str, unit: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Draw one bar for each row, made up of its parts."""
    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    top = max(sum(row.values()) for row in rows.values())
    scale = (WIDTH - LEFT - RIGHT) / ticks(top)[-1]
    body = legend(parts)
    y = float(TOP + 22 * math.ceil(len(parts) / 4))
    bottom = y + len(rows) * ROW
    for tick in ticks(top):
        x = LEFT + tick * scale
        body += [line(x, y, x, bottom, "grid"), text(x, bottom + 16, short(tick), "middle")]
    for name, row in rows.items():
        body.append(text(LEFT - 8, y + 20, name, "end"))
        x = float(LEFT)
        for part, value in row.items():
            colour = COLOURS[parts.index(part) % len(COLOURS)]
            body.append(
                f'<rect x="{x:.1f}" y="{y + 4:.1f}" width="{value * scale:.1f}" height="22" '
                f'fill="{colour}"/>'
            )
            x += value * scale
        y += ROW
    return document(title, unit, bottom + 30, body)


def lines(
    title: str,
    unit: str,
    bottom_label: str,
    series: Mapping[str, Mapping[int, Figure]],
) -> str:
    """Draw a curve for each series over powers of two, with the range of its rounds."""
    names = list(series)
    levels = sorted({level for curve in series.values() for level in curve})
    top = max(figure.median for curve in series.values() for figure in curve.values()) * 1.1
    above = TOP + 22 * math.ceil(len(names) / 4)
    height = 300
    left = 64
    step = (WIDTH - left - RIGHT - 40) / max(len(levels) - 1, 1)

    def at_x(level: int) -> float:
        return left + 20 + levels.index(level) * step

    def at_y(value: float) -> float:
        return above + height * (1 - min(value / ticks(top)[-1], 1))

    body = legend(names)
    for tick in ticks(top):
        body += [
            line(left, at_y(tick), WIDTH - RIGHT, at_y(tick), "grid"),
            text(left - 6, at_y(tick) + 4, short(tick), "end"),
        ]
    for level in levels:
        body.append(text(at_x(level), above + height + 18, str(level), "middle"))
    body.append(text((left + WIDTH) / 2, above + height + 36, bottom_label, "middle"))
    for number, (_, curve) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{at_x(level):.1f},{at_y(figure.median):.1f}" for level, figure in curve.items()
        )
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        # Side by side, so that the ranges of two curves do not hide each other.
        aside = (number - (len(names) - 1) / 2) * 3
        for level, figure in curve.items():
            x = at_x(level)
            body.append(
                f'<circle cx="{x:.1f}" cy="{at_y(figure.median):.1f}" r="3" fill="{colour}"/>'
                f'<line x1="{x + aside:.1f}" x2="{x + aside:.1f}" y1="{at_y(figure.low):.1f}" '
                f'y2="{at_y(figure.high):.1f}" stroke="{colour}" opacity="0.55"/>'
            )
    return document(title, unit, above + height + 48, body)


def legend(names: Sequence[str]) -> list[str]:
    body = []
    for number, name in enumerate(names):
        x = 16 + (number % 4) * 176
        y = TOP - 8 + (number // 4) * 20
        colour = COLOURS[number % len(COLOURS)]
        body.append(f'<rect x="{x}" y="{y}" width="11" height="11" fill="{colour}"/>')
        body.append(text(x + 16, y + 10, name))
    return body
