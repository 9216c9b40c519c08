# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that cannot receive their responses: transient_local_client.py COUNT.

They request TRANSIENT_LOCAL responses, which no service offers: their requests arrive at the
server, and no response is delivered to them. Each sends a request each 20 ms. The program prints
how many each has sent, and "response" with each response.
"""

import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile


def main() -> None:
    rclpy.init()
    node = Node("transient_local_client")
    qos = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    clients = [
        node.create_client(AddTwoInts, "add_two_ints", qos_profile=qos)
        for _ in range(int(sys.argv[1]))
    ]
    sent = 0

    def send() -> None:
        nonlocal sent
        for client in clients:
            future = client.call_async(AddTwoInts.Request(a=6, b=7))
            future.add_done_callback(lambda _: print("response", flush=True))
        sent += 1
        print(f"sent {sent} requests", flush=True)

    node.create_timer(0.02, send)
    rclpy.spin(node)


if __name__ == "__main__":
    main()
