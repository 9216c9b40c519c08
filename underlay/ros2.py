#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the `ros2` command, for machines that have no `ros2cli`.

ROS 2 from wheels comes without the `ros2` command. This file supplies the verbs that a first
server and client need, with the arguments, the output and the exit status of the real ones:

    ros2 run [--prefix CMD] PACKAGE EXECUTABLE [ARGUMENT...]
    ros2 node list
    ros2 service list | type | call

Everything else is refused as the real command refuses what it does not know, with what to install.
The interface (options, texts, statuses) follows ros2cli as of Jazzy and Kilted, and where they
differ, Kilted: https://github.com/ros2/ros2cli.

How it is laid out: first discovery (what is on the ROS graph), then one section for each
command, then the arguments, then `main`, the only place that prints errors and picks exit statuses.

Exit statuses: 0 when all went well; 1 for an error, which is one line on stderr; 2 for arguments
that are not understood, and after Ctrl-C, as the real command has it; 143 after SIGTERM; for
`ros2 run` the status of the program it ran.

`rclpy` takes a tenth of a second to import, so it is imported only by the verbs that talk to the
graph. `ros2 run` does without.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import importlib
import io
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

STAND_IN = (
    "a stand-in from the underlay of rust_add_two_ints, with only 'ros2 run', 'ros2 node list' "
    "and 'ros2 service list|type|call'"
)


class Failure(Exception):
    """An error to show to the user as it stands: capitalised, without a final full stop."""


