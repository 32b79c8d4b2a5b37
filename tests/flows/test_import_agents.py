from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys

import pytest
from effort import count_steps, examples
from hypothesis import given
from hypothesis import strategies as st

from flaggit.catalog import codeowners
from flaggit.catalog.agent_files import SkippedError, handle_for, read_agent_file
from flaggit.catalog.codeowners import handle_of, order_owners, parse_codeowners
from flaggit.catalog.editing import edit_catalog
from flaggit.catalog.parsing import parse_catalog

FOLDER = ".claude/agents"
CATALOG = ".flags/catalog.yaml"


def read(text: str, path: str = "agents/tidy-helper.md", folder: str = ""):
    return read_agent_file(path, text.encode(), folder=folder)


def matter(lines: str, body: str = "Body.\n") -> str:
    return f"---\n{lines}\n---\n{body}"


@pytest.mark.parametrize(
    ("lines", "name", "description"),
    [
        ("name: tidy\ndescription: Tidies up.", "tidy", "Tidies up."),
        ('name: "tidy"\ndescription: "Tidies: everything"\nmodel: sonnet', "tidy", "Tidies: everything"),
        ("name: tidy\ndescription: Use when: there is dirt.", "tidy", "Use when: there is dirt."),
        ("name: tidy\ndescription: Fixes issue #12 and more", "tidy", "Fixes issue #12 and more"),
        ('name: tidy\ndescription: "Never closed', "tidy", "Never closed"),
        ("name: tidy\ndescription: |\n  One\n  two", "tidy", "One\ntwo"),
        ("name: tidy\ndescription: >\n  One\n  two", "tidy", "One two"),
        ("name: tidy\ndescription: Use it.\\n\\nuser: 'hi'\nmodel: opus", "tidy", "Use it.\n\nuser: 'hi'"),
        (
            "name: tidy\ndescription: Use: it.\nuser: hi\nContext: x\ncolor: red",
            "tidy",
            "Use: it.\nuser: hi\nContext: x",
        ),
        ("name: tidy\ndescription: @mentions break YAML", "tidy", "@mentions break YAML"),
        ("name: tidy\ndescription: tabs\there and \x07bells", "tidy", "tabs here and bells"),
        ("name: tidy\ndescription: *starred*", "tidy", "*starred*"),
        ("name: tidy\ndescription: Use: it\ndepth: base\nsome-key: x", "tidy", "Use: it"),
        ("description: Nameless.", "tidy-helper", "Nameless."),
        ("name: tidy", "tidy", "Body."),
    ],
)
def test_front_matter_as_it_is_in_the_field(lines, name, description):
    found = read(matter(lines))
    assert found.name == name
    assert dict(found.fields)["description"] == description


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# Just a page\n", "no front matter"),
        ("---\nname: x\n", "no end"),
        ("---\n---\n", "empty"),
        (matter("tools: Read", ""), "neither a name nor a description"),
        (matter("name: \u4ee3\u7801", "# x\n"), "no description"),
    ],
)
def test_what_is_no_agent_is_told(text, why):
    with pytest.raises(SkippedError, match=why):
        read(text)


@pytest.mark.parametrize("before", ["# Title\n\n", "<!-- kept by hand -->\n", "```markdown\n", "\n\n"])
def test_what_stands_before_front_matter(before):
    assert read(before + matter("name: x\ndescription: y")).name == "x"


def test_a_rule_in_a_page_is_no_front_matter():
    with pytest.raises(SkippedError):
        read("# Page\n\n---\nSome text.\n\n---\n")


def test_windows_line_ends_and_byte_order_marks():
    found = read_agent_file("a/x.md", b"\xef\xbb\xbf---\r\nname: x\r\ndescription: y\r\n---\r\n")
    assert (found.name, dict(found.fields)) == ("x", {"description": "y"})


@pytest.mark.parametrize(
    ("encoding", "remark"), [("utf-16", "read as UTF-16"), ("cp1252", "read as Windows-1252"), ("utf-8", "")]
)
def test_files_in_other_encodings(encoding, remark):
    found = read_agent_file("a/x.md", agent("x", "Gr\u00fc\u00dfe").encode(encoding))
    assert dict(found.fields)["description"] == "Gr\u00fc\u00dfe"
    assert found.remark.endswith(remark)


def test_lists_model_and_color():
    text = matter("name: x\ndescription: y\ntags: [a, b]\nkeywords: b, c\nmodel: inherit\ncolor: red\ntools: Read")
    assert dict(read(text).fields) == {"description": "y", "color": "red", "tags": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("name", "folder", "handle", "alias"),
    [
        ("backend.serverless", "", "@backend.serverless", ""),
        ("@backend.api", "x", "@backend.api", ""),
        ("code-reviewer", "", "@agent.code-reviewer", ""),
        ("code-reviewer", "engineering", "@engineering.code-reviewer", "@agent.code-reviewer"),
        ("Code Reviewer", "02-quality/agents", "@quality.code-reviewer", "@agent.code-reviewer"),
        ("a.b.c", "", "@agent.a-b-c", ""),
        ("plugin:name", "", "@plugin.name", ""),
        ("\u4ee3\u7801", "", "", ""),
        ("--", "", "", ""),
        ("d", "catalog", "@agent.d", ""),
        ("config.yaml", "", "@agent.config-yaml", ""),
        ("Gr\u00f6\u00dfe", "\u00dcn\u00efcode", "@unicode.grosse", "@agent.grosse"),
        ("x" * 100, "", "@agent." + "x" * 57, ""),
    ],
)
def test_handles(name, folder, handle, alias):
    assert handle_for(name, folder) == (handle, alias)


