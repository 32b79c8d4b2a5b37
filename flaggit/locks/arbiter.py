"""Who decides over locks: the one remote that everybody pushes to, or this clone where there is none.

Two places that both accept locks would mean two holders, so a remote with several URLs, or with
another for pushing than for reading, is refused.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import (
    Change,
    change_refs,
    mirror_prefix,
    own_prefix,
    read_commits,
    stamp_path,
    twin_of,
)
from flaggit.clone.lock_rules import is_free, prevailing
from flaggit.clone.remotes import (
    accepted_places,
    base_branch,
    base_commit,
    base_setting,
    choose_remote,
    constants_at,
    is_accepted,
    place_of,
    places_of,
    read_remote_config,
    shown_base,
)
from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.layout import completion_path
from flaggit.core.limits import DIGITS
from flaggit.core.times import format_time
from flaggit.git import cache
from flaggit.git.files import replace_file
from flaggit.git.objects import is_partial, read_headers
from flaggit.git.refs import HEADS, list_refs
from flaggit.locks.places import require_same_place
from flaggit.locks.wire import (
    PUSH_TIMEOUT,
    QUIET,
    READ_TIMEOUT,
    TIMEOUT_VARIABLE,
    Riders,
    Seen,
    UnreachableError,
    first_line,
    judge_push,
    network_environment,
    parse_ls_remote,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.git.process import Finished
    from flaggit.git.repo import Repo
    from flaggit.locks.wire import Pushed, Update

    Config = Mapping[str, list[str]]

_TRIES = 3
_ALIAS = "flaggit-arbiter"
# What a user's fetches and pushes do besides; a lock's are told everything on the command.
_NOT_OURS = frozenset(("mirror", "push", "fetch", "prune", "prunetags", "tagopt", "url", "pushurl"))
_UNSAFE = {ord(char): " " for char in "<>\n\r\0"}


class Arbiter:
    """The remote that decides over locks: reads, pushes and fetches there, and remembers what was seen.

    Nothing but lock refs is ever pushed. What the second read shows is the verdict, never a push's own words.

    Attributes:
        repo: The clone that asks.
        remote: The remote's name here.
        url: The one URL for reading and pushing.
        prefix: Where locks that begin lie there; one that is there already, below the other namespace, stays.
        now: Seconds since the epoch.
        base: The branch that others start from (short name); empty where not known.
        fork: Its place is none of those that the setting ``arbiter`` accepts.
        ssh: The program that git config names for ssh, if any.
        author: The user's name and address as configured, if any: servers may refuse people they do not know.
        base_is_set: ``base`` is what the settings say, and not only what was last seen as the remote's HEAD.
        options: What git config sets for the remote, by the last part of its name (``uploadpack``, ``proxy``).
    """

    __slots__ = (
        *("_elsewhere", "author", "base", "base_is_set", "fork", "now", "options", "prefix", "remote", "repo"),
        *("ssh", "url"),
    )

    def __init__(
        self,
        repo: Repo,
        remote: str,
        url: str,
        prefix: str,
        *,
        now: int,
        base: str = "",
        fork: bool = False,
        ssh: str = "",
        author: str = "",
        base_is_set: bool = False,
        options: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.repo, self.remote, self.url, self.prefix = repo, remote, url, prefix
        self.base, self.fork, self.ssh, self.author = base, fork, ssh, author
        self.base_is_set, self.options, self.now = base_is_set, options, now
        self._elsewhere: set[str] = set()  # flags whose lock lies below the other namespace, as last read

    @property
    def scope(self) -> str:
        """How far a lock reaches that this remote has: ``shared`` or ``fork``."""
        return "fork" if self.fork else "shared"

    def ref(self, flag_id: str) -> str:
        """The name of a flag's lock ref there: where it lay when it was last read, else where it would begin."""
        name = self.prefix + flag_id
        return twin_of(name) if flag_id in self._elsewhere else name

    def oid_in(self, seen: Seen, flag_id: str) -> str:
        """The lock of a flag as just read, below whichever namespace; empty where there is none."""
        name = self.ref(flag_id)
        return seen.refs.get(name) or seen.refs.get(twin_of(name), "")

    def read(self, refs: Iterable[str]) -> Seen:
        """Return the refs of the remote under exactly these names (a name may end in ``*``).

        What may be a lock is looked for below both namespaces in this one look: another clone may not know yet
        that the setting was changed. The base branch is read along; where no setting names it, the remote's HEAD is
        asked for it.

        Raises:
            UnreachableError: It did not answer, or not in time.
        """
        base = [HEADS + self.base] if self.base else []
        names = list(refs)
        twins = [twin for name in names if (twin := twin_of(name))]
        wanted = [*names, *twins, *base, *([] if self.base_is_set else ["HEAD"])]
        done = self._run(READ_TIMEOUT, "ls-remote", "--symref", "--", _ALIAS, *wanted)
        if done.status != 0:
            reason = "it did not answer in time" if done.timed_out else first_line(done.message)
            raise UnreachableError(
                "remote_unreachable",
                f"The remote {self.remote}, which decides over locks, cannot be read: {reason}.",
                hint="When it can be reached again: flaggit sync",
            )
        found, head = parse_ls_remote(done.text)
        exact = {name for name in wanted if not name.endswith("*")}
        below = tuple(name[:-1] for name in wanted if name.endswith("*"))
        refs_seen = {name: oid for name, oid in found.items() if name in exact or (below and name.startswith(below))}
        return Seen(refs_seen, head)

    def push(self, updates: list[Update], *, atomic: bool = False, riders: Sequence[Update] = ()) -> Pushed:
        """Push refs, each only where the remote holds what is expected. The verdict is a read afterwards, not this.

        ``riders`` are pushed along, and how they fare is not reported.
        """
        everything = [*updates, *riders]
        options = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"]
        options += ["--atomic"] if atomic else []
        options += [f"--force-with-lease={update.ref}:{update.old}" for update in everything]
        specs = [f"{update.oid}:{update.ref}" for update in everything]
        done = self._run(PUSH_TIMEOUT, "push", *options, "--", _ALIAS, *specs)
        return judge_push(done, {update.ref for update in updates})

    def push_along(self, updates: list[Update], riders: list[Update]) -> Pushed:
        """Push refs, and marks of other locks with them; what a server has against the marks does not count."""
        pushed = self.push(updates, riders=riders)
        if riders and pushed.denied:  # a hook judges a push as a whole
            pushed = self.push(updates)
        return pushed

    def swap(self, updates: list[Update], marks: Riders | None = None) -> tuple[Seen, Pushed]:
        """Compare and swap: make refs hold new values, all or none, where the remote holds the old ones still.

        A push that ended without a word about the refs may still land, unless it came to nothing before
        anything was sent. The same commits are pushed once more, which cannot hurt: they were never
        acknowledged, and the remote compares before it swaps.

        Args:
            updates: The refs, with what was read of them.
            marks: What a push of a single ref takes along.

        Returns:
            What the remote shows afterwards, which is the verdict; and how the last push went.

        Raises:
            UnavailableError: ``remote_refuses_locks``; ``unknown_outcome``, where it may still land.
        """
        marks = marks or Riders()
        names = [update.ref for update in updates]
        ids = [name.rpartition("/")[2] for name in names]
        atomic = len(updates) > 1
        may_land = False
        for last in (False, True):
            if atomic:  # all or none is for these alone
                pushed = self.push(updates, atomic=True)
            else:
                pushed = self.push_along(updates, marks.pop_updates())
            if pushed.no_atomic:
                pushed = self.push(updates)
            may_land = may_land or not (pushed.definite or pushed.unsent)
            try:
                after = self.read([*names, *marks.names])
            except UnreachableError as error:
                if pushed.denied:
                    raise self.refusal(ids, pushed.words) from None
                raise self.unknown_outcome(ids, error.message) from None
            if pushed.definite:
                marks.finish(after)
            landed = all(after.refs.get(update.ref, "") == update.oid for update in updates)
            if landed or pushed.definite or pushed.denied:
                return after, pushed
            if last and may_land and all(after.refs.get(update.ref, "") == update.old for update in updates):
                raise self.unknown_outcome(ids, pushed.words or "the push was given up.")
        return after, pushed

    def fetch(self, specs: Iterable[str]) -> bool:
        """Fetch into flaggit's own refs, and write nothing else; return whether it worked."""
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-prune", "--no-recurse-submodules")
        return self._run(READ_TIMEOUT, "fetch", *options, "--refmap=", "--", _ALIAS, *specs).status == 0

    def find_locks(self, ids: Iterable[str], seen: Seen) -> dict[str, Lock]:
        """Return the locks of ``ids`` as just read, and remember them in the mirror.

        Of two below both namespaces the one that is alive counts. Commits that are not here yet are fetched. A lock
        that vanished before it could be fetched is left out; whoever expects nothing in its place will be told by
        the remote.
        """
        wanted = list(ids)
        found = self._read_locks([self.prefix + key for key in wanted], seen)
        twins = self._read_locks([twin_of(self.prefix + key) for key in wanted], seen)
        locks: dict[str, Lock] = {}
        for flag_id in wanted:
            twin = twins.get(flag_id)
            lock = prevailing(found.get(flag_id), twin, self.now)
            self._elsewhere.discard(flag_id)
            if lock is not None:
                locks[flag_id] = lock
                self._elsewhere |= {flag_id} if lock is twin else set()
        self.update_mirror({key: locks[key].oid if key in locks else "" for key in wanted})
        return locks

    def find_rivals(self, ids: Iterable[str], after: Seen) -> dict[str, Lock]:
        """Return the living locks of ``ids`` that clones which use the other namespace have put beside these."""
        found = self._read_locks([twin_of(self.ref(flag_id)) for flag_id in ids], after)
        return {flag_id: lock for flag_id, lock in found.items() if not is_free(lock, self.now)}

    def follow_base(self, seen: Seen) -> bool:
        """Let locks begin where the base branch says, as just read and fetched; return whether it is elsewhere now."""
        _, oid = self.base_in(seen)
        if not oid:
            return False
        try:
            prefix = own_prefix(constants_at(self.repo, oid).lock_namespace)
        except InvalidError:  # what cannot be read changes nothing
            return False
        if prefix == self.prefix:
            return False
        self.prefix = prefix
        self._elsewhere.clear()
        return True

    def _read_locks(self, names: Iterable[str], seen: Seen) -> dict[str, Lock]:
        """Return flag id -> lock of those refs that were just read."""
        wanted = {name: seen.refs[name] for name in names if name in seen.refs}
        missing = self._missing(wanted)
        if missing:
            if not self.fetch(missing) and len(missing) > 1:  # one that vanished must not hide the others
                for name in missing:
                    self.fetch([name])
            for name in self._missing({name: wanted[name] for name in missing}):
                del wanted[name]
        found = [(name.rpartition("/")[2], oid, self.scope) for name, oid in wanted.items()]
        return {lock.flag_id: lock for lock in read_commits(self.repo, found)}

    def update_mirror(self, seen: dict[str, str]) -> None:
        """Make the mirror show these: flag id -> object id, empty where the remote holds none."""
        prefix = mirror_prefix(self.remote)
        known = list_refs(self.repo, prefix)
        changes = []
        for flag_id, oid in seen.items():
            old = known.get(prefix + flag_id)
            if oid and oid != old:
                changes.append(Change(prefix + flag_id, oid, "*"))
            elif old and not oid:
                changes.append(Change(prefix + flag_id, None, old))
        if changes and change_refs(self.repo, changes):  # one that cannot be set must not keep the others back
            for change in changes:
                change_refs(self.repo, [change])

    def refresh(self, now: int, besides: Iterable[str] = ()) -> tuple[dict[str, Lock], Seen]:
        """Read all locks, make the mirror equal, and return them with what else was seen.

        ``besides`` names further refs to be read in the same look.

        Raises:
            UnreachableError: The remote did not answer.
        """
        seen = self.read([self.ref("*"), *besides])
        shown = {name.rpartition("/")[2] for name in seen.refs if twin_of(name)}
        prefix = mirror_prefix(self.remote)
        gone = {name[len(prefix) :] for name in list_refs(self.repo, prefix)} - shown
        locks = self.find_locks(shown | gone, seen)
        replace_file(stamp_path(self.repo, self.remote), format_time(now).encode() + b"\n")
        return locks, seen

    def base_in(self, seen: Seen) -> tuple[str, str]:
        """Return the base branch and its commit as just read; empty where there is none."""
        if self.base_is_set:
            return self.base, seen.refs.get(HEADS + self.base, "")
        name = seen.head or self.base  # the remote's own word: its default branch may have got another name since
        return name, seen.refs.get(HEADS + name, "") or seen.refs.get("HEAD", "")

    def find_done(self, seen: Seen, ids: Iterable[str]) -> set[str]:
        """Return those flags whose completion is in the content of the base branch now.

        Content, not history, so that squash merges and rebases are seen. A commit that is not here
        yet is fetched; where the base branch is not known as it is now, a ref of flaggit's own says it.

        Raises:
            UnavailableError: ``remote_unreachable``: the commit could not be had, so nobody can say.
        """
        name, oid = self.base_in(seen)
        if not oid:
            return set()
        wanted = list(ids)
        for _ in range(_TRIES):
            found = done_in(self.repo, oid, wanted)
            if found is not None:
                if base_commit(self.repo, self.remote) != oid:  # what it was before says nothing any more
                    change_refs(self.repo, [Change(shown_base(self.remote), oid, "*")])
                return found
            # No ref is written while fetching: other fetches of this clone may be at work on the same one.
            self.fetch([HEADS + name if name else "HEAD"])
        raise UnavailableError(
            "remote_unreachable",
            f"Whether the work is done already is not known: {name} of {self.remote} could not be fetched.",
            hint=f"Fetch it, then try again: git fetch {self.remote}",
        )

    def refusal(self, ids: list[str], words: str) -> UnavailableError:
        """The error for a remote that can be read and does not take the lock."""
        why = words.rstrip(".") or "no reason given"
        return UnavailableError(
            "remote_refuses_locks",
            f"The remote {self.remote} does not accept the lock of {', '.join(ids)}: {why}.",
            hint=(
                f"Let {self.prefix}* be created, changed and deleted there (docs/locks.md says how),"
                " or lock for this clone only: --local"
            ),
            details={"state": "refused", "flag_ids": ids, "scope": "local"},
        )

    def unknown_outcome(self, ids: list[str], why: str) -> UnavailableError:
        """The error for a push of which nobody can say yet whether it landed."""
        error = UnavailableError(
            "unknown_outcome",
            f"Whether the lock of {', '.join(ids)} reached {self.remote} is not known: {why}",
            hint="Do not start the work; in a minute `flaggit sync` reads what became of it.",
            details={"state": "unknown", "flag_ids": ids},
        )
        error.retryable = True
        return error

    def _missing(self, wanted: dict[str, str]) -> list[str]:
        """Return those refs whose commit is not in this clone."""
        present = read_headers(self.repo, wanted.values()) if wanted else {}
        return [name for name, oid in wanted.items() if oid not in present]

    def _run(self, timeout: float, *arguments: str) -> Finished:
        named = os.environ.get(TIMEOUT_VARIABLE, "")
        seconds = float(named) if len(named) <= DIGITS and named.replace(".", "", 1).isdecimal() else timeout
        env = network_environment(self.ssh)
        # Under a name of its own the remote has what the user set for it, and nothing of what is not ours.
        settings = [("url", self.url), *self.options]
        remote = [word for name, value in settings for word in ("-c", f"remote.{_ALIAS}.{name}={value}")]
        return self.repo.run(*QUIET, *remote, *arguments, env=env, timeout=seconds, check=False, network=True)


