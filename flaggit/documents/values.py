"""Bytes of one file of the store to the value it holds; a broken file is a ``Problem``, never the end of a run."""

from __future__ import annotations

from flaggit.core.errors import UnavailableError
from flaggit.core.handles import folder_of, is_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import Location, classify
from flaggit.core.model import Flag, Problem, completion_from_document, flag_from_document, note_from_document
from flaggit.core.text import shell_word
from flaggit.core.times import is_time
from flaggit.documents.codec import CodecError, Parsed, parse_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.core.model import Completion, Note


class BrokenFileError(UnavailableError):
    """A file that cannot be what its place says, or that the system does not give; ``problem`` names all of it."""

    def __init__(self, path: str, code: str, message: str, line: int = 0, fix: str = "") -> None:
        where = f"{path}:{line}" if line else path
        super().__init__(
            "unreadable", f"{where} {message}.", hint=fix or "Mend the file, then look with `flaggit check`."
        )
        self.problem = Problem("F001", code, f"{where} {message}", path=path, line=line, fix=fix)


def read_value(path: str, data: bytes) -> Flag | Completion | Note:
    """Return the flag, completion or note that ``data`` holds.

    Args:
        path: Where it lies, relative to the root; its folder and name have to agree with the content.
        data: The file's bytes.

    Raises:
        BrokenFileError: It is none; the first reason is given, ``check`` gives them all.
    """
    location = classify(path)
    if location is None or location.kind not in ("flag", "completion", "note"):
        raise BrokenFileError(path, "stray_file", "is not where flags, completions or notes lie")
    parsed = _parse(path, data)
    try:
        if location.kind == "flag":
            return _placed_flag(path, location, parsed)
        if location.kind == "completion":
            return _placed_completion(path, location, parsed)
        return _placed_note(path, location, parsed)
    except ValueError as error:
        look = f"flaggit check {shell_word(path)}"
        raise BrokenFileError(path, "invalid", f"is not valid: {error}", 0, look) from None


def read_fields(data: bytes | None) -> dict[str, Any] | None:
    """Return the fields of a file, judged by nobody; None where it is absent or cannot be read."""
    if data is None:
        return None
    try:
        return parse_document(data).document
    except CodecError:
        return None


def _parse(path: str, data: bytes) -> Parsed:
    try:
        return parse_document(data)
    except CodecError as error:
        raise BrokenFileError(path, error.code, error.message, error.line) from None


def _placed_flag(path: str, location: Location, parsed: Parsed) -> Flag:
    flag = flag_from_document(parsed.document)
    _check_id(path, flag.id, location.stem, parsed.lines["id"])
    for field in ("source_agent", "target_agent"):
        handle = getattr(flag, field)
        if handle is not None and not is_handle(handle):
            raise BrokenFileError(path, "bad_handle", f"has a {field} that is no handle", parsed.lines[field])
    _check_time(path, flag.created_at, parsed.lines["created_at"])
    if folder_of(flag.target_agent) != location.folder:
        raise BrokenFileError(
            path,
            "wrong_folder",
            f"is for {flag.target_name} and lies in the folder of another",
            parsed.lines["target_agent"],
            "flaggit check --fix",
        )
    return flag


def _placed_completion(path: str, location: Location, parsed: Parsed) -> Completion:
    completion = completion_from_document(parsed.document)
    _check_id(path, completion.id, location.stem, parsed.lines["id"])
    _check_time(path, completion.completed_at, parsed.lines["completed_at"])
    return completion


def _placed_note(path: str, location: Location, parsed: Parsed) -> Note:
    if not location.flag_id:
        raise BrokenFileError(path, "bad_id", "has a name that does not begin with a flag's id")
    note = note_from_document(parsed.document, location.stem)
    _check_time(path, note.created_at, parsed.lines["created_at"])
    return note


def _check_id(path: str, flag_id: str, stem: str, line: int) -> None:
    if not is_flag_id(flag_id):
        raise BrokenFileError(path, "bad_id", f"has an id that is none: {flag_id[:40]!r}", line)
    if flag_id != stem:
        raise BrokenFileError(path, "wrong_name", f"holds the id {flag_id}, which is not its name", line)


def _check_time(path: str, text: str, line: int) -> None:
    if not is_time(text):
        raise BrokenFileError(path, "bad_time", f"has a time that is none: {text[:40]!r}", line)
