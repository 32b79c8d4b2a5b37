"""The rules that close classes of attacks at the server: each attack is refused, the honest push beside it passes."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from flaggit.core import limits
from flaggit.core.errors import UnavailableError
from flaggit.core.times import format_time
from flaggit.documents.settings import may_be_configured, read_git_settings
from flaggit.git.repo import Repo
from torture.adversary import EVIL, THIRD, VICTIM, Server
from torture.case import CATALOG, completion_bytes, flag_bytes

MAIN, LOCKS, HIDDEN = "refs/heads/main", "refs/heads/flags/lock/", "refs/flaggit/lock/"
pytestmark = pytest.mark.oracle
NOTE = 'schema: 1\n\nauthor: "{}"\n\ncreated_at: "2026-11-23T14:00:00Z"\n\ntext: |-\n  A remark.\n'


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path, random.Random(1), identity=True)


def tip(server: Server, ref: str = MAIN) -> str:
    return server.refs()[ref]


def refused(server: Server, updates: list[tuple[str, str]], pusher: str, *words: str) -> None:
    before = server.refs()
    assert not server.push(updates, pusher), "it passed"
    told = "\n".join(server.said)
    assert all(word in told for word in words), told
    assert server.refs() == before


def passes(server: Server, updates: list[tuple[str, str]], pusher: str) -> None:
    assert server.push(updates, pusher), server.said


# 1, 7: what changes what git shows, and what stands where locks belong


@pytest.mark.parametrize("pusher", [THIRD, EVIL, ""])
@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("refs/replace/{lock}", "replace one object"),
        ("refs/Replace/{lock}", "replace one object"),
        ("refs/heads/flags", "where the refs of locks belong"),
        ("refs/heads/FLAGS", "where the refs of locks belong"),
        ("refs/heads/flags/lock", "where the refs of locks belong"),
        ("refs/flaggit", "where the refs of locks belong"),
        ("refs/heads/Flags/Lock/{flag}", "letters' case"),
        ("refs/Heads/flags/lock/{flag}", "letters' case"),
        ("refs/HEADS/main", "letters' case"),
        ("refs/heads/Main", "letters' case"),
        ("refs/FLAGGIT/lock/{flag}", "letters' case"),
        ("refs/heads/fl\u200cags/lock/{flag}", "letters' case"),
        ("refs/repl\u200dace/{lock}", "replace one object"),
        ("refs/flaggit/local/{flag}", "in each clone for itself"),
        ("refs/flaggit/remote/origin/lock/{flag}", "in each clone for itself"),
    ],
)
def test_names_that_nobody_may_push(server: Server, name: str, word: str, pusher: str) -> None:
    ref = name.format(lock=server.lock, flag=server.flag)
    refused(server, [(ref, tip(server))], pusher, word)
    server.put("refs/heads/plain", tip(server))
    passes(server, [("refs/heads/plain", ""), ("refs/heads/flagship", tip(server))], THIRD)


def test_a_replacement_that_is_there_is_not_obeyed(server: Server) -> None:
    dead = server.lock_commit(server.flag, VICTIM, "victim", expires="2020-01-01T00:00:00Z")
    server.git("update-ref", f"refs/replace/{server.lock}", dead)
    refused(server, [(LOCKS + server.flag, "")], EVIL, f"held by {VICTIM}")


@pytest.mark.parametrize("odd", ["\u2028", "\u0085", "\u3000"])
def test_a_branch_beside_main_is_not_read_as_main(server: Server, odd: str) -> None:
    """git packs refs a line each, and ends a line with a newline alone."""
    server.git("config", "--unset", "flaggit.integrators")
    own = b'schema: 1\nintegrators: ["@frontend.web"]\n'
    evil = server.commit({".flags/config.yaml": own}, [tip(server)])
    passes(server, [(f"{MAIN}{odd}x", evil)], EVIL)
    server.git("pack-refs", "--all")
    refused(server, [(MAIN, evil)], EVIL, "for integrators to change")


def test_a_right_never_comes_from_the_same_push(server: Server) -> None:
    done = server.commit({f".flags/done/{server.flag}.yaml": completion_bytes(server.flag, EVIL)}, [tip(server)])
    refused(server, [(MAIN, done), (LOCKS + server.flag, "")], EVIL, f"held by {VICTIM}")
    passes(server, [(MAIN, done)], EVIL)
    passes(server, [(LOCKS + server.flag, "")], EVIL)


# 2: a deletion is a change


def test_a_completion_is_taken_back_by_whom_it_concerns(server: Server) -> None:
    third = server.commit({f".flags/done/{server.own}.yaml": completion_bytes(server.own, EVIL)}, [tip(server)])
    passes(server, [(MAIN, third)], EVIL)
    reopened = server.commit({f".flags/done/{server.own}.yaml": None}, [tip(server)])
    refused(server, [(MAIN, reopened)], "release2", "wants to know")
    for agent in (VICTIM, EVIL, THIRD):  # its source, its target, an integrator
        server.put(MAIN, third)
        passes(server, [(MAIN, reopened)], agent)


@pytest.mark.parametrize("way", ["commit", "merge", "set back", "without history", "on a branch"])
def test_anothers_completion_is_not_lost(server: Server, way: str) -> None:
    """The completion of a flag for the victim, by the victim; whoever raised it may reopen it, a third may not."""
    path = f".flags/done/{server.flag}.yaml"
    before = tip(server)
    done = server.commit({path: completion_bytes(server.flag, THIRD)}, [before])
    server.put(MAIN, done)
    server.ours |= server.claims()
    lost = server.commit({path: None}, [done])
    updates = {
        "commit": [(MAIN, lost)],
        "merge": [(MAIN, server.commit({}, [done, server.commit({"x": b"x"}, [before])], base=before))],
        "set back": [(MAIN, before)],
        "without history": [(MAIN, server.commit({}, [], base=before))],
        "on a branch": [("refs/heads/topic", lost)],
    }[way]
    refused(server, updates, EVIL, "source or target to take back")
    if way != "without history":
        passes(server, updates, VICTIM)


def test_a_waiting_flag_is_deleted_by_nobody(server: Server) -> None:
    path = f".flags/frontend.web/{server.own}.yaml"
    gone = server.commit({path: None}, [tip(server)])
    for pusher in (VICTIM, EVIL, THIRD):
        refused(server, [(MAIN, gone)], pusher, "is never deleted")
    passes(server, [("refs/heads/topic", gone)], VICTIM)  # nobody has accepted it there
    moved = server.commit(
        {path: None, f".flags/general/{server.own}.yaml": flag_bytes(server.own, VICTIM, EVIL)}, [tip(server)]
    )
    assert not server.push([(MAIN, moved)], VICTIM) and "never deleted" not in "\n".join(server.said)
    done = server.commit({f".flags/done/{server.own}.yaml": completion_bytes(server.own, EVIL)}, [tip(server)])
    passes(server, [(MAIN, done)], EVIL)
    pruned = server.commit({path: None, f".flags/done/{server.own}.yaml": None}, [tip(server)])
    passes(server, [(MAIN, pruned)], THIRD)


@pytest.mark.parametrize(
    "files",
    [
        {".flags/config.yaml": b"schema: 1\nrequire_identity: false\n"},
        {".flags/config.yaml": None},
        {".flags/catalog.yaml": None},
    ],
)
def test_settings_and_catalog_are_for_integrators(server: Server, files: dict) -> None:
    changed = server.commit(files, [tip(server)])
    refused(server, [(MAIN, changed)], EVIL, "integrators")
    passes(server, [("refs/heads/proposal", changed)], EVIL)
    passes(server, [(MAIN, changed)], THIRD)


def test_settings_that_cannot_be_read_let_nothing_pass(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read as none, they would require no identity."""
    forged = server.commit({f".flags/done/{server.own}.yaml": completion_bytes(server.own, VICTIM)}, [tip(server)])
    server.put(MAIN, server.commit({".flags/config.yaml": b"junk: [\n"}, [tip(server)]))
    refused(server, [("refs/heads/topic", forged)], EVIL, "completed the flag")
    repo = Repo(None, str(server.path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/proc/self/mem")  # which opens, and gives an error when it is read
    assert may_be_configured(repo, [b"no such word"])
    (tmp_path / "broken").write_text("[core\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "broken"))
    with pytest.raises(UnavailableError, match="cannot read its configuration"):
        read_git_settings(repo)


def test_main_is_not_deleted(server: Server) -> None:
    refused(server, [(MAIN, "")], EVIL, "is never deleted")


# 3: identity is one right


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('login: "api"', 'login: "web"', "for itself or an integrator"),
        ('{login: "web"}', '{login: "web"}, {login: "api"}', "would take login 'api'"),
        ('{login: "web"}', '{login: "web"}, {email: "api"}', "would take email 'api'"),
        ('{login: "web"}]', '{login: "web"}]\n    aliases: ["@backend.old"]', "aliases"),
        ('{login: "web"}]', '{login: "web"}]\n    members: ["@backend.api"]', "members"),
        ('{login: "api"}]', '{login: "api"}]\n    status: retired\n    replaced_by: "@frontend.web"', "replaced_by"),
        ('"@backend.api"', '"@backend.new"', "would be removed"),
        ("agents:\n", 'agents:\n  "@new.one": {}\n', "new agents are for integrators"),
    ],
)
def test_who_is_who_is_for_integrators(server: Server, old: str, new: str, word: str) -> None:
    changed = server.commit({".flags/catalog.yaml": CATALOG.replace(old, new).encode()}, [tip(server)])
    refused(server, [(MAIN, changed)], EVIL, word)
    passes(server, [("refs/heads/proposal", changed)], EVIL)
    passes(server, [(MAIN, changed)], THIRD)


def test_an_agent_changes_its_own_identities_and_everybody_all_else(server: Server) -> None:
    for old, new in (('login: "web"', 'login: "web2"'), ("Builds the public", "Builds all")):
        changed = server.commit({".flags/catalog.yaml": CATALOG.replace(old, new).encode()}, [tip(server)])
        passes(server, [(MAIN, changed)], EVIL)


def test_the_first_catalog_comes_from_an_integrator(tmp_path: Path) -> None:
    server = Server(tmp_path, random.Random(1), identity=True)
    first = server.commit({".flags/catalog.yaml": CATALOG.encode()}, [])
    server.git("update-ref", "-d", MAIN)
    refused(server, [(MAIN, first)], EVIL, "wants to know who pushes")
    passes(server, [(MAIN, first)], THIRD)  # whom git config names, and no catalog yet


# 4: every claim is judged, whatever brought it


def claims(server: Server) -> dict[str, tuple[dict, str]]:
    new = "a000000"
    return {
        "flag": ({f".flags/frontend.web/{new}.yaml": flag_bytes(new, VICTIM, EVIL)}, "raised the flag"),
        "completion": ({f".flags/done/{server.own}.yaml": completion_bytes(server.own, VICTIM)}, "completed the flag"),
        "note": (
            {f".flags/notes/{server.own}-20261123T140000Z-5f0c2a92.yaml": NOTE.format(VICTIM).encode()},
            "wrote the note",
        ),
        "edit": (
            {f".flags/team.release/{server.flag}.yaml": flag_bytes(server.flag, VICTIM, THIRD, impact_level="low")},
            "changes it",
        ),
    }


@pytest.mark.parametrize("kind", ["flag", "completion", "note", "edit"])
@pytest.mark.parametrize("way", ["straight", "tag first", "clean tip", "lock's parent", "no common history"])
def test_claims_are_judged_whatever_brought_them(server: Server, kind: str, way: str) -> None:
    files, word = claims(server)[kind]
    forged = server.commit(files, [tip(server)])
    if way == "tag first":
        passes(server, [("refs/tags/v1", forged)], EVIL)
    elif way == "clean tip":
        clean = server.commit({}, [forged], base=tip(server))
        refused(server, [("refs/heads/clean", clean)], EVIL, word)
    elif way == "lock's parent":
        lock = server.lock_commit(server.own, EVIL, "e", parent=forged)
        refused(server, [(LOCKS + server.own, lock)], EVIL, "follows another commit")
    elif way == "no common history":
        forged = server.commit({}, [], base=forged)
    refused(server, [("refs/heads/topic", forged)], EVIL, "says" if way == "no common history" else word)
    if way == "straight":
        passes(server, [("refs/heads/topic", forged)], VICTIM)
        squashed = server.commit({"src/x": b"x", **files}, [tip(server)])
        passes(server, [(MAIN, squashed)], EVIL)  # the same bytes stand on a branch already
    else:
        passes(server, [("refs/heads/imported", forged)], THIRD)


@pytest.mark.parametrize("way", ["merge", "set back"])
@pytest.mark.parametrize("kind", ["note", "edit"])
def test_nothing_of_anothers_is_lost_without_a_commit(server: Server, kind: str, way: str) -> None:
    path, text = {
        "note": (f".flags/notes/{server.flag}-20261123T150000Z-5f0c2a92.yaml", NOTE.format(VICTIM).encode()),
        "edit": (
            f".flags/team.release/{server.flag}.yaml",
            flag_bytes(server.flag, VICTIM, THIRD, impact_level="high"),
        ),
    }[kind]
    before = tip(server)
    written = server.commit({path: text}, [before])
    server.put(MAIN, written)
    theirs = server.commit({"x": b"x"}, [before])
    lost = before if way == "set back" else server.commit({}, [written, theirs], base=theirs)
    refused(server, [(MAIN, lost)], EVIL, "changes it")
    passes(server, [(MAIN, server.commit({"x": b"x"}, [written, theirs]))], EVIL)
    passes(server, [(MAIN, before)], VICTIM)


@pytest.mark.parametrize("way", ["taken away", "spoilt", "put elsewhere", "by a merge"])
def test_a_flag_never_becomes_anothers(server: Server, way: str) -> None:
    """Who may not edit a flag might take it away and raise its id anew, in its own name."""
    path = f".flags/team.release/{server.flag}.yaml"
    where, target = (f".flags/frontend.web/{server.flag}.yaml", EVIL) if way == "put elsewhere" else (path, THIRD)
    gone = server.commit({path: b"junk\n" if way == "spoilt" else None}, [tip(server)])
    parents = [gone, server.commit({"x": b"x"}, [tip(server)])] if way == "by a merge" else [gone]

    def anew(source: str, **changes: object) -> str:
        return server.commit({where: flag_bytes(server.flag, source, target, **changes)}, parents, base=gone)

    for ref in (MAIN, "refs/heads/topic"):
        refused(server, [(ref, anew(EVIL))], EVIL, f"is {VICTIM}'s flag")
    passes(server, [("refs/heads/topic", anew(VICTIM, impact_level="low"))], VICTIM)


def test_a_redirect_keeps_its_source_word_for_word(server: Server) -> None:
    new = "a000000"
    done = completion_bytes(server.own, EVIL, resolution="superseded", superseded_by=new)

    def push(by: str, **changes: object) -> list[tuple[str, str]]:
        flag = flag_bytes(new, VICTIM, THIRD, chain_origin_id=server.own, **changes)
        files = {
            f".flags/done/{server.own}.yaml": done.replace(EVIL.encode(), by.encode()),
            f".flags/team.release/{new}.yaml": flag,
        }
        return [("refs/heads/topic", server.commit(files, [tip(server)]))]

    refused(server, push(EVIL, impact_level="high"), EVIL, "raised the flag")
    passes(server, push(EVIL), EVIL)


def test_a_redirect_is_no_other_flag(server: Server) -> None:
    """A redirect that takes the id of a flag that is there would lend it its words, on a branch without that flag."""
    path = f".flags/team.release/{server.flag}.yaml"
    other = server.commit({path: flag_bytes(server.flag, VICTIM, THIRD, impact_level="low")}, [tip(server)])
    server.put(MAIN, other)
    own = {f".flags/frontend.web/{server.own}.yaml": flag_bytes(server.own, VICTIM, EVIL)}
    done = completion_bytes(server.own, EVIL, resolution="superseded", superseded_by=server.flag)
    words = {path: flag_bytes(server.flag, VICTIM, THIRD)}
    handed_on = server.commit({f".flags/done/{server.own}.yaml": done, **words}, [server.commit(own, [])])
    refused(server, [("refs/heads/orphan", handed_on)], EVIL, "raised the flag")


def test_a_redirect_of_what_is_for_another_keeps_nothing(server: Server) -> None:
    new = "a000000"
    files = {
        f".flags/done/{server.flag}.yaml": completion_bytes(
            server.flag, EVIL, resolution="superseded", superseded_by=new
        ),
        f".flags/frontend.web/{new}.yaml": flag_bytes(new, VICTIM, EVIL, chain_origin_id=server.flag),
    }
    refused(server, [("refs/heads/topic", server.commit(files, [tip(server)]))], EVIL, "raised the flag")


def test_a_commit_that_the_agent_signed_may_be_pushed_by_anybody(server: Server, tmp_path: Path) -> None:
    key = tmp_path / "key"
    done = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False)
    if done.returncode:
        pytest.skip("needs ssh-keygen")
    shown = subprocess.run(
        ["ssh-keygen", "-lf", f"{key}.pub"], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    catalog = CATALOG.replace('{login: "api"}', f'{{login: "api", signing_key: "{shown}"}}').encode()
    passes(server, [(MAIN, server.commit({".flags/catalog.yaml": catalog}, [tip(server)]))], THIRD)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(server.path), str(clone)], check=True)
    (clone / ".flags" / "done" / f"{server.own}.yaml").write_bytes(completion_bytes(server.own, VICTIM))
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "-c", "user.name=x", "-c", "user.email=x@x")
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    for words in (["commit", "-qm", "unsigned"], ["commit", "-qS", "--amend", "-m", "signed"]):
        subprocess.run(["git", *signing, *words], cwd=clone, check=True)
        subprocess.run(["git", "push", "-q", str(server.path), f"HEAD:refs/tags/{words[-1]}"], cwd=clone, check=True)
    refused(server, [("refs/heads/topic", tip(server, "refs/tags/unsigned"))], EVIL, "completed the flag")
    passes(server, [("refs/heads/topic", tip(server, "refs/tags/signed"))], EVIL)


