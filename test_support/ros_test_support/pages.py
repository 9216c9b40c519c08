# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The pages of this repository, and a reader who follows one of them.

The rules for pages, which the tests in `docs/test` and `new_service/test` check:

- A block of code below a line that begins with `From [` is quoted from the file that the line links
  to. Each `rust` block has such a line. A line `// ...` stands for lines that were left out.
- A `console` block shows a terminal: after each `$` a command, then what it prints. A page is one
  session from its top to its end, in which the server has a terminal of its own.
- A `log` block shows what the server that was started last has logged. With `^C` in front, that is
  after Ctrl-C.
- A `sh` block shows commands that need more than a test has.
"""

from __future__ import annotations

import re
import signal
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .process import Process, eventually

if TYPE_CHECKING:
    from typing_extensions import Self  # In `typing` since Python 3.11.

REPOSITORY = Path(__file__).resolve().parents[2]

# How long the longest command of a page may take on a loaded machine, in seconds.
TIMEOUT = 900.0


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the last line of text above it."""

    page: Path
    introduction: str
    language: str
    text: str

    @property
    def source(self) -> tuple[str, Path] | None:
        """What the page calls the file that the block is quoted from, and the file."""
        found = re.match(r"From \[(.*?)\]\((.*?)\)", self.introduction)
        return (found[1].strip("`"), self.page.parent / found[2]) if found else None

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """The commands of a `console` block, each with what it prints."""
        for command in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            line, _, shown = command.partition("\n")
            yield line, shown


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        above = text[: found.start()].strip().splitlines()
        yield Block(page, above[-1], found[1], found[2])


class Terminal:
    """A shell that keeps its folder and its environment from one command to the next."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.state = folder / "environment"
        self.place = folder / "place"
        self.state.touch()
        self.place.write_text(environment["HOME"])

    def start(self, command: str) -> Process:
        script = f'source {self.state}; cd "$(cat {self.place})"; exec 2>&1\n{command}\n'
        script += f"status=$?; export -p > {self.state}; pwd > {self.place}; exit $status"
        return Process(["bash", "-c", script], self.environment)

    def run(self, command: str) -> str:
        """Run a command to its end; return what it printed, also when it failed."""
        with self.start(command) as process:
            process.wait(TIMEOUT)
            return process.stdout


class Reader:
    """Types each command of a page, and compares what is printed with what the page shows."""

    def __init__(self, page: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.page = page
        self.folder = folder
        self.environment = environment
        self.server: Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.server is not None:
            self.server.end()

    def open_terminal(self) -> Terminal:
        folder = Path(tempfile.mkdtemp(prefix="terminal", dir=self.folder))
        return Terminal(folder, self.environment)

    def follow(self) -> None:
        for block in blocks(self.page):
            if block.language == "console":
                for line, shown in block.commands:
                    self.type_in(block, line, shown)
            elif block.language == "log":
                self.expect_log(block.text)
            else:
                self.read(block)

    def type_in(self, block: Block, line: str, shown: str) -> None:
        """Run a command of `block`, which prints `shown`."""
        raise NotImplementedError

    def read(self, block: Block) -> None:
        """Do what the page asks for with a block that is neither a terminal nor a log."""

    def start_server(self, terminal: Terminal, line: str) -> None:
        if self.server is not None:
            self.server.end()
        # With exec, the shell ends, and does not keep an environment that is older by then.
        self.server = terminal.start(f"exec {line}")

    def expect_log(self, shown: str) -> None:
        server = self.server
        assert server is not None
        if shown.startswith("^C"):
            # A terminal sends it to all programs that run in it, `ros2 run` and the server.
            server.signal_group(signal.SIGINT)
            assert server.wait(10) == 0
        wanted = self.comparable(shown.removeprefix("^C"))
        eventually(
            lambda: wanted in self.comparable(server.stdout),
            30,
            f"the server logs {wanted}, and not {server.stdout}",
        )

    def comparable(self, text: str) -> str:
        """A text without what differs from run to run."""
        text = re.sub(r"\[\d+\.\d+\]", "[time]", text)
        text = re.sub(r"\[(\d+min )?[\d.]+s\]", "[duration]", text)
        # Discovery takes its time; ros2 and the server react to Ctrl-C in any order.
        text = re.sub(r".*waiting (again|for service).*\n", "", text)
        return text.replace("[ros2run]: Received signal:  Interrupt\n", "")
