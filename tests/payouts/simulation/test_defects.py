"""The judge can judge: every seeded defect is found, and the code without one is not accused.

Each defect changes the text of the real code; the changed package is loaded beside the real one,
which stays as it is. The same checks pass on the unchanged text, so what they find is the defect.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import payouts

PACKAGE = Path(payouts.__file__).parent


@dataclass(frozen=True, slots=True)
class Defect:
    id: str
    sentence: str
    edits: tuple[tuple[str, str, str], ...]
    by: tuple[str, ...]


def _catalog(name: str) -> Iterator[Defect]:
    spec = spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for fields in module.DEFECTS:
        yield Defect(*fields)


DEFECTS = (*_catalog("defects"), *_catalog("defects_in_the_ledger"))


class _Loader(SourceFileLoader):
    """Loads a file of the package with its text changed."""

    def __init__(self, name: str, path: str, texts: dict[str, str]) -> None:
        super().__init__(name, path)
        self.texts = texts

    def get_code(self, fullname: str) -> CodeType | None:
        text = self.texts.get(self.path)
        if text is None:
            return super().get_code(fullname)
        code: CodeType = compile(text, self.path, "exec", dont_inherit=True)
        return code


class _Finder:
    """Finds ``payouts`` in the changed texts first."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "payouts":
            return None
        place = PACKAGE.parent.joinpath(*name.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if not file.exists():
            return None
        loader = _Loader(name, str(file), self.texts)
        folders = [str(place)] if place.is_dir() else None
        return spec_from_file_location(
            name, file, loader=loader, submodule_search_locations=folders
        )


def _ours(name: str) -> bool:
    return name == "payouts" or name.startswith("payouts.")


@contextmanager
def changed(edits: tuple[tuple[str, str, str], ...]) -> Iterator[None]:
    """Within, ``import payouts...`` gives a fresh package with these edits."""
    texts: dict[str, str] = {}
    for file, old, new in edits:
        path = str(PACKAGE / file)
        text = texts.get(path) or Path(path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds this {text.count(old)} times, not once:\n{old}"
        texts[path] = text.replace(old, new)
    before = {name: module for name, module in sys.modules.items() if _ours(name)}
    for name in before:
        del sys.modules[name]
    finder = _Finder(texts)
    sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.meta_path.remove(finder)  # type: ignore[arg-type]
        for name in [name for name in sys.modules if _ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)


# The checks ------------------------------------------------------------------------------------
# Each imports what is there now, changed or not, and returns what it found, empty for nothing.


def _explored(depth: int) -> str:
    found = importlib.import_module("payouts.simulation.explore").explore(depth)
    return str(found.violation)


def _followed(*steps: str) -> str:
    """Follow one schedule: quiet steps up to a command (``> A: Send``), misfortunes by name."""
    explore = importlib.import_module("payouts.simulation.explore")
    rules = importlib.import_module("payouts.simulation.rules")
    try:
        explore.follow(steps)
    except rules.Violation as violation:
        return str(violation)
    return ""


def _world(scenario: Any) -> str:
    runs = importlib.import_module("payouts.simulation.runs")
    ran = runs.run_scenario(scenario)
    return ran.violations[0].rule if ran.violations else ""


def _worlds() -> str:
    scenario = importlib.import_module("payouts.simulation.scenario")
    faults = {
        "declined": 0.1,
        "in-process": 0.1,
        "paid-then-500": 0.1,
        "timeout-400": 0.1,
        "rate-limited": 0.1,
        "limit-400025": 0.01,
    }
    for seed in (1, 2):
        found = _world(
            scenario.Scenario(seed=seed, payouts=120, bursts=4, faults=faults, span_seconds=7200.0)
        )
        if found:
            return found
    return ""


def _lost_requests() -> str:
    """No payment request ever arrives; look-ups do."""
    scenario = importlib.import_module("payouts.simulation.scenario")
    return _world(
        scenario.Scenario(
            seed=1, payouts=20, bursts=1, span_seconds=7200.0, faults={"not-arrived": 1.0}
        )
    )


def _after_a_day() -> str:
    """A restore that nobody notices, a day later: the partner refuses the repeats."""
    scenario = importlib.import_module("payouts.simulation.scenario")
    settings = importlib.import_module("payouts.sandbox.settings")
    refused = settings.Outage(scenario.START, scenario.START + 3100.0, "refused")
    return _world(
        scenario.Scenario(
            seed=1,
            payouts=60,
            bursts=4,
            span_seconds=3600.0,
            outages=(refused,),  # so that the dump holds some that are due
            restore="unnoticed",
            dumped_at=3000.0,
            restored_at=3000.0 + 26 * 3600.0,
            faults={"sixth-retry-paid": 0.0, "late-retry-paid": 0.0},
        )
    )


def _low_limit() -> str:
    explore = importlib.import_module("payouts.simulation.explore")
    limits = importlib.import_module("payouts.limits").Limits()
    money = importlib.import_module("payouts.money").Money
    found = explore.explore(1, replace(limits, max_amount_per_payout=money(500, "USD")))
    return str(found.violation)


def _day_limit() -> str:
    """Fifty payouts and a limit that a few of them reach: what went out on the first day."""
    worlds = importlib.import_module("payouts.simulation.world")
    scenario = importlib.import_module("payouts.simulation.scenario")
    limits = importlib.import_module("payouts.limits").Limits()
    money = importlib.import_module("payouts.money").Money
    most = money(400_000, "USD")
    world = worlds.World(
        scenario.Scenario(seed=1, payouts=50, bursts=2, span_seconds=3600.0),
        limits=replace(limits, max_total_per_day=most),
    )
    world.run()
    days: dict[int, int] = {}
    for row in world.ledger.rows.values():
        if row.first_sent is not None:
            day = int(row.first_sent // 86_400)
            days[day] = days.get(day, 0) + row.payout.amount.minor
    return "too much in one day" if max(days.values(), default=0) > most.minor else ""


CHECKS: dict[str, Callable[[], str]] = {
    "one misfortune": lambda: _explored(1),
    "two misfortunes": lambda: _explored(2),
    "worlds": _worlds,
    "requests that get lost": _lost_requests,
    "a repeat after a day": _after_a_day,
    "a low limit": _low_limit,
    "a limit of the day": _day_limit,
    "a lease from a lost ledger": lambda: _followed(
        "> A: Send",
        "! A: Send: 429",
        "! restored from the dump 'due'",
        "! a second tick: B",
        "> A: Record",
        "! a day pass",
        "! a second tick: B",
        "> B: BeginSends",
        "> B: Send",
        "! B: Send: paid, no answer",
        "! A goes on first",
        "> A: Measure",
        "> end",
    ),
    "a lease that ran out": lambda: _followed(
        "> A: BeginSends",
        "! 125 s pass",
        "! a second tick: B",
        "> B: BeginSends",
        "> B: Send",
        "! B: Send: 429",
        "> B: SetStanding",
        "> B: Commit",
        "> B: Measure",
        "! A goes on first",
        "> end",
    ),
    "a repeat that is refused": lambda: _followed(
        "> A: Send",
        "! A: Send: paid, no answer",
        "> A: Send",
        "! A: Send: not yet shown",
        "> A: Send",
        "! A: Send: 400",
        "> end",
    ),
    "a cancel after a restore": lambda: _followed(
        "> A: Send",
        "! A: Send: held>settled",
        "! restored from the dump 'empty'",
        "> the backend asks again",
        "! a person cancels",
        "> end",
    ),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_unchanged_code_passes(check: str) -> None:
    """What accuses a defect accuses nobody else."""
    with changed(()):
        assert CHECKS[check]() == ""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.id)
def test_defects_are_found(defect: Defect, record_property: Callable[[str, object], None]) -> None:
    """The judge can judge: a runtime with this mistake does not get past the simulation."""
    with changed(defect.edits):
        for check in defect.by:
            found = CHECKS[check]()
            if found:
                record_property("caught", f"{defect.id}: {check}: {found}")
                return
    raise AssertionError(f"nobody noticed: {defect.sentence}")


def test_there_are_enough_defects() -> None:
    """At least thirty kinds of mistake, each with a name of its own."""
    assert len({defect.id for defect in DEFECTS}) == len(DEFECTS) >= 30
