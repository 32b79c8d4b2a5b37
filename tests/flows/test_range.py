"""The range check: what merging a branch would bring, judged against its base, in any clone."""

from __future__ import annotations

import subprocess

import pytest
from repositories import CATALOG, LONG_CHANGE, Work

from flaggit.checking.range_check import check_range
from flaggit.commands.raising.conversation import redirect
from flaggit.commands.raising.editing import edit, note
from flaggit.commands.working.reopening import reopen
from flaggit.documents.canonical import dump_document
from flaggit.lifecycle.completing import complete

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


def check(work: Work, text: str = "main..HEAD") -> list[tuple[str, str, str]]:
    """Return rule, code and level of everything found, without the missing trailers that are only noted."""
    return [
        (problem.rule, problem.code, problem.level)
        for problem in check_range(work.session(), text)
        if not (problem.rule == "F034" and problem.level == "note")
    ]


@pytest.fixture
def topic(work: Work) -> Work:
    """A repository with the pending flag ``topic.x`` on main, on a branch of its own."""
    work.x = work.raise_flag(related_files=("src/a.ts",))
    work.path_x = f".flags/frontend.web/{work.x}.yaml"
    work.commit("raise")
    work.git("switch", "-q", "-c", "topic")
    return work


def as_web(work: Work, message: str) -> None:
    """Commit as the one whom the catalog knows as @frontend.web."""
    work.git("-c", "user.email=web@example.org", "commit", "-q", "-m", message)


def test_good_work_finds_nothing(topic):
    new = topic.raise_flag(source=API)
    topic.commit("raise another")
    note(topic.session(), flag_id=topic.x, text="On it.", sender=WEB)
    as_web(topic, "note")
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, f"do it\n\nCompletes-Flag: {topic.x}")
    redirect(topic.session(), flag_id=new, to=QUEUE, sender=WEB)
    as_web(topic, f"hand on\n\nCompletes-Flag: {new}")
    assert check(topic) == []
    assert topic.flaggit("check", "--range", "main..HEAD").status == 0


def test_immutable_fields(topic):
    text = topic.read(topic.path_x)
    topic.write(topic.path_x, text.replace('"@backend.api"', '"@backend.queue"').replace("T14:00", "T15:00"))
    topic.commit("rewrite", ".flags")
    assert check(topic) == [("F030", "immutable_changed", "error")] * 2
    topic.write(topic.path_x, text.replace('impact_level: "medium"', 'impact_level: "high"'))
    topic.commit("put back", ".flags")
    assert check(topic) == []


def test_a_moved_flag(topic):
    path = f".flags/backend.queue/{topic.x}.yaml"
    topic.write(path, topic.read(topic.path_x).replace(WEB, QUEUE))
    topic.git("rm", "-q", topic.path_x)
    topic.commit("move", ".flags")
    assert ("F030", "moved", "error") in check(topic)


def test_a_flag_made_whole_is_no_change_of_what_never_changes(topic):
    lines = [line for line in topic.read(topic.path_x).split("\n") if not line.startswith(("schema", "id", "created"))]
    topic.write(".flags/frontend.web/todo.yaml", "\n".join(lines))
    topic.commit("by hand", ".flags")
    topic.git("branch", "-f", "main")
    topic.flaggit("check", "--fix", status=None)
    topic.commit("whole", ".flags")
    assert not [found for found in check(topic) if found[0] == "F030"]


def test_a_deleted_pending_flag(topic):
    topic.git("rm", "-q", topic.path_x)
    topic.commit("away with it")
    assert check(topic) == [("F031", "pending_deleted", "error")]


def test_a_pruned_completed_flag_is_fine(topic):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    topic.commit(f"done\n\nCompletes-Flag: {topic.x}")
    topic.git("branch", "-f", "main")
    topic.git("rm", "-q", topic.path_x, f".flags/done/{topic.x}.yaml")
    topic.commit(f"prune\n\nReopens-Flag: {topic.x}")
    assert check(topic) == []


