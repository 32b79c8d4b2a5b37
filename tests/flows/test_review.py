"""What a review says of a range, through the command line and real git."""

from __future__ import annotations

import re

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

CONFIG = ".flags/config.yaml"


def complete(work: Work, flag_id: str, agent: str = "@backend.api", *more: str) -> None:
    work.flaggit("complete", flag_id, *more, agent=agent)


def review(work: Work, *words: str, status: int | None = 0):
    return work.flaggit("review", *words, "--json", status=status).data


def find(items, flag_id: str):
    return next(item for item in items if item["id"] == flag_id)


@pytest.fixture
def feature(work: Work) -> Work:
    """A branch ``feature``, checked out, beside ``main`` with two pending flags: ``asked`` and ``other``."""
    work.write("api/openapi.yaml", "paths: {}\n")
    work.write("workers/q.py", "pass\n")
    work.git("add", "-A")
    work.asked = work.raise_flag("@frontend.web", "@backend.api", related_files=("api/openapi.yaml",))
    work.other = work.raise_flag("@frontend.web", "@backend.queue", related_files=("api",))
    work.commit("Flags to begin with")
    work.git("switch", "-q", "-c", "feature")
    return work


def test_a_range_that_does_nothing(feature: Work) -> None:
    answer = feature.flaggit("review", "main..feature")
    assert answer.out.startswith("Can be merged.\n")
    assert "Nothing to review: main has all of feature." in answer.err


def test_everything_that_a_branch_does(feature: Work) -> None:
    raised = feature.raise_flag(impact_level="high", related_files=("src/client.ts", "src/gone.ts"))
    feature.write("api/openapi.yaml", "paths: {a: {}}\n")
    complete(feature, feature.asked)
    done = feature.commit("Work", ".")
    feature.flaggit("edit", raised, "--change", LONG_CHANGE + " Since today.", agent="@backend.api")
    feature.commit("Say more")
    data = review(feature, "main..feature")
    assert not data["failed"]
    assert data["authors"] == ["@backend.api"]
    assert data["owed"] == [{"target_agent": "@frontend.web", "impact_levels": ["high"]}]
    assert [item["id"] for item in data["flags"]] == [raised, feature.asked]
    assert find(data["flags"], raised)["steps"] == ["raised"]
    assert find(data["flags"], raised)["missing_files"] == ["src/gone.ts"]
    completed = find(data["flags"], feature.asked)
    assert (completed["steps"], completed["completed_in"], completed["touched"]) == (
        ["completed"],
        done,
        ["api/openapi.yaml"],
    )
    assert [(item["id"], item["mine"], item["files"]) for item in data["nearby"]] == [
        (feature.other, False, ["api/openapi.yaml"])
    ]
    assert [item["rule"] for item in data["findings"] if item["level"] != "note"] == ["F037"]


def test_edits_are_told_field_by_field(feature: Work) -> None:
    feature.flaggit("edit", feature.other, "--impact", "high", agent="@frontend.web")
    feature.commit("More urgent")
    (item,) = review(feature, "feature")["flags"]
    assert item["steps"] == ["changed"]
    assert item["edits"] == [{"field": "impact_level", "before": "medium", "after": "high"}]
    assert "changed (impact_level)" in feature.flaggit("review").out


def test_a_completion_that_touches_nothing_is_called_out(feature: Work) -> None:
    complete(feature, feature.asked)
    feature.commit("Nothing done")
    data = review(feature)
    assert f"Completes 1 flag; nothing of the related files changes for {feature.asked}." in data["verdict"]
    assert [item["code"] for item in data["findings"] if item["level"] != "note"] == ["untouched_files"]
    assert not data["failed"]


def test_a_completion_whose_files_change_again_later(feature: Work) -> None:
    feature.write("api/openapi.yaml", "paths: {a: {}}\n")
    complete(feature, feature.asked)
    feature.commit("Work", ".")
    feature.write("api/openapi.yaml", "paths: {b: {}}\n")
    feature.commit("Once more", ".")
    data = review(feature)
    assert [(item["flag_id"], item["files"]) for item in data["stale"]] == [(feature.asked, ["api/openapi.yaml"])]


