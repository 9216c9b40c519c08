# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Start rclpy nodes with services, as the test of the `ros2` command wants them.

    python3 ros2_nodes.py NODE[:SERVICE=TYPE]...

Each argument is a node with its full name, and its services with their types. All nodes live in
this one process. A service answers with a response in which the fields that the request has too
have the same values, and `sum` is `a + b`; one whose name ends in "sleepy" never answers. Prints
"ready" when all is set up, and ends on SIGINT.

The nodes have no services but those that are asked for, so that lists can be compared as a whole.
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter


def answer(request: Any, response: Any) -> Any:
    for field in response.get_fields_and_field_types():
        if hasattr(request, field):
            setattr(response, field, getattr(request, field))
    if hasattr(response, "sum"):
        response.sum = request.a + request.b
    return response


def sleep(_request: Any, response: Any) -> Any:
    time.sleep(3600)
    return response


def make_node(description: str) -> Node:
    full_name, *services = description.split(":")
    namespace, _, name = full_name.rpartition("/")
    node = rclpy.create_node(
        name,
        namespace=namespace,
        start_parameter_services=False,
        parameter_overrides=[Parameter("start_type_description_service", value=False)],
    )
    for service in services:
        service_name, _, type_name = service.partition("=")
        package, kind, class_name = type_name.split("/")
        node.create_service(
            getattr(importlib.import_module(f"{package}.{kind}"), class_name),
            service_name,
            sleep if service_name.endswith("sleepy") else answer,
        )
    return node


def main() -> None:
    rclpy.init(args=[])
    executor = SingleThreadedExecutor()
    nodes = [make_node(description) for description in sys.argv[1:]]
    for node in nodes:
        executor.add_node(node)
    print("ready", flush=True)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        for node in nodes:
            node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
