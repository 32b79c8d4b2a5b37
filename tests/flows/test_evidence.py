"""Who is right for a task by more than words: owners, commits and completed flags, in real histories."""

from __future__ import annotations

import pytest
from repositories import CATALOG, LONG_ACTION, LONG_CHANGE

from flaggit.impact import evidence
from flaggit.impact.evidence import read_past

PATH = ".flags/catalog.yaml"
NOBODY = "stranger@example.org"
WEB = "web@example.org"


@pytest.fixture
def found(work):
    """Ask who is right for some files; the query itself says nothing about anybody."""

    def ask(*files: str, cwd: str = "", more: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        hits = work.flaggit("agents", "search", "zzz", "--files", *files, *more, "--json", cwd=cwd).data
        return [(hit["name"], hit["reasons"][0]) for hit in hits]

    return ask


def commit(work, address: str, name: str, text: str, message: str = "work") -> None:
    work.write(name, text)
    work.git("add", "--", name)
    work.git("-c", f"user.email={address}", "commit", "-q", "-m", message)


def test_a_renamed_file_keeps_its_past(work, found):
    lines = "".join(f"line {number}\n" for number in range(40))
    commit(work, WEB, "lib/old.py", lines)
    commit(work, WEB, "lib/old.py", lines + "more\n")
    work.git("mv", "lib/old.py", "lib/new.py")
    work.git("-c", f"user.email={NOBODY}", "commit", "-q", "-m", "rename")
    assert found("lib/new.py") == [("@frontend.web", "commits to these files: 2")]
    flag_id = work.raise_flag(target="@backend.queue", related_files=("lib/old.py",))
    work.flaggit("complete", flag_id, agent="@backend.queue")
    assert ("@backend.queue", "completed before: 1 such flag") in found("lib/new.py")


@pytest.mark.parametrize(
    "message",
    [
        "Squash (#7)\n\n* work\n\nCo-authored-by: Web <WEB@example.org>",
        "Squashed commit of the following:\n\ncommit 1\nAuthor: Web <web@example.org>\nDate:   now\n\n    work",
    ],
)
def test_who_squashes_is_not_the_only_one_who_worked(work, found, message):
    commit(work, NOBODY, "lib/x.py", "x\n", message)
    assert found("lib/x.py") == [("@frontend.web", "commits to these files: 1")]


def test_flags_that_were_completed_with_the_files(work, found):
    work.git("switch", "-q", "-c", "topic")
    flag_id = work.raise_flag(target="@backend.queue", related_files=("lib/asked.py",))
    work.flaggit("complete", flag_id, agent="@backend.queue")
    commit(work, NOBODY, "lib/other.py", "x\n")
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "topic")
    work.git("-c", f"user.email={NOBODY}", "commit", "-q", "-m", "squashed")
    work.git("branch", "-q", "-D", "topic")
    assert found("lib/other.py") == [("@backend.queue", "completed before: 1 such flag")]
    assert found("lib/nothing.py") == []


def test_many_flags_at_once_say_little_about_a_file(work, found):
    for _ in range(11):
        flag_id = work.raise_flag(target="@backend.queue", related_files=("lib/asked.py",))
        work.flaggit("complete", flag_id, agent="@backend.queue")
    commit(work, NOBODY, "lib/other.py", "x\n")
    assert found("lib/other.py") == []


def test_a_retired_agents_past_is_its_successors(work, found):
    commit(work, WEB, "lib/x.py", "x\n")
    flag_id = work.raise_flag(target="@frontend.web", related_files=("lib/y.py",))
    work.flaggit("complete", flag_id, agent="@frontend.web")
    work.flaggit("agents", "retire", "@frontend.web", "--replaced-by", "@backend.queue")
    assert found("lib/x.py") == [("@backend.queue", "commits to these files: 1")]
    assert found("lib/y.py") == [("@backend.queue", "completed before: 1 such flag")]
    work.flaggit("agents", "edit", "@backend.queue", "--email", WEB)  # the successor took over the address, too
    assert found("lib/x.py") == [("@backend.queue", "commits to these files: 1")]


def test_an_address_that_two_share_says_nothing(work, found):
    commit(work, WEB, "lib/x.py", "x\n")
    work.flaggit("agents", "edit", "@backend.queue", "--email", WEB)
    assert found("lib/x.py") == []


def test_an_alias_completes_for_its_agent(work, found):
    work.flaggit("agents", "edit", "@backend.queue", "--alias", "@backend.jobs")
    flag_id = work.raise_flag(target="@backend.jobs", related_files=("lib/x.py",))
    work.flaggit("complete", flag_id, agent="@backend.jobs")
    assert found("lib/x.py") == [("@backend.queue", "completed before: 1 such flag")]


def test_paths_as_they_may_be_given(work, found):
    commit(work, WEB, "lib/gr\u00f6\u00dfe \u26051.py", "x\n")
    commit(work, WEB, "lib/[a]*.py", "x\n")
    web = [("@frontend.web", "commits to these files: 1")]
    assert found("lib/gr\u00f6\u00dfe \u26051.py") == web
    assert found("lib/[a]*.py") == web
    assert found("gr\u00f6\u00dfe \u26051.py", cwd="lib") == web
    assert found("lib/gr\u00f6\u00dfe \u26051.py", cwd="lib") == web  # as seen from the root
    assert found(str(work.path / "lib/[a]*.py")) == web
    assert found("lib/gr*.py") == web  # a glob that no shell expanded
    assert found("lib") == [("@frontend.web", "commits to these files: 2")]


