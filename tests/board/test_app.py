"""The board played by keys: lanes, live changes, an opened flag, and every verb."""

from __future__ import annotations

import shutil

import pytest
from board_player import API, QUEUE, WEB, Player, play
from repositories import LONG_ACTION, Work

pytestmark = pytest.mark.server

PRICES = "Prices have a currency. It is a code of three letters as ISO 4217 has it."
LANES = ("Pending", "Held", "Done")


@pytest.fixture
def shop(work: Work) -> Work:
    """One flag in each lane, and the question that one of them waits on."""
    for flag_id, text in (("aaaaaaa", PRICES), ("bbbbbbb", "Orders have a state.")):
        work.raise_flag(id=flag_id, change_description=text)
    work.raise_flag(id="ccccccc", impact_level="high", change_description="Carts expire.")
    work.raise_flag(id="ddddddd", change_description="Jobs have ids.")
    work.commit("Raise")
    work.flaggit("lock", "bbbbbbb", agent=WEB)
    work.flaggit("ask", "ccccccc", "After how long?", agent=WEB)
    work.flaggit("complete", "ddddddd", "--note", "Shown.", agent=WEB)
    return work


def flag_in(work: Work, flag_id: str) -> dict:
    return work.flaggit("show", flag_id, "--json").data


def test_every_lane_at_eighty_columns_and_wide(shop: Work) -> None:
    async def narrow(player: Player) -> None:
        await player.sees("> Pending 2", "Held 1", "Waiting 1", "Done 1", WEB)
        words = ("-  aaaaaaa  from @backend.api", "Prices have a currency.", "-  bbbbbbb")
        screen = await player.sees(*words, without=("Orders have a state.",))  # slim lanes show names alone
        assert all(len(line) == 80 for line in screen.splitlines())
        await player.press("right")
        await player.sees("> Held 1", "locked by @frontend.web", "Orders have a state.")
        await player.press("tab")
        await player.sees("> Waits on an answer 1", "waits on the answer to", "Carts expire.")
        await player.press("left", "left", "left")
        await player.sees("> Done 1", "done by @frontend.web", "Jobs have ids.")

    async def wide(player: Player) -> None:
        await player.sees("Prices have", "Orders have", "Carts expire", "Jobs have", "Waiting 1")
        await player.pilot.resize_terminal(40, 9)
        await player.sees("> Pending 2", without=LANES[1:])
        await player.pilot.resize_terminal(80, 24)
        await player.sees(*LANES)

    play(shop, narrow)
    play(shop, wide, size=(200, 30))


def test_it_follows_what_others_do(shop: Work) -> None:
    """Files, refs and locks that change in another worktree show, and what happened is told."""
    other = shop.worktree("other")

    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        other.raise_flag(id="eeeeeee", change_description="Refunds are new.")
        await player.sees("Pending 3", "Refunds are new.")
        other.flaggit("lock", "aaaaaaa", agent=QUEUE)
        await player.sees("Pending 2", "Held 2", "aaaaaaa  locked by @backend.queue")
        shop.flaggit("complete", "bbbbbbb", agent=WEB)
        await player.sees("Held 1", "Done 2", "bbbbbbb  completed by @frontend.web")
        (other.path / ".flags" / "frontend.web" / "eeeeeee.yaml").unlink()
        await player.sees("Pending 1", "eeeeeee  vanished")

    play(shop, story)


def test_a_checkout_underneath_takes_nothing_away(shop: Work) -> None:
    shop.git("checkout", "-q", "-b", "before", "HEAD~1")
    shop.git("checkout", "-q", "main")

    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        shop.git("checkout", "-q", "before")
        shop.flaggit("lock", "aaaaaaa", agent=QUEUE)  # so that there is something to wait for
        await player.sees("Pending 1", "Held 2")

    play(shop, story)


