# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Proof that the Rust message crates are what C and Python have, in the ROS 2 that is sourced.

    make test ONLY=underlay/test/test_message_crates.py

The crates of every installed interface package are generated, and a package of interfaces that are
hard to express in Rust (message_crates_interfaces) is built in a colcon workspace, which generates
its crate through CMake. One Rust program is built against all of them, as users' programs are:
through ros-env. It tells the layout, defaults and constants of every message, which are compared
with C's introspection type support and with rclpy, and it exchanges values with an rclpy node.

Everything is built in build/message_crates, or the folder that MESSAGE_CRATES_BUILD names; cargo
builds in its subfolder target, or what CARGO_TARGET_DIR names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import interfaces as idl
import pytest
from introspection import Introspection, Message
from ros_test_support import Domain, Process
from rust_source import inspections, rust_type, trips

TEST = Path(__file__).resolve().parent
GENERATOR = TEST.parent / "rosidl_generator_rs"
SOURCES = TEST / "message_crates"

WORKSPACE_PACKAGE = "message_crates_interfaces"

# Deadlines, in seconds, for a loaded machine.
BUILD = 600.0
TRIPS = 60.0


class Crates:
    """What is built once for all tests, and the environments to use it in."""

    def __init__(self) -> None:
        for variable in ("AMENT_PREFIX_PATH", "ROS_DISTRO"):
            if variable not in os.environ:
                raise RuntimeError(f"{variable} is not set: source the setup file of a ROS 2 first")
        base = Path(
            os.environ.get("MESSAGE_CRATES_BUILD", TEST.parents[1] / "build/message_crates")
        )
        self.target = Path(os.environ.get("CARGO_TARGET_DIR", base / "target"))
        # A path with a space in it, since users have such.
        self.folder = base / f"on {os.environ['ROS_DISTRO']}"
        self.workspace = self.folder / "workspace"
        self.prefix = self.folder / "crates"
        self.installed = [Path(p) for p in os.environ["AMENT_PREFIX_PATH"].split(":") if p]

    def build(self) -> None:
        self._build_workspace()
        self._generate()
        self._describe()
        self._build_program()

    def _build_workspace(self) -> None:
        """Build the generator, and then with it an interface package that does not mention it."""
        source = self.workspace / "src"
        shutil.rmtree(source, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(GENERATOR, source / "rosidl_generator_rs", ignore=ignored)
        shutil.copytree(SOURCES / WORKSPACE_PACKAGE, source / WORKSPACE_PACKAGE)
        started = time.monotonic()
        self.environment = self.colcon_build("rosidl_generator_rs", dict(os.environ))
        self.environment = self.colcon_build(WORKSPACE_PACKAGE, self.environment)
        print(f"built the workspace in {time.monotonic() - started:.0f} s")

    def colcon_build(self, package: str, environment: Mapping[str, str]) -> dict[str, str]:
        """Build a package of the workspace; return the environment with the workspace sourced."""
        command = ["colcon", "build", "--packages-select", package]
        # Left to itself, colcon has make wait while the machine is loaded.
        jobs = {"MAKEFLAGS": f"-j{os.cpu_count()}"}
        run(command, {**environment, **jobs}, self.workspace)
        setup = self.workspace / "install/local_setup.bash"
        script = 'source "$0" && env -0'
        sourced = run(["bash", "-c", script, setup], environment, self.workspace)
        return dict(entry.split("=", 1) for entry in sourced.split("\0") if "=" in entry)

    def _generate(self) -> None:
        shutil.rmtree(self.prefix, ignore_errors=True)
        print(self.generate("--all").strip())
        search = [str(self.prefix), self.environment["AMENT_PREFIX_PATH"]]
        self.environment["AMENT_PREFIX_PATH"] = ":".join(search)
        self.environment["CARGO_TARGET_DIR"] = str(self.target)

    def generate(self, *arguments: str) -> str:
        """Run the generator over installed packages; return what it prints."""
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        environment["PYTHONPATH"] = f"{GENERATOR}:{environment.get('PYTHONPATH', '')}".strip(":")
        command = ["python3", "-m", "rosidl_generator_rs", "--output-prefix", str(self.prefix)]
        return run([*command, *arguments], environment, self.folder)

    def _describe(self) -> None:
        """Read what C and Python know, and write the part of the program that names everything."""
        prefixes = [Path(p) for p in self.environment["AMENT_PREFIX_PATH"].split(":")]
        self.introspection = Introspection(prefixes)
        self.interfaces = idl.installed(prefixes, events=has_service_events())
        names = [name for interface in self.interfaces for name in interface.fields]
        self.messages = [self.introspection.message(name) for name in names]
        for path in self.environment.get("PYTHONPATH", "").split(":"):
            if path and path not in sys.path:
                sys.path.append(path)
        import values

        self.values = values
        self.constants = {name: values.constants(name) for name in names}
        self.travellers = [i for i in self.interfaces if travels(i)]
        source = self.folder / "generated.rs"
        text = inspections(self.messages, self.constants) + trips(self.travellers)
        if not source.exists() or source.read_text(encoding="utf-8") != text:
            source.write_text(text, encoding="utf-8")
        self.environment["MESSAGE_CRATES_SOURCE"] = str(source)

    def _build_program(self) -> None:
        started = time.monotonic()
        manifest = SOURCES / "Cargo.toml"
        self.diagnostics = self.compile("build", "--locked", "--manifest-path", manifest)
        self.program = self.target / "debug" / "message_crates"
        print(f"built the program in {time.monotonic() - started:.0f} s")

    def compile(self, *arguments: str | Path) -> dict[str, list[str]]:
        """Compile with cargo; return the diagnostics of each crate that is compiled."""
        # Twice verbose, because cargo then lets through the warnings of crates from the registry.
        # It also prints the command lines, which is too much to show when something fails.
        command = ["cargo", *arguments, "-vv", "--message-format=json"]
        diagnostics: dict[str, list[str]] = {}
        with Process(command, self.environment, cwd=self.folder) as process:
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

    def cargo(self, *arguments: str | Path, **variables: str) -> str:
        """Run cargo in the environment with all crates; return what it prints on stdout."""
        return run(["cargo", *arguments], {**self.environment, **variables}, self.folder)


CRATES: Crates


@pytest.fixture(autouse=True, scope="module")
def crates() -> None:
    global CRATES
    CRATES = Crates()
    CRATES.build()


def run(command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path) -> str:
    """Run a command to its end; return its stdout, or fail with all of its output."""
    cwd.mkdir(parents=True, exist_ok=True)
    with Process(command, environment, cwd=cwd) as process:
        if process.wait(BUILD) != 0:
            process.fail("the command failed")
        return process.stdout


def has_service_events() -> bool:
    """Tell whether services of this distribution have event messages, as they do since Iron."""
    return os.environ["ROS_DISTRO"] != "humble"


def travels(interface: idl.Interface) -> bool:
    """Tell whether the values of an interface are exchanged with rclpy."""
    # rclpy leaves out the fields of type wchar, of which Wide has one.
    return interface.package in ("test_msgs", WORKSPACE_PACKAGE) and not interface.name.endswith(
        "/Wide"
    )


class TestCrates:
    """Every installed interface package has a crate that compiles without a warning."""

    def test_each_interface_package_has_a_crate(self) -> None:
        crates = {path.parts[-3] for path in CRATES.prefix.glob("share/*/rust/Cargo.toml")}
        packages = {interface.package for interface in CRATES.interfaces}
        assert crates | {WORKSPACE_PACKAGE} == packages
        assert len(packages) > 15

    def test_generating_again_changes_nothing(self) -> None:
        printed = CRATES.generate("test_msgs")
        assert re.search(r"1 crates of \d+ interfaces, 0 of them new or changed", printed)

    def test_ros_env_compiles_without_a_warning(self) -> None:
        assert CRATES.diagnostics["ros_env"] == []

    def test_ros_env_compiles_without_serde_and_without_a_warning(self) -> None:
        manifest = str(SOURCES / "Cargo.toml")
        arguments = ["check", "--locked", "--package", "ros-env", "--manifest-path", manifest]
        assert CRATES.compile(*arguments)["ros_env"] == []


class TestStandalone:
    """The crates are also crates by themselves, for those who do not use ros-env."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def cargo_workspace(cls) -> None:
        """Make one cargo workspace of all crates, in which they find one another."""
        crates = {
            path.parts[-3]: path.parent.relative_to(CRATES.folder)
            for pattern in ("crates/share/*/rust/*.toml", "workspace/install/*/share/*/rust/*.toml")
            for path in CRATES.folder.glob(pattern)
        }
        members = "".join(f'    "{path}",\n' for path in crates.values())
        patches = "".join(f'{name} = {{ path = "{path}" }}\n' for name, path in crates.items())
        (CRATES.folder / "Cargo.toml").write_text(
            f'[workspace]\nresolver = "2"\nmembers = [\n{members}]\n\n'
            f"[patch.crates-io]\n{patches}\n[profile.dev]\ndebug = false\n",
            encoding="utf-8",
        )
        shutil.copy(SOURCES / "Cargo.lock", CRATES.folder)

    def test_they_compile_without_a_warning(self) -> None:
        self._lint("--workspace")

    def test_they_compile_with_serde_and_without_a_warning(self) -> None:
        self._lint("--package", WORKSPACE_PACKAGE, "--features", "serde")

    def _lint(self, *arguments: str) -> None:
        # clippy is not part of every Rust installation, and finds all that rustc does.
        clippy = subprocess.run(["cargo", "clippy", "--version"], capture_output=True)
        diagnostics = CRATES.compile("check" if clippy.returncode else "clippy", *arguments)
        packages = {interface.package for interface in CRATES.interfaces}
        found = {name: diagnostics[name] for name in packages & diagnostics.keys()}
        assert WORKSPACE_PACKAGE in found
        assert [d for ds in found.values() for d in ds] == []

    def test_rustdoc_finds_nothing(self) -> None:
        CRATES.cargo("doc", "--workspace", "--no-deps", "--quiet", RUSTDOCFLAGS="-D warnings")

    def test_no_comment_becomes_a_doctest(self) -> None:
        shown = CRATES.cargo("test", "--doc", "--package", WORKSPACE_PACKAGE)
        assert "running 0 tests" in shown


class TestInspection:
    """What rustc made of each message is what the C compiler and rclpy have."""

    inspections: dict[str, dict]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def inspect(cls) -> None:
        lines = run([CRATES.program, "inspect"], CRATES.environment, CRATES.folder).splitlines()
        cls.inspections = {entry["name"]: entry for entry in map(json.loads, lines)}

    def _pairs(self) -> list[tuple[Message, dict]]:
        return [(message, self.inspections[message.name]) for message in CRATES.messages]

    def test_each_message_of_each_idl_file_is_compared(self) -> None:
        expected = {name: n for i in CRATES.interfaces for name, n in i.fields.items()}
        in_c = {message.name: len(message.fields) for message in CRATES.messages}
        in_rust = {name: len(entry["fields"]) for name, entry in self.inspections.items()}
        assert in_c == expected
        assert in_rust == expected
        packages = {interface.package for interface in CRATES.interfaces}
        print(
            f"compared {len(expected)} messages with {sum(expected.values())} fields, of "
            f"{len(CRATES.interfaces)} interfaces in {len(packages)} packages"
        )
        assert len(expected) > 200
        assert sum(expected.values()) > 800

    def test_structs_have_the_size_of_the_c_structs(self) -> None:
        for message, found in self._pairs():
            assert found["size"] == message.size, message.name

    def test_fields_have_the_offset_of_the_c_fields(self) -> None:
        for message, found in self._pairs():
            expected = [(field.name, field.offset) for field in message.fields]
            actual = [(field["name"], field["offset"]) for field in found["fields"]]
            assert actual == expected, message.name

    def test_fields_have_the_type_bound_and_length_of_the_c_fields(
        self, subtests: pytest.Subtests
    ) -> None:
        for message, found in self._pairs():
            for field, actual in zip(message.fields, found["fields"], strict=True):
                with subtests.test(f"{field.name} of {message.name}"):
                    assert shortened(actual["rmw"]) == rust_type(field, rmw=True)
                    assert shortened(actual["idiomatic"]) == rust_type(field, rmw=False)

    def test_messages_have_their_ros_name_and_a_type_support(self) -> None:
        for message, found in self._pairs():
            assert found["type_name"] == message.name
            assert found["has_type_support"], message.name

    def test_defaults_are_those_of_rclpy(self, subtests: pytest.Subtests) -> None:
        for message, found in self._pairs():
            with subtests.test(message.name):
                default = CRATES.values.message_class(message.name)()
                expected = CRATES.values.rounded(default, CRATES.values.to_json(default))
                actual = CRATES.values.rounded(default, found["default"])
                assert actual == expected

    def test_conversions_leave_the_defaults_unchanged(self) -> None:
        assert [m.name for m, found in self._pairs() if not found["is_consistent"]] == []

    def test_constants_are_those_of_rclpy(self, subtests: pytest.Subtests) -> None:
        compared = 0
        for message, found in self._pairs():
            for name, value in CRATES.constants[message.name].items():
                with subtests.test(f"{name} of {message.name}"):
                    actual = found["constants"][name]
                    single = actual["type"] == "f32"
                    assert actual["value"] == (CRATES.values.single(value) if single else value)
                    compared += 1
        print(f"compared {compared} constants")
        assert compared > 100

    def test_constants_of_each_kind_have_the_type_of_their_declaration(self) -> None:
        found = self.inspections[f"{WORKSPACE_PACKAGE}/msg/Values"]["constants"]
        types = {name: shortened(constant["type"]) for name, constant in found.items()}
        kinds = {"TRUTH": "bool", "BYTE_HIGH": "u8", "CHAR_A": "u8", "STRING_QUOTES": "&str"}
        for bits in (8, 16, 32, 64):
            kinds[f"INT{bits}_LOW" if bits < 64 else "INT64_LOW"] = f"i{bits}"
            kinds[f"UINT{bits}_HIGH"] = f"u{bits}"
        kinds |= {"FLOAT32_PI": "f32", "FLOAT64_PI": "f64"}
        assert types == types | kinds


def shortened(type_name: str) -> str:
    """Reduce the paths in the name of a Rust type to those that users write."""
    return re.sub(r"\brosidl_runtime_rs::\w+::|\balloc::\w+::", _short_path, type_name)


def _short_path(match: re.Match[str]) -> str:
    return "" if match[0].startswith("alloc") else "rosidl_runtime_rs::"


class TestTrip:
    """Messages travel between rclrs and rclpy nodes, through Fast DDS, and stay what they were."""

    def test_all_values_arrive_unchanged(self) -> None:
        names = [name for interface in CRATES.travellers for name in interface.fields]
        # What ROS itself puts into the messages behind an action, such as its id, is not for us.
        given = [
            n for n in names if "/action/" not in n or n.endswith(("_Goal", "_Result", "_Feedback"))
        ]
        values: dict[str, list[Any]] = {}
        for name in given:
            if name.endswith("_Event"):
                values[name] = self._events(name, values)
            else:
                values[name] = [CRATES.values.to_json(v) for v in CRATES.values.values(name)]
        values_file = CRATES.folder / "values.json"
        values_file.write_text(json.dumps(values), encoding="utf-8")
        kinds_file = CRATES.folder / "travellers.json"
        kinds = {interface.name: interface.kind for interface in CRATES.travellers}
        kinds_file.write_text(json.dumps(kinds), encoding="utf-8")

        built = {k: v for k, v in CRATES.environment.items() if os.environ.get(k) != v}
        started = time.monotonic()
        with (
            Domain() as domain,
            Process(
                [CRATES.program, "travel", values_file],
                domain.environment(**built),
                stdin=subprocess.PIPE,
            ) as rust,
            Process(
                [sys.executable, SOURCES / "peer.py", kinds_file],
                domain.environment(**built),
                stdin=subprocess.PIPE,
            ) as python,
        ):
            for process in (rust, python):
                process.wait_for_output("^done$", TRIPS)
            for process in (rust, python):
                process.stdin.close()
            for process in (rust, python):
                assert process.wait(TRIPS) == 0, process.stderr
            lines = rust.stdout.splitlines() + python.stdout.splitlines()
        different = [line for line in lines if line.startswith("different")]
        assert different == []
        self._check_numbers(lines, values)
        print(f"exchanged {len(given)} messages in {time.monotonic() - started:.1f} s")

    def _events(self, name: str, values: Mapping[str, list]) -> list[dict]:
        """Return the events of a server that answers each request, with nothing in their info."""
        stamp = {"sec": 0, "nanosec": 0}
        info = {"event_type": 0, "stamp": stamp, "client_gid": [0] * 16, "sequence_number": 0}
        service = name.removesuffix("_Event")
        events = []
        for request, response in zip(
            values[f"{service}_Request"], values[f"{service}_Response"], strict=True
        ):
            events.append({"info": info, "request": [request], "response": []})
            events.append({"info": info, "request": [], "response": [response]})
        return events

    def _check_numbers(self, lines: Sequence[str], values: Mapping[str, list]) -> None:
        """Check that each value was compared wherever it arrives, and that there are enough."""
        expected: Counter[str] = Counter()
        for name, sent in values.items():
            ways = ["Python to Rust"]
            if not name.endswith("_Event"):
                ways.append("Rust to Python")
            if "/msg/" in name:
                ways += ["Rust to Python to Rust", "Python to Rust to Python"]
            expected.update({f"same {name} ({way})": len(sent) for way in ways})
        assert Counter(line for line in lines if line.startswith("same")) == expected
        assert len(values) > 30


class TestCMake:
    """An interface package in a workspace gets its crate when it is built, and only then."""

    crate = Path("share") / WORKSPACE_PACKAGE / "rust"

    @property
    def installed(self) -> Path:
        return CRATES.workspace / "install" / WORKSPACE_PACKAGE

    def test_the_crate_is_the_one_of_the_command(self, monkeypatch: pytest.MonkeyPatch) -> None:
        other = CRATES.folder / "command"
        shutil.rmtree(other, ignore_errors=True)
        monkeypatch.setenv("AMENT_PREFIX_PATH", self._search_path())
        CRATES.generate(WORKSPACE_PACKAGE, "--output-prefix", str(other))
        assert contents(self.installed / self.crate) == contents(other / self.crate)

    def _search_path(self) -> str:
        return ":".join(map(str, [self.installed, *CRATES.installed]))

    def test_it_is_not_registered_for_cargo_patches(self) -> None:
        index = self.installed / "share/ament_index/resource_index"
        assert (index / "rosidl_interfaces" / WORKSPACE_PACKAGE).is_file()
        assert not (index / "rust_packages").exists()


class TestChangingPackage:
    """CMake keeps the crate of a package in step with its interfaces.

    Only the target of the generator is built, and only its files are installed: the C, C++ and
    Python code of the package would take most of the time, and is not under test.
    """

    @pytest.fixture(autouse=True)
    def set_up(self) -> None:
        self.folder = CRATES.folder / "changing package"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "src").mkdir(parents=True)
        self.crate = self.folder / "install/share/changing/rust"

    def _write(self, calls: str, *, name: str = "changing", **interfaces: str) -> None:
        """Write the package; `calls` are those of rosidl_generate_interfaces."""
        source = self.folder / "src"
        package = (SOURCES / WORKSPACE_PACKAGE / "package.xml").read_text(encoding="utf-8")
        files = {
            "package.xml": package.replace(WORKSPACE_PACKAGE, name),
            "CMakeLists.txt": f"cmake_minimum_required(VERSION 3.20)\nproject({name})\n"
            "find_package(ament_cmake REQUIRED)\n"
            "find_package(rosidl_default_generators REQUIRED)\n"
            f"{calls}\nament_package()\n",
            **{path.replace("__", "/").replace("_dot_", "."): t for path, t in interfaces.items()},
        }
        for path, text in files.items():
            file = source / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def _build(self) -> None:
        """Configure, build and install the crate."""
        build = self.folder / "build"
        prefix = f"-DCMAKE_INSTALL_PREFIX={self.folder / 'install'}"
        commands: list[list[str | Path]] = [
            ["cmake", "-S", self.folder / "src", "-B", build, prefix],
            ["cmake", "--build", build, "--target", "changing__rs"],
            ["cmake", "--install", build, "--component", "rosidl_generator_rs"],
        ]
        for command in commands:
            run(command, CRATES.environment, self.folder)

    def test_interfaces_that_change_come_and_go(self) -> None:
        call = "rosidl_generate_interfaces(changing {})"
        one = {"msg__One_dot_msg": "int32 number\n"}
        self._write(call.format("msg/One.msg srv/Two.srv"), **one, srv__Two_dot_srv="---\n")
        self._build()
        sources = {"Cargo.toml", "src/lib.rs", "src/msg.rs", "src/msg/rmw.rs"}
        assert set(contents(self.crate)) == sources | {"src/srv.rs", "src/srv/rmw.rs"}
        assert "pub number: i32" in contents(self.crate)["src/msg.rs"]

        # Nothing to do, and so no file with a new time, for cargo to build again.
        times = {path: path.stat().st_mtime_ns for path in self.crate.rglob("*.rs")}
        self._build()
        assert {path: path.stat().st_mtime_ns for path in times} == times

        # The package may give its libraries another name.
        renamed = {"msg__One_dot_msg": "int32 number\nstring text\n"}
        self._write(call.format("msg/One.msg LIBRARY_NAME other"), **renamed)
        self._build()
        assert set(contents(self.crate)) == sources
        assert "pub text: ::std::string::String" in contents(self.crate)["src/msg.rs"]
        libraries = re.findall(r'link\(name = "(\w+)"', contents(self.crate)["src/msg/rmw.rs"])
        assert libraries == ["other__rosidl_typesupport_c", "other__rosidl_generator_c"]

    def test_a_package_that_rust_cannot_name_is_left_out_with_a_warning(self) -> None:
        call = "rosidl_generate_interfaces(${PROJECT_NAME} msg/One.msg)"
        self._write(call, name="impl", msg__One_dot_msg="int32 number\n")
        with Process(
            [
                "bash",
                "-c",
                'cmake -S "$0" -B "$1" && cmake --build "$1" --target impl__rs',
                self.folder / "src",
                self.folder / "build",
            ],
            CRATES.environment,
        ) as process:
            assert process.wait(BUILD) == 0, process.stderr
            assert "no Rust crate: package 'impl' is a Rust keyword" in process.stderr


def contents(folder: Path) -> dict[str, str]:
    """Return the text of each file in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}
