#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The tutorial's server on rclpy, with a queue as deep as in the package."""

import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node


class MinimalService(Node):
    def __init__(self) -> None:
        super().__init__("minimal_service")
        # With the default depth of 10, requests are lost when many calls are under way at once.
        qos = rclpy.qos.QoSProfile(depth=10_000)
        self.srv = self.create_service(
            AddTwoInts, "add_two_ints", self.add_two_ints_callback, qos_profile=qos
        )

    def add_two_ints_callback(
        self, request: AddTwoInts.Request, response: AddTwoInts.Response
    ) -> AddTwoInts.Response:
        response.sum = request.a + request.b
        self.get_logger().info(f"Incoming request\na: {request.a} b: {request.b}")
        return response


def main() -> None:
    rclpy.init(args=sys.argv)
    minimal_service = MinimalService()
    try:
        rclpy.spin(minimal_service)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        minimal_service.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
