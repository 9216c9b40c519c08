# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the underlay: what this machine's ROS 2 lacks for this repository, in one prefix.

Each step asks what is lacking and supplies just that, so one path serves every machine: one without
ROS 2 lacks everything, one with a sourced Jazzy lacks the Rust message crates, one with a sourced
Lyrical lacks nothing, and its underlay is only a setup file that passes on what is sourced.

`underlay.json` is removed first and written last. Without it the setup files refuse to be sourced,
so an underlay whose build was interrupted cannot be used, and the next run builds it again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import setup_files
import wheels
from steps import CommandFailed, Steps, UnderlayError

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
PREFIX = REPOSITORY / ".underlay"
COMPLETE = PREFIX / "underlay.json"
LOG = PREFIX / "underlay.log"
TOOLS = PREFIX / "tools"

# rclrs 0.8 is written for this Rust and newer (`rust-version` in its Cargo.toml).
_OLDEST_RUST = (1, 85)


def main() -> int | str:
    """Runs the command line; returns its exit status, or what is wrong, with which it is 1."""
    if Path(sys.prefix).is_relative_to(PREFIX):
        # The underlay is sourced, so `python3` is the one in it, which a build may remove.
        python: str = sys._base_executable  # type: ignore[attr-defined]
        os.execv(python, [python, *sys.orig_argv[1:]])
    arguments = _parse(sys.argv[1:])
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        build(arguments.ros_distro, arguments.interfaces)
    except UnderlayError as error:
        return f"underlay: {error}"
    except CommandFailed as failure:
        return f"underlay: {failure}, saying '{_gist(failure.output)}': the whole log is {LOG}"
    except OSError as error:
        hint = "free about 1 GB and run this again" if error.errno == 28 else "see to it, run again"
        return f"underlay: {error.filename or PREFIX}: {error.strerror}: {hint}"
    return 0


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    """Ends this process at once, wherever it is.

    An exception would be lost where a signal arrives while Python runs a finalizer or the callback
    of a weak reference, as it does in each import.
    """
    os.write(1, b"interrupted\n")
    os.write(2, b"underlay: interrupted; the next run builds it again\n")
    os._exit(128 + number)


def _gist(output: Sequence[str]) -> str:
    """The line of a failed command's output that most likely says why."""
    lines = [line.strip() for line in output if line.strip()]
    for number, line in enumerate(lines):
        if re.search(r"\berror\b", line, re.I):
            # CMake says where on one line, and what on the next few.
            cause = lines[number : number + 4] if line.endswith("(message):") else [line]
            return " ".join(cause)
    return lines[-1] if lines else "nothing"


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="underlay",
        description="Builds in .underlay/ what this machine's ROS 2 lacks for this repository.",
    )
    parser.add_argument(
        "--ros-distro",
        metavar="NAME",
        help="distribution of the wheels, where no ROS 2 is sourced: "
        f"{' or '.join(wheels.DISTRIBUTIONS)} (default: {wheels.DISTRIBUTIONS[0]})",
    )
    parser.add_argument(
        "interfaces",
        metavar="INTERFACE_PACKAGE",
        nargs="*",
        help="write Rust message crates for this installed interface package too",
    )
    return parser.parse_args(words)


@dataclass(frozen=True)
class Machine:
    """What of ROS 2 this machine has: the sourced prefixes, nearest first, and their name."""

    prefixes: tuple[Path, ...]
    chained: tuple[Path, ...]
    distribution: str

    @property
    def has_ros(self) -> bool:
        """Whether a ROS 2 installation is sourced."""
        return bool(self.prefixes)

    def has_package(self, name: str) -> bool:
        """Whether the ROS package `name` is installed in a sourced prefix."""
        return any((prefix / "share" / name / "package.xml").exists() for prefix in self.prefixes)


