"""The scale map: the choice at every volume from one payout a day to a thousand million.

Which pattern is the choice is read off the solved landscape of the volume; what it costs is then
weighed with that volume's numbers, every limit looked at once more, so that no row rests on a curve
alone and no quota is exceeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from frugal.choose.ground import Ground
from frugal.choose.landscape import Landscape, Segment, binding
from frugal.choose.weighed_at import weighed_at
from frugal.model.curve import ZERO, settled
from frugal.model.decision import Ceiling
from frugal.model.ranges import Reach
from frugal.patterns import pattern

#: 10^0 to 10^9, and 2 and 5 times each between them: a table, and a plot.
DECADES = tuple(Decimal(10) ** power for power in range(10))
VOLUMES = (*(d * n for d in DECADES[:-1] for n in (1, 2, 5)), DECADES[-1])
#: What the check of a row says where not a limit but the price makes another the choice.
COST = "cost"


def scale_map(ground: Ground, volumes: Landscape, ceilings: Sequence[Ceiling]) -> tuple[Reach, ...]:
    """Return what would be chosen at each volume, from the smallest up."""
    segments = volumes.segments()
    return tuple(_reach(ground, volumes, segments, ceilings, x) for x in VOLUMES)


def _reach(
    ground: Ground,
    volumes: Landscape,
    segments: Sequence[Segment],
    ceilings: Sequence[Ceiling],
    x: Decimal,
) -> Reach:
    found = weighed_at(ground, volumes, x)
    if found is None:
        check, what = _last_to_bind(segments, ceilings, x)
        return Reach(
            payouts_per_day=x,
            pattern="",
            full=False,
            list_monthly=None,
            list_per_payout=None,
            until_payouts_per_day=None,
            check=check,
            what=what,
        )
    put = volumes.input.put
    assert put is not None
    payouts = put(ground.scene, x).load.payouts
    assert isinstance(payouts, Decimal)
    end, check, what = _ends(volumes, segments, found.candidate.pattern, x)
    return Reach(
        payouts_per_day=x,
        pattern=found.candidate.pattern,
        full=found.full,
        list_monthly=found.cost,
        list_per_payout=found.cost / payouts if payouts else None,
        until_payouts_per_day=end,
        check=check,
        what=what,
    )


def _ends(
    volumes: Landscape, segments: Sequence[Segment], own: str, x: Decimal
) -> tuple[Decimal | None, str, str]:
    """Return where a pattern ceases to be the choice, and what ends it: a limit, or the price."""
    at = next(i for i, one in enumerate(segments) if one.end is None or x < one.end)
    end = segments[at].end
    if end is None or end > volumes.input.most:
        return None, "", ""
    for one in volumes.opened(own):
        if any(end == place for _, place in one.holds):
            margin = binding(one, end)
            if margin is not None:
                return settled(end), margin.check, margin.what
    after = segments[at + 1].pattern if at + 1 < len(segments) else None
    name = pattern(after).name if after else "nothing"
    return settled(end), COST, f"{name} is preferred or cheaper there"


def _last_to_bind(
    segments: Sequence[Segment], ceilings: Sequence[Ceiling], x: Decimal
) -> tuple[str, str]:
    """Return the limit of the pattern that goes furthest: the last one in the way.

    Of several that end together it is the one that was the choice there.
    """
    chosen = [one.pattern for one in segments if one.pattern is not None][-1:]
    short = [one for one in ceilings if one.payouts_per_day is not None and one.payouts_per_day < x]
    if not short:
        return "", "nothing can be built"
    last = max(
        short, key=lambda one: (one.payouts_per_day or ZERO, one.pattern in chosen, one.pattern)
    )
    most = f"{last.payouts_per_day or ZERO:,.0f}"
    return last.check, f"{pattern(last.pattern).name} ends at {most} payouts a day: {last.what}"
