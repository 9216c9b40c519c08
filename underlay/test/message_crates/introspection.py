# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What the C introspection type support of an interface package says about its messages.

`lib<package>__rosidl_typesupport_introspection_c.so` holds, for each message, a table of its fields
that the C compiler filled in with `offsetof` and `sizeof`. This module loads the library and reads
the table.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass

_IDENTIFIER = "rosidl_typesupport_introspection_c"

# enum rosidl_typesupport_introspection_c_field_types, as the IDL types are named.
_TYPE_NAMES = (
    *("float", "double", "long double", "char", "wchar", "boolean", "octet", "uint8", "int8"),
    *("uint16", "int16", "uint32", "int32", "uint64", "int64", "string", "wstring", "message"),
)


@dataclass(frozen=True)
class Field:
    """A field of a message.

    `type` is a name of _TYPE_NAMES. `string_bound` is 0 for a string without a bound. `container`
    is "" for a single value, or "array", "bounded sequence" or "sequence", of `size` elements at
    the most. `message` is the full name of the type of a nested message.
    """

    name: str
    type: str
    string_bound: int
    container: str
    size: int
    offset: int
    message: str


@dataclass(frozen=True)
class Message:
    """A message, with the size of its C struct in bytes."""

    name: str
    size: int
    fields: tuple[Field, ...]


class _TypeSupport(ctypes.Structure):
    """The beginning of rosidl_message_type_support_t, which all distributions have in common."""

    _fields_ = (("identifier", ctypes.c_char_p), ("data", ctypes.c_void_p))


class _MessageMember(ctypes.Structure):
    """The struct of that name in rosidl_typesupport_introspection_c/message_introspection.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type_id", ctypes.c_uint8),
        ("string_upper_bound", ctypes.c_size_t),
        ("members", ctypes.POINTER(_TypeSupport)),
        ("is_key", ctypes.c_bool),
        ("is_array", ctypes.c_bool),
        ("array_size", ctypes.c_size_t),
        ("is_upper_bound", ctypes.c_bool),
        ("offset", ctypes.c_uint32),
        ("default_value", ctypes.c_void_p),
        ("functions", ctypes.c_void_p * 6),
    )


class _MessageMembers(ctypes.Structure):
    """The struct of that name in the same header."""

    _fields_ = (
        ("message_namespace", ctypes.c_char_p),
        ("message_name", ctypes.c_char_p),
        ("member_count", ctypes.c_uint32),
        ("size_of", ctypes.c_size_t),
        ("has_any_key_member", ctypes.c_bool),
        ("members", ctypes.POINTER(_MessageMember)),
    )


def read_message(name: str) -> Message:
    """Look up a message by its full name, such as "std_msgs/msg/String"."""
    package, folder, short = name.split("/")
    function = getattr(
        _library(package),
        f"{_IDENTIFIER}__get_message_type_support_handle__{package}__{folder}__{short}",
    )
    function.restype = ctypes.POINTER(_TypeSupport)
    members = _members(function())
    assert _name(members) == name
    return Message(name, members.size_of, tuple(_fields(members)))


@functools.cache
def _library(package: str) -> ctypes.CDLL:
    # The loader searches the prefixes that were sourced when Python started, but finds a library of
    # any prefix that is loaded already.
    for prefix in os.environ["AMENT_PREFIX_PATH"].split(":"):
        library = f"{prefix}/lib/lib{package}__{_IDENTIFIER}.so"
        if os.path.exists(library):
            ctypes.CDLL(f"{prefix}/lib/lib{package}__rosidl_generator_c.so")
            return ctypes.CDLL(library)
    raise FileNotFoundError(f"{package} has no introspection library")


def _members(support: ctypes._Pointer[_TypeSupport]) -> _MessageMembers:
    assert support.contents.identifier.decode() == _IDENTIFIER
    return ctypes.cast(support.contents.data, ctypes.POINTER(_MessageMembers)).contents


def _name(members: _MessageMembers) -> str:
    namespace = members.message_namespace.decode().replace("__", "/")
    return f"{namespace}/{members.message_name.decode()}"


def _fields(members: _MessageMembers) -> Iterator[Field]:
    for member in members.members[: members.member_count]:
        container = ""
        if member.is_array:
            container = "bounded sequence" if member.is_upper_bound else "array"
            if not member.array_size:
                container = "sequence"
        yield Field(
            name=member.name.decode(),
            type=_TYPE_NAMES[member.type_id - 1],
            string_bound=member.string_upper_bound,
            container=container,
            size=member.array_size,
            offset=member.offset,
            message=_name(_members(member.members)) if member.members else "",
        )
