# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/benchmark.md and its plots from the results of a run."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import plots
from contestants import HERE
from figures import Figure, ratio
from measurements import FLOOR, SINKS, STEPS, pair_name

Results = Mapping[str, Any]

OURS = "ours"


def write(results: Results, folder: Path) -> str:
    """Write `benchmark.md` and the plots into `folder`; return the table of goals."""
    pictures = folder / "benchmark"
    pictures.mkdir(parents=True, exist_ok=True)
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


def round_trip_ratio(other: str) -> Callable[[Results], Figure]:
    return lambda results: ratio(
        results["round_trip"][own(OURS)]["p50"], results["round_trip"][own(other)]["p50"]
    )


def throughput_ratio(results: Results) -> Figure:
    throughput = results["throughput"]
    level = list(throughput[own(FLOOR)])[-1]
    return ratio(throughput[pair_name(OURS, FLOOR)][level], throughput[own(FLOOR)][level])


def cold_start_ratio(other: str) -> Callable[[Results], Figure]:
    """Compare medians: a run that misses an announcement says nothing of the one beside it."""

    def measure(results: Results) -> Figure:
        ours, theirs = (Figure.of(results["cold_start"][name]["total"]) for name in (OURS, other))
        return Figure(
            ours.median / theirs.median, ours.low / theirs.median, ours.high / theirs.median
        )

    return measure


def memory_ratio(results: Results) -> Figure:
    memory = results["memory"]
    return ratio(memory[OURS]["rss"], memory["rclpy"]["rss"])


def cpu_ratio(results: Results) -> Figure:
    ours, floor = (results["round_trip"][own(name)] for name in (OURS, FLOOR))

    def both(rounds: Mapping[str, Sequence[float]]) -> list[float]:
        pairs = zip(rounds["server_cpu"], rounds["client_cpu"], strict=True)
        return [server + client for server, client in pairs]

    return ratio(both(ours), both(floor))


def idle_share(side: str) -> Callable[[Results], Figure]:
    return lambda results: Figure.of([results["idle"][OURS][f"{side}_percent"]])


GOALS = (
    Goal(f"round trip p50, ours / {FLOOR}", 0.95, round_trip_ratio(FLOOR)),
    Goal("round trip p50, ours / ros2-client", 0.85, round_trip_ratio("ros2-client")),
    Goal("round trip p50, ours / rclpy at its best", 0.55, round_trip_ratio("rclpy")),
    Goal(
        f"throughput at 64 in flight, ours / {FLOOR} server", 1.0, throughput_ratio, at_most=False
    ),
    Goal("cold start, ours / rclpy tutorial client", 0.40, cold_start_ratio("rclpy")),
    Goal("cold start, ours / ros2-client", 1.3, cold_start_ratio("ros2-client")),
    Goal("server RSS, ours / rclpy", 0.40, memory_ratio),
    Goal("CPU of an idle server", 0.1, idle_share("server"), unit=" %"),
    Goal("CPU of a waiting client", 0.1, idle_share("client"), unit=" %"),
    Goal(f"CPU time per call, server and client, ours / {FLOOR}", 1.10, cpu_ratio),
)


def goals_table(results: Results) -> str:
    rows = []
    for goal in GOALS:
        figure = goal.measure(results)
        limit = f"{goal.limit:g}{goal.unit} or {'less' if goal.at_most else 'more'}"
        rows.append(
            [
                goal.what,
                f"{figure.text(digits=2)}{goal.unit}",
                limit,
                "reached" if goal.reached(results) else "**not reached**",
            ]
        )
    return table(["figure", "measured (lowest to highest round)", "goal", ""], rows)


# The tables.


def round_trips(results: Results, pairs: Sequence[str]) -> str:
    rows = []
    for pair in pairs:
        rounds = results["round_trip"][pair]
        p50 = Figure.of(rounds["p50"])
        floor = ratio(rounds["p50"], results["round_trip"][own(FLOOR)]["p50"])
        p99, p999 = (Figure.of(rounds[key]).text(digits=0) for key in ("p99", "p99.9"))
        rows.append([pair, p50.text(), p99, p999, floor.text(digits=2)])
    head = ["server / client", "p50", "p99", "p99.9", f"p50 / {FLOOR}"]
    return table(head, rows)


