"""Lists and what is handed out: order, filters, scope, what next passes over and why."""

from __future__ import annotations

import json

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.cli.entry import run
from flaggit.clone.rows import Rows
from flaggit.output.json import dumps, pieces

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


def ids(answer) -> list[str]:
    return [row["id"] for row in answer.data]


def raise_levels(work: Work) -> dict[str, str]:
    levels = {}
    for level, kind in (("low", "change"), ("medium", "change"), ("high", "change"), ("critical", "security")):
        levels[level] = work.raise_flag(impact_level=level, flag_type=kind)
    return levels


def test_order_is_impact_then_time_then_id(work: Work) -> None:
    levels = raise_levels(work)
    earlier = work.raise_flag(impact_level="high", created_at="2026-11-22T14:00:00Z")
    found = ids(work.flaggit("inbox", WEB, "--json"))
    assert found == [levels["critical"], earlier, levels["high"], levels["medium"], levels["low"]]
    assert work.flaggit("next", WEB, "--json").data["id"] == levels["critical"]


def test_inbox_has_the_teams_flags_and_outbox_ones_own(work: Work) -> None:
    team = work.raise_flag(source=WEB, target="@team.platform")
    own = work.raise_flag(source=WEB, target=API)
    general = work.raise_flag(source=WEB, target=None)
    answer = work.flaggit("inbox", API, "--json")
    assert sorted(ids(answer)) == sorted([team, own])
    assert "nobody in particular" in answer.err
    assert sorted(ids(work.flaggit("outbox", WEB, "--json"))) == sorted([team, own, general])
    assert ids(work.flaggit("inbox", WEB, "--json")) == []


def test_a_misspelt_agent_is_no_empty_inbox(work: Work) -> None:
    work.flaggit("inbox", "@Backend.API", "--json", status=2)
    assert "There is no agent" in work.flaggit("inbox", "@backend.apj").err


def test_list_filters(work: Work) -> None:
    about = work.raise_flag(related_files=("src/orders/", "README.md"), flag_type="refactor", impact_level="low")
    done = work.raise_flag()
    work.flaggit("complete", done, agent=WEB)
    for words, expected in (
        (("--file", "src/orders/a.py"), [about]),
        (("--file", "src"), [about]),
        (("--file", "docs"), []),
        (("--type", "refactor"), [about]),
        (("--impact", "low", "--to", WEB, "--from", API), [about]),
        (("--from", QUEUE), []),
        (("--status", "completed"), [done]),
        (("--locked",), []),
    ):
        assert ids(work.flaggit("list", *words, "--json")) == expected, words
    assert set(ids(work.flaggit("list", "--status", "all", "--json"))) == {about, done}


def test_compact_rows_cut_texts_and_full_ones_do_not(work: Work) -> None:
    work.raise_flag(change_description=LONG_CHANGE * 4, example_usage="x")
    row = work.flaggit("list", "--json").data[0]
    assert len(row["change_description"]) == 100 and "example_usage" not in row
    full = work.flaggit("list", "--json", "--full").data[0]
    assert full["change_description"] == LONG_CHANGE * 4 and full["example_usage"] == "x"


def test_next_passes_over_what_others_hold_and_says_why(work: Work) -> None:
    urgent, other = work.raise_flag(impact_level="high"), work.raise_flag()
    work.commit("raise")
    far = work.worktree("far")
    far.flaggit("lock", urgent, agent=WEB)
    answer = work.flaggit("next", WEB, "--explain", "--json")
    assert answer.data["id"] == other
    assert {item["id"]: item["reason"] for item in answer.data["passed_over"]} == {urgent: f"is held by {WEB}"}
    taken = work.flaggit("next", WEB, "--lock", "--json").data
    assert (taken["id"], taken["locked_by"]) == (other, WEB)
    empty = work.flaggit("next", WEB, "--lock", "--json", status=1)
    assert empty.data is None


