"""Whether locks hold: races, lives with kills and wrong clocks, and a kill at every step: ``python -m torture.locks``.

Every number of a run follows from its seed but for what the operating system schedules. Exit
status 1 where a round had not exactly one winner, two tenures overlapped, or a kill was not survived.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from bench.remotes import HttpRemote
from bench.timing import FLAGGIT
from flaggit.core.ids import derived_flag_id
from torture.lock_history import find_tenures, find_violations, read_events
from torture.lock_sabotage import SABOTAGES
from torture.lock_worlds import Agent, World, git

SPEED = 60.0  # an agent's hour is a minute here, so that locks expire while one looks
_DOZE = 0.2  # how often a holder lets its time run out, perhaps
_STEPS = 40  # more git processes than any one command starts


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("race", "life", "steps", "latency", "throughput"))
    parser.add_argument("--transport", choices=("local", "file", "http", "ssh"), default="local")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--agents", type=int, default=16)
    parser.add_argument("--places", type=int, default=5, help="worktrees, or clones where a hub decides")
    parser.add_argument("--handles", type=int, default=0, help="different handles; 0: one for each agent")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a life takes")
    parser.add_argument("--faults", action="store_true", help="a life over http whose server fails now and then")
    parser.add_argument("--sabotage", choices=sorted(SABOTAGES), default="", help="break a rule; the run has to fail")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.mode} over {options.transport}, seed {options.seed}, {git(Path(), '--version')}")
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "world", options.transport, options.places)
        world.sabotage = options.sabotage
        try:
            runs = {"race": race, "life": live, "steps": kill_at_each_step, "latency": measure, "throughput": load}
            return runs[options.mode](world, options, random.Random(options.seed))
        finally:
            world.close()


def race(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Rounds in which all agents want one flag at once.

    Of three rounds one is for a free flag, one for a flag that is let go in the same moment, one
    for a flag whose lock has expired.
    """
    handles = options.handles or options.agents
    agents = [world.worker(number, handle=f"@racer.n{number % handles}") for number in range(options.agents)]
    early = world.worker(options.agents, handle="@early.one", skew=-86400.0)
    leaving = world.worker(options.agents + 1, handle="@leaving.one")
    bad, several, waits, won = 0, 0, [], []
    begun = time.monotonic()
    for number in range(options.rounds):
        flag = derived_flag_id(chance.randbytes(7))
        before = {0: None, 1: leaving, 2: early}[number % 3]
        bad += before is not None and before.call(f"acquire {flag}") != "granted"
        chance.shuffle(agents)
        asked = chance.sample([*agents, leaving], len(agents) + 1) if before is leaving else agents
        for agent in asked:
            agent.ask(f"release {flag}" if agent is leaving else f"acquire {flag} 15m")
        answers = [(agent, *agent.answer()) for agent in asked]
        if before is leaving:
            bad += [word for agent, word, _ in answers if agent is leaving] != ["free"]
            answers = [answer for answer in answers if answer[0] is not leaving]
        winners = [agent for agent, word, _ in answers if word == "granted"]
        waits += [seconds for _, _, seconds in answers]
        won += [seconds for _, word, seconds in answers if word == "granted"]
        if before is leaving and not winners and agents[0].call(f"acquire {flag}") == "granted":
            winners = agents[:1]  # everybody looked before it was let go
        several += len(winners) > 1
        words = {word for _, word, _ in answers}
        if len(winners) != 1 or words - {"granted", "locked_by_other"} or len(world.holders(flag)) != 1:
            bad += 1
            print(f"round {number}: {sorted(word for _, word, _ in answers)}")
        for winner in winners:
            bad += winner.call(f"release {flag}") != "free"
    for agent in (early, leaving, *agents):
        agent.close()
    took = time.monotonic() - begun
    tenures = find_tenures(read_events(world.history.read_text()))
    # The early one believes that it is yesterday, further off than locks allow for.
    violations = find_violations(tenure for tenure in tenures if tenure.holder != early.settings["session"])
    print(
        f"{options.rounds} rounds of {options.agents} agents in {options.places} places, {handles} handles:"
        f" {several} with several winners, {len(violations)} overlaps, {bad} faults in all"
    )
    print(f"{took:.0f} s; winner's median {statistics.median(won):.3f} s, everybody's {statistics.median(waits):.3f} s")
    return 1 if bad or violations else 0


