# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Values for every field of a message, in rclpy's form and as the JSON that the Rust side reads."""

from __future__ import annotations

import functools
import importlib
import itertools
import struct
from collections.abc import Iterator
from typing import Any

from rosidl_parser import definition
from rust_source import rust_name

# What a value of a field can be, in turn: the ends of its range, and something in between. All of
# them are exact in the type, so that nothing is rounded on the way.
_INTEGERS = {
    "octet": (0, 255, 0x5A),
    "char": (0, 255, 65),
    "wchar": (1, 0xFFFF, 0xE9),
    "int8": (-(2**7), 2**7 - 1, -42),
    "uint8": (0, 2**8 - 1, 42),
    "int16": (-(2**15), 2**15 - 1, -1234),
    "uint16": (0, 2**16 - 1, 1234),
    "int32": (-(2**31), 2**31 - 1, -123456789),
    "uint32": (0, 2**32 - 1, 123456789),
    "int64": (-(2**63), 2**63 - 1, -1234567890123456789),
    "uint64": (0, 2**64 - 1, 1234567890123456789),
}
_FLOATS = {
    # Largest, smallest, smallest subnormal, and one with all digits in use.
    "float": tuple(
        struct.unpack("<f", struct.pack("<I", bits))[0]
        for bits in (0x7F7FFFFF, 0xFF7FFFFF, 0x00000001, 0x3FAAAAAB)
    ),
    "double": (1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 4 / 3),
}
# Quotes, control characters, two, three and four bytes of UTF-8 each.
_TEXT = 'Grüße, "世界"\n\t\\ 🦀 \x01\x7f'
# The characters that a bounded text is made of: one, two and three bytes, one UTF-16 unit each.
_SHORT_TEXT = "aé世"

# How many different messages of a type are made, and how long a sequence without a bound is.
NUMBER_OF_VALUES = 3
_LENGTHS = (3, 1, 70)


def message_class(name: str) -> Any:
    """Return rclpy's class for a message by its full name, "std_srvs/srv/Empty_Request" too."""
    package, folder, short = name.split("/")
    module = importlib.import_module(f"{package}.{folder}")
    if folder == "msg":
        return getattr(module, short)
    stem, *parts = short.split("_")
    path = [stem, *parts]
    if folder == "action" and parts[0] in ("SendGoal", "GetResult", "FeedbackMessage"):
        path = [stem, "Impl", f"{parts[0]}{'' if parts[0] == 'FeedbackMessage' else 'Service'}"]
        path += parts[1:]
    return functools.reduce(getattr, path, module)


def values(name: str) -> list[Any]:
    """Make several messages of a type, none of whose fields has its default value."""
    class_ = message_class(name)
    return [_message(class_, itertools.count(number), number) for number in range(NUMBER_OF_VALUES)]


def _message(class_: type, counter: Iterator[int], number: int) -> Any:
    """Fill a message.

    `counter` makes neighbouring fields differ, so that swapped ones are noticed, and `number` one
    message from another.
    """
    message = class_()
    for name, type_ in _fields(class_):
        default = getattr(message, name)
        for _ in range(4):
            setattr(message, name, _value(type_, counter, number))
            if _differ(getattr(message, name), default) or _is_empty(type_):
                break
        else:
            raise AssertionError(f"found no value for {name} but the default, {default}")
    return message


def _differ(first: Any, second: Any) -> bool:
    different = first != second
    # Arrays of numpy compare one element at a time.
    return bool(different.any()) if hasattr(different, "any") else bool(different)


def _is_empty(type_: definition.AbstractType) -> bool:
    element = getattr(type_, "value_type", type_)
    if not isinstance(element, definition.NamespacedType):
        return False
    return not _fields(message_class("/".join([*element.namespaces, element.name])))


def _fields(class_: Any) -> list[tuple[str, definition.AbstractType]]:
    return list(zip(class_.get_fields_and_field_types(), class_.SLOT_TYPES, strict=True))


