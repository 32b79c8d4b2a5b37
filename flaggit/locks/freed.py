"""Why a lock was let go by force, kept in this clone until its holder hears of it or its time is over.

A lock that is let go leaves nothing behind in git: its ref is deleted, and the ref's log with it.
"""

from __future__ import annotations

import os

from flaggit.files import replace_file
from flaggit.times import is_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.model import Lock
    from flaggit.repo import Repo


def keep_word(repo: Repo, lock: Lock, word: str, now: int) -> None:
    """Keep why a lock was taken from its holder; forget what nobody asks for any more."""
    folder = _folder(repo)
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        _, expires, _ = _read(os.path.join(folder, name))
        if not is_time(expires) or parse_time(expires) <= now:
            forget_word(repo, name)
    text = f"{lock.tenure}\n{lock.expires}\n{word}\n"
    replace_file(os.path.join(folder, lock.flag_id), text.encode("utf-8", "replace"))


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


def _folder(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "freed")


def _read(path: str) -> tuple[str, str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            tenure, expires, word, *_ = [*file.read(4096).split("\n"), "", "", ""]
    except OSError:
        return "", "", ""
    return tenure, expires, word
