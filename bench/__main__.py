# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: compares this package with other ways to call a service, and writes the report.

python3 -m bench                  measure everything, and write docs/benchmark.md
python3 -m bench --quick          a short run of everything; writes to build/bench/report instead
python3 -m bench --report         write docs/benchmark.md again from docs/benchmark/results.json
python3 -m bench --baseline DIR   compare with the build in the install folder DIR; writes nothing
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import re
import sys
import time
from pathlib import Path
from typing import Any

from . import contestants, measurements, report
from .programs import BenchError

DOCUMENTS = contestants.ROOT / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short run, to try the benchmark")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--report", action="store_true", help="only write the report again")
    what.add_argument(
        "--baseline", type=Path, metavar="DIR", help="compare with another build, installed there"
    )
    arguments = parser.parse_args()
    plan = measurements.QUICK if arguments.quick else measurements.FULL
    try:
        if arguments.baseline:
            compare(arguments.baseline, plan)
            return 0
        folder = contestants.BUILD / "report" if arguments.quick else DOCUMENTS
        data = folder / "benchmark" / "results.json"
        if not arguments.report:
            results = {"quick": arguments.quick, **measure(plan)}
            data.parent.mkdir(parents=True, exist_ok=True)
            data.write_text(readable(results), encoding="utf-8")
        elif not data.exists():
            raise BenchError(f"There is no {data.name} of an earlier run; run `make bench`")
        print(report.write(json.loads(data.read_text(encoding="utf-8")), folder))
        print(f"Written: {os.path.relpath(folder / 'benchmark.md')}")
    except (BenchError, AssertionError) as error:
        # The latter is that of a process which did not do what it should.
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    return 0


def measure(plan: measurements.Plan) -> dict[str, Any]:
    contestants.build()
    everybody = contestants.all_contestants()
    begin = time.monotonic()
    load = os.getloadavg()[0]
    results = measurements.everything(everybody, plan)
    return {
        "date": datetime.date.today().isoformat(),
        "seconds": round(time.monotonic() - begin),
        "machine": {**machine(), "load_before": round(load, 2)},
        "versions": contestants.versions(),
        "contestants": {one.name: one.description for one in everybody},
        **results,
    }


def compare(prefix: Path, plan: measurements.Plan) -> None:
    """Measure two builds of this package side by side, and print the ratios."""
    before, clients = contestants.baseline(prefix)
    contestants.build()
    known = contestants.all_contestants()
    three = [known[0], before, measurements.named(known, contestants.FLOOR)]
    # Fewer kinds of figures than in the report, and more rounds of each.
    plan = dataclasses.replace(
        plan, in_flight=(1, 64), starts=2 * plan.starts, cold_starts=2 * plan.cold_starts
    )
    print(report.comparison(measurements.two_builds(three, plan), clients))
    if not clients:
        print(f"{prefix} has no package_client, see `baseline` in bench/contestants.py:")
        print("its client is compared by its cold start only")


def machine() -> dict[str, object]:
    """Describe this machine, without its name."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.*)", processors, re.MULTILINE)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": model[1] if model else "unknown",
        "processors": len(os.sched_getaffinity(0)),
        "virtual": " hypervisor" in processors,
        "memory_gb": round(memory / 1024**3, 1),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def readable(results: dict[str, Any]) -> str:
    """Return JSON with five digits of each number, and all rounds of a figure in one line."""
    text = json.dumps(results, indent=1)
    text = re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.5g}", text)
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
