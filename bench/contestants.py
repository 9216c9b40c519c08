# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Who takes part in the benchmark, and how the programs are built.

A contestant is a server and a client; any server answers any client, as all of them speak the same
protocol.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from programs import BenchError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "bench"

Command = list[str | Path]

# Silences the tutorial's log line: what it costs is measured on its own.
SILENT = ["--ros-args", "--log-level", "warn"]


@dataclass
class Contestant:
    """One way to write a server and a client."""

    name: str
    # What it is, for the reader of the report.
    description: str
    # Without the tutorial's log line for each request, and with it.
    server: Command
    logging_server: Command
    # Takes orders, see `programs.py`.
    client: Command
    # Asks for 2 + 3, as the tutorial's client does.
    single_call: Command
    # Whether `single_call` goes through librcl, which is then asked for the steps of the call.
    on_rcl: bool = True
    single_call_environment: dict[str, str] = field(default_factory=dict)


def build() -> None:
    """Build the programs of all contestants.

    Raises `BenchError` when the package or its underlay are missing, or a compiler fails.
    """
    find("lib/rust_add_two_ints", "the package: run `make bench`")
    find("include/rcl", "ROS 2: run `make bench`, or source it")
    print("Building the contestants: in C", flush=True)
    build_c(BUILD / "c")
    for name in ("rust", "ros2_client"):
        print(f"Building the contestants: bench/{name}, minutes the first time", flush=True)
        build_rust(name)


def everybody() -> list[Contestant]:
    """Return all contestants, ours first."""
    package = find("lib/rust_add_two_ints", "the package: run `make bench`")
    c = BUILD / "c"
    rust, ros2_client = (BUILD / name / "release" for name in ("rust", "ros2_client"))
    python = shutil.which("python3") or "python3"
    return [
        Contestant(
            "ours",
            "this package: `server` as installed, `MinimalClientAsync` as in `client`",
            [package / "server", *SILENT],
            [package / "server"],
            [rust / "package_client"],
            [package / "client", "2", "3"],
        ),
        Contestant(
            "rclrs",
            "rclrs as its examples use it: basic executor, service of the node",
            [rust / "rclrs_server", *SILENT],
            [rust / "rclrs_server"],
            [rust / "rclrs_client", "loop"],
            [rust / "rclrs_client", "2", "3"],
        ),
        Contestant(
            "C on rcl",
            "C directly on rcl, one wait set that is kept: the floor",
            [c / "rcl_server"],
            [c / "rcl_server", "--log"],
            [c / "rcl_client", "loop"],
            [c / "rcl_client", "2", "3"],
        ),
        Contestant(
            "rclpy",
            "rclpy: the tutorial's server; client at its best, one executor and `spin_once`",
            [python, HERE / "rclpy" / "server.py", *SILENT],
            [python, HERE / "rclpy" / "server.py"],
            [python, HERE / "rclpy" / "client_spin_once.py"],
            [python, ROOT / "test" / "peers" / "minimal_client_async.py", "2", "3"],
        ),
        Contestant(
            "ros2-client",
            "ros2-client on RustDDS: pure Rust, a middleware of its own; over UDP",
            [ros2_client / "ros2_client_server"],
            [ros2_client / "ros2_client_server", "--log"],
            [ros2_client / "ros2_client_client", "loop"],
            [ros2_client / "ros2_client_client", "2", "3"],
            on_rcl=False,
        ),
    ]


def prefixes() -> list[Path]:
    return [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if prefix]


def find(path: str, what: str) -> Path:
    for prefix in prefixes():
        if (prefix / path).exists():
            return prefix / path
    raise BenchError(f"Nothing sourced has {path}. The benchmark needs {what}")


def build_c(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["-O2", "-Wall", "-Wextra", "-std=gnu11"]
    for prefix in prefixes():
        # Each package has an include folder of its own, or else they share one.
        flags += [f"-I{path}" for path in sorted((prefix / "include").glob("*/"))]
        flags += [f"-I{prefix / 'include'}", f"-L{prefix / 'lib'}"]
    typesupport = "example_interfaces__rosidl_typesupport_c"
    libraries = ["-lrcl", "-lrcutils", f"-l{typesupport}", "-lpthread"]
    libraries.append("-lexample_interfaces__rosidl_generator_c")
    compiler = os.environ.get("CC", "cc")
    for name in ("rcl_server", "rcl_client", "crowd"):
        run([compiler, *flags, HERE / "c" / f"{name}.c", "-o", folder / name, *libraries])
    shared = ["-shared", "-fPIC", HERE / "c" / "marks.c", "-o", folder / "libmarks.so", "-ldl"]
    run([compiler, *flags, *shared])


def build_rust(name: str) -> None:
    # What colcon sources besides would make cargo write unused patches into Cargo.lock.
    environment = {k: v for k, v in os.environ.items() if k not in COLCON_VARIABLES}
    environment["CARGO_TARGET_DIR"] = str(BUILD / name)
    run(["cargo", "build", "--release", "--locked"], cwd=HERE / name, environment=environment)


COLCON_VARIABLES = ("CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH")


def run(
    command: Sequence[str | Path], cwd: Path = HERE, environment: dict[str, str] | None = None
) -> str:
    """Run a build command and return what it said; raise `BenchError` with that if it fails."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BenchError(f"There is no {command[0]} on this machine; install it") from None
    if done.returncode != 0:
        words = " ".join(str(word) for word in command)
        raise BenchError(f"{words} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def versions() -> dict[str, str]:
    """Return the versions of what is compared."""

    def locked(folder: Path, package: str) -> str:
        text = (folder / "Cargo.lock").read_text(encoding="utf-8")
        found = re.search(rf'name = "{package}"\nversion = "([^"]+)"', text)
        return found[1] if found else "unknown"

    def installed(package: str) -> str:
        for prefix in prefixes():
            manifest = prefix / "share" / package / "package.xml"
            if manifest.exists():
                found = re.search(r"<version>([^<]+)<", manifest.read_text(encoding="utf-8"))
                return found[1] if found else "unknown"
        return "unknown"

    return {
        "rust_add_two_ints": installed("rust_add_two_ints"),
        "ROS 2": os.environ.get("ROS_DISTRO", "unknown"),
        "rcl": installed("rcl"),
        "rmw_fastrtps_cpp": installed("rmw_fastrtps_cpp"),
        "rclpy": installed("rclpy"),
        "rclrs": locked(HERE / "rust", "rclrs"),
        "ros2-client": locked(HERE / "ros2_client", "ros2-client"),
        "RustDDS": locked(HERE / "ros2_client", "rustdds"),
        "rustc": run(["rustc", "--version"]).split()[1],
        "cc": run([os.environ.get("CC", "cc"), "-dumpfullversion"]).strip(),
        "Python": run(["python3", "--version"]).split()[1],
    }
