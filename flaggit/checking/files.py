"""Files of a store against every rule that the files alone can break: all findings at once.

Works on paths, modes and bytes, wherever they come from: the work tree, the index, a commit, or
a push that a server is about to take. Rules over single documents are ``rules`` and ``schema``;
what files say about each other is in ``relations``.
"""

from __future__ import annotations

from flaggit.checking.relations import Document, Relations, completed_ids
from flaggit.core.handles import folder_of, is_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import CATALOG, CATALOG_FOLDER, STORE, SUFFIX, classify, completion_path, is_lookalike
from flaggit.core.model import FIELDS, HAND_WRITTEN, Problem, name_target
from flaggit.core.record import replace
from flaggit.core.text import shell_word, visible
from flaggit.documents.codec import FLAG_LIMIT, CodecError, Parsed, parse_document
from flaggit.documents.rules import check_completion_document, check_flag_document, check_note_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.layout import Location
    from flaggit.documents.settings import Settings

REGULAR = "100644"
EXECUTABLE = "100755"
LINK = "120000"
FOLDER = "040000"
UNREADABLE = "unreadable"
OTHER = "other"  # a FIFO, a socket, a device

FIX = "flaggit check --fix"

_IRREGULAR = {
    LINK: "is a symbolic link, which flaggit never follows",
    "160000": "is a submodule, not a file",
    EXECUTABLE: "is marked as executable",
    FOLDER: "is a folder where a file is expected",
    STORE: "stands where the folder of flags belongs",
    UNREADABLE: "cannot be read",
}
# Judged when a text is written; a later setting does not make old texts wrong.
_OF_NEW_TEXTS = frozenset({"too_short", "placeholder_text", "suspicious_text"})
_LOCAL_SETTING = "lock.remote"
_FIXES = {
    "conflict_markers": "flaggit resolve",
    "too_large": "Move long material into a file and name it in related_files.",
}


