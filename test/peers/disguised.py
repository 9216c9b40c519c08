# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A peer of another type with the type name AddTwoInts: `disguised.py client std_srvs SetBool`.

Its requests, or as a `server` its replies, have the name and the type name of `add_two_ints`, and
the bytes of another interface: as from a program that was built with another version of the
interface. DDS compares the names alone, and matches the endpoints.

The client sends a request each 0.1 s and prints how many it has sent. The server prints "ready",
and "replied" with each reply.
"""

import ctypes
import importlib
import sys

import rclpy
from rclpy.node import Node

# Referenced for as long as the process runs: C has pointers to these.
NAMESPACE = b"example_interfaces::srv"
REQUEST = b"AddTwoInts_Request"
RESPONSE = b"AddTwoInts_Response"


class MessageCallbacks(ctypes.Structure):
    """The head of message_type_support_callbacks_t of rosidl_typesupport_fastrtps_cpp."""

    _fields_ = (("namespace", ctypes.c_char_p), ("name", ctypes.c_char_p))


class MessageTypeSupport(ctypes.Structure):
    """The head of rosidl_message_type_support_t."""

    _fields_ = (("identifier", ctypes.c_char_p), ("callbacks", ctypes.POINTER(MessageCallbacks)))


class ServiceCallbacks(ctypes.Structure):
    """The service_type_support_callbacks_t of rosidl_typesupport_fastrtps_cpp."""

    _fields_ = (
        ("namespace", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("request", ctypes.POINTER(MessageTypeSupport)),
        ("response", ctypes.POINTER(MessageTypeSupport)),
    )


class ServiceTypeSupport(ctypes.Structure):
    """The head of rosidl_service_type_support_t."""

    _fields_ = (("identifier", ctypes.c_char_p), ("callbacks", ctypes.POINTER(ServiceCallbacks)))


def disguise(package: str, service: str) -> None:
    """Give a service type the name AddTwoInts, in this process."""
    support = "rosidl_typesupport_fastrtps_c"
    library = ctypes.CDLL(f"lib{package}__{support}.so")
    get = library[f"{support}__get_service_type_support_handle__{package}__srv__{service}"]
    get.restype = ctypes.POINTER(ServiceTypeSupport)
    callbacks = get().contents.callbacks.contents
    for part, name in ((callbacks.request, REQUEST), (callbacks.response, RESPONSE)):
        part.contents.callbacks.contents.namespace = NAMESPACE
        part.contents.callbacks.contents.name = name


def main() -> None:
    role, package, service = sys.argv[1:4]
    rclpy.init()
    disguise(package, service)
    interface = getattr(importlib.import_module(f"{package}.srv"), service)
    node = Node("disguised")

    def reply(_request: object, response: object) -> object:
        print("replied", flush=True)
        return response

    sent = 0

    def send() -> None:
        nonlocal sent
        client.call_async(interface.Request())
        sent += 1
        print(f"sent {sent} requests", flush=True)

    if role == "server":
        node.create_service(interface, "add_two_ints", reply)
        print("ready", flush=True)
    else:
        client = node.create_client(interface, "add_two_ints")
        client.wait_for_service()
        node.create_timer(0.1, send)
    rclpy.spin(node)


if __name__ == "__main__":
    main()