# 5, 6: locks are all their fields; marks and clearing away


@pytest.mark.parametrize("field", ["holder", "instance", "worktree", "acquired", "tenure"])
def test_a_lock_is_all_its_immutable_fields(server: Server, field: str) -> None:
    ref, later = LOCKS + server.flag, format_time(server.now + 9000)
    changed = {"holder": EVIL, "acquired": format_time(server.now - 60)}.get(field, "other")
    fields = {} if field == "tenure" else {field: changed}
    tenure = changed if field == "tenure" else "victim"
    stolen = server.lock_commit(server.flag, VICTIM, tenure, server.lock, expires=later, **fields)
    for pusher in (EVIL, VICTIM):
        refused(server, [(ref, stolen)], pusher)
    renewed = server.lock_commit(server.flag, VICTIM, "victim", server.lock, expires=format_time(server.now + 9000))
    refused(server, [(ref, renewed)], EVIL, f"is {VICTIM}'s")
    passes(server, [(ref, renewed)], VICTIM)


def test_no_lock_is_taken_beside_a_living_one(server: Server) -> None:
    """Clones that know another setting look below another prefix; whose lock is where, they all have to see."""
    ref, beside = LOCKS + server.flag, HIDDEN + server.flag
    for who in (EVIL, VICTIM, THIRD):
        refused(server, [(beside, server.lock_commit(server.flag, who, "beside"))], who, f"is held by {VICTIM}")
    passes(server, [(HIDDEN + server.own, server.lock_commit(server.own, EVIL, "e"))], EVIL)
    refused(server, [(LOCKS + server.own, server.lock_commit(server.own, VICTIM, "v"))], VICTIM, f"is held by {EVIL}")
    server.put(ref, server.lock_commit(server.flag, VICTIM, "victim", server.lock, released=True))
    passes(server, [(beside, server.lock_commit(server.flag, EVIL, "beside"))], EVIL)


