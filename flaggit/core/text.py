"""Text by untrusted authors: what may be stored, and how it is shown.

Sources: YAML 1.2 printable characters; Unicode's bidirectional controls (UAX 9), which can make
text read differently from what it says.
"""

from __future__ import annotations

from flaggit.core.limits import DIGITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Zero-width and bidirectional characters, line separators and the byte order mark: harmless
# looking, and able to hide or reorder what stands around them.
_HIDDEN = frozenset(
    [
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0xFEFF,
        0x061C,
        0x00AD,
    ]
)
_STORED_CONTROLS = frozenset({0x09, 0x0A})


_SHELL_WORDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")


def whole_number(text: str) -> int | None:
    """The whole number that decimal digits stand for, a minus before them included; None for any other text.

    Python raises for more than 4,300 digits, and takes digits of other scripts; more than ``limits.DIGITS`` are none.
    """
    digits = text.removeprefix("-")
    return int(text) if len(digits) <= DIGITS and digits.isascii() and digits.isdecimal() else None


def shell_word(text: str) -> str:
    """Return ``text`` as one word of a POSIX shell's command line, quoted where it has to be."""
    if text and _SHELL_WORDS.issuperset(text):
        return text
    quoted = text.replace("'", "'\\''")
    return f"'{quoted}'"


def is_control(char: str) -> bool:
    """Return whether a character is a C0 or C1 control (newline and tab included)."""
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0


def forbidden_characters(text: str) -> list[str]:
    """Return the characters of ``text`` that may not be stored, each once, in order of appearance.

    Forbidden are controls other than newline and tab, lone surrogates, the line separators
    U+2028 and U+2029, and the byte order mark, none of which YAML readers agree about.
    """
    if text.isprintable():
        return []
    return [char for char in dict.fromkeys(text) if _is_forbidden(char)]  # of megabytes, few characters are different


def _is_forbidden(char: str) -> bool:
    code = ord(char)
    if is_control(char):
        return code not in _STORED_CONTROLS
    return 0xD800 <= code < 0xE000 or code in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)


def tidy(text: str) -> str:
    """Return ``text`` as it is stored: CRLF as LF, no blanks at either end nor at ends of lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if " \n" in text or "\t\n" in text:
        text = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return text.strip()


def line_end(text: str) -> str:
    """Return how the first line of a text ends: CRLF or, without any, LF."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def short_oid(oid: str) -> str:
    """Return a commit's id as sentences name it: its first ten digits."""
    return oid[:10]


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "flag"), counted(2, "flag"), counted(0, "reply", "replies")
    ('1 flag', '2 flags', '0 replies')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def some_of(names: Sequence[str], most: int = 3) -> str:
    """Return the first of some names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def visible(text: str, *, keep_lines: bool = False) -> str:
    """Return ``text`` safe for a terminal: control, bidirectional and hidden characters shown as escapes.

    With ``keep_lines`` newlines and tabs stay; otherwise they become single blanks.
    """
    if text.isprintable() and text.isascii():
        return text
    return "".join(_visible_character(char, keep_lines) for char in text)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a wide character, none for a combining one.

    >>> columns("flag"), columns("\u65d7"), columns("e\u0301")
    (4, 2, 1)
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, width: int) -> str:
    """Return ``text`` with blanks behind it, as many columns wide as the others of its column."""
    return text + " " * (width - columns(text))


def shorten(text: str, width: int, measure: Callable[[str], int] = len) -> str:
    """Return ``text`` on one line, cut with an ellipsis where it is longer: by ``measure``, characters or columns."""
    line = " ".join(text.split())
    if measure(line) <= width:
        return line
    line = line[: width - 1]
    while measure(line) >= width:
        line = line[:-1]
    return line.rstrip() + "\u2026"


def _visible_character(char: str, keep_lines: bool) -> str:
    code = ord(char)
    if code in _STORED_CONTROLS:
        return char if keep_lines else " "
    if is_control(char):
        return f"\\x{code:02x}"
    if code in _HIDDEN or 0xD800 <= code < 0xE000 or 0xE0000 <= code < 0xE0080:
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def has_hidden_characters(text: str) -> bool:
    """Return whether a text holds characters that hide or reorder what stands around them."""
    return not text.isascii() and any(ord(char) in _HIDDEN for char in text)


def composed(text: str) -> str:
    """Return a text with each letter and its accents as one character (NFC), the form in which names are compared.

    Some file systems and archives take them apart (NFD), and git tells the two apart although nobody sees a difference.
    """
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text)


def spellings(path: str) -> tuple[str, ...]:
    """Return a path as it is, and where that differs with its accented letters composed, and taken apart."""
    if path.isascii():
        return (path,)
    from unicodedata import normalize

    return tuple(dict.fromkeys([path, normalize("NFC", path), normalize("NFD", path)]))


def plain_letters(text: str) -> str:
    """Return a text in lower case and without accents: ``Gr\u00f6\u00dfe`` is ``grosse``; other scripts stay."""
    if text.isascii():
        return text.lower()
    from unicodedata import combining, normalize

    return "".join(char for char in normalize("NFKD", text.casefold()) if not combining(char))


# What a name loses in a handle although it tells one from another: C# from C++ and C.
_SPELLED = {"#": "sharp", "+": "plus", "&": "and"}


def spell_symbols(text: str) -> str:
    """Return a name with the signs that tell names apart as words.

    >>> spell_symbols("C#"), spell_symbols("C++")
    ('C sharp ', 'C plus  plus ')
    """
    for sign, word in _SPELLED.items():
        text = text.replace(sign, f" {word} ")
    return text
