"""Every part that a trial can notice says how it behaves, and each number says who says so.

A new service that a full pattern places is tested the moment it exists; nothing here names one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product

import msgspec
import pytest

import frugal.model.behaviour as behaviours
from frugal.model.behaviour import Behaviour, Counterpart, Database, Queue, Schedule
from frugal.model.brief import Direction, Timing
from frugal.model.graph import Candidate, Role, Scalar, Verb
from frugal.model.stack import DatabaseHome, Stack
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.simulate.plan import Plan, plan_of
from payouts.facts import Basis, Fact, stated

MakeScene = Callable[..., Scene]

FULL = tuple(id for id in pattern_ids() if pattern(id).full)
STACKS = ("lightsail", "rds", "aurora", "lightsail-database")
BRIEFS = ("send", "receive", "batches")

#: Roles whose parts do something in time; the others are read, billed or passed through.
BEHAVING = {
    Role.TRIGGER,
    Role.BUS,
    Role.QUEUE,
    Role.DEAD_LETTER,
    Role.WORKER,
    Role.RECEIVER,
    Role.ORCHESTRATOR,
    Role.BACKEND,
    Role.STORE,
    Role.PARTNER,
}
HOSTS = ("lightsail", "ec2")

#: Settings that no trial can notice: price, and what is watched.
UNNOTICED = ("architecture", "retention_days", "alarms")

KINDS = tuple(
    kind
    for kind in vars(behaviours).values()
    if isinstance(kind, type) and issubclass(kind, Behaviour) and kind is not Behaviour
)


def combinations(id: str, scene: Scene) -> Iterator[dict[str, Scalar]]:
    choices = pattern(id).choices(scene)
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def candidates(id: str, scene: Scene) -> list[Candidate]:
    """Return every candidate of a pattern that differs in what a trial can notice."""
    if pattern(id).fits(scene):
        return []
    return [
        pattern(id).candidate(scene, settings)
        for settings in combinations(id, scene)
        if all(settings.get(name) in (None, *_first(id, scene, name)) for name in UNNOTICED)
    ]


def _first(id: str, scene: Scene, name: str) -> tuple[Scalar, ...]:
    return pattern(id).choices(scene).get(name, ())[:1]


def plans(scene: MakeScene) -> Iterator[tuple[Candidate, Plan]]:
    for stack, brief, id in product(STACKS, BRIEFS, FULL):
        here = scene(stack, brief)
        for candidate in candidates(id, here):
            yield candidate, plan_of(candidate, here)


def test_every_part_that_does_something_in_time_says_how(scene: MakeScene) -> None:
    """Triggers, workers, queues, stores, the machine and the partner all have a behaviour."""
    seen = 0
    for candidate, plan in plans(scene):
        for placement in candidate.placements:
            expected = placement.role in BEHAVING or placement.service in HOSTS
            planned = placement.id in {part.id for part in plan.parts}
            assert planned == expected, (candidate.id, placement.id)
            seen += planned
    assert seen > 1000


def test_every_kind_of_behaviour_is_some_service_s(scene: MakeScene) -> None:
    """A kind that no full pattern has would be simulated for nobody."""
    given = {type(part.behaviour) for _, plan in plans(scene) for part in plan.parts}
    assert given == set(KINDS)


def test_every_number_says_who_says_so(scene: MakeScene) -> None:
    """What is documented has an address; what is assumed has a reason of some words."""
    for fact in numbers(scene):
        assert isinstance(fact.value, Decimal)
        assert fact.value >= 0
        if fact.basis in (Basis.DOCUMENTED, Basis.LISTED):
            assert "/" in fact.source, fact
        else:
            assert len(fact.source.split()) >= 3, fact


def numbers(scene: MakeScene) -> set[Fact[Decimal]]:
    return {
        fact
        for _, plan in plans(scene)
        for part in plan.parts
        for _, fact in part.behaviour.facts
        if fact.source != "a test's own value"
    }


def test_shares_are_of_one_and_most_deliveries_come_once(scene: MakeScene) -> None:
    for _, plan in plans(scene):
        for part in plan.parts:
            for name, fact in part.behaviour.facts:
                if name == "twice_share":
                    assert 0 < fact.value <= Decimal("0.01"), (part.id, name)


def test_every_worker_reaches_ledger_and_partner_through_parts_that_behave(
    scene: MakeScene,
) -> None:
    """No path is lost where a part that only passes traffic on (a proxy) is left out."""
    for candidate, plan in plans(scene):
        (store,) = plan.role(Role.STORE)
        (partner,) = plan.role(Role.PARTNER)
        assert plan.incoming(store.id, Verb.CONNECTS), candidate.id
        assert plan.incoming(partner.id, Verb.CALLS_OUT), candidate.id
        assert isinstance(plan.counterpart, Counterpart)


@pytest.mark.parametrize("id", FULL)
def test_price_and_watch_do_not_change_what_a_trial_notices(id: str, scene: MakeScene) -> None:
    """Candidates that differ in architecture, log retention and alarms alone are tried out once."""
    here = scene()
    found: dict[tuple[tuple[str, Scalar], ...], set[tuple[object, ...]]] = {}
    for settings in combinations(id, here):
        rest = tuple((name, value) for name, value in settings.items() if name not in UNNOTICED)
        for alarms in ("none", "all", settings["alarms"]):
            watched = {**settings, "alarms": alarms}
            plan = plan_of(pattern(id).candidate(here, watched), here)
            found.setdefault(rest, set()).add(plan.key)
    assert found
    assert all(len(keys) == 1 for keys in found.values())


def test_what_a_trial_can_notice_changes_the_key(scene: MakeScene) -> None:
    """Interval, calls abreast and memory (a cold start takes longer on less) are noticed."""
    here = scene()
    settings = next(combinations("function_through_backend", here))
    changes: tuple[dict[str, Scalar], ...] = (
        {},
        {"interval_minutes": 15},
        {"calls_abreast": 16},
        {"memory_mb": 512},
    )
    keys = {
        plan_of(pattern("function_through_backend").candidate(here, settings | change), here).key
        for change in changes
    }
    assert len(keys) == len(changes)


def test_settings_reach_the_behaviour_in_seconds(scene: MakeScene) -> None:
    """5 minutes are 300 s, and a queue hides a message for six of its function's time-outs."""
    here = scene()
    found = {
        type(part.behaviour): part.behaviour
        for candidate in candidates("queue", here)
        for part in plan_of(candidate, here).parts
        if part.role is not Role.DEAD_LETTER
    }
    schedule, queue = found[Schedule], found[Queue]
    assert isinstance(schedule, Schedule)
    assert schedule.every_seconds.value == 300
    assert isinstance(queue, Queue)
    assert queue.receives_most is not None
    assert queue.visibility_seconds.value % 6 in (0, 1)


