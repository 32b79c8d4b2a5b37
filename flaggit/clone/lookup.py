"""Which flag a reference names (an id, a unique prefix, an imported number), and which one a chain began with."""

from __future__ import annotations

from flaggit.core.errors import InvalidError, NotFoundError, UnavailableError
from flaggit.core.ids import LENGTH, clean_reference, is_flag_id, is_prefix
from flaggit.core.origins import trace_origins
from flaggit.core.text import whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session
    from flaggit.core.model import Flag, Row


def get_row(session: Session, reference: str) -> Row:
    """Return the flag that a reference names: an id, a unique prefix, an imported number.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``; where the file is there but broken, that is said.
        UnavailableError: ``unreadable``, where the system does not give the file.
    """
    row = find_row(session, reference)
    if row is not None:
        return row
    broken = [problem for problem in session.clone.problems if clean_reference(reference) in problem.path]
    if broken:
        if broken[0].code == "unreadable":
            raise UnavailableError("unreadable", f"{broken[0].message}.", hint="See its rights and the disk.")
        raise NotFoundError(
            "unknown_flag", f"{broken[0].message}.", hint="Mend the file, then look with `flaggit check`."
        )
    text = clean_reference(reference)
    if is_flag_id(text) and _was_here(session, text):
        raise NotFoundError(
            "unknown_flag",
            f"The flag {text} was completed and is pruned: no file of it is left here.",
            hint=f"`flaggit log {text}` tells its history.",
        )
    raise NotFoundError(
        "unknown_flag",
        f"No flag {reference} is visible in this clone.",
        hint="`flaggit list --status all` shows what is; after `git fetch` there may be more.",
    )


def _was_here(session: Session, flag_id: str) -> bool:
    """Return whether HEAD's history had a completion of a flag that no file names any more."""
    from flaggit.core.layout import completion_path

    path = f":(top,literal){completion_path(flag_id)}"
    done = session.repo.run("log", "-1", "--format=%H", "--diff-filter=D", "HEAD", "--", path, check=False)
    return done.status == 0 and bool(done.stdout.strip())


def find_row(session: Session, reference: str) -> Row | None:
    """Return the flag that a reference names, or None. Raises InvalidError ``bad_id`` or ``ambiguous_id``."""
    flag_id = find_id(session, reference)
    if flag_id is None:
        return None
    return session.clone.find(flag_id)


def find_id(session: Session, reference: str) -> str | None:
    """Return the whole id that a reference names, or None. Raises InvalidError ``bad_id``, ``ambiguous_id``."""
    text = clean_reference(reference)
    if is_flag_id(text):
        return text
    if text.isdigit() and text.isascii():
        number = whole_number(text)
        return None if number is None else _find_imported(session, number)
    if not is_prefix(text):
        raise InvalidError(
            "bad_id",
            f"{reference!r} is not a flag's id.",
            hint=f"An id has {LENGTH} letters and digits; three of them may do where they are unique.",
        )
    ids = {stem for stem in session.clone.list_stems() if stem.startswith(text)}
    if len(ids) > 1:
        raise _ambiguous(reference, ids)
    return ids.pop() if ids else None


def find_root(find: Callable[[str], Row | None], flag: Flag) -> str:
    """Return the id of the flag that the chain of ``flag`` began with, as far as ``find`` has the rows of ids."""

    def origin_of(flag_id: str) -> str | None:
        if flag_id == flag.id:
            return flag.chain_origin_id
        row = find(flag_id)
        return row.flag.chain_origin_id if row else None

    return trace_origins([flag.id], origin_of)[flag.id][0]


def _find_imported(session: Session, number: int) -> str | None:
    """Return the id of the flag imported under a number."""
    from flaggit.clone.backlinks import find_naming

    rows = session.clone.rows_at(find_naming(session, session.clone.sources(), {str(number)}))
    found = {row.flag.id for row in rows if row.flag.legacy_id == number}
    if len(found) > 1:
        raise _ambiguous(str(number), found)
    return found.pop() if found else None


def _ambiguous(reference: str, ids: set[str]) -> InvalidError:
    candidates = sorted(ids)
    return InvalidError(
        "ambiguous_id",
        f"{reference} fits {len(ids)} flags: {', '.join(candidates[:10])}.",
        hint="Type more of the id.",
        details={"candidates": candidates},
    )
