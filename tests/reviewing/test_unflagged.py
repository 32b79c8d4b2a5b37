from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaggit.catalog.parsing import parse_catalog
from flaggit.core.model import Flag, flag_document
from flaggit.core.path_set import PathSet, may_be_about
from flaggit.documents.canonical import dump_document
from flaggit.impact.asking import Affected
from flaggit.impact.reasons import Reason
from flaggit.reviewing.unflagged import find_unflagged, overlaps

FILE = """\
schema: 1
agents:
  "@backend.api":
    description: "The API."
    owns: ["/api/"]
  "@frontend.web":
    description: "The client."
    owns: ["/src/", "*.ts"]
    aliases: ["@frontend.site"]
  "@data.store":
    description: "The database."
    owns: ["migrations/"]
  "@data.old":
    description: "Left."
    status: "retired"
    replaced_by: "@data.store"
    owns: ["/legacy/"]
  "@team.ops":
    description: "Whoever is on call."
    owns: ["/ops/"]
    members: ["@backend.api"]
"""
CATALOG = parse_catalog([(".flags/catalog.yaml", FILE.encode())])
INTERFACES = ("migrations/", "*.d.ts")


def flag(source: str, target: str | None, *files: str) -> Flag:
    return Flag("k7m2q0x", "change", "medium", source, target, "c", "a", "2026-11-23T14:00:00Z", related_files=files)


def find(*paths: str, by: str = "@backend.api", **more: object):
    return find_unflagged(dict.fromkeys(paths, (by,)), catalog=CATALOG, interfaces=INTERFACES, **more)


def test_an_owner_other_than_the_author_is_named_with_a_line_that_raises_the_flag():
    (found,) = find("src/b.ts", "src/a.ts", "api/x.py", "README.md")
    assert (found.owner, found.paths, found.interfaces, found.known) == (
        "@frontend.web",
        ("src/a.ts", "src/b.ts"),
        (),
        True,
    )
    assert found.command == ("flaggit create --type change --to @frontend.web --file src/a.ts --file src/b.ts")


def test_interfaces_come_first_among_owners_and_among_paths():
    found = find("src/a.ts", "db/migrations/1.sql", "src/types.d.ts", "lib/index.ts", by="@other.one")
    assert [(item.owner, item.flag_type) for item in found] == [
        ("@data.store", "breaking_change"),
        ("@frontend.web", "breaking_change"),
    ]
    assert found[1].paths == ("src/types.d.ts", "lib/index.ts", "src/a.ts")


def test_whoever_a_flag_names_has_been_told():
    assert find("src/a.ts", flags=[flag("@backend.api", "@frontend.web")]) == []
    assert find("src/a.ts", flags=[flag("@backend.api", "@frontend.site")]) == []
    assert [item.owner for item in find("src/a.ts", flags=[flag("@backend.api", None)])] == ["@frontend.web"]


def test_whoever_asked_for_the_change_knows_of_it():
    assert find("src/a.ts", answered=[flag("@frontend.web", "@backend.api")]) == []


def test_teams_and_retired_agents_stand_for_others():
    assert find("ops/deploy.sh") == []  # the author belongs to the team that owns it
    assert [item.owner for item in find("ops/deploy.sh", by="@frontend.web")] == ["@team.ops"]
    assert find("ops/deploy.sh", by="@frontend.web", flags=[flag("@frontend.web", "@backend.api")]) == []
    assert [item.owner for item in find("legacy/a.c")] == ["@data.store"]
    assert find("legacy/a.c", by="@data.old") == []


def test_an_owner_may_have_made_a_change_of_unknown_hand():
    (found,) = find_unflagged({"src/a.ts": ()}, catalog=CATALOG)
    assert not found.known
    assert find_unflagged({"src/a.ts": ("@backend.api", "@frontend.web")}, catalog=CATALOG) == []


def test_the_store_itself_needs_no_flag():
    assert find(".flags/frontend.web/k7m2q0x.yaml", ".flags/catalog.yaml") == []


def test_hostile_paths_stay_single_words_of_the_line_or_are_left_out():
    names = ["src/a;rm -rf $(x).ts", "src/it's.ts", "src/new\nline.ts", "src/\x1b[31m.ts", "src/-x.ts"]
    (found,) = find(*names)
    words = shlex.split(found.command)
    assert words[:6] == ["flaggit", "create", "--type", "change", "--to", "@frontend.web"]
    assert [words[place + 1] for place, word in enumerate(words) if word == "--file"] == sorted(
        ["src/-x.ts", "src/a;rm -rf $(x).ts", "src/it's.ts"]
    )
    assert set(found.paths) == set(names)


def test_many_files_are_told_by_the_folders_around_them():
    deep = [f"src/{part}/deep/{number}.ts" for part in "ab" for number in range(9)]
    (found,) = find(*deep, "src/index.ts")
    words = shlex.split(found.command)
    assert [words[place + 1] for place, word in enumerate(words) if word == "--file"] == [
        "src/a/deep/",
        "src/b/deep/",
        "src/index.ts",
    ]
    assert len(found.paths) == 19
    assert all(path == "src/index.ts" or PathSet(deep).find(["src/a/deep/", "src/b/deep/"]) for path in found.paths)
    (found,) = find(*(f"src/{number:02}/x.ts" for number in range(30)))
    assert found.command.endswith("--file src/")
    (found,) = find(*(f"src/{number:02}.ts" for number in range(30)))
    assert found.command.endswith("--file src/")


