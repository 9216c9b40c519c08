# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Server and clients on different hosts, with an unreliable network between them."""

from __future__ import annotations

import time

from .cases import Options, Tally, case
from .network import Network, Quality, unavailable
from .nodes import (
    CALLER,
    CLIENT,
    SERVER,
    CaseDomain,
    Supervised,
    count_client,
    stop,
    wait_for_right,
)

# How long a call may take on a bad network before it counts as lost, in seconds: a host without a
# link is removed from the graph after 20 s, and discovered again afterwards.
TIMEOUT = 120.0


def server_on(domain: CaseDomain, network: Network, host: int) -> Supervised:
    return domain.supervise(network.on(host, SERVER, "--ros-args", "--log-level", "warn"))


def caller_on(domain: CaseDomain, network: Network, host: int) -> Supervised:
    identity = str(1_000_000 * (host + 1))
    name = f"__node:=caller_on_host{host}"
    return domain.supervise(
        network.on(
            host, CALLER, "--lanes", "4", "--patience", str(TIMEOUT), "--identity", identity,
            "--ros-args", "-r", name,
        )
    )  # fmt: skip


def ask_from(
    domain: CaseDomain, network: Network, host: int, tally: Tally, *arguments: str, code: int = 0
) -> None:
    """Run the client once on a host, count its call, and check its exit code."""
    client = domain.start(network.on(host, CLIENT, "2", "3", *arguments))
    status = count_client(client, 2, 3, tally, TIMEOUT)
    tally.expect(status == code, f"the client on host {host} ended with {status}, not {code}")
    domain.end(client)


def calls(tally: Tally, domain: CaseDomain, network: Network, hosts: list[int], count: int) -> None:
    """Let each of some hosts have `count` right answers, and a few clients of one call."""
    callers = [caller_on(domain, network, host) for host in hosts]
    for caller in callers:
        wait_for_right(caller, count, TIMEOUT)
    for host in hosts:
        for _ in range(3):
            ask_from(domain, network, host, tally)
    for caller in callers:
        counts = stop(caller, tally, 2 * TIMEOUT)
        tally.remark(f"slowest answer {counts['slowest_ms']} ms")


@case("Hosts", "Two hosts, in both directions", obstacle=unavailable)
def two_hosts(tally: Tally, options: Options) -> None:
    for here, there in ((0, 1), (1, 0)):
        with CaseDomain(tally) as domain, Network(domain, 2, options.seed) as network:
            server_on(domain, network, here)
            calls(tally, domain, network, [there], 500)


@case("Hosts", "Three hosts, two of them clients", obstacle=unavailable)
def three_hosts(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain, Network(domain, 3, options.seed) as network:
        server_on(domain, network, 0)
        calls(tally, domain, network, [1, 2], 500)


@case("Hosts", "50 ms delay, 20 ms jitter, 10 % loss, reordering", obstacle=unavailable)
def bad_network(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain, Network(domain, 3, options.seed) as network:
        network.quality = Quality(delay=0.050, jitter=0.020, loss=0.10, reorder=0.05)
        server_on(domain, network, 0)
        calls(tally, domain, network, [1, 2], 30)
        tally.remark(f"{network.lost} of {network.frames} frames lost, seed {options.seed}")


@case("Hosts", "A link cut for 20 s and restored", obstacle=unavailable)
def cut_link(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain, Network(domain, 2, options.seed) as network:
        server_on(domain, network, 0)
        caller = caller_on(domain, network, 1)
        wait_for_right(caller, 100, TIMEOUT)
        network.cut[1] = True
        started = time.monotonic()
        # The limits of the client hold while nothing gets through.
        ask_from(domain, network, 1, tally, "--wait-timeout", "5", code=3)
        took = time.monotonic() - started
        tally.remark(f"a client with --wait-timeout 5 ended after {took:.1f} s")
        time.sleep(max(0.0, 20 - took))
        network.cut[1] = False
        wait_for_right(caller, 100, TIMEOUT)
        tally.remark(f"answers again {time.monotonic() - started - 20:.1f} s after it was restored")
        stop(caller, tally, 2 * TIMEOUT)
        ask_from(domain, network, 1, tally)
