# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The Rust types of interface fields, and the expressions that convert between the two forms.

Every message has two Rust types. The *C-layout* type (module `rmw`) has the memory layout of the
struct that `rosidl_generator_c` writes, so the middleware reads and writes it in place. The
*idiomatic* type has `String` and `Vec` where C has its own strings and sequences. Bounded strings
and sequences are the C-layout ones in both, since Rust has nothing that enforces the bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from rosidl_parser import definition

from . import naming
from .errors import UnsupportedInterfaceError

_BASIC_TYPES = {
    "boolean": "bool",
    "octet": "u8",
    "char": "u8",
    "wchar": "u16",
    "float": "f32",
    "double": "f64",
    "int8": "i8",
    "uint8": "u8",
    "int16": "i16",
    "uint16": "u16",
    "int32": "i32",
    "uint32": "u32",
    "int64": "i64",
    "uint64": "u64",
}

# serde implements its traits for arrays of up to this many elements.
_LONGEST_SERDE_ARRAY = 32

_COW = "::std::borrow::Cow"
_RUNTIME = "::rosidl_runtime_rs"


def basic_type(type_: definition.BasicType) -> str:
    """Return the Rust type of a primitive; `UnsupportedInterfaceError` where Rust has none."""
    try:
        return _BASIC_TYPES[type_.typename]
    except KeyError:
        raise UnsupportedInterfaceError(f"Rust has no type for '{type_.typename}'") from None


@dataclass(frozen=True)
class Scope:
    """The module that code is written for: which package, and which folder of interfaces."""

    package: str
    module: str

    def path(self, type_: definition.NamespacedType, *, rmw: bool, inside_rmw: bool) -> str:
        """Return the path of another message's type as seen from this module.

        `ros-env` includes our text two levels deep in a crate of its own, so paths are relative
        within the package, and start at the name of the crate for other packages.
        """
        if len(type_.namespaces) != 2:
            raise UnsupportedInterfaceError(
                f"type '{'::'.join([*type_.namespaces, type_.name])}' is not of the form "
                "package::folder::Name"
            )
        package, module = type_.namespaces
        name = naming.identifier(type_.name)
        if package != self.package:
            start = f"{package}::{module}"
        elif module != self.module:
            start = f"{'super::super' if inside_rmw else 'super'}::{module}"
        elif inside_rmw == rmw:
            return name
        else:
            return f"rmw::{name}"
        return f"{start}::rmw::{name}" if rmw else f"{start}::{name}"


