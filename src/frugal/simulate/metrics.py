"""What CloudWatch would have of a trial: samples in buckets of one minute.

Ticks with nothing to do are not simulated one by one, yet each would have written its gauges. They
are kept as one entry a stretch of time and told apart only when somebody looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from frugal.model.brief import Value
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

    def value(self, statistic: Statistic) -> float:
        """Return the datapoint of these samples, without the crumbs of adding up."""
        if statistic is Statistic.SUM:
            return round(self.sum, 6)
        if statistic is Statistic.MAXIMUM:
            return round(self.most, 6)
        if statistic is Statistic.MINIMUM:
            return round(self.least, 6)
        if statistic is Statistic.AVERAGE:
            return round(self.sum / self.samples, 6)
        return round(self.samples, 6)


@dataclass(frozen=True, slots=True)
class Idle:
    """Ticks of one part that found nothing to do, and what each would have measured."""

    first: float
    last: float
    every: float
    gauges: tuple[tuple[str, float], ...]
    oldest_due: float | None  #: since when the oldest payout is due; None: none is

    def buckets(self, name: str, start: float) -> Iterator[tuple[int, Bucket]]:
        """Yield each minute since ``start`` that has samples of a metric, with all of them."""
        ages = name == "Payouts/OldestDueSeconds"
        value = 0.0 if ages else dict(self.gauges).get(name)
        if value is None:
            return
        since = self.oldest_due if ages else None
        at, left = self.first, round((self.last - self.first) / self.every) + 1
        while left > 0:
            minute = int((at - start) // MINUTE)
            there = ceil((start + (minute + 1) * MINUTE - at) / self.every - 1e-9)
            count = max(1, min(left, there))
            until = at + (count - 1) * self.every
            if since is None:
                yield minute, Bucket(count, count * value, value, value)
            else:  # only the tick that finds it due for the first time may find it not due yet
                least, most = max(0.0, at - since), max(0.0, until - since)
                yield minute, Bucket(count, count * (least + most) / 2, least, most)
            left -= count
            at = until + self.every


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
                for minute, bucket in idle.buckets(name, self.start):
                    there = found.get(minute)
                    found[minute] = bucket if there is None else there.and_all(bucket)
        return found