def test_no_path_is_locked_beside_a_living_lock(server: Server) -> None:
    beside = HIDDEN + "paths"
    refused(server, [(beside, server.list_commit([("/api/v1/", EVIL, "e")]))], EVIL, f"held by {VICTIM}")
    passes(server, [(beside, server.list_commit([("/docs/", EVIL, "e")]))], EVIL)


@pytest.mark.parametrize("pattern", ["/api/v1/", "/a*/", "**/api/**", "*"])
@pytest.mark.parametrize("instance", ["other", f"i{VICTIM[1:3]}"])
def test_no_path_is_locked_in_the_list_of_a_living_lock(server: Server, pattern: str, instance: str) -> None:
    """Its instance is written in each lock, so that nobody is known by it alone."""
    kept = ("/api/", VICTIM, "tp")
    ours = server.list_commit([kept], instance=f"i{VICTIM[1:3]}")
    server.put(LOCKS + "paths", ours)
    both = server.list_commit([kept, (pattern, EVIL, "e")], ours, instance=f"i{VICTIM[1:3]}")
    if instance == "other":
        both = server.list_commit([kept, (pattern, EVIL, "e")], ours)
    refused(server, [(LOCKS + "paths", both)], EVIL, f"/api/ is held by {VICTIM}")
    passes(server, [(LOCKS + "paths", server.list_commit([kept, ("/docs/", EVIL, "e")], ours))], EVIL)


