# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the generator of Rust message crates that need no Rust: names, texts, files, errors.

    make test ONLY=underlay/test/test_rosidl_generator_rs.py

That what it generates compiles and works is shown by test_message_crates.py.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rosidl_generator_rs import crate, docstrings, index, naming, render
from rosidl_generator_rs.errors import GeneratorError, UnsupportedInterfaceError
from rosidl_generator_rs.generate import generate_installed
from rosidl_parser import definition

GENERATOR = Path(__file__).resolve().parents[1] / "rosidl_generator_rs/rosidl_generator_rs"


def run(
    *arguments: str | Path, python: str = "-B", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the generator as CMake does, without writing bytecode; `python` are Python's options."""
    return subprocess.run(
        [sys.executable, python, GENERATOR, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestNaming:
    """Names and values of an interface become valid Rust."""

    def test_keywords_get_an_underscore_and_other_names_stay(self) -> None:
        for keyword in ("type", "match", "self", "Self", "async", "gen", "try", "final", "box"):
            assert naming.identifier(keyword) == f"{keyword}_"
        # Weak keywords, Python keywords, and words that only start like one.
        for name in ("union", "default", "macro_rules", "lambda", "types", "data", "UUID"):
            assert naming.identifier(name) == name

    def test_packages_and_folders_must_be_modules_as_they_are(self) -> None:
        assert naming.module("std_msgs", "package") == "std_msgs"
        for name in ("impl", "self", "with-dash", "1st", ""):
            with pytest.raises(UnsupportedInterfaceError) as caught:
                naming.module(name, "package")
            assert f"package '{name}'" in str(caught.value)

    def test_texts_are_escaped(self) -> None:
        for text, literal in (
            ("", '""'),
            ("Hello world!", '"Hello world!"'),
            ('it\'s "quoted" \\', '"it\'s \\"quoted\\" \\\\"'),
            ("two\nlines\ttab\r\0", '"two\\nlines\\ttab\\r\\0"'),
            ("{braces} // /* */", '"{braces} // /* */"'),
            ("Grüße 世界 🦀", '"Grüße 世界 🦀"'),
            # rustc refuses marks that change the direction of the text around them.
            ("\x07 \x7f \u202e \u00a0", '"\\u{7} \\u{7f} \\u{202e} \\u{a0}"'),
            # How an .idl file writes what does not fit into four hexadecimal digits.
            ("\ud83e\udd80", '"🦀"'),
        ):
            assert naming.string_literal(text) == literal
        with pytest.raises(UnsupportedInterfaceError, match="surrogate"):
            naming.string_literal("\ud83e")


class TestDocstring:
    """Comments become documentation that says what they said, and nothing else."""

    def test_lines_of_comments(self, subtests: pytest.Subtests) -> None:
        for comment, expected in (
            (["The speed.", "", "Or so."], ["The speed.", "", "Or so."]),
            ([], []),
            (["", "  ", ""], []),
            (["a\rb\x00c\u202ed  "], ["a b c d"]),
            (["\ta\tb"], ["```text", "a   b", "```"]),
            # Markup of Markdown is escaped.
            (["in [0, 1) and <T>"], ["in \\[0, 1) and \\<T\\>"]),
            (["a_b * c `d` \\n"], ["a\\_b \\* c \\`d\\` \\\\n"]),
            (["# heading"], ["\\# heading"]),
            (["1. first"], ["1\\. first"]),
            (["12) first"], ["12\\) first"]),
            (["- item"], ["\\- item"]),
            (["> quote"], ["\\> quote"]),
            (["---"], ["\\---"]),
            (["==="], ["\\==="]),
            (["-1 is not an item"], ["\\-1 is not an item"]),
            (["1.5 is not one either"], ["1\\.5 is not one either"]),
            # Addresses become links.
            (
                ["See https://a.org/b_c?d=1#e, and (http://f.org)."],
                ["See <https://a.org/b_c?d=1#e>, and (<http://f.org>)."],
            ),
            # The items of a list stay on lines of their own.
            (["Either:", "- one", "- two", "and"], ["Either:\\", "\\- one\\", "\\- two", "and"]),
            # Text with a layout is quoted, and never a doctest.
            (
                ["  Code:", "", "      let a = b;"],
                ["```text", "Code:", "", "    let a = b;", "```"],
            ),
            (
                ["A    table", "1    ```rust"],
                ["````text", "A    table", "1    ```rust", "````"],
            ),
        ):
            with subtests.test(comment=comment):
                assert docstrings.from_comments(comment) == expected

    def test_a_unit_gets_a_paragraph(self) -> None:
        assert docstrings.from_comments(["Speed"], "m/s") == ["Speed", "", "Unit: `m/s`"]
        assert docstrings.from_comments([], "a`b") == ["Unit: `` a`b ``"]


class TestRender:
    """An .idl file becomes Rust, or one line that says why not."""

    @pytest.fixture(autouse=True)
    def set_up(self, tmp_path: Path) -> None:
        self.file = tmp_path / "Some.idl"

    def _render(self, body: str, module: str = "msg") -> render.Rendered:
        self.file.write_text(f"module pkg {{ module {module} {{ {body} }}; }};", encoding="utf-8")
        return render.render_file("pkg", self.file, "pkg")

    def _error(self, body: str, module: str = "msg") -> str:
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed), pytest.raises(GeneratorError) as caught:
            self._render(body, module)
        message = str(caught.value)
        assert printed.getvalue() == ""
        assert "\n" not in message
        assert message.startswith(f"{self.file}: "), message
        return message

    def test_arrays_that_serde_does_not_know_get_help(self) -> None:
        help_ = 'serde(with = "::serde_big_array::BigArray")'
        for length, expected in ((1, False), (32, False), (33, True), (1000, True)):
            body = f"typedef string Many[{length}]; struct Some {{ Many many; }};"
            rendered = self._render(body)
            assert f"pub many: [::std::string::String; {length}]," in rendered.idiomatic
            for text in (rendered.idiomatic, rendered.rmw):
                assert (help_ in text) == expected

    def test_dependencies_are_the_packages_of_the_types_in_use(self) -> None:
        rendered = self._render(
            "struct Some { a::msg::X x; sequence<b::msg::Y> y; pkg::msg::Z z; };"
        )
        assert rendered.dependencies == {"a", "b"}
        service = "struct Do_Request { long a; }; struct Do_Response { long b; };"
        assert self._render(service, "srv").dependencies == {"service_msgs"}
        parts = ("Goal", "Result", "Feedback")
        action = "".join(f"struct Go_{part} {{ long a; }}; " for part in parts)
        assert self._render(action, "action").dependencies == {
            "action_msgs",
            "builtin_interfaces",
            "service_msgs",
            "unique_identifier_msgs",
        }

    def test_services_have_no_events_where_the_parser_knows_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = definition.Service.__init__

        def without_event(service: definition.Service, *arguments: object, **named: object) -> None:
            original(service, *arguments, **named)
            del service.event_message

        body = "struct Do_Request { long a; }; struct Do_Response { long b; };"
        monkeypatch.setattr(definition.Service, "__init__", without_event)
        rendered = self._render(body, "srv")
        assert "Event" not in rendered.idiomatic + rendered.rmw
        assert rendered.dependencies == set()

    def test_only_names_that_need_it_switch_lints_off(self) -> None:
        rendered = self._render("struct Plain { long some_field; };")
        assert "allow(" not in rendered.idiomatic + rendered.rmw
        rendered = self._render("struct Odd { long someField; };")
        assert "#[allow(non_snake_case)]" in rendered.idiomatic
        body = "module Odd_Constants { const double x = 3.14159; }; struct Odd { long a; };"
        for lint in ("non_upper_case_globals", "clippy::approx_constant"):
            assert lint in self._render(body).idiomatic

    def test_an_invalid_file_is_one_line(self) -> None:
        assert "not a valid interface definition" in self._error("struct Some { long ; };")
        assert "not a valid interface definition" in self._error("struct Some { lang a; };")

    def test_what_rust_lacks_is_named_with_its_field(self) -> None:
        message = self._error("struct Some { long a; long double precise; };")
        assert "field 'precise' of Some: Rust has no type for 'long double'" in message
        body = "module Some_Constants { const long double X = 0.5; }; struct Some { long a; };"
        assert "constants of Some: 'X': Rust has no type for 'long double'" in self._error(body)

    def test_a_missing_file_is_one_line(self) -> None:
        with pytest.raises(GeneratorError, match=r"Some\.idl"):
            render.render_file("pkg", self.file, "pkg")


class TestPrefix:
    """Packages are found in prefixes, and crates written to one."""

    @pytest.fixture(autouse=True)
    def set_up(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "with a space"
        self.first = self.folder / "first"
        self.second = self.folder / "second"
        self.output = self.folder / "output"

    def _install(self, prefix: Path, package: str, *fields: str, version: str = "1.2.3") -> None:
        """Install an interface package with one message, Some."""
        includes = "".join(
            f'#include "{field.split("::")[0]}/msg/Some.idl"\n' for field in fields if "::" in field
        )
        body = "".join(f"{field}; " for field in fields)
        files = {
            f"share/ament_index/resource_index/rosidl_interfaces/{package}": "msg/Some.idl\n",
            f"share/{package}/package.xml": f"<package><version>{version}</version></package>",
            f"share/{package}/msg/Some.idl": (
                f"{includes}module {package} {{ module msg {{ struct Some {{ {body} }}; }}; }};"
            ),
        }
        for path, text in files.items():
            (prefix / path).parent.mkdir(parents=True, exist_ok=True)
            (prefix / path).write_text(text, encoding="utf-8")

    def _generate(self, *packages: str, **options: Any) -> list[str]:
        crates = generate_installed(
            packages, self.output, prefixes=[self.first, self.second], **options
        )
        return [crate.package for crate in crates if crate.changed]

    def _read(self, package: str, path: str) -> str:
        return (self.output / "share" / package / "rust" / path).read_text(encoding="utf-8")

    def test_the_first_prefix_that_has_a_package_wins(self) -> None:
        self._install(self.first, "pkg", "long first", version="2.0.0")
        self._install(self.second, "pkg", "long second")
        self._generate("pkg")
        assert "pub first: i32" in self._read("pkg", "src/msg.rs")
        assert 'version = "2.0.0"' in self._read("pkg", "Cargo.toml")

    def test_dependencies_are_generated_as_well(self) -> None:
        self._install(self.first, "top", "middle::msg::Some some")
        self._install(self.second, "middle", "bottom::msg::Some some")
        self._install(self.second, "bottom", "top::msg::Some some")
        assert self._generate("top") == ["bottom", "middle", "top"]
        assert 'middle = "*"\n' in self._read("top", "Cargo.toml")
        assert '"middle/serde",' in self._read("top", "Cargo.toml")

    def test_crates_that_other_prefixes_have_can_be_left_out(self) -> None:
        self._install(self.first, "top", "middle::msg::Some some")
        self._install(self.second, "middle", "long a")
        (self.second / "share/middle/rust").mkdir()
        (self.second / "share/middle/rust/Cargo.toml").touch()
        assert self._generate("top", only_missing=True) == ["top"]

    def test_the_library_has_the_name_in_the_cmake_exports(self) -> None:
        self._install(self.first, "pkg", "long a")
        (self.first / "share/pkg/cmake").mkdir()
        extras = "share/pkg/cmake/rosidl_cmake_export_typesupport_targets-extras.cmake"
        target = "__rosidl_generator_c:other__rosidl_generator_c"
        (self.first / extras).write_text(f'set(_exported "{target};__x:y__x")')
        self._generate("pkg")
        assert '"other__rosidl_typesupport_c"' in self._read("pkg", "src/msg/rmw.rs")

    def test_nothing_is_written_unless_everything_can_be(self) -> None:
        # So many that several processes parse them.
        good = [f"good{number}" for number in range(30)]
        for name in good:
            self._install(self.first, name, "long a")
        self._install(self.first, "bad", "long double a")
        with pytest.raises(GeneratorError, match=r"bad.*Rust has no type"):
            self._generate(*good, "bad")
        assert not self.output.exists()
        assert self._generate(*good) == sorted(good)

    def test_versions_are_made_fit_for_cargo(self) -> None:
        for version, expected in (
            ("1.2.3", "1.2.3"),
            ("01.002.3", "1.2.3"),
            ("5.3.6-1jammy", "5.3.6"),
            ("1.2", "0.0.0"),
            ("", "0.0.0"),
        ):
            assert index.cargo_version(version) == expected


class TestBuildStep:
    """The step of a CMake build writes the crate, or warns where it cannot be used."""

    @pytest.fixture(autouse=True)
    def set_up(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def _run(self, package: str, field: str) -> subprocess.CompletedProcess[str]:
        """Run the step for a package with a message, Some, of one field."""
        text = f"module {package} {{ module msg {{ struct Some {{ {field} some; }}; }}; }};"
        (self.folder / "Some.idl").write_text(text, encoding="utf-8")
        arguments = {
            "package_name": package,
            "output_dir": str(self.folder / "rust"),
            "idl_tuples": [f"{self.folder}:Some.idl"],
        }
        file = self.folder / "arguments.json"
        file.write_text(json.dumps(arguments), encoding="utf-8")
        options = ["--package-version", "1.2.3", "--library", "library"]
        return run("--generator-arguments-file", file, *options, AMENT_PREFIX_PATH=str(self.folder))

    def test_a_crate_is_written(self) -> None:
        result = self._run("pkg", "long")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert 'version = "1.2.3"' in (self.folder / "rust/Cargo.toml").read_text()
        assert '"library__ros' in (self.folder / "rust/src/msg/rmw.rs").read_text()

    def test_a_dependency_without_a_crate_is_a_warning(self) -> None:
        result = self._run("pkg", "other_msgs::msg::Some")
        assert result.returncode == 0
        assert re.search(
            r"\A.*warning: other_msgs have no Rust crates.* leave out pkg: .*\n\Z", result.stderr
        )
        (self.folder / "share/other_msgs/rust").mkdir(parents=True)
        (self.folder / "share/other_msgs/rust/Cargo.toml").touch()
        assert self._run("pkg", "other_msgs::msg::Some").stderr == ""

    def test_what_rust_lacks_is_a_warning_and_leaves_no_old_crate(self) -> None:
        self._run("pkg", "long")
        result = self._run("pkg", "long double")
        assert result.returncode == 0
        assert "warning: no Rust crate: " in result.stderr
        assert [path for path in (self.folder / "rust").rglob("*") if path.is_file()] == []

    def test_an_invalid_file_is_an_error(self) -> None:
        result = self._run("pkg", "lang")
        assert result.returncode == 1
        assert re.search(r"\Arosidl_generator_rs: .*/Some.idl: not a valid .*\n\Z", result.stderr)


class TestWrite:
    """A crate on disk holds what it must, and is left alone while it is right."""

    def test_only_what_is_wrong_is_written(self, tmp_path: Path) -> None:
        rust = tmp_path / "share/pkg/rust"
        assert crate.write(rust, {"Cargo.toml": "a", "src/lib.rs": "ü", "src/srv.rs": "old"})
        before = (rust / "Cargo.toml").stat().st_mtime_ns
        (rust / "src/lib.rs").write_bytes(b"\xff")
        for changed in (True, False):
            assert crate.write(rust, {"Cargo.toml": "a", "src/lib.rs": "ü"}) == changed
            files = {path.name: path.read_text() for path in rust.rglob("*") if path.is_file()}
            assert files == {"Cargo.toml": "a", "lib.rs": "ü"}
            assert (rust / "Cargo.toml").stat().st_mtime_ns == before


class TestCommand:
    """The command fails in one line that says what to do."""

    def _assert_error(self, result: subprocess.CompletedProcess[str], text: str) -> None:
        assert result.returncode == 1, result.stderr
        assert result.stdout == ""
        assert re.search(rf"\Arosidl_generator_rs: [^\n]*{text}[^\n]*\n\Z", result.stderr)

    def test_an_unknown_package_is_named(self, tmp_path: Path) -> None:
        result = run("no_such_msgs", "--output-prefix", tmp_path)
        self._assert_error(result, "'no_such_msgs' is not installed .* install it")
        assert os.listdir(tmp_path) == []

    def test_a_ros_that_is_not_sourced_is_noticed(self) -> None:
        result = run("std_msgs", "--output-prefix", "x", AMENT_PREFIX_PATH="")
        self._assert_error(result, "AMENT_PREFIX_PATH is not set: source")

    def test_a_missing_parser_is_noticed(self) -> None:
        # Without its site-packages, Python has neither rosidl_parser nor lark.
        result = run("std_msgs", "--output-prefix", "x", python="-BS", PYTHONPATH="")
        self._assert_error(result, "cannot import rosidl_parser: source")

    def test_a_folder_that_cannot_be_written_is_named(self) -> None:
        result = run("builtin_interfaces", "--output-prefix", "/dev/null/x")
        self._assert_error(result, "/dev/null/x.*: Not a directory")

    def test_wrong_usage_is_explained(self) -> None:
        for arguments in (
            ["--output-prefix", "x"],
            ["--output-prefix", "x", "std_msgs", "--all"],
            ["std_msgs"],
        ):
            result = run(*arguments)
            assert result.returncode == 2
            assert "usage: python3 -m rosidl_generator_rs" in result.stderr

    def test_success_is_one_line(self, tmp_path: Path) -> None:
        result = run("std_msgs", "--output-prefix", tmp_path)
        assert result.returncode == 0, result.stderr
        assert re.search(r"\A2 crates of \d+ interfaces, 2 of them new .* s\n\Z", result.stdout)
        assert sorted(os.listdir(tmp_path / "share")) == ["builtin_interfaces", "std_msgs"]
