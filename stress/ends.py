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
    shared_memory_of,
    stop,
    wait_for_right,
    wait_ready,
)

SIGNALS = (signal.SIGINT, signal.SIGTERM)

# How long a process may take to end, in seconds; and on a loaded machine, in the tests.
LIMIT, GENEROUS = 2.0, 30.0


def end(
    tally: Tally, options: Options, process: Program, number: signal.Signals, codes: set[int]
) -> float:
    """Send a signal, see that the process ends as documented, return how long it took."""
    files = shared_memory_of(process)
    started = time.monotonic()
    process.signal(number)
    code = process.wait(TIMEOUT)
    took = time.monotonic() - started
    what = " ".join(process.command[:1] + process.command[1:3])
    tally.expect(code in codes, f"{what} ended with {code} on {number.name}: {process.stderr}")
    limit = GENEROUS if options.short else LIMIT
    tally.expect(took <= limit, f"{what} took {took:.2f} s to end on {number.name}")
    left = sorted(file for file in files if (SHARED_MEMORY / file).exists() and "_port" not in file)
    tally.leftovers += len(left)
    tally.expect(not left, f"{what} left {left} behind")
    return took


def ends_in_each_way(
    tally: Tally,
    options: Options,
    domain: CaseDomain,
    start: Callable[[], Program],
    codes: dict[signal.Signals, int],
) -> float:
    """Let a process of each state end by each signal, some times, and return the longest time."""
    rounds = 1 if options.short else 5
    slowest = 0.0
    for _ in range(rounds):
        for number in SIGNALS:
            process = start()
            slowest = max(slowest, end(tally, options, process, number, {codes[number]}))
            domain.end(process)
    return slowest


CLIENT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
SERVER_CODES = {signal.SIGINT: 0, signal.SIGTERM: 0}


@case("Ends", "Client that waits for the service", short=True)
def client_without_server(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain:

        def start() -> Program:
            client = domain.client("2", "3")
            client.wait_for_output("waiting again", TIMEOUT, "stderr")
            return client

        slowest = ends_in_each_way(tally, options, domain, start, CLIENT_CODES)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {slowest:.2f} s")


@case("Ends", "Client that waits for the reply")
def client_without_reply(tally: Tally, options: Options) -> None:
    slowest = 0.0
    for number in SIGNALS:
        with CaseDomain(tally) as domain:
            peer = domain.start(["python3", PEERS / "unhelpful_service.py", "hold"])
            client = domain.client("2", "3")
            peer.wait_for_output("took the request", TIMEOUT)
            slowest = max(slowest, end(tally, options, client, number, {CLIENT_CODES[number]}))
            # It would wait for the request to be answered before it ends.
            domain.kill(peer)
    tally.remark(f"slowest {slowest:.2f} s")


@case("Ends", "Idle server", short=True)
def idle_server(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain:

        def start() -> Program:
            server = domain.server()
            wait_ready(domain, tally)
            return server

        slowest = ends_in_each_way(tally, options, domain, start, SERVER_CODES)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {slowest:.2f} s")


@case("Ends", "Server under load", short=True)
def busy_server(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = domain.caller(1_000_000, "--lanes", "16")

        def start() -> Program:
            nonlocal server
            server = domain.server() if server.status is not None else server
            wait_for_right(load, 10)
            return server

        slowest = ends_in_each_way(tally, options, domain, start, SERVER_CODES)
        # The calls that were in flight are reported, so that the caller ends as well.
        server = domain.server()
        wait_for_right(load, 10)
        stop(load, tally)
        server.signal(signal.SIGTERM)
        server.wait(TIMEOUT)
        expect_empty_graph(tally, domain)
    tally.remark(f"slowest {slowest:.2f} s")


@case("Ends", "Server and client in the middle of their start", short=True)
def starting(tally: Tally, options: Options) -> None:
    luck = random.Random(options.seed)
    count = 5 if options.short else 50
    slowest = 0.0
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
                slowest = max(
                    slowest, end(tally, options, process, number, {codes[number], -number})
                )
                domain.end(process)
        expect_empty_graph(tally, domain)
    tally.remark(f"{2 * count} starts, slowest {slowest:.2f} s")


def expect_empty_graph(tally: Tally, domain: CaseDomain) -> None:
    """Check that the graph is empty: `ros2 node list` prints nothing."""
    list_nodes = domain.start(["ros2", "node", "list"])
    list_nodes.wait(TIMEOUT)
    nodes = list_nodes.stdout.split()
    tally.leftovers += len(nodes)
    tally.expect(list_nodes.status == 0, f"ros2 node list: {list_nodes.stderr}")
    tally.expect(not nodes, f"left on the graph: {nodes}")
