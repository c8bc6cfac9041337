"""Samples in minutes, and alarms over them, as CloudWatch reckons."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.trial import Rung
from frugal.model.watch import Comparison, Missing, Rule, Statistic
from frugal.simulate.alarms import rung
from frugal.simulate.metrics import Bucket, Idle, Metrics, Watched

START = 1_000_000.0
DUE, TICKS = "Payouts/OldestDueSeconds", "Payouts/Ticks"


def rule(**said: object) -> Rule:
    usual: dict[str, object] = {
        "statistic": Statistic.MAXIMUM,
        "comparison": Comparison.ABOVE,
        "threshold": Decimal(600),
        "period_seconds": 60,
    }
    return Rule(**usual | said)  # type: ignore[arg-type]


def metrics(values: dict[int, float], name: str = DUE) -> Metrics:
    """Return metrics with one sample in each of these minutes."""
    made = Metrics(START)
    for minute, value in values.items():
        made.sample("worker", name, value, START + 60.0 * minute + 30.0)
    return made


def heard(made: Metrics, one: Rule, minutes: int, began: int | None, name: str = DUE) -> Rung:
    watched = Watched(id="alarm", metric=name, rule=one)
    last = START + 60.0 * minutes
    at = None if began is None else START + 60.0 * began
    return rung(made, [watched], first=START, last=last, began=at)[0]


def test_an_alarm_rings_when_enough_of_its_periods_breach() -> None:
    """Two of the last three: the second breach rings, and the delay counts from the fault."""
    made = metrics({0: 0, 1: 0, 2: 700, 3: 0, 4: 700, 5: 0, 6: 0})
    ringing = heard(made, rule(datapoints=2, periods=3), 7, began=2)
    assert (ringing.times, ringing.first_after_seconds, ringing.before) == (1, Decimal(180), 0)


def test_what_rings_before_the_fault_is_a_false_alarm() -> None:
    """It is counted apart, and the fault is heard only when the alarm rings anew."""
    made = metrics({0: 700, 1: 0, 2: 0, 3: 700, 4: 700})
    ringing = heard(made, rule(), 5, began=2)
    assert (ringing.times, ringing.before, ringing.first_after_seconds) == (2, 1, Decimal(120))
    calm = heard(made, rule(), 5, began=None)
    assert (calm.times, calm.before, calm.first_after_seconds) == (2, 2, None)


def test_silence_breaches_where_the_rule_says_so() -> None:
    """A worker that ticks no more writes nothing: only an alarm on missing data hears it."""
    made = metrics({0: 1, 1: 1}, TICKS)
    below = rule(statistic=Statistic.SUM, comparison=Comparison.BELOW, threshold=Decimal(1))
    assert heard(made, below, 5, 2, TICKS).times == 0
    silent = rule(
        statistic=Statistic.SUM,
        comparison=Comparison.BELOW,
        threshold=Decimal(1),
        missing=Missing.BREACHING,
    )
    ringing = heard(made, silent, 10, 2, TICKS)
    assert ringing.first_after_seconds is not None
    assert 0 < ringing.first_after_seconds <= 300


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        (Statistic.SUM, 6),
        (Statistic.MAXIMUM, 3),
        (Statistic.MINIMUM, 1),
        (Statistic.AVERAGE, 2),
        (Statistic.COUNT, 3),
    ],
)
def test_minutes_are_joined(statistic: Statistic, value: int) -> None:
    """Each statistic of a period of three minutes, from a sample in each of them."""
    joined = Bucket(1, 1, 1, 1).and_one(2).and_all(Bucket(1, 3, 3, 3))
    assert joined.value(statistic) == value


@given(
    count=st.integers(1, 200),
    every=st.sampled_from((1.0, 60.0, 300.0)),
    due_for=st.one_of(st.none(), st.floats(0, 1000)),
)
def test_ticks_left_out_measure_what_they_would_have(
    count: int, every: float, due_for: float | None
) -> None:
    """One entry for many idle ticks reads like a sample of each."""
    first = START + 7.0
    last = first + (count - 1) * every
    oldest = None if due_for is None else first - due_for
    short, long = Metrics(START), Metrics(START)
    short.idle("worker", Idle(first, last, every, ((TICKS, 1.0),), oldest))
    for number in range(count):
        at = first + number * every
        long.sample("worker", TICKS, 1.0, at)
        long.sample("worker", DUE, 0.0 if oldest is None else at - oldest, at)
    assert short.minutes(TICKS) == long.minutes(TICKS)
    found, wanted = short.minutes(DUE), long.minutes(DUE)
    assert found.keys() == wanted.keys()
    for minute, bucket in found.items():
        assert tuple(bucket) == pytest.approx(tuple(wanted[minute]))
