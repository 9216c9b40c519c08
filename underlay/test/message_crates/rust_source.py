# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The Rust source that names every generated message, field and constant, for the test program.

It is written from what C and Python know about the interfaces. A type, field or constant that the
generated crates lack, or have under another name, is a compile error in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from introspection import Field, Message

# Keywords of Rust that the tested interfaces use as names.
_KEYWORDS = (
    "Self abstract become box const crate dyn final fn gen impl let loop macro match mod move mut "
    "override priv pub ref self static struct super trait try type unsafe unsized use where yield"
)

PRIMITIVES = {
    **{"boolean": "bool", "octet": "u8", "char": "u8", "wchar": "u16"},
    **{"float": "f32", "double": "f64"},
    **{f"int{bits}": f"i{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"u{bits}" for bits in (8, 16, 32, 64)},
}


def rust_name(name: str) -> str:
    """Return what a field or type is called in Rust."""
    return f"{name}_" if name in _KEYWORDS.split() else name


def rust_path(message: str, *, rmw: bool) -> str:
    """Return the path of a message's type in ros_env."""
    package, folder, short = message.split("/")
    return "::".join(["ros_env", package, folder, *(["rmw"] if rmw else []), rust_name(short)])


def rust_type(field: Field, *, rmw: bool) -> str:
    """Return the type that a field must have, as the test program prints it.

    A bounded sequence holds C-layout messages and strings in the idiomatic type, too.
    """
    inner_rmw = rmw or field.container == "bounded sequence"
    if field.type == "message":
        element = rust_path(field.message, rmw=inner_rmw)
    elif field.type in ("string", "wstring"):
        kind = "String" if field.type == "string" else "WString"
        if field.string_bound:
            element = f"rosidl_runtime_rs::Bounded{kind}<{field.string_bound}>"
        else:
            element = f"rosidl_runtime_rs::{kind}" if inner_rmw else "String"
    else:
        element = PRIMITIVES[field.type]
    if field.container == "array":
        return f"[{element}; {field.size}]"
    if field.container == "bounded sequence":
        return f"rosidl_runtime_rs::BoundedSequence<{element}, {field.size}>"
    if field.container == "sequence":
        return f"rosidl_runtime_rs::Sequence<{element}>" if rmw else f"Vec<{element}>"
    return element


def inspections(messages: Iterable[Message], constants: Mapping[str, Collection[str]]) -> str:
    """Write a function for each message that reports its layout, defaults and constants."""
    functions = []
    calls = []
    for number, message in enumerate(messages):
        lines = [
            f"type Rmw = {rust_path(message.name, rmw=True)};",
            f"type Idiomatic = {rust_path(message.name, rmw=False)};",
            f'let mut message = Inspection::of::<Rmw, Idiomatic>("{message.name}");',
        ]
        for field in message.fields:
            name = rust_name(field.name)
            lines.append(
                f'message.field("{field.name}", std::mem::offset_of!(Rmw, {name}), '
                f"|m: &Rmw| &m.{name}, |m: &Idiomatic| &m.{name});"
            )
        for constant in constants.get(message.name, ()):
            name = rust_name(constant)
            lines.append(f'message.constant("{constant}", &Rmw::{name}, &Idiomatic::{name});')
        lines.append("message.print();")
        body = "".join(f"    {line}\n" for line in lines)
        functions.append(f"fn inspect_{number}() {{\n{body}}}\n")
        calls.append(f"    inspect_{number}();\n")
    return "".join(functions) + f"pub fn inspect_all() {{\n{''.join(calls)}}}\n"


def trips(interfaces: Mapping[str, Collection[str]]) -> str:
    """Write the function that sends the values of these interfaces, with their messages, around."""
    calls = []
    for interface, messages in interfaces.items():
        path = rust_path(interface, rmw=False)
        kind = interface.split("/")[1]
        calls.append(f'    trips.{kind}::<{path}>("{interface}")?;\n')
        if kind == "srv" and f"{interface}_Event" in messages:
            calls.append(f'    trips.event::<{path}_Event>("{interface}")?;\n')
    return (
        "pub fn travel_all(trips: &mut Trips) -> Result<(), Box<dyn std::error::Error>> {\n"
        f"{''.join(calls)}    Ok(())\n}}\n"
    )
