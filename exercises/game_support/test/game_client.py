# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What the peers of all games have in common: a node that makes many calls at once."""

import time
from collections.abc import Iterable
from typing import Any

import rclpy
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_services_default

PATIENCE = 60.0


class GameClient:
    """A node with clients of the services of a game."""

    def __init__(self, name: str) -> None:
        rclpy.init()
        self.node = rclpy.create_node(name)
        # rclpy.spin_until_future_complete, called for each of many futures, takes 30 ms each time.
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)

    def client(self, service: type, name: str) -> Client:
        """Create a client, and wait for its server."""
        # More than the default of 10 responses may wait to be read.
        qos = qos_profile_services_default
        qos.depth = 1000
        client = self.node.create_client(service, name, qos_profile=qos)
        assert client.wait_for_service(PATIENCE), "no server"
        return client

    def call_all(self, client: Client, requests: Iterable[Any]) -> list[Any]:
        """Send all requests before the first response is read, and return the responses."""
        futures = [client.call_async(request) for request in requests]
        deadline = time.monotonic() + PATIENCE
        while not all(future.done() for future in futures):
            assert time.monotonic() < deadline, "not every call has a response"
            self.executor.spin_once(timeout_sec=1.0)
        return [future.result() for future in futures]

    def call(self, client: Client, request: Any) -> Any:
        """Send a request, and return the response."""
        return self.call_all(client, [request])[0]

    def close(self) -> None:
        """Leave the graph."""
        self.node.destroy_node()
        rclpy.shutdown()
