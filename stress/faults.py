# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Servers and clients that are killed or stopped, and machines without memory, disk or output."""

from __future__ import annotations

import os
import shlex
import signal
import struct
import subprocess
import time
from pathlib import Path

from .cases import Options, Tally, case
from .network import run
from .nodes import (
    CLIENT,
    SERVER,
    TIMEOUT,
    CaseDomain,
    Supervised,
    ask,
    count_client,
    stop,
    wait_for_right,
)


def callers(domain: CaseDomain, count: int = 3) -> list[Supervised]:
    """Start clients that keep calls in flight, and wait until each has been answered."""
    started = [
        domain.caller(1_000_000 * number, "--lanes", "4", "--patience", "90")
        for number in range(1, count + 1)
    ]
    for caller in started:
        wait_for_right(caller, 1)
    return started


def expect_answers(callers: list[Supervised]) -> None:
    """Wait until each caller has got ten more right answers."""
    for caller in callers:
        wait_for_right(caller, 10)


def stop_all(callers: list[Supervised], tally: Tally) -> None:
    for caller in callers:
        stop(caller, tally)


@case("Faults", "Server killed (`kill -9`) under load, another one started", short=True)
def killed(tally: Tally, options: Options) -> None:
    rounds = 1 if options.short else 3
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = callers(domain)
        for _ in range(rounds):
            domain.kill(server)
            server = domain.server()
            expect_answers(load)
        stop_all(load, tally)
        tally.remark(f"{rounds} times")


@case("Faults", "Server stopped (`SIGSTOP`) under load and continued", short=True)
def stopped(tally: Tally, options: Options) -> None:
    seconds = 2 if options.short else 30
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = callers(domain)
        server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        server.signal(signal.SIGCONT)
        expect_answers(load)
        stop_all(load, tally)
        tally.remark(f"for {seconds} s")


@case("Faults", "Server restarted under load")
def restarted(tally: Tally, _options: Options) -> None:
    restarts = 100
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = callers(domain)
        for _ in range(restarts):
            server.signal(signal.SIGTERM)
            code = server.wait(TIMEOUT)
            tally.expect(code == 0, f"a server ended with {code}")
            domain.end(server)
            server = domain.server()
            wait_for_right(load[0], 1)
        expect_answers(load)
        stop_all(load, tally)
        tally.remark(f"{restarts} times")


@case("Faults", "Clients killed (`kill -9`) while they wait", short=True)
def clients_killed(tally: Tally, options: Options) -> None:
    with CaseDomain(tally) as domain:
        server = domain.server()
        load = callers(domain, 1)
        doomed = callers(domain, 2 if options.short else 10)
        server.signal(signal.SIGSTOP)
        # Calls are sent meanwhile; no result depends on how long it is.
        time.sleep(0.3)
        for client in doomed:
            # Its calls end with it, and are not counted.
            domain.kill(client)
        server.signal(signal.SIGCONT)
        wait_for_right(load[0], 100)
        stop(load[0], tally)
        ask(domain, tally)
        tally.remark(f"{len(doomed)} clients, with 4 calls each in flight")


@case("Faults", "Two servers of one name, one of them killed")
def two_servers(tally: Tally, _: Options) -> None:
    with CaseDomain(tally) as domain:
        one, two = domain.server(), domain.server()
        load = callers(domain)
        domain.kill(one)
        expect_answers(load)
        three = domain.server()
        expect_answers(load)
        two.signal(signal.SIGTERM)
        two.wait(TIMEOUT)
        expect_answers(load)
        stop_all(load, tally)
        tally.expect(three.status is None, f"the last server ended with {three.status}")


