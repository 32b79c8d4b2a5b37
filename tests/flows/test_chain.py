"""A chain of five flags with two questions, worked through by somebody who knows only what the briefing says."""

from __future__ import annotations

import re

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

API, QUEUE, WEB = "@backend.api", "@backend.queue", "@frontend.web"
CHAIN = (API, QUEUE, WEB, API, QUEUE, WEB)  # each raises a flag for the next one
ASKING = (QUEUE, API)  # who asks about the flag that it got
MOST_COMMANDS, MOST_TOKENS = 32, 3000  # git's commits and the briefings included; tokens are characters by four


class Player:
    """Types lines of the briefing with the words in capitals filled in, each of which has to succeed at once."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.commands = 0
        self.characters = 0
        self.lines: dict[tuple[str, str], list[str]] = {}

    def run(self, *argv: str) -> str:
        """Run a command and return all that there is to read."""
        done = self.work.run(*argv)
        assert done.status == 0, (argv, done)
        self.commands += 1
        self.characters += len(done.out + done.err)
        return done.out

    def learn(self, agent: str) -> None:
        """Read an agent's briefing and keep the lines that it names, by their verb."""
        text = self.run("flaggit", "prime", agent)
        assert "--resume: on with one you hold" in text and "--chain ID: its cause" in text
        for line in re.findall(r"^flaggit (.+?): ", text, re.MULTILINE):
            self.lines[agent, line.split()[0]] = line.split()

    def type(self, agent: str, verb: str, *more: str, **values: str) -> str:
        """Run a line of an agent's briefing and ``more``, ``values`` in place of its words in capitals."""
        assert set(values) <= {word.strip("@") for word in self.lines[agent, verb]}
        return self.run("flaggit", *(values.get(word.strip("@"), word) for word in self.lines[agent, verb]), *more)

    def tell(self, agent: str, to: str, *more: str) -> str:
        """Raise a flag and return its id; the line has two texts of different lengths."""
        line = self.lines[agent, "create"]
        line[line.index("--action") + 1] = "ACTION"
        values = {"TYPE": "change", "LEVEL": "high", "TEXT": LONG_CHANGE, "ACTION": LONG_ACTION}
        return self.type(agent, "create", *more, AGENT=to, PATH="src/client.ts", **values).split()[1]

    def commit(self, message: str) -> None:
        """Commit what flaggit staged, as the briefing says, with the work."""
        (self.work.path / "src" / "client.ts").write_text(f"// {message}\n")
        self.run("git", "commit", "-q", "-a", "-m", message)


@pytest.mark.usefixtures("program")
def test_the_briefing_is_enough_for_a_chain_of_five_with_two_questions(work: Work):
    player = Player(work)
    for agent in (API, QUEUE, WEB):
        player.learn(agent)
    flag_id = player.tell(CHAIN[0], CHAIN[1])
    player.commit("begin")
    flags = [flag_id]
    asking = list(ASKING)
    for source, agent, following in zip(CHAIN, CHAIN[1:], (*CHAIN[2:], ""), strict=False):
        assert flag_id in player.type(agent, "next")
        if asking[:1] == [agent]:
            asking.pop(0)
            question = player.type(agent, "ask", ID=flag_id, TEXT="Until when?").split()[1]
            assert "Until when?" in player.type(source, "next")
            player.type(source, "answer", ID=question, TEXT="Until it is shipped.")
            assert "Until it is shipped." in player.run("flaggit", "next", agent, "--resume")
        player.type(agent, "complete", ID=flag_id, TEXT="It polls the job now.")
        if following:
            flag_id = player.tell(agent, following, "--chain", flag_id)
            flags.append(flag_id)
        player.commit(f"after {agent}")
    assert not asking
    chain = work.flaggit("chain", flag_id, "--json").data
    assert [(flag["id"], flag["status"]) for flag in chain] == [(flag, "completed") for flag in flags]
    assert player.commands <= MOST_COMMANDS
    assert player.characters / 4 <= MOST_TOKENS, player.characters / 4
