"""Proposing: every pattern times every setting that can be built on the Stack.

A pattern the Stack has no parts for is named with the reason; everything else is built, even where
it cannot work, so that the number that breaks it can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from frugal.model.brief import Value
from frugal.model.graph import Candidate
from frugal.patterns import Pattern, Scene, patterns
from frugal.propose.watched import LookedAt, watched


class Proposal(Value, frozen=True, kw_only=True):
    """All candidates, and the patterns that could not be built with why."""

    candidates: tuple[Candidate, ...]
    not_built: tuple[tuple[str, str], ...]
    #: What each pattern looked at: another scene that is the same there gives the same candidates.
    looked_at: Mapping[str, LookedAt] = {}


def propose(scene: Scene) -> Proposal:
    """Return every candidate worth weighing for this scene, in a stable order."""
    candidates: list[Candidate] = []
    not_built: list[tuple[str, str]] = []
    looked_at: dict[str, LookedAt] = {}
    for pattern in patterns():
        seen = looked_at[pattern.id] = {}
        built = propose_one(pattern, watched(scene, seen))
        if isinstance(built, str):
            not_built.append((pattern.id, built))
        else:
            candidates += built
    return Proposal(candidates=tuple(candidates), not_built=tuple(not_built), looked_at=looked_at)


def propose_one(pattern: Pattern, scene: Scene) -> list[Candidate] | str:
    """Return every candidate of one pattern, or why it cannot be built."""
    why = pattern.fits(scene)
    if why:
        return why
    choices = pattern.choices(scene)
    return [
        pattern.candidate(scene, dict(zip(choices, values, strict=True)))
        for values in product(*choices.values())
    ]
