"""A cell of a time column becomes a number to sort by: a number itself, or a date as ISO 8601 writes it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

TimeKind = Literal["a number", "a date", "a date with an offset"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# Years and months without days, and slashes or dots between the parts, are not taken by datetime.fromisoformat.
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(.*)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1)


def parse_time(cell: str) -> tuple[TimeKind, int | float] | None:
    """Kind of a time and its place on the axis of that kind; None when it is neither number nor date.

    Example:
        >>> parse_time("2020-01"), parse_time("2020-01-01 00:00:00")[1], parse_time("17.5"), parse_time("soon")
        (('a date', 1577836800000000), 1577836800000000, ('a number', 17.5), None)
    """
    text = cell.strip()
    if _NUMBER.fullmatch(text):
        return "a number", int(text) if text.lstrip("+-").isdigit() else float(text)
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    year, month, day, clock = parts.groups()
    if day is None and clock:
        return None
    try:
        moment = datetime.fromisoformat(f"{year}-{month:0>2}-{day or 1:0>2}{clock}")
    except ValueError:
        return None
    if moment.tzinfo is None:
        return "a date", (moment - _EPOCH) // timedelta(microseconds=1)
    return "a date with an offset", (moment - _EPOCH.replace(tzinfo=UTC)) // timedelta(microseconds=1)
