"""Inputs that can be left open: what changes in a scene when one of its numbers is another.

The same function takes a number (the scene at ten times the volume) and the open input of a curve
(all volumes at once), so what is solved and what is weighed again cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from frugal.model.brief import Brief
from frugal.model.curve import ONE, Amount
from frugal.model.load import Load, load_of
from frugal.model.stack import Stack
from frugal.patterns import Scene
from payouts.facts import Fact, stated

_replace = msgspec.structs.replace


class Input(NamedTuple):
    """One number of a scene that may be another."""

    id: str
    unit: str
    #: The scene with another value; None where this scene has no such number.
    put: Callable[[Scene, Amount], Scene] | None
    #: What it is now; None: unknown, and judged as if nothing bound.
    now: Decimal | None
    #: Whether somebody gave it, or we assumed it.
    assumed: bool
    #: Unknown values are as harmless as this end of the scale: 0, or (None) beyond all bounds.
    harmless: Decimal | None = Decimal(0)
    #: The largest value that means anything; nothing is said of what lies beyond.
    most: Decimal = Decimal(10) ** 9
    #: The step in which anybody would give it; what changes and changes back within one is noise.
    grain: Decimal = Decimal(0)


def volume(scene: Scene) -> Input:
    fact = scene.brief.volume.payouts_per_day_high

    def put(given: Scene, amount: Amount) -> Scene:
        return _scene(given, load=load_of(given.brief, amount))

    return Input("payouts_per_day", "payouts a day", put, fact.value, fact.assumed)


def partner_seconds(scene: Scene) -> Input:
    """The mean response; p99 moves in proportion."""
    partner = scene.brief.partner
    mean, p99 = scene.load.partner_seconds_mean, scene.load.partner_seconds_p99
    assert isinstance(mean, Decimal)
    assert isinstance(p99, Decimal)
    stretch = p99 / mean if mean else Decimal(1)

    def put(given: Scene, amount: Amount) -> Scene:
        load = _replace(
            given.load, partner_seconds_mean=amount, partner_seconds_p99=amount * stretch
        )
        return _scene(given, load=load)

    is_assumed = partner.response_seconds_p50.assumed or partner.response_seconds_p99.assumed
    # No answer takes longer than the caller waits for it.
    most = scene.load.partner_timeout_seconds
    return Input("partner_seconds", "seconds, mean", put, mean, is_assumed, most=most)


def inconclusive_share(scene: Scene) -> Input:
    fact = scene.brief.partner.inconclusive_share

    def put(given: Scene, amount: Amount) -> Scene:
        return _scene(given, load=_replace(given.load, inconclusive_share=amount))

    return Input("inconclusive_share", "share of sends", put, fact.value, fact.assumed, most=ONE)


def partner_rate(scene: Scene) -> Input:
    def put(given: Scene, amount: Amount) -> Scene:
        partner = _replace(given.brief.partner, requests_per_second=_fact(amount))
        return _scene(given, brief=_replace(given.brief, partner=partner))

    fact = scene.brief.partner.requests_per_second
    return Input(
        "partner_requests_per_second",
        "requests a second",
        put,
        fact.value if fact else None,
        fact is None or fact.assumed,
        harmless=None,
    )


def _of_instance(id: str, unit: str, field: str) -> Callable[[Scene], Input]:
    def put(given: Scene, amount: Amount) -> Scene:
        assert given.stack.instance is not None
        changed: dict[str, Any] = {field: _fact(amount)}
        instance = _replace(given.stack.instance, **changed)
        return _scene(given, stack=_replace(given.stack, instance=instance))

    def read(scene: Scene) -> Input:
        instance = scene.stack.instance
        if instance is None:
            return Input(id, unit, None, None, False)
        fact: Fact[Decimal] | None = getattr(instance, field)
        now = fact.value if fact else None
        return Input(id, unit, put, now, fact is None or fact.assumed, most=Decimal(100), grain=ONE)

    return read


#: Inputs that move cost as well as limits: break-evens are solved in these.
PRICED: tuple[Callable[[Scene], Input], ...] = (volume, partner_seconds, inconclusive_share)
#: Inputs that only fill limits.
LIMITING: tuple[Callable[[Scene], Input], ...] = (
    partner_rate,
    _of_instance("cpu_used_percent", "percent", "cpu_used_percent"),
    _of_instance("memory_used_percent", "percent", "memory_used_percent"),
)


def _scene(
    given: Scene,
    *,
    brief: Brief | None = None,
    stack: Stack | None = None,
    load: Load | None = None,
) -> Scene:
    return Scene(brief=brief or given.brief, stack=stack or given.stack, load=load or given.load)


def _fact(amount: Amount) -> Fact[Any]:
    """Return the fact as if it had been stated. Its value may be a curve: limits do not mind."""
    return stated(amount, "what if")
