"""Ceilings: the most payouts a day each pattern takes, its settings free, and what binds there."""

from __future__ import annotations

from decimal import Decimal

from frugal.choose.ground import Ground
from frugal.choose.landscape import Landscape
from frugal.choose.weighing import Weighed
from frugal.model.curve import ZERO, settled
from frugal.model.decision import Ceiling

#: No payout business makes more in a day; beyond it nothing is claimed.
SEARCHED_TO = Decimal(10) ** 9


def ceilings(ground: Ground, volumes: Landscape) -> tuple[Ceiling, ...]:
    """Return the ceiling of every pattern that was built, by pattern."""
    return tuple(_ceiling(ground, volumes, pattern_id) for pattern_id in sorted(ground.by_pattern))


def _ceiling(ground: Ground, volumes: Landscape, pattern_id: str) -> Ceiling:
    most, margin = volumes.ceiling(pattern_id)
    if most is not None and most == ZERO:
        return _never(pattern_id, ground.by_pattern[pattern_id])
    if most is None or most > SEARCHED_TO:
        return Ceiling(pattern=pattern_id, payouts_per_day=None, searched_to=SEARCHED_TO)
    return Ceiling(
        pattern=pattern_id,
        payouts_per_day=settled(most),
        searched_to=SEARCHED_TO,
        check=margin.check if margin else "",
        what=margin.what if margin else "",
        source=margin.source if margin else "",
    )


def _never(pattern_id: str, rows: list[Weighed]) -> Ceiling:
    """Return a ceiling of none, with the reason of the candidate that comes nearest."""
    nearest = min(rows, key=lambda one: (one.list_monthly is None, len(one.broken_by)))
    reason = nearest.broken[0] if nearest.broken else None
    return Ceiling(
        pattern=pattern_id,
        payouts_per_day=ZERO,
        searched_to=SEARCHED_TO,
        check=reason.check if reason else "unpriced",
        what=reason.what if reason else ", ".join(nearest.unpriced),
        source=reason.source if reason else "",
    )
