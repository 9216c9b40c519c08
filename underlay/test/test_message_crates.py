# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Proof that the Rust message crates are what C and Python have, in the ROS 2 that is sourced.

    make test ONLY=underlay/test/test_message_crates.py

The crates of every installed interface package are generated, and a package of interfaces that are
hard to express in Rust (message_crates_interfaces) is built in a colcon workspace, which generates
its crate through CMake. One Rust program is built against all of them, as users' programs are:
through ros-env. It tells the layout, defaults and constants of every message, which are compared
with C's introspection type support and with rclpy, and it exchanges values with an rclpy node.

Everything is built in build/message_crates.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import values
from ament_index_python import get_resource, get_resources
from introspection import Message, read_message
from ros_test_support import Domain, Process
from rust_source import inspections, rust_type, trips

TEST = Path(__file__).resolve().parent
GENERATOR = TEST.parent / "rosidl_generator_rs/rosidl_generator_rs"
SOURCES = TEST / "message_crates"
MANIFEST = SOURCES / "Cargo.toml"
BASE = TEST.parents[1] / "build/message_crates"
# A path with a space in it, since users have such.
FOLDER = BASE / f"on {os.environ['ROS_DISTRO']}"
# Where the crates of installed packages are written to, and where colcon builds.
PREFIX = FOLDER / "crates"
WORKSPACE = FOLDER / "workspace"

PACKAGE = "message_crates_interfaces"

# Deadlines, in seconds, for a loaded machine.
BUILD = 600.0
TRIPS = 60.0

# The messages that ROS makes of an interface, by its folder. Events came with Iron.
SERVICE = ["_Request", "_Response"] + ["_Event"] * (os.environ["ROS_DISTRO"] != "humble")
SUFFIXES = {
    "msg": [""],
    "srv": SERVICE,
    "action": [
        *("_Goal", "_Result", "_Feedback", "_FeedbackMessage"),
        *(f"_SendGoal{suffix}" for suffix in SERVICE),
        *(f"_GetResult{suffix}" for suffix in SERVICE),
    ],
}


@dataclass
class Built:
    """What is built once for all tests.

    `interfaces` holds the messages of each interface, by full names such as "std_srvs/srv/Empty"
    and "std_srvs/srv/Empty_Request"; `diagnostics` what rustc said about each crate.
    """

    interfaces: dict[str, list[str]]
    messages: list[Message]
    constants: dict[str, dict[str, Any]]
    travellers: dict[str, list[str]]
    diagnostics: dict[str, list[str]]


