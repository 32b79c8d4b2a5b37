"""Which programs that agents run in are used in a repository, as far as its files and this machine show."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What `flaggit setup` calls it -> files of the repository that only its users have, and the name of its program.
_SIGNS: dict[str, tuple[tuple[str, ...], str]] = {
    "claude": ((".claude", "CLAUDE.md"), "claude"),
    "codex": ((".codex",), "codex"),
    "gemini": ((".gemini", "GEMINI.md"), "gemini"),
    "copilot": ((".github/copilot-instructions.md", ".github/hooks"), "copilot"),
    "cursor": ((".cursor", ".cursorrules"), "cursor-agent"),
    "opencode": ((".opencode", "opencode.json", "opencode.jsonc"), "opencode"),
    "agents-md": (("AGENTS.md",), ""),
}


def find_clients(root: str) -> Iterable[str]:
    """Yield the names of programs whose files lie at a worktree's root, or that this machine has."""
    from shutil import which

    for name, (files, program) in _SIGNS.items():
        if any(os.path.lexists(os.path.join(root, file)) for file in files) or (program and which(program)):
            yield name
