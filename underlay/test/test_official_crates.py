# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The generated crates have the names and types of those that ros2-rust's generator writes.

    make test ONLY=underlay/test/test_official_crates.py

rclrs 0.7.0 was published with the output of that generator for some interface packages of ROS 2.
cargo downloads it, pinned by message_crates/Cargo.lock, and its sources are compared with what ours
writes for the same packages of the ROS 2 that is sourced.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from rosidl_generator_rs import generate_installed
from rust_items import items

MANIFEST = Path(__file__).parent / "message_crates" / "Cargo.toml"

# These became idiomatic types in ros2-rust's generator in February 2026, a month after rclrs 0.7.0
# (ros2-rust/rosidl_rust#12).
IDIOMATIC_SINCE = re.compile(r"as Action>::(FeedbackMessage|SendGoalService|GetResultService)$")


@pytest.fixture(scope="module")
def official() -> dict[str, str]:
    """The items of all packages in rclrs 0.7.0, by their paths."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--features", "rclrs_0_7"]
    # Which platform does not matter, but without one cargo downloads the packages of all.
    command += ["--filter-platform", "x86_64-unknown-linux-gnu", "--manifest-path", str(MANIFEST)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (manifest,) = (
        package["manifest_path"]
        for package in json.loads(result.stdout)["packages"]
        if (package["name"], package["version"]) == ("rclrs", "0.7.0")
    )
    found: dict[str, str] = {}
    for file in Path(manifest).parent.glob("src/vendor/*/*.rs"):
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
    found: dict[str, str] = {}
    for crate in generate_installed(packages, tmp_path_factory.mktemp("crates")):
        for folder in ("msg", "srv", "action"):
            for module in ([folder], [folder, "rmw"]):
                file = crate.folder.joinpath("src", *module).with_suffix(".rs")
                if file.exists():
                    found |= items(file.read_text(encoding="utf-8"), [crate.package, *module])
    return found


def interface(path: str) -> tuple[str, ...]:
    """Return the package and the name of the interface that an item was written for."""
    match = re.search(r"(\w+)::\w+::(?:rmw::)?([A-Za-z0-9]+)", path)
    assert match is not None, path
    return match.groups()


def test_all_that_the_official_crates_have_is_the_same_in_ours(
    official: dict[str, str], ours: dict[str, str]
) -> None:
    # Distributions differ in the interfaces of test_msgs.
    installed = set(map(interface, ours))
    compared = {path: text for path, text in official.items() if interface(path) in installed}
    different = {
        path: (text, ours.get(path)) for path, text in compared.items() if ours.get(path) != text
    }
    assert different == {}
    print(
        f"{len(compared)} of {len(official)} items of rclrs 0.7.0 are the same here; not installed "
        f"are {sorted(set(map(interface, official)) - installed)}"
    )
    # Structs, fields, constants, impls and associated types: the sources were read at all.
    assert len(compared) > 2000


def test_ours_have_only_service_events_besides(
    official: dict[str, str], ours: dict[str, str]
) -> None:
    known = set(map(interface, official))
    more = {path for path in ours.keys() - official.keys() if interface(path) in known}
    assert {path for path in more if "_Event" not in path} == set()
