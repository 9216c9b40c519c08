# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain for one test alone."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from typing_extensions import Self  # In `typing` since Python 3.11.


# What a developer may have set to reach other machines, or fewer.
REACH = (
    "ROS_AUTOMATIC_DISCOVERY_RANGE",
    "ROS_DISCOVERY_SERVER",
    "ROS_LOCALHOST_ONLY",
    "ROS_STATIC_PEERS",
)


class Domain:
    """A ROS domain and a folder, both reserved for one test until `close`.

    Domains 1 to 101 are tried: the ports of higher ones overlap with the ports that Linux assigns
    to clients, and 0 is the default. A domain is in use while TCP port 32768 + domain is bound,
    which is the convention of the ROS package `domain_coordinator`. The Rust tests of this
    repository reserve theirs in the same way.
    """

    def __init__(self) -> None:
        first = os.getpid() % 101
        sockets = psutil.net_connections("udp")
        used = {one.laddr.port for one in sockets if one.laddr}
        for number in ((first + step) % 101 + 1 for step in range(101)):
            self.number = number
            # A program that does not follow the convention may use the domain.
            if used.intersection(range(self.first_port, self.first_port + 250)):
                continue
            self._lock = socket.socket()
            try:
                self._lock.bind(("", 32768 + number))
            except OSError:
                self._lock.close()
                continue
            self._folder = tempfile.TemporaryDirectory(prefix="ros_test_")
            # For the files of the test, and the ROS logs.
            self.folder = Path(self._folder.name)
            return
        raise RuntimeError("All ROS domains from 1 to 101 are in use: end other ROS programs")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def first_port(self) -> int:
        """The first of the 250 UDP ports of this domain (DDSI-RTPS 2.5, section 9.6.2.3)."""
        return 7400 + 250 * self.number

    def close(self) -> None:
        """Release the domain. Call this after the processes in it have ended."""
        self._folder.cleanup()
        self._lock.close()

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Return the environment for a process in this domain, with the ROS 2 that is sourced.

        Discovery does not leave this machine, Python does not buffer, and what a developer may have
        set for Fast DDS, the logging of ROS and Rust is left out, because it would change what is
        compared or measured. A change to None removes a variable.
        """
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FASTRTPS_", "FASTDDS_", "RCUTILS_", "RUST_"))
            and name not in REACH
        }
        environment.update(
            ROS_DOMAIN_ID=str(self.number),
            **discovery_range("LOCALHOST"),
            ROS_LOG_DIR=str(self.folder),
            RCUTILS_COLORIZED_OUTPUT="0",
            PYTHONUNBUFFERED="1",
        )
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        return environment


def discovery_range(reach: str) -> dict[str, str]:
    """Return the environment variable that limits discovery to `LOCALHOST`, or to the `SUBNET`.

    Humble has another one, about which later distributions warn.
    """
    if os.environ.get("ROS_DISTRO") == "humble":
        return {"ROS_LOCALHOST_ONLY": str(int(reach == "LOCALHOST"))}
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": reach}


def fast_dds_profile(file: Path) -> dict[str, str]:
    """Return the environment variable that has Fast DDS read a profile.

    Each major version of Fast DDS warns about the variable that the other one reads.
    """
    return {f"{'FASTRTPS' if has_fast_dds_2() else 'FASTDDS'}_DEFAULT_PROFILES_FILE": str(file)}


def quick_discovery() -> dict[str, str]:
    """Return the environment variable that the underlay sets, with which starts are quick."""
    name = "jazzy.xml" if has_fast_dds_2() else "kilted.xml"
    repository = Path(__file__).resolve().parents[2]
    return fast_dds_profile(repository / "underlay" / "quick_discovery" / name)


def has_fast_dds_2() -> bool:
    return os.environ.get("ROS_DISTRO") in ("humble", "iron", "jazzy")