def build(ros_distro: str | None, asked: Iterable[str]) -> None:
    """Makes the underlay complete, or finds that it is.

    `ros_distro` names the wheels to use where no ROS 2 is sourced; `asked` names interface packages
    that get Rust crates beside those that this repository depends on. Raises UnderlayError.
    """
    lock = _lock()
    machine = _look_around(ros_distro)
    fingerprint = _fingerprint(machine)
    state = _read_state()
    complete = state.get("fingerprint") == fingerprint
    # A crate that was asked for once is kept for as long as its underlay.
    extra = sorted({*asked, *(state.get("asked", []) if complete else [])})
    if complete and extra == state["asked"]:
        print(f"Underlay: {_summary(machine)}: complete in {PREFIX.name}/")
        return

    print(f"Underlay: {_summary(machine)}", flush=True)
    _check_tools(machine)
    if not complete:
        _clear(state)
        PREFIX.mkdir(parents=True, exist_ok=True)
    steps = Steps(LOG, lock)
    if not complete:
        _supply(steps, machine)
    _write_crates(steps, machine, extra)
    settings = _settings(machine)
    setup_files.write(PREFIX, COMPLETE, machine.chained, *settings, _defaults(machine))
    COMPLETE.write_text(json.dumps({"fingerprint": fingerprint, "asked": extra}) + "\n")
    used = sum(file.lstat().st_size for file in PREFIX.rglob("*") if file.is_file()) / 1e6
    print(f"  complete in {steps.total():.0f} s, {used:.0f} MB: source {PREFIX.name}/setup.bash")


def _lock() -> int:
    """Waits until this is the only run that builds this underlay; returns the lock's descriptor."""
    lock = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Underlay: waiting for another run, or what is left of one, to end", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _look_around(ros_distro: str | None) -> Machine:
    """What is sourced here, but for this underlay itself and what was built on it."""
    ours = (PREFIX, REPOSITORY / "install")

    def listed(variable: str) -> list[Path]:
        paths = [Path(word) for word in os.environ.get(variable, "").split(":") if word]
        return [
            path
            for path in paths
            if path.is_dir() and not any(path.resolve().is_relative_to(own) for own in ours)
        ]

    prefixes = listed("AMENT_PREFIX_PATH")
    if not any((prefix / "share/rcl/package.xml").exists() for prefix in prefixes):
        return Machine((), (), ros_distro or wheels.DISTRIBUTIONS[0])
    chained = dict.fromkeys(
        path
        for path in listed("COLCON_PREFIX_PATH") + prefixes
        if (path / "local_setup.sh").exists()
    )
    sourced = os.environ.get("ROS_DISTRO")
    if not sourced:
        raise UnderlayError(
            f"a ROS 2 is sourced ({prefixes[-1]}), but ROS_DISTRO is not set: "
            "source its setup file again"
        )
    if ros_distro and ros_distro != sourced:
        raise UnderlayError(
            f"ROS_DISTRO={ros_distro} is asked for, but ROS 2 {sourced} is sourced "
            f"({prefixes[-1]}): use a shell in which it is not"
        )
    return Machine(tuple(prefixes), tuple(chained), sourced)


def _summary(machine: Machine) -> str:
    if machine.has_ros:
        return f"on the sourced ROS 2 {machine.distribution}"
    return f"ROS 2 {machine.distribution} from PyPI wheels (no ROS 2 is sourced)"