def live(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Agents with wrong clocks take, renew, release, doze off and die at random; the history is judged afterwards."""
    skew = 240.0 if world.shared else 0.0
    agents = [
        world.worker(number, handle=f"@agent.n{number % 4}", skew=chance.uniform(-skew, skew), speed=SPEED)
        for number in range(options.agents)
    ]
    flags = [derived_flag_id(chance.randbytes(7)) for _ in range(max(2, options.agents // 4))]
    busy: dict[int, str] = {}
    held: dict[int, set[str]] = {number: set() for number in range(len(agents))}
    dozing: dict[int, float] = {}
    counts: dict[str, int] = {}
    kills = stale = 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        if options.faults:
            _disturb(world, chance)
        number = chance.randrange(len(agents))
        agent = agents[number]
        if time.monotonic() < dozing.get(number, 0):
            time.sleep(0.001)
            continue
        if number in busy and not _is_ready(agent):
            if chance.random() < 0.15:
                agent.kill(group=chance.random() < 0.3)
                kills += 1
                agent.restart()
                busy.pop(number)
            time.sleep(0.01)
            continue
        if number in busy:
            word, _ = agent.answer()
            counts[word] = counts.get(word, 0) + 1
            _remember(held[number], busy.pop(number), word)
            if word == "granted" and chance.random() < _DOZE:
                dozing[number] = time.monotonic() + chance.uniform(0, 2400) / SPEED
            stale += world.sweep() if word == "git_failed" else 0
        busy[number] = _line(chance, flags, sorted(held[number]))
        agent.ask(busy[number])
        time.sleep(chance.uniform(0, 0.05))
    for number in list(busy):
        agents[number].answer()
    stale += world.sweep()
    if isinstance(world.server, HttpRemote):
        world.server.fault = ""
        world.server.land()
    return _judge_life(world, agents, flags, kills, stale, counts)


def _disturb(world: World, chance: random.Random) -> None:
    """Now and then make the server fail in another way, or not at all."""
    if isinstance(world.server, HttpRemote) and chance.random() < 0.02:
        world.server.land()
        world.server.patience = chance.uniform(0.0, 0.06)
        world.server.fault = chance.choice(("", "", "before", "during", "after", "late", "forbid"))


def _remember(held: set[str], line: str, word: str) -> None:
    """Keep in mind what an agent holds after an answer, so that it lets go more than it wants."""
    flags = line.split()[1].split(",")
    if word == "granted":
        held.update(flags)
    elif word != "renewed":
        held.difference_update(flags)


def _line(chance: random.Random, flags: list[str], held: list[str]) -> str:
    """Return what an agent does next: mostly wanting a flag, or letting go what it has."""
    if held and chance.random() < 0.6:
        return f"{chance.choice(('release', 'release', 'renew'))} {chance.choice(held)}"
    if chance.random() < 0.05:
        return f"{chance.choice(('release', 'renew'))} {chance.choice(flags)}"
    wanted = chance.choice(flags) if chance.random() < 0.8 else ",".join(chance.sample(flags, 2))
    return f"acquire {wanted} {chance.choice(('15m', '20m', '30m'))}"


def _is_ready(agent: Agent) -> bool:
    import select

    assert agent.process.stdout is not None
    return bool(select.select([agent.process.stdout.fileno()], [], [], 0)[0])


def _judge_life(
    world: World, agents: list[Agent], flags: list[str], kills: int, stale: int, counts: dict[str, int]
) -> int:
    tenures = find_tenures(read_events(world.history.read_text()))
    violations = find_violations(tenures)
    for agent in agents:
        agent.close()
    late = World.worker(world, 0, handle="@late.comer", speed=SPEED, skew=10 * 86400)
    stuck = [flag for flag in flags if late.call(f"acquire {flag} 1h") != "granted"]
    late.close()
    broken = [place for place in world.places if _fsck(place)]
    print(f"{len(tenures)} tenures, {len(violations)} overlaps, {kills} kills, {stale} stale lock files of killed gits")
    print("answers: " + ", ".join(f"{word} {count}" for word, count in sorted(counts.items())))
    for first, second in violations[:5]:
        print(f"  {first} beside {second}")
    print(f"flags that nobody could take ten days later: {stuck}; broken repositories: {broken}")
    return 1 if violations or stuck or broken else 0


def _fsck(place: Path) -> str:
    import subprocess

    done = subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=place, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def kill_at_each_step(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Kill an agent before and after each git process of acquire, renew, take-over and release; then look."""
    bad = kills = 0
    for round_number in range(options.rounds):
        for verb in ("acquire", "renew", "release", "take-over"):
            for step in range(1, _STEPS):
                died = False
                for side in ("before", "after"):
                    flag = derived_flag_id(chance.randbytes(7))
                    died_here, fault = _kill_once(world, verb, step, side, flag)
                    died = died or died_here
                    kills += died_here
                    if fault:
                        bad += 1
                        print(f"{verb}, step {step} {side}: {fault}")
                if not died:
                    break
        print(f"round {round_number}: {kills} kills so far, {bad} not survived", flush=True)
    return 1 if bad else 0


def _kill_once(world: World, verb: str, step: int, side: str, flag: str) -> tuple[bool, str]:
    """Return whether the agent died, and what was wrong afterwards."""
    first = world.worker(0, handle="@first.one")
    other = world.worker(1, handle="@other.one")
    late = world.worker(2, handle="@late.one", skew=86400.0)
    try:
        if verb in ("renew", "release") and first.call(f"acquire {flag}") != "granted":
            return False, "could not begin"
        if verb == "take-over":
            early = world.worker(3, handle="@early.one", skew=-86400.0)
            early.call(f"acquire {flag}")
            early.close()
        word = first.call(f"die {flag} {'acquire' if verb == 'take-over' else verb} {step} {side}")
        if word != "killed":
            return False, "" if word == "survived" else word
        first.kill()
        time.sleep(0.02)
        first.restart()
        return True, _look_after(world, verb, flag, first, other, late)
    finally:
        for agent in (first, other, late):
            agent.close()


def _look_after(world: World, verb: str, flag: str, first: Agent, other: Agent, late: Agent) -> str:
    """Whoever is told that it holds the flag must be alone with it, and in the end somebody can have it."""
    answers = {agent.settings["session"]: agent.call(f"acquire {flag}") for agent in (other, first)}
    granted = [session for session, word in answers.items() if word == "granted"]
    if len(granted) > 1 or len(world.holders(flag)) > 1:
        return f"two hold it: {answers}"
    if not granted:
        return f"nobody can have it: {answers}"
    if verb == "renew" and granted != ["s0"]:
        return f"the holder lost it by renewing: {answers}"
    if late.call(f"acquire {flag}") != "granted":
        return "it cannot be taken over a day later"
    return ""


def load(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Agents that never meet take and release flags of their own as fast as they can: what the deciding place bears."""
    number = 1
    while number <= options.agents:
        agents = [world.worker(index, handle=f"@load.n{index}") for index in range(number)]
        flags = [derived_flag_id(chance.randbytes(7)) for _ in agents]
        cycles = [0] * number
        begun = time.monotonic()
        verbs = ["acquire"] * number
        for agent, flag in zip(agents, flags, strict=True):
            agent.ask(f"acquire {flag}")
        while time.monotonic() - begun < options.seconds:
            for index, agent in enumerate(agents):
                if _is_ready(agent):
                    word, _ = agent.answer()
                    cycles[index] += word == "free"
                    verbs[index] = "release" if word == "granted" else "acquire"
                    agent.ask(f"{verbs[index]} {flags[index]}")
            time.sleep(0.001)
        took = time.monotonic() - begun
        for agent in agents:
            agent.answer()
            agent.close()
        rate = sum(cycles) / took
        print(
            f"  {number:3} agents: {rate:6.1f} locks and releases a second, {number / rate if rate else 0:.2f} s each"
        )
        number *= 2
    return 0


def measure(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Time lock and unlock beside the bare git commands that a lock cannot do without, in one run."""
    import subprocess
    import sys

    place = world.places[0]
    flags = [derived_flag_id(chance.randbytes(7)) for _ in range(options.rounds)]
    for flag in flags:
        write_flag(place, flag)
    times: dict[str, list[float]] = {}

    def timed(name: str, *argv: str) -> str:
        begun = time.perf_counter()
        done = subprocess.run(argv, cwd=place, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        times.setdefault(name, []).append(time.perf_counter() - begun)
        return done.stdout.strip()

    tree = subprocess.run(
        ["git", "mktree"], cwd=place, capture_output=True, text=True, input="", check=True
    ).stdout.strip()
    for flag in flags:
        timed("python -c pass", sys.executable, "-c", "pass")
        commit = timed(
            "git commit-tree", "git", *("-c", "user.name=b", "-c", "user.email=b@b"), "commit-tree", tree, "-m", flag
        )
        if world.shared:
            url = git(place, "remote", "get-url", "origin")
            ref = f"refs/heads/bare/{flag}"
            timed("git push", "git", "push", "-q", f"--force-with-lease={ref}:", url, f"{commit}:{ref}")
            timed("git ls-remote", "git", "ls-remote", url, ref)
        else:
            timed("git update-ref", "git", "update-ref", f"refs/heads/bare/{flag}", commit, "")
        timed("flaggit lock", *FLAGGIT, "lock", flag, "@bench.one")
        timed("flaggit unlock", *FLAGGIT, "unlock", flag, "@bench.one")
    unit = statistics.median(times["python -c pass"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"  {name:<18} {median * 1000:7.1f} ms  {median / unit:5.2f} P")
    return 0


def write_flag(place: Path, flag: str) -> None:
    """Put a flag that anybody may lock into the store of a worktree."""
    from flaggit.core.model import Flag, flag_document
    from flaggit.documents.canonical import dump_document

    text = "The harness needs a flag that can be locked, and this is one of them, long enough for the rules."
    value = Flag(flag, "change", "low", "@bench.two", "@bench.one", text, text * 2, "2026-11-23T14:00:00Z")
    path = place / ".flags" / "bench.one" / f"{flag}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dump_document("flag", flag_document(value)))


if __name__ == "__main__":
    raise SystemExit(main())