def test_an_agent_card():
    card = {
        "name": "Bread Oven",
        "description": "Bakes.",
        "skills": [{"id": "b", "name": "Bake", "description": "bread", "tags": ["flour"], "examples": ["bake me one"]}],
    }
    found = read_agent_file("cards/oven.json", json.dumps(card).encode())
    assert found.handle == "@agent.bread-oven"
    assert dict(found.fields) == {
        "description": "Bakes.",
        "capabilities": ["Bake: bread"],
        "tags": ["flour"],
        "scenarios": ["bake me one"],
    }
    for text in ("{", "[]", '{"name": "x"}', "1" * 5000):
        with pytest.raises(SkippedError):
            read_agent_file("x.json", text.encode())


def test_import_again_updates_what_came_and_keeps_what_was_added(work):
    work.write(f"{FOLDER}/web/tidy.md", matter("name: tidy\ndescription: Tidies."))
    work.write(f"{FOLDER}/notes.md", "# Notes\n")
    work.write(f"{FOLDER}/again.md", matter("name: web.tidy\ndescription: Another."))
    first = work.flaggit("agents", "import", "--json").data
    tidy, second = first["added"]  # two sources never become one agent
    assert tidy == "@web.tidy" and second.startswith("@web.tidy-")
    reasons = {one["source"]: one["reason"] for one in first["skipped"]}
    assert "no front matter" in reasons[f"{FOLDER}/notes.md"]
    assert work.git("diff", "--cached", "--name-only") == CATALOG
    work.flaggit("agents", "edit", "@web.tidy", "--tag", "dust", "--owns", "/web/")
    work.write(f"{FOLDER}/again.md", matter("name: web.tidy\ndescription: Another one."))
    assert work.flaggit("agents", "import", "--json").data["updated"] == ["@web.tidy"]
    shown = work.flaggit("agents", "show", "web.tidy", "--json").data
    assert (shown["description"], shown["tags"], shown["owns"]) == ("Another one.", ["dust"], ["/web/"])
    assert work.flaggit("agents", "import", "--json").data["unchanged"] == [tidy, second]


def test_an_agent_written_by_hand_is_left_alone(work):
    work.write(f"{FOLDER}/backend.api.md", matter("name: backend.api\ndescription: Mine."))
    before = work.read(CATALOG)
    skipped = work.flaggit("agents", "import", "--json").data["skipped"]
    assert "by hand" in skipped[0]["reason"]
    assert work.read(CATALOG) == before


def test_the_name_alone_stays_an_alias(work):
    work.write(f"{FOLDER}/web/tidy.md", matter("name: tidy\ndescription: Tidies."))
    work.flaggit("agents", "import")
    for own in ("@agent.tidy", "tidy"):
        assert work.flaggit("agents", "show", own, "--json").data["name"] == "@web.tidy"


def test_dry_run_and_missing_sources(work):
    work.write(f"{FOLDER}/tidy.md", matter("name: tidy\ndescription: Tidies."))
    work.git("add", FOLDER)
    work.commit("agents")
    assert work.flaggit("agents", "import", "--dry-run", "--json").data["added"] == ["@agent.tidy"]
    assert work.git("status", "--porcelain") == ""
    assert work.flaggit("agents", "import", "nowhere", status=3)


def agent(name: str, description: str = "Does it.") -> str:
    return matter(f"name: {name}\ndescription: {description}")


def test_the_folder_an_agent_lies_in_is_its_domain_however_it_is_imported(work):
    for source in (f"{FOLDER}/web", f"{FOLDER}/web/tidy.md", FOLDER, "."):
        work.write(f"{FOLDER}/web/tidy.md", agent("tidy"))
        assert work.flaggit("agents", "import", source, "--json").data["added"] == ["@web.tidy"]
        work.git("checkout", "-q", "HEAD", "--", CATALOG)
    work.write("top.md", agent("top"))
    assert work.flaggit("agents", "import", "top.md", "--json").data["added"] == ["@agent.top"]


def test_of_two_sources_with_one_handle_the_first_counts_and_the_second_is_told(work):
    work.write("one/a.md", agent("web.tidy", "The first."))
    work.write("two/b.md", agent("web.tidy", "The second."))
    data = work.flaggit("agents", "import", "one", "two", "one/a.md", "--json").data
    assert data["skipped"] == [{"source": "two/b.md", "reason": "gives the same handle @web.tidy as one/a.md"}]
    assert work.flaggit("agents", "show", "@web.tidy", "--json").data["description"] == "The first."


