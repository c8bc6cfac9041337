"""What a run of a queue shows: means with confidence intervals, and the whole spread of the waits.

Waits of neighbours are alike (who comes into a long queue finds one), so a confidence interval
must not treat them as independent. It is made by batch means: the first jobs are cut off, because
the queue began empty; the rest is cut into 32 stretches of as many arrivals each; their means are
nearly independent once a stretch is much longer than a queue takes to forget; and Student's t with
31 degrees of freedom bounds the mean of them. 32 is few enough for long stretches and many enough
that t (2.04) is close to what endless ones would give (1.96).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import ceil, fsum, inf, sqrt
from operator import sub

BATCHES = 32
#: Student's t with 31 degrees of freedom: 95 % of it lies within this of zero.
STUDENT_T_95 = 2.039513446396408
#: The first tenth of a run is not counted.
WARM_UP_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and how far from it the true one may be with 95 % confidence."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        return self.mean + self.half_width

    def covers(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.mean:.4g} +- {self.half_width:.2g}"


def interval(means: Sequence[float]) -> Interval:
    """Return the mean of batch means with its confidence; of fewer than 32 nothing is known."""
    count = len(means)
    middle = fsum(means) / count if count else 0.0
    if count != BATCHES:
        return Interval(middle, inf)
    variance = fsum((one - middle) ** 2 for one in means) / (count - 1)
    return Interval(middle, STUDENT_T_95 * sqrt(variance / count))


def batches(jobs: int, warm_up_share: float = WARM_UP_SHARE) -> tuple[tuple[int, int], ...]:
    """Return the stretches of jobs (first, behind the last); one, if there are too few for 32.

    What does not divide by 32 goes to the warm-up.
    """
    kept = jobs - int(jobs * warm_up_share)
    each = kept // BATCHES
    if each < 2:
        return ((jobs - kept, jobs),) if kept else ()
    first = jobs - each * BATCHES
    return tuple((first + each * place, first + each * (place + 1)) for place in range(BATCHES))


class Level:
    """How many are somewhere, over time: those that have come less those that have gone."""

    __slots__ = ("_came", "_came_sums", "_went", "_went_sums")

    def __init__(self, came: Sequence[float], went: Sequence[float]) -> None:
        self._came, self._went = sorted(came), sorted(went)
        self._came_sums = [0.0, *accumulate(self._came)]
        self._went_sums = [0.0, *accumulate(self._went)]

    def until(self, at: float) -> float:
        """Return the number times seconds from the beginning until a time."""
        came, went = bisect_left(self._came, at), bisect_left(self._went, at)
        return (came - went) * at - (self._came_sums[came] - self._went_sums[went])

    def mean(self, first: float, last: float) -> float:
        return (self.until(last) - self.until(first)) / (last - first)


class Measured:
    """What runs of every kind have: jobs in the order of arrival, cut into batches."""

    arrived: Sequence[float]
    warm_up_share: float

    @cached_property
    def batches(self) -> tuple[tuple[int, int], ...]:
        return batches(len(self.arrived), self.warm_up_share)

    @cached_property
    def windows(self) -> tuple[tuple[float, float], ...]:
        """The batches as time: from the first arrival of each to the first of the next."""
        edge = len(self.arrived) - 1
        times = ((self.arrived[first], self.arrived[min(end, edge)]) for first, end in self.batches)
        return tuple((first, last) for first, last in times if last > first)

    def by_job(self, values: Sequence[float]) -> Interval:
        """Return the mean over jobs; ``values``: one for each."""
        return interval([sum(values[first:end]) / (end - first) for first, end in self.batches])

    def over_time(self, level: Level) -> Interval:
        return interval([level.mean(first, last) for first, last in self.windows])


@dataclass(frozen=True)
class QueueRun(Measured):
    """Every job of one run, first come first served: when it came, when it began, when it ended."""

    servers: int | None
    seed: int
    arrived: Sequence[float]
    began: Sequence[float]
    ended: Sequence[float]
    events: int  #: an arrival and a departure of each job, each handled by the event loop
    warm_up_share: float = WARM_UP_SHARE

    @cached_property
    def waits(self) -> list[float]:
        """How long each job waited before it began, in the order of arrival."""
        return list(map(sub, self.began, self.arrived))

    @cached_property
    def wait(self) -> Interval:
        return self.by_job(self.waits)

    @cached_property
    def response(self) -> Interval:
        """From arrival to end."""
        return self.by_job(list(map(sub, self.ended, self.arrived)))

    def waited_longer(self, seconds: float) -> Interval:
        """Return the share of jobs that waited longer; than 0.0: that waited at all."""
        return self.by_job([wait > seconds for wait in self.waits])

    def wait_percentile(self, percent: float) -> float:
        """Return the shortest wait that so many of a hundred jobs did not exceed."""
        ordered = self._ordered_waits
        rank = ceil(len(ordered) * percent / 100.0)
        return ordered[max(0, min(rank, len(ordered)) - 1)]

    @cached_property
    def queue_length(self) -> Interval:
        """Jobs that have come and not begun, over time."""
        return self.over_time(Level(self.arrived, self.began))

    @cached_property
    def busy(self) -> Interval:
        """Servers at work, over time."""
        return self.over_time(Level(self.began, self.ended))

    @property
    def utilisation(self) -> Interval:
        """The share of all servers that is at work; of endless ones none."""
        servers = self.servers or inf
        return Interval(self.busy.mean / servers, self.busy.half_width / servers)

    @cached_property
    def _ordered_waits(self) -> list[float]:
        return sorted(self.waits[self.batches[0][0] :])