class FieldType:
    """A field's type: how it is written in both forms, and how one becomes the other.

    The conversions are Rust expressions that use `place`, a field of a message that is owned or
    borrowed. They belong into an `impl` of the trait `rosidl_runtime_rs::Message`, where Rust finds
    its methods without an import.
    """

    def __init__(self, type_: definition.AbstractType, scope: Scope):
        self._scope = scope
        self._type = type_
        self._element = (
            type_.value_type if isinstance(type_, definition.AbstractNestedType) else type_
        )
        if isinstance(self._element, definition.AbstractNestedType):
            raise UnsupportedInterfaceError(
                "a sequence or array of sequences or arrays is not supported"
            )
        if isinstance(type_, definition.Array):
            self._length(type_.size)
        elif isinstance(type_, definition.BoundedSequence):
            self._length(type_.maximum_size)

    @staticmethod
    def _length(size: object) -> int:
        # The parser passes on the name where an .idl file uses a constant as a length.
        if not isinstance(size, int):
            raise UnsupportedInterfaceError(f"the length '{size}' is not a number")
        return size

    @property
    def _is_basic(self) -> bool:
        return isinstance(self._element, definition.BasicType)

    @property
    def _is_message(self) -> bool:
        return isinstance(self._element, definition.NamespacedType)

    @property
    def _is_alike(self) -> bool:
        """Whether an element has the same type in both forms: primitives and bounded strings."""
        return isinstance(
            self._element,
            (definition.BasicType, definition.BoundedString, definition.BoundedWString),
        )

    def rmw(self) -> str:
        """Return the type as the C-layout struct has it, written inside the module `rmw`."""
        return self._written(rmw=True, inside_rmw=True)

    def idiomatic(self) -> str:
        """Return the type as the idiomatic struct has it."""
        return self._written(
            rmw=isinstance(self._type, definition.BoundedSequence), inside_rmw=False
        )

    def _written(self, *, rmw: bool, inside_rmw: bool) -> str:
        element = self._written_element(rmw=rmw, inside_rmw=inside_rmw)
        if isinstance(self._type, definition.Array):
            return f"[{element}; {self._type.size}]"
        if isinstance(self._type, definition.BoundedSequence):
            return f"{_RUNTIME}::BoundedSequence<{element}, {self._type.maximum_size}>"
        if isinstance(self._type, definition.UnboundedSequence):
            return f"{_RUNTIME}::Sequence<{element}>" if rmw else f"::std::vec::Vec<{element}>"
        return element

    def _written_element(self, *, rmw: bool, inside_rmw: bool) -> str:
        element = self._element
        if isinstance(element, definition.BasicType):
            return basic_type(element)
        if isinstance(element, definition.NamespacedType):
            return self._scope.path(element, rmw=rmw, inside_rmw=inside_rmw)
        if isinstance(element, definition.BoundedString):
            return f"{_RUNTIME}::BoundedString<{self._length(element.maximum_size)}>"
        if isinstance(element, definition.BoundedWString):
            return f"{_RUNTIME}::BoundedWString<{self._length(element.maximum_size)}>"
        if isinstance(element, definition.AbstractString):
            return f"{_RUNTIME}::String" if rmw else "::std::string::String"
        if isinstance(element, definition.AbstractWString):
            return f"{_RUNTIME}::WString" if rmw else "::std::string::String"
        raise UnsupportedInterfaceError(f"the type {element!r} is not supported")

    def serde_attribute(self) -> str | None:
        """Return the attribute that teaches serde an array it does not support by itself."""
        if isinstance(self._type, definition.Array) and self._type.size > _LONGEST_SERDE_ARRAY:
            return '#[cfg_attr(feature = "serde", serde(with = "::serde_big_array::BigArray"))]'
        return None

    def dependency(self) -> str | None:
        """Return the package that the element's type comes from, if it is a message."""
        return self._element.namespaces[0] if self._is_message else None

    def to_rmw(self, place: str, *, owned: bool) -> str:
        """Return an expression for the C-layout value of a field of an idiomatic message."""
        # Strings are copied into memory of C's in any case, so that only messages gain by being
        # taken apart instead of looked at.
        taken = owned and self._is_message
        if isinstance(self._type, definition.BoundedSequence):
            return place if owned else f"{place}.clone()"
        if isinstance(self._type, definition.UnboundedSequence):
            if self._is_basic or (self._is_alike and not owned):
                # The conversion from a slice is one memcpy for primitives.
                return f"{place}.as_slice().into()"
            if self._is_alike:
                return f"{place}.into_iter().collect()"
            convert = self._element_to_rmw("value", owned=owned)
            return f"{place}.{'into_iter' if taken else 'iter'}().map(|value| {convert}).collect()"
        if self._is_alike:
            return place if owned or self._is_basic else f"{place}.clone()"
        if isinstance(self._type, definition.Array):
            convert = self._element_to_rmw("value", owned=owned)
            return f"{place}{'' if taken else '.each_ref()'}.map(|value| {convert})"
        borrow = "&" if self._is_message and not owned else ""
        return self._element_to_rmw(f"{borrow}{place}", owned=owned)

    def _element_to_rmw(self, value: str, *, owned: bool) -> str:
        if self._is_message:
            path = self._scope.path(self._element, rmw=False, inside_rmw=False)
            how = "Owned" if owned else "Borrowed"
            return f"{path}::into_rmw_message({_COW}::{how}({value})).into_owned()"
        return f"{value}.as_str().into()"

    def from_rmw(self, place: str) -> str:
        """Return an expression for the idiomatic value of a field of an owned C-layout message."""
        if isinstance(self._type, definition.BoundedSequence):
            return place
        if isinstance(self._type, definition.UnboundedSequence):
            if self._is_basic:
                return f"{place}.into()"
            if self._is_alike:
                return f"{place}.into_iter().collect()"
            if self._is_message:
                return f"{place}.into_iter().map({self._from_rmw_message()}).collect()"
            return f"{place}.iter().map(|value| value.to_string()).collect()"
        if self._is_alike:
            return place
        if isinstance(self._type, definition.Array):
            if self._is_message:
                return f"{place}.map({self._from_rmw_message()})"
            return f"{place}.map(|value| value.to_string())"
        if self._is_message:
            return f"{self._from_rmw_message()}({place})"
        return f"{place}.to_string()"

    def _from_rmw_message(self) -> str:
        return f"{self._scope.path(self._element, rmw=False, inside_rmw=False)}::from_rmw_message"
