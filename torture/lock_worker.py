"""One agent of the lock harness: obeys lines on standard input, and writes what it did to a history.

A process of its own, so that it can be killed between any two of its steps. Its clock runs
``speed`` times as fast as the machine's and is wrong by ``skew`` seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

from flaggit.clone.identity import Actor
from flaggit.clone.lock_rules import MARGIN
from flaggit.clone.session import Session
from flaggit.core.errors import FlaggitError
from flaggit.core.times import parse_time
from flaggit.git.repo import Repo, find_repo
from flaggit.locks.holding import acquire
from flaggit.locks.keepalive import renew_held
from flaggit.locks.unlocking import release


class Worker:
    """An agent in one worktree or clone."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.path: str = settings["path"]
        self.actor = Actor(settings["handle"], "option", settings["session"])
        self.base: float = settings["base"]
        self.start: float = settings["start"]
        self.speed: float = settings["speed"]
        self.skew: float = settings["skew"]
        self.shared: bool = settings["shared"]
        self.history = os.open(settings["history"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if settings["sabotage"]:
            from torture.lock_sabotage import commit_sabotage

            commit_sabotage(settings["sabotage"])

    def obey(self, line: str) -> str:
        """Carry out one line and return a word for it: granted, held, lost, free, or an error's code."""
        words = line.split()
        verb, flags = words[0], words[1].split(",")
        try:
            return getattr(self, verb)(flags, *words[2:])  # type: ignore[no-any-return]
        except FlaggitError as error:
            if error.code == "lock_lost":
                for flag in flags:
                    self.tell("lost", flag)
            return error.code

    def acquire(self, flags: list[str], ttl: str = "15m", *options: str) -> str:
        """Take flags, all or none."""
        outcomes = acquire(self.session(), flags, self.actor, ttl=ttl, steal="steal" in options, reason="harness")
        for outcome in outcomes:
            if outcome.state != "mine":
                return outcome.state
        for outcome in outcomes:
            self.tell("granted", outcome.lock.flag_id, until=self.end_of(outcome.lock.expires))
        return "granted"

    def renew(self, flags: list[str]) -> str:
        """Renew all that is held, for the sake of these."""
        for outcome in renew_held(self.session(), self.actor, required=flags):
            if outcome.state == "mine" and not outcome.note:
                self.tell("granted", outcome.lock.flag_id, until=self.end_of(outcome.lock.expires))
        return "renewed"

    def release(self, flags: list[str]) -> str:
        """Let flags go."""
        for flag in flags:
            self.tell("releasing", flag)
        release(self.session(), flags, self.actor)
        return "free"

    def die(self, flags: list[str], verb: str, step: str, side: str) -> str:
        """Carry out ``verb`` and be killed before or after the git process number ``step`` of it."""
        run, count = Repo.run, 0

        def counted(repo: Repo, *arguments: str, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == int(step) and side == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            done = run(repo, *arguments, **options)
            if count == int(step):
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        Repo.run = counted  # type: ignore[method-assign, assignment]
        try:
            getattr(self, verb)(flags)
        finally:
            Repo.run = run  # type: ignore[method-assign]
        return "survived"

    def session(self) -> Session:
        """Return a call's view of the world at this worker's time."""
        return Session(find_repo(self.path), now=self.now())

    def now(self) -> float:
        """Return the time by this worker's clock."""
        return self.base + (time.monotonic() - self.start) * self.speed + self.skew

    def end_of(self, expires: str) -> float:
        """Return when this holder can no longer rely on a lock, on the machine's monotonic clock."""
        margin = MARGIN if self.shared else 0
        return self.start + (parse_time(expires) - margin - self.skew - self.base) / self.speed

    def tell(self, what: str, flag: str, **more: float) -> None:
        """Write an event down."""
        event = {"t": time.monotonic(), "who": self.actor.instance, "what": what, "flag": flag, **more}
        os.write(self.history, json.dumps(event).encode() + b"\n")


def main() -> None:
    """Obey until standard input ends; answer each line with the word and the seconds that it took."""
    worker = Worker(json.loads(sys.argv[1]))
    print("ready", flush=True)
    for line in sys.stdin:
        begun = time.monotonic()
        word = worker.obey(line)
        print(word, f"{time.monotonic() - begun:.4f}", flush=True)


if __name__ == "__main__":
    from torture.lock_worker import main as begin  # so that a sabotage meets the module that runs

    begin()
