# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: compares this package with other ways to call a service, and writes the report.

python3 bench              measure everything, and write docs/benchmark.md
python3 bench --quick      a short run of everything; writes to build/bench/report instead
python3 bench --report     write docs/benchmark.md again from docs/benchmark/results.json
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import sys
import time
from pathlib import Path

import contestants
import measurements
import report
from programs import BenchError

DOCUMENTS = contestants.ROOT / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short run, to try the benchmark")
    parser.add_argument("--report", action="store_true", help="only write the report again")
    arguments = parser.parse_args()
    folder = contestants.BUILD / "report" if arguments.quick else DOCUMENTS
    data = folder / "benchmark" / "results.json"
    try:
        if not arguments.report:
            results = measure(arguments.quick)
            data.parent.mkdir(parents=True, exist_ok=True)
            data.write_text(readable(results), encoding="utf-8")
        elif not data.exists():
            raise BenchError(f"There is no {data.name} of an earlier run; run `make bench`")
        results = json.loads(data.read_text(encoding="utf-8"))
        print(report.write(results, folder))
        print(f"Written: {os.path.relpath(folder / 'benchmark.md')}")
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    return 0


def measure(quick: bool) -> dict[str, object]:
    contestants.build()
    everybody = contestants.everybody()
    begin = time.monotonic()
    load = os.getloadavg()[0]
    plan = measurements.QUICK if quick else measurements.FULL
    results = measurements.all_of_them(everybody, plan)
    return {
        "date": datetime.date.today().isoformat(),
        "quick": quick,
        "seconds": round(time.monotonic() - begin),
        "machine": {**machine(), "load_before": round(load, 2)},
        "versions": contestants.versions(),
        "contestants": {one.name: one.description for one in everybody},
        **rounded(results),
    }


def machine() -> dict[str, object]:
    """Describe this machine, without a word on whose it is."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    text = Path("/proc/meminfo").read_text(encoding="ascii")
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return {
        "processor": model,
        "processors": len(os.sched_getaffinity(0)),
        "virtual": " hypervisor" in flags,
        "memory_gb": round(int(text.split()[1]) / 1024**2, 1),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def readable(results: dict[str, object]) -> str:
    """Return JSON that has all rounds of a figure in one line."""
    text = json.dumps(results, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


def rounded(value: object) -> object:
    """Keep of each number what is more than noise."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.5g}")
    return value


if __name__ == "__main__":
    sys.exit(main())
