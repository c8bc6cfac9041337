"""Nothing keeps every promise: which number binds, and the nearest demand that would be possible.

What we assumed about a largest day or a backlog must not be what refuses a request, so the demand
is judged as it was stated first. Only if that is possible are our own assumptions named.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from frugal.choose.ground import Ground
from frugal.choose.inputs import volume
from frugal.choose.landscape import Landscape
from frugal.model.brief import Brief
from frugal.model.curve import settled
from frugal.model.errors import NothingFeasible
from frugal.model.load import load_of
from frugal.patterns import Scene
from frugal.services import Margin
from payouts.facts import assumed

_replace = msgspec.structs.replace
#: So long a time to drain a backlog that it vanishes in 28 digits.
_NEVER_DRAINED_HOURS = Decimal(10) ** 40


def nothing_feasible(ground: Ground) -> NothingFeasible:
    """Return the error that says what binds and what is the nearest feasible demand."""
    stated = _as_stated(ground.scene)
    if stated.load != ground.scene.load:
        if ground.choice_in(stated) is not None:
            return _assumption_binds(ground)
        ground = Ground(stated, ground.proposal, ground.prices)
    margin = _binding_now(ground)
    if margin is None:
        return NothingFeasible(
            "no design here can be priced or built", hint="Name a Region AWS lists prices for"
        )
    nearest = _nearest(ground)
    return NothingFeasible(
        f"no design keeps every promise: {_sentence(margin)}",
        where="request",
        hint=nearest or margin.remedy.capitalize() or "Relax what binds",
    )


def _as_stated(scene: Scene) -> Scene:
    """Return the scene without the promises that we added ourselves."""
    promises, high = scene.brief.promises, scene.brief.volume.payouts_per_day_high
    if promises.largest_day_payouts.assumed:
        promises = _replace(promises, largest_day_payouts=high)
    if promises.drain_within_hours.assumed:
        promises = _replace(
            promises, drain_within_hours=assumed(_NEVER_DRAINED_HOURS, "not judged")
        )
    brief: Brief = _replace(scene.brief, promises=promises)
    return Scene(brief=brief, stack=scene.stack, load=load_of(brief))


def _assumption_binds(ground: Ground) -> NothingFeasible:
    margin = _binding_now(ground)
    assert margin is not None, "the demand as stated is feasible, so a promise of ours binds"
    return NothingFeasible(
        "the demand is feasible, but not with what was assumed about its worst day: "
        + _sentence(margin),
        where="promises.largest_day_payouts, promises.drain_within_hours",
        hint="State the largest day, or how long a backlog may take, in the request or brief.yaml",
    )


def _binding_now(ground: Ground) -> Margin | None:
    """Return what the candidate that comes nearest breaks: the one with the fewest reasons."""
    rows = [one for one in ground.weighed if one.list_monthly is not None and one.broken_by]
    if not rows:
        return None
    nearest = min(rows, key=lambda one: (not one.full, len(one.broken_by), one.cost))
    return nearest.broken[0]


def _sentence(margin: Margin) -> str:
    assert isinstance(margin.used, Decimal)
    return f"{margin.what}: {_shown(margin.used)} of {_shown(margin.limit)} {margin.unit} allowed"


def _nearest(ground: Ground) -> str:
    """Return the largest volume some design takes, and the window the stated one would need."""
    given = volume(ground.scene)
    assert given.now is not None
    volumes = Landscape(ground, given)
    holding = volumes.patterns(full=True) or volumes.patterns(full=False)
    ends = [end for id in holding if (end := volumes.ceiling(id)[0])]
    if not ends:
        return ""
    most = max(ends)
    if most >= given.now or most < 1:
        return ""
    whole = settled(most).to_integral_value(rounding=ROUND_FLOOR)
    hours = ground.scene.brief.volume.window_hours.value
    minutes = settled(hours * 60 * given.now / most).to_integral_value(rounding=ROUND_CEILING)
    if hours >= 24 or not _feasible_within(ground, minutes / 60):
        return f"Nearest demand that is feasible: {whole:,} payouts a day"
    within = "hour" if hours == 1 else f"{_shown(hours)} hours"
    return f"Nearest that is feasible: {whole:,} payouts in the {within}, or {minutes} minutes"


def _feasible_within(ground: Ground, hours: Decimal) -> bool:
    """Return whether the stated volume would be feasible in a longer window."""
    brief = ground.scene.brief
    longer = _replace(brief.volume, window_hours=assumed(hours, "nearest feasible"))
    within = max(brief.promises.paid_within_hours.value, hours)
    promises = _replace(brief.promises, paid_within_hours=assumed(within, "nearest feasible"))
    brief = _replace(brief, volume=longer, promises=promises)
    scene = Scene(brief=brief, stack=ground.scene.stack, load=load_of(brief))
    return ground.choice_in(scene) is not None


def _shown(value: Decimal) -> str:
    if value != value.to_integral_value():
        value = round(value, max(0, 2 - value.adjusted()))
    return f"{value.normalize():f}"
