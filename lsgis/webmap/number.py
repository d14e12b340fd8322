"""Numbers as people of a language write them, whatever the locale of the machine."""

import math
from numbers import Integral, Real


def format_number(value: float, lang: str, *, decimals: int = 1) -> str:
    """A number with its thousands grouped: 1.234,5 in Vietnamese, 1,234.5 in English."""
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def format_value(value: object, lang: str) -> str:
    """A value of a column for reading; "" when it is missing.

    Whole numbers below 10,000 stay ungrouped (years); others get at most two decimals.
    """
    if isinstance(value, Integral):
        return str(value) if abs(value) < 10_000 else format_number(value, lang, decimals=0)
    if isinstance(value, Real):
        if not math.isfinite(value):
            return ""
        whole = float(value).is_integer()
        if whole:
            return format_value(int(value), lang)
        return format_number(value, lang, decimals=1 if round(value, 1) == round(value, 2) else 2)
    return "" if value is None or value != value else str(value)


def format_accuracy(metres: float, lang: str) -> str:
    """Horizontal accuracy: metres below a kilometre, else kilometres."""
    if metres < 1000:
        return f"± {format_value(round(metres, 1), lang)} m"
    return f"± {format_value(round(metres / 1000, 1), lang)} km"
