"""The shape of a command's declaration: plain data, from which both parsers and the help are built."""

from __future__ import annotations

from flaggit.core.record import Generic, T, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from flaggit.clone.session import Reply, Session
    from flaggit.output.text import Style


@record
class Parameter:
    """One argument or option.

    Attributes:
        name: The verb's keyword.
        help: One sentence.
        flags: Spellings (``--to``, ``--target_agent``, ...), the canonical one first; empty: positional.
        kind: ``text``, ``texts`` (repeatable option, or several positionals), ``flag`` (a switch) or ``number``.
        required: Refuse the call without it.
        choices: The only values allowed, where closed; a function where a module has to be loaded for them.
        metavar: What help shows for the value.
        complete: What the shell offers for the value: ``flag`` (ids of pending flags), ``completed`` (of completed
            ones), ``handle``, ``schema``, or what it offers by itself.
        synonyms: Words that are taken for values: word, value.
        offers: What the shell offers where the verb itself judges the value, to tell all that is wrong at once.
        hidden: Accepted, but not shown in help.
        piped: The value ``-`` stands for what comes on standard input.
        also: Further spellings, accepted and not shown (those of the older system's prompts).
    """

    name: str
    help: str
    flags: tuple[str, ...] = ()
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    metavar: str = ""
    complete: str = ""
    hidden: bool = False
    piped: bool = False
    also: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()

    def plain(self, text: str) -> str:
        """Return the value that a text means."""
        return dict(self.synonyms).get(text, text)

    def allowed(self) -> tuple[str, ...]:
        """Return the only values allowed; empty: any."""
        return self.choices() if callable(self.choices) else self.choices

    def lacks_name(self, value: object) -> bool:
        """Return whether a value is empty (most likely a variable that is not set) where a file is to be named."""
        return value == "" and self.metavar in ("FILE", "PATH")

    def accepts(self, value: object) -> bool:
        """Return whether a value may be given at all."""
        allowed = self.allowed()
        return not self.lacks_name(value) and (not allowed or value in allowed)


@record
class Shown(Generic[T]):
    """A command's action with the functions that show what it answers, tied by the type of that answer.

    Attributes:
        action: Called as ``action(session, **values)``.
        text: For people: a text, or pieces of it, which are written with a newline between.
        json: Plain data for programs; None: what the action answers is plain.
    """

    action: Callable[..., Reply[T]]
    text: Callable[[Reply[T], Style], str | Iterable[str]]
    json: Callable[[Reply[T]], object] | None = None

    def run(self, session: Session | None, values: Mapping[str, Any]) -> Reply[T]:
        """Return what the action answers; where it does not come to its end, no file is left half way."""
        try:
            return self.action(session, **values)
        except BaseException:
            if session is not None:
                session.take_back()
            raise


@record
class Command:
    """One command.

    Attributes:
        name: As typed; two words for a subcommand (``agents search``).
        group: The heading it stands under in ``help --all``.
        summary: One line of help.
        examples: Whole command lines with what they do, shown first in help: (line, meaning).
        shown: Loads its action and what shows the answer, when the command runs.
        parameters: Positionals in their order, and options.
        lines: It answers bit by bit: each item is shown at once, in JSON as a line of its own without an envelope.
        bare: The older system's command: one bare JSON document, no envelope, no text form.
        hot: Parsed without Typer.
        repository: False: runs without a repository (``session`` is then None).
        alone: A parameter with whose value the command works without a repository, too.
        main: One of the nine that ``flaggit --help`` shows.
        silent: Where there is no repository, no store or no git, it says nothing and that is no error.
        version: Of the shape of its JSON: the number in ``schema``.
        store: It needs a store, in this worktree or anywhere in the clone.
        verbatim: Its text is for a file or another program, and its lines are never broken where a terminal is narrow.
        raw: From the first word that is no option on, words are taken as they are (arguments for git).
    """

    name: str
    group: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    shown: Callable[[], Shown[Any]]
    parameters: tuple[Parameter, ...] = ()
    lines: bool = False
    bare: bool = False
    hot: bool = False
    repository: bool = True
    alone: str = ""
    main: bool = False
    raw: bool = False
    silent: bool = False
    version: int = 1
    verbatim: bool = False
    store: bool = True

    @property
    def schema(self) -> str:
        """Return the value of ``schema`` in its JSON."""
        return f"flaggit.{self.name.replace(' ', '-')}/{self.version}"


