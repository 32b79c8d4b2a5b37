"""Times are RFC 3339 in UTC with ``Z``, kept as text; durations are ``90d``, ``2h``, ``30m``, ``45s``.

Own arithmetic instead of ``datetime``, which a hot command cannot afford to import. Source of
the calendar rule: the proleptic Gregorian calendar as days since 1970-01-01.
"""

from __future__ import annotations

import time

from flaggit.core.errors import InvalidError
from flaggit.core.limits import DAY

_DIGITS = frozenset("0123456789")
PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"  # by hand, as in ``handles``
_SHAPE = "0000-00-00T00:00:00Z"
_ZEROS = {ord(digit): "0" for digit in _DIGITS}
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# A listing meets the same few days thousands of times.
_days: dict[str, int | None] = {}
_MOST_DAYS = 4096
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}


def format_time(seconds: float) -> str:
    """Return seconds since the epoch as ``2026-11-23T14:00:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))


def compact_time(text: str) -> str:
    """Return a stored time in the compact form that note files are named by: ``20261123T140000Z``."""
    return text.replace("-", "").replace(":", "")


def has_shape(text: str) -> bool:
    """Return whether ``text`` is what ``PATTERN`` describes, whether such a day and hour exist or not."""
    return text.translate(_ZEROS) == _SHAPE


def is_time(text: str) -> bool:
    """Return whether ``text`` is a stored time: the shape, and a day that exists."""
    return _seconds_of(text) is not None


def parse_time(text: str) -> int:
    """Return a stored time as seconds since the epoch.

    Raises:
        ValueError: ``text`` is not of the form ``2026-11-23T14:00:00Z``.
    """
    seconds = _seconds_of(text)
    if seconds is None:
        raise ValueError(f"{text!r} is not a time like 2026-11-23T14:00:00Z")
    return seconds


def _seconds_of(text: str) -> int | None:
    if text.translate(_ZEROS) != _SHAPE:
        return None
    day = text[:10]
    days = _days[day] if day in _days else _learn_day(day)
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if days is None or hour > 23 or minute > 59 or second > 59:
        return None
    return days * DAY + hour * 3600 + minute * 60 + second


def _learn_day(text: str) -> int | None:
    """Return a day's number since the epoch, None where no such day exists."""
    if len(_days) >= _MOST_DAYS:
        _days.clear()
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    exists = year >= 1 and 1 <= month <= 12 and 1 <= day <= _days_in(year, month)
    _days[text] = _days_since_epoch(year, month, day) if exists else None
    return _days[text]


def parse_duration(text: str, *, field: str = "duration") -> int:
    """Return a duration such as ``2h`` or ``30d`` in seconds.

    Raises:
        InvalidError: ``usage``, where the text is anything else.
    """
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if unit in _UNITS and 0 < len(number) <= 9 and _DIGITS.issuperset(number) and int(number):
        return int(number) * _UNITS[unit]
    raise InvalidError(
        "usage", f"{field}: {text!r} is not a duration.", hint="Write a whole number and a unit: 45s, 30m, 2h, 90d, 2w."
    )


def format_age(seconds: float) -> str:
    """Return a span for people, rounded: ``3d``, ``5h``, ``12m``, ``40s``; below three hours as ``1h45m``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes = (whole + 30) // 60
    if minutes < 180:
        hours, rest = divmod(minutes, 60)
        return (f"{hours}h" if hours else "") + (f"{rest}m" if rest or not hours else "")
    hours = (minutes + 30) // 60
    return f"{hours}h" if hours < 48 else f"{(hours + 12) // 24}d"


def _days_in(year: int, month: int) -> int:
    leap = month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return _MONTH_DAYS[month - 1] + leap


def _days_since_epoch(year: int, month: int, day: int) -> int:
    # Years begin in March here, so that the leap day is the last day of one.
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
