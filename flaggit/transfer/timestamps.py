"""Other systems' times in UTC; those without a zone are read in the one that the caller names."""

from __future__ import annotations

import datetime

from flaggit.core.errors import InvalidError
from flaggit.core.record import record

_EPOCH_DIGITS = (9, 10)  # from 1973 to 2286; eight digits are a date


@record
class Timestamp:
    """A time as it is stored; ``naive``: it named no zone, ``doubtful``: its clock showed it twice or never."""

    text: str
    naive: bool = False
    doubtful: bool = False


def parse_zone(text: str) -> datetime.tzinfo:
    """Return a time zone: ``UTC``, an offset such as ``+02:00``, or a name such as ``Europe/Berlin``.

    Raises:
        InvalidError: ``usage``.
    """
    name = text.strip()
    if name.upper() in ("UTC", "Z"):
        return datetime.UTC
    if name[:1] in "+-" and name:
        try:
            offset = datetime.datetime.strptime(name, "%z").tzinfo
        except ValueError:
            offset = None
        if offset is not None:
            return offset
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(
            "usage", f"--zone: {text!r} is no time zone.", hint="Write UTC, +02:00, or a name such as Europe/Berlin."
        ) from None


def parse_timestamp(value: object, zone: datetime.tzinfo) -> Timestamp | None:
    """Return a time in UTC to the second; None where ``value`` is none.

    Args:
        value: ISO 8601 text with or without a zone, or seconds since the epoch, as a number or in digits.
        zone: For texts without one.
    """
    try:
        if isinstance(value, (int, float)):
            return Timestamp(_format(datetime.datetime.fromtimestamp(value, datetime.UTC)))
        text = str(value).strip()
        if text.isascii() and text.isdecimal() and len(text) in _EPOCH_DIGITS:
            return parse_timestamp(int(text), zone)
        found = datetime.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return Timestamp(_format(found))
        local = found.replace(tzinfo=zone)
        doubtful = local.utcoffset() != local.replace(fold=1).utcoffset()
        return Timestamp(_format(local), naive=True, doubtful=doubtful)
    except (ValueError, OverflowError, OSError):
        return None


def _format(stamp: datetime.datetime) -> str:
    return stamp.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
