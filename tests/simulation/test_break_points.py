"""Trials break where the formulas say, within a stated factor, and the page says what was found."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from frugal.choose.breaking import NOT_NOTICED, rising_of
from frugal.design.figures import number
from frugal.faults import fault
from frugal.model.load import load_of
from frugal.patterns import Scene, patterns
from frugal.price_list.lookup import open_snapshot
from frugal.read import read
from frugal.simulate.break_points import AGREE_WITHIN, OUTAGE, Rising, break_point
from frugal.simulate.plan import Plan
from frugal.simulate.trial import try_out
from frugal.survey import assume

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "break-points.md"


@cache
def rising() -> dict[str, Rising]:
    reading = read((ROOT / "examples" / "first-request.txt").read_text())
    scene = Scene(brief=reading.brief, stack=assume(reading.stack), load=load_of(reading.brief))
    return {one.pattern: one for one in rising_of(scene, open_snapshot())}


def holds(plan: Plan) -> bool:
    return not try_out(plan, fault(OUTAGE), 1).broken


@pytest.mark.parametrize("pattern", ["function_through_backend", "container_task", "queue"])
def test_trial_and_formula_agree(pattern: str) -> None:
    """A stated factor below the ceiling of time it holds, the same factor above it breaks."""
    one = rising()[pattern]
    assert one.timed is not None
    assert one.timed_binds not in NOT_NOTICED
    assert holds(one.at(round(one.timed / AGREE_WITHIN, 0)))
    assert not holds(one.at(round(one.timed * AGREE_WITHIN, 0)))


def stepping(plan: Plan) -> Callable[[Decimal], Plan]:
    """Return a design that keeps its promises up to 700 payouts a day, and cannot above."""

    def at(volume: Decimal) -> Plan:
        if volume <= 700:
            return plan
        hopeless = msgspec.structs.replace(plan.promised, paid_within_seconds=Decimal("0.001"))
        return msgspec.structs.replace(plan, promised=hopeless)

    return at


@pytest.mark.parametrize("ceiling", [None, Decimal(50), Decimal(900_000)])
def test_the_bisection_finds_a_known_step(ceiling: Decimal | None) -> None:
    """Wherever it begins, two volumes a tenth apart enclose the step."""
    own = rising()["container_task"]
    at = stepping(own.at(Decimal(60)))
    found = break_point(own._replace(at=at, timed=ceiling), 1, payouts_most=40)
    assert found.holds_payouts_per_day is not None
    assert found.breaks_payouts_per_day is not None
    assert found.holds_payouts_per_day <= 700 < found.breaks_payouts_per_day
    assert found.breaks_payouts_per_day <= found.holds_payouts_per_day * Decimal("1.11")
    assert (found.fault, found.promise) == ("calm", "paid-within")
    assert found.trials < 40


def tool() -> ModuleType:
    path = ROOT / "tools" / "write_break_points_page.py"
    spec = importlib.util.spec_from_file_location("write_break_points_page", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_the_present_ceilings() -> None:
    """Each full pattern stands on the page with its ceiling and the settings that were tried."""
    text = PAGE.read_text(encoding="utf-8")
    assert {one.id for one in patterns() if one.full} >= set(rising())
    for one in rising().values():
        row = next(line for line in text.splitlines() if line.startswith(f"| {one.pattern} "))
        assert one.timed is not None
        assert f"{number(one.timed)} (`{one.timed_binds}`)" in row
        assert f"- `{one.settings}`" in text
    assert set(tool().REASONS) <= set(rising())
