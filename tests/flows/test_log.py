"""The history of a flag: every step with its commits, on any branch, after rebase and squash, and what it proves."""

from __future__ import annotations

import subprocess
import time

from repositories import CATALOG, Work

from flaggit.commands.raising.conversation import redirect
from flaggit.commands.raising.editing import edit, note
from flaggit.commands.working.reopening import reopen
from flaggit.lifecycle.completing import complete

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


def steps(work: Work, flag_id: str) -> list[tuple]:
    """Return step, agent and verdict of each step, and in how many commits it stands."""
    found = work.flaggit("log", flag_id, "--json").data["steps"]
    return [(item["step"], item["agent"], item["verdict"], len(item["commits"])) for item in found]


def live(work: Work) -> str:
    """Give a flag a whole life on the branch that is checked out, a commit a step."""
    flag_id = work.raise_flag(related_files=("src/a.ts",))
    work.commit("raise")
    session = work.session()
    edit(session, flag_id=flag_id, agent=API, impact="high")
    work.commit("more urgent", ".flags")
    note(session, flag_id=flag_id, text="On it.", sender=WEB)
    work.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "note")
    complete(work.session(), flag_ids=[flag_id], agent=WEB)
    work.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "do it")
    return flag_id


def test_a_whole_life(work):
    flag_id = live(work)
    reopen(work.session(), flag_id=flag_id, agent=WEB)
    work.commit("again")
    assert sorted(steps(work, flag_id)) == sorted(
        [
            ("raised", API, "unverified", 1),
            ("edited", API, "unverified", 1),
            ("noted", WEB, "unverified", 1),
            ("completed", WEB, "unverified", 1),
            ("reopened", API, "unverified", 1),
        ]
    )
    assert steps(work, flag_id)[0][0] == "raised"
    text = work.flaggit("log", flag_id[:4]).out
    assert "edited by @backend.api: impact_level" in text
    assert "completed by @frontend.web (done)" in text
    assert "Ann Example <ann@example.org>" in text


def test_it_survives_rebase_and_squash(work):
    work.git("switch", "-q", "-c", "topic")
    flag_id = live(work)
    before = work.flaggit("log", flag_id, "--json").data["steps"]
    assert all(seen["in_head"] for item in before for seen in item["commits"])
    work.git("branch", "kept")
    work.git("switch", "-q", "main")
    work.commit("meanwhile")
    work.git("switch", "-q", "topic")
    work.git("rebase", "-q", "main")
    rebased = work.flaggit("log", flag_id, "--json").data["steps"]
    assert [(item["step"], item["agent"]) for item in rebased] == [(item["step"], item["agent"]) for item in before]
    for item in rebased:
        assert [seen["in_head"] for seen in item["commits"]] == [True, False]
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "topic")
    work.commit("squashed")
    work.git("branch", "-q", "-D", "topic", "kept")
    squashed = work.flaggit("log", flag_id, "--json").data["steps"]
    assert sorted(item["step"] for item in squashed) == ["completed", "noted", "raised"]
    assert {item["agent"] for item in squashed} == {API, WEB}
    assert {seen["subject"] for item in squashed for seen in item["commits"]} == {"squashed"}


def test_other_branches_are_seen_from_anywhere(work):
    work.git("switch", "-q", "-c", "topic")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "main")
    item = work.flaggit("log", flag_id, "--json").data["steps"][0]
    assert (item["step"], item["commits"][0]["in_head"]) == ("raised", False)
    assert "(not in HEAD)" in work.flaggit("log", flag_id).out


def test_what_is_not_committed_yet(work):
    flag_id = work.raise_flag()
    assert steps(work, flag_id) == [("raised", API, "unverified", 0)]
    work.commit("raise")
    complete(work.session(), flag_ids=[flag_id], agent=WEB)
    assert steps(work, flag_id) == [("raised", API, "unverified", 1), ("completed", WEB, "unverified", 0)]
    assert "not committed yet" in work.flaggit("log", flag_id).out


def test_a_pruned_flag_still_has_its_history(work):
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml")
    work.commit("prune")
    assert [item[0] for item in steps(work, flag_id)] == ["raised", "deleted"]


def test_an_unknown_flag(work):
    assert work.flaggit("log", "zzzzzz9", status=3).err
    assert work.flaggit("log", "no/such", status=2).err


