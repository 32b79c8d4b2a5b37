from __future__ import annotations

import os
import subprocess
import sys

import pytest
from repositories import CATALOG, LONG_ACTION, LONG_CHANGE

from flaggit.catalog.editing import edit_catalog
from flaggit.catalog.parsing import parse_catalog
from flaggit.core.errors import InvalidError

PATH = ".flags/catalog.yaml"
REMARKS = """\
# Who works here.
schema: 1

agents:
  # The API people.
  "@backend.api":
    description: "Designs the API."  # and versions it
    tags: ["api"]

  "@frontend.web": {tags: ["web"]}
  # The last one.
  "@ops.deploy":
    tags:
      - "deploy"
    owns: ["/ops/"]
"""


def test_list_and_show(work):
    names = [agent["name"] for agent in work.flaggit("agents", "list", "--json").data]
    assert names == ["@backend.api", "@backend.queue", "@frontend.web", "@team.platform"]
    assert [agent["name"] for agent in work.flaggit("agents", "list", "--domain", "team", "--json").data] == names[3:]
    assert "@backend.api" in work.flaggit("agents", "list").out
    shown = work.flaggit("agents", "show", "backend.api", "--json").data
    assert shown["teams"] == ["@team.platform"]
    assert shown["identities"] == [{"email": "ann@example.org"}]
    assert shown["path"] == PATH
    assert "queue" in work.flaggit("agents", "show", "@backend.queue").out


def test_an_unknown_agent_is_answered_with_near_ones(work):
    answer = work.flaggit("agents", "show", "@queue.backend", "--json", status=3).json
    assert answer["code"] == "unknown_agent"
    assert answer["suggestions"][0] == "@backend.queue"


def test_add_writes_only_its_own_lines_and_stages(work):
    before = work.read(PATH)
    work.flaggit("agents", "add", "backend.mail", "--tag", "smtp", "--tag", "smtp", "--owns", "/mail/")
    after = work.read(PATH)
    kept = [line for line in after.split("\n") if line in before.split("\n")]
    assert kept == before.split("\n")
    assert work.git("diff", "--cached", "--name-only") == PATH
    assert work.git("diff", "--name-only") == ""
    agent = parse_catalog([(PATH, after.encode())]).agents["@backend.mail"]
    assert (agent.tags, agent.owns) == (("smtp",), ("/mail/",))


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["@backend.api"], 4, "agent_exists"),
        (["ARTHUR"], 2, "bad_handle"),
        (["@a.b", "--alias", "@backend.api"], 2, "bad_catalog"),
        (["@a.b", "--member", "@no.body"], 2, "bad_catalog"),
        (["@a.b", "--tag", "x" * 2000], 2, "bad_catalog"),
    ],
)
def test_add_refuses_and_writes_nothing(work, words, status, code):
    answer = work.flaggit("agents", "add", *words, "--json", status=status).json
    assert answer["code"] == code
    assert work.git("status", "--porcelain") == ""


def test_dry_run_writes_nothing_and_commit_commits_exactly_the_file(work):
    work.write("other.txt", "x")
    work.git("add", "other.txt")
    assert work.flaggit("agents", "add", "@a.b", "--dry-run", "--json").data["dry_run"] is True
    assert work.git("status", "--porcelain") == "A  other.txt"
    work.flaggit("agents", "add", "@a.b", "--tag", "x", "--commit")
    assert work.git("show", "--name-only", "--format=%s") == f"Add @a.b in the catalog\n\n{PATH}"
    assert work.git("status", "--porcelain") == "A  other.txt"


def test_edit_adds_removes_and_clears(work):
    data = work.flaggit(
        "agents", "edit", "@backend.api", "--tag", "http", "--remove", "rest", "--clear", "capabilities", "--json"
    ).data
    assert data["tags"] == ["api", "http"]
    assert "capabilities" not in data
    assert work.flaggit("agents", "edit", "@backend.api", "--tag", "http", "--json", status=2).json["code"] == "usage"
    assert work.flaggit("agents", "edit", "@backend.api", "--remove", "zzz", status=2)
    assert work.flaggit("agents", "edit", "@backend.api", "--clear", "zzz", status=2)


