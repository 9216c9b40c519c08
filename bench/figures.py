# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Figures that were measured more than once: median, minimum and maximum, and ratios of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """What several rounds have shown of one quantity."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(rounds: Iterable[float]) -> Figure:
        values = list(rounds)
        return Figure(median(values), min(values), max(values))

    def text(self, digits: int = 1, sign: str = "") -> str:
        """Return median, minimum and maximum; the sign "+" shows those of positive ones too."""
        middle, low, high = (
            f"{value:{sign}.{digits}f}" for value in (self.median, self.low, self.high)
        )
        return f"{middle} ({low} to {high})"


def ratio(upper: Sequence[float], lower: Sequence[float]) -> Figure:
    """Compare two contestants: the ratios round by round, whose rounds were run side by side."""
    return Figure.of(a / b for a, b in zip(upper, lower, strict=True))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return what `percent` of the values do not exceed, between two neighbours if need be."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
