#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Lets many players play Hangman at once, and checks every response.

`players.py PLAYERS GAMES` is written from the definition of the services alone. Each player has a
game at any time, and all of them guess before the first one receives a response, each time in
another order.
"""

import random
import string
import sys

from game_client import GameClient
from tutorial_game_interfaces.msg import HangmanGame, Outcome
from tutorial_game_interfaces.srv import GuessHangman, StartHangman


class Player:
    """Plays game after game; it wins some and loses some."""

    def __init__(self) -> None:
        self.game = HangmanGame()
        self.untried: list[str] = []
        self.repeats = False
        self.guessed = ""
        self.ended = 0

    def begin(self, response: StartHangman.Response) -> None:
        assert response.status == StartHangman.Response.STARTED, response
        game = response.game
        assert game.id != 0, game
        assert game.word == "_" * len(game.word) != "", game
        assert (game.lives, game.letters, game.words) == (HangmanGame.LIVES, "", []), game
        assert game.outcome.value == Outcome.UNDECIDED, game
        self.game = game
        self.untried = random.sample(string.ascii_lowercase, 26)

    def guess(self) -> GuessHangman.Request:
        self.repeats = bool(self.game.letters) and random.random() < 0.2
        if self.repeats:
            self.guessed = random.choice(self.game.letters)
        else:
            self.guessed = self.untried.pop()
        # Capital letters and spaces around do not matter.
        guess = random.choice([self.guessed, f" {self.guessed.upper()} "])
        return GuessHangman.Request(game_id=self.game.id, guess=guess)

    def check(self, response: GuessHangman.Response) -> None:
        before, game = self.game, response.game
        assert game.id == before.id, (before, response)
        if self.repeats:
            assert response.status == GuessHangman.Response.REPEATED, response
            assert game == before, (before, response)
            return
        hit = self.guessed in game.word
        expected = GuessHangman.Response.HIT if hit else GuessHangman.Response.MISS
        assert response.status == expected, (self.guessed, response)
        assert game.lives == before.lives - (not hit), (before, response)
        assert game.letters == "".join(sorted(before.letters + self.guessed)), (before, response)
        assert len(game.word) == len(before.word), (before, response)
        over = game.outcome.value != Outcome.UNDECIDED
        for then, now in zip(before.word, game.word, strict=True):
            if then != "_":
                assert now == then, (before, response)
            elif now != "_":
                assert now == self.guessed or over, (before, response)
        if game.outcome.value == Outcome.WON:
            assert game.lives > 0 and set(game.word) <= set(game.letters), response
        elif game.outcome.value == Outcome.LOST:
            assert game.lives == 0 and set(game.word) - set(game.letters), response
        else:
            assert game.lives > 0 and "_" in game.word, response
        if over:
            assert "_" not in game.word, response
            self.ended += 1
        self.game = game


def main() -> None:
    count, games = map(int, sys.argv[1:3])
    game_client = GameClient("players")
    start = game_client.client(StartHangman, "start_hangman")
    guess = game_client.client(GuessHangman, "guess_hangman")

    players = [Player() for _ in range(count)]
    while any(player.ended < games for player in players):
        random.shuffle(players)
        idle = [player for player in players if player.game.outcome.value or not player.game.id]
        idle = [player for player in idle if player.ended < games]
        responses = game_client.call_all(start, [StartHangman.Request() for _ in idle])
        for player, response in zip(idle, responses, strict=True):
            player.begin(response)
        busy = [player for player in players if not player.game.outcome.value]
        responses = game_client.call_all(guess, [player.guess() for player in busy])
        for player, response in zip(busy, responses, strict=True):
            player.check(response)
    # A game that is over is unknown.
    late = game_client.call(guess, GuessHangman.Request(game_id=players[0].game.id, guess="a"))
    assert late.status == GuessHangman.Response.UNKNOWN_GAME, late
    print(f"{sum(player.ended for player in players)} games")
    game_client.close()


if __name__ == "__main__":
    main()
