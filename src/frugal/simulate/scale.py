"""Fewer payouts than there really are, without more room for each: how a trial is scaled.

One replayed payout stands for ``ratio`` real ones. What is counted a second (arrivals, the
partner's limit) is divided by it; so are the lanes of a worker, the payouts of a round, and then
the runs at once. What cannot be divided further stays 1, and after each run the worker is busy for
as long as it would have been with the others its payouts stand for (``Scale.busy_seconds``). A
payout lives through the same seconds as it really would: how long an answer takes, time-outs,
leases, waits between attempts and a schedule's interval are not scaled. Where ``ratio`` is 1
everything is as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Scale:
    """What of one worker is left in a scaled trial."""

    lanes: int = 1
    items: int = 1  #: payouts a run takes at most
    concurrency: int = 1
    within: float = 1.0  #: payouts of one real run that one replayed payout stands for
    beyond: float = 1.0  #: real runs that one replayed run stands for
    real_lanes: int = 1
    real_items: int = 1
    real_concurrency: int = 1

    def busy_seconds(
        self, *, lane_seconds: float, payouts: int, round_payouts: int, round_seconds: float
    ) -> float:
        """Return how long the real worker would be busy with what a replayed run stands for.

        Args:
            lane_seconds: the answers' times, of the payouts of the run one after the other.
            payouts: how many they were.
            round_payouts: payouts in one real round of sends, at most.
            round_seconds: what each round takes beyond its answers.

        One replayed payout of 2 s stands for 10; with 4 lanes they keep the worker busy for 5 s.

            >>> scale = scaled(lanes=4, items=50, concurrency=1, ratio=10.0, by_events=False)
            >>> scale.lanes, scale.busy_seconds(
            ...     lane_seconds=2.0, payouts=1, round_payouts=50, round_seconds=0.0)
            (1, 5.0)
        """
        answered = self.within * lane_seconds / self.real_lanes
        rounds = self.within * payouts / min(round_payouts, self.real_items) * round_seconds
        return (answered + rounds) * self.concurrency * self.beyond / self.real_concurrency


def scaled(*, lanes: int, items: int, concurrency: int, ratio: float, by_events: bool) -> Scale:
    """Return what is left of a worker.

    Args:
        lanes: calls that one run makes at the same time.
        items: payouts one run takes at most.
        concurrency: runs at the same time, at most.
        ratio: real payouts that one replayed payout stands for.
        by_events: each run is started by payouts, so fewer of them start fewer runs; a schedule
            starts as many runs however few there are.

        >>> one = scaled(lanes=10, items=10, concurrency=8, ratio=40.0, by_events=True)
        >>> one.lanes, one.items, one.concurrency
        (1, 1, 2)
    """
    # Smaller batches first: the runs stay as many and as long. Then fewer runs.
    within = min(ratio, float(items)) if by_events else ratio
    beyond = ratio / within
    return Scale(
        lanes=ceil(lanes / within),
        items=ceil(items / within),
        concurrency=ceil(concurrency / beyond),
        within=within,
        beyond=beyond,
        real_lanes=lanes,
        real_items=items,
        real_concurrency=concurrency,
    )
