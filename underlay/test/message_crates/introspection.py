# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What the C introspection type support of an interface package says about its messages.

`lib<package>__rosidl_typesupport_introspection_c.so` holds, for each message, a table of its fields
that the C compiler filled in with `offsetof` and `sizeof`. This module loads the library and reads
the table. The structs of the table differ between ROS distributions, so their layout is taken from
the header that is installed next to the libraries.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_PREFIX = "rosidl_typesupport_introspection_c__"
_HEADER = "rosidl_typesupport_introspection_c/message_introspection.h"

# How the members of the structs are declared, and what ctypes calls that.
_C_TYPES = {
    "const char *": ctypes.c_char_p,
    "uint8_t": ctypes.c_uint8,
    "uint32_t": ctypes.c_uint32,
    "size_t": ctypes.c_size_t,
    "bool": ctypes.c_bool,
}

# enum rosidl_typesupport_introspection_c_field_types, as the IDL types are named.
TYPE_NAMES = {
    1: "float",
    2: "double",
    3: "long double",
    4: "char",
    5: "wchar",
    6: "boolean",
    7: "octet",
    8: "uint8",
    9: "int8",
    10: "uint16",
    11: "int16",
    12: "uint32",
    13: "int32",
    14: "uint64",
    15: "int64",
    16: "string",
    17: "wstring",
    18: "message",
}


@dataclass(frozen=True)
class Field:
    """A field of a message.

    `type` is a name of TYPE_NAMES. `string_bound` is 0 for a string without a bound. `container` is
    "" for a single value, or "array", "bounded sequence" or "sequence", of `size` elements at the
    most. `message` is the full name of the type of a nested message.
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


class Introspection:
    """The introspection libraries that are installed in some prefixes."""

    def __init__(self, prefixes: list[Path]):
        self._prefixes = prefixes
        self._libraries: dict[str, ctypes.CDLL] = {}

    def message(self, name: str) -> Message:
        """Look up a message by its full name, such as "std_msgs/msg/String"."""
        package, folder, short = name.split("/")
        function = getattr(
            self._library(package),
            f"{_PREFIX}get_message_type_support_handle__{package}__{folder}__{short}",
        )
        function.restype = ctypes.POINTER(_TypeSupport)
        members = self._members(function().contents)
        if self._name(members) != name:
            raise AssertionError(f"the type support of {name} describes {self._name(members)}")
        return Message(name, members.size_of_, tuple(self._fields(members)))

    def _library(self, package: str) -> ctypes.CDLL:
        if package not in self._libraries:
            # The loader searches the prefixes that were sourced when Python started, but finds a
            # library of any prefix that is loaded already.
            for suffix in ("rosidl_generator_c", "rosidl_typesupport_introspection_c"):
                file = self._find(Path("lib") / f"lib{package}__{suffix}.so")
                self._libraries[package] = ctypes.CDLL(str(file))
        return self._libraries[package]

    def _find(self, *candidates: Path) -> Path:
        for prefix in self._prefixes:
            for candidate in candidates:
                if (prefix / candidate).exists():
                    return prefix / candidate
        raise FileNotFoundError(f"{candidates[0]} is in none of {self._prefixes}")

    @cached_property
    def _structs(self) -> tuple[type[ctypes.Structure], type[ctypes.Structure]]:
        """The structs MessageMember and MessageMembers, as the installed header declares them."""
        header = self._find(
            Path("include/rosidl_typesupport_introspection_c") / _HEADER,
            Path("include") / _HEADER,
        ).read_text(encoding="utf-8")
        return self._struct(header, "MessageMember"), self._struct(header, "MessageMembers")

    @staticmethod
    def _struct(header: str, name: str) -> type[ctypes.Structure]:
        pattern = rf"typedef struct {_PREFIX}{name}_s\s*\{{(.*?)\}} {_PREFIX}{name};"
        body = re.search(pattern, re.sub(r"//.*", "", header), re.DOTALL)
        if body is None:
            raise AssertionError(f"struct {name} is not in {_HEADER}")
        fields: list[tuple[str, type]] = []
        for declaration in filter(None, (" ".join(part.split()) for part in body[1].split(";"))):
            function = re.fullmatch(r".*\( ?\* ?(\w+)\) ?\(.*\)", declaration)
            ordinary = re.fullmatch(r"(.*?)(\w+)", declaration)
            if function:
                fields.append((function[1], ctypes.c_void_p))
            elif ordinary and ordinary[1].strip() in _C_TYPES:
                fields.append((ordinary[2], _C_TYPES[ordinary[1].strip()]))
            elif ordinary and ordinary[1].strip().endswith("*"):
                fields.append((ordinary[2], ctypes.c_void_p))
            else:
                raise AssertionError(f"{name} has a member of an unknown type: {declaration}")
        return type(name, (ctypes.Structure,), {"_fields_": fields})

    def _members(self, support: _TypeSupport) -> ctypes.Structure:
        if not support.identifier.decode().startswith("rosidl_typesupport_introspection_c"):
            raise AssertionError(f"{support.identifier!r} is not the introspection type support")
        return ctypes.cast(support.data, ctypes.POINTER(self._structs[1])).contents

    @staticmethod
    def _name(members: ctypes.Structure) -> str:
        namespace = members.message_namespace_.decode().replace("__", "/")
        return f"{namespace}/{members.message_name_.decode()}"

    def _fields(self, members: ctypes.Structure) -> Iterator[Field]:
        table = ctypes.cast(members.members_, ctypes.POINTER(self._structs[0]))
        for member in table[: members.member_count_]:
            container = ""
            if member.is_array_:
                container = "bounded sequence" if member.is_upper_bound_ else "array"
                if not member.array_size_:
                    container = "sequence"
            nested = ""
            if member.members_:
                support = ctypes.cast(member.members_, ctypes.POINTER(_TypeSupport)).contents
                nested = self._name(self._members(support))
            yield Field(
                name=member.name_.decode(),
                type=TYPE_NAMES[member.type_id_],
                string_bound=member.string_upper_bound_,
                container=container,
                size=member.array_size_,
                offset=member.offset_,
                message=nested,
            )
