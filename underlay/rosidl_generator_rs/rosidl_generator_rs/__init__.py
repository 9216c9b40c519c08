# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Generates the Rust crates of ROS 2 interface packages.

For each package a crate in `share/<package>/rust` is written, laid out as the crate `ros-env`
expects it. `generate_installed` does so for packages that are installed already, from their `.idl`
files; `generate_from_arguments` is the step that a CMake build of an interface package runs.

It needs nothing but Python's standard library and `rosidl_parser` (which needs `lark`), both part
of every ROS 2 that can build interfaces, from Humble on.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = [
    "GeneratedCrate",
    "GeneratorError",
    "UnsupportedInterfaceError",
    "generate_from_arguments",
    "generate_installed",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that commands can report a missing `rosidl_parser` themselves."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "errors" if name.endswith("Error") else "generate"
    return getattr(importlib.import_module(f".{module}", __name__), name)