def test_related_files_may_name_folders() -> None:
    paths = PathSet(["src/a/b.ts", "src/ab.ts", "src/a", "src/a/c/d.ts"])
    assert paths.find(["src/a/"]) == paths.find(["src/a/c", "src/a/b.ts"]) == ("src/a/b.ts", "src/a/c/d.ts")
    assert paths.find(["src/a"]) == ("src/a", "src/a/b.ts", "src/a/c/d.ts")
    assert paths.find(["src/ab", "b.ts", "/", ""]) == ()
    assert paths.names == {"src", "src/a", "src/ab.ts", "src/a/b.ts", "src/a/c", "src/a/c/d.ts"}


PATHS = st.text("ab/", max_size=5).map(lambda text: text.strip("/")).filter(bool)  # as git has them


@given(st.lists(PATHS), st.lists(st.text('ab/\\"\n:é', min_size=1, max_size=5)))
def test_no_flag_is_passed_over_that_is_about_a_path(paths: list[str], related: list[str]) -> None:
    wanted = PathSet(paths)
    names = frozenset(name.encode() for name in wanted.names)
    files = tuple(dict.fromkeys(related))
    data = dump_document("flag", flag_document(flag("@backend.api", None, *files)))
    assert may_be_about(data, names) or not wanted.find(files)


def test_a_pending_flag_tells_of_its_own_files_only():
    paths = ["src/a.ts", "src/b.ts"]
    (found,) = find(*paths, notified={"src/a.ts": ["@frontend.web"]})
    assert found.paths == ("src/b.ts",)
    assert find(*paths, notified={path: ["@frontend.web"] for path in paths}) == []


SHARED = parse_catalog(
    [
        (
            ".flags/catalog.yaml",
            (FILE + 'ownership:\n  - pattern: "/shared/"\n    owners: ["@frontend.web", "@data.store"]\n').encode(),
        )
    ]
)


def test_each_owner_of_a_path_counts():
    def owners(by: str, **more: object) -> list[str]:
        return [item.owner for item in find_unflagged({"shared/x.c": (by,)}, catalog=SHARED, **more)]

    assert owners("@backend.api") == ["@data.store", "@frontend.web"]
    assert owners("@frontend.web") == ["@data.store"]
    assert owners("@backend.api", flags=[flag("@backend.api", "@frontend.web")]) == ["@data.store"]
    assert owners("@backend.api", notified={"shared/x.c": ["@frontend.web"]}) == ["@data.store"]


def test_owners_whose_interfaces_changed_come_first_and_then_those_that_are_sure():
    changed = {"src/a.ts": ("@other.one",), "api/x.py": (), "ops/x.sh": ("@other.one",), "db/migrations/1.sql": ()}
    found = find_unflagged(changed, catalog=CATALOG, interfaces=INTERFACES)
    assert [(item.owner, item.known) for item in found] == [
        ("@data.store", False),
        ("@frontend.web", True),
        ("@team.ops", True),
        ("@backend.api", False),
    ]


def likely(name: str, confidence: str = "likely") -> Affected:
    reasons = tuple(Reason("history", f"reason {number}.") for number in range(3))
    return Affected(name, 0.5, confidence, reasons, ("src/used.ts",))


def test_whom_a_change_affects_is_named_where_nobody_tells_them():
    (found,) = find("README.md", affected=[likely("@data.store")])
    assert (found.owner, found.paths, found.known) == ("@data.store", ("src/used.ts",), True)
    assert found.command == "flaggit create --type change --to @data.store --file src/used.ts"
    assert found.sentence == ("The change probably affects @data.store (reason 0; reason 1) and no flag tells them.")
    assert find("README.md", affected=[likely("@data.store", "perhaps")]) == []
    assert len(find("README.md", affected=[likely("@data.store", "sure")])) == 1
    assert find("README.md", affected=[likely("@backend.api")]) == []  # made it
    assert find("README.md", affected=[likely("@team.ops")]) == []  # has a member who made it
    assert find("README.md", affected=[likely("@data.store")], flags=[flag("@backend.api", "@data.store")]) == []
    assert find("README.md", affected=[likely("@data.store")], notified={"x": ["@data.store"]}) == []
    assert [item.reasons for item in find("src/a.ts", affected=[likely("@frontend.web")])] == [()]  # owns it: once


def test_ten_files_are_named_each_for_itself():
    files = [f"src/{number}.ts" for number in range(10)]
    assert find(*files)[0].command.count("--file") == 10
    assert find(*files, "src/deep/x.ts")[0].command.endswith("--file src/")
    (found,) = find(*[f"src/a/{number}.ts" for number in range(10)], "src/x.ts")
    assert found.command.endswith("--file src/a/ --file src/x.ts")


@pytest.mark.parametrize(
    ("path", "related", "told"),
    [
        ("src/a.ts", ["src/a.ts"], True),
        ("src/a.ts", ["src"], True),
        ("src/a.ts", ["src/"], True),
        ("src/a.ts", ["src/b.ts", "src/a.ts"], True),
        ("src/a.ts", ["src/a"], False),
        ("src", ["src/a.ts"], False),
        ("src/a.ts", [], False),
    ],
)
def test_a_path_lies_at_related_files_or_below_them(path: str, related: list[str], told: bool) -> None:
    assert overlaps(path, related) == told
