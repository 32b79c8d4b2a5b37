"""``affected``: whom a change affects."""

from __future__ import annotations

from flaggit.clone.related import outside_remark, places_of
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.handles import parse_handle
from flaggit.impact.asking import LIMIT, find_affected
from flaggit.impact.ranking import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.session import Session
    from flaggit.impact.asking import Answer


def affected(
    session: Session,
    *,
    span: str | None = None,
    staged: bool = False,
    files: Sequence[str] = (),
    limit: int | None = None,
    sender: str | None = None,
    without: Sequence[str] = (),
) -> Reply[Answer]:
    """Whom a change affects; nothing is written but a cache under the git directory.

    Args:
        session: The call.
        span: ``BASE..HEAD``, or a branch alone; None: what this worktree changes.
        staged: Only what is staged.
        files: Only these paths, changed or not.
        limit: The most agents that are answered.
        sender: Whose change it is; None: who is asking, else whose files it changes most.
        without: Kinds of evidence that are left out.

    Raises:
        InvalidError: ``usage`` or ``bad_handle``.
        NotFoundError: ``unknown_rev`` or ``no_merge_base``.
        UnavailableError: ``bare_repository`` without a range; ``shallow_clone``.
    """
    if span is not None and staged:
        raise InvalidError("usage", "A range and --staged exclude each other.")
    unknown = [kind for kind in without if kind not in KINDS]
    if unknown:
        raise InvalidError("usage", f"--without: there is no evidence {unknown[0]!r}, only {', '.join(KINDS)}.")
    if limit is not None and limit < 1:
        raise InvalidError("usage", "--limit takes a number of 1 or more.")
    paths = places_of(files, session) if files else ()
    answer = find_affected(
        session,
        span=span,
        staged=staged,
        files=paths,
        limit=LIMIT if limit is None else limit,
        without=without,
        author=None if sender is None else parse_handle(sender, field="--from"),
        report=_Watch(),
    )
    notes = [*answer.notes, *outside_remark(paths)]
    if answer.by_folder and answer.agents:
        step = "flaggit agents add @domain.module --owns PATTERN" if session.store.exists() else "flaggit init"
        notes.append(f"No catalog says who owns what, so these are folders: {step}")
    return Reply(answer, notes=tuple(notes))


class _Watch:
    """Shows how far the first reading of a repository is, on a terminal, after half a second."""

    def __init__(self) -> None:
        self._label = ""

    def __call__(self, label: str, done: int, of: int) -> None:
        from flaggit.git.progress import Progress

        if label != self._label:
            self._label = label
            self._bar = Progress(label, of)
        self._bar.reach(done)
        if done >= of:
            self._bar.finish()