def test_next_passes_over_what_was_completed_anywhere(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    far = work.worktree("far")
    far.flaggit("complete", flag_id, "--commit", agent=WEB)
    answer = work.flaggit("next", WEB, "--explain", status=1)
    assert f"{flag_id} was completed by {WEB} in the worktree {far.path}, waits for merge" in answer.out


def test_next_hands_out_only_what_this_branch_has(work: Work) -> None:
    far = work.worktree("far")
    flag_id = far.raise_flag()
    far.commit("raise")
    answer = work.flaggit("next", WEB, "--explain", status=1)
    assert "not in this branch yet" in answer.out
    assert work.flaggit("next", WEB, "--ahead", "--json").data["id"] == flag_id
    question = far.flaggit("ask", flag_id, "Which?", "--to", QUEUE, "--json", agent=WEB).data["id"]
    assert work.flaggit("next", QUEUE, "--json").data["id"] == question


def test_a_held_flag_waits_for_its_answer(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent=WEB)
    question = work.flaggit("ask", flag_id, "Which?", "--json", agent=WEB).data["id"]
    answer = work.flaggit("next", WEB, "--explain", status=1)
    assert f"waits on the answer to {question}" in answer.out
    work.flaggit("answer", question, "This one.", agent=API)
    assert work.flaggit("next", WEB, "--json").data["id"] != question


def test_find_wants_every_word(work: Work) -> None:
    flag_id = work.raise_flag()
    assert ids(work.flaggit("find", "QUEUE worker 202", "--json")) == [flag_id]
    assert ids(work.flaggit("find", "queue nonsense", "--json")) == []


def test_chain_is_shown_from_root_to_last(work: Work) -> None:
    first = work.raise_flag(created_at="2026-11-20T14:00:00Z")
    second = work.raise_flag(chain_origin_id=first, created_at="2026-11-21T14:00:00Z")
    third = work.raise_flag(chain_origin_id=second, created_at="2026-11-22T14:00:00Z")
    work.raise_flag()
    for member in (first, second, third):
        assert ids(work.flaggit("chain", member, "--json")) == [first, second, third]


def test_ambiguous_prefixes_list_their_candidates(work: Work) -> None:
    one = work.raise_flag(id="k7maaaa")
    two = work.raise_flag(id="k7mbbbb")
    refused = work.flaggit("show", "k7m", "--json", status=2)
    assert (refused.json["code"], refused.json["candidates"]) == ("ambiguous_id", [one, two])
    for spelling in ("k7ma", "#k7maaaa", "flag-k7maaaa", "K7MA"):
        assert work.flaggit("show", spelling, "--json").data["id"] == one


def test_an_imported_number_is_an_alias(work: Work) -> None:
    flag_id = work.raise_flag(legacy_id=100)
    for spelling in ("100", "#100"):
        assert work.flaggit("show", spelling, "--json").data["id"] == flag_id


def test_overview(work: Work) -> None:
    assert "not known here" in work.flaggit().out
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent=WEB)
    shown = work.flaggit(agent=WEB).out
    assert WEB in shown and flag_id in shown and "You hold 1" in shown


def test_broken_files_are_named_and_the_rest_is_shown(work: Work) -> None:
    good = work.raise_flag()
    work.write(".flags/frontend.web/zzzzzz2.yaml", "<<<<<<< ours\nschema: 1\n=======\nschema: 1\n>>>>>>> theirs\n")
    work.write(".flags/frontend.web/zzzzzz3.yaml", "source_agent: @a.b\n")
    answer = work.flaggit("inbox", WEB)
    assert good in answer.out
    assert "zzzzzz2.yaml:1" in answer.err and "zzzzzz3.yaml:1" in answer.err
    assert work.flaggit("check", status=1)


def test_text_is_long_enough_to_see(work: Work) -> None:
    flag_id = work.raise_flag(action_required=LONG_ACTION)
    shown = work.flaggit("show", flag_id).out
    assert LONG_ACTION.split(",")[0] in shown and LONG_CHANGE in shown


def test_a_long_list_is_shown_as_its_rows_are_made(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = [work.raise_flag(change_description=f"{number} {LONG_CHANGE}") for number in range(6)]
    texts = {True: work.flaggit("list", "--json").out, False: work.flaggit("list").out}
    assert [row["id"] for row in json.loads(texts[True])["data"]] == sorted(raised)
    rows = work.session().clone.scan()
    assert (len(rows), len([*rows]), len([*rows])) == (6, 6, 6)

    made: list[str] = []
    at_once: list[int] = []
    make = Rows.__iter__
    monkeypatch.setattr(Rows, "__iter__", lambda self: (made.append(row.flag.id) or row for row in make(self)))
    monkeypatch.setattr("flaggit.cli.execute._AT_ONCE", 1)
    monkeypatch.setattr("flaggit.cli.execute.write", lambda _, text: at_once.append(len(made)) or written.append(text))
    monkeypatch.chdir(work.path)
    for as_json in (True, False):
        made.clear(), at_once.clear()
        written: list[str] = []
        assert run(["list", *(["--json"] if as_json else [])]) == 0
        assert made == sorted(raised)
        assert set(at_once) >= {1, 2, 3, 4, 5, 6}
        assert "".join(written).startswith(texts[as_json])


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3),
        max_leaves=12,
    ),
    indent=st.sampled_from([0, 1, 2]),
)
@examples(200)
def test_json_in_pieces_is_the_same_text(data: object, indent: int) -> None:
    whole = dumps(data, indent=indent)
    assert json.loads(whole) == data
    if isinstance(data, list):
        assert "".join(pieces(iter(data), indent=indent)) == whole
    in_lists = {"rows": data, "more": data}
    streamed = {"rows": iter(data) if isinstance(data, list) else data, "more": data}
    assert "".join(pieces(streamed, indent=indent)) == dumps(in_lists, indent=indent)