def test_a_name_that_two_agents_share_is_told(work):
    work.write("web/tidy.md", agent("tidy"))
    work.write("ops/tidy.md", agent("tidy"))
    data = work.flaggit("agents", "import", "web", "ops", "--json").data
    assert data["added"] == ["@web.tidy", "@ops.tidy"]
    assert data["remarks"] == ["ops/tidy.md: @ops.tidy is not known as @agent.tidy, which is @web.tidy."]
    assert work.flaggit("agents", "show", "@agent.tidy", "--json").data["name"] == "@web.tidy"


def test_a_name_that_is_another_agents_handle_is_no_alias(work):
    work.write("web/tidy.md", agent("tidy"))
    work.write("z/z.md", agent("agent.tidy"))
    data = work.flaggit("agents", "import", "web", "z", "--json").data
    assert data["added"] == ["@web.tidy", "@agent.tidy"]
    assert data["remarks"] == ["web/tidy.md: @web.tidy is not known as @agent.tidy, which is another agent."]


def test_a_moved_file_stays_the_same_agents(work):
    work.write("web/tidy.md", agent("tidy"))
    work.flaggit("agents", "import", "web")
    (work.path / "web/tidy.md").rename(work.path / "web/other.md")
    data = work.flaggit("agents", "import", "web", "--json").data
    assert (data["updated"], data["skipped"]) == (["@web.tidy"], [])
    assert work.flaggit("agents", "show", "@web.tidy", "--json").data["source"] == "web/other.md"


def test_agents_whose_file_is_gone_or_gives_another_are_told(work):
    for name in ("gone", "renamed", "stays"):
        work.write(f"web/{name}.md", agent(name))
    work.flaggit("agents", "import", "web")
    (work.path / "web/gone.md").unlink()
    work.write("web/renamed.md", agent("fresh"))
    data = work.flaggit("agents", "import", "web", "--json").data
    assert (data["added"], data["unchanged"]) == (["@web.fresh"], ["@web.stays"])
    assert data["remarks"] == [
        "web/gone.md: is gone, and @web.gone came from it: `flaggit agents retire @web.gone`.",
        "web/renamed.md: gives @web.fresh now, and @web.renamed came from it: `flaggit agents retire @web.renamed`.",
    ]
    work.flaggit("agents", "retire", "@web.gone")
    work.flaggit("agents", "retire", "@web.renamed", "--replaced-by", "@web.fresh")
    assert work.flaggit("agents", "import", "web", "--json").data["remarks"] == []


def test_an_agent_keeps_the_handle_that_its_file_gave_it_before(work):
    work.write("web/tidy.md", agent("tidy", "As it was."))
    work.flaggit("agents", "add", "@agent.tidy", "--description", "As it was.")
    work.write(CATALOG, work.read(CATALOG).replace('"As it was."', '"As it was."\n    source: "web/tidy.md"'))
    work.write("web/tidy.md", agent("tidy", "As it is."))
    assert work.flaggit("agents", "import", "web", "--json").data["updated"] == ["@agent.tidy"]


def test_an_agent_that_somebody_renamed_keeps_its_handle(work):
    work.write("web/tidy.md", agent("tidy", "As it was."))
    work.write("web/api.md", agent("backend.rest", "As it was."))
    work.flaggit("agents", "import", "web")
    renamed = (
        work.read(CATALOG)
        .replace("@web.tidy", "@home.cleaner")
        .replace('"@backend.rest":', '"@backend.http":\n    aliases: ["@backend.rest"]')
    )
    work.write(CATALOG, renamed)
    assert work.flaggit("agents", "import", "web", "--json").data["paths"] == []
    work.write("web/tidy.md", agent("tidy", "As it is."))
    work.write("web/api.md", agent("backend.rest", "As it is."))
    data = work.flaggit("agents", "import", "web", "--json").data
    assert (data["added"], data["updated"], data["remarks"]) == ([], ["@backend.http", "@home.cleaner"], [])


def test_what_people_wrote_without_a_description_takes_the_files_words(work):
    work.flaggit("agents", "add", "@web.tidy", "--tag", "dust")
    work.write("web/tidy.md", agent("tidy", "Tidies."))
    assert work.flaggit("agents", "import", "web", "--json").data["updated"] == ["@web.tidy"]
    shown = work.flaggit("agents", "show", "@web.tidy", "--json").data
    assert (shown["description"], shown["tags"]) == ("Tidies.", ["dust"])


def test_many_remarks_of_a_kind_are_summed_up_and_every_skipped_file_is_named(work):
    for number in range(5):
        work.write(f"web/a{number}.md", matter("description: Nameless, but it does something."))
    work.write("web/README.md", "# Agents\n")
    answer = work.flaggit("agents", "import", "web")
    assert "web/a0.md, web/a1.md, web/a2.md and 2 more: no name inside, so the file's is taken." in answer.out
    assert "web/README.md: is by its name no agent's file" in answer.out
    assert f"Staged {CATALOG}: commit it with your work." in answer.err
    assert len(work.flaggit("agents", "import", "web", "--json").data["remarks"]) == 5