def test_completed_at_the_base_already(topic, tmp_path):
    other = clone(topic, tmp_path)
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    complete(other.session(), flag_ids=[topic.x], agent=QUEUE, force=True, reason="web is away")
    other.commit(f"done too\n\nCompletes-Flag: {topic.x}")
    other.git("push", "-q", "origin", "HEAD:refs/heads/main")
    found = check(topic)
    assert ("F032", "already_completed", "error") in found
    # The merge result, as forges check it out, with the base's completion kept or not.
    topic.git("switch", "-q", "--detach", "main")
    topic.git("merge", "-q", "--no-edit", "-X", "theirs", "topic")
    assert ("F032", "already_completed", "error") in check(topic, "main..HEAD")
    topic.git("reset", "-q", "--hard", "main")
    topic.git("merge", "-q", "--no-edit", "-X", "ours", "topic")
    assert check(topic, "main..HEAD") == []


def clone(work: Work, folder) -> Work:
    work.git("config", "receive.denyCurrentBranch", "ignore")
    work.git("clone", "-q", str(work.path), str(folder / "other"))
    return Work(folder / "other")


def test_two_completions_that_the_driver_settled_are_reported(topic, tmp_path):
    from repositories import DRIVER

    from flaggit.commands.setup.files import ATTRIBUTES

    other = clone(topic, tmp_path)
    topic.write(".flags/.gitattributes", ATTRIBUTES)
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    topic.git("add", ".flags")
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    session = other.session()
    session.now -= 60
    complete(session, flag_ids=[topic.x], agent=WEB, note="first")
    other.commit(f"done first\n\nCompletes-Flag: {topic.x}")
    other.git("push", "-q", "origin", "HEAD:refs/heads/main")
    topic.git("-c", f"merge.flaggit.driver={DRIVER}", "merge", "-q", "--no-edit", "main")
    assert ("F032", "completed_twice", "warning") in check(topic)
    assert not [found for found in check(topic) if found[2] == "error"]


def test_who_may_complete(topic):
    complete(topic.session(), flag_ids=[topic.x], agent=QUEUE, force=True, reason="web is away")
    topic.commit(f"by another\n\nCompletes-Flag: {topic.x}")
    assert check(topic) == [("F032", "forced", "warning")]
    path = f".flags/done/{topic.x}.yaml"
    topic.write(path, topic.read(path).replace("Forced: ", ""))
    topic.commit("no reason", ".flags")
    assert check(topic) == [("F032", "not_target", "warning")]
    topic.git("config", "flaggit.requireIdentity", "true")
    assert check(topic) == [("F032", "not_target", "error")]


def test_the_holder_may_complete_and_others_may_not(topic):
    _lock(topic, QUEUE)
    _write_completion(topic, WEB)
    topic.commit(f"done\n\nCompletes-Flag: {topic.x}")
    assert ("F033", "locked_by_other", "error") in check(topic)
    _write_completion(topic, QUEUE)
    topic.commit("by its holder")
    assert check(topic) == []


def _write_completion(work: Work, agent: str) -> None:
    fields = {"schema": 1, "id": work.x, "completed_by": agent, "completed_at": "2026-11-23T15:00:00Z"}
    text = dump_document("completion", {**fields, "resolution": "done"}).decode()
    work.write(f".flags/done/{work.x}.yaml", text)
    work.git("add", ".flags")


def _lock(work: Work, agent: str) -> None:
    work.flaggit("lock", work.x, agent, env={"FLAGGIT_SESSION": "elsewhere"})


