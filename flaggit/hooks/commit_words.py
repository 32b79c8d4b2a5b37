"""The words of a ``git commit`` command line: what they ask for, read without asking git.

Source: git-commit(1). Long options may be shortened as far as they stay unique, short ones bundled.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = {
    "m": "message",
    "F": "file",
    "C": "reuse-message",
    "c": "reedit-message",
    "t": "template",
    "S": "gpg-sign",
    "u": "untracked-files",
    "a": "all",
    "p": "patch",
    "s": "signoff",
    "n": "no-verify",
    "e": "edit",
    "i": "include",
    "o": "only",
    "q": "quiet",
    "v": "verbose",
    "z": "null",
}
_WITH_VALUE = frozenset(
    (
        "message",
        "file",
        "reuse-message",
        "reedit-message",
        "template",
        "author",
        "date",
        "fixup",
        "squash",
        "trailer",
        "cleanup",
        "pathspec-from-file",
    )
)
_WITH_OPTIONAL_VALUE = frozenset(("gpg-sign", "untracked-files"))
_PLAIN = (
    *("all", "patch", "interactive", "include", "only", "amend", "dry-run", "allow-empty", "allow-empty-message"),
    *("signoff", "no-signoff", "edit", "no-edit", "verify", "no-verify", "reset-author", "no-gpg-sign"),
    *("quiet", "no-quiet", "verbose", "no-verbose", "status", "no-status", "ahead-behind", "no-ahead-behind"),
    *("null", "short", "long", "porcelain", "branch", "no-post-rewrite", "pathspec-file-nul"),
)
_LONG = (*sorted(_WITH_VALUE), *sorted(_WITH_OPTIONAL_VALUE), *_PLAIN)
_MESSAGE = frozenset(("message", "file", "reuse-message"))
_MADE_FROM = frozenset((*_MESSAGE, "reedit-message", "template", "fixup", "squash", "edit", "cleanup", "verbose"))


@record
class CommitWords:
    """What a ``git commit`` was asked: options by their long names, in order, with their values, and its paths."""

    options: tuple[tuple[str, str | None], ...]
    paths: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Return whether any of these options (long names) was given."""
        return any(name in names for name, _ in self.options)

    def last_value(self, name: str) -> str:
        """Return the value that an option (long name) was given last; empty where it was not."""
        return next((value or "" for found, value in reversed(self.options) if found == name), "")

    @property
    def opens_editor(self) -> bool:
        """Return whether git lets the user edit the message."""
        last = [name for name, _ in self.options if name in ("edit", "no-edit")]
        if last:
            return last[-1] == "edit"
        if any(name in _MESSAGE for name, _ in self.options):
            return False
        return not self.has("fixup") or self.last_value("fixup").startswith(("amend:", "reword:"))

    def repeat(self, message: str) -> str:
        """Return the words that make the same commit once more, for a shell; ``message`` is the file that holds it."""
        import shlex

        kept = [(name, value) for name, value in self.options if name not in _MADE_FROM]
        words = [f"--file={message}", *(f"--{name}" if value is None else f"--{name}={value}" for name, value in kept)]
        return shlex.join([*words, "--", *self.paths] if self.paths else words)


def parse_commit_words(words: Sequence[str]) -> CommitWords:
    """Parse the words after ``git commit``; a word that is not understood is kept as an option."""
    options: list[tuple[str, str | None]] = []
    paths: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            paths += rest
            break
        if word.startswith("--"):
            options.append(_parse_long(word, rest))
        elif word.startswith("-") and word != "-":
            options += _parse_short(word[1:], rest)
        else:
            paths.append(word)
    return CommitWords(tuple(options), tuple(paths))


def _parse_long(word: str, rest: list[str]) -> tuple[str, str | None]:
    typed, equals, value = word[2:].partition("=")
    name = _whole_name(typed)
    if equals:
        return name, value
    return name, (rest.pop(0) if rest and name in _WITH_VALUE else None)


def _parse_short(letters: str, rest: list[str]) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    while letters:
        name, letters = _SHORT.get(letters[0], letters[0]), letters[1:]
        if name in _WITH_VALUE:
            found.append((name, letters or (rest.pop(0) if rest else "")))
            break
        if name in _WITH_OPTIONAL_VALUE:
            found.append((name, letters or None))
            break
        found.append((name, None))
    return found


def _whole_name(typed: str) -> str:
    if typed in _LONG:
        return typed
    fitting = [name for name in _LONG if name.startswith(typed)]
    return fitting[0] if len(fitting) == 1 else typed
