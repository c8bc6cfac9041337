"""When alarms ring over a trial's metrics, as CloudWatch documents it, whatever the threshold is.

A standard alarm looks every minute at a window that slides: each datapoint is a statistic over the
last period, the one before over the period before
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html). It
fetches more datapoints than it needs. Where enough of them are there, the newest count, gaps or
not; where too few are, all that are there count, and missing ones are filled in as the alarm says
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html). So a
heartbeat that stops is heard only when its last beats have left that range. How far the range goes
AWS does not say; its example fetches five for three, and two more is what we assume for all.

Nothing is evaluated twice for two thresholds: what is kept of a trial is how high the threshold
would have had to be for silence (``Heights``), and only where that is worth telling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import inf

from frugal.model.brief import Value
from frugal.model.trial import Rung, Tried
from frugal.model.watch import Comparison, Missing, Rule, Statistic, Unit
from frugal.simulate.metrics import MINUTE, Bucket, Metrics, Watched

#: Datapoints fetched beyond those an alarm needs: assumed from AWS's example, five for three.
FETCHED_BEYOND = 2
#: A learned threshold is so many times what calm showed.
MARGIN = 2


class Heights(Value, frozen=True, kw_only=True):
    """How near to ringing one alarm was through a trial: enough to try another threshold on it.

    The height at a moment is the threshold that its datapoints just reach: with a lower one the
    alarm is ringing then (with a higher one, where it watches for what falls; heights are negative
    there). Each pair of ``at`` and ``height`` is a change.
    """

    alarm: str
    measured: bool  #: a trial has this metric at all; False: nothing can be said
    at: tuple[int, ...]  #: seconds since the trial's start
    height: tuple[float, ...]  #: infinite: rings, or does not, whatever is learned


class Watchful(Tried, frozen=True, kw_only=True):
    """A trial, with what tells when its alarms would have rung with other thresholds."""

    heights: tuple[Heights, ...] = ()

    def plain(self) -> Tried:
        """Return the trial alone."""
        return Tried(**{name: getattr(self, name) for name in Tried.__struct_fields__})


def least(rule: Rule) -> Decimal:
    """Return the tightest threshold that is learned.

    For an age the alarm's own period: what is looked at every five minutes is not known sooner.
    """
    if rule.looser or rule.unit is not Unit.SECONDS:
        return rule.threshold
    return min(rule.threshold, Decimal(rule.period_seconds))


def heights_of(metrics: Metrics, watched: Watched, *, first: float, last: float) -> Heights:
    """Return how near to ringing an alarm was, at every minute at which that changed.

    Heights that no threshold to be learned can tell apart are infinite: one below half the
    tightest, or above the written one where trials may only tighten it.
    """
    minutes = metrics.minutes(watched.metric, watched.part)
    begin = round((first - metrics.start) / MINUTE)
    end = int((last - metrics.start) // MINUTE)
    at: list[int] = []
    found: list[float] = []
    before = -inf
    for minute, height in _Evaluation(watched.rule, minutes).heights(begin, end):
        if height != before:
            at.append(round((minute - begin) * MINUTE))
            found.append(height)
            before = height
    return Heights(alarm=watched.id, measured=bool(minutes), at=tuple(at), height=tuple(found))


def rings(heights: Heights, rule: Rule) -> list[int]:
    """Return when an alarm begins to ring, in seconds since the trial's start."""
    found: list[int] = []
    ringing = False
    for at, height in zip(heights.at, heights.height, strict=True):
        now = _reaches(height, rule)
        if now and not ringing:
            found.append(at)
        ringing = now
    return found


def rung(
    metrics: Metrics,
    alarms: Sequence[Watched],
    *,
    first: float,
    last: float,
    began: float | None,
) -> tuple[Rung, ...]:
    """Return what each alarm did: when it rang first for the fault, and how often before."""
    at = None if began is None else began - first
    return tuple(
        rung_of(heights_of(metrics, one, first=first, last=last), one.rule, at) for one in alarms
    )


def rung_of(heights: Heights, rule: Rule, began: float | None) -> Rung:
    """Return what an alarm did with this threshold; ``began``: seconds since the trial's start."""
    times = rings(heights, rule)
    for_it = [] if began is None else [at for at in times if at > began]
    return Rung(
        alarm=heights.alarm,
        times=len(times),
        before=len(times) - len(for_it),
        first_after_seconds=Decimal(round(for_it[0] - began))
        if for_it and began is not None
        else None,
    )


