#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the `ros2` command, for machines that have no `ros2cli`.

ROS 2 from wheels comes without the `ros2` command. This file supplies the verbs that a first
server and client need, with the output and the exit status of the real ones:

    ros2 run PACKAGE EXECUTABLE [ARGUMENT...]
    ros2 node list
    ros2 service list [-t]
    ros2 service type SERVICE
    ros2 service call SERVICE TYPE [VALUES]

Everything else is refused as the real command refuses what it does not know, with what to install.
The interface follows ros2cli of Jazzy and Kilted, and where they differ, of Kilted:
https://github.com/ros2/ros2cli.

Exit statuses: 0 when all went well; 1 for an error, which is one line on stderr; 2 for arguments
that are not understood, and after Ctrl-C, as the real command has it; 143 after SIGTERM; for
`ros2 run` the status of the program it ran.

`rclpy` takes a tenth of a second to import, so it is imported only by the verbs that query the
graph.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import importlib
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

STAND_IN = (
    "This ros2 is a stand-in from the underlay of rust_add_two_ints, with only 'ros2 run', "
    "'ros2 node list' and 'ros2 service list|type|call'."
)


class Failure(Exception):
    """An error to show to the user as it stands: capitalised, without a final full stop."""


SIGNALS = {signal.SIGINT, signal.SIGTERM}


def hold_signals() -> None:
    """From now on, let SIGINT and SIGTERM act only where `pause` is called.

    Python would raise KeyboardInterrupt between any two steps of rclpy, which then complains about
    objects that are half made or half destroyed. To be called before there are other threads.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def pause(seconds: float) -> None:
    """Sleep; raise SystemExit as soon as there is a signal."""
    received = signal.sigtimedwait(SIGNALS, seconds)
    if received:
        # After Ctrl-C the real command ends with the bare number of the signal.
        raise SystemExit(2 if received.si_signo == signal.SIGINT else 143)


def load(module: str) -> Any:
    """Import a module of ROS 2, which fails in a terminal in which no ROS 2 is sourced."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Failure(
            f"Cannot load {module} ({error}): source a ROS 2 in this terminal first, for example "
            "with: source .underlay/setup.bash"
        ) from error


# --- Discovery ----------------------------------------------------------------------------------
#
# The real command asks a daemon that has discovered the graph before. Here is no daemon: each
# command has to discover it first. With Fast DDS that takes 50 ms, but often up to 3.1 s: a
# participant announces itself before it listens, so the immediate answer of another one on the same
# machine can be lost, and the next message from there is its periodic announcement, every 3 s.
# (Measured: with one server running, 5 of 16 commands needed 1.5 to 2.6 s to discover it; with two,
# 25 of 28 needed more than 0.5 s to discover both.)
#
# A fixed waiting time is therefore either slow or unreliable. Every Fast DDS participant binds the
# UDP port that the RTPS standard gives to its domain and number, so the kernel's table of UDP
# sockets tells how many there are on this machine. The wait ends when all of them are discovered.

# The longest wait, in seconds: one announcement period of Fast DDS and some slack.
LONGEST_DISCOVERY = 4.0

# Participants on other machines cannot be counted. They get as long as the real command gives them.
REMOTE_DISCOVERY = 0.5

# For so long, in seconds, the complete graph must not have changed: the endpoints of a participant
# arrive in several packets, within a few milliseconds, or more on a loaded machine.
SETTLED = 0.25

DISCOVERY_TOPIC = "ros_discovery_info"


@contextlib.contextmanager
def hidden_node() -> Iterator[Any]:
    """Give a node that other tools do not list, and take it off the graph in any case."""
    rclpy = load("rclpy")
    from rclpy.parameter import Parameter
    from rclpy.signals import SignalHandlerOptions

    with contextlib.ExitStack() as stack:
        # Without `args`, rclpy would search those of this command for ROS arguments. Its signal
        # handlers would shut the node down while it is in use.
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        # Without these, the participant would stay in the graph of the others until its lease ends,
        # 20 s later, and its shared memory in /dev/shm for ever.
        stack.callback(rclpy.try_shutdown)
        node = rclpy.create_node(
            f"_ros2cli_{os.getpid()}",
            enable_rosout=False,
            start_parameter_services=False,
            parameter_overrides=[Parameter("start_type_description_service", value=False)],
        )
        stack.callback(node.destroy_node)
        yield node


