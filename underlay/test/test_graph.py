# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of `make graph`, with the server and a waiting client of this repository.

make test ONLY=underlay/test/test_graph.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ros_test_support import Domain, Process, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
GRAPH = REPOSITORY / "underlay" / "graph.py"
PROGRAMS = REPOSITORY / "install" / "rust_add_two_ints" / "lib" / "rust_add_two_ints"


def graph(domain: Domain, *arguments: str) -> str:
    command = [sys.executable, str(GRAPH), *arguments]
    result = subprocess.run(
        command, env=domain.environment(), capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_without_a_node_it_says_so() -> None:
    with Domain() as domain:
        assert graph(domain) == "No node is running\n"


def test_a_client_that_waits_is_connected_to_a_service_without_a_server() -> None:
    with (
        Domain() as domain,
        Process([PROGRAMS / "client", "2", "3"], domain.environment()) as client,
    ):
        client.wait_for_output("waiting again", 30, "stderr")
        shown = "/minimal_client_async --> [/add_two_ints] --> (no server)\n"
        eventually(lambda: graph(domain) == shown, 30, shown)


def test_a_server_is_connected_to_its_service_in_the_language_of_graphviz() -> None:
    with Domain() as domain, Process([PROGRAMS / "server"], domain.environment()):
        shown = "(no client) --> [/add_two_ints] --> /minimal_service\n"
        eventually(lambda: graph(domain) == shown, 30, shown)
        assert graph(domain, "--dot").splitlines() == [
            "digraph ros {",
            "  rankdir=LR;",
            '  "node /minimal_service" [label="/minimal_service"];',
            '  "/add_two_ints" [shape=box];',
            '  "/add_two_ints" -> "node /minimal_service";',
            "}",
        ]
