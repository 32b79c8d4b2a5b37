"""A herd at work, every agent in a worktree and on a branch of its own: ``python -m bench.herd``.

Agents take what ``next --lock`` hands out, think, complete it with a commit, push their branch and now and then bring
main in. Some ask about a flag first, go on with others, and come back when the flag's source has answered. Some are
killed (kill -9, with their git) in the middle of any command, forget everything, and go on with what ``next --resume``
gives them. An integrator takes branches into main by merge, squash and rebase at random. With ``--transport local``
all are worktrees of one clone that has no remote.

Exit status 1 where two agents worked on one flag, something completed or asked got lost, a restart or an answer did
not lead back to its flag, a lock of merged work is left, or (but with ``--stop``) a flag was not completed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from flaggit.core.ids import derived_flag_id
from torture.lock_worlds import IDENTITY, World, git
from torture.locks import write_flag

AGENT, SOURCE = "@bench.one", "@bench.two"
_DIES_WITHIN = 0.6  # seconds after which a command that is to be killed has died, unless it is over
_STALE = 20.0  # seconds after which a lock file is nobody's: git holds one for milliseconds


class KilledError(Exception):
    """A command was killed, and the agent with it."""


class Worker(threading.Thread):
    """One agent in one worktree, on a branch of its own; ``words`` and ``faults`` are what is to be told of it."""

    handle = AGENT

    def __init__(self, place: Path, branch: str, herd: Herd) -> None:
        super().__init__(name=branch)
        self.place = place
        self.branch = branch
        self.herd = herd
        self.chance = random.Random(f"{herd.options.seed} {branch}")
        self.words: dict[str, int] = {}
        self.faults: list[str] = []

    def run(self) -> None:
        """Work until it is over."""
        while not self.herd.over():
            try:
                if not self.turn():
                    self.bring_main()
                    time.sleep(self.chance.uniform(0.05, 0.3))
            except KilledError:
                self.count("killed")
                self.tidy()
                self.restart()

    def turn(self) -> bool:
        """Do one thing; return whether there was anything to do."""
        raise NotImplementedError

    def restart(self) -> None:
        """Begin anew, after a kill."""

    def tidy(self) -> None:
        """Do what git asks for after a kill: remove its lock files; and commit what was written before it."""
        git_dir = Path(git(self.place, "rev-parse", "--absolute-git-dir"))
        for name in ("index.lock", "HEAD.lock"):
            (git_dir / name).unlink(missing_ok=True)
        self.herd.world.sweep(_STALE)
        self.commit(f"What {self.branch} had written")

    def commit(self, message: str) -> None:
        """Commit what lies below .flags, if anything, and push it."""
        git(self.place, "add", "-A", "--", ".flags")
        if git(self.place, "diff", "--cached", "--name-only"):
            git(self.place, "commit", "-qm", message)
        self.share()

    def share(self) -> None:
        """Push the branch, where there is a remote."""
        if self.herd.world.shared:
            git(self.place, "push", "-q", "-f", "origin", f"HEAD:{self.branch}")

    def bring_main(self) -> None:
        """Fetch, and merge main into the branch."""
        if self.herd.world.shared:
            subprocess.run(["git", "fetch", "-q", "origin"], cwd=self.place, capture_output=True)  # may meet another's
        merge = ["git", *IDENTITY, "merge", "-q", "-m", "Bring main in", self.herd.base]
        if subprocess.run(merge, cwd=self.place, capture_output=True).returncode:
            self.count("conflict")
            git(self.place, "merge", "--abort")

    def flaggit(self, *arguments: str, survives: bool = False) -> tuple[int, dict[str, Any]]:
        """Run a command as this worktree's agent and return its status and JSON.

        Raises:
            KilledError: It was killed. Never with ``survives``.
        """
        argv = [sys.executable, "-m", "flaggit", *arguments, "--json"]
        environment = {**os.environ, "FLAGGIT_AGENT": self.handle}
        process = subprocess.Popen(
            argv,
            cwd=self.place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        dies = not survives and self.chance.random() < self.herd.options.crash
        try:
            out, err = process.communicate(timeout=self.chance.uniform(0, _DIES_WITHIN) if dies else None)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise KilledError from None
        if not out:
            raise RuntimeError(f"{argv}: {err}")
        answer = json.loads(out)
        if process.returncode not in (0, 1):
            self.count(f"{arguments[0]}: {answer.get('code', process.returncode)}")
        return process.returncode, answer

    def count(self, word: str) -> None:
        """Remember how often something happened."""
        self.words[word] = self.words.get(word, 0) + 1


class Answerer(Worker):
    """The agent that raised the flags: it answers whatever it is asked."""

    handle = SOURCE

    def turn(self) -> bool:
        """Answer one question."""
        for way in ("--resume", "--lock"):
            status, answer = self.flaggit("next", way)
            if status == 0:
                status, _ = self.flaggit("answer", answer["data"]["id"], f"Answer to {answer['data']['re']}.")
                self.count("answered")
                self.commit("Answer")
                return True
        return False


class Agent(Worker):
    """An agent that works on flags; ``done`` and ``waits`` are what it has to show.

    What it holds and has asked is only remembered to judge flaggit by, never to decide what to do.
    """

    def __init__(self, place: Path, branch: str, herd: Herd) -> None:
        super().__init__(place, branch, herd)
        self.done: list[str] = []
        self.waits: list[float] = []
        self.held: set[str] = set()
        self.asked: dict[str, str] = {}

    def turn(self) -> bool:
        """Go on with what is held, else take new work; ask about it, or do it."""
        status, answer = self.flaggit("next", "--resume")
        if status == 0:
            flag = answer["data"]["id"]
            self.take(flag)
            if flag in self.asked and f"Answer to {flag}." not in json.dumps(answer):
                self.faults.append(f"{self.branch} came back to {flag} without the answer")
            self.work(flag)
            return True
        begun = time.monotonic()
        status, answer = self.flaggit("next", "--lock")
        if status != 0:
            return False
        self.waits.append(time.monotonic() - begun)
        flag = answer["data"]["id"]
        self.take(flag)
        if flag not in self.asked and self.chance.random() < self.herd.options.questions:
            status, answer = self.flaggit("ask", flag, "Which of the two is meant?")
            if status == 0:
                self.asked[flag] = answer["data"]["id"]
                self.count("asked")
                self.commit(f"Ask about {flag}")
        else:
            self.work(flag)
        return True

    def take(self, flag: str) -> None:
        """Write down that this agent is at a flag."""
        self.held.add(flag)
        self.herd.workers.setdefault(flag, set()).add(self.branch)

    def work(self, flag: str) -> None:
        """Do the work of a flag, or walk away from it."""
        time.sleep(self.chance.expovariate(1 / self.herd.options.think) if self.herd.options.think else 0)
        work = self.place / f"work-{flag}.txt"
        if not work.exists() and self.chance.random() < self.herd.options.abandon:
            self.count("abandoned")
            self.held.discard(flag)
            self.herd.workers[flag].discard(self.branch)
            git(self.place, "switch", "-q", "--detach")  # it is gone; somebody frees what it held
            self.flaggit("unlock", flag, survives=True)
            git(self.place, "switch", "-q", self.branch)
            return
        work.write_text(f"{self.branch}\n")
        git(self.place, "add", "-A", "--", work.name)
        git(self.place, "commit", "-q", "--allow-empty", "-m", f"Work on {flag}")
        if self.flaggit("complete", flag, "--commit")[0] != 0:
            return
        self.finish(flag)
        self.share()
        if self.chance.random() < 0.3:
            self.bring_main()
        if self.chance.random() < 0.5:
            self.flaggit("sync")

    def finish(self, flag: str) -> None:
        """Write down that a flag is completed."""
        self.held.discard(flag)
        self.done.append(flag)

    def restart(self) -> None:
        """Begin anew, knowing nothing: what was held has to come back."""
        status, answer = self.flaggit("next", "--resume", survives=True)
        while status not in (0, 1):  # a lock file that a killed git has left is in the way until it is stale
            time.sleep(1)
            self.herd.world.sweep(_STALE)
            status, answer = self.flaggit("next", "--resume", survives=True)
        told = {item["id"] for item in (answer["data"], *answer.get("held", ())) if item}
        for flag in self.held - told:
            _, shown = self.flaggit("show", flag, survives=True)
            if shown["data"]["status"] == "completed":
                self.finish(flag)
            else:
                self.faults.append(f"{self.branch} was not told of {flag} when it began anew")
        for flag in told - self.held:  # the kill came between the lock and the answer
            self.take(flag)


class Herd:
    """What the agents share."""

    def __init__(self, options: argparse.Namespace, world: World, flags: list[str]) -> None:
        self.options = options
        self.world = world
        self.flags = flags
        self.base = "origin/main" if world.shared else "main"
        self.end = time.monotonic() + (options.stop or options.seconds)
        self.agents: list[Agent] = []
        self.answerer: Answerer | None = None
        self.workers: dict[str, set[str]] = {}  # flag -> the branches of who is at it, or has done it

    @property
    def everybody(self) -> list[Worker]:
        """Return the agents, and who answers them."""
        return [*self.agents, *([self.answerer] if self.answerer else [])]

    def over(self) -> bool:
        """Tell whether every flag is done, or time is up."""
        return sum(len(agent.done) for agent in self.agents) >= len(self.flags) or time.monotonic() > self.end


def main() -> int:
    """Let a herd work on a store of flags and judge what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transport", choices=("local", "file", "http", "ssh"), default="file")
    parser.add_argument("--clones", type=int, default=5, help="clones, or worktrees where all are of one clone")
    parser.add_argument("--worktrees", type=int, default=3, help="worktrees of each clone")
    parser.add_argument("--flags", type=int, default=60)
    parser.add_argument("--think", type=float, default=0.2, help="seconds of work on a flag, on average")
    parser.add_argument("--abandon", type=float, default=0.0, help="how often a flag is given back instead")
    parser.add_argument("--questions", type=float, default=0.0, help="how often a question is asked first")
    parser.add_argument("--crash", type=float, default=0.0, help="how often a command is killed")
    parser.add_argument("--seconds", type=float, default=900.0, help="all has to be done within this time")
    parser.add_argument("--stop", type=float, default=0.0, help="stop after these seconds, however much is left")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    flags = [derived_flag_id(chance.randbytes(7)) for _ in range(options.flags)]
    with tempfile.TemporaryDirectory() as folder:
        places = options.clones + 1 + bool(options.questions)
        world = World(Path(folder) / "world", options.transport, places, prepare=_writer(flags))
        try:
            return _run(Herd(options, world, flags), chance)
        finally:
            world.close()