class Family(list[Command]):
    """The commands of one folder, in the order of help.

    Args:
        group: The heading that they stand under, where a command names no other.
        hot: They are parsed without Typer, where a command does not say otherwise; ``bare`` likewise.
    """

    __slots__ = ("_bare", "_group", "_hot")

    def __init__(self, group: str, *, hot: bool = False, bare: bool = False) -> None:
        super().__init__()
        self._group = group
        self._hot = hot
        self._bare = bare

    def add(
        self,
        name: str,
        summary: str,
        *examples: tuple[str, str],
        group: str = "",
        parameters: tuple[Parameter, ...] = (),
        lines: bool = False,
        hot: bool | None = None,
        repository: bool = True,
        alone: str = "",
        main: bool = False,
        raw: bool = False,
        silent: bool = False,
        version: int = 1,
        verbatim: bool = False,
        store: bool = True,
    ) -> Callable[[Callable[[], Shown[T]]], Callable[[], Shown[T]]]:
        """Return a decorator that declares a command with its function; see ``Command`` for the arguments."""

        def declare(shown: Callable[[], Shown[T]]) -> Callable[[], Shown[T]]:
            place = group or self._group
            is_hot = self._hot if hot is None else hot
            ways = (lines, self._bare, is_hot, repository, alone, main, raw, silent, version, verbatim, store)
            self.append(Command(name, place, summary, examples, shown, parameters, *ways))
            return shown

        return declare


# What the shell offers where a value is named so in help.
_OFFERED = {"@AGENT": "handle", "ID": "flag"}


def argument(name: str, help: str, metavar: str = "", *, complete: str | None = None, **more: Any) -> Parameter:
    """Return a positional parameter; see ``option`` for the arguments."""
    return option(name, help, metavar, flags=(), complete=complete, **more)


def switch(name: str, help: str, *, flag: str = "", underscores: bool = False) -> Parameter:
    """Return an option without a value."""
    return Parameter(name, help, _spell(name, flag, underscores=underscores), "flag")


def option(
    name: str,
    help: str,
    metavar: str = "",
    *,
    flag: str = "",
    flags: tuple[str, ...] | None = None,
    underscores: bool = False,
    several: bool = False,
    number: bool = False,
    complete: str | None = None,
    older: str = "",
    also: tuple[str, ...] = (),
    **more: Any,
) -> Parameter:
    """Return an option with a value.

    Args:
        name: The action's keyword; it spells the option, too, unless ``flag`` or ``flags`` do.
        help: One sentence.
        metavar: What help shows for the value.
        flag: The option's spelling.
        flags: All of its spellings.
        underscores: Also the spelling with underscores.
        several: May be repeated.
        number: The value is a number.
        complete: What the shell offers; None: what ``metavar`` says.
        older: The spelling of the older system's prompts; the one with hyphens is accepted, too.
        also: Further spellings that are not shown.
        more: Fields of ``Parameter``.
    """
    spelt = _spell(name, flag, underscores=underscores) if flags is None else flags
    kind = "texts" if several else "number" if number else "text"
    offered = _OFFERED.get(metavar, "") if complete is None else complete
    hidden_spellings = (f"--{older}", "--" + older.replace("_", "-")) if older else also
    return Parameter(name, help, spelt, kind, metavar=metavar, complete=offered, also=hidden_spellings, **more)


def _spell(name: str, flag: str, *, underscores: bool) -> tuple[str, ...]:
    first = flag or "--" + name.replace("_", "-")
    return (first, f"--{name}") if underscores else (first,)
