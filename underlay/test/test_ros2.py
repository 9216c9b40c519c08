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
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ros_test_support import Domain, Process, eventually, quick_discovery

ROS2 = Path(__file__).resolve().parents[1] / "ros2.py"
NODES = Path(__file__).resolve().parent / "ros2_nodes.py"

# Longer than any discovery and any start on a loaded machine, in seconds: a deadline, not a wait.
DEADLINE = 30.0

WAITING = "waiting for service to become available...\n"


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

    domain: Domain
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
        with Domain() as cls.domain, contextlib.ExitStack() as stack:
            # What the command buffers is its own affair.
            cls.environment = cls.domain.environment(
                PATH=path, PYTHONUNBUFFERED=None, **quick_discovery()
            )
            for nodes in cls.nodes:
                stack.enter_context(run_nodes(cls.environment, nodes))
            yield

    @pytest.fixture(autouse=True)
    def ending(self, graph: None) -> Iterator[None]:
        with contextlib.ExitStack() as self.stack:
            yield

    def process(self, command: Sequence[str | Path], stdin: int = subprocess.DEVNULL) -> Process:
        """Start a program, and end it with the test."""
        return self.stack.enter_context(Process(command, self.environment, stdin=stdin))

    def start_nodes(self, *nodes: str) -> None:
        self.stack.enter_context(run_nodes(self.environment, nodes))

    def start(self, *arguments: str | Path, **changes: str | None) -> Process:
        """Start `ros2` with arguments, and end it with the test."""
        environment = {**self.environment, **changes}
        return self.stack.enter_context(
            Process(["ros2", *arguments], {k: v for k, v in environment.items() if v is not None})
        )

    def ros2(self, *arguments: str | Path, **changes: str | None) -> tuple[int, str, str]:
        """Run `ros2` with arguments; return its exit status, stdout and stderr."""
        process = self.start(*arguments, **changes)
        status = process.wait(DEADLINE)
        assert "Traceback" not in process.stderr
        return status, process.stdout, process.stderr

    def assert_results(
        self, results: Mapping[tuple[str, ...], tuple[int, str, str]], **changes: str | None
    ) -> None:
        """Assert what commands result in: exit status, stdout, stderr. They run side by side."""
        with ThreadPoolExecutor(4) as pool:
            done = pool.map(lambda arguments: self.ros2(*arguments, **changes), results)
            assert dict(zip(results, done, strict=True)) == results

    def assert_outputs(self, outputs: Mapping[tuple[str, ...], Sequence[str]]) -> None:
        """Assert that commands succeed, and write these lines and nothing else."""
        self.assert_results(
            {
                arguments: (0, "".join(f"{line}\n" for line in lines), "")
                for arguments, lines in outputs.items()
            }
        )


