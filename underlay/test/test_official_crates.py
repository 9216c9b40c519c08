# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""What ros2-rust has published, against what is written here for the same.

    make test ONLY=underlay/test/test_official_crates.py

rclrs 0.7.0 was published with the output of ros2-rust's generator for some interface packages:
names, types and traits of our crates are compared with them. rclrs 0.8.0 has bindings to the C of
each distribution: the layouts of our crates and of rclrs_runtime are compared with them, on Lyrical
and Rolling as well, which nothing else here is tested on. cargo downloads both, pinned by
message_crates/Cargo.lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rosidl_generator_rs import index
from rosidl_generator_rs.generate import generate_installed
from rust_items import items
from rust_source import PRIMITIVES

TEST = Path(__file__).resolve().parent
REPOSITORY = TEST.parents[1]
LOCKED = TEST / "message_crates"

DISTRIBUTIONS = ("humble", "jazzy", "kilted", "lyrical", "rolling")

# These became idiomatic types in ros2-rust's generator in February 2026, a month after rclrs 0.7.0
# (ros2-rust/rosidl_rust#12).
IDIOMATIC_SINCE = re.compile(r"as Action>::(FeedbackMessage|SendGoalService|GetResultService)$")


def cargo(*arguments: str | Path, **variables: str) -> str:
    """Run cargo in this environment, changed by `variables`; return what it prints on stdout."""
    environment = {**os.environ, **variables}
    result = subprocess.run(["cargo", *arguments], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def rclrs() -> dict[str, Path]:
    """The sources of rclrs, by version."""
    arguments = ["--locked", "--format-version", "1", "--features", "rclrs_0_7"]
    # Which platform does not matter, but without one cargo downloads the packages of all.
    arguments += ["--filter-platform", "x86_64-unknown-linux-gnu"]
    shown = cargo("metadata", *arguments, "--manifest-path", LOCKED / "Cargo.toml")
    return {
        package["version"]: Path(package["manifest_path"]).parent / "src"
        for package in json.loads(shown)["packages"]
        if package["name"] == "rclrs"
    }


@pytest.fixture(scope="module")
def official(rclrs: dict[str, Path]) -> dict[str, str]:
    """The items of all packages in rclrs 0.7.0, by their paths."""
    found: dict[str, str] = {}
    for file in rclrs["0.7.0"].glob("vendor/*/*.rs"):
        if file.stem != "mod":
            found |= items(file.read_text(encoding="utf-8"), [file.parent.name, file.stem])
    for path, type_ in found.items():
        if IDIOMATIC_SINCE.search(path):
            assert "::rmw::" in type_, path
            found[path] = type_.replace("::rmw::", "::")
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, official: dict[str, str]) -> dict[str, str]:
    """The items of the same packages, of the ROS 2 that is sourced."""
    packages = {interface(path)[0] for path in official}
    prefixes = index.prefixes_from_environment()
    found: dict[str, str] = {}
    for crate in generate_installed(packages, tmp_path_factory.mktemp("ours"), prefixes=prefixes):
        for folder in ("msg", "srv", "action"):
            for module in ([folder], [folder, "rmw"]):
                file = crate.folder.joinpath("src", *module).with_suffix(".rs")
                if file.exists():
                    found |= items(file.read_text(encoding="utf-8"), [crate.package, *module])
    return found


class TestNames:
    """Our crates have the names and types of the official ones."""

    def test_all_that_the_official_crates_have_is_the_same_in_ours(
        self, official: dict[str, str], ours: dict[str, str]
    ) -> None:
        # Distributions differ in the interfaces of test_msgs.
        installed = set(map(interface, ours))
        compared = {path: text for path, text in official.items() if interface(path) in installed}
        different = {
            path: (text, ours.get(path))
            for path, text in compared.items()
            if ours.get(path) != text
        }
        assert different == {}
        print(
            f"{len(compared)} of {len(official)} items of rclrs 0.7.0 are the same here; "
            f"not installed are {sorted(set(map(interface, official)) - installed)}"
        )
        # Structs, fields, constants, impls and associated types: the sources were read at all.
        assert len(compared) > 2000

    def test_ours_have_only_service_events_besides(
        self, official: dict[str, str], ours: dict[str, str]
    ) -> None:
        known = set(map(interface, official))
        more = {path for path in ours.keys() - official.keys() if interface(path) in known}
        assert {path for path in more if "_Event" not in path} == set()


def interface(path: str) -> tuple[str, ...]:
    """Return the package and the name of the interface that an item was written for."""
    match = re.search(r"(\w+)::\w+::(?:rmw::)?([A-Za-z0-9]+)", path)
    assert match is not None, path
    return match.groups()


# A program that compiles where the layouts in Rust are those of C. Of what rclrs_runtime declares,
# it compares the sizes, and the fields that are read.
PROGRAM = """\
#![allow(warnings)]
#[path = "@RUNTIME@/src/ffi.rs"]
mod ffi;
mod c { include!("@BINDINGS@"); }

macro_rules! same {
    ($rust:ty, $c:ty $(, $field:ident: $field_of_c:ident)*) => {
        const _: () = {
            assert!(std::mem::size_of::<$rust>() == std::mem::size_of::<$c>());
            assert!(std::mem::align_of::<$rust>() == std::mem::align_of::<$c>());
            $(assert!(
                std::mem::offset_of!($rust, $field) == std::mem::offset_of!($c, $field_of_c)
            );)*
        };
    };
}
same!(ffi::Allocator, c::rcutils_allocator_s, deallocate: deallocate, state: state);
same!(ffi::Arguments, c::rcl_arguments_s);
same!(ffi::Variant, c::rcl_variant_s, bool_value: bool_value);
same!(ffi::NodeParameters, c::rcl_node_params_s,
    names: parameter_names, values: parameter_values, count: num_params);
same!(ffi::Parameters, c::rcl_params_s, nodes: params, count: num_nodes);
same!(ffi::EndpointInfo, c::rmw_topic_endpoint_info_s, node_name: node_name, gid: endpoint_gid);
same!(ffi::EndpointInfos, c::rmw_topic_endpoint_info_array_s, size: size, first: info_array);
"""