@contextlib.contextmanager
def discovered_graph() -> Iterator[Any]:
    """Give a hidden node that has discovered the graph."""
    with hidden_node() as node:
        reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "").upper()
        local = reach in ("LOCALHOST", "OFF") or os.environ.get("ROS_LOCALHOST_ONLY") == "1"
        shortest = 0.0 if local else REMOTE_DISCOVERY
        # With other middleware, or with discovery off, the ports say nothing about who can be seen.
        fast_dds = load("rclpy").get_rmw_implementation_identifier().startswith("rmw_fastrtps")
        countable = fast_dds and reach != "OFF"
        start = changed = now = time.monotonic()
        seen = None
        while now - start < LONGEST_DISCOVERY:
            latest = (node_names(node), sorted(node.get_service_names_and_types()))
            if latest != seen:
                seen, changed = latest, now
            settled = now - changed >= SETTLED and now - start >= shortest
            if settled and (not countable or is_complete(node)):
                break
            pause(0.02)
            now = time.monotonic()
        yield node


def is_complete(node: Any) -> bool:
    """Tell whether all participants on this machine are known, with endpoints and nodes.

    Each participant has one writer for the topic 'ros_discovery_info', which rmw_dds_common uses to
    tell which node has which endpoints. Its other endpoints can come later than this writer: rclcpp
    and rclpy give each node at least a publisher of '/parameter_events'. The message can come half
    a second after the endpoints themselves. Until then their node is reported by the name that is
    tested for here.
    """
    writers = node.get_publishers_info_by_topic(DISCOVERY_TOPIC, no_mangle=True)
    if len(writers) < local_participants(node.context.get_domain_id()):
        return False
    endpoints = [
        endpoint
        for topic, _ in node.get_topic_names_and_types(no_demangle=True)
        if topic != DISCOVERY_TOPIC
        for ask in (node.get_publishers_info_by_topic, node.get_subscriptions_info_by_topic)
        for endpoint in ask(topic, no_mangle=True)
    ]
    if any(endpoint.node_name == "_NODE_NAME_UNKNOWN_" for endpoint in endpoints):
        return False
    return participants(writers) <= participants(endpoints)


def local_participants(domain: int) -> int:
    """Return how many DDS participants of a ROS domain live on this machine, as far as known.

    The ports are those of the RTPS specification, section "Default port mapping" (PB = 7400,
    DG = 250, d1 = 10, PG = 2).
    """
    first = 7400 + 250 * domain + 10
    sockets = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    # The second column is the local address with its port, in hexadecimal: "0100007F:1CF2".
    bound = {int(line.split()[1].rpartition(":")[2], 16) for line in sockets}
    return len(bound.intersection(range(first, first + 240, 2)))


def participants(endpoints: Iterable[Any]) -> set[bytes]:
    """Return the participants of endpoints: the first twelve bytes of a GUID are its prefix."""
    return {bytes(endpoint.endpoint_gid[:12]) for endpoint in endpoints}


def node_names(node: Any) -> list[str]:
    """Return the full names of the nodes that a node sees, without hidden ones, sorted."""
    return sorted(
        f"{namespace.rstrip('/')}/{name}"
        for name, namespace in node.get_node_names_and_namespaces()
        if not name.startswith("_")
    )


# --- The verbs ----------------------------------------------------------------------------------