def _writer(flags: list[str]) -> Any:
    def write(seed: Path) -> None:
        for flag in flags:
            write_flag(seed, flag)

    return write


def _settle(herd: Herd) -> Path:
    """Give everybody a worktree and a branch; return the integrator's place."""
    integrator, *places = herd.world.places
    if herd.options.questions:
        place = places.pop()
        git(place, "switch", "-qc", "answerer")
        herd.answerer = Answerer(place, "answerer", herd)
    for number, clone in enumerate(places):
        for tree in range(herd.options.worktrees if herd.world.shared else 1):
            branch = f"agent-{number}-{tree}"
            place = clone if tree == 0 else clone.with_name(f"{clone.name}-{tree}")
            if tree:
                git(clone, "worktree", "add", "-q", "-b", branch, str(place))
            else:
                git(clone, "switch", "-qc", branch)
            herd.agents.append(Agent(place, branch, herd))
    return integrator


def _run(herd: Herd, chance: random.Random) -> int:
    integrator = _settle(herd)
    begun = time.monotonic()
    for worker in herd.everybody:
        worker.start()
    ways: dict[str, int] = {}
    while not herd.over():
        _integrate(herd, integrator, chance.choice(herd.everybody).branch, chance, ways)
        time.sleep(chance.uniform(0.1, 0.5))
    took = time.monotonic() - begun
    for worker in herd.everybody:
        worker.join()
    for worker in herd.everybody:
        for _ in range(3):
            _integrate(herd, integrator, worker.branch, chance, ways)
    for worker in herd.everybody:
        worker.bring_main()
        worker.flaggit("sync", survives=True)
    return _judge(herd, integrator, took, ways)