def test_one_files_odd_name_stops_no_import(work):
    work.write(f"{FOLDER}/good.md", agent("good"))
    odd = os.fsencode(work.path / FOLDER) + b"/odd\xff.md"
    try:
        with open(odd, "wb") as file:
            file.write(agent("odd").encode())
    except OSError:
        pytest.skip("this file system takes no such name")
    data = work.flaggit("agents", "import", "--json").data
    assert (data["added"], data["skipped"][0]["reason"]) == (
        ["@agent.good"],
        "has a name that is not UTF-8, which no catalog can hold",
    )


def test_names_in_capitals_links_and_large_files(work):
    work.write(f"{FOLDER}/UPPER.MD", agent("upper"))
    work.write(f"{FOLDER}/large.md", agent("large") + "x" * 1024 * 1024)
    work.write("elsewhere/far.md", agent("far"))
    work.write(f"{FOLDER}/node_modules/x/agents/packed.md", agent("packed"))
    (work.path / FOLDER / "linked").symlink_to(work.path / "elsewhere")
    (work.path / FOLDER / "link.md").symlink_to("UPPER.MD")
    data = work.flaggit("agents", "import", "--json").data
    assert data["added"] == ["@agent.upper"]
    assert data["skipped"] == [
        {"source": f"{FOLDER}/linked", "reason": "is a link to a folder: name what it leads to"},
        {"source": f"{FOLDER}/node_modules", "reason": "holds other people's packages: name those that count"},
        {"source": f"{FOLDER}/large.md", "reason": "is larger than 1,048,576 bytes, which no agent's file is"},
        {"source": f"{FOLDER}/link.md", "reason": "cannot be read: is a symbolic link"},
    ]
    assert work.flaggit("agents", "import", f"{FOLDER}/linked", "--json").data["added"] == ["@linked.far"]
    packed = work.flaggit("agents", "import", f"{FOLDER}/node_modules/x", "--json").data
    assert packed["added"] == ["@x.packed"]


def test_no_more_agents_than_a_catalog_may_hold(work):
    count = 5001
    many = "".join(f'  "@a.n{number}": {{}}\n' for number in range(count - 1))
    work.write(CATALOG, "schema: 1\nagents:\n" + many)
    work.write("web/tidy.md", agent("tidy"))
    refused = work.flaggit("agents", "import", "web", "--json", status=2).json
    assert (refused["code"], "5,001 agents" in refused["error"]) == ("bad_catalog", True)
    work.write(CATALOG, f'schema: 1\nagents:\n{many}  "@a.more": {{}}\n')
    assert "5,001 agents" in work.flaggit("agents", "list").err
    work.flaggit("agents", "edit", "@a.more", "--description", "What is there may still be mended.")


OWNERS = """\
# comment
*           @acme/platform
/src/       @ann web@example.org   # the client
/api/ @bo
/docs/
!never @ann
"""


def test_codeowners_lines():
    lines, faults = parse_codeowners(OWNERS, path=".github/CODEOWNERS")
    assert [(line.pattern, line.owners) for line in lines] == [
        ("*", ("@acme/platform",)),
        ("/src/", ("@ann", "web@example.org")),
        ("/api/", ("@bo",)),
        ("/docs/", ()),
    ]
    assert "negates" in faults[0]
    assert parse_codeowners("with\\ space.txt @a")[0][0].pattern == "with\\ space.txt"
    assert handle_of("@acme/platform-team") == "@team.platform-team"
    assert handle_of("@\u00fcmlaut") == "@owner.umlaut"


def test_what_is_no_owner_in_codeowners_is_told():
    text = "/a @ann nobody\n/b [x] a@b@c @\n/c @x@y\n/d @@maintainer @org/sub/team ann@example.org\n/e\n"
    lines, faults = parse_codeowners(text)
    assert [(line.pattern, line.owners) for line in lines] == [
        ("/a", ("@ann",)),
        ("/d", ("@@maintainer", "@org/sub/team", "ann@example.org")),
        ("/e", ()),
    ]
    assert [fault.partition(" is no owner")[0] for fault in faults] == [
        "line 1: nobody",
        "line 2: [x]",
        "line 2: a@b@c",
        "line 2: @",
        "line 3: @x@y",
    ]


def test_owners_of_one_name_are_agents_of_their_own(work):
    work.write("CODEOWNERS", "/a @one/web @Bo\n/b @two/web @@dev\n/c @bo @Bo\n/d bo@example.org\n/src @team.platform\n")
    for _ in range(2):
        assert work.flaggit("agents", "import", "CODEOWNERS", "--json").data["remarks"] == []
        assert [owner_of(work, path) for path in "abcd"] == [
            "@team.bo-one-web",
            "@team.dev-two-web",
            "@owner.bo",
            "@owner.bo-example-org",
        ]


