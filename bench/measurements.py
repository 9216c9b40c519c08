# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured, and how.

In each measurement, all contestants run side by side, each in a ROS domain of its own, and take
turns: one after the other is asked for a short run while the rest is idle, and so on for several
rounds, each of which begins with another contestant. What disturbs the machine thus disturbs all of
them alike. Every function returns plain lists, one value for each round, as they go into
`results.json`.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from contestants import BUILD, HERE, ROOT, Contestant, everybody
from figures import percentile
from programs import PATIENCE, BenchError, Client, Domain, Program, scratch

T = TypeVar("T")
Rounds = dict[str, list[float]]

# How long a server may take to find the way back to a client that has found it, in seconds. Nothing
# tells when it has, and until then most servers drop their answers.
SETTLING = 1.0

# The contestant whose client asks all servers, and whose server answers all clients.
FLOOR = "C on rcl"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    # How often all processes are started anew, and how many rounds each time.
    starts: int
    rounds: int
    # Calls of one round, one at a time.
    calls: int
    # How long one order of many calls at a time should take, in seconds.
    burst: float
    in_flight: tuple[int, ...]
    clients: tuple[int, ...]
    cold_starts: int
    idle_seconds: float
    log_rounds: int
    graph: tuple[int, ...]
    graph_rounds: int
    graph_cold_starts: int


FULL = Plan(
    starts=3,
    rounds=4,
    calls=2000,
    burst=0.1,
    in_flight=(1, 2, 4, 8, 16, 32, 64),
    clients=(1, 2, 4, 8, 16),
    cold_starts=20,
    idle_seconds=20.0,
    log_rounds=7,
    graph=(0, 1, 4, 16, 64),
    graph_rounds=5,
    graph_cold_starts=3,
)
QUICK = Plan(
    starts=1,
    rounds=2,
    calls=300,
    burst=0.02,
    in_flight=(1, 8, 64),
    clients=(1, 4),
    cold_starts=3,
    idle_seconds=3.0,
    log_rounds=2,
    graph=(0, 4),
    graph_rounds=2,
    graph_cold_starts=1,
)

_BEGIN = time.monotonic()


def progress(text: str) -> None:
    print(f"[{time.monotonic() - _BEGIN:4.0f} s] {text}", flush=True)


def turns(items: Sequence[T], rounds: int) -> Iterator[T]:
    """Yield all items once for each round, in an order that begins elsewhere each time."""
    for number in range(rounds):
        first = number % len(items)
        yield from items[first:]
        yield from items[:first]


def pair_name(server: str, client: str) -> str:
    return f"{server} / {client}"


@dataclass
class Pair:
    """A running server, and a client of it, in a domain of their own."""

    name: str
    domain: Domain
    server: Program
    client: Client


@contextmanager
def running(pairs: Sequence[tuple[Contestant, Contestant]]) -> Iterator[list[Pair]]:
    """Run the server of the first and the client of the second of each pair, warmed up."""
    with ExitStack() as stack:
        live = []
        for server, client in pairs:
            domain = stack.enter_context(Domain())
            environment = domain.environment()
            name = pair_name(server.name, client.name)
            program = stack.enter_context(Program(server.server, environment))
            asker = stack.enter_context(Client(client.client, environment))
            live.append(Pair(name, domain, program, asker))
        for pair in live:
            pair.client.await_ready()
        time.sleep(SETTLING)
        for pair in live:
            pair.client.call(300)
        yield live


