# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the service negate for the opposite of True and of False, and prints both."""

import rclpy
from example_interfaces.srv import SetBool
from rclpy.node import Node


def main() -> None:
    rclpy.init()
    node = Node("negate_client")
    client = node.create_client(SetBool, "negate")
    client.wait_for_service()
    for value in (True, False):
        future = client.call_async(SetBool.Request(data=value))
        rclpy.spin_until_future_complete(node, future)
        print(future.result().success)
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
