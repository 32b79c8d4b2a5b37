"""Who decides over locks: the one remote that everybody pushes to, or this clone where there is none.

Two places that both accept locks would mean two holders, so a remote with several URLs, or with
another for pushing than for reading, is refused.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import own_prefix
from flaggit.core.errors import UnavailableError
from flaggit.core.record import record
from flaggit.git.refs import read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo

_WANTED = r"^(remote\..*\.(url|pushurl)|url\..*|core\.sshcommand|user\.(name|email))$"
_UNSAFE = {ord(char): " " for char in "<>\n\r\0"}


@record
class Arbiter:
    """The remote that decides.

    Attributes:
        remote: Its name here.
        url: The one URL for reading and pushing.
        prefix: Where its lock refs lie.
        base: The branch that others start from (short name); empty where not known.
        fork: Its place is none of those that the setting ``arbiter`` accepts.
        ssh: The program that git config names for ssh, if any.
        author: The user's name and address as configured, if any: servers may refuse people they do not know.
    """

    remote: str
    url: str
    prefix: str
    base: str = ""
    fork: bool = False
    ssh: str = ""
    author: str = ""


def find_arbiter(session: Session) -> Arbiter | None:
    """Return the remote that decides over locks, or None where this clone does. No network.

    Raises:
        UnavailableError: ``ambiguous_arbiter``.
    """
    repo = session.repo
    if repo.bare or not _may_have_remotes(repo):
        return None
    settings = session.settings
    remote = settings.lock_remote
    values = _read_config(repo)
    urls = values.get(f"remote.{remote}.url", [])
    if not urls:
        return None
    url = _one_url(repo, remote, values)
    fork = bool(settings.arbiter) and place_hash(url) not in settings.arbiter
    prefix, base = own_prefix(settings.lock_namespace), base_branch(repo, settings)
    return Arbiter(remote, url, prefix, base, fork, _ssh(values), _author(values))


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
    settings = session.settings
    values = _read_config(session.repo)
    for key, urls in values.items():
        if not (key.startswith("remote.") and key.endswith(".url")):
            continue
        name = key[len("remote.") : -len(".url")]
        if name != settings.lock_remote and place_hash(urls[0]) in settings.arbiter:
            return Arbiter(name, urls[0], own_prefix(settings.lock_namespace), ssh=_ssh(values))
    return None


def scope_of(arbiter: Arbiter) -> str:
    """Return how far a lock reaches that this remote has: ``shared`` or ``fork``."""
    return "fork" if arbiter.fork else "shared"


def base_branch(repo: Repo, settings: Settings) -> str:
    """Return the branch that others start from: the setting, else the remote's HEAD as last fetched.

    In a clone without any remote: the one that exists of ``main``, ``master`` and git's own default for
    new repositories; nothing where there are several, or none.
    """
    if settings.base_branch:
        return settings.base_branch
    folder = f"refs/remotes/{settings.lock_remote}/"
    try:
        with open(os.path.join(repo.common_dir, folder, "HEAD"), encoding="utf-8", errors="replace") as file:
            line = file.readline(4096).strip()
    except OSError:
        return "" if _may_have_remotes(repo) else _usual_branch(repo)
    return line.removeprefix("ref: " + folder) if line.startswith("ref: " + folder) else ""


def _usual_branch(repo: Repo) -> str:
    """Return the only branch here that is usually called so; nothing where there are several, or none."""
    found = [name for name in ("main", "master") if read_ref(repo, f"refs/heads/{name}")]
    if len(found) != 1:
        done = repo.run("config", "--get", "init.defaultBranch", check=False)
        name = done.stdout.decode("utf-8", "replace").strip()
        found = [name] if name and read_ref(repo, f"refs/heads/{name}") else []
    return found[0] if found else ""


def base_commit(repo: Repo, settings: Settings) -> str | None:
    """Return the newest commit of the base branch that this clone knows, or None."""
    branch = base_branch(repo, settings)
    names = [f"refs/flaggit/remote/{settings.lock_remote}/base"]
    names += [f"refs/remotes/{settings.lock_remote}/{branch}", f"refs/heads/{branch}"] if branch else []
    return next((oid for oid in (read_ref(repo, name) for name in names) if oid), None)


def place_of(url: str) -> str:
    """Return where a URL leads, whatever the way there: host and path, without scheme, user, port and ``.git``.

    >>> place_of("ssh://git@example.org:22/team/shop.git") == place_of("https://example.org/team/shop")
    True
    >>> place_of("git@example.org:team/shop.git")
    'example.org/team/shop'
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme != "file":
        host, _, path = rest.partition("/")
        host = host.rpartition("@")[2].partition(":")[0]
    elif not separator and ":" in url.partition("/")[0]:  # user@host:path
        host, _, path = url.partition(":")
        host = host.rpartition("@")[2]
    else:
        host, path = "", rest if separator else url
    path = path.rstrip("/").removesuffix(".git").strip("/")
    return f"{host.lower()}/{path}"


def place_hash(url: str) -> str:
    """Return the hash under which the setting ``arbiter`` knows a remote."""
    from hashlib import sha256

    return sha256(place_of(url).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _one_url(repo: Repo, remote: str, values: dict[str, list[str]]) -> str:
    """Return the URL that both reading and pushing use."""
    urls = values[f"remote.{remote}.url"]
    pushed = values.get(f"remote.{remote}.pushurl", urls)
    fetched = urls
    if any(key.startswith("url.") for key in values):  # git rewrites URLs; only git knows how
        fetched = repo.text("remote", "get-url", "--all", "--", remote).splitlines()
        pushed = repo.text("remote", "get-url", "--push", "--all", "--", remote).splitlines()
    if len(fetched) == 1 and fetched == pushed:
        return urls[0]
    if len(fetched) == len(pushed) == 1 and place_of(fetched[0]) == place_of(pushed[0]):
        return pushed[0]
    raise UnavailableError(
        "ambiguous_arbiter",
        f"The remote {remote} has {len(set(fetched + pushed))} URLs, so no one place could decide over locks.",
        hint="Give it one URL for reading and pushing, or name another remote: git config flaggit.lock.remote <name>",
    )


def _read_config(repo: Repo) -> dict[str, list[str]]:
    done = repo.run("config", "-z", "--get-regexp", _WANTED, check=False)
    values: dict[str, list[str]] = {}
    for item in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = item.partition("\n")
        if key:
            values.setdefault(key, []).append(value)
    return values


def _ssh(values: dict[str, list[str]]) -> str:
    return values.get("core.sshcommand", [""])[-1]


def _author(values: dict[str, list[str]]) -> str:
    name = os.environ.get("GIT_COMMITTER_NAME") or values.get("user.name", [""])[-1]
    email = os.environ.get("GIT_COMMITTER_EMAIL") or values.get("user.email", [""])[-1]
    name, email = (" ".join(part.translate(_UNSAFE).split()) for part in (name, email))
    return f"{name} <{email}>" if name and email else ""


def _may_have_remotes(repo: Repo) -> bool:
    from flaggit.documents.settings import may_be_configured

    return may_be_configured(repo, (b"[remote", b"[include"))