@case("Faults", "Clock of server and clients stepped under load")
def clock_stepped(tally: Tally, options: Options) -> None:
    # Only the system clock of the nodes: that of the machine belongs to others too.
    with CaseDomain(tally) as domain:
        shim = domain.folder / "clock.so"
        source = Path(__file__).parent / "clock.c"
        compiler = os.environ.get("CC", "cc").split()
        run(*compiler, "-shared", "-fPIC", "-O2", "-o", str(shim), str(source), "-ldl")
        offset = domain.folder / "offset"
        offset.write_bytes(struct.pack("q", 0))
        domain.variables = {"LD_PRELOAD": str(shim), "STRESS_CLOCK": str(offset)}
        domain.server()
        load = callers(domain)
        steps = (3600, -3600, 86400 * 365, -86400 * 365, 0)
        for step in steps:
            # Without replacing the file, which the nodes have mapped.
            with offset.open("r+b") as file:
                file.write(struct.pack("q", step))
            expect_answers(load)
            ask(domain, tally)
        stop_all(load, tally)
        tally.remark("to an hour and a year ahead and behind")


def in_mount_namespace(mounts: str, *command: str | Path) -> list[str]:
    """Return the command that runs another one with `mounts` (shell) of its own."""
    script = f"{mounts} && exec {shlex.join(str(word) for word in command)}"
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script]


def no_mounts() -> str | None:
    """Return why this user may not mount in a namespace of its own, or None."""
    command = in_mount_namespace("mount -t tmpfs none /dev/shm", "true")
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
    return "this machine does not let us mount (`unshare --mount`)" if done.returncode else None


def calls_with_mounts(tally: Tally, domain: CaseDomain, mounts: str, **changes: str) -> None:
    """Let server and client run with `mounts`, and with a client outside of them."""
    server = domain.start(in_mount_namespace(mounts, SERVER), **changes)
    for number in range(3):
        command = in_mount_namespace(mounts, CLIENT, str(number), "1")
        client = domain.start(command, **changes)
        code = count_client(client, number, 1, tally)
        tally.expect(code == 0, f"the client ended with {code}: {client.stderr[-500:]}")
    tally.expect(server.status is None, f"the server ended with {server.status}")
    server.signal(signal.SIGTERM)
    code = server.wait(TIMEOUT)
    tally.expect(code == 0, f"the server ended with {code} after SIGTERM: {server.stderr[-500:]}")


@case("Faults", "`/dev/shm` full, or not writable", obstacle=no_mounts)
def no_shared_memory(tally: Tally, _: Options) -> None:
    for mounts in (
        "mount -t tmpfs -o size=16k none /dev/shm",
        "mount -t tmpfs -o ro none /dev/shm",
    ):
        with CaseDomain(tally) as domain:
            calls_with_mounts(tally, domain, mounts)


@case("Faults", "Log folder not writable, its disk full")
def no_logs(tally: Tally, _: Options) -> None:
    with CaseDomain(tally) as domain:
        domain.server(ROS_LOG_DIR="/proc/no/such/folder")
        for _round in range(3):
            ask(domain, tally, code=1, ROS_LOG_DIR="/dev/null/logs")
    if why := no_mounts():
        return tally.remark(f"full disk skipped: {why}")
    with CaseDomain(tally) as domain:
        logs = shlex.quote(str(domain.folder))
        mounts = f"mount -t tmpfs -o size=4k none {logs} && cat /dev/zero > {logs}/full 2>&-; true"
        calls_with_mounts(tally, domain, mounts)


@case("Faults", "stdout and stderr closed, or a pipe whose reader is gone", short=True)
def no_output(tally: Tally, options: Options) -> None:
    # Each with the exit code of a client, which fails when it cannot print the sum.
    all_streams = {"2>&1 | true": 1, ">&- 2>&-": 0, "2>&1 >&- | true": 0, "> /dev/full 2>&1": 1}
    for streams, code in list(all_streams.items())[: 1 if options.short else None]:
        with CaseDomain(tally) as domain:
            # The server logs each request to what is not there.
            domain.start(["bash", "-c", f"{shlex.quote(str(SERVER))} {streams}; sleep 600"])
            load = callers(domain, 1)
            wait_for_right(load[0], 100)
            stop(load[0], tally)
            client = domain.start(
                ["bash", "-c", f'("$@"; echo "$?" > code) {streams}; cat code', "client",
                 CLIENT, "2", "3"],
            )  # fmt: skip
            client.wait(TIMEOUT)
            tally.sent += 1
            if client.stdout.strip() == str(code):
                tally.right += 1
            else:
                tally.fail(f"client with {streams}: {client.stdout} {client.stderr}")
