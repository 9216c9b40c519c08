# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A node that offers the service add_two_ints as std_srvs/srv/SetBool. Prints "ready"."""

import rclpy
from rclpy.node import Node
from std_srvs.srv import SetBool


def main() -> None:
    rclpy.init()
    node = Node("another_type")
    node.create_service(SetBool, "add_two_ints", lambda _, response: response)
    print("ready", flush=True)
    rclpy.spin(node)


if __name__ == "__main__":
    main()
