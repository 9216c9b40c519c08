# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""`crowd.py N`: N nodes, each with a client of add_two_ints that never calls and an idle service.

Prints "ready" when the clients have found the server, and exits at the end of stdin.
"""

import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.parameter import Parameter


def main() -> None:
    rclpy.init()
    nodes = [
        rclpy.create_node(
            f"crowd_{number}",
            start_parameter_services=False,
            parameter_overrides=[Parameter("start_type_description_service", value=False)],
        )
        for number in range(int(sys.argv[1]))
    ]
    for node in nodes:
        node.create_service(AddTwoInts, f"{node.get_name()}/add_two_ints", lambda _, reply: reply)
    for client in [node.create_client(AddTwoInts, "add_two_ints") for node in nodes]:
        client.wait_for_service()
    print("ready", flush=True)
    sys.stdin.read()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
