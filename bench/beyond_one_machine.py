# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Measures what docs/beyond_one_machine.md says: nodes on two hosts, and many clients.

python3 -m bench.beyond_one_machine discovery [COUNT ...]   nodes with and without a server; as root
python3 -m bench.beyond_one_machine outage                  the discovery server fails; as root
python3 -m bench.beyond_one_machine clients                 many clients of one service

Prints tables; `discovery` also draws `docs/beyond_one_machine.svg`. To be run by hand, after `make
bench` has built its programs, in a shell that has sourced `test_support/setup.bash` and
`install/setup.bash`. A host is a network namespace, see `stress/network.py`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import psutil
from ros_test_support import Domain, Process

from stress.cases import Tally
from stress.network import Network, unavailable
from stress.nodes import CLIENT, SERVER, CaseDomain

from . import contestants, measurements, plots
from .contestants import Command
from .figures import Figure
from .programs import Client, Program

PICTURE = contestants.ROOT / "docs" / "beyond_one_machine.svg"
RESULTS = contestants.BUILD / "beyond_one_machine.json"

# Where the discovery server receives: on the first host.
ADDRESS, PORT = "10.255.0.1", "11811"

SERVER_MODE = "by a discovery server"
MODES = ("by multicast", SERVER_MODE)
PANELS = (
    "start of all, MB between the hosts",
    "start of a client, ms",
    "private memory of a node, MB",
)

# How long discovery may take until all is quiet, in seconds.
SETTLING = 300.0

STARTS = 10


@contextmanager
def two_hosts(with_server: bool) -> Iterator[Hosts]:
    """Make two hosts whose nodes, if `with_server`, expect a discovery server."""
    with CaseDomain(Tally()) as domain, Network(domain, 2, seed=1) as network:
        if with_server:
            domain.variables["ROS_DISCOVERY_SERVER"] = f"{ADDRESS}:{PORT}"
        yield Hosts(domain, network)


class Hosts:
    """Two hosts, and the nodes on them."""

    def __init__(self, domain: CaseDomain, network: Network) -> None:
        self.domain = domain
        self.network = network
        self.nodes: list[Process] = []

    def start_discovery_server(self) -> Process:
        command = ["fast-discovery-server", "-i", "0", "-l", ADDRESS, "-p", PORT]
        server = self.domain.start(self.network.on(0, *command), ROS_DISCOVERY_SERVER=None)
        server.wait_for_output("Server is running|Server GUID", 30.0)
        return server

    def start_node(self, service: str = "add_two_ints") -> Process:
        """Start a server, on the hosts in turn."""
        number = len(self.nodes)
        names = ["-r", f"__node:=node{number}", "-r", f"add_two_ints:={service}"]
        arguments = ["--ros-args", "--log-level", "warn", *names]
        node = self.domain.start(self.network.on(number % 2, SERVER, *arguments))
        self.nodes.append(node)
        return node

    def call(self, *arguments: str) -> tuple[float, Process]:
        """Run the client on the second host; return how long it took, in seconds."""
        begin = time.monotonic()
        client = self.domain.start(self.network.on(1, CLIENT, "2", "3", *arguments))
        client.wait(120.0)
        return time.monotonic() - begin, client

    def traffic(self) -> int:
        """Return the bytes that left a host."""
        sent = 0
        for holder in self.network.holders:
            lines = Path(f"/proc/{holder.pid}/net/dev").read_text(encoding="ascii").splitlines()
            for line in lines[2:]:
                name, numbers = line.split(":")
                sent += 0 if name.strip() == "lo" else int(numbers.split()[8])
        return sent

    def settle(self) -> None:
        """Wait until two periods of five seconds have the same traffic, but for a tenth."""
        deadline = time.monotonic() + SETTLING
        sent, last = self.traffic(), 0
        while time.monotonic() < deadline:
            time.sleep(5.0)
            now = self.traffic()
            if abs(now - sent - last) <= 0.1 * max(last, 20_000):
                return
            sent, last = now, now - sent
        print(f"not quiet after {SETTLING:g} s", file=sys.stderr)


def wait_for_processors() -> None:
    """Wait until there is processor time for one more node, as there would be on many machines."""
    deadline = time.monotonic() + SETTLING
    while psutil.cpu_percent(0.2) > 80.0 and time.monotonic() < deadline:
        pass


def discovery(counts: Sequence[int], modes: Sequence[str]) -> None:
    """Nodes that discover each other by multicast, and by a discovery server."""
    for count in counts:
        for mode in modes:
            with two_hosts(mode == SERVER_MODE) as hosts:
                if mode == SERVER_MODE:
                    hosts.start_discovery_server()
                # The one that is called is the last to start.
                for number in range(count - 1):
                    hosts.start_node(f"service{number}")
                    wait_for_processors()
                hosts.start_node()
                hosts.settle()
                started = hosts.traffic()
                took = []
                for _ in range(STARTS):
                    seconds, client = hosts.call("--wait-timeout", "60", "--reply-timeout", "20")
                    # No response counts as longer than any.
                    took.append(seconds * 1e3 if client.status == 0 else 1e5)
                hosts.settle()
                process = psutil.Process(hosts.nodes[0].pid)
                before, cpu = hosts.traffic(), sum(process.cpu_times()[:2])
                time.sleep(20.0)
                figures = {
                    "start of all, MB between the hosts": [started / 1e6],
                    "idle, kB/s between the hosts": [(hosts.traffic() - before) / 20e3],
                    "start of a client, ms": took,
                    "private memory of a node, MB": [process.memory_full_info().uss / 1e6],
                    "idle node, % CPU": [(sum(process.cpu_times()[:2]) - cpu) / 20 * 100],
                }
                ended = Counter(node.status for node in hosts.nodes)
                if set(ended) != {None}:
                    print(f"nodes by exit code: {dict(ended)}", file=sys.stderr)
            row = [Figure.of(values).text() for values in figures.values()]
            print("| " + " | ".join([str(count), mode, *row]) + " |", flush=True)
            known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
            known.setdefault(mode, {})[str(count)] = figures
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(known), encoding="utf-8")
            draw(known)


