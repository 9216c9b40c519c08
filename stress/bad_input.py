# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Invalid arguments, peers of another type, and malformed datagrams."""

from __future__ import annotations

import itertools
import os
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil

from .cases import Options, Tally, case
from .nodes import (
    CLIENT,
    PEERS,
    TIMEOUT,
    CaseDomain,
    Program,
    ask,
    count_client,
    resident,
    stop,
    wait_for_right,
)

# What is fuzzed waits for a server that is not there for as long, in seconds.
NO_WAIT = "0.05"

SMALLEST, LARGEST = -(2**63), 2**63 - 1


# A command line of the client, and the exit codes that are right for it.
Line = tuple[list[bytes], set[int]]


@case("Bad input", "Fuzzed command lines of the client", short=True)
def fuzzed_arguments(tally: Tally, options: Options) -> None:
    fuzz(tally, options, line_of_arguments)


@case("Bad input", "Fuzzed ROS arguments of the client", short=True)
def fuzzed_ros_arguments(tally: Tally, options: Options) -> None:
    fuzz(tally, options, line_of_ros_arguments)


def fuzz(tally: Tally, options: Options, line_of: Callable[[random.Random], Line]) -> None:
    """Run the client with many command lines; it has to end with one of the codes of each."""
    codes: Counter[int] = Counter()
    with CaseDomain(tally) as domain, ThreadPoolExecutor(4) as pool:

        def run(number: int) -> None:
            arguments, expected = line_of(random.Random(f"{options.seed}:{number}"))
            # There is no server here, so that a valid line ends with 3.
            client = domain.start([CLIENT, *map(os.fsdecode, arguments)])
            try:
                code = client.wait(TIMEOUT)
            except AssertionError as error:
                tally.fail(str(error))
                return
            codes[code] += 1
            if code not in expected:
                tally.fail(f"{arguments} ended with {code}, not one of {expected}: {client.stderr}")
            # A mistake of the user is explained in one line.
            if code == 2 and len(client.stderr.strip().split("\n")) != 1:
                tally.fail(f"{arguments} was answered with {client.stderr!r}")
            domain.end(client)

        for _ in pool.map(run, range(60 if options.short else 1000)):
            pass
    tally.remark(f"{codes.total()} lines, seed {options.seed}, exit codes {dict(codes)}")


NUMBERS = [str(number).encode() for number in (0, 1, -1, SMALLEST, LARGEST)]
# Digits of another script among them, which a careless parser takes for numbers.
NO_NUMBERS = [
    *(str(number).encode() for number in (SMALLEST - 1, LARGEST + 1, 2**200)),
    *(b"", b" 1", b"1 ", b"1.0", b"1e3", b"0x10", b"--1", b"1_000", b"NaN", b"\xff\xfe"),
    *("٣".encode(), "४".encode(), "៥".encode()),
]
SECONDS = [b"0", b"0.01", b"1e-3", b"0.05", b"-0"]
NO_SECONDS = [b"-1", b"inf", b"nan", b"1e400", b"soon", b"", b"1s", b"-0.1", b"1e20"]


def line_of_arguments(luck: random.Random) -> Line:
    """Return a command line without ROS arguments: about half of them are right."""
    valid = True

    def word(good: list[bytes], bad: list[bytes]) -> bytes:
        nonlocal valid
        is_good = luck.random() < 0.8
        valid &= is_good
        return luck.choice(good if is_good else bad)

    count = luck.choice([2, 2, 2, 2, 0, 1, 3])
    words = [word(NUMBERS, [*NO_NUMBERS, noise(luck)]) for _ in range(count)]
    valid &= count == 2
    wait_timeout = NO_WAIT.encode()
    if luck.random() < 0.5:
        wait_timeout = word(SECONDS, NO_SECONDS)
    words += [b"--wait-timeout", wait_timeout]
    if luck.random() < 0.5:
        option, value = b"--reply-timeout", word(SECONDS, NO_SECONDS)
        words = luck.choice([[option, value, *words], [*words, option + b"=" + value]])
    if luck.random() < 0.05:
        return [*words, b"--unheard-of"], {2}
    return words, {3} if valid else {2}


