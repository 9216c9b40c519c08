#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""rclpy at its best: one executor, which is kept, and `spin_once` until the reply is there."""

import sys

import rclpy
from orders import MinimalClientAsync, take_orders
from rclpy.executors import SingleThreadedExecutor


def main() -> None:
    rclpy.init(args=sys.argv)
    client = MinimalClientAsync()
    executor = SingleThreadedExecutor()
    executor.add_node(client)
    take_orders(client, lambda _future: executor.spin_once())
    executor.shutdown()
    client.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
