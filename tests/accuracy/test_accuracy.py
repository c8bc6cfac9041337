"""Every published example comes out right, or is listed with the reason it cannot."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from frugal.price_list.lookup import open_snapshot

ROOT = Path(__file__).parents[2]


def scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("accuracy_tool", ROOT / "tools" / "accuracy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["accuracy_tool"] = module
    spec.loader.exec_module(module)
    return module


TOOL = scoring()
CASES = TOOL.cases()


def test_the_cases_are_many_and_named_once() -> None:
    """No case is lost, and no two have one name."""
    assert len({case.id for case in CASES}) == len(CASES) >= 75
    assert all(case.source and case.service for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_case_is_right_or_explained(case: object) -> None:
    """Quantities, arithmetic, unit prices and the total are the source's, to its tolerance."""
    assert TOOL.missed((TOOL.scored(case, open_snapshot()),)) == []


def test_a_wrong_figure_is_noticed() -> None:
    """The scoring can fail: a total, a quantity or a rate that is off is named."""
    case = next(case for case in CASES if case.id == "A-LAMBDA-01")
    wrong_total = case._replace(total=case.total + 1)
    first = case.lines[0]
    wrong_count = case._replace(
        lines=(first._replace(quantity=first.quantity + 1), *case.lines[1:])
    )
    wrong_rate = case._replace(
        lines=(first._replace(unit_price=first.unit_price * 2), *case.lines[1:])
    )
    for wrong, part in (
        (wrong_total, "all together"),
        (wrong_count, "quantities"),
        (wrong_rate, "unit prices"),
    ):
        (said,) = TOOL.missed((TOOL.scored(wrong, open_snapshot()),))
        assert part in said


def test_the_page_is_current() -> None:
    """docs/reference/accuracy.md says what the cases come to now (`make accuracy`)."""
    scores = tuple(TOOL.scored(case, open_snapshot()) for case in CASES)
    assert TOOL.PAGE.read_text(encoding="utf-8") == TOOL.page(scores)