def test_a_standby_has_a_failover_and_a_second_zone(scene: MakeScene) -> None:
    """RDS with a standby fails over within the longest time AWS names; one without restarts."""
    stack = scene("rds").stack
    assert stack.database is not None
    for standby, seconds, zones in ((True, 120, 2), (False, None, 1)):
        ledger = database(scene, stack, multi_az=stated(standby, "a standby was spoken of"))
        failover = ledger.failover_seconds
        assert (failover and failover.value) == seconds
        assert ledger.zones.value == zones
        assert not ledger.on_host


def test_a_database_on_the_box_is_lost_with_it_and_one_elsewhere_is_not(scene: MakeScene) -> None:
    for home, lost in ((DatabaseHome.ON_INSTANCE, True), (DatabaseHome.ELSEWHERE, False)):
        ledger = database(scene, scene("lightsail").stack, home=stated(home, "as it was said"))
        assert ledger.on_host is lost


def database(scene: MakeScene, stack: Stack, **changes: object) -> Database:
    """Return how the ledger's database behaves on a Stack whose database is changed."""
    assert stack.database is not None
    changed = msgspec.structs.replace(
        stack, database=msgspec.structs.replace(stack.database, **changes)
    )
    here = scene(of=changed)
    plan = plan_of(candidates("function_through_backend", here)[0], here)
    found = plan["ledger"].behaviour
    assert isinstance(found, Database)
    return found


def test_the_partner_behaves_as_the_brief_says(scene: MakeScene) -> None:
    """Its terms are handed on as they are, minutes as seconds, and webhooks only where somebody
    takes them."""
    here = scene("lightsail", "send", timing=stated(Timing.REAL_TIME, "at once"))
    assert here.brief.direction.value is Direction.SEND
    for id, webhooks in (("queue", False), ("webhook_receiver", True)):
        found = plan_of(candidates(id, here)[0], here).counterpart
        terms = here.brief.partner
        assert found.response_seconds_p99 == terms.response_seconds_p99
        assert found.resolution_seconds.value == terms.resolution_minutes.value * 60
        assert found.resolution_seconds.source == terms.resolution_minutes.source
        assert found.webhooks is webhooks
