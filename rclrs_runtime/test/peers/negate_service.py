# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Offers the service negate."""

import rclpy
from example_interfaces.srv import SetBool
from rclpy.node import Node


def negate(request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
    response.success = not request.data
    return response


def main() -> None:
    rclpy.init()
    node = Node("negate_service")
    node.create_service(SetBool, "negate", negate)
    rclpy.spin(node)


if __name__ == "__main__":
    main()
