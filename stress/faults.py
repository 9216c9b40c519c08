# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Servers and clients that die or stand still, and machines that run out of things."""

from __future__ import annotations

import os
import shlex
import signal
import struct
import subprocess
import time
from pathlib import Path

from cases import Options, Tally, case
from nodes import (
    PATIENCE,
    SERVER,
    Place,
    Process,
    ask,
    count_client,
    stop,
    wait_for_right,
)

# A moment in which calls get under way, in seconds; nothing is judged by it.
MOMENT = 0.3


def callers(place: Place, count: int = 3) -> list[Process]:
    """Start clients that keep calls under way, and wait until each has been answered."""
    started = [
        place.caller(1_000_000 * number, "--lanes", "4", "--patience", "90")
        for number in range(1, count + 1)
    ]
    for caller in started:
        wait_for_right(caller, 1)
    return started


@case("Faults", "Server killed (`kill -9`) under load, another one started", short=True)
def killed(tally: Tally, options: Options) -> None:
    rounds = 1 if options.short else 3
    with Place(tally) as place:
        server = place.server()
        load = callers(place)
        for _ in range(rounds):
            place.kill(server)
            server = place.server()
            for caller in load:
                wait_for_right(caller, 10)
        for caller in load:
            stop(caller, tally)
        tally.remark(f"{rounds} times")


@case("Faults", "Server stopped (`SIGSTOP`) under load and continued", short=True)
def stopped(tally: Tally, options: Options) -> None:
    seconds = 2 if options.short else 30
    with Place(tally) as place:
        server = place.server()
        load = callers(place)
        server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        server.signal(signal.SIGCONT)
        for caller in load:
            wait_for_right(caller, 10)
            stop(caller, tally)
        tally.remark(f"for {seconds} s")


@case("Faults", "Server restarted under load")
def restarted(tally: Tally, _: Options) -> None:
    restarts = 100
    with Place(tally) as place:
        server = place.server()
        load = callers(place)
        for _ in range(restarts):
            server.signal(signal.SIGTERM)
            code = server.wait(PATIENCE)
            tally.expect(code == 0, f"a server ended with {code}")
            place.end(server)
            server = place.server()
            wait_for_right(load[0], 1)
        for caller in load:
            wait_for_right(caller, 10)
            stop(caller, tally)
        tally.remark(f"{restarts} times")


@case("Faults", "Clients killed (`kill -9`) while they wait", short=True)
def clients_killed(tally: Tally, options: Options) -> None:
    with Place(tally) as place:
        server = place.server()
        load = callers(place, 1)
        doomed = callers(place, 2 if options.short else 10)
        server.signal(signal.SIGSTOP)
        time.sleep(MOMENT)
        for client in doomed:
            # What it was asked for died with it; nobody waits for that any more.
            place.kill(client)
        server.signal(signal.SIGCONT)
        wait_for_right(load[0], 100)
        stop(load[0], tally)
        code = ask(place, tally, 2, 3)
        tally.expect(code == 0, f"the next client ended with {code}")
        tally.remark(f"{len(doomed)} clients, with 4 calls each under way")


@case("Faults", "Two servers of one name, one of them killed")
def two_servers(tally: Tally, _: Options) -> None:
    with Place(tally) as place:
        one, two = place.server(), place.server()
        load = callers(place)
        place.kill(one)
        for caller in load:
            wait_for_right(caller, 10)
        three = place.server()
        for caller in load:
            wait_for_right(caller, 10)
        two.signal(signal.SIGTERM)
        two.wait(PATIENCE)
        for caller in load:
            wait_for_right(caller, 10)
            stop(caller, tally)
        tally.expect(three.status is None, f"the last server ended with {three.status}")


