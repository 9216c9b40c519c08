# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""ROS 2 out of PyPI wheels: installed into a virtual environment, with the layout of /opt/ros.

The wheels are made by the project ycheng517/ros-python-wheels from the released sources of ROS 2,
and are meant for Python programs. Three mends make them serve C, CMake and Rust as well.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from steps import CommandFailed, Steps, UnderlayError

REQUIREMENTS = Path(__file__).parent / "requirements"
DISTRIBUTIONS = ("jazzy", "kilted")

# What the wheels are built for, by their file names: CPython 3.10 to 3.14, manylinux_2_28_x86_64.
_NEWEST_PYTHON = (3, 14)
_OLDEST_GLIBC = (2, 28)

_OTHER_WAY = "install ROS 2 (https://docs.ros.org), source its setup file, and run this again"


def check_machine(distribution: str) -> None:
    """Raises UnderlayError where the wheels cannot be installed or built upon."""
    if distribution not in DISTRIBUTIONS:
        raise UnderlayError(
            f"there are no wheels of ROS 2 '{distribution}', but of {' and '.join(DISTRIBUTIONS)}: "
            f"name one of these, as in 'make demo ROS_DISTRO=jazzy', or {_OTHER_WAY}"
        )
    check_platform(platform.machine(), *platform.libc_ver())
    running = f"{platform.python_implementation()} {platform.python_version()}"
    if sys.version_info[:2] > _NEWEST_PYTHON or platform.python_implementation() != "CPython":
        raise UnderlayError(
            f"ROS 2 wheels exist for CPython 3.10 to 3.14, and {sys.executable} is {running}: "
            "name another one, as in 'make demo PYTHON=python3.12'"
        )
    try:
        import ensurepip  # noqa: F401 (Debian leaves it out of python3, and venv needs it)
        import venv  # noqa: F401
    except ImportError:
        raise UnderlayError(
            f"{sys.executable} lacks the module 'venv': install it "
            "(on Debian and Ubuntu: 'sudo apt install python3-venv')"
        ) from None
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.exists():
        raise UnderlayError(
            f"{sys.executable} lacks the C headers ({header}), which Python modules of interface "
            "packages are compiled with: install them (on Debian and Ubuntu: 'sudo apt install "
            "python3-dev'; on Fedora: 'sudo dnf install python3-devel')"
        )


def check_platform(machine: str, libc: str, version: str) -> None:
    """Raises UnderlayError for a Linux that the wheels do not cover, with what to do there."""
    if libc != "glibc":
        found = f"{libc} {version}" if libc else "another C library, such as musl"
        raise UnderlayError(
            f"ROS 2 wheels need glibc, and this machine has {found}: use a distribution with "
            "glibc, such as Debian or Ubuntu, or a container with one"
        )
    if machine != "x86_64":
        raise UnderlayError(
            f"ROS 2 wheels exist for Linux on x86_64, and this is Linux on {machine}: {_OTHER_WAY}"
        )
    oldest = ".".join(map(str, _OLDEST_GLIBC))
    if tuple(map(int, version.split(".")[:2])) < _OLDEST_GLIBC:
        raise UnderlayError(
            f"ROS 2 wheels need glibc {oldest} or newer, and this machine has glibc {version}: "
            f"use a newer distribution of Linux, or {_OTHER_WAY}"
        )


def install(steps: Steps, prefix: Path, distribution: str) -> None:
    """Makes `prefix` a virtual environment with the wheels of `distribution`, and mends them."""
    with steps.step(f"Python environment ({platform.python_version()})"):
        steps.run([sys.executable, "-m", "venv", prefix])
    with steps.step(f"ROS 2 {distribution} from PyPI wheels"):
        pip_install(steps, prefix, distribution)
    with steps.step("Mending the wheels for C, CMake and Rust"):
        _name_this_python(prefix)
        _unlink_python(steps, prefix)
        _name_the_middleware(prefix)