@pytest.mark.parametrize("field", ["holder", "instance", "acquired", "patterns"])
def test_a_path_lock_is_too(server: Server, field: str) -> None:
    ref = LOCKS + "paths"
    changed: dict[str, object] = {
        field: {"holder": EVIL, "patterns": ("/api/v1/",), "acquired": format_time(server.now - 9)}.get(field, "other")
    }
    stolen = server.list_commit([("/api/", VICTIM, "tp")], server.paths)
    message = server.git("log", "-1", "--format=%B", stolen)
    name = {"patterns": "Lock-Pattern"}.get(field, f"Lock-{field.capitalize()}")
    value = changed[field][0] if field == "patterns" else changed[field]  # type: ignore[index]
    lines = [f"{name}: {value}" if line.startswith(f"{name}: ") else line for line in message.splitlines()]
    stolen = server.empty("\n".join(lines), [server.paths])
    for pusher in (EVIL, VICTIM):
        refused(server, [(ref, stolen)], pusher)
    passes(server, [(ref, server.list_commit([("/api/", VICTIM, "tp"), ("/src/", EVIL, "te")], server.paths))], EVIL)


def test_an_expired_lock_is_renewed_by_nobody_else(server: Server) -> None:
    old, ref = server.now - 90_000, LOCKS + server.own
    past = {"acquired": format_time(old), "expires": format_time(old + 60)}
    dead = server.lock_commit(server.own, VICTIM, "t", **past)
    server.put(ref, dead)
    alive = server.lock_commit(server.own, VICTIM, "t", dead, acquired=past["acquired"])
    refused(server, [(ref, alive)], EVIL, f"is {VICTIM}'s")
    passes(server, [(ref, server.lock_commit(server.own, EVIL, "mine", dead))], EVIL)
    entries = server.list_commit([("/x/", VICTIM, "tx")], server.paths, **past)
    server.put(LOCKS + "paths", entries)
    again = server.list_commit([("/x/", VICTIM, "tx")], entries, acquired=past["acquired"])
    refused(server, [(LOCKS + "paths", again)], EVIL, f"is {VICTIM}'s")


