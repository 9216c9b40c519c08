#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Prints what a launch file declares and starts, without `launch`.

One line for each argument (`argument NAME=DEFAULT: DESCRIPTION`) and for each node
(`node PACKAGE EXECUTABLE ends the launch` or `... goes on`), the same for Python and for XML.
"""

import ast
import sys
import xml.etree.ElementTree
from collections.abc import Iterator
from pathlib import Path


def describe_python(path: Path) -> Iterator[str]:
    nodes = ast.walk(ast.parse(path.read_text(), str(path)))
    calls = (node for node in nodes if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: call.lineno):
        function = ast.unparse(call.func)
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        text = {k: str(v.value) for k, v in given.items() if isinstance(v, ast.Constant)}
        if function == "DeclareLaunchArgument":
            name = ast.literal_eval(call.args[0])
            yield f"argument {name}={text['default_value']}: {text['description']}"
        elif function == "Node":
            ends = "Shutdown" in ast.dump(given.get("on_exit", ast.Constant(None)))
            yield describe_node(text["package"], text["executable"], ends)


def describe_xml(path: Path) -> Iterator[str]:
    for tag in xml.etree.ElementTree.parse(path).getroot():
        if tag.tag == "arg":
            name, default, description = (tag.attrib[k] for k in ("name", "default", "description"))
            yield f"argument {name}={default}: {description}"
        elif tag.tag == "node":
            ends = tag.get("on_exit") == "shutdown"
            yield describe_node(tag.attrib["pkg"], tag.attrib["exec"], ends)


def describe_node(package: str, executable: str, ends: bool) -> str:
    return f"node {package} {executable} {'ends the launch' if ends else 'goes on'}"


def main() -> None:
    path = Path(sys.argv[1])
    describe = describe_xml if path.suffix == ".xml" else describe_python
    for line in describe(path):
        print(line)


if __name__ == "__main__":
    main()
