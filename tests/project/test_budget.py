"""What an agent has to read, in tokens (characters by four): held to the table in docs/agents.md."""

from __future__ import annotations

import re

from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

WEB, API = "@frontend.web", "@backend.api"
PAGE = (PROJECT / "docs" / "agents.md").read_text()


def tokens(text: str) -> float:
    return len(text) / 4


def test_what_agents_read_keeps_to_the_table(work: Work):
    rows = re.findall(r"^\| `([^`]+)`[^|]* \| ([0-9,]+) \|", PAGE, re.MULTILINE)
    limits = {name: int(limit.replace(",", "")) for name, limit in rows}

    def within(name: str, used: float) -> None:
        """Hold a figure to the table; one that lies far below its limit would let it creep up unseen."""
        limit = limits.pop(name)
        assert limit / 2 < used <= limit, (name, used)

    flag_id = work.raise_flag(related_files=("src/client.ts",))
    work.commit("raise")
    within("prime", tokens(work.flaggit("prime", agent=WEB).out))
    for _ in range(9):
        work.raise_flag(related_files=("src/client.ts",))
    within("inbox --json", tokens(work.flaggit("inbox", "--json", agent=WEB).out) / 10)
    out = work.flaggit("next", WEB, "--json").out
    within("next --json", tokens(out) - tokens(LONG_CHANGE + LONG_ACTION))
    within("schema flaggit.inbox/2", tokens(work.flaggit("schema", "flaggit.inbox/2").out))
    within("--help", tokens(work.flaggit("--help").out))
    within("create --help", tokens(work.flaggit("create", "--help").out))
    asked = work.flaggit("ask", flag_id, "Until when does the job id stay valid?", agent=WEB)
    within("ask", tokens(asked.out + asked.err))
    done = work.flaggit("complete", flag_id, agent=WEB)
    within("complete", tokens(done.out + done.err))
    assert not limits


def test_a_list_in_json_says_nothing_twice(work: Work):
    """No nulls, no constants: a key that says the same for every flag here is not there."""
    for _ in range(3):
        work.raise_flag()
    rows = work.flaggit("inbox", "--json", agent=WEB).data
    for row in rows:
        assert None not in row.values() and "status" not in row and "target_agent" not in row
        assert len(row["change_description"]) <= 100 and len(row["action_required"]) <= 100
    full = work.flaggit("inbox", "--json", "--full", agent=WEB).data
    assert full[0]["action_required"] == LONG_ACTION and full[0]["target_agent"] == WEB


def test_a_question_says_its_text_once_and_what_it_is_about(work: Work):
    flag_id = work.raise_flag()
    work.flaggit("ask", flag_id, "Until when?", agent=WEB)
    (row,) = work.flaggit("inbox", "--json", agent=API).data
    assert (row["change_description"], row["re"]) == ("Until when?", flag_id) and "action_required" not in row
