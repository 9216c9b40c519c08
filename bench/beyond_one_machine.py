# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Measures what docs/beyond_one_machine.md says: nodes on two hosts, and many clients.

python3 -m bench.beyond_one_machine discovery [COUNT ...]   nodes with and without a server; as root
python3 -m bench.beyond_one_machine clients                 many clients of one service

Prints tables; `discovery` also draws `docs/beyond_one_machine.svg`. To be run by hand, after `make
bench` has built its programs, in a shell that has sourced `test_support/setup.bash` and
`install/setup.bash`. A host is a network namespace, see `stress/network.py`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import psutil
from ros_test_support import Domain, Process

from stress.cases import Tally
from stress.network import Network, unavailable
from stress.nodes import CLIENT, SERVER, CaseDomain

from . import contestants, measurements, plots
from .figures import Figure
from .programs import Client, Program

PICTURE = contestants.ROOT / "docs" / "beyond_one_machine.svg"

# Where the discovery server receives: on the first host.
ADDRESS, PORT = "10.255.0.1", "11811"

PANELS = (
    "start of all, MB between the hosts",
    "start of a client, ms",
    "private memory of a node, MB",
)

# How long discovery may take until all is quiet, in seconds.
SETTLING = 300.0

STARTS = 10


class Hosts:
    """Two hosts, and the nodes on them."""

    def __init__(self, domain: CaseDomain, network: Network) -> None:
        self._domain = domain
        self.network = network
        self.nodes: list[Process] = []

    def start_discovery_server(self) -> None:
        """Start a discovery server, which all nodes started from now on expect."""
        command = ["fast-discovery-server", "-i", "0", "-l", ADDRESS, "-p", PORT]
        server = self._domain.start(self.network.on(0, *command))
        server.wait_for_output("Server is running|Server GUID", 30.0)
        self._domain.variables["ROS_DISCOVERY_SERVER"] = f"{ADDRESS}:{PORT}"

    def start_node(self, service: str = "add_two_ints") -> None:
        """Start a server, on the hosts in turn."""
        number = len(self.nodes)
        names = ["-r", f"__node:=node{number}", "-r", f"add_two_ints:={service}"]
        arguments = ["--ros-args", "--log-level", "warn", *names]
        node = self._domain.start(self.network.on(number % 2, SERVER, *arguments))
        self.nodes.append(node)

    def call(self) -> float:
        """Run the client on the second host; return how long it took, in milliseconds."""
        begin = time.monotonic()
        arguments = ["2", "3", "--wait-timeout", "60", "--reply-timeout", "20"]
        client = self._domain.start(self.network.on(1, CLIENT, *arguments))
        # No response counts as longer than any.
        return (time.monotonic() - begin) * 1e3 if client.wait(120.0) == 0 else 1e5

    def settle(self) -> None:
        """Wait until two periods of five seconds have the same traffic, but for a tenth."""
        deadline = time.monotonic() + SETTLING
        sent, last = self.network.sent, 0
        while time.monotonic() < deadline:
            time.sleep(5.0)
            now = self.network.sent
            if abs(now - sent - last) <= 0.1 * max(last, 20_000):
                return
            sent, last = now, now - sent
        print(f"not quiet after {SETTLING:g} s", file=sys.stderr)


def wait_for_processors() -> None:
    """Wait until there is processor time for one more node, as there would be on many machines."""
    deadline = time.monotonic() + SETTLING
    while psutil.cpu_percent(0.2) > 80.0 and time.monotonic() < deadline:
        pass


def discovery(counts: Sequence[int]) -> None:
    """Nodes that discover each other by multicast, and by a discovery server."""
    panels: dict[str, dict[str, dict[int, Figure]]] = {}
    for count in counts:
        for mode in ("by multicast", "by a discovery server"):
            with CaseDomain(Tally()) as domain, Network(domain, 2, seed=1) as network:
                figures = discovery_of(count, mode, Hosts(domain, network))
            cells = [str(count), mode, *(figure.text() for figure in figures.values())]
            print(f"| {' | '.join(cells)} |", flush=True)
            for title in PANELS:
                panels.setdefault(title, {}).setdefault(mode, {})[count] = figures[title]
            picture = plots.lines("nodes on two hosts", panels)
            PICTURE.write_text(picture, encoding="utf-8")


def discovery_of(count: int, mode: str, hosts: Hosts) -> dict[str, Figure]:
    """Measure `count` nodes on two hosts."""
    if mode == "by a discovery server":
        hosts.start_discovery_server()
    # The one that is called is the last to start.
    for number in range(count - 1):
        hosts.start_node(f"service{number}")
        wait_for_processors()
    hosts.start_node()
    hosts.settle()
    started = hosts.network.sent
    took = [hosts.call() for _ in range(STARTS)]
    hosts.settle()
    process = psutil.Process(hosts.nodes[0].pid)
    before, cpu = hosts.network.sent, sum(process.cpu_times()[:2])
    time.sleep(20.0)
    ended = Counter(node.status for node in hosts.nodes)
    if set(ended) != {None}:
        print(f"nodes by exit code: {dict(ended)}", file=sys.stderr)
    figures = {
        "start of all, MB between the hosts": [started / 1e6],
        "idle, kB/s between the hosts": [(hosts.network.sent - before) / 20e3],
        "start of a client, ms": took,
        "private memory of a node, MB": [process.memory_full_info().uss / 1e6],
        "idle node, % CPU": [(sum(process.cpu_times()[:2]) - cpu) / 20 * 100],
    }
    return {title: Figure.of(values) for title, values in figures.items()}


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
                rates.append(measurements.together(callers, each, in_flight))
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
    parser.add_argument("what", choices=("discovery", "clients"))
    parser.add_argument("counts", type=int, nargs="*", default=[2, 20, 50, 100, 200])
    arguments = parser.parse_args()
    if arguments.what == "clients":
        clients()
    elif why := unavailable():
        print(why, file=sys.stderr)
        return 1
    else:
        discovery(arguments.counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
