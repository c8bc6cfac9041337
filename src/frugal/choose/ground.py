"""The ground everything is weighed on once, so that a changed fact costs only what it changes.

Weighing a thousand candidates takes a tenth of a second; asking what a dozen other facts would
change must not take a dozen times that. So each service's answers are kept with what the service
looked at. In a changed scene only those services are asked again that looked at what changed, and
limits are checked from the cheapest candidate up, until each pattern has shown its best or costs
too much to matter. The answer is the one that choosing from the start would give; a test holds it.
"""

from __future__ import annotations

from typing import NamedTuple

from frugal.choose.asking import Asking
from frugal.choose.faults import OwnFaults, own_faults
from frugal.choose.rank import DOLLAR, by_cost, recommended
from frugal.choose.weighing import Weighed, broken_limits, priced, pricer_for
from frugal.model.graph import Candidate
from frugal.patterns import Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import Graph, baseline_of
from frugal.price_list.lookup import PriceList
from frugal.propose import Proposal, propose_one
from frugal.propose.watched import LookedAt, still_true, watched


class Views:
    """What each service gets to see of a scene, and what of it was looked at."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._views: dict[str, Scene] = {}
        self._seen: dict[str, LookedAt] = {}

    def __call__(self, service_id: str) -> Scene:
        view = self._views.get(service_id)
        if view is None:
            seen = self._seen[service_id] = {}
            view = self._views[service_id] = watched(self._scene, seen)
        return view

    def stale(self, scene: Scene) -> frozenset[str]:
        """Return the services that looked at something which is different in ``scene``."""
        return frozenset(id for id, seen in self._seen.items() if not still_true(seen, scene))


class Stale(NamedTuple):
    """What must be asked again in a changed scene."""

    patterns: frozenset[str]
    uses: frozenset[str]  #: services whose use may be another
    limits: frozenset[str]  #: services whose limits may be

    def cost_of(self, candidate: Candidate) -> bool:
        """Return whether a candidate may cost something else."""
        return candidate.pattern in self.patterns or any(
            placement.service in self.uses for placement in candidate.placements
        )

    def stays_broken(self, one: Weighed) -> bool:
        """Return whether a service that need not be asked again says no already."""
        return any(b.service and b.service not in self.limits for b in one.broken_by)


class Ground:
    """Every candidate weighed in the scene as it is, ready for scenes that differ a little."""

    def __init__(self, scene: Scene, proposal: Proposal, prices: PriceList) -> None:
        self.scene = scene
        self.proposal = proposal
        self.prices = prices
        self.pricer = pricer_for(scene, prices)
        self.own_faults = own_faults(proposal.candidates, scene)
        self._uses, self._limits = Views(scene), Views(scene)
        asking = Asking(self._uses, self._limits)
        self.weighed = [self._weigh(candidate, asking) for candidate in proposal.candidates]
        self.by_pattern: dict[str, list[Weighed]] = {}
        for one in self.weighed:
            self.by_pattern.setdefault(one.candidate.pattern, []).append(one)

    def _weigh(self, candidate: Candidate, asking: Asking) -> Weighed:
        graph = Graph(candidate)
        one = priced(candidate, asking.usage(graph), self.pricer)
        one.broken_by = broken_limits(one, asking.margins(graph), self.scene, self.own_faults)
        return one

    @property
    def feasible(self) -> list[Weighed]:
        return [one for one in self.weighed if one.feasible]

    def stale_in(self, scene: Scene) -> Stale:
        """Return what looked at something that is different in another scene."""
        looked_at = self.proposal.looked_at
        return Stale(
            patterns=frozenset(id for id in looked_at if not still_true(looked_at[id], scene)),
            uses=self._uses.stale(scene),
            limits=self._limits.stale(scene),
        )

    def choice_in(self, scene: Scene) -> Weighed | None:
        """Return what would be chosen in another scene, None where nothing would be feasible."""
        rivals = _Rivals(self, scene)
        feasible = rivals.best_of_patterns(full=True) or rivals.best_of_patterns(full=False)
        return recommended(scene.brief, feasible) if feasible else None

    def own_faults_in(self, scene: Scene) -> OwnFaults:
        """Return what the Stack breaks by itself, in another scene."""
        if scene.stack is self.scene.stack:
            return self.own_faults
        return own_faults(self.proposal.candidates, scene)

    def pricer_in(self, scene: Scene) -> Pricer:
        """Return the same pricer where the Region and the Stack's own use are the same."""
        before, after = self.scene, scene
        same = (
            after.brief.region.value == before.brief.region.value
            and after.brief.free_tier.value is before.brief.free_tier.value
            and (
                after.stack is before.stack
                or tuple(baseline_of(after.stack)) == self.pricer.baseline
            )
        )
        return self.pricer if same else pricer_for(after, self.prices)


class _Rivals:
    """The candidates in a changed scene, cheapest first, their limits checked when asked."""

    def __init__(self, ground: Ground, scene: Scene) -> None:
        self._scene = scene
        self._asking = Asking.about(scene)
        self._stale = stale = ground.stale_in(scene)
        pricer = ground.pricer_in(scene)
        self._own_faults = ground.own_faults_in(scene)
        self._fresh: set[int] = set()  #: ids of those whose every limit must be looked at
        rows: list[Weighed] = []
        for one in ground.weighed:
            if one.candidate.pattern in stale.patterns or stale.stays_broken(one):
                continue
            if one.refused_by:  # other scenes are judged by hard checks; what fell stays fallen
                continue
            if stale.cost_of(one.candidate):
                rows.append(self._again(one.candidate, pricer, one))
            elif pricer is not ground.pricer:
                again = priced(one.candidate, one.usage, pricer)
                again.broken_by = one.broken_by
                rows.append(again)
            else:
                rows.append(one)
        for pattern_id in sorted(stale.patterns):
            built = propose_one(pattern(pattern_id), scene)
            for candidate in () if isinstance(built, str) else built:
                rows.append(self._again(candidate, pricer))
        self._rows = sorted((one for one in rows if one.list_monthly is not None), key=by_cost)

    def _again(
        self, candidate: Candidate, pricer: Pricer, before: Weighed | None = None
    ) -> Weighed:
        one = priced(candidate, self._asking.usage(Graph(candidate)), pricer)
        if before is None:
            self._fresh.add(id(one))
        else:
            one.broken_by = before.broken_by
        return one

    def best_of_patterns(self, *, full: bool) -> list[Weighed]:
        """Return the cheapest feasible candidate of each pattern that is near the cheapest."""
        best: dict[str, Weighed] = {}
        for one in self._rows:
            if best and one.cost > min(b.cost for b in best.values()) + DOLLAR:
                break
            if one.full is full and one.candidate.pattern not in best and self._holds(one):
                best[one.candidate.pattern] = one
        return list(best.values())

    def _holds(self, one: Weighed) -> bool:
        asked = None if id(one) in self._fresh else self._stale.limits
        margins = self._asking.margins(Graph(one.candidate), asked)
        return not broken_limits(one, margins, self._scene, self._own_faults)