def pip_install(steps: Steps, environment: Path, requirements: str) -> None:
    """Installs what requirements/`requirements`.txt pins into a virtual environment.

    Raises UnderlayError for what a user can mend: no network, a full disk, a mirror that hands out
    something else than what was pinned.
    """
    python = environment / "bin" / "python"
    # The pins are complete, and Python compiles what is used when it is used: 50 MB less.
    pip = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-compile"]
    # Build isolation would fetch an unpinned setuptools; the pinned one is installed first.
    from_source = ["--no-build-isolation", "--use-pep517"]
    try:
        for name, options in (("build", []), (requirements, from_source)):
            file = str(REQUIREMENTS / f"{name}.txt")
            steps.run([*pip, *options, "-r", file], env=_pip_environment())
        # Nothing else is to be installed into the underlay, and this frees 17 MB.
        steps.run([python, "-m", "pip", "uninstall", "--yes", "pip"], env=_pip_environment())
    except CommandFailed as failure:
        raise UnderlayError(_explain_pip(failure.output)) from None


def _pip_environment() -> dict[str, str]:
    """This environment with the user's settings of pip, but for those that lead elsewhere."""
    mine = {"PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_NO_BINARY"}
    # The wheels restart Python to set its library path, which an installation has no use for.
    return {key: value for key, value in os.environ.items() if key not in mine} | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
    }


def _explain_pip(output: Sequence[str]) -> str:
    """One line for the user out of what a failed pip printed."""
    text = "\n".join(output)
    errors = [line for line in output if line.startswith("ERROR:")]
    last = errors[0].removeprefix("ERROR:").strip() if errors else "see the log"
    if "No space left on device" in text or "Errno 28" in text or "Disk quota exceeded" in text:
        return "the disk is full: free about 1 GB and run this again"
    if "DO NOT MATCH THE HASHES" in text:
        return (
            "a downloaded package is not the one that is pinned by its hash: the package index or "
            "mirror in use (see 'pip config list') hands out something else, or the download broke"
        )
    network = (
        "NewConnectionError|ConnectTimeout|ReadTimeout|ConnectionResetError|ProxyError|SSLError"
        "|NameResolutionError|Connection broken|ConnectionError|Cannot connect to proxy"
        # What pip concludes when nothing at all came from the index.
        r"|\(from versions: none\)"
    )
    if re.search(network, text):
        return (
            "the package index was not reached: check the network, and the proxy or mirror of pip "
            "('pip config list'), and run this again"
        )
    return f"pip could not install the wheels: {last}"


def _name_this_python(prefix: Path) -> None:
    """Mend 1: CMake exports name the Python headers of the machine that built the wheels."""
    python = prefix / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    headers = {
        r"/opt/python/[^;\"]*/numpy/_core/include": python / "site-packages/numpy/_core/include",
        r"/opt/python/[^;\"]*/include/python3\.\d+": Path(sysconfig.get_path("include")),
    }
    for file in prefix.glob("share/*/cmake/*__rosidl_generator_pyExport.cmake"):
        text = file.read_text()
        for theirs, ours in headers.items():
            # A backslash in the path would be taken for a reference to a group.
            text = re.sub(theirs, ours.as_posix().replace("\\", r"\\"), text)
        file.write_text(text)


def _unlink_python(steps: Steps, prefix: Path) -> None:
    """Mend 2: some libraries need Python modules, which only a Python process can load."""
    patchelf = prefix / "bin" / "patchelf"
    module = b"__rosidl_generator_py.so"
    for library in sorted(prefix.glob("lib/lib*.so")):
        content = library.read_bytes()
        if module not in content or library.name.encode().endswith(module):
            continue
        names = set(re.findall(rb"lib\w+" + re.escape(module), content))
        removals = [word for name in sorted(names) for word in ("--remove-needed", name.decode())]
        steps.run([patchelf, *removals, library])


def _name_the_middleware(prefix: Path) -> None:
    """Mend 3: rclrs links librmw_implementation, and the wheels link rmw_fastrtps_cpp directly."""
    library = prefix / "lib" / "librmw_implementation.so"
    if not library.exists():
        library.write_text("INPUT(-lrmw_fastrtps_cpp)\n")