def test_a_lock_lives_for_thirty_days_at_most(server: Server) -> None:
    ref = LOCKS + server.own
    most = server.now + limits.LOCK_TTL + limits.CLOCK_SKEW
    refused(
        server,
        [(ref, server.lock_commit(server.own, EVIL, "e", expires=format_time(most + 1)))],
        EVIL,
        "at most 30 days",
    )
    endless = server.list_commit(
        [("/x/", EVIL, "te"), ("/api/", VICTIM, "tp")], server.paths, expires=format_time(most + 1)
    )
    refused(server, [(LOCKS + "paths", endless)], EVIL)
    passes(server, [(ref, server.lock_commit(server.own, EVIL, "e", expires=format_time(most)))], EVIL)


def test_marks_count_where_the_holder_has_completed(server: Server) -> None:
    ref = LOCKS + server.flag
    mark = {"done_on": "topic", "done_at": format_time(server.now)}

    def marked(parent: str) -> str:
        return server.lock_commit(server.flag, VICTIM, "victim", parent, expires=format_time(server.now + 7200), **mark)

    done = server.commit({f".flags/done/{server.flag}.yaml": completion_bytes(server.flag, EVIL)}, [tip(server)])
    passes(server, [("refs/heads/topic", done)], EVIL)
    refused(server, [(ref, marked(server.lock))], EVIL, f"is {VICTIM}'s")
    done = server.commit({f".flags/done/{server.flag}.yaml": completion_bytes(server.flag, VICTIM)}, [tip(server)])
    server.put("refs/heads/topic", done)
    passes(server, [(ref, marked(server.lock))], EVIL)
    refused(server, [(ref, "")], EVIL, f"held by {VICTIM}")
    passes(server, [("refs/heads/topic", "")], EVIL)
    refused(server, [(ref, "")], EVIL, f"held by {VICTIM}")  # gone, and the lock has not run out
    server.now += 7200 + 300
    passes(server, [(ref, "")], EVIL)


