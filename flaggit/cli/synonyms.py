"""What people and agents type who know other tools, and what it is called here: led by meaning, not by spelling."""

from __future__ import annotations

from flaggit.commands import INDEX, is_group
from flaggit.core.errors import InvalidError

_MEANT = {
    "complete": "done close finish fulfil fulfill settle closed end ship resolved",
    "complete ID --as withdrawn": "delete remove cancel withdraw drop rm retract",
    "complete ID --as not_applicable": "wontfix invalid ignore dismiss",
    "next --lock": "claim take start pick begin work grab checkout accept pop",
    "next --resume": "resume continue",
    "next": "ready todo queue",
    "note": "comment remark annotate ack acknowledge",
    "answer": "reply respond",
    "ask": "question clarify",
    "redirect": "assign reassign transfer handover delegate forward escalate handoff hand-off move mv pass",
    "bounce": "reject return decline",
    "create": "new add raise open send notify flag tell message msg",
    "inbox": "mail messages pending mine my",
    "outbox": "sent outgoing",
    "list": "ls all flags issues tasks tickets backlog items",
    "show": "view get cat describe info read print comments",
    "find": "search grep",
    "log": "history timeline audit",
    "chain": "dep deps dependency dependencies tree graph parent epic",
    "lock": "renew extend heartbeat",
    "lock --files": "reserve reservation",
    "locks": "locked claims held leases reservations",
    "unlock": "release free abandon unclaim unreserve abort stop",
    "edit": "update change modify set label priority prioritize",
    "reopen": "undo uncomplete",
    "prune": "archive cleanup purge gc compact",
    "overview": "status whoami dashboard",
    "iam": "identity login register join as me use",
    "who": "ps peers workers sessions",
    "wait": "await poll block",
    "events": "watch feed stream tail subscribe follow changes",
    "plan": "blocked waves schedule order swarm",
    "check": "lint validate verify test",
    "review": "diff pr compare",
    "affected": "impact affects affect who-is-affected",
    "report": "html page stats summary count metrics",
    "board": "kanban tui ui gui top",
    "serve": "web browser server",
    "sync": "push pull fetch",
    "doctor": "repair fix stale health clean",
    "resolve": "merge conflicts",
    "hooks install": "install hook-install setup-hooks",
    "uninstall": "deinit teardown",
    "agents list": "agent people team members catalog experts",
    "agents search": "route whom",
    "agents owners": "owner owners blame codeowners",
    "worktree add": "worktree spawn",
    "prime": "context onboard briefing quickstart",
    "export": "backup dump",
    "import": "load restore migrate",
    "schema": "schemas format fields",
    "schema settings": "config settings",
    "query": "sql select",
    "help --all": "commands docs manual man usage",
    "help errors": "errors codes exit",
}
_NEAR = 0.7  # `lsit` and `shwo`; `clean` is not nearly `plan`
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
    close = get_close_matches(" ".join(words[:2]), list(INDEX), 1, _NEAR) or get_close_matches(
        name, list(INDEX), 1, _NEAR
    )
    near = [meant] if meant else close
    hint = f"Did you mean `flaggit {near[0]}`?" if near else "`flaggit help --all` lists every command."
    return InvalidError("usage", f"There is no command {name!r}.", hint=hint)
