# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What every step of the underlay's build needs: progress, commands, and errors in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class UnderlayError(Exception):
    """What a user can mend: one line that says what went wrong, on what, and what to do."""


class Steps:
    """Prints the steps of a build and the time each takes, and runs their commands.

    What the commands print goes to `log`; on a terminal a step's line also shows the last of it.
    """

    def __init__(self, log: Path, lock: int) -> None:
        self._log = log
        self._lock = lock
        self._line = ""
        self._terminal = sys.stdout.isatty()
        self._began = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Frame for one step: shows `title` at once, and the time in seconds when it is done."""
        self._line = f"  {title} ... "
        print(self._line, end="", flush=True)
        began = time.monotonic()
        try:
            yield
        except BaseException:
            print("failed", flush=True)
            raise
        self._show(f"{time.monotonic() - began:.1f} s\n")

    def total(self) -> float:
        """Seconds since the build began."""
        return time.monotonic() - self._began

    def run(self, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> None:
        """Runs a command and waits for it; raises CommandFailed unless it exits with 0."""
        words = [os.fspath(word) for word in command]
        with self._log.open("a", encoding="utf-8", errors="replace") as log:
            print("$", *words, file=log, flush=True)
            output: list[str] = []
            # The lock is passed on: should this process be killed, its children hold the lock
            # until the last of them is gone, and the next run does not start among them.
            with subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=env,
                pass_fds=[self._lock],
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    log.write(line)
                    output.append(line.rstrip("\n"))
                    if self._terminal:
                        left = shutil.get_terminal_size().columns - len(self._line)
                        self._show(output[-1].strip()[: max(left - 1, 0)])
        if process.returncode:
            raise CommandFailed(words, process.returncode, output)

    def _show(self, text: str) -> None:
        """Shows `text` behind the title of the step; on a terminal in place of what stood there."""
        if self._terminal:
            text = f"\r\033[K{self._line}{text}"
        print(text, end="", flush=True)


class CommandFailed(Exception):
    """A command of a step exited with something other than 0."""

    def __init__(self, command: Sequence[str], status: int, output: Sequence[str]) -> None:
        super().__init__(f"{Path(command[0]).name} ended with exit status {status}")
        self.output = output
