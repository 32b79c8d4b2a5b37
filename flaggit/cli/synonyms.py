"""What people and agents type who know other tools, and what it is called here: led by meaning, not by spelling."""

from __future__ import annotations

from flaggit.commands import INDEX, is_group
from flaggit.core.errors import InvalidError

_MEANT = {
    "complete": "done close finish fulfil fulfill settle closed end",
    "complete ID --as withdrawn": "delete remove cancel withdraw drop rm",
    "next --lock": "claim take start pick begin work grab checkout",
    "next": "ready todo queue",
    "note": "comment remark annotate",
    "answer": "reply respond",
    "ask": "question clarify",
    "redirect": "assign reassign transfer handover delegate",
    "bounce": "reject return",
    "create": "new add raise open send notify flag tell",
    "inbox": "mail messages pending mine",
    "list": "ls all flags issues tasks",
    "show": "view get cat describe info",
    "find": "search grep",
    "log": "history",
    "unlock": "release free abandon",
    "edit": "update change modify",
    "overview": "status whoami dashboard",
    "board": "kanban tui ui lanes",
    "agents search": "route whom experts",
    "worktree add": "worktree spawn",
    "prime": "context onboard briefing",
}
_BY_WORD = {word: meant for meant, words in _MEANT.items() for word in words.split(" ")}


def find_meant(word: str) -> str:
    """Return the command line that a word of other tools means here; nothing where it means none."""
    return _BY_WORD.get(word.lower().strip("-"), "")


def unknown_command(name: str, words: list[str]) -> InvalidError:
    """Return the error for a command that there is not, with the one that was probably meant."""
    from difflib import get_close_matches

    if is_group(name):
        group = [known for known in INDEX if known.startswith(name + " ")]
        return InvalidError("usage", f"`flaggit {name}` needs a subcommand: {', '.join(k.split()[1] for k in group)}.")
    meant = find_meant(name)
    close = get_close_matches(" ".join(words[:2]), list(INDEX), 1, 0.7) or get_close_matches(name, list(INDEX), 1)
    near = [meant] if meant else close
    hint = f"Did you mean `flaggit {near[0]}`?" if near else "`flaggit help --all` lists every command."
    return InvalidError("usage", f"There is no command {name!r}.", hint=hint)