class Interrupted(Exception):
    """SIGINT or SIGTERM came while the command was on the graph."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


# --- Discovery ----------------------------------------------------------------------------------
#
# The real command asks a daemon that has been listening for a while. Here is no daemon: each call
# is a newcomer and has to find the others first. With Fast DDS that takes 50 ms when all goes well,
# but often up to 3.1 s: a newcomer announces itself before it listens, so the immediate answer of a
# participant on the same machine can be lost, and the next word from that participant is its
# periodic announcement, every 3 s. (Measured: with one server running, 5 of 16 newcomers needed 1.5
# to 2.6 s to find it; with two, 25 of 28 needed more than 0.5 s to find both.)
#
# A fixed waiting time is therefore either slow or unreliable. What helps is to know how many
# participants there are to be found. Every Fast DDS participant binds the UDP port that the RTPS
# standard gives to its domain and number, so the kernel's table of UDP sockets tells how many live
# on this machine. The wait ends as soon as all of them have been heard of, and is short when there
# are none.

# The longest wait, in seconds: one announcement period of Fast DDS and some slack.
LONGEST_DISCOVERY = 4.0

# Participants on other machines cannot be counted. They get as long as the real command gives them.
REMOTE_DISCOVERY = 0.5

# For so long, in seconds, the complete graph must not have changed: the endpoints of a participant
# arrive in several packets, within a few milliseconds, or more on a loaded machine.
SETTLED = 0.25

POLL_PERIOD = 0.02

DISCOVERY_TOPIC = "ros_discovery_info"


def local_participants(domain: int) -> int:
    """Return how many DDS participants of a ROS domain live on this machine, as far as known.

    The ports are those of the RTPS specification, section "Default port mapping" (PB = 7400,
    DG = 250, d1 = 10, PG = 2). Zero means that nothing is known, or that there are none.
    """
    first = 7400 + 250 * domain + 10
    ports = range(first, first + 240, 2)
    try:
        sockets = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return 0
    # The second column is the local address with its port, in hexadecimal: "0100007F:1CF2".
    bound = {int(line.split()[1].rpartition(":")[2], 16) for line in sockets}
    return len(bound.intersection(ports))


def participants(endpoints: Iterable[Any]) -> set[bytes]:
    """Return the participants of endpoints: the first twelve bytes of a GUID are its prefix."""
    return {bytes(endpoint.endpoint_gid[:12]) for endpoint in endpoints}


class Graph:
    """What a node sees of the ROS graph, which becomes complete only after a while."""

    def __init__(self, node: Any) -> None:
        import rclpy

        self._node = node
        reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "").upper()
        only_local = reach == "LOCALHOST" or os.environ.get("ROS_LOCALHOST_ONLY") == "1"
        self._shortest = 0.0 if only_local or reach == "OFF" else REMOTE_DISCOVERY
        # With other middleware, or with discovery off, the ports say nothing about who can be seen.
        fast_dds = rclpy.get_rmw_implementation_identifier().startswith("rmw_fastrtps")
        self._countable = fast_dds and reach != "OFF"
        self._domain = node.context.get_domain_id()

    def nodes(self) -> list[str]:
        """Return the full names of all nodes, hidden ones included, sorted."""
        names = self._node.get_node_names_and_namespaces()
        return sorted(f"{namespace.rstrip('/')}/{name}" for name, namespace in names)

    def services(self) -> list[tuple[str, list[str]]]:
        """Return the name and the types of every service, hidden ones included, sorted."""
        return sorted(self._node.get_service_names_and_types())

    def served_types(self, service: str) -> set[str]:
        """Return the types under which nodes offer a service.

        `services` cannot tell that: it counts the services of clients, too.
        """
        found: set[str] = set()
        for name, namespace in self._node.get_node_names_and_namespaces():
            # A node may be gone between the two questions, which rclpy reports as an exception.
            with contextlib.suppress(Exception):
                offers = self._node.get_service_names_and_types_by_node(name, namespace)
                found.update(*(types for offered, types in offers if offered == service))
        return found

    def _complete(self) -> bool:
        """Tell whether all participants on this machine are known, with endpoints and nodes.

        Each participant has one writer for the topic 'ros_discovery_info', which rmw_dds_common
        uses to tell which node has which endpoints. Its other endpoints can come later than this
        writer: rclcpp and rclpy give each node at least a publisher of '/parameter_events'. The
        message can come half a second after the endpoints themselves. Until then their node is
        reported by the name that is tested for here.
        """
        if not self._countable:
            return True
        node = self._node
        writers = node.get_publishers_info_by_topic(DISCOVERY_TOPIC, no_mangle=True)
        if len(writers) < local_participants(self._domain):
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

    def wait(self, spin_time: float | None) -> None:
        """Wait until the graph is complete and settled; with `spin_time`, for so many seconds."""
        start = changed = time.monotonic()
        seen = None
        while True:
            now = time.monotonic()
            latest = (self.nodes(), self.services())
            if latest != seen:
                seen, changed = latest, now
            if spin_time is not None:
                finished = now - start >= spin_time
            elif now - start >= LONGEST_DISCOVERY:
                finished = True
            else:
                settled = now - changed >= SETTLED and now - start >= self._shortest
                finished = settled and self._complete()
            if finished:
                return
            pause(POLL_PERIOD)


def how_to_source() -> str:
    """Return the advice for a terminal in which no ROS 2 is sourced."""
    own = Path(sys.argv[0]).absolute().parent.parent / "setup.bash"
    setup = shlex.quote(str(own)) if own.is_file() else ".underlay/setup.bash"
    return f"source a ROS 2 in this terminal first, for example with: source {setup}"


def import_rclpy() -> Any:
    """Import rclpy, which fails in a terminal in which no ROS 2 is sourced."""
    try:
        return importlib.import_module("rclpy")
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise Failure(f"Cannot load rclpy ({reason}): {how_to_source()}") from error


received_signals: list[int] = []


def hold_signals() -> None:
    """From now on, let SIGINT and SIGTERM act only where `check_signals` or `pause` is called.

    Python would raise KeyboardInterrupt between any two steps of rclpy, which then complains about
    objects that are half made or half destroyed.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # Shells start background jobs of scripts with SIGINT ignored, and so it stays.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _frame: received_signals.append(number))


def check_signals() -> None:
    """Raise `Interrupted` if a signal has come."""
    if received_signals:
        raise Interrupted(received_signals[0])


def pause(seconds: float) -> None:
    """Sleep, but raise `Interrupted` soon after a signal."""
    end = time.monotonic() + seconds
    check_signals()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, POLL_PERIOD))
        check_signals()


@contextlib.contextmanager
def hidden_node(name: str, *, use_sim_time: bool = False) -> Iterator[Any]:
    """Give a node that other tools do not list, and take it off the graph in any case."""
    rclpy = import_rclpy()
    from rclpy.parameter import Parameter
    from rclpy.signals import SignalHandlerOptions

    hold_signals()
    overrides = [Parameter("start_type_description_service", value=False)]
    if use_sim_time:
        overrides.append(Parameter("use_sim_time", value=True))
    # Without `args`, rclpy would look for ROS arguments among those of this command. Its signal
    # handlers would shut the node down under the feet of whatever is using it.
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = None
    try:
        node = rclpy.create_node(
            f"_ros2cli_{name}",
            enable_rosout=False,
            start_parameter_services=False,
            parameter_overrides=overrides,
        )
        yield node
    finally:
        # Without this, the participant would stay in the graph of the others until its lease ends,
        # 20 s later, and its shared memory in /dev/shm for ever.
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()


