# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of the benchmark: started in a ROS domain of their own, measured, and always ended.

A measured client takes orders. An order is a line `CALLS IN_FLIGHT` on its stdin; its answer is a
line of numbers on stdout: the nanoseconds for all of it, and those of each call. It says `ready`
when it has found the server, and leaves at the end of stdin.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, TypeVar

# How long anything may take that has no reason to take long, in seconds.
PATIENCE = 60.0

# How long a program may take to leave when it is told to, in seconds.
GRACE_PERIOD = 5.0


class BenchError(Exception):
    """The benchmark cannot go on; the message is for its user."""


class Domain:
    """A ROS domain for one contestant alone, until `close`.

    It is taken for as long as TCP port 32768 + number is, which is the agreement of the ROS package
    `domain_coordinator`, and of the tests of this repository.
    """

    def __init__(self) -> None:
        first = os.getpid() % 101
        for number in ((first + step) % 101 + 1 for step in range(101)):
            claim = socket.socket()
            try:
                claim.bind(("", 32768 + number))
                # The first participant of anybody outside the agreement has this port.
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
                    port.bind(("", 7400 + 250 * number + 10))
            except OSError:
                claim.close()
                continue
            self.number = number
            self._claim = claim
            return
        raise BenchError("None of the ROS domains 1 to 101 is free; end other ROS programs")

    def __enter__(self) -> Domain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the domain, after the processes in it have ended."""
        self._claim.close()

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment for a process in this domain, on the loopback interface."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FASTRTPS_", "FASTDDS_", "RCUTILS_", "RUST_"))
            and name not in ("ROS_LOCALHOST_ONLY", "ROS_STATIC_PEERS", "ROS_DISCOVERY_SERVER")
        }
        environment.update(
            ROS_DOMAIN_ID=str(self.number),
            ROS_AUTOMATIC_DISCOVERY_RANGE="LOCALHOST",
            ROS_LOG_DIR=str(scratch()),
            PYTHONUNBUFFERED="1",
        )
        if environment.get("ROS_DISTRO") == "humble":
            environment["ROS_LOCALHOST_ONLY"] = "1"
        environment.update(changes)
        return environment


Started = TypeVar("Started", bound="Program")


class Program:
    """A running program, in a process group of its own, which leaving the `with` block ends."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        stderr: int | IO[bytes] | None = None,
        grace_period: float = GRACE_PERIOD,
    ) -> None:
        self.command = [str(word) for word in command]
        self._grace_period = grace_period
        self._errors = None
        if stderr is None:
            stderr = self._errors = tempfile.TemporaryFile(dir=scratch())  # noqa: SIM115
        self.started_at = time.monotonic_ns()
        self._popen = subprocess.Popen(
            self.command,
            env=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        _LIVE.add(self)
        self._unread = b""

    def __enter__(self: Started) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def cpu_seconds(self) -> float:
        """Return the CPU time that all threads of the program have used, ended ones included."""
        # How Linux numbers the clock of a process: MAKE_PROCESS_CPUCLOCK with CPUCLOCK_SCHED.
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self) -> dict[str, int]:
        """Return the kilobytes of memory, `rss` in all, `private` unshared, and its `threads`."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii")
        sizes = {
            line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if "kB" in line
        }
        return {
            "rss": sizes["Rss"],
            "private": sizes["Private_Clean"] + sizes["Private_Dirty"],
            "threads": len(os.listdir(f"/proc/{self.pid}/task")),
        }

    def read_line(self, patience: float = PATIENCE) -> str:
        """Wait for the next line on stdout, which has to be a pipe."""
        stream = self._popen.stdout
        assert stream is not None
        deadline = time.monotonic() + patience
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([stream], [], [], max(left, 0.0))
            chunk = os.read(stream.fileno(), 1 << 20) if ready else b""
            if not ready:
                self.fail(f"said nothing for {patience:g} s")
            if not chunk:
                self.fail("ended too early")
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        if b"RTPS_TRANSPORT_SHM" in line:
            # Fast DDS complains on stdout when somebody else takes a port in the same moment, and
            # takes the next one.
            return self.read_line(max(deadline - time.monotonic(), 0.0))
        return line.decode()

    def write_line(self, line: str) -> None:
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(line.encode() + b"\n")
            self._popen.stdin.flush()
        except BrokenPipeError:
            self.fail("ended too early")

    def ends_within(self, patience: float) -> bool:
        """Wait for the end of the program; return whether it has come in time."""
        # `Popen.wait` with a time limit looks only every 50 ms.
        end = os.pidfd_open(self.pid)
        try:
            ended, _, _ = select.select([end], [], [], patience)
        finally:
            os.close(end)
        return bool(ended)

    def wait(self, patience: float = PATIENCE) -> int:
        """Wait for the end of the program; return when that was, on the clock of `started_at`."""
        in_time = self.ends_within(patience)
        ended_at = time.monotonic_ns()
        if not in_time:
            self.fail(f"still runs after {patience:g} s")
        if (status := self._popen.wait()) != 0:
            self.fail(f"ended with status {status}")
        return ended_at

    def end(self) -> None:
        """End the program and all that it started: SIGINT, and after a while SIGKILL."""
        if self not in _LIVE:
            return
        if self._popen.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.close()
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(self._grace_period)
        if self._popen.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
        _LIVE.discard(self)
        for stream in (self._popen.stdout, self._errors):
            if stream is not None:
                stream.close()

    def errors(self) -> str:
        """Return what the program has written to stderr, as far as that is kept here."""
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def fail(self, what: str) -> NoReturn:
        name = Path(self.command[0]).name
        said = self.errors()[-2000:].strip()
        raise BenchError(f"{name} {what}: {' '.join(self.command)}\n{said}".strip())


@dataclass
class Answer:
    """What a client says of an order."""

    seconds: float
    # Of each call, in nanoseconds.
    calls: list[int]

    @property
    def calls_per_second(self) -> float:
        return len(self.calls) / self.seconds


class Client(Program):
    """A client that takes orders."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        super().__init__(command, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._ready = False

    def await_ready(self) -> None:
        """Wait until the client has found the server, unless it has said so before."""
        if not self._ready and (line := self.read_line()) != "ready":
            self.fail(f'said "{line}" instead of "ready"')
        self._ready = True

    def order(self, calls: int, in_flight: int = 1) -> None:
        self.write_line(f"{calls} {in_flight}")

    def answer(self) -> Answer:
        total, *each = map(int, self.read_line().split())
        return Answer(total / 1e9, each)

    def call(self, calls: int, in_flight: int = 1) -> Answer:
        self.order(calls, in_flight)
        return self.answer()


_LIVE: set[Program] = set()
_SCRATCH: list[tempfile.TemporaryDirectory[str]] = []


def scratch() -> Path:
    """Return a folder that lives as long as this process."""
    if not _SCRATCH:
        _SCRATCH.append(tempfile.TemporaryDirectory(prefix="rust_add_two_ints_bench_"))
    return Path(_SCRATCH[0].name)


def _end_all() -> None:
    for program in list(_LIVE):
        program.end()


def _exit_on_sigterm(_number: int, _frame: types.FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


# A shell without job control starts what runs in its background with SIGINT ignored, and so would
# be all that is started here. A handler means the default there.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
atexit.register(_end_all)
signal.signal(signal.SIGTERM, _exit_on_sigterm)
