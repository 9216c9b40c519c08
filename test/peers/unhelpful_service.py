#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A server that takes a request and never answers it.

`unhelpful_service.py hold` keeps the request until it is killed; `unhelpful_service.py leave`
takes it and shuts down.
"""

import sys
import threading

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node


class Leaving(Exception):
    """Ends the spinning."""


class UnhelpfulService(Node):
    """Takes one request."""

    def __init__(self, behaviour: str) -> None:
        super().__init__("minimal_service")
        self.behaviour = behaviour
        self.srv = self.create_service(AddTwoInts, "add_two_ints", self.add_two_ints_callback)

    def add_two_ints_callback(
        self, request: AddTwoInts.Request, response: AddTwoInts.Response
    ) -> AddTwoInts.Response:
        print("took the request", flush=True)
        if self.behaviour == "hold":
            threading.Event().wait()
        raise Leaving


def main() -> None:
    rclpy.init(args=sys.argv)
    service = UnhelpfulService(sys.argv[1])
    try:
        rclpy.spin(service)
    except (Leaving, KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        service.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
