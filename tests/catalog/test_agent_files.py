"""Agents' files of coding tools: which of them are agents, and what they are called."""

from __future__ import annotations

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from repositories import Work

from flaggit.catalog.agent_files import SkippedError, handle_for, read_agent_file


@pytest.mark.parametrize(
    ("name", "folder", "handle"),
    [
        ("backend.serverless", "", "@backend.serverless"),
        ("@backend.nodejs", "languages", "@backend.nodejs"),
        ("Expert Vue.js Frontend Engineer", "languages", "@languages.expert-vue-js-frontend-engineer"),
        ("Next.js Expert", "", "@agent.next-js-expert"),
        ("next.js", "", "@agent.next-js"),
        ("vue.js-expert", "", "@agent.vue-js-expert"),
        ("asp.net-core-expert", "", "@agent.asp-net-core-expert"),
        ("dotnet-framework-4.8-expert", "languages", "@languages.dotnet-framework-4-8-expert"),
        ("powershell-5.1-expert", "", "@agent.powershell-5-1-expert"),
        ("C#/.NET Janitor", "", "@agent.c-sharp-net-janitor"),
        ("C#", "", "@agent.c-sharp"),
        ("C++", "", "@agent.c-plus-plus"),
        ("pr-review-toolkit:code-reviewer", "", "@prreviewtoolkit.code-reviewer"),
        ("team/reviewer", "", "@team.reviewer"),
        ("Gem: The Helper", "", "@agent.gem-the-helper"),
        ("ab-test", "skills/ab-test", "@skills.ab-test"),
    ],
)
def test_a_dot_is_no_domain_by_itself(name: str, folder: str, handle: str) -> None:
    assert handle_for(name, folder)[0] == handle


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a/commit.md", "---\ndescription: Create a commit\nallowed-tools: Bash(git:*)\n---\n", "slash command"),
        ("a/x.md", "---\ndescription: Fix it\nargument-hint: '[issue]'\n---\n", "slash command"),
        ("a/style.mdc", "---\ndescription: style\nglobs: '*.ts'\n---\n", "rule"),
        ("a/style.md", "---\ndescription: style\nglobs: '*.ts'\nalwaysApply: false\n---\n", "rule"),
        ("a/x.toml", 'model = "x"\n', "no name and description"),
        ("a/x.toml", "name = \n", "no valid TOML"),
        ("a/x.toml", 'name = "a"\ndescription = 5\n', "no name and description"),
    ],
)
def test_what_is_no_agent(path: str, text: str, why: str) -> None:
    with pytest.raises(SkippedError, match=why):
        read_agent_file(path, text.encode())


PLAIN = st.text("abc xyz:#-'\"\\äß[]{}&*!|>%@`,.\n", min_size=1, max_size=60).map(str.strip).filter(bool)


@given(PLAIN, PLAIN)
def test_front_matter_reads_as_yaml_reads_it(name: str, description: str) -> None:
    header = yaml.safe_dump({"name": "agent " + name, "description": description}, allow_unicode=True)
    found = dict(read_agent_file("a/b.md", f"---\n{header}---\nText.\n".encode()).fields)
    wanted = yaml.safe_load(header)["description"]
    assert found["description"].split() == wanted.split()


@given(PLAIN.filter(lambda text: "\\" not in text))
def test_toml_reads_as_toml_reads_it(description: str) -> None:
    quoted = description.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = f'name = "reviewer"\ndescription = "{quoted}"\ndeveloper_instructions = """\nReview.\n"""\n'
    wanted = tomllib.loads(text)["description"]
    found = read_agent_file(".codex/agents/reviewer.toml", text.encode())
    assert found.handle == "@agent.reviewer"
    assert dict(found.fields)["description"].split() == wanted.split()


AGENT = "---\nname: {}\ndescription: about {}\n---\n"


def test_the_places_where_tools_keep_agents(work: Work) -> None:
    places = (".claude/agents", ".github/agents", ".opencode/agent", ".cursor/agents", ".gemini/agents")
    assert ".codex/agents" in work.flaggit("agents", "import", status=3).err
    for number, folder in enumerate(places):
        work.write(f"{folder}/one.agent.md", AGENT.format(f"agent-{number}", number))
    work.write(".codex/agents/reviewer.toml", 'name = "reviewer"\ndescription = "Reviews changes."\n')
    work.write(".codex/config.toml", 'model = "x"\n')
    data = work.flaggit("agents", "import", "--json").data
    assert sorted(data["added"]) == [*(f"@agent.agent-{number}" for number in range(5)), "@agent.reviewer"]
    assert data["skipped"] == []


def test_commands_rules_and_references_are_named_and_left_out(work: Work) -> None:
    work.write("p/agents/reviewer.md", AGENT.format("reviewer", "x"))
    work.write("p/commands/commit.md", "---\ndescription: Create a commit\n---\n")
    work.write("p/rules/style.mdc", "---\ndescription: style\n---\n")
    work.write("p/skills/ab-test/SKILL.md", AGENT.format("ab-test", "tests"))
    work.write("p/skills/ab-test/references/upstream.md", AGENT.format("ab-test", "upstream"))
    work.write("p/skills/ab-test/more.md", AGENT.format("more", "upstream"))
    data = work.flaggit("agents", "import", "p", "--json").data
    assert data["added"] == ["@p.reviewer", "@skills.ab-test"]
    assert [one["source"] for one in data["skipped"]] == ["p/commands", "p/rules"]
    work.write("empty/x.txt", "")
    assert "empty" in str(work.flaggit("agents", "import", "empty", "--json").data["skipped"])


def test_names_that_differ_are_agents_that_differ(work: Work) -> None:
    for number, name in enumerate(["C", "c!", "C#", "C++", "C"]):
        work.write(f"x/agents/{number}.md", AGENT.format(f"'{name}'", number))
    data = work.flaggit("agents", "import", "x", "--json").data
    assert len(data["added"]) == 4 and len(data["skipped"]) == 1
    first = work.git("ls-files", "-s", ".flags")
    work.flaggit("agents", "import", "x")
    assert work.git("ls-files", "-s", ".flags") == first
