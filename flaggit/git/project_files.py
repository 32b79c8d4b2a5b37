"""Files of the project that other programs read: reached through links that stay in the work tree, rights kept."""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.git.files import NotRegularError, add_file, read_file, replace_file

_LIMIT = 1024 * 1024


def locate(root: str, path: str) -> str:
    """Return where the file at ``path`` below the work tree's root really is, links followed.

    Raises:
        UnavailableError: ``unreadable``, where a link leads out of the work tree, into the git directory or nowhere.
    """
    top = os.path.realpath(root)
    full = os.path.join(top, path)
    real = os.path.realpath(full)
    inside = os.path.relpath(real, top).replace(os.sep, "/")
    if inside in ("..", ".git") or inside.startswith(("../", ".git/", ".flags/")):
        raise _unusable(path, "is reached through a symbolic link that leads out of the work tree")
    if os.path.islink(full) and not os.path.exists(real):
        raise _unusable(path, "is a symbolic link to a file that does not exist")
    return real


def read_text(root: str, path: str) -> str | None:
    """Return a file's text, line ends as they are; None where there is no file.

    Raises:
        UnavailableError: ``unreadable``, as in ``locate``, or where it is no regular file, too large or not UTF-8.
    """
    try:
        data = read_file(locate(root, path), _LIMIT)
        if len(data) > _LIMIT:
            raise _unusable(path, f"is larger than {_LIMIT:,} bytes")
        return data.decode("utf-8")
    except FileNotFoundError:
        return None
    except NotRegularError as error:
        raise _unusable(path, str(error)) from None
    except UnicodeError:
        raise _unusable(path, "is not UTF-8 text") from None
    except OSError as error:
        raise UnavailableError("unreadable", f"{path} cannot be read: {error.strerror}.") from None


def write_text(root: str, path: str, text: str | None, *, expected: str | None) -> None:
    """Write a file that holds ``expected`` anew; mode, owner and links stay.

    Args:
        root: The work tree's root.
        path: The file, relative to it.
        text: What it is to hold; None removes it, and the folders below the root in which nothing else is left.
        expected: What it holds now; None: it does not exist.

    Raises:
        ConflictError: ``changed_meanwhile``, where it holds something else.
        UnavailableError: ``unreadable``, where it cannot be written.
    """
    place = locate(root, path)
    if text is None:
        os.unlink(place)
        folder, top = os.path.dirname(place), os.path.realpath(root)
        while folder != top and not os.listdir(folder):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    elif expected is None:
        if not add_file(place, text.encode()):
            replace_file(place, text.encode(), expected=b"")
    else:
        replace_file(place, text.encode(), expected=expected.encode())


def _unusable(path: str, reason: str) -> UnavailableError:
    return UnavailableError("unreadable", f"{path} {reason}.", hint="Nothing was written.")
