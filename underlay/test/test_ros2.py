# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Black-box tests of the stand-in `ros2` command, in the ROS 2 that is sourced.

    make test ONLY=underlay/test/test_ros2.py

The command is run as a user runs it, by the name `ros2` from PATH, against real rclpy nodes. What
is interface (output, texts of errors, exit statuses) is compared as a whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ros_test_support import Domain, Process, quick_discovery

ROS2 = Path(__file__).resolve().parents[1] / "ros2.py"
NODES = Path(__file__).resolve().parent / "ros2_nodes.py"

# Longer than any discovery and any start on a loaded machine, in seconds: a deadline, not a wait.
DEADLINE = 30.0

WAITING = "waiting for service to become available...\n"

# Exit status, stdout, stderr.
Result = tuple[int, str, str]


@contextlib.contextmanager
def run_nodes(environment: Mapping[str, str], nodes: Sequence[str]) -> Iterator[None]:
    """Run one process with nodes, see ros2_nodes.py."""
    with Process([sys.executable, NODES, *nodes], environment) as process:
        process.wait_for_output("^ready$", DEADLINE)
        yield


class Ros2Test:
    """Has `ros2` on PATH, a ROS domain of its own, and a folder that is removed afterwards."""

    # The processes with nodes that run during all tests of the class.
    nodes: Sequence[Sequence[str]] = ()

    folder: Path
    environment: dict[str, str]
    # What ends with the test.
    stack: contextlib.ExitStack

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def graph(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        cls.folder = tmp_path_factory.mktemp("ros2")
        (cls.folder / "bin").mkdir()
        (cls.folder / "bin" / "ros2").symlink_to(ROS2)
        path = f"{cls.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        with Domain() as domain, contextlib.ExitStack() as stack:
            cls.environment = domain.environment(
                PATH=path, PYTHONUNBUFFERED=None, **quick_discovery()
            )
            for nodes in cls.nodes:
                stack.enter_context(run_nodes(cls.environment, nodes))
            yield

    @pytest.fixture(autouse=True)
    def ending(self, graph: None) -> Iterator[None]:
        with contextlib.ExitStack() as self.stack:
            yield

    def start_nodes(self, *nodes: str) -> None:
        self.stack.enter_context(run_nodes(self.environment, nodes))

    def start(self, *command: str | Path, stdin: int = subprocess.DEVNULL) -> Process:
        """Start a program, and end it with the test."""
        return self.stack.enter_context(Process(command, self.environment, stdin=stdin))

    def ros2(self, *arguments: str) -> Result:
        process = self.start("ros2", *arguments)
        status = process.wait(DEADLINE)
        assert "Traceback" not in process.stderr
        return status, process.stdout, process.stderr

    def assert_results(self, results: Mapping[tuple[str, ...], Result]) -> None:
        """Assert what commands result in. They run side by side."""
        with ThreadPoolExecutor(4) as pool:
            done = pool.map(lambda arguments: self.ros2(*arguments), results)
            assert dict(zip(results, done, strict=True)) == results


class TestGraph(Ros2Test):
    """`ros2 node list` and `ros2 service list|type`, with two processes of nodes."""

    SERVICES = (
        "/add_two_ints [example_interfaces/srv/AddTwoInts]\n"
        "/both [std_srvs/srv/SetBool, std_srvs/srv/Trigger]\n"
        "/lab/floor/light [std_srvs/srv/SetBool]\n"
        "/of_hidden_node [std_srvs/srv/Trigger]\n"
    )

    nodes = (
        (
            "/adder:/add_two_ints=example_interfaces/srv/AddTwoInts",
            "/lab/floor/lamp:light=std_srvs/srv/SetBool:/lab/_secret=std_srvs/srv/Trigger"
            ":/both=std_srvs/srv/SetBool",
            "/_ghost:of_hidden_node=std_srvs/srv/Trigger",
            "/twin",
        ),
        ("/_cellar/bulb:light=std_srvs/srv/SetBool:/both=std_srvs/srv/Trigger", "/twin"),
    )

    def test_node_list_prints_the_full_names_sorted_and_warns_of_nodes_that_share_one(self) -> None:
        assert self.ros2("node", "list") == (
            0,
            "/_cellar/bulb\n/adder\n/lab/floor/lamp\n/twin\n/twin\n",
            "WARNING: Be aware that there are nodes in the graph that share an exact name, "
            "which can have unintended side effects.\n",
        )

    def test_service_list_prints_the_names_sorted_without_hidden_services(self) -> None:
        names = re.sub(r" \[.*\]", "", self.SERVICES)
        self.assert_results(
            {
                ("service", "list"): (0, names, ""),
                ("service", "list", "-t"): (0, self.SERVICES, ""),
                ("service", "list", "--show-types"): (0, self.SERVICES, ""),
            }
        )

    def test_service_type_prints_each_type_on_a_line_and_fails_for_an_unknown_service(self) -> None:
        self.assert_results(
            {
                ("service", "type", "/both"): (
                    0,
                    "std_srvs/srv/SetBool\nstd_srvs/srv/Trigger\n",
                    "",
                ),
                ("service", "type", "/nobody"): (1, "", ""),
            }
        )

    def test_a_reader_that_goes_away_ends_the_command_in_silence(self) -> None:
        shell = self.start("bash", "-c", "ros2 service list | head -0; echo ${PIPESTATUS[0]}")
        assert shell.wait(DEADLINE) == 0
        assert (shell.stdout, shell.stderr) == ("141\n", "")


class TestDiscovery(Ros2Test):
    """The announcements of Fast DDS at their own pace, which the other tests quicken."""

    def test_servers_that_have_just_started_are_found_every_time(self) -> None:
        quick = quick_discovery()
        self.environment = {k: v for k, v in self.environment.items() if k not in quick}
        for name in ("one", "two", "three"):
            self.start_nodes(f"/{name}:/{name}/serve=std_srvs/srv/Trigger")
        with ThreadPoolExecutor(4) as pool:
            lists = [pool.submit(self.ros2, *(verb, "list")) for verb in ("node", "service") * 2]
        nodes = (0, "/one\n/three\n/two\n", "")
        services = (0, "/one/serve\n/three/serve\n/two/serve\n", "")
        assert [done.result() for done in lists] == [nodes, services] * 2


class TestCall(Ros2Test):
    nodes = (
        (
            "/adder:/add_two_ints=example_interfaces/srv/AddTwoInts"
            ":/arrays=test_msgs/srv/Arrays:/basic=test_msgs/srv/BasicTypes"
            ":/plan=nav_msgs/srv/GetPlan",
        ),
        # A service that blocks its executor needs a process of its own.
        ("/bed:/sleepy=std_srvs/srv/Trigger",),
    )

    def call(self, *arguments: str) -> str:
        """Call a service with success; return the output without the line about waiting."""
        status, output, errors = self.ros2("service", "call", *arguments)
        assert (status, errors) == (0, ""), output
        return output.removeprefix(WAITING)

    def test_request_and_response_are_printed(self) -> None:
        # The name is relative.
        output = self.call("add_two_ints", "example_interfaces/srv/AddTwoInts", "{a: 2, b: 3}")
        assert output == (
            "requester: making request: example_interfaces.srv.AddTwoInts_Request(a=2, b=3)\n\n"
            "response:\nexample_interfaces.srv.AddTwoInts_Response(sum=5)\n\n"
        )

    def test_values_are_converted_to_the_types_of_the_fields(
        self, subtests: pytest.Subtests
    ) -> None:
        cases: dict[tuple[str, str, str], Sequence[str]] = {
            (
                "/basic",
                "test_msgs/srv/BasicTypes",
                "{bool_value: 1, float64_value: 2, int32_value: '-7', string_value: 'ü', "
                "uint64_value: 18446744073709551615}",
            ): (
                "bool_value=True",
                r"float64_value=2\.0",
                "int32_value=-7",
                "uint64_value=18446744073709551615",
                "string_value='ü'",
            ),
            (
                "/arrays",
                "test_msgs/srv/Arrays",
                "{int16_values: [1, -2, 3], string_values: [a, b, c], "
                "basic_types_values: [{int8_value: 1}, {int8_value: 2}, {}]}",
            ): (
                r"int16_values=array\(\[ 1, -2,  3\], dtype=int16\)",
                r"string_values=\['a', 'b', 'c'\]",
                r"basic_types_values=\[.*int8_value=1,.*int8_value=2,.*int8_value=0,.*\]",
            ),
            # A message in a message, and the sequence of numbers in it.
            (
                "/plan",
                "nav_msgs/srv/GetPlan",
                "{start: {header: {frame_id: map}}, tolerance: 1}",
            ): ("Header.*frame_id='map'", r"tolerance=1\.0"),
        }
        for arguments, patterns in cases.items():
            with subtests.test(arguments[0]):
                request = self.call(*arguments).splitlines()[0]
                for pattern in patterns:
                    assert re.search(pattern, request)

    def test_a_server_that_starts_later_is_waited_for(self) -> None:
        process = self.start("ros2", "service", "call", "/late", "std_srvs/srv/SetBool")
        process.wait_for_output(f"^{re.escape(WAITING)}", DEADLINE)
        self.start_nodes("/late_node:/late=std_srvs/srv/SetBool")
        assert (process.wait(DEADLINE), process.stderr) == (0, "")
        # Without values, the request has its defaults.
        assert process.stdout == (
            f"{WAITING}requester: making request: std_srvs.srv.SetBool_Request(data=False)\n\n"
            "response:\nstd_srvs.srv.SetBool_Response(success=False, message='')\n\n"
        )

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 2), (signal.SIGTERM, 143)])
    @pytest.mark.parametrize(
        ("service", "last"), [("/nobody", "waiting"), ("/sleepy", "making request")]
    )
    def test_ctrl_c_and_sigterm_end_the_wait_for_a_server_and_for_an_answer(
        self, service: str, last: str, number: int, status: int
    ) -> None:
        process = self.start("ros2", "service", "call", service, "std_srvs/srv/Trigger")
        process.wait_for_output(last, DEADLINE)
        process.signal_group(number)
        assert (process.wait(DEADLINE), process.stderr) == (status, "")
        assert "response" not in process.stdout

    def test_no_wrong_argument_gets_as_far_as_the_graph(self) -> None:
        adder = ("/add_two_ints", "example_interfaces/srv/AddTwoInts")
        limits = "[-9223372036854775808, 9223372036854775807]"
        cases = {
            ("/x", "nonsense"): "The passed service type is invalid",
            ("/x", "no_such_package/srv/Trigger"): "The passed service type is invalid",
            ("/x", "std_srvs/srv/NoSuchType"): "The passed service type is invalid",
            ("/x", "/srv/Trigger"): "The passed service type is invalid",
            ("/x", "test_msgs/msg/Empty"): "The passed type is not a service",
            (*adder, "{a: 1, c: 2}"): "Failed to populate field: "
            "'AddTwoInts_Request' object has no attribute 'c'",
            (*adder, "{a: two}"): "Failed to populate field: "
            "invalid literal for int() with base 10: 'two'",
            (*adder, "2"): "Failed to populate field: "
            "Value '2' is expected to be a dictionary but is a int",
            (*adder, f"{{a: {2**63}}}"): "Failed to populate field: "
            f"The 'a' field must be an integer in {limits}",
            (*adder, "{a: [}"): "The passed values are not valid YAML: while parsing a flow node "
            "expected the node content, but found '}' in \"<unicode string>\", line 1, column 6: "
            "{a: [}",
        }
        self.assert_results(
            {
                ("service", "call", *arguments): (1, "", f"{message}\n")
                for arguments, message in cases.items()
            }
        )

    def test_what_rclpy_refuses_is_one_line(self) -> None:
        status, output, errors = self.ros2("service", "call", "/a b", "std_srvs/srv/Trigger")
        assert (status, output) == (1, "")
        assert re.search(r"\AInvalid service name: .*'/a b'\n\Z", errors)


