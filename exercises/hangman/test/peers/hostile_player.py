#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Sends the Hangman server requests that no player should, and checks the responses."""

from game_client import GameClient
from tutorial_game_interfaces.msg import HangmanGame
from tutorial_game_interfaces.srv import GuessHangman, StartHangman


def main() -> None:
    game_client = GameClient("hostile_player")
    start = game_client.client(StartHangman, "start_hangman")
    guess = game_client.client(GuessHangman, "guess_hangman")
    game = game_client.call(start, StartHangman.Request()).game

    def call(game_id: int, text: str) -> GuessHangman.Response:
        response = game_client.call(guess, GuessHangman.Request(game_id=game_id, guess=text))
        assert response.message, response
        assert len(response.message) < 1000, response
        return response

    long = "a" * (GuessHangman.Request.MAX_GUESS_BYTES + 1)
    guesses = ["", "   ", "7", "_", "é", "\uff41", "\x1b[2J", "a\nb", "\u202e", "{}%s", "小明"]
    for text in [*guesses, long, long * 10_000]:
        response = call(game.id, text)
        assert response.status == GuessHangman.Response.INVALID_GUESS, (text[:20], response)
        # The game has not changed, and no letter is shown.
        assert response.game == game, (text[:20], response)
        assert response.game.lives == HangmanGame.LIVES, response
    for game_id in (0, 1, 2**64 - 1, game.id ^ 1):
        response = call(game_id, "a")
        assert response.status == GuessHangman.Response.UNKNOWN_GAME, response
        assert response.game == HangmanGame(), response
    game_client.close()


if __name__ == "__main__":
    main()
