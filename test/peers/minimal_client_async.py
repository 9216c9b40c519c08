#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The tutorial's client, written with rclpy: the peer that our server is tested against."""

import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node
from rclpy.task import Future
from rclpy.utilities import remove_ros_args


class MinimalClientAsync(Node):
    """Asks for the sum of two integers."""

    def __init__(self) -> None:
        super().__init__("minimal_client_async")
        self.cli = self.create_client(AddTwoInts, "add_two_ints")
        while not self.cli.wait_for_service(timeout_sec=1.0):
            self.get_logger().info("service not available, waiting again...")
        self.req = AddTwoInts.Request()

    def send_request(self, a: int, b: int) -> Future:
        self.req.a = a
        self.req.b = b
        return self.cli.call_async(self.req)


def main() -> None:
    rclpy.init(args=sys.argv)
    a, b = (int(text) for text in remove_ros_args(sys.argv)[1:3])
    minimal_client = MinimalClientAsync()
    future = minimal_client.send_request(a, b)
    rclpy.spin_until_future_complete(minimal_client, future)
    total = future.result().sum
    minimal_client.get_logger().info(f"Result of add_two_ints: for {a} + {b} = {total}")
    minimal_client.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
