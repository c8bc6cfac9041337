"""What trials say of the alarms: learned thresholds, how soon each fault is noticed, and by what.

The figures are those of ``Decision.alarms`` and ``Decision.noticed``; nothing is run here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_UP, Decimal

import msgspec

from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, number, seconds
from frugal.design.trials import fault_name
from frugal.model.decision import Decision
from frugal.model.design import AlarmSpecification, CheckMade, Risk
from frugal.model.document import Block, Heading, Table, Text
from frugal.model.load import DAYS_PER_MONTH
from frugal.model.trial import AlarmTried, FaultNoticed
from frugal.simulate.alarms import MARGIN

TRIED_COLUMNS = ("Noticed after", "Rings for nothing")
AREA = "failure scenarios"
_MINUTE = 60

_replace = msgspec.structs.replace


def with_trials(
    alarms: tuple[AlarmSpecification, ...], decision: Decision
) -> tuple[AlarmSpecification, ...]:
    """Return the alarms with what trials say of each; the same where none were run."""
    tried = {(one.placement, one.alarm): one for one in decision.alarms}
    return tuple(_tried(one, tried.get((one.placement, one.id))) for one in alarms)


def _tried(alarm: AlarmSpecification, tried: AlarmTried | None) -> AlarmSpecification:
    if tried is None or not tried.measured:
        return alarm
    moved = tried.rule.threshold != tried.written
    return _replace(
        alarm,
        rule=tried.rule,
        threshold=tried.rule.said("learned") if moved else alarm.threshold,
        written=alarm.threshold if moved else "",
        tried=True,
        noticed=tried.noticed,
        false_alarms_per_month=tried.false_alarms_per_month,
        true_alarms_per_month=tried.true_alarms_per_month,
        calm_days=tried.calm_days,
    )


# -- in the table of alarms ----------------------------------------------------------------------


def noticed_after(alarm: AlarmSpecification) -> str:
    """Say how soon an alarm rings for the faults it rings for.

    It says nothing where no trial has its metric.
    """
    if not alarm.tried:
        return "not tried"
    after = sorted(one.after_seconds for one in alarm.noticed if one.after_seconds is not None)
    if not after:
        return "no fault tried sets it off"
    if len(after) == 1:
        return f"{_minutes(after[0])}, 1 fault"
    return f"{_minutes(after[0])} to {_minutes(after[-1])}, {counted(len(after), 'fault')}"


def rings_for_nothing(alarm: AlarmSpecification) -> str:
    """Say how often an alarm rings on days on which nothing is wrong."""
    if not alarm.tried or alarm.false_alarms_per_month is None:
        return "not tried"
    if alarm.true_alarms_per_month:
        often = number(alarm.true_alarms_per_month.quantize(Decimal(1), ROUND_UP))
        return f"never; {often} a month for payouts held"
    if not alarm.false_alarms_per_month:
        return "never"
    return f"{number(alarm.false_alarms_per_month.quantize(Decimal(1), ROUND_UP))} a month"


# -- below it ------------------------------------------------------------------------------------


def what_is_noticed(draft: Draft) -> Iterator[Block]:
    """Yield which alarm tells of which fault, and what no alarm tells of."""
    decision = draft.decision
    if not decision.alarms:
        yield Text(words="The thresholds are as written: they were not tried out.")
        return
    yield Text(words=_learned(draft))
    yield Heading(words="What is noticed")
    heard = tuple(one for one in decision.noticed if one.alarm)
    if heard:
        yield Table(
            columns=("While", "First alarm", "After", "Somebody must hear of it"),
            rows=tuple(
                (
                    fault_name(one.fault),
                    one.alarm,
                    _minutes(one.after_seconds or Decimal(0)),
                    one.must or "no: what it holds up is paid in time",
                )
                for one in heard
            ),
            numeric=(2,),
            caption="from the fault's begin until the first alarm of this design rings; CloudWatch "
            "may take a minute or two more, for which AWS gives no figure",
        )
    quiet = tuple(one for one in decision.noticed if not one.alarm and not one.must)
    if quiet:
        yield Text(
            words="Nothing rings, and nothing need: "
            f"{listed(tuple(fault_name(one.fault) for one in quiet))}. What they hold up is paid "
            "in time, with nobody's help."
        )
    missed = not_noticed(decision)
    if missed:
        yield Text(words=f"**Not noticed by any alarm: {_missed(missed)}.**")


def _learned(draft: Draft) -> str:
    chosen = tuple(alarm for alarm in draft.alarms if alarm.chosen)
    days = max((one.calm_days for one in draft.decision.alarms), default=Decimal(0))
    words = f"Tried on {number(days.quantize(Decimal('0.1')))} simulated days on which nothing "
    words += "was wrong, the busiest promised day among them, and under every fault of section 4. "
    moved = tuple(alarm for alarm in chosen if alarm.written)
    if moved:
        words += (
            f"Those that say “learned” are {MARGIN} times the most that those days showed, "
            "rounded up, and never tighter than the alarm's own period; as written they were "
            f"{listed(tuple(f'{alarm.id} {alarm.written}' for alarm in moved))}. "
        )
    wrong = tuple(alarm for alarm in chosen if alarm.false_alarms_per_month)
    if wrong:
        words += (
            "**Rings although nothing is wrong:** "
            f"{listed(tuple(f'{one.id}, {rings_for_nothing(one)}' for one in wrong))}. "
        )
    rarer = (DAYS_PER_MONTH * 3 / days).quantize(Decimal(1), ROUND_UP) if days else Decimal(0)
    words += (
        f"So few days cannot tell “never” from up to {number(rarer)} times a month (19 times of "
        "20); a year of `frugal rehearse` can."
    )
    unheard = tuple(alarm.id for alarm in chosen if not alarm.tried)
    if unheard:
        words += f" No trial has the metric of {listed(unheard)}: as written."
    return words


def not_noticed(decision: Decision) -> tuple[FaultNoticed, ...]:
    """Return the faults of which somebody must hear and nobody does."""
    return tuple(one for one in decision.noticed if one.must and not one.alarm)


def _missed(missed: tuple[FaultNoticed, ...]) -> str:
    return listed(tuple(f"{fault_name(one.fault)} ({one.must})" for one in missed))


# -- elsewhere -----------------------------------------------------------------------------------


def alarm_checks(draft: Draft) -> Iterator[CheckMade]:
    """Yield what must hold of alarms in trials; nothing where none were run."""
    decision = draft.decision
    if not decision.alarms:
        return
    missed = not_noticed(decision)
    must = tuple(one for one in decision.noticed if one.must)
    slowest = max(must, key=lambda one: one.after_seconds or Decimal(0), default=None)
    yield CheckMade(
        area=AREA,
        what="in every trial in which payouts wait too long or need a person, an alarm rings",
        passed=not missed,
        evidence=f"not noticed: {_missed(missed)}"
        if missed
        else f"{counted(len(must), 'fault')}, the last of them after "
        f"{_minutes(slowest.after_seconds or Decimal(0))} ({fault_name(slowest.fault)})"
        if slowest is not None
        else "no trial holds payouts up for long",
    )
    chosen = tuple(alarm for alarm in draft.alarms if alarm.chosen and alarm.tried)
    wrong = tuple(one for one in chosen if one.false_alarms_per_month)
    days = max((one.calm_days for one in decision.alarms), default=Decimal(0))
    yield CheckMade(
        area=AREA,
        what="no alarm rings on a day on which nothing is wrong",
        passed=not wrong,
        evidence=listed(tuple(f"{one.id}, {rings_for_nothing(one)}" for one in wrong))
        or f"{counted(len(chosen), 'alarm')} on {number(days.quantize(Decimal('0.1')))} days",
    )


def unheard(draft: Draft) -> Iterator[Risk]:
    """Yield the risk of what nobody would hear of."""
    missed = not_noticed(draft.decision)
    if missed:
        yield Risk(
            what=f"Not noticed by any alarm: {_missed(missed)}",
            likelihood="medium",
            effect="it lasts until somebody looks",
            mitigation="look at the ledger once a day (`payouts status`), until an alarm says it",
        )


def _minutes(after: Decimal) -> str:
    """Return a time in whole minutes, as an alarm is looked at once a minute."""
    return seconds((after / _MINUTE).quantize(Decimal(1), ROUND_UP) * _MINUTE)
