"""What can be tried out in tests: the best design of every full pattern, of whole stories.

Makes ``naive_designs`` importable for the tests of this folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from frugal.choose.ground import Ground
from frugal.choose.rank import by_cost
from frugal.choose.weighing import Weighed
from frugal.model.load import load_of
from frugal.patterns import Scene
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from frugal.read import load_brief
from frugal.simulate.plan import Plan, plan_of
from frugal.survey import assume

sys.path.insert(0, str(Path(__file__).parent))

_STORIES = Path(__file__).parents[1] / "golden" / "stories"

Plans: TypeAlias = dict[str, Plan]


def brief_of(story: str) -> Path:
    """Return the Brief of a golden story, as a path from the repository's root."""
    return (_STORIES / story / "brief.yaml").relative_to(Path(__file__).parents[2])


@cache
def best_plans(story: str) -> Plans:
    """Return the plan of each full pattern's cheapest feasible candidate, by pattern."""
    brief, stack = load_brief(_STORIES / story / "brief.yaml")
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    ground = Ground(scene, propose(scene), open_snapshot())
    best: dict[str, Weighed] = {}
    for one in sorted((one for one in ground.feasible if one.full), key=by_cost):
        best.setdefault(one.candidate.pattern, one)
    return {name: plan_of(one.candidate, scene) for name, one in sorted(best.items())}


@pytest.fixture(scope="session")
def plans() -> Callable[[str], Plans]:
    """The plans of a story: ``plans("01-first")["queue"]``."""
    return best_plans


@pytest.fixture(scope="session")
def brief_path() -> Callable[[str], Path]:
    return brief_of
