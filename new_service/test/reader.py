# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A reader who follows docs/your_own_service.md from an empty folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ros_test_support import Domain
from ros_test_support.pages import REPOSITORY, Block, Reader

PAGE = REPOSITORY / "docs" / "your_own_service.md"

# What may be sourced around this test. The page begins in a terminal in which nothing is.
SOURCED = (
    *("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH", "CARGO_TARGET_DIR"),
    *("LD_LIBRARY_PATH", "LIBRARY_PATH", "PYTHONPATH", "ROS_DISTRO"),
)


class ServicePageReader(Reader):
    """Creates each file of the page too, in a home folder of their own."""

    def __init__(self, domain: Domain) -> None:
        self.home = domain.folder / "home"
        self.home.mkdir()
        (self.home / "rust_add_two_ints").symlink_to(REPOSITORY)
        own = Path.home()
        environment = domain.environment(
            **dict.fromkeys(SOURCED),
            HOME=str(self.home),
            CARGO_HOME=os.environ.get("CARGO_HOME", str(own / ".cargo")),
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(own / ".rustup")),
        )
        super().__init__(PAGE, domain.folder, environment)
        self.first = self.open_terminal()
        self.second = self.open_terminal()
        self.workspace = self.home / "rust_ws"

    def read(self, block: Block) -> None:
        if block.source:
            path = self.workspace / block.source[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")

    def type_in(self, block: Block, line: str, shown: str) -> None:
        terminal = self.second if "second terminal" in block.introduction else self.first
        if line.endswith(" server"):
            self.start_server(terminal, line)
            return
        if "--packages-up-to divide" in line:
            # What cargo has built of the crates that both packages use.
            build = self.workspace / "build"
            subprocess.run(["cp", "-a", build / "multiply", build / "divide"], check=True)
        printed = terminal.run(line)
        assert self.comparable(printed) == self.comparable(shown), f"{line}\n{printed}"

    def comparable(self, text: str) -> str:
        return super().comparable(text.replace(str(self.home), "/home/you"))
