"""What a Decision says, in scenes of different kinds."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import msgspec
import pytest
import scenes

from frugal.choose import choose
from frugal.model.brief import Timing
from frugal.model.decision import Decision
from frugal.model.errors import NothingFeasible
from frugal.patterns import Scene, pattern
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from payouts.facts import assumed, stated


def decide(scene: Scene) -> Decision:
    return choose(scene, propose(scene), open_snapshot())


@cache
def first() -> Decision:
    """The first request's decision."""
    return decide(scenes.scene())


def test_every_candidate_is_chosen_or_rejected() -> None:
    """Two hundred and more are weighed; each but one has a reason, a number and a limit."""
    decision = first()
    assert decision.weighed >= 200
    assert len(decision.rejections) == decision.weighed - 1
    for one in decision.rejections:
        assert one.check
        assert one.what
        assert one.unit
        assert one.used > one.limit or one.check in ("less-preferred", "priced-only"), one


def test_the_proof_against_everything_cheaper() -> None:
    """No candidate that is rejected for its price alone costs less than the choice's dollar."""
    decision = first()
    limit = decision.cheapest.list_monthly + 1
    assert decision.chosen.list_monthly <= limit
    for one in decision.rejections:
        if one.check == "dearer":
            assert one.list_monthly is not None
            assert one.list_monthly > limit


def test_only_what_can_be_handed_over_is_recommended() -> None:
    """A pattern without runtime code is compared, never recommended beside a full one."""
    decision = first()
    assert decision.chosen.full
    assert decision.cheapest.full


def test_options_are_different_designs() -> None:
    """Two or three options, each another pattern, the chosen one first."""
    decision = first()
    assert 2 <= len(decision.options) <= 3
    assert decision.options[0] == decision.chosen
    ids = [one.candidate.pattern for one in decision.options]
    assert len(set(ids)) == len(ids)


def test_options_add_up() -> None:
    """An option's monthly figure is the sum of its line items."""
    for one in first().options:
        assert one.list_monthly == pytest.approx(one.estimate.list_monthly, abs=Decimal("1e-18"))


def test_the_same_scene_decides_the_same() -> None:
    """Same input, same bytes."""
    again = decide(scenes.scene())
    assert msgspec.json.encode(again) == msgspec.json.encode(first())


def test_direction_is_asked_first() -> None:
    """Where it is assumed, whether payouts are sent or received is the first question."""
    question = first().questions[0]
    assert question.id == "direction"
    assert question.flips[0].becomes == "receive"


def test_an_unknown_rate_is_a_question_with_a_value() -> None:
    """The partner's rate limit is unknown, so it is asked, with the rate at which things change."""
    (question,) = [one for one in first().questions if one.id == "partner_requests_per_second"]
    assert question.assumed == "unknown"
    assert all(flip.at is not None for flip in question.flips)


def test_what_is_stated_is_not_asked() -> None:
    """A question is about an unknown: a stated direction and rate are none."""
    scene = scenes.scene(
        direction=stated(scenes.Direction.SEND, "we send"),
        partner=scenes.partner(requests_per_second=stated(Decimal(10), "10 a second")),
    )
    asked = {one.id for one in decide(scene).questions}
    assert not asked & {"direction", "partner_requests_per_second"}


def test_flips_change_the_pattern() -> None:
    """A flip that leaves the recommended pattern as it is would be no flip."""
    decision = first()
    assert all(flip.pattern != decision.chosen.candidate.pattern for flip in decision.flips)
    assert decision.flips


def test_shared_faults_reject_nobody() -> None:
    """A box that is alone, or over its baseline before we come, is told and held against none."""
    assert any("one instance" in fault for fault in first().shared_faults)
    stack = scenes.stack()
    assert stack.instance is not None
    busy = msgspec.structs.replace(stack.instance, cpu_used_percent=stated(Decimal(60), "60 %"))
    decision = decide(scenes.scene(of=scenes.stack(instance=busy)))
    assert any("before anything is added" in fault for fault in decision.shared_faults)
    assert not any(one.check == "cpu-baseline" for one in decision.rejections)


@pytest.mark.parametrize("word", ["lambda", "aws_lambda", "AWS Lambda".lower(), "scheduler"])
def test_what_is_excluded_is_not_recommended(word: str) -> None:
    """A service is excluded by its id or by any word it is known as."""
    decision = decide(scenes.scene(must_not=(stated(word, f"no {word}"),)))
    services = {p.service for p in decision.chosen.candidate.placements if not p.existing}
    assert not services & ({"scheduler"} if word == "scheduler" else {"aws_lambda"})


