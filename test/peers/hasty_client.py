# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A client that exits before it is answered.

It makes one call, waits for the response, and prints "answered". For each line on stdin it sends
a request; at the end of stdin it exits.
"""

import os
import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node


def main() -> None:
    rclpy.init(args=sys.argv)
    node = Node("hasty_client")
    client = node.create_client(AddTwoInts, "add_two_ints")
    client.wait_for_service()
    rclpy.spin_until_future_complete(node, client.call_async(AddTwoInts.Request(a=1, b=1)))
    print("answered", flush=True)
    for _line in sys.stdin:
        client.call_async(AddTwoInts.Request(a=2, b=3))
    node.destroy_client(client)
    # Without destroying the participant, which may take a minute (docs/upstream.md, 43).
    os._exit(0)


if __name__ == "__main__":
    main()
