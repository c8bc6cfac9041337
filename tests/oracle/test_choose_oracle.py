"""The stage and the naive chooser agree, on small random spaces and at every solved place."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import brute_force
import msgspec
import pytest
import scenes
from hypothesis import given, settings
from hypothesis import strategies as st

from frugal.choose.break_even import break_evens
from frugal.choose.ceilings import ceilings
from frugal.choose.facts_changed import changes
from frugal.choose.ground import Ground
from frugal.choose.inputs import LIMITING, PRICED, Input, inconclusive_share, volume
from frugal.choose.landscape import Landscape
from frugal.choose.rank import recommended
from frugal.model.brief import Direction, Timing
from frugal.patterns import Scene, pattern
from frugal.price_list.lookup import PriceList, open_snapshot
from frugal.propose import Proposal, propose
from payouts.facts import stated

#: So little to either side of a solved place that nothing else lies between, and so much that the
#: 28 digits of the arithmetic do not matter.
NEAR = Decimal("1e-9")


@cache
def prices() -> PriceList:
    return open_snapshot()


def number(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


@st.composite
def any_scene(draw: st.DrawFn) -> Scene:
    """Scenes that differ in what candidates break on: volume, latency, rate, box, timing."""
    per_day = draw(st.sampled_from([1, 12, 200, 3_000, 40_000, 600_000]))
    p50 = draw(number("0.1", "20", 1))
    partner = scenes.partner(
        response_seconds_p50=stated(p50, "drawn"),
        response_seconds_p99=stated(p50 * draw(st.integers(1, 5)), "drawn"),
        inconclusive_share=stated(draw(number("0", "0.2", 2)), "drawn"),
        requests_per_second=draw(
            st.none() | number("0.01", "20", 2).map(lambda rate: stated(rate, "drawn"))
        ),
        fixed_address_required=stated(draw(st.booleans()), "drawn"),
    )
    promises = scenes.promises(per_day)
    timing = draw(st.sampled_from(list(Timing)))
    if timing is Timing.REAL_TIME:
        promises = scenes.promises(per_day, real_time_seconds=stated(Decimal(30), "drawn"))
    stack = scenes.stack()
    assert stack.instance is not None
    assert stack.database is not None
    stack = scenes.stack(
        instance=msgspec.structs.replace(
            stack.instance, cpu_used_percent=stated(draw(number("0", "40", 1)), "drawn")
        ),
        database=msgspec.structs.replace(
            stack.database, connections_in_use=stated(draw(st.integers(0, 110)), "drawn")
        ),
    )
    return scenes.scene(
        per_day,
        of=stack,
        partner=partner,
        promises=promises,
        timing=stated(timing, "drawn"),
        direction=stated(draw(st.sampled_from(list(Direction))), "drawn"),
        region=stated(draw(st.sampled_from(["us-east-1", "eu-central-1"])), "drawn"),
    )


@settings(max_examples=30)
@given(any_scene(), st.randoms(use_true_random=False))
def test_small_spaces(scene: Scene, chance: object) -> None:
    """Every candidate of a random handful costs and breaks the same, and the same one is chosen."""
    whole = propose(scene)
    few = tuple(chance.sample(whole.candidates, min(20, len(whole.candidates))))  # type: ignore[attr-defined]
    few = tuple(one for one in whole.candidates if one in few)
    judged = brute_force.judge(scene, few, prices())
    ground = Ground(
        scene, Proposal(candidates=few, not_built=(), looked_at=whole.looked_at), prices()
    )
    for ours, theirs in zip(ground.weighed, judged, strict=True):
        assert ours.list_monthly == pytest.approx(theirs.cost, abs=Decimal("1e-18"))
        assert {b.margin.check for b in ours.broken_by} == theirs.broken
    best = brute_force.choice(scene, judged)
    if best is None:
        assert not ground.feasible
    else:
        assert recommended(scene.brief, ground.feasible).candidate == best.candidate


def best_by_hand(scene: Scene, pattern_id: str) -> Decimal | None:
    """Return the least a pattern adds in a scene, every setting tried."""
    own = pattern(pattern_id)
    rows = [one for one in brute_force.every_candidate(scene) if one.pattern == own.id]
    costs = [one.cost for one in brute_force.judge(scene, rows, prices()) if one.feasible]
    return min((cost for cost in costs if cost is not None), default=None)


def choice_by_hand(scene: Scene) -> str | None:
    judged = brute_force.judge(scene, brute_force.every_candidate(scene), prices())
    best = brute_force.choice(scene, judged)
    return best.candidate.pattern if best else None


def put(given_input: Input, scene: Scene, x: Decimal) -> Scene:
    assert given_input.put is not None
    return given_input.put(scene, x)


def grounds() -> list[tuple[str, Scene]]:
    return [
        ("two hundred a day", scenes.scene()),
        (
            "fast partner, busy box",
            scenes.scene(
                5_000,
                partner=scenes.partner(
                    response_seconds_p50=stated(Decimal("0.2"), "a test"),
                    response_seconds_p99=stated(Decimal("0.9"), "a test"),
                    requests_per_second=stated(Decimal(50), "a test"),
                ),
            ),
        ),
    ]


SCENES = pytest.mark.parametrize("scene", [s for _, s in grounds()], ids=[n for n, _ in grounds()])


@SCENES
@pytest.mark.parametrize("read", PRICED, ids=["volume", "partner-seconds", "inconclusive-share"])
def test_costs_change_places_at_break_evens(scene: Scene, read: object) -> None:
    """Just below a break-even that is within reach one pattern is cheaper, just above the other."""
    ground = Ground(scene, propose(scene), prices())
    given_input = read(scene)  # type: ignore[operator]
    full = sorted({one.candidate.pattern for one in ground.feasible if one.full})
    found = break_evens(Landscape(ground, given_input), full)
    for one in [even for even in found if even.reachable][:4]:
        for x, cheaper, dearer in (
            (one.at * (1 - NEAR), one.cheaper_below, one.cheaper_above),
            (one.at * (1 + NEAR), one.cheaper_above, one.cheaper_below),
        ):
            there = put(given_input, scene, x)
            low, high = best_by_hand(there, cheaper), best_by_hand(there, dearer)
            assert low is not None
            assert high is not None
            assert low < high, (one, x)


@SCENES
def test_ceilings_bind(scene: Scene) -> None:
    """Just below its ceiling some setting of a pattern holds; just above it none does."""
    ground = Ground(scene, propose(scene), prices())
    given_input = volume(scene)
    for one in ceilings(ground, Landscape(ground, given_input)):
        if one.payouts_per_day is None:
            assert best_by_hand(put(given_input, scene, one.searched_to), one.pattern) is not None
        elif one.payouts_per_day:
            below = put(given_input, scene, one.payouts_per_day * (1 - NEAR))
            above = put(given_input, scene, one.payouts_per_day * (1 + NEAR))
            assert best_by_hand(below, one.pattern) is not None, one
            assert best_by_hand(above, one.pattern) is None, one
            assert one.check, one


@SCENES
@pytest.mark.parametrize("read", [*PRICED, *LIMITING])
def test_the_choice_changes_where_it_is_said_to(scene: Scene, read: object) -> None:
    """On each stretch of an input the naive chooser takes the pattern that the landscape says."""
    ground = Ground(scene, propose(scene), prices())
    given_input = read(scene)  # type: ignore[operator]
    segments = Landscape(ground, given_input).segments()
    for one in segments:
        if one.start > given_input.most:
            continue
        width = (one.end - one.start) if one.end is not None else one.start + 10
        for share in ("0.001", "0.999") if one.end is not None else ("0.001", "1"):
            there = put(given_input, scene, one.start + width * Decimal(share))
            assert choice_by_hand(there) == one.pattern, (given_input.id, one, share)


@SCENES
def test_kept_answers_are_still_true(scene: Scene) -> None:
    """Whatever fact is turned round, asking only what looked at it chooses as from the start."""
    ground = Ground(scene, propose(scene), prices())
    chosen = recommended(scene.brief, ground.feasible)
    for change in changes(scene, chosen.candidate):
        if change.id == "must_not":  # the naive chooser knows no forbidden words
            continue
        found = ground.choice_in(change.scene)
        judged = brute_force.judge(
            change.scene, brute_force.every_candidate(change.scene), prices()
        )
        best = brute_force.choice(change.scene, judged)
        assert (found and found.candidate) == (best and best.candidate), change.id


def test_an_open_share_prices_like_a_number() -> None:
    """What the landscape says of any value is what weighing at that value says."""
    scene = scenes.scene()
    given_input = inconclusive_share(scene)
    landscape = Landscape(Ground(scene, propose(scene), prices()), given_input)
    for share in ("0", "0.01", "0.37", "1"):
        x = Decimal(share)
        for pattern_id in (*landscape.patterns(full=True), *landscape.patterns(full=False)):
            by_hand = best_by_hand(put(given_input, scene, x), pattern_id)
            ours = landscape.best(pattern_id, x)
            assert ours == pytest.approx(by_hand, abs=Decimal("1e-15")), (pattern_id, share)
