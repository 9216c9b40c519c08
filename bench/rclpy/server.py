# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The tutorial's server on rclpy, with a queue as deep as in the package."""

import runpy
from pathlib import Path

from rclpy.qos import qos_profile_services_default

# With the default depth of 10, requests are overwritten when many calls are in flight.
qos_profile_services_default.depth = 10_000
PEERS = Path(__file__).resolve().parents[2] / "test" / "peers"
runpy.run_path(str(PEERS / "minimal_service.py"), run_name="__main__")
