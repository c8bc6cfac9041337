"""The plan of a trial: everything of a candidate that a trial can notice, as one value.

Architecture, log retention and the number of alarms are not in it, so candidates that differ in
nothing else share a plan, and a trial's result is kept by the plan it was run for.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.behaviour import Behaviour, Counterpart
from frugal.model.brief import Timing, Value
from frugal.model.graph import Candidate, Role, Verb
from frugal.patterns import Scene
from frugal.price.usage import parts_of
from frugal.services import service
from frugal.simulate.metrics import Watched
from frugal.simulate.watching import alarms_offered

_HOUR = Decimal(3600)


class PlannedPart(Value, frozen=True, kw_only=True):
    """One placement as a trial sees it."""

    id: str
    role: Role
    behaviour: Behaviour


class PlannedLink(Value, frozen=True, kw_only=True):
    """One link as a trial sees it. ``place`` is its index in ``Candidate.links``."""

    place: int
    source: str
    target: str
    verb: Verb
    path: str


class Arrivals(Value, frozen=True, kw_only=True):
    """When payouts are asked for. ``window_start_hours`` is of the local day."""

    per_day: Decimal
    largest_day: Decimal
    window_hours: Decimal
    window_start_hours: Decimal
    runs_per_day: Decimal | None
    days_per_week: Decimal
    real_time: bool


class Promised(Value, frozen=True, kw_only=True):
    """What was promised, in seconds, each with who said so."""

    paid_within_seconds: Decimal
    drained_within_seconds: Decimal
    real_time_seconds: Decimal | None
    paid_within_source: str
    drained_within_source: str
    real_time_source: str = ""


class Plan(Value, frozen=True, kw_only=True):
    """One candidate, ready to be tried out."""

    pattern: str
    settings: str  #: the candidate's id, for words only: it is not compared (see ``key``)
    parts: tuple[PlannedPart, ...]
    links: tuple[PlannedLink, ...]
    partner: str  #: id of a file in ``payouts.partners``
    arrivals: Arrivals
    promised: Promised
    #: All that the parts offer, chosen or not; they change nothing, so they are not compared.
    alarms: tuple[Watched, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What a trial depends on: plans with equal keys have equal trials."""
        return self.pattern, self.parts, self.links, self.partner, self.arrivals, self.promised

    def __getitem__(self, part_id: str) -> PlannedPart:
        for part in self.parts:
            if part.id == part_id:
                return part
        raise KeyError(f"{self.pattern} has no part {part_id!r} that behaves")

    def role(self, role: Role) -> tuple[PlannedPart, ...]:
        return tuple(part for part in self.parts if part.role is role)

    def outgoing(self, part_id: str, *verbs: Verb) -> tuple[PlannedLink, ...]:
        return tuple(
            link
            for link in self.links
            if link.source == part_id and (not verbs or link.verb in verbs)
        )

    def incoming(self, part_id: str, *verbs: Verb) -> tuple[PlannedLink, ...]:
        return tuple(
            link
            for link in self.links
            if link.target == part_id and (not verbs or link.verb in verbs)
        )

    @property
    def counterpart(self) -> Counterpart:
        for part in self.parts:
            if isinstance(part.behaviour, Counterpart):
                return part.behaviour
        raise KeyError(f"{self.pattern} calls no partner")


def plan_of(candidate: Candidate, scene: Scene) -> Plan:
    """Return what a trial can notice of a candidate in a scene."""
    parts = []
    for part in parts_of(candidate, scene):
        behaviour = service(part.placement.service).behaviour(part)
        if behaviour is not None:
            parts.append(PlannedPart(id=part.id, role=part.placement.role, behaviour=behaviour))
    there = {part.id for part in parts}
    reached = {
        placement.id: _reached(candidate, placement.id, there) for placement in candidate.placements
    }
    links = tuple(
        PlannedLink(
            place=place,
            source=link.source,
            target=reached[link.target],
            verb=link.verb,
            path=link.path,
        )
        for place, link in enumerate(candidate.links)
        if link.source in there and reached[link.target] in there
    )
    return Plan(
        pattern=candidate.pattern,
        settings=candidate.id,
        parts=tuple(parts),
        links=links,
        partner=scene.brief.partner.id.value,
        arrivals=_arrivals(scene),
        promised=_promised(scene),
        alarms=alarms_offered(candidate, scene),
    )


def _reached(candidate: Candidate, part_id: str, there: set[str]) -> str:
    """Return the part that behaves behind one that only passes traffic on (a proxy)."""
    while part_id not in there:
        route = next(candidate.outgoing(part_id, Verb.ROUTES), None)
        if route is None:
            break
        part_id = route.target
    return part_id


def _arrivals(scene: Scene) -> Arrivals:
    volume, load = scene.brief.volume, scene.load
    per_day, stated = load.payouts_per_day, volume.payouts_per_day_high.value
    assert isinstance(per_day, Decimal), "a trial needs a volume, not an open input"
    largest = scene.brief.promises.largest_day_payouts.value
    start = Decimal(0)
    if volume.window_start is not None:
        hours, minutes = volume.window_start.value.split(":")
        start = Decimal(hours) + Decimal(minutes) / 60
    return Arrivals(
        per_day=per_day,
        largest_day=per_day * (largest / stated) if stated else per_day,
        window_hours=volume.window_hours.value,
        window_start_hours=start,
        runs_per_day=volume.runs_per_day.value if volume.runs_per_day else None,
        days_per_week=volume.days_per_week.value,
        real_time=scene.brief.timing.value is Timing.REAL_TIME,
    )


def _promised(scene: Scene) -> Promised:
    promises = scene.brief.promises
    real_time, within = promises.real_time_seconds, promises.paid_within_hours
    return Promised(
        paid_within_seconds=promises.paid_within_hours.value * _HOUR,
        drained_within_seconds=promises.drain_within_hours.value * _HOUR,
        real_time_seconds=real_time.value if real_time else None,
        paid_within_source=f"{within.source} ({within.basis})",
        drained_within_source=(
            f"{promises.drain_within_hours.source} ({promises.drain_within_hours.basis})"
        ),
        real_time_source=f"{real_time.source} ({real_time.basis})" if real_time else "",
    )
