"""Why a lock was let go by force, kept in this clone until its holder hears of it or its time is over.

A lock that is let go leaves nothing behind in git: its ref is deleted, and the ref's log with it.
"""

from __future__ import annotations

import os

from flaggit.core.errors import FlaggitError
from flaggit.core.ids import is_flag_id
from flaggit.core.times import is_time, parse_time
from flaggit.git.files import replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo


def keep_word(repo: Repo, lock: Lock, word: str, now: int) -> bool:
    """Keep why a lock was taken from its holder; tell whether that went well, since the lock is free already."""
    folder = _folder(repo)
    text = f"{lock.tenure}\n{lock.expires}\n{word}\n"
    try:
        os.makedirs(folder, exist_ok=True)
        _forget_old(repo, folder, now)
        replace_file(os.path.join(folder, lock.flag_id), text.encode("utf-8", "replace"))
    except (FlaggitError, OSError):
        return False
    return True


def find_word(repo: Repo, lock: Lock) -> str:
    """Return why this lock was let go by force, as far as this clone knows; nothing where it does not."""
    tenure, _, word = _read(os.path.join(_folder(repo), lock.flag_id))
    return word if tenure == lock.tenure else ""


def forget_word(repo: Repo, flag_id: str) -> None:
    """Forget why a flag's lock was let go."""
    try:
        os.unlink(os.path.join(_folder(repo), flag_id))
    except OSError:  # another process forgot it already
        return


def _forget_old(repo: Repo, folder: str, now: int) -> None:
    """Forget what nobody asks for any more; what another process is writing just now stays."""
    for name in filter(is_flag_id, os.listdir(folder)):
        _, expires, _ = _read(os.path.join(folder, name))
        if not is_time(expires) or parse_time(expires) <= now:
            forget_word(repo, name)


def _folder(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "freed")


def _read(path: str) -> tuple[str, str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            tenure, expires, word, *_ = [*file.read(4096).split("\n"), "", "", ""]
    except OSError:
        return "", "", ""
    return tenure, expires, word
