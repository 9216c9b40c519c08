# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The plots of the report: SVG files that are readable on a light and on a dark background.

The same results make the same files, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any, TypeVar

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from .figures import Figure

# One for each contestant or step.
COLOURS = ("#e8590c", "#9775fa", "#1c9ce0", "#e0a800", "#12a67c", "#d6679c", "#868e96")

# Stands for the colour of the text, which depends on the background.
INK = "#24292f"
STYLE = "svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}"

SETTINGS: Any = {
    "svg.hashsalt": "rust_add_two_ints",
    # Text stays text: smaller, and found by a search.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.bottom": False,
    "ytick.left": False,
    "grid.alpha": 0.2,
    "legend.frameon": False,
    **{f"{part}.color": INK for part in ("text", "xtick", "ytick", "grid")},
    **{f"axes.{part}": INK for part in ("edgecolor", "labelcolor", "titlecolor")},
}

Panel = TypeVar("Panel")
Bars = Mapping[str, Figure]
Curves = Mapping[str, Mapping[int, Figure]]


def bars(panels: Mapping[str, Bars]) -> str:
    """Draw panels with a bar for each contestant, and the range of its rounds."""

    def draw(axes: Axes, figures: Bars) -> None:
        medians = [figure.median for figure in figures.values()]
        below = [figure.median - figure.low for figure in figures.values()]
        above = [figure.high - figure.median for figure in figures.values()]
        error = {"ecolor": INK, "elinewidth": 1}
        axes.barh(
            list(figures), medians, color=COLOURS, height=0.65, xerr=[below, above], error_kw=error
        )
        axes.invert_yaxis()
        axes.grid(axis="x")

    return picture(panels, draw, height=2.1)


def lines(levels: str, panels: Mapping[str, Curves]) -> str:
    """Draw panels with a curve for each contestant, and the range of its rounds at each level."""

    def draw(axes: Axes, curves: Curves) -> None:
        for number, (name, curve) in enumerate(curves.items()):
            places = range(len(curve))
            # Side by side, so that the ranges of two curves do not hide each other.
            aside = [place + (number - len(curves) / 2) * 0.04 for place in places]
            lows = [figure.low for figure in curve.values()]
            highs = [figure.high for figure in curve.values()]
            axes.vlines(aside, lows, highs, colors=COLOURS[number], alpha=0.5, linewidth=1)
            medians = [figure.median for figure in curve.values()]
            axes.plot(places, medians, "o-", color=COLOURS[number], markersize=3, label=name)
            axes.set_xticks(places, list(map(str, curve)))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.set_xlabel(levels)

    return picture(panels, draw, height=3.4, legend=True)


def stacked(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Draw one bar for each contestant, made up of its steps."""

    def draw(axes: Axes, rows: Mapping[str, Mapping[str, float]]) -> None:
        left = [0.0] * len(rows)
        for step, colour in zip(next(iter(rows.values())), COLOURS, strict=False):
            values = [row[step] for row in rows.values()]
            axes.barh(list(rows), values, left=left, color=colour, height=0.65, label=step)
            left = [a + b for a, b in zip(left, values, strict=True)]
        axes.invert_yaxis()
        axes.grid(axis="x")

    return picture({title: rows}, draw, height=2.6, legend=True)


def picture(
    panels: Mapping[str, Panel],
    draw: Callable[[Axes, Panel], None],
    height: float,
    legend: bool = False,
) -> str:
    """Return an SVG file with one panel beside the other, whose titles are the keys."""
    with rc_context(SETTINGS):
        canvas = Canvas(figsize=(7.5, height), layout="constrained")
        row = canvas.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, panel) in zip(row, panels.items(), strict=True):
            draw(axes, panel)
            axes.set_title(title)
        if legend:
            canvas.legend(*row[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
        file = StringIO()
        canvas.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue().replace(INK, "currentColor")
    return svg.replace("</style>", f"{STYLE}</style>", 1)
