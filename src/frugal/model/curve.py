"""Amounts that are a number, or a function of one input that is kept open.

Usage and cost are written once, in ordinary arithmetic. Fed with numbers they give a number. Fed
with one open input (the volume, the partner's latency, ...) the same lines give a ``Curve``: an
exact piecewise-linear function of that input. Break-evens, ceilings and flips are then solved from
the pieces, never sampled, and cannot disagree with the price that is shown.

    >>> x = Curve.of_input()
    >>> cost = at_least(x * 2 - 10, ZERO)      # ten are included, then 2 each
    >>> cost(Decimal(4)), cost(Decimal(8))
    (Decimal('0'), Decimal('6'))
    >>> (cost - 4).roots()
    (Decimal('7'),)

Only one input is open at a time, so a product of two curves is a mistake of ours and refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import TypeAlias

ZERO = Decimal(0)
ONE = Decimal(1)

#: Steps a ceiling may have before the curve is refused; every stepped thing here has a quota below.
STEPS_MAX = 4096

Piece: TypeAlias = tuple[Decimal, Decimal, Decimal]  #: from x on: intercept + slope * x


class Curve:
    """A piecewise-linear function on x >= 0; jumps are allowed, each piece is closed on its left."""

    __slots__ = ("pieces",)

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        assert pieces, "a curve has at least one piece"
        assert pieces[0][0] == ZERO, "a curve starts at 0"
        self.pieces = pieces

    @classmethod
    def of_input(cls) -> Curve:
        """Return the open input itself: f(x) = x."""
        return cls(((ZERO, ZERO, ONE),))

    @classmethod
    def constant(cls, value: Decimal) -> Curve:
        return cls(((ZERO, value, ZERO),))

    @property
    def breaks(self) -> tuple[Decimal, ...]:
        return tuple(piece[0] for piece in self.pieces)

    def __call__(self, x: Decimal) -> Decimal:
        """Return the value at ``x``."""
        low, high = 0, len(self.pieces)
        while high - low > 1:
            middle = (low + high) // 2
            if self.pieces[middle][0] <= x:
                low = middle
            else:
                high = middle
        _, intercept, slope = self.pieces[low]
        return intercept + slope * x

    def __add__(self, other: Amount | int) -> Curve:
        if isinstance(other, Curve):
            return _joined(self, other, lambda a, b: a + b)
        return Curve(tuple((x, a + other, b) for x, a, b in self.pieces))

    __radd__ = __add__

    def __neg__(self) -> Curve:
        return Curve(tuple((x, -a, -b) for x, a, b in self.pieces))

    def __sub__(self, other: Amount | int) -> Curve:
        return self + (-other)

    def __rsub__(self, other: Decimal | int) -> Curve:
        return -self + other

    def __mul__(self, other: Amount | int) -> Curve:
        if isinstance(other, Curve):
            if other.is_constant:
                return self * other.pieces[0][1]
            if self.is_constant:
                return other * self.pieces[0][1]
            raise TypeError("a product of two open amounts is not piecewise linear")
        return Curve(tuple((x, a * other, b * other) for x, a, b in self.pieces))

    __rmul__ = __mul__

    def __truediv__(self, other: Decimal | int) -> Curve:
        return Curve(tuple((x, a / other, b / other) for x, a, b in self.pieces))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curve) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"Curve({self.pieces!r})"

    @property
    def is_constant(self) -> bool:
        return len(self.pieces) == 1 and self.pieces[0][2] == ZERO

    def roots(self) -> tuple[Decimal, ...]:
        """Return every x at which the sign changes: zeros inside pieces, and jumps across zero."""
        found: list[Decimal] = []
        before = ZERO  # sign on the left of the current place, 0 while unknown
        for index, (start, intercept, slope) in enumerate(self.pieces):
            last = index + 1 == len(self.pieces)
            end = None if last else self.pieces[index + 1][0]
            at_start = _sign(intercept + slope * start)
            if before and at_start and at_start != before:
                found.append(start)
                before = at_start
            before = at_start or before
            if slope != ZERO:
                zero = -intercept / slope
                inside = zero > start and (end is None or zero < end)
                if inside or (zero == start and start > ZERO):
                    after = _sign(slope)
                    if after != before or at_start == ZERO:
                        if not found or found[-1] != zero:
                            found.append(zero)
                        before = after
                elif zero == start:
                    before = _sign(slope)
        return tuple(found)


Amount: TypeAlias = Decimal | Curve


def at_least(amount: Amount, floor: Amount) -> Amount:
    """Return the larger of the two, at every value of the open input."""
    if isinstance(amount, Curve) or isinstance(floor, Curve):
        return _extreme(_curve(amount), _curve(floor), largest=True)
    return max(amount, floor)


def at_most(amount: Amount, cap: Amount) -> Amount:
    """Return the smaller of the two, at every value of the open input."""
    if isinstance(amount, Curve) or isinstance(cap, Curve):
        return _extreme(_curve(amount), _curve(cap), largest=False)
    return min(amount, cap)


def ceiling(amount: Amount, steps_max: int = STEPS_MAX) -> Amount:
    """Round up to whole things.

    A curve becomes a staircase of at most ``steps_max`` steps; past the last step the count stays,
    because whatever is counted here (nodes, tasks) has a quota far below.
    """
    if isinstance(amount, Decimal):
        return amount.to_integral_value(rounding=ROUND_CEILING)
    stairs: list[Piece] = []
    for index, (start, intercept, slope) in enumerate(amount.pieces):
        end = amount.pieces[index + 1][0] if index + 1 < len(amount.pieces) else None
        first = intercept + slope * start
        # On a rising line the step above is taken at the very point where a whole number is
        # reached: pieces are closed on their left, and a cost is then never shown too low.
        level = Decimal(math.floor(first) + 1) if slope > ZERO else Decimal(math.ceil(first))
        x = start
        while True:
            stairs.append((x, level, ZERO))
            if slope == ZERO or len(stairs) >= steps_max:
                break
            x = ((level if slope > ZERO else level - 1) - intercept) / slope
            if end is not None and x >= end:
                break
            level += ONE if slope > ZERO else -ONE
    return Curve(tuple(stairs))


def at(amount: Amount, x: Decimal) -> Decimal:
    """Return the number an amount comes to at ``x`` (a plain number is the same everywhere)."""
    return amount(x) if isinstance(amount, Curve) else amount


def tiered(amount: Amount, tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...]) -> Amount:
    """Return the cost of ``amount`` over cumulative bands ``(begin, end, price)``; end None: open."""
    total: Amount = ZERO
    for begin, end, price in tiers:
        if not price:
            continue
        if begin == ZERO and end is None:
            return amount * price
        inside = at_least(amount - begin, ZERO)
        if end is not None:
            inside = at_most(inside, end - begin)
        total = inside * price + total
    return total


def _sign(value: Decimal) -> Decimal:
    return ZERO if value == ZERO else ONE.copy_sign(value)


def _curve(amount: Amount) -> Curve:
    return amount if isinstance(amount, Curve) else Curve.constant(amount)


def _joined(one: Curve, other: Curve, combine: Callable[[Decimal, Decimal], Decimal]) -> Curve:
    pieces: list[Piece] = []
    for x, (a1, b1), (a2, b2) in _aligned(one, other):
        piece = (x, combine(a1, a2), combine(b1, b2))
        if pieces and pieces[-1][1:] == piece[1:]:
            continue
        pieces.append(piece)
    return Curve(tuple(pieces))


def _aligned(
    one: Curve, other: Curve
) -> list[tuple[Decimal, tuple[Decimal, Decimal], tuple[Decimal, Decimal]]]:
    """Return both curves cut at the union of their breaks."""
    result = []
    i = j = 0
    for x in sorted({*one.breaks, *other.breaks}):
        while i + 1 < len(one.pieces) and one.pieces[i + 1][0] <= x:
            i += 1
        while j + 1 < len(other.pieces) and other.pieces[j + 1][0] <= x:
            j += 1
        result.append((x, one.pieces[i][1:], other.pieces[j][1:]))
    return result


def _extreme(one: Curve, other: Curve, *, largest: bool) -> Curve:
    pieces: list[Piece] = []
    rows = _aligned(one, other)
    for index, (start, (a1, b1), (a2, b2)) in enumerate(rows):
        end = rows[index + 1][0] if index + 1 < len(rows) else None
        cuts = [start]
        if b1 != b2:
            cross = (a2 - a1) / (b1 - b2)
            if cross > start and (end is None or cross < end):
                cuts.append(cross)
        for n, x in enumerate(cuts):
            right = cuts[n + 1] if n + 1 < len(cuts) else end
            probe = x + 1 if right is None else (x + right) / 2
            first_larger = a1 + b1 * probe >= a2 + b2 * probe
            a, b = (a1, b1) if first_larger == largest else (a2, b2)
            if pieces and pieces[-1][1:] == (a, b):
                continue
            pieces.append((x, a, b))
    return Curve(tuple(pieces))