def test_a_plain_clone_brings_the_locks_along(topic, tmp_path):
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "hub.git")], check=True)
    topic.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    _lock(topic, QUEUE)
    _write_completion(topic, WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    topic.git("push", "-q", "origin", "main", "topic")
    topic.git("clone", "-q", "-b", "topic", str(tmp_path / "hub.git"), str(tmp_path / "ci"))
    runner = Work(tmp_path / "ci")
    assert check(runner, "origin/main..HEAD") == [("F033", "locked_by_other", "error")]
    topic.git("push", "-q", "origin", f":refs/heads/flags/lock/{topic.x}")
    runner.flaggit("locks")  # the branch stays until it is pruned, and counts no more
    assert check(runner, "origin/main..HEAD") == []


def test_another_tenure_of_the_same_agent(topic):
    _lock(topic, WEB)
    tenure = next(iter(topic.session().clone.locks.values())).tenure
    _write_completion(topic, WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}\nFlag-Lock: {tenure}")
    assert check(topic) == []
    topic.git(
        "-c",
        "user.email=web@example.org",
        "commit",
        "-q",
        "--amend",
        "-m",
        f"done\n\nCompletes-Flag: {topic.x}\nFlag-Lock: 0123",
    )
    assert check(topic) == [("F033", "locked_by_other", "error")]


@pytest.mark.parametrize(("setting", "level"), [("note", "note"), ("warn", "warning"), ("require", "error")])
def test_a_missing_trailer_is_as_bad_as_the_setting_says(topic, setting, level):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, "done, and says nothing")
    topic.git("config", "flaggit.trailers", setting)
    found = [(problem.rule, problem.code, problem.level) for problem in check_range(topic.session(), "main..HEAD")]
    assert found == [("F034", "no_trailer", level)]


SQUASHED = (
    "Orders (#12)\n\n* first\n\nCompletes-Flag: {x}\n\n* second\n\nMore.\n\n---------\n\nCo-authored-by: Bo <b@x>\n",
    "Squashed commit of the following:\n\ncommit 1234\nAuthor: Bo\n\n    first\n\n    Completes-Flag: {x}\n",
    "one\n\ncompletes-flag: #{x}\n",
)


@pytest.mark.parametrize("message", SQUASHED)
def test_squashed_messages_are_understood(topic, message):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, message.format(x=topic.x))
    topic.git("config", "flaggit.trailers", "require")
    topic.git("config", "trailer.separators", "=")
    assert check(topic) == []


def test_a_trailer_without_its_completion(topic):
    topic.commit(f"I say so\n\nCompletes-Flag: {topic.x}\nCompletes-Flag: zzzzzzz")
    assert check(topic) == [("F034", "not_completed", "warning"), ("F034", "unknown_flag", "warning")]
    topic.git("config", "flaggit.trailers", "require")
    assert check(topic) == [("F034", "not_completed", "error"), ("F034", "unknown_flag", "warning")]


def test_a_completion_that_was_taken_back_is_no_broken_promise(topic):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    topic.git("revert", "--no-edit", "HEAD")
    topic.git("config", "flaggit.trailers", "require")
    assert check(topic) == []


def test_a_reopening_without_a_word(topic):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    topic.git("branch", "-f", "main")
    reopen(topic.session(), flag_id=topic.x, agent=WEB)
    topic.commit("again")
    topic.git("config", "flaggit.trailers", "warn")
    assert check(topic) == [("F034", "no_reopen_trailer", "warning")]
    topic.git("commit", "-q", "--amend", "-m", f"again\n\nReopens-Flag: {topic.x}")
    assert check(topic) == []


def test_files_are_judged_at_the_head_and_in_between(topic):
    good = topic.read(topic.path_x)
    topic.write(topic.path_x, good + "\n<<<<<<< HEAD\n")
    topic.commit("broken", ".flags")
    assert check(topic) == [("F001", "conflict_markers", "error")]
    topic.write(topic.path_x, good.replace("Poll", "Please poll"))
    (topic.path / ".flags/general").mkdir()
    (topic.path / ".flags/general/link.yaml").symlink_to("/etc/passwd")
    topic.commit("mended, and a link", ".flags")
    topic.git("rm", "-q", ".flags/general/link.yaml")
    topic.commit("gone")
    assert check(topic) == [("F001", "conflict_markers", "warning"), ("F001", "not_regular", "warning")]


