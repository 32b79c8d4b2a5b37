"""One table of what everything costs: ``make bench``, or ``python -m bench.table --sizes 100 1000 --runs 9``.

Whole cold processes, run in turn with bare Python in one store after the other, so that a machine's mood falls on all
alike. P is ``python -c pass`` of the same interpreter in the same round. Compare the ratios of processor time, not
milliseconds of different runs. Every store is one that has grown for years (``bench.stores.make_grown_store``).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.peers import PEERS, Peer
from bench.stores import AGENTS, BUSY
from bench.timing import BARE, FLAGGIT, SCRIPT, Taken, prepare, take

SIZES = (100, 1_000, 10_000, 100_000)
CHANGE = "POST /orders answers 202 with a job id; a queue worker creates the order afterwards."
ACTION = (
    "Poll GET /jobs/{id} in src/client.ts instead of reading the order from the response, and drop the retry on 409."
)
CREATE = ["create", "--type", "change", "--to", BUSY, "--change", CHANGE, "--action", ACTION]
WITHOUT_HOOKS = ["-c", "core.hooksPath=/dev/null"]
ROOT = Path(__file__).resolve().parent.parent
SETTLED = 2.5  # seconds after which what was written is remembered


class Line(NamedTuple):
    """A row of the table.

    ``words`` is called for each run, so that it can prepare what the run takes away; ``writes`` counts objects;
    ``once``: what looks at everything, and takes long enough to be timed by one run; ``given``: the file that is its
    standard input.
    """

    name: str
    words: Callable[[], list[str]]
    writes: bool = False
    once: bool = False
    given: str = os.devnull


def main() -> None:
    """Measure every size and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--peers-up-to", type=int, default=1_000, help="larger stores of theirs take long to fill")
    options = parser.parse_args()
    prepare(BUSY)
    os.environ.update(GIT_AUTHOR_NAME="Bench", GIT_AUTHOR_EMAIL="bench@example.org")
    os.environ.update(GIT_COMMITTER_NAME="Bench", GIT_COMMITTER_EMAIL="bench@example.org")
    os.environ["PATH"] = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    print(about())
    print("\n| flags | what | clock, median | 95 % within | processor | in P | memory | objects |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "store"
            mine = make(store, size)
            report(size, store, looks(mine), options.runs)
            held, event = hold_others(store)
            report(size, store, edits(event), options.runs)
            _run(Path(f"{store}-worktree-0"), "unlock", *held, AGENTS[1])
            report(size, store, writes(store, mine), options.runs)
            report(size, store, list(commits(store)), options.runs)
            for rows in remotes(store):
                report(size, store, rows, options.runs)
            for peer in PEERS if size <= options.peers_up_to else ():
                report_peer(size, Path(folder) / peer.name, peer, options.runs)
    for peer in PEERS:
        print(f"\n{peer.name}: {peer.differs}" if peer.is_here() else f"\nskipped: {peer.name} is not on PATH")


def about() -> str:
    """Return where and when this is measured."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors ({platform.machine()}, {platform.system()}"
        f" {platform.release()}), load {load:.0f}, Python {platform.python_version()}, git {git}."
    )


def make(store: Path, size: int) -> str:
    """Make the store in a process of its own (a child's memory counts from what its parent has); return a flag."""
    program = (
        "import sys; from pathlib import Path; from bench.stores import make_grown_store;"
        f"print(make_grown_store(Path({str(store)!r}), {size}).mine)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    subprocess.run(["git", "config", "gc.auto", "0"], cwd=store, check=True)
    time.sleep(SETTLED)
    return done.stdout.strip()


def looks(mine: str) -> list[Line]:
    """Return what is measured while nothing changes; the first line of each part is bare Python."""
    words = [
        ["--version"],
        ["agent-hook", "stop"],
        ["agent-hook", "session-start"],
        ["inbox"],
        ["next"],
        ["show", mine],
        ["get-agent-flags", BUSY],
    ]
    words += [["prime"], ["list"], ["list", "--json"]]
    whole = [["list", "--status", "all"], ["plan"], ["check"], ["doctor"]]
    found = [Line("python -c pass", lambda: BARE), Line("git status", lambda: ["git", "status", "--porcelain"])]
    found += [Line(" ".join(one), _always(one)) for one in words]
    return found + [Line(" ".join(one), _always(one), once=True) for one in whole]


def hold_others(store: Path) -> tuple[list[str], str]:
    """Let a worktree hold three flags of another agent.

    Returns:
        The flags, and a file with what a client sends before an edit that touches none of them.
    """
    ids = _run(store, "list", "--to", AGENTS[1], "--limit", "3", "--fields", "id").split()[:3]
    _run(Path(f"{store}-worktree-0"), "lock", *ids, AGENTS[1])
    event = store.parent / f"{store.name}-edit.json"
    event.write_text(json.dumps({"cwd": str(store), "tool_input": {"file_path": str(store / "README.md")}}))
    return ids, str(event)


def edits(event: str) -> list[Line]:
    """Return what is measured while others hold flags."""
    return [
        Line("python -c pass", lambda: BARE),
        Line("agent-hook pre-tool-use, others hold flags", _always(["agent-hook", "pre-tool-use"]), given=event),
    ]


def writes(store: Path, mine: str) -> list[Line]:
    """Return what is measured of single writes."""
    return [
        Line("python -c pass", lambda: BARE),
        Line("git add of one file", lambda: _new_file(store), writes=True),
        Line("create", lambda: [*FLAGGIT, *CREATE], writes=True),
        Line("note", lambda: [*FLAGGIT, "note", mine, "A note."], writes=True),
        Line("lock", lambda: [*FLAGGIT, "lock", _create(store)], writes=True),
        Line("unlock", lambda: [*FLAGGIT, "unlock", _lock(store)], writes=True),
        Line("complete", lambda: [*FLAGGIT, "complete", _lock(store)], writes=True),
    ]


def commits(store: Path) -> Iterator[Line]:
    """Yield commits with flaggit's hooks and without any, then the checks of a range and the review of a branch."""
    subprocess.run([*FLAGGIT, "hooks", "install"], cwd=store, check=True, capture_output=True)
    yield Line("python -c pass", lambda: BARE)
    commit = ["commit", "--quiet", "--message", "Work"]
    yield Line("git commit of code", lambda: _staged_code(store, ["git", *WITHOUT_HOOKS, *commit]), writes=True)
    yield Line("the same with hooks", lambda: _staged_code(store, ["git", *commit]), writes=True)
    yield Line("git commit of a flag", lambda: _staged_flag(store, ["git", *WITHOUT_HOOKS, *commit]), writes=True)
    yield Line("the same with hooks", lambda: _staged_flag(store, ["git", *commit]), writes=True)
    yield Line("check --range HEAD~4..HEAD", _always(["check", "--range", "HEAD~4..HEAD"]))
    yield Line("review HEAD~4..HEAD", _always(["review", "HEAD~4..HEAD"]))


def remotes(store: Path) -> Iterator[list[Line]]:
    """Yield locks through a remote over file, http and ssh, beside the bare push of one ref; what is held is let go."""
    hub = store.parent / "hub.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", "--shared", str(store), str(hub)], check=True)
    subprocess.run(["git", "remote", "add", "origin", str(hub)], cwd=store, check=True)
    subprocess.run(["git", "fetch", "--quiet"], cwd=store, check=True)
    words = [sys.executable, "-m", "bench.remotes", str(store.parent)]  # apart: its memory would count with each run
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdin is not None and server.stdout is not None
        ways = json.loads(server.stdout.readline())
        os.environ["GIT_SSH_COMMAND"] = ways.pop("command", "ssh")
        for way, url in {"file": str(hub), **ways}.items():
            subprocess.run(["git", "config", "remote.origin.url", url], cwd=store, check=True)
            held: list[str] = []
            yield list(_locks(store, way, held))
            _run(store, "unlock", *held)
        server.stdin.close()


def _locks(store: Path, way: str, held: list[str]) -> Iterator[Line]:
    """Yield what is measured through the remote; the locks that are left are added to ``held``."""

    def lock() -> list[str]:
        held.append(_create(store))
        return [*FLAGGIT, "lock", held[-1]]

    push = ["git", "push", "-q", "origin"]
    yield Line("python -c pass", lambda: BARE)
    yield Line(f"git push of one ref, {way}", lambda: [*push, f"HEAD:refs/x/{os.urandom(4).hex()}"])
    yield Line(f"lock through a remote, {way}", lock, writes=True)
    yield Line(f"unlock through a remote, {way}", lambda: [*FLAGGIT, "unlock", _lock(store)], writes=True)


def report(size: int, store: Path, rows: list[Line], runs: int) -> None:
    """Run every line in turn, ``runs`` times after a first one that only warms up, and print a row for each."""
    taken: list[list[Taken]] = [[] for _ in rows]
    for number in range(runs + 1):
        for line, found in zip(rows, taken, strict=True):
            if line.once and number > 1:
                continue
            words = line.words()
            before = _count_objects(store) if line.writes else 0
            one = take(words, store, line.given)
            if number:
                found.append(one._replace(objects=_count_objects(store) - before if line.writes else 0))
    base = statistics.median(one.busy for one in taken[0])
    for line, found in zip(rows, taken, strict=True):
        clock = sorted(one.clock for one in found)
        busy = statistics.median(one.busy for one in found)
        late = clock[min(len(clock) - 1, round(0.95 * (len(clock) - 1)))]
        objects = f"{statistics.median(one.objects for one in found):.0f}" if line.writes else ""
        print(
            f"| {size:,} | {line.name} | {statistics.median(clock) * 1000:,.0f} ms | {late * 1000:,.0f} ms"
            f" | {busy * 1000:,.0f} ms | {busy / base:.2f} | {max(one.memory for one in found):.0f} MB | {objects} |",
            flush=True,
        )


def report_peer(size: int, folder: Path, peer: Peer, runs: int) -> None:
    """Fill another program's store with as many open issues as a grown store has pending flags, and measure it."""
    if not peer.is_here():
        return
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    peer.fill(folder, max(1, size // 10))
    rows = [Line("python -c pass", lambda: BARE)]
    rows += [Line(f"{peer.name} ({what})", lambda words=words: words) for what, words in peer.lines]  # type: ignore[misc]
    report(size, folder, rows, runs)


def _always(words: list[str]) -> Callable[[], list[str]]:
    return lambda: [*FLAGGIT, *words]


def _run(store: Path, *words: str) -> str:
    return subprocess.run([*FLAGGIT, *words], cwd=store, check=True, capture_output=True, text=True).stdout


def _create(store: Path) -> str:
    flag_id: str = json.loads(_run(store, *CREATE, "--json"))["data"]["id"]
    return flag_id


def _lock(store: Path) -> str:
    flag_id = _create(store)
    _run(store, "lock", flag_id)
    return flag_id


def _new_file(store: Path) -> list[str]:
    name = f"code-{os.urandom(4).hex()}.txt"
    (store / name).write_text(name)
    return ["git", "add", name]


def _staged_code(store: Path, words: list[str]) -> list[str]:
    subprocess.run(_new_file(store), cwd=store, check=True)
    return words


def _staged_flag(store: Path, words: list[str]) -> list[str]:
    _create(store)
    return words


def _count_objects(store: Path) -> int:
    words = ["git", "count-objects"]
    return int(subprocess.run(words, cwd=store, check=True, capture_output=True, text=True).stdout.split()[0])


if __name__ == "__main__":
    main()