@pytest.fixture(autouse=True, scope="module")
def built() -> Iterator[Built]:
    """Build everything; this process then has the environment in which all crates are found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARGO_TARGET_DIR", str(BASE / "target"))
        build_workspace(patch)
        shutil.rmtree(PREFIX, ignore_errors=True)
        print(generate("--all", "--output-prefix", PREFIX).strip())
        patch.setenv("AMENT_PREFIX_PATH", f"{PREFIX}:{os.environ['AMENT_PREFIX_PATH']}")

        interfaces = installed_interfaces()
        messages = [read_message(name) for names in interfaces.values() for name in names]
        constants = {message.name: values.constants(message.name) for message in messages}
        travellers = {name: interfaces[name] for name in interfaces if travels(name)}
        source = FOLDER / "generated.rs"
        text = inspections(messages, constants) + trips(travellers)
        # cargo builds again what is newer.
        if not source.exists() or source.read_text(encoding="utf-8") != text:
            source.write_text(text, encoding="utf-8")
        patch.setenv("MESSAGE_CRATES_SOURCE", str(source))
        started = time.monotonic()
        diagnostics = compile_crates("build", "--locked", "--manifest-path", MANIFEST)
        print(f"built the program in {time.monotonic() - started:.0f} s")
        yield Built(interfaces, messages, constants, travellers, diagnostics)


def build_workspace(patch: pytest.MonkeyPatch) -> None:
    """Build an interface package that does not mention the generator, and source its workspace."""
    source = WORKSPACE / "src" / PACKAGE
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(SOURCES / PACKAGE, source)
    started = time.monotonic()
    # Left to itself, colcon has make wait while the machine is loaded.
    patch.setenv("MAKEFLAGS", f"-j{os.cpu_count()}")
    run(["colcon", "build", "--packages-select", PACKAGE], WORKSPACE)
    patch.delenv("MAKEFLAGS")
    print(f"built the workspace in {time.monotonic() - started:.0f} s")
    setup = WORKSPACE / "install/local_setup.bash"
    for entry in run(["bash", "-c", 'source "$0" && env -0', setup]).split("\0"):
        name, _, value = entry.partition("=")
        if name and name != "_":
            patch.setenv(name, value)
    for path in os.environ["PYTHONPATH"].split(":"):
        if path not in sys.path:
            patch.syspath_prepend(path)


def generate(*arguments: str | Path) -> str:
    """Run the generator over installed packages; return what it prints."""
    return run([sys.executable, "-B", GENERATOR, *arguments])


def run(command: Sequence[str | Path], cwd: Path = FOLDER) -> str:
    """Run a command to its end; return its stdout, or fail with all of its output."""
    with Process(command, os.environ, cwd=cwd) as process:
        if process.wait(BUILD) != 0:
            process.fail("the command failed")
        return process.stdout


def installed_interfaces() -> dict[str, list[str]]:
    """Return the messages of each interface of all packages in the ament index."""
    interfaces = {}
    for package in get_resources("rosidl_interfaces"):
        for line in get_resource("rosidl_interfaces", package)[0].split():
            if line.endswith(".idl"):
                name = f"{package}/{line.removesuffix('.idl')}"
                interfaces[name] = [name + suffix for suffix in SUFFIXES[line.split("/")[0]]]
    return interfaces


def travels(interface: str) -> bool:
    """Tell whether the values of an interface are exchanged with rclpy."""
    # rclpy leaves out the fields of type wchar, of which Wide has one.
    package, _, name = interface.split("/")
    return package in ("test_msgs", PACKAGE) and name != "Wide"


def compile_crates(*arguments: str | Path) -> dict[str, list[str]]:
    """Compile with cargo; return the diagnostics of each crate that is compiled."""
    # Twice verbose, because cargo then lets through the warnings of crates from the registry.
    # It also prints the command lines, which is too much to show when something fails.
    command = ["cargo", *arguments, "-vv", "--message-format=json"]
    diagnostics: dict[str, list[str]] = {}
    with Process(command, os.environ, cwd=FOLDER) as process:
        status = process.wait(BUILD)
        # The lines in between are what build scripts print.
        for line in filter(lambda line: line.startswith("{"), process.stdout.splitlines()):
            message = json.loads(line)
            found = diagnostics.setdefault(message.get("target", {}).get("name", ""), [])
            if message["reason"] == "compiler-message":
                found.append(message["message"]["rendered"])
        if status != 0:
            errors = [d for found in diagnostics.values() for d in found if "error" in d]
            shown = "".join(errors) or process.stderr[-2000:]
            raise AssertionError(f"{' '.join(map(str, command))} failed:\n{shown}")
    return diagnostics


def packages(built: Built) -> set[str]:
    return {interface.split("/")[0] for interface in built.interfaces}


class TestCrates:
    """Every installed interface package has a crate that compiles without a warning."""

    def test_each_interface_package_has_a_crate(self, built: Built) -> None:
        crates = {path.parts[-3] for path in PREFIX.glob("share/*/rust/Cargo.toml")}
        assert crates == packages(built)
        assert len(crates) > 15

    def test_generating_again_changes_nothing(self) -> None:
        printed = generate("test_msgs", "--output-prefix", PREFIX)
        assert re.search(r"crates of \d+ interfaces, 0 of them new or changed", printed)

    def test_ros_env_compiles_without_a_warning(self, built: Built) -> None:
        assert built.diagnostics["ros_env"] == []

    def test_a_package_that_is_built_has_the_crate_that_the_command_writes(self) -> None:
        from_cmake = WORKSPACE / "install" / PACKAGE / "share" / PACKAGE / "rust"
        assert contents(from_cmake) == contents(PREFIX / "share" / PACKAGE / "rust")


def contents(folder: Path) -> dict[str, str]:
    """Return the text of each file in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