@case("Faults", "Clock of server and clients stepped under load")
def clock_stepped(tally: Tally, options: Options) -> None:
    # Only the system clock of the nodes: that of the machine belongs to others too.
    with Place(tally) as place:
        shim = place.folder / "clock.so"
        source = Path(__file__).parent / "clock.c"
        compiler = os.environ.get("CC", "cc").split()
        built = subprocess.run(
            [*compiler, "-shared", "-fPIC", "-O2", "-o", shim, source, "-ldl"],
            capture_output=True,
            text=True,
            check=False,
        )
        tally.expect(built.returncode == 0, f"clock.c does not compile: {built.stderr}")
        offset = place.folder / "offset"
        offset.write_bytes(struct.pack("q", 0))
        place.variables = {"LD_PRELOAD": str(shim), "STRESS_CLOCK": str(offset)}
        place.server()
        load = callers(place)
        steps = (3600, -3600, 86400 * 365, -86400 * 365, 0)
        for step in steps:
            # In place, because the nodes have the file mapped.
            with offset.open("r+b") as file:
                file.write(struct.pack("q", step))
            for caller in load:
                wait_for_right(caller, 10)
            code = ask(place, tally, step, 1)
            tally.expect(code == 0, f"a client after a step to {step} s ended with {code}")
        for caller in load:
            stop(caller, tally)
        tally.remark("to an hour and a year ahead and behind")


def in_mount_namespace(mounts: str, *command: str | Path) -> list[str]:
    """Return the command that runs another one with `mounts` (shell) that nobody else sees."""
    script = f"{mounts} && exec {shlex.join(str(word) for word in command)}"
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script]


def may_mount() -> bool:
    """Tell whether this machine lets us have mounts of our own."""
    command = in_mount_namespace("mount -t tmpfs none /dev/shm", "true")
    try:
        return subprocess.run(command, capture_output=True, timeout=PATIENCE).returncode == 0
    except OSError:
        return False


def calls_with_mounts(tally: Tally, place: Place, mounts: str, **changes: str) -> None:
    """Let server and client run with `mounts`, and with a client outside of them."""
    server = place.start(in_mount_namespace(mounts, SERVER), **changes)
    for number in range(3):
        command = in_mount_namespace(mounts, place.client_path, str(number), "1")
        client = place.start(command, **changes)
        code = count_client(client, number, 1, tally)
        tally.expect(code == 0, f"the client ended with {code}: {client.stderr[-500:]}")
    tally.expect(server.status is None, f"the server ended with {server.status}")
    server.signal(signal.SIGTERM)
    code = server.wait(PATIENCE)
    tally.expect(code == 0, f"the server ended with {code} after SIGTERM: {server.stderr[-500:]}")


@case("Faults", "`/dev/shm` full, or not writable")
def no_shared_memory(tally: Tally, _: Options) -> None:
    if not may_mount():
        return tally.skip("this machine does not let us mount anything (`unshare --mount`)")
    for mounts in (
        "mount -t tmpfs -o size=16k none /dev/shm",
        "mount -t tmpfs -o ro none /dev/shm",
    ):
        with Place(tally) as place:
            calls_with_mounts(tally, place, mounts)


@case("Faults", "Log folder not writable, its disk full")
def no_logs(tally: Tally, _: Options) -> None:
    with Place(tally) as place:
        place.server(ROS_LOG_DIR="/proc/no/such/folder")
        for number in range(3):
            ask(place, tally, number, 1, ROS_LOG_DIR="/dev/null/logs")
    if not may_mount():
        tally.remark("full disk skipped: this machine does not let us mount anything")
        return
    with Place(tally) as place:
        logs = shlex.quote(str(place.folder))
        mounts = f"mount -t tmpfs -o size=4k none {logs} && cat /dev/zero > {logs}/full 2>&-; true"
        calls_with_mounts(tally, place, mounts)


@case("Faults", "stdout and stderr closed, or a pipe whose reader is gone", short=True)
def no_output(tally: Tally, options: Options) -> None:
    all_streams = (">&- 2>&-", "2>&1 | true", "2>&1 >&- | true", "> /dev/full 2>&1")
    for streams in all_streams[1:2] if options.short else all_streams:
        with Place(tally) as place:
            # The server logs each request to what is not there.
            place.start(["bash", "-c", f"{shlex.quote(str(SERVER))} {streams}; sleep 600"])
            load = callers(place, 1)
            wait_for_right(load[0], 100)
            stop(load[0], tally)
            client = place.start(
                ["bash", "-c", f'("$@"; echo "$?" > code) {streams}; cat code', "client",
                 place.client_path, "2", "3"],
                cwd=place.folder,
            )  # fmt: skip
            client.wait(PATIENCE)
            tally.sent += 1
            # Its answer cannot be read any more; its exit code can.
            if client.stdout.strip() == "0":
                tally.right += 1
            else:
                tally.fail(f"client with {streams}: {client.stdout} {client.stderr}")