class TestGraph(Ros2Test):
    """`ros2 node list` and `ros2 service list|type`, with two processes of nodes."""

    SERVICES = (
        "/add_two_ints [example_interfaces/srv/AddTwoInts]",
        "/both [std_srvs/srv/SetBool, std_srvs/srv/Trigger]",
        "/lab/floor/light [std_srvs/srv/SetBool]",
        "/of_hidden_node [std_srvs/srv/Trigger]",
    )
    HIDDEN = ("/_cellar/light [std_srvs/srv/SetBool]", "/lab/_secret [std_srvs/srv/Trigger]")

    nodes = (
        (
            "/adder:/add_two_ints=example_interfaces/srv/AddTwoInts",
            "/lab/floor/lamp:light=std_srvs/srv/SetBool:/lab/_secret=std_srvs/srv/Trigger"
            ":/both=std_srvs/srv/SetBool",
            "/_ghost:of_hidden_node=std_srvs/srv/Trigger",
        ),
        ("/_cellar/bulb:light=std_srvs/srv/SetBool:/both=std_srvs/srv/Trigger",),
    )

    def test_node_list_prints_the_full_names_sorted_without_hidden_nodes(self) -> None:
        self.assert_outputs({("node", "list"): ["/_cellar/bulb", "/adder", "/lab/floor/lamp"]})

    def test_node_list_all_adds_hidden_nodes_and_the_command_itself(self) -> None:
        for option in ("-a", "--all"):
            process = self.start("node", "list", option)
            assert process.wait(DEADLINE) == 0, process.stderr
            expected = ["/_cellar/bulb", "/_ghost", f"/_ros2cli_{process.pid}", "/adder"]
            assert process.stdout.splitlines() == [*expected, "/lab/floor/lamp"]

    def test_node_list_counts(self) -> None:
        self.assert_outputs(
            {("node", "list", "-c"): ["3"], ("node", "list", "--count-nodes", "-s"): ["3"]}
        )
        # Not side by side: each command would count the nodes of the others.
        self.assert_outputs({("node", "list", "-c", "-a"): ["5"]})

    def test_discovery_options_are_accepted(self) -> None:
        options = ("--no-daemon", "--spin-time", "4", "--use-sim-time")
        self.assert_outputs(
            {
                ("node", "list", *options, "-c"): ["3"],
                ("service", "list", *options, "-c"): ["4"],
                ("service", "type", "--no-daemon", "-s", "/of_hidden_node"): [
                    "std_srvs/srv/Trigger"
                ],
            }
        )

    def test_service_list_prints_the_names_sorted_without_hidden_services(self) -> None:
        names = [line.split()[0] for line in self.SERVICES]
        self.assert_outputs({("service", "list"): names, ("service", "list", "-c"): ["4"]})

    def test_service_list_shows_types(self) -> None:
        self.assert_outputs(
            {("service", "list", option): self.SERVICES for option in ("-t", "--show-types")}
        )

    def test_service_list_includes_hidden_services_when_asked_before_or_after_the_verb(
        self,
    ) -> None:
        option = "--include-hidden-services"
        everything = sorted((*self.SERVICES, *self.HIDDEN))
        self.assert_outputs(
            {
                ("service", option, "list", "-t"): everything,
                ("service", "list", option, "-t"): everything,
                ("service", option, "list", "--count-services"): ["6"],
            }
        )

    def test_service_type_prints_each_type_on_a_line(self) -> None:
        self.assert_outputs(
            {
                ("service", "type", "/lab/floor/light"): ["std_srvs/srv/SetBool"],
                ("service", "type", "/both"): ["std_srvs/srv/SetBool", "std_srvs/srv/Trigger"],
                ("service", "--include-hidden-services", "type", "/lab/_secret"): [
                    "std_srvs/srv/Trigger"
                ],
            }
        )

    def test_service_type_says_nothing_and_fails_for_an_unknown_service(self) -> None:
        self.assert_results(
            {
                ("service", "type", "/nobody"): (1, "", ""),
                # As with the real command, a hidden one is unknown unless asked for, and the name
                # is not completed.
                ("service", "type", "/lab/_secret"): (1, "", ""),
                ("service", "type", "add_two_ints"): (1, "", ""),
            }
        )

    def test_a_reader_that_goes_away_ends_the_command_in_silence(self) -> None:
        for command in ("ros2 service list | head -0", "ros2 node list | head -0"):
            shell = self.process(["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"])
            assert shell.wait(DEADLINE) == 0
            assert (shell.stdout, shell.stderr) == ("141\n", "")

    def test_a_full_disk_is_reported_in_one_line(self) -> None:
        shell = self.process(["bash", "-c", "ros2 service list >/dev/full"])
        assert shell.wait(DEADLINE) == 1
        assert re.search(r"\A.*No space left on device\n\Z", shell.stderr)

    def test_ctrl_c_ends_a_list_with_status_2(self) -> None:
        process = self.start("node", "list", "--spin-time", "1000")
        self.wait_until_visible(process)
        process.signal_group(signal.SIGINT)
        assert (process.wait(DEADLINE), process.stdout, process.stderr) == (2, "", "")

    def test_sigterm_ends_a_list_with_status_143(self) -> None:
        process = self.start("service", "list", "--spin-time", "1000")
        self.wait_until_visible(process)
        process.signal(signal.SIGTERM)
        assert (process.wait(DEADLINE), process.stdout, process.stderr) == (143, "", "")

    def wait_until_visible(self, process: Process) -> None:
        name = f"/_ros2cli_{process.pid}\n"
        eventually(lambda: name in self.ros2("node", "list", "-a")[1], DEADLINE, f"see {name}")


class TestEmptyGraph(Ros2Test):
    def test_there_is_nothing_to_list(self) -> None:
        self.assert_outputs(
            {("node", "list"): [], ("service", "list"): [], ("node", "list", "-c"): ["0"]}
        )


