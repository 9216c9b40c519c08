#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""rclpy as the tutorial has it, for more than one call: `rclpy.spin_until_future_complete`.

In rclpy 7.1 each of these calls takes longer than the one before it, so that the benchmark asks for
few of them.
"""

import sys

import rclpy
from orders import MinimalClientAsync, take_orders


def main() -> None:
    rclpy.init(args=sys.argv)
    client = MinimalClientAsync()
    take_orders(client, lambda future: rclpy.spin_until_future_complete(client, future))
    client.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
