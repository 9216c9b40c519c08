# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The builder of the underlay: whole builds, interrupted builds, and every clear error.

Each test builds in a scratch copy of what the builder reads, never in the repository's own
`.underlay/`. Full builds download nothing that pip has in its cache.
"""

from __future__ import annotations

import ast
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import builder
import pytest
import setup_files
import wheels
from ros_test_support import Domain, Process, quick_discovery
from steps import UnderlayError

UNDERLAY = Path(__file__).resolve().parents[1]
REPOSITORY = UNDERLAY.parent
PREFIX = REPOSITORY / ".underlay"

# The wheels that the tests install; those of the underlay under test, which pip has in its cache.
DISTRIBUTION = os.environ.get("ROS_DISTRO", "")
if DISTRIBUTION not in wheels.DISTRIBUTIONS:
    DISTRIBUTION = wheels.DISTRIBUTIONS[0]

# The Python that the underlay is built with, not the one in it.
PYTHON = Path(os.path.realpath(sys.executable))

SHELLS = ("sh", "bash", "zsh")

ROS_VARIABLES = (
    "AMENT_PREFIX_PATH",
    "CMAKE_PREFIX_PATH",
    "COLCON_PREFIX_PATH",
    "FASTDDS_DEFAULT_PROFILES_FILE",
    "FASTRTPS_DEFAULT_PROFILES_FILE",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "ROS_DISTRO",
    "ROS_VERSION",
    "ROS_PYTHON_VERSION",
    "_ROS_WHEELS_BOOTSTRAP_COMPLETE",
)


def bare_environment(**more: str) -> dict[str, str]:
    """This environment as it was before any ROS 2 was sourced."""
    bare = {name: value for name, value in os.environ.items() if name not in ROS_VARIABLES}
    prefixes = [Path(word) for word in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if word]
    folders = [
        folder
        for folder in os.environ["PATH"].split(":")
        if not any(Path(folder).is_relative_to(prefix) for prefix in prefixes)
    ]
    bare["PATH"] = ":".join([str(PYTHON.parent), *folders])
    return bare | more


@contextmanager
def scratch_copy(name: str = "repository") -> Iterator[Path]:
    """A temporary folder `name` with the files of this repository that the builder reads."""
    with tempfile.TemporaryDirectory(prefix="underlay-test-") as folder:
        copy = Path(folder, name)
        ignore = shutil.ignore_patterns("test", "__pycache__")
        shutil.copytree(UNDERLAY, copy / "underlay", ignore=ignore)
        for manifest in ("package.xml", "rclrs_runtime/package.xml"):
            (copy / manifest).parent.mkdir(exist_ok=True)
            shutil.copy(REPOSITORY / manifest, copy / manifest)
        yield copy


def run(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command, in the bare environment by default; its two output streams are one."""
    return subprocess.run(
        command,
        env=dict(env or bare_environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_builder(
    copy: Path, *words: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `python3 underlay` in a copy."""
    return run([PYTHON, copy / "underlay", *words], env)


def run_builder_after(copy: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the builder in a Python from which `code` has taken something away."""
    program = f"{code}\nimport runpy, sys\nsys.argv = sys.argv[1:]\n"
    program += "sys.path.insert(0, sys.argv[0])\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    return run([PYTHON, "-c", program, copy / "underlay", *words])


def environment_of(setup_file: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The environment after a setup file was sourced in `env`."""
    result = subprocess.run(
        ["sh", "-c", f". '{setup_file}' && env -0"],
        env=dict(env),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == ""
    return dict(entry.split("=", 1) for entry in result.stdout.split("\0") if entry)


class TestOneClearMessage:
    """What a user can mend is said in one line, before or without a usable underlay."""

    @pytest.fixture(autouse=True)
    def in_a_scratch_copy(self) -> Iterator[None]:
        with scratch_copy() as self.copy:
            yield

    def assert_refused(
        self, result: subprocess.CompletedProcess[str], *phrases: str, status: int = 1
    ) -> None:
        """Checks the status, and that one line has all phrases, with nothing usable left behind."""
        assert result.returncode == status, result.stdout
        assert "Traceback" not in result.stdout
        lines = [line for line in result.stdout.splitlines() if line.startswith("underlay: ")]
        assert len(lines) == 1, result.stdout
        for phrase in phrases:
            assert phrase in lines[0]
        assert not (self.copy / ".underlay" / "underlay.json").exists()

    def test_a_python_that_is_too_old_is_refused(self) -> None:
        code = "import sys; sys.version_info = (3, 9, 18, 'final', 0)"
        result = run_builder_after(self.copy, code)
        self.assert_refused(result, "Python 3.10 or newer is needed", "Python 3.9", "PYTHON=")

    def test_the_entry_point_can_be_read_by_an_old_python(self) -> None:
        ast.parse((UNDERLAY / "__main__.py").read_text(), feature_version=(3, 4))

    def test_a_python_that_is_too_new_for_the_wheels_is_refused(self) -> None:
        code = "import sys; sys.version_info = (3, 15, 0, 'final', 0)"
        result = run_builder_after(self.copy, code)
        self.assert_refused(result, "CPython 3.10 to 3.14", "PYTHON=")

    def test_a_python_without_venv_is_refused_with_what_to_install(self) -> None:
        result = run_builder_after(self.copy, "import sys; sys.modules['ensurepip'] = None")
        self.assert_refused(result, "lacks the module 'venv'", "apt install python3-venv")

    def test_a_python_without_headers_is_refused_with_what_to_install(self) -> None:
        code = "import sysconfig; sysconfig.get_path = lambda name: '/nowhere'"
        result = run_builder_after(self.copy, code)
        self.assert_refused(result, "/nowhere/Python.h", "apt install python3-dev")

    def test_another_architecture_is_refused(self) -> None:
        if subprocess.run(["setarch", "i686", "true"], capture_output=True).returncode:
            pytest.skip("this machine cannot run as another architecture")
        result = run(["setarch", "i686", PYTHON, self.copy / "underlay"])
        self.assert_refused(result, "on x86_64", "Linux on i686", "install ROS 2")

    def test_each_platform_without_wheels_is_named_with_what_to_do(
        self, subtests: pytest.Subtests
    ) -> None:
        for platform, phrases in {
            ("aarch64", "glibc", "2.39"): ("for Linux on x86_64", "on aarch64", "install ROS 2"),
            ("x86_64", "", ""): ("musl", "such as Debian or Ubuntu"),
            ("aarch64", "musl", "1.2.5"): ("musl 1.2.5", "such as Debian or Ubuntu"),
            ("x86_64", "glibc", "2.27"): ("glibc 2.27", "2.28 or newer", "newer distribution"),
        }.items():
            with subtests.test(platform=platform), pytest.raises(UnderlayError) as refusal:
                wheels.check_platform(*platform)
            assert "\n" not in str(refusal.value)
            for phrase in phrases:
                assert phrase in str(refusal.value)
        with pytest.raises(UnderlayError, match=r"needs Linux, and this is Darwin: .* container"):
            builder.check_system("Darwin")
        wheels.check_platform("x86_64", "glibc", "2.28")
        builder.check_system("Linux")

    def test_a_missing_compiler_is_reported_with_what_to_install(self) -> None:
        with self.path_of("cargo", "cc") as path:
            result = run_builder(self.copy, env=bare_environment(PATH=path))
        self.assert_refused(result, "no C++ compiler", "apt install build-essential")

    def test_missing_and_old_rust_is_reported_with_what_to_install(self) -> None:
        with self.path_of("cc", "c++") as path:
            result = run_builder(self.copy, env=bare_environment(PATH=path))
            self.assert_refused(result, "'cargo' was not found", "Rust 1.85", "rustup.rs")
            old = Path(path, "cargo")
            old.write_text("#!/bin/sh\necho 'cargo 1.75.0 (1d8b05cdd 2023-11-20)'\n")
            old.chmod(0o755)
            result = run_builder(self.copy, env=bare_environment(PATH=path))
        self.assert_refused(result, "cargo 1.75.0", "too old", "Rust 1.85")

    @contextmanager
    def path_of(self, *commands: str) -> Iterator[str]:
        """A PATH on which there are only these commands and the shell."""
        with tempfile.TemporaryDirectory() as folder:
            for command in ("sh", "ldd", *commands):
                found = shutil.which(command, path=bare_environment()["PATH"])
                assert found is not None, f"this test needs {command}"
                # Not a link: rustup tells its commands apart by the name they are called by.
                script = Path(folder, command)
                script.write_text(f'#!/bin/sh\nexec "{found}" "$@"\n')
                script.chmod(0o755)
            yield folder

    def test_a_distribution_without_wheels_is_refused_with_those_that_have_them(self) -> None:
        result = run_builder(self.copy, "--ros-distro", "humble")
        self.assert_refused(result, "no wheels of ROS 2 'humble'", "jazzy and kilted")

    def test_an_unreachable_package_index_is_reported(self) -> None:
        # Port 9 of the loopback interface, where nothing listens.
        env = bare_environment(PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")
        env.pop("PIP_FIND_LINKS", None)
        result = run_builder(self.copy, env=env)
        self.assert_refused(result, "package index was not reached", "proxy or mirror", "again")

    def test_a_package_that_is_not_the_pinned_one_is_refused(self) -> None:
        pinned = (UNDERLAY / "requirements" / "build.txt").read_text()
        version = next(line for line in pinned.splitlines() if line.startswith("setuptools=="))
        version = version.removeprefix("setuptools==").split()[0]
        with tempfile.TemporaryDirectory() as mirror:
            Path(mirror, f"setuptools-{version}-py3-none-any.whl").write_bytes(b"something else")
            env = bare_environment(PIP_NO_INDEX="1", PIP_FIND_LINKS=mirror)
            result = run_builder(self.copy, env=env)
        self.assert_refused(result, "pinned by its hash", "mirror")

    def test_a_full_disk_is_reported(self) -> None:
        # A small file system of its own, in a mount namespace of its own.
        enter = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        mount = f"mount -t tmpfs -o size=30m full '{self.copy.parent}'"
        if subprocess.run([*enter, "sh", "-c", mount], capture_output=True).returncode:
            pytest.skip("this machine does not let the test mount a small file system")
        with scratch_copy() as original:
            script = f"{mount} && cp -r '{original}' '{self.copy}' && exec \"$@\""
            command = [*enter, "sh", "-c", script, "sh", str(PYTHON), str(self.copy / "underlay")]
            result = run(command, bare_environment(TMPDIR="/tmp"))
        self.assert_refused(result, "disk is full", "again")

    def test_a_sourced_distribution_other_than_the_one_asked_for_is_refused(self) -> None:
        prefix = self.copy / "ros"
        (prefix / "share" / "rcl").mkdir(parents=True)
        (prefix / "share" / "rcl" / "package.xml").write_text("<package/>")
        env = bare_environment(AMENT_PREFIX_PATH=str(prefix), ROS_DISTRO="humble")
        result = run_builder(self.copy, "--ros-distro", "jazzy", env=env)
        self.assert_refused(result, "ROS_DISTRO=jazzy", "ROS 2 humble is sourced", str(prefix))


class TestFromNothing:
    """Builds from wheels in a path with spaces: interrupted, repaired, and run again."""

    def test_an_interrupted_build_is_never_used_and_is_repaired_by_the_next(
        self, subtests: pytest.Subtests
    ) -> None:
        with scratch_copy("path with spaces") as copy:
            for title, number, status in (
                ("Python environment", signal.SIGKILL, -signal.SIGKILL),
                ("from PyPI wheels", signal.SIGINT, 130),
            ):
                with subtests.test(step=title):
                    self.interrupt(copy, title, number, status)
                    self.assert_unusable(copy)
            result = run_builder(copy, "--ros-distro", DISTRIBUTION)
            assert result.returncode == 0, result.stdout
            assert "an earlier run was interrupted" in result.stdout
            self.assert_usable(copy)

            marker = copy / ".underlay" / "underlay.json"
            before = marker.stat().st_mtime_ns
            result = run_builder(copy, "--ros-distro", DISTRIBUTION)
            assert result.returncode == 0, result.stdout
            assert len(result.stdout.splitlines()) == 1, "the second run builds nothing"
            assert "complete" in result.stdout
            assert marker.stat().st_mtime_ns == before

            self.assert_more_crates_when_asked(copy)

            result = run_builder(copy, "--ros-distro", "humble")
            assert result.returncode == 1, result.stdout
            assert marker.exists(), "refused before anything was removed"

            self.assert_unusable(copy.rename(copy.with_name("elsewhere")))

    def interrupt(self, copy: Path, title: str, number: int, status: int) -> None:
        """Starts a build and sends it a signal as soon as it has shown the title of a step."""
        environment = bare_environment()
        with Process(
            [PYTHON, copy / "underlay", "--ros-distro", DISTRIBUTION], environment
        ) as process:
            process.wait_for_output(title, 60)
            process.signal_group(number)
            assert process.wait(60) == status, process.stdout
            assert "Traceback" not in process.stdout + process.stderr

    def assert_unusable(self, copy: Path) -> None:
        shell = f". '{copy}/.underlay/setup.sh' && echo sourced"
        result = subprocess.run(
            ["sh", "-c", shell], env=bare_environment(), capture_output=True, text=True
        )
        assert "sourced" not in result.stdout

    def assert_usable(self, copy: Path) -> None:
        """Sources the setup file of each shell in an empty environment, and uses what it gives."""
        use = textwrap.dedent("""\
            set -e
            python3 -c 'import rclpy; from example_interfaces.srv import AddTwoInts
            rclpy.init(); print(rclpy.create_node("it_works").get_name()); rclpy.shutdown()'
            colcon --help > /dev/null
            cmake --version > /dev/null
            cargo ament-build --help > /dev/null
            ros2 service --help > /dev/null
            echo "$ROS_DISTRO"
            """)
        for shell in SHELLS:
            if not shutil.which(shell):
                continue
            file = f"'{copy}/.underlay/setup.{shell}'"
            # Twice: the second time changes nothing.
            source = textwrap.dedent(f"""\
                set -u
                . {file}
                first=$PATH:$LD_LIBRARY_PATH
                . {file}
                [ "$first" = "$PATH:$LD_LIBRARY_PATH" ]
                """)
            environment = {
                "HOME": os.environ.get("HOME", str(copy)),
                "PATH": bare_environment()["PATH"],
                "ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF",
            }
            result = run([shell, "-c", f"{source}\n{use}"], environment)
            assert result.returncode == 0, f"{shell}: {result.stdout}"
            assert result.stdout.split() == ["it_works", DISTRIBUTION], shell

    def assert_more_crates_when_asked(self, copy: Path) -> None:
        crates = copy / ".underlay" / "share"
        assert (crates / "example_interfaces/rust/Cargo.toml").exists()
        assert not (crates / "sensor_msgs/rust").exists()
        result = run_builder(copy, "--ros-distro", DISTRIBUTION, "sensor_msgs")
        assert result.returncode == 0, result.stdout
        assert "PyPI wheels ..." not in result.stdout, "only the crates are written"
        for package in ("sensor_msgs", "geometry_msgs", "std_msgs"):
            assert (crates / package / "rust" / "Cargo.toml").exists(), package
        result = run_builder(copy, "--ros-distro", DISTRIBUTION, "no_such_msgs")
        assert result.returncode == 1, result.stdout
        assert "no interface package 'no_such_msgs'" in result.stdout
        result = run_builder(copy, "--ros-distro", DISTRIBUTION)
        assert len(result.stdout.splitlines()) == 1, "crates once asked for are kept"


WHEELS = pytest.mark.skipif(
    not (PREFIX / "pyvenv.cfg").exists(), reason="needs an underlay made of wheels"
)


@WHEELS
class TestProfile:
    """The profile of Fast DDS that comes with the wheels."""

    def test_it_is_used_unless_the_user_has_one(self) -> None:
        setup = PREFIX / "setup.sh"
        ((name, file),) = quick_discovery().items()
        for users, used in ((None, file), ("", file), ("/own.xml", "/own.xml")):
            own = {} if users is None else {name: users}
            assert environment_of(setup, bare_environment(**own))[name] == used, users

    def test_a_node_announces_itself_four_times_a_second(self) -> None:
        node = "import rclpy; rclpy.init(); n = rclpy.create_node('n'); print('ready'); input()"
        with Domain() as domain, socket.socket(type=socket.SOCK_DGRAM) as other:
            # The port at which the eleventh process on this machine would receive.
            other.bind(("127.0.0.1", domain.first_port + 30))
            environment = domain.environment(**quick_discovery())
            command = [sys.executable, "-c", node]
            with Process(command, environment, stdin=subprocess.PIPE) as process:
                process.wait_for_output("ready", 30.0)
                # The first five announcements follow each other at once, whatever the profile.
                time.sleep(1.0)
                while select.select([other], [], [], 0)[0]:
                    other.recv(65536)
                begin = time.monotonic()
                other.settimeout(30.0)
                for _ in range(4):
                    other.recv(65536)
                # Without the profile, these take 12 s.
                assert time.monotonic() - begin < 4.0
            output = process.stdout + process.stderr
            assert "Error" not in output, output


@WHEELS
class TestOnASourcedRos2:
    """The two cases with a ROS 2, which a prefix made from the wheels plays."""

    @contextmanager
    def sourced(self, copy: Path, *missing: str) -> Iterator[dict[str, str]]:
        """Yields the environment of a ROS 2 installation beside `copy`, without `missing`."""
        ros = copy.with_name("opt ros")
        subprocess.run(["cp", "-al", PREFIX, ros], check=True)
        (ros / "bin" / "ros2").unlink()
        for pattern in ("underlay.json", "*setup.*", *missing):
            for path in ros.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        complete = ros / "package.xml"
        complete.touch()
        variables = {"ROS_DISTRO": DISTRIBUTION, "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"}
        lists = [("LD_LIBRARY_PATH", path) for path in ros.glob("lib/python3*/*/ros_*.libs")]
        lists += [("PATH", ros / "bin"), ("LD_LIBRARY_PATH", ros / "lib")]
        lists += [("AMENT_PREFIX_PATH", ros), ("CMAKE_PREFIX_PATH", ros)]
        setup_files.write(ros, complete, [], variables, lists, {})
        yield environment_of(ros / "setup.sh", bare_environment())

    def test_one_without_rust_crates_gets_just_these(self) -> None:
        lacks = ("share/*/rust", "share/rosidl_generator_rs", "bin/colcon", "bin/cargo-ament-build")
        with scratch_copy() as copy, self.sourced(copy, *lacks) as env:
            result = run_builder(copy, env=env)
            assert result.returncode == 0, result.stdout
            assert f"on the sourced ROS 2 {DISTRIBUTION}" in result.stdout
            assert "wheels" not in result.stdout
            underlay = copy / ".underlay"
            assert not (underlay / "share" / "rcl").exists()
            assert not (underlay / "share" / "example_interfaces" / "srv").exists()
            for package in ("example_interfaces", "rcl_interfaces", "service_msgs"):
                manifest = underlay / "share" / package / "rust" / "Cargo.toml"
                assert manifest.exists(), manifest

            # In a shell in which nothing was sourced, the setup file brings the ROS 2 along.
            both = environment_of(underlay / "setup.sh", bare_environment())
            assert not quick_discovery().keys() & both.keys()
            ros = copy.with_name("opt ros")
            assert both["AMENT_PREFIX_PATH"] == f"{underlay}:{ros}"
            assert shutil.which("colcon", path=both["PATH"]) == f"{underlay}/bin/colcon"
            subprocess.run(["colcon", "--help"], env=both, check=True, capture_output=True)
            self.assert_rust_finds_the_messages(copy, both)

    def assert_rust_finds_the_messages(self, copy: Path, env: dict[str, str]) -> None:
        """Builds and runs a program that takes its messages from ros-env."""
        program = copy / "program"
        (program / "src").mkdir(parents=True)
        (program / "Cargo.toml").write_text(
            textwrap.dedent("""\
                [package]
                name = "underlay_test"
                version = "0.0.0"
                edition = "2021"
                [dependencies]
                ros-env = "0.3"
                rosidl_runtime_rs = "0.7"
                """)
        )
        (program / "src" / "main.rs").write_text(
            textwrap.dedent("""\
                use ros_env::example_interfaces::srv::AddTwoInts_Request;
                use rosidl_runtime_rs::Message;
                use std::borrow::Cow;
                fn main() {
                    let request = AddTwoInts_Request { a: 2, b: 3 };
                    let rmw = AddTwoInts_Request::into_rmw_message(Cow::Owned(request));
                    println!("{} {}", rmw.a, rmw.b);
                }
                """)
        )
        shutil.copy(REPOSITORY / "Cargo.lock", program)
        result = subprocess.run(
            ["cargo", "run", "--quiet"],
            cwd=program,
            env=env | {"CARGO_TARGET_DIR": str(copy / "target")},
            capture_output=True,
            text=True,
        )
        assert result.stdout == "2 3\n", result.stderr

    def test_one_that_ships_rust_crates_is_only_passed_on(self) -> None:
        with scratch_copy() as copy, self.sourced(copy) as env:
            # A real `ros2` is on the PATH of a whole installation.
            real = copy.with_name("opt ros") / "bin" / "ros2"
            real.write_text("#!/bin/sh\n")
            real.chmod(0o755)
            result = run_builder(copy, env=env)
            assert result.returncode == 0, result.stdout
            underlay = copy / ".underlay"
            given = {path.name for path in underlay.iterdir()}
            files = {f"{kind}.{shell}" for kind in ("setup", "local_setup") for shell in SHELLS}
            assert given == files | {"underlay.json", "underlay.log"}
            after = environment_of(underlay / "setup.sh", bare_environment())
            assert after["AMENT_PREFIX_PATH"] == str(copy.with_name("opt ros"))
            assert shutil.which("ros2", path=after["PATH"]) == str(real)
