# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The orders of the benchmark, for a client written with rclpy: see `programs.py`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node
from rclpy.task import Future


class MinimalClientAsync(Node):
    """The tutorial's client, with a queue as deep as in the package."""

    def __init__(self) -> None:
        super().__init__("minimal_client_async")
        qos = rclpy.qos.QoSProfile(depth=10_000)
        self.cli = self.create_client(AddTwoInts, "add_two_ints", qos_profile=qos)
        while not self.cli.wait_for_service(timeout_sec=1.0):
            self.get_logger().info("service not available, waiting again...")
        self.req = AddTwoInts.Request()

    def send_request(self, a: int, b: int) -> Future:
        self.req.a = a
        self.req.b = b
        return self.cli.call_async(self.req)


def take_orders(client: MinimalClientAsync, spin: Callable[[Future], None]) -> None:
    """Carry out orders until the end of stdin; `spin` lets something happen, for a future."""
    print("ready", flush=True)
    for line in sys.stdin:
        calls, in_flight = map(int, line.split())
        took = [0] * calls
        start = time.monotonic_ns()
        if in_flight == 1:
            for index in range(calls):
                sent_at = time.monotonic_ns()
                future = client.send_request(index, 1)
                while not future.done():
                    spin(future)
                took[index] = time.monotonic_ns() - sent_at
                assert future.result().sum == index + 1
        else:
            carry_out_together(client, spin, took, in_flight)
        print(time.monotonic_ns() - start, *took, flush=True)


def carry_out_together(
    client: MinimalClientAsync, spin: Callable[[Future], None], took: list[int], in_flight: int
) -> None:
    """Make as many calls as `took` has places, `in_flight` of them at a time."""
    sent = received = 0

    def send() -> None:
        nonlocal sent
        index, sent_at = sent, time.monotonic_ns()
        sent += 1

        def done(future: Future) -> None:
            nonlocal received
            took[index] = time.monotonic_ns() - sent_at
            received += 1
            assert future.result().sum == index + 1
            if sent < len(took):
                send()

        client.send_request(index, 1).add_done_callback(done)

    for _ in range(min(in_flight, len(took))):
        send()
    forever = Future()
    while received < len(took):
        spin(forever)
