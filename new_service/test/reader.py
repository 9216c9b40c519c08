# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A reader who follows docs/your_own_service.md from an empty folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ros_test_support import Domain, Process, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "your_own_service.md"

# What may be sourced around this test. The page begins in a terminal in which nothing is.
SOURCED = (
    *("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH", "CARGO_TARGET_DIR"),
    *("LD_LIBRARY_PATH", "LIBRARY_PATH", "PYTHONPATH", "ROS_DISTRO"),
)

# How long the longest command of the page may take on a loaded machine, in seconds.
TIMEOUT = 900.0


@dataclass
class Block:
    """A fenced block of the page, and the line of text above it."""

    introduction: str
    language: str
    text: str

    @property
    def file(self) -> tuple[str, Path] | None:
        """The path that a reader creates, and the template that it is quoted from."""
        found = re.match(r"From \[`(.*)`\]\((.*)\):", self.introduction)
        return (found[1], PAGE.parent / found[2]) if found else None


def blocks() -> Iterator[Block]:
    page = PAGE.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        above = page[: found.start()].strip().splitlines()
        yield Block(above[-1], found[1], found[2])


class Terminal:
    """A shell that keeps its folder and its environment from one command to the next."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
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
    """Follows the page: creates each file, types each command, and compares what is printed."""

    def __init__(self, domain: Domain) -> None:
        self.home = domain.folder / "home"
        self.home.mkdir()
        (self.home / "rust_add_two_ints").symlink_to(REPOSITORY)
        own = Path.home()
        self.folder = domain.folder
        self.environment = domain.environment(
            **dict.fromkeys(SOURCED),
            HOME=str(self.home),
            CARGO_HOME=os.environ.get("CARGO_HOME", str(own / ".cargo")),
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(own / ".rustup")),
        )
        self.first = self.open_terminal()
        self.second = self.open_terminal()
        self.workspace = self.home / "rust_ws"
        self.server: Process | None = None

    def open_terminal(self) -> Terminal:
        folder = Path(tempfile.mkdtemp(prefix="terminal", dir=self.folder))
        return Terminal(folder, self.environment)

    def follow(self) -> None:
        for block in blocks():
            if block.file:
                path = self.workspace / block.file[0]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.language == "console":
                second = "second terminal" in block.introduction
                for command in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                    line, _, shown = command.partition("\n")
                    self.type_in(self.second if second else self.first, line, shown)
            elif block.language == "log":
                self.expect_log(block.text)

    def type_in(self, terminal: Terminal, line: str, shown: str) -> None:
        if line.endswith(" server"):
            self.end_server()
            # With exec, the shell ends, and does not keep an environment that is older by then.
            self.server = terminal.start(f"exec {line}")
            return
        if "--packages-up-to divide" in line:
            # What cargo has built of the crates that both packages use.
            build = self.workspace / "build"
            subprocess.run(["cp", "-a", build / "multiply", build / "divide"], check=True)
        printed = terminal.run(line)
        assert self.comparable(printed) == self.comparable(shown), f"{line}\n{printed}"

    def expect_log(self, shown: str) -> None:
        assert self.server is not None
        if shown.startswith("^C"):
            self.server.signal_group(signal.SIGINT)
            assert self.server.wait(10) == 0
        wanted = self.comparable(shown.removeprefix("^C"))

        def logged() -> bool:
            assert self.server is not None
            return wanted in self.comparable(self.server.stdout)

        eventually(logged, 30, f"the server logs {wanted}, and not {self.server.stdout}")

    def end_server(self) -> None:
        if self.server is not None:
            self.server.end()

    def comparable(self, text: str) -> str:
        """A text without what differs from run to run."""
        text = text.replace(str(self.home), "/home/you")
        text = re.sub(r"\[\d+\.\d+\]", "[time]", text)
        text = re.sub(r"\[(\d+min )?[\d.]+s\]", "[duration]", text)
        # Discovery takes its time; ros2 and the server react to Ctrl-C in any order.
        text = re.sub(r".*waiting (again|for service).*\n", "", text)
        return text.replace("[ros2run]: Received signal:  Interrupt\n", "")
