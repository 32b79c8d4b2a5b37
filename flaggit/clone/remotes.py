"""Which remote decides: over locks, over the branch that others start from, over trust. One choice, made here.

Two places that both decided would mean two holders of one lock, so where remotes exist and nothing
says which of them it is, nobody decides and the caller is told what to set. Nothing here uses the network.
"""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.layout import OWN_REFS, SETTINGS
from flaggit.core.text import shell_word
from flaggit.git.process import run_program
from flaggit.git.refs import HEADS, REMOTES, list_refs, read_ref, read_symbolic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo

    Config = Mapping[str, list[str]]

_WANTED = r"^(remote\..*|url\..*|core\.sshcommand|user\.(name|email)|init\.defaultbranch)$"
_USUAL = ("main", "master")
_SETTING = "flaggit.lock.remote"


def choose_remote(repo: Repo) -> str:
    """Return the name of the remote that decides here; empty: the clone has no remote.

    In this order: what this clone's git config names, the one remote whose place the setting
    ``arbiter`` accepts, the only remote, ``origin`` where no other remote leads elsewhere.

    Raises:
        UnavailableError: ``ambiguous_arbiter``, where there are remotes and nothing says which.
    """
    named = _named(repo)
    only = None if named else _find_only(repo)
    if only is not None:
        return only
    config = read_remote_config(repo)
    places = places_of(config)
    if named:
        if named in places:
            return named
        raise _not_there(named, places)
    if not places:
        return ""
    hashes = accepted_places(repo, places) if len(places) > 1 else ()
    accepted = [name for name in places if place_hash(places[name]) in hashes]
    for chosen in (accepted, list(places)):
        if chosen and len({place_of(places[name]) for name in chosen}) == 1:
            return "origin" if "origin" in chosen else chosen[0]
    raise UnavailableError(
        "ambiguous_arbiter",
        f"This clone has the remotes {', '.join(sorted(places))}, and nothing says which of them decides.",
        hint=f"Name it: git config {_SETTING} {shell_word(min(places, key=lambda name: (name != 'origin', name)))}",
    )


def find_remote(repo: Repo) -> str:
    """Return the remote that decides; empty also where none can be chosen: for reading what is known."""
    try:
        return choose_remote(repo)
    except UnavailableError:
        return ""


def accepted_places(repo: Repo, remotes: Iterable[str]) -> tuple[str, ...]:
    """Return the hashes of the places that may decide: git config, else what the base branch says.

    The base branch is that of ``origin``, else that of every other remote, where they agree; where it is not known
    here, this worktree's settings serve. A branch that is being worked on cannot choose its own judge otherwise.
    """
    from flaggit.documents.settings import read_git_values

    named = read_git_values(repo, "arbiter")
    if named:
        return tuple(named)
    names = list(remotes)
    chosen = ["origin"] if "origin" in names else names
    found = {_shared_at(repo, name).arbiter for name in chosen} - {()}
    return found.pop() if len(found) == 1 else ()  # of several remotes each could name itself


def base_ref(repo: Repo, remote: str) -> str:
    """Return the branch that others start from, by its full name as it is known here; empty: not known.

    In this order: what git config names, what the default branch there holds as a setting, the default branch
    itself: the remote's HEAD, or the usual name that exists there; without any remote the one of the usual names
    that exists, or git's own default for new repositories.
    """
    named = base_setting(repo, remote)
    if named:
        own = [named] if named.startswith("refs/") else []
        known = [*own, *([f"{REMOTES}{remote}/{named}"] if remote else []), REMOTES + named, HEADS + named]
        return next((name for name in known if read_ref(repo, name)), named)
    return _default_of(repo, remote)


def base_branch(repo: Repo, remote: str) -> str:
    """Return the branch that others start from, by its name at the remote; empty: not known."""
    name = base_ref(repo, remote)
    return name.removeprefix(f"{REMOTES}{remote}/").removeprefix(HEADS) if name else ""


def base_setting(repo: Repo, remote: str) -> str:
    """Return the branch that the setting ``base_branch`` names: git config's, else the default branch's; empty: none.

    It is followed once: what the named branch itself holds as this setting counts for nothing.
    """
    from flaggit.documents.settings import read_git_value

    named = read_git_value(repo, "base-branch") or read_git_value(repo, "basebranch")
    return named or _shared_at(repo, remote).base_branch


def base_commit(repo: Repo, remote: str) -> str | None:
    """Return the newest commit of the base branch that this clone knows, or None."""
    names = [shown_base(remote), base_ref(repo, remote)] if remote else [base_ref(repo, remote)]
    return next((oid for name in names if name and (oid := read_ref(repo, name))), None)


