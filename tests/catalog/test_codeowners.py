"""CODEOWNERS in and out: the same owners for every path, by an independent reader of the format."""

from __future__ import annotations

import random

import pytest
from codeowners import CodeOwners
from repositories import Work

from flaggit.catalog.codeowners import owners_of
from flaggit.commands.agents.exporting import export_agents
from flaggit.lifecycle.agents_import import import_agents

NAMES = ("a", "b", "src", "docs", "lib.rs", "x-y", "Makefile", "deep", "größe", "#mark", "main.js", "b.js")
PIECES = ("*", "**", "?", "*.js", "s*", "*.r?", "[", "d??p")
OWNERS = (
    *("@ann", "@Ann", "@bob", "@org-a/eng", "@org-b/eng", "@org-a/web", "ann@one.example", "ann@two.example"),
    *("@c-sharp", "@c_sharp", "support@one.example", "support@two.example"),
)


def make_pattern(chance: random.Random) -> str:
    names = [chance.choice(NAMES + PIECES[: chance.choice([0, 8])]) for _ in range(chance.randint(1, 3))]
    pattern = chance.choice(["", "/"]) + "/".join(names) + chance.choice(["", "", "/", "/*"])
    pattern = pattern.replace("[", "*")
    return "*" if pattern.startswith("#") else pattern


def make_file(chance: random.Random) -> str:
    lines = []
    for _ in range(chance.randint(1, 14)):
        owners = chance.sample(OWNERS, chance.choice([0, 1, 1, 1, 2, 3]))
        lines.append(" ".join([make_pattern(chance), *owners]) + chance.choice(["", "", "  "]))
    return "\n".join(lines) + "\n"


def make_paths(chance: random.Random, count: int) -> list[str]:
    return ["/".join(chance.choice(NAMES) for _ in range(chance.randint(1, 4))) for _ in range(count)]


def owners_by(text: str, path: str) -> set[str]:
    return {name.casefold() for _, name in CodeOwners(text).of(path)}


def owners_in(session, path: str) -> set[str]:
    catalog = session.catalog
    return {name.casefold() for agent in catalog.owners(path) for name in owners_of(catalog, agent)}


def take(work: Work, text: str, place: str = "CODEOWNERS"):
    """Import a CODEOWNERS file into the template's catalog, whose own patterns are taken away before."""
    work.git("reset", "-q", "--hard")
    work.git("clean", "-qfd")
    work.write(".flags/catalog.yaml", "schema: 1\nagents: {}\n")
    work.write(place, text)
    session = work.session()
    import_agents(session, sources=[str(work.path / place)])
    return work.session()


@pytest.mark.parametrize("seed", range(25))
def test_every_path_keeps_its_owners(work: Work, seed: int) -> None:
    chance = random.Random(seed)
    text = make_file(chance)
    session = take(work, text)
    exported = export_agents(session).data["text"]
    readers = CodeOwners(text), CodeOwners(exported)
    for path in make_paths(chance, 300):
        wanted, again = ({name.casefold() for _, name in reader.of(path)} for reader in readers)
        assert owners_in(session, path) == wanted == again, (path, text, exported)
    assert not any(problem.level == "error" for problem in session.catalog_problems())
    before = work.git("ls-files", "-s", ".flags")
    import_agents(work.session(), sources=[str(work.path / "CODEOWNERS")])
    assert work.git("ls-files", "-s", ".flags") == before
    work.write("CODEOWNERS", exported)
    import_agents(work.session(), sources=[str(work.path / "CODEOWNERS")])
    assert export_agents(work.session()).data["text"] == exported


def test_an_order_of_agents_is_enough_where_there_is_one(work: Work) -> None:
    session = take(work, "* @ann\n/docs/ @bob\n/docs/api/ @ann\n")
    assert session.catalog.rules
    session = take(work, "* @ann\n/docs/ @bob\n/src/ @bob\n")
    assert not session.catalog.rules and session.catalog.agents["@owner.bob"].owns == ("/docs/", "/src/")