def is_hidden(name: str) -> bool:
    """Tell whether a part of a graph name starts with an underscore."""
    return any(part.startswith("_") for part in name.split("/"))


# --- ros2 run -----------------------------------------------------------------------------------


def package_prefix(package: str) -> Path:
    """Return the first prefix of AMENT_PREFIX_PATH whose ament index lists the package."""
    prefixes = [p for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    if not prefixes:
        raise Failure(
            f"Environment variable 'AMENT_PREFIX_PATH' is not set or empty: {how_to_source()}"
        )
    for prefix in prefixes:
        index = Path(prefix, "share/ament_index/resource_index/packages")
        if "/" not in package and (index / package).is_file():
            return Path(prefix)
    raise Failure(f"Package '{package}' not found")


def executable_path(package: str, name: str) -> str:
    """Return the path of the one executable of that name anywhere below lib/<package>."""
    matches = []
    for folder, folders, files in os.walk(package_prefix(package) / "lib" / package):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        path = os.path.join(folder, name)
        if name in files and os.access(path, os.X_OK):
            matches.append(path)
    if not matches:
        raise Failure("No executable found")
    if len(matches) > 1:
        raise Failure("\n- ".join(["Multiple executables found:", *matches]))
    return matches[0]


def run(args: argparse.Namespace) -> int:
    """Run an executable as a child, pass SIGINT and SIGTERM on to it, and return its status.

    The status of a child that a signal ended is the negative number of that signal.
    """
    executable = executable_path(args.package_name, args.executable_name)
    command = [*shlex.split(args.prefix or ""), executable, *args.argv]
    passed_on = (signal.SIGINT, signal.SIGTERM)

    # A signal between the start of the child and the installation of the handlers would end this
    # process and orphan the child, so both signals are held back meanwhile, but not in the child.
    # Installing the handlers first would be simpler, but undo an inherited "ignore SIGINT", with
    # which shells start background jobs.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)
    try:
        child = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            setsigmask=mask,
            # Python ignores these two, and a child would inherit that.
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
        )
    except OSError as error:
        raise Failure(f"Cannot run '{command[0]}': {error.strerror}") from error

    def pass_on(number: int, _frame: object) -> None:
        # After Ctrl-C in a terminal the child gets the signal a second time, from here: so it is
        # with the real command, which cannot tell either where a signal comes from.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
        report(f"Received signal:  {signal.strsignal(number)}")

    def report(text: str) -> None:
        with contextlib.suppress(OSError):
            print(f"[ros2run]: {text}", flush=True)

    for number in passed_on:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        report(str(signal.strsignal(-status)))
    elif status > 0:
        report(f"Process exited with failure {status}")
    return status


# --- ros2 node ----------------------------------------------------------------------------------


def node_list(args: argparse.Namespace) -> int:
    """Print the names of the nodes, or how many there are."""
    with hidden_node(str(os.getpid()), use_sim_time=args.use_sim_time) as node:
        graph = Graph(node)
        graph.wait(args.spin_time)
        names = graph.nodes()
    # Only the node's own name counts here; a namespace that starts with '_' does not hide it.
    names = [name for name in names if args.all or not name.rpartition("/")[2].startswith("_")]
    if args.count_nodes:
        print(len(names))
        return 0
    if len(set(names)) < len(names):
        print(
            "WARNING: Be aware that there are nodes in the graph that share an exact name, "
            "which can have unintended side effects.",
            file=sys.stderr,
        )
    for name in names:
        print(name)
    return 0


# --- ros2 service -------------------------------------------------------------------------------


def service_list(args: argparse.Namespace) -> int:
    """Print the names of the services, with their types if asked to, or how many there are."""
    with hidden_node(str(os.getpid()), use_sim_time=args.use_sim_time) as node:
        graph = Graph(node)
        graph.wait(args.spin_time)
        services = graph.services()
    services = [s for s in services if args.include_hidden_services or not is_hidden(s[0])]
    if args.count_services:
        print(len(services))
        return 0
    for name, types in services:
        print(f"{name} [{', '.join(types)}]" if args.show_types else name)
    return 0


def service_type(args: argparse.Namespace) -> int:
    """Print the types of a service; print nothing and return 1 when there is no such service."""
    with hidden_node(str(os.getpid()), use_sim_time=args.use_sim_time) as node:
        graph = Graph(node)
        graph.wait(args.spin_time)
        types = dict(graph.services()).get(args.service_name, [])
    if not types or (is_hidden(args.service_name) and not args.include_hidden_services):
        return 1
    for name in types:
        print(name)
    return 0