def run(args: argparse.Namespace) -> int:
    """Run an executable as a child, pass SIGINT and SIGTERM on to it, and return its status.

    The status of a child that a signal ended is the negative number of that signal.
    """
    try:
        prefix = load("ament_index_python").get_package_prefix(args.package_name)
    except LookupError as error:
        raise Failure(f"Package '{args.package_name}' not found") from error
    executable = Path(prefix, "lib", args.package_name, args.executable_name)
    if not (executable.is_file() and os.access(executable, os.X_OK)):
        raise Failure("No executable found")
    try:
        child = os.posix_spawn(
            executable,
            [str(executable), *args.argv],
            os.environ,
            setsigmask=signal.pthread_sigmask(signal.SIG_BLOCK, ()) - SIGNALS,
            # Python ignores these two, and a child would inherit that.
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
        )
    except OSError as error:
        raise Failure(f"Cannot run '{executable}': {error.strerror}") from error

    def pass_on(number: int, _frame: object) -> None:
        # After Ctrl-C in a terminal the child gets the signal a second time, from here: so it is
        # with the real command, which cannot tell either where a signal comes from.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
        report(f"Received signal:  {signal.strsignal(number)}")

    def report(text: str) -> None:
        with contextlib.suppress(OSError):
            print(f"[ros2run]: {text}")

    # Not earlier: that would undo an inherited "ignore SIGINT" for the child as well, with which
    # shells start background jobs.
    for number in SIGNALS:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        report(str(signal.strsignal(-status)))
    elif status > 0:
        report(f"Process exited with failure {status}")
    return status


def node_list(_args: argparse.Namespace) -> int:
    """Print the names of the nodes."""
    with discovered_graph() as node:
        names = node_names(node)
    if len(set(names)) < len(names):
        print(
            "WARNING: Be aware that there are nodes in the graph that share an exact name, "
            "which can have unintended side effects.",
            file=sys.stderr,
        )
    for name in names:
        print(name)
    return 0


def service_list(args: argparse.Namespace) -> int:
    """Print the names of the services that are not hidden, with their types if asked to."""
    with discovered_graph() as node:
        services = sorted(node.get_service_names_and_types())
    for name, types in services:
        if "/_" not in name:
            print(f"{name} [{', '.join(types)}]" if args.show_types else name)
    return 0


def service_type(args: argparse.Namespace) -> int:
    """Print the types of a service; print nothing and return 1 when there is no such service."""
    with discovered_graph() as node:
        types = dict(node.get_service_names_and_types()).get(args.service_name, [])
    for name in types:
        print(name)
    return 0 if types else 1


def service_call(args: argparse.Namespace) -> int:
    """Call a service, and print the request and the response."""
    rclpy = load("rclpy")
    # Without this, interfaces accept 2**70 for an int64, and fail only where it is serialised.
    # They read it when they are imported.
    os.environ.setdefault("ROS_PYTHON_CHECK_FIELDS", "1")
    service = service_class(args.service_type)
    request = new_request(service, args.values)
    with hidden_node() as node:
        client = node.create_client(service, args.service_name)
        if not client.service_is_ready():
            print("waiting for service to become available...")
        while not client.service_is_ready():
            pause(0.05)
        print(f"requester: making request: {request!r}\n")
        future = client.call_async(request)
        while not future.done():
            rclpy.spin_once(node, timeout_sec=0.1)
            pause(0)
        print(f"response:\n{future.result()!r}\n")
    return 0


def service_class(type_name: str) -> Any:
    """Import the Python class of a service type, 'package/srv/Name'."""
    try:
        package, kind, name = type_name.split("/")
        service = getattr(importlib.import_module(f"{package}.{kind}"), name)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        raise Failure("The passed service type is invalid") from error
    if not hasattr(service, "Request"):
        raise Failure("The passed type is not a service")
    return service


def new_request(service: Any, text: str) -> Any:
    """Return a request of a service class, filled with values in YAML."""
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Failure(f"The passed values are not valid YAML: {error}") from error
    try:
        return filled(service.Request, values)
    except Exception as error:
        raise Failure(f"Failed to populate field: {error}") from error


def filled(kind: Any, values: Any) -> Any:
    """Return a message of a class whose fields, and those of messages in it, have these values.

    A value is converted to the type that the field has, so that `a: '2'` works as it does with the
    real command.
    """
    if not isinstance(values, dict):
        given = type(values).__name__
        raise TypeError(f"Value '{values}' is expected to be a dictionary but is a {given}")
    import numpy

    message = kind()
    types = dict(zip(message.get_fields_and_field_types(), message.SLOT_TYPES, strict=False))
    for name, value in values.items():
        field = getattr(message, name)
        element: Any = getattr(types[name], "value_type", None)
        new: Any
        if isinstance(field, array.array):
            new = array.array(field.typecode, value)
        elif isinstance(field, numpy.ndarray):
            new = numpy.array(value, dtype=field.dtype)
        elif hasattr(element, "namespaces"):
            # An array or sequence of messages.
            module = importlib.import_module(".".join(element.namespaces))
            new = [filled(getattr(module, element.name), each) for each in value]
        elif hasattr(field, "SLOT_TYPES"):
            new = filled(type(field), value)
        else:
            new = type(field)(value)
        setattr(message, name, new)
    return message


