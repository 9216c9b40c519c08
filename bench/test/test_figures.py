# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic and the plots of the benchmark: `python3 -m unittest discover bench/test`."""

from __future__ import annotations

import json
import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import plots
import report
from figures import Figure, percentile, ratio
from measurements import turns

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"
RESULTS = DOCUMENTS / "benchmark" / "results.json"


class Figures(unittest.TestCase):
    def test_a_figure_is_the_median_with_the_range(self) -> None:
        self.assertEqual(Figure.of([5.0, 1.0, 2.0]), Figure(2.0, 1.0, 5.0))

    def test_a_ratio_compares_rounds_not_medians(self) -> None:
        # Both were slow in the second round, which says nothing about which is slower.
        self.assertEqual(ratio([1.0, 20.0, 3.0], [2.0, 40.0, 3.0]), Figure(0.5, 0.5, 1.0))

    def test_a_ratio_of_different_numbers_of_rounds_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            ratio([1.0], [1.0, 2.0])

    def test_percentiles_lie_between_neighbours(self) -> None:
        self.assertEqual(percentile([3, 1, 2], 50), 2)
        self.assertEqual(percentile([10, 20], 50), 15)
        self.assertEqual(percentile(range(1001), 99.9), 999)
        self.assertEqual(percentile([7], 99), 7)

    def test_each_round_begins_with_another_contestant(self) -> None:
        self.assertEqual(list(turns("abc", 3)), list("abcbcacab"))


class Plots(unittest.TestCase):
    def test_axes_end_just_above_the_highest_figure_in_round_steps(self) -> None:
        for top in (0.07, 1, 3, 9.9, 120, 48000):
            ticks = plots.ticks(top)
            self.assertEqual(ticks[0], 0)
            self.assertGreaterEqual(ticks[-1], top)
            self.assertLess(ticks[-2], top)
            self.assertIn(len(ticks), range(4, 10), f"{top}: {ticks}")

    def test_bars_are_as_long_as_their_figures(self) -> None:
        picture = plots.bars(
            "Title", "unit", {"a < b": [("", Figure(1, 1, 2))], "c": [("", Figure(3, 2, 4))]}
        )
        root = xml.etree.ElementTree.fromstring(picture)
        short, long = (float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect"))
        self.assertAlmostEqual(long / short, 3, delta=0.01)

    def test_all_parts_of_a_picture_are_inside_it(self) -> None:
        figures = {level: Figure(level, 0, 1e6) for level in (1, 2, 64)}
        names = ["one", "two", "three", "four", "five"]
        for picture in (
            plots.lines("Title", "unit", "level", dict.fromkeys(names, figures)),
            plots.bars("Title", "unit", {n: [("x", f) for f in figures.values()] for n in names}),
            plots.stacked("Title", "unit", {n: {"x": 1.0, "y": 2.0} for n in names}),
        ):
            root = xml.etree.ElementTree.fromstring(picture)
            height = float(root.attrib["height"])
            for part in root.iter():
                for key in ("x", "x1", "x2", "cx"):
                    self.assertIn(int(float(part.get(key, 0))), range(plots.WIDTH + 1))
                for key in ("y", "y1", "y2", "cy"):
                    self.assertIn(int(float(part.get(key, 0))), range(int(height) + 1))


@unittest.skipUnless(RESULTS.exists(), "no run has been recorded")
class Report(unittest.TestCase):
    def test_the_page_says_what_the_results_say(self) -> None:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
        page = (DOCUMENTS / "benchmark.md").read_text(encoding="utf-8")
        self.assertEqual(page, report.document(results))
        for name, picture in report.draw(results).items():
            recorded = (RESULTS.parent / f"{name}.svg").read_text(encoding="utf-8")
            self.assertEqual(recorded, picture, name)


SVG = "{http://www.w3.org/2000/svg}"

if __name__ == "__main__":
    unittest.main()
