"""Commit messages and flags: which flags a message says it completes or reopens, and adding that.

Read over the whole body with own rules, not with git's: git looks at the last paragraph only, so
that squashed messages, which indent and bury trailers, say nothing to it, and personal
``trailer.*`` settings change its answer. Written so that git reads them as trailers too.

Messages are text in which each character may stand for one byte (Latin-1): everything that is
looked for is ASCII, so a message in any encoding passes through unchanged.
"""

from __future__ import annotations

from flaggit.core.ids import clean_reference, is_flag_id
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COMPLETES = "Completes-Flag"
REOPENS = "Reopens-Flag"
LOCK = "Flag-Lock"

_KEYS = {key.lower(): key for key in (COMPLETES, REOPENS, LOCK)}
_BULLETS = " \t*->+|"  # what squashed and quoted messages put before a line
_WRAPPING = "\"'`[]<>."
_SCISSORS = "------------------------ >8 ------------------------"
_SIGN_OFF = ("Signed-off-by: ", "(cherry picked from commit ")
_TOKEN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


@record
class Mention:
    """A flag that a message names in a trailer: ``key`` is ``COMPLETES`` or ``REOPENS``, ``line`` counts from 1.

    ``word`` is what was typed, cleaned of ``#`` and the like: a whole id, or else something that has
    to be looked up or refused. ``quoted``: the line is indented, bulleted or the like, so it repeats
    another message rather than saying something itself.
    """

    key: str
    word: str
    line: int = 0
    quoted: bool = False


def find_completed(message: str) -> list[str]:
    """Return the whole ids that a message says it completes, each once, in order."""
    return _ids(message, COMPLETES)


def find_reopened(message: str) -> list[str]:
    """Return the whole ids that a message says it reopens, each once, in order."""
    return _ids(message, REOPENS)


def find_mentions(message: str, *, whole_only: bool = False) -> list[Mention]:
    """Return every flag that the message's ``Completes-Flag`` and ``Reopens-Flag`` lines name.

    Lines may be indented, bulleted or quoted, the key in any case; a value may name several flags,
    with commas or blanks between them, and goes on after a line that ends in a comma.

    Args:
        message: The message, without comment lines (see ``clean_message``).
        whole_only: Leave out what is no whole id.
    """
    if "-flag" not in message and "-flag" not in message.lower():
        return []
    lines = message.split("\n")
    found = []
    for index, line in enumerate(lines):
        key, value = _split_trailer(line)
        if key in (COMPLETES, REOPENS):
            words = _words(_unfold(value, lines[index + 1 :]))
            quoted = line[0] in _BULLETS
            found += [Mention(key, word, index + 1, quoted) for word in words if is_flag_id(word) or not whole_only]
    return found


def add_trailers(message: str, trailers: Iterable[tuple[str, str]], *, comment: str = "") -> str:
    """Return the message with those trailers that its last paragraph does not hold yet.

    They go into the trailer block where there is one, else into a paragraph of their own, before
    the comments and the diff that an editor is shown. A message that is empty so far gets two
    empty lines first, or the trailer would become the subject.

    Args:
        message: The message, as git's hooks get it.
        trailers: Pairs of key and value, in the order they are to stand.
        comment: What starts a comment line; nothing where the message has no comments (``whitespace``,
            ``verbatim``, or no editor).
    """
    body, tail = split_message(message, comment=comment)
    text = body.rstrip("\r\n \t")
    missing = [f"{key}: {value}" for key, value in trailers if not _has_trailer(text, key, value)]
    if not missing:
        return message
    block = "\n".join(dict.fromkeys(missing)) + "\n"
    if not text.strip():
        return f"\n\n{block}{_spaced(tail)}"
    gap = "\n" if _ends_in_trailers(text, comment) else "\n\n"
    return f"{text}{gap}{block}{_spaced(tail)}"


def remove_trailers(message: str) -> str:
    """Return the message without the lines that name flags; what stands around them is left as it is."""
    return "\n".join(line for line in message.split("\n") if not _split_trailer(line)[0])


def rename_mentions(message: str, names: Mapping[tuple[str, str], str]) -> str:
    """Return the message with flags named otherwise in its trailers: whole ids for what was typed, or not at all.

    Args:
        message: The message, without comment lines.
        names: (key, word as ``find_mentions`` gives it) -> the id to write; an empty one takes the mention out.
    """
    lines: list[str] = []
    for line in message.split("\n"):
        key, value = _split_trailer(line)
        words = _words(value) if key else []
        if not any((key, word) in names for word in words):
            lines.append(line)
            continue
        kept = [names.get((key, word), word) for word in words]
        if any(kept):
            lines.append(f"{key}: {', '.join(word for word in kept if word)}")
    return "\n".join(lines)