def test_a_flag_that_was_handed_on_is_raised_by_its_target_of_before(work):
    flag_id = work.raise_flag(source=API)
    work.commit("raise")
    new = redirect(work.session(), flag_id=flag_id, to=QUEUE, sender=WEB).data.raised.rows[0].flag.id
    work.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "hand on")
    assert steps(work, new) == [("raised", API, "unverified", 1)]
    assert steps(work, flag_id)[1] == ("completed", WEB, "unverified", 1)
    assert f"superseded by {new}" in work.flaggit("log", flag_id).out


def test_verified_unverified_mismatch(work, tmp_path):
    prints = {}
    for name in ("web", "ann"):
        key = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        prints[name] = subprocess.check_output(["ssh-keygen", "-lf", f"{key}.pub"], text=True).split()[1]
    marked = f'{{email: "web@example.org", signing_key: "{prints["web"]}"}}'
    work.write(".flags/catalog.yaml", CATALOG.replace('{email: "web@example.org"}', marked))
    work.commit("keys", ".flags")
    ids = [work.raise_flag() for _ in range(3)]
    work.commit("raise")
    work.git("config", "gpg.format", "ssh")
    web = ["-c", "user.email=web@example.org"]
    for flag_id, key in zip(ids, ("web", "ann", None), strict=True):
        complete(work.session(), flag_ids=[flag_id], agent=WEB)
        sign = ["-c", f"user.signingkey={tmp_path / key}"] if key else []
        work.git(*web, *sign, "commit", "-q", *(["-S"] if key else []), "-m", "do it")
    assert [steps(work, flag_id)[1][2] for flag_id in ids] == ["verified", "unverified", "unverified"]
    complete_by_ann = work.raise_flag()
    work.commit("raise")
    complete(work.session(), flag_ids=[complete_by_ann], agent=WEB)
    work.commit("Ann does it in web's name")
    assert steps(work, complete_by_ann)[1][2] == "mismatch"
    listed = tmp_path / "signers"
    listed.write_text(f"web@example.org {(tmp_path / 'web.pub').read_text()}")
    work.git("config", "gpg.ssh.allowedSignersFile", str(listed))
    seen = work.flaggit("log", ids[0], "--json").data["steps"][1]["commits"][0]
    assert (seen["verdict"], seen["signature"], seen["signer"]) == ("verified", "G", "web@example.org")


def test_what_is_not_committed_yet_is_told_each_time(work):
    flag_id = work.raise_flag()
    work.flaggit("complete", flag_id, agent=WEB)
    work.commit("Do it")
    work.flaggit("reopen", flag_id, "--reason", "Not yet.", agent=API)
    found = work.flaggit("log", flag_id, "--json").data["steps"]
    shown = [(step["step"], bool(step["commits"])) for step in found]
    assert shown[:2] == [("raised", True), ("completed", True)]
    assert sorted(shown[2:]) == [("noted", False), ("reopened", False)]  # of one second or of two
    assert "reopened  not committed yet" in work.flaggit("log", flag_id).out
    work.commit("Take it back")
    time.sleep(1.1)  # two completions of one second would be told as one
    work.flaggit("complete", flag_id, agent=WEB)
    last = work.flaggit("log", flag_id, "--json").data["steps"][-1]
    assert (last["step"], last["commits"]) == ("completed", [])


def test_nothing_of_a_commit_reaches_the_terminal_raw(work):
    flag_id = work.raise_flag()
    work.git("-c", "user.name=A\x1b[31mB", "commit", "-q", "-m", "s\x1b[2Jx")
    answer = work.flaggit("log", flag_id)
    assert "\x1b" not in answer.out


def test_a_bare_clone(work, tmp_path):
    flag_id = live(work)
    work.git("clone", "-q", "--bare", str(work.path), str(tmp_path / "bare.git"))
    assert steps(Work(tmp_path / "bare.git"), flag_id) == steps(work, flag_id)


def test_a_shallow_clone_says_that_it_may_lack_commits(work, tmp_path):
    flag_id = live(work)
    work.git("clone", "-q", "--depth", "1", f"file://{work.path}", str(tmp_path / "shallow"))
    assert "not committed may be in a commit" in Work(tmp_path / "shallow").flaggit("log", flag_id).err
    assert "not committed" not in work.flaggit("log", flag_id).err
