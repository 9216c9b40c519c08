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
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ros2 import Failure, Graph, Interrupted, hidden_node

Names = list[tuple[str, list[str]]]


def connections(node: Any) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, str]]]:
    """Return all nodes, who calls (node, service), and who offers (service, node).

    Left out is what each node has for its parameters, and what is hidden.
    """
    nodes = sorted(
        (name, namespace)
        for name, namespace in node.get_node_names_and_namespaces()
        if not name.startswith("_")
    )

    def ask(query: Callable[[str, str], Names]) -> list[tuple[str, str]]:
        found = []
        for name, namespace in nodes:
            full = f"{namespace.rstrip('/')}/{name}"
            for service, _types in query(name, namespace):
                if not service.startswith(f"{full}/"):
                    found.append((full, service))
        return found

    names = [f"{namespace.rstrip('/')}/{name}" for name, namespace in nodes]
    calls = ask(node.get_client_names_and_types_by_node)
    offers = [(service, name) for name, service in ask(node.get_service_names_and_types_by_node)]
    return names, calls, offers


def dot(names: list[str], calls: list[tuple[str, str]], offers: list[tuple[str, str]]) -> str:
    """Return the graph in the language of Graphviz: nodes are ellipses, services boxes."""
    services = sorted({service for _, service in calls} | {service for service, _ in offers})
    lines = [f'  "node {name}" [label="{name}"];' for name in names]
    lines += [f'  "{service}" [shape=box];' for service in services]
    lines += [f'  "node {name}" -> "{service}";' for name, service in calls]
    lines += [f'  "{service}" -> "node {name}";' for service, name in offers]
    return "\n".join(["digraph ros {", "  rankdir=LR;", *lines, "}"])


def text(names: list[str], calls: list[tuple[str, str]], offers: list[tuple[str, str]]) -> str:
    """Return one line for each service: its clients, itself, its servers."""
    clients: defaultdict[str, list[str]] = defaultdict(list)
    servers: defaultdict[str, list[str]] = defaultdict(list)
    for name, service in calls:
        clients[service].append(name)
    for service, name in offers:
        servers[service].append(name)
    lines = [
        f"{', '.join(clients[service]) or '(no client)'} --> [{service}] --> "
        f"{', '.join(servers[service]) or '(no server)'}"
        for service in sorted({*clients, *servers})
    ]
    connected = {name for name, _ in calls} | {name for _, name in offers}
    lines += [name for name in names if name not in connected]
    return "\n".join(lines) or "No node is running"


def main() -> str | None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dot", action="store_true", help="print the language of Graphviz")
    arguments = parser.parse_args()
    try:
        with hidden_node("graph") as node:
            Graph(node).wait(None)
            graph = connections(node)
    except Failure as failure:
        return str(failure)
    except Interrupted:
        return ""
    print((dot if arguments.dot else text)(*graph))
    return None


if __name__ == "__main__":
    sys.exit(main())