def _fingerprint(machine: Machine) -> str:
    """A digest of all that the underlay depends on; another digest calls for another underlay."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*")):
        path = file.relative_to(HERE)
        # What is only linked to, run from here, read by people or needed by tests does not go into
        # the underlay.
        beside = path.suffix in (".bash", ".sh", ".md", ".in")
        beside |= path.name in ("graph.py", "ros2.py", "test.txt")
        beside |= not {"quick_discovery", "test", "__pycache__"}.isdisjoint(path.parts)
        if file.is_file() and not beside:
            digest.update(path.as_posix().encode() + b"\0" + file.read_bytes())
    facts = [sys.version, os.path.realpath(sys.executable), str(PREFIX), machine.distribution]
    facts += [str(prefix) for prefix in machine.prefixes]
    # An upgrade of the sourced ROS 2 may change its interfaces, and touches these files.
    for prefix in machine.prefixes:
        for index in sorted(prefix.glob("share/ament_index/resource_index/rosidl_interfaces/*")):
            facts.append(f"{index} {index.stat().st_mtime_ns}")
    facts += _own_interfaces()
    digest.update("\n".join(facts).encode())
    return digest.hexdigest()


def _own_interfaces() -> list[str]:
    """The packages that the packages of this repository name as dependencies in package.xml."""
    files = [
        REPOSITORY / "package.xml",
        REPOSITORY / "rclrs_runtime" / "package.xml",
        *sorted(REPOSITORY.glob("exercises/*/package.xml")),
    ]
    names: set[str] = set()
    for file in files:
        for element in ElementTree.parse(file).getroot():
            if element.tag.endswith("depend") and element.text:
                names.add(element.text.strip())
    return sorted(names)


def _read_state() -> dict:
    """What the last complete build wrote; nothing where there is none or it cannot be read."""
    try:
        return json.loads(COMPLETE.read_text())
    except (OSError, ValueError):
        return {}


def _check_tools(machine: Machine) -> None:
    """Raises UnderlayError for a tool that is missing and that the underlay cannot supply."""
    check_system(platform.system())
    if not machine.has_ros:
        wheels.check_machine(machine.distribution)
    compilers = {"C": os.environ.get("CC", "cc"), "C++": os.environ.get("CXX", "c++")}
    for language, command in compilers.items():
        if not shutil.which(command.split()[0]):
            raise UnderlayError(
                f"no {language} compiler was found ('{command}'): install one "
                "(on Debian and Ubuntu: 'sudo apt install build-essential')"
            )
    needed = ".".join(map(str, _OLDEST_RUST))
    get_rust = f"install Rust {needed} or newer (https://rustup.rs)"
    if not shutil.which("cargo"):
        raise UnderlayError(f"'cargo' was not found: {get_rust}")
    version = subprocess.run(["cargo", "--version"], capture_output=True, text=True)
    found = re.match(r"cargo (\d+)\.(\d+)", version.stdout)
    if not found:
        raise UnderlayError(f"'cargo --version' failed ({version.stderr.strip()}): {get_rust}")
    if tuple(map(int, found.groups())) < _OLDEST_RUST:
        raise UnderlayError(f"{version.stdout.strip()} is too old: {get_rust}")


def check_system(system: str) -> None:
    """Raises UnderlayError where nothing of this repository can be built, with or without ROS 2."""
    if system != "Linux":
        # The linker of macOS has no --wrap, which rclrs_runtime needs.
        raise UnderlayError(
            f"this repository needs Linux, and this is {system}: use a virtual machine or a "
            "container with Linux, as in 'docker run -it ros:jazzy'"
        )


def _clear(state: dict) -> None:
    """Removes a former underlay, and what was built on it or on none."""
    if PREFIX.exists():
        if not state:
            print("  an earlier run was interrupted: building again")
        COMPLETE.unlink(missing_ok=True)
        shutil.rmtree(PREFIX)
    for folder in ("build", "install"):
        if (REPOSITORY / folder / "rust_add_two_ints").exists():
            print(f"  removing {folder}/, which was built on something else")
            shutil.rmtree(REPOSITORY / folder)


def _supply(steps: Steps, machine: Machine) -> None:
    """Supplies all that this machine lacks, but for the crates."""
    if not machine.has_ros:
        wheels.install(steps, PREFIX, machine.distribution)
    elif not _has_colcon_for_rust():
        with steps.step("colcon with its plugins for Rust"):
            # The sourced ROS 2 is of the system's Python, whose packages colcon then needs too.
            venv = [sys.executable, "-m", "venv", "--system-site-packages", str(TOOLS)]
            steps.run(venv)
            wheels.pip_install(steps, TOOLS, "colcon")
            (PREFIX / "bin").mkdir()
            for name in ("colcon", "cargo-ament-build"):
                (PREFIX / "bin" / name).symlink_to(Path("..", "tools", "bin", name))
    for package in ("rosidl_generator_rs", "example_interfaces"):
        if not machine.has_package(package):
            with steps.step(f"Building {package}"):
                _cmake(steps, machine, package)
    if not _has_real_ros2():
        (PREFIX / "bin").mkdir(exist_ok=True)
        (PREFIX / "bin/ros2").symlink_to(Path("..", "..", HERE.name, "ros2.py"))


def _has_colcon_for_rust() -> bool:
    """Whether the colcon on PATH has the plugin for Rust packages, and cargo the one for ament."""
    for command, sign in (
        (["colcon", "build", "--help"], "--lookup-in-workspace"),
        (["cargo", "ament-build", "--help"], "install-base"),
    ):
        try:
            shown = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            return False
        if sign not in shown.stdout + shown.stderr:
            return False
    return True


def _has_real_ros2() -> bool:
    folders = os.get_exec_path()
    others = [folder for folder in folders if Path(folder) != PREFIX / "bin"]
    return shutil.which("ros2", path=os.pathsep.join(others)) is not None


def _cmake(steps: Steps, machine: Machine, package: str) -> None:
    """Builds an ament_cmake package of this folder and installs it into the underlay."""
    build_folder = str(PREFIX / "build" / package)
    env = _environment(machine)
    generator = ["-G", "Ninja"] if shutil.which("ninja", path=env["PATH"]) else []
    configure = ["cmake", "-S", str(HERE / package), "-B", build_folder, *generator]
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF", "-Wno-dev"]
    steps.run([*configure, *options, f"-DCMAKE_INSTALL_PREFIX={PREFIX}"], env=env)
    jobs = str(os.cpu_count() or 1)
    install = ["cmake", "--build", build_folder, "--target", "install", "--parallel", jobs]
    steps.run(install, env=env)
    shutil.rmtree(PREFIX / "build")


def _write_crates(steps: Steps, machine: Machine, asked: list[str]) -> None:
    """Writes the Rust message crates that this machine's interface packages lack."""
    env = _environment(machine)
    searched = [Path(prefix) for prefix in env["AMENT_PREFIX_PATH"].split(":")]

    def installed(name: str) -> bool:
        index = f"share/ament_index/resource_index/rosidl_interfaces/{name}"
        return any((prefix / index).exists() for prefix in searched)

    for name in asked:
        if not installed(name):
            raise UnderlayError(
                f"there is no interface package '{name}' in {' or '.join(map(str, searched))}: "
                "check its name, or install it first"
            )
    wanted = {*asked, *filter(installed, _own_interfaces())}
    with steps.step(f"Rust message crates for {len(wanted)} interface packages and what they need"):
        generate = ["-m", "rosidl_generator_rs", "--only-missing"]
        command = ["python3", *generate, "--output-prefix", str(PREFIX), *sorted(wanted)]
        env["PYTHONPATH"] = f"{HERE / 'rosidl_generator_rs'}:{env.get('PYTHONPATH', '')}".strip(":")
        steps.run(command, env=env)
    # The build script of ros-env looks for new crates only when one that it knows has changed.
    for manifest in PREFIX.glob("share/*/rust/Cargo.toml"):
        manifest.touch()


