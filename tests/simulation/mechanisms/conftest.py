"""A site of a few parts, without a ledger or a partner: one mechanism and what it has to do with.

A mechanism sees of a site only its loop, its plan, chance, and the parts it hands events to. So it
is tested with stand-ins at the other ends of its links, whose every answer the test decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from frugal.model.behaviour import Behaviour, Bus, Entrance, Number, Orchestrator, Queue
from frugal.model.graph import Role, Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.plan import Arrivals, Plan, PlannedLink, PlannedPart, Promised
from frugal.simulate.scale import Scale
from payouts.facts import assumed
from payouts.simulation.loop import Loop, Process

_WAITED_FOR = {Verb.INVOKES, Verb.POLLS, Verb.CALLS, Verb.NOTIFIES}


class Nothing(Behaviour, frozen=True, kw_only=True):
    """The behaviour of a stand-in."""


def number(value: float | int | str) -> Number:
    return assumed(Decimal(str(value)), "for this test")


def queue_behaviour(**said: Any) -> Queue:
    usual: dict[str, Any] = {
        "visibility_seconds": number(60),
        "receives_most": number(5),
        "retention_seconds": number(345_600),
        "batch": number(10),
        "window_seconds": number(0),
        "concurrency_most": number(2),
        "twice_share": number(0),
    }
    return Queue(**usual | {name: _fact(value) for name, value in said.items()})


def bus_behaviour(**said: Any) -> Bus:
    usual: dict[str, Any] = {
        "deliver_seconds": number("0.5"),
        "time_limit_seconds": number(5),
        "retry_seconds_most": number(86_400),
        "retries_most": number(185),
        "requests_per_second_most": number(300),
        "twice_share": number(0),
    }
    return Bus(**usual | {name: _fact(value) for name, value in said.items()})


def orchestrator_behaviour(**said: Any) -> Orchestrator:
    usual: dict[str, Any] = {
        "starts_per_second_most": number(300),
        "transition_seconds": number("0.05"),
        "retries_most": number(3),
        "retry_wait_seconds": number(2),
        "execution_seconds_most": number(31_536_000),
    }
    return Orchestrator(**usual | {name: _fact(value) for name, value in said.items()})


def entrance_behaviour(**said: Any) -> Entrance:
    usual: dict[str, Any] = {
        "answer_seconds": number("0.05"),
        "requests_per_second_most": number(1000),
        "time_limit_seconds": number(30),
    }
    return Entrance(**usual | {name: _fact(value) for name, value in said.items()})


def _fact(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else number(value)


class StandIn(Mechanism):
    """The other end of a link. ``does`` gets each event and may sleep, answer or raise."""

    def __init__(self, site: Any, part: PlannedPart) -> None:
        super().__init__(site, part)
        self.took: list[tuple[float, Event]] = []
        self.answered: list[tuple[float, Event]] = []
        self.does: Callable[[Event], Process] = _nothing

    def accept(self, event: Event) -> None:
        self.took.append((self.site.loop.now, event))

    def take(self, event: Event) -> Process:
        self.took.append((self.site.loop.now, event))
        answer = yield from self.does(event)
        self.answered.append((self.site.loop.now, event))
        return answer

    def references(self) -> list[tuple[str, ...]]:
        return [event.references for _, event in self.took]


def _nothing(event: Event) -> Process:
    yield 0.1


def fails(event: Event) -> Process:
    """Answer with an error after a tenth of a second."""
    yield 0.1
    raise Failed("an error")


@dataclass
class Bench:
    """As much of a site as one mechanism needs."""

    plan: Plan
    loop: Loop = field(default_factory=lambda: Loop(1_000_000.0))
    parts: dict[str, Any] = field(default_factory=dict)
    twice_share: float = 0.0
    gauges: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    @property
    def metrics(self) -> Bench:
        return self

    def gauge(self, part_id: str, name: str, value: float) -> None:
        self.gauges.setdefault((part_id, name), []).append(value)

    def count(self, part_id: str, name: str, value: float = 1.0) -> None:
        self.gauge(part_id, name, value)

    def chance_of(self, who: str) -> Random:
        return Random(f"{who} 1")

    ratio: float = 1.0

    def scale_of(self, part_id: str) -> Scale:
        says = self.plan[part_id].behaviour
        if not isinstance(says, Queue):
            return Scale()
        return Scale(items=int(says.batch.value), concurrency=int(says.concurrency_most.value))

    def hand_over(self, link: PlannedLink, event: Event) -> Process:
        target = self.parts[link.target]
        if link.verb in _WAITED_FOR:
            return (yield from target.take(event))
        target.accept(event)
        return None

    def after(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.loop.now + seconds
        self.loop.call(end, lambda _: None)
        self.loop.run(end)


def planned(behaviours: dict[str, Behaviour], links: tuple[tuple[str, Verb, str], ...]) -> Plan:
    return Plan(
        pattern="by_hand",
        settings="by_hand[]",
        parts=tuple(
            PlannedPart(id=id, role=Role.WORKER, behaviour=says) for id, says in behaviours.items()
        ),
        links=tuple(
            PlannedLink(place=place, source=source, target=target, verb=verb, path="aws")
            for place, (source, verb, target) in enumerate(links)
        ),
        partner="fiserv_ddp",
        arrivals=Arrivals(
            per_day=Decimal(150),
            largest_day=Decimal(400),
            window_hours=Decimal(24),
            window_start_hours=Decimal(0),
            runs_per_day=None,
            days_per_week=Decimal(7),
            real_time=False,
        ),
        promised=Promised(
            paid_within_seconds=Decimal(86_400),
            drained_within_seconds=Decimal(7200),
            real_time_seconds=None,
            paid_within_source="this test",
            drained_within_source="this test",
        ),
    )


class Making:
    """What a test makes its bench of."""

    queue = staticmethod(queue_behaviour)
    bus = staticmethod(bus_behaviour)
    orchestrator = staticmethod(orchestrator_behaviour)
    entrance = staticmethod(entrance_behaviour)
    fails = staticmethod(fails)

    def bench(
        self,
        behaviours: dict[str, Behaviour | None],
        links: tuple[tuple[str, Verb, str], ...],
        classes: dict[str, type[Mechanism]],
    ) -> Bench:
        """Build a bench; a part without a class is a stand-in."""
        plan = planned({id: says or Nothing() for id, says in behaviours.items()}, links)
        made = Bench(plan)
        for part in plan.parts:
            kind = classes.get(part.id, StandIn)
            made.parts[part.id] = kind(made, part)  # type: ignore[arg-type]
        return made


@pytest.fixture
def make() -> Making:
    return Making()