def calls(contestants: Sequence[Contestant], plan: Plan) -> dict[str, dict[str, Rounds]]:
    """Measure round trips one at a time, and throughput with many calls under way.

    Each contestant calls its own server; each server is called by the client on plain rcl as well,
    and each client calls the server on plain rcl, which tells the two sides apart.
    """
    floor = next(contestant for contestant in contestants if contestant.name == FLOOR)
    pairs = [(contestant, contestant) for contestant in contestants]
    others = [contestant for contestant in contestants if contestant is not floor]
    pairs += [(other, floor) for other in others] + [(floor, other) for other in others]
    own = {pair_name(c.name, c.name) for c in contestants}
    loaded = own | {pair_name(c.name, FLOOR) for c in contestants}
    names = [pair_name(server.name, client.name) for server, client in pairs]
    round_trip: dict[str, Rounds] = {
        name: {key: [] for key in ("p50", "p99", "p99.9", "server_cpu", "client_cpu")}
        for name in names
    }
    throughput: dict[str, Rounds] = {
        name: {str(level): [] for level in plan.in_flight} for name in names if name in loaded
    }
    memory: dict[str, Rounds] = {
        contestant.name: {key: [] for key in ("rss", "private", "rss_after_calls", "threads")}
        for contestant in contestants
    }
    for start in range(plan.starts):
        with running(pairs) as live:
            for pair, contestant in zip(live, contestants, strict=False):
                size = pair.server.memory()
                memory[contestant.name]["rss"].append(size["rss"])
                memory[contestant.name]["private"].append(size["private"])
                memory[contestant.name]["threads"].append(pair.server.threads())
            for number, pair in enumerate(turns(live, plan.rounds)):
                if number % len(live) == 0:
                    progress(
                        f"round trips and throughput: round {number // len(live) + 1} of "
                        f"{plan.rounds}, start {start + 1} of {plan.starts}"
                    )
                count = plan.calls if pair.name in own else plan.calls // 4
                rate = one_at_a_time(pair, count, round_trip[pair.name])
                for level in plan.in_flight if pair.name in loaded else ():
                    size = max(int(rate * plan.burst), 4 * level)
                    answer = pair.client.call(size, level)
                    rate = answer.calls_per_second
                    throughput[pair.name][str(level)].append(rate)
            for pair, contestant in zip(live, contestants, strict=False):
                after = pair.server.memory()["rss"]
                memory[contestant.name]["rss_after_calls"].append(after)
    return {"round_trip": round_trip, "throughput": throughput, "memory": memory}


def one_at_a_time(pair: Pair, count: int, into: Rounds) -> float:
    """Measure calls one at a time, in microseconds; return the calls per second."""
    server, client = pair.server.cpu_seconds(), pair.client.cpu_seconds()
    answer = pair.client.call(count)
    into["server_cpu"].append((pair.server.cpu_seconds() - server) / count * 1e6)
    into["client_cpu"].append((pair.client.cpu_seconds() - client) / count * 1e6)
    for percent in ("50", "99", "99.9"):
        into[f"p{percent}"].append(percentile(answer.calls, float(percent)) / 1e3)
    return answer.calls_per_second


