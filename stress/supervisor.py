# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A program and its supervisor."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ros_test_support import Process

from .cases import Tally

# The exit code of a program below which Fast DDS failed: a supervisor restarts it.
RESTART = 75
# How often one program may be restarted.
MOST_RESTARTS = 3


class Supervised:
    """A program and its supervisor, which restarts it when it exits with `RESTART`.

    As with any supervisor, a program that was told to stop is not restarted.
    """

    def __init__(self, start: Callable[[], Process], tally: Tally) -> None:
        self._start = start
        self._tally = tally
        # The last one is the one that runs.
        self.processes = [start()]
        self._stopped = False
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def _supervise(self) -> None:
        while len(self.processes) <= MOST_RESTARTS:
            while not self._process.ends_within(3600):
                pass
            if self._process.status != RESTART or self._stopped:
                return
            self._tally.restarts += 1
            self._tally.remark(f"{Path(self.command[0]).name} restarted after exit code {RESTART}")
            self.processes.append(self._start())

    @property
    def _process(self) -> Process:
        return self.processes[-1]

    @property
    def command(self) -> list[str]:
        return self._process.command

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while the program runs or is about to be restarted."""
        return None if self._supervisor.is_alive() else self._process.status

    @property
    def stdout(self) -> str:
        return "".join(process.stdout for process in self.processes)

    @property
    def stderr(self) -> str:
        return "".join(process.stderr for process in self.processes)

    def signal(self, number: signal.Signals) -> None:
        self._stopped |= number in (signal.SIGINT, signal.SIGTERM)
        self._process.signal(number)

    def close_stdin(self) -> None:
        self._stopped = True
        self._process.close_stdin()

    def wait(self, timeout: float) -> int:
        """Wait for the end of the program, without a restart; return its status."""
        self._supervisor.join(timeout)
        if self._supervisor.is_alive():
            self.fail(f"Still running after {timeout:g} s")
        return self._process.wait(timeout)

    def end(self) -> None:
        self._stopped = True
        for process in self.processes:
            process.end()
        self._supervisor.join()

    def fail(self, message: str) -> NoReturn:
        self._process.fail(message)
