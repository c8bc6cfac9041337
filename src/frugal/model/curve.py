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
from decimal import ROUND_CEILING, Context, Decimal
from typing import TypeAlias

ZERO = Decimal(0)
ONE = Decimal(1)

#: Steps a staircase is given. Beyond, the line one unit above stands for it: never too low, and
#: within one part in this many of right.
STEPS_MAX = 64

#: What is kept of a solved place: the last eight of 28 digits are rounding.
_TWENTY_DIGITS = Context(prec=20)

Piece: TypeAlias = tuple[Decimal, Decimal, Decimal]  #: from x on: intercept + slope * x


class Curve:
    """A piecewise-linear function on x >= 0; it may jump, and each piece is closed on its left."""

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

    def before(self, x: Decimal) -> Decimal:
        """Return the value just left of ``x``: another one where the curve jumps there."""
        _, intercept, slope = next(
            (piece for piece in reversed(self.pieces) if piece[0] < x), self.pieces[0]
        )
        return intercept + slope * x

    def __add__(self, other: Amount | int) -> Curve:
        if isinstance(other, Curve):
            if len(other.pieces) == 1:
                return self._plus_line(other.pieces[0])
            if len(self.pieces) == 1:
                return other._plus_line(self.pieces[0])
            return _sum(self, other)
        return Curve(tuple([(x, a + other, b) for x, a, b in self.pieces]))

    def _plus_line(self, line: Piece) -> Curve:
        _, up, steeper = line
        return Curve(tuple([(x, a + up, b + steeper) for x, a, b in self.pieces]))

    __radd__ = __add__

    def __neg__(self) -> Curve:
        return Curve(tuple([(x, -a, -b) for x, a, b in self.pieces]))

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
        if other == 0:
            return Curve.constant(ZERO)
        return Curve(tuple([(x, a * other, b * other) for x, a, b in self.pieces]))

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

    def signs(self) -> tuple[tuple[Decimal, int], ...]:
        """Return the sign (-1, 0, 1) between places: each with where it begins, no two alike meet.

        What holds *at* such a place is the curve's own value there, since pieces may jump.
        """
        found: list[tuple[Decimal, int]] = []
        for index, (start, intercept, slope) in enumerate(self.pieces):
            end = self.pieces[index + 1][0] if index + 1 < len(self.pieces) else None
            if slope == ZERO:
                _add_sign(found, start, _sign(intercept))
                continue
            zero, after = -intercept / slope, _sign(slope)
            if zero > start:
                _add_sign(found, start, -after)
            if end is None or zero < end:
                _add_sign(found, max(zero, start), after)
        return tuple(found)

    def roots(self) -> tuple[Decimal, ...]:
        """Return every x > 0 at which the sign is not the same on both sides.

        Zeros inside pieces, jumps across zero, and where a stretch of zeros begins or ends. Where
        the curve only touches zero nothing changes, so that is no root.
        """
        return tuple(place for place, _ in self.signs()[1:])


Amount: TypeAlias = Decimal | Curve


def at_least(amount: Amount, floor: Amount) -> Amount:
    """Return the larger of the two, at every value of the open input."""
    if isinstance(amount, Curve) or isinstance(floor, Curve):
        return _extreme(curve_of(amount), curve_of(floor), largest=True)
    return max(amount, floor)


def at_most(amount: Amount, cap: Amount) -> Amount:
    """Return the smaller of the two, at every value of the open input."""
    if isinstance(amount, Curve) or isinstance(cap, Curve):
        return _extreme(curve_of(amount), curve_of(cap), largest=False)
    return min(amount, cap)


def ceiling(amount: Amount, steps_max: int = STEPS_MAX) -> Amount:
    """Round up to whole things.

    A curve becomes a staircase; past ``steps_max`` steps the line one unit above stands for it.
    """
    if isinstance(amount, Decimal):
        return amount.to_integral_value(rounding=ROUND_CEILING)
    stairs: list[Piece] = []
    for index, (start, intercept, slope) in enumerate(amount.pieces):
        if len(stairs) >= steps_max:
            stairs.append((start, intercept + ONE, slope))
            continue
        end = amount.pieces[index + 1][0] if index + 1 < len(amount.pieces) else None
        first = intercept + slope * start
        # On a rising line the step above is taken at the very point where a whole number is
        # reached: pieces are closed on their left, and a cost is then never shown too low.
        level = Decimal(math.floor(first) + 1) if slope > ZERO else Decimal(math.ceil(first))
        x = start
        while True:
            stairs.append((x, level, ZERO))
            if slope == ZERO:
                break
            x = ((level if slope > ZERO else level - 1) - intercept) / slope
            if end is not None and x >= end:
                break
            if len(stairs) >= steps_max:
                stairs.append((x, intercept + ONE, slope))
                break
            level += ONE if slope > ZERO else -ONE
    return Curve(tuple(stairs))