def test_old_texts_are_not_judged_again(topic):
    topic.write(".flags/config.yaml", "schema: 1\nmin_change_description: 500\n")
    topic.git("switch", "-q", "main")
    topic.commit("stricter", ".flags")
    topic.git("switch", "-q", "topic")
    topic.git("merge", "-q", "--no-edit", "main")
    edit(topic.session(), flag_id=topic.x, agent=API, impact="high")
    topic.commit("more urgent", ".flags")
    assert check(topic) == []
    topic.write(topic.path_x, topic.read(topic.path_x).replace("POST", "PUT"))
    topic.commit("another text", ".flags")
    assert check(topic) == [("F006", "too_short", "error")]


def test_the_settings_of_the_base_count(topic):
    topic.git("switch", "-q", "main")
    topic.write(".flags/config.yaml", "schema: 1\ntrailers: require\n")
    topic.commit("strict", ".flags")
    topic.git("switch", "-q", "topic")
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, "done, and says nothing")
    topic.write(".flags/config.yaml", "schema: 1\ntrailers: note\n")
    topic.commit("relax", ".flags")
    assert ("F034", "no_trailer", "error") in check(topic)


def test_the_same_id_twice_after_the_merge(topic):
    topic.write(f".flags/general/{topic.x}.yaml", topic.read(topic.path_x).replace('"@frontend.web"', "null"))
    topic.commit("copy", ".flags")
    assert ("F021", "duplicate_id", "error") in check(topic)


def test_claims_are_held_against_the_commit_and_the_base_catalog(topic):
    topic.raise_flag(source=WEB, target=API)
    topic.write(".flags/catalog.yaml", CATALOG.replace("web@example.org", "ann@example.org"))
    topic.commit("Ann says she is web", ".flags")
    assert check(topic) == [("F036", "forged_author", "error")]
    topic.git("-c", "user.email=web@example.org", "commit", "-q", "--amend", "--reset-author", "--no-edit")
    assert check(topic) == []
    topic.git("config", "flaggit.requireSignatures", "true")
    assert check(topic) == [("F036", "unsigned_author", "error")]


def test_a_later_commit_that_rewrites_a_claim_counts_too(topic):
    complete(topic.session(), flag_ids=[topic.x], agent=WEB)
    as_web(topic, f"done\n\nCompletes-Flag: {topic.x}")
    assert check(topic) == []
    path = f".flags/done/{topic.x}.yaml"
    topic.write(path, topic.read(path).replace('"done"', '"not_applicable"'))
    topic.commit("Ann changes what web said", ".flags")
    assert check(topic) == [("F036", "forged_author", "error")]


def test_a_signature_proves_the_signer_and_not_the_author(topic, tmp_path):
    keys = {}
    for name in ("ann", "web"):
        key = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        keys[name] = subprocess.check_output(["ssh-keygen", "-lf", f"{key}.pub"], text=True).split()[1]
    listed = CATALOG.replace(
        '{email: "web@example.org"}', f'{{email: "web@example.org", signing_key: "{keys["web"]}"}}'
    )
    topic.git("switch", "-q", "main")
    topic.write(".flags/catalog.yaml", listed)
    topic.commit("keys", ".flags")
    topic.git("switch", "-q", "-c", "signed")
    topic.git("config", "flaggit.requireSignatures", "true")
    topic.git("config", "gpg.format", "ssh")
    topic.raise_flag(source=WEB, target=API)
    author = ["-c", "user.email=web@example.org"]
    topic.git(*author, "-c", f"user.signingkey={tmp_path / 'ann'}", "commit", "-q", "-S", "-m", "signed by ann")
    assert check(topic) == [("F036", "unsigned_author", "error")]
    topic.git(*author, "-c", f"user.signingkey={tmp_path / 'web'}", "commit", "-q", "-S", "--amend", "--no-edit")
    assert check(topic) == []