def calm_most(heights: Sequence[Heights]) -> float:
    """Return the greatest height there was, apart from silence; minus infinity: none to tell."""
    return max((one for each in heights for one in each.height if one < inf), default=-inf)


# -- evaluating ----------------------------------------------------------------------------------


class _Evaluation:
    """One rule over the minutes of one metric. Values that must not fall are turned round."""

    def __init__(self, rule: Rule, minutes: Mapping[int, Bucket]) -> None:
        self._rule = rule
        self._minutes = minutes
        self._width = max(1, round(rule.period_seconds / MINUTE))
        self._range = rule.periods + FETCHED_BEYOND
        self._falls = rule.comparison is Comparison.BELOW
        self._fill = inf if rule.missing is Missing.BREACHING else -inf
        self._points: dict[int, float | None] = {}
        written, floor = float(rule.threshold), float(least(rule)) / MARGIN
        # What learning cannot tell apart is not told apart: see ``heights_of``. What must not fall
        # below a threshold is never learned.
        self._fixed = not rule.learned or self._falls
        self._floor = written if self._fixed or rule.looser else floor
        self._cap = self._fixed or not rule.looser

    def heights(self, begin: int, end: int) -> Iterator[tuple[int, float]]:
        """Yield each minute worth looking at with its height, and the first after such minutes."""
        if self._fill == inf:  # what was before the trial is not silence
            begin += self._width * self._range
        before = -1
        for minute in self._worth_it(begin, end):
            if before >= 0 and minute > before + 1:
                yield before + 1, -inf
            yield minute, self._told(self._height(minute))
            before = minute
        if 0 <= before < end:
            yield before + 1, -inf

    def _worth_it(self, begin: int, end: int) -> Iterator[int]:
        """Yield, in order, the minutes at which the alarm could possibly ring."""
        upto = begin
        for since, until in self._spans(end):
            yield from range(max(since, upto), min(until, end) + 1)
            upto = max(upto, min(until, end) + 1)

    def _spans(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield spans of minutes by their begin: after what is high enough, and in silence."""
        reach = self._width * self._range
        silence = None
        if self._fill == inf:
            exact = self._rule.datapoints == self._rule.periods
            silence = reach if exact else self._width
        last = -1
        for minute in sorted(self._minutes):
            if silence is not None and minute - last > silence:
                yield last + silence, minute + reach
            last = minute
            if self._counts(self._minutes[minute]):
                yield minute + 1, minute + 1 + reach
        if silence is not None and end - last > silence:
            yield last + silence, end

    def _counts(self, bucket: Bucket) -> bool:
        """Whether a window with this minute in it may be high enough."""
        statistic = self._rule.statistic
        if self._falls:
            added = {Statistic.SUM: bucket.sum, Statistic.COUNT: bucket.samples}
            return added.get(statistic, bucket.least) < self._floor
        if statistic in {Statistic.SUM, Statistic.COUNT}:
            return bucket.sum > 0 or statistic is Statistic.COUNT
        return (bucket.least if statistic is Statistic.MINIMUM else bucket.most) >= self._floor

    def _height(self, minute: int) -> float:
        """Return the height of the evaluation at the end of a minute."""
        rule, width = self._rule, self._width
        real: list[float] = []
        for back in range(self._range):
            value = self._point(minute - back * width)
            if value is not None:
                real.append(value)
                if len(real) == rule.periods:
                    break
        real += [self._fill] * (rule.periods - len(real))
        real.sort(reverse=True)
        return real[rule.datapoints - 1]

    def _point(self, end: int) -> float | None:
        """Return the datapoint of the period that ends there; None: no data in it."""
        if end in self._points:
            return self._points[end]
        joined: Bucket | None = None
        minutes = self._minutes
        for minute in range(end - self._width, end):
            bucket = minutes.get(minute)
            if bucket is not None:
                joined = bucket if joined is None else joined.and_all(bucket)
        value = None if joined is None else joined.value(self._rule.statistic)
        if value is not None and self._falls:
            value = -value
        self._points[end] = value
        return value

    def _told(self, height: float) -> float:
        rule = self._rule
        if self._cap and _reaches(height, rule):
            return inf
        low = -self._floor if self._falls else self._floor
        return height if height >= low and not (self._cap and self._fixed) else -inf


def _reaches(height: float, rule: Rule) -> bool:
    """Return whether an alarm rings at a height."""
    threshold = float(rule.threshold)
    if rule.comparison is Comparison.BELOW:
        return height > -threshold
    return height >= threshold if rule.comparison is Comparison.AT_LEAST else height > threshold
