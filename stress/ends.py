# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""How the nodes end, in each state that they may be in."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

from .cases import Options, Tally, case
from .nodes import (
    PEERS,
    SHARED_MEMORY,
    TIMEOUT,
    CaseDomain,
    Program,
    ask,
    shared_memory_of,
    stop,
    wait_for_right,
)

SIGNALS = (signal.SIGINT, signal.SIGTERM)

# How long a process may take to end, in seconds; and on a loaded machine, in the tests.
LIMIT, GENEROUS = 2.0, 30.0


class Ends:
    """Ends processes by signals, and keeps the longest time that one took, in seconds."""

    def __init__(self, tally: Tally, options: Options) -> None:
        self._tally = tally
        self._limit = GENEROUS if options.short else LIMIT
        self.rounds = 1 if options.short else 5
        self.slowest = 0.0

    def end(self, process: Program, number: signal.Signals, *codes: int) -> None:
        """Send a signal, and see that the process ends with one of these codes, and in time."""
        files = shared_memory_of(process)
        started = time.monotonic()
        process.signal(number)
        code = process.wait(TIMEOUT)
        took = time.monotonic() - started
        self.slowest = max(self.slowest, took)
        what = f"{' '.join(process.command[:3])} on {number.name}"
        self._tally.expect(code in codes, f"{what} ended with {code}: {process.stderr}")
        self._tally.expect(took <= self._limit, f"{what} took {took:.2f} s to end")
        left = [name for name in files if (SHARED_MEMORY / name).exists() and "_port" not in name]
        self._tally.leftovers += len(left)
        self._tally.expect(not left, f"{what} left {sorted(left)} behind")

    def by_each_signal(
        self, domain: CaseDomain, start: Callable[[], Program], codes: dict[signal.Signals, int]
    ) -> None:
        """Let a process end by each signal, some times."""
        for _ in range(self.rounds):
            for number in SIGNALS:
                process = start()
                self.end(process, number, codes[number])
                domain.end(process)


CLIENT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
SERVER_CODES = {signal.SIGINT: 0, signal.SIGTERM: 0}


@case("Ends", "Client that waits for the service", short=True)
def client_without_server(tally: Tally, options: Options) -> None:
    ends = Ends(tally, options)
    with CaseDomain(tally) as domain:

        def start() -> Program:
            client = domain.client("2", "3")
            client.wait_for_output("waiting again", TIMEOUT, "stderr")
            return client

        ends.by_each_signal(domain, start, CLIENT_CODES)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {ends.slowest:.2f} s")


@case("Ends", "Client that waits for the reply")
def client_without_reply(tally: Tally, options: Options) -> None:
    ends = Ends(tally, options)
    for number in SIGNALS:
        with CaseDomain(tally) as domain:
            peer = domain.start(["python3", PEERS / "unhelpful_service.py", "hold"])
            client = domain.client("2", "3")
            peer.wait_for_output("took the request", TIMEOUT)
            ends.end(client, number, CLIENT_CODES[number])
            # It would wait for the request to be answered before it ends.
            domain.kill(peer)
    tally.remark(f"slowest {ends.slowest:.2f} s")


@case("Ends", "Idle server", short=True)
def idle_server(tally: Tally, options: Options) -> None:
    ends = Ends(tally, options)
    with CaseDomain(tally) as domain:

        def start() -> Program:
            server = domain.server()
            ask(domain, tally)
            return server

        ends.by_each_signal(domain, start, SERVER_CODES)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {ends.slowest:.2f} s")


@case("Ends", "Server under load", short=True)
def busy_server(tally: Tally, options: Options) -> None:
    ends = Ends(tally, options)
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = domain.caller(1_000_000, "--lanes", "16")

        def start() -> Program:
            nonlocal server
            server = domain.server() if server.status is not None else server
            wait_for_right(load, 10)
            return server

        ends.by_each_signal(domain, start, SERVER_CODES)
        # The calls that were in flight are reported, so that the caller ends as well.
        server = domain.server()
        wait_for_right(load, 10)
        stop(load, tally)
        server.signal(signal.SIGTERM)
        server.wait(TIMEOUT)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {ends.slowest:.2f} s")


@case("Ends", "Server and client in the middle of their start", short=True)
def starting(tally: Tally, options: Options) -> None:
    luck = random.Random(options.seed)
    count = 5 if options.short else 50
    ends = Ends(tally, options)
    with CaseDomain(tally) as domain:
        for _ in range(count):
            for start, codes in (
                (domain.server, SERVER_CODES),
                (lambda: domain.client("2", "3"), CLIENT_CODES),
            ):
                number = luck.choice(SIGNALS)
                process = start()
                time.sleep(luck.uniform(0, 0.15))
                # Before it has a handler, a signal ends it like any other program.
                ends.end(process, number, codes[number], -number)
                domain.end(process)
        expect_empty_graph(tally, domain)
    tally.remark(f"{2 * count} starts, slowest {ends.slowest:.2f} s")


def expect_empty_graph(tally: Tally, domain: CaseDomain) -> None:
    """Check that the graph is empty: `ros2 node list` prints nothing."""
    list_nodes = domain.start(["ros2", "node", "list"])
    list_nodes.wait(TIMEOUT)
    nodes = list_nodes.stdout.split()
    tally.leftovers += len(nodes)
    tally.expect(list_nodes.status == 0, f"ros2 node list: {list_nodes.stderr}")
    tally.expect(not nodes, f"left on the graph: {nodes}")
