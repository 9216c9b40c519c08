# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The nodes under stress: where they are, how they are started, and what they leave behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psutil
from ros_test_support import Domain, Process, eventually, fast_dds_profile

from .cases import PROFILE, ROOT, Tally
from .supervisor import RESTART, Supervised

# How long anything may take that is expected to happen, in seconds. Only failures take that long.
TIMEOUT = 60.0

SHARED_MEMORY = Path("/dev/shm")

# The exit codes that the client documents for a call that was not answered.
REPORTED = (1, 3, 4, RESTART, 130, 143)


def installed(name: str, package: str = "rust_add_two_ints") -> Path:
    """Return the path of a program of a package, as colcon has installed it."""
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        program = Path(prefix) / "lib" / package / name
        if program.is_file():
            return program
    sys.exit(f"{name} of {package} is not installed: run make build, source install/setup.bash")


PEERS = ROOT / "test" / "peers"
SERVER = installed("server")
CLIENT = installed("client")
# Built beside the packages by `make stress`.
EXAMPLES = ROOT / "build" / "rust_add_two_ints" / "release" / "examples"
CALLER = EXAMPLES / "stress_caller"
MESSAGES = EXAMPLES / "stress_messages"
PLAYERS = ROOT / "build" / "hangman" / "debug" / "examples" / "stress_players"


Program = Process | Supervised


class CaseDomain(Domain):
    """The domain of a case, and what is started in it.

    At its end it removes the port files of this domain in `/dev/shm`: Fast DDS leaves them when a
    process is killed.
    """

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally
        # The environment of all that is started here has these variables as well.
        self.variables: dict[str, str] = {}
        self._programs: list[Program] = []

    def __exit__(self, *_: object) -> None:
        self.end_all()
        for program in self._programs:
            self._count_crashes(program)
        for file in SHARED_MEMORY.iterdir():
            port = re.search(r"fast(?:rtps|dds)_port(\d+)", file.name)
            if port and self.first_port <= int(port[1]) < self.first_port + 250:
                file.unlink(missing_ok=True)
        self.close()

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Return the environment of a user's terminal in this domain."""
        profile = fast_dds_profile(PROFILE) if PROFILE else {}
        return super().environment(**{**profile, **self.variables, **changes})

    def start(self, command: Sequence[str | Path], **changes: str | None) -> Process:
        """Start a program in the folder of this domain, with which it is ended at the latest."""
        process = Process(command, self.environment(**changes), cwd=self.folder)
        self._programs.append(process)
        return process

    def supervise(self, command: Sequence[str | Path], **changes: str | None) -> Supervised:
        """Start a program that is restarted when Fast DDS fails below it."""
        environment = self.environment(**changes)
        program = Supervised(
            lambda: Process(command, environment, stdin=subprocess.PIPE), self._tally
        )
        self._programs.append(program)
        return program

    def server(self, **changes: str | None) -> Supervised:
        """Start the server, which does not log each request."""
        return self.supervise([SERVER, "--ros-args", "--log-level", "warn"], **changes)

    def client(self, *arguments: str, **changes: str | None) -> Process:
        """Start the client."""
        return self.start([CLIENT, *arguments], **changes)

    def caller(self, identity: int, *arguments: str) -> Supervised:
        """Start a `stress_caller`, whose sums are those of `identity` alone."""
        # Each caller of a graph has a name of its own, as robots have.
        name = ["--ros-args", "-r", f"__node:=caller_{identity}"]
        return self.supervise([CALLER, "--identity", str(identity), *arguments, *name])

    def end_all(self) -> None:
        """End all that was started here, the last first."""
        for program in reversed(self._programs):
            program.end()

    def end(self, program: Program) -> None:
        """End a program now, count how it ended, and drop it."""
        program.end()
        self._count_crashes(program)
        self._programs.remove(program)

    def kill(self, program: Program) -> None:
        """End a program without giving it a chance to clean up after itself."""
        program.signal(signal.SIGKILL)
        program.wait(TIMEOUT)

    def _count_crashes(self, program: Program) -> None:
        """Count the panics and crashes of one of our programs."""
        if not any(Path(word).name in PROGRAMS for word in program.command):
            return
        for process in program.processes if isinstance(program, Supervised) else [program]:
            text = process.stdout + process.stderr
            if "panicked at" in text or "Internal error" in text:
                self._tally.crashes += 1
                self._tally.fail(f"panic of {' '.join(process.command)}: {text[-500:]}")
            if process.status is not None and -process.status in CRASHES:
                self._tally.crashes += 1
                name = signal.Signals(-process.status).name
                self._tally.fail(f"{name} ended {' '.join(process.command)}")


