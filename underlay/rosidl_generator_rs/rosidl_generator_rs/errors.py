# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The exceptions that the generator raises on purpose."""


class GeneratorError(Exception):
    """A crate cannot be generated; the message is one line that says what to do about it."""


class UnsupportedInterfaceError(GeneratorError):
    """A valid interface has no form in Rust: its package is named like a keyword, for example."""