def test_teams_of_other_owners_are_other_teams(work):
    long = [f"@somebody-with-a-long-name-{letter}" for letter in "abcd"]
    lines = [
        f"/one {long[0]} {long[1]} {long[2]}",
        f"/two {long[0]} {long[1]} {long[3]}",
        f"/three {long[2]} {long[1]} {long[0]}",
        "/four @a @org/b",
        "/five @org/a @b",
        "/six @org/b @a",
    ]
    work.write("CODEOWNERS", "\n".join(lines))
    work.flaggit("agents", "import", "CODEOWNERS")
    one, two, three, four, five, six = (owner_of(work, path.split()[0][1:]) for path in lines)
    assert one == three != two
    assert four == six == "@team.a-b" != five
    members = [work.flaggit("agents", "show", team, "--json").data["members"] for team in (two, five)]
    assert members[0][2] == "@owner.somebody-with-a-long-name-d"
    assert members[1] == ["@team.a", "@owner.b"]
    work.flaggit("agents", "edit", five, "--remove", "@owner.b", "--member", "@backend.api")
    assert work.flaggit("agents", "import", "CODEOWNERS", "--json").data["paths"] == []


def test_owners_of_thousands_of_rules_are_ordered_soon():
    rules = [(f"/src/m{n % 400}/x{n}/", f"@o.o{n % 200}") for n in range(6000)]
    tenth = count_steps(lambda: order_owners([("*", "@z.all"), *rules[:600]]))
    assert len(order_owners([("*", "@z.all"), *rules])) == 201
    whole = count_steps(lambda: order_owners([("*", "@z.all"), *rules]))
    assert whole < 20 * tenth  # ten times the rules: a hundred times, were it squared


def test_patterns_made_to_take_long_are_given_up(monkeypatch):
    monkeypatch.setattr(codeowners, "_EFFORT", 200_000)
    rules = [(f"/**/{'*a' * 200}{number}*/", f"@o.f{number}") for number in range(60)]
    found: list[str] = []
    steps = count_steps(lambda: found.extend(order_owners([("/plain/", "@o.bo"), *rules])))
    assert found == ["@o.bo", *(agent for _, agent in rules)]
    assert steps < 6_000_000


def test_patterns_too_long_for_a_catalog_are_told():
    lines, faults = parse_codeowners(f"/{'a' * 999} @ann\n/{'a' * 1000} @ann\n")
    assert len(lines) == 1
    assert faults == [f"line 2: /{'a' * 58}\u2026 is longer than 1,000 characters"]


def test_owners_are_ordered_so_that_the_last_pattern_wins():
    assert order_owners([("*", "@z.all"), ("/a/", "@a.a"), ("/a/b/", "@b.b")]) == ["@z.all", "@a.a", "@b.b"]
    assert order_owners([("/x/", "@a.a"), ("/y/", "@b.b"), ("*", "@c.c")]) == ["@a.a", "@b.b", "@c.c"]
    assert order_owners([("*", "@a.a"), ("/a/", "@b.b"), ("/a/b/", "@a.a")]) is None


def test_codeowners_import_and_export(work):
    work.write(".github/CODEOWNERS", OWNERS)
    work.write("api/x.py", "")
    work.git("add", "-A")
    data = work.flaggit("agents", "import", ".github/CODEOWNERS", "--json").data
    assert (
        data["added"] == ["@team.platform", "@owner.ann", "@team.ann-web", "@owner.bo"] or "@owner.bo" in data["added"]
    )
    assert [one["reason"].partition(" negates")[0] for one in data["skipped"]] == ["line 6: !never"]
    owners = work.flaggit("agents", "owners", "src/client.ts", "api/x.py", "README.md", "--json").data
    assert [one["owner"] for one in owners] == ["@team.ann-web", "@owner.bo", "@team.platform"]
    assert work.flaggit("agents", "import", ".github/CODEOWNERS", "--json").data["updated"] == []
    text = work.flaggit("agents", "export").out
    assert "*" in text
    work.flaggit("agents", "export", "--output", "CODEOWNERS")
    assert work.git("status", "--porcelain", "CODEOWNERS") == "A  CODEOWNERS"
    lines, faults = parse_codeowners(work.read("CODEOWNERS"))
    assert faults == []
    assert ("/src/", ("@ann", "web@example.org")) in [(line.pattern, line.owners) for line in lines]


@pytest.mark.parametrize("output", ["../x", ".git", ".GIT/x", ".flags", ".flags/catalog.yaml", "docs", ".", ""])
def test_nothing_is_exported_over_gits_files_or_the_store(work, output: str):
    work.write("docs/a.md", "")
    work.commit("Docs", ".")
    other = work.worktree("other", "other")
    before = other.read(".git"), other.read(".flags/catalog.yaml")
    answer = other.flaggit("agents", "export", "--output", output, "--json", status=2)
    assert answer.json["code"] == "usage"
    assert (other.read(".git"), other.read(".flags/catalog.yaml")) == before
    assert other.git("status", "--porcelain") == ""


