"""The landscape of one input: what each pattern costs and takes, at every value at once.

With one input open, a candidate's cost is a curve and each of its limits holds on stretches of the
scale. The cheapest setting of each pattern at every value is the lower edge of its candidates'
curves where their limits hold. Between the places where those edges meet, or a limit begins to
bind, the choice is the same, so the choice at every value is known from finitely many places. All
of it is solved, nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from itertools import combinations
from typing import NamedTuple

from frugal.choose.checks import severity
from frugal.choose.ground import Ground
from frugal.choose.inputs import Input
from frugal.choose.opening import EVERYWHERE, Opened, Opening, Stretches
from frugal.choose.rank import DOLLAR, Place, place_of
from frugal.model.curve import ZERO, Curve, at_least, at_most, curve_of
from frugal.patterns import pattern
from frugal.services import Margin

#: The cost where a limit forbids it: above anything that could be compared with it.
NEVER = Decimal(10) ** 18
_FORBIDDEN = NEVER / 2


class Segment(NamedTuple):
    """A stretch of the scale on which one pattern is the choice; None: nothing is feasible."""

    start: Decimal
    end: Decimal | None
    pattern: str | None


class Landscape:
    """What each pattern costs where its limits hold, over one input."""

    def __init__(self, ground: Ground, given: Input) -> None:
        assert given.put is not None, f"{given.id} is not in this scene"
        self.input = given
        self._ground = ground
        self._opening = Opening(ground, given.put(ground.scene, Curve.of_input()))
        self._leasts: dict[str, dict[Stretches, Curve]] = {}
        self._edges: dict[tuple[str, bool], Curve] = {}
        self._costs: dict[int, Curve] = {}  #: by the identity of what was opened

    def opened(self, pattern_id: str) -> list[Opened]:
        """Return a pattern's candidates that some value of the input makes feasible."""
        return self._opening.rows(pattern_id)

    def patterns(self, *, full: bool) -> list[str]:
        """Return the patterns that some value of the input makes feasible, by id."""
        return [
            id
            for id in sorted(self._ground.by_pattern)
            if pattern(id).full is full and self.opened(id)
        ]

    def edge(self, pattern_id: str, *, held: bool = True) -> Curve:
        """Return a pattern's least cost, settings free, at every value.

        Args:
            pattern_id: a pattern.
            held: only where limits hold; otherwise as if the limits on this input did not bind.
        """
        edge = self._edges.get((pattern_id, held))
        if edge is None:
            edge = Curve.constant(NEVER)
            for holds, least in self._least(pattern_id).items():
                edge = curve_of(at_most(edge, _masked(least, holds) if held else least))
            self._edges[pattern_id, held] = edge
        return edge

    def _least(self, pattern_id: str) -> dict[Stretches, Curve]:
        """Return the least cost of candidates that hold on the same stretches."""
        found = self._leasts.get(pattern_id)
        if found is None:
            found = self._leasts[pattern_id] = {}
            for one in self.opened(pattern_id):
                cost = self._cost(one)
                before = found.get(one.holds)
                found[one.holds] = cost if before is None else curve_of(at_most(before, cost))
        return found

    def _cost(self, one: Opened) -> Curve:
        cost = self._costs.get(id(one))
        if cost is None:
            if one.usage is None:
                cost = Curve.constant(one.weighed.cost)
            else:
                cost = curve_of(self._ground.pricer.listed(one.usage).list_monthly)
            self._costs[id(one)] = cost
        return cost

    def upwards(self, pattern_id: str, x: Decimal) -> list[Opened]:
        """Return a pattern's candidates that hold at ``x``, the cheapest first."""
        return sorted(
            (one for one in self.opened(pattern_id) if _held(one.holds, x)),
            key=lambda one: self._cost(one)(x),
        )

    def best(self, pattern_id: str, x: Decimal) -> Decimal | None:
        """Return the least a pattern adds to the month at ``x``, None where no setting holds."""
        cost = self.edge(pattern_id)(x)
        return None if cost >= _FORBIDDEN else cost

    def choice_at(self, x: Decimal) -> str | None:
        """Return the pattern the rule of preference takes at ``x``."""
        eligible: dict[str, Decimal] = {}
        for full in (True, False):
            if not eligible:
                costs = {id: self.best(id, x) for id in self.patterns(full=full)}
                eligible = {id: cost for id, cost in costs.items() if cost is not None}
        if not eligible:
            return None
        limit = min(eligible.values()) + DOLLAR
        near = [id for id, cost in eligible.items() if cost <= limit]
        return min(near, key=lambda id: (self._place(id), eligible[id], id))

    def segments(self) -> tuple[Segment, ...]:
        """Return the choice over the whole scale; stretches narrower than the grain are no news."""
        cuts = sorted({ZERO, *self._cuts()})
        found: list[Segment] = []
        for index, start in enumerate(cuts):
            end = cuts[index + 1] if index + 1 < len(cuts) else None
            if end is not None and end - start < self.input.grain and found:
                continue
            inside = start + 1 if end is None else (start + end) / 2
            choice = self.choice_at(inside)
            if found and found[-1].pattern == choice:
                found[-1] = Segment(found[-1].start, end, choice)
                continue
            if found and found[-1].end != start:  # a stretch too narrow to matter lies between
                found[-1] = found[-1]._replace(end=start)
            found.append(Segment(start, end, choice))
        return tuple(found)

    def _cuts(self) -> Iterator[Decimal]:
        """Yield every place at which the choice may change.

        Patterns that are only priced count where no full one holds, so mostly not at all.
        """
        for full in (True, False):
            group = self.patterns(full=full)
            if not group:
                continue
            edges = {id: self.edge(id) for id in group}
            cheapest = reduce(lambda one, other: curve_of(at_most(one, other)), edges.values())
            for edge in edges.values():
                yield from (edge - _FORBIDDEN).roots()
                yield from (edge - (cheapest + DOLLAR)).roots()
            for one, other in combinations(group, 2):
                if self._place(one) == self._place(other):
                    yield from (edges[one] - edges[other]).roots()
            if all(a < _FORBIDDEN for x, a, _ in cheapest.pieces if x < self.input.most):
                return

    def _place(self, pattern_id: str) -> Place:
        return place_of(self._ground.scene.brief, pattern(pattern_id))

    def both_hold(self, one: str, other: str, x: Decimal) -> bool:
        """Return whether some setting of each pattern holds on both sides of ``x``."""
        curves = (self.edge(one), self.edge(other))
        return all(curve(x) < _FORBIDDEN and curve.before(x) < _FORBIDDEN for curve in curves)

    def ceiling(self, pattern_id: str) -> tuple[Decimal | None, Margin | None]:
        """Return the largest value a pattern takes, settings free, and the margin that binds.

        None as the value: nothing known binds. A pattern no setting of which ever holds gives 0
        and None.
        """
        rows = self.opened(pattern_id)
        if not rows:
            return ZERO, None
        last = max(rows, key=lambda one: (one.holds[-1][1] is None, one.holds[-1][1] or ZERO))
        end = last.holds[-1][1]
        return end, None if end is None else binding(last, end)


def binding(one: Opened, place: Decimal) -> Margin | None:
    """Return the limit that begins or ceases to hold at ``place``, the gravest if several do."""
    found = [m for m in one.margins if place in (_over(m)).roots()]
    return min(found, key=lambda m: severity(m.check), default=None)


def _held(holds: Stretches, x: Decimal) -> bool:
    return any(start <= x and (end is None or x <= end) for start, end in holds)


def _over(margin: Margin) -> Curve:
    return curve_of(margin.used - margin.limit)


def _masked(cost: Curve, holds: Stretches) -> Curve:
    """Return a cost where its limits hold, and what nobody pays elsewhere."""
    if holds == EVERYWHERE:
        return cost
    walls: list[tuple[Decimal, Decimal, Decimal]] = []
    place: Decimal | None = ZERO
    for start, end in holds:
        if place is not None and start > place:
            walls.append((place, NEVER, ZERO))
        walls.append((start, -NEVER, ZERO))
        place = end
    if place is not None:
        walls.append((place, NEVER, ZERO))
    return curve_of(at_least(cost, Curve(tuple(walls))))