def test_reopened_and_deleted(feature: Work) -> None:
    complete(feature, feature.asked)
    feature.commit("Done")
    feature.git("switch", "-q", "-c", "next")
    feature.flaggit("reopen", feature.asked, "--reason", "not done after all", agent="@frontend.web")
    feature.git("rm", "-q", f".flags/backend.queue/{feature.other}.yaml")
    feature.commit("Back")
    data = review(feature, "feature..next", status=None)
    assert "reopened" in find(data["flags"], feature.asked)["steps"]
    assert find(data["flags"], feature.asked)["status"] == "pending"
    assert find(data["flags"], feature.other)["steps"] == ["deleted"]
    assert data["owed"] == [{"target_agent": "@backend.api", "impact_levels": ["medium"]}]


def test_broken_files_fail_the_review(feature: Work) -> None:
    feature.write(".flags/frontend.web/k7m2q0x.yaml", "flag_type: [\n")
    feature.commit("Broken", ".")
    data = review(feature, status=1)
    assert data["failed"]
    assert data["verdict"][0].startswith("Should not be merged: 1 error")


def test_symbolic_links_fail_the_review(feature: Work) -> None:
    (feature.path / ".flags" / "frontend.web").mkdir(exist_ok=True)
    (feature.path / ".flags" / "frontend.web" / "k7m2q0x.yaml").symlink_to("/etc/passwd")
    feature.commit("Link", ".")
    data = review(feature, status=1)
    assert [item["code"] for item in data["findings"]] == ["not_regular"]


def test_owners_who_were_not_told_get_a_ready_line(feature: Work) -> None:
    feature.write("src/client.ts", "export const a = 1\n")
    feature.write("workers/q.py", "fail\n")
    feature.commit("Other people's files", ".")
    data = review(feature)
    assert [(item["owner"], item["paths"]) for item in data["unflagged"]] == [
        ("@backend.queue", ["workers/q.py"]),
        ("@frontend.web", ["src/client.ts"]),
    ]
    assert data["unflagged"][1]["command"] == ("flaggit create --type change --to @frontend.web --file src/client.ts")
    assert [item["level"] for item in data["findings"]] == ["warning", "warning"]
    feature.raise_flag(related_files=("src/client.ts",))
    feature.commit("Tell them")
    assert [item["owner"] for item in review(feature)["unflagged"]] == ["@backend.queue"]


@pytest.mark.parametrize(("setting", "level", "status"), [("error", "error", 1), ("hint", "note", 0), ("off", None, 0)])
def test_the_base_says_how_bad_it_is_to_tell_nobody(
    feature: Work, setting: str, level: str | None, status: int
) -> None:
    feature.git("switch", "-q", "main")
    feature.write(CONFIG, f"unflagged:\n  review: {setting}\n")
    feature.commit("Settings", ".")
    feature.git("switch", "-q", "feature")
    feature.git("merge", "-q", "main")
    feature.write(CONFIG, "unflagged:\n  review: off\n")  # a range cannot relax what judges it
    feature.write("workers/q.py", "fail\n")
    feature.commit("Change", ".")
    data = review(feature, status=status)
    assert [item["level"] for item in data["findings"]] == ([level] if level else [])


def test_the_gate_stops_pending_critical_flags(feature: Work) -> None:
    feature.git("switch", "-q", "main")
    feature.write(CONFIG, "gate: critical\n")
    feature.commit("Settings", ".")
    feature.git("switch", "-q", "feature")
    feature.git("merge", "-q", "main")
    flag_id = feature.raise_flag(flag_type="security", impact_level="critical")
    feature.commit("Raise")
    data = review(feature, status=1)
    assert data["verdict"][0] == f"Should not be merged: 1 critical flag pending ({flag_id})."
    complete(feature, flag_id, "@frontend.web")
    feature.commit("Done")
    assert data["gate"] == {"level": "critical", "flags": [flag_id]}
    assert review(feature, status=None)["gate"]["flags"] == []


def test_an_author_who_is_known_to_be_another_is_forgery(feature: Work) -> None:
    flag_id = feature.raise_flag("@frontend.web", "@backend.api")  # the commit is ann@example.org's, so @backend.api's
    feature.commit("Not mine")
    data = review(feature, status=1)
    assert [(item["handle"], item["verdict"]) for item in data["claims"]] == [("@frontend.web", "mismatch")]
    assert f"Not done by whom it says: {flag_id} (named: @frontend.web)." in data["verdict"]
    (finding,) = [item for item in data["findings"] if item["rule"] == "F036"]
    lines = feature.read(finding["path"]).split("\n")
    assert lines[finding["line"] - 1] == 'source_agent: "@frontend.web"'


