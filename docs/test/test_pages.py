# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The pages are correct: code is quoted from the sources, and commands print what is shown.

`make lint` checks the links, and `new_service/test` follows docs/your_own_service.md.
"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from ros_test_support import Domain, eventually
from ros_test_support.pages import REPOSITORY, Block, Reader, blocks

TUTORIAL = REPOSITORY / "docs" / "tutorial.md"

# How long a command of these pages may take on a loaded machine, in seconds.
TIMEOUT = 60.0

# The code of upstream.md reproduces defects of other projects, and is in no source of this one.
PAGES = [
    page
    for folder in (REPOSITORY, REPOSITORY / "docs", REPOSITORY / "rclrs_runtime")
    for page in folder.glob("*.md")
    if page.name != "upstream.md"
]


def test_code_on_the_pages_is_quoted_from_the_sources() -> None:
    seen = 0
    for block in (block for page in PAGES for block in blocks(page)):
        if block.source is None:
            assert block.language != "rust", f"{block}: from which file is this?"
            continue
        seen += 1
        name, source = block.source
        rest = source.read_text(encoding="utf-8")
        for part in filter(None, block.text.split("// ...\n")):
            _, found, rest = rest.partition(part)
            assert found, f"not in {name}, or not in this order:\n{part}"
    assert seen > 20


@pytest.mark.parametrize(
    "file",
    ["src/minimal_service.rs", "src/bin/server.rs", "src/minimal_client.rs", "src/bin/client.rs"],
)
def test_the_tutorial_shows_both_nodes_and_both_programs_whole(file: str) -> None:
    def filled(text: str) -> list[str]:
        return [line for line in text.splitlines() if line]

    pieces = [block.text for block in blocks(TUTORIAL) if f"`{file}`" in block.introduction]
    # Two lines of copyright are above.
    assert filled("".join(pieces)) == filled((REPOSITORY / file).read_text())[2:]


class Session(Reader):
    """Runs all that a page shows in its terminals, with the packages that are installed."""

    def __init__(self, page: Path, domain: Domain) -> None:
        super().__init__(page, domain.folder, domain.environment())
        # The README shows the commands alone.
        self.shows_output = page == TUTORIAL
        self.terminal = self.open_terminal()
        self.terminal.run(f"source '{REPOSITORY}/install/setup.bash'")
        self.commands = 0

    def type_in(self, block: Block, line: str, shown: str) -> None:
        self.commands += 1
        line = line.split(" # ")[0].strip()
        match line.split():
            case ["ros2", "run", "rust_add_two_ints", "server", *_]:
                self.start_server(self.terminal, line)
            case ["ros2", "node" | "service", "list" | "type", *_]:
                # Discovery takes a moment, until a query of the graph returns what is shown.
                eventually(lambda: not self.difference(line, shown), 30, f"{line}\n{shown}")
            case ["ros2", "run" | "service", *_]:
                assert not (difference := self.difference(line, shown)), difference
            case ["ros2", "launch", "rust_add_two_ints", file, *arguments]:
                # The launch files have tests of their own. An argument without a value is refused.
                text = (REPOSITORY / "launch" / file).read_text()
                for argument in arguments:
                    name, _, value = argument.partition(":=")
                    assert f'"{name}"' in text and value, line
            case ["make", *words]:
                # Prints the commands that make would run.
                words = [word for word in words if word != "-C" and not word.startswith("src/")]
                command = ["make", "--dry-run", *words]
                subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)
            case ["cd" | "colcon" | "git" | "source", *_]:
                pass  # The tests of the underlay run these.
            case _:
                raise AssertionError(f"How is this to be run? {line}")

    def difference(self, line: str, shown: str) -> str:
        """Run a command; return what it printed if that, or its status, is not what is shown."""
        with self.terminal.start(line) as process:
            failed = process.wait(TIMEOUT) != 0
            printed = process.stdout
        right = failed == ("[ros2run]: Process exited with failure" in shown)
        if self.shows_output:
            right &= self.comparable(printed) == self.comparable(shown)
        return "" if right else f"{line}\n{printed}"


@pytest.mark.parametrize("page", [TUTORIAL, REPOSITORY / "README.md"], ids=lambda page: page.name)
def test_the_commands_of_a_page_can_be_run(page: Path) -> None:
    with Domain() as domain, Session(page, domain) as session:
        session.follow()
    assert session.commands > 5


def test_troubleshooting_quotes_the_messages_of_the_underlay() -> None:
    # As they are printed: the names of languages, tools and versions are filled in then.
    known = """\
Python 3.10 or newer is needed, and
no C++ compiler was found ('c++'): install one
'cargo' was not found: install Rust 1.85 or newer (https://rustup.rs)
', but of jazzy and kilted
"""
    for file in (REPOSITORY / "underlay").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant):
                known += f"{node.value!r}\n"
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text()
    # Each is a heading, or the first cell of a row.
    entries = re.findall(r"^(?:###|\|) `underlay: (.*?)`(?:$| \|)", page, re.MULTILINE)
    assert len(entries) > 10
    for part in (part.strip() for entry in entries for part in entry.split("…")):
        assert part in known, f"underlay/ never prints: {part}"
