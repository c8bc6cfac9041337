"""A rehearsal: the user's own payouts for a year, under all the faults that a year brings.

Months are lived through each by itself, abreast, with a seed of its own; what became of them is put
together here. A total is a sum, a peak the largest, and a latency exact: every payout's is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from frugal.faults.fault import Fault
from frugal.model.graph import Candidate
from frugal.model.load import DAYS_PER_MONTH
from frugal.model.rehearsal import Rehearsal
from frugal.model.trial import Kept, Peaks, Rung, Spread, Totals
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.simulate.abreast import abreast
from frugal.simulate.metrics import Watched
from frugal.simulate.outcomes import share_of
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.promises import adds_up
from frugal.simulate.reach import applies
from frugal.simulate.year.calendar import Segment, Volumes, calendar_of
from frugal.simulate.year.lived import Lived
from frugal.simulate.year.segment import live
from frugal.simulate.year.year_cost import YearCost

SCHEMA = 1
#: Payouts that one rehearsal replays at most; beyond that each stands for more than one.
REPLAYED_MOST = 75_000
_SHOWN_VIOLATIONS = 50

Progress = Callable[[int, int], None]  #: days rehearsed, of how many


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is to be rehearsed."""

    scene: Scene
    candidate: Candidate
    faults: Sequence[Fault]
    days: int = 365
    seed: int = 1
    surely: bool = False  #: every fault comes at least once
    shared: frozenset[tuple[str, str]] = frozenset()  #: see ``Rehearsal.shared``
    replayed_most: int = REPLAYED_MOST
    alarms: tuple[Watched, ...] = ()  #: what is watched
    replay: str = ""


