"""Second simulators of queues, so naive that they can be checked by reading: lists, no event loop.

They take times that were drawn already, and add and compare them in the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

from frugal.simulate.queue.queue_function import Attempt, FunctionLimits


def naive_waits(gaps: list[float], works: list[float], servers: int) -> list[float]:
    """A plain queue: each job goes to the server that is free first."""
    free_at = [0.0] * servers
    now, waits = 0.0, []
    for gap, work in zip(gaps, works, strict=True):
        now += gap
        server = free_at.index(min(free_at))
        begins = max(now, free_at[server])
        waits.append(begins - now)
        free_at[server] = begins + work
    return waits


def naive_attempts(
    gaps: list[float], works: Iterator[float], limits: FunctionLimits
) -> list[Attempt]:
    """A function: every attempt in the order of its time, against all that were made before."""
    coming, made, now = [], [], 0.0
    for job, gap in enumerate(gaps):
        now += gap
        coming.append((now, job))
    while coming:
        coming.sort()
        now, job = coming.pop(0)
        attempt = _naive_attempt(now, job, made, works, limits)
        made.append(attempt)
        failures = sum(one.job == job and not one.done for one in made)
        if not attempt.done and failures <= limits.retries_most:
            over = now if attempt.turned_away else attempt.ended
            coming.append((over + limits.retry_wait_seconds * 2 ** (failures - 1), job))
    return made


def _naive_attempt(
    now: float, job: int, made: list[Attempt], works: Iterator[float], limits: FunctionLimits
) -> Attempt:
    ran = [one for one in made if not one.turned_away]
    ends = sorted(one.ended for one in ran if one.ended > now)
    most = limits.concurrency_most
    begins = now
    if most is not None and len(ends) >= most:
        waiting = sum(one.began > now for one in ran)
        if limits.waiting_most is not None and waiting >= limits.waiting_most:
            return Attempt(job, now, nan, nan)
        begins = ends[len(ends) - most]
    idle = set()
    for environment in {one.environment for one in ran}:
        last = [one for one in ran if one.environment == environment][-1]
        kept = begins - last.ended <= limits.idle_seconds
        if last.done and last.ended <= begins and kept:
            idle.add(environment)
    cold = not idle
    environment = max(idle) if idle else 1 + max((one.environment for one in ran), default=0)
    work = next(works)
    done = work <= limits.time_limit_seconds
    ended = begins + limits.cold_seconds * cold + min(work, limits.time_limit_seconds)
    return Attempt(job, now, begins, ended, environment, cold, done)
