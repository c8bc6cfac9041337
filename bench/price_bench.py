"""How many candidates a second the fast path prices on one core. Prints; never asserts.

    python bench/price_bench.py [--candidates 1000000] [--runs 5]

The columns are meters that real candidates of the first request use, with their real bands; the
quantities are those of real candidates, each scaled by chance, as a sweep over volumes and settings
would. Drawing them is not timed; checking them, pricing with bounds and deciding exactly are.
"""

from __future__ import annotations

import argparse
import os

# One core is what the goal is about: numpy's linear algebra would take more. Read at import.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from frugal import pipeline
from frugal.choose.weighing import pricer_for
from frugal.model.load import load_of
from frugal.patterns import Scene
from frugal.price import fast
from frugal.price.engine import Pricer
from frugal.price.usage import PartUsage, usage_of
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from frugal.services import Usage
from frugal.survey import assume

ROOT = Path(__file__).parents[1]
REQUEST = (ROOT / "examples" / "first-request.txt").read_text(encoding="utf-8").strip()
GOAL = ">= 1"
METERS = (15, 30)  #: as many as a large design has, and twice that
SEED = 20260


def first_request() -> tuple[Pricer, list[list[PartUsage]]]:
    """Return the first request's pricer, and what each of its candidates uses."""
    reading = pipeline.read(REQUEST)
    stack = assume(reading.stack)
    scene = Scene(brief=reading.brief, stack=stack, load=load_of(reading.brief))
    usages = [usage_of(candidate, scene) for candidate in propose(scene).candidates]
    return pricer_for(scene, open_snapshot()), usages


def swept(some: fast.Sheet, meters: int, candidates: int) -> fast.Floats:
    """Return the use of many candidates: real ones, each amount scaled by chance."""
    chance = np.random.default_rng(SEED)
    model = some.quantities[:, _most_used(some, meters)]
    quantities = np.empty((candidates, meters), order="F")
    rows = chance.integers(0, len(model), candidates)
    for column in range(meters):
        quantities[:, column] = model[rows, column] * chance.lognormal(0, 3, candidates)
    return quantities


def _most_used(some: fast.Sheet, meters: int) -> list[int]:
    users = (some.quantities > 0).sum(axis=0)
    return sorted(np.argsort(-users, kind="stable")[:meters].tolist())


def timed(call: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of several calls, after one that warms up."""
    call()
    seconds = []
    for _ in range(runs):
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
    return seconds


def figure(what: str, candidates: int, seconds: list[float], bound: str = "") -> str:
    rates = [candidates / one / 1e6 for one in seconds]
    return (
        f"{what:<44}{median(rates):>9.1f} M/s  "
        f"{f'{min(rates):.1f} .. {max(rates):.1f}':>18}   {bound}"
    )


def exactly(pricer: Pricer, sheet: fast.Sheet, row: int) -> Decimal:
    """Return what the engine says of one row."""
    usage = [
        PartUsage("part", "service", Usage(meter, Decimal(float(amount)), ""), False)
        for meter, amount in zip(sheet.rates.meters, sheet.quantities[row], strict=True)
    ]
    cost = pricer.listed(usage).list_monthly
    assert isinstance(cost, Decimal)
    return cost


def decided(pricer: Pricer, quantities: fast.Floats, rates: fast.Rates) -> int:
    sheet = fast.Sheet(quantities, rates)
    return fast.cheapest([sheet], partial(exactly, pricer, sheet))


def main() -> None:
    """Print millions of candidates a second, beside the goal."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    pricer, usages = first_request()
    some = fast.sheet_of(pricer, usages)
    print(f"{asked.candidates:,} candidates priced on one core, millions a second", flush=True)
    for meters in METERS:
        names = [some.rates.meters[column] for column in _most_used(some, meters)]
        listed = fast.rates_of(pricer, names)
        effective = fast.rates_of(pricer, names, effective=True)
        quantities = swept(some, meters, asked.candidates)
        for what, call, goal in (
            ("list price", partial(fast.reckon, fast.Sheet(quantities, listed)), GOAL),
            ("checked, and decided exactly", partial(decided, pricer, quantities, listed), GOAL),
            ("with allowances", partial(fast.reckon, fast.Sheet(quantities, effective)), ""),
        ):
            seconds = timed(call, asked.runs)
            print(figure(f"{meters} meters, {what}", asked.candidates, seconds, goal), flush=True)


if __name__ == "__main__":
    main()
