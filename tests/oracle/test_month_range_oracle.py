"""The range of the months against months drawn with other seeds and priced by the exact engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import scenes

from frugal import pipeline
from frugal.choose.weighing import pricer_for
from frugal.model.graph import Candidate
from frugal.model.load import load_of
from frugal.model.ranges import CostRange
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.price.engine import Pricer
from frugal.price.usage import usage_of
from frugal.price_list.lookup import open_snapshot
from frugal.simulate.months.cost_range import cost_range, middle_cost, rounding_unit
from frugal.simulate.months.drawn import Month, Months
from frugal.simulate.months.month_cost import MonthCost, box_of, compiled
from frugal.survey import assume
from payouts.facts import stated

STORIES = sorted((Path(__file__).parents[1] / "golden" / "stories").iterdir())
#: Months drawn for each design; the compiled cost of them is held against the exact one on some.
MONTHS, EXACT = 20_000, 200
#: So many of ten thousand may lie in the range.
LEAST, MOST = Decimal("0.78"), Decimal("0.82")


class Designed(NamedTuple):
    candidate: Candidate
    scene: Scene
    pricer: Pricer

    @property
    def exact(self) -> MonthCost:
        return MonthCost(self.candidate, self.scene, self.pricer)


def chosen_for(request: str) -> Designed:
    reading = pipeline.read(request)
    prices = open_snapshot()
    scene, decision = pipeline.decide(reading.brief, assume(reading.stack), prices, ahead=False)
    return Designed(decision.chosen.candidate, scene, pricer_for(scene, prices))


def built(pattern_id: str, scene: Scene) -> Designed:
    own = pattern(pattern_id)
    settings = {name: values[0] for name, values in own.choices(scene).items()}
    return Designed(own.candidate(scene, settings), scene, pricer_for(scene, open_snapshot()))


def priced(design: Designed, months: list[Month]) -> list[Decimal]:
    """Return the exact costs, or compiled ones after finding them equal on a sample."""
    exact = design.exact
    quick = compiled(exact, box_of(months))
    if quick is None:
        return [exact.of_month(month) for month in months[: MONTHS // 4]]
    costs = [quick(month.payouts, month.seconds, month.again_per_payout) for month in months]
    for month, cost in list(zip(months, costs, strict=True))[:EXACT]:
        assert cost == pytest.approx(float(exact.of_month(month)), rel=1e-9)
    return [Decimal(repr(cost)) for cost in costs]


def covered(found: CostRange, costs: list[Decimal]) -> Decimal:
    inside = sum(found.p10 <= cost <= found.p90 for cost in costs)
    return Decimal(inside) / len(costs)


def test_the_first_requests_range_holds_for_10_000_months_priced_exactly(seed: int) -> None:
    """Between 78 and 82 % of ten thousand months of another seed, each by the exact engine."""
    design = chosen_for((STORIES[0] / "request.txt").read_text())
    found = cost_range(*design)
    exact = design.exact
    costs = [exact.of_month(m) for m in Months(design.scene.brief).drawn(10_000, seed + 1)]
    assert LEAST <= covered(found, costs) <= MOST
    assert sum(cost < found.p50 for cost in costs) / 10_000 == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_range_shown_holds_for_months_of_other_seeds(
    story: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Whatever the request, eight months of ten lie between the two figures as they are shown."""
    design = chosen_for((story / "request.txt").read_text())
    found = cost_range(*design)
    share = covered(found, priced(design, list(Months(design.scene.brief).drawn(MONTHS, seed + 1))))
    record_property("figure", f"{story.name}: {share:.1%} of other months lie in its range")
    assert LEAST <= share <= MOST


#: A part of it has no price anywhere, so no month of it has a cost.
UNPRICED = ("durable_function",)


@cache
def many() -> Scene:
    request = "200,000-400,000 payouts a day through Stripe; Docker on EC2, Postgres on RDS"
    reading = pipeline.read(request)
    return Scene(brief=reading.brief, stack=assume(reading.stack), load=load_of(reading.brief))


@pytest.mark.parametrize("pattern_id", UNPRICED)
def test_what_has_no_price_has_no_range(pattern_id: str) -> None:
    """The patterns left out below are those, and only because of that."""
    design = built(pattern_id, many())
    assert design.pricer.listed(usage_of(design.candidate, many())).unpriced


@pytest.mark.parametrize("pattern_id", [id for id in pattern_ids() if id not in UNPRICED])
def test_every_pattern_has_a_range_that_holds(pattern_id: str, seed: int) -> None:
    """Bands, batches and staircases too: where lines do not carry, each month is priced exactly."""
    of = many()
    assert not pattern(pattern_id).fits(of)
    design = built(pattern_id, of)
    found = cost_range(*design)
    months = list(Months(of.brief).drawn(MONTHS // 2, seed + 1))
    assert LEAST <= covered(found, priced(design, months)) <= MOST


def test_ends_are_exact_prices_of_months_that_came(seed: int) -> None:
    """P10 <= P50 <= P90, each a month's exact price to the rounding; the middle is found twice."""
    design = built("function_through_backend", scenes.scene(200))
    found = cost_range(*design, seed=seed)
    assert found.p10 <= found.p50 <= found.p90
    assert found.rounded_to <= (found.p90 - found.p10) / 100
    middle = middle_cost(*design)
    assert middle == pytest.approx(found.p50, abs=(found.p90 - found.p10) / 20)


def test_shares_add_up_and_the_widest_input_is_named() -> None:
    """A function's month moves with the partner's time and the volume; shares add up to one."""
    found = cost_range(*built("function_through_backend", scenes.scene(200)))
    shares = {one.input: one.share for one in found.varied}
    assert sum(shares.values()) == pytest.approx(1, abs=Decimal("0.001"))
    assert shares["partner_seconds"] > shares["calls_again"]
    for one in found.varied:
        assert one.p10 <= one.p90
        assert one.cost_p10 <= one.cost_p90


def test_what_does_not_vary_is_one_number() -> None:
    """Without payouts every month is the same: one figure, and nothing named as its reason."""
    found = cost_range(*built("function_through_backend", scenes.scene(0)))
    assert not found.varies
    assert found.p10 == found.p50 == found.p90
    assert found.varied == ()


def test_more_payouts_and_slower_answers_never_cost_less() -> None:
    """The range moves up with the volume, and with the partner's time."""
    design = built("function_through_backend", scenes.scene(200))
    slow = scenes.scene(
        200,
        partner=scenes.partner(
            response_seconds_p50=stated(Decimal(8), "a test"),
            response_seconds_p99=stated(Decimal(40), "a test"),
        ),
    )
    ranges = [
        cost_range(*built("function_through_backend", scenes.scene(100))),
        cost_range(*design),
        cost_range(*design._replace(scene=slow)),
    ]
    for name in ("p10", "p50", "p90"):
        figures = [getattr(one, name) for one in ranges]
        assert figures == sorted(figures)


def test_rounding_is_finer_than_the_range_it_rounds() -> None:
    """A two-hundredth of the range at most, and never coarser than a cent."""
    for width in ("0.0000031", "0.034", "1", "1.99", "500", "99999"):
        unit = rounding_unit(Decimal(width))
        assert unit * 200 <= max(Decimal(width), Decimal(2))
        assert unit <= Decimal("0.01")


def test_the_same_seed_gives_the_same_range() -> None:
    """Byte for byte, however often it is asked for."""
    design = built("queue", scenes.scene(3000))
    assert msgspec.json.encode(cost_range(*design)) == msgspec.json.encode(cost_range(*design))