class TestDuplicateNames(Ros2Test):
    def test_node_list_warns_of_nodes_that_share_a_name(self) -> None:
        self.start_nodes("/twin", "/single")
        self.start_nodes("/twin")
        warning = (
            "WARNING: Be aware that there are nodes in the graph that share an exact name, "
            "which can have unintended side effects.\n"
        )
        self.assert_results(
            {
                ("node", "list"): (0, "/single\n/twin\n/twin\n", warning),
                ("node", "list", "-c"): (0, "3\n", ""),
            }
        )


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
            ":/lab/light=std_srvs/srv/SetBool:/lab/_secret=std_srvs/srv/Trigger"
            ":/arrays=test_msgs/srv/Arrays:/basic=test_msgs/srv/BasicTypes"
            ":/plan=nav_msgs/srv/GetPlan:/fleeting=std_srvs/srv/Trigger!",
            # A service that blocks its executor needs a process of its own.
        ),
    )

    def call(self, *arguments: str) -> str:
        """Call a service with success; return the output without the line about waiting."""
        status, output, errors = self.ros2("service", "call", *arguments)
        assert (status, errors) == (0, ""), output
        return output.removeprefix(WAITING)

    def test_request_and_response_are_printed(self) -> None:
        expected = (
            "requester: making request: example_interfaces.srv.AddTwoInts_Request(a=2, b=3)\n\n"
            "response:\nexample_interfaces.srv.AddTwoInts_Response(sum=5)\n\n"
        )
        name, values = "/add_two_ints", "{a: 2, b: 3}"
        assert self.call(name, "example_interfaces/srv/AddTwoInts", values) == expected
        # The type without "srv", the name relative, and the values in another style of YAML.
        short = self.call("add_two_ints", "example_interfaces/AddTwoInts", "a: 2\nb: 3")
        assert short == expected

    def test_values_default_to_the_default_request(self) -> None:
        assert self.call("/lab/light", "std_srvs/srv/SetBool") == (
            "requester: making request: std_srvs.srv.SetBool_Request(data=False)\n\n"
            "response:\nstd_srvs.srv.SetBool_Response(success=False, message='')\n\n"
        )

    def test_a_hidden_service_can_be_called(self) -> None:
        for options in ([], ["--include-hidden-services"]):
            process = self.start(
                "service", *options, "call", "/lab/_secret", "std_srvs/srv/Trigger"
            )
            assert process.wait(DEADLINE) == 0
            assert "std_srvs.srv.Trigger_Response(" in process.stdout

    def test_values_are_converted_to_the_types_of_the_fields(self) -> None:
        output = self.call(
            "/basic",
            "test_msgs/srv/BasicTypes",
            "{bool_value: 1, float64_value: 2, int32_value: '-7', string_value: 'ü', "
            "uint64_value: 18446744073709551615}",
        )
        for part in ("BasicTypes_Request(", "BasicTypes_Response("):
            line = next(line for line in output.splitlines() if part in line)
            assert "bool_value=True" in line
            assert "float64_value=2.0" in line
            assert "int32_value=-7" in line
            assert "uint64_value=18446744073709551615" in line
            assert "string_value='ü'" in line

    def test_arrays_and_nested_messages_are_filled(self) -> None:
        output = self.call(
            "/arrays",
            "test_msgs/srv/Arrays",
            "{int16_values: [1, -2, 3], string_values: [a, b, c], bool_values: [true, false, true],"
            " basic_types_values: [{int8_value: 1}, {int8_value: 2}, {}]}",
        )
        request = next(line for line in output.splitlines() if "Arrays_Request(" in line)
        assert "int16_values=array([ 1, -2,  3], dtype=int16)" in request
        assert "string_values=['a', 'b', 'c']" in request
        assert "bool_values=[True, False, True]" in request
        found = re.search(r"basic_types_values=\[(.*?)\]", request)
        assert found is not None
        assert re.findall(r"[ (]int8_value=(\d)", found[1]) == ["1", "2", "0"]

    def test_a_stamp_may_be_given_as_now_and_a_header_as_auto(self) -> None:
        values = "{start: {header: auto}, goal: {header: {stamp: now, frame_id: map}}}"
        output = self.call("/plan", "nav_msgs/srv/GetPlan", values)
        stamps = re.findall(r"Header\(stamp=builtin_interfaces.msg.Time\(sec=(\d+)", output)
        assert len(stamps) == 3, output
        assert int(stamps[0]) > 1_700_000_000
        assert stamps[0] == stamps[1]
        assert "frame_id='map'" in output

    def test_values_can_come_from_standard_input(self) -> None:
        command = ["ros2", "service", "call", "--stdin", "/add_two_ints"]
        with Process(
            [*command, "example_interfaces/srv/AddTwoInts"],
            self.environment,
            stdin=subprocess.PIPE,
        ) as process:
            process.stdin.write(b"a: 20\nb: 22\n")
            process.stdin.close()
            assert process.wait(DEADLINE) == 0, process.stderr
            assert "AddTwoInts_Response(sum=42)" in process.stdout

    def test_the_quality_of_service_can_be_chosen(self) -> None:
        # The server is best effort, and a reliable client would wait for it for ever.
        for options in (["--qos-reliability", "best_effort"], ["--qos-profile", "sensor_data"]):
            command = ["service", "call", "/fleeting", "std_srvs/srv/Trigger", *options]
            # Nothing makes up for what is lost on the way: the next call may have more luck.
            for last in (False, False, False, True):
                process = self.start(*command, "--qos-depth", "3")
                try:
                    process.wait_for_output(r"Trigger_Response\(", DEADLINE / 3)
                    break
                except AssertionError:
                    process.end()
                    if last:
                        raise

    def test_a_rate_repeats_the_call_until_ctrl_c(self) -> None:
        process = self.start(
            *("service", "call", "-r", "50", "/add_two_ints"),
            *("example_interfaces/srv/AddTwoInts", "{a: 1, b: 1}"),
        )
        process.wait_for_output(r"(?s)(response:\n.*?\(sum=2\)\n\n.*?){5}", DEADLINE)
        process.signal_group(signal.SIGINT)
        assert (process.wait(DEADLINE), process.stderr) == (2, "")

    def test_a_server_that_comes_later_is_waited_for(self) -> None:
        process = self.start("service", "call", "/late", "std_srvs/srv/SetBool", "{data: true}")
        process.wait_for_output(f"^{re.escape(WAITING)}", DEADLINE)
        self.start_nodes("/late_node:/late=std_srvs/srv/SetBool")
        assert (process.wait(DEADLINE), process.stderr) == (0, "")
        assert process.stdout == (
            f"{WAITING}requester: making request: std_srvs.srv.SetBool_Request(data=True)\n\n"
            "response:\nstd_srvs.srv.SetBool_Response(success=False, message='')\n\n"
        )

    def test_ctrl_c_and_sigterm_end_the_wait_for_a_server(self) -> None:
        for number, status in ((signal.SIGINT, 2), (signal.SIGTERM, 143)):
            process = self.start("service", "call", "/nobody", "std_srvs/srv/Trigger")
            process.wait_for_output("^waiting", DEADLINE)
            process.signal_group(number)
            assert (process.wait(DEADLINE), process.stdout, process.stderr) == (status, WAITING, "")

    def test_ctrl_c_and_sigterm_end_the_wait_for_an_answer(self) -> None:
        self.start_nodes("/bed:/sleepy=std_srvs/srv/Trigger")
        for number, status in ((signal.SIGINT, 2), (signal.SIGTERM, 143)):
            process = self.start("service", "call", "/sleepy", "std_srvs/srv/Trigger")
            process.wait_for_output("making request", DEADLINE)
            process.signal_group(number)
            assert (process.wait(DEADLINE), process.stderr) == (status, "")
            assert "response" not in process.stdout

    def test_a_service_of_another_type_is_pointed_out(self) -> None:
        process = self.start("service", "call", "/lab/light", "std_srvs/srv/Trigger")
        process.wait_for_output(
            r"^Service '/lab/light' is there, but its type is std_srvs/srv/SetBool, "
            r"not std_srvs/srv/Trigger: still waiting\n",
            DEADLINE,
            "stderr",
        )
        assert process.stdout == WAITING

    def test_no_wrong_argument_gets_as_far_as_the_graph(self) -> None:
        adder = ("/add_two_ints", "example_interfaces/srv/AddTwoInts")
        limits = "[-9223372036854775808, 9223372036854775807]"
        cases = {
            ("/x", "nonsense"): "The passed service type is invalid",
            ("/x", "no_such_package/srv/Trigger"): "The passed service type is invalid",
            ("/x", "std_srvs/srv/NoSuchType"): "The passed service type is invalid",
            ("/x", "std_srvs/srv/Trigger/"): "The passed service type is invalid",
            ("/x", ""): "The passed service type is invalid",
            ("/x", "std_srvs//Trigger"): "The passed service type is invalid",
            ("/x", "test_msgs/msg/Empty"): "The passed type is not a service",
            (*adder, "{a: 1, c: 2}"): "Failed to populate field: "
            "'AddTwoInts_Request' object has no attribute 'c'",
            (*adder, "{a: two}"): "Failed to populate field: "
            "invalid literal for int() with base 10: 'two'",
            (*adder, "2"): "Failed to populate field: "
            "Value '2' is expected to be a dictionary but is a int",
            (*adder, ""): "Failed to populate field: "
            "Value 'None' is expected to be a dictionary but is a NoneType",
            (*adder, f"{{a: {2**63}}}"): "Failed to populate field: "
            f"The 'a' field must be an integer in {limits}",
            (*adder, "{a: [}"): "The passed values are not valid YAML, line 1, column 6: "
            "expected the node content, but found '}'",
            (*adder, "{}", "-r", "0"): "rate must be greater than zero",
            (*adder, "{}", "--rate=-1"): "rate must be greater than zero",
        }
        self.assert_results(
            {
                ("service", "call", *arguments): (1, "", f"{message}\n")
                for arguments, message in cases.items()
            }
        )

    def test_an_invalid_service_name_is_refused(self) -> None:
        status, output, errors = self.ros2("service", "call", "/a b", "std_srvs/srv/Trigger")
        assert (status, output) == (1, "")
        assert re.search(r"\AInvalid service name: .*'/a b'\n\Z", errors)


