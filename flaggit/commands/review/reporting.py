"""``report``: the state of all flags in figures, or on one page; ``textconv``: a file of the store as prose."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, NotFoundError
from flaggit.core.record import record
from flaggit.git.files import locate_output, read_file, replace_file
from flaggit.output.forge import parse_forge
from flaggit.report.contents import Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.report.tally import Tally

_LIMIT = 16 * 1024 * 1024


@record
class Reported:
    """Figures, and the file that holds the page; nothing where none was asked for."""

    tally: Tally
    file: str


def report(session: Session, *, html: str | None = None, link_base: str | None = None) -> Reply[Reported]:
    """Return figures over everything that is visible in the clone; with ``html`` also write them as one page.

    Args:
        session: The call.
        html: The page's file. An earlier report is replaced, any other file is left alone.
        link_base: The repository's address on its forge, for links on the page.

    Raises:
        InvalidError: ``usage``, where ``html`` is a folder or ``link_base`` no http(s) address.
        NotFoundError: ``unknown_file``, where its folder does not exist.
        ConflictError: ``file_exists``, where it is no report.
        UnavailableError: ``unreadable``.
    """
    forge = parse_forge(link_base)
    scene = Scene(session)
    if html is not None:
        from flaggit.report.document import build_page

        _write(html, build_page(scene.contents(), session.repo.name, forge).encode("utf-8", "replace"))
    return Reply(Reported(scene.tally, html or ""), warnings=session.clone.problems)


def textconv(session: Session | None, *, file: str) -> Reply[str]:  # noqa: ARG001 - git asks about loose files too
    """Return a file of the store as prose, for ``git diff``; what is none is returned as it is.

    Raises:
        NotFoundError: ``unknown_file``.
    """
    from flaggit.output.prose import describe_file

    try:
        data = read_file(file, _LIMIT)
    except OSError as error:
        raise NotFoundError("unknown_file", f"{file} cannot be read: {error.strerror or error}.") from None
    return Reply(describe_file(data))


def _write(path: str, data: bytes) -> None:
    full = locate_output(path)
    if os.path.lexists(full) and not _is_report(full):
        raise ConflictError("file_exists", f"{path} exists and is no report of flaggit's.", hint="Name another file.")
    replace_file(full, data)


def _is_report(path: str) -> bool:
    from flaggit.report.frame import GENERATOR

    try:
        return GENERATOR.encode() in read_file(path, 4096)
    except OSError:
        return False