SEQUENCES = {"String": "rosidl_runtime_rs::String", **PRIMITIVES}

# The packages whose messages are in the bindings.
MESSAGES = {"action_msgs", "type_description_interfaces"}


@pytest.fixture(scope="module")
def crates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with our crates of the messages that the bindings have."""
    prefix = tmp_path_factory.mktemp("crates")
    prefixes = index.prefixes_from_environment()
    # Humble has no type_description_interfaces.
    generate_installed(
        index.installed_packages(prefixes).keys() & MESSAGES, prefix, prefixes=prefixes
    )
    return prefix


class TestDistributions:
    """What is written here fits the C of each distribution, as far as rclrs 0.8 describes that."""

    def test_layouts_are_those_of_the_bindings(
        self,
        rclrs: dict[str, Path],
        crates: Path,
        tmp_path: Path,
        subtests: pytest.Subtests,
    ) -> None:
        # The runtime's own build script tells its sources which distribution it is.
        runtime = REPOSITORY / "rclrs_runtime"
        (tmp_path / "Cargo.toml").write_text(
            f'[package]\nname = "layouts"\nedition = "2021"\nbuild = "{runtime}/build.rs"\n'
            '[lib]\npath = "layouts.rs"\n[workspace]\n[dependencies]\n'
            'libc = "0.2"\nros-env = "0.3"\nrosidl_runtime_rs = "0.7"\n',
            encoding="utf-8",
        )
        shutil.copy(LOCKED / "Cargo.lock", tmp_path)
        for distribution in DISTRIBUTIONS:
            bindings = rclrs["0.8.0"] / f"rcl_bindings_generated_{distribution}.rs"
            program = PROGRAM.replace("@RUNTIME@", str(runtime))
            program = program.replace("@BINDINGS@", str(bindings))
            text = bindings.read_text(encoding="utf-8")
            more = [*self._sequences(text), *self._messages(text, crates)]
            (tmp_path / "layouts.rs").write_text(program + "".join(more), encoding="utf-8")
            print(f"{distribution}: {len(more)} sequences and messages")
            # From Jazzy on, the bindings have the sequences of numbers.
            assert len(more) > (5 if distribution == "humble" else 20)
            with subtests.test(distribution):
                cargo(
                    "check",
                    *("--quiet", "--manifest-path", tmp_path / "Cargo.toml"),
                    AMENT_PREFIX_PATH=str(crates),
                    CARGO_TARGET_DIR=str(tmp_path / "target"),
                    ROS_DISTRO=distribution,
                )

    def _sequences(self, bindings: str) -> Iterator[str]:
        for name, element in SEQUENCES.items():
            if f"pub struct rosidl_runtime_c__{name}__Sequence " in bindings:
                rust = f"rosidl_runtime_rs::Sequence<{element}>"
                yield f"same!({rust}, c::rosidl_runtime_c__{name}__Sequence);\n"

    def _messages(self, bindings: str, crates: Path) -> Iterator[str]:
        struct = r"pub struct ((\w+)__(msg|srv)__([A-Z]\w+?)) {\n(.*?)\n}"
        for c, package, folder, name, body in re.findall(struct, bindings, re.DOTALL):
            if not name.endswith("__Sequence") and (crates / "share" / package / "rust").exists():
                fields = "".join(f", {field}: {field}" for field in re.findall(r"pub (\w+):", body))
                yield f"same!(ros_env::{package}::{folder}::rmw::{name}, c::{c}{fields});\n"

    def test_functions_of_the_runtime_are_the_same_in_all(self, rclrs: dict[str, Path]) -> None:
        declared = (REPOSITORY / "rclrs_runtime/src/ffi.rs").read_text(encoding="utf-8")
        names = set(re.findall(r"pub fn (r[a-z]+_\w+)\(|`(rcl_\w+)` of `rcl/", declared))
        checked: list[str] = []
        for name in sorted(map("".join, names)):
            found = set()
            for distribution in DISTRIBUTIONS:
                bindings = rclrs["0.8.0"] / f"rcl_bindings_generated_{distribution}.rs"
                text = bindings.read_text(encoding="utf-8")
                declarations = re.findall(rf"pub fn {name}\(.*?;", text, re.DOTALL)
                found.add(" ".join(" ".join(declarations).split()))
            assert len(found) == 1, found
            checked += filter(None, found)
        print(f"the same in all distributions: {len(checked)} functions")
        assert len(checked) > 10

    def test_the_nodes_compile_for_the_others(self, subtests: pytest.Subtests) -> None:
        target = str(REPOSITORY / "build/other_distributions")
        for distribution in ("lyrical", "rolling"):
            with subtests.test(distribution):
                cargo(
                    *("check", "--quiet", "--locked", "--package", "rust_add_two_ints"),
                    *("--manifest-path", REPOSITORY / "Cargo.toml"),
                    CARGO_TARGET_DIR=target,
                    ROS_DISTRO=distribution,
                )
