# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The nodes, and the generated interface crates in them, under valgrind.

valgrind sees every access to memory, of Rust as of the C and C++ libraries below. Leaks are judged
by comparison: what is lost in a run with many calls must be no more than in one with few.
"""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

from .cases import Options, Tally, case
from .nodes import CALLER, CLIENT, MESSAGES, SERVER, TIMEOUT, CaseDomain, Supervised, finish

# What valgrind ends with when it has found an error.
FOUND = 99

# valgrind makes everything thirty times as slow.
SLOWLY = 6 * TIMEOUT

# How much more a run with many calls may have lost, in bytes per call.
PER_CALL = 1.0


def no_valgrind() -> str | None:
    missing = shutil.which("valgrind") is None
    return "valgrind is not installed (`sudo apt install valgrind`)" if missing else None


def under_valgrind(domain: CaseDomain, *command: str | Path) -> Supervised:
    log = domain.folder / "valgrind.%p"
    return domain.supervise(
        [
            "valgrind",
            f"--log-file={log}",
            f"--error-exitcode={FOUND}",
            "--leak-check=full",
            # Leaks are compared, not counted as errors.
            "--errors-for-leak-kinds=none",
            "--show-leak-kinds=none",
            "--fair-sched=yes",
            *command,
        ]
    )


def judge(tally: Tally, domain: CaseDomain, process: Supervised) -> int:
    """Check the log of valgrind on a process that has ended, and return the bytes that it lost."""
    log = (domain.folder / f"valgrind.{process.pid}").read_text(encoding="utf-8", errors="replace")
    errors = re.search(r"ERROR SUMMARY: (\d+) errors", log)
    name = next(Path(word).name for word in process.command if word.startswith("/"))
    tally.expect(
        "LEAK SUMMARY" in log or "no leaks are possible" in log, f"no word on leaks: {log}"
    )
    if process.status != 0 or not errors or errors[1] != "0":
        found = [line.split("== ")[-1] for line in log.splitlines() if "== " in line]
        tally.fail(
            f"valgrind on the {name}, which ended with {process.status}:\n" + "\n".join(found)
        )
    lost = re.findall(r"(?:definitely|indirectly) lost: ([\d,]+) bytes", log)
    return sum(int(number.replace(",", "")) for number in lost)


@case("Memory safety", "Server and client under valgrind", obstacle=no_valgrind)
def valgrind(tally: Tally, _: Options) -> None:
    few, many = 20, 1020
    lost = {}
    for calls in (few, many):
        with CaseDomain(tally) as domain:
            server = under_valgrind(domain, SERVER, "--ros-args", "--log-level", "warn")
            caller = under_valgrind(
                domain, CALLER, "--calls", str(calls), "--lanes", "4", "--patience", str(SLOWLY)
            )
            finish(caller, tally, SLOWLY)
            lost_by_client = judge(tally, domain, caller)
            server.signal(signal.SIGTERM)
            server.wait(SLOWLY)
            lost[calls] = (judge(tally, domain, server), lost_by_client)
    for name, before, after in zip(("server", "client"), lost[few], lost[many], strict=True):
        per_call = (after - before) / (many - few)
        tally.expect(per_call <= PER_CALL, f"the {name} loses {per_call:.1f} bytes per call")
        tally.remark(f"{name}: {before} bytes lost after {few} calls, {after} after {many}")

    with CaseDomain(tally) as domain:
        # The program of the package itself, from its start to its end.
        server = domain.server()
        client = under_valgrind(domain, CLIENT, "2", "3")
        tally.sent += 1
        if client.wait(SLOWLY) == 0 and " = 5\n" in client.stderr:
            tally.right += 1
        judge(tally, domain, client)
        tally.expect(server.status is None, f"the server ended with {server.status}")


@case("Memory safety", "Messages of the generated crates under valgrind", obstacle=no_valgrind)
def messages(tally: Tally, _: Options) -> None:
    few, many = 7, 107
    lost = {}
    for rounds in (few, many):
        with CaseDomain(tally) as domain:
            process = under_valgrind(domain, MESSAGES, "--rounds", str(rounds))
            process.wait(SLOWLY)
            lost[rounds] = judge(tally, domain, process)
            tally.expect(f"{rounds} rounds" in process.stdout, f"it said: {process.stderr}")
    tally.expect(lost[many] == lost[few], f"{lost[many] - lost[few]} more bytes lost")
    tally.remark(f"{lost[few]} bytes lost after {few} rounds, {lost[many]} after {many}")
    tally.remark("strings, wide strings, sequences with and without a bound, arrays, nested ones")
