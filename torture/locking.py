"""Races for one flag, and lives with kills, wrong clocks and a failing server, judged by the history they leave."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from bench.remotes import has_http_backend, has_sshd
from torture.case import Campaign
from torture.lock_worlds import World
from torture.locks import kill_at_each_step, live, race

_ROUNDS = 24  # of one race in one clone
_REMOTE_ROUNDS = 12  # of one where each round pushes
_SECONDS = 6.0  # of one life


def _play(mode: Callable[[World, argparse.Namespace, random.Random], int], transport: str) -> Callable[..., str]:
    def case(chance: random.Random, folder: Path) -> str:
        options = argparse.Namespace(
            rounds=1 if mode is kill_at_each_step else _ROUNDS if transport == "local" else _REMOTE_ROUNDS,
            agents=8,
            places=3 if transport == "local" else 4,
            handles=0,
            seconds=_SECONDS,
            faults=transport == "http",
        )
        world = World(folder / "world", transport, options.places)
        try:
            return "two holders, or a flag that nobody can have" if mode(world, options, chance) else ""
        finally:
            world.close()

    return case


def _no_server(transport: str) -> Callable[[], str]:
    if transport == "http":
        return lambda: "" if has_http_backend() else "git http-backend is not installed"
    return lambda: "" if has_sshd() else "sshd is not installed"


_ONE = "one winner a round, no two holders"
_LIFE = "no two tenures overlap, every flag can be had in the end"
CAMPAIGNS = (
    Campaign("race", _ONE, _play(race, "local"), 1, 420, "lock rounds", _ROUNDS),
    Campaign("race-file", _ONE, _play(race, "file"), 1, 30, "lock rounds", _REMOTE_ROUNDS),
    Campaign("race-http", _ONE, _play(race, "http"), 0, 15, "lock rounds", _REMOTE_ROUNDS, _no_server("http")),
    Campaign("race-ssh", _ONE, _play(race, "ssh"), 0, 12, "lock rounds", _REMOTE_ROUNDS, _no_server("ssh")),
    Campaign("life", _LIFE, _play(live, "file"), 1, 60, "lives"),
    Campaign("life-http", _LIFE, _play(live, "http"), 0, 60, "lives", 1, _no_server("http")),
    Campaign(
        "lock-steps", "a kill at each step is survived", _play(kill_at_each_step, "local"), 0, 20, "times all steps"
    ),
)