def test_an_edit_that_lands_in_another_flag_is_named(topic):
    topic.git("switch", "-q", "main")
    topic.write(topic.path_x, topic.read(topic.path_x).replace("Poll", "Please do poll"))
    topic.commit("edit", ".flags")
    topic.git("switch", "-q", "topic")
    similar = topic.read(topic.path_x).replace(topic.x, "zzzzzz1")
    topic.git("rm", "-q", topic.path_x)
    topic.write(".flags/frontend.web/zzzzzz1.yaml", similar)
    topic.commit("remove one, raise a similar one", ".flags")
    assert ("F038", "misplaced_edit", "error") in check(topic)
    topic.git("merge", "-q", "--no-edit", "main", check=False)
    merged = topic.read(".flags/frontend.web/zzzzzz1.yaml")
    assert "Please do poll" in merged
    topic.commit("merged", ".flags")
    assert ("F038", "misplaced_edit", "error") in check(topic)
    topic.write(".flags/frontend.web/zzzzzz1.yaml", similar)
    topic.commit("put it right", ".flags")
    assert not [found for found in check(topic) if found[0] == "F038" and found[2] == "error"]


def test_a_bare_clone_answers_the_same(topic, tmp_path):
    topic.git("rm", "-q", topic.path_x)
    topic.commit("away with it")
    topic.git("clone", "-q", "--bare", str(topic.path), str(tmp_path / "bare.git"))
    bare = Work(tmp_path / "bare.git")
    assert check(bare, "main..topic") == check(topic) == [("F031", "pending_deleted", "error")]


def test_a_shallow_clone_judges_what_it_has(topic, tmp_path):
    for number in range(5):
        topic.commit(f"step {number}")
    text = topic.read(topic.path_x)
    topic.write(topic.path_x, text.replace("T14:00", "T15:00"))
    topic.commit("rewrite", ".flags")
    topic.git("switch", "-q", "main")
    topic.raise_flag()
    topic.commit("meanwhile")
    for depth, partial in ((2, True), (20, False)):
        folder = tmp_path / f"shallow{depth}"
        topic.git("clone", "-q", "--depth", str(depth), "--no-single-branch", topic.path.as_uri(), str(folder))
        shallow = Work(folder)
        found = check(shallow, "origin/main..origin/topic")
        assert ("F030", "immutable_changed", "error") in found
        assert (("F039", "partial", "warning") in found) == partial
        assert not [problem for problem in found if problem[0] == "F031"]


def test_a_new_branch_has_no_base(topic):
    topic.raise_flag(source="@nobody.here")
    topic.commit("raise")
    found = check_range(topic.session(), "0" * 40 + "..HEAD")
    assert {problem.code for problem in found} == {"unknown_source"}


def test_a_sha256_repository(work, tmp_path):
    work.git("init", "-q", "-b", "main", "--object-format=sha256", str(tmp_path / "sha256"))
    new = Work(tmp_path / "sha256")
    new.write(".flags/catalog.yaml", CATALOG)
    flag_id = new.raise_flag()
    new.commit("begin", ".flags")
    new.git("switch", "-q", "-c", "topic")
    new.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml")
    new.commit("away")
    new.git("switch", "-q", "main")
    new.commit("meanwhile")
    assert check(new, "main..topic") == [("F031", "pending_deleted", "error")]


def test_nothing_is_written_by_a_check(topic):
    topic.git("switch", "-q", "main")
    topic.raise_flag()
    topic.commit("meanwhile")
    topic.git("switch", "-q", "topic")
    topic.raise_flag()
    topic.commit("raise")
    before = topic.git("count-objects", "-v"), topic.git("status", "--porcelain"), topic.git("for-each-ref")
    assert check(topic) == []
    assert (topic.git("count-objects", "-v"), topic.git("status", "--porcelain"), topic.git("for-each-ref")) == before


def test_an_unknown_range_is_an_error(topic):
    assert topic.flaggit("check", "--range", "nowhere..HEAD", status=3).err
    assert topic.flaggit("check", "--range", "--output=x..HEAD", status=None).status in (2, 3)


def test_findings_reach_the_command(topic):
    topic.git("rm", "-q", topic.path_x)
    topic.commit("away with it")
    answer = topic.flaggit("check", "--range", "main..HEAD", "--json", status=1)
    assert [item["rule"] for item in answer.data] == ["F031"]
    assert answer.data[0]["ids"] == [topic.x]
    assert LONG_CHANGE not in answer.out


