# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The peer in Python of `message_crates travel`: see src/travel.rs for what the two exchange.

    python3 peer.py INTERFACES

INTERFACES is a JSON file with the full names and kinds of the interfaces. The values are made anew
here rather than read from the file that the Rust side reads, so that a mistake in the JSON form is
noticed. Each comparison is a line on stdout, "same NAME" or "different NAME: ..."; after the last
expected one comes "done".
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
from pathlib import Path
from typing import Any

import rclpy
from rclpy.action import ActionClient, ActionServer
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from values import message_class, values


class Peer:
    """All publishers, subscriptions, clients and servers of this side."""

    def __init__(self, node: Node):
        self._node = node
        self._expected = 0
        self._made = 0
        self._qos = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)

    @property
    def is_complete(self) -> bool:
        return self._made >= self._expected

    def _compare(self, what: str, expected: Any, actual: Any) -> None:
        if expected == actual and type(expected) is type(actual):
            print(f"same {what}")
        else:
            print(f"different {what}: expected {expected!r}, got {actual!r}")
        self._made += 1

    def _find(self, what: str, outstanding: list[Any], actual: Any) -> None:
        """Look for a message among those that are still expected: DDS may change their order."""
        found = next((value for value in outstanding if value == actual), None)
        if found is None:
            self._compare(what, outstanding, actual)
        else:
            outstanding.remove(found)
            self._compare(what, found, actual)

    def message(self, name: str) -> None:
        class_ = message_class(name)
        topic = name.replace("/", "_")
        expected = values(name)
        self._expected += 2 * len(expected)

        echo = self._node.create_publisher(class_, f"back_to_rust/{topic}", self._qos)
        from_rust = list(expected)

        def receive(message: Any) -> None:
            self._find(f"{name} (Rust to Python)", from_rust, message)
            echo.publish(message)

        self._node.create_subscription(class_, f"from_rust/{topic}", receive, self._qos)

        back = list(expected)
        self._node.create_subscription(
            class_,
            f"back_to_python/{topic}",
            lambda message: self._find(f"{name} (Python to Rust to Python)", back, message),
            self._qos,
        )
        publisher = self._node.create_publisher(class_, f"from_python/{topic}", self._qos)
        for message in expected:
            publisher.publish(message)

    def service(self, name: str) -> None:
        class_ = _service_class(name)
        topic = name.replace("/", "_")
        requests, responses = values(f"{name}_Request"), values(f"{name}_Response")
        self._expected += len(requests) + len(responses)

        arriving = itertools.count()

        def answer(request: Any, _response: Any) -> Any:
            number = next(arriving) % len(requests)
            self._compare(f"{name}_Request (Rust to Python)", requests[number], request)
            return responses[number]

        server = self._node.create_service(class_, f"python_server/{topic}", answer)
        if hasattr(server, "configure_introspection"):
            from rclpy.service_introspection import ServiceIntrospectionState

            server.configure_introspection(
                self._node.get_clock(), self._qos, ServiceIntrospectionState.CONTENTS
            )
        client = self._node.create_client(class_, f"rust_server/{topic}")

        async def call() -> None:
            for request, response in zip(requests, responses, strict=True):
                actual = await client.call_async(request)
                self._compare(f"{name}_Response (Rust to Python)", response, actual)

        self._when_ready(client.service_is_ready, call)

    def action(self, name: str) -> None:
        package, folder, short = name.split("/")
        class_ = getattr(__import__(f"{package}.{folder}", fromlist=[short]), short)
        topic = name.replace("/", "_")
        goals, results = values(f"{name}_Goal"), values(f"{name}_Result")
        feedbacks = values(f"{name}_Feedback")
        self._expected += len(goals) + len(results) + len(feedbacks)

        arriving = itertools.count()

        def execute(handle: Any) -> Any:
            number = next(arriving) % len(goals)
            self._compare(f"{name}_Goal (Rust to Python)", goals[number], handle.request)
            handle.publish_feedback(feedbacks[number])
            handle.succeed()
            return results[number]

        ActionServer(self._node, class_, f"python_server/{topic}", execute)
        client = ActionClient(self._node, class_, f"rust_server/{topic}")
        coming = itertools.cycle(feedbacks)

        def receive(message: Any) -> None:
            self._compare(f"{name}_Feedback (Rust to Python)", next(coming), message.feedback)

        async def reach() -> None:
            for goal, result in zip(goals, results, strict=True):
                handle = await client.send_goal_async(goal, feedback_callback=receive)
                answer = await handle.get_result_async()
                self._compare(f"{name}_Result (Rust to Python)", result, answer.result)

        self._when_ready(client.server_is_ready, reach)

    def _when_ready(self, is_ready: Any, then: Any) -> None:
        """Run a coroutine once a server is there."""

        def check() -> None:
            if is_ready():
                timer.cancel()
                self._node.executor.create_task(then)

        timer = self._node.create_timer(0.05, check)


def _service_class(name: str) -> type:
    package, folder, short = name.split("/")
    return getattr(__import__(f"{package}.{folder}", fromlist=[short]), short)


def main() -> None:
    """Exchange values until everything was compared, then until stdin ends."""
    interfaces = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rclpy.init()
    node = Node("message_crates_in_python")
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    peer = Peer(node)
    for name, kind in interfaces.items():
        getattr(peer, kind)(name)

    stopped = threading.Event()

    def wait_for_end_of_stdin() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_end_of_stdin, daemon=True).start()
    try:
        while not peer.is_complete:
            executor.spin_once(timeout_sec=0.1)
        print("done")
        while not stopped.is_set():
            executor.spin_once(timeout_sec=0.1)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
