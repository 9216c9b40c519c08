# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured, and how.

In each measurement, all contestants run side by side, each in a ROS domain of its own, and take
turns: one after the other makes a short run while the rest is idle, and so on for several rounds,
each of which begins with another contestant. What disturbs the machine thus disturbs all of them
alike. Every function returns plain lists, one value for each round, as they go into `results.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy
from ros_test_support import Domain, discovery_range, quick_discovery

from .contestants import BUILD, EVENTS, FLOOR, HERE, RECEIVING, Command, Contestant, all_contestants
from .programs import TIMEOUT, BenchError, Client, Program

T = TypeVar("T")

# How long a server may take to discover a client that has discovered it, in seconds. Nothing
# reports it, and until then most servers drop their responses.
SETTLING = 1.0


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    # How often all processes are restarted, and how many rounds each time.
    starts: int
    rounds: int
    # Calls of one round, one at a time.
    calls: int
    # How long one order with many calls in flight should take, in seconds.
    burst: float
    in_flight: tuple[int, ...]
    clients: tuple[int, ...]
    cold_starts: int
    # The same for what is compared only by how often a start takes more than a second.
    many_cold_starts: int
    idle_seconds: float
    graph: tuple[int, ...]


FULL = Plan(
    starts=3,
    rounds=4,
    calls=2000,
    burst=0.1,
    in_flight=(1, 2, 4, 8, 16, 32, 64),
    clients=(1, 2, 4, 8, 16),
    cold_starts=20,
    many_cold_starts=100,
    idle_seconds=20.0,
    graph=(0, 1, 4, 16, 64),
)
QUICK = Plan(
    starts=1,
    rounds=2,
    calls=300,
    burst=0.02,
    in_flight=(1, 8, 64),
    clients=(1, 4),
    cold_starts=3,
    many_cold_starts=3,
    idle_seconds=3.0,
    graph=(0, 4),
)

_BEGIN = time.monotonic()


def progress(text: str) -> None:
    print(f"[{time.monotonic() - _BEGIN:4.0f} s] {text}", file=sys.stderr)


def turns(items: Sequence[T], rounds: int, what: str) -> Iterator[T]:
    """Yield all items once for each round, in an order that begins with another one each time."""
    for number in range(rounds):
        progress(f"{what}: round {number + 1} of {rounds}")
        first = number % len(items)
        yield from items[first:]
        yield from items[:first]


def nested(depth: int) -> dict[str, Any]:
    """Return a dictionary of dictionaries of lists, which are created when they are first used."""
    return defaultdict(list if depth == 1 else partial(nested, depth - 1))


def named(contestants: Sequence[Contestant], name: str) -> Contestant:
    return next(contestant for contestant in contestants if contestant.name == name)


def pair_name(server: str, client: str) -> str:
    return f"{server} / {client}"


@dataclass
class Pair:
    """A running server, and a client of it, in a domain of their own."""

    serving: Contestant
    calling: Contestant
    domain: Domain
    server: Program
    client: Client

    @property
    def name(self) -> str:
        return pair_name(self.serving.name, self.calling.name)


@contextmanager
def running(pairs: Sequence[tuple[Contestant, Contestant]]) -> Iterator[list[Pair]]:
    """Run the server of the first and the client of the second of each pair, warmed up."""
    with ExitStack() as stack:
        live = []
        for serving, calling in pairs:
            domain = stack.enter_context(Domain())
            environment = domain.environment()
            server = stack.enter_context(Program(serving.server, environment))
            client = stack.enter_context(Client(calling.client, environment))
            live.append(Pair(serving, calling, domain, server, client))
        for pair in live:
            pair.client.await_ready()
        time.sleep(SETTLING)
        for pair in live:
            pair.client.call(300)
        yield live


def p50(nanoseconds: Sequence[int]) -> float:
    """Return the median in microseconds."""
    return float(numpy.median(nanoseconds)) / 1e3


def calls(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure round trips one at a time, and throughput with many calls in flight.

    Each contestant calls its own server; each server is called by the client on plain rcl as well,
    and each client calls the server on plain rcl, which shows the share of each side.
    """
    floor = named(contestants, FLOOR)
    others = [contestant for contestant in contestants if contestant is not floor]
    pairs = [(contestant, contestant) for contestant in contestants]
    pairs += [(other, floor) for other in others] + [(floor, other) for other in others]
    round_trip, throughput, memory = nested(2), nested(2), nested(2)
    for start in range(plan.starts):
        with running(pairs) as live:
            for pair in live[: len(contestants)]:
                for key, size in pair.server.memory().items():
                    memory[pair.serving.name][key].append(size)
            what = f"round trips and throughput: start {start + 1} of {plan.starts}"
            for pair in turns(live, plan.rounds, what):
                count = plan.calls if pair.calling is pair.serving else plan.calls // 4
                rate = one_at_a_time(pair, count, round_trip[pair.name])
                if pair.calling not in (pair.serving, floor):
                    continue
                for level in plan.in_flight:
                    size = max(int(rate * plan.burst), 4 * level)
                    rate = pair.client.call(size, level).calls_per_second
                    throughput[pair.name][str(level)].append(rate)
    return {"round_trip": round_trip, "throughput": throughput, "memory": memory}


@contextmanager
def busy_loops() -> Iterator[None]:
    """Let two programs use the processors as far as nothing else does."""
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(Program(["sh", "-c", "while :; do :; done"], os.environ))
        yield


def calls_beside_load(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure round trips beside two busy loops."""
    found = nested(2)
    for start in range(plan.starts):
        with running([(c, c) for c in contestants]) as live, busy_loops():
            what = f"round trips beside two busy loops: start {start + 1} of {plan.starts}"
            for pair in turns(live, plan.rounds, what):
                one_at_a_time(pair, plan.calls // 2, found[pair.serving.name])
    return found


def one_at_a_time(pair: Pair, count: int, into: dict[str, list[float]]) -> float:
    """Measure calls one at a time, in microseconds; return the calls per second."""
    sides = {"server_cpu": pair.server, "client_cpu": pair.client}
    before = {side: program.cpu_seconds() for side, program in sides.items()}
    answer = pair.client.call(count)
    for side, program in sides.items():
        into[side].append((program.cpu_seconds() - before[side]) / count * 1e6)
    for percent in (50, 99):
        into[f"p{percent}"].append(float(numpy.percentile(answer.calls, percent)) / 1e3)
    return answer.calls_per_second


def many_clients(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure the calls per second that a server answers to several client processes at once.

    The clients are those on plain rcl for all servers.
    """
    floor = named(contestants, FLOOR)
    pairs = [(contestant, floor) for contestant in contestants]
    found = nested(2)
    for start in range(plan.starts):
        what = f"start {start + 1} of {plan.starts}"
        try:
            rates = crowds(pairs, plan, what)
        except AssertionError as error:
            # The response to a client that has just started may be lost (docs/limits.md), and one
            # on plain rcl then waits for ever.
            progress(f"clients at once: {what} begins again: {str(error).splitlines()[0]}")
            rates = crowds(pairs, plan, what)
        for name, level, rate in rates:
            found[name][str(level)].append(rate)
    return found


def crowds(
    pairs: Sequence[tuple[Contestant, Contestant]], plan: Plan, start: str
) -> list[tuple[str, int, float]]:
    """Return the name of a pair, the number of its clients and their calls per second, by round."""
    found = []
    with running(pairs) as live, ExitStack() as stack:
        crowded = [(pair, [pair.client]) for pair in live]
        for level in plan.clients:
            for pair, crowd in crowded:
                for _ in range(level - len(crowd)):
                    more = Client(pair.calling.client, pair.domain.environment())
                    crowd.append(stack.enter_context(more))
            for _, crowd in crowded:
                for caller in crowd:
                    caller.await_ready()
            time.sleep(SETTLING)
            for _, crowd in crowded:
                together(crowd, 50)
            for pair, crowd in turns(crowded, plan.rounds, f"{level} clients at once: {start}"):
                probe = crowd[0].call(100).calls_per_second
                each = max(int(probe * plan.burst * 2 / level), 50)
                found.append((pair.name, level, together(crowd, each)))
    return found


def together(clients: Sequence[Client], each: int, in_flight: int = 1) -> float:
    """Let all clients make `each` calls at once; return the calls per second of all."""
    start = time.monotonic()
    for client in clients:
        client.order(each, in_flight)
    for client in clients:
        client.answer()
    return each * len(clients) / (time.monotonic() - start)


# The steps of a cold start, and the mark that ends each one, see marks.c.
STEPS = {
    "start of the process": "init",
    "node and client": "client",
    "discovery": "found",
    "until the request is sent": "send",
    "call": "reply",
    "closing": "closed",
    "end of the process": "gone",
}


def cold_start(
    contestants: Sequence[Contestant], runs: int, what: str = "cold start", **changes: str
) -> dict[str, Any]:
    """Measure a single call from the start of its client to the end, in milliseconds, by steps.

    The environment of server and client has these changes.
    """
    found = nested(2)
    with ExitStack() as stack:
        domains = {}
        for contestant in contestants:
            domain = domains[contestant.name] = stack.enter_context(Domain())
            stack.enter_context(Program(contestant.server, domain.environment(**changes)))
        for contestant in contestants:
            # The first one waits until the server is there.
            call_once(contestant, domains[contestant.name], changes)
        for contestant in turns(contestants, runs, what):
            marks = call_once(contestant, domains[contestant.name], changes)
            into = found[contestant.name]
            into["lost"].append(marks is None)
            if marks is None:
                continue
            before = marks["started"]
            into["total"].append((marks["gone"] - before) / 1e6)
            for step, mark in STEPS.items():
                # A client that does not pass a mark has this step in the next one.
                after = marks.get(mark, before)
                into[step].append((after - before) / 1e6)
                before = after
    return found


# How long a single call may take before it counts as lost, in seconds.
LOST_AFTER = 20.0


def call_once(
    contestant: Contestant, domain: Domain, changes: dict[str, str]
) -> dict[str, int] | None:
    """Run the client for a single call; return when it reached each step, in ns.

    The result is None when there is no response: a server that has a request before it has
    discovered the client drops its response, and some clients wait for ever.
    """
    path = domain.folder / "marks"
    path.unlink(missing_ok=True)
    preload = {"LD_PRELOAD": str(BUILD / "c" / "libmarks.so")} if contestant.on_rcl else {}
    environment = domain.environment(**changes, **preload, BENCH_MARKS=str(path))
    with Program(contestant.single_call, environment) as program:
        if not program.ends_within(LOST_AFTER):
            return None
        marks = {"gone": time.monotonic_ns(), "started": program.started_at}
        if program.status != 0 or "= 5" not in program.stderr:
            program.fail("The client did not log the sum")
    for line in path.read_text(encoding="ascii").splitlines():
        name, nanoseconds = line.split()
        marks.setdefault(name, int(nanoseconds))
    return marks


# Runs a command with a network of its own, which consists of the loopback interface alone.
OWN_NETWORK = (
    "unshare",
    "--map-root-user",
    "--net",
    "sh",
    "-ec",
    'ip link set lo up multicast on; ip route add 224.0.0.0/4 dev lo; exec "$@"',
    "sh",
)


def cold_start_default_range(plan: Plan) -> dict[str, Any]:
    """Measure cold starts with the discovery range that ROS 2 has by default, the subnet.

    This happens in a network of its own, so that nothing leaves the machine. The result is empty
    where the machine does not allow one. ros2-client uses multicast in either case.
    """
    tools = shutil.which("ip") and shutil.which("unshare")
    if not tools or subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode != 0:
        progress("cold start with the default discovery range: no network namespace, left out")
        return {}
    command = [*OWN_NETWORK, sys.executable, "-m", __name__, str(plan.cold_starts)]
    # It ends its own programs, which may take as long as all of them may take.
    with Program(command, os.environ, stderr=sys.stderr.fileno(), shutdown_timeout=60.0) as program:
        if program.wait(TIMEOUT * plan.cold_starts) != 0:
            program.fail("No cold starts were measured")
        found: dict[str, Any] = json.loads(program.stdout)
    return found


def idle(contestants: Sequence[Contestant], plan: Plan) -> dict[str, dict[str, float]]:
    """Measure servers without a client, and clients that wait for a server.

    CPU time is a share of one processor, in percent.
    """
    progress(f"idle servers and waiting clients, for {plan.idle_seconds:g} s")
    found: dict[str, dict[str, float]] = {contestant.name: {} for contestant in contestants}
    with ExitStack() as stack:
        programs = []
        for contestant in contestants:
            for side, command in ("server", contestant.server), ("client", contestant.single_call):
                domain = stack.enter_context(Domain())
                program = stack.enter_context(Program(command, domain.environment()))
                programs.append((contestant.name, side, program))
        # Python takes longest until it is up.
        time.sleep(5.0)
        before = [(program.cpu_seconds(), time.monotonic()) for _, _, program in programs]
        time.sleep(plan.idle_seconds)
        for (name, side, program), (cpu, begin) in zip(programs, before, strict=True):
            used = program.cpu_seconds() - cpu
            found[name][f"{side}_percent"] = used / (time.monotonic() - begin) * 100
    return found


SINKS = {
    "off": "no log line",
    "null": "to /dev/null",
    "file": "to a file",
    "terminal": "to a terminal",
}


def log_line(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure the round trip with the tutorial's log line per request, in microseconds.

    The line goes to where stderr goes: nowhere, to a file, to a pseudo-terminal that is read. The
    client is the one on plain rcl for all.
    """
    floor = named(contestants, FLOOR)
    found = nested(2)
    with ExitStack() as stack:
        live = []
        for contestant in contestants:
            for sink in SINKS:
                environment = stack.enter_context(Domain()).environment()
                command = contestant.server if sink == "off" else contestant.logging_server
                stderr = stack.enter_context(open_sink(sink))
                server = Program(command, environment, stdout=stderr, stderr=stderr)
                stack.enter_context(server)
                client = stack.enter_context(Client(floor.client, environment))
                live.append((contestant.name, sink, client))
        for _, _, client in live:
            client.await_ready()
        time.sleep(SETTLING)
        for _, _, client in live:
            client.call(50)
        for name, sink, client in turns(live, 2 * plan.rounds, "the log line"):
            found[name][sink].append(p50(client.call(plan.calls // 4).calls))
    return found


@contextmanager
def open_sink(kind: str) -> Iterator[int]:
    """Open what stderr of a server goes to."""
    if kind == "terminal":
        reading, writing = os.openpty()
        try:
            with Program(["cat"], os.environ, stdin=reading):
                yield writing
        finally:
            os.close(reading)
            os.close(writing)
    elif kind == "file":
        with tempfile.TemporaryFile() as file:
            yield file.fileno()
    else:
        yield subprocess.DEVNULL


def growth(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure round trip and memory beside N other nodes: see rclpy/crowd.py."""
    found = nested(3)
    for count in plan.graph:
        with running([(c, c) for c in contestants]) as live, ExitStack() as stack:
            crowds = []
            for pair in live if count else ():
                command: Command = [sys.executable, HERE / "rclpy" / "crowd.py", str(count)]
                crowd = Client(command, pair.domain.environment())
                crowds.append(stack.enter_context(crowd))
            for crowd in crowds:
                crowd.await_ready()
            for pair in live:
                # The first calls overlap with the end of discovery.
                pair.client.call(plan.calls // 4)
            what = f"{count} other nodes on the graph"
            for pair in turns(live, plan.rounds, what):
                into = found[pair.serving.name]
                into["p50"][str(count)].append(p50(pair.client.call(plan.calls // 4).calls))
                into["rss"][str(count)].append(pair.server.memory()["rss"])
    return found


def everything(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    # What a client waits for when it starts does not depend on how it waits for its response.
    starters = [c for c in contestants if c.name not in (EVENTS, RECEIVING)]
    loaded_starters = [named(contestants, name) for name in ("ours", FLOOR, "ros2-client")]
    what = "cold start with quick_discovery"
    with busy_loops():
        loaded_starts = cold_start(
            loaded_starters,
            plan.many_cold_starts,
            f"{what}, beside two busy loops",
            **quick_discovery(),
        )
    return {
        **calls(contestants, plan),
        "loaded": calls_beside_load(contestants, plan),
        "many_clients": many_clients(contestants, plan),
        "cold_start": cold_start(starters, plan.cold_starts),
        "cold_start_quick": cold_start(starters, plan.many_cold_starts, what, **quick_discovery()),
        "cold_start_loaded": loaded_starts,
        "cold_start_default_range": cold_start_default_range(plan),
        "idle": idle(contestants, plan),
        "log_line": log_line(contestants, plan),
        "growth": growth(contestants, plan),
    }


def two_builds(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Any]:
    """Measure two builds of this package, the first two contestants; see `baseline`."""
    builds = contestants[:2]
    return {
        **calls(contestants, plan),
        "cold_start": cold_start(builds, plan.cold_starts),
        "idle": idle(builds, plan),
    }


if __name__ == "__main__":
    # Called by `cold_start_default_range`, in a network of its own.
    try:
        on_rcl = [contestant for contestant in all_contestants() if contestant.on_rcl]
        what = "cold start with the default discovery range"
        found = cold_start(on_rcl, int(sys.argv[1]), what, **discovery_range("SUBNET"))
        print(json.dumps(found))
    except (BenchError, AssertionError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
