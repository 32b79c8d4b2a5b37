"""What ``init`` puts into a store and into a clone's git config; and which files are still as it wrote them."""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import BRANCHES, Change, change_refs
from flaggit.core.layout import CATALOG, EDITORS, STORE
from flaggit.git.files import replace_file
from flaggit.git.refs import HEADS, REMOTES, list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session

ATTRIBUTES_FILE = f"{STORE}/.gitattributes"
SCHEMAS = f"{STORE}/{EDITORS}/"
ATTRIBUTES = """\
# Flags are plain text everywhere; the drivers work where `flaggit init --yes` has set them up.
*.yaml text eol=lf diff=flaggit merge=flaggit !filter !ident !working-tree-encoding
"""
# What an older flaggit wrote, and only that, is brought up to date.
OLDER_ATTRIBUTES = ATTRIBUTES.replace(" !filter !ident !working-tree-encoding", "").encode()
_CATALOG_START = """\
# The agents of this repository: who they are, what they know, which paths are theirs.
# `flaggit agents add @domain.module` adds one; `flaggit agents search TEXT` finds one.
schema: 1
agents: {}
"""
_SETTINGS_START = """\
# Settings for everybody who works here; docs/settings.md has them all.
schema: 1
# The repository that decides over locks, by a hash of its host and path: locks at any other are marked `fork`.
arbiter:
  - "HASH"
"""
# git config of this clone: how flags look in diffs, and how two edits of one flag are merged. flaggit
# answers 0 or 4; with any other status (it is gone, it was killed) git merges by lines, so that both
# sides are in the file whatever happens.
_MERGE_DRIVER = (
    "flaggit merge-driver %O %A %B %P --marker-size %L; case $? in 0) exit 0;; 4) exit 1;; esac;"
    " git merge-file -q --marker-size=%L %A %O %B || exit 1"
)
# Where a shell does not find flaggit, the file is shown as it is: git itself would end every `git diff` and
# `git log -p` with an error. Git appends the file's name to the line.
_TEXTCONV = 'flaggit textconv "$1" 2>/dev/null || cat'
DRIVERS = {
    "diff.flaggit.textconv": _TEXTCONV,
    "merge.flaggit.name": "flags, field by field",
    "merge.flaggit.driver": _MERGE_DRIVER,
}
_WITHOUT_LOCKS = f"^{BRANCHES}*"  # a refspec: what `git fetch` leaves out
_NOTE = "init-wrote"  # in the clone's state: a digest and a path a line
_OPEN_END = "config-had-no-last-newline"  # as above
_LIMIT = 1 << 24


def initial_files(*, editor: bool) -> dict[str, bytes]:
    """Return what ``init`` writes below the root: path -> bytes; ``editor``: the schemas, too."""
    from flaggit.documents.resources import list_schemas, read_schema

    own = {CATALOG: _CATALOG_START.encode(), ATTRIBUTES_FILE: ATTRIBUTES.encode()}
    return {**own, **{SCHEMAS + name: read_schema(name) for name in list_schemas()}} if editor else own


def arbiter_settings(url: str) -> bytes:
    """Return the first settings of a store whose locks the remote at ``url`` decides over."""
    from flaggit.clone.remotes import place_hash

    return _SETTINGS_START.replace("HASH", place_hash(url)).encode()


def note_written(session: Session, paths: Iterable[str]) -> None:
    """Remember what files hold now as what ``init`` wrote, in the place of what was remembered of them."""
    noted = _read_notes(session)
    noted.update({path: digest for path in paths if (digest := _digest(session, path))})
    lines = [f"{digest} {path}\n" for path, digest in sorted(noted.items())]
    replace_file(_place(session), "".join(lines).encode())


def is_as_written(session: Session, path: str) -> bool:
    """Return whether a file holds what ``init`` writes, or what it wrote in this clone."""
    digest = _digest(session, path)
    if not digest:
        return False
    fresh = initial_files(editor=True).get(path)
    return digest in (_read_notes(session).get(path), _digest_of(fresh) if fresh is not None else "")


def add_drivers(session: Session) -> None:
    """Set up the diff and merge drivers in this clone's git config."""
    _note_open_end(session)
    for key, value in DRIVERS.items():
        session.repo.command("config", "--local", key, value)


def leave_locks_out(session: Session) -> list[str]:
    """Let no remote's locks become tracking refs, and drop those that are there; return the remotes this changes.

    A remote without a refspec of its own stays as it is: one that only leaves out would end all fetching from it.
    """
    changed = []
    for remote, specs in _read_refspecs(session).items():
        if _WITHOUT_LOCKS not in specs and any(not spec.startswith("^") for spec in specs):
            _note_open_end(session)
            session.repo.run("config", "--local", "--add", f"remote.{remote}.fetch", _WITHOUT_LOCKS)
            fetched = list_refs(session.repo, f"{REMOTES}{remote}/{BRANCHES.removeprefix(HEADS)}")
            change_refs(session.repo, [Change(name, None, oid) for name, oid in fetched.items()])
            changed.append(remote)
    return changed


def find_without_locks(session: Session) -> list[str]:
    """Return the remotes whose locks ``leave_locks_out`` leaves out."""
    return [remote for remote, specs in _read_refspecs(session).items() if _WITHOUT_LOCKS in specs]


def _read_refspecs(session: Session) -> dict[str, list[str]]:
    """Return remote -> the refspecs that it is fetched by."""
    done = session.repo.run("config", "--local", "-z", "--get-regexp", r"^remote\..*\.fetch$", check=False)
    listed = done.text
    found: dict[str, list[str]] = {}
    for key, _, spec in (item.partition("\n") for item in listed.split("\0") if item):
        found.setdefault(key.removeprefix("remote.").removesuffix(".fetch"), []).append(spec)
    return found


def clean_config(session: Session, sections: Iterable[str], remotes: Iterable[str]) -> None:
    """Take sections, and what leaves remotes' locks out, from this clone's git config, which then ends as before."""
    for remote in remotes:
        key = f"remote.{remote}.fetch"
        session.repo.run("config", "--local", "--fixed-value", "--unset-all", key, _WITHOUT_LOCKS)
    for section in sections:
        session.repo.command("config", "--local", "--remove-section", section)
    data = _read_config(session)
    if data.endswith(b"\n") and os.path.exists(os.path.join(session.repo.state_dir, _OPEN_END)):
        replace_file(os.path.join(session.repo.common_dir, "config"), data[:-1], expected=data)


def _note_open_end(session: Session) -> None:
    """Remember that the last line of git config has no end: git gives it one before it adds anything."""
    if not _read_config(session).endswith(b"\n"):
        replace_file(os.path.join(session.repo.state_dir, _OPEN_END), b"")


def _read_config(session: Session) -> bytes:
    try:
        with open(os.path.join(session.repo.common_dir, "config"), "rb") as file:
            return file.read()
    except OSError:
        return b"\n"


def _place(session: Session) -> str:
    return os.path.join(session.repo.state_dir, _NOTE)


def _read_notes(session: Session) -> dict[str, str]:
    try:
        with open(_place(session), encoding="utf-8") as file:
            pairs = [line.rstrip("\n").split(" ", 1) for line in file]
    except (OSError, UnicodeError):
        return {}
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _digest(session: Session, path: str) -> str:
    try:
        with open(session.store.locate(path), "rb") as file:
            return _digest_of(file.read(_LIMIT))
    except OSError:
        return ""


def _digest_of(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()
