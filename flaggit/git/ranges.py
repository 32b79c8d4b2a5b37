"""What people write for a range of commits, and the two commits that it stands for."""

from __future__ import annotations

import os

from flaggit.core.errors import NotFoundError, UnavailableError
from flaggit.core.record import record
from flaggit.core.text import visible
from flaggit.git.refs import REMOTES, list_refs, read_head, short_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_SHORTEST_OID = 40


@record
class Range:
    """A range of commits: what was written for its ends, their commits, and the commit where they parted.

    Of a partial one ``base_oid`` is empty where the base is nothing at all (a new branch), and
    ``merge_base`` where it is not known.
    """

    base: str
    head: str
    base_oid: str
    head_oid: str
    merge_base: str

    @property
    def selection(self) -> tuple[str, ...]:
        """Return the arguments of ``git log`` that select the range's commits."""
        return (self.head_oid, f"^{self.base_oid}") if self.base_oid else (self.head_oid,)

    @property
    def is_merged(self) -> bool:
        """Return whether the head holds all of the base, so that its tree is what a merge would give."""
        return self.base_oid == self.merge_base


def find_range(
    repo: Repo, text: str | None, *, base_branch: str = "", remote: str = "", partial: bool = False
) -> Range:
    """Return the range that ``text`` stands for.

    Args:
        repo: The repository; only its objects and refs are looked at.
        text: ``BASE..HEAD`` (three dots mean the same, the merge base is always taken), a head alone
            (a branch, a tag, a commit), or None for HEAD. An empty end is HEAD.
        base_branch: What a head alone is compared with; empty: not known.
            A base of zeros, as forges have it for a new branch, is no base: the head is alone then, too.
        remote: The remote whose branches a name may stand for before those of others.
        partial: Take a range whose merge base is not known; a base of zeros stands for nothing at all.

    Raises:
        NotFoundError: ``unknown_rev``, or ``no_merge_base`` where both ends share no history.
        UnavailableError: ``shallow_clone``, where the clone lacks what the answer needs; the hint says what to fetch.
            ``git_failed``, where git cannot say.
    """
    base, head = _split(text)
    head_oid = _get_commit(repo, head, remote)
    if len(base) >= _SHORTEST_OID and not base.strip("0"):
        if partial:
            return Range(base, head, "", head_oid, "")
        base = ""
    base = base or base_branch or _no_base()
    base_oid = _get_commit(repo, base, remote)
    done = repo.run("merge-base", base_oid, head_oid, check=False)
    found = done.stdout.decode().strip()
    if not found and not partial:
        raise _unrelated(repo, base, head)
    return Range(short_ref(base), short_ref(head), base_oid, head_oid, found)


def is_shallow(repo: Repo) -> bool:
    """Return whether history is cut off somewhere in this clone."""
    return os.path.exists(os.path.join(repo.common_dir, "shallow"))


def _split(text: str | None) -> tuple[str, str]:
    if not text:
        return "", "HEAD"
    for dots in ("...", ".."):
        base, found, head = text.partition(dots)
        if found:
            return base or "HEAD", head or "HEAD"
    return "", text


def _get_commit(repo: Repo, name: str, remote: str) -> str:
    """Return the commit that a name stands for: as git reads it, else a branch of that name at a remote."""
    for candidate in (name, *_remote_branches(repo, name, remote)):
        done = repo.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}", check=False)
        oid = done.stdout.decode("ascii", "replace").strip()
        if done.status == 0 and oid:
            return oid
        if done.stderr:  # git says nothing where there merely is no such commit
            kind = repo.text("cat-file", "-t", candidate, check=False)
            if kind in ("tree", "blob"):
                raise NotFoundError(
                    "unknown_rev",
                    f"{name!r} is a {'folder' if kind == 'tree' else 'file'} as git keeps it, not a commit.",
                    hint="Name commits or branches, as BASE..HEAD.",
                )
            raise UnavailableError(
                "git_failed",
                f"git cannot say which commit {name!r} is: {done.first_line}",
                hint=repo.trust_hint(done) or _fetch_hint(repo, name, remote),
            )
    branch, commit = read_head(repo)
    if name == "HEAD" and branch and commit is None:
        raise NotFoundError(
            "unknown_rev", f"There is no commit on {short_ref(branch)} yet.", hint="Make the first one: git commit"
        )
    if is_shallow(repo):
        raise UnavailableError(
            "shallow_clone",
            f"This clone is shallow and has no commit {name!r}.",
            hint=f"Fetch it: {_fetch_hint(repo, name, remote)}",
        )
    raise NotFoundError(
        "unknown_rev", f"git knows no commit {name!r} here.", hint=_fetch_hint(repo, name, remote, perhaps=True)
    )


def _remote_branches(repo: Repo, name: str, remote: str) -> list[str]:
    refs = list_refs(repo, REMOTES)
    found = [ref for ref in refs if ref.removeprefix(REMOTES).partition("/")[2] == name]
    return sorted(found, key=lambda ref: (not ref.startswith(f"{REMOTES}{remote}/"), ref))


def _no_base() -> str:
    raise NotFoundError(
        "unknown_rev",
        "Nothing says which branch this one started from.",
        hint="Name it too, as BASE..HEAD, or set it: git config flaggit.base-branch NAME",
    )


def _unrelated(repo: Repo, base: str, head: str) -> Exception:
    if is_shallow(repo):
        return UnavailableError(
            "shallow_clone",
            f"This clone is shallow, so that it is not known where {head} left {base}.",
            hint="Fetch the history in between: git fetch --unshallow, or git fetch --deepen=200 (on GitHub Actions"
            " `fetch-depth: 0`, on GitLab `GIT_DEPTH: 0`).",
        )
    return NotFoundError(
        "no_merge_base",
        f"{base} and {head} share no commit.",
        hint="Name a base that the head started from, as BASE..HEAD.",
    )


def _fetch_hint(repo: Repo, name: str, remote: str, *, perhaps: bool = False) -> str:
    """Return the command that may bring a commit here, in a sentence where that is not certain."""
    plain = visible(name)
    is_word = plain == name and not name.startswith("-") and not any(char in name for char in " '\"$`\\;&|<>()^~:@{")
    is_branch = is_word and name != "HEAD" and not name.startswith("refs/")
    if not remote:
        return "`git log --all --oneline` shows the commits that are here."
    command = f"git fetch {remote} {name}" if is_branch else f"git fetch {remote}"
    if is_shallow(repo) and not is_branch:
        command = "git fetch --unshallow"
    return f"Where it lies at the remote: {command}" if perhaps else command
