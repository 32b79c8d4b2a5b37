"""What a person at a terminal sees: lines that fit, a pager for what does not, and no reproach for Ctrl-C."""

from __future__ import annotations

import pytest
from repositories import Work
from terminals import Terminal

LONG = "A queue worker creates the order, and the answer carries a job that has to be asked for it. " * 2
PAGER = {"GIT_PAGER": "sed 's/^/PAGED /'"}


@pytest.fixture
def busy(work: Work) -> Work:
    for _ in range(25):
        work.raise_flag(source="@backend.queue", change_description=LONG, action_required=LONG)
    work.commit("raise")
    return work


def seen(work: Work, *words: str, env: dict[str, str] | None = None, columns: int = 80) -> str:
    terminal = Terminal(work.path, *words, columns=columns, env={"GIT_PAGER": "cat", **(env or {})})
    terminal.finish()
    return terminal.shown


def test_lines_break_between_words_at_eighty_columns(busy: Work) -> None:
    flag_id = busy.flaggit("list", "--json", "--limit", "1").data[0]["id"]
    for words in (["list", "--limit", "3"], ["show", flag_id], ["lock", "nothing"], ["who"], ["agents", "list"]):
        shown = seen(busy, *words)
        assert shown and max(map(len, shown.splitlines())) <= 80, shown
    assert " ".join(LONG.split()) in " ".join(seen(busy, "show", flag_id).split())


def test_long_answers_go_through_gits_pager_and_never_an_agents(busy: Work) -> None:
    assert seen(busy, "list", env=PAGER).startswith("PAGED ")
    assert seen(busy, "help", "--all", env=PAGER).startswith("PAGED ")
    assert not seen(busy, "list", "--limit", "2", env=PAGER).startswith("PAGED ")
    assert "PAGED" not in seen(busy, "list", env={**PAGER, "FLAGGIT_AGENT": "@backend.api"})
    assert "PAGED" not in seen(busy, "list", "--json", env=PAGER)
    assert "PAGED" not in busy.flaggit("list", env=PAGER).out


def test_a_look_that_goes_on_ends_without_reproach(busy: Work) -> None:
    terminal = Terminal(busy.path, "inbox", "@frontend.web", "--limit", "1", "--watch")
    terminal.expect("@backend.queue")
    terminal.type("\x03")
    assert terminal.finish() == 130
    assert "Stopped" not in terminal.shown