def test_a_pattern_kind_can_be_preferred() -> None:
    """Another order of preference is the Brief's to give."""
    decision = decide(scenes.scene(preference=(stated("container_worker", "prefer Docker"),)))
    assert decision.chosen.kind == "container_worker"


def test_a_fixed_address_is_called_from() -> None:
    """Where the partner lists addresses, the design calls from one it can list."""
    scene = scenes.scene(partner=scenes.partner(fixed_address_required=stated(True, "allow-list")))
    chosen = decide(scene).chosen.candidate.pattern
    assert chosen != first().chosen.candidate.pattern


def test_real_time_reacts() -> None:
    """Paid within ten seconds is not left to a tick of a minute."""
    decision = decide(
        scenes.scene(
            timing=stated(Timing.REAL_TIME, "real time"),
            promises=scenes.promises(real_time_seconds=stated(Decimal(20), "in 20 s")),
        )
    )
    own = pattern(decision.chosen.candidate.pattern)
    assert own.real_time or own.kind.value == "container_worker"


def test_a_budget_is_a_promise() -> None:
    """What adds more than the budget is rejected with both numbers."""
    cheapest = first().cheapest.list_monthly
    scene = scenes.scene(budget_monthly=stated(cheapest, "at most that"))
    decision = decide(scene)
    assert decision.chosen.list_monthly <= cheapest
    over = [one for one in decision.rejections if one.check == "budget"]
    assert over
    assert all(one.used > one.limit == cheapest for one in over)


def test_a_region_that_is_assumed_is_priced_elsewhere_too() -> None:
    """Two other Regions are priced beside an assumed one, none beside a stated one."""
    assert len(first().regions) == 2
    assert all(one.region != "us-east-1" for one in first().regions)
    assert not decide(scenes.scene(region=stated("eu-central-1", "Frankfurt"))).regions


def test_scales_name_what_binds() -> None:
    """Each option at 2, 5 and 10 times the volume, and the limit where it no longer holds."""
    decision = first()
    assert len(decision.scales) == 3 * len(decision.options)
    for one in decision.scales:
        most = {c.pattern: c.payouts_per_day for c in decision.ceilings}[one.pattern]
        if most is not None and one.payouts_per_day > most:
            assert one.binds


def test_a_quarter_of_a_billion_a_day_is_answered_honestly() -> None:
    """Where only priced-only patterns hold, one is shown and marked as not handed over."""
    decision = decide(scenes.scene(250_000_000))
    assert not decision.chosen.full
    assert all(
        one.payouts_per_day is not None for one in decision.ceilings if one.pattern == "queue"
    )


def hour(per_hour: int, rate: str) -> Scene:
    """So many payouts, all due within one hour, at a partner that takes so many a second."""
    within = stated(Decimal(1), "in one hour")
    return scenes.scene(
        per_hour,
        volume=scenes.volume(per_hour, window_hours=within),
        promises=scenes.promises(per_hour, paid_within_hours=within),
        partner=scenes.partner(requests_per_second=stated(Decimal(rate), f"{rate} a second")),
    )


def test_an_impossible_demand_says_what_would_be_possible() -> None:
    """20,000 in an hour at 5 a second: 5.56 are needed; 18,000 or 67 minutes would do."""
    with pytest.raises(NothingFeasible) as trouble:
        decide(hour(20_000, "5"))
    text = str(trouble.value)
    assert "5.56 of 5 requests per second" in text
    assert "18,000" in text
    assert "67 minutes" in text
    assert trouble.value.exit_code == 3


def test_an_assumption_that_refuses_is_named_as_one() -> None:
    """Where only our own guess at a worst day makes it impossible, the message says so."""
    scene = hour(15_000, "5")
    assert scene.brief.promises.largest_day_payouts.assumed
    with pytest.raises(NothingFeasible) as trouble:
        decide(scene)
    assert "assumed" in str(trouble.value)


def test_a_wish_for_an_unknown_part_is_told() -> None:
    """A part no pattern has cannot be used; that is said beside the choice."""
    decision = decide(scenes.scene(must_use=(stated("kafka", "must use Kafka"),)))
    assert any("kafka" in fault for fault in decision.shared_faults)


def test_residency_binds() -> None:
    """Data that must stay in the EU is not served from us-east-1, and no demand would change it."""
    with pytest.raises(NothingFeasible) as trouble:
        decide(scenes.scene(residency=stated("EU", "in the EU"), region=assumed("us-east-1", "x")))
    assert "EU" in str(trouble.value)
