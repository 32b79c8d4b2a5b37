"""What is read of a lock is what would be written of it: whoever marks another's lock changes nothing else in it."""

from __future__ import annotations

import pytest

from flaggit.clone.lock_message import PATHS, format_message, parse_message
from flaggit.core.model import Lock
from flaggit.locks.path_list import format_list, parse_list

LONG = "9" * 5000
SINCE, UNTIL = "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z"


@pytest.mark.parametrize("field", ["instance", "tenure", "nonce", "reason", "worktree", "done_on"])
@pytest.mark.parametrize("value", [LONG, "a  b", " a ", "a\tb"])
def test_a_lock_is_read_as_it_is_written(field: str, value: str) -> None:
    lines = {"instance": "i", "tenure": "t", "nonce": "n", field: value}
    names = {"done_on": "Done-On"}
    text = "".join(f"Lock-{names.get(name, name.capitalize())}: {text}\n" for name, text in lines.items())
    text += f"Lock-Flag: k7m2q0x\nLock-Holder: @backend.api\nLock-Acquired: {SINCE}\nLock-Expires: {UNTIL}\n"
    lock = parse_message(text, flag_id="k7m2q0x", oid="1" * 40, scope="shared")
    assert lock.holder or " " in value or "\t" in value
    if lock.holder:
        assert parse_message(format_message(lock), flag_id="k7m2q0x", oid="1" * 40, scope="shared") == lock


def test_so_is_a_list_of_paths() -> None:
    entry = Lock(PATHS, "@backend.api", "i", LONG, SINCE, UNTIL, nonce="n", patterns=("/api/",))
    text = format_list([entry], "n").replace(LONG[:400], LONG)
    found = parse_list(text, "shared")
    assert len(found) == 1 and parse_list(format_list(found, "n"), "shared") == found
