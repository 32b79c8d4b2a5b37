"""The shape of a command's declaration: plain data, from which both parsers and the help are built."""

from __future__ import annotations

from flaggit.core.record import record


@record
class Parameter:
    """One argument or option.

    Attributes:
        name: The verb's keyword.
        help: One sentence.
        flags: Spellings (``--to``, ``--target_agent``, ...), the canonical one first; empty: positional.
        kind: ``text``, ``texts`` (repeatable option, or several positionals), ``flag`` (a switch) or ``number``.
        required: Refuse the call without it.
        choices: The only values allowed, where closed.
        metavar: What help shows for the value.
        complete: What the shell offers for the value: ``flag`` (ids of pending flags), ``completed`` (of completed
            ones), ``handle``, ``schema``, ``path`` or nothing.
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
    choices: tuple[str, ...] = ()
    metavar: str = ""
    complete: str = ""
    hidden: bool = False
    piped: bool = False
    also: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


@record
class Command:
    """One command.

    Attributes:
        name: As typed; two words for a subcommand (``agents search``).
        group: The heading it stands under in ``help --all``.
        summary: One line of help.
        examples: Whole command lines with what they do, shown first in help: (line, meaning).
        verb: ``module:function``; called as ``verb(session, **values)``.
        parameters: Positionals in their order, and options.
        text: ``module:function``: ``(reply, style) -> str``, for people.
        json: ``module:function``: ``(reply) -> plain data``; empty: the data is plain.
        bare: The older system's command: one bare JSON document, no envelope, no text form.
        hot: Parsed without Typer.
        repository: False: runs without a repository (``session`` is then None).
        alone: A parameter with whose value the command works without a repository, too.
        main: One of the nine that ``flaggit --help`` shows.
        silent: Where there is no repository, no store or no git, it says nothing and that is no error.
        raw: From the first word that is no option on, words are taken as they are (arguments for git).
    """

    name: str
    group: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    verb: str
    parameters: tuple[Parameter, ...] = ()
    text: str = "flaggit.output.text:plain"
    json: str = ""
    bare: bool = False
    hot: bool = False
    repository: bool = True
    alone: str = ""
    main: bool = False
    raw: bool = False
    silent: bool = False
