"""When alarms ring, for all services: counters of errors, silence, ages and levels.

Missing data is part of a rule. A counter of errors reports nothing while all is well, so it does
not breach; a heartbeat that stops, or an age nobody measures any more, is the very thing to be
woken by. Ledger metrics are written by ticks, so their periods are never shorter than the time
between two ticks, which may themselves be late: two empty periods in a row are silence, one is not.
A heartbeat is looked at minute by minute all the same: CloudWatch goes on with datapoints from
farther back before it takes silence for an answer, and long periods make that long
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).

Thresholds that depend on the load are *learned*: they begin as written here, and trials set them.
An age may only be learned tighter, since what is written is what the promise allows.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from frugal.model.brief import Timing
from frugal.model.curve import ONE
from frugal.model.graph import Role
from frugal.model.load import SECONDS_PER_HOUR
from frugal.model.watch import BYTES_PER_GIB, Comparison, Missing, Rule, Statistic, Unit
from frugal.services.service import Part, whole

#: Five minutes: CloudWatch's usual period, and no dearer than a longer one.
PERIOD_SECONDS = 300
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3_600, 86_400
#: Silence of a worker, unless its ticks are further apart.
SILENCE_SECONDS = 900
#: How long a payout may stay unknown before a person asks: every look-up is over by then.
UNKNOWN_SECONDS = 7200
#: What stands behind the threshold of an age.
QUARTER = "a quarter of the promised time"

#: What ticks: looked at for every candidate that is priced, so compared by identity.
_TRIGGER, _WORKER = Role.TRIGGER, Role.WORKER

#: Once is enough.
ONE_ERROR = Rule(
    statistic=Statistic.SUM,
    comparison=Comparison.AT_LEAST,
    threshold=ONE,
    period_seconds=PERIOD_SECONDS,
)
#: Once may be chance: two periods of a quarter of an hour.
ERRORS_TWICE = Rule(
    statistic=Statistic.SUM,
    comparison=Comparison.AT_LEAST,
    threshold=ONE,
    period_seconds=PERIOD_SECONDS,
    datapoints=2,
    periods=3,
)
#: More requests turned away than a partner's repeats explain.
TURNED_AWAY = Rule(
    statistic=Statistic.SUM,
    comparison=Comparison.ABOVE,
    threshold=Decimal(10),
    period_seconds=PERIOD_SECONDS,
    datapoints=2,
    periods=3,
)
#: A queue nothing polls: CloudWatch hears nothing of it while it is empty and unused.
NOT_EMPTY = Rule(
    statistic=Statistic.MAXIMUM,
    comparison=Comparison.AT_LEAST,
    threshold=ONE,
    period_seconds=PERIOD_SECONDS,
)
#: Fewer free sessions than one deployment opens.
SESSIONS_LOW = Rule(
    statistic=Statistic.MINIMUM,
    comparison=Comparison.BELOW,
    threshold=Decimal(5),
    period_seconds=PERIOD_SECONDS,
)
CAPACITY_FULL = Rule(
    statistic=Statistic.AVERAGE,
    comparison=Comparison.ABOVE,
    threshold=Decimal(90),
    unit=Unit.PERCENT,
    period_seconds=PERIOD_SECONDS,
    datapoints=2,
    periods=3,
    learned=True,
)


def silence(part: Part) -> Rule:
    """Return the rule of a heartbeat: not one tick in the time of two."""
    seconds = max(SILENCE_SECONDS, 2 * _beat_seconds(part))
    # An alarm looks back a day at most, unless its periods are of an hour.
    period = MINUTE_SECONDS if seconds < DAY_SECONDS else HOUR_SECONDS
    periods = -(-seconds // period)
    return Rule(
        statistic=Statistic.SUM,
        comparison=Comparison.BELOW,
        threshold=ONE,
        period_seconds=period,
        datapoints=periods,
        periods=periods,
        missing=Missing.BREACHING,
    )


def ledger_period(part: Part) -> int:
    """Return a period, in seconds, in which some tick says how the ledger stands."""
    return max(PERIOD_SECONDS, _beat_seconds(part))


def oldest_due(part: Part, period_seconds: int) -> Rule:
    """Return the rule of the one age that says payouts are not being made."""
    return Rule(
        statistic=Statistic.MAXIMUM,
        comparison=Comparison.ABOVE,
        threshold=_quarter_seconds(part),
        unit=Unit.SECONDS,
        period_seconds=period_seconds,
        datapoints=2,
        periods=2,
        missing=Missing.BREACHING,
        learned=True,
    )


def oldest_message(part: Part) -> Rule:
    """Return the rule of a queue's age. An empty queue has none, so silence is no alarm.

    AWS reports it only while there is a message
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
    """
    quarter = _quarter_seconds(part)
    soon = quarter < PERIOD_SECONDS
    periods = 3 if soon else 2
    return Rule(
        statistic=Statistic.MAXIMUM,
        comparison=Comparison.ABOVE,
        threshold=quarter,
        unit=Unit.SECONDS,
        period_seconds=MINUTE_SECONDS if soon else PERIOD_SECONDS,
        # One message that the partner keeps waiting is no queue that stands still.
        datapoints=periods,
        periods=periods,
        learned=True,
    )


@cache
def unknown_for_long(period_seconds: int) -> Rule:
    """Return the rule of payouts that stay unknown: never none of them, for so long."""
    periods = max(-(-UNKNOWN_SECONDS // period_seconds), 1)
    return Rule(
        statistic=Statistic.MINIMUM,
        comparison=Comparison.AT_LEAST,
        threshold=ONE,
        period_seconds=period_seconds,
        datapoints=periods,
        periods=periods,
        learned=True,
        looser=True,
    )


@cache
def held(period_seconds: int) -> Rule:
    """Return the rule of payouts that only a person can move on."""
    return Rule(
        statistic=Statistic.MAXIMUM,
        comparison=Comparison.AT_LEAST,
        threshold=ONE,
        period_seconds=period_seconds,
    )


def above(threshold: Decimal, statistic: Statistic = Statistic.MAXIMUM) -> Rule:
    """Return the rule of a count that rises with the load; things are whole."""
    return Rule(
        statistic=statistic,
        comparison=Comparison.ABOVE,
        threshold=Decimal(int(threshold)),
        period_seconds=PERIOD_SECONDS,
        learned=True,
    )


def disk_low(free_gib: Decimal) -> Rule:
    """Return the rule of a disk that fills; it fills slowly, so the threshold is no guess."""
    return Rule(
        statistic=Statistic.MINIMUM,
        comparison=Comparison.BELOW,
        threshold=free_gib * BYTES_PER_GIB,
        unit=Unit.BYTES,
        period_seconds=PERIOD_SECONDS,
    )


def _quarter_seconds(part: Part) -> Decimal:
    """Return a quarter of the promised time, in whole seconds as ages are reported."""
    promises = part.brief.promises
    promised = promises.paid_within_hours.value * SECONDS_PER_HOUR
    if part.brief.timing.value is Timing.REAL_TIME and promises.real_time_seconds is not None:
        promised = promises.real_time_seconds.value
    return whole(promised / 4)


def _beat_seconds(part: Part) -> int:
    """Return the time between two ticks of the design, whole minutes; 0 where nothing ticks."""
    beats = []
    for placement in part.candidate.placements:
        role = placement.role
        name = "tick_seconds" if role is _WORKER else "interval_minutes" if role is _TRIGGER else ""
        if name and placement.get(name) is not None:
            beats.append(placement.number(name) * (1 if role is _WORKER else 60))
    return int(-(-min(beats, default=Decimal(0)) // 60) * 60)