def test_a_range_cannot_vouch_for_itself(feature: Work) -> None:
    catalog = feature.read(".flags/catalog.yaml").replace("web@example.org", "ann@example.org")
    feature.write(".flags/catalog.yaml", catalog)
    feature.raise_flag("@frontend.web", "@backend.api")
    feature.commit("I am the client now", ".")
    feature.write(CONFIG, "gate: off\n")
    feature.commit("And I set the rules", ".")
    data = review(feature, status=1)
    assert data["vouching"] == [".flags/catalog.yaml", CONFIG]
    line = "Changes the catalog and the settings and vouches for itself (@frontend.web): judged by what was before."
    assert line in data["verdict"]
    assert data["claims"][0]["verdict"] == "mismatch"
    (finding,) = [item for item in data["findings"] if item["code"] == "self_vouched"]
    assert (finding["level"], finding["path"]) == ("warning", ".flags/catalog.yaml")
    assert '"@frontend.web":' in feature.read(".flags/catalog.yaml").split("\n")[finding["line"] - 1]


def test_a_change_of_the_catalog_that_vouches_for_nobody_here_is_told_by_the_way(feature: Work) -> None:
    catalog = feature.read(".flags/catalog.yaml").replace("web@example.org", "site@example.org")
    feature.write(".flags/catalog.yaml", catalog)
    feature.raise_flag("@backend.api", "@frontend.web")
    feature.commit("They have moved", ".")
    data = review(feature)
    assert any(line.startswith("Changes the catalog: judged by what was there before") for line in data["verdict"])
    assert data["vouched"] == []


def test_a_later_commit_by_another_spoils_a_claim(feature: Work) -> None:
    flag_id = feature.raise_flag("@backend.api", "@frontend.web")
    feature.commit("Mine")
    path = f".flags/frontend.web/{flag_id}.yaml"
    feature.write(path, feature.read(path).replace("drop the retry", "keep the retry"))
    feature.git("-c", "user.email=mallory@example.net", "commit", "-qam", "Reworded")
    data = review(feature)
    assert [(claim["verdict"], claim["doubt"]) for claim in data["claims"]] == [("unverified", "unknown_author")]
    assert [(item["code"], item["level"]) for item in data["findings"] if item["rule"] == "F036"] == [
        ("unknown_author", "warning")
    ]
    feature.git("-c", "user.email=web@example.org", "commit", "-q", "--amend", "--reset-author", "--no-edit")
    assert review(feature)["claims"][0]["verdict"] == "unverified"  # the target may edit what it is to do
    other = feature.raise_flag("@backend.api", None)
    feature.commit("Mine, too")
    path = f".flags/general/{other}.yaml"
    feature.write(path, feature.read(path).replace("drop the retry", "keep the retry"))
    feature.git("-c", "user.email=web@example.org", "commit", "-qam", "Another agent rewords it")
    assert review(feature, status=1)["claims"][0]["verdict"] == "mismatch"


def test_chains_reach_back_beyond_the_range(feature: Work) -> None:
    child = feature.raise_flag(chain_origin_id=feature.asked)
    feature.commit("Follow up")
    chains = review(feature)["chains"]
    assert {(link["flag_id"], link["parent"], link["in_range"]) for link in chains} == {
        (feature.asked, "", False),
        (child, feature.asked, True),
    }


def test_locks_of_others_are_named(feature: Work) -> None:
    other = feature.worktree("elsewhere", base="main")
    other.flaggit("lock", feature.other, agent="@backend.queue")
    feature.write("api/openapi.yaml", "paths: {z: {}}\n")
    feature.commit("Work", ".")
    locks = review(feature)["locks"]
    assert [(lock["id"], lock["holder"]) for lock in locks] == [(feature.other, "@backend.queue")]


def test_the_work_tree_and_the_index_are_never_read(feature: Work) -> None:
    flag_id = feature.raise_flag()
    feature.commit("Raise")
    feature.write(f".flags/frontend.web/{flag_id}.yaml", "broken: [")
    feature.git("rm", "-q", "--cached", ".flags/catalog.yaml")
    before = feature.git("status", "--porcelain")
    assert find(review(feature)["flags"], flag_id)["change_description"] == LONG_CHANGE
    assert feature.git("status", "--porcelain") == before