class TestRun(Ros2Test):
    """`ros2 run`, with executables in small ament prefixes, and without any ROS."""

    prefix: Path

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def prefixes(cls, graph: None) -> None:
        cls.prefix = cls.folder / "install"
        # Running a program must not take the time that rclpy needs to import.
        (cls.folder / "trap").mkdir()
        (cls.folder / "trap" / "rclpy.py").write_text("raise SystemExit('rclpy was imported')")
        cls.environment = {
            "PYTHONPATH": str(cls.folder / "trap"),
            "PATH": f"{cls.folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}:/usr/bin:/bin",
            "AMENT_PREFIX_PATH": f"/no/such/prefix{os.pathsep}{cls.prefix}",
        }

    def add(self, script: str, name: str = "program", *, prefix: Path | None = None) -> Path:
        """Add an executable shell script to the package `pkg`; return its path."""
        prefix = prefix or self.prefix
        index = prefix / "share" / "ament_index" / "resource_index" / "packages"
        index.mkdir(parents=True, exist_ok=True)
        (index / "pkg").touch()
        path = prefix / "lib" / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        self.stack.callback(path.unlink, missing_ok=True)
        return path

    def test_arguments_reach_the_program_untouched(self, subtests: pytest.Subtests) -> None:
        self.add(f"#!{sys.executable} -I\nimport json, sys\nprint(json.dumps(sys.argv))")
        for arguments in (
            [],
            ["2", "-3"],
            ["--help"],
            ["-h", "--prefix", "x", "--prefix=y"],
            # A "--" right after the name is swallowed by argparse, in the real command too.
            ["a", "--", "--ros-args", "-r", "__node:=n", "--", ""],
            ["two words", "*", "$HOME", "'", "{a: 1}"],
        ):
            with subtests.test(arguments=arguments):
                status, output, errors = self.ros2("run", "pkg", "program", *arguments)
                assert (status, errors) == (0, "")
                path = str(self.prefix / "lib" / "pkg" / "program")
                assert json.loads(output) == [path, *arguments]

    def test_the_exit_status_is_that_of_the_program(self) -> None:
        self.add("#!/bin/sh\nexit $1")
        message = "[ros2run]: Process exited with failure"
        self.assert_results(
            {
                ("run", "pkg", "program", "0"): (0, "", ""),
                ("run", "pkg", "program", "1"): (1, f"{message} 1\n", ""),
                ("run", "pkg", "program", "130"): (130, f"{message} 130\n", ""),
                ("run", "pkg", "program", "255"): (255, f"{message} 255\n", ""),
            }
        )

    def test_a_program_that_a_signal_ends_gives_its_negative_number(self) -> None:
        self.add("#!/bin/sh\nkill -$1 $$")
        self.assert_results(
            {
                ("run", "pkg", "program", "KILL"): (256 - 9, "[ros2run]: Killed\n", ""),
                ("run", "pkg", "program", "SEGV"): (
                    256 - 11,
                    "[ros2run]: Segmentation fault\n",
                    "",
                ),
            }
        )

    def test_the_program_starts_with_the_signals_as_they_were(self) -> None:
        self.add("#!/bin/sh\ncat /proc/self/status")

        def masks(status: str) -> tuple[int, int]:
            # Signals 32 and 33 belong to the C library.
            found = re.findall(r"^Sig(?:Blk|Ign):\t(\w+)$", status, re.MULTILINE)
            blocked, ignored = (int(mask, 16) & 0x7FFFFFFF for mask in found)
            return blocked, ignored

        # A signal that is ignored in this process, such as SIGHUP under nohup, is ignored there.
        direct = self.process(["cat", "/proc/self/status"])
        assert direct.wait(DEADLINE) == 0
        blocked, ignored = masks(direct.stdout)
        assert masks(self.ros2("run", "pkg", "program")[1]) == (blocked, ignored)
        # Background jobs of scripts start with SIGINT, the second bit, ignored.
        shell = self.process(["sh", "-c", "trap '' INT; exec ros2 run pkg program"])
        assert shell.wait(DEADLINE) == 0
        assert masks(shell.stdout) == (blocked, ignored | 0b10)

    # Ends with status 5 after the first SIGINT and 6 after the first SIGTERM.
    PATIENT = f"""#!{sys.executable} -I
import os, signal

def end(number, _):
    os.write(1, b"interrupted\\n" if number == signal.SIGINT else b"terminated\\n")
    os._exit(5 if number == signal.SIGINT else 6)

signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
print("ready", os.getpid(), flush=True)
while True:
    signal.pause()
"""

    def test_a_signal_to_the_command_alone_reaches_the_program(self) -> None:
        self.add(self.PATIENT)
        for number, status, text, said in (
            (signal.SIGINT, 5, "Interrupt", "interrupted"),
            (signal.SIGTERM, 6, "Terminated", "terminated"),
        ):
            process = self.start("run", "pkg", "program")
            process.wait_for_output("^ready", DEADLINE)
            process.signal(number)
            assert process.wait(DEADLINE) == status, process.stderr
            lines = process.stdout.splitlines()
            # The two processes write at the same time.
            assert sorted(lines[1:3]) == [f"[ros2run]: Received signal:  {text}", said]
            assert lines[3:] == [f"[ros2run]: Process exited with failure {status}"]

    def test_a_program_that_ignores_sigint_is_waited_for(self) -> None:
        self.add("#!/bin/sh\ntrap '' INT\necho ready\nread line\necho got $line\n")
        process = self.process(["ros2", "run", "pkg", "program"], stdin=subprocess.PIPE)
        process.wait_for_output("^ready", DEADLINE)
        process.signal_group(signal.SIGINT)
        process.wait_for_output("Received signal:  Interrupt", DEADLINE)
        process.stdin.write(b"something\n")
        process.stdin.close()
        assert process.wait(DEADLINE) == 0
        assert "got something\n" in process.stdout

    def test_ctrl_c_in_a_terminal_ends_the_program(self) -> None:
        self.add(self.PATIENT)
        master, slave = pty.openpty()
        self.stack.callback(os.close, master)
        # `setsid --ctty` makes the terminal the controlling one, so that it sends the signals.
        process = self.process(
            ["setsid", "--ctty", "--wait", "sh", "-c", "exec ros2 run pkg program"], stdin=slave
        )
        os.close(slave)
        child = int(process.wait_for_output(r"^ready (\d+)", DEADLINE)[1])
        os.write(master, b"\x03")
        assert process.wait(DEADLINE) == 5, process.stderr
        assert "interrupted" in process.stdout
        assert not Path(f"/proc/{child}").exists()

    def test_standard_input_is_the_programs(self) -> None:
        self.add("#!/bin/sh\nexec tr a-z A-Z")
        with Process(
            ["ros2", "run", "pkg", "program"], self.environment, stdin=subprocess.PIPE
        ) as process:
            process.stdin.write(b"hello\n")
            process.stdin.close()
            assert (process.wait(DEADLINE), process.stdout) == (0, "HELLO\n")

    def test_a_prefix_command_goes_before_the_program(self) -> None:
        path = self.add('#!/bin/sh\necho "$0 $GREETING $1"')
        for options in (
            ["--prefix", "env GREETING='good day'"],
            ["--prefix=env GREETING='good day'"],
        ):
            assert self.ros2("run", *options, "pkg", "program", "x") == (
                0,
                f"{path} good day x\n",
                "",
            )
        assert self.ros2("run", "--prefix", "no_such_debugger -x", "pkg", "program") == (
            1,
            "",
            "Cannot run 'no_such_debugger': No such file or directory\n",
        )

    def test_a_missing_package_or_executable_is_named(self) -> None:
        self.add("#!/bin/sh")
        plain = self.add("", "no_program")
        plain.chmod(0o644)
        self.add("#!/bin/sh", ".hidden/concealed")
        cases = {
            ("no_such_package", "program"): "Package 'no_such_package' not found",
            ("../packages/pkg", "program"): "Package '../packages/pkg' not found",
            ("pkg", "no_such_program"): "No executable found",
            ("pkg", "no_program"): "No executable found",
            ("pkg", "concealed"): "No executable found",
            ("pkg", ".hidden/concealed"): "No executable found",
        }
        self.assert_results(
            {("run", *arguments): (1, "", f"{message}\n") for arguments, message in cases.items()}
        )

    def test_executables_are_found_below_the_folder_of_the_package(self) -> None:
        first = self.add("#!/bin/sh\necho one", "sub/deep/same")
        assert self.ros2("run", "pkg", "same") == (0, "one\n", "")
        second = self.add("#!/bin/sh\necho two", "sub/tool/same")
        assert self.ros2("run", "pkg", "same") == (
            1,
            "",
            f"Multiple executables found:\n- {first}\n- {second}\n",
        )

    def test_the_first_prefix_that_has_the_package_counts(self) -> None:
        self.add("#!/bin/sh\necho underlay")
        overlay = self.folder / "over lay"
        self.add("#!/bin/sh\necho overlay", prefix=overlay)
        path = f"{overlay}{os.pathsep}{self.environment['AMENT_PREFIX_PATH']}"
        result = self.ros2("run", "pkg", "program", AMENT_PREFIX_PATH=path)
        assert result == (0, "overlay\n", "")
        assert self.ros2("run", "pkg", "program") == (0, "underlay\n", "")

    def test_a_program_that_cannot_be_executed_is_named(self) -> None:
        path = self.add("#!/no/such/interpreter\n")
        assert self.ros2("run", "pkg", "program") == (
            1,
            "",
            f"Cannot run '{path}': No such file or directory\n",
        )

    def test_an_environment_without_prefixes_is_explained(self) -> None:
        for value in (None, ""):
            status, output, errors = self.ros2("run", "pkg", "program", AMENT_PREFIX_PATH=value)
            assert (status, output) == (1, "")
            assert errors == (
                "Environment variable 'AMENT_PREFIX_PATH' is not set or empty: source a ROS 2 in "
                "this terminal first, for example with: source .underlay/setup.bash\n"
            )

    def test_both_names_are_required(self) -> None:
        for arguments in ([], ["pkg"]):
            status, output, errors = self.ros2("run", *arguments)
            assert (status, output) == (2, "")
            assert re.search(r"\Ausage: ros2 run (?s:.*)are required: .*executable_name", errors)


