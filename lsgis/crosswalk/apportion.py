"""One number shared out so that nothing is lost, and the bounds of what is not known."""

import math
from collections.abc import Sequence
from fractions import Fraction


def split_whole(total: int | float, shares: Sequence[float]) -> list[int] | list[float]:
    """Share out a number; whole numbers by the largest remainder.

    Parameters
    ----------
    total
        A whole number stays whole in every part; any other is split exactly
        as far as floating point goes, the last part taking the rest.
    shares
        Parts (0 or more) that add up to more than 0; only their ratio counts.

    Returns
    -------
    list
        As many parts as shares. Whole numbers add up to the total to the last
        unit; equal remainders go to the first.
    """
    whole = sum(map(Fraction, shares))
    exact = [Fraction(share) / whole for share in shares]
    if not isinstance(total, int):
        most = [total * float(share) for share in exact[:-1]]
        return [*most, total - math.fsum(most)]
    sign = -1 if total < 0 else 1
    wanted = [abs(total) * share for share in exact]
    parts = [math.floor(part) for part in wanted]
    order = sorted(range(len(parts)), key=lambda n: parts[n] - wanted[n])
    for n in order[: abs(total) - sum(parts)]:
        parts[n] += 1
    return [sign * part for part in parts]


def rate_range(
    weight: float, product: float, unknown: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Lowest and highest weighted mean when parts of unknown size may belong to it or not.

    Parameters
    ----------
    weight, product
        Sum of the weights, and of rate times weight, of what certainly belongs.
    unknown
        Weight and rate of each part of which anything between nothing and all
        belongs.

    Returns
    -------
    tuple
        NaN, NaN when nothing can be said.
    """
    rising = sorted((rate, size) for size, rate in unknown if size > 0)
    return _extreme(weight, product, rising, min), _extreme(weight, product, rising[::-1], max)


def _extreme(weight: float, product: float, parts: list, best) -> float:
    """The mean moves towards each part taken in; the extreme takes in the first few."""
    means = [product / weight] if weight > 0 else []
    for rate, size in parts:
        weight, product = weight + size, product + rate * size
        # the part alone: of what belongs for certain there may be nothing
        means.append(product / weight)
    return best(means) if means else math.nan
