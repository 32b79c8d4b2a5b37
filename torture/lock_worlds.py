"""Where lock workers live: one clone with worktrees, or clones of a hub over file, http or ssh."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.remotes import HttpRemote, SshRemote

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTITY = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    done = subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class World:
    """Places to work in; ``shared`` where a hub decides over locks. ``close`` ends its servers."""

    def __init__(
        self, folder: Path, transport: str, places: int, prepare: Callable[[Path], None] | None = None
    ) -> None:
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)  # for flaggit started elsewhere
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling anew each time would be measured
        self.folder = folder
        self.shared = transport != "local"
        self.hub = folder / "hub.git"
        self.server: HttpRemote | SshRemote | None = None
        self.base, self.start = time.time(), time.monotonic()
        self.history = folder / "history.jsonl"
        self.sabotage = ""
        seed = folder / "seed"
        seed.mkdir(parents=True)
        git(seed, "init", "-q", "-b", "main")
        (seed / ".flags").mkdir()
        (seed / ".flags" / "catalog.yaml").write_text("schema: 1\nagents: {}\n")
        if prepare is not None:
            prepare(seed)
        git(seed, "add", "-A")
        git(seed, "commit", "-qm", "Begin")
        self.places = self._make(seed, transport, places)

    def close(self) -> None:
        """End the server, if there is one."""
        if self.server is not None:
            self.server.close()

    def worker(self, number: int, *, handle: str, skew: float = 0.0, speed: float = 1.0) -> Agent:
        """Start an agent in one of the places, in turn."""
        settings = {
            "path": str(self.places[number % len(self.places)]),
            "handle": handle,
            "session": f"s{number}",
            "base": self.base,
            "start": self.start,
            "speed": speed,
            "skew": skew,
            "shared": self.shared,
            "history": str(self.history),
            "sabotage": self.sabotage,
        }
        return Agent(settings)

    def holders(self, flag: str) -> list[str]:
        """Return the object ids that the place that decides shows for a flag: none or one."""
        where = self.hub if self.shared else self.places[0]
        return git(where, "for-each-ref", "--format=%(objectname)", f"refs/heads/flags/lock/{flag}").split()

    def locks(self) -> list[str]:
        """Return the lock refs that the place that decides has."""
        where = self.hub if self.shared else self.places[0]
        return git(where, "for-each-ref", "--format=%(refname)", "refs/heads/flags/lock").split()

    def sweep(self, age: float = 0.0) -> int:
        """Remove the lock files that a killed git left behind ``age`` seconds ago; return how many there were."""
        found = 0
        for folder, _, names in os.walk(self.folder):  # others work there: what vanishes meanwhile is passed over
            for name in names:
                path = Path(folder, name)
                if name.endswith(".lock") and ("refs" in path.parts or name == "packed-refs.lock"):
                    with contextlib.suppress(FileNotFoundError):
                        if time.time() - path.stat().st_mtime >= age:
                            path.unlink()
                            found += 1
        return found

    def _make(self, seed: Path, transport: str, places: int) -> list[Path]:
        if transport == "local":
            others = [self.folder / f"w{number}" for number in range(1, places)]
            for other in others:
                git(seed, "worktree", "add", "-q", "-b", other.name, str(other))
            return [seed, *others]
        git(seed, "clone", "-q", "--bare", ".", str(self.hub))
        git(self.hub, "config", "http.receivepack", "true")
        url = str(self.hub)
        if transport == "http":
            self.server = HttpRemote(self.folder)
            url = self.server.url("hub.git")
        elif transport == "ssh":
            self.server = SshRemote(self.folder, self.folder / "ssh")
            url = self.server.url("hub.git")
            os.environ["GIT_SSH_COMMAND"] = self.server.command
        clones = [self.folder / f"c{number}" for number in range(places)]
        for clone in clones:
            git(self.folder, "clone", "-q", url, str(clone))
            git(clone, "config", "user.name", "Bench")
            git(clone, "config", "user.email", "bench@example.org")
        return clones


class Agent:
    """A worker process; ``ask`` sends a line, ``answer`` waits for the word it answers with."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.process = self._start()

    def ask(self, line: str) -> None:
        """Send a line without waiting."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def answer(self) -> tuple[str, float]:
        """Return the word and the seconds; ``killed`` where the process is no more."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return "killed", 0.0
        word, seconds = line.split()
        return word, float(seconds)

    def call(self, line: str) -> str:
        """Send a line and return the word it answers with."""
        self.ask(line)
        return self.answer()[0]

    def kill(self, *, group: bool = False) -> None:
        """Kill the process (with ``group`` its git too) and write down that its time is over."""
        import signal

        event = {"t": time.monotonic(), "who": self.settings["session"], "what": "killed"}
        if group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.close()
        with open(self.settings["history"], "a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def restart(self) -> None:
        """Begin anew as the same holder, after ``kill`` or a death of its own."""
        self.close()
        self.process = self._start()

    def close(self) -> None:
        """End the process."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self.process.wait()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "torture.lock_worker", json.dumps(self.settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        return process
