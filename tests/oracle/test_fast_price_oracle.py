"""On real candidates both ways of pricing agree, and name the same cheapest one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np
import pytest
import scenes

from frugal.choose.weighing import pricer_for
from frugal.model.brief import FreeTier
from frugal.model.stack import FunctionUse, Stack
from frugal.patterns import Scene
from frugal.price import fast
from frugal.price.usage import usage_of
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from payouts.facts import stated


def busy() -> Stack:
    """A Stack that pays for x86 functions, so that nothing is left of what Lambda gives away."""
    function = FunctionUse(
        name="thumbnails",
        memory_mb=stated(512, "a test"),
        architecture=stated("x86_64", "a test"),
        invocations_per_month=stated(Decimal(1_500_000), "a test"),
        duration_ms=stated(Decimal(900), "a test"),
    )
    return msgspec.structs.replace(scenes.stack(), functions=(function,))


SCENES = {
    "the first request": scenes.scene(),
    "a busy Stack": scenes.scene(40_000, of=busy()),
    "a million a day": scenes.scene(1_000_000),
    "no free tier": scenes.scene(3_000, free_tier=stated(FreeTier.NONE, "a test")),
    "Frankfurt": scenes.scene(region=stated("eu-central-1", "a test")),
}


@pytest.mark.parametrize("effective", [False, True], ids=["list", "effective"])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_real_candidates(scene: Scene, effective: bool) -> None:
    """Each candidate costs what the engine says, within its bound; the winner is the engine's."""
    pricer = pricer_for(scene, open_snapshot())
    usages = [usage_of(one, scene) for one in propose(scene).candidates]
    assert len(usages) > 200
    sheet = fast.sheet_of(pricer, usages, effective=effective)
    exact: dict[int, Decimal] = {}
    for row, (usage, cost, bound) in enumerate(zip(usages, *fast.reckon(sheet), strict=True)):
        added = pricer.added(usage)
        assert bool(added.unpriced) is bool(np.isinf(cost))
        if not added.unpriced:
            amount = added.effective_monthly if effective else added.list_monthly
            assert isinstance(amount, Decimal)
            assert abs(Fraction(float(cost)) - Fraction(amount)) <= Fraction(float(bound))
            exact[row] = amount
    assert fast.cheapest([sheet], exact.__getitem__) == min(exact, key=exact.__getitem__)
    dollar = min(exact.values()) + 1
    assert {row for row, cost in exact.items() if cost <= dollar} <= set(
        fast.proposed([sheet], Decimal(1))
    )
