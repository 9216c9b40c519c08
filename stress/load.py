# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Many clients, many calls at once, many starts."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ros_test_support import eventually

from .cases import Options, Tally, case
from .nodes import (
    TIMEOUT,
    CaseDomain,
    Program,
    ask,
    count_client,
    counts_of,
    descriptors,
    finish,
    resident,
)

# How much the server may grow while it is under load, once it has warmed up, in MB. An allocator
# takes a while to settle; a leak of 100 bytes per call would be ten times as much.
GROWTH = 8.0

# How much it may grow for each client that falls behind the others, in MB: Fast DDS keeps the
# responses that a client has not acknowledged, up to SERVICE_QUEUE_DEPTH (docs/upstream.md, 38).
GROWTH_PER_CLIENT = 3.0


@case("Load", "Clients in parallel, each with answers of its own", short=True)
def parallel_clients(tally: Tally, options: Options) -> None:
    clients, seconds = (8, 5) if options.short else (64, 60)
    with CaseDomain(tally) as domain:
        server = domain.server()
        ask(domain, tally)
        before = descriptors(server)
        callers = [domain.caller(1_000_000 * number) for number in range(1, clients + 1)]
        eventually(
            # One that ends this early has failed, which is reported below.
            lambda: all(
                counts_of(caller)["right"] > 0 or caller.status is not None for caller in callers
            ),
            2 * TIMEOUT,
            "each client has an answer",
        )
        # The last to come is there.
        warm = resident(server)
        time.sleep(seconds)
        for caller in callers:
            caller.close_stdin()
        rates = [finish(caller, tally) for caller in callers]
        tally.remark(f"{clients} clients for {seconds} s")
        tally.remark(
            f"{min(rate['right'] for rate in rates)} to "
            f"{max(rate['right'] for rate in rates)} answers each"
        )
        tally.remark(f"slowest answer {max(rate['slowest_ms'] for rate in rates)} ms")
        judge_server(tally, server, warm, before, GROWTH + clients * GROWTH_PER_CLIENT)


@case("Load", "Calls in flight from one client", short=True)
def calls_in_flight(tally: Tally, options: Options) -> None:
    flight, calls = (200, 2_000) if options.short else (1_000, 100_000)
    with CaseDomain(tally) as domain:
        server = domain.server()
        ask(domain, tally)
        finish(domain.caller(1_000_000, "--lanes", str(flight), "--calls", str(calls // 10)), tally)
        before, warm = descriptors(server), resident(server)
        caller = domain.caller(2_000_000, "--lanes", str(flight), "--calls", str(calls))
        started = time.monotonic()
        counts = finish(caller, tally, 4 * TIMEOUT)
        tally.remark(f"{flight} in flight, {calls / (time.monotonic() - started):.0f} calls/s")
        tally.remark(f"slowest answer {counts['slowest_ms']} ms")
        judge_server(tally, server, warm, before)


@case("Load", "Cold client starts")
def cold_starts(tally: Tally, _: Options) -> None:
    # Most of the life of a client is spent waiting for its discovery, so that several run at once.
    count, at_once, warm_up = 500, 16, 100
    times: list[float] = []
    codes: Counter[int] = Counter()
    with CaseDomain(tally) as domain, ThreadPoolExecutor(at_once) as pool:
        server = domain.server()
        ask(domain, tally)

        def start(number: int) -> Tally:
            one = Tally()
            started = time.monotonic()
            client = domain.client(str(number), "1000000", "--wait-timeout", "30")
            code = count_client(client, number, 1_000_000, one)
            codes[code] += 1
            if code:
                tally.remark(client.stderr.strip().rpartition("\n")[2])
            domain.end(client)
            times.append(time.monotonic() - started)
            return one

        for numbers in (range(warm_up), range(warm_up, count)):
            before, warm = descriptors(server), resident(server)
            for one in pool.map(start, numbers):
                tally.merge(one)
        times.sort()
        tally.remark(f"{count} starts, {at_once} at a time, exit codes {dict(codes)}")
        tally.remark(
            f"median {times[len(times) // 2]:.2f} s, 99 % within "
            f"{times[len(times) * 99 // 100]:.2f} s, slowest {times[-1]:.2f} s"
        )
        judge_server(tally, server, warm, before)
        ask(domain, tally)


def judge_server(
    tally: Tally, server: Program, warm: float, open_files: int, limit: float = GROWTH
) -> None:
    """Check that the server is as it was before the load: its memory, in MB, and its open files."""
    now = resident(server)
    grown = now - warm
    tally.remark(f"server {now:.1f} MB, {grown:+.1f} MB after warm-up")
    tally.expect(grown < limit, f"the server has grown by {grown:.1f} MB after its warm-up")
    try:
        # What belongs to a client is closed a moment after it has left.
        eventually(lambda: descriptors(server) <= open_files, TIMEOUT, "")
        tally.remark("its open files back to where they were")
    except AssertionError:
        tally.fail(f"the server had {open_files} open files, and has {descriptors(server)}")