def rclpy_tutorial(contestants: Sequence[Contestant], plan: Plan) -> dict[str, float]:
    """Measure the tutorial's way to wait for a reply, called again and again, in microseconds."""
    progress("rclpy with spin_until_future_complete in a loop")
    rclpy = next(contestant for contestant in contestants if contestant.name == "rclpy")
    count = min(plan.calls // 5, 300)
    with Domain() as domain, Program(rclpy.server, domain.environment()):
        script = HERE / "rclpy" / "client_tutorial.py"
        with Client(["python3", script], domain.environment()) as client:
            client.await_ready()
            time.sleep(SETTLING)
            calls = client.call(count).calls
    tenth = count // 10
    return {
        "calls": count,
        "p50_of_first_tenth": percentile(calls[:tenth], 50) / 1e3,
        "p50_of_last_tenth": percentile(calls[-tenth:], 50) / 1e3,
    }


def many_clients(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Rounds]:
    """Measure the calls per second that a server answers to several client processes at once.

    The clients are those on plain rcl for all servers, and the package's own for its server.
    """
    floor = next(contestant for contestant in contestants if contestant.name == FLOOR)
    ours = contestants[0]
    pairs = [(contestant, floor) for contestant in contestants] + [(ours, ours)]
    found: dict[str, Rounds] = {
        pair_name(server.name, client.name): {str(n): [] for n in plan.clients}
        for server, client in pairs
    }
    for start in range(plan.starts):
        progress(f"many clients at once: start {start + 1} of {plan.starts}")
        with running(pairs) as live, ExitStack() as stack:
            crowds = [[pair.client] for pair in live]
            for level in plan.clients:
                for (_, client), pair, crowd in zip(pairs, live, crowds, strict=True):
                    for _ in range(level - len(crowd)):
                        more = Client(client.client, pair.domain.environment())
                        crowd.append(stack.enter_context(more))
                for crowd in crowds:
                    for client in crowd:
                        client.await_ready()
                time.sleep(SETTLING)
                for crowd in crowds:
                    together(crowd, 50)
                for _ in range(plan.rounds):
                    for pair, crowd in zip(live, crowds, strict=True):
                        probe = crowd[0].call(100).calls_per_second
                        each = max(int(probe * plan.burst * 2 / level), 50)
                        found[pair.name][str(level)].append(together(crowd, each))
    return found


def together(clients: Sequence[Client], each: int) -> float:
    """Let all clients call at once, one call at a time each; return the calls per second of all."""
    start = time.monotonic()
    for client in clients:
        client.order(each)
    for client in clients:
        client.answer()
    return each * len(clients) / (time.monotonic() - start)


# The steps of a cold start, and the mark that ends each one, see marks.c.
STEPS = (
    ("start of the process", "init"),
    ("node and client", "client"),
    ("discovery", "found"),
    ("until the request is sent", "send"),
    ("call", "reply"),
    ("closing", "closed"),
    ("end of the process", "gone"),
)


# A profile of Fast DDS that users may choose.
QUICK_DISCOVERY = ROOT / "docs" / "quick_discovery.xml"


def cold_start(
    contestants: Sequence[Contestant],
    runs: int,
    discovery: str = "LOCALHOST",
    profile: Path | None = None,
) -> dict[str, Rounds]:
    """Measure a single call from the start of its client to the end, in milliseconds, by steps."""
    changes = {"ROS_AUTOMATIC_DISCOVERY_RANGE": discovery}
    if profile:
        # Each generation of Fast DDS warns of the name that the other one reads.
        old = os.environ.get("ROS_DISTRO") in ("humble", "iron", "jazzy")
        changes[f"{'FASTRTPS' if old else 'FASTDDS'}_DEFAULT_PROFILES_FILE"] = str(profile)
    found: dict[str, Rounds] = {
        contestant.name: {"lost": [], "total": [], **{step: [] for step, _ in STEPS}}
        for contestant in contestants
    }
    with ExitStack() as stack:
        domains = {}
        for contestant in contestants:
            domain = domains[contestant.name] = stack.enter_context(Domain())
            stack.enter_context(Program(contestant.server, domain.environment(**changes)))
        for contestant in contestants:
            # The first one waits until the server is there.
            call_once(contestant, domains[contestant.name].environment(**changes))
        for number, contestant in enumerate(turns(contestants, runs)):
            if number % len(contestants) == 0:
                progress(
                    f"cold start, discovery range {discovery}"
                    f"{f', {profile.name}' if profile else ''}: "
                    f"{number // len(contestants) + 1} of {runs}"
                )
            marks = call_once(contestant, domains[contestant.name].environment(**changes))
            into = found[contestant.name]
            into["lost"].append(marks is None)
            if marks is None:
                continue
            before = marks["started"]
            into["total"].append((marks["gone"] - before) / 1e6)
            for step, mark in STEPS:
                # What does not tell of closing has it in its end.
                after = marks.get(mark, before)
                into[step].append((after - before) / 1e6)
                before = after
    return found


# How long a single call may take before it counts as lost, in seconds.
LOST_AFTER = 20.0


def call_once(contestant: Contestant, environment: dict[str, str]) -> dict[str, int] | None:
    """Run the client for a single call; return when it reached each step, in nanoseconds.

    The result is None when there is no answer: a server that has a request before it has found the
    way back to the client drops its answer, and the client waits for ever.
    """
    path = scratch() / "marks"
    path.unlink(missing_ok=True)
    environment["BENCH_MARKS"] = str(path)
    if contestant.on_rcl:
        environment["LD_PRELOAD"] = str(BUILD / "c" / "libmarks.so")
    with Program(contestant.single_call, environment) as program:
        if not program.ends_within(LOST_AFTER):
            return None
        marks = {"gone": program.wait(), "started": program.started_at}
        if "= 5" not in program.errors():
            program.fail("did not print the sum")
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


def cold_start_default_range(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Rounds]:
    """Measure cold starts with the discovery range that ROS 2 has by default, the subnet.

    This happens in a network of its own, so that nothing leaves the machine. The result is empty
    where the machine does not allow one. ros2-client uses multicast in either case.
    """
    tools = shutil.which("ip") and shutil.which("unshare")
    if not tools or subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode != 0:
        progress("cold start with the default discovery range: no network namespace, left out")
        return {}
    file = scratch() / "cold_start_default_range.json"
    command = [*OWN_NETWORK, sys.executable, HERE / "measurements.py", str(plan.cold_starts), file]
    # Its clean-up may take as long as that of all its programs.
    with Program(command, os.environ, stdout=sys.stdout.fileno(), grace_period=60.0) as program:
        program.wait(PATIENCE * plan.cold_starts)
    return json.loads(file.read_text(encoding="utf-8"))


def idle(contestants: Sequence[Contestant], plan: Plan) -> dict[str, dict[str, float]]:
    """Measure servers that nobody calls, and clients that wait for a server that never comes.

    CPU time is a share of one processor, in percent.
    """
    progress(f"idle servers and waiting clients, for {plan.idle_seconds:g} s")
    with ExitStack() as stack:
        programs = []
        for contestant in contestants:
            sides = (("server", contestant.server), ("client", contestant.single_call))
            for side, command in sides:
                domain = stack.enter_context(Domain())
                program = stack.enter_context(Program(command, domain.environment()))
                programs.append((contestant.name, side, program))
        # Python takes longest until it is up.
        time.sleep(5.0)
        before = [(program.cpu_seconds(), time.monotonic()) for _, _, program in programs]
        time.sleep(plan.idle_seconds)
        found: dict[str, dict[str, float]] = {contestant.name: {} for contestant in contestants}
        for (name, side, program), (cpu, begin) in zip(programs, before, strict=True):
            used = program.cpu_seconds() - cpu
            found[name][f"{side}_percent"] = used / (time.monotonic() - begin) * 100
            found[name][f"{side}_rss"] = program.memory()["rss"]
            found[name][f"{side}_private"] = program.memory()["private"]
            found[name][f"{side}_threads"] = program.threads()
        return found


SINKS = ("off", "null", "file", "terminal")


def log_line(contestants: Sequence[Contestant], plan: Plan) -> dict[str, Rounds]:
    """Measure the round trip with the tutorial's log line per request, in microseconds.

    The line goes to where stderr goes: nowhere, to a file, to a terminal (a pseudo-terminal that
    somebody reads). The client is the one on plain rcl for all.
    """
    floor = next(contestant for contestant in contestants if contestant.name == FLOOR)
    found: dict[str, Rounds] = {
        contestant.name: {sink: [] for sink in SINKS} for contestant in contestants
    }
    with ExitStack() as stack:
        live = []
        for contestant in contestants:
            for sink in SINKS:
                domain = stack.enter_context(Domain())
                command = contestant.server if sink == "off" else contestant.logging_server
                stderr = stack.enter_context(open_sink(sink))
                server = Program(command, domain.environment(), stdout=stderr, stderr=stderr)
                stack.enter_context(server)
                client = stack.enter_context(Client(floor.client, domain.environment()))
                live.append((contestant.name, sink, client))
        for _, _, client in live:
            client.await_ready()
        time.sleep(SETTLING)
        for _, _, client in live:
            client.call(50)
        for number, (name, sink, client) in enumerate(turns(live, plan.log_rounds)):
            if number % len(live) == 0:
                progress(f"the log line: round {number // len(live) + 1} of {plan.log_rounds}")
            answer = client.call(plan.calls // 4)
            found[name][sink].append(percentile(answer.calls, 50) / 1e3)
    return found


@contextmanager
def open_sink(kind: str) -> Iterator[int]:
    """Open what stderr of a server goes to."""
    if kind == "terminal":
        reading, writing = os.openpty()
        done, stop = os.pipe()

        def read() -> None:
            while True:
                ready, _, _ = select.select([reading, done], [], [])
                if done in ready:
                    return
                os.read(reading, 65536)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield writing
        finally:
            os.write(stop, b"x")
            reader.join()
            for descriptor in (reading, writing, done, stop):
                os.close(descriptor)
    elif kind == "file":
        with tempfile.TemporaryFile(dir=scratch()) as file:
            yield file.fileno()
    else:
        yield subprocess.DEVNULL


def growth(contestants: Sequence[Contestant], plan: Plan) -> dict[str, dict[str, Rounds]]:
    """Measure how a graph of many others slows a call down.

    The others are N nodes of one process on plain rcl, each with a client of the same service and
    with a service of its own, none of which does anything.
    """
    found: dict[str, dict[str, Rounds]] = {
        contestant.name: {
            key: {str(n): [] for n in plan.graph} for key in ("p50", "rss", "cold_start")
        }
        for contestant in contestants
    }
    for count in plan.graph:
        progress(f"{count} other clients and services on the graph")
        with running([(c, c) for c in contestants]) as live, ExitStack() as stack:
            crowds = []
            for pair in live if count else ():
                crowd = Client([BUILD / "c" / "crowd", str(count)], pair.domain.environment())
                crowds.append(stack.enter_context(crowd))
            for crowd in crowds:
                crowd.await_ready()
            for number, pair in enumerate(turns(live, plan.graph_rounds)):
                answer = pair.client.call(plan.calls // 4)
                name = pair.name.split(" / ")[0]
                if number >= len(live) or plan.graph_rounds == 1:
                    # The first round has what is left of discovery in it.
                    found[name]["p50"][str(count)].append(percentile(answer.calls, 50) / 1e3)
            by_name = dict(zip((c.name for c in contestants), live, strict=True))
            for contestant in contestants:
                size = by_name[contestant.name].server.memory()["rss"]
                found[contestant.name]["rss"][str(count)].append(size)
            for contestant in turns(contestants, plan.graph_cold_starts):
                marks = call_once(contestant, by_name[contestant.name].domain.environment())
                if marks is not None:
                    total = (marks["gone"] - marks["started"]) / 1e6
                    found[contestant.name]["cold_start"][str(count)].append(total)
    return found


def all_of_them(contestants: Sequence[Contestant], plan: Plan) -> dict[str, object]:
    """Measure everything."""
    results: dict[str, object] = dict(calls(contestants, plan))
    results["rclpy_tutorial"] = rclpy_tutorial(contestants, plan)
    results["many_clients"] = many_clients(contestants, plan)
    results["cold_start"] = cold_start(contestants, plan.cold_starts)
    on_rcl = [contestant for contestant in contestants if contestant.on_rcl]
    results["cold_start_quick"] = cold_start(on_rcl, plan.cold_starts, profile=QUICK_DISCOVERY)
    results["cold_start_default_range"] = cold_start_default_range(contestants, plan)
    results["idle"] = idle(contestants, plan)
    results["log_line"] = log_line(contestants, plan)
    results["growth"] = growth(contestants, plan)
    return results


if __name__ == "__main__":
    # Called by `cold_start_default_range`, in a network of its own.
    try:
        on_rcl = [contestant for contestant in everybody() if contestant.on_rcl]
        found = cold_start(on_rcl, int(sys.argv[1]), "SUBNET")
        Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
