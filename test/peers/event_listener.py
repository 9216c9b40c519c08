#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the introspection events of the service `/add_two_ints`, one line each.

A line has the kind of the event, and the contents if the event has any: `request received 2 + 3`,
`response sent 5`, or the same without numbers. `matched 1` and `matched 0` are printed when the
topic has a publisher, and when it has none.
"""

import sys

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from service_msgs.msg import ServiceEventInfo

TOPIC = "/add_two_ints/_service_event"

KINDS = {
    ServiceEventInfo.REQUEST_SENT: "request sent",
    ServiceEventInfo.REQUEST_RECEIVED: "request received",
    ServiceEventInfo.RESPONSE_SENT: "response sent",
    ServiceEventInfo.RESPONSE_RECEIVED: "response received",
}


class EventListener(Node):
    """Prints events until it is killed."""

    def __init__(self) -> None:
        super().__init__("event_listener")
        self.publishers_seen = -1
        self.subscription = self.create_subscription(
            AddTwoInts.Event, TOPIC, self.event_callback, 100
        )
        self.timer = self.create_timer(0.02, self.timer_callback)

    def event_callback(self, event: AddTwoInts.Event) -> None:
        words = [KINDS[event.info.event_type]]
        words += [f"{request.a} + {request.b}" for request in event.request]
        words += [str(response.sum) for response in event.response]
        print(" ".join(words), flush=True)

    def timer_callback(self) -> None:
        publishers = self.count_publishers(TOPIC)
        if publishers != self.publishers_seen:
            self.publishers_seen = publishers
            print(f"matched {publishers}", flush=True)


def main() -> None:
    rclpy.init(args=sys.argv)
    listener = EventListener()
    try:
        rclpy.spin(listener)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        listener.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
