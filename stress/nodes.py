# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The nodes under stress: where they are, how they are started, and what is left of them.

Processes and domains come from the guards of the underlay's tests: each process has a group of its
own that is always ended, and each case a ROS domain of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "underlay" / "test"))

from cases import Tally  # noqa: E402
from support import Domain, Process, eventually, ros_environment  # noqa: E402

# How long anything may take that is expected to happen, in seconds. Only failures take that long.
PATIENCE = 60.0

SHARED_MEMORY = Path("/dev/shm")

# What all processes run with, if the distribution needs anything: why is said in the file.
PROFILE = {"kilted": ROOT / "test_support" / "without_type_lookup.xml"}.get(
    os.environ.get("ROS_DISTRO", "")
)

# The exit codes that the client documents for a call that was not answered.
REPORTED = (1, 3, 4, 130, 143)
# The one for a client that no reply can reach, among other reasons.
CUT_OFF = 4


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


class Place(Domain):
    """A domain, with a log folder and an environment for what is started in it.

    Used as a context manager. At its end it counts what is left of this domain in `/dev/shm` that
    was not there before, and removes it. A port that the next participant takes over, which is put
    to the proof, does not count: docs/reliability.md tells why Fast DDS leaves some.
    """

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally
        self._folder = tempfile.TemporaryDirectory(prefix="stress_")
        self.folder = Path(self._folder.name)
        # What all that is started here gets into its environment besides.
        self.variables: dict[str, str] = {}
        self.client_path = CLIENT
        self._processes: list[Process] = []
        self._before = self.ports()

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()
        for process in self._processes:
            count_panics(process, self._tally)
        if left := self._ports_left():
            for index in {(number - self._first_port - 10) // 2 for number in left.values()}:
                self._take_place(index)
            self._tally.remark(f"{len(set(left.values()))} ports left to their next owners")
        left = {name for name in self._ports_left() if name.endswith("_el")}
        for name in self._ports_left():
            (SHARED_MEMORY / name).unlink(missing_ok=True)
        self._tally.leftovers += len(left)
        if left:
            self._tally.fail(f"left in {SHARED_MEMORY}: {' '.join(sorted(left))}")
        self._folder.cleanup()
        self.close()

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Return the environment of a user's terminal in this domain."""
        environment = ros_environment(
            self,
            # As users run it: without the quick discovery of the tests.
            FASTRTPS_DEFAULT_PROFILES_FILE=None,
            FASTDDS_DEFAULT_PROFILES_FILE=str(PROFILE) if PROFILE else None,
            RUST_BACKTRACE=None,
            RCUTILS_CONSOLE_OUTPUT_FORMAT=None,
            RCUTILS_LOGGING_USE_STDOUT=None,
            ROS_LOG_DIR=str(self.folder),
            **self.variables,
        )
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        return environment

    def start(
        self, command: Sequence[str | Path], cwd: Path | None = None, **changes: str | None
    ) -> Process:
        """Start a program in this domain; it is ended with the domain at the latest."""
        process = Process(command, self.environment(**changes), cwd=cwd)
        self._processes.append(process)
        return process

    def server(self, *arguments: str, quiet: bool = True, **changes: str | None) -> Process:
        """Start the server; a quiet one does not log each request."""
        quietly = ["--ros-args", "--log-level", "warn"] if quiet else []
        return self.start([SERVER, *arguments, *quietly], **changes)

    def client(self, *arguments: str, **changes: str | None) -> Process:
        """Start the client."""
        return self.start([CLIENT, *arguments], **changes)

    def caller(self, identity: int, *arguments: str) -> Process:
        """Start a `stress_caller`, whose sums are those of `identity` alone."""
        # Each caller of a graph has a name of its own, as robots have.
        name = ["--ros-args", "-r", f"__node:=caller_{identity}"]
        return self.start([CALLER, "--identity", str(identity), *arguments, *name])

    def end_all(self) -> None:
        """End all that was started here, the last first."""
        for process in reversed(self._processes):
            process.end()

    def end(self, process: Process) -> None:
        """End a process now, look at how it ended, and forget it."""
        process.end()
        count_panics(process, self._tally)
        self._processes.remove(process)

    def kill(self, process: Process) -> None:
        """End a process without giving it a chance to tidy up after itself."""
        process.signal(signal.SIGKILL)
        process.wait(PATIENCE)

    def ports(self) -> dict[str, int]:
        """Return the files in `/dev/shm` of the ports of this domain, and the ports' numbers."""
        found = {}
        for file in SHARED_MEMORY.iterdir():
            port = re.search(r"fast(?:rtps|dds)_port(\d+)", file.name)
            if port and self._first_port <= int(port[1]) < self._first_port + 250:
                found[file.name] = int(port[1])
        return found

    @property
    def _first_port(self) -> int:
        """The first port of this domain (DDSI-RTPS 2.5, section 9.6.2.3)."""
        return 7400 + 250 * self.number

    def _ports_left(self) -> dict[str, int]:
        return {name: number for name, number in self.ports().items() if name not in self._before}

    def _take_place(self, index: int) -> None:
        """Let a client come and go as the participant of this index: that with the same ports."""
        with contextlib.ExitStack() as lower:
            for number in range(self._first_port + 10, self._first_port + 10 + 2 * index):
                # A participant takes the first two ports that are free.
                place = lower.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                # Whoever has it already keeps it as well as we do.
                with contextlib.suppress(OSError):
                    place.bind(("", number))
            client = self.client("1", "1", "--wait-timeout", "0")
            code = client.wait(PATIENCE)
            self._tally.expect(
                code == 3, f"participant {index} cannot be replaced: {client.stderr}"
            )
            self.end(client)


def shared_memory_of(process: Process) -> set[str]:
    """Return the names of the files in `/dev/shm` that a process has open or mapped for itself."""
    names = set()
    folder = Path("/proc") / str(process.pid) / "fd"
    try:
        links = [os.readlink(entry) for entry in folder.iterdir()]
    except OSError:
        return names
    for link in links:
        name = link.removeprefix(f"{SHARED_MEMORY}/")
        if name != link and name.endswith("_el"):
            file = name.removesuffix("_el")
            names |= {name, file, f"sem.{file}_mutex"}
    return names


# The names of all programs of ours.
PROGRAMS = ("server", "client", "stress_caller", "stress_messages", "stress_players")


def count_panics(process: Process, tally: Tally) -> None:
    """Count what looks like a panic, or a crash, of one of our programs; tell of a new start."""
    if not any(Path(word).name in PROGRAMS for word in process.command):
        return
    text = process.stdout + process.stderr
    if "panicked at" in text or "Internal error" in text:
        tally.panics += 1
        tally.fail(f"panic of {' '.join(process.command)}: {text[-500:]}")
    if "; starting anew" in text:
        # A fault of Fast DDS, of which docs/reliability.md tells.
        tally.remark("a server started anew, and said so")
    if process.status is not None and process.status < 0:
        crashes = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
        if -process.status in crashes:
            tally.panics += 1
            tally.fail(f"{signal.Signals(-process.status).name} ended {' '.join(process.command)}")


def count_client(process: Process, a: int, b: int, tally: Tally, limit: float = PATIENCE) -> int:
    """Wait for a client that was asked for `a + b`, count its call, and return its exit code."""
    tally.sent += 1
    deadline = time.monotonic() + limit
    while process.status is None and time.monotonic() < deadline:
        time.sleep(0.005)
    status = process.status
    if status is None:
        tally.lost += 1
        tally.fail(f"no end within {limit:g} s: client {a} {b}\n{process.stderr[-800:]}")
        return -1
    process.wait(limit)
    said = re.search(r"Result of add_two_ints: for (\S+) \+ (\S+) = (\S+)$", process.stderr, re.M)
    if status == 0 and said:
        if said.groups() == (str(a), str(b), str(wrapped(a + b))):
            tally.right += 1
        else:
            tally.wrong += 1
            tally.fail(f"client {a} {b} said: {said[0]}")
    elif status in REPORTED and process.stderr.strip():
        tally.reported += 1
    else:
        tally.lost += 1
        tally.fail(f"client {a} {b} ended with {status}, having said: {process.stderr[-800:]!r}")
    return status


def wrapped(number: int) -> int:
    """Return a number as 64 bits hold it."""
    return (number + 2**63) % 2**64 - 2**63


def ask(place: Place, tally: Tally, a: int, b: int, *arguments: str, **changes: str | None) -> int:
    """Run the client once, count the call, and return its exit code."""
    client = place.client(str(a), str(b), *arguments, **changes)
    code = count_client(client, a, b, tally)
    place.end(client)
    return code


def counts_of(caller: Process) -> dict[str, int]:
    """Return the counts that a caller has printed last."""
    lines = [line for line in caller.stdout.split("\n")[:-1] if line.startswith("{")]
    nothing = dict.fromkeys(("sent", "right", "wrong", "reported", "lost", "slowest_ms"), 0)
    return json.loads(lines[-1]) if lines else nothing


def finish(caller: Process, tally: Tally, limit: float = 2 * PATIENCE) -> dict[str, int]:
    """Wait until a caller has ended by itself, and add its counts."""
    status = caller.wait(limit)
    counts = counts_of(caller)
    if status == CUT_OFF and "start this one again" in caller.stderr:
        # A fault of Fast DDS, of which docs/reliability.md tells.
        tally.remark("a client was cut off, and said so")
        counts = {**counts, "done": True}
        if counts["sent"] == 0:
            counts.update(sent=1, reported=1)
    elif status != 0 or not counts.get("done"):
        caller.fail(f"a caller ended with {status}")
    tally.add(counts)
    if counts["wrong"]:
        tally.fail(f"wrong answers: {caller.stderr}")
    return counts


def stop(caller: Process, tally: Tally, limit: float = 2 * PATIENCE) -> dict[str, int]:
    """Let a caller finish the calls that are under way, and add its counts."""
    caller.signal(signal.SIGTERM)
    return finish(caller, tally, limit)


def wait_for_right(caller: Process, more: int, limit: float = PATIENCE) -> None:
    """Wait until a caller has got `more` right answers than it has now, or says it never will."""
    # What it has printed last may be a moment old: the next line tells what it has now.
    seen = caller.stdout.count("\n")
    goal: int | None = None

    def reached() -> bool:
        nonlocal goal
        if goal is None and caller.stdout.count("\n") > seen:
            goal = counts_of(caller)["right"] + more
        enough = goal is not None and counts_of(caller)["right"] >= goal
        return enough or caller.status == CUT_OFF

    try:
        eventually(reached, limit, f"{more} more right answers")
    except AssertionError as error:
        caller.fail(str(error))


def resident(process: Process) -> float:
    """Return the resident memory of a process, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def descriptors(process: Process) -> int:
    """Return how many files a process has open."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def wait_ready(place: Place, tally: Tally) -> None:
    """Ask once, so that the server is known to be up; the call is counted."""
    code = ask(place, tally, 2, 3)
    tally.expect(code == 0, f"the first call ended with {code}")
