"""Dates as people write them, and the same dates by ISO 8601: pairs in which all can be learned, order included."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

FIRST = date(1990, 1, 1)
N_DAYS = 14_600  # forty years
ENGLISH = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
GERMAN = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
FORMS: tuple[Callable[[date], str], ...] = (
    lambda day: f"{ENGLISH[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"{day.day} {ENGLISH[day.month - 1][:3]} {day.year}",
    lambda day: f"{day.day}. {GERMAN[day.month - 1]} {day.year}",
    lambda day: f"{day.year}년 {day.month}월 {day.day}일",
)


def date_pairs(n: int, *, seed: int = 0) -> tuple[list[str], list[str]]:
    """Dates in English, German and Korean, each with its ISO form.

    Args:
        n: pairs.
        seed: the same seed gives the same pairs.

    Returns:
        Sources and targets.

    Example:
        >>> sources, targets = date_pairs(2)
        >>> [len(target) for target in targets]
        [10, 10]
    """
    rng = np.random.default_rng(seed)
    days = [FIRST + timedelta(int(offset)) for offset in rng.integers(N_DAYS, size=n)]
    forms = rng.integers(len(FORMS), size=n).tolist()
    return [FORMS[form](day) for form, day in zip(forms, days, strict=True)], [day.isoformat() for day in days]
