"""Opening: candidates with one input open, and where on the scale each keeps its limits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import NamedTuple, TypeAlias

from frugal.choose.asking import Asked
from frugal.choose.checks import budget_margins, graph_margins, part_margins
from frugal.choose.faults import idle_margins
from frugal.choose.ground import Ground
from frugal.choose.weighing import Weighed, exceeded
from frugal.model.curve import ZERO, Amount, at_most
from frugal.patterns import Scene
from frugal.price.usage import Graph, PartUsage, part_usage
from frugal.services import Margin, Part

#: Stretches of the scale: from, to (None: without end).
Stretches: TypeAlias = tuple[tuple[Decimal, Decimal | None], ...]

EVERYWHERE: Stretches = ((ZERO, None),)


class Opened(NamedTuple):
    """One candidate with the input open. ``usage`` is None where its cost is as it was."""

    weighed: Weighed
    usage: list[PartUsage] | None
    holds: Stretches
    margins: tuple[Margin, ...]  #: those that depend on the input


class _PartOpened(NamedTuple):
    """One part with the input open."""

    never: frozenset[tuple[str, str]]  #: check and placement of what fails whatever the input is
    holds: Stretches
    margins: tuple[Margin, ...]


class Opening:
    """The candidates of a scene with one input open, each pattern opened when it is asked for."""

    def __init__(self, ground: Ground, scene: Scene) -> None:
        self._ground = ground
        self._scene = scene
        self._stale = ground.stale_in(scene)
        self._own = _own_faults(ground, scene)
        self._usage = Asked(part_usage, lambda service_id: scene)
        self._opened = Asked(self._open_part, lambda service_id: scene)
        self._hopeless: dict[tuple[object, ...], bool] = {}
        self._rows: dict[str, list[Opened]] = {}

    def rows(self, pattern_id: str) -> list[Opened]:
        """Return a pattern's candidates that some value of the input makes feasible."""
        rows = self._rows.get(pattern_id)
        if rows is None:
            opened = (self._open(one) for one in self._ground.by_pattern[pattern_id])
            rows = self._rows[pattern_id] = [one for one in opened if one is not None]
        return rows

    def _open(self, one: Weighed) -> Opened | None:
        """Return a candidate opened, None where some limit never holds."""
        if one.list_monthly is None or one.refused_by:
            return None
        fresh = self._stale.cost_of(one.candidate)
        if not fresh and self._stale.stays_broken(one):
            return None
        if any(self._hopeless.get(_key(one, b.margin)) for b in one.broken_by):
            return None
        candidate = one.candidate
        if fresh:
            candidate = one.pattern.candidate(self._scene, dict(candidate.settings))
        graph = Graph(candidate)
        asked = None if fresh else self._stale.limits
        never = self._whole_never(one)
        holds = EVERYWHERE
        margins: tuple[Margin, ...] = ()
        for placement in candidate.placements:
            if asked is None or placement.service in asked:
                part = self._opened.one(graph, placement)
                never |= part.never
                holds = _both(holds, part.holds)
                margins += part.margins
        for broken in one.broken_by:
            if broken.service:
                where = broken.margin.check, broken.margin.placement
                self._hopeless.setdefault(_key(one, broken.margin), where in never)
        if never or not holds:
            return None
        usage = None
        if fresh:
            usage = [row for p in candidate.placements for row in self._usage.one(graph, p)]
        return self._within_budget(Opened(one, usage, holds, margins))

    def _open_part(self, part: Part) -> _PartOpened:
        """Return where one part keeps its limits."""
        never, holds, margins = set(), EVERYWHERE, []
        for margin in part_margins(part):
            over = margin.used - margin.limit
            fine = _where(over, at_most=0)
            own = self._own.get((part.placement.service, margin.check))
            if own is not None:  # what the Stack breaks by itself is held against nobody
                fine = _either(fine, _where(own, at_least=1))
            if fine is EVERYWHERE:
                continue
            if not fine:
                never.add((margin.check, margin.placement))
            margins.append(margin)
            holds = _both(holds, fine)
        return _PartOpened(frozenset(never), holds, tuple(margins))

    def _whole_never(self, one: Weighed) -> frozenset[tuple[str, str]]:
        """Return the checks on the whole graph that fail; none of them depends on an input."""
        return frozenset(
            (margin.check, margin.placement)
            for margin in graph_margins(one.candidate, self._scene.brief)
            if exceeded(margin)
        )

    def _within_budget(self, one: Opened) -> Opened | None:
        """Return a candidate with the stretches on which it also keeps the budget, if any."""
        brief = self._scene.brief
        if brief.budget_monthly is None:
            return one
        cost: Amount = one.weighed.cost
        if one.usage is not None:
            cost = self._ground.pricer.listed(one.usage).list_monthly
        (margin,) = budget_margins(one.weighed.candidate, cost, brief)
        holds = _both(one.holds, _where(margin.used - margin.limit, at_most=0))
        return one._replace(holds=holds, margins=(*one.margins, margin)) if holds else None


def _key(one: Weighed, margin: Margin) -> tuple[object, ...]:
    return one.candidate.pattern, margin.check, margin.placement, margin.used, margin.limit


def _own_faults(ground: Ground, scene: Scene) -> dict[tuple[str, str], Amount]:
    """Return by how much the Stack exceeds each limit of its parts without us, if it does."""
    return {
        key: reduce(at_most, (margin.used - margin.limit for margin in margins))
        for key, margins in idle_margins(ground.proposal.candidates, scene).items()
    }


def _where(amount: Amount, *, at_least: int = -1, at_most: int = 1) -> Stretches:
    """Return the stretches on which an amount's sign lies between two."""
    if isinstance(amount, Decimal):
        sign = (amount > ZERO) - (amount < ZERO)
        return EVERYWHERE if at_least <= sign <= at_most else ()
    rows = amount.signs()
    ends = (*(start for start, _ in rows[1:]), None)
    return _joined(
        (start, end)
        for (start, sign), end in zip(rows, ends, strict=True)
        if at_least <= sign <= at_most
    )


def _either(one: Stretches, other: Stretches) -> Stretches:
    """Return the stretches that belong to one or the other."""
    if not other or one == EVERYWHERE:
        return one
    return _joined(sorted((*one, *other), key=lambda stretch: stretch[0]))


def _joined(stretches: Iterable[tuple[Decimal, Decimal | None]]) -> Stretches:
    """Return stretches, in order of their start, with those that meet made one."""
    found: list[tuple[Decimal, Decimal | None]] = []
    for start, end in stretches:
        if found and (found[-1][1] is None or start <= found[-1][1]):
            last = found[-1][1]
            found[-1] = (found[-1][0], None if last is None or end is None else max(last, end))
        else:
            found.append((start, end))
    return EVERYWHERE if found == [EVERYWHERE[0]] else tuple(found)


def _both(one: Stretches, other: Stretches) -> Stretches:
    if one is EVERYWHERE:
        return other
    if other is EVERYWHERE:
        return one
    found = []
    for start, end in one:
        for begin, stop in other:
            low = max(start, begin)
            high = stop if end is None else end if stop is None else min(end, stop)
            if high is None or low < high:
                found.append((low, high))
    return tuple(found)
