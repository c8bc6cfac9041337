"""Break-evens: the values of one input at which two patterns cost the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from frugal.choose.landscape import Landscape
from frugal.model.curve import ZERO, Curve, settled
from frugal.model.decision import BreakEven


def break_evens(landscape: Landscape, patterns: Sequence[str]) -> tuple[BreakEven, ...]:
    """Return where any two of these patterns, each with its best settings, change places.

    Where a limit forbids one of the two, their costs are still compared, as if it did not bind, and
    the break-even is marked as out of reach.
    """
    found: list[BreakEven] = []
    for one, other in combinations(dict.fromkeys(patterns), 2):
        if landscape.opened(one) and landscape.opened(other):
            found += _between(landscape, one, other)
    return tuple(sorted(found, key=lambda b: (b.at, b.cheaper_below, b.cheaper_above)))


def _between(landscape: Landscape, one: str, other: str) -> Iterator[BreakEven]:
    given = landscape.input
    for reachable, first, second in (
        (True, landscape.edge(one), landscape.edge(other)),
        (False, landscape.edge(one, held=False), landscape.edge(other, held=False)),
    ):
        for at, below_is_less in _changes(first - second):
            if at > given.most or landscape.both_hold(one, other, at) is not reachable:
                continue
            below, above = (one, other) if below_is_less else (other, one)
            yield BreakEven(
                input=given.id,
                unit=given.unit,
                at=settled(at),
                cheaper_below=below,
                cheaper_above=above,
                reachable=reachable,
            )


def _changes(difference: Curve) -> Iterator[tuple[Decimal, bool]]:
    """Yield where the sign turns, and whether it was negative before; stretches of zero are one."""
    turned_at, before = ZERO, 0
    for start, sign in difference.signs():
        if not sign:
            turned_at = start
        elif before and sign != before:
            yield (turned_at if turned_at > ZERO else start), before < 0
            before, turned_at = sign, ZERO
        else:
            before, turned_at = sign, ZERO
