"""Bounds of the worst case against days that an attacker lives through, and against hand-made ones.

The bound is arithmetic on limits; the attacker drives mechanisms and is priced by the engine. They
share the facts and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import TypeAlias

import msgspec
import pytest
import scenes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frugal.model.behaviour import Function
from frugal.model.graph import Candidate, Link, Role, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.patterns import Scene, pattern, patterns
from frugal.price.usage import PartUsage
from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.propose import propose
from frugal.services import Usage
from frugal.simulate.worst.adversary import Adversary
from frugal.simulate.worst.bounds import ONE_DAY, Worst
from payouts.facts import assumed

#: Of a bound, what the greediest day reaches at the least: said in the document.
SHARE = Decimal(1) / 3
CENT = Decimal("0.01")
FULL = tuple(one.id for one in patterns() if one.full)
GUARDS = (
    Guards(),
    Guards(reserved_concurrency=1),
    Guards(reserved_concurrency=3, retries=1, event_age_seconds=600),
    Guards(retries=0, event_age_seconds=60),
    Guards(log_level="INFO"),
    Guards(requests_per_second=Decimal(2)),
    Guards(signed=True),
    Guards(without=("concurrency",)),
    Guards(without=("dead-letters",)),
)

Amounts: TypeAlias = dict[tuple[str, Meter], Decimal]
Candidates: TypeAlias = Mapping[str, tuple[Candidate, ...]]


@cache
def built(
    per_day: int, *, batches: bool = False
) -> tuple[Scene, Mapping[str, tuple[Candidate, ...]]]:
    """Return a scene and every full pattern's candidates in it."""
    partner = scenes.partner(webhooks=assumed(True, scenes.WHY))
    if batches:
        partner = scenes.partner(
            webhooks=assumed(True, scenes.WHY),
            batch_api=assumed(True, scenes.WHY),
            batch_items_max=assumed(50, scenes.WHY),
        )
    scene = scenes.scene(per_day, partner=partner)
    found: dict[str, list[Candidate]] = {}
    for candidate in propose(scene).candidates:
        if pattern(candidate.pattern).full:
            found.setdefault(candidate.pattern, []).append(candidate)
    return scene, {name: tuple(candidates) for name, candidates in found.items()}


def bound_of(
    worst: Worst, attack: Attack, guards: Guards, days: Decimal = ONE_DAY
) -> tuple[Amounts, set[tuple[str, Meter]]]:
    """Return the bound of each meter of each part, and the meters that have none."""
    most: Amounts = {}
    endless = set()
    for part, use in worst.uses(guards, days):
        if use.attack is not attack:
            continue
        key = part.id, use.meter
        if use.quantity is None:
            endless.add(key)
        else:
            most[key] = most.get(key, Decimal(0)) + use.quantity
    return most, endless


def seen_of(adversary: Adversary) -> Amounts:
    seen: Amounts = {}
    for row in adversary.rows():
        assert isinstance(row.usage.quantity, Decimal)
        key = row.placement, row.usage.meter
        seen[key] = seen.get(key, Decimal(0)) + row.usage.quantity
    return seen


def attacker(
    candidate: Candidate,
    scene: Scene,
    attack: Attack,
    seed: int,
    guards: Guards | None = None,
    days: int = 1,
) -> Adversary:
    """Return an attacker who reads credentials as fast as the account's quota for them allows."""
    kept = next(part for part in candidate.placements if part.role is Role.SECRET)
    reads = Decimal(40)
    if kept.service == "secrets_manager":
        reads = Decimal(10_000) / kept.number("count")
    return Adversary(candidate, scene, attack, seed, guards, reads, days)


def exceeded(seen: Amounts, most: Amounts, endless: set[tuple[str, Meter]]) -> list[str]:
    """Return what was used beyond its bound, or has none and is not said to have none."""
    # the day is counted in floats, so the ninth digit is theirs
    return [
        f"{part}, {meter}: {amount} of {most.get((part, meter))}"
        for (part, meter), amount in seen.items()
        if (part, meter) not in endless
        and amount > most.get((part, meter), Decimal(0)) * Decimal("1.000000001")
    ]


def priced(worst: Worst, amounts: Amounts) -> Decimal:
    rows = [
        PartUsage(part, "", Usage(meter, amount, ""), False)
        for (part, meter), amount in amounts.items()
    ]
    cost = worst.pricer.listed(rows).list_monthly
    assert isinstance(cost, Decimal)
    return cost


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FULL),
    st.integers(min_value=0, max_value=10_000),
    st.sampled_from(tuple(Attack)),
    st.one_of(st.just(0), st.integers(min_value=0, max_value=10_000)),
    st.sampled_from(GUARDS),
    st.sampled_from((10, 200, 1000)),
    st.booleans(),
)
def test_no_day_exceeds_its_bound(
    name: str,
    drawn: int,
    attack: Attack,
    seed: int,
    guards: Guards,
    per_day: int,
    batches: bool,
) -> None:
    """Whatever is attacked, however, with whatever is set against it: no meter passes its bound."""
    scene, candidates = built(per_day, batches=batches)
    candidate = candidates[name][drawn % len(candidates[name])]
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    seen = seen_of(attacker(candidate, scene, attack, seed, guards))
    assert not exceeded(seen, *bound_of(worst, attack, guards)), candidate.id


