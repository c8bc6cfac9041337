"""The rule of preference: the cheapest that keeps every promise, give or take a dollar.

Within one dollar a month of the cheapest, what is simpler to run is worth more than the difference:
a scheduled function first, then one that goes through the backend, a worker in the container that
is there, a queue, an event-driven function, anything new that is always on. Where payouts must be
made in real time, what reacts at once moves up to second place. A Brief may name another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from frugal.choose.weighing import Weighed
from frugal.model.brief import Brief, Timing
from frugal.patterns import Kind, Pattern

#: A month's difference that preference may cost, in dollars.
DOLLAR = Decimal(1)

_BATCH_ORDER = (
    Kind.SCHEDULED_FUNCTION,
    Kind.FUNCTION_THROUGH_BACKEND,
    Kind.CONTAINER_WORKER,
    Kind.QUEUE,
    Kind.EVENT_FUNCTION,
    Kind.ALWAYS_ON,
)


class Place(NamedTuple):
    """Where a pattern stands in the order; smaller is preferred."""

    wished: int  #: place in the Brief's own order, after it where not named
    kind: int
    within: int  #: among those that real time moved up together


def place_of(brief: Brief, candidate_pattern: Pattern) -> Place:
    """Return where a pattern stands in this Brief's order of preference."""
    wishes = [fact.value for fact in brief.preference]
    names = (candidate_pattern.kind.value, candidate_pattern.id)
    wished = min((n for n, wish in enumerate(wishes) if wish in names), default=len(wishes))
    usual = _BATCH_ORDER.index(candidate_pattern.kind)
    at_once = candidate_pattern.kind is Kind.EVENT_FUNCTION or candidate_pattern.real_time
    if brief.timing.value is not Timing.REAL_TIME or usual == 0:
        return Place(wished, usual * 2, 0)
    if at_once and candidate_pattern.kind is not Kind.ALWAYS_ON:
        within = 0 if candidate_pattern.kind is Kind.EVENT_FUNCTION else usual
        return Place(wished, 1, within)
    return Place(wished, usual * 2, 0)


def recommended(brief: Brief, feasible: Sequence[Weighed]) -> Weighed:
    """Return the choice among candidates that keep every promise."""
    eligible = handed_over(feasible)
    limit = min(one.cost for one in eligible) + DOLLAR
    near = [one for one in eligible if one.cost <= limit]
    return min(near, key=lambda one: (place_of(brief, one.pattern), *by_cost(one)))


def handed_over(feasible: Sequence[Weighed]) -> Sequence[Weighed]:
    """Return the candidates that may be recommended: the full ones, or where there are none, all.

    A priced-only design is an honest answer where nothing else can do it, and is named as such.
    """
    return [one for one in feasible if one.full] or feasible


def by_cost(one: Weighed) -> tuple[Decimal, str]:
    """Sort key: cheapest first, then by pattern.

    Settings that cost the same keep the order in which their pattern lists them, the more usual
    first: every sort and every ``min`` here is stable.
    """
    return one.cost, one.candidate.pattern
