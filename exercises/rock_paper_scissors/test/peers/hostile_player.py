#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Sends the Rock Paper Scissors server requests that no player should, and checks the responses."""

from game_client import GameClient
from tutorial_game_interfaces.msg import Hand
from tutorial_game_interfaces.srv import PlayHand

ROCK = Hand(value=Hand.ROCK)


def main() -> None:
    game_client = GameClient("hostile_player")
    client = game_client.client(PlayHand, "play_hand")

    def call(player: str, hand: Hand, match_id: int = 0) -> PlayHand.Response:
        request = PlayHand.Request(player=player, hand=hand, match_id=match_id)
        response = game_client.call(client, request)
        assert response.message, response
        assert len(response.message) < 200, response
        return response

    for value in (0, 4, 255):
        response = call("Mallory", Hand(value=value))
        assert response.status == PlayHand.Response.INVALID_HAND, response
        assert str(value) in response.message, response
        assert response.match_id == 0, response
    longest = "x" * PlayHand.Request.MAX_PLAYER_BYTES
    for name in ("", longest + "x", "x" * 1_000_000, "a\x1b[2Jb", "a\nb", "a\x7f"):
        for hand in (ROCK, Hand()):
            response = call(name, hand)
            assert response.status == PlayHand.Response.INVALID_PLAYER, response
    for match_id in (1, 2**64 - 1):
        response = call("Mallory", ROCK, match_id)
        assert response.status == PlayHand.Response.UNKNOWN_MATCH, response
    # The match of another player.
    victim = call("Alice", ROCK)
    response = call("Mallory", ROCK, victim.match_id)
    assert response.status == PlayHand.Response.UNKNOWN_MATCH, response
    # Names that are unusual, and valid.
    for name in (longest, "小明", "\u202eevil", "{}%s\\", "é" * 32):
        assert call(name, ROCK).status == PlayHand.Response.PLAYED, name
    game_client.close()


if __name__ == "__main__":
    main()
