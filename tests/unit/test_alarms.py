"""Alarms over hand-made series, as CloudWatch's documentation says they ring, and what is learned.

The rows of ``DOCUMENTED`` are those of the two tables in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from frugal.model.trial import Rung
from frugal.model.watch import Comparison, Missing, Rule, Statistic, Unit
from frugal.simulate.alarms import FETCHED_BEYOND, Heights, heights_of, rings, rung
from frugal.simulate.learning import learned, round_up
from frugal.simulate.metrics import Idle, Metrics, Watched

START = 1_000_020.0
METRIC = "Payouts/OldestDueSeconds"


def rule(**said: Any) -> Rule:
    usual: dict[str, Any] = {
        "statistic": Statistic.MAXIMUM,
        "comparison": Comparison.ABOVE,
        "threshold": Decimal(600),
        "period_seconds": 60,
    }
    return Rule(**usual | said)


def metrics(values: dict[int, float]) -> Metrics:
    """Return metrics with one sample in each of these minutes."""
    made = Metrics(START)
    for minute, value in values.items():
        made.sample("worker", METRIC, value, START + 60.0 * minute + 30.0)
    return made


def heights(made: Metrics, one: Rule, minutes: int) -> Heights:
    watched = Watched(id="alarm", metric=METRIC, rule=one)
    return heights_of(made, watched, first=START, last=START + 60.0 * minutes)


def rung_at(values: dict[int, float], one: Rule, minutes: int) -> list[int]:
    """Return the minutes at whose end the alarm begins to ring."""
    return [at // 60 for at in rings(heights(metrics(values), one, minutes), one)]


def heard(values: dict[int, float], one: Rule, minutes: int, began: int | None) -> Rung:
    watched = Watched(id="alarm", metric=METRIC, rule=one)
    at = None if began is None else START + 60.0 * began
    last = START + 60.0 * minutes
    return rung(metrics(values), [watched], first=START, last=last, began=at)[0]


# -- as it is documented -------------------------------------------------------------------------

#: Datapoints, newest last (0 fine, X breaching, - missing), M of three, and the state where missing
#: data breaches and where it does not.
DOCUMENTED = (
    ("0-X-X", 3, False, False),
    ("0----", 3, False, False),
    ("-----", 3, True, False),
    ("0XX-X", 3, True, True),
    ("--X--", 3, True, False),
    ("0-X-X", 2, True, True),
    ("00X0X", 2, True, True),
    ("0-X--", 2, True, False),
    ("----0", 2, True, False),
    ("---X-", 2, True, False),
)


@pytest.mark.parametrize("missing", list(Missing))
@pytest.mark.parametrize(("points", "datapoints", "breaching", "not_breaching"), DOCUMENTED)
def test_the_documented_tables(
    points: str, datapoints: int, breaching: bool, not_breaching: bool, missing: Missing
) -> None:
    """An alarm of M of three looks at five datapoints; real ones count before missing ones."""
    before = 20  # minutes of health, out of reach at the end
    values: dict[int, float] = dict.fromkeys(range(before), 0.0)
    values |= {
        before + place: 700.0 if point == "X" else 0.0
        for place, point in enumerate(points)
        if point != "-"
    }
    one = rule(datapoints=datapoints, periods=3, missing=missing)
    end = before + len(points)
    found = heights(metrics(values), one, end)
    last = found.height[-1] if found.at else float("-inf")
    wanted = breaching if missing is Missing.BREACHING else not_breaching
    assert (last > 600) is wanted


def test_enough_of_the_last_periods_must_breach() -> None:
    """Two of the last three: the second breach rings, and the delay counts from the fault."""
    ringing = heard(
        {0: 0, 1: 0, 2: 700, 3: 0, 4: 700, 5: 0, 6: 0}, rule(datapoints=2, periods=3), 7, began=2
    )
    assert (ringing.times, ringing.first_after_seconds, ringing.before) == (1, Decimal(180), 0)


def test_the_window_slides() -> None:
    """A period of five minutes is looked at every minute, not on a grid of five."""
    values = {minute: 700.0 if minute == 7 else 0.0 for minute in range(20)}
    assert rung_at(values, rule(period_seconds=300), 20) == [8]


@pytest.mark.parametrize("minutes", [3, 15])
def test_silence_is_heard_when_the_last_beat_has_left_the_range(minutes: int) -> None:
    """A heartbeat looked at by the minute rings two minutes after so many of silence."""
    beats = dict.fromkeys(range(0, 100, 2), 1.0)
    silent = rule(
        statistic=Statistic.SUM,
        comparison=Comparison.BELOW,
        threshold=Decimal(1),
        datapoints=minutes,
        periods=minutes,
        missing=Missing.BREACHING,
    )
    assert rung_at(beats, silent, 200) == [99 + minutes + FETCHED_BEYOND]
    quiet = replace(silent, missing=Missing.NOT_BREACHING)
    assert rung_at(beats, quiet, 200) == []


def test_what_rings_in_calm_rings_for_nothing() -> None:
    """Before the fault, or where there is none, every ring is counted as false."""
    values = {0: 700.0, 1: 0, 2: 0, 3: 700.0, 4: 700.0}
    ringing = heard(values, rule(), 5, began=2)
    assert (ringing.times, ringing.before, ringing.first_after_seconds) == (2, 1, Decimal(120))
    calm = heard(values, rule(), 5, began=None)
    assert (calm.times, calm.before, calm.first_after_seconds) == (2, 2, None)


def test_a_metric_nobody_writes_says_nothing() -> None:
    """No data at all is told from data that is fine."""
    assert not heights(metrics({}), rule(), 20).measured
    assert heights(metrics({3: 0.0}), rule(), 20).measured


# -- against the plain way -----------------------------------------------------------------------

SERIES = st.dictionaries(st.integers(0, 60), st.integers(0, 12).map(float), max_size=40)
RULES = st.builds(
    lambda statistic, comparison, threshold, width, m, more, missing, learned: rule(
        statistic=statistic,
        comparison=comparison,
        threshold=Decimal(threshold),
        period_seconds=60 * width,
        datapoints=m,
        periods=m + more,
        missing=missing,
        learned=learned,
    ),
    st.sampled_from(Statistic),
    st.sampled_from(Comparison),
    st.integers(1, 10),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2),
    st.sampled_from(Missing),
    st.booleans(),
)


def plainly(values: dict[int, float], one: Rule, minutes: int) -> list[int]:
    """Ring as documented, every minute from the first one at which the range is all trial."""
    width = one.period_seconds // 60
    reach = one.periods + FETCHED_BEYOND
    first = width * reach if one.missing is Missing.BREACHING else 0
    found, ringing = [], False
    for end in range(first, minutes + 1):
        points = []
        for back in range(reach):
            inside = [
                values[minute]
                for minute in range(end - (back + 1) * width, end - back * width)
                if minute in values
            ]
            points.append(_joined(inside, one.statistic) if inside else None)
        real = [point for point in points if point is not None][: one.periods]
        filled: list[Decimal | None] = [*real, *[None] * (one.periods - len(real))]
        now = sum(map(one.breaches, filled)) >= one.datapoints
        if now and not ringing:
            found.append(end)
        ringing = now
    return found


def _joined(inside: list[float], statistic: Statistic) -> Decimal:
    return Decimal(
        repr(
            {
                Statistic.SUM: round(sum(inside), 6),
                Statistic.MAXIMUM: max(inside),
                Statistic.MINIMUM: min(inside),
                Statistic.AVERAGE: round(sum(inside) / len(inside), 6),
                Statistic.COUNT: float(len(inside)),
            }[statistic]
        )
    )


@given(values=SERIES, one=RULES)
def test_looking_only_where_it_matters_finds_every_ring(
    values: dict[int, float], one: Rule
) -> None:
    """Heights are kept for few minutes, and ring as an evaluation of every minute does."""
    assert rung_at(values, one, 70) == plainly(values, one, 70)


@given(values=SERIES, one=RULES, looser=st.integers(0, 9))
def test_a_looser_threshold_never_rings_earlier(
    values: dict[int, float], one: Rule, looser: int
) -> None:
    """Whatever the series: it rings later or not at all."""
    more = -looser if one.comparison is Comparison.BELOW else looser
    tight, loose = one, replace(one, threshold=one.threshold + more)
    first = rung_at(values, tight, 70)
    then = rung_at(values, loose, 70)
    assert not then or first[0] <= then[0]


# -- learning ------------------------------------------------------------------------------------


def age(**said: Any) -> Rule:
    """An age that is written as six hours, looked at every five minutes."""
    usual: dict[str, Any] = {
        "threshold": Decimal(21_600),
        "period_seconds": 300,
        "learned": True,
        "unit": Unit.SECONDS,
    }
    return rule(**usual | said)


def taught(one: Rule, *days: dict[int, float]) -> Rule:
    return learned(one, [heights(metrics(day), one, 1440) for day in days])


def test_an_age_is_learned_from_the_worst_calm_day() -> None:
    """Twice the most of all days, rounded up to what a person would type."""
    days = ({5: 200.0, 9: 310.0}, {7: 1_000.0}, {8: 90.0})
    assert taught(age(), *days).threshold == 2_700


def test_an_age_is_never_looser_than_its_promise() -> None:
    """A quarter of the promised time is the most, whatever calm days show."""
    assert taught(age(), {5: 20_000.0}).threshold == 21_600
    assert taught(age(threshold=Decimal(15)), {5: 14.0}).threshold == 15


def test_an_age_is_not_learned_below_its_period() -> None:
    """Where nothing ever waits, five minutes: sooner it is not known."""
    assert taught(age(), {5: 0.0}).threshold == 300


def test_a_count_that_grows_with_the_load_is_only_loosened() -> None:
    """Of 40,000 a day some are always unknown: twice the most that was there all the time."""
    unknown = rule(
        statistic=Statistic.MINIMUM,
        comparison=Comparison.AT_LEAST,
        threshold=Decimal(1),
        period_seconds=300,
        datapoints=3,
        periods=3,
        learned=True,
        looser=True,
    )
    busy: dict[int, float] = dict.fromkeys(range(100), 20.0)
    assert taught(unknown, busy).threshold == 50
    assert taught(unknown, {minute: float(minute % 5 == 0) for minute in range(99)}).threshold == 1


def test_what_is_not_learned_stays_as_written() -> None:
    """A fixed threshold, and one whose metric no day has, keep what they have."""
    fixed = rule()
    assert taught(fixed, {5: 9_999.0}) == fixed
    assert taught(age(), {}) == age()


@given(st.lists(SERIES, min_size=1, max_size=3), st.integers(1, 60))
def test_no_day_it_learned_from_rings_within_the_promise(
    days: list[dict[int, float]], scale: int
) -> None:
    """Unless calm days alone break what the promise allows, the learned alarm is silent on them."""
    grown = [{minute: value * scale for minute, value in day.items()} for day in days]
    one = age(threshold=Decimal(2_700))
    after = taught(one, *grown)
    assert after.threshold <= one.threshold
    assert not any(rung_at(day, after, 1440) for day in grown)


@given(st.integers(1, 500_000), st.sampled_from([Unit.SECONDS, None]))
def test_typed_numbers_are_next_to_what_is_wanted(amount: int, unit: Unit | None) -> None:
    """Never below, and at most three times as much; more is wanted, more is typed."""
    typed = [round_up(Decimal(amount + more), unit) for more in (0, 1, 7)]
    assert all(one <= two for one, two in pairwise(typed))
    assert amount <= typed[0] <= max(10, 3 * amount)


def test_idle_ticks_beat() -> None:
    """Ticks left out of a trial are heartbeats all the same."""
    made = Metrics(START)
    made.idle("worker", Idle(START + 5, START + 5 + 59 * 60, 60.0, ((METRIC, 1.0),), START + 5))
    silent = rule(
        statistic=Statistic.COUNT,
        comparison=Comparison.BELOW,
        threshold=Decimal(1),
        datapoints=5,
        periods=5,
        missing=Missing.BREACHING,
    )
    assert [at // 60 for at in rings(heights(made, silent, 120), silent)] == [67]