def test_an_export_replaces_no_other_file_unless_told(work):
    def export(*words: str, status: int = 0):
        return work.flaggit("agents", "export", "--output", "CODEOWNERS", "--json", *words, status=status)

    work.flaggit("agents", "edit", "@frontend.web", "--login", "web")
    work.write("CODEOWNERS", "* @somebody\n")
    work.commit("by hand", "CODEOWNERS")
    for words in ((), ("--dry-run",)):
        refused = export(*words, status=4).json
        assert (refused["code"], "--overwrite" in refused["hint"]) == ("file_exists", True)
    assert work.read("CODEOWNERS") == "* @somebody\n"
    export("--overwrite")
    export()  # says the same, so nothing is lost
    work.flaggit("agents", "edit", "@frontend.web", "--owns", "/more/")
    assert "not committed" in export(status=4).json["error"]
    work.commit("exported", ".")
    export()
    assert "/more/" in work.read("CODEOWNERS")
    work.commit("exported", ".")
    work.write("CODEOWNERS", work.read("CODEOWNERS") + "/docs/ @docs\n")
    assert "not committed" in export(status=4).json["error"]
    work.git("add", "CODEOWNERS")
    assert "not committed" in export(status=4).json["error"]
    assert "/docs/ @docs" in work.read("CODEOWNERS")


@pytest.mark.parametrize("words", [(), ("--overwrite",)])
def test_an_export_follows_no_link(work, tmp_path, words):
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    (work.path / "CODEOWNERS").symlink_to(outside)
    work.flaggit("agents", "export", "--output", "CODEOWNERS", *words, status=0 if words else 4)
    assert outside.read_text() == "mine\n"


def test_an_export_to_a_dash_is_printed(work):
    printed = work.flaggit("agents", "export", "--output", "-").out
    assert printed == work.flaggit("agents", "export").out
    assert work.git("status", "--porcelain") == ""


def owner_of(work, path: str) -> str:
    return work.flaggit("agents", "owners", path, "--json").data[0]["owner"]


def fresh_clone(work, name: str = "fresh"):
    """Return a new clone of everything that is here, committed before: what only this clone knew is not in it."""
    work.commit("all of it", ".")
    path = work.path.parent / name
    work.git("clone", "-q", str(work.path), str(path))
    return type(work)(path)


