"""What is said to the remote that decides over locks: read refs, push refs, fetch refs. Nothing else is pushed, ever.

Whatever the user's configuration makes pushes do besides (submodules, mirrors, options, signing,
hooks, tags) is switched off on the command; prompts are off; a remote that hangs is given up.
"""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.git.process import Finished
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter

READ_TIMEOUT = 20.0
PUSH_TIMEOUT = 30.0
TIMEOUT_VARIABLE = "FLAGGIT_NETWORK_TIMEOUT"  # seconds, for both
_QUIET = (
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
    *("fatal: could not read username", "fatal: could not read password"),
)
_NOISE = ("warning:", "please make sure", "and the repository exists", "error: failed to push some refs", "to ")
_DENIALS = ("error: 40", "authentication failed", "permission denied", "access denied", "not allowed", "forbidden")


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


class UnreachableError(UnavailableError):
    """The remote could not be read: ``remote_unreachable``; the message holds git's words."""

    retryable = True


def read_remote(repo: Repo, arbiter: Arbiter, refs: Iterable[str]) -> Seen:
    """Return what the remote holds under exactly these names (a name may end in ``*``).

    The base branch is read along; where its name is not known, the remote's HEAD is asked for it.

    Raises:
        UnreachableError: It did not answer, or not in time.
    """
    wanted = [*refs, f"refs/heads/{arbiter.base}" if arbiter.base else "HEAD"]
    done = _run(repo, arbiter, READ_TIMEOUT, "ls-remote", "--symref", "--", arbiter.url, *wanted)
    if done.status != 0:
        reason = "it did not answer in time" if done.timed_out else _first_line(done.message)
        raise UnreachableError(
            "remote_unreachable",
            f"The remote {arbiter.remote}, which decides over locks, cannot be read: {reason}.",
            hint="When it can be reached again: flaggit sync",
        )
    found, head = parse_ls_remote(done.stdout.decode("utf-8", "surrogateescape"))
    exact = {name for name in wanted if not name.endswith("*")}
    below = tuple(name[:-1] for name in wanted if name.endswith("*"))
    refs_seen = {name: oid for name, oid in found.items() if name in exact or (below and name.startswith(below))}
    return Seen(refs_seen, head)


def push_refs(
    repo: Repo, arbiter: Arbiter, updates: list[Update], *, atomic: bool = False, riders: Sequence[Update] = ()
) -> Pushed:
    """Push refs, each only where the remote holds what is expected. The verdict is a read afterwards, not this.

    ``riders`` are pushed along, and how they fare is not told.
    """
    everything = [*updates, *riders]
    options = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"]
    options += ["--atomic"] if atomic else []
    options += [f"--force-with-lease={update.ref}:{update.old}" for update in everything]
    specs = [f"{update.oid}:{update.ref}" for update in everything]
    done = _run(repo, arbiter, PUSH_TIMEOUT, "push", *options, "--", arbiter.url, *specs)
    return judge_push(done, {update.ref for update in updates})


def fetch_refs(repo: Repo, arbiter: Arbiter, specs: Iterable[str]) -> bool:
    """Fetch into flaggit's own refs, and write nothing else; tell whether it worked."""
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-prune", "--no-recurse-submodules", "--refmap=")
    done = _run(repo, arbiter, READ_TIMEOUT, "fetch", *options, "--", arbiter.url, *specs)
    return done.status == 0


def parse_ls_remote(output: str) -> tuple[dict[str, str], str]:
    """Return ref -> object id, and the branch that HEAD names, from the answer of ``ls-remote --symref``."""
    refs = {}
    head = ""
    for line in output.splitlines():
        value, tab, name = line.partition("\t")
        if tab and value.startswith("ref: "):
            head = value[5:].removeprefix("refs/heads/") if name == "HEAD" else head
        elif tab:
            refs[name] = value
    return refs, head


def judge_push(done: Finished, refs: set[str]) -> Pushed:
    """Return how a push went, from its porcelain lines (``flag TAB from:to TAB summary``) and its words."""
    answered: dict[str, str] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        parts = line.split("\t")
        name = parts[1].partition(":")[2] if len(parts) >= 3 else ""
        if name in refs:
            answered[name] = "" if parts[0] != "!" else parts[2]
    refusals = [reason for reason in answered.values() if reason]
    told = "\n".join([*refusals, done.message])
    lower = told.lower()
    definite = not done.timed_out and refs <= answered.keys()
    race = bool(refusals) and any(word in lower for word in _RACES)
    denied = (bool(refusals) and not race) or (not definite and any(word in lower for word in _DENIALS))
    no_atomic = "does not support --atomic" in lower
    unsent = not definite and not done.timed_out and any(word in lower for word in _UNSENT)
    return Pushed(definite, race, denied and not no_atomic, no_atomic, unsent, _reason(told))


def network_environment(arbiter: Arbiter) -> dict[str, str]:
    """Return the variables that keep every way to a remote from asking anything."""
    env = {"GIT_ASKPASS": "", "SSH_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
    if "GIT_SSH" not in os.environ:
        command = os.environ.get("GIT_SSH_COMMAND") or arbiter.ssh or "ssh"
        if os.path.basename(command.split(" ")[0]) == "ssh":
            env["GIT_SSH_COMMAND"] = f"{command} -oBatchMode=yes"
    return env


def _run(repo: Repo, arbiter: Arbiter, timeout: float, *arguments: str) -> Finished:
    named = os.environ.get(TIMEOUT_VARIABLE, "")
    seconds = float(named) if named.replace(".", "", 1).isdecimal() else timeout
    variables = network_environment(arbiter)
    return repo.run(*_QUIET, *arguments, env=variables, timeout=seconds, check=False, network=True)


def _reason(told: str) -> str:
    """Return the lines that say why: the server's own words first."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    server = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    kept = [line for line in server if line] or [line for line in lines if not line.lower().startswith(_NOISE)] or lines
    return "; ".join(kept[:3])[:400]


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "ERROR", "error:"))]
    return (fatal or lines or ["no reason given"])[0].rstrip(".")


def refuses(arbiter: Arbiter, ids: list[str], words: str) -> UnavailableError:
    """Return the error for a remote that can be read and does not take the lock."""
    why = words.rstrip(".") or "no reason given"
    return UnavailableError(
        "remote_refuses_locks",
        f"The remote {arbiter.remote} does not accept the lock of {', '.join(ids)}: {why}.",
        hint=(
            f"Let {arbiter.prefix}* be created, changed and deleted there (docs/locks.md says how),"
            " or lock for this clone only: --local"
        ),
        details={"state": "refused", "flag_ids": ids, "scope": "local"},
    )


def unknown_outcome(arbiter: Arbiter, ids: list[str], why: str) -> UnavailableError:
    """Return the error for a push of which nobody can say yet whether it landed."""
    error = UnavailableError(
        "unknown_outcome",
        f"Whether the lock of {', '.join(ids)} reached {arbiter.remote} is not known: {why}",
        hint="Do not start the work; in a minute `flaggit sync` reads what became of it.",
        details={"state": "unknown", "flag_ids": ids},
    )
    error.retryable = True
    return error