# 8: limits before reading


def tree_of(server: Server, lines: str) -> str:
    return server.git("mktree", input=lines)


def bomb(server: Server, width: int, depth: int) -> str:
    """A commit whose store has ``width ** depth`` paths in a dozen objects."""
    flag = server.git("rev-parse", f"main:.flags/frontend.web/{server.own}.yaml")
    tree = tree_of(server, "".join(f"100644 blob {flag}\tf{index}.yaml\n" for index in range(width)))
    for _ in range(depth - 1):
        tree = tree_of(server, "".join(f"040000 tree {tree}\td{index}\n" for index in range(width)))
    store = tree_of(server, f"040000 tree {tree}\tgeneral\n")
    return server.raw_commit(tree_of(server, f"040000 tree {store}\t.flags\n"), [tip(server)], "b")


def test_many_commits_and_branches_cost_no_more_starts(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = []
    for number in (1, 3, 30):  # the first also asks for settings
        commits = [tip(server)]
        for _ in range(number):
            path = f".flags/notes/{server.own}-20261123T140000Z-{server.chance.randbytes(4).hex()}.yaml"
            commits.append(server.commit({path: NOTE.format(EVIL).encode()}, commits[-1:]))
        branches = [(f"refs/heads/plain{number}/{index}", tip(server)) for index in range(number)]
        trace = tmp_path / f"trace{number}"
        with monkeypatch.context() as patch:
            patch.setenv("GIT_TRACE2_EVENT", str(trace))
            passes(server, [(f"refs/heads/work{number}", commits[-1]), *branches], EVIL)
        lines = [line for line in trace.read_text().split("\n") if '"event":"start"' in line]
        # Updates of refs are the test's own; where refs are in tables, git alone tells of each whether it is symbolic.
        starts.append(sum("update-ref" not in line and "symbolic-ref" not in line for line in lines))
    assert starts[1] == starts[2]


@pytest.mark.parametrize("where", ["tip", "below the tip"])
def test_a_tree_of_a_hundred_million_paths_is_refused(server: Server, where: str) -> None:
    oid = bomb(server, 10, 8)
    if where == "below the tip":
        oid = server.commit({"x": b"x"}, [oid], base=tip(server))
    refused(server, [("refs/heads/bomb", oid)], EVIL, "more than")


@pytest.mark.parametrize("broken", ["twice in the root", "twice", "slash", "order", "file and folder"])
@pytest.mark.parametrize("where", ["tip", "below the tip"])
def test_a_tree_that_is_read_in_two_ways_is_refused(server: Server, broken: str, where: str) -> None:
    """What one command of git finds at a path is not what the next one finds, nor what a checkout brings."""
    own = flag_bytes("a000000", EVIL, VICTIM)
    mine, forged = ("100644", server.blob(own)), ("100644", server.blob(own.replace(EVIL.encode(), VICTIM.encode())))
    names = {
        "twice": [("a000000.yaml", *mine), ("a000000.yaml", *forged)],
        "order": [("b000000.yaml", *mine), ("a000000.yaml", *forged)],
        "file and folder": [("a000000.yaml", *mine), ("a000000.yaml", "40000", server.git("mktree"))],
    }.get(broken, [("a000000.yaml", *mine)])
    folder = ("backend.api", "40000", raw_tree(server, names))
    slash = [("backend.api/c000000.yaml", *forged)] if broken == "slash" else []
    store = (".flags", "40000", raw_tree(server, [folder, *slash]))
    other = (".flags", "40000", raw_tree(server, [("backend.api", "40000", raw_tree(server, [("x.yaml", *forged)]))]))
    top = raw_tree(server, [store, other] if broken == "twice in the root" else [store])
    commit = server.raw_commit(top, [tip(server)], "broken")
    pushed = commit if where == "tip" else server.commit({}, [commit], base=tip(server))
    for pusher in (EVIL, THIRD):
        refused(server, [("refs/heads/topic", pushed)], pusher, "git fsck calls broken")


def raw_tree(server: Server, entries: list[tuple[str, str, str]]) -> str:
    """Store a tree with these names, modes and objects in this order, whether git would write it so or not."""
    data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, mode, oid in entries)
    command = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    return subprocess.run(command, cwd=server.path, input=data, capture_output=True, check=True).stdout.decode().strip()


def test_deep_trees_are_refused(server: Server) -> None:
    refused(server, [("refs/heads/deep", bomb(server, 1, 6))], EVIL, "levels below .flags/")


def test_large_files_are_refused_though_a_later_commit_takes_them_away(server: Server) -> None:
    path = ".flags/frontend.web/a000000.yaml"
    large = server.commit({path: b"x" * (limits.BLOB + 1)}, [tip(server)])
    clean = server.commit({path: None}, [large])
    refused(server, [("refs/heads/topic", clean)], EVIL, f"more than the {limits.BLOB:,}")


def test_large_locks_are_refused(server: Server) -> None:
    lock = server.lock_commit(server.own, EVIL, "e")
    message = server.git("log", "-1", "--format=%B", lock)
    large = server.empty(message + "\n" + "x" * limits.LOCK, [])
    refused(server, [(LOCKS + server.own, large)], EVIL, "is not a lock")


def test_a_push_that_takes_too_long_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flaggit.server.receive.HOOK_SECONDS", 1e-6)
    refused(server, [("refs/heads/topic", tip(server))], EVIL, "seconds to judge")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)  # nothing is left that stops what comes after
