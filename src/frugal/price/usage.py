"""What a candidate, or the Stack as it is, uses of each meter in a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from frugal.model.brief import Brief
from frugal.model.graph import Candidate, Link, Placement, Verb
from frugal.model.load import Load
from frugal.model.stack import Stack
from frugal.patterns import Scene
from frugal.services import Part, Usage, service, service_ids


class PartUsage(NamedTuple):
    """The use one placement makes of one meter. ``existing`` parts are in the Stack already."""

    placement: str
    service: str
    usage: Usage
    existing: bool


class Graph:
    """A candidate with its links found by their ends: services ask for theirs again and again.

    ``looked_round`` is set when a part looks further than its own links: at a neighbour, or at the
    whole. What a part answers without looking round depends on nothing but itself and its links.
    """

    __slots__ = ("_placements", "candidate", "incoming", "looked_round", "outgoing")

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.looked_round = False
        self.incoming: dict[str, list[Link]] = {}
        self.outgoing: dict[str, list[Link]] = {}
        for link in candidate.links:
            self.incoming.setdefault(link.target, []).append(link)
            self.outgoing.setdefault(link.source, []).append(link)
        self._placements: dict[str, Placement] | None = None

    def part(self, placement: Placement, scene: Scene) -> Part:
        """Return one placement where it stands."""
        return _StandingPart(placement, scene.load, scene.brief, scene.stack, self)

    def placement(self, placement_id: str) -> Placement:
        if self._placements is None:
            self._placements = {one.id: one for one in self.candidate.placements}
        return self._placements[placement_id]


class _StandingPart(Part):
    """A Part that finds its links and its neighbours without searching the whole graph."""

    __slots__ = ("_graph",)

    def __init__(
        self, placement: Placement, load: Load, brief: Brief, stack: Stack, graph: Graph
    ) -> None:
        self.placement = placement
        self.load = load
        self.brief = brief
        self.stack = stack
        self._graph = graph

    @property
    def candidate(self) -> Candidate:  # type: ignore[override]
        self._graph.looked_round = True
        return self._graph.candidate

    def incoming(self, *verbs: Verb) -> Iterator[Link]:
        return _of(self._graph.incoming.get(self.placement.id, ()), verbs)

    def outgoing(self, *verbs: Verb) -> Iterator[Link]:
        return _of(self._graph.outgoing.get(self.placement.id, ()), verbs)

    def other(self, placement_id: str) -> Part:
        graph = self._graph
        graph.looked_round = True
        return _StandingPart(
            graph.placement(placement_id), self.load, self.brief, self.stack, graph
        )


def _of(links: Sequence[Link], verbs: tuple[Verb, ...]) -> Iterator[Link]:
    return iter([link for link in links if link.verb in verbs] if verbs else links)


def parts_of(candidate: Candidate, scene: Scene) -> list[Part]:
    """Return every placement of a candidate where it stands."""
    graph = Graph(candidate)
    return [graph.part(placement, scene) for placement in candidate.placements]


def usage_of(candidate: Candidate, scene: Scene) -> list[PartUsage]:
    """Return what a candidate uses beyond what the Stack uses today."""
    return [row for part in parts_of(candidate, scene) for row in part_usage(part)]


def part_usage(part: Part) -> list[PartUsage]:
    """Return what one part uses beyond what the Stack uses today."""
    placement = part.placement
    return [
        PartUsage(placement.id, placement.service, usage, placement.existing)
        for usage in service(placement.service).usage(part)
    ]


def baseline_of(stack: Stack) -> list[PartUsage]:
    """Return what the Stack uses today, as far as it is known."""
    return [
        PartUsage(f"today: {service(id).name}", id, usage, True)
        for id in service_ids()
        for usage in service(id).baseline(stack)
    ]
