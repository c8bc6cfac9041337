"""``python -m payouts.simulation --seeds N``: run the real core in N simulated worlds.

Exit code 1 where the judge found anything; the seed and the command that repeats it are printed,
and the seed is added to the list that the tests run for ever.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import process_time

from payouts.simulation.runs import Totals, keep, run_seed

_SEEDS = Path("tests/payouts/simulation/seeds.txt")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m payouts.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many worlds (20)")
    parser.add_argument("--first-seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--payouts", type=int, default=2000, help="payouts in each world (2000)")
    parser.add_argument("--keep", type=Path, default=_SEEDS, help="list of seeds that failed")
    parser.add_argument("--quiet", action="store_true", help="totals only")
    said = parser.parse_args(arguments)
    totals = Totals()
    began = process_time()
    for seed in range(said.first_seed, said.first_seed + said.seeds):
        ran = run_seed(seed, said.payouts)
        totals.add(ran)
        if ran.violations and said.keep.parent.is_dir():
            keep(said.keep, ran)
        if ran.violations or not said.quiet:
            print(ran.line, flush=True)
    seconds = process_time() - began
    for line in totals.lines():
        print(line)
    print(
        f"{totals.counts['payouts'] / seconds:.0f} payouts a second of one core ({seconds:.1f} s)"
    )
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
