# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Generates crates: for installed packages, or for the package that is being built."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from rosidl_parser import definition

from . import crate, index
from .errors import GeneratorError, UnsupportedInterfaceError
from .render import Rendered, render_file


@dataclass(frozen=True)
class GeneratedCrate:
    """What became of one package.

    `folder` holds the crate; `interfaces` is the number of .idl files it was made from; `changed`
    tells whether the folder is different from before. `missing` names the packages that the crate
    needs whose own crates are in no prefix: until they are, ros-env leaves it out without a word.
    """

    package: str
    folder: Path
    interfaces: int
    changed: bool
    missing: tuple[str, ...]


# One file to render: the package, the .idl file, and the name of the C library.
_Job = tuple[str, Path, str]


def generate_installed(
    packages: Iterable[str],
    output_prefix: Path,
    *,
    with_dependencies: bool = False,
    only_missing: bool = False,
    prefixes: Sequence[Path] | None = None,
    processes: int | None = None,
) -> list[GeneratedCrate]:
    """Write the crates of installed interface packages to `output_prefix/share/<package>/rust`.

    The packages are looked up in `prefixes`, by default those of AMENT_PREFIX_PATH. With
    `with_dependencies`, the packages whose types they use are generated, too, recursively. With
    `only_missing`, packages that have a crate in another of the prefixes are left out.
    `processes` limits how many .idl files are parsed at the same time, by default one for each
    processor. Nothing is written unless every file could be rendered. Raises `GeneratorError`.
    """
    if prefixes is None:
        prefixes = index.prefixes_from_environment()
    installed = index.installed_packages(prefixes)
    closures = _Closures(
        lambda name: _look_up(installed, name).idl_files if name in installed else None
    )
    wanted = {name: _look_up(installed, name) for name in packages}
    if with_dependencies:
        for name in list(wanted):
            for dependency in closures.of(name):
                wanted[dependency] = _look_up(installed, dependency, needed_by=name)
    if only_missing:
        others = [prefix for prefix in prefixes if prefix.resolve() != output_prefix.resolve()]
        missing = index.without_crate(wanted, others)
        wanted = {name: wanted[name] for name in missing}
    ordered = [wanted[name] for name in sorted(wanted)]
    jobs: list[_Job] = []
    for package in ordered:
        library = package.library()
        jobs += [(package.name, idl_file, library) for idl_file in package.idl_files]
    rendered = _render_all(jobs, processes)

    crates = []
    for package in ordered:
        items = [item for job, item in zip(jobs, rendered, strict=True) if job[0] == package.name]
        dependencies = closures.completed(package.name, items)
        contents = crate.files(package.name, package.version(), items, dependencies)
        crates.append((package, dependencies, contents))
    changed = {}
    for package, _, contents in crates:
        folder = Path(output_prefix) / "share" / package.name / "rust"
        changed[folder] = crate.write(folder, contents)
    search = [Path(output_prefix), *prefixes]
    return [
        GeneratedCrate(
            package.name,
            folder,
            len(package.interfaces),
            changed[folder],
            index.without_crate(dependencies, search),
        )
        for folder, (package, dependencies, _) in zip(changed, crates, strict=True)
    ]


def generate_from_arguments(arguments_file: Path) -> GeneratedCrate:
    """Write the crate of the package that is being built to the folder that the arguments name.

    The arguments are a JSON file in the form of rosidl_cmake's `rosidl_write_generator_arguments`.
    Of its usual entries, `package_name`, `idl_tuples` ("folder:path/to/Name.idl"),
    `ros_interface_dependencies` ("package:/path/to/Name.idl") and `output_dir` are used;
    `package_version` and `library_name`, what the names of the C libraries start with, are our own.
    Raises `GeneratorError`; if it is an `UnsupportedInterfaceError`, an empty folder is left.
    """
    try:
        arguments = json.loads(Path(arguments_file).read_text(encoding="utf-8"))
        package = arguments["package_name"]
        folder = Path(arguments["output_dir"])
        version = index.cargo_version(arguments.get("package_version", ""))
        library = arguments.get("library_name", package)
        jobs: list[_Job] = [
            (package, Path(*entry.rsplit(":", 1)), library) for entry in arguments["idl_tuples"]
        ]
        idl_files: dict[str, list[Path]] = {}
        for entry in arguments.get("ros_interface_dependencies", []):
            name, path = entry.split(":", 1)
            idl_files.setdefault(name, []).append(Path(path))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise GeneratorError(f"{arguments_file}: not a generator arguments file: {error}") from None
    try:
        # CMake runs the generators of C, C++ and Python next to this one: one process is enough.
        rendered = _render_all(jobs, 1)
        dependencies = _Closures(idl_files.get).completed(package, rendered)
        contents = crate.files(package, version, rendered, dependencies)
    except UnsupportedInterfaceError:
        crate.write(folder, {})
        raise
    changed = crate.write(folder, contents)
    missing = index.without_crate(dependencies, index.prefixes_from_environment())
    return GeneratedCrate(package, folder, len(jobs), changed, missing)


