"""Who has to hear of what is about to be committed, or of all that a worktree changes: owners whom no flag names."""

from __future__ import annotations

import os

from flaggit.core.errors import FlaggitError
from flaggit.core.layout import STORE, classify, kind_of
from flaggit.core.model import LEVEL_OF_SETTING, Flag, Problem
from flaggit.core.text import some_of
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.objects import REGULAR_MODE, empty_tree, read_objects
from flaggit.hooks.staged import read_decisions, read_staged
from flaggit.impact.asking import MOST_WHILE_WAITING, find_affected
from flaggit.reviewing.aftermath import unflagged_problem
from flaggit.reviewing.unflagged import create_command, find_unflagged, is_interface, overlaps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.git.changes import RawEntry
    from flaggit.impact.asked import Asked
    from flaggit.impact.asking import Affected
    from flaggit.reviewing.unflagged import Unflagged

_SEPARATORS = str.maketrans("/._-", "    ")


def judge_unflagged(session: Session) -> list[Problem]:
    """Return a finding for each agent who should be told of the staged changes, at the level of ``unflagged.hook``.

    A merge is passed over: what it brings was judged where it was made. Where it is not known who
    commits, or nobody owns an interface and a search of the catalog has to do, a finding is a note.
    """
    level = LEVEL_OF_SETTING[session.settings.unflagged_hook]
    if not level or _is_merging(session):
        return []
    entries = read_staged(session.repo)
    paths = [entry.path for entry in entries if not _in_store(entry.path)]
    if not paths or not session.catalog.agents:
        return []
    authors = _authors(session)
    raised = _raised(session, entries)
    answered = _answered(session, read_decisions(session.repo).completed if _has_completions(entries) else ())
    unreported = _find_unreported(session, paths, authors, raised, answered, _affected(session, authors))
    found = [unflagged_problem(item, level) for item in unreported]
    return found + _by_search(session, paths, authors, [flag.target_agent for flag in raised])


def find_owed(session: Session, author: str, asked: Asked) -> list[Unflagged]:
    """Return whom what this worktree changes, committed on its branch or not, concerns and no flag tells.

    Args:
        session: The call.
        author: Who works here.
        asked: What this worktree changes.

    Who was told is read from the index, which has the branch's flags and those that are staged, and from the pending
    flags of the clone. Nobody where the settings ask for no flags in a review, and during a merge. Where the repository
    would have to be read first, which takes longer than somebody waits, only what is declared and told counts.
    """
    if session.settings.unflagged_review == "off" or _is_merging(session):
        return []
    change = find_affected(session, author=author, asked=asked, most=MOST_WHILE_WAITING)
    if change.by_folder or not change.paths:
        return []
    entries = read_staged(session.repo, STORE, base=change.base or empty_tree(session.repo))
    places = [classify(entry.path) for entry in entries if entry.status == "A"]
    completed = [place.flag_id for place in places if place is not None and place.kind == "completion"]
    answered = _answered(session, completed)
    return _find_unreported(session, change.paths, (author,), _raised(session, entries), answered, change.agents)


def _find_unreported(
    session: Session,
    paths: Sequence[str],
    authors: Collection[str],
    raised: Sequence[Flag],
    answered: Sequence[Flag],
    affected: Sequence[Affected],
) -> list[Unflagged]:
    def find(notified: Mapping[str, Collection[str | None]]) -> list[Unflagged]:
        return find_unflagged(
            dict.fromkeys(paths, authors),
            catalog=session.catalog,
            flags=raised,
            answered=answered,
            notified=notified,
            interfaces=session.settings.interfaces,
            affected=affected,
        )

    return find(_reported_by_file(session, find({})))


def _is_merging(session: Session) -> bool:
    return os.path.exists(os.path.join(session.repo.git_dir, "MERGE_HEAD"))


def _affected(session: Session, authors: Sequence[str]) -> Sequence[Affected]:
    """Whom what is staged affects beside the owners of it; nobody where a commit would have to wait for that."""
    author = authors[0] if len(authors) == 1 else None
    try:
        found = find_affected(session, staged=True, author=author, most=MOST_WHILE_WAITING)
    except FlaggitError:
        return ()
    return () if found.by_folder else found.agents


def _authors(session: Session) -> tuple[str, ...]:
    """Return the handles of whoever commits: who works in this worktree, else whom the catalog knows by the address."""
    actor = session.find_actor()
    if actor is not None:
        return (actor.handle,)
    email = os.environ.get("GIT_AUTHOR_EMAIL") or session.repo.text("config", "user.email", check=False)
    return tuple(agent.name for agent in session.catalog.identify_all(email=email)) if email else ()


def _raised(session: Session, entries: Iterable[RawEntry]) -> list[Flag]:
    """Return the flags that the change adds or edits; broken ones are for the check to tell."""
    staged = [entry for entry in entries if entry.new_mode == REGULAR_MODE and kind_of(entry.path) == "flag"]
    blobs = read_objects(session.repo, (entry.new_oid for entry in staged))
    flags = []
    for entry in staged:
        try:
            value = read_value(entry.path, blobs[entry.new_oid].content)
        except (BrokenFileError, KeyError):
            continue
        if isinstance(value, Flag):
            flags.append(value)
    return flags


def _has_completions(entries: Iterable[RawEntry]) -> bool:
    return any(kind_of(entry.path) == "completion" for entry in entries)


def _answered(session: Session, completed: Collection[str]) -> list[Flag]:
    """Return the flags of these ids, which the change completes: whoever raised them asked for it."""
    return [row.flag for row in session.clone.get_rows(completed)] if completed else []


def _reported_by_file(session: Session, unreported: Iterable[Unflagged]) -> dict[str, list[str | None]]:
    """Return path -> the owners whom a pending flag tells of it already, whichever commit raised it."""
    notified: dict[str, list[str | None]] = {}
    for item in unreported:
        rows = session.clone.rows(targets=[item.owner])
        for path in item.paths:
            if any(overlaps(path, row.flag.related_files) for row in rows):
                notified.setdefault(path, []).append(item.owner)
    return notified


def _by_search(
    session: Session, paths: Iterable[str], authors: Collection[str], notified: Collection[str | None]
) -> list[Problem]:
    """Return a note for interfaces that nobody owns: whom the catalog's search takes to be concerned."""
    catalog = session.catalog
    unowned = [path for path in paths if is_interface(path, session.settings.interfaces) and not catalog.owner(path)]
    concerned: dict[str, list[str]] = {}
    for path in unowned:
        from flaggit.catalog.search.search import search

        hits = [hit.name for hit in search(catalog, path.translate(_SEPARATORS), limit=1)]
        for name in hits:
            if name not in authors and name not in notified:
                concerned.setdefault(name, []).append(path)
    return [
        Problem(
            "F035",
            "perhaps_unflagged",
            f"Nobody owns {some_of(files)}; it may concern {name}, as a search of the catalog finds.",
            level="note",
            path=files[0],
            fix=create_command(name, files, flag_type="breaking_change"),
        )
        for name, files in sorted(concerned.items())
    ]


def _in_store(path: str) -> bool:
    return path.startswith(f"{STORE}/")