class TestStandalone:
    """The crates are also crates by themselves, for those who do not use ros-env."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def cargo_workspace(cls) -> None:
        """Make one cargo workspace of all crates, in which they find one another."""
        crates = PREFIX.glob("share/*/rust")
        patches = "".join(f'{path.parent.name} = {{ path = "{path}" }}\n' for path in crates)
        (FOLDER / "Cargo.toml").write_text(
            '[workspace]\nresolver = "2"\nmembers = ["crates/share/*/rust"]\n\n'
            f"[patch.crates-io]\n{patches}\n[profile.dev]\ndebug = false\n",
            encoding="utf-8",
        )
        shutil.copy(SOURCES / "Cargo.lock", FOLDER)

    def test_they_compile_without_a_warning(self, built: Built) -> None:
        # clippy is not part of every Rust installation, and finds all that rustc does.
        command = "clippy" if shutil.which("cargo-clippy") else "check"
        diagnostics = compile_crates(command, "--workspace", "--all-features")
        found = {name: diagnostics.get(name) for name in packages(built)}
        assert found == {name: [] for name in found}

    def test_rustdoc_finds_nothing_and_no_comment_becomes_a_doctest(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RUSTDOCFLAGS", "-D warnings")
        run(["cargo", "doc", "--workspace", "--all-features", "--no-deps", "--quiet"])
        pages = [path.read_text() for path in (BASE / "target/doc" / PACKAGE).rglob("*.html")]
        assert "must not become a doctest" in "".join(pages)
        # The class of an example that rustdoc would compile.
        assert "rust-example-rendered" not in "".join(pages)


class TestInspection:
    """What rustc made of each message is what the C compiler and rclpy have."""

    @pytest.fixture(scope="class")
    @classmethod
    def pairs(cls, built: Built) -> list[tuple[Message, dict]]:
        """Each message in C, and what the program tells about it."""
        lines = run([BASE / "target/debug/message_crates", "inspect"]).splitlines()
        inspected = [json.loads(line) for line in lines]
        assert [found["name"] for found in inspected] == [m.name for m in built.messages]
        fields = sum(len(message.fields) for message in built.messages)
        print(f"comparing {len(inspected)} messages with {fields} fields")
        assert len(inspected) > 200
        assert fields > 800
        return list(zip(built.messages, inspected, strict=True))

    def test_structs_and_fields_have_the_sizes_and_offsets_of_the_c_structs(
        self, pairs: list[tuple[Message, dict]]
    ) -> None:
        for message, found in pairs:
            assert found["size"] == message.size, message.name
            expected = [(field.name, field.offset) for field in message.fields]
            actual = [(field["name"], field["offset"]) for field in found["fields"]]
            assert actual == expected, message.name

    def test_fields_have_the_type_bound_and_length_of_the_c_fields(
        self, pairs: list[tuple[Message, dict]]
    ) -> None:
        for message, found in pairs:
            for form in ("rmw", "idiomatic"):
                expected = {f.name: rust_type(f, rmw=form == "rmw") for f in message.fields}
                actual = {field["name"]: shortened(field[form]) for field in found["fields"]}
                assert actual == expected, message.name

    def test_messages_have_their_ros_name_and_a_type_support(
        self, pairs: list[tuple[Message, dict]]
    ) -> None:
        for message, found in pairs:
            assert found["type_name"] == message.name
            assert found["has_type_support"], message.name

    def test_defaults_are_those_of_rclpy_and_survive_conversions(
        self, pairs: list[tuple[Message, dict]]
    ) -> None:
        for message, found in pairs:
            default = values.to_json(values.message_class(message.name)())
            expected = values.rounded(message.name, default)
            assert values.rounded(message.name, found["default"]) == expected, message.name
            assert found["is_consistent"], message.name

    def test_constants_are_those_of_rclpy(
        self, built: Built, pairs: list[tuple[Message, dict]]
    ) -> None:
        compared = 0
        for message, found in pairs:
            for name, value in built.constants[message.name].items():
                actual = found["constants"][name]
                single = actual["type"] == "f32"
                expected = values.single(value) if single else value
                assert actual["value"] == expected, f"{name} of {message.name}"
                compared += 1
        print(f"compared {compared} constants")
        assert compared > 100

    def test_constants_of_each_kind_have_the_type_of_their_declaration(
        self, pairs: list[tuple[Message, dict]]
    ) -> None:
        (found,) = (f["constants"] for m, f in pairs if m.name == f"{PACKAGE}/msg/Values")
        types = {name: shortened(constant["type"]) for name, constant in found.items()}
        kinds = {"TRUTH": "bool", "BYTE_HIGH": "u8", "CHAR_A": "u8", "STRING_QUOTES": "&str"}
        for bits in (8, 16, 32, 64):
            kinds |= {f"INT{bits}_LOW": f"i{bits}", f"UINT{bits}_HIGH": f"u{bits}"}
        kinds |= {"FLOAT32_PI": "f32", "FLOAT64_PI": "f64"}
        assert types == types | kinds


def shortened(type_name: str) -> str:
    """Reduce the paths in the name of a Rust type to those that users write."""
    without_modules = re.sub(r"\brosidl_runtime_rs::\w+::", "rosidl_runtime_rs::", type_name)
    return re.sub(r"\balloc::\w+::", "", without_modules)


class TestTrip:
    """Messages travel between rclrs and rclpy nodes, through Fast DDS, and stay what they were."""

    def test_all_values_arrive_unchanged(self, built: Built) -> None:
        # What ROS itself puts into the messages behind an action, such as its id, is not for us.
        given = [
            name
            for names in built.travellers.values()
            for name in names
            if "/action/" not in name or name.endswith(("_Goal", "_Result", "_Feedback"))
        ]
        from_python = {
            name: [values.to_json(value) for value in values.values(name)]
            for name in given
            if not name.endswith("_Event")
        }
        file = FOLDER / "values.json"
        file.write_text(json.dumps(from_python), encoding="utf-8")
        events = {
            name: self._events(name, from_python) for name in given if name not in from_python
        }
        assert len(given) > 30

        started = time.monotonic()
        program = BASE / "target/debug/message_crates"
        with (
            Domain() as domain,
            Process([program, "travel", file], domain.environment()) as rust,
            Process(
                [sys.executable, SOURCES / "peer.py", *built.travellers], domain.environment()
            ) as python,
        ):
            for process, expected in ((rust, from_python | events), (python, from_python)):
                number = sum(map(len, expected.values()))
                # From the beginning alone: tried at each character, it would take minutes.
                process.wait_for_output(rf"\A(.*\n){{{number}}}", TRIPS)
                assert arrived(process.stdout) == Counter(
                    comparable(name, value) for name in expected for value in expected[name]
                )
        print(f"exchanged {len(given)} messages in {time.monotonic() - started:.1f} s")

    def _events(self, name: str, sent: Mapping[str, list]) -> list[dict]:
        """Return the events of a server that answers each request."""
        service = name.removesuffix("_Event")
        requests, responses = sent[f"{service}_Request"], sent[f"{service}_Response"]
        events = [{"request": [request], "response": []} for request in requests]
        return events + [{"request": [], "response": [response]} for response in responses]


def arrived(output: str) -> Counter[str]:
    """Count the messages that a side prints, in any order: DDS keeps it only within an instance."""
    lines = (line.split(" ", 1) for line in output.splitlines())
    return Counter(comparable(name, json.loads(value)) for name, value in lines)


def comparable(name: str, value: dict[str, Any]) -> str:
    """Return one text for all JSON forms of a message, without the time and place of an event."""
    value = {key: field for key, field in value.items() if key != "info"}
    return f"{name} {json.dumps(values.rounded(name, value), sort_keys=True)}"


class TestChangingPackage:
    """CMake keeps the crate of a package in step with its interfaces.

    Only the target of the generator is built, and only its files are installed: the C, C++ and
    Python code of the package would take most of the time, and is not under test.
    """

    def test_interfaces_that_change_come_and_go(self) -> None:
        folder = FOLDER / "changing package"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SOURCES / PACKAGE / "msg", folder / "src/msg")
        manifest = (SOURCES / PACKAGE / "package.xml").read_text(encoding="utf-8")
        (folder / "src/package.xml").write_text(manifest.replace(PACKAGE, "changing"))
        (folder / "src/srv").mkdir()
        (folder / "src/srv/Two.srv").write_text("---\n")
        (folder / "src/action").mkdir()
        (folder / "src/action/Three.action").write_text("---\n---\n")
        crate = folder / "install/share/changing/rust"

        self._build(folder, "msg/Inner.msg srv/Two.srv action/Three.action")
        assert "pub number: i32" in contents(crate)["src/msg.rs"]
        assert (crate / "src/action.rs").exists()
        unchanged = (crate / "src/srv.rs").stat().st_mtime_ns

        # The package may give its libraries another name.
        (folder / "src/msg/Inner.msg").write_text("string other\n")
        self._build(folder, "msg/Inner.msg srv/Two.srv LIBRARY_NAME other")
        sources = {"msg.rs", "msg/rmw.rs", "srv.rs", "srv/rmw.rs", "lib.rs"}
        assert set(contents(crate / "src")) == sources
        assert "pub other: ::std::string::String" in contents(crate)["src/msg.rs"]
        libraries = re.findall(r'link\(name = "(\w+)"', contents(crate)["src/msg/rmw.rs"])
        assert libraries == ["other__rosidl_typesupport_c", "other__rosidl_generator_c"]
        # What stays has no new time, for which cargo would build it again.
        assert (crate / "src/srv.rs").stat().st_mtime_ns == unchanged

    def _build(self, folder: Path, interfaces: str) -> None:
        """Configure, build and install the crate of a package with these interfaces."""
        (folder / "src/CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.20)\nproject(changing)\n"
            "find_package(ament_cmake REQUIRED)\n"
            "find_package(rosidl_default_generators REQUIRED)\n"
            f"rosidl_generate_interfaces(changing {interfaces})\nament_package()\n"
        )
        build = folder / "build"
        prefix = f"-DCMAKE_INSTALL_PREFIX={folder / 'install'}"
        run(["cmake", "-S", folder / "src", "-B", build, prefix])
        run(["cmake", "--build", build, "--target", "changing__rs"])
        run(["cmake", "--install", build, "--component", "rosidl_generator_rs"])
