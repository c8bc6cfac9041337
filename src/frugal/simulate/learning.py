"""What trials say of alarms: thresholds from calm days, then how soon each fault is noticed.

A learned threshold is twice the most that calm days showed, the busiest promised one among them,
rounded up to a number a person would type. An age is never learned looser than it is written, since
that is what the promise allows; a count that is allowed to grow with the load is never learned
tighter. An alarm that rings on a calm day rings for nothing and is counted as such, but for the one
on payouts that are held: a calm day has those too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from math import inf
from typing import NamedTuple

import msgspec

from frugal.model.trial import CALM, AlarmTried, FaultNoticed, Noticed, Tried
from frugal.model.watch import Comparison, Rule, Unit
from frugal.simulate.alarms import MARGIN, Heights, Watchful, calm_most, least, rings, rung_of
from frugal.simulate.metrics import Watched
from frugal.simulate.plan import Plan
from frugal.simulate.watching import parted

_HOUR = 3600
_DAY_HOURS = 24
#: Times that people say.
_TIMES = (
    *(10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700),
    *(_HOUR * hours for hours in (1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168)),
)
_FIRST_DIGITS = (1, 2, 3, 5)
#: The share of the promised time that a payout may wait before somebody must know: what the oldest
#: due payout's alarm is written with.
_QUARTER = 4

#: A payout that waits for a person is never nothing, on a calm day either.
_HELD = "Payouts/Held"

_replace = msgspec.structs.replace


def learned(rule: Rule, calm: Sequence[Heights]) -> Rule:
    """Return a rule with the threshold that calm days taught it; the same where it learns none."""
    if not rule.learned or rule.comparison is Comparison.BELOW:
        return rule
    if not any(one.measured for one in calm):
        return rule
    most = calm_most(calm)
    wanted = least(rule) if most == -inf else max(least(rule), Decimal(repr(most)) * MARGIN)
    typed = round_up(wanted, rule.unit)
    return _replace(rule, threshold=typed if rule.looser else min(typed, rule.threshold))


def round_up(amount: Decimal, unit: Unit | None) -> Decimal:
    """Return the next number that a person would type.

    >>> round_up(Decimal(580), Unit.SECONDS), round_up(Decimal(37), None)
    (Decimal('600'), Decimal('50'))
    """
    if unit is Unit.SECONDS:
        for seconds in _TIMES:
            if seconds >= amount:
                return Decimal(seconds)
    ten = Decimal(1)
    while True:
        for digit in _FIRST_DIGITS:
            if digit * ten >= amount:
                return digit * ten
        ten *= 10


class Learned(NamedTuple):
    """What trials say of the alarms of one design."""

    alarms: tuple[AlarmTried, ...]  #: of every alarm its parts offer
    noticed: tuple[FaultNoticed, ...]  #: of every fault, by the alarms that are chosen
    trials: tuple[Tried, ...]  #: as the learned alarms ring in them, in the order given


def learn(
    plan: Plan,
    chosen: Collection[str],
    trials: Sequence[Tried],
    calm: Sequence[Tried],
    needs_a_person: Collection[str],
) -> Learned:
    """Return what trials say of a design's alarms.

    Args:
        plan: of the design, with all its alarms.
        chosen: the ids of those that it has.
        trials: of the design, in calm and under faults.
        calm: further days on which nothing was done to it.
        needs_a_person: ids of faults that somebody has to end.
    """
    days = (*(one for one in trials if one.fault == CALM), *calm)
    faulty = [one for one in trials if one.fault != CALM]
    alarms = {one.id: _alarm(one, days, faulty) for one in plan.alarms}
    kept = [tried for id, tried in alarms.items() if id in chosen]
    return Learned(
        tuple(alarms.values()),
        tuple(_first(plan, kept, trial, trial.fault in needs_a_person) for trial in faulty),
        tuple(_as_learned(one, alarms) for one in trials),
    )


def _alarm(watched: Watched, calm: Sequence[Tried], faulty: Sequence[Tried]) -> AlarmTried:
    seen = [_heights(one, watched.id) for one in calm]
    rule = learned(watched.rule, seen)
    heard = [(one, _heights(one, watched.id)) for one in faulty]
    measured = any(one.measured for one in (*seen, *(each for _, each in heard)))
    placement, alarm = parted(watched.id)
    rang = sum(len(rings(one, rule)) for one in seen)
    rightly = watched.metric == _HELD
    return AlarmTried(
        alarm=alarm,
        placement=placement,
        rule=rule,
        written=watched.rule.threshold,
        measured=measured,
        calm_most=_told(watched, seen),
        false_alarms=0 if rightly else rang,
        true_alarms=rang if rightly else 0,
        calm_days=sum((one.hours for one in calm), Decimal(0)) / _DAY_HOURS,
        noticed=tuple(
            Noticed(
                fault=one.fault,
                after_seconds=rung_of(each, rule, _began(one)).first_after_seconds,
            )
            for one, each in heard
            if measured
        ),
    )


def _first(
    plan: Plan, alarms: Sequence[AlarmTried], trial: Tried, needs_a_person: bool
) -> FaultNoticed:
    """Return which of these alarms rings first for a fault, and why one must."""
    heard = [
        (each.after_seconds, place, one.alarm)
        for place, one in enumerate(alarms)
        for each in one.noticed
        if each.fault == trial.fault and each.after_seconds is not None
    ]
    after, _, alarm = min(heard, default=(None, 0, ""))
    return FaultNoticed(
        fault=trial.fault,
        alarm=alarm,
        after_seconds=after,
        must=_must(plan, trial, needs_a_person),
    )


def _must(plan: Plan, trial: Tried, needs_a_person: bool) -> str:
    """Return why somebody must hear of a fault; empty: what it does passes by itself, in time."""
    if needs_a_person:
        return "it needs a person to end"
    if trial.peaks.held_payouts:
        return "it holds payouts that only a person can move on"
    if trial.totals.late:
        return "payouts are late by it"
    if trial.peaks.backlog_seconds > plan.promised.paid_within_seconds / _QUARTER:
        return "payouts wait longer than a quarter of the promised time"
    return ""


def _heights(trial: Tried, alarm: str) -> Heights:
    """Return an alarm's heights in a trial; a design that behaves alike may lack the alarm."""
    for one in trial.heights if isinstance(trial, Watchful) else ():
        if one.alarm == alarm:
            return one
    return Heights(alarm=alarm, measured=False, at=(), height=())


def _told(watched: Watched, calm: Sequence[Heights]) -> Decimal | None:
    most = calm_most(calm)
    if most == -inf or not watched.rule.learned:
        return None
    return Decimal(repr(most))


def _began(trial: Tried) -> float | None:
    hours = trial.fault_began_hours
    return None if hours is None else float(hours) * _HOUR


def _as_learned(trial: Tried, found: dict[str, AlarmTried]) -> Tried:
    """Return a trial with the alarms as their learned rules ring, and without what they learn."""
    if not isinstance(trial, Watchful):
        return trial
    rung = tuple(
        _replace(rung_of(one, found[one.alarm].rule, _began(trial)), alarm=found[one.alarm].alarm)
        for one in trial.heights
        if one.alarm in found
    )
    return _replace(trial.plain(), alarms=rung)