def service_class(type_name: str) -> Any:
    """Import the Python class of a service type, 'package/srv/Name' or 'package/Name'."""
    parts = type_name.split("/")
    if len(parts) == 2:
        parts.insert(1, "srv")
    try:
        package, kind, name = parts
        found = getattr(importlib.import_module(f"{package}.{kind}"), name)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        raise Failure("The passed service type is invalid") from error
    if not (hasattr(found, "Request") and hasattr(found, "Response")):
        raise Failure("The passed type is not a service")
    return found


def parse_values(text: str | bytes) -> Any:
    """Parse the values of a request, which are written in YAML."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise Failure(f"The passed values are not valid YAML{place}: {reason}") from error


def fill(message: Any, values: Any, now: Any) -> None:
    """Set fields of a message, and of the messages in it, from what was read as YAML.

    A value is converted by the type that the field has, so that `a: '2'` works as it does with the
    real command. `now` is the current time as a message: a time may be written as `now`, and a
    header as `auto`, as the real command of Kilted has it.
    """
    if not isinstance(values, dict):
        kind = type(values).__name__
        raise TypeError(f"Value '{values}' is expected to be a dictionary but is a {kind}")
    import numpy

    types = dict(zip(message.get_fields_and_field_types(), message.SLOT_TYPES, strict=False))
    for name, value in values.items():
        field = getattr(message, name)
        declared = types[name]
        new: Any
        if isinstance(field, array.array):
            new = array.array(field.typecode, value)
        elif isinstance(field, numpy.ndarray):
            new = numpy.array(value, dtype=field.dtype)
        elif hasattr(declared, "value_type") and hasattr(declared.value_type, "namespaces"):
            new = [nested(element_class(declared.value_type), v, now) for v in value]
        elif hasattr(field, "SLOT_TYPES"):
            new = nested(type(field), value, now)
        else:
            new = value if type(value) is type(field) else type(field)(value)
        setattr(message, name, new)


def element_class(declared: Any) -> Any:
    """Return the class of the messages that an array or sequence holds."""
    return getattr(importlib.import_module(".".join(declared.namespaces)), declared.name)


def nested(kind: Any, value: Any, now: Any) -> Any:
    """Return a new message of a class, filled with the values given for it."""
    if value == "now" and kind is type(now):
        return now
    new = kind()
    if value == "auto" and kind.__module__ == "std_msgs.msg._header":
        new.stamp = now
    else:
        fill(new, value, now)
    return new


def new_request(service: Any, values: Any, now: Any) -> Any:
    """Return a request of a service class, filled with values."""
    request = service.Request()
    try:
        fill(request, values, now)
    except Exception as error:
        raise Failure(f"Failed to populate field: {error}") from error
    return request


QOS_OPTIONS = {
    "history": ("system_default", "keep_last", "keep_all"),
    "reliability": ("system_default", "reliable", "best_effort", "best_available"),
    "durability": ("system_default", "transient_local", "volatile", "best_available"),
}


def qos_profile(args: argparse.Namespace) -> Any:
    """Return the quality of service that the --qos-* options ask for."""
    from rclpy import qos

    profile = qos.QoSPresetProfiles.get_from_short_key(args.qos_profile)
    for policy in QOS_OPTIONS:
        wanted = getattr(args, f"qos_{policy}")
        if wanted is not None:
            policies = getattr(qos, f"QoS{policy.capitalize()}Policy")
            setattr(profile, policy, policies.get_from_short_key(wanted))
    if args.qos_depth is not None:
        profile.depth = args.qos_depth
    return profile


def wait_for_server(client: Any, graph: Graph, name: str, type_name: str) -> None:
    """Wait as long as it takes until a server is ready."""
    if client.service_is_ready():
        return
    print("waiting for service to become available...")
    hinted = False
    while not client.service_is_ready():
        if not hinted:
            # The real command waits in silence for ever when the type is wrong.
            others = graph.served_types(name)
            if others and type_name not in others:
                hinted = True
                print(
                    f"Service '{name}' is there, but its type is {' and '.join(sorted(others))}, "
                    f"not {type_name}: still waiting",
                    file=sys.stderr,
                )
        pause(0.05)


def service_call(args: argparse.Namespace) -> int:
    """Call a service once, or again and again at a rate, and print requests and responses."""
    if args.rate is not None and args.rate <= 0:
        raise Failure("rate must be greater than zero")

    import_rclpy()
    # Without this, interfaces accept 2**70 for an int64, and fail only where it is serialised.
    # They read it when they are imported.
    os.environ.setdefault("ROS_PYTHON_CHECK_FIELDS", "1")
    from builtin_interfaces.msg import Time

    service = service_class(args.service_type)
    values = parse_values(sys.stdin.buffer.read() if args.stdin else args.values)
    # What cannot be sent is refused before anybody is waited for.
    new_request(service, values, Time())

    package, kind = service.__module__.split(".")[:2]
    with hidden_node(f"requester_{package}_{service.__name__}") as node:
        from rclpy.executors import SingleThreadedExecutor

        executor = SingleThreadedExecutor()
        executor.add_node(node)
        client = node.create_client(service, args.service_name, qos_profile=qos_profile(args))
        name = f"{package}/{kind}/{service.__name__}"
        wait_for_server(client, Graph(node), node.resolve_service_name(args.service_name), name)
        while True:
            request = new_request(service, values, node.get_clock().now().to_msg())
            print(f"requester: making request: {request!r}\n")
            called = time.monotonic()
            future = client.call_async(request)
            while not future.done():
                executor.spin_once(timeout_sec=0.1)
                check_signals()
            if future.exception() is not None:
                raise Failure(f"Exception while calling service: {future.exception()!r}")
            print(f"response:\n{future.result()!r}\n")
            if args.rate is None:
                return 0
            pause(called + 1 / args.rate - time.monotonic())


# --- Arguments ----------------------------------------------------------------------------------


def add_graph_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of all verbs that query the graph."""
    parser.add_argument(
        "--spin-time",
        type=float,
        metavar="SECONDS",
        help="Spin time to wait for discovery (default: until all participants on this machine "
        f"are known, at most {LONGEST_DISCOVERY:g} s)",
    )
    parser.add_argument(
        "-s", "--use-sim-time", action="store_true", help="Enable ROS simulation time"
    )
    parser.add_argument(
        "--no-daemon",
        action="store_true",
        help="Accepted for compatibility: the stand-in has no daemon",
    )