def _value(type_: definition.AbstractType, counter: Iterator[int], number: int) -> Any:
    if not isinstance(type_, definition.AbstractNestedType):
        return _element(type_, counter, number)
    if isinstance(type_, definition.Array):
        length = type_.size
    elif isinstance(type_, definition.BoundedSequence):
        length = type_.maximum_size
    else:
        length = _LENGTHS[number % len(_LENGTHS)]
    if isinstance(type_.value_type, definition.NamespacedType):
        length = min(length, 3) if not isinstance(type_, definition.Array) else length
    return [_element(type_.value_type, counter, number) for _ in range(length)]


def _element(type_: definition.AbstractType, counter: Iterator[int], number: int) -> Any:
    count = next(counter)
    if isinstance(type_, definition.NamespacedType):
        class_ = message_class("/".join([*type_.namespaces, type_.name]))
        return _message(class_, counter, number)
    if isinstance(type_, definition.AbstractGenericString):
        return _text(type_, count)
    if type_.typename == "boolean":
        return count % 5 in (0, 3)
    if type_.typename in _FLOATS:
        choices = _FLOATS[type_.typename]
        return choices[count % len(choices)]
    choices = _INTEGERS[type_.typename]
    value = choices[count % len(choices)]
    if type_.typename == "octet":
        return bytes([value])
    return chr(value) if type_.typename == "wchar" else value


def _text(type_: definition.AbstractGenericString, count: int) -> str:
    if not type_.has_maximum_size():
        return f"{count} {_TEXT}"
    # A string's bound counts bytes, a wide one's UTF-16 units. Fill it to the last one.
    wide = isinstance(type_, definition.AbstractWString)
    text, size = "", 0
    for character in itertools.islice(itertools.cycle(_SHORT_TEXT), count % 3, None):
        length = 1 if wide else len(character.encode())
        if size + length > type_.maximum_size:
            return text + "z" * (type_.maximum_size - size)
        text, size = text + character, size + length
    raise AssertionError("the text is endless")


def to_json(message: Any) -> dict[str, Any]:
    """Return a message in the form that serde gives the idiomatic type."""
    fields = _fields(type(message))
    if not fields:
        return {"structure_needs_at_least_one_member": 0}
    return {rust_name(name): _to_json(type_, getattr(message, name)) for name, type_ in fields}


def _to_json(type_: definition.AbstractType, value: Any) -> Any:
    if isinstance(type_, definition.AbstractNestedType):
        return [_to_json(type_.value_type, element) for element in value]
    if isinstance(type_, definition.NamespacedType):
        return to_json(value)
    if isinstance(type_, definition.AbstractGenericString):
        return value
    if type_.typename in ("octet", "wchar"):
        return ord(value)
    if type_.typename == "boolean":
        return bool(value)
    return float(value) if type_.typename in _FLOATS else int(value)


def rounded(name: str, json: dict[str, Any]) -> dict[str, Any]:
    """Round the numbers in the JSON form of a message to what its single precision fields hold."""
    types = {rust_name(field): type_ for field, type_ in _fields(message_class(name))}
    return {key: _rounded(types.get(key), value) for key, value in json.items()}


def _rounded(type_: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(type_.value_type, element) for element in value]
    if isinstance(value, dict):
        return rounded("/".join([*type_.namespaces, type_.name]), value)
    if isinstance(type_, definition.BasicType) and type_.typename == "float":
        return single(value)
    return value


def single(value: float) -> float:
    """Round a number to single precision."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def constants(name: str) -> dict[str, Any]:
    """Return the constants of a message as rclpy has them; a byte becomes a number."""
    class_ = message_class(name)
    metaclass = type(class_)
    names = getattr(metaclass, f"_{metaclass.__name__}__constants")
    found = {}
    for constant in names:
        value = getattr(class_, constant)
        found[constant] = ord(value) if isinstance(value, bytes) else value
    return found
