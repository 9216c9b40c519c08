# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The peer in Python of `message_crates travel`: see src/travel.rs for what the two exchange.

    python3 peer.py INTERFACE...

The values are made anew here rather than read from the file that the Rust side reads, so that a
mistake in the JSON form is noticed.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import sys
from typing import Any

import rclpy
from rclpy.action import ActionClient, ActionServer
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from values import message_class, to_json, values


def show(name: str, message: Any) -> None:
    print(name, json.dumps(to_json(message)))


class Peer:
    """All publishers, subscriptions, clients and servers of this side."""

    def __init__(self, node: Node):
        self.node = node
        self._qos = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)

    def msg(self, name: str, topic: str) -> None:
        class_ = message_class(name)
        self.node.create_subscription(
            class_, f"from_rust/{topic}", lambda message: show(name, message), self._qos
        )
        publisher = self.node.create_publisher(class_, f"from_python/{topic}", self._qos)
        for message in values(name):
            publisher.publish(message)

    def srv(self, name: str, topic: str) -> None:
        class_ = _interface_class(name)
        responses = itertools.cycle(values(f"{name}_Response"))

        def answer(request: Any, _response: Any) -> Any:
            show(f"{name}_Request", request)
            return next(responses)

        server = self.node.create_service(class_, f"python_server/{topic}", answer)
        if hasattr(server, "configure_introspection"):
            from rclpy.service_introspection import ServiceIntrospectionState

            server.configure_introspection(
                self.node.get_clock(), self._qos, ServiceIntrospectionState.CONTENTS
            )
        client = self.node.create_client(class_, f"rust_server/{topic}")

        async def call() -> None:
            for request in values(f"{name}_Request"):
                show(f"{name}_Response", await client.call_async(request))

        self._when_ready(client.service_is_ready, call)

    def action(self, name: str, topic: str) -> None:
        class_ = _interface_class(name)
        results = itertools.cycle(values(f"{name}_Result"))
        feedbacks = itertools.cycle(values(f"{name}_Feedback"))

        def execute(handle: Any) -> Any:
            show(f"{name}_Goal", handle.request)
            handle.publish_feedback(next(feedbacks))
            handle.succeed()
            return next(results)

        ActionServer(self.node, class_, f"python_server/{topic}", execute)
        client = ActionClient(self.node, class_, f"rust_server/{topic}")

        def receive(message: Any) -> None:
            show(f"{name}_Feedback", message.feedback)

        async def reach() -> None:
            for goal in values(f"{name}_Goal"):
                handle = await client.send_goal_async(goal, feedback_callback=receive)
                show(f"{name}_Result", (await handle.get_result_async()).result)

        self._when_ready(client.server_is_ready, reach)

    def _when_ready(self, is_ready: Any, then: Any) -> None:
        """Run a coroutine once a server is there."""

        def check() -> None:
            if is_ready():
                timer.cancel()
                self.node.executor.create_task(then)

        timer = self.node.create_timer(0.05, check)


def _interface_class(name: str) -> type:
    package, folder, short = name.split("/")
    return getattr(importlib.import_module(f"{package}.{folder}"), short)


def main() -> None:
    """Exchange values until a signal ends this process."""
    rclpy.init()
    peer = Peer(rclpy.create_node("message_crates_in_python"))
    for name in sys.argv[1:]:
        getattr(peer, name.split("/")[1])(name, name.replace("/", "_"))
    with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(peer.node)


if __name__ == "__main__":
    main()