def add_list_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the options of both verbs that list nodes or services."""
    add_graph_options(parser)
    parser.add_argument(
        "-c",
        f"--count-{what}",
        "--count",
        action="store_true",
        help=f"Only display the number of {what} discovered",
    )


def add_call_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `ros2 service call`."""
    parser.add_argument(
        "service_name", help="Name of the ROS service to call to (e.g. '/add_two_ints')"
    )
    parser.add_argument("service_type", help="Type of the ROS service (e.g. 'std_srvs/srv/Empty')")
    values = parser.add_mutually_exclusive_group()
    values.add_argument(
        "values",
        nargs="?",
        default="{}",
        help="Values to fill the service request with in YAML format (e.g. '{a: 1, b: 2}'), "
        "otherwise the service request will be published with default values",
    )
    values.add_argument("--stdin", action="store_true", help="Read values from standard input")
    parser.add_argument(
        "-r", "--rate", metavar="N", type=float, help="Repeat the call at a specific rate in Hz"
    )
    parser.add_argument(
        "--qos-profile",
        choices=("default", "system_default", "sensor_data", "services_default", "parameters"),
        default="services_default",
        help="Quality of service preset profile (default: services_default)",
    )
    parser.add_argument(
        "--qos-depth", metavar="N", type=int, help="Queue size (overrides --qos-profile)"
    )
    for policy, choices in QOS_OPTIONS.items():
        parser.add_argument(
            f"--qos-{policy}",
            choices=choices,
            help=f"{policy.capitalize()} (overrides --qos-profile)",
        )


class Parser(argparse.ArgumentParser):
    """A parser that says what to install when it is asked for a command or verb it lacks."""

    chooses = False

    def error(self, message: str) -> NoReturn:
        if self.chooses and "invalid choice" in message:
            distro = os.environ.get("ROS_DISTRO") or "jazzy"
            message += (
                f"\nThis ros2 is {STAND_IN}. For the rest install ROS 2 itself, such as: "
                f"sudo apt install ros-{distro}-ros-base "
                f"(https://docs.ros.org/en/{distro}/Installation.html)"
            )
        super().error(message)


