"""One segment of a rehearsal: about a month, lived through by itself, and what is kept of it.

It begins with an empty ledger and ends when everything is at rest. What its days cost is counted
up to their end; what comes after is no part of them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from frugal.model.graph import Role
from frugal.model.rehearsal import Happened
from frugal.simulate.acts import ended_seconds, strike
from frugal.simulate.alarms import heights_of, rings
from frugal.simulate.ending import come_to_rest, peaks_of
from frugal.simulate.mechanisms.queue import Queue
from frugal.simulate.metrics import Watched
from frugal.simulate.outcomes import Outcome, outcomes, seconds, totals_of
from frugal.simulate.plan import Plan
from frugal.simulate.promises import backlog_over, case_of, drained_seconds, kept_by_rules
from frugal.simulate.reach import beyond_promise
from frugal.simulate.site import Site
from frugal.simulate.ways import count_up
from frugal.simulate.year.backlog import Backlog
from frugal.simulate.year.calendar import DAY, Segment, Struck
from frugal.simulate.year.lived import Lived, OverLink, Ran, Rang
from payouts.simulation.judge import judge
from payouts.simulation.loop import Process

_HOUR = 3600.0
#: An alarm that rings so long after a fault's end still rings for it.
_RINGS_AFTER = DAY
#: A person looks in as often as in a trial.
_ROUND_SECONDS = 6 * _HOUR


def live(
    plan: Plan,
    segment: Segment,
    *,
    ratio: Decimal,
    a_day: int,
    alarms: Sequence[Watched],
    shared: frozenset[tuple[str, str]],
) -> Lived:
    """Live through a segment.

    Args:
        plan: what is rehearsed.
        segment: what happens.
        ratio: real payouts that one replayed payout stands for.
        a_day: replayed payouts of an ordinary day.
        alarms: what is watched.
        shared: faults and promises that are not held against the design.
    """
    collecting = gc.isenabled()
    gc.disable()  # as in a trial
    try:
        life = _Life(plan, segment, ratio, a_day)
        life.run()
        lived = life.result(alarms, shared)
        life.site.loop.close()
        vars(life.site).clear()
        return lived
    finally:
        if collecting:
            gc.enable()


class _Life:
    """One segment, to be run once."""

    def __init__(self, plan: Plan, segment: Segment, ratio: Decimal, a_day: int) -> None:
        self.plan = plan
        self.segment = segment
        self.site = Site(plan, segment.seed, ratio=ratio, payouts=a_day, days=0)
        self.last = self.site.start + segment.days * DAY
        self.times = [self._times(one) for one in segment.faults]
        self.links: tuple[OverLink, ...] = ()
        self.parts: tuple[Ran, ...] = ()
        self.steps = 0

    def _times(self, one: Struck) -> tuple[float, float]:
        """Return when a fault begins and ends."""
        window = float(self.plan.arrivals.window_hours) * _HOUR
        began = self.site.start + one.day * DAY + one.share * window
        return began, began + ended_seconds(one.fault, self.plan)

    def run(self) -> None:
        site, segment = self.site, self.segment
        business = site.business
        window = business.hours * _HOUR
        for day, count in enumerate(segment.payouts):
            business.arrive(business.moments(count, site.start + day * DAY, window))
        for one, (began, _) in zip(segment.faults, self.times, strict=True):
            strike(site, one.fault, began)
        site.start_up()
        site.loop.start(_reads_dead_letters(site))
        site.loop.run(self.last)
        self._count()
        come_to_rest(site)
        site.end()

    def _count(self) -> None:
        """Keep what went over the links until now."""
        site = self.site
        for part in site.parts.values():
            part.settle()
        count_up(site)
        network = site.network
        self.steps = sum(map(len, network.sends.values())) + sum(map(len, network.lookups.values()))
        self.links = tuple(
            OverLink(place=place, times=passed.times, seconds=passed.seconds)
            for place, passed in sorted(site.traffic.links.items())
        )
        self.parts = tuple(
            Ran(part=part, runs=worked.runs, cold=worked.cold, seconds=worked.seconds)
            for part, worked in sorted(site.traffic.parts.items())
        )

    # What is kept ------------------------------------------------------------------------------

    def result(self, alarms: Sequence[Watched], shared: frozenset[tuple[str, str]]) -> Lived:
        site, segment = self.site, self.segment
        violations = judge(case_of(site, restored_unseen=False))
        found = outcomes(site, violations)
        backlog = Backlog(found)
        end = site.loop.now
        drained = [drained_seconds(found, ended, end) for _, ended in self.times]
        until = [
            end if gone is None else ended + float(gone)
            for gone, (_, ended) in zip(drained, self.times, strict=True)
        ]
        late = self._late(found, end)
        heard = self._rings(alarms, until)
        doubled = len({one.payout for one in violations if one.rule == "paid-twice"})
        return Lived(
            number=segment.number,
            days=segment.days,
            working_days=sum(count > 0 for count in segment.payouts),
            asked_in_days=sum(one.asked_at < self.last for one in found),
            steps_in_days=self.steps,
            totals=totals_of(found, doubled, len(late)),
            took_ms=_milliseconds(found),
            real_time_ms=_milliseconds(self._undisturbed(found, until)),
            longest_seconds=seconds(self._longest(found, end, until, shared)),
            peaks=peaks_of(site, found),
            happened=tuple(
                self._happened(place, until[place], drained[place], backlog, late, heard)
                for place in range(len(self.times))
            ),
            drained=tuple(self._drained(drained, end)),
            rules=kept_by_rules(violations),
            violations=tuple(str(one) for one in violations),
            alarms=tuple(self._rang(one) for one in heard),
            backlog_by_day=tuple(
                backlog.most(site.start + day * DAY, site.start + (day + 1) * DAY)
                for day in range(segment.days)
            ),
            links=self.links,
            parts=self.parts,
            events=site.loop.events,
        )

    def _happened(
        self,
        place: int,
        until: float,
        drained: Decimal | None,
        backlog: Backlog,
        late: Sequence[Outcome],
        heard: Sequence[_Heard],
    ) -> Happened:
        struck, (began, ended) = self.segment.faults[place], self.times[place]
        first = min(
            (
                (ring - began, one.alarm)
                for one in heard
                for ring, owner in one.rings
                if owner == place
            ),
            default=None,
        )
        return Happened(
            fault=struck.fault.id,
            name=struck.fault.name,
            began_day=_days(self.segment.first_day + (began - self.site.start) / DAY),
            lasted_hours=seconds((ended - began) / _HOUR),
            backlog_payouts=backlog.most(began, until),
            backlog_seconds=seconds(backlog.oldest(began, until)),
            drained_seconds=drained,
            late=sum(_overlaps(one, began, until, self.site.loop.now) for one in late),
            alarm="" if first is None else first[1],
            heard_seconds=None if first is None else seconds(first[0]),
        )

    def _drained(
        self, drained: Sequence[Decimal | None], end: float
    ) -> Iterator[tuple[str, Decimal]]:
        """Yield what the promise counts: not what a calm day would have had to send anyway."""
        promised = self.plan.promised.drained_within_seconds
        for one, (_, ended), gone in zip(self.segment.faults, self.times, drained, strict=True):
            if beyond_promise(one.fault, self.plan):
                continue
            used = seconds(end - ended) if gone is None else gone
            if used > promised:
                used = max(Decimal(0), used - seconds(self._anyway(ended)))
            yield one.fault.id, used

    def _anyway(self, at: float) -> float:
        """Return how long after a moment what is due then would be there, had nothing happened."""
        day = int((at - self.site.start) // DAY)
        count = self.segment.payouts[day] if day < self.segment.days else 0
        if not count:
            return 0.0
        ratio = Decimal(repr(self.site.ratio))
        calm = Site(self.plan, self.segment.seed, ratio=ratio, payouts=count)
        calm.start_up()
        calm.loop.run(calm.start + calm.business.hours * _HOUR + 1.0)
        come_to_rest(calm)
        calm.end()
        moment = calm.start + (at - self.site.start) % DAY
        left = backlog_over(outcomes(calm, ()), moment) - moment
        calm.loop.close()
        return left

    # Times -------------------------------------------------------------------------------------

    def _excused(self) -> list[tuple[float, float]]:
        """Return when nobody could pay, in order."""
        return sorted(
            times
            for one, times in zip(self.segment.faults, self.times, strict=True)
            if one.fault.stops_everyone
        )

    def _took(self, one: Outcome, excused: Sequence[tuple[float, float]], end: float) -> float:
        """Return how long a payout took, without the time in which nobody could pay."""
        if one.ended in {"declined", "returned", "held"}:
            return 0.0
        done = end if one.paid_at is None else one.paid_at
        since = one.asked_at
        for began, ended in excused:
            if done > began and since < ended:
                since = max(since, ended)
        return max(0.0, done - since)

    def _late(self, found: Sequence[Outcome], end: float) -> list[Outcome]:
        excused, promised = self._excused(), float(self.plan.promised.paid_within_seconds)
        return [one for one in found if self._took(one, excused, end) > promised]

    def _longest(
        self,
        found: Sequence[Outcome],
        end: float,
        until: Sequence[float],
        shared: frozenset[tuple[str, str]],
    ) -> float:
        """Return the longest that any payout took which the promise counts."""
        excused = self._excused()
        spared = [
            (began, drained)
            for one, (began, _), drained in zip(self.segment.faults, self.times, until, strict=True)
            if (one.fault.id, "paid-within") in shared or beyond_promise(one.fault, self.plan)
        ]
        return max(
            (
                self._took(one, excused, end)
                for one in found
                if not any(_overlaps(one, began, drained, end) for began, drained in spared)
            ),
            default=0.0,
        )

    def _undisturbed(self, found: Sequence[Outcome], until: Sequence[float]) -> list[Outcome]:
        """Return those that the partner settled at once, while nothing was wrong."""
        wrong = [(began, drained) for (began, _), drained in zip(self.times, until, strict=True)]
        return [
            one
            for one in found
            if one.at_once
            and not any(_overlaps(one, began, drained, began) for began, drained in wrong)
        ]

    # Alarms ------------------------------------------------------------------------------------

    def _rings(self, alarms: Sequence[Watched], until: Sequence[float]) -> list[_Heard]:
        """Return when each alarm began to ring, and for which fault."""
        metrics, start = self.site.metrics, self.site.start
        found = []
        for watched in alarms:
            heights = heights_of(metrics, watched, first=start, last=self.last)
            begun = (start + at for at in rings(heights, watched.rule))
            owned = tuple((ring, self._rings_for(ring, until)) for ring in begun)
            found.append(_Heard(watched.id, owned))
        return found

    def _rings_for(self, ring: float, until: Sequence[float]) -> int | None:
        """Return the last fault that an alarm can have rung for."""
        able = [
            (began, place)
            for place, (began, _) in enumerate(self.times)
            if began < ring <= until[place] + _RINGS_AFTER
        ]
        return max(able)[1] if able else None

    def _rang(self, heard: _Heard) -> Rang:
        first: dict[int, float] = {}
        for ring, owner in heard.rings:
            if owner is not None:
                first.setdefault(owner, ring - self.times[owner][0])
        return Rang(
            alarm=heard.alarm,
            times=len(heard.rings),
            under_none=sum(owner is None for _, owner in heard.rings),
            after=tuple(seconds(delay) for delay in first.values()),
        )


class _Heard(NamedTuple):
    """When an alarm began to ring, each time with the place of the fault that it rang for."""

    alarm: str
    rings: tuple[tuple[float, int | None], ...]


def _reads_dead_letters(site: Site) -> Process:
    """Be who reads what could not be done: sends it back, or deletes it where that is no use.

    A trial ends with its fault; in a year, letters that nobody reads would keep an alarm ringing.
    """
    chance = site.chance_of("reader of dead letters")
    queues = [
        part
        for part in site.parts.values()
        if isinstance(part, Queue) and part.part.role is Role.DEAD_LETTER
    ]
    yield chance.uniform(0.0, _ROUND_SECONDS)
    while queues and not site.over:
        for queue in queues:
            if any(event.kind == "poison" for event in queue.events()) or not queue.redrive():
                queue.purge()
        yield _ROUND_SECONDS


def _overlaps(one: Outcome, began: float, ended: float, end: float) -> bool:
    done = end if one.paid_at is None else one.paid_at
    return one.asked_at < ended and done > began


def _milliseconds(found: Sequence[Outcome]) -> tuple[int, ...]:
    return tuple(
        sorted(
            round((one.paid_at - one.asked_at) * 1000) for one in found if one.paid_at is not None
        )
    )


def _days(value: float) -> Decimal:
    return Decimal(repr(round(value, 3)))
