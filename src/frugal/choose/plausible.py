"""Plausible answers: what each open question may well be answered with, and what that would move.

A value at which the choice flips says that a question matters; not that its answer is likely to lie
there. So each unknown is given a low and a high answer (or its other way round, where it is no
number), the design is chosen again for it, and the middle of its months is set against the middle
of the months as they are assumed. Which values are plausible is assumed, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from frugal.choose.facts_changed import connections_in_use
from frugal.choose.flips import Turned
from frugal.choose.ground import Ground
from frugal.choose.inputs import Input
from frugal.choose.landscape import Landscape
from frugal.choose.questions import Unknown
from frugal.choose.risk import risks
from frugal.choose.trying import Trials
from frugal.choose.weighed_at import weighed_at
from frugal.choose.weighing import Weighed
from frugal.model.brief import Brief
from frugal.model.load import load_of
from frugal.model.ranges import CostRange, Plausible
from frugal.patterns import Scene
from frugal.simulate.months.cost_range import cost_range, middle_cost
from frugal.simulate.months.drawn import drawn_from
from payouts.facts import Fact, stated
from payouts.partners import GENERIC, facts_for, partner_ids

_replace = msgspec.structs.replace
_WHAT_IF = "what if"

#: Multiples of what is assumed.
_MULTIPLES = {
    "payouts_per_day": (Decimal("0.5"), Decimal(2), "half and double of what is assumed"),
    "partner_seconds": (Decimal("0.5"), Decimal(4), "twice as quick and four times as slow"),
    "inconclusive_share": (
        Decimal("0.2"),
        Decimal(5),
        "a fifth of it, and five times",
    ),
}
#: Values by themselves, in percent.
_VALUES = {
    "cpu_used_percent": (Decimal(5), Decimal(60), "a box that idles, and one that works"),
    "memory_used_percent": (Decimal(30), Decimal(85), "a box with room, and a full one"),
}
#: Which end of what a trial can notice may break a promise.
_HARMFUL: dict[str, Callable[[Iterable[Decimal]], Decimal]] = {
    "payouts_per_day": max,
    "partner_seconds": max,
    "inconclusive_share": max,
    "partner_requests_per_second": min,
}
#: A limit this many times above the busiest promised second is not tried out.
_RATE_MATTERS = 4
_RATE, _CONNECTIONS = "partner_requests_per_second", "connections_in_use"
#: Of the database's connections, where they are counted: a pool that is well used.
_CONNECTIONS_SHARE = Decimal("0.8")


class Supposed(NamedTuple):
    """An answer, the scene in which it is true, and what would be chosen there."""

    answer: str
    why: str
    scene: Scene
    there: Weighed | None


class Answers:
    """What answers would move, against the middle month of the design as it is."""

    def __init__(self, ground: Ground, chosen: Weighed) -> None:
        self._ground = ground
        self._chosen = chosen
        self._to_try: dict[tuple[str, str], Scene] = {}  #: by question and answer
        self._now = middle_cost(chosen.candidate, ground.scene, ground.pricer)

    @property
    def cost_range(self) -> CostRange:
        """Between which figures the months of the design cost."""
        return cost_range(self._chosen.candidate, self._ground.scene, self._ground.pricer)

    def numbers(self, landscape: Landscape) -> tuple[Plausible, ...]:
        """Return the low and the high answer to a question for a number."""
        given, ground = landscape.input, self._ground
        supposed = {
            value: Supposed(
                f"{value.normalize():,f} {given.unit}",
                why,
                answered(given, ground.scene, value),
                weighed_at(ground, landscape, value),
            )
            for value, why in _values(given)
        }
        if given.id in _HARMFUL and supposed:
            worst = _HARMFUL[given.id](supposed)
            if given.id != _RATE or worst < _RATE_MATTERS * _peak(ground.scene):
                one = supposed[worst]
                self._to_try[given.id, one.answer] = one.scene
        return tuple(self._moved(one) for one in supposed.values())

    def other(self, turned: Turned) -> tuple[Plausible, ...]:
        """Return the answer to a question that asks for one of a few things."""
        change = turned.change
        if change.id == _CONNECTIONS:
            return tuple(self._moved(one) for one in _many_connections(self._ground))
        supposed = Supposed(change.becomes, "the other answer", change.scene, turned.there)
        return (self._moved(supposed),)

    def with_risks(self, unknowns: Sequence[Unknown], trials: Trials) -> list[Unknown]:
        """Return the unknowns with what trials say of the worst answer to each."""
        told = risks(self._chosen, trials, list(self._to_try.values()))
        found = dict(zip(self._to_try, told, strict=True))
        return [
            one._replace(
                plausible=tuple(
                    _replace(answer, risk=found.get((one.id, answer.answer), ""))
                    for answer in one.plausible
                )
            )
            for one in unknowns
        ]

    def _moved(self, supposed: Supposed) -> Plausible:
        there = supposed.there
        cost = self._middle(supposed.scene, there) if there is not None else None
        return Plausible(
            answer=supposed.answer,
            why=supposed.why,
            pattern=there.candidate.pattern if there else "",
            list_monthly=cost,
            moves_monthly=None if cost is None else cost - self._now,
        )

    def _middle(self, scene: Scene, there: Weighed) -> Decimal:
        ground = self._ground
        pricer = ground.pricer_in(scene)
        same_months = drawn_from(scene.brief) == drawn_from(ground.scene.brief)
        same_design = there.candidate == self._chosen.candidate and pricer is ground.pricer
        return (
            self._now
            if same_months and same_design
            else middle_cost(there.candidate, scene, pricer)
        )


def _many_connections(ground: Ground) -> Iterator[Supposed]:
    """Yield the answer that a pool is well used, where connections are counted at all."""
    database = ground.scene.stack.database
    if database is None or database.max_connections is None:
        return
    in_use = int(database.max_connections.value * _CONNECTIONS_SHARE)
    scene = connections_in_use(ground.scene, in_use)
    why = f"{_CONNECTIONS_SHARE:.0%} of the connections the database allows"
    yield Supposed(str(in_use), why, scene, ground.choice_in(scene))


def answered(given: Input, scene: Scene, value: Decimal) -> Scene:
    """Return the scene in which somebody stated this value: no longer assumed, so less spread."""
    brief = _answered(given, scene.brief, value)
    if brief is None:
        assert given.put is not None
        return given.put(scene, value)
    return Scene(brief=brief, stack=scene.stack, load=load_of(brief))


def _answered(given: Input, brief: Brief, value: Decimal) -> Brief | None:
    """Return the Brief with an answer in it; None where the answer is not in the Brief's words."""
    partner, said = brief.partner, _stated
    if given.id == "inconclusive_share":
        return _replace(brief, partner=_replace(partner, inconclusive_share=said(value)))
    if given.id == "partner_seconds":
        assert given.now
        stretch = value / given.now
        p50 = said(partner.response_seconds_p50.value * stretch)
        p99 = said(partner.response_seconds_p99.value * stretch)
        slower = _replace(partner, response_seconds_p50=p50, response_seconds_p99=p99)
        return _replace(brief, partner=slower)
    if given.id == "payouts_per_day":
        assert given.now
        promises = brief.promises  # the largest day is a multiple of the volume
        largest = promises.largest_day_payouts.value * value / given.now
        return _replace(
            brief,
            volume=_replace(
                brief.volume, payouts_per_day_low=said(value), payouts_per_day_high=said(value)
            ),
            promises=_replace(promises, largest_day_payouts=said(largest)),
        )
    return None


def _peak(scene: Scene) -> Decimal:
    peak = scene.load.payouts_per_second_peak
    assert isinstance(peak, Decimal), "an answer is weighed with numbers"
    return peak


def _stated(value: Decimal) -> Fact[Decimal]:
    return stated(value, _WHAT_IF)


def _rates() -> list[Decimal]:
    """Return the lowest and the highest rate that any partner with a file states."""
    found = (facts_for(id).requests_per_second for id in partner_ids() if id != GENERIC)
    rates = [rate.value for rate in found if rate is not None]
    return [min(rates), max(rates)]


def _values(given: Input) -> Iterator[tuple[Decimal, str]]:
    if given.id in _MULTIPLES and given.now:
        low, high, why = _MULTIPLES[given.id]
        values = [given.now * low, given.now * high]
    elif given.id in _VALUES:
        *values, why = _VALUES[given.id]
    elif given.id == _RATE:
        values, why = _rates(), "the lowest and the highest rate among partners that state one"
    else:
        return
    for value in values:
        yield min(value, given.most), why
