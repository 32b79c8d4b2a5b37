"""Merging files of the store: what git's merge driver does, and settling a merge that stopped."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.documents.codec import CATALOG_LIMIT
from flaggit.git.files import read_file, replace_file
from flaggit.git.staging import stage
from flaggit.merging.files import LABELS, MergedFile, mark_whole, merge_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo

_BASE, _OURS, _THEIRS = "1", "2", "3"  # git's stages of an unmerged file
CONFLICT = 4


@record
class ResolvedFile:
    """What became of one unmerged file.

    ``outcome`` is ``settled`` (staged), ``decision`` (both sides stand in the file) or ``left`` (untouched;
    ``remarks`` say why). ``decisions`` are the fields that a person has to decide.
    """

    path: str
    outcome: str
    decisions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def merge_driver(
    session: Session, *, base: str, ours: str, theirs: str, path: str, marker_size: int | None = None
) -> Reply[None]:
    """Merge three files as git's merge driver: the result replaces ``ours``; status 4 where a decision is left.

    Whatever happens both sides are in the file: it is replaced at once or not at all, and where
    this process dies the configured driver lets git merge by lines.

    Args:
        session: The call.
        base: A file with what both sides began with; empty where both added it.
        ours: A file with our side, which takes the result.
        theirs: A file with the other side.
        path: Where the file lies in the repository.
        marker_size: How many characters a conflict marker has.
    """
    names = [os.path.abspath(name) for name in (base, ours, theirs)]
    try:
        sides = [read_file(name, CATALOG_LIMIT) for name in names]
    except OSError as error:
        raise InvalidError("usage", f"merge-driver cannot read its files: {error}.") from None
    merged = merge_sides(session.repo, path, (sides[0] or None, sides[1], sides[2]), names, marker_size or 7)
    replace_file(names[1], merged.data)
    notes = [*merged.remarks, *_undecided(path, merged.decisions)]
    return Reply(None, status=CONFLICT if merged.decisions else 0, notes=tuple(notes))


def resolve(session: Session) -> Reply[tuple[ResolvedFile, ...]]:
    """Settle the files of the store that a merge left unmerged, as far as they can be, and stage what is settled.

    A file that somebody has edited since, and one that a side deleted, is left as it is.
    """
    session.repo.get_root()
    unmerged = read_unmerged(session.repo)
    done = [_resolve_file(session, path, stages) for path, stages in sorted(unmerged.items())]
    stage(session.repo, [item.path for item in done if item.outcome == "settled"])
    open_ones = [item for item in done if item.outcome != "settled"]
    notes = [remark for item in done for remark in item.remarks]
    if not done:
        notes.append("No file of the store is unmerged.")
    return Reply(tuple(done), status=CONFLICT if open_ones else 0, notes=tuple(notes))


def read_unmerged(repo: Repo) -> dict[str, dict[str, str]]:
    """Return path -> stage (``1`` base, ``2`` ours, ``3`` theirs) -> blob, for the unmerged files of the store."""
    done = repo.run("ls-files", "--unmerged", "-z", "--full-name", "--", f":(top){STORE}")
    found: dict[str, dict[str, str]] = {}
    for item in done.names:
        if item:
            meta, _, path = item.partition("\t")
            _, oid, stage = meta.split(" ")
            found.setdefault(path, {})[stage] = oid
    return found


def merge_sides(
    repo: Repo, path: str, sides: tuple[bytes | None, bytes, bytes], names: list[str], marker_size: int = 7
) -> MergedFile:
    """Return a file's merge: by fields where its sides can be read, else by lines.

    Args:
        repo: The repository.
        path: Where the file lies in it.
        sides: The bytes of base, ours and theirs.
        names: Files that hold them, absolute.
        marker_size: How many characters a conflict marker has.
    """
    by_lines, clean = _merge_lines(repo, names, marker_size)
    merged = merge_files(path, *sides, by_lines=by_lines if clean else None, marker_size=marker_size)
    if merged is not None:
        return merged
    return MergedFile(by_lines, () if clean else ("the file",))


def _merge_lines(repo: Repo, names: list[str], marker_size: int) -> tuple[bytes, bool]:
    """Merge by lines as git does, and return the result and whether it is without conflict."""
    base, ours, theirs = names
    labels = ("-L", LABELS[0], "-L", "base", "-L", LABELS[1])
    done = repo.run("merge-file", "-p", "-q", f"--marker-size={marker_size}", *labels, ours, base, theirs, check=False)
    if not 0 <= done.status <= 127:  # git takes a side for binary; both still have to be there
        sides = [read_file(name, CATALOG_LIMIT) for name in (ours, theirs)]
        return mark_whole(sides[0], sides[1], marker_size), False
    return done.stdout, done.status == 0


def _resolve_file(session: Session, path: str, stages: dict[str, str]) -> ResolvedFile:
    from flaggit.git.objects import read_objects

    if _OURS not in stages or _THEIRS not in stages:
        side = "this side" if _OURS not in stages else "the other side"
        return ResolvedFile(
            path, "left", (), (f"{path}: deleted on {side} and changed on the other; keep it or remove it.",)
        )
    blobs = {found.oid: found.content for found in read_objects(session.repo, stages.values()).values()}
    sides = {stage: blobs[oid] for stage, oid in stages.items()}
    if _is_edited(session, path, sides):
        return ResolvedFile(
            path, "left", (), (f"{path}: edited since the merge stopped; `git add {path}` if it is right.",)
        )
    merged = _merge_blobs(session, path, sides)
    replace_file(session.store.locate(path), merged.data)
    outcome = "decision" if merged.decisions else "settled"
    return ResolvedFile(path, outcome, merged.decisions, (*merged.remarks, *_undecided(path, merged.decisions)))


def _merge_blobs(session: Session, path: str, sides: dict[str, bytes]) -> MergedFile:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="flaggit-") as folder:
        names = []
        for stage in (_BASE, _OURS, _THEIRS):
            names.append(os.path.join(folder, stage))
            with open(names[-1], "wb") as file:
                file.write(sides.get(stage, b""))
        return merge_sides(session.repo, path, (sides.get(_BASE), sides[_OURS], sides[_THEIRS]), names)


def _is_edited(session: Session, path: str, sides: dict[str, bytes]) -> bool:
    """Return whether a person resolved the conflict in the worktree's file: no markers, and not merely our side.

    (A merge driver that dies leaves our side alone in the file.)
    """
    try:
        data = read_file(session.store.locate(path), CATALOG_LIMIT)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    has_markers = any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in data.split(b"\n"))
    return not has_markers and data != sides[_OURS]


def _undecided(path: str, decisions: tuple[str, ...]) -> list[str]:
    if not decisions:
        return []
    return [f"{path}: both sides changed {', '.join(decisions)}; both stand in the file, and one has to be chosen."]
