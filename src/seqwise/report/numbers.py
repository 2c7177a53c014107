"""Numbers in, text out, by rules that do not depend on a locale: 0.4123 [0.398, 0.427] and 12,345."""

import math

from seqwise.records import Interval

NOTHING = "–"
# From here on decimals say nothing beside the digits in front of the point.
LARGE = 1000.0
LEAST_P = 0.0001


def score(value: float) -> str:
    """A score with four decimals.

    Example:
        >>> score(0.41234)
        '0.4123'
    """
    return _decimal(value, decimals=4)


def interval(bounds: Interval) -> str:
    """The bounds of an interval with three decimals.

    Example:
        >>> interval(Interval(0.4123, 0.398, 0.427))
        '[0.398, 0.427]'
    """
    return f"[{_decimal(bounds.low, decimals=3)}, {_decimal(bounds.high, decimals=3)}]"


def count(value: float) -> str:
    """A whole number with thousands separators.

    Example:
        >>> count(12345)
        '12,345'
    """
    return f"{value:,.0f}" if math.isfinite(value) else NOTHING


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent, or a dash when there is no whole.

    Example:
        >>> share(1, 8)
        '12.5 %'
    """
    return f"{100.0 * part / whole:.1f} %" if whole else NOTHING


def general(value: float) -> str:
    """Three significant digits, for rates and other numbers of any size.

    Example:
        >>> general(0.00003)
        '3e-05'
    """
    return f"{value:.3g}" if math.isfinite(value) else _unfinite(value)


def p_value(value: float) -> str:
    """The p of a test with four decimals; below them only that it is.

    Example:
        >>> p_value(0.0312), p_value(3e-9)
        ('0.0312', '< 0.0001')
    """
    return f"{value:.4f}" if value >= LEAST_P else f"< {LEAST_P}"


def seconds(value: float) -> str:
    """Seconds with one decimal, minutes and seconds from two minutes on.

    Example:
        >>> seconds(12.34), seconds(185.0)
        ('12.3 s', '3 min 05 s')
    """
    if not math.isfinite(value):
        return NOTHING
    if value < 0.1:
        return f"{value:.2f} s"
    if value < 120:  # below two minutes people still think in seconds
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def n_bytes(value: int) -> str:
    """Bytes in units of 1000.

    Example:
        >>> n_bytes(1_250_000)
        '1.2 MB'
    """
    size = float(value)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _decimal(value: float, *, decimals: int) -> str:
    if not math.isfinite(value):
        return _unfinite(value)
    text = f"{value:,.{1 if abs(value) >= LARGE else decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0.0 else text


def _unfinite(value: float) -> str:
    if math.isnan(value):
        return NOTHING
    return "∞" if value > 0 else "-∞"