def _integrate(herd: Herd, place: Path, branch: str, chance: random.Random, ways: dict[str, int]) -> None:
    """Take what a branch has into main, in one of the ways that forges offer."""
    tip = f"origin/{branch}" if herd.world.shared else branch
    if herd.world.shared:
        git(place, "fetch", "-q", "origin")
        if not git(place, "branch", "-r", "--list", tip):
            return
    if not git(place, "rev-list", f"{herd.base}..{tip}", "--max-count=1"):
        return
    git(place, "reset", "-q", "--hard", herd.base)
    way = chance.choice(("merge", "squash", "rebase"))
    commands = {
        "merge": [["merge", "-q", "--no-ff", "-m", f"Merge {branch}", tip]],
        "squash": [["merge", "-q", "--squash", tip], ["commit", "-qm", f"Squash {branch}"]],
        "rebase": [["rebase", "-q", herd.base, f"{tip}^0"], ["switch", "-q", "-C", "main"]],
    }[way]
    for command in commands:
        done = subprocess.run(["git", *IDENTITY, *command], cwd=place, capture_output=True, text=True)
        if done.returncode and "nothing to commit" not in done.stdout:
            way = f"{way} in conflict"
            for abort in (["merge", "--abort"], ["rebase", "--abort"], ["switch", "-q", "-f", "main"]):
                subprocess.run(["git", *abort], cwd=place, capture_output=True)
            git(place, "reset", "-q", "--hard", herd.base)
            break
    else:
        if herd.world.shared:
            git(place, "push", "-q", "origin", "HEAD:main")
    ways[way] = ways.get(way, 0) + 1