def test_a_flag_opens_with_its_conversation_chain_and_history(shop: Work) -> None:
    shop.raise_flag(id="fffffff", chain_origin_id="ccccccc", change_description="Tell of carts.")
    shop.flaggit("note", "ccccccc", "Staging has it.", agent=API)

    async def story(player: Player) -> None:
        await player.sees("Waiting 1")
        await player.press("right", "right", "enter")
        screen = await player.sees("ccccccc", "Staging has it.", "After how long?", "Poll GET /jobs", "Esc back")
        assert LONG_ACTION not in screen  # it is wrapped
        await player.sees("Chain", "Tell of carts.", "History", "raised by @backend.api", key="end")
        shop.flaggit("note", "ccccccc", "And so has production.", agent=API)
        await player.press("home")
        await player.sees("And so has production.")
        await player.press("escape")
        await player.sees("> Waits on an answer 1")

    play(shop, story)


def test_of_a_number_no_part_is_cut_off(work: Work) -> None:
    first = work.raise_flag(id="aaa0000")
    text = work.read(f".flags/frontend.web/{first}.yaml")
    for number in range(1, 120):
        work.write(f".flags/frontend.web/aaa{number:04}.yaml", text.replace(first, f"aaa{number:04}"))

    async def story(player: Player) -> None:
        await player.sees("> Pending 120")
        await player.press("right")
        await player.sees("Pending 120", "> Held 0")

    play(work, story)


