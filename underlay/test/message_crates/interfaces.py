# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Which interfaces are installed, which messages they consist of, and how many fields they declare.

All of it is read from the ament index and the .idl files with means of its own: nothing here is
shared with the generator under test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_INDEX = "share/ament_index/resource_index/rosidl_interfaces"

# The messages that ROS makes of a service and of an action, and how many fields the ones have that
# no .idl file spells out. Events came with Iron.
_SERVICE = {"_Request": None, "_Response": None, "_Event": 3}
_ACTION = {
    "_Goal": None,
    "_Result": None,
    "_Feedback": None,
    "_FeedbackMessage": 2,
    "_SendGoal_Request": 2,
    "_SendGoal_Response": 2,
    "_SendGoal_Event": 3,
    "_GetResult_Request": 1,
    "_GetResult_Response": 2,
    "_GetResult_Event": 3,
}
_SUFFIXES: dict[int, dict[str, int | None]] = {1: {"": None}, 2: _SERVICE, 3: _ACTION}


@dataclass(frozen=True)
class Interface:
    """A message, service or action, by its full name, such as "std_srvs/srv/Empty".

    `fields` holds the number of fields of each of its messages, by the full name of the message.
    """

    name: str
    kind: str
    fields: dict[str, int]

    @property
    def package(self) -> str:
        return self.name.split("/")[0]


def installed(prefixes: Iterable[Path], *, events: bool) -> list[Interface]:
    """List the interfaces of all packages in the ament index; the first prefix wins.

    `events` tells whether services have event messages in this ROS distribution.
    """
    interfaces: list[Interface] = []
    seen: set[str] = set()
    for prefix in prefixes:
        for entry in sorted((prefix / _INDEX).glob("*")):
            if entry.name in seen:
                continue
            seen.add(entry.name)
            for line in sorted(entry.read_text(encoding="utf-8").split()):
                if line.endswith(".idl"):
                    file = prefix / "share" / entry.name / line
                    interfaces.append(_interface(f"{entry.name}/{line[:-4]}", file, events))
    return interfaces


def _interface(name: str, file: Path, events: bool) -> Interface:
    structs = _structs(file.read_text(encoding="utf-8"))
    suffixes = _SUFFIXES[len(structs)]
    fields = {}
    for suffix, count in suffixes.items():
        if suffix.endswith("_Event") and not events:
            continue
        short = name.rsplit("/", 1)[1] + suffix
        fields[name + suffix] = structs[short] if count is None else count
    return Interface(name, {1: "message", 2: "service", 3: "action"}[len(structs)], fields)


def _structs(idl: str) -> dict[str, int]:
    """Count the fields of each struct: what is left without comments and texts ends in ";"."""
    text = re.sub(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', "", idl, flags=re.DOTALL)
    bodies = re.findall(r"\bstruct\s+(\w+)\s*\{(.*?)\}", text, re.DOTALL)
    return {name: body.count(";") for name, body in bodies}
