from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repositories import CATALOG

from flaggit.catalog.cached import pack, unpack
from flaggit.catalog.catalog import Catalog
from flaggit.catalog.parsing import parse_catalog

PATH = ".flags/catalog.yaml"


def parse(text: str, *more: tuple[str, str]) -> Catalog:
    return parse_catalog([(PATH, text.encode()), *((name, data.encode()) for name, data in more)])


def codes(catalog: Catalog) -> list[str]:
    return [problem.code for problem in catalog.problems]


def test_reads_agents_in_their_order():
    catalog = parse(CATALOG)
    assert list(catalog.agents) == ["@backend.api", "@backend.queue", "@frontend.web", "@team.platform"]
    agent = catalog.agents["@backend.api"]
    assert (agent.module, agent.domain, agent.status) == ("api", "backend", "active")
    assert agent.capabilities == ("OpenAPI", "pagination")
    assert catalog.problems == ()


def test_json_is_a_catalog_too():
    text = json.dumps({"schema": 1, "agents": {"@a.b": {"tags": ["x"]}}})
    assert parse(text).agents["@a.b"].tags == ("x",)


def test_the_last_pattern_wins_in_one_order_of_the_files_wherever_they_are_read(work):
    work.write(PATH, 'schema: 1\nagents:\n  "@a.all": {description: "all", owns: ["*"]}\n')
    work.write(".flags/catalog.d/x.yaml", 'schema: 1\nagents:\n  "@b.src": {description: "b", owns: ["/src/"]}\n')
    work.commit("two files", ".")
    bare = type(work)(work.path.parent / "bare.git")
    work.git("clone", "-q", "--bare", str(work.path), str(bare.path))
    for place in (work, bare):
        assert place.flaggit("agents", "owners", "src/x", "--json").data[0]["owner"] == "@b.src"
    work.write("src/client.ts", "changed")
    work.commit("change", ".")
    review = work.flaggit("review", "HEAD~1..HEAD", "--format", "json", status=None).json["data"]
    assert [one["owner"] for one in review["unflagged"] if one["paths"]] == ["@b.src"]


def test_doctor_counts_the_agents_that_everybody_sees(work):
    work.write(PATH, 'schema: 1\nagents:\n  "@a.one": {description: "first"}\n')
    work.write(".flags/catalog.d/x.yaml", 'schema: 1\nagents:\n  "@a.one": {}\n  "@a.two": {}\n')
    work.write(".flags/catalog.d/y.yml", 'schema: 1\nagents:\n  "@a.yml": {}\n')
    assert len(work.flaggit("agents", "list", "--json").data) == 2
    found = {one["code"]: one for one in work.flaggit("doctor", "--json", status=1).data}
    said = "2 agents loaded from .flags/catalog.d/x.yaml, .flags/catalog.yaml. Not all of them, with errors in"
    assert found["catalog_loaded"]["message"] == f"{said} .flags/catalog.d/x.yaml."
    assert found["duplicate_agent"]["message"].startswith("@a.one stands in .flags/catalog.yaml and in")


def test_files_are_merged_and_an_agent_in_two_is_an_error():
    catalog = parse(
        'schema: 1\nagents:\n  "@a.one": {description: "first"}\n',
        (".flags/catalog.d/x.yaml", 'schema: 1\nagents:\n  "@a.two": {}\n  "@a.one": {description: "second"}\n'),
    )
    assert list(catalog.agents) == ["@a.one", "@a.two"]
    assert catalog.agents["@a.one"].description == "first"
    assert codes(catalog) == ["duplicate_agent"]
    assert catalog.problems[0].level == "error"


