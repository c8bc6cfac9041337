"""Every pattern file keeps the contract: what it builds holds together, is priced, and is one line.

A new file in ``src/frugal/patterns`` is tested the moment it exists, on stacks and requests of
different kinds. The usage formulas are run three ways: with numbers, with the volume left open, and
with the partner's latency left open; all three must agree exactly.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
import pytest

from frugal.model.curve import Curve, at
from frugal.model.graph import Candidate, Scalar
from frugal.model.load import TAIL_WEIGHT, load_of
from frugal.patterns import Pattern, Scene, pattern, pattern_ids
from frugal.price.engine import Pricer
from frugal.price.usage import baseline_of, parts_of, usage_of
from frugal.price_list.lookup import open_snapshot
from frugal.services import service, service_ids
from payouts.facts import stated

WHY = "a test's own value"
PER_DAY = Decimal(200)
#: Patterns that cannot be priced, and why; all others must have a price for every combination.
UNPRICED = {"durable_function": "no price is known for the data it writes"}


#: Kinds of stack and of request; ``conftest.py`` builds them.
STACKS = ("lightsail", "rds", "aurora", "lightsail-database")
BRIEFS = ("send", "receive", "batches")
Build: TypeAlias = Callable[..., Scene]
SCENES = [
    pytest.param(stack_name, brief_name, id=f"{stack_name}-{brief_name}")
    for stack_name in STACKS
    for brief_name in BRIEFS
]


def combinations(own: Pattern, where: Scene) -> Iterator[dict[str, Scalar]]:
    choices = own.choices(where)
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def candidates(where: Scene, pattern_id: str, *, every: int = 1) -> list[Candidate]:
    """Return every n-th candidate of a pattern, or none where it cannot be built."""
    own = pattern(pattern_id)
    if own.fits(where):
        return []
    return [own.candidate(where, one) for one in list(combinations(own, where))[::every]]


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_a_pattern_introduces_itself(pattern_id: str, scene: Build) -> None:
    """A pattern says what happens in one sentence, what is good about it, and what is not."""
    own = pattern(pattern_id)
    assert own.id == pattern_id
    assert own.summary.endswith(".")
    assert own.strengths
    assert own.weaknesses
    assert len((sys.modules[type(own).__module__].__doc__ or "").split()) > 30
    choices = own.choices(scene())
    assert all(len(set(values)) == len(values) > 0 for values in choices.values())


def test_the_first_request_is_weighed_among_many(scene: Build) -> None:
    """At least 200 combinations are weighed for the first request, few for each pattern."""
    counts = {id: len(candidates(scene(), id)) for id in pattern_ids()}
    assert 200 <= sum(counts.values()) <= 1000
    assert all(4 <= count <= 160 for count in counts.values()), counts


@pytest.mark.parametrize(("stack_name", "brief_name"), SCENES)
def test_graphs_hold_together(stack_name: str, brief_name: str, scene: Build) -> None:
    """Every link has both ends, every part a service, names are unique, and every part is used."""
    known = set(service_ids())
    where = scene(stack_name, brief_name)
    built = 0
    for pattern_id in pattern_ids():
        for candidate in candidates(where, pattern_id, every=7):
            built += 1
            names = [placement.id for placement in candidate.placements]
            assert len(set(names)) == len(names), candidate.id
            assert {placement.service for placement in candidate.placements} <= known
            for link in candidate.links:
                assert {link.source, link.target} <= set(names), (candidate.id, link)
                assert link.path in {"public", "private", "aws", "local", "internal"}
                assert link.purpose
    assert built > 20


@pytest.mark.parametrize(("stack_name", "brief_name"), SCENES)
def test_limits_are_numbers_with_sources(stack_name: str, brief_name: str, scene: Build) -> None:
    """Every limit compares two numbers, says what they are, and where the second one comes from."""
    where = scene(stack_name, brief_name)
    for pattern_id in pattern_ids():
        for candidate in candidates(where, pattern_id, every=5):
            for part in parts_of(candidate, where):
                for margin in service(part.placement.service).limits(part):
                    assert margin.source, margin
                    assert margin.what
                    assert margin.unit
                    assert margin.basis
                    assert margin.placement == part.id
                    assert isinstance(margin.used, Decimal)
                    assert isinstance(margin.limit, Decimal)


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_permissions_name_their_target(pattern_id: str, scene: Build) -> None:
    """A statement allows exactly named actions on exactly one target; a star has its reason."""
    where = scene()
    for candidate in candidates(where, pattern_id, every=3):
        for link in candidate.links:
            target = next(p for p in parts_of(candidate, where) if p.id == link.target)
            for statement in service(target.placement.service).statements(target, link):
                assert statement.actions
                assert not any("*" in action for action in statement.actions)
                assert statement.resource.startswith("arn:") or statement.why_star
                star = statement.resource.rstrip("*").rstrip(":/")
                assert "*" not in star or statement.why_star, statement


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_parts_can_be_written_down(pattern_id: str, scene: Build) -> None:
    """Every part has a specification, and says how it fails and what wakes somebody."""
    where = scene()
    for candidate in candidates(where, pattern_id, every=11):
        alarms = []
        for part in parts_of(candidate, where):
            own = service(part.placement.service)
            alarms += [alarm.id for alarm in own.alarms(part)]
            for row in own.specification(part):
                assert row.name
                assert row.value
                assert "None" not in row.value
            for failure in own.failures(part):
                assert failure.what
                assert failure.effect
                assert failure.mitigation
        assert len(alarms) == len(set(alarms)), f"two alarms of one name: {sorted(alarms)}"


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_everything_has_a_price(pattern_id: str, scene: Build) -> None:
    """Every combination for the first request is priced in full, or its pattern says it is not."""
    where = scene()
    pricer = Pricer(open_snapshot(), "us-east-1", baseline_of(where.stack))
    for candidate in candidates(where, pattern_id):
        added = pricer.added(usage_of(candidate, where))
        assert bool(added.unpriced) is (pattern_id in UNPRICED), added.unpriced
        if not added.unpriced:
            assert isinstance(added.list_monthly, Decimal)
            assert isinstance(added.effective_monthly, Decimal)
            assert added.list_monthly > 0
            assert added.effective_monthly <= added.list_monthly


def with_volume(where: Scene, per_day: Decimal | Curve) -> Scene:
    return msgspec.structs.replace(where, load=load_of(where.brief, per_day))


def with_latency(where: Scene, p50: Decimal | Curve) -> Scene:
    p99 = where.brief.partner.response_seconds_p99.value
    mean = (p99 - p50) * TAIL_WEIGHT + p50
    load = msgspec.structs.replace(where.load, partner_seconds_mean=mean)
    return msgspec.structs.replace(where, load=load)


def with_share(where: Scene, share: Decimal | Curve) -> Scene:
    load = msgspec.structs.replace(where.load, inconclusive_share=share)
    return msgspec.structs.replace(where, load=load)


def with_instance(where: Scene, field: str, percent: Decimal | Curve) -> Scene:
    assert where.stack.instance is not None
    changed: dict[str, Any] = {field: stated(percent, "opened")}
    box = msgspec.structs.replace(where.stack.instance, **changed)
    return msgspec.structs.replace(where, stack=msgspec.structs.replace(where.stack, instance=box))


def with_rate(where: Scene, rate: Decimal | Curve) -> Scene:
    changed: dict[str, Any] = {"requests_per_second": stated(rate, "opened")}
    terms = msgspec.structs.replace(where.brief.partner, **changed)
    return msgspec.structs.replace(where, brief=msgspec.structs.replace(where.brief, partner=terms))


#: Every input that may be left open, one at a time, and points to take the curves at.
OPENED: dict[str, tuple[Callable[[Scene, Any], Scene], tuple[Decimal, ...]]] = {
    "volume": (with_volume, (Decimal(1), Decimal(200), Decimal(30_000))),
    "latency": (with_latency, (Decimal("0.1"), Decimal(2), Decimal(20))),
    "share": (with_share, (Decimal(0), Decimal("0.02"), Decimal(1))),
    "cpu": (
        lambda where, x: with_instance(where, "cpu_used_percent", x),
        (Decimal(0), Decimal(19), Decimal(90)),
    ),
    "memory": (
        lambda where, x: with_instance(where, "memory_used_percent", x),
        (Decimal(0), Decimal(85), Decimal(100)),
    ),
    "rate": (with_rate, (Decimal(1), Decimal(50))),
}


def same(one: Decimal, other: Decimal) -> bool:
    """Equal but for the last of 28 digits, which the order of operations may round otherwise."""
    return abs(one - other) <= max(abs(one), abs(other), Decimal(1)) * Decimal("1e-22")


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("brief_name", BRIEFS)
@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_one_formula_gives_the_number_and_the_curve(
    pattern_id: str, brief_name: str, opened: str, scene: Build
) -> None:
    """Usage and limits with an input left open, taken at a point, are those of that number."""
    change, points = OPENED[opened]
    where = scene("lightsail", brief_name)
    own = pattern(pattern_id)
    if own.fits(where):
        return
    unknown = change(where, Curve.of_input())
    for settings in list(combinations(own, where))[::9]:
        graph = own.candidate(unknown, settings)
        curves = [row.usage for row in usage_of(graph, unknown)]
        full = [
            margin
            for part in parts_of(graph, unknown)
            for margin in service(part.placement.service).limits(part)
        ]
        for x in points:
            known = change(where, x)
            exact = own.candidate(known, settings)
            numbers = [row.usage for row in usage_of(exact, known)]
            assert [usage.meter for usage in numbers] == [usage.meter for usage in curves]
            for curve, usage in zip(curves, numbers, strict=True):
                assert isinstance(usage.quantity, Decimal)
                assert same(at(curve.quantity, x), usage.quantity), (graph.id, usage)
            margins = [
                margin
                for part in parts_of(exact, known)
                for margin in service(part.placement.service).limits(part)
            ]
            for open_margin, margin in zip(full, margins, strict=True):
                assert isinstance(margin.used, Decimal)
                assert same(at(open_margin.used, x), margin.used), (graph.id, margin)
                assert same(at(open_margin.limit, x), margin.limit), (graph.id, margin)


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_more_work_never_uses_less(pattern_id: str, scene: Build) -> None:
    """Twice the payouts use at least as much of every meter."""
    for candidate_of in ("send", "receive"):
        where = scene("lightsail", candidate_of)
        own = pattern(pattern_id)
        if own.fits(where):
            continue
        settings = next(combinations(own, where))
        less, more = (
            usage_of(own.candidate(at_volume, settings), at_volume)
            for at_volume in (with_volume(where, PER_DAY), with_volume(where, PER_DAY * 2))
        )
        for one, two in zip(less, more, strict=True):
            assert isinstance(one.usage.quantity, Decimal)
            assert isinstance(two.usage.quantity, Decimal)
            assert two.usage.quantity >= one.usage.quantity >= 0