def line_of_ros_arguments(luck: random.Random) -> Line:
    """Return a command line with ROS arguments, right and wrong ones."""
    name = luck.choice(["a", "add_two_ints", "__node", "__ns", "/x/y", "~/z", "", "1a", "ä", "a b"])
    value = luck.choice(["b", "/b", "/", "", "9", "~", "a/", "//", "{x}", "x" * 300, "a b", "ü"])
    rule = luck.choice([f"{name}:={value}", f"{name}={value}", f"{name}:", f"n:{name}:={value}"])
    yaml = luck.choice(["maybe", "[1, x]", "{", "[[1]]", "!!x", "*b"])
    options = [
        [luck.choice(["-r", "--remap"]), rule],
        ["-p", f"{name}:={value}"],
        ["-p", f"{luck.choice(['use_sim_time', 'a'])}:={yaml}"],
        ["--params-file", luck.choice(["/no/such/file", "/", "/dev/null", ""])],
        ["--log-level", luck.choice(["debug", "loud", "", "a:=info", "a:=", ":=info"])],
        ["--log-config-file", luck.choice(["/no/such/file", ""])],
        ["-e", luck.choice(["/enclave", "no", ""])],
        [luck.choice(["-r", "-p", "--log-level", "--params-file", "-e"])],
        ["--enable-rosout-logs", "--disable-stdout-logs", "--disable-external-lib-logs"],
        [noise(luck).decode("latin-1")],
        ["--"],
        ["--ros-args"],
    ]
    ros = itertools.chain.from_iterable(luck.sample(options, luck.randrange(1, 4)))
    words = ["2", "3", "--wait-timeout", NO_WAIT, "--ros-args", *ros]
    # rcl, not this package, decides what it understands: it ends with a refusal, or without a
    # server; what it lets pass, but cannot create, is 1. No server can answer with 0.
    return [word.encode("utf-8", "surrogateescape") for word in words], {1, 2, 3}


def noise(luck: random.Random) -> bytes:
    """Return a word that means nothing, of any bytes that an argument may hold."""
    return b"x" + bytes(luck.choices(range(1, 256), k=luck.randrange(200)))


@case("Bad input", "Every combination of extreme addends")
def extreme_addends(tally: Tally, _: Options) -> None:
    numbers = [SMALLEST, SMALLEST + 1, -(2**32), -1, 0, 1, 2**32, LARGEST - 1, LARGEST]
    with CaseDomain(tally) as domain, ThreadPoolExecutor(8) as pool:
        domain.server()

        def run(pair: tuple[int, int]) -> Tally:
            one = Tally()
            client = domain.client(*(str(number) for number in pair))
            count_client(client, *pair, one)
            domain.end(client)
            return one

        for one in pool.map(run, itertools.product(numbers, repeat=2)):
            tally.merge(one)
    tally.remark("sums beyond 64 bits wrap around")


@case("Bad input", "A peer that offers `add_two_ints` as another type", short=True)
def other_type(tally: Tally, _: Options) -> None:
    with CaseDomain(tally) as domain:
        peer = domain.start(["python3", PEERS / "another_type.py"])
        peer.wait_for_output("ready", TIMEOUT)
        ask(domain, tally, "--wait-timeout", "3", code=3)
        domain.server()
        for _round in range(3):
            ask(domain, tally)
        tally.expect(peer.status is None, f"the peer ended with {peer.status}: {peer.stderr}")


# Interfaces whose requests are shorter than two integers, longer, and as long.
DISGUISES = (
    ("std_srvs", "Empty"),
    ("std_srvs", "SetBool"),
    ("rcl_interfaces", "SetParameters"),
    ("test_msgs", "BasicTypes"),
    ("test_msgs", "Arrays"),
)


