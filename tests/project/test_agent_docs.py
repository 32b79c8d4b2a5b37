"""docs/agents.md: every command line in it runs, and its block is the one that `setup` writes."""

from __future__ import annotations

import re
import shlex

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

from flaggit.commands import INDEX
from flaggit.commands.setup.clients import BLOCK

PAGE = (PROJECT / "docs" / "agents.md").read_text()
AGENT = "@backend.serverless"
NOTHING_TO_DO = 1


def needs(line: str) -> list[str]:
    words = shlex.split(line)[1:3]
    return [name for name in (" ".join(words), words[0]) if name in INDEX]


@pytest.fixture
def shop(work: Work) -> Work:
    for flag_id in ("k7m2q0x", "m4n8p2r"):
        work.raise_flag(id=flag_id, source="@backend.api", target=AGENT)
    question = {"id": "q3x7d1m", "flag_type": "information_request", "re": "k7m2q0x"}
    work.raise_flag(source="@backend.api", target=AGENT, change_description="Until when?", **question)
    work.commit("raise", ".flags")
    return work


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_shows_the_block_that_setup_writes():
    assert fenced("markdown") == [BLOCK]
    assert len(BLOCK.splitlines()) <= 16


def test_every_line_of_the_page_runs_in_its_order(shop: Work):
    lines = [line for block in fenced("bash") for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    assert len(lines) > 15
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "flaggit", line
        if not needs(line):
            pytest.skip(f"needs {words[1]}")
        answer = shop.flaggit(*words[1:], status=None)
        assert answer.status in (0, NOTHING_TO_DO), (line, answer)
        assert answer.status == 0 or words[1] == "next", (line, answer)


def test_every_line_of_the_block_runs(shop: Work):
    spans = [" ".join(span.split()) for span in re.findall(r"`(flaggit [^`]+)`", BLOCK)]
    assert len(spans) >= 6
    for span in spans:
        if not needs(span):
            pytest.skip(f"needs {span}")
        question = shop.flaggit("ask", "k7m2q0x", "Until when?", "--to", AGENT, "--json", agent="@backend.api").data[
            "id"
        ]
        texts = {"ID": "k7m2q0x", "QUESTION": question, "@domain.module": "@frontend.web", "PATH": "src/client.ts"}
        words = [texts.get(word, word) for word in shlex.split(span)[1:]]
        words = [
            {"--change": LONG_CHANGE, "--action": LONG_ACTION}.get(before, word)
            for before, word in zip(["", *words], words, strict=False)
        ]
        answer = shop.flaggit(*words, agent=AGENT, status=None)
        assert answer.status == 0, (span, answer)
