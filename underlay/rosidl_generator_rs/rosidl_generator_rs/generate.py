# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Generates crates: for installed packages, or for the package that is being built."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import crate, index
from .errors import GeneratorError, UnsupportedInterfaceError
from .render import Rendered, render_file


@dataclass(frozen=True)
class GeneratedCrate:
    """What became of one package.

    `folder` holds the crate; `interfaces` is the number of .idl files it was made from; `changed`
    tells whether the folder is different from before.
    """

    package: str
    folder: Path
    interfaces: int
    changed: bool


# One file to render: the package, the .idl file, and the name of the C library.
_Job = tuple[str, Path, str]


def generate_installed(
    packages: Iterable[str],
    output_prefix: Path,
    *,
    prefixes: Sequence[Path],
    only_missing: bool = False,
) -> list[GeneratedCrate]:
    """Write the crates of installed interface packages to `output_prefix/share/<package>/rust`.

    The packages are looked up in `prefixes`. Those whose types they use are generated, too,
    recursively. With `only_missing`, packages that have a crate in another of the prefixes are left
    out. Nothing is written unless every file could be rendered. Raises `GeneratorError`.
    """
    installed = index.installed_packages(prefixes)
    others: list[Path] = []
    if only_missing:
        others = [prefix for prefix in prefixes if prefix.resolve() != output_prefix.resolve()]
    rendered: dict[str, list[Rendered]] = {}
    wanted = set(packages)
    while wanted := index.without_crate(wanted - rendered.keys(), others):
        jobs: list[_Job] = []
        for name in sorted(wanted):
            if name not in installed:
                raise GeneratorError(
                    f"interface package '{name}' is not installed in any prefix of "
                    "AMENT_PREFIX_PATH: install it, or source the workspace that has it"
                )
            library = installed[name].library()
            jobs += [(name, idl_file, library) for idl_file in installed[name].idl_files]
        for (name, *_), item in zip(jobs, _render_all(jobs), strict=True):
            rendered.setdefault(name, []).append(item)
        wanted = {name for items in rendered.values() for name in crate.dependencies(items)}

    contents = {
        name: crate.files(name, installed[name].version(), rendered[name])
        for name in sorted(rendered)
    }
    crates = []
    for name, files in contents.items():
        folder = output_prefix / "share" / name / "rust"
        changed = crate.write(folder, files)
        crates.append(GeneratedCrate(name, folder, len(rendered[name]), changed))
    return crates


def generate_from_arguments(
    arguments_file: Path, version: str, library: str
) -> tuple[str, list[str]]:
    """Write the crate of the package that is being built to the folder that the arguments name.

    The arguments are those of rosidl_cmake's `rosidl_write_generator_arguments`; `package_name`,
    `idl_tuples` ("folder:path/to/Name.idl") and `output_dir` are used. `library` is what the names
    of the C libraries start with. Returns the name of the package and the packages that it needs
    whose own crates are in no prefix: until they are, ros-env leaves it out without a word.
    Raises `GeneratorError`; if it is an `UnsupportedInterfaceError`, no file is left.
    """
    arguments = json.loads(arguments_file.read_text(encoding="utf-8"))
    package = arguments["package_name"]
    folder = Path(arguments["output_dir"])
    idl_files = [Path(*entry.rsplit(":", 1)) for entry in arguments["idl_tuples"]]
    try:
        # CMake runs the generators of C, C++ and Python next to this one: one process is enough.
        rendered = [render_file(package, idl_file, library) for idl_file in idl_files]
        contents = crate.files(package, index.cargo_version(version), rendered)
    except UnsupportedInterfaceError:
        crate.write(folder, {})
        raise
    crate.write(folder, contents)
    prefixes = index.prefixes_from_environment()
    return package, sorted(index.without_crate(crate.dependencies(rendered), prefixes))


def _render_all(jobs: list[_Job]) -> list[Rendered]:
    """Render all files; most of the time goes into parsing, so several are done at once."""
    # A process of its own pays only for more than a second of work.
    processes = min(len(os.sched_getaffinity(0)), len(jobs) // 20 + 1)
    if processes == 1:
        return [render_file(*job) for job in jobs]
    # The parser is loaded already, so that a forked process can start at once. Ctrl-C goes to all
    # processes; this one alone ends the others, without their noise.
    context = multiprocessing.get_context("fork")
    ignore = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(processes, context, signal.signal, ignore) as pool:
        return list(pool.map(render_file, *zip(*jobs, strict=True)))
