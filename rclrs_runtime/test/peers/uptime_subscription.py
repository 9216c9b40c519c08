# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the first ten messages of the topic uptime, in seconds."""

import rclpy
from builtin_interfaces.msg import Duration
from rclpy.node import Node


def main() -> None:
    rclpy.init()
    node = Node("uptime_subscription")
    received = []

    def callback(uptime: Duration) -> None:
        received.append(uptime.sec + uptime.nanosec / 1e9)

    node.create_subscription(Duration, "uptime", callback, 10)
    while len(received) < 10:
        rclpy.spin_once(node)
    for seconds in received[:10]:
        print(seconds)
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