def test_a_bare_clone_reviews_alike(feature: Work, tmp_path) -> None:
    feature.raise_flag()
    feature.commit("Raise")
    feature.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Work(tmp_path / "bare.git")
    expected, found = review(feature, "main..feature"), review(bare, "main..feature")
    assert found == expected


def test_a_shallow_clone_says_what_to_fetch(feature: Work, tmp_path) -> None:
    for number in range(3):
        feature.write("src/client.ts", f"{number}\n")
        feature.commit(f"Work {number}", ".")
    feature.git("switch", "-q", "main")
    feature.commit("Meanwhile")
    url = feature.path.as_uri()
    feature.git("clone", "-q", "--depth=1", "--branch=feature", url, str(tmp_path / "shallow"))
    shallow = Work(tmp_path / "shallow")
    answer = shallow.flaggit("review", "main..feature", status=5)
    assert "shallow" in answer.err and "git fetch origin main" in answer.err
    shallow.git("fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    answer = shallow.flaggit("review", "main..feature", "--json", status=5)
    assert answer.json["code"] == "shallow_clone"
    assert "fetch --unshallow" in answer.json["hint"]
    shallow.git("fetch", "-q", "--unshallow")
    assert review(shallow, "main..feature")["commits"] == 3


def test_a_branch_that_is_known_only_at_the_remote(feature: Work, tmp_path) -> None:
    feature.raise_flag()
    feature.commit("Raise")
    feature.git("switch", "-q", "main")
    feature.git("clone", "-q", ".", str(tmp_path / "clone"))
    assert review(Work(tmp_path / "clone"), "feature")["commits"] == 1


@pytest.mark.parametrize("name", ["nonsense", "--all", "-x..HEAD", "main..;id", "@{bad", "main..$(touch x)", "a\nb"])
def test_names_that_are_no_commit(feature: Work, name: str) -> None:
    answer = feature.flaggit("review", "--json", "--", name, status=None)
    assert answer.status in (2, 3) and answer.json["code"] in ("unknown_rev", "usage")
    assert not (feature.path / "x").exists()


def test_a_new_branch_as_forges_tell_it(feature: Work) -> None:
    feature.raise_flag()
    feature.commit("Raise")
    assert review(feature, f"{'0' * 40}..feature")["merge_base"] == feature.git("rev-parse", "main")
    assert review(feature, f"{'0' * 64}..feature")["base"] == "main"


def test_unrelated_histories(feature: Work) -> None:
    feature.git("switch", "-q", "--orphan", "island")
    feature.commit("Alone")
    assert feature.flaggit("review", "main..island", "--json", status=3).json["code"] == "no_merge_base"


def test_the_verdict_comes_first_and_has_at_most_six_lines(feature: Work) -> None:
    for target in ("@frontend.web", "@backend.queue", "@team.platform"):
        feature.raise_flag("@data.other", target, related_files=("src/client.ts",), action_required=LONG_ACTION)
    feature.write("api/openapi.yaml", "x: 1\n")
    feature.write("src/client.ts", "1\n")
    feature.write(".flags/catalog.yaml", feature.read(".flags/catalog.yaml") + "# more\n")
    complete(feature, feature.asked)
    feature.commit("Everything", ".")
    out = feature.flaggit("review", status=None).out
    verdict = out.split("\n\n")[0].split("\n")
    assert 1 < len(verdict) <= 6
    assert verdict[0].startswith(("Can be merged", "Should not"))


def test_whoever_hands_a_flag_on_speaks_for_its_source(feature: Work) -> None:
    feature.flaggit("redirect", feature.asked, "--to", "@backend.queue", agent="@backend.api")
    feature.commit("Hand on", ".")
    data = review(feature)
    assert {claim["verdict"] for claim in data["claims"]} == {"unverified"}


# What the branch leaves as it is


def test_flags_for_owners_of_what_changes_are_named(feature: Work) -> None:
    far = feature.raise_flag("@backend.api", "@backend.queue", impact_level="high")
    mine = feature.raise_flag("@frontend.web", "@backend.api", impact_level="low")
    feature.commit("More flags")
    feature.git("branch", "-f", "main")
    feature.write("workers/q.py", "fail\n")
    feature.commit("Their file", ".")
    data = review(feature)
    assert [(item["id"], item["files"], item["mine"]) for item in data["nearby"]] == [
        (far, [], False),
        (feature.other, [], False),
    ]
    assert [item["owner"] for item in data["unflagged"]] == ["@backend.queue"]  # that flag is about something else
    assert f"{far}  high  for @backend.queue" in feature.flaggit("review").out
    feature.write("api/openapi.yaml", "paths: {/a: {}}\n")
    feature.commit("Own file, which two flags are about", ".")
    nearby = review(feature)["nearby"]
    assert [item["id"] for item in nearby] == [*sorted([feature.asked, feature.other], key=_age(feature)), far, mine]
    assert [item["mine"] for item in nearby if item["id"] in (feature.asked, mine)] == [True, True]


def _age(work: Work):
    rows = {row["id"]: row["created_at"] for row in work.flaggit("list", "--json", "--full").data}
    return lambda flag_id: (rows[flag_id], flag_id)


def test_a_pending_flag_loses_its_files(feature: Work) -> None:
    feature.git("rm", "-q", "api/openapi.yaml")
    gone = feature.raise_flag("@backend.api", "@frontend.web", related_files=("api/openapi.yaml",))
    feature.commit("Take the description away", ".")
    data = review(feature)
    assert find(data["nearby"], feature.asked)["removed"] == ["api/openapi.yaml"]
    stale = {item["flag_id"]: item["files"] for item in data["stale"]}
    assert stale[feature.asked] == ["api/openapi.yaml"]
    assert gone not in stale  # raised by the range about what it takes away
    assert [item["level"] for item in data["findings"] if feature.asked in item["ids"]] == ["warning"]


def test_what_was_done_not_long_ago_and_changes_again(feature: Work) -> None:
    complete(feature, feature.asked)
    feature.commit("Done")
    feature.git("branch", "-f", "main")
    feature.write("api/openapi.yaml", "paths: {/b: {}}\n")
    feature.commit("Again", ".")
    (stale,) = review(feature)["stale"]
    assert (stale["flag_id"], stale["level"], stale["files"]) == (feature.asked, "note", ["api/openapi.yaml"])
    assert "Changed again here; @backend.api completed the flag at" in stale["reason"]
    done = f".flags/done/{feature.asked}.yaml"
    feature.git("switch", "-q", "main")
    feature.write(done, re.sub(r'completed_at: "2\d{3}', 'completed_at: "2020', feature.read(done)))
    feature.commit("Long ago", ".")
    feature.git("switch", "-q", "-c", "later")
    feature.write("api/openapi.yaml", "paths: {/c: {}}\n")
    feature.commit("Again", ".")
    assert review(feature)["stale"] == []


def test_a_pending_flag_that_the_branch_edits_tells_its_target(feature: Work) -> None:
    told = feature.raise_flag("@backend.api", "@frontend.web", related_files=("src/client.ts",))
    feature.commit("Tell")
    feature.git("branch", "-f", "main")
    feature.write("src/client.ts", "export const a = 1\n")
    feature.flaggit("edit", told, "--impact", "high", agent="@backend.api")
    feature.commit("Change it, and say that it matters", ".")
    assert review(feature)["unflagged"] == []


def test_paths_that_others_have_locked_are_named(feature: Work) -> None:
    feature.flaggit("lock", "--files", "/workers/", agent="@backend.queue", env={"FLAGGIT_SESSION": "elsewhere"})
    feature.flaggit("lock", "--files", "/api/", agent="@backend.api", env={"FLAGGIT_SESSION": "also-elsewhere"})
    feature.write("workers/q.py", "fail\n")
    feature.write("api/openapi.yaml", "paths: {/b: {}}\n")
    feature.commit("Both", ".")
    data = review(feature)
    assert [(item["holder"], item["files"]) for item in data["held_paths"]] == [("@backend.queue", ["workers/q.py"])]
    assert "1 path locked by @backend.queue" in "\n".join(data["verdict"])


def test_a_lock_of_whoever_made_the_branch_is_no_lock_of_others(feature: Work) -> None:
    feature.flaggit("lock", feature.asked, agent="@backend.api", env={"FLAGGIT_SESSION": "elsewhere"})
    feature.write("api/openapi.yaml", "paths: {/b: {}}\n")
    feature.commit("Own work", ".")
    assert review(feature)["locks"] == []