# The names of all programs of ours.
PROGRAMS = ("server", "client", "stress_caller", "stress_messages", "stress_players")

CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


def shared_memory_of(program: Program) -> set[str]:
    """Return the names of the files in `/dev/shm` that a process has open or mapped for itself."""
    names: set[str] = set()
    try:
        files = psutil.Process(program.pid).open_files()
    except psutil.NoSuchProcess:
        return names
    for path in (Path(file.path) for file in files):
        if path.parent == SHARED_MEMORY and path.name.endswith("_el"):
            file = path.name.removesuffix("_el")
            names |= {path.name, file, f"sem.{file}_mutex"}
    return names


def count_client(process: Process, a: int, b: int, tally: Tally, limit: float = TIMEOUT) -> int:
    """Wait for a client that was asked for `a + b`, count its call, and return its exit code."""
    tally.sent += 1
    if not process.ends_within(limit):
        tally.hung += 1
        tally.fail(f"no end within {limit:g} s: client {a} {b}\n{process.stderr[-800:]}")
        return -1
    status = process.wait(limit)
    result = re.search(r"Result of add_two_ints: for (\S+) \+ (\S+) = (\S+)$", process.stderr, re.M)
    if status == 0 and result:
        if result.groups() == (str(a), str(b), str(wrapped(a + b))):
            tally.right += 1
        else:
            tally.wrong += 1
            tally.fail(f"client {a} {b} logged: {result[0]}")
    elif status in REPORTED and process.stderr.strip():
        tally.reported += 1
    else:
        tally.lost += 1
        tally.fail(f"client {a} {b} ended with {status}, having logged: {process.stderr[-800:]!r}")
    return status


def wrapped(number: int) -> int:
    """Return a number as 64 bits hold it."""
    return (number + 2**63) % 2**64 - 2**63


def ask(
    domain: CaseDomain, tally: Tally, *arguments: str, code: int = 0, **changes: str | None
) -> None:
    """Run the client once, count the call, and check its exit code."""
    client = domain.client("2", "3", *arguments, **changes)
    status = count_client(client, 2, 3, tally)
    tally.expect(status == code, f"the client ended with {status}, not {code}: {client.stderr}")
    domain.end(client)


def counts_of(caller: Supervised) -> Counter[str]:
    """Return the counts of a caller so far; `done` when its last process has printed them all."""
    total: Counter[str] = Counter()
    for process in caller.processes:
        lines = [line for line in process.stdout.split("\n")[:-1] if line.startswith("{")]
        counts: Counter[str] = Counter(json.loads(lines[-1]) if lines else {})
        if process.status == RESTART:
            # Its exit code reports the calls that were in flight.
            ended = counts["right"] + counts["wrong"] + counts["reported"] + counts["lost"]
            counts["reported"] += counts["sent"] - ended
            counts["done"] = True
        slowest = max(total["slowest_ms"], counts["slowest_ms"])
        total.update(counts)
        total["slowest_ms"], total["done"] = slowest, counts["done"]
    return total


def finish(caller: Supervised, tally: Tally, limit: float = 2 * TIMEOUT) -> Counter[str]:
    """Wait until a caller has ended by itself, and add its counts."""
    status = caller.wait(limit)
    counts = counts_of(caller)
    if status not in (0, RESTART) or not counts["done"]:
        caller.fail(f"a caller ended with {status}")
    if status == RESTART:
        tally.remark(f"a caller ended with {RESTART} while it was stopped")
    tally.add(counts)
    if counts["wrong"]:
        tally.fail(f"wrong answers: {caller.stderr}")
    return counts


def stop(caller: Supervised, tally: Tally, limit: float = 2 * TIMEOUT) -> Counter[str]:
    """Let a caller finish the calls that are in flight, and add its counts."""
    caller.close_stdin()
    return finish(caller, tally, limit)


def wait_for_right(caller: Supervised, more: int, limit: float = TIMEOUT) -> None:
    """Wait until a caller has got `more` right answers than it has now."""
    seen = caller.stdout.count("\n")
    try:
        # What it has printed last may be a moment old: the next line shows what it has now.
        eventually(lambda: caller.stdout.count("\n") > seen, limit, "new counts")
        goal = counts_of(caller)["right"] + more
        eventually(lambda: counts_of(caller)["right"] >= goal, limit, f"{more} more right answers")
    except AssertionError as error:
        caller.fail(str(error))


def resident(program: Program) -> float:
    """Return the resident memory of a process, in MB."""
    return psutil.Process(program.pid).memory_info().rss / 1024**2


def descriptors(program: Program) -> int:
    """Return how many files a process has open."""
    return psutil.Process(program.pid).num_fds()
