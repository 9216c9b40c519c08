# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Figures that were measured in several rounds, and ratios of them."""

from __future__ import annotations

from collections.abc import Iterable
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

    def text(self, digits: int = 1) -> str:
        """Return the median, and the lowest and the highest round in brackets."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def ratio(upper: Iterable[float], lower: Iterable[float]) -> Figure:
    """Compare two contestants round by round: those of one round ran right after each other."""
    return Figure.of(a / b for a, b in zip(upper, lower, strict=True))


def ratio_of_medians(upper: Iterable[float], lower: Iterable[float]) -> Figure:
    """Compare with the median of the other, where the rounds of the two are not alike in pairs."""
    theirs = Figure.of(lower).median
    return Figure.of(value / theirs for value in upper)