def draw(results: dict[str, dict[str, dict[str, list[float]]]]) -> None:
    """Draw all that was measured, by this run or an earlier one."""
    panels: dict[str, dict[str, dict[int, Figure]]] = {}
    for mode, counts in results.items():
        for count in sorted(counts, key=int):
            for title in PANELS:
                figure = Figure.of(counts[count][title])
                panels.setdefault(title, {}).setdefault(mode, {})[int(count)] = figure
    picture = plots.lines("nodes on two hosts", panels)
    PICTURE.write_text(picture, encoding="utf-8")


def outage() -> None:
    """What nodes do while the discovery server is away, and when it is back."""
    limits = ("--wait-timeout", "10", "--reply-timeout", "5")

    def show(what: str) -> None:
        seconds, client = hosts.call(*limits)
        said = " / ".join(client.stderr.splitlines()[-2:])
        print(f"{what}: exit code {client.status} after {seconds:.1f} s: {said}", flush=True)

    for how in (signal.SIGINT, signal.SIGKILL):
        with two_hosts(with_server=True) as hosts:
            server = hosts.start_discovery_server()
            hosts.start_node()
            hosts.start_node("other")
            time.sleep(3.0)
            print(f"The discovery server ends by {how.name}")
            show("before")
            command: Command = [contestants.BUILD / "c" / "rcl_client", "loop"]
            with Client(hosts.network.on(1, *command), hosts.domain.environment()) as client:
                client.await_ready()
                time.sleep(2.0)
                client.call(100)
                server.signal(how)
                server.wait(30.0)
                begin = time.monotonic()
                show("a client started without it")
                while time.monotonic() - begin < 40.0:
                    client.call(10)
                    time.sleep(1.0)
                print("a client that was there before: answered for 40 s without it")
                hosts.start_discovery_server()
                begin = time.monotonic()
                for _ in range(5):
                    show(f"a client started {time.monotonic() - begin:.1f} s after its return")
                client.call(100)
            print("the nodes wrote:", [node.stdout + node.stderr for node in hosts.nodes])


def clients() -> None:
    """The calls per second of many clients, by the number of services that they share."""
    contestants.build_c(contestants.BUILD / "c")
    command = contestants.BUILD / "c" / "rcl_client"
    for count, services, in_flight in (
        (1, 1, 1), (1, 1, 16), (4, 1, 1), (16, 1, 1), (16, 4, 1), (16, 16, 1)
    ):  # fmt: skip
        with Domain() as domain, ExitStack() as stack:
            environment = domain.environment()

            def name(number: int) -> list[str]:
                return ["--ros-args", "-r", f"add_two_ints:=service{number}"]

            servers = [
                stack.enter_context(
                    Program([SERVER, *name(number), "--log-level", "warn"], environment)
                )
                for number in range(services)
            ]
            callers = [
                stack.enter_context(Client([command, "loop", *name(n % services)], environment))
                for n in range(count)
            ]
            for caller in callers:
                caller.await_ready()
            time.sleep(measurements.SETTLING)
            measurements.together(callers, 50)
            rates, server_cpu, client_cpu = [], [], []
            each = 4000 // count
            for _ in range(7):
                before = [sum(p.cpu_seconds() for p in some) for some in (servers, callers)]
                begin = time.monotonic()
                for caller in callers:
                    caller.order(each, in_flight)
                for caller in callers:
                    caller.answer()
                rates.append(count * each / (time.monotonic() - begin))
                after = [sum(p.cpu_seconds() for p in some) for some in (servers, callers)]
                server_cpu.append((after[0] - before[0]) / (count * each) * 1e6)
                client_cpu.append((after[1] - before[1]) / (count * each) * 1e6)
            print(
                f"| {count} | {services} | {in_flight} | {Figure.of(rates).text(0)} "
                f"| {median(server_cpu):.0f} | {median(client_cpu):.0f} |",
                flush=True,
            )


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.beyond_one_machine")
    parser.add_argument("what", choices=("discovery", "outage", "clients"))
    parser.add_argument("counts", type=int, nargs="*", default=[])
    parser.add_argument("--mode", choices=MODES, action="append")
    arguments = parser.parse_args()
    if arguments.what == "clients":
        clients()
        return 0
    if why := unavailable():
        print(why, file=sys.stderr)
        return 1
    if arguments.what == "discovery":
        discovery(arguments.counts or [2, 20, 50, 100, 200], arguments.mode or MODES)
    else:
        contestants.build_c(contestants.BUILD / "c")
        outage()
    return 0


if __name__ == "__main__":
    sys.exit(main())