def test_keys_carry_out_the_verbs(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        await player.press("l")
        await player.sees("Pending 1", "Held 2", "aaaaaaa locked")
        await player.press("right", "home", "u")
        await player.sees("Pending 2", "Held 1")
        await player.press("left", "home", "n")
        await player.write("Staging: [b]yes[/b]")
        await player.press("ctrl+j")
        await player.write("Next line.")
        await player.press("enter")
        await player.sees("Noted on aaaaaaa")
        await player.press("c")
        await player.sees("Complete aaaaaaa", "Prices have a currency.")
        await player.press("enter")
        await player.sees("Pending 1", "Done 2")

    play(shop, story)
    done = flag_in(shop, "aaaaaaa")
    assert (done["completed_by"], done["resolution"]) == (WEB, "done")
    assert done["discussion"][0]["text"] == "Staging: [b]yes[/b]\nNext line."


def test_an_answer_goes_to_the_question_that_a_flag_waits_on(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("Waiting 1")
        await player.press("right", "right", "a")
        await player.sees("Answer ", "After how long?")
        await player.write("An hour.")
        await player.press("enter")
        await player.sees("Waits on an answer 0", "answered by @backend.api")

    play(shop, story, agent=API)
    (asked,) = flag_in(shop, "ccccccc")["discussion"]
    assert (asked["state"], asked["answer"]["author"], asked["answer"]["text"]) == ("answered", API, "An hour.")


def test_redirecting_offers_agents_and_keeps_what_is_typed_where_it_is_refused(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        await player.press("enter", "r")
        await player.sees("Redirect aaaaaaa", "To whom", "Reason")
        await player.press("enter", "enter")
        await player.sees("To whom: nothing is written there.")
        await player.press("shift+tab")
        await player.write("queue")
        await player.press("enter")
        await player.write("Its work.")
        await player.press("enter")
        await player.sees("error:", "queue", "Its work.")
        await player.press("shift+tab", "ctrl+u")
        await player.write("@backend.q")
        await player.press("right", "enter", "enter")
        await player.sees("superseded", without=("To whom",))

    play(shop, story)
    old = flag_in(shop, "aaaaaaa")
    assert old["resolution"] == "superseded" and old["completion_notes"] == "Its work."
    assert flag_in(shop, old["superseded_by"])["target_agent"] == QUEUE


def test_a_refusal_is_told_in_the_command_lines_words(shop: Work) -> None:
    shop.flaggit("unlock", "bbbbbbb", agent=WEB)
    shop.flaggit("lock", "bbbbbbb", agent=QUEUE)

    async def story(player: Player) -> None:
        await player.sees("Held 1")
        await player.press("right", "l")
        await player.sees("error:", QUEUE)
        await player.press("left", "a")
        await player.sees("is no open question")

    play(shop, story)
    assert flag_in(shop, "bbbbbbb")["locked_by"] == QUEUE


def test_without_an_identity_the_board_shows_all_and_the_verb_says_what_is_missing(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("nobody (flaggit iam)", "Pending 2")
        await player.press("n")
        await player.write("Words.")
        await player.press("enter")
        await player.sees("error:", "Words.")

    play(shop, story, agent=None)


def test_words_and_headings_choose_what_is_shown(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        await player.press("slash")
        await player.write("CURRENCY prices")
        await player.sees("Pending 1", "Done 0", "with currency prices")
        await player.press("enter", "escape")
        await player.sees("Pending 2", "Done 1")
        await player.press("g")
        await player.sees("by wave", "wave 1", f"{API} -> @")
        await player.press("g")
        await player.sees("by urgency", without=("wave 1",))
        await player.press("question_mark")
        await player.sees("Ctrl+C", "!! critical")
        await player.press("escape", "end", "pageup", "j", "k", "G", "f5")
        await player.sees("by urgency", without=("Ctrl+C",))

    play(shop, story)


def test_hostile_text_is_text(work: Work) -> None:
    long = "x" * 300
    work.raise_flag(id="aaaaaaa", change_description="[red]no[/red] [@click=app.exit]go[/] \u202eback", notes=long)
    work.raise_flag(id="bbbbbbb", flag_type="information_request", re="aaaaaaa", change_description="[bold]why?")

    async def story(player: Player) -> None:
        await player.sees("[red]no[/red]", "[bold]why?")
        await player.press("enter")
        await player.sees("[red]no[/red] [@click=app.exit]go[/] \\u202eback", "[bold]why?")
        screen = await player.sees("History", key="end")
        assert "x" * 70 in screen
        await player.press("escape", "n")
        await player.sees("Write a note on aaaaaaa", "[red]no[/red] [@click=app.exit]go[/] \\u202eback")

    play(work, story)


def test_an_empty_store_a_broken_file_and_a_clone_that_goes_away(work: Work) -> None:
    shutil.rmtree(work.path / ".flags")

    async def story(player: Player) -> None:
        await player.sees("Pending 0", "Done 0", "0 flags")
        await player.press("down", "enter", "l", "c", "end")  # there is no flag to do anything about
        work.write(".flags/frontend.web/aaaaaaa.yaml", "schema: [\n")
        await player.sees("1 unreadable: flaggit check")
        shutil.rmtree(work.path)
        await player.press("f5")
        await player.pilot.pause(0.2)
        await player.press("q")

    board = play(work, story)
    assert board.return_value == 0


def test_what_the_system_refuses_is_told_and_what_was_typed_stays(shop: Work) -> None:
    shop.write(".flags/notes", "no folder\n")

    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        await player.press("n")
        await player.write("Words.")
        await player.press("enter")
        await player.sees("error:", "Words.")

    play(shop, story)


def test_an_open_flag_that_goes_away_says_so(shop: Work) -> None:
    async def story(player: Player) -> None:
        await player.sees("Pending 2")
        await player.press("enter")
        await player.sees("aaaaaaa", "History", key="end")
        (shop.path / ".flags" / "frontend.web" / "aaaaaaa.yaml").unlink()
        await player.sees("aaaaaaa", "error:", key="home")
        await player.press("escape")
        await player.sees("Pending 1")

    play(shop, story)


def test_a_bare_repository_is_shown(shop: Work) -> None:
    shop.git("clone", "-q", "--bare", ".", str(shop.path.parent / "bare.git"))

    async def story(player: Player) -> None:
        await player.sees("bare.git", "Pending 3", "Held 1")

    play(Work(shop.path.parent / "bare.git"), story)
