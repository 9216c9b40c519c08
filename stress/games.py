# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The servers of the games in `exercises/`: many players, hostile ones, and ones that only begin.

Each player compares every answer with what it knows of its own game, so that an answer that belongs
to the game of another is counted as wrong.
"""

from __future__ import annotations

import signal
import unicodedata

from .cases import Options, Tally, case
from .load import GROWTH, judge_server
from .nodes import (
    PLAYERS,
    RESTART,
    TIMEOUT,
    CaseDomain,
    Supervised,
    descriptors,
    finish,
    installed,
    resident,
    stop,
    wait_for_right,
)

GAMES = ("rock_paper_scissors", "hangman")

# How long a call may take before it counts as lost, in seconds: the loss of a
# server that was killed is detected after 20 s.
CALL_TIMEOUT = 90.0


def server_of(domain: CaseDomain, game: str, *parameters: str, level: str = "warn") -> Supervised:
    """Start the server of a game, as it is installed."""
    words = [word for parameter in parameters for word in ("-p", parameter)]
    program = installed("server", game)
    return domain.supervise([program, "--ros-args", "--log-level", level, *words])


def players_of(
    domain: CaseDomain, game: str, identity: int, count: int, *arguments: str
) -> Supervised:
    """Start players of a game, all in one process."""
    return domain.supervise(
        [
            PLAYERS, game, "--identity", str(identity), "--players", str(count),
            "--patience", str(CALL_TIMEOUT), *arguments,
        ]
    )  # fmt: skip


@case("Games", "A thousand players at once", short=True)
def thousand_players(tally: Tally, options: Options) -> None:
    processes, players, calls = (1, 100, 1_000) if options.short else (4, 250, 10_000)
    for game in GAMES[:1] if options.short else GAMES:
        with CaseDomain(tally) as domain:
            server = server_of(domain, game)
            finish(players_of(domain, game, 0, 1, "--calls", "1"), tally)
            before = descriptors(server)
            slowest = 0
            for first in (1, 1 + processes):
                # The second time, as many replies have waited to be delivered as ever will.
                warm = resident(server)
                load = [
                    players_of(domain, game, first + number, players, "--calls", str(calls))
                    for number in range(processes)
                ]
                for process in load:
                    counts = finish(process, tally, 4 * TIMEOUT)
                    slowest = max(slowest, counts["slowest_ms"])
            tally.remark(f"{game}: slowest answer {slowest} ms")
            judge_server(tally, server, warm, before)
    tally.remark(f"{processes} processes with {players} players each")


@case("Games", "Hostile names and guesses: control characters, no UTF-8, megabytes")
def hostile_players(tally: Tally, options: Options) -> None:
    seed = options.seed % 2**31
    for game in GAMES:
        with CaseDomain(tally) as domain:
            # It logs each message, in which there may be a name or a guess.
            server = server_of(domain, game, level="info")
            fair = players_of(domain, game, seed, 10)
            wait_for_right(fair, 10)
            # The last ones show whether the server still grows.
            for numbers in ((1, 2), (3,)):
                conduct = ("--conduct", "hostile", "--calls", "2000")
                hostile = [players_of(domain, game, seed + n, 5, *conduct) for n in numbers]
                warm = resident(server)
                for process in hostile:
                    finish(process, tally, 4 * TIMEOUT)
            grown = resident(server) - warm
            tally.expect(grown < GROWTH, f"the server has grown by {grown:.1f} MB")
            tally.remark(f"{game}: server {resident(server):.1f} MB, {grown:+.1f} MB in the end")
            wait_for_right(fair, 100)
            stop(fair, tally)
            tally.expect(server.status is None, f"the server ended with {server.status}")
            log = server.stdout + server.stderr
            steering = set(filter(steers, log))
            tally.expect(not steering, f"the log of the server contains {steering}")
    tally.remark(f"seed {options.seed}")


def steers(letter: str) -> bool:
    """Tell whether a letter controls a terminal, or the order of the text in it."""
    return letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")


@case("Games", "Server killed (`kill -9`), and restarted, in mid-game")
def killed_in_mid_game(tally: Tally, _: Options) -> None:
    players = 1_000
    for game in GAMES:
        with CaseDomain(tally) as domain:
            server = server_of(domain, game)
            load = players_of(domain, game, 1, players)
            wait_for_right(load, 5 * players)
            domain.kill(server)
            server = server_of(domain, game)
            wait_for_right(load, 5 * players)
            server.signal(signal.SIGTERM)
            code = server.wait(TIMEOUT)
            tally.expect(code == 0, f"the server ended with {code}")
            server = server_of(domain, game)
            wait_for_right(load, 5 * players)
            counts = stop(load, tally, 2 * CALL_TIMEOUT)
            # Most players had a game with a server that was killed or shut down, twice. None may go
            # on as if nothing had happened; those that were between two games may.
            tally.expect(
                counts["reported"] >= players // 2 or load.status == RESTART,
                f"only {counts['reported']} reports",
            )
            tally.remark(f"{game}: {counts['reported']} reports to {players} players")


@case("Games", "Games abandoned by the ten thousand, and room for new players")
def abandoned_games(tally: Tally, _: Options) -> None:
    for game in GAMES:
        with CaseDomain(tally) as domain:
            # The capacity is the default: 10,000 games.
            server = server_of(domain, game, "forget_after:=5")
            regular = players_of(domain, game, 1, 1)
            wait_for_right(regular, 1)
            begun = 0
            for identity in (2, 3):
                warm = resident(server)
                abandoning = players_of(
                    domain, game, identity, 200, "--conduct", "abandon", "--calls", "20000"
                )
                begun += finish(abandoning, tally, 4 * TIMEOUT)["right"]
            grown = resident(server) - warm
            tally.expect(grown < GROWTH, f"the server has grown by {grown:.1f} MB")
            # A player with a game keeps it, and there is room again.
            wait_for_right(regular, 10)
            stop(regular, tally)
            others = players_of(domain, game, 4, 100)
            wait_for_right(others, 1_000)
            stop(others, tally)
            tally.expect(server.status is None, f"the server ended with {server.status}")
            tally.remark(
                f"{game}: {begun} games begun, server {resident(server):.1f} MB, {grown:+.1f} MB "
                "in the second half"
            )
