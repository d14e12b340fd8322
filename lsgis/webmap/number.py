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
        number = float(value)
        if number.is_integer():
            return f"{number:.0f}" if abs(number) < 10_000 else format_number(number, 0, lang)
        return format_number(number, 1 if round(number, 1) == round(number, 2) else 2, lang)
    return "" if pd.isna(value) else str(value)


def format_accuracy(metres: float, lang: str) -> str:
    """Horizontal accuracy: metres below a kilometre, else kilometres."""
    far = metres >= 1000
    return (
        f"± {format_value(round(metres / 1000 if far else metres, 1), lang)} {'km' if far else 'm'}"
    )
