"""A rehearsal: adds up, is its seed, costs what it did, and a calm one costs what was designed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache

import msgspec
import pytest

from frugal.choose.ground import Ground
from frugal.choose.rank import by_cost
from frugal.faults import Fault, faults
from frugal.model.load import load_of
from frugal.model.rehearsal import Rehearsal
from frugal.model.trial import Totals
from frugal.patterns import Scene
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from frugal.read import read
from frugal.simulate.watching import watched_in
from frugal.simulate.year.rehearsal import Asked, rehearse
from frugal.survey import assume

FEW = "12 payouts a day through Fiserv; Lightsail, Docker, Postgres, Lambda"
USUAL = "200 payouts a day through Fiserv; Lightsail, Docker, Postgres, Lambda"

Run = Callable[..., Rehearsal]


@cache
def ground(words: str) -> Ground:
    reading = read(words)
    brief, stack = reading.brief, assume(reading.stack)
    scene = Scene(brief=brief, stack=stack, load=load_of(brief))
    return Ground(scene, propose(scene), open_snapshot())


def run(
    words: str,
    pattern: str,
    days: int,
    seed: int,
    injected: list[Fault] | None = None,
    processes: int | None = 1,
    replayed_most: int = 75_000,
) -> Rehearsal:
    own = ground(words)
    best = min(
        (one for one in own.feasible if one.candidate.pattern == pattern), key=by_cost
    ).candidate
    asked = Asked(
        scene=own.scene,
        candidate=best,
        faults=faults() if injected is None else injected,
        days=days,
        seed=seed,
        alarms=watched_in(best, own.scene),
        replayed_most=replayed_most,
    )
    return rehearse(asked, own.pricer, processes=processes)


def ended(totals: Totals) -> int:
    names = ("settled", "declined", "returned", "held", "pending", "lost")
    return sum(getattr(totals, name) for name in names)


def sound(rehearsal: Rehearsal) -> None:
    """Nothing is lost or doubled, and every payout is accounted for."""
    totals = rehearsal.totals
    assert totals.asked == ended(totals) > 12 * rehearsal.days
    assert (totals.lost, totals.doubled, totals.pending) == (0, 0, 0)
    assert not rehearsal.violations


@pytest.mark.parametrize("pattern", ["queue", "container_task", "webhook_receiver"])
def test_a_quarter_adds_up(pattern: str, seed: int) -> None:
    """Nothing is lost or doubled under the faults of a quarter."""
    sound(run(FEW, pattern, 90, seed))


def test_a_year_has_every_fault_and_adds_up(seed: int) -> None:
    """Every fault happens, as often as it says, and nothing is lost or doubled."""
    year = run(FEW, "function_through_backend", 365, seed, processes=None)
    sound(year)
    by_id = {one.id: one.times_a_year.value for one in faults()}
    left_out = {id for id, _ in year.not_applicable}
    assert {one.fault for one in year.happened} == set(by_id) - left_out
    assert len(year.happened) == sum(by_id[id] for id in set(by_id) - left_out)
    assert len(year.backlog_by_day) == 365
    assert max(year.backlog_by_day) <= year.peaks.backlog_payouts
    assert all(one.backlog_payouts <= year.peaks.backlog_payouts for one in year.happened)


def test_a_rehearsal_is_its_seed_whoever_runs_it() -> None:
    """One process or two, the bytes are the same; another seed has others."""
    one, two, other = (
        msgspec.json.encode(run(FEW, "queue", 70, seed, processes=processes))
        for seed, processes in ((3, 1), (3, 2), (4, 1))
    )
    assert one == two
    assert one != other


def test_lines_are_the_total() -> None:
    """The cost is the sum of its lines, and lies in the band of its months."""
    year = run(FEW, "queue", 100, 2)
    assert year.list_cost == sum((line.list_cost for line in year.lines), Decimal(0))
    assert year.designed_cost == sum((line.designed_cost for line in year.lines), Decimal(0))
    assert year.low < year.list_cost < year.high
    assert all(
        line.low <= line.list_cost + Decimal("1e-12") and line.list_cost <= line.high + 1
        for line in year.lines
    )


#: A calm month against the design's figure: how near, and the meters that may differ by more than
#: a hundredth of the whole, with the reason.
NEAR = {
    # Everything is a formula of the payouts, and nothing else is billed.
    "container_task": (Decimal("0.01"), set[str]()),
    # A run also reads the balance, once a day the partner's list, and records in rounds.
    "function_through_backend": (Decimal("0.04"), {"Lambda Duration-ARM"}),
    "api_destination": (Decimal("0.01"), set[str]()),
}


@pytest.mark.parametrize("pattern", sorted(NEAR))
def test_a_calm_month_costs_what_was_designed(pattern: str) -> None:
    """What is counted, priced by the same formulas, comes near what was reckoned beforehand."""
    month = run(USUAL, pattern, 20, 1, injected=[])
    near, may_differ = NEAR[pattern]
    assert not month.happened
    assert not month.broken
    assert abs(month.list_cost / month.designed_cost - 1) <= near
    noted = {
        line.sku_meter
        for line in month.lines
        if abs(line.list_cost - line.designed_cost) > month.designed_cost / 100
    }
    assert noted <= may_differ
    # Held payouts are no false alarm: the partner left open what became of them.
    assert not {one.alarm for one in month.alarms if one.times} - {"held-payouts"}


def test_a_scaled_year_costs_the_same() -> None:
    """A tenth of the payouts, each standing for ten, costs as much and ends as well."""
    full = run(USUAL, "function_through_backend", 10, 1, injected=[])
    scaled = run(USUAL, "function_through_backend", 10, 1, injected=[], replayed_most=200)
    assert scaled.ratio == 10
    assert scaled.totals.asked * 10 == pytest.approx(full.totals.asked, rel=0.02)
    assert float(scaled.list_cost) == pytest.approx(float(full.list_cost), rel=0.04)


def test_progress_reaches_the_end() -> None:
    """Told after each segment, in days, up to all of them."""
    own, told = ground(FEW), list[tuple[int, int]]()
    best = min((one for one in own.feasible if one.full), key=by_cost).candidate
    asked = Asked(scene=own.scene, candidate=best, faults=[], days=90)
    rehearse(asked, own.pricer, processes=1, progress=lambda *at: told.append(at))
    assert told == [(30, 90), (60, 90), (90, 90)]
