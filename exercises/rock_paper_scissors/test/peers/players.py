#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Lets many players play Rock Paper Scissors at once, and checks every response.

`players.py PLAYERS ROUNDS` is written from the definition of the service alone. In each round,
all players show a hand before the first one receives a response, each time in another order.
"""

import random
import sys

from game_client import GameClient
from tutorial_game_interfaces.msg import Hand, Outcome, Score
from tutorial_game_interfaces.srv import PlayHand

BEATS = {Hand.ROCK: Hand.SCISSORS, Hand.SCISSORS: Hand.PAPER, Hand.PAPER: Hand.ROCK}


class Player:
    """Plays match after match, and keeps the score."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.match_id = 0
        self.match_score = Score()
        self.total_score = Score()
        self.hand = Hand()

    def request(self) -> PlayHand.Request:
        self.hand = Hand(value=random.choice(list(BEATS)))
        return PlayHand.Request(player=self.name, match_id=self.match_id, hand=self.hand)

    def check(self, response: PlayHand.Response) -> None:
        assert response.status == PlayHand.Response.PLAYED, response
        assert response.match_id == (self.match_id or response.match_id) != 0, response
        own, other = self.hand.value, response.hand.value
        assert other in BEATS, response
        outcome = Outcome.DRAWN
        if BEATS[own] == other:
            outcome = Outcome.WON
        elif BEATS[other] == own:
            outcome = Outcome.LOST
        assert response.outcome.value == outcome, (self.hand, response)
        for score in (self.match_score, self.total_score):
            field = {Outcome.WON: "won", Outcome.LOST: "lost", Outcome.DRAWN: "drawn"}[outcome]
            setattr(score, field, getattr(score, field) + 1)
        assert response.match_score == self.match_score, (self.match_score, response)
        assert response.total_score == self.total_score, (self.total_score, response)

        enough = response.best_of // 2 + 1
        decided = Outcome.UNDECIDED
        if self.match_score.won == enough:
            decided = Outcome.WON
        elif self.match_score.lost == enough:
            decided = Outcome.LOST
        assert response.match_outcome.value == decided, response
        self.match_id = response.match_id
        if decided != Outcome.UNDECIDED:
            self.match_id = 0
            self.match_score = Score()


def main() -> None:
    count, rounds = map(int, sys.argv[1:3])
    game_client = GameClient("players")
    client = game_client.client(PlayHand, "play_hand")

    players = [Player(f"rclpy {number}") for number in range(count)]
    for _ in range(rounds):
        random.shuffle(players)
        responses = game_client.call_all(client, [player.request() for player in players])
        for player, response in zip(players, responses, strict=True):
            player.check(response)
    print(f"{count * rounds} rounds")
    game_client.close()


if __name__ == "__main__":
    main()
