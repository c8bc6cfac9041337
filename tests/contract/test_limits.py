"""What the limits of the catalogs say: which designs fall, by which number, and which stand.

The rules of the whole are here: the central trap, real time, ceilings, allowances, and services
that stand alone. What every single file keeps is in the other contract tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import msgspec
import pytest

from frugal.model.brief import Timing
from frugal.model.curve import at
from frugal.model.graph import Candidate, Placement, Role, Scalar, Verb
from frugal.model.load import KIB_PER_GIB, load_of
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.price.engine import Pricer
from frugal.price.usage import baseline_of, parts_of, usage_of
from frugal.price_list.lookup import open_snapshot
from frugal.services import Service, service, service_ids
from frugal.survey import assume
from payouts.facts import stated

WHY = "a test's own value"
PER_DAY = Decimal(200)
STACKS = ("lightsail", "rds", "aurora", "lightsail-database")
Build: TypeAlias = Callable[..., Scene]


def candidates(where: Scene, pattern_id: str) -> list[Candidate]:
    """Return every candidate of a pattern, or none where it cannot be built."""
    own = pattern(pattern_id)
    if own.fits(where):
        return []
    choices = own.choices(where)
    return [
        own.candidate(where, dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]


def broken(where: Scene, pattern_id: str) -> dict[str, set[str]]:
    """Return the ids of the checks each candidate of a pattern fails."""
    return {
        candidate.id: {
            margin.check
            for part in parts_of(candidate, where)
            for margin in service(part.placement.service).limits(part)
            if at(margin.used, PER_DAY) > margin.limit
        }
        for candidate in candidates(where, pattern_id)
    }


def test_the_central_trap_shows_its_numbers(scene: Build) -> None:
    """A function that talks to Postgres on the box fails on the door, the way out, or the proxy."""
    found = broken(scene(), "direct_function")
    assert all("open-database" in checks for id, checks in found.items() if "path=public" in id)
    assert all("proxy-serves" in checks for id, checks in found.items() if "path=proxy" in id)
    private = {id: c for id, c in found.items() if "path=private" in id and "egress=none" in id}
    assert private
    assert all("way-out" in checks for checks in private.values())


def test_a_queue_that_is_followed_at_once_is_quick_enough(scene: Build) -> None:
    """Where payouts must go out within seconds, a schedule fails and an event does not."""
    promises = msgspec.structs.replace(
        scene().brief.promises, real_time_seconds=stated(Decimal(30), WHY)
    )
    where = scene(timing=stated(Timing.REAL_TIME, WHY), promises=promises)
    assert all("real-time" in c for c in broken(where, "function_through_backend").values())
    assert any(not checks for checks in broken(where, "queue").values())
    relay = broken(where, "outbox_relay")
    assert all(("real-time" in c) is ("relay=function" in id) for id, c in relay.items())


def test_a_default_does_not_fill_a_small_plan(scene: Build) -> None:
    """CPU use that nobody stated never rejects a plan by itself; CPU use that is stated does."""
    own = scene().stack
    assert own.instance is not None
    for fact, holds in ((None, True), (stated(Decimal(10), WHY), False)):
        box = msgspec.structs.replace(
            own.instance, plan_monthly_usd=stated(Decimal(7), WHY), cpu_used_percent=fact
        )
        where = scene(of=assume(msgspec.structs.replace(own, instance=box)))
        checks = broken(where, "function_through_backend").values()
        assert all(("cpu-baseline" not in found) is holds for found in checks)


def test_no_pattern_that_is_handed_over_keeps_up_with_everything(scene: Build) -> None:
    """At 250 million a day a number stops every full pattern, and not those that scale."""
    many = Decimal(250_000_000)
    start = scene()
    where = msgspec.structs.replace(start, load=load_of(start.brief, many))
    for pattern_id in pattern_ids():
        checks = broken(where, pattern_id)
        if pattern(pattern_id).full:
            assert all(checks.values()), f"{pattern_id} has no ceiling"
    scaled = ("dsql_ledger", "ecs_service")
    assert any(not c for id in scaled for c in broken(where, id).values())


def test_transfer_is_free_until_the_plan_is_used_up(scene: Build) -> None:
    """On Lightsail, what is sent costs nothing inside the plan's allowance and all of it beyond."""
    for sent, billed in ((Decimal(100), False), (Decimal(4000), True)):
        own = scene().stack
        assert own.instance is not None
        box = msgspec.structs.replace(own.instance, transfer_out_gib=stated(sent, WHY))
        where = scene(of=msgspec.structs.replace(own, instance=box))
        candidate = candidates(where, "container_task")[0]
        over = [
            row.usage.quantity
            for row in usage_of(candidate, where)
            if "transfer allowance" in row.usage.why
        ]
        calls = candidate.outgoing("payout-worker", Verb.CALLS_OUT)
        out = sum((link.per_month * link.request_kib for link in calls), Decimal(0)) / KIB_PER_GIB
        assert isinstance(out, Decimal)
        assert len(over) == 1
        assert over[0] == (out if billed else 0)
        today = [row for row in baseline_of(where.stack) if "allowance" in row.usage.why]
        assert bool(today) is billed