def build_parser() -> Parser:
    """Return the parser of the whole command; `verb` in its result is the function to call."""
    parser = Parser(prog="ros2")
    parser.add_argument(
        "--use-python-default-buffering",
        action="store_true",
        help="Do not force line buffering of the output",
    )
    commands = add_choice(parser, "command")

    run_parser = add_verb(commands, "run", run, "Run a package specific executable")
    run_parser.add_argument(
        "--prefix",
        help="Prefix command, which should go before the executable. Command must be wrapped in "
        "quotes if it contains spaces (e.g. --prefix 'gdb -ex run --args')",
    )
    run_parser.add_argument("package_name", help="Name of the ROS package")
    run_parser.add_argument("executable_name", help="Name of the executable")
    run_parser.add_argument(
        "argv", nargs=argparse.REMAINDER, help="Pass arbitrary arguments to the executable"
    )

    node = commands.add_parser("node", help="Various node related sub-commands (list)")
    verbs = add_choice(node, "verb")
    list_parser = add_verb(verbs, "list", node_list, "Output a list of available nodes")
    add_list_options(list_parser, "nodes")
    list_parser.add_argument(
        "-a", "--all", action="store_true", help="Display all nodes even hidden ones"
    )

    service = commands.add_parser(
        "service", help="Various service related sub-commands (list, type, call)"
    )
    hidden: dict[str, Any] = {
        "action": "store_true",
        "help": "Consider hidden services as well",
    }
    service.add_argument("--include-hidden-services", **hidden)
    verbs = add_choice(service, "verb")
    list_parser = add_verb(verbs, "list", service_list, "Output a list of available services")
    add_list_options(list_parser, "services")
    list_parser.add_argument(
        "-t", "--show-types", action="store_true", help="Additionally show the service type"
    )
    # Without SUPPRESS, the default here would undo the option given before 'list'.
    list_parser.add_argument("--include-hidden-services", default=argparse.SUPPRESS, **hidden)
    type_parser = add_verb(verbs, "type", service_type, "Output a service's type")
    add_graph_options(type_parser)
    type_parser.add_argument(
        "service_name",
        help="Name of the ROS service to get type (e.g. '/talker/list_parameters')",
    )
    add_call_arguments(add_verb(verbs, "call", service_call, "Call a service"))
    return parser


def add_choice(parser: Parser, what: str) -> Any:
    """Let a parser choose among commands or verbs; without a choice, it shows its help."""

    def show_help(_args: argparse.Namespace) -> int:
        parser.print_help()
        return 0

    parser.description = f"This ros2 is {STAND_IN}."
    parser.set_defaults(verb=show_help)
    parser.chooses = True
    metavar = f"Call `{parser.prog} <{what}> -h` for more detailed usage."
    return parser.add_subparsers(title="Commands", metavar=metavar)


def add_verb(
    choice: Any, name: str, function: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Add the parser of a verb that a function carries out."""
    parser: argparse.ArgumentParser = choice.add_parser(name, help=text, description=text)
    parser.set_defaults(verb=function)
    return parser


# --- Main ---------------------------------------------------------------------------------------


def execute(argv: list[str]) -> int:
    """Parse the arguments, run the verb, and return its status."""
    args = build_parser().parse_args(argv)
    if not args.use_python_default_buffering:
        # The reader of a pipe receives each line at once, as with the real command.
        cast(io.TextIOWrapper, sys.stdout).reconfigure(
            line_buffering=True, errors="backslashreplace"
        )
    status = args.verb(args)
    sys.stdout.flush()
    return status


def fail(error: Exception) -> int:
    """Print an error on one line (or as it stands, if it is a `Failure`); return the status."""
    text = str(error) if isinstance(error, Failure) else " ".join(str(error).split()).rstrip(" ^")
    with contextlib.suppress(OSError):
        print(text or type(error).__name__, file=sys.stderr)
    return 1


def main() -> NoReturn:
    # A stream that was closed with `>&-` is None, and the next file or socket would take its place.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    try:
        status = execute(sys.argv[1:])
    except SystemExit as stop:
        # argparse has printed the help (0) or what is wrong with the arguments (2).
        status = stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        status = signal.SIGINT
    except Interrupted as interrupted:
        # After Ctrl-C the real command ends with the bare number of the signal.
        status = signal.SIGINT if interrupted.number == signal.SIGINT else 128 + interrupted.number
    except BrokenPipeError:
        # The reader has seen enough, as in `ros2 service list | head -1`.
        status = 128 + signal.SIGPIPE
    except Exception as error:
        status = fail(error)
    # By now nothing is left to clean up, and the destructors of Fast DDS, which would run at a
    # regular exit, take another 0.1 s.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    main()
