# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Prints which nodes call which services of which nodes: `make graph`.

    python3 underlay/graph.py [--dot]

rqt_graph draws no services (https://github.com/ros-visualization/rqt_graph/issues/110), and is not
on PyPI. With --dot, the output is for Graphviz: `make graph DOT=1 | dot -Tsvg > graph.svg`.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ros2 import Failure, discovered_graph, hold_signals

# The full name of a node, and a service that it calls or offers.
Pairs = list[tuple[str, str]]


def connections(node: Any) -> tuple[list[str], Pairs, Pairs]:
    """Return all nodes, which of them call a service, and which offer one.

    Left out is what each node has for its parameters, and what is hidden.
    """
    names: list[str] = []
    calls: Pairs = []
    offers: Pairs = []
    for name, namespace in sorted(node.get_node_names_and_namespaces()):
        if name.startswith("_"):
            continue
        full = f"{namespace.rstrip('/')}/{name}"
        names.append(full)
        for pairs, services in (
            (calls, node.get_client_names_and_types_by_node(name, namespace)),
            (offers, node.get_service_names_and_types_by_node(name, namespace)),
        ):
            pairs += [(full, s) for s, _types in services if not s.startswith(f"{full}/")]
    return names, calls, offers


def dot(names: list[str], calls: Pairs, offers: Pairs) -> str:
    """Return the graph in the language of Graphviz: nodes are ellipses, services boxes."""
    lines = [f'  "node {name}" [label="{name}"];' for name in names]
    lines += [f'  "{s}" [shape=box];' for s in sorted({s for _, s in calls + offers})]
    lines += [f'  "node {name}" -> "{service}";' for name, service in calls]
    lines += [f'  "{service}" -> "node {name}";' for name, service in offers]
    return "\n".join(["digraph ros {", "  rankdir=LR;", *lines, "}"])


def text(names: list[str], calls: Pairs, offers: Pairs) -> str:
    """Return one line for each service: its clients, itself, its servers."""

    def nodes(pairs: Pairs, service: str) -> str:
        return ", ".join(name for name, other in pairs if other == service)

    lines = [
        f"{nodes(calls, service) or '(no client)'} --> [{service}] --> "
        f"{nodes(offers, service) or '(no server)'}"
        for service in sorted({service for _, service in calls + offers})
    ]
    connected = {name for name, _ in calls + offers}
    lines += [name for name in names if name not in connected]
    return "\n".join(lines) or "No node is running"


def main() -> str | None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dot", action="store_true", help="print the language of Graphviz")
    arguments = parser.parse_args()
    hold_signals()
    try:
        with discovered_graph() as node:
            graph = connections(node)
    except Failure as failure:
        return str(failure)
    print((dot if arguments.dot else text)(*graph))
    return None


if __name__ == "__main__":
    sys.exit(main())