@case("Bad input", "Requests from clients whose type description differs", short=True)
def other_description(tally: Tally, options: Options) -> None:
    chosen = DISGUISES[1:2] if options.short else DISGUISES
    with CaseDomain(tally) as domain:
        server = domain.server()
        ask(domain, tally)
        load = domain.caller(1_000_000, "--lanes", "2")
        peers = [
            domain.start(["python3", PEERS / "disguised.py", "client", package, service])
            for package, service in chosen
        ]
        for peer in peers:
            peer.wait_for_output("sent 10 requests", TIMEOUT)
        wait_for_right(load, 100)
        stop(load, tally)
        tally.expect(server.status is None, f"the server ended with {server.status}")
        ask(domain, tally)
        tally.remark(", ".join(f"{package}/{service}" for package, service in chosen))


@case("Bad input", "Replies from servers whose type description differs")
def other_reply(tally: Tally, _: Options) -> None:
    for package, service in DISGUISES:
        with CaseDomain(tally) as domain:
            peer = domain.start(["python3", PEERS / "disguised.py", "server", package, service])
            peer.wait_for_output("ready", TIMEOUT)
            # Longer than any discovery takes: the limit of the reply is what ends it.
            ask(domain, tally, "--reply-timeout", "2", code=4)


@case("Bad input", "A storm of malformed RTPS datagrams at the server's ports", short=True)
def storm(tally: Tally, options: Options) -> None:
    count = 2_000 if options.short else 40_000
    luck = random.Random(options.seed)
    with CaseDomain(tally) as domain, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        # Participant 20 of the domain, which does not exist: those of one machine announce
        # themselves to the first 32.
        udp.bind(("127.0.0.1", domain.first_port + 10 + 2 * 20))
        udp.settimeout(TIMEOUT)
        server = domain.server()
        ask(domain, tally)
        load = domain.caller(1_000_000, "--lanes", "2")
        wait_for_right(load, 1)
        ports = udp_ports(server)
        tally.expect(bool(ports), "the server listens at no UDP port")
        genuine = [from_unknown(luck, udp.recv(65536)) for _ in range(10)]
        before = resident(server)
        for number in range(count):
            datagram = malformed(luck, genuine)
            for port in ports:
                udp.sendto(datagram, ("127.0.0.1", port))
            if number % 100 == 99:
                # A storm, not a denial of service: the point is what is in the datagrams.
                time.sleep(0.02)
        wait_for_right(load, 100)
        stop(load, tally)
        tally.expect(server.status is None, f"the server ended with {server.status}")
        ask(domain, tally)
        tally.remark(
            f"{count} datagrams to each of {len(ports)} ports, seed {options.seed}, made from "
            f"{len(genuine)} genuine ones; server {resident(server) - before:+.1f} MB"
        )


def udp_ports(program: Program) -> list[int]:
    """Return the UDP ports of a process."""
    sockets = psutil.Process(program.pid).net_connections("udp")
    return sorted({one.laddr.port for one in sockets if one.laddr})


def from_unknown(luck: random.Random, datagram: bytes) -> bytes:
    """Return a datagram as from a participant that no other one has discovered.

    In the name of a known one it would be a forgery, not a malformed datagram: a program that
    announces another address for a client receives its replies. DDS Security prevents that.
    """
    prefix = datagram[8:20]
    return datagram.replace(prefix, luck.randbytes(len(prefix)))


def malformed(luck: random.Random, genuine: list[bytes]) -> bytes:
    """Return a datagram that is nearly right, or not at all."""
    kind = luck.choice(["noise", "submessages", "short", "changed"])
    if kind == "noise":
        return luck.randbytes(luck.randrange(0, 1500))
    if kind == "submessages":
        # A header, and then submessages of any kind and length.
        message = b"RTPS\x02\x03" + luck.randbytes(14)
        for _ in range(luck.randrange(1, 6)):
            body = luck.randbytes(luck.randrange(0, 200))
            length = luck.choice([len(body), luck.randrange(65536)])
            message += luck.randbytes(2) + length.to_bytes(2, "little") + body
        return message
    changed = bytearray(luck.choice(genuine))
    if kind == "short":
        return bytes(changed[: luck.randrange(len(changed))])
    for _ in range(luck.choice([1, 3, 30])):
        # The protocol's name stays, so that the rest is parsed.
        changed[luck.randrange(4, len(changed))] = luck.choice([0, 1, 0x7F, 0x80, 0xFF])
    return bytes(changed)