class TestRun(Ros2Test):
    """`ros2 run`, with an executable in a small ament prefix."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def prefixes(cls, graph: None) -> None:
        prefix = cls.folder / "install"
        index = prefix / "share" / "ament_index" / "resource_index" / "packages"
        index.mkdir(parents=True)
        (index / "pkg").touch()
        cls.programs = prefix / "lib" / "pkg"
        cls.programs.mkdir(parents=True)
        # Running a program must not take the time that rclpy needs to import.
        (cls.folder / "trap").mkdir()
        (cls.folder / "trap" / "rclpy.py").write_text("raise SystemExit('rclpy was imported')")
        cls.environment["PYTHONPATH"] = f"{cls.folder / 'trap'}:{os.environ.get('PYTHONPATH', '')}"
        cls.environment["AMENT_PREFIX_PATH"] = f"/no/such/prefix{os.pathsep}{prefix}"

    programs: Path

    def add(self, script: str, name: str = "program") -> Path:
        """Add an executable script to the package `pkg`; return its path."""
        path = self.programs / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        return path

    def test_arguments_reach_the_program_untouched(self, subtests: pytest.Subtests) -> None:
        path = self.add(f"#!{sys.executable} -I\nimport json, sys\nprint(json.dumps(sys.argv))")
        for arguments in (
            ["--help"],
            # A "--" right after the name is swallowed by argparse, in the real command too.
            ["-3", "--", "--ros-args", "-r", "__node:=n", "--", "", "two words", "*", "$HOME", "'"],
        ):
            with subtests.test(arguments=arguments):
                status, output, errors = self.ros2("run", "pkg", "program", *arguments)
                assert (status, errors) == (0, "")
                assert json.loads(output) == [str(path), *arguments]

    def test_the_exit_status_is_that_of_the_program(self) -> None:
        self.add('#!/bin/sh\neval "$1"')
        failure = "[ros2run]: Process exited with failure 130\n"
        self.assert_results(
            {
                ("run", "pkg", "program", "exit 0"): (0, "", ""),
                ("run", "pkg", "program", "exit 130"): (130, failure, ""),
                # The negative number of the signal.
                ("run", "pkg", "program", "kill -KILL $$"): (256 - 9, "[ros2run]: Killed\n", ""),
            }
        )

    def test_the_program_starts_with_the_signals_as_they_were(self) -> None:
        self.add("#!/bin/sh\ncat /proc/self/status")

        def masks(*command: str) -> tuple[int, int]:
            process = self.start(*command)
            assert process.wait(DEADLINE) == 0
            found = re.findall(r"^Sig(?:Blk|Ign):\t(\w+)$", process.stdout, re.MULTILINE)
            # Signals 32 and 33 belong to the C library.
            blocked, ignored = (int(mask, 16) & 0x7FFFFFFF for mask in found)
            return blocked, ignored

        # A signal that is ignored in this process, such as SIGHUP under nohup, is ignored there.
        blocked, ignored = masks("cat", "/proc/self/status")
        assert masks("ros2", "run", "pkg", "program") == (blocked, ignored)
        # Background jobs of scripts start with SIGINT, the second bit, ignored.
        in_background = masks("sh", "-c", "trap '' INT; exec ros2 run pkg program")
        assert in_background == (blocked, ignored | 0b10)

    def test_a_signal_to_the_command_alone_reaches_the_program(self) -> None:
        self.add(f"""#!{sys.executable} -I
