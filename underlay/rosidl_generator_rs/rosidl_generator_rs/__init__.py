# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Generates the Rust crates of ROS 2 interface packages.

For each package a crate in `share/<package>/rust` is written, laid out as the crate `ros-env`
expects it. `generate.generate_installed` does so for packages that are installed already, from
their `.idl` files; `generate.generate_from_arguments` is the step that a CMake build of an
interface package runs.

It needs nothing but Python's standard library and `rosidl_parser` (which needs `lark`), both part
of every ROS 2 that can build interfaces, from Humble on.
"""
