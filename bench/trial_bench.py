"""Payouts a second with the real core inside: trials of every full design, and the runtime's own.

    python bench/trial_bench.py [--runs 3]

A trial replays a calm day of the first example: at its own volume, as `frugal design` does it, and
at 2,000 payouts, the most that one trial replays. Where payouts arrive one by one, each has a tick
of its own; where a tick takes many, a payout costs less. The runtime's worlds have fewer, fuller
ticks and no AWS around them. Judging is in all figures; processor seconds of one core; the best of
some runs, because other programs only ever slow a run down. Prints; never asserts.

Floor: 4,000 payouts a second, goal 10,000.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from decimal import Decimal
from time import process_time

from msgspec.structs import replace

from frugal.simulate.plan import Plan
from frugal.simulate.trial import try_out
from payouts.simulation.runs import run_seed
from trials import STORIES, _best

STORY = "01-first"
MOST = 2_000
#: Worlds that the runtime's scenario generator drew without any trouble.
CALM_SEEDS = (5, 6)
WORLD_PAYOUTS = 2_500


def fastest(runs: int, call: Callable[[], object]) -> float:
    """Return the processor seconds of the best of some runs."""
    seconds = []
    for _ in range(runs + 1):
        gc.collect()
        began = process_time()
        call()
        seconds.append(process_time() - began)
    return min(seconds[1:])


def of_volume(plan: Plan, per_day: int) -> Plan:
    volume = Decimal(per_day)
    return replace(plan, arrivals=replace(plan.arrivals, per_day=volume, largest_day=volume))


def lines(runs: int) -> Iterator[str]:
    for plan in _best(STORIES / STORY / "brief.yaml"):
        usual = round(plan.arrivals.per_day)
        for payouts in (usual, MOST):
            one = of_volume(plan, payouts)
            seconds = fastest(runs, lambda one=one: try_out(one, None, 1, payouts_most=MOST))
            yield (
                f"{plan.pattern:<32}{payouts:>6,} payouts{seconds * 1000:>9.0f} ms"
                f"{payouts / seconds:>9,.0f} payouts/s"
            )
    for seed in CALM_SEEDS:
        seconds = fastest(runs, lambda seed=seed: run_seed(seed, WORLD_PAYOUTS))
        yield (
            f"{f'world of the runtime, seed {seed}':<32}{WORLD_PAYOUTS:>6,} payouts"
            f"{seconds * 1000:>9.0f} ms{WORLD_PAYOUTS / seconds:>9,.0f} payouts/s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=3)
    for line in lines(parser.parse_args().runs):
        print(line, flush=True)
    print("floor 4,000 payouts/s, goal 10,000")


if __name__ == "__main__":
    main()