def at(amount: Amount, x: Decimal) -> Decimal:
    """Return the number an amount comes to at ``x`` (a plain number is the same everywhere)."""
    return amount(x) if isinstance(amount, Curve) else amount


def tiered(amount: Amount, tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...]) -> Amount:
    """Return the cost of ``amount`` over cumulative bands ``(begin, end, price)``.

    An end of None is open.
    """
    if isinstance(amount, Decimal):
        return _tiered_number(amount, tiers)
    if len(amount.pieces) == 1 and amount.pieces[0][1] >= ZERO and amount.pieces[0][2] > ZERO:
        return _tiered_line(amount.pieces[0], tiers)
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


def _tiered_number(
    amount: Decimal, tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...]
) -> Decimal:
    """Return the same for a number, without looking at bands it does not reach."""
    total = ZERO
    for begin, end, price in tiers:
        if end is None or amount <= end:
            return (amount - begin) * price + total if begin else amount * price
        total += (end - begin) * price
    return total


def _tiered_line(line: Piece, tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...]) -> Curve:
    """Return the same for a rising line: it passes the bands one after another."""
    _, intercept, slope = line
    pieces: list[Piece] = []
    below = ZERO  # what the bands below cost together
    for begin, end, price in tiers:
        if end is None or end > intercept:
            start = max(ZERO, (begin - intercept) / slope)
            pieces.append((start, below + (intercept - begin) * price, slope * price))
        if end is not None:
            below += (end - begin) * price
    return Curve(tuple(pieces))


def _sign(value: Decimal) -> int:
    return (value > ZERO) - (value < ZERO)


def _add_sign(found: list[tuple[Decimal, int]], start: Decimal, sign: int) -> None:
    if not found or found[-1][1] != sign:
        found.append((start, sign))


def settled(x: Decimal) -> Decimal:
    """Return a solved place without the noise that 28-digit division leaves at its end.

    >>> settled(Decimal("17999.99999999999999999999999"))
    Decimal('18000')
    """
    return _TWENTY_DIGITS.plus(x).normalize(_TWENTY_DIGITS) + ZERO


def curve_of(amount: Amount) -> Curve:
    """Return an amount as a curve: a number is the same everywhere."""
    return amount if isinstance(amount, Curve) else Curve.constant(amount)


def _sum(one: Curve, other: Curve) -> Curve:
    pieces: list[Piece] = []
    for x, (_, a1, b1), (_, a2, b2) in _aligned(one, other):
        a, b = a1 + a2, b1 + b2
        if not pieces or pieces[-1][1] != a or pieces[-1][2] != b:
            pieces.append((x, a, b))
    return Curve(tuple(pieces))


def _aligned(one: Curve, other: Curve) -> list[tuple[Decimal, Piece, Piece]]:
    """Return both curves cut at the breaks of either."""
    rows: list[tuple[Decimal, Piece, Piece]] = []
    ours, theirs = one.pieces, other.pieces
    i = j = 0
    x = ZERO
    while True:
        rows.append((x, ours[i], theirs[j]))
        next_ours = ours[i + 1][0] if i + 1 < len(ours) else None
        next_theirs = theirs[j + 1][0] if j + 1 < len(theirs) else None
        if next_ours is None and next_theirs is None:
            return rows
        if next_theirs is None or (next_ours is not None and next_ours <= next_theirs):
            assert next_ours is not None
            x = next_ours
        else:
            x = next_theirs
        i += next_ours == x
        j += next_theirs == x


def _extreme(one: Curve, other: Curve, *, largest: bool) -> Curve:
    pieces: list[Piece] = []
    rows = _aligned(one, other)
    for index, (start, first, second) in enumerate(rows):
        end = rows[index + 1][0] if index + 1 < len(rows) else None
        for x, piece in _wins(start, end, first, second, largest=largest):
            if not pieces or pieces[-1][1] != piece[1] or pieces[-1][2] != piece[2]:
                pieces.append((x, piece[1], piece[2]))
    return Curve(tuple(pieces))


def _wins(
    start: Decimal, end: Decimal | None, first: Piece, second: Piece, *, largest: bool
) -> tuple[tuple[Decimal, Piece], ...]:
    """Return which of two lines is the extreme one between two places, and from where on."""
    (_, a1, b1), (_, a2, b2) = first, second
    if b1 == b2:
        return ((start, first if (a1 >= a2) == largest else second),)
    steep, flat = (first, second) if b1 > b2 else (second, first)
    before, after = (flat, steep) if largest else (steep, flat)
    cross = (a2 - a1) / (b1 - b2)
    if cross <= start:
        return ((start, after),)
    if end is not None and cross >= end:
        return ((start, before),)
    return (start, before), (cross, after)