def _settings(machine: Machine) -> tuple[dict[str, str], list[tuple[str, Path]]]:
    """The variables that the underlay sets, and the folders that it puts at the head of lists."""
    variables: dict[str, str] = {}
    lists: list[tuple[str, Path]] = []
    if not machine.has_ros:
        variables = {
            "ROS_DISTRO": machine.distribution,
            "ROS_VERSION": "2",
            "ROS_PYTHON_VERSION": "3",
            # What the wheels would otherwise restart each Python process for is set below.
            "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
        }
        libraries = sorted(PREFIX.glob("lib/python3.*/site-packages/ros_*.libs"))
        lists += [("LD_LIBRARY_PATH", folder) for folder in libraries]
    if (PREFIX / "bin").exists():
        lists.append(("PATH", PREFIX / "bin"))
    if (PREFIX / "lib").exists():
        lists.append(("LD_LIBRARY_PATH", PREFIX / "lib"))
    if (PREFIX / "share").exists():
        lists += [("AMENT_PREFIX_PATH", PREFIX), ("CMAKE_PREFIX_PATH", PREFIX)]
    return variables, lists


def _defaults(machine: Machine) -> dict[str, str]:
    """The variables that the underlay sets where the user has not.

    Wheels are for development on one machine, where starts may be quick at the cost of more
    announcements. A sourced ROS 2 keeps its own settings.
    """
    if machine.has_ros:
        return {}
    product = {"jazzy": "FASTRTPS", "kilted": "FASTDDS"}[machine.distribution]
    profile = HERE / "quick_discovery" / f"{machine.distribution}.xml"
    return {f"{product}_DEFAULT_PROFILES_FILE": str(profile)}


def _environment(machine: Machine) -> dict[str, str]:
    """This process's environment as it is once the underlay is sourced."""
    env = dict(os.environ)
    env.pop("PYTHONHOME", None)
    if not machine.has_ros:
        # Nothing of a half-sourced ROS 2 may mix with the wheels.
        for name in ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH", "PYTHONPATH"):
            env.pop(name, None)
    variables, lists = _settings(machine)
    env.update(variables)
    for name, folder in lists:
        env[name] = ":".join([str(folder), *filter(None, [env.get(name)])])
    env.setdefault("AMENT_PREFIX_PATH", str(PREFIX))
    return env
