"""Files of the store: read without following links or waiting, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat

from flaggit.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from flaggit.git.gitdir import git_dir_around, git_dir_of, shared_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Data = bytes | Iterable[bytes]

_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # opening a FIFO must not wait for its other end
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_SCRATCH = "flaggit"  # in the git directory


class NotRegularError(OSError):
    """What lies at a path is no regular file (a link, a FIFO, a folder, a device)."""


def read_file(path: str, limit: int) -> bytes:
    """Return the bytes of a regular file, at most ``limit`` + 1 of them (one more tells that it is too large).

    Raises:
        NotRegularError: It is a link, a FIFO, a folder or a device.
        OSError: It cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | _NOFOLLOW | _NONBLOCK | _BINARY)
    except OSError as error:
        if os.path.islink(path):
            raise NotRegularError("is a symbolic link") from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegularError("is not a regular file")
        data = b""
        while len(data) <= limit:
            wanted = min(status.st_size + 1, limit + 1 - len(data))
            chunk = os.read(descriptor, wanted)
            data += chunk
            if len(chunk) < wanted:  # a regular file that gives less is at its end
                break
        return data
    finally:
        os.close(descriptor)


def only_there(folder: str, stems: Iterable[str], suffix: str) -> set[str]:
    """Return those of ``stems`` that have a file in a folder, whatever it is; none where that is a link itself.

    Raises:
        OSError: The folder is there and may not be read.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | _NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link, as some systems tell it
            return set()
        raise
    try:
        return {stem for stem in stems if _is_there(stem + suffix, descriptor)}
    finally:
        os.close(descriptor)


def _is_there(name: str, folder: int) -> bool:
    if os.access(name, os.F_OK, dir_fd=folder):  # half the price of a look at its status
        return True
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)  # a link that leads nowhere
    except FileNotFoundError:
        return False
    return True


def add_file(path: str, data: Data, *, durable: bool = True) -> bool:
    """Write a new file whole; tell whether it was new. An existing file stays as it is.

    The bytes go to a temporary file out of sight, reach the disk, and get their name by a
    hard link, which fails where the name is taken: no reader ever sees half a file.

    Args:
        path: The file.
        data: What it is to hold, whole or bit by bit.
        durable: False: the caller brings many files to the disk at once, with ``flush_disk``.

    Raises:
        UnavailableError: ``unreadable``, where the folder cannot be written.
    """
    temporary = _write_temporary(path, data, durable=durable)
    is_new = False
    try:
        is_new = _name(temporary, path, durable=durable)
        if durable and is_new:
            _sync_folder(os.path.dirname(path))
    except BaseException:
        if is_new:
            os.unlink(path)
        raise
    finally:
        try:  # noqa: SIM105 - contextlib costs a hot command too much
            os.unlink(temporary)
        except OSError:  # what is left out of sight is no reason to fail; ``doctor`` finds it
            pass
    return is_new


def _name(temporary: str, path: str, *, durable: bool) -> bool:
    """Give a written file a name that is free; tell whether it was."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # another file system, or one without hard links
        data = read_file(temporary, os.path.getsize(temporary))
        added = _add_unnamed(path, data, durable=durable)
        return _add_by_name(path, data) if added is None else added
    return True