def test_paths_outside_say_nothing_and_take_nothing_away(work, found):
    commit(work, WEB, "lib/x.py", "x\n")
    assert found("/etc/passwd", "lib/x.py", "../elsewhere") == [("@frontend.web", "commits to these files: 1")]
    answer = work.flaggit("agents", "search", "zzz", "--files", "/etc/passwd")
    assert "Outside this repository" in answer.err


def test_a_path_in_another_worktree_is_the_same_path_here(work, found):
    commit(work, WEB, "lib/x.py", "x\n")
    other = work.worktree("beside")
    assert found(str(other.path / "lib/x.py")) == [("@frontend.web", "commits to these files: 1")]
    work.git("worktree", "add", "-q", "--detach", ".trees/inside")
    assert found(".trees/inside/lib/x.py") == [("@frontend.web", "commits to these files: 1")]


def test_a_repository_without_commits(tmp_path):
    from repositories import Work

    bare = Work(tmp_path)
    bare.git("init", "-q")
    bare.write(PATH, CATALOG)
    hits = bare.flaggit("agents", "search", "zzz", "--files", "src/x.ts", "--json").data
    assert [hit["name"] for hit in hits] == ["@frontend.web"]


def test_another_catalogs_owners_count_there(work):
    work.write("other.yaml", 'schema: 1\nagents:\n  "@x.baker": {tags: ["bread"], owns: ["/src/"]}\n')
    words = ("agents", "search", "zzz", "--catalog", "other.yaml", "--files", "src/x.ts", "--json")
    assert [hit["name"] for hit in work.flaggit(*words).data] == ["@x.baker"]


def test_a_folder_is_whose_new_files_in_it_are(work):
    work.flaggit("agents", "edit", "@backend.queue", "--owns", "*.ts")
    work.flaggit("agents", "edit", "@backend.api", "--owns", "/docs/*")
    words = ("src", "src/", "workers/", "docs/", "docs/deep/", "lib/", "src/client.ts")
    rows = work.flaggit("agents", "owners", *words, "--json").data
    owners = {row["path"]: row["owner"] for row in rows}
    assert owners == {
        "src": "@frontend.web",
        "workers": "@backend.queue",
        "docs": "@backend.api",
        "docs/deep": None,
        "lib": None,
        "src/client.ts": "@frontend.web",
    }


def test_what_lies_outside_is_nobodys_whatever_the_patterns_say(work):
    work.flaggit("agents", "edit", "@backend.queue", "--owns", "*")
    answer = work.flaggit("agents", "owners", "../x", "/etc/passwd", "lib/x", "--json")
    assert [row["owner"] for row in answer.data] == [None, None, "@backend.queue"]
    assert "Outside this repository" in answer.err


def test_a_root_by_another_name(work, tmp_path):
    (tmp_path / "link").symlink_to(work.path)
    row = work.flaggit("agents", "owners", str(tmp_path / "link" / "src" / "x.ts"), "--json").data[0]
    assert row == {"path": "src/x.ts", "owner": "@frontend.web", "pattern": "/src/"}


def test_create_without_a_target_names_candidates_but_not_the_source(work):
    line = ("create", "--type", "change", "--change", LONG_CHANGE, "--action", LONG_ACTION, "--file", "workers/x.py")
    raised = work.flaggit(*line, "--from", "@backend.api", "--json")
    names = [one["name"] for one in raised.data["candidates"]]
    assert names[0] == "@backend.queue"
    assert "@backend.api" not in names
    assert [one["rank"] for one in raised.data["candidates"]] == list(range(1, len(names) + 1))
    assert "@backend.queue may have to know (It owns workers/x.py" in raised.err
    assert "candidates" not in work.flaggit(*line, "--from", "@frontend.web", "--to", "@backend.api", "--json").data


@pytest.mark.parametrize("broken", ["  bad: [\n", '  "@bad.x": {foo: 1}\n'])
def test_a_broken_catalog_is_told_by_whoever_reads_it(work, broken):
    work.write(PATH, CATALOG + broken)
    work.write("other.yaml", CATALOG + broken)
    for _ in range(2):  # from the cache, too
        for words in (("search", "queue"), ("search", "queue", "--catalog", "other.yaml"), ("list",)):
            assert work.flaggit("agents", *words, "--json").json["warnings"], words
        assert "error" in work.flaggit("search-agents", "queue").err
        assert "error" in work.flaggit("list-agents").err
    assert "flaggit agents check" in work.flaggit("agents", "show", "@bad.x", status=3).err


def test_thousands_of_files_are_asked_about_at_once(work):
    names = [f"lib/{number:04}-{'x' * 60}.py" for number in range(3000)]
    for name in names:
        work.write(name, "")
    commit(work, WEB, names[0], "x\n")
    work.git("add", "-A")
    hits = work.flaggit("agents", "search", "zzz", "--files", "lib/*.py", "--json").data
    assert [(hit["name"], hit["reasons"]) for hit in hits] == [("@frontend.web", ["commits to these files: 1"])]


def test_a_large_folder_that_was_renamed_keeps_the_past_of_its_first_files(work, monkeypatch):
    monkeypatch.setattr(evidence, "_SECONDS", 600.0)  # a slow machine gives up sooner, as it should
    for number in range(4500):
        work.write(f"{'long' * 50}/{'name' * 50}/{'file' * 20}{number}", str(number))  # too much for a command line
    work.git("add", "-A")
    work.git("-c", f"user.email={WEB}", "commit", "-q", "-m", "work")
    for old, new in (("long" * 50, "lib"), ("lib", "pkg")):
        work.git("mv", old, new)
        work.git("-c", f"user.email={NOBODY}", "commit", "-q", "-m", "rename")
    assert (WEB,) in read_past(work.session().repo, ["pkg/"]).makers
