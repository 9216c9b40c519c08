# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the introspection events of the service `/add_two_ints`, one line each.

A line has the kind of the event, and the contents if the event has any: `request received 2 + 3`,
`response sent 5`, or the same without numbers. `matched 1` and `matched 0` are printed when the
topic has a publisher, and when it has none.
"""

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.node import Node
from service_msgs.msg import ServiceEventInfo

TOPIC = "/add_two_ints/_service_event"

KINDS = {
    ServiceEventInfo.REQUEST_SENT: "request sent",
    ServiceEventInfo.REQUEST_RECEIVED: "request received",
    ServiceEventInfo.RESPONSE_SENT: "response sent",
    ServiceEventInfo.RESPONSE_RECEIVED: "response received",
}


def print_event(event: AddTwoInts.Event) -> None:
    words = [KINDS[event.info.event_type]]
    words += [f"{request.a} + {request.b}" for request in event.request]
    words += [str(response.sum) for response in event.response]
    print(" ".join(words), flush=True)


def main() -> None:
    rclpy.init()
    node = Node("event_listener")
    node.create_subscription(AddTwoInts.Event, TOPIC, print_event, 100)
    seen = -1
    while True:
        rclpy.spin_once(node, timeout_sec=0.02)
        publishers = node.count_publishers(TOPIC)
        if publishers != seen:
            seen = publishers
            print(f"matched {publishers}", flush=True)


if __name__ == "__main__":
    main()