def append_line(path: str, line: bytes) -> None:
    """Add a line to a file that is there, in one write: no other process's line is lost.

    Raises:
        UnavailableError: ``unreadable``, where it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | _NOFOLLOW | _BINARY)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unwritable(path, error) from error


class Incoming:
    """Many new files: written out of sight first, then given their names within moments.

    Files cannot appear together, and a process can be killed at any time: the long part leaves
    nothing in the store then, and a folder that stays behind tells that the short one may be half done.
    Leaving the ``with`` block removes what was written out of sight.

    Args:
        parent: Where the folder is made, on the store's file system.
    """

    PREFIX = "incoming-"

    def __init__(self, parent: str) -> None:
        self.folder = os.path.join(parent, f"{self.PREFIX}{os.getpid()}-{os.urandom(4).hex()}")
        self._count = 0

    def __enter__(self) -> Incoming:
        try:
            make_state_folder(os.path.dirname(self.folder))
            os.mkdir(self.folder)
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, data: bytes) -> str:
        """Write a file out of sight and return its path there. Raises UnavailableError ``unreadable``."""
        path = os.path.join(self.folder, str(self._count))
        self._count += 1
        try:
            _write_whole(path, data, durable=False)
        except OSError as error:
            raise _unwritable(path, error) from error
        return path

    def place(self, source: str, path: str) -> bool:
        """Give a written file its name as ``add_file`` does; tell whether the name was free."""
        try:
            _make_folder(os.path.dirname(path))
            os.link(source, path)
        except OSError:  # taken, no folder, another file system: told apart by writing it the other way
            return not os.path.lexists(path) and add_file(
                path, read_file(source, os.path.getsize(source)), durable=False
            )
        return True


def flush_disk() -> None:
    """Wait until everything that was written has reached the disk, where the system can."""
    if hasattr(os, "sync"):
        os.sync()


def locate_output(path: str) -> str:
    """Return where the file is to be made that somebody asked for at ``path``, links of its folder followed.

    Raises:
        NotFoundError: ``unknown_file``, where its folder does not exist.
        InvalidError: ``usage``, where it is a folder itself.
    """
    folder = os.path.realpath(os.path.dirname(path) or ".")
    full = os.path.join(folder, os.path.basename(path))
    if not os.path.isdir(folder):
        raise NotFoundError("unknown_file", f"There is no folder {folder}.")
    if os.path.isdir(full):
        raise InvalidError("usage", f"{path} is a folder.")
    return full


def replace_file(path: str, data: Data, *, expected: bytes | None = None, durable: bool = True) -> None:
    """Replace a file's content at once.

    Args:
        path: The file.
        data: What it is to hold, whole or bit by bit.
        expected: What it must hold now; None: whatever it holds, or nothing.
        durable: False: it is not worth waiting for the disk, since nobody needs it once the machine has failed.

    Raises:
        ConflictError: ``changed_meanwhile``, where it holds something else than ``expected``.
        UnavailableError: ``unreadable``, where the folder cannot be written, or a folder is in the file's place.
    """
    temporary = _write_temporary(path, data, durable=durable)
    try:
        if expected is not None and _read_or_none(path, len(expected)) != expected:
            raise ConflictError(
                "changed_meanwhile",
                f"{path} changed while the command ran; nothing was written.",
                hint="Look at the file and run the command again.",
            )
        temporary = _rename(temporary, path, durable=durable)
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError):  # a folder is in the way
            raise _unwritable(path, error) from error
        raise
    if durable:
        _sync_folder(os.path.dirname(path))


def _copy_rights(path: str, temporary: str) -> None:
    """Give a new version the mode of the file that it replaces, and its owner where that is allowed."""
    try:
        status = os.lstat(path)
    except OSError:  # a new file
        return
    if not stat.S_ISREG(status.st_mode):
        return
    if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        try:  # noqa: SIM105 - contextlib costs a hot command too much
            os.chown(temporary, status.st_uid, status.st_gid)
        except OSError:
            pass
    os.chmod(temporary, stat.S_IMODE(status.st_mode))


def _rename(temporary: str, path: str, *, durable: bool) -> str:
    """Put a written file in another's place; from another file system a copy, named beside it for a moment."""
    try:
        os.replace(temporary, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = _write_in(os.path.dirname(path), path, read_file(temporary, os.path.getsize(temporary)), durable=durable)
        os.unlink(temporary)
        temporary = copy
        os.replace(temporary, path)
    return temporary


def _read_or_none(path: str, limit: int) -> bytes | None:
    try:
        return read_file(path, limit)
    except OSError:
        return None


def _write_temporary(path: str, data: Data, *, durable: bool = True) -> str:
    """Write a file that is to get its name at ``path``, and return where: out of sight of ``git add`` where it can be.

    Rights are those of the file that it replaces, else what the umask and, in a git directory, the repository give.
    """
    folder = os.path.dirname(path)
    try:
        _make_folder(folder)
        return _write_in(find_scratch(folder), path, data, durable=durable)
    except OSError as error:
        raise _unwritable(path, error) from error


def _write_in(scratch: str, path: str, data: Data, *, durable: bool) -> str:
    temporary = os.path.join(scratch, f".{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        _write_whole(temporary, data, durable=durable)
        _copy_rights(path, temporary)
        if git_dir_around(os.path.dirname(path)):
            share(temporary)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
    return temporary


def _add_unnamed(path: str, data: Data, *, durable: bool) -> bool | None:
    """Add a file that has no name before it is whole; None where the file system, or the system, cannot do so."""
    folder = os.path.dirname(path)
    try:
        descriptor = os.open(folder, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o666)
    except (OSError, AttributeError):
        return None
    try:
        _write_to(descriptor, data, durable=durable)
        # With a descriptor named, which an absolute path makes no use of, Python calls what follows the link.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        return False
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return True


def find_scratch(folder: str) -> str:
    """Return where files for a folder are written before they get their names: in the git directory of its work tree.

    There no ``git add`` of another process finds them. The folder itself, where it is in no work tree
    or nothing can be written in its git directory.
    """
    place = os.path.realpath(folder)
    while not git_dir_around(place):
        git_dir = git_dir_of(place)
        if git_dir:
            scratch = os.path.join(git_dir, _SCRATCH)
            return scratch if _is_writable(scratch) else folder
        parent = os.path.dirname(place)
        if parent == place:
            break
        place = parent
    return folder


def _is_writable(folder: str) -> bool:
    try:
        make_state_folder(folder)
    except OSError:
        return False
    return os.path.isdir(folder) and os.access(folder, os.W_OK)


def make_state_folder(folder: str) -> None:
    """Make a folder in a git directory, and those above it, with the rights that the repository gives its files.

    Raises:
        OSError: It cannot be made.
    """
    if os.path.isdir(folder):
        return
    make_state_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder)
    except FileExistsError:
        return
    share(folder)


def share(path: str) -> None:
    """Give a new file or folder of a git directory the rights that ``core.sharedRepository`` asks for; others none.

    Source: git's ``adjust_shared_perm``.
    """
    git_dir = git_dir_around(os.path.dirname(path))
    shared = shared_mode(git_dir) if git_dir else 0
    if not shared:
        return
    mode = os.lstat(path).st_mode
    tweak = abs(shared)
    if mode & stat.S_IXUSR:
        tweak |= (tweak & 0o444) >> 2
    new = tweak if shared < 0 else stat.S_IMODE(mode) | tweak
    if stat.S_ISDIR(mode) and new & 0o060:
        new |= stat.S_ISGID
    os.chmod(path, new)


def _unwritable(path: str, error: OSError) -> UnavailableError:
    return UnavailableError(
        "unreadable", f"{path} cannot be written: {error.strerror}.", hint="Check the folder's rights and space."
    )


def _make_folder(folder: str) -> None:
    """Make a folder of the store; a link in a folder's place is never followed out of the store."""
    make_state_folder(folder)
    if os.path.islink(folder):
        raise NotRegularError(0, "its folder is a symbolic link")


def _write_whole(path: str, data: Data, *, durable: bool = True) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | _BINARY, 0o666)
    try:
        _write_to(descriptor, data, durable=durable)
    finally:
        os.close(descriptor)


def _write_to(descriptor: int, data: Data, *, durable: bool) -> None:
    for part in (data,) if isinstance(data, bytes) else data:
        view = memoryview(part)
        while view:
            view = view[os.write(descriptor, view) :]
    if durable:
        os.fsync(descriptor)


def _add_by_name(path: str, data: bytes) -> bool:
    try:
        _write_whole(path, data)
    except FileExistsError:
        return False
    return True


def _sync_folder(folder: str) -> None:
    """Bring a new name to the disk, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:
        return
    for step in (os.fsync, os.close):
        try:
            step(descriptor)
        except OSError:  # the name is there, whatever becomes of it when the machine fails
            continue
