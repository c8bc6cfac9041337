"""The scale map against weighing every candidate from the start at each volume."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
import scenes

from frugal.choose import choose
from frugal.choose.ceilings import ceilings
from frugal.choose.ground import Ground
from frugal.choose.inputs import volume
from frugal.choose.landscape import Landscape
from frugal.choose.scale_map import COST, DECADES, VOLUMES, scale_map
from frugal.model.decision import Option
from frugal.model.errors import NothingFeasible
from frugal.model.ranges import Reach
from frugal.patterns import Scene, pattern
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from payouts.facts import stated

SCENES = {
    "as first asked": scenes.scene(200),
    "a partner with a rate": scenes.scene(
        200, partner=scenes.partner(requests_per_second=stated(Decimal(5), "a test"))
    ),
    "with a budget": scenes.scene(200, budget_monthly=stated(Decimal(5), "a test")),
    "working days": scenes.scene(
        2000, volume=scenes.volume(2000, days_per_week=stated(Decimal(5), "a test"))
    ),
}


@cache
def mapped(name: str) -> tuple[Reach, ...]:
    of = SCENES[name]
    ground = Ground(of, propose(of), open_snapshot())
    landscape = Landscape(ground, volume(of))
    return scale_map(ground, landscape, ceilings(ground, landscape))


def at_volume(of: Scene, per_day: Decimal) -> Scene:
    put = volume(of).put
    assert put is not None
    return put(of, per_day)


def weighed_from_the_start(of: Scene, per_day: Decimal) -> Option | None:
    there = at_volume(of, per_day)
    try:
        return choose(there, propose(there), open_snapshot(), ahead=False).chosen
    except NothingFeasible:
        return None


@pytest.mark.parametrize("name", SCENES)
def test_each_decade_is_what_weighing_from_the_start_chooses(name: str) -> None:
    """Same pattern, same cost to the last digit; so no limit is broken and no quota exceeded."""
    rows = {row.payouts_per_day: row for row in mapped(name)}
    for per_day in DECADES:
        row, chosen = rows[per_day], weighed_from_the_start(SCENES[name], per_day)
        if chosen is None:
            assert not row.pattern, f"{row.pattern} at {per_day} a day breaks a limit"
            assert row.list_monthly is None
            assert row.what
            continue
        assert (row.pattern, row.full) == (chosen.candidate.pattern, chosen.full), per_day
        assert row.list_monthly == chosen.list_monthly
        payouts = at_volume(SCENES[name], per_day).load.payouts
        assert isinstance(payouts, Decimal)
        assert row.list_per_payout == chosen.list_monthly / payouts


@pytest.mark.parametrize("name", SCENES)
def test_the_choice_ends_where_the_map_says(name: str) -> None:
    """Just below the end it is still the choice; just above it is not."""
    ends = {
        (row.pattern, row.until_payouts_per_day)
        for row in mapped(name)
        if row.pattern and row.until_payouts_per_day is not None
    }
    assert ends
    for own, end in ends:
        assert end is not None
        below = weighed_from_the_start(SCENES[name], end * Decimal("0.9999"))
        above = weighed_from_the_start(SCENES[name], end * Decimal("1.0001"))
        assert below is not None
        assert below.candidate.pattern == own
        assert above is None or above.candidate.pattern != own


@pytest.mark.parametrize("name", SCENES)
def test_every_volume_has_a_row_and_every_row_a_reason(name: str) -> None:
    """From one a day to a thousand million, no volume is left out and no end is unexplained."""
    rows = mapped(name)
    assert [row.payouts_per_day for row in rows] == list(VOLUMES)
    for row in rows:
        assert not row.pattern or pattern(row.pattern).full == row.full
        if row.until_payouts_per_day is not None:
            assert row.payouts_per_day < row.until_payouts_per_day
            assert row.check
            assert row.what
            assert row.check != COST or "cheaper" in row.what


@pytest.mark.parametrize("name", SCENES)
def test_a_month_never_costs_less_with_more_payouts(name: str) -> None:
    """More payouts cost at least as much, but for the dollar that being simple is worth."""
    costs = [row.list_monthly for row in mapped(name) if row.list_monthly is not None]
    for before, after in pairwise(costs):
        assert after > before - 1
