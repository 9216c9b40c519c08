# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the numbers 1 to 10 as amounts, and prints the total, and the total after the reset."""

import time

import rclpy
from example_interfaces.msg import Int64
from example_interfaces.srv import Trigger
from rclpy.node import Node


def main() -> None:
    rclpy.init()
    node = Node("totals_user")
    publisher = node.create_publisher(Int64, "amount", 10)
    client = node.create_client(Trigger, "reset")
    client.wait_for_service()
    while publisher.get_subscription_count() == 0:
        time.sleep(0.01)
    for number in range(1, 11):
        publisher.publish(Int64(data=number))

    def reset() -> int:
        future = client.call_async(Trigger.Request())
        rclpy.spin_until_future_complete(node, future)
        return int(future.result().message)

    # Messages and requests travel separately: a request may arrive before the last message.
    total = 0
    while total < 55:
        total += reset()
    print(total, reset(), sep="\n")
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
