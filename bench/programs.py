# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that are measured, and clients that take orders.

An order is a line `CALLS IN_FLIGHT` on the stdin of a client; its answer is a line of numbers on
stdout: the nanoseconds for all calls together, and those of each call. A client prints `ready` when
it has discovered the server, and exits at the end of stdin.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from ros_test_support import Process

# How long anything may take that has no reason to take long, in seconds.
TIMEOUT = 60.0


class BenchError(Exception):
    """The benchmark cannot go on; the message is for its user."""


class Program(Process):
    """A process that is measured."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that all threads of the program have used, ended ones included.

        In nanoseconds, where /proc, and psutil with it, counts hundredths of a second.
        """
        # How Linux numbers the clock of a process: MAKE_PROCESS_CPUCLOCK with CPUCLOCK_SCHED.
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self) -> dict[str, int]:
        """Return the kilobytes of memory, `rss` in all, `private` unshared, and its `threads`."""
        process = psutil.Process(self.pid)
        sizes = process.memory_full_info()
        return {
            "rss": sizes.rss // 1024,
            "private": sizes.uss // 1024,
            "threads": process.num_threads(),
        }


@dataclass
class Answer:
    """The answer of a client to an order."""

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
        self._unread = b""

    def end(self) -> None:
        """End the client at the end of stdin.

        A signal may end it while it creates a file of shared memory, and Fast DDS then blocks every
        process that opens this file.
        """
        self.close_stdin()
        self.ends_within(self._shutdown_timeout)
        super().end()

    def await_ready(self) -> None:
        """Wait until the client has discovered the server, unless it has said so before."""
        if not self._ready and (line := self._read_line()) != "ready":
            self.fail(f'Printed "{line}" instead of "ready"')
        self._ready = True

    def order(self, calls: int, in_flight: int = 1) -> None:
        try:
            self.stdin.write(f"{calls} {in_flight}\n".encode())
            self.stdin.flush()
        except BrokenPipeError:
            self.fail("The client has ended")

    def answer(self) -> Answer:
        total, *each = map(int, self._read_line().split())
        return Answer(total / 1e9, each)

    def call(self, calls: int, in_flight: int = 1) -> Answer:
        self.order(calls, in_flight)
        return self.answer()

    def _read_line(self) -> str:
        """Wait for the next line, without the latency and the CPU time of a poll."""
        assert self._popen.stdout is not None
        stdout = self._popen.stdout.fileno()
        while b"\n" not in self._unread:
            if not select.select([stdout], [], [], TIMEOUT)[0]:
                self.fail(f"No answer within {TIMEOUT:g} s")
            if not (chunk := os.read(stdout, 1 << 20)):
                self.fail("The client has ended")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        # Fast DDS prints there that another process has bound a port in the same moment.
        return self._read_line() if b"RTPS_TRANSPORT_SHM" in line else line.decode()