def test_the_store_in_other_letters(topic):
    topic.write(".Flags/done/k7m2q0x.yaml", "nonsense")
    topic.write("src/.FLAGS/mine.txt", "of no interest")
    topic.commit("look alike", ".")
    assert check(topic) == [("F026", "lookalike", "error")]
    topic.git("switch", "-qc", "next")
    topic.write("a.txt", "x")
    topic.commit("more", ".")
    assert check(topic, "topic..HEAD") == []


CO_AUTHOR = "Co-authored-by: web <web@example.org>"


@pytest.mark.parametrize(
    ("who", "message", "settings", "expected"),
    [
        ("nobody@example.net", "squash", "", ("unknown_author", "warning")),
        ("nobody@example.net", f"squash\n\n{CO_AUTHOR}", "", None),
        ("nobody@example.net", f"squash\n\n{CO_AUTHOR}", "require_identity: true", ("unknown_author", "error")),
        ("ann@example.org", "squash", "", ("forged_author", "error")),
        ("ann@example.org", f"squash\n\n{CO_AUTHOR}", "", None),
        ("ann@example.org", "squash\n\n    Author: web <web@example.org>", "", None),
        ("ann@example.org", f"squash\n\n{CO_AUTHOR}", "require_identity: true", ("forged_author", "error")),
        ("ann@example.org", "squash", 'integrators: ["@backend.api"]', None),
        ("ann@example.org", "squash", 'integrators: ["@backend.api"]\nrequire_identity: true', None),
        (
            "ann@example.org",
            "squash",
            'integrators: ["@backend.api"]\nrequire_signatures: true',
            ("unsigned_author", "error"),
        ),
        ("web@example.org", "squash", "require_identity: true", None),
    ],
)
def test_who_may_make_commits_of_others_work(topic, who, message, settings, expected):
    topic.git("switch", "-q", "main")
    topic.write(".flags/config.yaml", f"schema: 1\n{settings}\n")
    topic.commit("settings", ".flags")
    topic.git("switch", "-q", "-c", "squashed")
    topic.raise_flag(source=WEB, target=API)
    topic.git("-c", f"user.email={who}", "commit", "-q", "-m", message)
    found = [(code, level) for rule, code, level in check(topic) if rule == "F036"]
    assert found == ([expected] if expected else [])


def test_an_agent_without_a_listed_address_is_contradicted_by_nobody(topic):
    topic.raise_flag(source=QUEUE, target=API)
    topic.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "for queue")
    assert check(topic) == []


def test_the_tools_own_acts_need_no_word(topic):
    """``prune``, ``redirect`` and an import are known by their files."""
    topic.write(".flags/config.yaml", "schema: 1\ntrailers: require\n")
    topic.commit("settings", ".flags")
    done = topic.raise_flag()
    complete(topic.session(), flag_ids=[done], agent=WEB)
    as_web(topic, f"do\n\nCompletes-Flag: {done}")
    topic.git("branch", "-f", "main")
    topic.flaggit("prune", "--completed-before", "0d", "--commit")
    assert not (topic.path / f".flags/done/{done}.yaml").exists()
    redirect(topic.session(), flag_id=topic.x, to=QUEUE, sender=WEB)
    as_web(topic, "hand on")
    both = topic.raise_flag()
    complete(topic.session(), flag_ids=[both], agent=WEB)
    as_web(topic, "import")
    found = [problem for problem in check_range(topic.session(), "main..HEAD") if problem.rule in ("F034", "F031")]
    assert found == []
    assert "pruned" in topic.flaggit("show", done, status=3).err
    assert done in topic.flaggit("log", done).out
    later = topic.raise_flag()
    topic.commit("raise")
    complete(topic.session(), flag_ids=[later], agent=WEB)
    as_web(topic, "no word")
    found = [problem.code for problem in check_range(topic.session(), "main..HEAD") if problem.rule == "F034"]
    assert found == ["no_trailer"]
