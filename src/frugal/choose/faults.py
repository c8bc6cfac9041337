"""Faults that every candidate shares because the Stack has them already.

An instance that is over its CPU baseline before we add anything, or that is alone in its zone, is
no reason to prefer one candidate to another: it is told, beside the choice. Whether a limit is the
Stack's own affair is found by looking at its parts by themselves: no links, no load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeAlias

import msgspec

from frugal.model.curve import ZERO
from frugal.model.graph import Candidate, Role
from frugal.model.load import Load
from frugal.patterns import Scene, pattern
from frugal.price.usage import parts_of
from frugal.services import Margin, Part, service

#: Service and check of each limit the Stack breaks by itself, and the sentence that says so.
OwnFaults: TypeAlias = dict[tuple[str, str], str]


def own_faults(candidates: Iterable[Candidate], scene: Scene) -> OwnFaults:
    """Return the limits that the Stack's parts break without us, in whatever pattern they stand."""
    found: OwnFaults = {}
    for key, margins in idle_margins(candidates, scene).items():
        margin = margins[0]
        if all(isinstance(m.used, Decimal) and m.used > m.limit for m in margins):
            assert isinstance(margin.used, Decimal)
            found[key] = (
                f"{service(key[0]).name}: {margin.what}: {margin.used.normalize():f} of "
                f"{margin.limit.normalize():f} {margin.unit} before anything is added"
            )
    return found


def idle_margins(
    candidates: Iterable[Candidate], scene: Scene
) -> dict[tuple[str, str], list[Margin]]:
    """Return how full the limits of the Stack's parts are by themselves, one margin a pattern."""
    idle = Scene(brief=scene.brief, stack=scene.stack, load=_no_load(scene))
    found: dict[tuple[str, str], list[Margin]] = {}
    for candidate in _one_of_each_pattern(candidates):
        alone = msgspec.structs.replace(candidate, links=())
        for part in _stack_parts(parts_of(alone, idle)):
            for margin in service(part.placement.service).limits(part):
                found.setdefault((part.placement.service, margin.check), []).append(margin)
    return found


def shared_faults(candidates: Iterable[Candidate], scene: Scene) -> tuple[str, ...]:
    """Return what stops every pattern alike: parts of the Stack that stand alone.

    Patterns that are only priced may replace those parts; nobody is handed one of them.
    """
    full = [candidate for candidate in candidates if pattern(candidate.pattern).full]
    shared: list[str] | None = None
    for candidate in _one_of_each_pattern(full):
        faults = [
            f"{service(part.placement.service).name}: {why}"
            for part in _stack_parts(parts_of(candidate, scene))
            if (why := service(part.placement.service).single_point_of_failure(part))
        ]
        shared = faults if shared is None else [fault for fault in shared if fault in faults]
    return tuple(shared or ())


def _one_of_each_pattern(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the first candidate of each: settings do not change which parts are there already."""
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.pattern not in seen:
            seen.add(candidate.pattern)
            yield candidate


def _stack_parts(parts: Iterable[Part]) -> Iterator[Part]:
    return (p for p in parts if p.existing and p.placement.role is not Role.PARTNER)


def _no_load(scene: Scene) -> Load:
    return msgspec.structs.replace(
        scene.load, payouts=ZERO, payouts_per_second_peak=ZERO, payouts_per_day=ZERO
    )