def rehearse(
    asked: Asked,
    pricer: Pricer,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Rehearsal:
    """Return what a rehearsal comes to.

    Args:
        asked: what is rehearsed.
        pricer: of the scene's Region, on top of what the Stack uses.
        processes: how many at once; None: one a core. It changes nothing but the time.
        progress: told after every segment.
    """
    scene, plan = asked.scene, plan_of(asked.candidate, asked.scene)
    able = [one for one in asked.faults if not applies(one, plan)]
    volumes, ratio = _volumes(scene, plan, asked)
    segments = calendar_of(plan, volumes, able, asked.days, asked.seed, surely=asked.surely)
    a_day = max(1, round((volumes.low + volumes.high) / 2))

    def one(segment: Segment) -> Lived:
        return live(
            plan, segment, ratio=ratio, a_day=a_day, alarms=asked.alarms, shared=asked.shared
        )

    lived: list[Lived] = []
    days = 0
    with closing(abreast(one, segments, Lived, processes=processes)) as living:
        for done in living:
            lived.append(done)
            days += done.days
            if progress is not None:
                progress(days, asked.days)
    left_out = tuple((fault.id, why) for fault in asked.faults if (why := applies(fault, plan)))
    return _priced(_merged(asked, plan, lived, ratio, left_out), asked, plan, pricer, lived)


def _volumes(scene: Scene, plan: Plan, asked: Asked) -> tuple[Volumes, Decimal]:
    """Return what days bring, scaled, and the ratio."""
    volume, arrivals = scene.brief.volume, plan.arrivals
    high = float(arrivals.per_day)
    low = high * float(volume.payouts_per_day_low.value / volume.payouts_per_day_high.value)
    days_per_week = max(1, min(7, round(arrivals.days_per_week)))
    whole = arrivals.per_day * asked.days * days_per_week / 7
    ratio = max(Decimal(1), round(whole / asked.replayed_most, 6))
    by = float(ratio)
    return (
        Volumes(low / by, high / by, float(arrivals.largest_day) / by, days_per_week),
        ratio,
    )


# -- putting together ----------------------------------------------------------------------------


def _merged(
    asked: Asked,
    plan: Plan,
    lived: Sequence[Lived],
    ratio: Decimal,
    left_out: tuple[tuple[str, str], ...],
) -> Rehearsal:
    totals = _totals(lived)
    working = sum(one.working_days for one in lived)
    happened = tuple(each for one in lived for each in one.happened)
    return Rehearsal(
        schema=SCHEMA,
        pattern=plan.pattern,
        settings=plan.settings,
        days=asked.days,
        seed=asked.seed,
        ratio=ratio,
        payouts_per_day=round(Decimal(totals.asked) * ratio / max(1, working), 1),
        totals=totals,
        latency=_spread(lived),
        peaks=_peaks(lived),
        happened=happened,
        not_applicable=left_out,
        promises=(*_rules(lived), *_times(plan, lived, asked.shared), adds_up(totals)),
        shared=tuple(
            pair for pair in sorted(asked.shared) if pair[0] in {one.fault for one in happened}
        ),
        violations=tuple(each for one in lived for each in one.violations)[:_SHOWN_VIOLATIONS],
        alarms=_alarms(lived),
        backlog_by_day=tuple(most for one in lived for most in one.backlog_by_day),
        runtime=(
            ("payouts", totals.asked),
            ("events", sum(one.events for one in lived)),
            ("runs", round(sum(part.runs for one in lived for part in one.parts))),
            ("segments", len(lived)),
        ),
        replay=asked.replay,
    )


def _totals(lived: Sequence[Lived]) -> Totals:
    counts: Counter[str] = Counter()
    for one in lived:
        counts.update(msgspec.structs.asdict(one.totals))
    return Totals(**{name: counts[name] for name in Totals.__struct_fields__})


def _spread(lived: Sequence[Lived]) -> Spread | None:
    took = sorted(ms for one in lived for ms in one.took_ms)
    if not took:
        return None
    p50, p90, p99 = (share_of(took, share) for share in (0.5, 0.9, 0.99))
    return Spread(p50=_ms(p50), p90=_ms(p90), p99=_ms(p99), most=_ms(took[-1]))


def _ms(value: float) -> Decimal:
    return Decimal(round(value)) / 1000


def _peaks(lived: Sequence[Lived]) -> Peaks:
    peaks = [one.peaks for one in lived]
    return Peaks(
        backlog_payouts=max(one.backlog_payouts for one in peaks),
        backlog_seconds=max(one.backlog_seconds for one in peaks),
        database_sessions=max(one.database_sessions for one in peaks),
        concurrency=max(one.concurrency for one in peaks),
        sends_again=sum(one.sends_again for one in peaks),
        runs_again=sum(one.runs_again for one in peaks),
        dead_letters=sum(one.dead_letters for one in peaks),
        partner_refusals=sum(one.partner_refusals for one in peaks),
        held_payouts=sum(one.held_payouts for one in peaks),
    )


def _rules(lived: Sequence[Lived]) -> tuple[Kept, ...]:
    return tuple(
        msgspec.structs.replace(same[0], used=sum((one.used for one in same), Decimal(0)))
        for same in zip(*(one.rules for one in lived), strict=True)
    )


def _times(
    plan: Plan, lived: Sequence[Lived], shared: frozenset[tuple[str, str]]
) -> tuple[Kept, ...]:
    promised = plan.promised
    kept = [
        Kept(
            promise="paid-within",
            what="every payout that can be paid is paid in time, not counting what stopped "
            "everyone",
            used=max(one.longest_seconds for one in lived),
            limit=promised.paid_within_seconds,
            unit="seconds",
            source=promised.paid_within_source,
        )
    ]
    drained = [
        each for one in lived for each in one.drained if (each[0], "drained-within") not in shared
    ]
    if drained:
        fault, longest = max(drained, key=lambda each: each[1])
        kept.append(
            Kept(
                promise="drained-within",
                what="what piled up is sent in time after each fault has ended; slowest after "
                + fault,
                used=longest,
                limit=promised.drained_within_seconds,
                unit="seconds",
                source=promised.drained_within_source,
            )
        )
    took = sorted(ms for one in lived for ms in one.real_time_ms)
    if promised.real_time_seconds is not None and took:
        kept.append(
            Kept(
                promise="real-time",
                what="99 of 100 payouts are paid in real time where the partner answers at once "
                "and nothing is wrong",
                used=_ms(share_of(took, 0.99)),
                limit=promised.real_time_seconds,
                unit="seconds",
                source=promised.real_time_source,
            )
        )
    return tuple(kept)


def _alarms(lived: Sequence[Lived]) -> tuple[Rung, ...]:
    """Return what each alarm did; the delay is the longest after any fault it rang for."""
    return tuple(
        Rung(
            alarm=same[0].alarm,
            times=sum(one.times for one in same),
            before=sum(one.under_none for one in same),
            first_after_seconds=max((each for one in same for each in one.after), default=None),
        )
        for same in zip(*(one.alarms for one in lived), strict=True)
    )


def _priced(
    rehearsal: Rehearsal, asked: Asked, plan: Plan, pricer: Pricer, lived: Sequence[Lived]
) -> Rehearsal:
    cost = YearCost(asked.candidate, asked.scene, plan, pricer)
    designed = cost.designed()
    months = [cost.month(one, rehearsal.ratio) for one in lived]
    lines = cost.lines(months, lived, designed)
    whole = Decimal(asked.days) / DAYS_PER_MONTH
    totals = [month.list_monthly for month in months]
    return msgspec.structs.replace(
        rehearsal,
        lines=lines,
        list_cost=sum((one.list_cost for one in lines), Decimal(0)),
        designed_cost=sum((one.designed_cost for one in lines), Decimal(0)),
        low=min(totals) * whole,
        high=max(totals) * whole,
    )
