"""The calendar of a rehearsal: how much each day brings, and which fault begins when.

Days are drawn between the two ends of the Brief's volume; once a month comes the largest day that
was promised. A fault comes as often as it says of a year, spread over it: the k-th of n falls into
the k-th of n equal stretches. Faults keep off each other's days where there is room, with time to
come to rest between them and the history that they need before them; a fault that begins while
another still lasts would be told by what the other left.

Everything here is drawn before anything is run, from the seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from random import Random

from frugal.faults.fault import Fault
from frugal.simulate.plan import Plan
from frugal.simulate.reach import before_seconds, ended_seconds

DAY = 86_400.0
YEAR_DAYS = 365
MONTHS = 12
#: How late in a day's window a fault begins: while there is work, and more to come.
_BUSY = (0.2, 0.6)


@dataclass(frozen=True, slots=True)
class Struck:
    """One fault of the calendar. ``day`` is of its segment, ``share`` of that day's window."""

    fault: Fault
    day: int
    share: float


@dataclass(frozen=True, slots=True)
class Segment:
    """About a month that is lived through by itself."""

    number: int
    seed: int
    first_day: int  #: of the rehearsal
    payouts: tuple[int, ...]  #: asked for on each of its days
    faults: tuple[Struck, ...]

    @property
    def days(self) -> int:
        return len(self.payouts)


@dataclass(frozen=True, slots=True)
class Volumes:
    """What the days bring, in replayed payouts."""

    low: float
    high: float
    largest: float
    days_per_week: int


def calendar_of(
    plan: Plan, volumes: Volumes, faults: Sequence[Fault], days: int, seed: int, *, surely: bool
) -> tuple[Segment, ...]:
    """Return the segments of a rehearsal.

    Args:
        plan: what is rehearsed; how long a fault lasts is its parts' to say.
        volumes: payouts of a day, already scaled.
        faults: those that can be done to it.
        days: how many.
        seed: of all chance.
        surely: every fault comes at least once, however short the rehearsal.
    """
    count = max(1, round(days * MONTHS / YEAR_DAYS))
    bounds = [place * days // count for place in range(count + 1)]
    segments = list(pairwise(bounds))
    working = [_works(day, volumes.days_per_week) for day in range(days)]
    falls: list[list[tuple[int, Fault]]] = [[] for _ in segments]
    for fault in faults:
        for day in _days_of(fault, days, seed, surely):
            place = next(at for at, (_, end) in enumerate(segments) if day < end)
            falls[place].append((day, fault))
    return tuple(
        Segment(
            number=place,
            seed=seed * 100_000 + place,
            first_day=first,
            payouts=_payouts(volumes, working[first:end], Random(f"days {seed} {place}")),
            faults=_placed(
                [(day - first, fault) for day, fault in falls[place]],
                working[first:end],
                plan,
                Random(f"faults {seed} {place}"),
            ),
        )
        for place, (first, end) in enumerate(segments)
    )


def _works(day: int, days_per_week: int) -> bool:
    return day % 7 < days_per_week


def _payouts(volumes: Volumes, working: Sequence[bool], chance: Random) -> tuple[int, ...]:
    """Draw each day's payouts; one day of the month is the largest that was promised."""
    drawn = [
        int(chance.uniform(volumes.low, volumes.high) + chance.random()) if works else 0
        for works in working
    ]
    able = [place for place, works in enumerate(working) if works]
    if able and volumes.largest > volumes.high:
        drawn[chance.choice(able)] = round(volumes.largest)
    return tuple(drawn)


def _days_of(fault: Fault, days: int, seed: int, surely: bool) -> list[int]:
    """Return the days of the rehearsal on which a fault comes."""
    times = fault.times_a_year.value
    chance = Random(f"year {seed} {fault.id}")
    found: list[int] = []
    for year in range(ceil(days / YEAR_DAYS)):
        for place in range(times):
            at = year * YEAR_DAYS + (place + chance.random()) * YEAR_DAYS / times
            if at < days:
                found.append(int(at))
    if surely and not found:
        found.append(chance.randrange(days))
    return found


def _placed(
    falls: Sequence[tuple[int, Fault]], working: Sequence[bool], plan: Plan, chance: Random
) -> tuple[Struck, ...]:
    """Give each fault days of its own near the one it fell on; those that need most come first."""
    taken: set[int] = set()
    found: list[Struck] = []
    for day, fault in sorted(falls, key=lambda one: (-_span(one[1], plan), one[0], one[1].id)):
        share = chance.uniform(*_BUSY)
        before, after = _needs(fault, plan, share)
        able = [
            place
            for place, works in enumerate(working)
            if works and place >= before and place + after < len(working)
        ] or [place for place, works in enumerate(working) if works and place >= before]
        if not able:
            continue  # a rehearsal shorter than the history it needs
        free = [place for place in able if taken.isdisjoint(_days(place, fault, after, plan))]
        chosen = min(free or able, key=lambda place: (abs(place - day), place))
        taken.update(_days(chosen, fault, after, plan))
        found.append(Struck(fault, chosen, share))
    return tuple(sorted(found, key=lambda one: (one.day, one.share, one.fault.id)))


def _days(day: int, fault: Fault, after: int, plan: Plan) -> range:
    """Return the days that are a fault's own, with those it goes back to: a restore undoes them."""
    return range(day - ceil(before_seconds(fault, plan) / DAY), day + after + 1)


def _span(fault: Fault, plan: Plan) -> int:
    return sum(_needs(fault, plan, _BUSY[1]))


def _needs(fault: Fault, plan: Plan, share: float) -> tuple[int, int]:
    """Return the whole days a fault needs before its own, and after it until it is drained."""
    window = float(plan.arrivals.window_hours) * 3600.0
    begins = share * window
    drained = float(plan.promised.drained_within_seconds)
    before = ceil(max(0.0, before_seconds(fault, plan) - begins) / DAY)
    return before, int((begins + ended_seconds(fault, plan) + drained) // DAY)


__all__ = ["DAY", "Segment", "Struck", "Volumes", "calendar_of"]