class _Closures:
    """The dependencies of packages, direct and through others.

    `idl_files_of` returns the .idl files of a package, or None if it is not known.
    """

    def __init__(self, idl_files_of: Callable[[str], list[Path] | None]):
        self._idl_files_of = idl_files_of
        self._direct: dict[str, set[str]] = {}
        # The parser knows whether the services of its ROS distribution have events (since Iron).
        self._service_events = hasattr(definition, "SERVICE_EVENT_MESSAGE_SUFFIX")

    def of(self, package: str) -> set[str]:
        """Return all that a package depends on."""
        return self._recursive(self._directly(package)) - {package}

    def completed(self, package: str, rendered: Iterable[Rendered]) -> set[str]:
        """Return all that rendered files of a package depend on."""
        direct: set[str] = set()
        for item in rendered:
            direct |= item.dependencies
        return self._recursive(direct) - {package}

    def _recursive(self, start: set[str]) -> set[str]:
        found: set[str] = set()
        pending = list(start)
        while pending:
            package = pending.pop()
            if package not in found:
                found.add(package)
                pending += self._directly(package)
        return found

    def _directly(self, package: str) -> set[str]:
        if package not in self._direct:
            idl_files = self._idl_files_of(package) or []
            self._direct[package] = index.direct_dependencies(
                idl_files, service_events=self._service_events
            ) - {package}
        return self._direct[package]


def _look_up(
    installed: dict[str, index.InterfacePackage], name: str, needed_by: str | None = None
) -> index.InterfacePackage:
    package = installed.get(name)
    if package is None:
        reason = f", which {needed_by} depends on," if needed_by else ""
        raise GeneratorError(
            f"interface package '{name}'{reason} is not installed in any prefix of "
            "AMENT_PREFIX_PATH: install it, or source the workspace that has it"
        )
    if not package.interfaces:
        raise GeneratorError(f"package '{name}' in {package.prefix} lists no .idl files")
    return package


def _render_all(jobs: list[_Job], processes: int | None) -> list[Rendered]:
    """Render all files; most of the time goes into parsing, so several are done at once."""
    if processes is None:
        processes = _available_processors()
    # A process of its own pays only for more than a second of work.
    processes = min(processes, len(jobs) // 20 + 1)
    if processes > 1:
        # The parser is loaded already, so that a forked process can start at once. Where the system
        # offers no fork, or no semaphores, one process does it all.
        try:
            context = multiprocessing.get_context("fork")
            # Ctrl-C goes to all processes; this one alone ends the others, without their noise.
            ignore = (signal.SIGINT, signal.SIG_IGN)
            pool = ProcessPoolExecutor(processes, context, signal.signal, ignore)
        except (ImportError, OSError, ValueError):
            processes = 1
        else:
            with pool:
                # The largest files first, so that no process is left with one of them at the end.
                order = sorted(range(len(jobs)), key=lambda i: -_size(jobs[i][1]))
                futures = {i: pool.submit(render_file, *jobs[i]) for i in order}
                try:
                    return [futures[i].result() for i in range(len(jobs))]
                except BrokenProcessPool:
                    raise GeneratorError(
                        "a process that parses interfaces was killed: is there enough memory?"
                    ) from None
                finally:
                    pool.shutdown(cancel_futures=True)
    return [render_file(*job) for job in jobs]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _available_processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
