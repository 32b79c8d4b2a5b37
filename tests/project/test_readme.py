"""README.md as a newcomer types it, line by line; and every line of the documents that calls flaggit can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from repositories import PROJECT, Work
from terminals import Terminal

from flaggit.cli.parser import parse
from flaggit.commands import INDEX, find_command

README = (PROJECT / "README.md").read_text()
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
INSTALLING = ("pip install flaggit", "flaggit --install-completion", "make demo", "make test")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str) -> list[str]:
    return re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Newcomer:
    """Types blocks of lines into a shell, which stays in the folder that they lead to."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.folder = work.path

    def type(self, block: str) -> str:
        done = self.work.run("sh", "-euc", f"{block}\npwd", cwd=str(self.folder))
        assert done.status == 0, (block, done)
        *shown, folder = done.out.splitlines()
        self.folder = Path(folder)
        return "\n".join(shown)


@pytest.fixture
def newcomer(work: Work, program: Path) -> Newcomer:
    work.git("rm", "-rq", ".flags")
    work.write("src/api/orders.py", "def post(order): return 201\n")
    work.write("src/web/client.ts", "export {}\n")
    work.commit("A shop", "src")
    return Newcomer(work)


def test_five_minutes_lead_to_a_completed_flag_and_out_again(newcomer: Newcomer) -> None:
    agents, me = re.findall(r"`(@backend[^`]*)`", section("Five minutes"))[:2]
    setting_up, raising, doing, reviewing = blocks(section("Five minutes"))
    first, rest = setting_up.split("\n", 1)
    assert first == "flaggit init"
    terminal = Terminal(newcomer.folder, "init")
    terminal.answer("Agents [none] ", agents)
    for question in ("Put them in? [Y/n] ", "Set that up? [Y/n] ", "Which? ["):
        terminal.answer(question)
    terminal.answer("Agent [none] ", me)
    assert terminal.finish() == 0, terminal.shown
    newcomer.type(rest)
    newcomer.work.write("src/api/orders.py", "def post(order): return 202\n")
    newcomer.type(raising)
    (flag,) = newcomer.work.flaggit("list", "--json").data
    shown = newcomer.type(doing.replace("k7m", flag["id"][:3]))
    assert "Poll GET /jobs" in shown and newcomer.folder.name == "web"
    assert newcomer.work.flaggit("show", flag["id"], "--json").data["completed_on"]
    assert "Completes 1 flag" in newcomer.type(reviewing)
    commands = [line for block in (setting_up, raising, doing) for line in block.replace("\\\n", "").splitlines()]
    assert len(commands) + len(("pip install",)) <= 8
    taking_out = blocks(section("What it puts where, and how to take it out"))[0]
    assert "a store that holds a flag stays" in taking_out
    newcomer.type("flaggit unlock --holder @frontend.web")  # which outlives the completion until others can see it
    assert ".flags/ stays" in newcomer.type(taking_out.replace("flaggit uninstall  ", "flaggit uninstall --yes  "))


def test_agents_are_told(newcomer: Newcomer) -> None:
    (telling,) = blocks(section("Agents first"))
    newcomer.work.flaggit("init")
    newcomer.type(telling)
    assert "flaggit prime" in newcomer.work.read("AGENTS.md")


def test_only_what_installs_is_not_typed_here() -> None:
    lines = [line for block in blocks(section("Install")) for line in block.splitlines()]
    assert [shlex.join(shlex.split(line, comments=True)) for line in lines] == list(INSTALLING)


def calls_in(page: Path) -> list[str]:
    """Return what stands behind ``flaggit`` in the lines for a shell of a page."""
    lines = "\n".join(blocks(page.read_text())).replace("\\\n", " ").splitlines()
    parts = [part.strip() for line in lines for part in re.split(r"&&|\|\||;|\|(?!\w)", line.removeprefix("$ "))]
    return [part.removeprefix("flaggit") for part in parts if part == "flaggit" or part.startswith("flaggit ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_call_of_flaggit_on_a_page_can_be_read(page: Path) -> None:
    for call in calls_in(page):
        try:
            words = shlex.split(call.replace("...", ""), comments=True)
        except ValueError:  # a quoted text with a semicolon or a bar in it
            continue
        words = [word for word in words if word not in ("--json", "--offline", "--no-color")]
        words = words[: next((at for at, word in enumerate(words) if word.startswith(">")), len(words))]
        name = next((name for name in (" ".join(words[:2]), *words[:1], "overview") if name in INDEX), "")
        known = words[:1] in (["help"], ["--help"], ["--version"], ["--install-completion"])
        rest = [] if name == "overview" else words[len(name.split()) :]
        assert (
            known or parse(find_command(name), [word for word in rest if word not in ("--help", "-h")]) is not None
        ), call


def test_the_pictures_are_there_and_described() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert len(shown) >= 3
    for words, path in shown:
        assert len(words) > 20 and (PROJECT / path).is_file(), path


def test_the_terminals_are_a_picture_that_asks_nobody_for_anything() -> None:
    text = (PROJECT / "docs" / "pictures" / "terminals.svg").read_text()
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("}svg") and root.get("aria-label")
    assert "flaggit next --lock" in "".join(root.itertext())
    assert [link for link in re.findall(r"https?://[^\"]+", text) if not link.endswith("/svg")] == []
