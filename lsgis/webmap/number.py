"""Values of a row as the page says them."""

import math
from numbers import Real

import pandas as pd

from lsgis.report import format_number


def format_value(value: object, lang: str) -> str:
    """A value for reading; "" when it is missing.

    Whole numbers below 10,000 stay ungrouped (years); others get at most two decimals.
    """
    if isinstance(value, Real) and math.isfinite(value):
        if float(value).is_integer():
            whole = int(value)
            return str(whole) if abs(whole) < 10_000 else format_number(whole, 0, lang)
        return format_number(value, 1 if round(value, 1) == round(value, 2) else 2, lang)
    return "" if pd.isna(value) else str(value)


def format_accuracy(metres: float, lang: str) -> str:
    """Horizontal accuracy: metres below a kilometre, else kilometres."""
    far = metres >= 1000
    return (
        f"± {format_value(round(metres / 1000 if far else metres, 1), lang)} {'km' if far else 'm'}"
    )
