# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic, the plots and the page of the benchmark."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from bench import plots, report
from bench.__main__ import DOCUMENTS
from bench.figures import Figure, ratio, ratio_of_medians
from bench.measurements import turns

RESULTS = DOCUMENTS / "benchmark" / "results.json"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def results() -> Any:
    return json.loads(RESULTS.read_text(encoding="utf-8"))


def test_a_figure_is_the_median_with_range() -> None:
    assert Figure.of([5.0, 1.0, 2.0, 3.0, 4.0]) == Figure(3.0, 1.0, 5.0)


def test_a_ratio_compares_rounds_not_medians() -> None:
    # Both were slow in the second round, which says nothing about which is slower.
    found = ratio([1.0, 20.0, 3.0], [2.0, 40.0, 3.0])
    assert (found.median, found.low, found.high) == (0.5, 0.5, 1.0)
    assert ratio_of_medians([1.0, 20.0, 3.0], [2.0, 40.0, 3.0]).median == 1.0


def test_a_ratio_of_different_numbers_of_rounds_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer"):
        ratio([1.0], [1.0, 2.0])


def test_each_round_begins_with_another_contestant() -> None:
    assert list(turns("abc", 3, "letters")) == list("abcbcacab")


def test_bars_are_as_long_as_their_figures() -> None:
    picture = plots.bars({"a < b": {"c": Figure(1, 1, 2), "d": Figure(3, 2, 4)}})
    root = ElementTree.fromstring(picture)
    lengths = []
    for path in root.iter(f"{SVG}path"):
        if any(colour in path.get("style", "") for colour in plots.COLOURS):
            corners = re.findall(r"([\d.]+) [\d.]+ ", path.attrib["d"])
            lengths.append(max(map(float, corners)) - min(map(float, corners)))
    assert len(lengths) == 2
    assert lengths[1] / lengths[0] == pytest.approx(3, rel=0.01)


def test_the_page_says_what_the_results_say(results: Any) -> None:
    page = (DOCUMENTS / "benchmark.md").read_text(encoding="utf-8")
    assert page == report.document(results)


def test_the_page_shows_each_plot_that_is_drawn(results: Any) -> None:
    page = (DOCUMENTS / "benchmark.md").read_text(encoding="utf-8")
    drawn = report.draw(results)
    assert sorted(drawn) == sorted(re.findall(r"\(benchmark/(\w+)\.svg\)", page))
    assert sorted(drawn) == sorted(path.stem for path in RESULTS.parent.glob("*.svg"))
    # The same results make the same files; another release of matplotlib may make others.
    assert drawn == report.draw(results)
    for picture in drawn.values():
        assert "currentColor" in picture
        assert "date" not in picture


def test_a_build_is_as_fast_as_itself(results: Any) -> None:
    def before(key: str) -> str:
        return key.replace("ours", "before")

    for key in ("round_trip", "throughput", "memory", "cold_start", "idle"):
        results[key] |= {before(name): found for name, found in results[key].items()}
    table = report.comparison(results, clients=True)
    ratios = re.findall(r"^\|[^|]+\|[^|]+\|[^|]+\| ([\d.]+) \(", table, re.MULTILINE)
    assert len(ratios) == 35
    assert set(ratios) == {"1.000"}