def test_ownership_comes_and_goes_with_the_file(work: Work) -> None:
    take(work, "* @ann\n/docs/ @bob\n/docs/api/ @ann\n")
    assert "schema: 2" in work.read(".flags/catalog.d/codeowners.yaml")
    work.write("CODEOWNERS", "* @ann\n/docs/ @bob\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    assert "schema: 1" in work.read(".flags/catalog.d/codeowners.yaml")
    assert "ownership" not in work.read(".flags/catalog.d/codeowners.yaml")
    assert owners_in(work.session(), "docs/api/x") == {"@bob"}
    work.write("CODEOWNERS", "/docs/ @bob\n/docs/secret\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    assert owners_in(work.session(), "docs/secret") == set()
    assert work.session().catalog.agents["@owner.bob"].owns == ()
    assert work.flaggit("agents", "owners", "docs/secret", "--json").data[0]["owner"] is None
    assert work.flaggit("check").status == 0


GITLAB = """\
* @org/core
!/doc/*.md
/config/ @@maintainer

[Docs][2] @docs @org/writers
/doc/
/doc/api/ @api

^[Data base] @dba
db/schema/
!db/schema/test/

[docs]
*.md @editor
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a.c", {"@org/core"}),
        ("doc/a.md", {"@editor"}),
        ("doc/x/a.txt", {"@org/core", "@docs", "@org/writers"}),
        ("doc/api/a.txt", {"@org/core", "@api"}),
        ("config/a", {"@@maintainer"}),
        ("db/schema/a", {"@org/core", "@dba"}),
        ("deep/db/schema/a", {"@org/core", "@dba"}),
        ("db/schema/test/a", {"@org/core"}),
    ],
)
def test_sections_exclusions_and_roles_of_gitlab(work: Work, path: str, owners: set[str]) -> None:
    session = take(work, GITLAB, ".gitlab/CODEOWNERS")
    assert owners_in(session, path) == owners
    exported = export_agents(session).data["text"]
    assert "[Docs][2]" in exported and "^[Data base]" in exported and "@@maintainer" in exported
    again = take(work, exported, ".gitlab/CODEOWNERS")
    assert owners_in(again, path) == owners
    assert export_agents(again).data["text"] == exported


def test_owners_of_one_name_stay_apart_whatever_their_order(work: Work) -> None:
    lines = ["/a/ @org-a/eng\n", "/b/ @org-b/eng\n", "/c/ eng@one.example\n", "/d/ @eng\n", "/e/ @ENG\n"]
    found = take(work, "".join(lines)).catalog
    handles = {path: found.owner(f"{path}/x").name for path in "abcde"}
    assert handles["d"] == handles["e"] and len(set(handles.values())) == 4
    other = take(work, "".join(reversed(lines))).catalog
    assert {path: other.owner(f"{path}/x").name for path in "abcde"} == handles
    assert take(work, lines[0]).catalog.owner("a/x").name == "@team.eng"
    work.write("CODEOWNERS", lines[0] + lines[1])
    work.flaggit("agents", "import", "CODEOWNERS")
    later = work.session().catalog
    assert (later.owner("a/x").name, later.owner("b/x").name) == ("@team.eng", "@team.org-b-eng")


def test_an_agent_by_hand_is_not_another_owner_of_its_name(work: Work) -> None:
    take(work, "/a/ @ann\n")
    work.git("reset", "-q", "--hard")
    work.write(
        ".flags/catalog.yaml",
        'schema: 1\nagents:\n  "@owner.ann":\n    description: "x"\n    identities: [{login: "ann-of-old"}]\n'
        '  "@owner.bob":\n    description: "y"\n',
    )
    work.write("CODEOWNERS", "/a/ @ann\n/b/ @bob\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    catalog = work.session().catalog
    assert catalog.owner("a/x").name != "@owner.ann"
    assert catalog.owner("b/x").name == "@owner.bob"
