"""Malformed input by the hundred thousand: sound files with something wrong in them, and grammars gone wild."""

from __future__ import annotations

import random
import time
from pathlib import Path

from torture.case import AGENTS, CATALOG, Campaign, completion_bytes, flag_bytes
from torture.targets import TARGETS
from torture.warm import PROJECT

_EACH = 500  # inputs of one case
_SLOW = 5.0  # seconds that no input may take, however busy the machine
_PIECES = (
    *(b"&a [*a]", b"!!python/object:os.system", b"<<: *x", b"? ", b"- ", b": ", b"{", b"}", b"[", b"]", b"|-", b">+\n"),
    *(
        b'"',
        b"'",
        b"\\x",
        b"\\u0000",
        b"\\ud83d",
        b"#",
        b"---\n",
        b"...\n",
        b"%YAML 1.1\n",
        b"\t",
        b"\r\n",
        b"\x00",
        b"\x1b[2J",
    ),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xae",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"9" * 5000,
        b"-1",
        b"1e400",
        b"0x1f",
        b"12:30:45",
    ),
    *(
        b"no",
        b"~",
        b".inf",
        b"2026-99-99",
        b"<<<<<<< ours\n",
        b"=======\n",
        b"Completes-Flag: ",
        b"Lock-Tenure: ",
        b"Lock-Pattern: ",
    ),
    *(
        b"**/",
        b"*" * 40,
        b"[a-",
        b"!(x)",
        b"\\",
        b"../../",
        b"@a.b ",
        b"@" * 70,
        b"$(id)",
        b"`id`",
        b"${{ x }}",
        b"::set-output::",
    ),
)
_LOCK = b"""\
Lock k7m2q0x for @backend.api [skip ci]

Lock-Flag: k7m2q0x
Lock-Holder: @backend.api
Lock-Instance: i
Lock-Tenure: t
Lock-Nonce: n
Lock-Acquired: 2026-11-23T14:00:00Z
Lock-Expires: 2026-11-23T16:00:00Z
"""
_SEEDS = (
    flag_bytes("k7m2q0x", AGENTS[0], AGENTS[1], related_files=["src/a.ts"], context='{"a": [1, 2]}'),
    completion_bytes("k7m2q0x", AGENTS[1], notes="Done."),
    CATALOG.encode(),
    b'schema: 1\nquality: warn\nlock:\n  ttl: 2h\ninterfaces: ["*.proto"]\n',
    b"Subject\n\nBody of it.\n\nCompletes-Flag: k7m2q0x\nCo-authored-by: A <a@b>\n",
    b"src/**/*.py\n/src/*\nsrc/a/b.py",
    _LOCK,
    b"*.js @web\n/docs/ docs@example.org\n[Section][2] @a @b\n",
    b"---\nname: api\ndescription: Builds it.\ntools: [Read]\n---\nYou are an agent.\n",
    b"ref: refs/heads/main\n%%" + b"5" * 40 + b" refs/heads/main\n^" + b"6" * 40 + b"\n%%" + b"7" * 40 + b"\n%%",
    b"f\nx%%l\n../../etc%%rdone/k7m2q0x.yaml\nschema: 1\n%%r\nschema: 1\nagents: {}\n%%d\n%%r.Flags\n",
    b'{"id": "bd-1", "title": "x", "status": "open", "priority": 1, "created_at": "2026-01-01T00:00:00Z"}\n',
)


def mangle(chance: random.Random) -> bytes:
    """Return a sound file with a few things wrong in it."""
    data = bytearray(chance.choice(_SEEDS))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0:
            data[at:at] = chance.choice(_PIECES)
        elif kind == 1:
            del data[at : at + chance.choice((1, 1, 4, 40))]
        elif kind == 2 and data:
            data[at % len(data)] = chance.randrange(256)
        elif kind == 3:
            end = min(len(data), at + chance.randrange(80))
            data[at:at] = data[at:end] * chance.choice((1, 2, 30))
        elif kind == 4:
            data[at:at] = bytes(chance.randrange(32, 127) for _ in range(chance.randrange(20)))
        elif kind == 5:
            other = chance.choice(_SEEDS)
            data[at:at] = other[: chance.randrange(len(other))]
        else:
            data[at:at] = chance.choice((b"[", b"{a: ", b"- ", b"  ")) * chance.choice((3, 9, 600))
    return bytes(data[:70_000])


def feed(chance: random.Random, folder: Path) -> str:
    """Feed malformed input to everything that reads text by strangers."""
    for _ in range(_EACH):
        data = mangle(chance)
        name = chance.choice(sorted(TARGETS))
        begun = time.process_time()
        try:
            TARGETS[name](data)
        except Exception as error:  # noqa: BLE001 - any that is not the reader's own is what is looked for
            return f"{name} of {data!r:.2000}: {type(error).__name__}: {error!s:.500}"
        if time.process_time() - begun > _SLOW:
            return f"{name} of {data!r:.2000} took {time.process_time() - begun:.1f} s"
    return ""


def suite(chance: random.Random, folder: Path) -> str:
    """Feed what regressions were found with, and every example of a wrong file that the project publishes."""
    for path in sorted((PROJECT / "schemas" / "examples").rglob("*.yaml")):
        for name in ("document", "value", "check", "catalog", "settings"):
            TARGETS[name](path.read_bytes())
    return ""


CAMPAIGNS = (
    Campaign("input", "findings or the reader's own error, in bounded time", feed, 24, 2000, "inputs", _EACH),
    Campaign("examples", "as input", suite, 1, 1),
)