def shown_base(remote: str) -> str:
    """Return the ref of flaggit's own that holds the base branch's commit as a remote last showed it."""
    return f"{OWN_REFS}remote/{remote}/base"


def tracking_test(repo: Repo, remote: str) -> Callable[[str], bool]:
    """Return the test for refs that hold a branch of a remote, by its refspecs, and can hold nothing else of it.

    Where ``refs/pull/*`` is fetched beside the branches, a pull request's ref tells of no branch, and neither does a
    name that both could have.
    """
    branches: list[str] = []
    others: list[str] = []
    for spec in _fetch_specs(repo, remote) if remote else ():
        source, _, target = spec.removeprefix("+").partition(":")
        is_branch = source.startswith(HEADS) or not source.startswith("refs/")  # a short name is a branch's
        (branches if is_branch else others).append(target)

    def test(ref: str) -> bool:
        return any(_fits(ref, target) for target in branches) and not any(_fits(ref, target) for target in others)

    return test


def _fits(ref: str, pattern: str) -> bool:
    start, star, end = pattern.partition("*")
    if not star:
        return ref == pattern
    return len(ref) > len(start) + len(end) and ref.startswith(start) and ref.endswith(end)


def _fetch_specs(repo: Repo, remote: str) -> list[str]:
    """Return what a remote's branches and other refs become here, as configured; a cache spares git's process."""
    from flaggit.documents.settings import config_digest
    from flaggit.git import cache

    place = os.path.join(repo.state_dir, "fetch.cache")
    digest = config_digest(repo)
    key = digest + remote.encode("utf-8", "surrogateescape")
    specs = cache.load(place, key) if digest else None
    if not isinstance(specs, list):
        done = repo.run("config", "-z", "--get-all", f"remote.{remote}.fetch", check=False)
        specs = done.names[:-1]
        if digest:
            cache.save(place, key, specs)
    return specs


def read_constants(repo: Repo, remote: str) -> Settings:
    """Return the settings that all clones have to agree on, as the base branch has them; git config goes first.

    ``lock.namespace``, ``arbiter``, ``base_branch``, ``trust``, ``require_*``: a branch that is being worked on changes
    none of them. Where no base branch is known this worktree's settings serve.
    """
    from flaggit.documents.settings import build_settings, read_settings

    commit = base_commit(repo, remote)
    try:
        return constants_at(repo, commit) if commit else read_settings(repo)
    except InvalidError:  # what cannot be read says nothing
        return build_settings({})


def constants_at(repo: Repo, commit: str) -> Settings:
    """Return the settings of a commit, git config's before them. Raises InvalidError ``bad_settings``."""
    from flaggit.documents.settings import build_settings, read_git_settings

    return build_settings({**_values_at(repo, commit), **read_git_settings(repo)})


def read_remote_config(repo: Repo) -> dict[str, list[str]]:
    """Return git's configuration of remotes and of the ways to them: key -> values."""
    done = repo.run("config", "-z", "--get-regexp", _WANTED, check=False)
    values: dict[str, list[str]] = {}
    for item in done.names:
        key, _, value = item.partition("\n")
        if key:
            values.setdefault(key, []).append(value)
    return values


def places_of(config: Config) -> dict[str, str]:
    """Return remote -> its first URL, in the order of the configuration."""
    keys = (key for key in config if key.startswith("remote.") and key.endswith(".url"))
    return {key[len("remote.") : -len(".url")]: config[key][0] for key in keys}


def place_of(url: str) -> str:
    """Return where a URL leads, whatever the way there: host and path, without scheme, user, port and ``.git``.

    >>> place_of("ssh://git@example.org:22/team/shop.git") == place_of("https://example.org/team/shop")
    True
    >>> place_of("git@example.org:team/shop.git")
    'example.org/team/shop'
    """
    host, path = _split_url(url)
    path = path.rstrip("/").removesuffix(".git").strip("/")
    return f"{host.lower()}/{path}"