class TestWhatItIs(Ros2Test):
    """The stand-in says what it is, what it has, and what is missing."""

    def test_unknown_commands_and_verbs_are_refused_with_the_usage_and_what_to_install(
        self, subtests: pytest.Subtests
    ) -> None:
        cases = {
            ("topic", "list"): ("ros2", "topic"),
            ("launch", "pkg", "file.py"): ("ros2", "launch"),
            ("doctor",): ("ros2", "doctor"),
            ("doctor", "--report"): ("ros2", "doctor"),
            ("node", "info", "/adder"): ("ros2 node", "info"),
            ("service", "--include-hidden-services", "find", "x"): ("ros2 service", "find"),
            ("service", "echo"): ("ros2 service", "echo"),
        }
        for arguments, (command, named) in cases.items():
            with subtests.test(arguments=arguments):
                status, output, errors = self.ros2(*arguments, ROS_DISTRO="kilted")
                assert (status, output) == (2, "")
                # As the real command has it, after which comes the line on what to install.
                assert errors.startswith(f"usage: {command} [-h] ")
                first, second = errors[errors.index(f"{command}: error: ") :].splitlines()
                assert f"invalid choice: '{named}' (choose from " in first
                assert "stand-in" in second
                assert "sudo apt install ros-kilted-ros-base" in second
                assert "https://docs.ros.org/en/kilted/Installation.html" in second

    def test_the_help_lists_what_there_is_and_says_that_it_is_a_stand_in(
        self, subtests: pytest.Subtests
    ) -> None:
        for arguments, mentioned in {
            (): ("run ", "node ", "service "),
            ("-h",): ("run ", "node ", "service "),
            ("--help",): ("run ", "node ", "service "),
            ("node",): ("list ",),
            ("node", "-h"): ("list ",),
            ("service",): ("list ", "type ", "call ", "--include-hidden-services"),
            ("service", "--help"): ("list ", "type ", "call ", "--include-hidden-services"),
        }.items():
            with subtests.test(arguments=arguments):
                status, output, errors = self.ros2(*arguments)
                assert (status, errors) == (0, "")
                assert "stand-in" in output
                for text in mentioned:
                    assert f"  {text}" in output

    def test_closed_streams_do_no_harm(self) -> None:
        for command, status in (("ros2 -h >&-", 0), ("ros2 topic 2>&-", 2), ("ros2 >&- 2>&-", 0)):
            shell = self.process(["sh", "-c", command])
            assert (shell.wait(DEADLINE), shell.stdout, shell.stderr) == (status, "", "")

    def test_each_verb_has_help(self) -> None:
        for verb, option in (
            (("run",), "--prefix"),
            (("node", "list"), "--count-nodes"),
            (("service", "list"), "--show-types"),
            (("service", "type"), "service_name"),
            (("service", "call"), "--rate"),
        ):
            status, output, errors = self.ros2(*verb, "--help")
            assert (status, errors) == (0, "")
            assert output.startswith(f"usage: ros2 {' '.join(verb)} "), output
            assert option in output

    def test_wrong_options_are_refused_with_the_usage(self) -> None:
        for arguments in (
            ("node", "list", "--no-such-option"),
            ("node", "list", "--spin-time", "soon"),
            ("service", "type"),
            ("service", "call", "/x"),
            ("service", "call", "/x", "std_srvs/srv/Trigger", "--qos-reliability", "much"),
        ):
            status, output, errors = self.ros2(*arguments)
            assert (status, output) == (2, "")
            assert re.search(r"\Ausage: ros2 (?s:.*)error: ", errors)

    def test_an_invalid_domain_is_one_line(self) -> None:
        status, output, errors = self.ros2("node", "list", ROS_DOMAIN_ID="kitchen")
        assert (status, output) == (1, "")
        assert re.search(r"\A.*ROS_DOMAIN_ID is not an integral number.*\n\Z", errors)

    def test_without_a_sourced_ros_the_setup_file_is_named(self, subtests: pytest.Subtests) -> None:
        # A copy, where the underlay has it, run by its path in a terminal with nothing sourced, and
        # by a Python that has no rclpy.
        prefix = self.folder / "pre fix"
        (prefix / "bin").mkdir(parents=True)
        shutil.copy(ROS2, prefix / "bin" / "ros2")
        (prefix / "setup.bash").touch()
        bare = self.folder / "bare"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
        for verb in (
            ("node", "list"),
            ("service", "list"),
            ("service", "call", "/x", "std_srvs/srv/Trigger"),
            ("run", "pkg", "program"),
        ):
            with (
                subtests.test(verb=verb),
                Process(
                    [prefix / "bin" / "ros2", *verb], {"PATH": f"{bare / 'bin'}:/usr/bin:/bin"}
                ) as process,
            ):
                assert (process.wait(DEADLINE), process.stdout) == (1, "")
                advice = (
                    f"source a ROS 2 in this terminal first, for example with: source '{prefix}"
                )
                assert f": {advice}/setup.bash'\n" in process.stderr
                assert process.stderr.count("\n") == 1, process.stderr