import os, signal

def end(number, _):
    os.write(1, b"interrupted\\n" if number == signal.SIGINT else b"terminated\\n")
    os._exit(5 if number == signal.SIGINT else 6)

signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
""")
        for number, status, text, said in (
            (signal.SIGINT, 5, "Interrupt", "interrupted"),
            (signal.SIGTERM, 6, "Terminated", "terminated"),
        ):
            process = self.start("ros2", "run", "pkg", "program")
            process.wait_for_output("^ready", DEADLINE)
            process.signal(number)
            assert process.wait(DEADLINE) == status, process.stderr
            lines = process.stdout.splitlines()
            # The two processes write at the same time.
            assert sorted(lines[1:3]) == [f"[ros2run]: Received signal:  {text}", said]
            assert lines[3:] == [f"[ros2run]: Process exited with failure {status}"]

    def test_a_program_that_ignores_sigint_is_waited_for_and_has_the_standard_input(self) -> None:
        self.add("#!/bin/sh\ntrap '' INT\necho ready\nread line\necho got $line\n")
        process = self.start("ros2", "run", "pkg", "program", stdin=subprocess.PIPE)
        process.wait_for_output("^ready", DEADLINE)
        process.signal_group(signal.SIGINT)
        process.wait_for_output("Received signal:  Interrupt", DEADLINE)
        process.stdin.write(b"something\n")
        process.close_stdin()
        assert process.wait(DEADLINE) == 0
        assert "got something\n" in process.stdout

    def test_what_cannot_be_run_is_named(self) -> None:
        self.add("", "no_program").chmod(0o644)
        broken = self.add("#!/no/such/interpreter\n", "broken")
        cases = {
            ("no_such_package", "program"): "Package 'no_such_package' not found",
            ("pkg", "no_such_program"): "No executable found",
            ("pkg", "no_program"): "No executable found",
            ("pkg", "broken"): f"Cannot run '{broken}': No such file or directory",
        }
        self.assert_results(
            {("run", *arguments): (1, "", f"{message}\n") for arguments, message in cases.items()}
        )


class TestWhatItIs(Ros2Test):
    """The stand-in says what it is, what it has, and what is missing."""

    def test_what_it_lacks_is_refused_with_the_usage_and_what_to_install(
        self, subtests: pytest.Subtests
    ) -> None:
        self.environment["ROS_DISTRO"] = "kilted"
        for arguments, (command, reason) in {
            ("topic", "list"): ("ros2", "invalid choice: 'topic' (choose from "),
            ("node", "info", "/adder"): ("ros2 node", "invalid choice: 'info' (choose from "),
            ("node", "list", "--all"): ("ros2", "unrecognized arguments: --all"),
        }.items():
            with subtests.test(arguments=arguments):
                status, output, errors = self.ros2(*arguments)
                assert (status, output) == (2, "")
                # As the real command has it, after which comes the line on what to install.
                assert errors.startswith(f"usage: {command} [-h] ")
                first, second = errors[errors.index(f"{command}: error: ") :].splitlines()
                assert reason in first
                assert "stand-in" in second
                assert "sudo apt install ros-kilted-ros-base" in second
                assert "https://docs.ros.org/en/kilted/Installation.html" in second

    def test_wrong_arguments_of_what_it_has_are_refused_with_the_usage_alone(self) -> None:
        for arguments in (
            ("run", "pkg"),
            # Without quotes around the values.
            ("service", "call", "/x", "std_srvs/srv/SetBool", "{data:", "true}"),
        ):
            status, output, errors = self.ros2(*arguments)
            assert (status, output) == (2, "")
            assert re.search(r"\Ausage: ros2 (?s:.*)error: .*\n\Z", errors)

    def test_the_help_lists_what_there_is_and_says_that_it_is_a_stand_in(self) -> None:
        for arguments, mentioned in {
            (): ("run ", "node ", "service "),
            ("--help",): ("run ", "node ", "service "),
            ("service",): ("list ", "type ", "call "),
        }.items():
            status, output, errors = self.ros2(*arguments)
            assert (status, errors) == (0, "")
            assert "stand-in" in output
            for text in mentioned:
                assert f"  {text}" in output

    def test_without_a_sourced_ros_it_says_what_to_source(self) -> None:
        for verb in (("node", "list"), ("run", "pkg", "program")):
            # A Python without packages, and so without those of ROS 2.
            process = self.start(sys.executable, "-I", "-S", ROS2, *verb)
            assert (process.wait(DEADLINE), process.stdout) == (1, "")
            assert process.stderr.startswith("Cannot load ")
            assert process.stderr.endswith("for example with: source .underlay/setup.bash\n")
            assert process.stderr.count("\n") == 1
