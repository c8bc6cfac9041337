"""Distributions by their quantiles: a chance between 0 and 1 becomes a value.

Drawn this way a distribution can be sampled evenly (one draw in each of so many equal strata), and
two thousand draws then say what fifty thousand careless ones would. Each distribution is a table of
its distribution function on a few hundred knots, straight lines between them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from math import erfc, exp, log1p, sqrt
from typing import TypeAlias

Quantile: TypeAlias = Callable[[float], float]

_KNOTS = 400
#: Chances beyond this are not told apart from it: less than one month in a million.
_TAIL = 1e-6
_Z_MOST = 4.9


def radical_inverses(base: int, count: int) -> list[float]:
    """Return the first numbers of a base with their digits mirrored at the point: evenly spread.

    >>> radical_inverses(2, 5)
    [0.0, 0.5, 0.25, 0.75, 0.125]
    """
    found, place = [0.0], 1 / base
    while len(found) < count:
        found += [before + digit * place for digit in range(1, base) for before in found]
        place /= base
    return found[:count]


class Table:
    """The inverse of a distribution function known at some places."""

    __slots__ = ("_chances", "_values")

    def __init__(self, values: Sequence[float], chances: Sequence[float]) -> None:
        assert len(values) == len(chances) >= 2
        assert all(a < b for a, b in pairwise(values)), "values rise"
        assert all(a <= b for a, b in pairwise(chances)), "a distribution function never falls"
        self._values = tuple(values)
        self._chances = tuple(chances)

    def __call__(self, chance: float) -> float:
        """Return the value below which this share of all draws lies."""
        above = bisect_right(self._chances, chance)
        if above == 0:
            return self._values[0]
        if above == len(self._chances):
            return self._values[-1]
        below = self._chances[above - 1]
        part = (chance - below) / (self._chances[above] - below)
        low = self._values[above - 1]
        return low + part * (self._values[above] - low)


@cache
def normal() -> Quantile:
    """Return the quantiles of the standard normal distribution."""
    values = [_Z_MOST * (2 * at / _KNOTS - 1) for at in range(_KNOTS + 1)]
    return Table(values, [erfc(-z / sqrt(2)) / 2 for z in values])


@cache
def beta(mean: float, shape: int) -> Quantile:
    """Return the quantiles of a Beta distribution with this mean.

    Args:
        mean: a share between 0 and 1.
        shape: its smaller parameter, whole; the larger it is, the narrower the distribution.
    """
    if not 0 < mean < 1:
        return lambda chance: mean
    if mean > 0.5:
        mirrored = beta(1 - mean, shape)
        return lambda chance: 1 - mirrored(1 - chance)
    other = shape * (1 - mean) / mean
    most = mean
    while most < 1 and 1 - beta_below(most, shape, other) > _TAIL:
        most = min(1.0, most * 1.5)
    # Closer knots near 0, where all of it lies when the mean is small.
    values = [most * (at / _KNOTS) ** 2 for at in range(_KNOTS + 1)]
    # Far below its mean a difference of two numbers near 1 is noise, which may not fall either.
    return Table(values, list(accumulate((beta_below(x, shape, other) for x in values), max)))


def beta_below(x: float, a: int, b: float) -> float:
    """Return the share of a Beta(a, b) distribution below ``x``, exactly, for a whole ``a``.

    >>> round(beta_below(0.5, 2, 2.0), 12), round(beta_below(0.25, 1, 1.0), 12)
    (0.5, 0.25)
    """
    if x >= 1:
        return 1.0
    term, total = 1.0, 1.0
    for j in range(1, a):
        term *= x * (b + j - 1) / j
        total += term
    return 1 - exp(b * log1p(-x)) * total