def _judge(herd: Herd, integrator: Path, took: float, ways: dict[str, int]) -> int:
    def in_main(folder: str) -> set[str]:
        listed = git(integrator, "ls-tree", "--name-only", herd.base, f".flags/{folder}/").split()
        return {Path(name).stem for name in listed}

    if herd.world.shared:
        git(integrator, "fetch", "-q", "origin")
    done = [flag for agent in herd.agents for flag in agent.done]
    merged = in_main("done")
    asked = {question for agent in herd.agents for question in agent.asked.values()}
    left = {name.rpartition("/")[2] for name in herd.world.locks()}
    wrong = {
        "completed twice": sorted({flag for flag in done if done.count(flag) > 1}),
        "worked on by several": sorted(flag for flag, who in herd.workers.items() if len(who) > 1),
        "completed and lost": sorted(set(done) - merged),
        "asked and lost": sorted(asked - in_main(SOURCE[1:])),
        "locks of merged work": sorted(left & merged),
        "not completed": sorted(set(herd.flags) - set(done)) if not herd.options.stop else [],
        "faults": [fault for worker in herd.everybody for fault in worker.faults],
    }
    words: dict[str, int] = {}
    for worker in herd.everybody:
        for word, count in worker.words.items():
            words[word] = words.get(word, 0) + count
    waits = sorted(wait for agent in herd.agents for wait in agent.waits)
    print(
        f"{len(herd.agents)} agents, {len(herd.flags)} flags, seed {herd.options.seed}:"
        f" {len(done)} completions in {took:.0f} s, {len(asked)} questions, {len(left)} locks left"
    )
    print("; ".join(f"{name}: {items or 'none'}" for name, items in wrong.items()))
    print(f"integrated: {ways}; besides: {words}")
    if waits:
        print(
            f"{len(done) / took * 60:.0f} flags a minute; next --lock: median {statistics.median(waits):.2f} s,"
            f" 95 % within {waits[int(len(waits) * 0.95)]:.2f} s"
        )
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