def test_retire_moves_paths_and_tells_of_flags_that_wait(work):
    work.raise_flag(target="@backend.queue")
    said = "Nobody's now: 1 pending flag and paths (/workers/) of @backend.queue; name a successor with --replaced-by."
    assert said in work.flaggit("agents", "retire", "@backend.queue").err
    work.flaggit("agents", "retire", "@backend.queue", "--replaced-by", "@backend.api")
    assert work.flaggit("agents", "owners", "workers/x.py", "--json").data[0]["owner"] == "@backend.api"
    names = [agent["name"] for agent in work.flaggit("agents", "list", "--json").data]
    assert "@backend.queue" not in names
    assert len(work.flaggit("inbox", "@backend.api", "--json").data) == 1


CHAINS = """\
schema: 1
agents:
  "@a.one": {status: "retired", replaced_by: "@a.two", aliases: ["@a.first"]}
  "@a.two": {status: "retired", replaced_by: "@old.three"}
  "@a.three": {description: "three", aliases: ["@old.three"]}
  "@team.outer": {members: ["@team.inner", "@a.six"]}
  "@team.inner": {members: ["@old.five", "@a.four"]}
  "@a.four": {status: "retired", replaced_by: "@a.three"}
  "@a.five": {description: "five", aliases: ["@old.five"]}
  "@a.six": {description: "six"}
  "@loop.a": {status: "retired", replaced_by: "@loop.b"}
  "@loop.b": {status: "retired", replaced_by: "@loop.a"}
"""


@pytest.mark.parametrize(
    ("agent", "targets"),
    [
        ("@a.three", ["@a.four", "@a.one", "@a.three", "@a.two", "@team.inner", "@team.outer"]),
        ("@old.three", ["@a.four", "@a.one", "@a.three", "@a.two", "@team.inner", "@team.outer"]),
        ("@a.five", ["@a.five", "@team.inner", "@team.outer"]),
        ("@team.inner", ["@team.inner", "@team.outer"]),
        ("@a.six", ["@a.six", "@team.outer"]),
        ("@loop.a", ["@loop.a", "@loop.b"]),
    ],
)
def test_flags_reach_successors_and_members_over_any_number_of_steps(work, agent, targets):
    work.write(PATH, CHAINS)
    for target in parse_catalog([(PATH, CHAINS.encode())]).agents:
        work.raise_flag(target=target)
    rows = work.flaggit("inbox", agent, "--json").data
    assert sorted(row.get("target_agent", agent) for row in rows) == targets


@pytest.mark.parametrize(
    ("target", "by"), [("@a.first", "@a.three"), ("@team.outer", "@a.three"), ("@a.one", "@a.two")]
)
def test_whom_flags_reach_may_complete_them_and_the_check_agrees(work, target, by):
    work.write(PATH, CHAINS)
    work.commit("catalog", ".")
    flag = work.raise_flag(target=target)
    work.commit("flag", ".")
    work.flaggit("complete", flag, by, "--commit")
    answer = work.flaggit("check", "--range", "HEAD~1..HEAD", "--json")
    assert [one["code"] for one in answer.data] == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("@a.first", ["@a.one works no more; @a.three gets the flag."]),
        ("@loop.a", ["@loop.a works no more; nobody replaces it, so nobody sees the flag."]),
        ("@old.three", []),
    ],
)
def test_a_flag_for_an_agent_that_works_no_more_is_told(work, target, said):
    work.write(PATH, CHAINS)
    words = ("--from", "@a.six", "--to", target, "--change", LONG_CHANGE, "--action", LONG_ACTION)
    warnings = work.flaggit("create", "--type", "change", *words, "--json").json["warnings"]
    assert [one["message"] for one in warnings if one["code"] == "retired_target"] == said


def test_owners(work):
    found = work.flaggit("agents", "owners", "src/client.ts", "api/x", "README.md", "--json").data
    assert [(one["owner"], one["pattern"]) for one in found] == [
        ("@frontend.web", "/src/"),
        ("@backend.api", "/api/"),
        (None, None),
    ]
    assert work.flaggit("agents", "owners", "client.ts", "--json", cwd="src").data[0]["path"] == "src/client.ts"


def test_check_tells_of_contradictions(work):
    work.write(PATH, CATALOG + '  "@lone.one": {}\n  "@bad": {}\n  "@frontend.other": {owns: ["src/"]}\n')
    answer = work.flaggit("agents", "check", "--json", status=1)
    codes = [problem["code"] for problem in answer.data]
    assert "unreachable_agent" in codes
    assert "bad_agent" in codes
    assert "no_owner" in codes
    work.write(PATH, CATALOG)
    assert work.flaggit("agents", "check", "--json").data[0]["code"] == "no_owner"


