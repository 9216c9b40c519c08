# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A few hosts on this machine, and a bad network between them.

A host is a network namespace with a shared memory and a name of its own. Its network interface is
a TAP device, at whose other end a switch in this process forwards each frame to the other hosts:
late, out of order, or not at all. `tc netem` would do the same for veth pairs, but many kernels
come without it, and the sequence of its losses starts from no seed.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ros_test_support import Process, discovery_range

from .nodes import TIMEOUT, CaseDomain

# From linux/if_tun.h.
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000


@dataclass(frozen=True)
class Quality:
    """How the network treats each frame."""

    # The time that each frame takes, in seconds, and by how much that varies in both directions.
    delay: float = 0.0
    jitter: float = 0.0
    # The part of the frames that is lost, and that which overtakes all others, from 0 to 1.
    loss: float = 0.0
    reorder: float = 0.0


def unavailable() -> str | None:
    """Return why this machine cannot have hosts of our own, or None when it can."""
    if os.environ.get("CI"):
        return "network namespaces are not made in CI"
    try:
        tap, _ = open_tap()
        os.close(tap)
        run("unshare", "--net", "--mount", "--uts", "ip", "link")
    except (OSError, AssertionError) as error:
        return f"only root may make network namespaces (`sudo --preserve-env make stress`): {error}"
    return None


def open_tap() -> tuple[int, str]:
    """Create a TAP device, which lives until the file returned is closed; return its name too."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        # The kernel numbers it.
        request = struct.pack("16sH22x", b"stress%d", IFF_TAP | IFF_NO_PI)
        answer = fcntl.ioctl(file, TUNSETIFF, request)
    except OSError:
        os.close(file)
        raise
    return file, answer[:16].rstrip(b"\0").decode()


class Network:
    """Some hosts and the switch between them, as a context manager inside a `CaseDomain`."""

    def __init__(self, domain: CaseDomain, hosts: int, seed: int) -> None:
        self._domain = domain
        self._luck = random.Random(seed)
        self.quality = Quality()
        # Whether the link of each host is cut.
        self.cut = [False] * hosts
        self.frames = 0
        self.lost = 0
        # The bytes that the hosts have sent.
        self.sent = 0
        self._taps: list[int] = []
        self._holders: list[Process] = []
        self._stop = threading.Event()
        self._switch = threading.Thread(target=self._run, name="switch")
        domain.variables.update(discovery_range("SUBNET"))
        for number in range(hosts):
            self._add_host(number)

    def __enter__(self) -> Network:
        self._switch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._domain.end_all()
        self._stop.set()
        self._switch.join()
        for tap in self._taps:
            os.close(tap)

    def _add_host(self, number: int) -> None:
        # The namespaces live for as long as this process does.
        setup = (
            "mount -t tmpfs none /dev/shm && "
            f"echo host{number} > /proc/sys/kernel/hostname && echo up && exec sleep 3600"
        )
        holder = self._domain.start(["unshare", "--net", "--mount", "--uts", "sh", "-c", setup])
        holder.wait_for_output("up", TIMEOUT)
        tap, name = open_tap()
        self._taps.append(tap)
        self._holders.append(holder)
        address = f"10.255.0.{number + 1}/24"
        run("ip", "link", "set", name, "netns", str(holder.pid))
        inside = ["nsenter", "--target", str(holder.pid), "--net", "--"]
        for command in (
            "ip link set lo up",
            f"ip address add {address} dev {name}",
            f"ip link set {name} up",
            f"ip route add 224.0.0.0/4 dev {name}",
        ):
            run(*inside, *command.split())

    def on(self, host: int, *command: str | Path) -> list[str | Path]:
        """Return the command that runs another one on a host."""
        target = str(self._holders[host].pid)
        return ["nsenter", "--target", target, "--net", "--mount", "--uts", "--", *command]

    def _run(self) -> None:
        """Forward frames until it is stopped."""
        waiting: list[tuple[float, int, int, bytes]] = []
        number = 0
        while not self._stop.is_set():
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, host, frame = heapq.heappop(waiting)
                try:
                    os.write(self._taps[host], frame)
                except OSError:
                    # A host whose queue is full loses a frame, as on any network.
                    self.lost += 1
            pause = min(0.1, waiting[0][0] - now) if waiting else 0.1
            ready, _, _ = select.select(self._taps, [], [], max(pause, 0))
            for tap in ready:
                source = self._taps.index(tap)
                for _ in range(64):
                    try:
                        frame = os.read(tap, 65536)
                    except OSError:
                        break
                    self.sent += len(frame)
                    for host in range(len(self._taps)):
                        if host == source:
                            continue
                        self.frames += 1
                        quality = self.quality
                        cut = self.cut[source] or self.cut[host]
                        if cut or self._luck.random() < quality.loss:
                            self.lost += 1
                            continue
                        due = time.monotonic()
                        if self._luck.random() >= quality.reorder:
                            due += quality.delay
                            due += self._luck.uniform(-quality.jitter, quality.jitter)
                        number += 1
                        heapq.heappush(waiting, (due, number, host, frame))


def run(*command: str) -> None:
    """Run a command of the system to its end, and fail when it does."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