def throughput(results: Results, pairs: Sequence[str], key: str = "throughput") -> str:
    levels = list(next(iter(results[key].values())))
    rows = [
        [pair, *(f"{Figure.of(results[key][pair][level]).median:.0f}" for level in levels)]
        for pair in pairs
    ]
    return table(["server / client", *levels], rows)


def cold_starts(found: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    if not found:
        return "Not measured: this machine allows no network namespace."
    rows = [["**all of it**", *(Figure.of(run["total"]).text(digits=0) for run in found.values())]]
    for step, _ in STEPS:
        rows.append([step, *(Figure.of(run[step]).text(digits=1) for run in found.values())])
    slow, quick = ["runs of more than 1 s"], ["median of the other runs"]
    for run in found.values():
        rest = [total for total in run["total"] if total <= 1000]
        slow.append(f"{len(run['total']) - len(rest)} of {len(run['total'])}")
        quick.append(f"{median(rest):.0f}" if rest else "none")
    rows += [slow, quick]
    if any(any(run["lost"]) for run in found.values()):
        lost = ["runs without an answer, left out above"]
        rows.append(
            [*lost, *(f"{sum(run['lost'])} of {len(run['lost'])}" for run in found.values())]
        )
    return table(["ms", *found], rows)


def memory(results: Results) -> str:
    rows = []
    for name, idle in results["idle"].items():
        size = results["memory"][name]
        rounds = results["round_trip"][own(name)]
        rows.append(
            [
                name,
                f"{Figure.of(size['rss']).median / 1024:.1f}",
                f"{Figure.of(size['private']).median / 1024:.1f}",
                f"{Figure.of(size['rss_after_calls']).median / 1024:.1f}",
                f"{idle['server_threads']:.0f}",
                f"{idle['server_percent']:.3f}",
                f"{idle['client_percent']:.3f}",
                f"{Figure.of(rounds['server_cpu']).median / 100:.2f}",
                f"{Figure.of(rounds['client_cpu']).median / 100:.2f}",
            ]
        )
    head = [
        "",
        "server RSS, MB",
        "of it private, MB",
        "RSS after the calls, MB",
        "threads",
        "idle server, % CPU",
        "waiting client, % CPU",
        "server, CPU s per 10,000 calls",
        "client, CPU s per 10,000 calls",
    ]
    return table(head, rows)


SINK_NAMES = dict(
    zip(SINKS, ("no log line", "to /dev/null", "to a file", "to a terminal"), strict=True)
)


def log_line(results: Results) -> str:
    rows = []
    for name, sinks in results["log_line"].items():
        off = Figure.of(sinks["off"])
        row = [name, off.text()]
        for sink in SINKS[1:]:
            pairs = zip(sinks[sink], sinks["off"], strict=True)
            row.append(Figure.of(on - off for on, off in pairs).text(sign="+"))
        rows.append(row)
    return table(["server", *SINK_NAMES.values()], rows)


def growth(results: Results, key: str, unit: float) -> str:
    levels = list(next(iter(results["growth"].values()))[key])
    rows = [
        [
            name,
            *(
                f"{median(found[key][level]) / unit:.0f}" if found[key][level] else "none"
                for level in levels
            ),
        ]
        for name, found in results["growth"].items()
    ]
    return table(["", *levels], rows)


# The plots.


def draw(results: Results) -> dict[str, str]:
    names = list(results["contestants"])
    trips = results["round_trip"]

    def curves(rounds: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[int, Figure]]:
        return {
            name.split(" / ")[0]: {int(level): Figure.of(v) for level, v in curve.items()}
            for name, curve in rounds.items()
        }

    def growing(key: str, unit: float) -> dict[str, dict[int, Figure]]:
        return {
            name: {
                int(level): Figure.of(value / unit for value in values)
                for level, values in found[key].items()
                if values
            }
            for name, found in results["growth"].items()
        }

    per_floor = {pair: results["throughput"][pair] for pair in (pair_name(n, FLOOR) for n in names)}
    together = {pair: results["many_clients"][pair] for pair in per_floor}
    crowd = "other clients and services on the graph"
    return {
        **{
            f"round_trip_{key}": plots.bars(
                f"Round trip {key}, one call at a time, each client with its own server",
                "µs; median and range of the rounds",
                {name: [("", Figure.of(trips[own(name)][key]))] for name in names},
            )
            for key in ("p50", "p99")
        },
        "throughput": plots.lines(
            "Throughput of the servers, all called by the client on plain rcl",
            "calls per second; median and range of the rounds",
            "calls in flight, of one client",
            curves(per_floor),
        ),
        "throughput_own": plots.lines(
            "Throughput, each client with its own server",
            "calls per second; median and range of the rounds",
            "calls in flight, of one client",
            curves({own(name): results["throughput"][own(name)] for name in names}),
        ),
        "many_clients": plots.lines(
            "Throughput of the servers, called by several clients on plain rcl",
            "calls per second of all clients together; median and range of the rounds",
            "clients at once, each with one call in flight",
            curves(together),
        ),
        "cold_start": plots.stacked(
            "Cold start of a client: one call, from start to end",
            "ms; median of each step",
            {
                name: {step: Figure.of(run[step]).median for step, _ in STEPS}
                for name, run in results["cold_start"].items()
            },
        ),
        "log_line": plots.bars(
            "What the log line for each request costs",
            "round trip p50, µs; median and range of the rounds",
            {
                name: [(SINK_NAMES[sink], Figure.of(sinks[sink])) for sink in SINKS]
                for name, sinks in results["log_line"].items()
            },
        ),
        "growth_round_trip": plots.lines(
            "Round trip on a graph with others", "p50, µs", crowd, growing("p50", 1)
        ),
        "growth_memory": plots.lines(
            "Memory of a server on a graph with others", "RSS, MB", crowd, growing("rss", 1024)
        ),
        "growth_cold_start": plots.lines(
            "Cold start on a graph with others", "ms", crowd, growing("cold_start", 1)
        ),
    }


def document(results: Results) -> str:
    """Return the whole report."""
    names = list(results["contestants"])
    machine, tutorial = results["machine"], results["rclpy_tutorial"]
    others = [name for name in names if name != FLOOR]
    mixed = [pair_name(name, FLOOR) for name in others] + [pair_name(FLOOR, n) for n in others]
    virtual = " of a virtual machine" if machine["virtual"] else ""
    template = string.Template((HERE / "report.md.in").read_text(encoding="utf-8"))
    return template.substitute(
        note=QUICK_NOTE if results["quick"] else "",
        date=results["date"],
        seconds=results["seconds"],
        machine=f"{machine['processor']}, {machine['processors']} processors{virtual}, "
        f"{machine['memory_gb']} GB, {machine['kernel']}; load average before the start "
        f"{machine['load_before']}",
        versions=", ".join(f"{name} {version}" for name, version in results["versions"].items()),
        contestants="\n".join(
            f"- **{name}**: {what}." for name, what in results["contestants"].items()
        ),
        goals=goals_table(results),
        round_trips=round_trips(results, [own(name) for name in names]),
        round_trips_mixed=round_trips(results, mixed),
        tutorial_begin=f"{tutorial['p50_of_first_tenth']:.0f}",
        tutorial_calls=tutorial["calls"],
        tutorial_end=f"{tutorial['p50_of_last_tenth']:.0f}",
        throughput_servers=throughput(results, [pair_name(name, FLOOR) for name in names]),
        throughput_own=throughput(results, [own(name) for name in names]),
        many_clients=throughput(results, list(results["many_clients"]), "many_clients"),
        cold_starts=cold_starts(results["cold_start"]),
        cold_starts_quick=cold_starts(results["cold_start_quick"]),
        cold_starts_default=cold_starts(results["cold_start_default_range"]),
        memory=memory(results),
        log_line=log_line(results),
        growth_round_trip=growth(results, "p50", 1),
        growth_memory=growth(results, "rss", 1024),
        growth_cold_start=growth(results, "cold_start", 1),
    )


QUICK_NOTE = "A short run, made to try the benchmark: **the figures mean little.**\n\n"
