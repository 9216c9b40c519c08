# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests, the stress suite and the benchmark need to start ROS processes.

- `Domain` is a ROS domain that no other test on this machine uses at the same time, and the
  environment of the processes in it.
- `Process` runs a program in a process group of its own, which it always ends, records both
  output streams, and shows them when something does not happen in time.
- `eventually` polls a condition until a deadline.

A test then reads:

    with Domain() as domain, Process(["ros2", "run", ...], domain.environment()) as server:
        server.wait_for_output("ready", timeout=10)
"""

from __future__ import annotations

from .domain import Domain, discovery_range, fast_dds_profile, quick_discovery
from .process import Process, eventually

__all__ = [
    "Domain",
    "Process",
    "discovery_range",
    "eventually",
    "fast_dds_profile",
    "quick_discovery",
]
