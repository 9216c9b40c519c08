# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The contestants of the benchmark, and how their programs are built.

A contestant is a server and a client; any server answers any client, as all of them use the same
protocol.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .programs import BenchError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "bench"
PACKAGE = "lib/rust_add_two_ints"

Command = list[str | Path]

# The contestant whose client calls all servers, and whose server answers all clients.
FLOOR = "C on rcl"

# Callbacks on the thread of the middleware.
RECEIVING = "ours, receiving thread"

# The same client and server as `FLOOR` without a wait set.
EVENTS = "C on rcl, events"


@dataclass
class Contestant:
    """One way to write a server and a client."""

    name: str
    # What it is, for the reader of the report.
    description: str
    # With the tutorial's log line for each request.
    logging_server: Command
    # Takes orders, see `programs.py`.
    client: Command
    # Calls with 2 and 3, as the tutorial's client does.
    single_call: Command
    # Whether `single_call` uses librcl, through which the steps of the call are observed.
    on_rcl: bool = True

    @property
    def server(self) -> Command:
        """Without the log line: what it costs is measured on its own."""
        return [*self.logging_server, "--ros-args", "--log-level", "warn"]


def all_contestants() -> list[Contestant]:
    """Return all contestants, ours first."""
    c, rust, ros2_client = BUILD / "c", BUILD / "rust/release", BUILD / "ros2_client/release"
    peers = ROOT / "test" / "peers"
    return [
        Contestant(
            "ours",
            "this package: `server` as installed, the service client of `client`",
            [find(PACKAGE) / "server"],
            [rust / "package_client"],
            [find(PACKAGE) / "client", "2", "3"],
        ),
        Contestant(
            RECEIVING,
            "`rclrs_runtime` with the callback, and the next call, on the thread that receives",
            [rust / "receiving_server"],
            [rust / "package_client", "--receiving"],
            [find(PACKAGE) / "client", "2", "3"],
        ),
        Contestant(
            "rclrs",
            "rclrs as its examples use it: basic executor, service of the node",
            [rust / "rclrs_server"],
            [rust / "rclrs_client", "loop"],
            [rust / "rclrs_client", "2", "3"],
        ),
        Contestant(
            FLOOR,
            "C directly on rcl, with one wait set that is reused: the floor",
            [c / "rcl_server"],
            [c / "rcl_client", "loop"],
            [c / "rcl_client", "2", "3"],
        ),
        Contestant(
            EVENTS,
            "the same, with events of rmw in place of the wait set, as rclcpp's `EventsExecutor`",
            [c / "rcl_server", "--events"],
            [c / "rcl_client", "--events", "loop"],
            [c / "rcl_client", "--events", "2", "3"],
        ),
        Contestant(
            "rclpy",
            "rclpy: the tutorial's server; the fastest client, one executor and `spin_once`",
            [sys.executable, HERE / "rclpy" / "server.py"],
            [sys.executable, HERE / "rclpy" / "client.py"],
            [sys.executable, peers / "minimal_client_async.py", "2", "3"],
        ),
        Contestant(
            "ros2-client",
            "ros2-client on RustDDS: pure Rust, a middleware of its own; over UDP",
            [ros2_client / "ros2_client_server"],
            [ros2_client / "ros2_client_client", "loop"],
            [ros2_client / "ros2_client_client", "2", "3"],
            on_rcl=False,
        ),
    ]


def baseline(prefix: Path) -> tuple[Contestant, bool]:
    """Return the build that is installed in `prefix`, and whether its client takes orders.

    The client that takes orders is not installed. Copied to `prefix/package_client`, that of the
    build is used; else the one that was built last stands in, and its figures say nothing.
    """
    prefix = prefix.resolve()
    # colcon gives each package a folder of its own, or all packages one (--merge-install).
    layouts = [prefix / "rust_add_two_ints" / PACKAGE, prefix / PACKAGE]
    programs = next((folder for folder in layouts if folder.is_dir()), None)
    if programs is None:
        raise BenchError(f"{prefix} has no {PACKAGE}; name the install folder of another build")
    client = prefix / "package_client"
    known = client.exists()
    if not known:
        client = BUILD / "rust/release/package_client"
    single_call: Command = [programs / "client", "2", "3"]
    description = f"the build in {prefix}"
    return Contestant("before", description, [programs / "server"], [client], single_call), known