def split_message(message: str, *, comment: str = "") -> tuple[str, str]:
    """Split a message into what will be committed and the comments and diff that an editor shows after it."""
    if not comment:
        return message, ""
    lines = message.split("\n")
    end = next((index for index, line in enumerate(lines) if _is_scissors(line, comment)), len(lines))
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(comment)):
        end -= 1
    if end == len(lines):
        return message, ""
    return "".join(f"{line}\n" for line in lines[:end]), "\n".join(lines[end:])


def clean_message(message: str, *, comment: str = "") -> str:
    """Return the message as git commits it: without comments, what follows the scissors, and needless blanks."""
    lines = message.split("\n")
    if comment:
        end = next((index for index, line in enumerate(lines) if _is_scissors(line, comment)), len(lines))
        lines = [line for line in lines[:end] if not line.startswith(comment)]
    kept: list[str] = []
    for line in lines:
        line = line.rstrip()
        if line or (kept and kept[-1]):
            kept.append(line)
    text = "\n".join(kept).rstrip("\n")
    return f"{text}\n" if text else ""


def says_nothing(message: str, *, comment: str = "") -> bool:
    """Return whether nothing is left of a message without its comments and flag trailers."""
    return not remove_trailers(clean_message(message, comment=comment)).strip()


def has_scissors(message: str, comment: str) -> bool:
    """Return whether a message holds the line below which git cuts it off."""
    return _SCISSORS in message and any(_is_scissors(line, comment) for line in message.split("\n"))


def choose_comment(configured: str, message: str) -> str:
    """Return the start of comment lines in a message that an editor is, or was, shown.

    Args:
        configured: ``core.commentString`` or ``core.commentChar``; ``auto`` lets git pick a character that
            starts no line of the message.
        message: The message; with ``auto`` its last line tells what git picked.
    """
    if configured != "auto":
        return configured or "#"
    lines = [line for line in message.split("\n") if line.strip()]
    cut = next((line for line in lines if line[1:].strip() == _SCISSORS), None)
    last = cut or (lines[-1] if lines else "#")
    return last[0] if last[0] in "#;@!$%^&|:" else "#"


def _ids(message: str, key: str) -> list[str]:
    found = find_mentions(message, whole_only=True)
    return list(dict.fromkeys(mention.word for mention in found if mention.key == key))


def _split_trailer(line: str) -> tuple[str, str]:
    """Return the key, as it is spelt properly, and the value of a line that names flags; else two empty texts."""
    name, colon, value = line.partition(":")
    return (_KEYS.get(name.strip(_BULLETS).lower(), ""), value) if colon else ("", "")


def _unfold(value: str, following: Sequence[str]) -> str:
    for line in following:
        if not value.rstrip().endswith(",") or not line[:1].isspace() or not line.strip():
            break
        value = value.rstrip() + line
    return value


def _words(value: str) -> list[str]:
    """Return the references in a value; of an item with other words in it only the first counts."""
    found: list[str] = []
    for item in value.replace(";", ",").replace(" and ", ",").split(","):
        words = [clean_reference(word.strip(_WRAPPING)) for word in item.split()]
        found += words if all(map(is_flag_id, words)) else words[:1]
    return [word for word in found if word]


def _has_trailer(text: str, key: str, value: str) -> bool:
    for line in _last_paragraph(text):
        found, words = _split_trailer(line)
        if found == key and not line[:1].isspace() and (value == words.strip() or value in _words(words)):
            return True
    return False


def _ends_in_trailers(text: str, comment: str) -> bool:
    """Whether git takes the last paragraph for trailers: all of it, or a quarter where git wrote one of them.

    Read as git's own ``find_trailer_block_start`` does, from the end: a folded line belongs to the line before it.
    """
    lines = [line for line in _last_paragraph(text) if not (comment and line.startswith(comment))]
    if len(text.strip("\n").split("\n")) == len(lines):
        return False  # the subject is never a trailer
    fitting = others = folded = 0
    for line in reversed(lines):
        if line[:1].isspace():
            folded += 1
            continue
        if _is_trailer_line(line):
            fitting += 1
        else:
            others += 1 + folded
        folded = 0
    others += folded
    is_gits = any(line.startswith(_SIGN_OFF) for line in lines)
    return fitting * 3 >= others if is_gits else fitting > 0 and not others


def _is_trailer_line(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return line.startswith(_SIGN_OFF) or (bool(colon and name) and _TOKEN.issuperset(name.rstrip(" \t")))


def _last_paragraph(text: str) -> list[str]:
    lines: list[str] = []
    for line in reversed(text.split("\n")):
        if not line.strip():
            if lines:
                break
            continue
        lines.insert(0, line)
    return lines


def _is_scissors(line: str, comment: str) -> bool:
    return line.startswith(comment) and line[len(comment) :].strip() == _SCISSORS


def _spaced(tail: str) -> str:
    return f"\n{tail.lstrip(chr(10))}" if tail.strip() else ""
