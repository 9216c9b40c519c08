# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What tests that start ROS processes have in common: `from support import ...`.

- `Domain` is a ROS domain that no other test on this machine uses at the same time.
- `ros_environment` is the environment in which all processes of a test run.
- `Process` runs a program in a process group of its own, which it always ends, records both
  output streams, and shows them when something does not happen in time.
- `eventually` polls a condition until a deadline.

A test then reads:

    self.domain = Domain()
    self.addCleanup(self.domain.close)
    with Process(["ros2", "run", ...], ros_environment(self.domain)) as server:
        server.wait_for_output("ready", timeout=10)
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn, TypeVar

QUICK_DISCOVERY = Path(__file__).resolve().parents[2] / "docs" / "quick_discovery.xml"

# How long a process group may take to end after SIGINT before it is killed, in seconds.
GRACE_PERIOD = 5.0

T = TypeVar("T")


class Domain:
    """A ROS domain for one test alone, until `close` or the end of this process.

    Domains 1 to 101 are tried: the ports of higher ones overlap with the ports that Linux hands out
    to clients, and 0 is where everybody is by default. A domain is taken for as long as TCP port
    32768 + domain is, which is the agreement of the ROS package `domain_coordinator`, so that other
    test suites keep away from it. The Rust tests of this repository claim theirs in the same way.
    """

    def __init__(self) -> None:
        first = os.getpid() % 101
        for number in ((first + step) % 101 + 1 for step in range(101)):
            claim = socket.socket()
            try:
                claim.bind(("", 32768 + number))
            except OSError:
                claim.close()
                continue
            if _is_used(number):
                claim.close()
                continue
            self.number = number
            self._claim = claim
            return
        raise RuntimeError("None of the ROS domains 1 to 101 is free")

    def close(self) -> None:
        """Let others have the domain. Call this after the processes in it have ended."""
        self._claim.close()


def _is_used(domain: int) -> bool:
    """Tell whether somebody outside the agreement has a DDS port of the domain open."""
    ports = range(7400 + 250 * domain, 7400 + 250 * domain + 250)
    table = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) in ports for line in table)


def ros_environment(domain: Domain, **changes: str | None) -> dict[str, str]:
    """Return the environment for processes in a domain, with the sourced ROS of this process.

    Discovery stays on this machine and is quick, Python does not buffer, and no colours come in
    between when output is compared. A change to None removes a variable.
    """
    environment = dict(os.environ)
    for name in ("ROS_LOCALHOST_ONLY", "ROS_STATIC_PEERS", "ROS_DISCOVERY_SERVER"):
        environment.pop(name, None)
    # Each generation of Fast DDS warns of the name that the other one reads.
    old = environment.get("ROS_DISTRO") in ("humble", "iron", "jazzy")
    profiles = "FASTRTPS_DEFAULT_PROFILES_FILE" if old else "FASTDDS_DEFAULT_PROFILES_FILE"
    environment.update(
        {
            "ROS_DOMAIN_ID": str(domain.number),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
            "RCUTILS_COLORIZED_OUTPUT": "0",
            "PYTHONUNBUFFERED": "1",
            profiles: str(QUICK_DISCOVERY),
        }
    )
    for name, value in changes.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment


def eventually(check: Callable[[], T], timeout: float, what: str) -> T:
    """Return the first true result of `check`; fail when there is none after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout:g} s: {what}")
        time.sleep(0.02)


class Process:
    """A program in a session and process group of its own, with recorded output.

    Leaving the `with` block, or `end`, ends the whole group: SIGINT first, so that ROS nodes can
    say goodbye, SIGKILL after `GRACE_PERIOD`. Members of the group that outlive the program are
    killed at once. The same happens at the end of this process, also when SIGTERM ends it.

    The program is not reaped before that, so that its number cannot come to mean another group.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        cwd: Path | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self._popen = subprocess.Popen(
            self.command,
            env=dict(environment),
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        _LIVE.add(self)
        self._output = {"stdout": b"", "stderr": b""}
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self._popen.stdout), ("stderr", self._popen.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            with self._changed:
                self._output[name] += chunk
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Process:
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
        """What the program has written to stdout so far."""
        return self._text("stdout")

    @property
    def stderr(self) -> str:
        """What the program has written to stderr so far."""
        return self._text("stderr")

    def _text(self, name: str) -> str:
        # Without the complaint of Fast DDS that somebody else has taken a port in the same moment:
        # any process of this machine may, in any domain.
        lines = self._output[name].decode(errors="replace").splitlines(keepends=True)
        return "".join(line for line in lines if "RTPS_TRANSPORT_SHM" not in line)

    @property
    def status(self) -> int | None:
        """The exit status, -N after signal N, None while the program runs."""
        if self._popen.returncode is not None:
            return self._popen.returncode
        end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if end is None:
            return None
        return end.si_status if end.si_code == os.CLD_EXITED else -end.si_status

    def wait_for_output(
        self, pattern: str, timeout: float, stream: str = "stdout"
    ) -> re.Match[str]:
        """Wait until a regular expression matches in the output of a stream; return the match."""
        deadline = time.monotonic() + timeout
        reader = self._readers[0 if stream == "stdout" else 1]
        with self._changed:
            while True:
                ended = not reader.is_alive()
                match = re.search(pattern, getattr(self, stream), re.MULTILINE)
                if match:
                    return match
                if ended or time.monotonic() > deadline:
                    why = "the stream has ended" if ended else f"not within {timeout:g} s"
                    self.fail(f"No /{pattern}/ on {stream}: {why}")
                self._changed.wait(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self._popen.send_signal(number)

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the program and all that it started, as Ctrl-C in a terminal does."""
        os.killpg(self.pid, number)

    def wait(self, timeout: float) -> int:
        """Wait for the end of the program; return its status, -N after signal N.

        Its output is then complete, unless something that it started still runs and holds it open.
        """
        deadline = time.monotonic() + timeout
        while (status := self.status) is None:
            if time.monotonic() > deadline:
                self.fail(f"Still running after {timeout:g} s")
            time.sleep(0.01)
        for reader in self._readers:
            reader.join(1.0)
        return status

    def end(self) -> None:
        """End the whole group, and wait for it."""
        if self not in _LIVE:
            return
        if self.status is None:
            self._signal_group(signal.SIGINT)
            deadline = time.monotonic() + GRACE_PERIOD
            while self.status is None and time.monotonic() < deadline:
                time.sleep(0.01)
        self._signal_group(signal.SIGKILL)
        self._popen.wait()
        _LIVE.discard(self)
        for reader, stream in zip(
            self._readers, (self._popen.stdout, self._popen.stderr), strict=True
        ):
            reader.join(GRACE_PERIOD)
            if stream is not None and not reader.is_alive():
                stream.close()
        if self._popen.stdin is not None:
            # The program may have ended without reading all of it.
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.close()

    def _signal_group(self, number: int) -> None:
        # It may have ended a moment ago.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def fail(self, message: str) -> NoReturn:
        """Fail with a message and all that the program has written."""
        raise AssertionError(
            f"{message}\ncommand: {' '.join(self.command)}\nstatus: {self.status}\n"
            f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}\n---"
        )


_LIVE: set[Process] = set()


def _end_all() -> None:
    for process in list(_LIVE):
        process.end()


def _exit_on_sigterm(_number: int, _frame: types.FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


# A shell without job control starts what runs in its background with SIGINT ignored, and so would
# be all that the tests start. A handler here means the default there.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# unittest runs no clean-up after KeyboardInterrupt, and Python none at all after SIGTERM.
atexit.register(_end_all)
signal.signal(signal.SIGTERM, _exit_on_sigterm)
