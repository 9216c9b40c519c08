# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""docs/your_own_service.md from nothing, `make new`, and an interface package added later."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from reader import PAGE, ServicePageReader
from ros_test_support.pages import REPOSITORY, blocks

TEMPLATES = REPOSITORY / "new_service" / "templates"


def test_the_page_shows_each_template_in_full() -> None:
    shown = {block.source: block.text for block in blocks(PAGE) if block.source}
    for (path, template), text in shown.items():
        assert text == template.read_text(encoding="utf-8"), path
        package = template.resolve().relative_to(TEMPLATES)
        assert path == f"src/{package}"
    folders = [TEMPLATES / "multiply_interfaces", TEMPLATES / "multiply"]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert {template.resolve() for _, template in shown} == set(files)


def test_the_page_can_be_followed_from_an_empty_folder_to_a_call(
    followed: ServicePageReader,
) -> None:
    installed = followed.workspace / "install"
    for package in ("multiply", "divide"):
        for program in ("server", "client"):
            assert os.access(installed / package / "lib" / package / program, os.X_OK)


def test_a_package_that_was_built_before_links_an_interface_package_that_is_added(
    followed: ServicePageReader,
) -> None:
    # Also with the field that the page adds: each build of the workspace takes a minute.
    (change,) = [block.text for block in blocks(PAGE) if block.language == "diff"]
    apply = ["git", "apply", "-"]
    subprocess.run(apply, input=change, cwd=followed.workspace, text=True, check=True)
    package = followed.workspace / "src" / "multiply"
    manifest = package / "package.xml"
    depend = "<depend>multiply_interfaces</depend>"
    text = manifest.read_text()
    assert depend in text
    manifest.write_text(text.replace(depend, f"{depend}<depend>divide_interfaces</depend>"))
    client = package / "src" / "bin" / "client.rs"
    last = "response.product);\n"
    text = client.read_text()
    assert last in text
    other = "ros_env::divide_interfaces::srv::DivideTwoInts_Request::default()"
    lines = f"""\
    println!("{{:?}}", {other});
    println!("computed at {{}}", response.stamp.sec);
"""
    client.write_text(text.replace(last, f"{last}{lines}"))
    printed = followed.first.run("colcon build --packages-up-to multiply")
    assert "Summary: 3 packages finished" in printed, printed
    # Again, because of the new package.
    source = "source ~/rust_ws/install/setup.bash"
    with followed.first.start(f"{source}; ros2 run multiply server"):
        started = int(time.time())
        printed = followed.second.run(f"{source}; ros2 run multiply client 6 7")
    found = re.search(r"^computed at (\d+)$", printed, re.MULTILINE)
    assert found and int(found[1]) >= started, printed


def make_new(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "new", f"IN={folder}", *words], cwd=REPOSITORY, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("name", "service", "runtime"),
    [
        ("r2", "X", ""),
        ("find_the_nearest_charging_station", "FindTheNearestChargingStationOfTheFloor", "1"),
    ],
)
def test_make_new_writes_two_packages(
    tmp_path: Path, name: str, service: str, runtime: str
) -> None:
    result = make_new(tmp_path, f"NAME={name}", f"SERVICE={service}", f"RUNTIME={runtime}")
    assert result.returncode == 0, result.stderr
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"{name}_interfaces"])
    assert (tmp_path / f"{name}_interfaces" / "srv" / f"{service}.srv").is_file()
    sources = list((tmp_path / name).rglob("*.rs"))
    assert len(sources) == (4 if runtime else 3)
    subprocess.run(["rustfmt", "--check", "--edition", "2024", *sources], check=True)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not re.search("multiply|MultiplyTwoInts", file.read_text()), file
    listed = subprocess.run(
        ["colcon", "list", "--base-paths", tmp_path], capture_output=True, text=True, check=True
    )
    assert f"{name}_interfaces\t" in listed.stdout
    assert "(ros.ament_cmake)" in listed.stdout
    assert "ament_cargo)" in listed.stdout
    # cargo reads the manifest, and finds rclrs_runtime at its path.
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    subprocess.run(command, cwd=tmp_path / name, capture_output=True, check=True)
    if runtime:
        manifest = (tmp_path / name / "Cargo.toml").read_text()
        path = re.search(r'rclrs_runtime = { path = "(.*)" }', manifest)
        assert path is not None
        assert (tmp_path / name / path[1]).samefile(REPOSITORY / "rclrs_runtime")


@pytest.mark.parametrize(
    ("name", "service", "why"),
    [
        ("match", "MatchTwoInts", "it is a Rust keyword"),
        ("Multiply", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("--help", "MultiplyTwoInts", "ROS accepts lower-case letters"),
        ("build", "MultiplyTwoInts", "it conflicts with cargo's build directory names"),
        ("taken", "MultiplyTwoInts", "exists, and is not overwritten"),
        ("half_taken", "MultiplyTwoInts", "exists, and is not overwritten"),
        ("multiply", "multiplyTwoInts", "rosidl accepts letters and digits"),
        # The only way to fail after some files are written.
        ("multiply", "M" * 300, "File name too long"),
    ],
)
def test_make_new_refuses_with_one_line_and_writes_nothing(
    tmp_path: Path, name: str, service: str, why: str
) -> None:
    for folder in ("taken", "half_taken_interfaces"):
        (tmp_path / folder).mkdir()
    result = make_new(tmp_path, f"NAME={name}", f"SERVICE={service}")
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("new: ")
    assert why in lines[0]
    assert sorted(os.listdir(tmp_path)) == ["half_taken_interfaces", "taken"]
    assert not any((tmp_path / "taken").iterdir())


def test_make_new_refuses_a_folder_in_which_colcon_does_not_search(tmp_path: Path) -> None:
    (tmp_path / "package.xml").touch()
    (tmp_path / "src").mkdir()
    for folder, why in [("src", "colcon does not"), ("no", "is not a folder")]:
        result = make_new(tmp_path / folder, "NAME=multiply", "SERVICE=MultiplyTwoInts")
        assert result.returncode != 0
        assert why in result.stderr
    assert not any((tmp_path / "src").iterdir())


def test_make_new_accepts_the_names_that_rosidl_accepts() -> None:
    from rosidl_adapter.parser import is_valid_message_name, is_valid_package_name

    import new_service.__main__ as new

    for name in ("a", "a1", "a_b", "1a", "_a", "a_", "a__b", "A", "aB", "a-b", "a\n", ""):
        assert bool(new.PACKAGE_NAME.fullmatch(name)) == is_valid_package_name(name), name
    for name in ("A", "AB", "A1", "aB", "A_b", "1A", "A-b", "A\n", ""):
        assert bool(new.SERVICE_TYPE.fullmatch(name)) == is_valid_message_name(name), name