def find_arbiter(session: Session) -> Arbiter | None:
    """Return the remote that decides over locks, or None where this clone does. No network.

    Raises:
        UnavailableError: ``ambiguous_arbiter``; ``arbiter_changed``, where this clone holds a lock at another place.
    """
    repo = session.repo
    remote = "" if repo.bare else choose_remote(repo)
    if not remote:
        require_same_place(session, "", "")
        return None
    values = read_remote_config(repo)
    url = _one_url(repo, remote, values)
    require_same_place(session, url, _ssh_command(values))
    accepted = accepted_places(repo, places_of(values))
    setting = base_setting(repo, remote)
    return Arbiter(
        repo,
        remote,
        url,
        own_prefix(session.constants.lock_namespace),
        now=session.now,
        base=setting or base_branch(repo, remote),
        base_is_set=bool(setting),
        fork=bool(accepted) and not is_accepted(url, accepted, _ssh_command(values)),
        ssh=_ssh(values),
        author=_author(values),
        options=_options(remote, values),
    )


def find_place(session: Session, *, local: bool) -> tuple[Arbiter | None, bool]:
    """Return the remote that decides, and whether this clone does for want of any; ``local``: nobody need decide.

    Raises:
        UnavailableError: ``ambiguous_arbiter``, unless ``local``.
    """
    try:
        arbiter = find_arbiter(session)
    except UnavailableError:
        if local:
            return None, False
        raise
    return arbiter, arbiter is None


