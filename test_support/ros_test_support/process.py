# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A process that ends with the test that started it."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self  # In `typing` since Python 3.11.

# How long a process group may take to shut down after SIGINT before it is killed, in seconds.
SHUTDOWN_TIMEOUT = 5.0

T = TypeVar("T")


def eventually(check: Callable[[], T], timeout: float, what: str) -> T:
    """Return the first true result of `check`; fail when there is none after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (result := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout:g} s: {what}")
        time.sleep(0.02)
    return result


class Process:
    """A program in a session and process group of its own, with recorded output.

    Leaving the `with` block, or `end`, ends the whole group: SIGINT first, so that ROS nodes can
    shut down, SIGKILL after `shutdown_timeout` seconds. Members of the group that outlive the
    program are killed at once. The same happens at the end of this process, also after SIGTERM.

    The program is not reaped before that, so that its number cannot come to mean another group.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        cwd: Path | None = None,
        shutdown_timeout: float = SHUTDOWN_TIMEOUT,
    ) -> None:
        """Start a program. A stream of its output that is not given is recorded."""
        self.command = [str(word) for word in command]
        self._shutdown_timeout = shutdown_timeout
        # Files, because a pipe would need a thread here that empties it.
        self._recorded = {
            name: tempfile.TemporaryFile()  # noqa: SIM115 (open for as long as this object lives)
            for name, stream in (("stdout", stdout), ("stderr", stderr))
            if stream is None
        }
        # On the clock of time.monotonic_ns().
        self.started_at = time.monotonic_ns()
        self._popen = subprocess.Popen(
            self.command,
            env=dict(environment),
            cwd=cwd,
            stdin=stdin,
            stdout=self._recorded.get("stdout", stdout),
            stderr=self._recorded.get("stderr", stderr),
            start_new_session=True,
        )
        _LIVE.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to the program, if it was started with `stdin=subprocess.PIPE`."""
        assert self._popen.stdin is not None
        return self._popen.stdin

    @property
    def stdout(self) -> str:
        """What the program has written to stdout so far, if that is recorded."""
        return self._text("stdout")

    @property
    def stderr(self) -> str:
        """What the program has written to stderr so far, if that is recorded."""
        return self._text("stderr")

    def _text(self, name: str) -> str:
        if name not in self._recorded:
            return ""
        file = self._recorded[name].fileno()
        # Without seeking: the program writes where the position of the file is.
        text = os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")
        # Without the message of Fast DDS that another process has bound a port in the same moment:
        # any process of this machine may, in any domain.
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if "RTPS_TRANSPORT_SHM" not in line)

    @property
    def status(self) -> int | None:
        """The exit status, -N after signal N, None while the program runs."""
        if self._popen.returncode is not None:
            return self._popen.returncode
        try:
            end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            # Another thread has just reaped it.
            return self._popen.wait()
        if end is None:
            return None
        return end.si_status if end.si_code == os.CLD_EXITED else -end.si_status

    def ends_within(self, timeout: float) -> bool:
        """Wait for the end of the program; return whether it came in time."""
        # `Popen.wait` with a timeout polls, and reaps the program.
        try:
            end = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([end], [], [], timeout)[0])
        finally:
            os.close(end)

    def wait(self, timeout: float) -> int:
        """Wait for the end of the program; return its status, -N after signal N.

        Its output is then complete, unless a process that it started still writes to it.
        """
        if not self.ends_within(timeout):
            self.fail(f"Still running after {timeout:g} s")
        status = self.status
        assert status is not None
        return status

    def wait_for_output(
        self, pattern: str, timeout: float, stream: str = "stdout"
    ) -> re.Match[str]:
        """Wait until a regular expression matches in the output of a stream; return the match."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.status is not None
            if match := re.search(pattern, self._text(stream), re.MULTILINE):
                return match
            if ended or time.monotonic() > deadline:
                why = "the program has ended" if ended else f"not within {timeout:g} s"
                self.fail(f"No /{pattern}/ on {stream}: {why}")
            time.sleep(0.01)

    def signal(self, number: int) -> None:
        """Send a signal to the program alone."""
        # `Popen.send_signal` would reap a program that has ended.
        os.kill(self.pid, number)

    def signal_group(self, number: int) -> None:
        """Send a signal to the program and all that it started, as Ctrl-C in a terminal does."""
        os.killpg(self.pid, number)

    def close_stdin(self) -> None:
        if self._popen.stdin is not None:
            # The program may have ended without reading all of it.
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.close()

    def end(self) -> None:
        """End the whole group, and wait for it."""
        if self not in _LIVE:
            return
        self.close_stdin()
        # Another thread may be faster.
        with contextlib.suppress(ProcessLookupError):
            if self.status is None:
                self.signal_group(signal.SIGINT)
                self.ends_within(self._shutdown_timeout)
            self.signal_group(signal.SIGKILL)
        self._popen.wait()
        _LIVE.discard(self)
        # What is recorded stays readable.
        if self._popen.stdout is not None:
            self._popen.stdout.close()

    def fail(self, message: str) -> NoReturn:
        """Fail with a message and all that the program has written."""
        raise AssertionError(
            f"{message}\ncommand: {' '.join(self.command)}\nstatus: {self.status}\n"
            f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}\n---"
        )


_LIVE: set[Process] = set()


def end_all() -> None:
    """End all processes that were started and have not ended."""
    for process in list(_LIVE):
        process.end()


atexit.register(end_all)
# Python would not clean up after SIGTERM. A shell without job control starts what runs in its
# background with SIGINT ignored, which the programs started here would inherit; with a handler here
# they have the default.
signal.signal(signal.SIGTERM, signal.default_int_handler)
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