def test_search_agrees_with_the_older_verb(work):
    new = work.flaggit("agents", "search", "retry queue worker", "--json").data
    old = work.flaggit("search-agents", "retry queue worker").json
    assert new[0]["name"] == "@backend.queue"
    assert list(old) == ["query", "total_matches", "results"]
    assert list(old["results"][0]) == ["name", "type", "module", "sub_module", "role", "score", "reasons", "rank"]
    assert [(hit["name"], hit["score"], hit["rank"], hit["reasons"]) for hit in old["results"]] == [
        (hit["name"], hit["score"], hit["rank"], hit["reasons"]) for hit in new
    ]
    assert old["results"][0]["type"] == "backend"


def test_an_unsure_search_shows_three_candidates_by_what_they_do(work):
    agents = "".join(
        f'  "@team.{name}": {{description: "Reviews the quarterly report, {name} first. {"Much more. " * 40}"}}\n'
        for name in ("alpha", "beta", "gamma", "delta", "omega")
    )
    work.write(PATH, f"schema: 1\nagents:\n{agents}")
    answer = work.flaggit("agents", "search", "review the quarterly report")
    assert answer.err.startswith("Unsure")
    assert len(answer.out.splitlines()) == 3
    assert "Reviews the quarterly report, alpha first." in answer.out
    assert len(answer.out + answer.err) <= 120 * 4  # characters of as many tokens
    found = work.flaggit("agents", "search", "review the quarterly report", "--json")
    assert len(found.data) == 3
    assert found.data[0]["description"].startswith("Reviews the quarterly report")
    assert len(work.flaggit("agents", "search", "review the quarterly report", "--limit", "5", "--json").data) == 5
    sure = work.flaggit("agents", "search", "omega")
    assert sure.err == ""
    assert "description" not in work.flaggit("agents", "search", "omega", "--json").data[0]


def test_search_with_files_counts_owners_and_past_flags(work):
    found = work.flaggit("agents", "search", "pagination", "--files", "src/client.ts", "src/x.ts", "--json").data
    assert {hit["name"] for hit in found[:2]} == {"@backend.api", "@frontend.web"}
    assert "owns: src/client.ts" in [reason for hit in found for reason in hit["reasons"]]
    flag_id = work.raise_flag(target="@backend.queue", related_files=("lib/odd.py",))
    work.flaggit("complete", flag_id, agent="@backend.queue")
    found = work.flaggit("agents", "search", "something odd", "--files", "lib/odd.py", "--json").data
    assert found[0]["name"] == "@backend.queue"
    assert found[0]["reasons"][0] == "completed before: 1 such flag"


def test_who_committed_to_a_file_is_evidence(work):
    work.write("lib/odd.py", "x = 1\n")
    work.git("add", "lib/odd.py")
    work.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "odd")
    found = work.flaggit("agents", "search", "something odd", "--files", "lib/odd.py", "--json").data
    assert (found[0]["name"], found[0]["reasons"][0]) == ("@frontend.web", "commits to these files: 1")