def find_upstream(session: Session) -> Arbiter | None:
    """Return the remote of this clone that the setting ``arbiter`` accepts, where the one in use is not. No network."""
    values = read_remote_config(session.repo)
    places = places_of(values)
    accepted = accepted_places(session.repo, places)
    prefix = own_prefix(session.constants.lock_namespace)
    for name, url in places.items():
        if name != session.remote and is_accepted(url, accepted, _ssh_command(values)):
            options = _options(name, values)
            return Arbiter(session.repo, name, url, prefix, now=session.now, ssh=_ssh(values), options=options)
    return None


def _one_url(repo: Repo, remote: str, values: Config) -> str:
    """Return the URL that both reading and pushing use."""
    urls = values[f"remote.{remote}.url"]
    pushed = values.get(f"remote.{remote}.pushurl", urls)
    fetched = urls
    if any(key.startswith("url.") for key in values):  # git rewrites URLs; only git knows how
        fetched = repo.run("remote", "get-url", "--all", "--", remote).lines
        pushed = repo.run("remote", "get-url", "--push", "--all", "--", remote).lines
    if len(fetched) == 1 and fetched == pushed:
        return urls[0]
    if len(fetched) == len(pushed) == 1 and place_of(fetched[0]) == place_of(pushed[0]):
        return pushed[0]
    raise UnavailableError(
        "ambiguous_arbiter",
        f"The remote {remote} has {len(set(fetched + pushed))} URLs, so no one place could decide over locks.",
        hint="Give it one URL for reading and pushing, or name another remote: git config flaggit.lock.remote NAME",
    )


