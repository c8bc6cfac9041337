"""``python -m frugal.simulate BRIEF --candidate ID --fault ID --seed N``: one trial again.

Prints the whole result as JSON. Exit code 1 where a promise was broken or the judge found anything,
2 where the command names something that is not there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from frugal.model.errors import FrugalError
from frugal.model.trial import CALM
from frugal.simulate.replay import PAYOUTS_MOST, replay


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m frugal.simulate", description="Run one trial again."
    )
    parser.add_argument("brief", type=Path, help="brief.yaml, as frugal design writes it")
    parser.add_argument("--candidate", required=True, help="pattern[setting=value,...]")
    parser.add_argument("--fault", default=CALM, help=f"a file of frugal/faults, or {CALM}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payouts-most", type=int, default=PAYOUTS_MOST, metavar="N")
    said = parser.parse_args(arguments)
    try:
        tried = replay(said.brief, said.candidate, said.fault, said.seed, said.payouts_most)
    except FrugalError as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(tried)).decode() + "\n")
    return 1 if tried.broken or tried.violations else 0


if __name__ == "__main__":
    sys.exit(main())
