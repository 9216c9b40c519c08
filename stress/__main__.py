# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Drives the installed nodes through load, faults and bad input: `make stress`.

Needs the underlay and the workspace sourced. Each case is printed as it ends. A run of all cases
writes all counts to `build/stress/`, and a summary into `docs/limits.md`. The exit status is 1 when
a case has failed, and the last lines then show which, and why.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time

from . import bad_input, ends, faults, games, hosts, load, memory, report
from .cases import CASES, Options, run_case

# The order of the report.
MODULES = (load, faults, hosts, bad_input, games, ends, memory)


def main() -> int:
    parser = argparse.ArgumentParser(prog="stress", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--short", action="store_true", help="the form that make test runs")
    parser.add_argument("--only", default="", help="only the cases with this text in their name")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    arguments = parser.parse_args()
    options = Options(arguments.seed, arguments.short)
    order = [module.__name__ for module in MODULES]
    name = arguments.only.lower()
    chosen = [
        one
        for one in sorted(CASES, key=lambda one: order.index(one.run.__module__))
        if (one.short or not options.short) and name in f"{one.group}: {one.title}".lower()
    ]
    if not chosen:
        print(f"No case has '{arguments.only}' in its name", file=sys.stderr)
        return 2

    # Either ends the case like an error, with all that it has started.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    print(f"{len(chosen)} cases, seed {options.seed}", flush=True)
    started = time.monotonic()
    results = []
    for one in chosen:
        print(f"{one.group}: {one.title} ... ", end="", flush=True)
        tally = run_case(one, options)
        print(tally.line(), flush=True)
        results.append((one, tally))
    if not options.short and not arguments.only:
        print(report.write(results, options, time.monotonic() - started))

    for one, tally in results:
        for problem in tally.problems:
            print(f"FAILED: {one.group}: {one.title}: {problem}", file=sys.stderr)
    return 1 if any(tally.problems for _, tally in results) else 0


if __name__ == "__main__":
    sys.exit(main())
