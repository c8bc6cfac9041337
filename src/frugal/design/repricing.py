"""Pricing the recommendation with one thing done otherwise.

What Arm, a shorter retention or a NAT gateway is worth is never looked up or guessed: the graph is
changed, priced again by the same code, and the difference is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from frugal.model.graph import Candidate, Link, Placement, Scalar
from frugal.model.load import Load, load_of
from frugal.patterns import Scene, pattern
from frugal.price.engine import Added, Pricer
from frugal.price.usage import usage_of


def changed(
    candidate: Candidate, parts: Iterable[Placement], links: Iterable[Link] = ()
) -> Candidate:
    """Return the graph with parts put in the place of those with their ids, or added."""
    new = {part.id: part for part in parts}
    kept = tuple(new.pop(part.id, part) for part in candidate.placements)
    return msgspec.structs.replace(
        candidate, placements=(*kept, *new.values()), links=(*candidate.links, *links)
    )


def added(candidate: Candidate, scene: Scene, pricer: Pricer) -> Added:
    """Return what a candidate adds to the month."""
    return pricer.added(usage_of(candidate, scene))


def list_added(candidate: Candidate, scene: Scene, pricer: Pricer) -> Decimal | None:
    """Return the same at list price, or ``None`` where a part has no price."""
    found = added(candidate, scene, pricer)
    if found.unpriced:
        return None
    assert isinstance(found.list_monthly, Decimal), "a document is written of numbers"
    return found.list_monthly


def rebuilt(candidate: Candidate, scene: Scene, **settings: Scalar) -> Candidate:
    """Return the same pattern for another scene, or with other settings."""
    return pattern(candidate.pattern).candidate(scene, {**dict(candidate.settings), **settings})


def at_volume(scene: Scene, payouts_per_day: Decimal) -> Scene:
    """Return the scene with another volume."""
    return msgspec.structs.replace(scene, load=load_of(scene.brief, payouts_per_day))


def with_load(scene: Scene, **values: Decimal) -> Scene:
    """Return the scene with some of the load's numbers otherwise."""
    load: Load = msgspec.structs.replace(scene.load, **values)
    return msgspec.structs.replace(scene, load=load)
