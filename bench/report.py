# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/benchmark.md and its plots from the results of a run; compares two builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from . import plots
from .contestants import EVENTS, FLOOR, HERE, RECEIVING
from .figures import Figure, ratio, ratio_of_medians
from .measurements import SINKS, STEPS, pair_name

Results = Mapping[str, Any]

OURS = "ours"


def write(results: Results, folder: Path) -> str:
    """Write `benchmark.md` and the plots into `folder`; return the table of goals."""
    pictures = folder / "benchmark"
    for old in pictures.glob("*.svg"):
        old.unlink()
    for name, picture in draw(results).items():
        (pictures / f"{name}.svg").write_text(picture, encoding="utf-8")
    (folder / "benchmark.md").write_text(document(results), encoding="utf-8")
    return goals_table(results)


def own(name: str) -> str:
    return pair_name(name, name)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


# The goals that the package has set itself.


@dataclass(frozen=True)
class Goal:
    """A figure that the package wants to keep at or on one side of a limit."""

    what: str
    limit: float
    measure: Callable[[Results], Figure]
    at_most: bool = True
    unit: str = ""

    def reached(self, results: Results) -> bool:
        value = self.measure(results).median
        return value <= self.limit if self.at_most else value >= self.limit


def round_trip(other: str, name: str = OURS) -> Callable[[Results], Figure]:
    return lambda results: ratio(
        results["round_trip"][own(name)]["p50"], results["round_trip"][own(other)]["p50"]
    )


def round_trip_loaded(name: str) -> Callable[[Results], Figure]:
    return lambda results: ratio(results["loaded"][name]["p50"], results["loaded"][FLOOR]["p50"])


def slow_starts(key: str) -> Callable[[Results], Figure]:
    return lambda results: Figure.of([100 * share_of_slow_runs(results[key][OURS])])


def cold_start(other: str) -> Callable[[Results], Figure]:
    # Not run by run: in some runs an announcement is lost, independently of the other contestant.
    return lambda results: ratio_of_medians(
        results["cold_start_quick"][OURS]["total"], results["cold_start_quick"][other]["total"]
    )


def throughput(other: str) -> Callable[[Results], Figure]:
    def measure(results: Results) -> Figure:
        curves = results["throughput"]
        level = list(curves[own(FLOOR)])[-1]
        return ratio(curves[own(OURS)][level], curves[own(other)][level])

    return measure


def cpu(results: Results) -> Figure:
    def both(name: str) -> list[float]:
        rounds = results["round_trip"][own(name)]
        return [a + b for a, b in zip(rounds["server_cpu"], rounds["client_cpu"], strict=True)]

    return ratio(both(OURS), both(FLOOR))


def memory(results: Results) -> Figure:
    return ratio(results["memory"][OURS]["rss"], results["memory"]["rclpy"]["rss"])


def idle(side: str) -> Callable[[Results], Figure]:
    return lambda results: Figure.of([results["idle"][OURS][f"{side}_percent"]])


CLIENT = "ros2-client"

GOALS = {
    "receiving": Goal(f"round trip p50, {RECEIVING} / {FLOOR}", 0.65, round_trip(FLOOR, RECEIVING)),
    "receiving_loaded": Goal("the same beside two busy loops", 0.40, round_trip_loaded(RECEIVING)),
    "round_trip_floor": Goal(f"round trip p50, ours / {FLOOR}", 0.80, round_trip(FLOOR)),
    "round_trip": Goal(f"round trip p50, ours / {CLIENT}", 0.68, round_trip(CLIENT)),
    "rclpy": Goal("round trip p50, ours / rclpy, fastest client", 0.35, round_trip("rclpy")),
    "loaded": Goal(
        f"round trip p50 beside two busy loops, ours / {FLOOR}", 0.80, round_trip_loaded(OURS)
    ),
    "throughput_floor": Goal(
        f"calls per second, 64 in flight, ours / {FLOOR}", 1.3, throughput(FLOOR), at_most=False
    ),
    "throughput": Goal(
        f"calls per second, 64 in flight, ours / {CLIENT}", 1.0, throughput(CLIENT), at_most=False
    ),
    "cpu": Goal(f"CPU time per call, server and client, ours / {FLOOR}", 0.80, cpu),
    "cold_start": Goal(f"cold start in the underlay, ours / {CLIENT}", 1.3, cold_start(CLIENT)),
    "slow_starts": Goal(
        "starts of more than 1 s in the underlay", 0.0, slow_starts("cold_start_quick"), unit=" %"
    ),
    "slow_starts_loaded": Goal(
        "the same beside two busy loops", 2.0, slow_starts("cold_start_loaded"), unit=" %"
    ),
    "memory": Goal("server RSS, ours / rclpy", 0.40, memory),
    "idle": Goal("CPU of an idle server", 0.1, idle("server"), unit=" %"),
    "waiting": Goal("CPU of a waiting client", 0.1, idle("client"), unit=" %"),
}


def goals_table(results: Results) -> str:
    rows = []
    for goal in GOALS.values():
        measured = f"{goal.measure(results).text(digits=2)}{goal.unit}"
        limit = f"{goal.limit:g}{goal.unit} or {'less' if goal.at_most else 'more'}"
        reached = "reached" if goal.reached(results) else "**not reached**"
        rows.append([goal.what, measured, limit, reached])
    return table(["figure", "measured (lowest to highest round)", "goal", ""], rows)


