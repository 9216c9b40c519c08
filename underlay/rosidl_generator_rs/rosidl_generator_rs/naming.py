# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""How names and values of an interface definition are spelled in Rust."""

from __future__ import annotations

import re

from .errors import UnsupportedInterfaceError

# Strict and reserved keywords of every Rust edition up to 2024 (The Rust Reference, "Keywords").
# Weak keywords ("union", "auto", "default", "raw", "safe", "macro_rules") are ordinary identifiers.
_KEYWORDS = (
    "Self abstract as async await become box break const continue crate do dyn else enum extern "
    "false final fn for gen if impl in let loop macro match mod move mut override priv pub ref "
    "return self static struct super trait true try type typeof unsafe unsized use virtual where "
    "while yield"
)
RUST_KEYWORDS = frozenset(_KEYWORDS.split())

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def identifier(name: str) -> str:
    """Spell the name of a field, constant or type in Rust.

    A keyword gets an underscore appended (`type_`), as ros2-rust's generator does: programs written
    for its crates compile against ours. ROS forbids names that end in an underscore, so the result
    cannot collide with another field.
    """
    return f"{name}_" if name in RUST_KEYWORDS else name


def module(name: str, what: str) -> str:
    """Check that `name` can be a Rust module as it stands, and return it.

    `ros-env` writes package and folder names into its source as they are, so there is no spelling
    that would make a keyword usable. Raises `UnsupportedInterfaceError`.
    """
    if name in RUST_KEYWORDS:
        raise UnsupportedInterfaceError(
            f"{what} '{name}' is a Rust keyword and cannot be a Rust module: rename it"
        )
    if not _IDENTIFIER.fullmatch(name):
        raise UnsupportedInterfaceError(f"{what} '{name}' cannot be a Rust module: rename it")
    return name


def string_literal(value: str) -> str:
    """Spell a text as a Rust string literal.

    Anything that is not printable is escaped: control characters, and the text direction marks that
    rustc refuses in a literal. Two UTF-16 surrogates, which is how an `.idl` file writes characters
    beyond U+FFFF, become the character they stand for. Raises `UnsupportedInterfaceError` for a
    lone one.
    """
    try:
        text = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise UnsupportedInterfaceError(f"{value!a} contains half of a surrogate pair") from None
    characters = (_ESCAPES.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text)
    return f'"{"".join(characters)}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