@pytest.mark.parametrize("stack_name", STACKS)
def test_what_is_there_has_a_baseline(stack_name: str, scene: Build) -> None:
    """Each kind of stack costs something today, and an existing part is not billed again."""
    where = scene(stack_name)
    today = baseline_of(where.stack)
    assert today
    pricer = Pricer(open_snapshot(), "us-east-1")
    hourly = {row.usage.meter for row in today if row.usage.meter.unit == "hour"}
    assert all(not isinstance(pricer.price(meter), str) for meter in hourly)
    for candidate in candidates(where, "function_through_backend")[::50]:
        existing = [row for row in usage_of(candidate, where) if row.existing]
        assert not [row for row in existing if row.usage.meter.unit == "hour"]


#: Services no pattern places of its own: parts of a stack, of an audit, or of what is *not* chosen.
ALONE: dict[str, dict[str, Scalar]] = {
    "data_transfer": {"gib_between_zones": 10},
    "kms": {"keys": 1},
    "load_balancer": {"zones": 2, "lcus": 1},
    "public_ipv4": {"count": 1},
    "vpc_endpoint": {"zones": 2, "endpoints": 1},
}


def test_every_service_is_placed_somewhere(scene: Build) -> None:
    """A service file no pattern uses is known to be one, and answers when it stands alone.

    One that says nothing of a design is priced from a usage file or a template alone.
    """
    placed_by_patterns = {
        placement.service
        for stack_name in STACKS
        for pattern_id in pattern_ids()
        for candidate in candidates(scene(stack_name), pattern_id)
        for placement in candidate.placements
    }
    priced_apart = {
        id
        for id in service_ids()
        if service(id).inputs is not None and type(service(id)).usage is Service.usage
    }
    assert placed_by_patterns | set(ALONE) | priced_apart == set(service_ids())
    assert not placed_by_patterns & set(ALONE)


@pytest.mark.parametrize("service_id", ALONE)
def test_a_service_alone_is_priced(service_id: str, scene: Build) -> None:
    """A part without links still costs what it costs for being there."""
    where = scene()
    settings = tuple(sorted(ALONE[service_id].items()))
    part = Placement(id="alone", role=Role.NETWORK, service=service_id, settings=settings)
    candidate = Candidate(pattern="alone", settings=(), placements=(part,), links=())
    added = Pricer(open_snapshot(), "us-east-1").added(usage_of(candidate, where))
    assert not added.unpriced
    assert isinstance(added.list_monthly, Decimal)
    assert added.list_monthly > 0
    for one in parts_of(candidate, where):
        assert list(service(service_id).specification(one))
        assert all(at(m.used, PER_DAY) <= m.limit for m in service(service_id).limits(one))
