"""Every candidate that is not the answer, each with the number that says why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from frugal.choose.rank import DOLLAR, place_of
from frugal.choose.weighing import Weighed
from frugal.model.brief import Brief
from frugal.model.curve import ZERO
from frugal.model.decision import Rejection
from frugal.services import Margin

_DOLLARS = "dollars a month"
_LISTED = "AWS list prices, every free allowance off"


def rejections(brief: Brief, weighed: Sequence[Weighed], chosen: Weighed) -> tuple[Rejection, ...]:
    """Return the reason against each candidate but the chosen one, in the order weighed.

    What trials refused is no rival: the dollar is counted from the cheapest that is left.
    """
    full = [one.cost for one in weighed if one.feasible and one.full == chosen.full]
    limit = min(full) + DOLLAR
    return tuple(_rejection(brief, one, chosen, limit) for one in weighed if one is not chosen)


def _rejection(brief: Brief, one: Weighed, chosen: Weighed, limit: Decimal) -> Rejection:
    if one.broken:
        return _broken(one, one.broken[0])
    if one.list_monthly is None:
        return _compared(
            one,
            "unpriced",
            f"unpriced: {', '.join(one.unpriced)}",
            ZERO + len(one.unpriced),
            ZERO,
            "meters without a price",
            "the price list this package carries",
        )
    if not one.full and chosen.full:
        what = "it is priced and compared, not handed over: no runtime code of ours runs on it yet"
        return _compared(one, "priced-only", what, one.cost, chosen.cost)
    if one.cost > limit:
        what = "adds more than the cheapest that keeps every promise and a dollar"
        return _compared(one, "dearer", what, one.cost, limit)
    own, best = one.pattern, chosen.pattern
    if place_of(brief, own) != place_of(brief, best):
        what = (
            f"within a dollar of the cheapest, but after “{best.name}” in the order of preference"
        )
        return _compared(one, "less-preferred", what, one.cost, chosen.cost)
    what = "as good, with settings that cost more or come later by name"
    return _compared(one, "less-preferred", what, one.cost, chosen.cost)


def _broken(one: Weighed, margin: Margin) -> Rejection:
    assert isinstance(margin.used, Decimal), "a candidate is weighed with numbers"
    return Rejection(
        pattern=one.candidate.pattern,
        settings=one.candidate.settings,
        check=margin.check,
        placement=margin.placement,
        what=margin.what,
        used=margin.used,
        limit=margin.limit,
        unit=margin.unit,
        source=margin.source,
        basis=margin.basis,
        remedy=margin.remedy,
        list_monthly=one.list_monthly,
        also=tuple(dict.fromkeys(m.check for m in one.broken if m.check != margin.check)),
    )


def _compared(
    one: Weighed,
    check: str,
    what: str,
    used: Decimal,
    limit: Decimal,
    unit: str = _DOLLARS,
    source: str = _LISTED,
) -> Rejection:
    return Rejection(
        pattern=one.candidate.pattern,
        settings=one.candidate.settings,
        check=check,
        placement="",
        what=what,
        used=used,
        limit=limit,
        unit=unit,
        source=source,
        basis="derived",
        list_monthly=one.list_monthly,
    )
