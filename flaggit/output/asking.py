"""Questions to whoever sits at the terminal (``Call.attended``): on standard error, each with a default."""

from __future__ import annotations

import os
import sys

from flaggit.core.errors import StoppedError
from flaggit.output.text import style_for

_YES, _NO = ("y", "yes"), ("n", "no")


def say(text: str) -> None:
    """Write lines for whoever is asked, as wide as the terminal."""
    os.write(2, f"{style_for(2).fit(text)}\n".encode("utf-8", "replace"))


def ask(question: str, default: str = "") -> str:
    """Return the answer to a question, without blanks around it; an empty one is the default.

    Raises:
        StoppedError: ``interrupted``, where the terminal gives no more input (Ctrl-D).
    """
    os.write(2, f"{question} [{default}] ".encode("utf-8", "replace"))
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        say("")
        raise StoppedError("interrupted", "Stopped from the keyboard.")
    return line.strip() or default


def confirm(question: str, *, default: bool) -> bool:
    """Return the answer to a question of yes or no; anything else is asked again. Raises as ``ask``."""
    shown = "Y/n" if default else "y/N"
    while True:
        answer = ask(question, shown).lower()
        if answer == shown.lower():
            return default
        if answer in (*_YES, *_NO):
            return answer in _YES
        say("Please answer y or n.")