def check_files(
    files: Mapping[str, tuple[str, bytes]],
    settings: Settings,
    catalog: Catalog,
    *,
    exists: Callable[[str], bool],
    present: Collection[str] | Callable[[Collection[str]], Collection[str]] = (),
    fresh: Collection[str] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with the files of a store, sorted by path and line.

    Args:
        files: Path -> (git mode, content), those of the store and names at the top that some file system takes for it.
            Modes that git does not have are ``OTHER`` and ``UNREADABLE``.
        settings: Minimum lengths and the like.
        catalog: The agents; its own problems are reported for the catalog files among ``files``.
        exists: Tells whether a flag of that id is visible anywhere in the clone.
        present: Further paths of the same tree, whose content is not judged; or what returns those about some ids.
        fresh: The paths whose texts are new, the only ones judged for lengths and wording; None: all of pending flags.
    """
    problems: list[Problem] = [problem for problem in catalog.problems if problem.path in files]
    relations = Relations(settings, catalog)
    for path, (mode, data) in files.items():
        location = classify(path)
        if location is None and path != STORE:
            problems += [_lookalike(path)] if is_lookalike(path) else []
            continue
        fault = _mode_fault(path, mode, location)
        document = None
        if fault is not None:
            problems.append(fault)
        elif location is not None:
            document, found = _judge(path, location, data, settings)
            problems += found
        if document is not None:
            relations.add(document)
        else:
            relations.add_path(path)
    others = [path for path in (present(relations.ids()) if callable(present) else present) if path not in files]
    completed = completed_ids(others)

    def is_completed(flag_id: str) -> bool:
        return flag_id in completed or completion_path(flag_id) in files

    problems += relations.judge(others, exists, is_completed)
    return sorted(_only_new_texts(problems, is_completed, fresh), key=lambda problem: problem.order)


def check_lookalikes(names: Iterable[str]) -> list[Problem]:
    """Return a problem for each name that is the store's to some file system, though not to git."""
    return [_lookalike(name) for name in names]


def _lookalike(path: str) -> Problem:
    what = STORE if "/" not in path else "a file of flaggit's"
    message = (
        f"{visible(path)} is {what} to some file systems (they do not tell case apart, or drop what is behind a name)"
        ": it would count there, and here nobody sees it."
    )
    return Problem("F026", "lookalike", message, path=path, fix="Give it another name.")


def _mode_fault(path: str, mode: str, location: Location | None) -> Problem | None:
    is_own = location is not None and location.kind == "other"
    if path == STORE and mode in (REGULAR, EXECUTABLE):
        mode = STORE
    if mode == REGULAR or (mode == EXECUTABLE and is_own):
        return None
    reason = _IRREGULAR.get(mode, "is not a regular file")
    fix = f"git update-index --chmod=-x -- {path}" if mode == EXECUTABLE else f"Look at {path} yourself."
    code = "unreadable" if mode == UNREADABLE else "not_regular"
    return Problem("F001", code, f"The file {reason}.", path=path, fix=fix)


def _judge(path: str, location: Location, data: bytes, settings: Settings) -> tuple[Document | None, Iterable[Problem]]:
    """Return what a file holds that has to do with other files, and what is wrong with it."""
    if location.kind == "settings":
        return None, _check_settings(path, data)
    if location.kind == "stray":
        return None, check_stray(path, data)
    if location.kind not in FIELDS:
        return None, ()
    try:
        parsed = parse_document(data)
    except CodecError as error:
        return None, [_unreadable(path, error, location.flag_id, data if location.kind == "flag" else b"")]
    document = Document(path, location, parsed.document, parsed.lines)
    found = [*_remarks(parsed), *_check_fields(document, settings), *_check_place(document)]
    ids = (document.flag_id,) if document.flag_id else ()
    lines = document.lines
    placed = [
        replace(item, path=path, line=item.line or lines.get(item.field, 0), ids=item.ids or ids) for item in found
    ]
    return document, placed


def _unreadable(path: str, error: CodecError, flag_id: str, flag: bytes = b"") -> Problem:
    ids = (flag_id,) if flag_id else ()
    fix = _FIXES.get(error.code, "")
    if error.code == "bad_yaml" and _is_mendable(flag):
        fix = f"{FIX} {shell_word(path)}"
    return Problem("F001", error.code, f"The file {error.message}.", path=path, line=error.line, ids=ids, fix=fix)


def _is_mendable(data: bytes) -> bool:
    from flaggit.checking.whole import is_mendable

    return b"flag_type" in data and is_mendable(data)


def _remarks(parsed: Parsed) -> Iterable[Problem]:
    for line, sentence in parsed.remarks:
        is_crlf = "CRLF" in sentence
        code, fix = ("crlf", FIX) if is_crlf else ("cut_text", "Quote the text.")
        yield Problem("F001", code, f"The file {sentence}.", level="warning", line=line, fix=fix)


def _check_fields(document: Document, settings: Settings) -> list[Problem]:
    from flaggit.documents.schema import check_document

    kind, fields = document.location.kind, document.fields
    if kind == "flag":
        judged = check_flag_document(fields, settings)
    elif kind == "completion":
        judged = check_completion_document(fields)
    else:
        judged = check_note_document(fields)
    named = {problem.field for problem in judged if problem.is_error} | set(_lacking(kind, document))
    # The schema says less clearly what a rule has said of a field; absent and unknown keys are told below.
    by_schema = [problem for problem in check_document(kind, fields) if problem.field and problem.field not in named]
    return [*_check_keys(kind, document), *by_schema, *judged]


def _check_keys(kind: str, document: Document) -> Iterable[Problem]:
    known = FIELDS[kind]
    for key in document.fields:
        if key not in known:
            from difflib import get_close_matches

            near = get_close_matches(key, list(known), 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            yield Problem("F002", "unknown_field", f"A {kind} has no field {key[:40]!r}.{hint}", field=key)
    missing = _lacking(kind, document)
    if missing and kind == "flag" and not any(key in HAND_WRITTEN for key in missing):
        message = f"The flag is not whole yet: it lacks {', '.join(missing)}."
        there = next((key for key in missing if key in document.fields), "")
        yield Problem("F002", "unfinished", message, field=there, fix=f"{FIX} {shell_word(document.path)}")
    else:
        for key in missing:
            yield Problem("F002", "missing_field", f"{key} is missing.")


def _lacking(kind: str, document: Document) -> list[str]:
    """Return the required keys that are not there or hold nothing; ``target_agent: null`` says something."""
    fields = document.fields
    required = [key for key, field in FIELDS[kind].items() if field.required]
    return [key for key in required if fields.get(key) is None and not (key == "target_agent" and key in fields)]


def _check_place(document: Document) -> Iterable[Problem]:
    location, own = document.location, document.fields.get("id")
    if location.kind == "note":
        if not location.flag_id:
            yield Problem("F025", "bad_id", "The note's name does not begin with a flag's id.")
        return
    if isinstance(own, str) and not is_flag_id(own):
        yield Problem("F020", "bad_id", f"id {own[:40]!r} is not a flag's id.", field="id")
    elif isinstance(own, str) and own != location.stem:
        message = f"The file holds the id {own} and is named {location.stem[:60]}{SUFFIX}."
        yield Problem("F020", "wrong_name", message, field="id", fix=FIX if location.kind == "flag" else "")
    target = document.fields.get("target_agent", "")
    if location.kind == "flag" and (target is None or (isinstance(target, str) and is_handle(target))):
        folder = folder_of(target)
        if folder != location.folder:
            message = f"The flag is for {name_target(target)} and lies in {location.folder}/."
            yield Problem("F020", "wrong_folder", message, field="target_agent", fix=FIX)


def check_stray(path: str, data: bytes) -> Iterable[Problem]:
    """Report stray files; of a flag written by hand also what it lacks to be accepted."""
    if is_lookalike(path):
        yield _lookalike(path)
        return
    if path.endswith(".tmp"):
        message = "A command that was stopped while it wrote left this file; nothing reads it."
        yield Problem("F026", "stray_file", message, level="warning", path=path, fix="flaggit doctor --fix")
        return
    if not path.endswith((SUFFIX, ".yml")):
        message = "Nothing of flaggit's is kept here under this name; nobody will see it."
        yield Problem("F026", "stray_file", message, level="warning", path=path, fix="Move it out of .flags/.")
        return
    message = "The file does not lie where flags, completions, notes or the catalog lie; nobody will see it."
    fix = f"{FIX} {shell_word(path)}" if _is_mendable(data) else ""
    if path.startswith(CATALOG.removesuffix("yaml")):
        fix = f"The catalog is {CATALOG} and {CATALOG_FOLDER}/*{SUFFIX}: give the file such a name."
    yield Problem("F026", "stray_file", message, path=path, fix=fix)
    try:
        fields = parse_document(data).document
    except CodecError as error:
        yield _unreadable(path, error, "", data)
        return
    missing = [key for key in HAND_WRITTEN if key not in fields]
    if len(missing) < len(HAND_WRITTEN):
        for key in missing:
            yield Problem("F002", "missing_field", f"{key} is missing.", path=path)


def _check_settings(path: str, data: bytes) -> Iterable[Problem]:
    from flaggit.documents.settings import find_faults, load_settings

    if len(data) > FLAG_LIMIT:
        return [Problem("F029", "too_large", f"The settings are larger than {FLAG_LIMIT:,} bytes.", path=path)]
    try:
        values, lines = load_settings(data)
    except CodecError as error:
        return [replace(_unreadable(path, error, ""), rule="F029")]
    faults = [(name, message, "error") for name, message in find_faults(values)]
    if values.get(_LOCAL_SETTING):  # what a remote is called is each clone's own matter
        faults.append((_LOCAL_SETTING, f"{_LOCAL_SETTING} counts in git config only", "warning"))
    return [
        Problem(
            "F029",
            "bad_settings",
            f"{message}.",
            level=level,
            path=path,
            line=lines.get(name.partition(".")[0], 0),
            field=name,
            fix=f"git config flaggit.{name} NAME" if name == _LOCAL_SETTING else "",
        )
        for name, message, level in faults
    ]


def _only_new_texts(
    problems: list[Problem], is_completed: Callable[[str], bool], fresh: Collection[str] | None
) -> list[Problem]:
    """Leave out what is judged of new texts only: where it is not known which are new, completed flags are old."""

    def is_old(problem: Problem) -> bool:
        if fresh is None:
            return any(map(is_completed, problem.ids[:1]))
        return problem.path not in fresh

    return [problem for problem in problems if problem.code not in _OF_NEW_TEXTS or not is_old(problem)]