def place_hash(url: str) -> str:
    """Return the hash under which the setting ``arbiter`` knows a remote."""
    from hashlib import sha256

    return sha256(place_of(url).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def is_accepted(url: str, accepted: Iterable[str], ssh: str) -> bool:
    """Return whether a remote's place is one of the accepted ones; an alias of ssh's configuration is its host.

    Args:
        url: The remote's URL.
        accepted: Hashes of places.
        ssh: The command for ssh.
    """
    hashes = set(accepted)
    if place_hash(url) in hashes:
        return True
    alias, path = _split_url(url)
    is_ssh = url.startswith("ssh://") or (bool(alias) and "://" not in url)
    host = _host_of(alias, ssh) if is_ssh else ""
    return bool(host) and place_hash(f"ssh://{host}/{path.lstrip('/')}") in hashes


def _split_url(url: str) -> tuple[str, str]:
    """Return host (empty: this machine) and path of a URL."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme != "file":
        host, _, path = rest.partition("/")
        return host.rpartition("@")[2].partition(":")[0], path
    if not separator and ":" in url.partition("/")[0]:  # user@host:path
        host, _, path = url.partition(":")
        return host.rpartition("@")[2], path
    return "", rest if separator else url


def _host_of(alias: str, ssh: str) -> str:
    """Return the host that ssh's configuration has for a name; the name itself where it has none. No network."""
    if alias.startswith("-") or os.path.basename(ssh.split(" ")[0]) != "ssh":  # another program may know no -G
        return ""
    try:
        done = run_program(["sh", "-c", f'{ssh} -G "$@"', "ssh", alias], timeout=5)
    except UnavailableError:
        return ""
    lines = done.lines if done.status == 0 else []
    return next((line.partition(" ")[2].strip() for line in lines if line.startswith("hostname ")), "")


def _named(repo: Repo) -> str:
    from flaggit.documents.settings import read_git_value

    return read_git_value(repo, "lock.remote") or ""


def _find_only(repo: Repo) -> str | None:
    """Return the clone's only remote, or nothing where it has none, where its own configuration shows that; else None.

    Spares a hot command the process of git's that reads the whole configuration.
    """
    from flaggit.documents.settings import may_be_configured

    if may_be_configured(repo, (b"[include",)):
        return None
    if not may_be_configured(repo, (b"[remote",)):
        return ""
    try:
        with open(os.path.join(repo.common_dir, "config"), encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return None
    heads = [line for line in lines if line.lower().startswith("[remote")]
    is_plain = len(heads) == 1 and heads[0].startswith('[remote "') and heads[0].endswith('"]')
    name = heads[0][len('[remote "') : -len('"]')] if is_plain else ""
    has_url = any(line.partition("=")[0].strip().lower() == "url" for line in lines)
    return name if name and has_url and not set(name) & set('"\\') else None


def _default_of(repo: Repo, remote: str) -> str:
    """Return a remote's default branch as last fetched (without a remote this clone's own); empty: not known.

    The remote's HEAD is written by ``git clone`` and stays when the server gives the branch another name.
    """
    if not remote:
        return _own_default(repo)
    folder = f"{REMOTES}{remote}/"
    target = read_symbolic(repo, folder + "HEAD")
    if target and read_ref(repo, target):
        return target
    found = [folder + name for name in _USUAL if read_ref(repo, folder + name)]
    return found[0] if len(found) == 1 or (found and target is None) else ""


def _own_default(repo: Repo) -> str:
    if list_refs(repo, REMOTES):  # none of several remotes, or one that was taken away
        return ""
    heads = list_refs(repo, HEADS)
    found = [HEADS + name for name in _USUAL if HEADS + name in heads]
    if len(found) != 1:
        names = read_remote_config(repo).get("init.defaultbranch", ())[-1:]
        found = [HEADS + name for name in names if HEADS + name in heads]
    return found[0] if found else ""


def _shared_at(repo: Repo, remote: str) -> Settings:
    """Return the settings that the default branch there holds; where it is not known, this worktree's."""
    ref = _default_of(repo, remote)
    commit = read_ref(repo, ref) if ref else None
    from flaggit.documents.settings import build_settings, read_settings

    try:
        return build_settings(_values_at(repo, commit)) if commit else read_settings(repo)
    except InvalidError:  # what cannot be read says nothing
        return build_settings({})


def _values_at(repo: Repo, commit: str) -> dict[str, object]:
    """Return what the settings file of a commit says; a cache spares git's process and the parser."""
    from flaggit.git import cache

    place = os.path.join(repo.state_dir, "constants.cache")
    key = cache.digest(commit.encode())
    values = cache.load(place, key)
    if not isinstance(values, dict):
        from flaggit.documents.settings import parse_values
        from flaggit.git.objects import read_objects

        found = read_objects(repo, [f"{commit}:{SETTINGS}"])
        values = parse_values(next((item.content for item in found.values()), b""))
        cache.save(place, key, values)
    return values


def _not_there(named: str, places: Mapping[str, str]) -> UnavailableError:
    there = f"it has {', '.join(sorted(places))}" if places else "it has none"
    example = min(places, key=lambda name: (name != "origin", name)) if places else ""
    return UnavailableError(
        "ambiguous_arbiter",
        f"git config {_SETTING} names {named}, and this clone has no such remote: {there}.",
        hint=f"Name one: git config {_SETTING} {shell_word(example)}" if example else f"git config --unset {_SETTING}",
    )
