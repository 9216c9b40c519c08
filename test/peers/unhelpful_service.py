# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A server that takes a request and never answers it.

`unhelpful_service.py hold` keeps the request until it is killed; `unhelpful_service.py leave`
takes it and shuts down.
"""

import contextlib
import sys
import threading

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node


class Leaving(Exception):
    """Ends the spinning."""


def take(_request: AddTwoInts.Request, _response: AddTwoInts.Response) -> AddTwoInts.Response:
    print("took the request", flush=True)
    if sys.argv[1] == "hold":
        threading.Event().wait()
    raise Leaving


def main() -> None:
    rclpy.init()
    node = Node("minimal_service")
    node.create_service(AddTwoInts, "add_two_ints", take)
    with contextlib.suppress(Leaving):
        rclpy.spin(node)
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
