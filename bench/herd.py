"""A herd at work: clones with worktrees, every agent on its own branch, one hub that decides: ``python -m bench.herd``.

Agents take what ``next --lock`` hands out, think, complete it with a commit, push their branch and
now and then bring main in. An integrator takes branches into main by merge, squash and rebase at
random. Exit status 1 where a flag was completed twice, or not at all.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from flaggit.core.ids import derived_flag_id
from torture.lock_worlds import World, git
from torture.locks import write_flag

AGENT = "@bench.one"


class Agent(threading.Thread):
    """One agent in one worktree, on a branch of its own; ``done`` and ``waits`` are what it has to show."""

    def __init__(self, place: Path, branch: str, herd: Herd) -> None:
        super().__init__(name=branch)
        self.place = place
        self.branch = branch
        self.herd = herd
        self.chance = random.Random(f"{herd.seed} {branch}")
        self.done: list[str] = []
        self.waits: list[float] = []
        self.words: dict[str, int] = {}

    def run(self) -> None:
        """Work until nothing is left."""
        while not self.herd.over():
            begun = time.monotonic()
            status, answer = self.flaggit("next", "--lock")
            if status == 0:
                self.waits.append(time.monotonic() - begun)
                self.work(answer["data"]["id"])
            elif status == 1:
                self.flaggit("sync")
                self.bring_main()
                time.sleep(self.chance.uniform(0.05, 0.3))
            else:
                self.count(answer.get("code", str(status)))

    def work(self, flag: str) -> None:
        """Do the work of a flag, or walk away from it."""
        time.sleep(self.chance.expovariate(1 / self.herd.think) if self.herd.think else 0)
        if self.chance.random() < self.herd.abandon:
            self.count("abandoned")
            git(self.place, "switch", "-q", "--detach")  # it is gone; somebody frees what it held
            self.flaggit("unlock", flag)
            git(self.place, "switch", "-q", self.branch)
            return
        (self.place / f"work-{flag}.txt").write_text(f"{self.branch}\n")
        git(self.place, "add", "-A", "--", f"work-{flag}.txt")
        git(self.place, "commit", "-qm", f"Work on {flag}")
        status, answer = self.flaggit("complete", flag, "--commit")
        if status != 0:
            self.count(answer.get("code", str(status)))
            return
        self.done.append(flag)
        git(self.place, "push", "-q", "-f", "origin", f"HEAD:{self.branch}")
        if self.chance.random() < 0.3:
            self.bring_main()
        if self.chance.random() < 0.5:
            self.flaggit("sync")

    def bring_main(self) -> None:
        """Fetch, and merge main into the agent's branch."""
        subprocess.run(["git", "fetch", "-q", "origin"], cwd=self.place, capture_output=True)  # may meet another's
        done = subprocess.run(
            ["git", "-c", "user.name=B", "-c", "user.email=b@b", "merge", "-q", "-m", "Bring main in", "origin/main"],
            cwd=self.place,
            capture_output=True,
        )
        if done.returncode:
            self.count("conflict")
            git(self.place, "merge", "--abort")

    def flaggit(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run a command and return its status and JSON."""
        argv = [sys.executable, "-m", "flaggit", *arguments, *([AGENT] if arguments[0] != "complete" else ["--json"])]
        done = subprocess.run([*argv, "--json"], cwd=self.place, capture_output=True, text=True)
        if not done.stdout:
            raise RuntimeError(f"{argv}: {done.stderr}")
        return done.returncode, json.loads(done.stdout)

    def count(self, word: str) -> None:
        """Remember how often something happened."""
        self.words[word] = self.words.get(word, 0) + 1


class Herd:
    """What the agents share."""

    def __init__(self, options: argparse.Namespace, flags: list[str]) -> None:
        self.seed: int = options.seed
        self.think: float = options.think
        self.abandon: float = options.abandon
        self.flags = flags
        self.end = time.monotonic() + options.seconds
        self.agents: list[Agent] = []

    def over(self) -> bool:
        """Tell whether every flag is done, or time is up."""
        return sum(len(agent.done) for agent in self.agents) >= len(self.flags) or time.monotonic() > self.end


def main() -> int:
    """Let a herd work on a store of flags and judge what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transport", choices=("file", "http", "ssh"), default="file")
    parser.add_argument("--clones", type=int, default=5)
    parser.add_argument("--worktrees", type=int, default=3)
    parser.add_argument("--flags", type=int, default=60)
    parser.add_argument("--think", type=float, default=0.2, help="seconds of work on a flag, on average")
    parser.add_argument("--abandon", type=float, default=0.0, help="how often a flag is given back instead")
    parser.add_argument("--seconds", type=float, default=900.0, help="give up after this time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    flags = [derived_flag_id(chance.randbytes(7)) for _ in range(options.flags)]
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "world", options.transport, options.clones + 1, prepare=_writer(flags))
        try:
            return _run(world, options, flags, chance)
        finally:
            world.close()


def _writer(flags: list[str]) -> Any:
    def write(seed: Path) -> None:
        for flag in flags:
            write_flag(seed, flag)

    return write


def _run(world: World, options: argparse.Namespace, flags: list[str], chance: random.Random) -> int:
    herd = Herd(options, flags)
    integrator, *clones = world.places
    for number, clone in enumerate(clones):
        for tree in range(options.worktrees):
            branch = f"agent-{number}-{tree}"
            place = clone if tree == 0 else clone.with_name(f"{clone.name}-{tree}")
            if tree:
                git(clone, "worktree", "add", "-q", "-b", branch, str(place))
            else:
                git(clone, "switch", "-qc", branch)
            herd.agents.append(Agent(place, branch, herd))
    begun = time.monotonic()
    for agent in herd.agents:
        agent.start()
    ways: dict[str, int] = {}
    while not herd.over():
        _integrate(integrator, chance.choice(herd.agents).branch, chance, ways)
        time.sleep(chance.uniform(0.1, 0.5))
    took = time.monotonic() - begun
    for agent in herd.agents:
        agent.join()
    for agent in herd.agents:
        for _ in range(3):
            _integrate(integrator, agent.branch, chance, ways)
    herd.agents[0].flaggit("sync")
    return _judge(herd, took, ways, len(world.locks()))


def _integrate(place: Path, branch: str, chance: random.Random, ways: dict[str, int]) -> None:
    """Take what a branch has into main, in one of the ways that forges offer."""
    git(place, "fetch", "-q", "origin")
    if not git(place, "branch", "-r", "--list", f"origin/{branch}"):
        return
    if not git(place, "rev-list", f"origin/main..origin/{branch}", "--max-count=1"):
        return
    git(place, "reset", "-q", "--hard", "origin/main")
    way = chance.choice(("merge", "squash", "rebase"))
    identity = ["-c", "user.name=I", "-c", "user.email=i@i"]
    commands = {
        "merge": [["merge", "-q", "--no-ff", "-m", f"Merge {branch}", f"origin/{branch}"]],
        "squash": [["merge", "-q", "--squash", f"origin/{branch}"], ["commit", "-qm", f"Squash {branch}"]],
        "rebase": [["rebase", "-q", "origin/main", f"origin/{branch}"], ["switch", "-q", "-C", "main"]],
    }[way]
    for command in commands:
        done = subprocess.run(["git", *identity, *command], cwd=place, capture_output=True, text=True)
        if done.returncode and "nothing to commit" not in done.stdout:
            way = f"{way} in conflict"
            for abort in (["merge", "--abort"], ["rebase", "--abort"], ["switch", "-q", "-f", "main"]):
                subprocess.run(["git", *abort], cwd=place, capture_output=True)
            git(place, "reset", "-q", "--hard", "origin/main")
            break
    else:
        git(place, "push", "-q", "origin", "HEAD:main")
    ways[way] = ways.get(way, 0) + 1


def _judge(herd: Herd, took: float, ways: dict[str, int], locks: int) -> int:
    done = [flag for agent in herd.agents for flag in agent.done]
    twice = sorted({flag for flag in done if done.count(flag) > 1})
    missing = sorted(set(herd.flags) - set(done))
    waits = [wait for agent in herd.agents for wait in agent.waits]
    words: dict[str, int] = {}
    for agent in herd.agents:
        for word, count in agent.words.items():
            words[word] = words.get(word, 0) + count
    print(
        f"{len(herd.agents)} agents, {len(herd.flags)} flags, seed {herd.seed}: {len(done)} completions in {took:.0f} s"
    )
    print(f"completed twice: {twice}; not completed: {missing}; locks left: {locks}")
    print(f"integrated: {ways}; besides: {words}")
    if waits:
        waits.sort()
        print(
            f"{len(done) / took * 60:.0f} flags a minute; next --lock: median {statistics.median(waits):.2f} s,"
            f" 95 % within {waits[int(len(waits) * 0.95)]:.2f} s"
        )
    return 1 if twice or missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
