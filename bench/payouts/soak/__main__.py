"""Real processes, real Postgres, real HTTP, and everything that can go wrong: nothing may be lost.

    python bench/payouts/soak --payouts 20000 --seed 7

Two containers (``payouts serve``) and a function (the handler below awslambdaric) work on one
Postgres against the sandbox, which is a process of its own and plays tricks; a business enqueues
through SQL, HTTP and a queue. Meanwhile processes are killed and frozen, Postgres is restarted,
crashed, and put back to an older dump. At the end a judge compares the business's list, the
partner's books and the ledger's rows. Exit code 0: every promise was kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from run import Figures, Plan, soak

LONG = 10_000  #: payouts of a run that has time for every kind of restart and restore


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--payouts", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--factor", type=float, default=300.0, help="divides the partner's waits")
    parser.add_argument("--per-second", type=float, default=400.0, help="payouts enqueued a second")
    parser.add_argument("--seconds", type=float, help="give up after so long")
    parser.add_argument("--folder", type=Path, help="keep logs and figures there")
    parser.add_argument("--defect", default="", help="put a defect into the workers")
    parser.add_argument("--long", action="store_true", help="every kind of restart and restore")
    parser.add_argument("--no-troubles", action="store_true", help="faults of the partner only")
    parser.add_argument("--with-parent", action="store_true", help="stop when the parent ends")
    parser.add_argument("--json", action="store_true", help="figures as one JSON document")
    said = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupted)
    folder = said.folder or Path(tempfile.mkdtemp(prefix="payouts-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        payouts=said.payouts,
        seed=said.seed,
        factor=said.factor,
        per_second=said.per_second,
        seconds=said.seconds or 150 + said.payouts / 25,
        defect=said.defect,
        long=said.long or said.payouts >= LONG,
        troubles=not said.no_troubles,
        parent=os.getppid() if said.with_parent else 0,
    )
    figures = soak(plan, folder)
    sys.stdout.write(_as_json(figures) if said.json else _as_text(figures))
    if figures.faults:
        sys.stderr.write(f"seed {said.seed}; logs: {folder}\n{figures.diary}\n{figures.tails}\n")
    elif said.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if figures.faults else 0


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _as_json(figures: Figures) -> str:
    return json.dumps({"schema": 1, **figures.numbers, "faults": figures.faults}, indent=1) + "\n"


def _as_text(figures: Figures) -> str:
    lines = [f"{name:22} {value}" for name, value in figures.numbers.items()]
    lines += [f"FAULT {kind}: {detail}" for kind, detail in figures.faults[:40]]
    lines.append(
        f"{len(figures.faults)} promises broken"
        if figures.faults
        else "nothing lost, nothing doubled"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