def prefixes() -> list[Path]:
    return [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if prefix]


def find(path: str) -> Path:
    for prefix in prefixes():
        if (prefix / path).exists():
            return prefix / path
    raise BenchError(f"Nothing that is sourced has {path}; run `make bench`")


def build() -> None:
    """Build the programs of all contestants.

    Raises `BenchError` when the package or its underlay are missing, or a compiler fails.
    """
    find(PACKAGE)
    find("include/rcl")
    print("Building the contestants: in C", flush=True)
    build_c(BUILD / "c")
    # Not what is built in this repository: with other interface packages than the time before, the
    # linker fails, and on packages that it finds installed cargo writes patches into Cargo.lock.
    below = ":".join(str(prefix) for prefix in prefixes() if ROOT / "install" not in prefix.parents)
    clean: Command = ["env", "-u", "CMAKE_PREFIX_PATH", "-u", "COLCON_PREFIX_PATH"]
    clean.append(f"AMENT_PREFIX_PATH={below}")
    for name in ("rust", "ros2_client"):
        print(f"Building the contestants: bench/{name}, minutes the first time", flush=True)
        cargo = [*clean, "cargo", "build", "--release", "--locked", "--target-dir", BUILD / name]
        run(cargo, cwd=HERE / name)


def build_c(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["-O2", "-Wall", "-Wextra", "-std=gnu11"]
    for prefix in prefixes():
        # Each package has an include folder of its own, or else they share one.
        flags += [f"-I{path}" for path in sorted((prefix / "include").glob("*/"))]
        flags += [f"-I{prefix / 'include'}", f"-L{prefix / 'lib'}"]
    interface = "-lexample_interfaces__rosidl"
    libraries = ["-lrcl", "-lrcutils", "-lpthread"]
    libraries += [f"{interface}_typesupport_c", f"{interface}_generator_c"]
    compile_c: Command = [os.environ.get("CC", "cc"), *flags]
    for name in ("rcl_server", "rcl_client"):
        run([*compile_c, HERE / "c" / f"{name}.c", "-o", folder / name, *libraries])
    marks = HERE / "c" / "marks.c"
    run([*compile_c, "-shared", "-fPIC", marks, "-o", folder / "libmarks.so", "-ldl"])


def run(command: Sequence[str | Path], cwd: Path = HERE) -> str:
    """Run a build command and return its output; raise `BenchError` with that if it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BenchError(f"There is no {command[0]} on this machine; install it") from None
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise BenchError(f"{words} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def versions() -> dict[str, str]:
    """Return the versions of what is compared."""

    def search(path: Path, pattern: str) -> str:
        found = re.search(pattern, path.read_text(encoding="utf-8"))
        return found[1] if found else "unknown"

    def locked(folder: Path, crate: str) -> str:
        return search(folder / "Cargo.lock", rf'name = "{crate}"\nversion = "([^"]+)"')

    def installed(package: str) -> str:
        return search(find(f"share/{package}/package.xml"), r"<version>([^<]+)<")

    packages = ("rust_add_two_ints", "rcl", "rmw_fastrtps_cpp", "rclpy")
    return {
        "ROS 2": os.environ.get("ROS_DISTRO", "unknown"),
        **{package: installed(package) for package in packages},
        "rclrs": locked(ROOT, "rclrs"),
        "ros2-client": locked(HERE / "ros2_client", "ros2-client"),
        "RustDDS": locked(HERE / "ros2_client", "rustdds"),
        "rustc": run(["rustc", "--version"]).split()[1],
        "cc": run([os.environ.get("CC", "cc"), "-dumpfullversion"]).strip(),
        "Python": sys.version.split()[0],
    }
