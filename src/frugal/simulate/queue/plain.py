"""A plain queue on the event loop: arrivals, one line, so many servers, first come first served.

For what has no money in it: how long work waits for a lane, from which volume on, and how many
lanes keep a wait below a bound. Payouts themselves are tried out with the deployed code; this is
the same loop without it, so that millions of jobs take seconds.

Every arrival and every departure is an event of ``payouts.simulation.loop.Loop``: two a job,
nothing is reckoned ahead. The line itself needs no container: who has arrived and not begun is in
it, in the order of arrival.

    >>> from frugal.simulate.queue.spreads import Constant, Replayed
    >>> run = simulate_queue(Replayed((0.0, 1.0, 1.0)), Constant(mean=2.5), 1, jobs=3, seed=1)
    >>> run.waits
    [0.0, 1.5, 3.0]
"""

from __future__ import annotations

from itertools import islice
from math import ceil
from random import Random
from typing import NamedTuple

from frugal.model.errors import BadRequest, NothingFeasible
from frugal.simulate.queue.queue_run import WARM_UP_SHARE, QueueRun
from frugal.simulate.queue.spreads import Spread
from payouts.simulation.loop import Loop, Process


def simulate_queue(
    arrival: Spread,
    service: Spread,
    servers: int | None,
    jobs: int,
    seed: int,
    warm_up_share: float = WARM_UP_SHARE,
) -> QueueRun:
    """Run one queue until its last job has ended.

    Args:
        arrival: the seconds between one arrival and the next.
        service: the seconds a server works on one job; the n-th job takes the n-th that is drawn,
            so runs with the same seed and other servers serve the same jobs.
        servers: how many work at the same time; None: as many as are wanted.
        warm_up_share: of the jobs; they are simulated and left out of every mean.
    """
    if jobs < 1 or (servers is not None and servers < 1) or not 0.0 <= warm_up_share < 1.0:
        raise BadRequest(
            f"{servers} servers, {jobs} jobs, warm-up {warm_up_share}",
            where="a queue to simulate",
            hint="Give at least one server and one job, and a warm-up below 1.",
        )
    gaps = drawn(arrival, jobs, Random(f"arrivals {seed}"))
    works = drawn(service, jobs, Random(f"services {seed}"))
    idle = jobs if servers is None else servers
    loop = Loop()
    arrived: list[float] = []
    began: list[float] = []
    arrive, begin, push, work = arrived.append, began.append, loop.push, iter(works).__next__

    def arriving() -> Process:
        nonlocal idle
        for gap in gaps:
            yield gap
            now = loop.now
            arrive(now)
            if idle:
                idle -= 1
                begin(now)
                push(now + work(), depart, None)

    def depart(_: object) -> float | None:
        """Go on with who is first in line, or stand idle."""
        nonlocal idle
        if len(began) < len(arrived):
            begin(loop.now)
            return work()
        idle += 1
        return None

    loop.start(arriving())
    loop.run()
    ended = [at + seconds for at, seconds in zip(began, works, strict=True)]
    return QueueRun(servers, seed, arrived, began, ended, 2 * jobs, warm_up_share)


def drawn(spread: Spread, count: int, chance: Random) -> list[float]:
    """Return so many durations of a spread."""
    found = list(islice(spread.stream(chance), count))
    if len(found) < count:
        raise BadRequest(
            f"{len(found)} durations are there for {count} jobs",
            where="a replay",
            hint="Give one for each job.",
        )
    return found


class Sized(NamedTuple):
    """The fewest servers that keep a wait, and the run that shows it."""

    servers: int
    run: QueueRun


def servers_for(
    arrival: Spread,
    service: Spread,
    wait_seconds_most: float,
    percent: float,
    jobs: int,
    seed: int,
    servers_most: int = 10_000,
) -> Sized:
    """Return the fewest servers with which so many of a hundred jobs wait no longer than a bound.

    With the same arrivals and services one more server makes no job wait longer, so the search by
    halves misses nothing.
    """

    def keeps(servers: int) -> QueueRun | None:
        run = simulate_queue(arrival, service, servers, jobs, seed)
        return run if run.wait_percentile(percent) <= wait_seconds_most else None

    low, high = 0, min(max(1, ceil(service.mean / arrival.mean)), servers_most)
    run = keeps(high)
    while run is None:
        if high == servers_most:
            raise NothingFeasible(
                f"{servers_most} servers do not keep {percent:g} % of waits within "
                f"{wait_seconds_most:g} s",
                where="sizing a queue",
                hint="Allow a longer wait, or more servers.",
            )
        low, high = high, min(2 * high, servers_most)
        run = keeps(high)
    best = Sized(high, run)
    while best.servers - low > 1:
        middle = (low + best.servers) // 2
        run = keeps(middle)
        low, best = (low, Sized(middle, run)) if run else (middle, best)
    return best