@pytest.mark.parametrize("cloned", [False, True])
def test_codeowners_again_takes_away_what_the_file_dropped_and_keeps_what_people_added(work, cloned):
    work.write("CODEOWNERS", "* @all\n/lib/ @ann\n/lib/deep/ @bo\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    work.flaggit("agents", "edit", "@owner.bo", "--owns", "/extra/", "--tag", "deep")
    work = fresh_clone(work) if cloned else work
    work.write("CODEOWNERS", "* @all\n/lib/ @ann\n")
    data = work.flaggit("agents", "import", "CODEOWNERS", "--json").data
    assert (data["updated"], data["added"]) == (["@owner.bo"], [])
    assert data["remarks"] == [
        "CODEOWNERS: says no more, and takes away from @owner.bo: owns /lib/deep/.",
        "@owner.bo owns nothing there any more: `flaggit agents retire @owner.bo`.",
    ]
    assert [owner_of(work, path) for path in ("lib/deep/x", "extra/x")] == ["@owner.ann", "@owner.bo"]
    assert work.flaggit("agents", "show", "@owner.bo", "--json").data["tags"] == ["deep"]
    work.flaggit("agents", "edit", "@owner.bo", "--owns", "/lib/deep/")
    assert work.flaggit("agents", "import", "CODEOWNERS", "--json").data["paths"] == []
    assert "/lib/deep/" in work.flaggit("agents", "show", "@owner.bo", "--json").data["owns"]


def test_an_agent_written_by_hand_loses_only_what_codeowners_brought(work):
    work.flaggit("agents", "add", "@web.ann", "--login", "ann", "--owns", "/own/", "--owns", "/both/")
    work.write("CODEOWNERS", "/both/ @ann\n/lib/ @ann\n/x/ @bo\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    assert work.flaggit("agents", "show", "@web.ann", "--json").data["owns"] == ["/own/", "/both/", "/lib/"]
    work.write("CODEOWNERS", "/x/ @bo\n")
    data = work.flaggit("agents", "import", "CODEOWNERS", "--json").data
    assert data["remarks"] == ["CODEOWNERS: says no more, and takes away from @web.ann: owns /lib/."]
    assert work.flaggit("agents", "show", "@web.ann", "--json").data["owns"] == ["/own/", "/both/"]
    assert "imported" not in work.read(CATALOG)


def test_codeowners_that_was_moved_is_the_same(work):
    work.write("CODEOWNERS", "/lib/ @ann\n/old/ @ann\n/x/ @bo\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    (work.path / "CODEOWNERS").unlink()
    work.write(".github/CODEOWNERS", "/lib/ @ann\n/x/ @bo\n")
    data = work.flaggit("agents", "import", ".github/CODEOWNERS", "--json").data
    assert data["remarks"] == [".github/CODEOWNERS: says no more, and takes away from @owner.ann: owns /old/."]
    shown = work.flaggit("agents", "show", "@owner.ann", "--json").data
    assert (shown["owns"], shown["source"]) == (["/lib/"], ".github/CODEOWNERS")
    assert work.flaggit("agents", "import", ".github/CODEOWNERS", "--json").data["paths"] == []


def test_two_codeowners_files_keep_to_their_own(work):
    work.write("a/CODEOWNERS", "/a/ @ann\n/a/x/ @ann\n")
    work.write("b/CODEOWNERS", "/b/ @ann\n/b/y/ @bo\n")
    work.flaggit("agents", "import", "a/CODEOWNERS", "b/CODEOWNERS", "a/CODEOWNERS")
    assert [owner_of(work, path) for path in ("a/x/1", "b/1", "b/y/1")] == ["@owner.ann", "@owner.ann", "@owner.bo"]
    work.write("a/CODEOWNERS", "/a/ @ann\n")
    work.flaggit("agents", "import", "a/CODEOWNERS")
    assert work.flaggit("agents", "show", "@owner.ann", "--json").data["owns"] == ["/b/", "/a/"]


def test_codeowners_again_keeps_the_order_that_decides(work):
    work.write("CODEOWNERS", "/lib/ @ann\n/lib/deep/ @bo\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    place = ".flags/catalog.d/codeowners.yaml"
    remark = '  # Bo knows the depths.\n  "@owner.bo":'
    work.write(place, work.read(place).replace('  "@owner.bo":', remark))
    work.write("CODEOWNERS", "* @all\n/lib/deep/ @bo\n/lib/ @ann\n")
    data = work.flaggit("agents", "import", "CODEOWNERS", "--json").data
    assert (data["added"], data["paths"]) == (["@owner.all"], [place])
    assert [owner_of(work, path) for path in ("x", "lib/x", "lib/deep/x")] == ["@owner.all", "@owner.ann", "@owner.ann"]
    assert remark in work.read(place)
    assert work.flaggit("agents", "import", "CODEOWNERS", "--json").data["paths"] == []


def test_codeowners_again_gives_the_last_agent_of_the_file_more_beside_new_agents(work):
    work.write("CODEOWNERS", "/a/ @ann\n/b/ @bob\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    work.write("CODEOWNERS", "/a/ @ann\n")
    work.flaggit("agents", "import", "CODEOWNERS")
    work.write("CODEOWNERS", "/a/ @ann\n/b/ @bob\n/c/ @ann @bob\n")
    assert "Added 1, updated 1" in work.flaggit("agents", "import", "CODEOWNERS").out
    for path, owner in (("a/x", "@owner.ann"), ("b/x", "@owner.bob"), ("c/x", "@team.ann-bob")):
        assert owner in work.flaggit("agents", "owners", path).out


def test_gitlabs_sections_give_their_owners_to_paths_without(work):
    text = "[Docs team][2] @docs @ann\n/docs/\n/api/ @bo\n^[Optional]\n/free/\n"
    lines, faults = parse_codeowners(text)
    assert [(line.pattern, line.owners) for line in lines] == [
        ("/docs/", ("@docs", "@ann")),
        ("/api/", ("@bo",)),
        ("/free/", ()),
    ]
    assert faults == []


@pytest.mark.parametrize("place", ["web", "../elsewhere/web"])
@pytest.mark.parametrize("cloned", [False, True])
def test_lists_lose_what_the_file_dropped_and_keep_what_people_added(work, place, cloned):
    def say(tags: str) -> None:
        work.write(f"{place}/tidy.md", matter(f"name: tidy\ndescription: Tidies.\ntags: {tags}\ncapabilities: [wash]"))

    def tags_of() -> list[str]:
        return work.flaggit("agents", "show", "@web.tidy", "--json").data["tags"]

    say("[dust, dirt]")
    work.flaggit("agents", "import", place)
    work.flaggit("agents", "edit", "@web.tidy", "--tag", "mine")
    work = fresh_clone(work) if cloned else work
    say("[dirt, mud]")
    data = work.flaggit("agents", "import", place, "--dry-run", "--json").data
    taken = f"{place}/tidy.md: says no more, and takes away from @web.tidy: tags dust."
    assert data["remarks"] == [taken]
    answer = work.flaggit("agents", "import", place)
    assert "  ~ @web.tidy  tags\n" in answer.out
    assert taken in answer.out
    assert tags_of() == ["dirt", "mud", "mine"]
    work.flaggit("agents", "edit", "@web.tidy", "--tag", "dust")  # the person knows better
    for tags in ("[dirt, mud]", "[dirt]"):
        say(tags)
        work.flaggit("agents", "import", place)
    assert tags_of() == ["dirt", "mine", "dust"]


def test_what_people_had_before_a_file_said_the_same_stays_theirs(work):
    work.flaggit("agents", "add", "@web.tidy", "--tag", "dust")
    for tags in ("[dust, mud]", "[dirt]"):
        work.write("web/tidy.md", matter(f"name: tidy\ndescription: Tidies.\ntags: {tags}"))
        work.flaggit("agents", "import", "web")
    assert work.flaggit("agents", "show", "@web.tidy", "--json").data["tags"] == ["dirt", "dust"]


def test_an_agents_file_and_codeowners_at_once_are_both_remembered(work):
    work.write("web/tidy.md", matter("name: tidy\ndescription: Tidies.\ntags: [dust, dirt]"))
    work.flaggit("agents", "add", "@web.tidy", "--login", "tidy-bot")
    work.write("CODEOWNERS", "/a/ @tidy-bot\n/b/ @tidy-bot\n")
    work.flaggit("agents", "import", "CODEOWNERS", "web")
    work.write("web/tidy.md", matter("name: tidy\ndescription: Tidies.\ntags: [dirt]"))
    work.write("CODEOWNERS", "/b/ @tidy-bot\n")
    assert len(work.flaggit("agents", "import", "web", "CODEOWNERS", "--json").data["remarks"]) == 2
    shown = work.flaggit("agents", "show", "@web.tidy", "--json").data
    assert (shown["tags"], shown["owns"]) == (["dirt"], ["/b/"])
    assert "imported" not in shown
    assert work.flaggit("agents", "import", "web", "CODEOWNERS", "--json").data["paths"] == []


def test_what_imports_brought_is_written_readably_and_can_be_forgotten(work):
    long = [f"skill number {number} of a long list" for number in range(5)]
    work.write(
        "web/tidy.md", matter(f"name: tidy\ndescription: Tidies.\ntags: [a b]\ncapabilities: {json.dumps(long)}")
    )
    work.flaggit("agents", "import", "web")
    rows = "".join(f'          - "{one}"\n' for one in long)
    assert f"""    imported:
      - from: "web/tidy.md"
        tags: ["a b"]
        capabilities:
{rows}""" in work.read(CATALOG)
    assert work.flaggit("agents", "check").status == 0
    work.flaggit("agents", "edit", "@web.tidy", "--clear", "imported")
    assert "imported" not in work.read(CATALOG)


def test_what_came_is_known_although_the_import_ended_before_its_end(work):
    work.write("team/a.md", "---\nname: a\ndescription: d\ntags: [one, two]\n---\n")
    lock = work.write(".git/index.lock", "")
    assert "could not stage it" in work.flaggit("agents", "import", "team", status=5).err
    lock.unlink()
    work.write("team/a.md", "---\nname: a\ndescription: d\ntags: [two]\n---\n")
    work.flaggit("agents", "import", "team")
    assert work.flaggit("agents", "show", "@team.a", "--json").data["tags"] == ["two"]


def test_a_real_agents_prompt(data_folder):
    path = data_folder / "old-agent-prompt.md"
    found = read_agent_file(path.name, path.read_bytes())
    assert found.handle == "@backend.serverless"
    fields = dict(found.fields)
    assert fields["model"] == "sonnet"
    assert fields["description"].startswith("Expert in serverless")


LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                "---",
                "name: x",
                "name: 'y",
                "description: |",
                "description: a: b",
                "  deeper",
                "tags: [a, b",
                "- z",
                "...",
            ]
        ),
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]))
@examples(300)
def test_whatever_a_file_holds_it_enters_the_catalog_or_is_skipped(lines, end):
    data = end.join(["---", *lines]).encode("utf-8", "surrogatepass")
    try:
        found = read_agent_file("agents/some-file.md", data)
    except SkippedError:
        return
    edited = edit_catalog(b"", {found.handle: {**dict(found.fields), "source": found.path}})
    catalog = parse_catalog([(CATALOG, edited)])
    assert catalog.problems == ()
    assert catalog.agents[found.handle].description == dict(found.fields)["description"]


@given(st.binary(max_size=80))
def test_any_bytes_are_an_agent_or_skipped(data):
    for path in ("x.md", "x.json"):
        with contextlib.suppress(SkippedError):
            read_agent_file(path, data)


def test_imports_at_once_see_each_other(work):
    folders = [f"from{number}" for number in range(4)]
    for folder in folders:
        for number in range(30):
            work.write(f"{folder}/{number}.md", agent(f"web.tidy{number}", f"Of {folder}."))
        work.write(f"{folder}/own.md", agent("own"))
    line = [sys.executable, "-m", "flaggit", "agents", "import", "--json"]
    running = [subprocess.Popen([*line, folder], cwd=work.path, stdout=subprocess.PIPE) for folder in folders]
    answers = [json.loads(process.communicate()[0])["data"] for process in running]
    assert sorted(len(answer["added"]) for answer in answers) == [1, 1, 1, 31]
    assert sum(len(answer["skipped"]) for answer in answers) == 90
    assert sum(len(answer["remarks"]) for answer in answers) == 3  # only one is known as @agent.own
    assert work.flaggit("agents", "check").err.startswith("38 agents loaded")
