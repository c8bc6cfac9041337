"""Flips: the smallest change of each fact that changes the recommended pattern."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

from frugal.choose.facts_changed import Change, changes, connections_in_use
from frugal.choose.ground import Ground
from frugal.choose.landscape import Landscape, Segment, binding
from frugal.choose.weighing import Weighed, weigh
from frugal.model.curve import settled
from frugal.model.decision import Flip
from frugal.patterns import Scene, pattern


def numeric_flips(landscape: Landscape, chosen: Weighed) -> Iterator[Flip]:
    """Yield the nearest place on either side at which another pattern is the choice."""
    given, own = landscape.input, chosen.candidate.pattern
    segments = landscape.segments()
    here = _segment_of_now(segments, given.now if given.now is not None else given.harmless)
    if here is None:
        return
    now = f"{given.now.normalize():f} {given.unit}" if given.now is not None else "unknown"
    before = segments[here - 1] if here else None
    after = segments[here + 1] if here + 1 < len(segments) else None
    for place, there in ((segments[here].start, before), (segments[here].end, after)):
        if there is None or place is None or place > given.most:
            continue
        yield Flip(
            input=given.id,
            now=now,
            becomes=f"{_beyond(place, above=there is after)} {given.unit}",
            pattern=there.pattern or "",
            list_monthly=_cost_beside(landscape, there.pattern, place, above=there is after),
            because=_because(landscape, own, there.pattern, place, above=there is after),
            at=settled(place),
        )


def _segment_of_now(segments: tuple[Segment, ...], now: Decimal | None) -> int | None:
    if now is None:
        return len(segments) - 1
    for index, one in enumerate(segments):
        if one.start <= now and (one.end is None or now <= one.end):
            return index
    return None


def _cost_beside(
    landscape: Landscape, pattern_id: str | None, place: Decimal, *, above: bool
) -> Decimal | None:
    if pattern_id is None:
        return None
    curve = landscape.edge(pattern_id)
    return curve(place) if above else curve.before(place)


def _because(
    landscape: Landscape, own: str, other: str | None, place: Decimal, *, above: bool
) -> str:
    """Return what happens at the place: a limit of either begins or ceases to bind, or the cost."""
    for pattern_id in (own, other):
        for one in landscape.opened(pattern_id) if pattern_id else ():
            ends = {end for stretch in one.holds for end in stretch}
            if place in ends and (margin := binding(one, place)) is not None:
                name = one.weighed.pattern.name
                return f"{name}: {margin.check}: {margin.what}"
    cheaper = "costs a dollar more than" if other else "is forbidden beside"
    return f"{pattern(own).name} {cheaper} {pattern(other).name if other else 'nothing'}"


class Turned(NamedTuple):
    """One fact otherwise, what that flips, and what would be chosen then."""

    change: Change
    flip: Flip
    there: Weighed | None


def discrete_flips(ground: Ground, chosen: Weighed) -> Iterator[Turned]:
    """Yield what would be chosen if one fact that is not a number were another."""
    for change in changes(ground.scene, chosen.candidate):
        there = ground.choice_in(change.scene)
        same = there is not None and there.candidate.pattern == chosen.candidate.pattern
        if same and not change.always:
            continue
        yield Turned(
            change,
            Flip(
                input=change.id,
                now=change.now,
                becomes=change.becomes,
                pattern=there.candidate.pattern if there else "",
                list_monthly=there.cost if there else None,
                because=_reason(ground, change.scene, chosen, there),
            ),
            there,
        )


def connection_flips(ground: Ground, chosen: Weighed) -> Iterator[Turned]:
    """Yield the number of connections in use from which another pattern is the choice.

    Connections are whole, and more of them in use never helps: the place is found by halving.
    """
    database = ground.scene.stack.database
    if database is None or database.max_connections is None:
        return
    now = database.connections_in_use
    low, high = (now.value if now else 0), database.max_connections.value + 1

    def there(in_use: int) -> Weighed | None:
        return ground.choice_in(connections_in_use(ground.scene, in_use))

    def another(in_use: int) -> bool:
        found = there(in_use)
        return found is None or found.candidate.pattern != chosen.candidate.pattern

    if another(low) or not another(high):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if another(middle) else (middle, high)
    scene, found = connections_in_use(ground.scene, high), there(high)
    change = Change(
        "connections_in_use", str(now.value) if now else "unknown", f"{high} or more", scene,
        now is None or now.assumed,
    )  # fmt: skip
    yield Turned(
        change,
        Flip(
            input=change.id,
            now=change.now,
            becomes=change.becomes,
            pattern=found.candidate.pattern if found else "",
            list_monthly=found.cost if found else None,
            because=_reason(ground, scene, chosen, found),
            at=Decimal(high),
        ),
        found,
    )


def _reason(ground: Ground, scene: Scene, chosen: Weighed, there: Weighed | None) -> str:
    own = chosen.pattern
    why = own.fits(scene)
    if why:
        return f"{own.name}: {why}"
    again = weigh(
        own.candidate(scene, dict(chosen.candidate.settings)),
        scene,
        ground.pricer_in(scene),
        ground.own_faults_in(scene),
    )
    if again.broken:
        worst = again.broken[0]
        return f"{own.name}: {worst.check}: {worst.what}"
    if there is None or there.candidate.pattern == own.id:
        return "the price alone"
    return f"{there.pattern.name} is possible or cheaper then"


def _beyond(place: Decimal, *, above: bool) -> str:
    """Return where an answer changes in three digits, rounded so that it has changed by then.

    >>> _beyond(Decimal("25724.41"), above=True), _beyond(Decimal("0.0069444"), above=False)
    ('above 25,800', 'below 0.00694')
    """
    rounding = ROUND_CEILING if above else ROUND_FLOOR
    short = Context(prec=3, rounding=rounding).create_decimal(settled(place))
    return f"{'above' if above else 'below'} {short.normalize():,f}"