def comparison(results: Results, clients: bool) -> str:
    """Compare the build `ours` with the build `before`; `clients` includes calls of its client."""
    rows = []

    def add(what: str, after: list[float], before: list[float], by_round: bool = True) -> None:
        if not all(before):
            # A step that this client does not pass.
            return
        found = (ratio if by_round else ratio_of_medians)(after, before)
        medians = (f"{Figure.of(rounds).median:.2f}" for rounds in (before, after))
        rows.append([what, *medians, found.text(digits=3)])

    def both(key: str, pair: str = "{}") -> tuple[Any, Any]:
        return results[key][pair.format(OURS)], results[key][pair.format("before")]

    pairs = {"server alone": f"{{}} / {FLOOR}"}
    if clients:
        pairs |= {"client alone": f"{FLOOR} / {{}}", "server and client": "{0} / {0}"}
    for side, pair in pairs.items():
        after, before = both("round_trip", pair)
        add(f"{side}: round trip p50, µs", after["p50"], before["p50"])
        add(f"{side}: round trip p99, µs", after["p99"], before["p99"])
        for part in ("server", "client"):
            if part in side:
                key = f"{part}_cpu"
                add(f"{side}: CPU of the {part}, µs per call", after[key], before[key])
        if pair.format(OURS) in results["throughput"]:
            after, before = both("throughput", pair)
            for level in after:
                add(f"{side}: calls per second, {level} in flight", after[level], before[level])
    after, before = both("memory")
    add("server: RSS, kB", after["rss"], before["rss"])
    after, before = both("cold_start")
    for key in ("total", *STEPS):
        add(f"cold start: {key}, ms", after[key], before[key], by_round=False)
    slow = f"{slow_runs(before)} before, {slow_runs(after)} after"
    after, before = both("idle")
    add("idle server: % CPU", [after["server_percent"]], [before["server_percent"]])
    add("waiting client: % CPU", [after["client_percent"]], [before["client_percent"]])
    head = ["", "before", "after", "after / before (lowest to highest round)"]
    return f"{table(head, rows)}\nCold starts of more than 1 s, or without a response: {slow}"


def slow_runs(run: Mapping[str, Sequence[float]]) -> str:
    """Count the cold starts of more than a second, and those without a response."""
    runs = len(run["lost"])
    return f"{share_of_slow_runs(run) * runs:.0f} of {runs}"


def share_of_slow_runs(run: Mapping[str, Sequence[float]]) -> float:
    slow = sum(run["lost"]) + sum(total > 1000 for total in run["total"])
    return slow / len(run["lost"])


# The report.


def draw(results: Results) -> dict[str, str]:
    """Return the plots by their names."""
    names = list(results["contestants"])
    trips, calls = results["round_trip"], results["throughput"]

    def curve(rounds: Mapping[str, Sequence[float]], unit: float = 1) -> dict[int, Figure]:
        return {int(n): Figure.of(v / unit for v in values) for n, values in rounds.items()}

    def growth(key: str, unit: float) -> dict[str, dict[int, Figure]]:
        return {name: curve(found[key], unit) for name, found in results["growth"].items()}

    return {
        "round_trip": plots.bars(
            {
                f"round trip {key}, µs": {n: Figure.of(trips[own(n)][key]) for n in names}
                for key in ("p50", "p99")
            }
        ),
        "throughput": plots.lines(
            "calls in flight, of one client",
            {
                f"calls per second, all with the client of {FLOOR}": {
                    name: curve(calls[pair_name(name, FLOOR)]) for name in names
                },
                "calls per second, each with its own client": {
                    name: curve(calls[own(name)]) for name in names
                },
            },
        ),
        "cold_start": plots.stacked(
            "cold start of a client, ms: median of each step",
            {
                name: {step: Figure.of(run[step]).median for step in STEPS}
                for name, run in results["cold_start"].items()
            },
        ),
        "many": plots.lines(
            "N",
            {
                "calls per second of N clients": {
                    name: curve(results["many_clients"][pair_name(name, FLOOR)]) for name in names
                },
                "p50 beside N nodes, µs": growth("p50", 1),
                "RSS beside N nodes, MB": growth("rss", 1024),
            },
        ),
    }


def document(results: Results) -> str:
    """Return the whole report."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        figure=lambda rounds, digits=1: Figure.of(rounds).text(digits),
        middle=lambda rounds, digits=1, unit=1: f"{Figure.of(rounds).median / unit:.{digits}f}",
        slow_runs=slow_runs,
    )
    return environment.get_template("report.md.in").render(
        results,
        names=list(results["contestants"]),
        goals=goals_table(results),
        reached={key: goal.reached(results) for key, goal in GOALS.items()},
        pair=pair_name,
        ratio=lambda upper, lower: ratio(upper, lower).text(digits=2),
        added=lambda with_line, without: Figure.of(
            on - off for on, off in zip(with_line, without, strict=True)
        ).text(digits=0),
        FLOOR=FLOOR,
        EVENTS=EVENTS,
        SINKS=SINKS,
    )
