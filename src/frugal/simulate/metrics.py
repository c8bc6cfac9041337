"""What CloudWatch would have of a trial: samples in buckets of one minute, and alarms over them.

Ticks with nothing to do are not simulated one by one, yet each would have written its gauges. They
are kept as one entry a stretch of time and told apart only when somebody looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from frugal.model.brief import Value
from frugal.model.trial import Rung
from frugal.model.watch import Rule, Statistic

MINUTE = 60.0
#: Gauges that count payouts: in a scaled trial each stands for several.
COUNTS_OF_PAYOUTS = frozenset({"Due", "Unknown", "Held"})


class Watched(Value, frozen=True, kw_only=True):
    """One alarm of a design. ``part`` is empty where the metric is of the whole runtime."""

    id: str
    metric: str  #: ``Namespace/Name``
    rule: Rule
    part: str = ""


class Bucket(NamedTuple):
    """All samples of one minute."""

    samples: float
    sum: float
    least: float
    most: float

    def and_one(self, value: float) -> Bucket:
        count, total, least, most = self
        return Bucket(
            count + 1,
            total + value,
            value if value < least else least,
            value if value > most else most,
        )

    def and_all(self, other: Bucket) -> Bucket:
        return Bucket(
            self.samples + other.samples,
            self.sum + other.sum,
            min(self.least, other.least),
            max(self.most, other.most),
        )


@dataclass(frozen=True, slots=True)
class Idle:
    """Ticks of one part that found nothing to do, and what each would have measured."""

    first: float
    last: float
    every: float
    gauges: tuple[tuple[str, float], ...]
    oldest_due: float | None  #: since when the oldest payout is due; None: none is

    def samples(self, name: str) -> Iterator[tuple[float, float]]:
        """Yield the time and value of each sample of a metric."""
        if name == "Payouts/OldestDueSeconds":
            value = None
        else:
            value = dict(self.gauges).get(name)
            if value is None:
                return
        at = self.first
        while at <= self.last + 1e-6:
            if value is not None:
                yield at, value
            else:
                yield at, 0.0 if self.oldest_due is None else max(0.0, at - self.oldest_due)
            at += self.every


class Metrics:
    """Samples by name and part. Times are the world's."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.now = start
        self._buckets: defaultdict[tuple[str, str], dict[int, Bucket]] = defaultdict(dict)
        self._idle: defaultdict[str, list[Idle]] = defaultdict(list)

    def sample(self, part: str, name: str, value: float, at: float) -> None:
        minute = int((at - self.start) // MINUTE)
        buckets = self._buckets[name, part]
        bucket = buckets.get(minute)
        buckets[minute] = (
            Bucket(1, value, value, value) if bucket is None else bucket.and_one(value)
        )

    def idle(self, part: str, idle: Idle) -> None:
        self._idle[part].append(idle)

    def total(self, name: str, part: str = "") -> float:
        """Return the sum of all samples that were taken one by one."""
        return sum(
            bucket.sum
            for (known, of), buckets in self._buckets.items()
            if known == name and part in {"", of}
            for bucket in buckets.values()
        )

    def most(self, name: str, part: str = "") -> float:
        """Return the largest of all samples; 0 where there is none."""
        return max(
            (
                bucket.most
                for (known, of), buckets in self._buckets.items()
                if known == name and part in {"", of}
                for bucket in buckets.values()
            ),
            default=0.0,
        )

    def minutes(self, name: str, part: str = "") -> dict[int, Bucket]:
        """Return the minutes that have samples; no part: of every part together."""
        found: dict[int, Bucket] = {}
        for (known, of), buckets in self._buckets.items():
            if known == name and part in {"", of}:
                for minute, bucket in buckets.items():
                    there = found.get(minute)
                    found[minute] = bucket if there is None else there.and_all(bucket)
        for of, stretches in self._idle.items():
            if part not in {"", of}:
                continue
            for idle in stretches:
                for at, value in idle.samples(name):
                    minute = int((at - self.start) // MINUTE)
                    there = found.get(minute)
                    found[minute] = (
                        Bucket(1, value, value, value) if there is None else there.and_one(value)
                    )
        return found

    def datapoints(
        self, watched: Watched, first: float, last: float
    ) -> list[tuple[float, Decimal | None]]:
        """Return the end and value of each of an alarm's periods; None: no data in it."""
        rule = watched.rule
        width = max(1, round(rule.period_seconds / MINUTE))
        minutes = self.minutes(watched.metric, watched.part)
        points: list[tuple[float, Decimal | None]] = []
        begin = int((first - self.start) // MINUTE) // width * width
        while self.start + (begin + width) * MINUTE <= last:
            joined: Bucket | None = None
            for minute in range(begin, begin + width):
                bucket = minutes.get(minute)
                if bucket is not None:
                    joined = bucket if joined is None else joined.and_all(bucket)
            end = self.start + (begin + width) * MINUTE
            points.append((end, None if joined is None else _value(joined, rule.statistic)))
            begin += width
        return points


def _value(bucket: Bucket, statistic: Statistic) -> Decimal:
    value = {
        Statistic.SUM: bucket.sum,
        Statistic.MAXIMUM: bucket.most,
        Statistic.MINIMUM: bucket.least,
        Statistic.AVERAGE: bucket.sum / bucket.samples,
        Statistic.COUNT: bucket.samples,
    }[statistic]
    return Decimal(repr(round(value, 6)))


def rung(
    metrics: Metrics,
    alarms: Sequence[Watched],
    *,
    first: float,
    last: float,
    began: float | None,
) -> tuple[Rung, ...]:
    """Return what each alarm did: when it rang first for the fault, and how often before."""
    return tuple(_rung(metrics, one, first, last, began) for one in alarms)


def _rung(
    metrics: Metrics, watched: Watched, first: float, last: float, began: float | None
) -> Rung:
    rule = watched.rule
    recent: list[bool] = []
    rings, before, heard = 0, 0, None
    ringing = False
    for end, value in metrics.datapoints(watched, first, last):
        recent.append(rule.breaches(value))
        if len(recent) > rule.periods:
            recent.pop(0)
        now = sum(recent) >= rule.datapoints
        if now and not ringing:
            rings += 1
            if began is None or end <= began:
                before += 1
            elif heard is None:
                heard = Decimal(round(end - began))
        ringing = now
    return Rung(alarm=watched.id, times=rings, first_after_seconds=heard, before=before)
