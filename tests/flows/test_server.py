"""The server's pre-receive hook, with real pushes: over files, over http with users, signed, and by forced command."""

from __future__ import annotations

import base64
import http.server
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from effort import count_steps
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work
from servers import ANN, BO, Server, complete, lock_commit, push, push_lock, refused

from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time
from flaggit.documents.canonical import dump_document
from flaggit.locks.path_list import format_list, parse_list
from flaggit.server.lock_pushes import LockPush, judge_lock_push, judge_paths_push
from flaggit.server.state import Pusher, find_pusher

CATALOG = """\
schema: 1
agents:
  "@backend.api":
    identities: [{login: "ann", email: "ann@example.org"}]
  "@frontend.web":
    identities: [{login: "bo"}]
"""
NOW = 1_800_000_000


@pytest.fixture
def server(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    work.write(".flags/catalog.yaml", CATALOG)
    work.commit("agents", ".flags")
    return Server(tmp_path, work.path)


def test_good_flags_pass_in_silence_and_other_pushes_start_no_python(server: Server) -> None:
    clone = server.clone()
    clone.write("src/x.ts", "x\n")
    clone.commit("code", "src")
    assert push(clone).status == 0
    assert push(clone, "HEAD:refs/heads/other", "HEAD:refs/tags/v1").status == 0
    assert server.starts == 0  # a new branch is compared with HEAD
    started = server.starts
    clone.raise_flag()
    clone.commit("flag")
    answer = push(clone)
    assert answer.status == 0 and "flaggit" not in answer.err
    assert server.starts == started + 1


def test_push_without_flags_starts_no_python(server: Server) -> None:
    clone = server.clone()
    clone.write("src/x.ts", "x\n")
    clone.commit("code", "src")
    assert push(clone).status == 0
    assert push(clone, ":refs/heads/none").status in (0, 1)
    assert server.starts == 0


def break_name(work: Work) -> str:
    flag_id = work.raise_flag()
    work.git("mv", f".flags/frontend.web/{flag_id}.yaml", ".flags/frontend.web/a000000.yaml")
    return "F020"


def break_text(work: Work) -> str:
    work.raise_flag(action_required="short")
    return "F006"


def break_yaml(work: Work) -> str:
    work.write(".flags/frontend.web/k7m2q0x.yaml", "<<<<<<< ours\n")
    return "conflict markers"


def add_link(work: Work) -> str:
    (work.path / ".flags" / "frontend.web").mkdir()
    (work.path / ".flags" / "frontend.web" / "k7m2q0x.yaml").symlink_to("/etc/passwd")
    return "symbolic link"


def add_folder_link(work: Work) -> str:
    (work.path / ".flags" / "frontend.web").symlink_to("/etc")
    return "symbolic link"


def replace_store(work: Work) -> str:
    shutil.rmtree(work.path / ".flags")
    (work.path / ".flags").symlink_to("src")
    return "symbolic link"


def make_executable(work: Work) -> str:
    flag_id = work.raise_flag()
    work.git("update-index", "--chmod=+x", f".flags/frontend.web/{flag_id}.yaml")
    return "executable"


def add_much(work: Work) -> str:
    work.write(".flags/frontend.web/k7m2q0x.yaml", "x" * 10_000_000)
    return "more than the 65,536"


def take_an_id(work: Work) -> str:
    flag_id = work.raise_flag()
    work.commit("one")
    assert push(work).status == 0
    work.raise_flag(target="@backend.api", id=flag_id)
    return "F021"


def break_settings(work: Work) -> str:
    work.write(".flags/config.yaml", "quality: maybe\n")
    return "F029"


def break_catalog(work: Work) -> str:
    work.write(".flags/catalog.yaml", "schema: 1\nagents:\n  backend.api: {}\n")
    return "F028"


def add_stray(work: Work) -> str:
    work.write(".flags/todo.yaml", "x: 1\n")
    return "F026"


BREAKS = [break_name, break_text, break_yaml, add_link, add_folder_link, replace_store, make_executable]
BREAKS += [add_much, take_an_id, break_settings, break_catalog, add_stray]


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("branch", ["main", "work/new"])
def test_invalid_files_are_refused_with_their_reason(server: Server, spoil, branch: str) -> None:
    clone = server.clone()
    clone.git("switch", "-q", "-C", branch)
    word = spoil(clone)
    if spoil is not make_executable:
        clone.git("add", "-A", ".flags")
    clone.commit("bad")
    before = server.git("count-objects", "-v")
    refused(push(clone), ".flags", word)
    assert server.git("count-objects", "-v") == before, "objects of a refused push stay"


def test_all_faults_are_told_at_once_and_all_refs_fall_together(server: Server) -> None:
    clone = server.clone()
    first, second = clone.raise_flag(action_required="short"), clone.raise_flag(change_description="short")
    clone.commit("bad")
    answer = push(clone, "HEAD:refs/heads/a", "HEAD~1:refs/heads/b", options=("--atomic",))
    refused(answer, first, second)
    assert server.git("for-each-ref", "--format=%(refname:short)") == "main"


def test_first_push_into_an_empty_repository_is_judged(server: Server, tmp_path: Path) -> None:
    clone = server.clone()
    empty = tmp_path / "empty.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(empty)], check=True)
    shutil.copy(PROJECT / "hooks" / "pre-receive", empty / "hooks" / "pre-receive")
    clone.git("remote", "set-url", "origin", str(empty))
    assert push(clone).status == 0
    clone.raise_flag(action_required="short")
    clone.commit("bad")
    refused(push(clone), "F006")


def test_what_was_bad_before_the_hook_came_does_not_stop_later_pushes(server: Server) -> None:
    clone = server.clone()
    hook = server.path / "hooks" / "pre-receive"
    hook.chmod(0o644)
    clone.raise_flag(action_required="short")
    clone.commit("bad")
    assert push(clone).status == 0
    hook.chmod(0o755)
    clone.raise_flag()
    clone.commit("good")
    assert push(clone).status == 0


def test_hook_that_was_there_before_still_decides(server: Server) -> None:
    earlier = server.path / "hooks" / "pre-receive.before-flaggit"
    earlier.write_text("#!/bin/sh\ngrep -q refs/heads/main || exit 0\necho no pushes to main >&2\nexit 1\n")
    earlier.chmod(0o755)
    clone = server.clone()
    clone.raise_flag()
    clone.commit("flag")
    refused(push(clone), "no pushes to main")
    assert push(clone, "HEAD:refs/heads/work").status == 0


def test_server_without_flaggit_takes_no_flags(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"].partition(os.pathsep)[2])
    if shutil.which("flaggit"):
        pytest.skip("flaggit is on PATH here")
    clone = server.clone()
    clone.raise_flag()
    clone.commit("flag")
    refused(push(clone), "not installed on this server")


# Identity


def test_with_identity_required_completions_are_the_pushers_own(server: Server) -> None:
    clone = server.clone()
    flag_id, other = clone.raise_flag(), clone.raise_flag()
    clone.commit("flags")
    assert push(clone, env=ANN).status == 0
    server.require_identity()
    complete(clone, flag_id, "@frontend.web")
    refused(push(clone), "wants to know who pushes")
    refused(push(clone, env={"FLAGGIT_PUSHER": "@no.body"}), "wants to know who pushes", "@no.body")
    refused(push(clone, env=ANN), "@frontend.web completed the flag", "@backend.api pushes it")
    assert push(clone, "HEAD:refs/heads/work", env=BO).status == 0
    complete(clone, other, "@backend.api")
    assert push(clone, env=ANN).status == 0, "carrying on what the server has already is no completion by others"


def test_merging_a_colleagues_pushed_completion_is_no_foreign_completion(server: Server) -> None:
    server.require_identity()
    ann, bo = server.clone("ann"), server.clone("bo")
    flag_id = ann.raise_flag()
    ann.commit("flag")
    assert push(ann, env=ANN).status == 0
    bo.git("pull", "-q", "--ff-only")
    bo.git("switch", "-q", "-c", "work")
    complete(bo, flag_id, "@frontend.web")
    assert push(bo, env=BO).status == 0
    ann.write("src/y.ts", "y\n")
    ann.commit("code", "src")
    ann.git("fetch", "-q")
    ann.git("merge", "-q", "--no-edit", "origin/work")
    assert push(ann, env=ANN).status == 0


def test_pushes_without_flags_need_no_identity(server: Server) -> None:
    server.require_identity()
    clone = server.clone()
    clone.write("src/x.ts", "x\n")
    clone.commit("code", "src")
    assert push(clone).status == 0


def test_signed_push_proves_the_pusher(server: Server, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    clone = server.clone()
    keys = {}
    for name in ("ann", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
        shown = subprocess.run(
            ["ssh-keygen", "-lf", str(tmp_path / f"{name}.pub")], check=True, capture_output=True, text=True
        )
        keys[name] = shown.stdout.split()[1]
    catalog = CATALOG.replace('login: "bo"', f'login: "bo", signing_key: "{keys["ann"]}"')
    clone.write(".flags/catalog.yaml", catalog)
    flag_id = clone.raise_flag()
    clone.commit("agents", ".flags")
    assert push(clone).status == 0
    server.require_identity()
    server.git("config", "receive.certNonceSeed", "seed")
    signers = tmp_path / "signers"
    signers.write_text(f"web@example.org {(tmp_path / 'ann.pub').read_text()}")
    server.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    server.git("config", "gpg.format", "ssh")
    clone.git("config", "gpg.format", "ssh")
    complete(clone, flag_id, "@frontend.web")
    clone.git("config", "user.signingKey", str(tmp_path / "eve"))
    refused(push(clone, options=("--signed",), env=BO), "wants to know who pushes")
    clone.git("config", "user.signingKey", str(tmp_path / "ann"))
    assert push(clone, options=("--signed",)).status == 0


def test_forced_command_of_ssh_names_the_pusher(server: Server, tmp_path: Path) -> None:
    """Runs what sshd would: the command forced for the key, with what the client asked for in its environment."""
    forced = tmp_path / "ssh"
    command = 'FLAGGIT_PUSHER=@frontend.web exec git shell -c "$SSH_ORIGINAL_COMMAND"'
    forced.write_text(f"#!/bin/sh\nshift\nSSH_ORIGINAL_COMMAND=$*\n{command}\n")
    forced.chmod(0o755)
    clone = server.clone()
    flag_id = clone.raise_flag()
    clone.commit("flag")
    assert push(clone).status == 0
    server.require_identity()
    clone.git("remote", "set-url", "origin", f"ssh://host{server.path}")
    env = {"GIT_SSH_COMMAND": str(forced), "GIT_SSH_VARIANT": "simple"}
    complete(clone, flag_id, "@backend.api")
    refused(push(clone, env=env), "@backend.api completed the flag, and @frontend.web pushes it")


class Backend(http.server.BaseHTTPRequestHandler):
    """git http-backend behind a password, as a web server runs it."""

    root = ""

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
        user = base64.b64decode(secret).decode().partition(":")[0] if scheme == "Basic" else ""
        path, _, query = self.path.partition("?")
        if not user and "receive-pack" in self.path:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": self.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            **({"REMOTE_USER": user} if user else {}),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((value for name, value in lines if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.mark.server
def test_http_users_are_known_by_their_login(server: Server) -> None:
    server.require_identity()
    handler = type("Handler", (Backend,), {"root": str(server.folder)})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{service.server_address[1]}/shop.git"
        server.git("config", "http.receivepack", "true")
        clone = server.clone("web", f"http://ann:x@{place}")
        flag_id = clone.raise_flag()
        clone.commit("flag")
        assert push(clone).status == 0
        complete(clone, flag_id, "@frontend.web")
        refused(push(clone), "@frontend.web completed the flag, and ann pushes it")
        clone.git("remote", "set-url", "origin", f"http://eve:x@{place}")
        refused(push(clone), "wants to know who pushes flags, and does not (eve)")
        clone.git("remote", "set-url", "origin", f"http://bo:x@{place}")
        assert push(clone).status == 0
        oid = lock_commit(clone, "a000000")
        refused(push_lock(clone, oid, "a000000"), "@backend.api's, and bo is not")
        service.shutdown()


# Locks


def test_locks_are_taken_renewed_and_released_by_their_holder(server: Server) -> None:
    clone = server.clone()
    first = lock_commit(clone)
    assert push_lock(clone, first, env=ANN).status == 0
    renewed = lock_commit(clone, parent=first, nonce="n2")
    assert push_lock(clone, renewed, env=ANN).status == 0
    assert push(clone, ":refs/heads/flags/lock/k7m2q0x", env=ANN).status == 0


def test_living_locks_of_others_are_neither_replaced_nor_deleted(server: Server) -> None:
    clone = server.clone()
    first = lock_commit(clone)
    assert push_lock(clone, first, env=ANN).status == 0
    stolen = {"holder": "@frontend.web", "instance": "i2", "tenure": "t2", "nonce": "n2"}
    refused(push_lock(clone, lock_commit(clone, **stolen), env=BO), "held by @backend.api")
    refused(push_lock(clone, lock_commit(clone, parent=first, **stolen), env=BO), "held by @backend.api")
    refused(push_lock(clone, lock_commit(clone, parent=first, nonce="n3", released=True), env=BO), "held by")
    refused(push(clone, ":refs/heads/flags/lock/k7m2q0x", env=BO), "held by @backend.api")
    same_handle = lock_commit(clone, instance="i9", tenure="t9", nonce="n9")
    refused(push_lock(clone, same_handle, env=ANN), "held by @backend.api")
    refused(push_lock(clone, clone.git("rev-parse", "HEAD"), env=ANN), "not a lock")
    assert server.git("rev-parse", "flags/lock/k7m2q0x") == first


def test_expired_locks_are_anybodys_by_the_servers_clock(server: Server) -> None:
    clone = server.clone()
    old = lock_commit(clone, acquired="2026-01-01T00:00:00Z", expires="2026-01-01T02:00:00Z")
    assert push_lock(clone, old, env=ANN).status == 0
    taken = lock_commit(clone, parent=old, holder="@frontend.web", instance="i2", tenure="t2", nonce="n2")
    assert push_lock(clone, taken, env=BO).status == 0


def test_anybody_may_say_where_the_completion_is_and_clear_what_has_done_its_work(server: Server) -> None:
    clone = server.clone()
    flag_id = clone.raise_flag()
    clone.commit("flag")
    assert push(clone).status == 0
    first = lock_commit(clone, flag_id)
    assert push_lock(clone, first, flag_id, env=ANN).status == 0
    base = clone.git("rev-parse", "HEAD")
    complete(clone, flag_id, "@backend.api")
    assert push(clone, "HEAD:refs/heads/work", env=ANN).status == 0
    lock = clone.git("log", "-1", "--format=%B", first)
    marked = clone.git(
        *("commit-tree", clone.git("mktree", input=""), "-p", first),
        input=lock.replace("Lock-Nonce: n1", "Lock-Nonce: n2") + "\nLock-Done-On: work\n",
    )
    nowhere = clone.git(
        *("commit-tree", clone.git("mktree", input=""), "-p", first),
        input=lock.replace("Lock-Nonce: n1", "Lock-Nonce: n3") + "\nLock-Done-On: nowhere\n",
    )
    refused(push_lock(clone, nowhere, flag_id, env=BO), "is @backend.api's")
    assert push_lock(clone, marked, flag_id, env=BO).status == 0
    refused(push(clone, f":refs/heads/flags/lock/{flag_id}", env=BO), "held by @backend.api")
    clone.git("reset", "-q", "--hard", base)
    clone.git("merge", "-q", "--squash", "origin/work")
    clone.commit("squashed")
    # The server may yet deny main, so what it would bring frees no lock in the same push.
    refused(push(clone, "HEAD:main", f":refs/heads/flags/lock/{flag_id}", env=BO), "held by @backend.api")
    assert push(clone, "HEAD:main", env=BO).status == 0
    assert push(clone, f":refs/heads/flags/lock/{flag_id}", env=BO).status == 0


def test_anybodys_command_marks_through_the_hook(server: Server) -> None:
    server.require_identity()
    ann, web = server.clone("ann"), "@frontend.web"
    done, other = ann.raise_flag(target="@backend.api"), ann.raise_flag()
    ann.commit("flags")
    assert push(ann, env=ANN).status == 0
    bo = server.clone("bo")
    ann.flaggit("lock", done, agent="@backend.api", env=ANN)
    ann.git("switch", "-qc", "topic")
    ann.flaggit("complete", done, "--commit", agent="@backend.api", env=ANN)
    assert push(ann, "topic", env=ANN).status == 0
    bo.git("fetch", "-q")
    bo.flaggit("locks", agent=web)
    starts = server.starts
    bo.flaggit("lock", other, agent=web, env=BO)
    assert server.starts == starts + 1  # one push, which the hook takes as it is
    assert "Lock-Done-On: topic" in server.git("log", "-1", "--format=%B", f"refs/heads/flags/lock/{done}")


def test_names_of_locks_are_ids(server: Server) -> None:
    clone = server.clone()
    refused(push_lock(clone, lock_commit(clone), "Not-An-Id", env=ANN), "not named by a flag's id")
    refused(push_lock(clone, lock_commit(clone), "aaaaaaa", env=ANN), "not a lock")


def test_locked_paths_are_taken_renewed_and_released_by_their_holder_alone(server: Server) -> None:
    ann, bo = server.clone("ann"), server.clone("bo")
    ann.flaggit("lock", "--files", "/api/", agent="@backend.api", env=ANN)
    bo.flaggit("lock", "--files", "/src/", agent="@frontend.web", env=BO)
    ann.flaggit("lock", "--files", "/api/", "--ttl", "3h", agent="@backend.api", env=ANN)
    before = server.git("log", "-1", "--format=%B", "flags/lock/paths")
    steal = ("lock", "--files", "/src/*.ts", "--steal", "--reason", "mine now")
    assert ann.flaggit(*steal, agent="@backend.api", env=ANN, status=None).status in (4, 5)
    refused(push(bo, ":refs/heads/flags/lock/paths", env=BO), "/api/ is held by @backend.api")
    refused(push(bo, "+HEAD:refs/heads/flags/lock/paths", env=BO), "is not one")
    assert server.git("log", "-1", "--format=%B", "flags/lock/paths") == before
    bo.flaggit("unlock", "--files", "/src/", agent="@frontend.web", env=BO)
    assert "/src/" not in server.git("log", "-1", "--format=%B", "flags/lock/paths")
    refused(push(bo, ":refs/heads/flags/lock/paths", env=BO), "/api/ is held by @backend.api")
    ann.flaggit("unlock", "--files", "/api/", agent="@backend.api", env=ANN)


def test_verdicts_on_lists_of_locked_paths() -> None:
    lock = Lock("paths", "@a.b", "i", "t", format_time(NOW), format_time(NOW + 60), nonce="n", scope="shared")
    lock = replace(lock, patterns=("/src/",))
    mine, other, nobody = Pusher(("@a.b",), "ann"), Pusher(("@c.d",), "bo"), Pusher()
    added = replace(lock, holder="@c.d", instance="j", tenure="u", patterns=("/src/*.ts",))
    aside = replace(added, patterns=("/docs/",))

    def judge(old, new, pusher, now=NOW, **options) -> bool:
        return judge_paths_push(old, new, pusher, now, **options) == []

    assert judge([], [lock], mine) and judge([], [lock], nobody) and not judge([], [lock], other)
    assert judge([lock], [lock, aside], other) and judge([lock], [], mine) and not judge([lock], [], other)
    assert judge([lock], [], nobody) and judge([lock], [aside], nobody) and not judge([lock], [added], nobody)
    assert judge([lock], [replace(lock, expires=format_time(NOW + 99), nonce="m")], mine)
    assert not judge([lock], [replace(lock, expires=format_time(NOW + 9))], other)
    assert not judge([lock], [replace(lock, patterns=("a",))], mine)
    assert not judge([lock], [replace(lock, holder="@c.d")], other)
    assert not judge([lock], [replace(lock, holder="@c.d"), lock], other)
    assert judge([lock], [added], other, now=NOW + 60 + 300) and not judge([lock], [added], other, now=NOW + 60 + 299)
    assert not judge([], None, mine)
    assert not judge([lock], [lock], nobody, require_identity=True)


def test_lock_verdicts() -> None:
    lock = Lock("k7m2q0x", "@a.b", "i", "t", format_time(NOW), format_time(NOW + 60), nonce="n", scope="shared")
    mine, other, nobody = Pusher(("@a.b",), "ann"), Pusher(("@c.d",), "bo"), Pusher()
    taken = replace(lock, holder="@c.d", tenure="u")

    def judge(old, new, pusher, now=NOW, **options) -> bool:
        return judge_lock_push(LockPush("k7m2q0x", old, new, **options), pusher, now) == []

    assert judge(None, lock, mine) and judge(None, lock, nobody) and not judge(None, lock, other)
    assert judge(lock, replace(lock, nonce="m"), nobody) and not judge(lock, taken, nobody)
    assert judge(lock, None, nobody) and judge(lock, None, mine) and not judge(lock, None, other)
    assert not judge(lock, taken, other) and judge(lock, taken, other, now=NOW + 60 + 300)
    assert not judge(lock, taken, other, now=NOW + 60 + 299)
    assert judge(lock, None, other, done=True) and judge(lock, taken, other, done=True)
    assert judge(lock, replace(lock, done_on="work", nonce="m"), other, vouched=True)
    assert not judge(lock, replace(lock, done_on="nowhere", nonce="m"), other)  # a branch without it frees the lock
    assert not judge(lock, replace(lock, done_on="work", expires=format_time(NOW + 9)), other, vouched=True)
    dated = replace(lock, done_on="work", done_at=format_time(NOW + 600))
    assert judge(lock, dated, other, vouched=True)
    for date in (NOW - 14 * 86400, NOW + 601):  # old at once is free to take at once
        assert not judge(lock, replace(dated, done_at=format_time(date)), other, vouched=True)
    assert not judge(None, replace(lock, acquired=format_time(NOW + 601)), mine)
    assert judge_lock_push(LockPush("k7m2q0x", lock, None), nobody, NOW, require_identity=True)


def test_pusher_is_found_by_the_best_proof_and_a_bad_one_is_not_made_up_for() -> None:
    from flaggit.catalog.parsing import parse_catalog

    catalog = parse_catalog([("c", CATALOG.replace('login: "bo"', 'login: "bo", signing_key: "SHA256:k"').encode())])
    signed = {"GIT_PUSH_CERT": "x", "GIT_PUSH_CERT_STATUS": "G", "GIT_PUSH_CERT_NONCE_STATUS": "OK"}

    def find(**variables: str) -> tuple[str, ...]:
        return find_pusher(variables, catalog).handles

    assert find() == ()
    assert find(REMOTE_USER="ann") == find(REMOTE_USER="ann@example.org") == ("@backend.api",)
    assert find(REMOTE_USER="bo", FLAGGIT_PUSHER="ann") == find(FLAGGIT_PUSHER="@backend.api") == ("@backend.api",)
    assert find(FLAGGIT_PUSHER="@no.body") == find(REMOTE_USER="eve") == ()
    assert find(**signed, GIT_PUSH_CERT_KEY="SHA256:k", REMOTE_USER="ann") == ("@frontend.web",)
    assert find(**signed, GIT_PUSH_CERT_SIGNER="Ann <ann@example.org>") == ("@backend.api",)
    assert find(**{**signed, "GIT_PUSH_CERT_STATUS": "U"}, GIT_PUSH_CERT_SIGNER="ann@example.org") == ()
    for bad in ({"GIT_PUSH_CERT_STATUS": "B"}, {"GIT_PUSH_CERT_NONCE_STATUS": "BAD"}):
        assert find(**{**signed, **bad}, GIT_PUSH_CERT_KEY="SHA256:k", REMOTE_USER="ann") == ()


def test_flags_of_a_thousand_in_one_push(server: Server) -> None:
    clone = server.clone()
    document = {
        "schema": 1,
        "id": "",
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": LONG_CHANGE,
        "action_required": LONG_ACTION,
        "created_at": "2026-11-23T14:00:00Z",
    }
    folder = clone.path / ".flags" / "frontend.web"
    folder.mkdir()
    for number in range(1000):
        name = f"k{number:06d}"
        (folder / f"{name}.yaml").write_bytes(dump_document("flag", {**document, "id": name}))
    clone.commit("many", ".flags")
    assert push(clone).status == 0


@pytest.mark.parametrize("situation", ["old branch", "new branch", "first of all"])
def test_what_some_file_system_takes_for_the_store_is_refused(server: Server, situation: str) -> None:
    """A clone there would have these files in its store, and nobody would have judged them."""
    clone = server.clone()
    if situation == "first of all":
        server.git("update-ref", "-d", "HEAD")
    if situation == "new branch":
        clone.git("switch", "-qc", "topic")
    for path in (".FLAGS/done/k7m2q0x.yaml", ".flags./x", "flags~1/x", ".fl\u200cags/x", ".flags/done/k7m2q0x.yaml."):
        clone.write(path, "nonsense")
        clone.commit("Look alike", path)
        refused(push(clone), "some file systems", "F026")
        clone.git("reset", "-q", "--hard", "HEAD~1")
    clone.write("FLAGS/done.yaml", "nonsense")
    clone.commit("Look no more alike", "FLAGS")
    assert push(clone).status == 0


def test_another_name_of_main_is_main(server: Server) -> None:
    """As after a branch was renamed: git follows the symbolic ref, and so does the hook."""
    server.require_identity()
    clone = server.clone()
    server.git("symbolic-ref", "refs/heads/master", "refs/heads/main")
    refused(push(clone, ":refs/heads/master", env=ANN), "for integrators")
    clone.write(".flags/config.yaml", "schema: 1\nrequire_identity: false\n")
    clone.commit("Let me in", ".flags")
    refused(push(clone, "HEAD:refs/heads/master", env=ANN), "for integrators to change")
    refused(push(clone, "HEAD:refs/heads/fl\u200cags", env=ANN), "where the refs of locks belong")


def test_patterns_made_to_take_long_do_not_keep_a_server_busy():
    old = Lock(
        "paths", "@a.b", "i", "t", format_time(NOW - 60), format_time(NOW + 60), "n", patterns=("/" + "a*" * 499 + "b",)
    )
    new = replace(old, tenure="u", instance="j", patterns=tuple(f"/{'*a' * 495}{number}" for number in range(100)))
    told: list[str] = []
    steps = count_steps(lambda: told.extend(judge_paths_push([old], [new], Pusher(), NOW)))
    assert "too long to compare" in told[0]
    assert steps < 2_000_000
    assert judge_paths_push([old], [old], Pusher(), NOW) == []  # nothing is locked, nothing compared
    kept = parse_list(format_list([old, replace(new, patterns=("a*" * 501,))], "n"), "shared")
    assert [entry.tenure for entry in kept] == ["t"]