def test_a_broken_file_leaves_the_others():
    catalog = parse("agents: [", (".flags/catalog.d/x.yaml", 'schema: 1\nagents:\n  "@a.two":\n'))
    assert list(catalog.agents) == ["@a.two"]
    assert codes(catalog) == ["bad_yaml"]
    assert PATH in catalog.problems[0].message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"@A.b": {}', "did you mean @a.b"),
        ('"@a.b": {tags: "x"}', "tags has to be a list"),
        ('"@a.b": {colour: "red"}', "colour"),
        ('"@a.b": []', "is not of type 'object'"),
        ('"@a.b": {status: "gone"}', "gone"),
        ("12: {}", "not a handle"),
    ],
)
def test_a_broken_entry_leaves_the_others(entry, message):
    catalog = parse(f'schema: 1\nagents:\n  "@good.one": {{}}\n  {entry}\n')
    assert list(catalog.agents) == ["@good.one"]
    assert codes(catalog) == ["bad_agent"]
    assert message in catalog.problems[0].message
    assert catalog.problems[0].line == 4


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "schema: 1\nagents: {}\n"])
def test_nothing_in_it(text):
    catalog = parse(text)
    assert catalog.agents == {}
    assert codes(catalog) == []


def test_unknown_keys_and_schemas_are_told():
    catalog = parse('schema: 3\nagent: {}\nagents:\n  "@a.b": {}\n')
    assert list(catalog.agents) == ["@a.b"]
    assert codes(catalog) == ["bad_catalog", "bad_catalog"]


def test_a_missing_schema_is_a_warning():
    problems = parse('agents:\n  "@a.b": {}\n').problems
    assert [(problem.code, problem.level) for problem in problems] == [("bad_catalog", "warning")]


def test_aliases_teams_and_successors():
    catalog = parse(
        """
schema: 1
agents:
  "@a.one": {aliases: ["@a.uno"], owns: ["/one/"]}
  "@a.old": {status: "retired", replaced_by: "@a.uno", owns: ["/old/"]}
  "@a.gone": {status: "retired", owns: ["/gone/"]}
  "@t.all": {members: ["@t.some", "@a.old"]}
  "@t.some": {members: ["@a.uno", "@t.all"]}
"""
    )
    assert catalog.problems == ()
    assert catalog.find("@a.uno").name == "@a.one"
    assert catalog.find("@a.nobody") is None
    assert catalog.find("a.one").name == "@a.one"
    assert catalog.find("one") is None
    assert catalog.members("@t.some") == ("@a.one", "@a.old")
    assert catalog.members("@t.all") == ("@a.old", "@a.one")
    assert catalog.members("@a.one") == ()
    assert catalog.teams_of("@a.uno") == ("@t.all", "@t.some")
    assert catalog.owner("old/x").name == "@a.one"
    assert catalog.owner("gone/x") is None


def test_the_last_pattern_wins():
    catalog = parse(
        'schema: 1\nagents:\n  "@z.first": {owns: ["/src/", "/src/api/"]}\n  "@a.second": {owns: ["*.ts"]}\n'
    )
    assert catalog.owner("src/api/x.py").name == "@z.first"
    assert catalog.owner("src/api/x.ts").name == "@a.second"
    assert catalog.owner("README.md") is None


def test_who_is_known_by_what():
    catalog = parse(
        """
schema: 1
agents:
  "@a.one": {identities: [{email: "One@Example.org", login: "one-bot"}]}
  "@a.two": {identities: [{email: "two@example.org"}, {signing_key: "SHA256:abc"}]}
  "@a.three": {identities: [{email: "one@example.org"}]}
"""
    )
    assert catalog.identify(email="one@example.ORG").name == "@a.one"
    assert [agent.name for agent in catalog.identify_all(email="one@example.org")] == ["@a.one", "@a.three"]
    assert catalog.identify(signing_key="SHA256:abc", email="one@example.org").name == "@a.two"
    assert catalog.identify(signing_key="sha256:ABC") is None
    assert catalog.identify(login="ONE-bot").name == "@a.one"
    assert catalog.identify() is None


