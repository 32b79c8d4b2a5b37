"""Hostile pushes at a server: whatever somebody with push rights sends, what is another's stays another's.

A case is a bare repository with a victim's flag, completion, note, lock and path lock, and a row of pushes by an agent
that is not the victim, by somebody unknown, or by honest people. Each is judged by the server's own hook, and its refs
are set only where the hook lets it pass, all or some of them, as a server may yet deny one. Then the state is judged.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from torture.case import AGENTS, CATALOG, Campaign, completion_bytes, flag_bytes, git, new_id

VICTIM, EVIL, THIRD = AGENTS
_PUSHES = 10
_HEADS = "refs/heads/"
_LOCKS = "refs/heads/flags/lock/"
_HIDDEN = "refs/flaggit/lock/"  # where locks may lie as well
_OLD_NAME = "refs/heads/master"  # of main, for which it stands
_PERSON = "x <x@example.org> 1700000000 +0000"
_NOTE = 'schema: 1\n\nauthor: "{who}"\n\ncreated_at: "2026-11-23T14:00:00Z"\n\ntext: |-\n  A remark.\n'

Update = tuple[str, str]  # ref, new object id (empty: deleted)
Claims = set[tuple[str, str]]  # path and blob


if TYPE_CHECKING:
    from flaggit.core.model import Lock


class Server:
    """A bare repository with what is the victim's in it."""

    def __init__(self, folder: Path, chance: random.Random, *, identity: bool) -> None:
        self.path = folder / "server.git"
        self.chance = chance
        self.identity = identity
        self.now = int(time.time())
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.path)], check=True)
        git(self.path, "config", "flaggit.requireIdentity", "true" if identity else "false")
        git(self.path, "config", "flaggit.integrators", THIRD)
        self.index = folder / "index"
        self.flag, self.done, self.own = new_id(chance), new_id(chance), new_id(chance)
        self.ours: Claims = set()  # path and blob of each file in the victim's name that is its own
        files: dict[str, bytes | None] = {
            ".flags/catalog.yaml": CATALOG.encode(),
            ".flags/config.yaml": b"schema: 1\nlock:\n  ttl: 2h\n",
            f".flags/team.release/{self.flag}.yaml": flag_bytes(self.flag, VICTIM, THIRD),
            f".flags/backend.api/{self.done}.yaml": flag_bytes(self.done, THIRD, VICTIM),
            f".flags/frontend.web/{self.own}.yaml": flag_bytes(self.own, VICTIM, EVIL),
            f".flags/done/{self.done}.yaml": completion_bytes(self.done, VICTIM),
            f".flags/notes/{self.flag}-20261123T140000Z-5f0c2a91.yaml": _NOTE.format(who=VICTIM).encode(),
        }
        self.put(_HEADS + "main", self.commit(files, []))
        self.lock = self.lock_commit(self.flag, VICTIM, "victim")
        self.put(_LOCKS + self.flag, self.lock)
        self.paths = self.list_commit([("/api/", VICTIM, "tp")])
        self.put(_LOCKS + "paths", self.paths)
        self.git("symbolic-ref", _OLD_NAME, _HEADS + "main")
        self.ours = self.claims()
        self.is_free_to_take = False

    # Objects

    def git(self, *words: str, input: str = "") -> str:
        return git(self.path, *words, input=input)

    def blob(self, data: bytes) -> str:
        done = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], cwd=self.path, input=data, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, files: dict[str, bytes | None], parents: list[str], base: str | None = None) -> str:
        """Store a commit whose tree is that of ``base`` (else the first parent's) with some files changed."""
        env = {**os.environ, "GIT_INDEX_FILE": str(self.index)}
        start = base or (parents[0] if parents else "")
        self.index.unlink(missing_ok=True)
        if start:
            subprocess.run(["git", "read-tree", start], cwd=self.path, env=env, check=True)
        lines = "".join(
            f"100644 {self.blob(data)}\t{path}\n" if data is not None else f"0 {'0' * 40}\t{path}\n"
            for path, data in files.items()
        )
        subprocess.run(
            ["git", "update-index", "--index-info"], cwd=self.path, env=env, input=lines.encode(), check=True
        )
        tree = subprocess.run(
            ["git", "write-tree"], cwd=self.path, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()
        return self.raw_commit(tree, parents, f"Change {self.chance.random()}")

    def raw_commit(self, tree: str, parents: list[str], message: str) -> str:
        text = f"tree {tree}\n" + "".join(f"parent {oid}\n" for oid in parents)
        text += f"author {_PERSON}\ncommitter {_PERSON}\n\n{message}\n"
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", input=text)

    def empty(self, message: str, parents: list[str]) -> str:
        return self.raw_commit(self.git("mktree"), parents, message)

    def lock_commit(self, flag_id: str, who: str, tenure: str, parent: str = "", **fields: object) -> str:
        from flaggit.clone.lock_message import format_message
        from flaggit.core.model import Lock
        from flaggit.core.record import replace
        from flaggit.core.times import format_time

        nonce = f"n{self.chance.randrange(1 << 40)}"
        lock = Lock(
            flag_id, who, f"i{who[1:3]}", tenure, format_time(self.now), format_time(self.now + 7200), nonce=nonce
        )
        return self.empty(format_message(replace(lock, **fields)).rstrip("\n"), [parent] if parent else [])

    def list_commit(self, entries: list[tuple[str, str, str]], parent: str = "", **fields: object) -> str:
        from flaggit.clone.lock_message import PATHS
        from flaggit.core.model import Lock
        from flaggit.core.record import replace
        from flaggit.core.times import format_time
        from flaggit.locks.path_list import format_list

        locks = [
            replace(
                Lock(
                    PATHS, who, f"i{who[1:3]}", tenure, format_time(self.now), format_time(self.now + 7200), nonce="n"
                ),
                patterns=(pattern,),
                **fields,
            )
            for pattern, who, tenure in entries
        ]
        nonce = f"n{self.chance.randrange(1 << 40)}"
        return self.empty(format_list(locks, nonce).rstrip("\n"), [parent] if parent else [])

    # Refs

    def put(self, ref: str, oid: str) -> None:
        self.git("update-ref", *(["-d", ref] if not oid else [ref, oid]))

    def refs(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
        return dict(line.split(" ") for line in lines if line)

    def push(self, updates: list[Update], pusher: str) -> bool:
        """Let the hook judge a push; set some of its refs where it passes. Return whether it does."""
        from flaggit.server.receive import pre_receive

        refs = self.refs()
        zero = "0" * 40
        lines = [f"{refs.get(ref, zero)} {new or zero} {ref}" for ref, new in updates]
        env = {"GIT_DIR": str(self.path), **({"FLAGGIT_PUSHER": pusher} if pusher else {})}
        status, self.said = pre_receive(lines, env, now=self.now)
        for ref, new in updates if status == 0 else ():
            is_denied = len(updates) > 1 and self.chance.random() < 0.3  # by the server, for reasons of its own
            if not is_denied and (new or ref in refs):
                self.put(ref, new)
        return status == 0

    # What has to stay

    def claims(self) -> Claims:
        """Return path and blob of every file in the victim's name on any branch."""
        found = set()
        for ref, oid in self.refs().items():
            if not ref.startswith(_HEADS) or ref.startswith(_LOCKS):
                continue
            for line in self.git("ls-tree", "-r", oid, "--", ".flags").splitlines():
                meta, _, path = line.partition("\t")
                blob = meta.split()[2]
                if path.count("/") == 2 and (path, blob) not in self.ours and self._names_victim(path, blob):
                    found.add((path, blob))
        return found

    def _names_victim(self, path: str, blob: str) -> bool:
        data = self.git("cat-file", "blob", blob)
        field = "completed_by" if "/done/" in path else "author" if "/notes/" in path else "source_agent"
        return f'{field}: "{VICTIM}"' in data

    def judge(self) -> str:
        """Return what an attacker has reached."""
        refs = self.refs()
        wrong = [
            ref for ref in refs if ref.casefold().startswith(("refs/replace/", "refs/flaggit")) or not ref.isascii()
        ]
        wrong = [ref for ref in wrong if not ref.startswith(_HIDDEN)]
        wrong += [ref for ref in refs if ref.casefold() in ("refs/heads/flags", "refs/heads/flags/lock")]
        if wrong:
            return f"the ref {wrong[0]} is there"
        if _HEADS + "main" not in refs:
            return "main is gone"
        main = refs[_HEADS + "main"]
        names = self.git("ls-tree", "-r", "--name-only", main, "--", ".flags").splitlines()
        for flag_id in (self.flag, self.own):
            if not any(f"/{flag_id}.yaml" in name for name in names):
                return f"the waiting flag {flag_id} is gone from main"
        # A flag that is completed on main needs its lock no more; where nobody has to be known anybody completes it.
        self.is_free_to_take |= f".flags/done/{self.flag}.yaml" in names
        fault = self._judge_locks(refs)
        if fault or not self.identity:
            return fault
        path = f".flags/team.release/{self.flag}.yaml"
        if path in names and f'source_agent: "{VICTIM}"' not in self.git("show", f"{main}:{path}"):
            return "the victim's flag became another's"
        forged = self.claims()
        if forged:
            return f"{min(forged)[0]} is in the victim's name, and not by it"
        if f".flags/done/{self.done}.yaml" not in names:
            return "the victim's completion is gone from main"
        return "" if self._only_own_identities(main) else "the catalog or the settings were changed"

    def _only_own_identities(self, main: str) -> bool:
        from flaggit.catalog.parsing import parse_catalog

        now = parse_catalog([("c", self.git("show", f"{main}:.flags/catalog.yaml").encode())])
        before = parse_catalog([("c", CATALOG.encode())])
        settings = self.git("show", f"{main}:.flags/config.yaml").strip() == "schema: 1\nlock:\n  ttl: 2h"
        same = all(now.agents.get(name) == before.agents[name] for name in (VICTIM, THIRD))
        marks = {identity.login for identity in now.agents[EVIL].identities} if EVIL in now.agents else {"gone"}
        return settings and same and set(now.agents) == set(before.agents) and not marks & {"api", "release", "gone"}

    def _judge_locks(self, refs: dict[str, str]) -> str:
        from flaggit.clone.lock_rules import continues, is_free, lives_too_long

        lock_at = self._lock_at
        shown = refs.get(_LOCKS + self.flag)
        before = lock_at(self.lock, self.flag)
        if shown is None:
            if self.identity:
                return "the victim's living lock is gone"
            self.is_free_to_take = (
                True  # where nobody has to be known, anybody may delete a lock, though not replace it
            )
        elif not self.is_free_to_take:
            lock = lock_at(shown, self.flag)
            if not continues(lock, before):
                return f"the victim's lock became {lock}"
            if is_free(lock, self.now) and not self.identity:  # anybody may release it, as anybody may delete it
                self.is_free_to_take = True
            elif is_free(lock, self.now):
                return f"the victim's lock was made free: {lock}"
        beside = refs.get(_HIDDEN + self.flag)
        if beside and not self.is_free_to_take and not is_free(lock_at(beside, self.flag), self.now):
            return "the victim's flag is locked below the other prefix, too"
        for ref, oid in refs.items():
            flag_id = ref.rpartition("/")[2] if ref.startswith((_LOCKS, _HIDDEN)) else "paths"
            if flag_id != "paths" and lives_too_long(lock_at(oid, flag_id), self.now):
                return f"{ref} is locked without end"
        return self._judge_paths(refs) if self.identity else ""

    def _lock_at(self, oid: str, flag_id: str) -> Lock:
        from flaggit.clone.lock_message import parse_message

        message = self.git("log", "-1", "--format=%B", oid)
        return parse_message(message, flag_id=flag_id, oid=oid, scope="shared")

    def _judge_paths(self, refs: dict[str, str]) -> str:
        from flaggit.locks.path_list import parse_list

        if _HIDDEN + "paths" in refs:
            message = self.git("log", "-1", "--format=%B", refs[_HIDDEN + "paths"])
            if any(entry.patterns[0].startswith("/api/") for entry in parse_list(message, "shared")):
                return "the victim's paths are locked below the other prefix, too"
        if _LOCKS + "paths" in refs:
            entries = parse_list(self.git("log", "-1", "--format=%B", refs.get(_LOCKS + "paths", self.paths)), "shared")
            if any(entry.tenure != "tp" and entry.patterns[0].startswith("/api/") for entry in entries):
                return "the victim's paths are locked by another, too"
            if any((entry.tenure, entry.holder, entry.patterns) == ("tp", VICTIM, ("/api/",)) for entry in entries):
                return ""
        return "the victim's locked paths are not its own any more"


class Attack(NamedTuple):
    """What an attacker may send: updates of refs, made of what the server has."""

    name: str
    make: Callable[[Server, random.Random], list[Update]]


def _branch(server: Server, chance: random.Random) -> str:
    known = [ref for ref in server.refs() if ref.startswith(_HEADS) and not ref.startswith(_LOCKS)]
    return chance.choice([*known, _HEADS + "main", f"{_HEADS}b{chance.randrange(6)}"])


def _tip(server: Server, ref: str) -> str:
    refs = server.refs()
    return refs.get(ref, refs[_HEADS + "main"])


def _forged_files(server: Server, chance: random.Random) -> dict[str, bytes | None]:
    new = new_id(chance)
    return chance.choice(
        [
            {f".flags/done/{server.own}.yaml": completion_bytes(server.own, VICTIM)},
            {f".flags/done/{server.flag}.yaml": completion_bytes(server.flag, VICTIM)},
            {f".flags/frontend.web/{new}.yaml": flag_bytes(new, VICTIM, EVIL)},
            {
                f".flags/notes/{server.flag}-20261123T150000Z-{chance.randbytes(4).hex()}.yaml": _NOTE.format(
                    who=VICTIM
                ).encode()
            },
            {
                f".flags/team.release/{server.flag}.yaml": flag_bytes(
                    server.flag,
                    VICTIM,
                    THIRD,
                    change_description="Other words in its name, long enough for all rules, and more.",
                )
            },
            {
                f".flags/frontend.web/{server.own}.yaml": None,
                f".flags/done/{server.own}.yaml": completion_bytes(
                    server.own, EVIL, resolution="superseded", superseded_by=new
                ),
                f".flags/team.release/{new}.yaml": flag_bytes(
                    new, VICTIM, THIRD, impact_level="high", chain_origin_id=server.own
                ),
            },
        ]
    )


def _destroyed_files(server: Server, chance: random.Random) -> dict[str, bytes | None]:
    return chance.choice(
        [
            {f".flags/done/{server.done}.yaml": None},
            {f".flags/team.release/{server.flag}.yaml": None},
            {f".flags/frontend.web/{server.own}.yaml": None},
            {".flags/catalog.yaml": None},
            {".flags/config.yaml": None},
            {".flags/config.yaml": b'schema: 1\nrequire_identity: false\nintegrators: ["@frontend.web"]\n'},
            {f".flags/done/{server.done}.yaml": completion_bytes(server.done, EVIL)},
            {".flags/catalog.yaml": _catalog(chance)},
        ]
    )


def _catalog(chance: random.Random) -> bytes:
    swaps = [
        ('login: "api"', 'login: "web"'),
        ('identities: [{login: "web"}]', 'identities: [{login: "web"}, {login: "api"}]'),
        ('identities: [{login: "web"}]', 'identities: [{login: "web"}]\n    aliases: ["@backend.other"]'),
        ('identities: [{login: "web"}]', 'identities: [{login: "web"}]\n    members: ["@backend.api"]'),
        ('"@backend.api":', '"@backend.new":'),
        ('identities: [{login: "api"}]', 'status: retired\n    replaced_by: "@frontend.web"'),
        ("agents:\n", 'agents:\n  "@evil.one":\n    identities: [{login: "api"}]\n'),
        ('identities: [{login: "web"}]', 'identities: [{login: "web2"}]'),
    ]
    old, new = chance.choice(swaps)
    return CATALOG.replace(old, new).encode()


def _replaced(server: Server, chance: random.Random, tip: str) -> str:
    """Take a flag of the victim's away and raise its id anew in the attacker's name, in two commits."""
    path = f".flags/team.release/{server.flag}.yaml"
    anew = chance.choice([(path, THIRD), (f".flags/frontend.web/{server.flag}.yaml", EVIL)])
    gone = server.commit({path: chance.choice((None, b"junk\n"))}, [tip])
    return server.commit({anew[0]: flag_bytes(server.flag, EVIL, anew[1])}, [gone])


def _commit_files(server: Server, chance: random.Random, files: dict[str, bytes | None]) -> list[Update]:
    """Bring files along by some way: straight, below a tip that takes it back, by a tag first, or as a merge's side."""
    ref = _branch(server, chance)
    tip = _tip(server, ref)
    forged = server.commit(files, [tip])
    way = chance.randrange(7)
    if way == 0:
        return [(ref, forged)]
    if way == 1:  # a tip that takes it back, then the commit below it by itself
        clean = server.commit({}, [forged], base=tip)
        return [(ref, clean), (f"{_HEADS}c{chance.randrange(4)}", forged)]
    if way == 2:
        server.push([("refs/tags/t", forged)], EVIL)
        return [(ref, forged)]
    if way == 3:  # a merge that keeps one side alone
        other = server.commit({"src/x": chance.randbytes(4)}, [tip])
        return [(ref, server.commit({}, [tip, other] if chance.random() < 0.5 else [other, tip], base=forged))]
    if way == 4:  # by the parent of a lock
        server.push([(_LOCKS + server.own, server.lock_commit(server.own, EVIL, "e", parent=forged))], EVIL)
        return [(ref, forged)]
    if way == 5:  # set back, or without history
        return [(ref, server.commit({}, [], base=forged))]
    return [(ref, server.commit({"src/y": b"y"}, [forged])), (_LOCKS + server.flag, "")]


def _forge(server: Server, chance: random.Random) -> list[Update]:
    return _commit_files(server, chance, _forged_files(server, chance))


def _destroy(server: Server, chance: random.Random) -> list[Update]:
    if chance.random() < 0.2:
        ref = _branch(server, chance)
        return [(ref, _replaced(server, chance, _tip(server, ref)))]
    return _commit_files(server, chance, _destroyed_files(server, chance))


def _take_lock(server: Server, chance: random.Random) -> list[Update]:
    from flaggit.core.times import format_time

    ref = chance.choice((_LOCKS, _LOCKS, _HIDDEN)) + server.flag
    shown = server.refs().get(ref, "")
    fields: dict[str, object] = {"instance": chance.choice(("iba", "other"))}
    if chance.random() < 0.5:
        fields["released"] = chance.random() < 0.5
    if chance.random() < 0.5:
        fields["done_on"], fields["done_at"] = chance.choice(("nowhere", "main", "b1")), "2026-01-01T00:00:00Z"
    if chance.random() < 0.3:
        fields["expires"] = chance.choice(("9999-12-31T23:59:59Z", format_time(server.now - 9999)))
    who, tenure = chance.choice((VICTIM, EVIL)), chance.choice(("victim", "evil"))
    parent = chance.choice((shown, "", server.refs()[_HEADS + "main"]))
    return [(ref, chance.choice(("", server.lock_commit(server.flag, who, tenure, parent, **fields))))]


def _take_paths(server: Server, chance: random.Random) -> list[Update]:
    ref = chance.choice((_LOCKS, _LOCKS, _HIDDEN)) + "paths"
    shown = server.refs().get(ref, "")
    entries = chance.choice(
        [
            [("/api/", EVIL, "tp")],
            [("/other/", VICTIM, "tp")],
            [("/api/*.py", EVIL, "te")],
            [("/api/", VICTIM, "tp"), ("/api/", EVIL, "tp")],
            [("/api/", VICTIM, "tp"), ("/api/v1/", EVIL, "te")],
            [],
        ]
    )
    return [(ref, chance.choice(("", server.list_commit(entries, shown))))]


def _names(server: Server, chance: random.Random) -> list[Update]:
    main = server.refs()[_HEADS + "main"]
    lock = server.refs().get(_LOCKS + server.flag, main)
    dead = server.lock_commit(server.flag, VICTIM, "victim", expires="2020-01-01T00:00:00Z")
    return [
        chance.choice(
            [
                ("refs/heads/flags", main),
                ("refs/heads/flags/lock", main),
                ("refs/heads/Flags/lock/x", main),
                ("refs/flaggit", main),
                ("refs/flaggit/local/" + server.flag, lock),
                ("refs/Flaggit/lock/" + server.flag, lock),
                (f"refs/replace/{lock}", dead),
                (f"refs/replace/{main}", server.commit({".flags/catalog.yaml": _catalog(chance)}, [])),
                (_HEADS + "main", ""),
                (_OLD_NAME, chance.choice(("", server.commit(_destroyed_files(server, chance), [main])))),
                ("refs/heads/fl\u200cags", main),
                (f"refs/repl\u200cace/{lock}", dead),
                (_LOCKS + "Not-An-Id", lock),
            ]
        )
    ]


ATTACKS = (
    Attack("forge", _forge),
    Attack("destroy", _destroy),
    Attack("take the lock", _take_lock),
    Attack("take the paths", _take_paths),
    Attack("names", _names),
)


def _honest(server: Server, chance: random.Random) -> str:
    """Push what honest people push; return what was refused of it."""
    main = server.refs()[_HEADS + "main"]
    new = new_id(chance)
    who = chance.choice((VICTIM, EVIL))
    other = EVIL if who == VICTIM else VICTIM
    files: dict[str, bytes | None] = {f".flags/{other[1:]}/{new}.yaml": flag_bytes(new, who, other)}
    kind = chance.choice(("raise", "code", "merge", "branch"))
    if kind == "raise":
        oid = server.commit(files, [main])
    elif kind == "code":
        oid = server.commit({"src/z": chance.randbytes(5)}, [main])
    elif kind == "branch":
        oid = main
    else:  # carries on what the other one pushed on a branch
        branch = server.commit({f".flags/{who[1:]}/{new}.yaml": flag_bytes(new, other, who)}, [main])
        if not server.push([(f"{_HEADS}h{new}", branch)], other):
            return f"an honest branch of {other}: {server.said}"
        _note_own(server)
        if f"{_HEADS}h{new}" not in server.refs():
            return ""
        oid = server.commit({"src/m": chance.randbytes(5)}, [main, branch], base=branch)
    ref = chance.choice((_HEADS + "main", f"{_HEADS}o{new}"))
    if not server.push([(ref, oid)], who):
        return f"an honest {kind} by {who} at {ref}: {server.said}"
    _note_own(server)
    return ""


def _note_own(server: Server) -> None:
    server.ours |= server.claims()


def _siege(*, identity: bool) -> Callable[[random.Random, Path], str]:
    def case(chance: random.Random, folder: Path) -> str:
        server = Server(folder, chance, identity=identity)
        for _ in range(_PUSHES):
            if chance.random() < 0.2:
                fault = _honest(server, chance)
                if fault:
                    return fault
                continue
            attack = chance.choice(ATTACKS)
            updates = attack.make(server, chance)
            if chance.random() < 0.2:
                updates += chance.choice(ATTACKS).make(server, chance)
            updates = list(dict(updates).items())
            pusher = chance.choice((EVIL, EVIL, "web", "", "@no.body")) if identity else ""
            passed = server.push(updates, pusher)
            fault = server.judge()
            if fault:
                return f"{attack.name} as {pusher or 'nobody'}: {fault}" + ("" if passed else " (though refused)")
        return ""

    return case


CAMPAIGNS = (
    Campaign(
        "adversary",
        "no claim forged, no lock taken, no identity changed",
        _siege(identity=True),
        5,
        900,
        "pushes",
        _PUSHES,
    ),
    Campaign(
        "anybody",
        "no lock replaced, no name blocked, no waiting flag lost",
        _siege(identity=False),
        2,
        100,
        "pushes",
        _PUSHES,
    ),
)
