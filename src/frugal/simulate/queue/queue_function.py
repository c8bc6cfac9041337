"""A function's own queue on the event loop: environments that start cold, and limits that bind.

Beside a plain queue it has what a function has. An attempt runs in an environment of its own: a
warm one if there is one, the newest first, else a new one that starts cold. An environment that
was idle too long is gone, and so is one that was cut off at the time limit. No more than so many
run at once: what comes then waits in line, or is turned away where no place is left. An attempt
that was turned away or cut off is made again some times, after a wait that doubles.

Which warm environment gets the next attempt AWS does not say; the newest first needs the fewest.

    >>> from frugal.simulate.queue.spreads import Constant, Replayed
    >>> limits = FunctionLimits(cold_seconds=0.5, idle_seconds=60.0)
    >>> gaps, service = Replayed((0.0, 10.0, 100.0)), Constant(mean=2.0)
    >>> simulate_function(gaps, service, limits, jobs=3, seed=1).ended
    [2.5, 12.0, 112.5]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from math import inf, isnan, nan
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from frugal.model.errors import BadRequest
from frugal.simulate.queue.plain import drawn
from frugal.simulate.queue.queue_run import WARM_UP_SHARE, Interval, Level, Measured
from frugal.simulate.queue.spreads import Spread
from payouts.simulation.loop import Loop, Process

if TYPE_CHECKING:
    from frugal.model.behaviour import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionLimits:
    """What binds a function; as it stands here, nothing does."""

    concurrency_most: int | None = None
    cold_seconds: float = 0.0  #: before the first attempt of an environment; no part of its limit
    idle_seconds: float = inf  #: after which an idle environment is gone
    waiting_most: int | None = None  #: attempts in line; 0: nobody waits; None: everybody may
    time_limit_seconds: float = inf
    retries_most: int = 0
    retry_wait_seconds: float = 60.0  #: before the first further attempt, then doubled

    def __post_init__(self) -> None:
        seconds = (self.cold_seconds, self.idle_seconds, self.retry_wait_seconds, self.retries_most)
        counts = (self.concurrency_most, 1), (self.waiting_most, 0)
        too_few = any(count is not None and count < least for count, least in counts)
        if too_few or not all(one >= 0.0 for one in seconds) or not self.time_limit_seconds > 0.0:
            raise BadRequest(
                f"{self} cannot be",
                where="a function's limits",
                hint="Nothing is below 0, and the time limit and the concurrency are above it.",
            )


def limits_of(function: Function) -> FunctionLimits:
    """Return the limits of a function that is invoked asynchronously, as its service has them."""
    return FunctionLimits(
        concurrency_most=int(function.concurrency_most.value),
        cold_seconds=float(function.cold_seconds.value),
        idle_seconds=float(function.idle_seconds.value),
        time_limit_seconds=float(function.time_limit_seconds.value),
        retries_most=int(function.retries_most.value),
        retry_wait_seconds=float(function.retry_wait_seconds.value),
    )


class Attempt(NamedTuple):
    """One time somebody tried to have a job done."""

    job: int
    at: float
    began: float = nan  #: in its environment, cold start included; nan: it was turned away
    ended: float = nan
    environment: int = -1
    cold: bool = False
    done: bool = False  #: else it was turned away or cut off

    @property
    def turned_away(self) -> bool:
        return isnan(self.began)


@dataclass(frozen=True)
class FunctionRun(Measured):
    """Every attempt of one run. Times are nan for a job that was given up."""

    limits: FunctionLimits
    seed: int
    arrived: Sequence[float]
    ended: Sequence[float]  #: of each job, when it was done
    attempts: Sequence[Attempt]  #: in the order in which they ended or were turned away
    events: int  #: arrivals, attempts made again, departures: each handled by the event loop
    warm_up_share: float = WARM_UP_SHARE

    @cached_property
    def lost(self) -> Interval:
        """The share of jobs that were given up."""
        return self.by_job([isnan(at) for at in self.ended])

    @cached_property
    def turned_away(self) -> Interval:
        """Attempts that found no place, for each job."""
        return self._for_each_job(one.turned_away for one in self.attempts)

    @cached_property
    def cold(self) -> Interval:
        """Cold starts, for each job."""
        return self._for_each_job(one.cold for one in self.attempts)

    @cached_property
    def running(self) -> Interval:
        """Environments at work, over time."""
        made = [one for one in self.attempts if not one.turned_away]
        return self.over_time(Level([one.began for one in made], [one.ended for one in made]))

    @cached_property
    def waiting(self) -> Interval:
        """Attempts in line, over time."""
        made = [one for one in self.attempts if not one.turned_away]
        return self.over_time(Level([one.at for one in made], [one.began for one in made]))

    @cached_property
    def environments(self) -> Interval:
        """Environments that are there, at work or idle, over time."""
        born: dict[int, float] = {}
        gone: dict[int, float] = {}
        for one in self.attempts:
            if one.turned_away:
                continue
            born.setdefault(one.environment, one.began)
            gone[one.environment] = one.ended + (self.limits.idle_seconds if one.done else 0.0)
        return self.over_time(Level(list(born.values()), list(gone.values())))

    @cached_property
    def concurrency_peak(self) -> int:
        """The most environments at work at one moment."""
        made = [one for one in self.attempts if not one.turned_away]
        steps = sorted([(one.began, 1) for one in made] + [(one.ended, -1) for one in made])
        running = most = 0
        for _, step in steps:
            running += step
            most = max(most, running)
        return most

    def _for_each_job(self, happened: Iterable[bool]) -> Interval:
        counts = [0] * len(self.arrived)
        for attempt, did in zip(self.attempts, happened, strict=True):
            counts[attempt.job] += did
        return self.by_job(counts)


def simulate_function(
    arrival: Spread,
    service: Spread,
    limits: FunctionLimits,
    jobs: int,
    seed: int,
    warm_up_share: float = WARM_UP_SHARE,
) -> FunctionRun:
    """Run a function until its last job is done or given up.

    Args:
        arrival: the seconds between one arrival and the next.
        service: the seconds of an attempt once its environment is warm; the n-th attempt to begin
            takes the n-th that is drawn.
        warm_up_share: of the jobs; they are simulated and left out of every mean.
    """
    if jobs < 1 or not 0.0 <= warm_up_share < 1.0:
        raise BadRequest(
            f"{jobs} jobs, warm-up {warm_up_share}",
            where="a function to simulate",
            hint="Give at least one job, and a warm-up below 1.",
        )
    pool = _Pool(limits, service, jobs, seed)
    loop, arrived = pool.loop, pool.arrived
    gaps = drawn(arrival, jobs, Random(f"arrivals {seed}"))

    def arriving() -> Process:
        for job, gap in enumerate(gaps):
            yield gap
            arrived.append(loop.now)
            pool.attempt(job)

    loop.start(arriving())
    loop.run()
    # The first event of all is the arrivals' own beginning: nothing arrives in it.
    events = loop.events - 1
    return FunctionRun(limits, seed, arrived, pool.ended, pool.attempts, events, warm_up_share)


class _Pool:
    """The environments, the line before them, and what became of every attempt."""

    def __init__(self, limits: FunctionLimits, service: Spread, jobs: int, seed: int) -> None:
        self.loop = Loop()
        self.limits = limits
        self.arrived: list[float] = []
        self.ended = [nan] * jobs
        self.attempts: list[Attempt] = []
        self._failures = [0] * jobs
        self._work = service.stream(Random(f"services {seed}"))
        self._concurrency_most = limits.concurrency_most or inf
        self._waiting_most = inf if limits.waiting_most is None else limits.waiting_most
        self._line: deque[tuple[int, float]] = deque()
        self._running = 0
        self._born = 0
        #: Idle environments, the newest on top, each with when it became idle.
        self._idle: list[tuple[int, float]] = []

    def attempt(self, job: int) -> None:
        now = self.loop.now
        if self._running < self._concurrency_most:
            self._begin(job, now)
        elif len(self._line) < self._waiting_most:
            self._line.append((job, now))
        else:
            self._over(Attempt(job, now))

    def _begin(self, job: int, at: float) -> None:
        now, limits = self.loop.now, self.limits
        self._running += 1
        environment, cold = self._environment(now)
        seconds = next(self._work)
        done = seconds <= limits.time_limit_seconds
        ended = now + limits.cold_seconds * cold + min(seconds, limits.time_limit_seconds)
        self.loop.push(ended, self._end, Attempt(job, at, now, ended, environment, cold, done))

    def _environment(self, now: float) -> tuple[int, bool]:
        """Return the newest idle environment that is still there, or a new one, which is cold."""
        while self._idle:
            newest, since = heappop(self._idle)
            if now - since <= self.limits.idle_seconds:
                return -newest, False
        self._born += 1
        return self._born, True

    def _end(self, made: Attempt) -> None:
        self._running -= 1
        if made.done:
            heappush(self._idle, (-made.environment, made.ended))
        self._over(made)
        if self._line:
            self._begin(*self._line.popleft())

    def _over(self, made: Attempt) -> None:
        self.attempts.append(made)
        if made.done:
            self.ended[made.job] = made.ended
            return
        failures = self._failures[made.job]
        self._failures[made.job] = failures + 1
        if failures < self.limits.retries_most:
            wait = self.limits.retry_wait_seconds * 2**failures
            self.loop.call(self.loop.now + wait, self.attempt, made.job)
