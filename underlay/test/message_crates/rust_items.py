# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The public items in the Rust source of a message crate, in a form that can be compared.

It reads what generators of message crates write, formatted or not: structs, `impl` blocks, modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_COMMENT_OR_TEXT = re.compile(r'//[^\n]*|("(?:\\.|[^"\\])*")')
_END = re.compile(r'[{};]|"(?:\\.|[^"\\])*"')
_MODULE = re.compile(r"pub mod (\w+)")
_STRUCT = re.compile(r"pub struct (\w+)")
_IMPL = re.compile(r"(?:#\[[^]]*\]\s*)*impl\s+(?:(?:\w*::)*(\w+)\s+for\s+)?(\w+)")
_DERIVE = re.compile(r"derive\(([^)]*)\)")
_FIELD = re.compile(r"pub (\w+):\s*(.*?),\s*(?=pub |#\[|$)", re.DOTALL)
_CONSTANT = re.compile(r"\bconst (\w+):(?!:)\s*([^=]+?)\s*=\s*([^;]+);")
_TYPE = re.compile(r"\btype (\w+)\s*=\s*([^;]+);")
_PATH = re.compile(r"(?<!')\b[A-Za-z_]\w*(?:::\w+)*")

# Types that are written without a path.
_BUILT_IN = re.compile(r"bool|[fiu]\d+|str|Self|String|Vec")


def items(source: str, module: Sequence[str]) -> dict[str, str]:
    """Return each struct, field, constant, `impl` and associated type of a source file.

    `module` is the path of the module in the file, which starts with the package. The keys are the
    paths of the items; the values are what is derived, the type, or the type and the value.
    """
    text = _COMMENT_OR_TEXT.sub(lambda match: match[1] or "", source)
    return dict(_items(text, tuple(module)))


def _items(source: str, module: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for head, body in _blocks(source):
        if match := _MODULE.search(head):
            yield from _items(body, (*module, match[1]))
        elif match := _STRUCT.search(head):
            path = "::".join([*module, match[1]])
            yield path, _layout_and_traits(head)
            for name, type_ in _FIELD.findall(body):
                yield f"{path}.{name}", _absolute(type_, module)
        elif match := _IMPL.match(head):
            trait, name = match.groups()
            path = "::".join([*module, name])
            if trait:
                path = f"<{path} as {trait}>"
                yield path, ""
            for name, type_, value in _CONSTANT.findall(body):
                yield f"{path}::{name}", f"{_absolute(type_, module)} = {value}"
            for name, type_ in _TYPE.findall(body):
                yield f"{path}::{name}", _absolute(type_, module)


def _blocks(source: str) -> Iterator[tuple[str, str]]:
    """Yield the text in front of each block, or of a semicolon outside of them, and the block."""
    start = opened = depth = 0
    for match in _END.finditer(source):
        if match[0] == "{":
            opened = opened if depth else match.start()
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                yield source[start:opened].strip(), source[opened + 1 : match.start()]
                start = match.end()
        elif match[0] == ";" and depth == 0:
            yield source[start : match.start()].strip(), ""
            start = match.end()


def _layout_and_traits(head: str) -> str:
    derived = " ".join(_DERIVE.findall(head)).replace(",", " ").split()
    traits = sorted(name.split("::")[-1] for name in derived)
    return " ".join([*traits, *(["repr(C)"] if "repr(C)" in head else [])])


def _absolute(type_: str, module: tuple[str, ...]) -> str:
    """Return a type with the whole path of each message in it, and in one spelling."""

    def whole(match: re.Match[str]) -> str:
        path = match[0].split("::")
        start = module
        while path[0] == "super":
            path, start = path[1:], start[:-1]
        inside = path[0] == "rmw" or (len(path) == 1 and not _BUILT_IN.fullmatch(path[0]))
        return "::".join([*start, *path]) if inside or start != module else match[0]

    spelled = re.sub(r"\s+|,(?=\s*>)|(?<![\w>])::|\bcrate::vendor::", "", type_)
    spelled = re.sub(r"\bstd::\w+::(?=Vec\b|String\b)", "", spelled)
    return _PATH.sub(whole, spelled)
