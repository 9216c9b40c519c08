# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""docs/your_own_service.md from nothing, `make new`, and an interface package added later."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ros_test_support import Domain, Process, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "your_own_service.md"
TEMPLATES = REPOSITORY / "new_service" / "templates"

# What may be sourced around this test. The page begins in a terminal in which nothing is.
SOURCED = ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH", "LIBRARY_PATH")

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
        folder.mkdir()
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
        environment = domain.environment(
            **dict.fromkeys(SOURCED),
            HOME=str(self.home),
            CARGO_HOME=os.environ.get("CARGO_HOME", str(own / ".cargo")),
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(own / ".rustup")),
        )
        self.first = Terminal(domain.folder / "first", environment)
        self.second = Terminal(domain.folder / "second", environment)
        self.workspace = self.home / "rust_ws"
        self.server: Process | None = None

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
            self.server = terminal.start(line)
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


@pytest.fixture(scope="module")
def followed() -> Iterator[Reader]:
    """A reader at the end of the page, with the workspace that it has built."""
    with Domain() as domain:
        reader = Reader(domain)
        try:
            reader.follow()
            yield reader
        finally:
            reader.end_server()


def test_the_page_shows_each_template_in_full() -> None:
    shown = [block for block in blocks() if block.file]
    for block in shown:
        assert block.file
        path, template = block.file
        assert block.text == template.read_text(encoding="utf-8"), path
        package = template.resolve().relative_to(TEMPLATES)
        assert path == f"src/{package}".replace("_on_rclrs_runtime", "")
    files = [file for file in TEMPLATES.rglob("*") if file.is_file()]
    assert {block.file[1].resolve() for block in shown if block.file} == set(files)


def test_the_page_can_be_followed_from_an_empty_folder_to_a_call(followed: Reader) -> None:
    installed = followed.workspace / "install"
    for package in ("multiply", "divide"):
        for program in ("server", "client"):
            assert os.access(installed / package / "lib" / package / program, os.X_OK)


def test_a_package_that_was_built_before_links_an_interface_package_that_is_added(
    followed: Reader,
) -> None:
    package = followed.workspace / "src" / "multiply"
    manifest = package / "package.xml"
    depend = "<depend>multiply_interfaces</depend>"
    text = manifest.read_text()
    assert depend in text
    manifest.write_text(text.replace(depend, f"{depend}<depend>divide_interfaces</depend>"))
    client = package / "src" / "bin" / "client.rs"
    last = "    runtime.shutdown(node);\n"
    text = client.read_text()
    assert last in text
    other = "ros_env::divide_interfaces::srv::DivideTwoInts_Request::default()"
    client.write_text(text.replace(last, f'    println!("{{:?}}", {other});\n{last}'))
    printed = followed.first.run("colcon build --packages-select multiply")
    assert "Summary: 1 package finished" in printed, printed


def make_new(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "new", f"IN={folder}", *words], cwd=REPOSITORY, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("name", "service", "runtime"),
    [
        ("multiply", "MultiplyTwoInts", ""),
        ("r2", "X", "1"),
        ("find_the_nearest_charging_station", "FindTheNearestChargingStationOfTheFloor", "1"),
        ("node_2_motor", "SetPWM8", ""),
        ("lambda", "Context", ""),
    ],
)
def test_make_new_writes_two_packages(
    tmp_path: Path, name: str, service: str, runtime: str
) -> None:
    result = make_new(tmp_path, f"NAME={name}", f"SERVICE={service}", f"RUNTIME={runtime}")
    assert result.returncode == 0, result.stderr
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"{name}_interfaces"])
    assert (tmp_path / f"{name}_interfaces" / "srv" / f"{service}.srv").is_file()
    sources = list((tmp_path / name).rglob("*.rs"))
    assert len(sources) == (4 if runtime else 3)
    subprocess.run(["rustfmt", "--check", "--edition", "2024", *sources], check=True)
    for file in tmp_path.rglob("*"):
        if file.is_file() and name != "multiply":
            assert not re.search("multiply|MultiplyTwoInts", file.read_text()), file
    listed = subprocess.run(
        ["colcon", "list", "--base-paths", tmp_path], capture_output=True, text=True, check=True
    )
    assert f"{name}_interfaces\t" in listed.stdout
    assert "(ros.ament_cmake)" in listed.stdout
    assert "ament_cargo)" in listed.stdout
    # cargo reads the manifest, and finds rclrs_runtime at its path.
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    subprocess.run(command, cwd=tmp_path / name, capture_output=True, check=True)
    if runtime:
        manifest = (tmp_path / name / "Cargo.toml").read_text()
        path = re.search(r'rclrs_runtime = { path = "(.*)" }', manifest)
        assert path is not None
        assert (tmp_path / name / path[1]).samefile(REPOSITORY / "rclrs_runtime")


@pytest.mark.parametrize(
    ("name", "service", "why"),
    [
        ("match", "MatchTwoInts", "it is a Rust keyword"),
        ("Multiply", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("two__ints", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("two-ints", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("--help", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("build", "MultiplyTwoInts", "it conflicts with cargo's build directory names"),
        ("rclrs", "MultiplyTwoInts", "it is the name of a crate"),
        ("example_interfaces", "MultiplyTwoInts", "a package 'example_interfaces' is installed"),
        ("taken", "MultiplyTwoInts", "exists, and is not overwritten"),
        ("half_taken", "MultiplyTwoInts", "exists, and is not overwritten"),
        ("multiply", "multiplyTwoInts", "rosidl accepts letters and digits"),
        ("multiply", "Multiply_Two", "rosidl accepts letters and digits"),
        ("multiply", "Self", "it is a keyword of Rust"),
        # The only way to fail after some files are written.
        ("multiply", "M" * 300, "File name too long"),
    ],
)
def test_make_new_refuses_with_one_line_and_writes_nothing(
    tmp_path: Path, name: str, service: str, why: str
) -> None:
    for folder in ("taken", "half_taken_interfaces"):
        (tmp_path / folder).mkdir()
    result = make_new(tmp_path, f"NAME={name}", f"SERVICE={service}")
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("new: ")
    assert why in lines[0]
    assert sorted(os.listdir(tmp_path)) == ["half_taken_interfaces", "taken"]
    assert not any((tmp_path / "taken").iterdir())


def test_make_new_refuses_a_folder_in_which_colcon_does_not_search(tmp_path: Path) -> None:
    (tmp_path / "package.xml").touch()
    (tmp_path / "src").mkdir()
    for folder, why in [("src", "colcon does not"), ("no", "is not a folder")]:
        result = make_new(tmp_path / folder, "NAME=multiply", "SERVICE=MultiplyTwoInts")
        assert result.returncode != 0
        assert why in result.stderr
    assert not any((tmp_path / "src").iterdir())


def test_make_new_accepts_the_names_that_rosidl_accepts() -> None:
    from rosidl_adapter.parser import is_valid_message_name, is_valid_package_name

    import new_service.__main__ as new

    for name in ("a", "a1", "a_b", "1a", "_a", "a_", "a__b", "A", "aB", "a-b", "a\n", ""):
        assert bool(new.PACKAGE_NAME.fullmatch(name)) == is_valid_package_name(name), name
    for name in ("A", "AB", "A1", "aB", "A_b", "1A", "A-b", "A\n", ""):
        assert bool(new.SERVICE_TYPE.fullmatch(name)) == is_valid_message_name(name), name
