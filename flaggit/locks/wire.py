"""What is said to the remote that decides over locks: read refs, push refs, fetch refs. Nothing else is pushed, ever.

Whatever the user's configuration makes pushes do besides (submodules, mirrors, options, signing,
hooks, tags) is switched off on the command; prompts are off; a remote that hangs is given up.
"""

from __future__ import annotations

import os
import time

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record
from flaggit.git.refs import HEADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Lock
    from flaggit.git.process import Finished

READ_TIMEOUT = 20.0
PUSH_TIMEOUT = 30.0
_PATIENCE = 0.5
TIMEOUT_VARIABLE = "FLAGGIT_NETWORK_TIMEOUT"  # seconds, for both
QUIET = (
    *("-c", "push.recurseSubmodules=no", "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=no"),
    *(
        "-c",
        "push.gpgSign=false",
        "-c",
        "push.pushOption=",
        "-c",
        "push.followTags=false",
        "-c",
        "push.negotiate=false",
    ),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "credential.interactive=false"),
)
# What servers say when a ref was changed by another in the same moment. Only a hint whether another
# try is worth while: who holds the lock is read, never guessed from words.
_RACES = (
    *("stale info", "fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref"),
    *("reference already exists", "incorrect old value", "atomic transaction failed", "atomic push failed"),
)
# What git says where it came to nothing before anything was sent, so that nothing can land later.
_UNSENT = (
    *("please make sure you have the correct access rights", "fatal: unable to access", "fatal: authentication failed"),
    *("fatal: could not read username", "fatal: could not read password", "fatal: unable to get password from user"),
)
_NOISE = ("warning:", "please make sure", "and the repository exists", "error: failed to push some refs", "to ")
_DENIALS = ("error: 40", "authentication failed", "permission denied", "access denied", "not allowed", "forbidden")
# A way to a remote (a bundle, somebody's helper) that cannot push, or not under a condition: nothing was sent.
_CANNOT = ("transport does not support", "helper does not support", "doesn't support push")
_FAILED = "error: failed to push some refs to "


@record
class Update:
    """One ref to be pushed: ``oid`` (empty deletes it) where the remote must hold ``old`` (empty: nothing)."""

    ref: str
    oid: str
    old: str


@record
class Seen:
    """What the remote showed: ref -> object id, and the branch its HEAD names (empty where not asked or unknown)."""

    refs: dict[str, str]
    head: str = ""


@record
class Pushed:
    """How a push went, as far as its words go.

    ``definite``: the remote answered for every ref; ``race``: another was quicker; ``denied``: it
    is not allowed; ``no_atomic``: the server cannot do all or none; ``unsent``: it ended before
    anything was sent; ``words``: the reason for people.
    """

    definite: bool
    race: bool = False
    denied: bool = False
    no_atomic: bool = False
    unsent: bool = False
    words: str = ""


class Riders:
    """What a command pushes along with its own refs; how it fares changes nothing for the command. Here: nothing."""

    @property
    def names(self) -> list[str]:
        """The refs that have to be read along with what the command itself reads."""
        return []

    def plan(self, seen: Seen) -> None:
        """Decide what to push, by what the remote showed."""

    def pop_updates(self) -> list[Update]:
        """Return the updates to push, once."""
        return []

    def without_pushed(self, locks: dict[str, Lock]) -> dict[str, Lock]:
        """Return those locks that are not changed by what is pushed along."""
        return locks

    def finish(self, after: Seen) -> None:
        """Note what became of it in a push that the remote answered."""


def give_way() -> None:
    """Wait for a random moment, so that of two who found each other's lock one is the quicker at the next try."""
    import random

    time.sleep(random.uniform(0, _PATIENCE))  # noqa: S311 - no secret


class UnreachableError(UnavailableError):
    """The remote could not be read: ``remote_unreachable``; the message holds git's words."""

    retryable = True


def parse_ls_remote(output: str) -> tuple[dict[str, str], str]:
    """Return ref -> object id, and the branch that HEAD names, from the answer of ``ls-remote --symref``."""
    refs = {}
    head = ""
    for line in output.split("\n"):
        value, tab, name = line.partition("\t")
        if tab and value.startswith("ref: "):
            head = value[5:].removeprefix(HEADS) if name == "HEAD" else head
        elif tab:
            refs[name] = value
    return refs, head


def judge_push(done: Finished, refs: set[str]) -> Pushed:
    """Return how a push went, from its porcelain lines (``flag TAB from:to TAB summary``) and its words."""
    answered: dict[str, str] = {}
    for line in done.lines:
        parts = line.split("\t")
        name = parts[1].partition(":")[2] if len(parts) >= 3 else ""
        if name in refs:
            answered[name] = "" if parts[0] != "!" else parts[2]
    refusals = [reason for reason in answered.values() if reason]
    answer = "\n".join([*refusals, done.message])
    lower = answer.lower()
    definite = not done.timed_out and refs <= answered.keys()
    race = bool(refusals) and any(word in lower for word in _RACES)
    unable = not definite and not done.timed_out and _is_unable(lower)
    denied = (bool(refusals) and not race) or unable or (not definite and any(word in lower for word in _DENIALS))
    no_atomic = "does not support --atomic" in lower
    unsent = unable or (not definite and not done.timed_out and any(word in lower for word in _UNSENT))
    return Pushed(definite, race, denied and not no_atomic, no_atomic, unsent, _reason(answer))


def _reason(answer: str) -> str:
    """Return the lines that say why: the server's own words first."""
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    server = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    kept = [line for line in server if line] or [line for line in lines if not line.lower().startswith(_NOISE)] or lines
    return "; ".join(kept[:3])[:400]


def first_line(text: str) -> str:
    """Return the line of git's words that says what went wrong, without its final stop."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "ERROR", "error:"))]
    return (fatal or lines or ["no reason given"])[0].rstrip(".")


def _is_unable(words: str) -> bool:
    """Return whether git says that it cannot push this way at all; a helper without pushing gives no reason."""
    lines = [line for line in words.split("\n") if line.strip()]
    is_bare = bool(lines) and all(line.startswith(_FAILED) for line in lines)
    return is_bare or any(word in words for word in _CANNOT)


def network_environment(ssh: str = "") -> dict[str, str]:
    """Return the variables that keep every way to a remote from asking anything.

    Args:
        ssh: The program that git config names for ssh, if any.
    """
    env = {"GIT_ASKPASS": "", "SSH_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
    if "GIT_SSH" not in os.environ:
        command = os.environ.get("GIT_SSH_COMMAND") or ssh or "ssh"
        if os.path.basename(command.split(" ")[0]) == "ssh":
            env["GIT_SSH_COMMAND"] = f"{command} -oBatchMode=yes"
    return env
