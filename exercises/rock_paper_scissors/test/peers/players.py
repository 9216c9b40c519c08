#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Lets many players play Rock Paper Scissors at once, and checks every response.

`players.py PLAYERS ROUNDS` is written from the definition of the service alone. In each round, all
players show a hand before the first of them gets an answer, each time in another order.
"""

import random
import sys
import time

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_services_default
from rclpy.task import Future
from tutorial_game_interfaces.msg import Hand, Outcome, Score
from tutorial_game_interfaces.srv import PlayHand

PATIENCE = 60.0

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
    rclpy.init()
    node = rclpy.create_node("players")
    # rclpy.spin_until_future_complete, called for each of many futures, takes 30 ms each time.
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # All players share this node, and more of them than the usual 10 wait for their replies.
    qos = qos_profile_services_default
    qos.depth = 1000
    client = node.create_client(PlayHand, "play_hand", qos_profile=qos)
    assert client.wait_for_service(PATIENCE), "no server"

    players = [Player(f"rclpy {number}") for number in range(count)]
    for _ in range(rounds):
        random.shuffle(players)
        futures: list[Future] = [client.call_async(player.request()) for player in players]
        deadline = time.monotonic() + PATIENCE
        while not all(future.done() for future in futures):
            assert time.monotonic() < deadline, "not all have got a reply"
            executor.spin_once(timeout_sec=1.0)
        for player, future in zip(players, futures, strict=True):
            player.check(future.result())
    print(f"{count * rounds} rounds")
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