@pytest.mark.parametrize("name", FULL)
def test_the_greediest_day_comes_near_the_bound(name: str) -> None:
    """A bound that no day comes near would frighten and tell nothing."""
    scene, candidates = built(200)
    candidate = candidates[name][0]
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    alarms = {part.id for part in candidate.placements if part.role is Role.ALARM}
    for attack in Attack:
        most, endless = bound_of(worst, attack, Guards())
        seen = seen_of(attacker(candidate, scene, attack, seed=0))
        assert not exceeded(seen, most, endless)
        driven = {key: amount for key, amount in most.items() if key[0] not in alarms}
        bound = priced(worst, driven)
        reached = priced(worst, {key: amount for key, amount in seen.items() if key in driven})
        assert reached <= bound * Decimal("1.000000001")
        assert bound < CENT or reached >= bound * SHARE, (attack, reached, bound)


@pytest.mark.parametrize(
    "name", ["function_through_backend", "api_destination", "webhook_receiver"]
)
def test_no_week_exceeds_its_bound(name: str) -> None:
    """The bound of many days is no day's times their number, and holds as well."""
    scene, candidates = built(200)
    candidate = candidates[name][-1]
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    for attack in (Attack.RETRY_STORM, Attack.LOG_FLOOD):
        seen = seen_of(attacker(candidate, scene, attack, seed=0, days=7))
        assert not exceeded(seen, *bound_of(worst, attack, Guards(), Decimal(7)))


def test_same_seed_same_day() -> None:
    """A day that exceeds a bound can be lived again."""
    scene, candidates = built(200)
    candidate = candidates["queue"][0]
    one, other = (seen_of(attacker(candidate, scene, Attack.LOOP, 7)) for _ in range(2))
    assert one == other


# -- loops ---------------------------------------------------------------------------------------


def requeued(candidate: Candidate) -> Candidate:
    """Return a queue's candidate whose function puts its own messages back by hand."""
    again = Link(
        source="payout-function",
        target="payout-queue",
        verb=Verb.SENDS,
        per_month=Decimal(0),
        request_kib=Decimal(1),
        purpose="tried again later",
    )
    return msgspec.structs.replace(candidate, links=(*candidate.links, again))


def test_lambda_ends_a_loop_that_it_sees_and_no_other() -> None:
    """A chain of a function and its own queue ends at 16; one through the backend never does."""
    scene, candidates = built(10)
    candidate = candidates["queue"][0]
    by_hand = requeued(candidate)
    seen = attacker(by_hand, scene, Attack.LOOP, 0)
    seen.levers.fans_out = False
    seen.rows()
    # three sends of each of 20 payouts and of four days before, and the sweep's events: 289 firings
    # and those of six hours before, each twice, three tries each
    chains = 3 * 20 * 5 * 16
    sweeps = (86_400 + 21_600 + 80) // 300 * 2 * 3 + 6
    assert 16 < seen.day.runs["payout-function"] <= chains + sweeps
    unseen = attacker(candidate, scene, Attack.LOOP, 0)
    unseen.levers.fans_out = False
    unseen.rows()
    assert unseen.day.runs["payout-function"] > 100 * (chains + sweeps)


# -- by hand -------------------------------------------------------------------------------------


def test_a_retry_storm_counted_by_hand() -> None:
    """A function of 256 MB that a schedule starts every 5 minutes: every number is on the page."""
    scene, candidates = built(200)
    candidate = next(
        one
        for one in candidates["function_through_backend"]
        if one.setting("interval_minutes") == 5 and one.setting("memory_mb") == 256
    )
    function = candidate["payout-function"]
    longest = int(function.number("timeout_seconds")) + 10  # INIT may take ten seconds
    born = range(-longest - 6 * 3600 - 60, 86_400, 300)  # six hours old at the most, a minute late
    tries = [try_ for _ in born for _ in ("once", "twice") for try_ in ("first", "1 min", "2 min")]
    seconds = len(tries) * longest
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    most, _ = bound_of(worst, Attack.RETRY_STORM, Guards())
    by_unit = {meter.unit: amount for (part, meter), amount in most.items() if part == function.id}
    assert by_unit["request"] == len(tries)
    assert by_unit["GB-second"] == Decimal(seconds) / 4


def test_one_reserved_environment_is_one_day_of_seconds() -> None:
    """What can run only once at a time runs 86,400 seconds a day, whatever feeds it."""
    scene, candidates = built(200)
    candidate = candidates["function_through_backend"][0]
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    gib = candidate["payout-function"].number("memory_mb") / 1024
    for attack in (Attack.RETRY_STORM, Attack.LOOP, Attack.LOG_FLOOD, Attack.POISON_MESSAGE):
        most, _ = bound_of(worst, attack, Guards(reserved_concurrency=1))
        held = [amount for (_, meter), amount in most.items() if meter.unit == "GB-second"]
        assert held == [86_400 * gib]


def test_a_log_flood_is_the_accounts_quota_where_nothing_else_stops_it() -> None:
    """A container writes 5,000 requests of 1 MB a second: 432 TB a day, at one price a GB."""
    scene, candidates = built(200)
    candidate = candidates["container_task"][0]
    worst = Worst(candidate, scene, open_snapshot(), "us-east-1")
    most, endless = bound_of(worst, Attack.LOG_FLOOD, Guards())
    written = next(
        amount for (part, meter), amount in most.items() if part == "logs" and meter.unit == "GB"
    )
    assert written == Decimal(5000) * 86_400 / 1024
    assert endless, "and no fact says how fast the box may send them out"


def test_every_function_behaves_as_the_bound_believes() -> None:
    """The attacker's limits come from behaviours, the bound's from settings: they must agree."""
    scene, candidates = built(200)
    for name in FULL:
        adversary = attacker(candidates[name][0], scene, Attack.LOOP, 0)
        for part, behaviour in adversary.behaviours.items():
            if isinstance(behaviour, Function):
                placement = candidates[name][0][part]
                assert behaviour.time_limit_seconds.value == placement.number("timeout_seconds")
                assert behaviour.items_per_run.value == placement.number("items_per_run")
