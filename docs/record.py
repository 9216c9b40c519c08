# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of README.md from real runs: `make record`.

Each command runs at a terminal of its own, and each prompt gets its next answer. What the terminal
shows in the end is drawn.
"""

from __future__ import annotations

import codecs
import io
import os
import pty
import re
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from itertools import cycle, repeat
from pathlib import Path

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).parent
COLUMNS = 100

# Longer than any command is silent, in seconds: `make demo` may have to compile first.
SILENCE = 600.0

HEADER = """\
<!-- Copyright 2026 the rust_add_two_ints authors -->
<!-- SPDX-License-Identifier: Apache-2.0 -->
"""

# The picture, the command, and the answers to each prompt.
RECORDINGS: list[tuple[str, str, dict[str, Iterator[str]]]] = [
    ("demo.svg", "make demo", {}),
    (
        "game.svg",
        "make rps",
        {"Your hand: ": cycle(["rock", "paper", "scissors"]), "[Y/n] ": repeat("n")},
    ),
]


def run(command: str, answers: Mapping[str, Iterator[str]]) -> str:
    """Run a command at a terminal, and return all that this has shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("sh", ["sh", "-c", f"stty columns {COLUMNS}; exec {command}"])
    shown = ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        if not select.select([terminal], [], [], SILENCE)[0]:
            os.killpg(pid, signal.SIGTERM)
            sys.exit(f"{command} has printed nothing for {SILENCE:.0f} s after: {shown}")
        try:
            shown += decoder.decode(os.read(terminal, 65536))
        except OSError:  # Linux reports the end of a terminal as an error.
            break
        for prompt, texts in answers.items():
            if shown.endswith(prompt):
                os.write(terminal, f"{next(texts)}\n".encode())
    _, status = os.waitpid(pid, 0)
    if status != 0:
        sys.exit(f"{command} has failed: {shown}")
    # colcon sets the title of the window, which is not in the picture.
    return re.sub(r"\x1b\].*?(\x07|\x1b\\)", "", shown).replace("\r\n", "\n")


def main() -> None:
    for name, command, answers in RECORDINGS:
        console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
        console.print(Text.from_ansi(f"$ {command}\n{run(command, answers)}"))
        # Without the fonts that a browser would load from elsewhere: it has a monospaced one.
        picture = re.sub(
            r"\s*@font-face \{.*?\}", "", console.export_svg(title=command), flags=re.S
        )
        (DOCS / name).write_text(HEADER + picture, encoding="utf-8")


if __name__ == "__main__":
    main()