# --- Arguments ----------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """A parser that says what to install when it is asked for something that it lacks."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments: -") or "invalid choice" in message:
            distro = os.environ.get("ROS_DISTRO") or "jazzy"
            message += (
                f"\n{STAND_IN} For the rest install ROS 2 itself, such as: "
                f"sudo apt install ros-{distro}-ros-base "
                f"(https://docs.ros.org/en/{distro}/Installation.html)"
            )
        super().error(message)


def build_parser() -> Parser:
    """Return the parser of the whole command; `verb` in its result is the function to call."""
    parser = Parser(prog="ros2")
    commands = add_choice(parser)

    verb = add_verb(commands, "run", run, "Run a package specific executable")
    verb.add_argument("package_name", help="Name of the ROS package")
    verb.add_argument("executable_name", help="Name of the executable")
    verb.add_argument(
        "argv", nargs=argparse.REMAINDER, help="Pass arbitrary arguments to the executable"
    )

    verbs = add_choice(commands.add_parser("node", help="Node related sub-commands (list)"))
    add_verb(verbs, "list", node_list, "Output a list of available nodes")

    verbs = add_choice(
        commands.add_parser("service", help="Service related sub-commands (list, type, call)")
    )
    verb = add_verb(verbs, "list", service_list, "Output a list of available services")
    verb.add_argument(
        "-t", "--show-types", action="store_true", help="Additionally show the service type"
    )
    verb = add_verb(verbs, "type", service_type, "Output a service's type")
    verb.add_argument("service_name", help="Name of the ROS service (e.g. '/add_two_ints')")
    verb = add_verb(verbs, "call", service_call, "Call a service")
    verb.add_argument("service_name", help="Name of the ROS service (e.g. '/add_two_ints')")
    verb.add_argument("service_type", help="Type of the ROS service (e.g. 'std_srvs/srv/Empty')")
    verb.add_argument(
        "values",
        nargs="?",
        default="{}",
        help="Values of the request in YAML (e.g. '{a: 1, b: 2}'), instead of its defaults",
    )
    return parser


def add_choice(parser: argparse.ArgumentParser) -> Any:
    """Let a parser choose among commands or verbs; without a choice, it shows its help."""

    def show_help(_args: argparse.Namespace) -> int:
        parser.print_help()
        return 0

    parser.description = STAND_IN
    parser.set_defaults(verb=show_help)
    return parser.add_subparsers(title="Commands")


def add_verb(
    choice: Any, name: str, function: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Add the parser of a verb that a function carries out."""
    parser: argparse.ArgumentParser = choice.add_parser(name, help=text, description=text)
    parser.set_defaults(verb=function)
    return parser


# --- Main ---------------------------------------------------------------------------------------


def main() -> NoReturn:
    hold_signals()
    # The reader of a pipe receives each line at once, as with the real command.
    cast(io.TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
    try:
        args = build_parser().parse_args()
        status = args.verb(args)
    except SystemExit as stop:
        # From `pause`; or argparse has printed the help (0) or what is wrong (2).
        status = stop.code
    except BrokenPipeError:
        # The reader has seen enough, as in `ros2 service list | head -1`.
        status = 128 + signal.SIGPIPE
    except Exception as error:
        # On one line: rclpy marks what is wrong in a name with a caret on the next.
        print(" ".join(str(error).split()).rstrip(" ^"), file=sys.stderr)
        status = 1
    # By now nothing is left to clean up, and the destructors of Fast DDS, which would run at a
    # regular exit, take another 0.1 s.
    os._exit(status & 0xFF)


if __name__ == "__main__":
    main()
