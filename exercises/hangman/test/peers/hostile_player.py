#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Sends the Hangman server what no player should, and wants clear answers."""

import rclpy
from tutorial_game_interfaces.msg import HangmanGame
from tutorial_game_interfaces.srv import GuessHangman, StartHangman

PATIENCE = 60.0


def main() -> None:
    rclpy.init()
    node = rclpy.create_node("hostile_player")
    start = node.create_client(StartHangman, "start_hangman")
    guess = node.create_client(GuessHangman, "guess_hangman")
    for client in (start, guess):
        assert client.wait_for_service(PATIENCE), "no server"

    future = start.call_async(StartHangman.Request())
    rclpy.spin_until_future_complete(node, future, timeout_sec=PATIENCE)
    game = future.result().game

    def call(game_id: int, text: str) -> GuessHangman.Response:
        request = GuessHangman.Request(game_id=game_id, guess=text)
        future = guess.call_async(request)
        rclpy.spin_until_future_complete(node, future, timeout_sec=PATIENCE)
        assert future.done(), f"no reply to {text[:20]!r}"
        response = future.result()
        assert response.message, response
        assert len(response.message) < 1000, response
        return response

    long = "a" * (GuessHangman.Request.MAX_GUESS_BYTES + 1)
    guesses = ["", "   ", "7", "_", "é", "\uff41", "\x1b[2J", "a\nb", "\u202e", "{}%s", "小明"]
    for text in [*guesses, long, long * 10_000]:
        response = call(game.id, text)
        assert response.status == GuessHangman.Response.INVALID_GUESS, (text[:20], response)
        # Nothing has changed, and nothing was given away.
        assert response.game == game, (text[:20], response)
        assert response.game.lives == HangmanGame.LIVES, response
    for game_id in (0, 1, 2**64 - 1, game.id ^ 1):
        response = call(game_id, "a")
        assert response.status == GuessHangman.Response.UNKNOWN_GAME, response
        assert response.game == HangmanGame(), response
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
