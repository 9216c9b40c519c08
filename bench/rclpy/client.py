# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The tutorial's client on rclpy, for more than one call; it takes orders, see `programs.py`.

It keeps one executor and calls `spin_once` until the response has arrived, the fastest way in
rclpy. With `rclpy.spin_until_future_complete`, as the tutorial has it, each call would take longer
than the one before it in rclpy 7.1.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_services_default
from rclpy.task import Future

PEERS = Path(__file__).resolve().parents[2] / "test" / "peers"


def main() -> None:
    # As deep as in the package: with the default of 10, responses to many calls are overwritten.
    qos_profile_services_default.depth = 10_000
    rclpy.init(args=sys.argv)
    client = runpy.run_path(str(PEERS / "minimal_client_async.py"))["MinimalClientAsync"]()
    executor = SingleThreadedExecutor()
    executor.add_node(client)
    print("ready", flush=True)
    for line in sys.stdin:
        calls, in_flight = map(int, line.split())
        start = time.monotonic_ns()
        took = carry_out(client, executor, calls, in_flight)
        print(time.monotonic_ns() - start, *took, flush=True)
    client.destroy_node()
    rclpy.shutdown()


def carry_out(
    client: Any, executor: SingleThreadedExecutor, calls: int, in_flight: int
) -> list[int]:
    """Make `calls` calls, `in_flight` of them at a time; return the nanoseconds of each one."""
    took: list[int] = []
    pending: list[tuple[int, int, Future]] = []
    sent = 0
    while len(took) < calls:
        while sent < calls and len(pending) < in_flight:
            pending.append((sent, time.monotonic_ns(), client.send_request(sent, 1)))
            sent += 1
        executor.spin_once()
        for call in [call for call in pending if call[2].done()]:
            index, sent_at, future = call
            took.append(time.monotonic_ns() - sent_at)
            assert future.result().sum == index + 1
            pending.remove(call)
    return took


if __name__ == "__main__":
    main()
