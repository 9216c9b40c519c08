# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A client that cannot receive its responses.

It requests TRANSIENT_LOCAL responses, which no service offers: its requests arrive at the server,
and no response is delivered to it. It sends a request each 20 ms and prints how many it has sent,
and "response" with each response.
"""

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile


def main() -> None:
    rclpy.init()
    node = Node("transient_local_client")
    qos = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    client = node.create_client(AddTwoInts, "add_two_ints", qos_profile=qos)
    sent = 0

    def send() -> None:
        nonlocal sent
        future = client.call_async(AddTwoInts.Request(a=6, b=7))
        future.add_done_callback(lambda _: print("response", flush=True))
        sent += 1
        print(f"sent {sent} requests", flush=True)

    node.create_timer(0.02, send)
    rclpy.spin(node)


if __name__ == "__main__":
    main()