def test_search_in_another_catalog(work):
    work.write("other.yaml", 'schema: 1\nagents:\n  "@x.baker": {tags: ["bread"]}\n')
    for _ in range(2):
        hits = work.flaggit("agents", "search", "bread", "--catalog", "other.yaml", "--json").data
        assert [hit["name"] for hit in hits] == ["@x.baker"]
    assert work.flaggit("agents", "search", "bread", "--catalog", "none.yaml", status=3)
    assert work.flaggit("search-agents", "bread", "--catalog", "other.yaml").json["total_matches"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_another_catalogs_name_may_be_no_utf8(work):
    name = os.fsdecode(b"other-\xff.yaml")
    work.path.joinpath(name).write_text('schema: 1\nagents:\n  "@x.baker": {tags: ["bread"]}\n')
    assert work.flaggit("search-agents", "bread", "--catalog", name).json["total_matches"] == 1


def test_another_catalog_needs_no_repository(tmp_path):
    from repositories import Work

    (tmp_path / "other.yaml").write_text('schema: 1\nagents:\n  "@x.baker": {tags: ["bread"]}\n')
    alone = Work(tmp_path)
    hits = alone.flaggit("agents", "search", "bread", "--catalog", "other.yaml", "--json").data
    assert [hit["name"] for hit in hits] == ["@x.baker"]
    assert alone.flaggit("agents", "search", "bread", "--json", status=5).json["code"] == "no_repository"


def test_check_tells_of_patterns_that_win_nothing(work):
    work.write(PATH, CATALOG + '  "@z.all": {owns: ["/src/**"]}\n')
    problems = work.flaggit("agents", "check", "--json").data
    shadowed = [problem for problem in problems if problem["code"] == "owner_shadowed"]
    assert [problem["ids"] for problem in shadowed] == [["@frontend.web", "@z.all"]]


@pytest.mark.parametrize("words", [["x", "0"], ["x", "-1"], ["x", "many"], [""], ["  "]])
def test_bad_searches_are_usage_errors(work, words):
    assert work.flaggit("search-agents", *words, status=2).json["code"] == "usage"


def test_nothing_found_is_no_error(work):
    assert work.flaggit("search-agents", "the of and").json == {
        "query": "the of and",
        "total_matches": 0,
        "results": [],
    }


def test_older_list_and_create(work):
    made = work.flaggit("create-agent", "acolyte.auth", "--module", "auth", "--sub-module", "login").json
    assert list(made) == ["success", "agent_name", "module", "sub_module", "memories_created", "catalog_entry"]
    assert (made["success"], made["agent_name"], made["sub_module"]) == (True, "@acolyte.auth", "login")
    listed = work.flaggit("list-agents").json
    assert list(listed) == ["global_agents", "acolytes", "total_global", "total_dynamic"]
    assert listed["acolytes"] == [{"name": "@acolyte.auth", "module": "auth", "sub_module": "login"}]
    assert listed["global_agents"][0] == {
        "name": "@backend.api",
        "type": "backend",
        "module": "api",
        "sub_module": None,
        "role": None,
    }
    assert (listed["total_global"], listed["total_dynamic"]) == (4, 1)
    assert work.flaggit("create-agent", "acolyte.auth", "--module", "auth", status=4).json["code"] == "agent_exists"
    assert work.flaggit("create-agent", "acolyte.new", status=2).json["code"] == "usage"
    assert work.flaggit("create-agent", "Weird Name!!", "--module", "x", status=2).json["code"] == "bad_handle"


def test_many_adders_lose_nothing(work):
    adders = [
        subprocess.Popen([sys.executable, "-m", "flaggit", "agents", "add", f"@herd.n{n}", "--tag", "x"], cwd=work.path)
        for n in range(6)
    ]
    assert [adder.wait(600) for adder in adders] == [0] * 6
    names = [agent["name"] for agent in work.flaggit("agents", "list", "--domain", "herd", "--json").data]
    assert names == [f"@herd.n{n}" for n in range(6)]


def test_editing_bytes_keeps_every_remark():
    edited = edit_catalog(
        REMARKS.encode(),
        {"@frontend.web": {"tags": ["web", "css"]}, "@ops.deploy": {"owns": None}, "@docs.all": {"tags": ["docs"]}},
    ).decode()
    web = '  "@frontend.web":\n    tags: ["web", "css"]'
    expected = REMARKS.replace('  "@frontend.web": {tags: ["web"]}', '  "@docs.all":\n    tags: ["docs"]\n' + web)
    assert edited == expected.replace('    owns: ["/ops/"]\n', "")


@pytest.mark.parametrize("text", ["", "schema: 1\nagents: {}\n", "schema: 1\nagents:\n", '{"schema": 1, "agents": {}}'])
def test_editing_an_empty_catalog(text):
    edited = edit_catalog(text.encode(), {"@a.b": {"tags": ["x"]}})
    assert parse_catalog([(PATH, edited)]).agents["@a.b"].tags == ("x",)


def test_editing_json_keeps_all_agents():
    edited = edit_catalog(b'{"schema": 1, "agents": {"@a.a": {"tags": ["y"]}}}', {"@a.b": {"tags": ["x"]}})
    assert list(parse_catalog([(PATH, edited)]).agents) == ["@a.a", "@a.b"]


def test_a_catalog_never_grows_past_what_is_read():
    big = {f"@big.agent{number}": {"description": "word " * 100_000} for number in range(40)}
    with pytest.raises(InvalidError, match="nothing is written"):
        edit_catalog(b"", big)


def test_a_broken_catalog_is_not_written_to(work):
    work.write(PATH, "agents: [")
    assert work.flaggit("agents", "add", "@a.b", "--json", status=2).json["code"] == "bad_catalog"
    assert work.read(PATH) == "agents: ["


def test_texts_from_the_catalog_are_made_visible(work):
    work.write(PATH, 'schema: 1\nagents:\n  "@a.b": {description: "x\\u202Ey", tags: ["t\\e[31m"]}\n')
    assert "\u202e" not in work.flaggit("agents", "list").out
    shown = work.flaggit("agents", "show", "@a.b").out + work.flaggit("agents", "search", "x t").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_candidates_without_a_target(work):
    from flaggit.impact.candidates import find_candidates

    hits = find_candidates(work.session(), LONG_CHANGE + LONG_ACTION, ["src/client.ts"]).hits
    assert hits[0].name == "@frontend.web"
    assert hits[0].reasons[0] == "owns: src/client.ts"


def test_who_completed_such_flags_is_a_candidate(work):
    from flaggit.impact.candidates import find_candidates

    text = (
        "The colour of the roof tiles is now anthracite; paint the gutters of every barn likewise before winter comes."
    )
    flag_id = work.raise_flag(target="@backend.queue", change_description=text, action_required=text)
    work.flaggit("complete", flag_id, agent="@backend.queue")
    hits = find_candidates(
        work.session(), "Roof tiles are red from now on: paint the gutters of the barn before winter."
    ).hits
    assert hits[0].name == "@backend.queue"
    assert hits[0].reasons[0] == "completed before: 1 such flag"


def test_check_names_whole_folders_that_nobody_owns(work):
    for name in ("docs/a.md", "docs/deep/b.md", "src/x/y.ts", "lib/c.py", "lib/api/d.py"):
        work.write(name, "")
    work.git("add", "-A")
    work.flaggit("agents", "edit", "@backend.queue", "--owns", "/lib/api/")
    found = work.flaggit("agents", "check", "--json").data
    assert [(one["code"], one["level"]) for one in found] == [("no_owner", "note")]
    assert found[0]["paths"] == ["README.md", "docs/", "lib/c.py"]
    assert found[0]["message"].startswith("4 of 7 files have no owner: README.md, docs/, lib/c.py")


def test_a_catalog_file_that_cannot_be_read_is_told_and_not_written_over(work):
    (work.path / PATH).rename(work.path / ".flags/other.yaml")
    (work.path / PATH).symlink_to("other.yaml")
    found = work.flaggit("agents", "check", "--json", status=1).data
    assert (found[0]["code"], found[0]["path"]) == ("not_regular", PATH)
    for words in (("list",), ("search", "queue"), ("owners", "src/a.ts"), ("export",)):
        assert work.flaggit("agents", *words, "--json").json["warnings"][0]["code"] == "not_regular", words
    assert "The catalog has errors" in work.flaggit("agents", "show", "@backend.queue", status=3).err
    refused = work.flaggit("agents", "add", "@a.new", "--description", "x", "--json", status=2).json
    assert refused["code"] == "bad_catalog"
    assert PATH in refused["violations"][0]["message"]
    assert (work.path / PATH).is_symlink()


def test_an_agent_whose_words_say_nothing_is_told(work):
    work.flaggit("agents", "add", "@a.b", "--description", "d")
    (found,) = (one for one in work.flaggit("agents", "check", "--json").data if one["code"] == "unreachable_agent")
    assert found["message"] == "@a.b is not found by its own words; none of them says anything."


def test_a_word_that_is_no_handle_is_answered_with_agents(work):
    assert "Did you mean @backend.queue?" in work.flaggit("agents", "show", "queue", status=2).err
    assert work.flaggit("agents", "list", "--domain", "nope").out == "No agents.\n"


def test_of_many_who_add_one_agent_one_does(work):
    line = [sys.executable, "-m", "flaggit", "agents", "add", "@a.one", "--json", "--description"]
    running = [subprocess.Popen([*line, f"By {n}."], cwd=work.path, stdout=subprocess.DEVNULL) for n in range(6)]
    assert sorted(process.wait() for process in running) == [0, 4, 4, 4, 4, 4]


@pytest.mark.parametrize("name", ["catalog.d/api.yml", "catalog.yml", "catalog.d/more/api.yaml"])
def test_check_tells_files_whose_agents_are_missing_for_their_names(work, name):
    work.write(f".flags/{name}", 'schema: 1\nagents:\n  "@api.one": {description: "Versions the public API."}\n')
    found = work.flaggit("agents", "check", "--json", status=1).data
    assert [(item["path"], item["rule"]) for item in found if item["level"] == "error"] == [(f".flags/{name}", "F026")]
    assert "catalog.d/*.yaml" in found[0]["fix"]
    assert f".flags/{name}: " in found[0]["message"]
    told = [item for item in work.flaggit("check", "--json", status=1).data if item["rule"] == "F026"]
    assert [(item["path"], item["fix"]) for item in told] == [(f".flags/{name}", found[0]["fix"])]
