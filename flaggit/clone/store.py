"""One worktree's ``.flags/`` on disk: adds files, edits texts, reads what is there."""

from __future__ import annotations

import os
from stat import S_ISDIR

from flaggit.clone.journal import note_written, read_written
from flaggit.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from flaggit.core.layout import (
    CATALOG,
    CATALOG_FOLDER,
    EDITORS,
    KEEP,
    STORE,
    SUFFIX,
    completion_path,
    flag_path,
    note_path,
)
from flaggit.core.model import Completion, Flag, completion_document, flag_document, note_document
from flaggit.documents.canonical import dump_document
from flaggit.documents.codec import CATALOG_LIMIT, FLAG_LIMIT, CodecError
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.files import Incoming, NotRegularError, add_file, flush_disk, only_there, read_file, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flaggit.core.model import Note, Problem
    from flaggit.git.repo import Repo

_MAX_DEPTH = 3  # .flags/<folder>/<file>, and .flags/.schema


class Store:
    """The store of one worktree. Paths are relative to the worktree's root, with ``/``.

    Args:
        repo: The repository.
        root: The worktree's root; None takes the repository's own.
    """

    __slots__ = ("_before", "_repo", "root")

    def __init__(self, repo: Repo, root: str | None = None) -> None:
        self._repo = repo
        self._before: dict[str, bytes | None] = {}  # what was changed and is not staged yet: path -> as it was
        self.root = repo.root if root is None else root

    def exists(self) -> bool:
        """Return whether there is a ``.flags/`` folder here; a link in its place is never followed."""
        return self.root is not None and _is_folder(os.path.join(self.root, STORE))

    def require(self) -> None:
        """Raise UnavailableError ``no_store`` (or ``bare_repository``) where there is no ``.flags/`` here."""
        root = self.root or self._repo.get_root()
        if not self.exists() and not self._is_left_out():
            raise UnavailableError(
                "no_store",
                f"There is no {STORE}/ in {root}.",
                hint="`flaggit init` makes it; a clone of a set-up one has it.",
            )

    def check_place(self) -> None:
        """Refuse to make a store where something else than a folder has its name.

        Raises:
            UnavailableError: ``unreadable``.
        """
        place = os.path.join(self.root or self._repo.get_root(), STORE)
        if os.path.exists(place) and not os.path.isdir(place):
            raise UnavailableError(
                "unreadable",
                f"{place} is a file, and flags are kept in a folder of that name.",
                hint="Move it away, then: flaggit init",
            )

    def _serves_editors(self) -> bool:
        """Return whether the store has schemas for editors, which every new file then names."""
        return self.root is not None and _is_folder(os.path.join(self.root, STORE, EDITORS))

    def add_flag(self, flag: Flag, *, own: bool = True) -> str:
        """Write a new flag and return its path.

        Args:
            flag: The flag.
            own: The words are those of whoever calls, and not handed on from another flag.

        Raises:
            FileExistsError: The id is taken here.
            UnavailableError: ``no_store`` or ``unreadable``.
        """
        path, data = _file_of(flag, for_editors=self._serves_editors())
        self._add(path, data)
        if own:
            note_written(self._repo, data)
        return path

    def add_completion(self, completion: Completion) -> str:
        """Write a completion and return its path. Raises FileExistsError where the flag is completed here."""
        return self._add(*_file_of(completion, for_editors=self._serves_editors()))

    def add_note(self, note: Note) -> str:
        """Write a note and return its path. Raises FileExistsError where the name is taken."""
        return self._add(*_file_of(note, for_editors=self._serves_editors()))

    def add_all(self, values: Iterable[Flag | Completion | Note], step: Callable[[], None]) -> list[str]:
        """Write many new files, all or none, and return their paths; ``step`` is called after each.

        They reach the disk together, since waiting for each of thousands takes minutes.

        Raises:
            ConflictError: ``changed_meanwhile``, where one of them appeared while the others were written.
            UnavailableError: ``no_store`` or ``unreadable``.
        """
        self.require()
        for_editors = self._serves_editors()
        written: list[str] = []
        with Incoming(self._repo.state_dir) as incoming:
            try:
                prepared = []
                for value in values:
                    path, data = _file_of(value, for_editors=for_editors)
                    prepared.append((incoming.write(data), path))
                    step()
                flush_disk()
                for source, path in prepared:
                    if not incoming.place(source, self.locate(path)):
                        raise ConflictError(
                            "changed_meanwhile", f"{path} appeared meanwhile; nothing was written.", hint="Try again."
                        )
                    self._before.setdefault(path, None)
                    written.append(path)
                flush_disk()
            except BaseException:
                self.take_back()
                raise
        return written

    def stage(self, paths: Iterable[str], removed: Iterable[str] = ()) -> None:
        """Stage what was written and what was taken away; where git refuses, the files are as they were.

        Args:
            paths: Written since the last call.
            removed: Taken away since.

        Raises:
            UnavailableError: ``git_failed``.
        """
        from flaggit.git.staging import StagingError, stage, unstage

        try:
            stage(self._repo, paths)
            unstage(self._repo, removed)
        except StagingError as error:
            self.take_back()
            raise UnavailableError(
                error.code, f"Nothing was changed, since git could not stage it: {error.reason}", hint=error.advice
            ) from None
        except BaseException:  # git may have staged it, and its word did not reach us
            changed = list(self._before)
            self.take_back()
            stage(self._repo, changed)
            raise
        self._before.clear()

    def put(self, path: str, data: bytes, *, expected: bytes | None) -> None:
        """Write a whole file; ``expected`` is what it holds, None where it is new.

        Raises:
            ConflictError: ``changed_meanwhile``.
            UnavailableError: ``unreadable``.
        """
        if expected is not None:
            replace_file(self.locate(path), data, expected=expected)
        elif not add_file(self.locate(path), data):
            raise ConflictError(
                "changed_meanwhile", f"{path} came into being while the command ran.", hint="Try again."
            )
        self._before.setdefault(path, expected)

    def edit_flag(self, path: str, changes: Mapping[str, object]) -> bytes:
        """Change fields of a flag's file, every other byte left alone; return the file's new bytes.

        Raises:
            ConflictError: ``changed_meanwhile``.
            InvalidError: ``invalid``, where the file cannot be taken apart by field.
            NotFoundError: ``unknown_file``.
        """
        from flaggit.documents.splice import edit_document

        before = self.read_bytes(path)
        try:
            after = edit_document(before, changes)
        except CodecError as error:
            raise InvalidError(
                "invalid", f"{path} {error.message}.", hint="Edit the file itself, then look with `flaggit check`."
            ) from None
        if after != before:
            self.put(path, after, expected=before)
            if before in read_written(self._repo):  # what a stranger wrote stays a stranger's
                note_written(self._repo, after)
        return after

    def remove(self, *paths: str) -> list[str]:
        """Remove files of the store and return the paths of what takes their place.

        An emptied folder keeps ``.keep``: git would take it for renamed and move other branches' files.
        """
        for path in paths:
            self._before.setdefault(path, _read_whole(self.locate(path)))
            os.unlink(self.locate(path))
        folders = dict.fromkeys(path.rpartition("/")[0] for path in paths)
        kept = [f"{folder}/{KEEP}" for folder in folders if not os.listdir(self.locate(folder))]
        for path in kept:
            add_file(self.locate(path), b"")
            self._before.setdefault(path, None)
        return kept

    def discard(self, path: str) -> None:
        """Remove a file that no commit holds, and its folder where that is empty then."""
        full = self.locate(path)
        self._before.setdefault(path, _read_whole(full))
        os.unlink(full)
        if not os.listdir(os.path.dirname(full)):
            os.rmdir(os.path.dirname(full))

    def read_flag(self, path: str) -> Flag | Completion | Note:
        """Return the value in a file. Raises BrokenFileError, or NotFoundError ``unknown_file``."""
        return read_value(path, self.read_bytes(path))

    def read_bytes(self, path: str, limit: int = FLAG_LIMIT) -> bytes:
        """Return a file's bytes.

        Raises:
            BrokenFileError: It is a link or no regular file.
            NotFoundError: ``unknown_file``, where it does not exist.
        """
        try:
            return read_file(self.locate(path), limit)
        except FileNotFoundError:
            raise NotFoundError("unknown_file", f"{path} does not exist.") from None
        except NotRegularError as error:
            raise BrokenFileError(path, "not_regular", str(error), fix=f"Look at {path} yourself.") from None
        except OSError as error:
            raise BrokenFileError(path, "unreadable", f"cannot be read: {error.strerror}") from None

    def iter_paths(self) -> Iterator[str]:
        """Yield the path of everything in the store that is not a folder, sorted within each folder.

        Raises:
            UnavailableError: ``unreadable``.
        """
        if self.exists():
            yield from self._iter_folder(STORE, 1)

    def list_names(self, folder: str) -> list[str]:
        """Return the stems of the ``.yaml`` files in a folder of the store, unsorted; nothing where it is absent.

        Raises:
            UnavailableError: ``unreadable``.
        """
        path = self.locate(f"{STORE}/{folder}")
        try:
            names = os.listdir(path) if _is_folder(path) else []
        except FileNotFoundError:  # removed meanwhile
            return []
        except OSError as error:
            raise _unreadable(path, error) from error
        return [name[: -len(SUFFIX)] for name in names if name.endswith(SUFFIX)]

    def only_existing(self, folder: str, stems: Iterable[str]) -> set[str]:
        """Return those of ``stems`` that have a file in a folder, asked for one by one. Raises as ``list_names``."""
        path = self.locate(f"{STORE}/{folder}")
        try:
            return only_there(path, stems, SUFFIX)
        except OSError as error:
            raise _unreadable(path, error) from error

    def stray_catalog_files(self) -> list[str]:
        """Return the paths of what was meant for the catalog by its name, and is not read: ``catalog.d/api.yml``."""
        near = f"{CATALOG.removesuffix(SUFFIX)}.yml"
        beside = [near] if os.path.isfile(self.locate(near)) else []
        inside = self._iter_folder(CATALOG_FOLDER, 2) if _is_folder(self.locate(CATALOG_FOLDER)) else ()
        read = {f"{CATALOG_FOLDER}/{name}{SUFFIX}" for name in self.list_names(CATALOG_FOLDER.partition("/")[2])}
        return [path for path in (*beside, *inside) if path not in read and path.endswith((SUFFIX, ".yml"))]

    def list_folders(self) -> list[str]:
        """Return the names of the store's folders, sorted; a link is no folder. Raises as ``list_names``."""
        if not self.exists():
            return []
        try:
            with os.scandir(self.locate(STORE)) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.locate(STORE), error) from error

    def read_catalog_files(self) -> list[tuple[str, bytes]]:
        """Return path and bytes of each catalog file; one that cannot be read is left out.

        Where a sparse checkout leaves the store out, HEAD's catalog counts, as HEAD's flags do.
        """
        files, faults = self._read_catalog()
        if not files and not faults and self._is_left_out():
            from flaggit.clone.trees import read_catalog_files_at

            return read_catalog_files_at(self._repo, "HEAD")
        return files

    def unreadable_catalog_files(self) -> list[Problem]:
        """Return a finding for each catalog file that is there and cannot be read: a link, a folder, without rights."""
        return self._read_catalog()[1]

    def _read_catalog(self) -> tuple[list[tuple[str, bytes]], list[Problem]]:
        names = sorted(self.list_names(CATALOG_FOLDER.partition("/")[2]))
        files, faults = [], []
        for path in (CATALOG, *(f"{CATALOG_FOLDER}/{name}{SUFFIX}" for name in names)):
            try:
                files.append((path, self.read_bytes(path, CATALOG_LIMIT)))
            except NotFoundError:
                continue
            except BrokenFileError as error:
                faults.append(error.problem)
        return files, faults

    def locate(self, path: str) -> str:
        """Return the absolute path of a file of this worktree."""
        return os.path.join(self.root or self._repo.get_root(), path)

    def _is_left_out(self) -> bool:
        """Return whether HEAD has a store that a sparse checkout leaves out; writing to it then is fine."""
        sparse = os.path.exists(os.path.join(self._repo.git_dir, "info", "sparse-checkout"))
        return sparse and self._repo.has_in_head(STORE)

    def _add(self, path: str, data: bytes) -> str:
        self.require()
        if not add_file(self.locate(path), data):
            raise FileExistsError(path)
        self._before.setdefault(path, None)
        return path

    def take_back(self) -> None:
        """Put back what was changed since the last staging: nothing is left half done."""
        for path, data in self._before.items():
            full = self.locate(path)
            if data is not None:
                replace_file(full, data)
            elif os.path.lexists(full):
                os.unlink(full)
                if not os.listdir(os.path.dirname(full)):
                    os.rmdir(os.path.dirname(full))
        self._before.clear()

    def _iter_folder(self, folder: str, depth: int) -> Iterator[str]:
        try:
            with os.scandir(self.locate(folder)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(self.locate(folder), error) from error
        for entry in entries:
            path = f"{folder}/{entry.name}"
            if entry.is_dir(follow_symlinks=False) and depth < _MAX_DEPTH:
                yield from self._iter_folder(path, depth + 1)
            else:
                yield path


def _unreadable(path: str, error: OSError) -> UnavailableError:
    return UnavailableError("unreadable", f"{path} cannot be read: {error.strerror}.", hint="Check its rights.")


def _file_of(value: Flag | Completion | Note, *, for_editors: bool) -> tuple[str, bytes]:
    if isinstance(value, Flag):
        return flag_path(value), dump_document("flag", flag_document(value), for_editors=for_editors)
    if isinstance(value, Completion):
        document = completion_document(value)
        return completion_path(value.id), dump_document("completion", document, for_editors=for_editors)
    return note_path(value), dump_document("note", note_document(value), for_editors=for_editors)


def _read_whole(path: str) -> bytes | None:
    """Return the bytes of a file, to be put back; None where it is not there. Raises OSError."""
    try:
        return read_file(path, CATALOG_LIMIT)
    except FileNotFoundError:
        return None


def _is_folder(path: str) -> bool:
    """Return whether a folder lies there, and not a link to one. Raises UnavailableError ``unreadable``."""
    try:
        return S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:  # what cannot be seen is not absent
        raise _unreadable(path, error) from None