def test_contradictions_are_told():
    catalog = parse(
        """
schema: 1
agents:
  "@a.one": {aliases: ["@a.two", "@a.x"], members: ["@a.nobody", "@a.one"], owns: ["!no", "ok"]}
  "@a.two": {aliases: ["@a.x"], replaced_by: "@a.one", connections: ["a.one", "@b.c"]}
  "@a.three": {status: "retired", replaced_by: "@a.nobody"}
"""
    )
    assert sorted(codes(catalog)) == [
        "alias_clash",
        "alias_clash",
        "bad_pattern",
        "team_cycle",
        "unknown_connection",
        "unknown_member",
        "unknown_successor",
        "unknown_successor",
    ]
    assert {problem.rule for problem in catalog.problems} == {"F028"}
    assert all(problem.path == PATH for problem in catalog.problems)


def test_packing_loses_nothing():
    catalog = parse(CATALOG + '  "bad": {}\n  "@a.b": {replaced_by: "@x.y", identities: [{login: "l"}]}\n')
    again = unpack(pack(catalog))
    assert again.agents == catalog.agents
    assert again.problems == catalog.problems


@pytest.mark.startup
def test_a_warm_catalog_imports_no_yaml(work):
    program = (
        "import sys; from flaggit.git.repo import find_repo; from flaggit.clone.session import Session;"
        "catalog = Session(find_repo()).catalog; print(len(catalog.agents), 'yaml' in sys.modules)"
    )

    def run() -> str:
        argv = [sys.executable, "-c", program]
        done = subprocess.run(argv, cwd=work.path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert run() == "4 True"
    assert run() == "4 False"
    work.write(PATH, CATALOG + '  "@a.new": {}\n')
    assert run() == "5 True"
    assert run() == "5 False"


def test_the_older_catalog_loads_whole(data_folder):
    data = (data_folder / "catalog-52.yaml").read_bytes()
    catalog = parse_catalog([(PATH, data)])
    assert len(catalog.agents) == 52
    assert [problem for problem in catalog.problems if problem.level == "error"] == []


def test_agents_beyond_what_the_search_can_count_are_left_out_and_told(monkeypatch):
    monkeypatch.setattr("flaggit.catalog.parsing.MAX_IN_ALL", 3)
    files = [(f".flags/catalog.d/{name}.yaml", b"schema: 1\nagents: {" + entries + b"}\n") for name, entries in PARTS]
    catalog = parse_catalog(files)
    assert list(catalog.agents) == ["@a.a", "@a.b", "@a.c"]
    (problem,) = catalog.problems
    assert (problem.path, problem.level) == (
        ".flags/catalog.d/b.yaml",
        "error",
    ) and "only 3 are loaded" in problem.message


PARTS = (("a", b'"@a.a": {}, "@a.b": {}'), ("b", b'"@a.c": {}, "@a.d": {}, "@a.e": {}'))


def test_agents_that_replace_each_other_are_told_and_their_paths_are_nobodys():
    entries = {"@a.a": "@a.b", "@a.b": "@a.alias", "@a.c": "@a.a", "@a.d": "@a.e"}
    text = "".join(f'  "{name}": {{status: retired, replaced_by: "{other}"}}\n' for name, other in entries.items())
    text += '  "@a.e": {owns: ["/e/"]}\n'
    text = text.replace('"@a.c": {', '"@a.c": {aliases: ["@a.alias"], owns: ["/c/"], ')
    catalog = parse_catalog([("catalog.yaml", f"schema: 1\nagents:\n{text}".encode())])
    assert [(problem.ids, problem.code, problem.level) for problem in catalog.problems] == [
        ((name,), "unknown_successor", "error") for name in ("@a.a", "@a.b", "@a.c")
    ]
    assert catalog.owner("c/x") is None
    found = [catalog.successor(agent) for agent in [*catalog.agents.values()] * 2]
    assert found == [None, None, None, catalog.agents["@a.e"], catalog.agents["@a.e"]] * 2


def test_an_agent_is_not_replaced_by_whom_it_replaced(work):
    work.flaggit("agents", "retire", "@backend.queue", "--replaced-by", "@backend.api")
    before = work.read(".flags/catalog.yaml")
    answer = work.flaggit("agents", "retire", "@backend.api", "--replaced-by", "@backend.queue", status=2)
    assert "in the end by it" in answer.err and work.read(".flags/catalog.yaml") == before