def _options(remote: str, values: Config) -> tuple[tuple[str, str], ...]:
    """Return the user's settings of a remote, without those that would make more of a push or a fetch than is asked."""
    start = f"remote.{remote}."
    found = ((key[len(start) :], items) for key, items in values.items() if key.startswith(start))
    return tuple((name, item) for name, items in found if "." not in name and name not in _NOT_OURS for item in items)


def _ssh(values: Config) -> str:
    return values.get("core.sshcommand", [""])[-1]


def _ssh_command(values: Config) -> str:
    return os.environ.get("GIT_SSH_COMMAND") or _ssh(values) or "ssh"


def _author(values: Config) -> str:
    name = os.environ.get("GIT_COMMITTER_NAME") or values.get("user.name", [""])[-1]
    email = os.environ.get("GIT_COMMITTER_EMAIL") or values.get("user.email", [""])[-1]
    name, email = (" ".join(part.translate(_UNSAFE).split()) for part in (name, email))
    return f"{name} <{email}>" if name and email else ""


def done_in(repo: Repo, commit: str, ids: Iterable[str]) -> set[str] | None:
    """Return those flags whose completion is in a commit's tree; None where the commit is not here.

    git goes through all completions to find one, so what it said of the last commit is kept.
    """
    wanted = set(ids)
    if not wanted:
        return set()
    place, key = os.path.join(repo.state_dir, "done-in.cache"), commit.encode()
    saved = cache.load(place, key)
    known: dict[str, bool] = saved if isinstance(saved, dict) else {}
    names = {f"{commit}:{completion_path(flag_id)}": flag_id for flag_id in wanted - known.keys()}
    if names:
        found = read_headers(repo, [f"{commit}^{{tree}}", *names])
        if f"{commit}^{{tree}}" not in found:
            return None
        known.update((flag_id, name in found) for name, flag_id in names.items())
        if not is_partial(repo):  # which may only lack it
            cache.save(place, key, known)
    return {flag_id for flag_id in wanted if known[flag_id]}
