"""A flag's whole life in a real repository: run it with ``make demo``.

Everything happens in a temporary folder with a remote, a clone and two worktrees, and is gone
afterwards. Each command is printed as it is typed, followed by what it answered; a command that
does not do what the story says ends the demo with status 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

AGENTS = (
    ("@backend.api", "Owns the HTTP API.", "/src/orders.py"),
    ("@frontend.web", "Owns the web client.", "/src/client.ts"),
)
CHANGE = "POST /orders now answers 202 with a job id; a queue worker creates the order afterwards."
ACTION = (
    "Poll GET /jobs/{id} in src/client.ts until it names the order, instead of reading the order from the response,"
    " and show that the order is on its way."
)


class Stage:
    """Runs commands in folders of the demo and prints them like a terminal."""

    def __init__(self, top: Path) -> None:
        self.top = top
        scripts = str(Path(sys.executable).parent)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM", "PYTHONPATH") if name in os.environ}
        self.env = {
            **kept,
            "PATH": scripts + os.pathsep + kept.get("PATH", ""),
            "HOME": str(top),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "Demo",
            "GIT_AUTHOR_EMAIL": "demo@example.org",
            "GIT_COMMITTER_NAME": "Demo",
            "GIT_COMMITTER_EMAIL": "demo@example.org",
        }

    def tell(self, sentence: str) -> None:
        """Print a sentence of the story."""
        print(f"\n# {sentence}", flush=True)

    def run(self, folder: str, *argv: str, status: int = 0, quiet: bool = False, **extra: str) -> str:
        """Run a command in a folder, print it with its answer, and return its standard output.

        Ends the demo where the exit status is not ``status``.
        """
        prefix = " ".join(f"{name}={value}" for name, value in extra.items())
        if not quiet:
            print(f"{folder}$ {prefix + ' ' if prefix else ''}{' '.join(map(_quote, argv))}", flush=True)
        done = subprocess.run(
            argv, cwd=self.top / folder, env={**self.env, **extra}, capture_output=True, text=True, check=False
        )
        if not quiet or done.returncode != status:
            for line in (done.stdout + done.stderr).splitlines():
                print(f"    {line}".rstrip(), flush=True)
        if done.returncode != status:
            sys.exit(f"The demo stops: exit status {done.returncode} instead of {status}.")
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file of the demo."""
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def main() -> None:
    """Tell the story in a temporary folder and remove it."""
    top = Path(tempfile.mkdtemp(prefix="flaggit-demo-"))
    try:
        play(Stage(top))
    finally:
        shutil.rmtree(top)
    print("\nDone; nothing of it is left on this machine.")


def play(stage: Stage) -> None:
    """Tell the story."""
    set_up(stage)
    flag_id = raise_flag(stage)
    take(stage, flag_id)
    finish(stage, flag_id)
    review_and_merge(stage, flag_id)


def set_up(stage: Stage) -> None:
    """Make a remote, a clone with two worktrees, and a store with two agents."""
    stage.tell("A shop's repository: a remote, a clone, and a worktree for each of two agents.")
    stage.run(".", "git", "init", "--quiet", "--bare", "--initial-branch=main", "hub.git")
    stage.run(".", "git", "clone", "--quiet", "hub.git", "shop")
    stage.write("shop/src/orders.py", "def post_order(order):\n    return 201, create(order)\n")
    stage.write("shop/src/client.ts", "export const order = async () => (await post('/orders')).order\n")
    stage.run("shop", "flaggit", "init")
    for name, description, path in AGENTS:
        stage.run("shop", "flaggit", "agents", "add", name, "--description", description, "--owns", path)
    stage.run("shop", "git", "add", "--all", quiet=True)
    stage.run("shop", "git", "commit", "--quiet", "--message", "Open the shop")
    stage.run("shop", "git", "push", "--quiet", "origin", "HEAD:main")
    stage.run("shop", "git", "worktree", "add", "--quiet", "-b", "orders-queue", "../api")
    stage.run("shop", "git", "worktree", "add", "--quiet", "-b", "poll-jobs", "../web")
    stage.run("api", "flaggit", "iam", "@backend.api")
    stage.run("web", "flaggit", "iam", "@frontend.web")


def raise_flag(stage: Stage) -> str:
    """Change code and raise a flag in the same commit; return the flag's id."""
    stage.tell("One agent changes the API and raises a flag in the same commit.")
    stage.write("api/src/orders.py", "def post_order(order):\n    return 202, enqueue(order)\n")
    arguments = ["--type", "breaking_change", "--impact", "high", "--to", "@frontend.web"]
    arguments += ["--change", CHANGE, "--action", ACTION, "--file", "src/client.ts"]
    stage.run("api", "flaggit", "create", *arguments)
    stage.run("api", "git", "commit", "--quiet", "--all", "--message", "Create orders from a queue")
    stage.run("api", "git", "show", "--stat", "--format=%h %s", "HEAD")
    flag_id = stage.run("api", "git", "show", "--format=", "--name-only", "--diff-filter=A", "HEAD", quiet=True)
    return Path(flag_id.strip()).stem


def take(stage: Stage, flag_id: str) -> None:
    """Let the other agent see the flag, lock it, and a second one be refused."""
    stage.tell("The other agent, in its own worktree and on its own branch, sees it at once.")
    stage.run("web", "flaggit", "inbox")
    stage.tell("It takes the lock; whoever comes second is refused.")
    stage.run("web", "flaggit", "lock", flag_id)
    stage.run("shop", "flaggit", "lock", flag_id, status=4, FLAGGIT_AGENT="@frontend.web")


def finish(stage: Stage, flag_id: str) -> None:
    """Do the work and complete the flag with the commit that does it."""
    stage.tell("It does the work, and completes the flag with the commit that does it.")
    stage.run("web", "git", "merge", "--quiet", "--no-edit", "orders-queue")
    stage.write("web/src/client.ts", "export const order = async () => poll((await post('/orders')).job)\n")
    stage.run("web", "git", "add", "src/client.ts")
    stage.run("web", "flaggit", "commit", "--completes", flag_id, "--", "--quiet", "--message", "Poll for the order")
    stage.run("web", "git", "show", "--stat", "--format=%h %s%n%n%b", "HEAD")


def review_and_merge(stage: Stage, flag_id: str) -> None:
    """Show what the reviewer sees, and that a squash merge changes nothing about it."""
    stage.tell("The reviewer sees flag and completion in the change.")
    stage.run("web", "flaggit", "review", "main..poll-jobs")
    stage.tell("A squash merge changes nothing about it.")
    stage.run("shop", "git", "merge", "--quiet", "--squash", "poll-jobs")
    stage.run("shop", "git", "commit", "--quiet", "--message", "Take in the order queue")
    stage.run("shop", "flaggit", "check", "--range", "origin/main..HEAD")
    stage.run("shop", "flaggit", "show", flag_id)
    stage.run("shop", "flaggit", "list")


def _quote(word: str) -> str:
    return f'"{word}"' if " " in word or not word else word


if __name__ == "__main__":
    main()
