"""Asking services about parts, once for parts that are alike.

A pattern's candidates differ in a setting or two, so most of a candidate's parts stand exactly as
in the one before: same settings, same links. What a service said of such a part, without looking
round, is still true. Comparing is several times cheaper than asking, and nothing is assumed: an
answer that needed a look at a neighbour is asked for again each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from frugal.choose.checks import part_margins
from frugal.model.graph import Link, Placement
from frugal.patterns import Scene
from frugal.price.usage import Graph, PartUsage, part_usage
from frugal.services import Margin, Part

Said = TypeVar("Said")

#: What a service gets to see of the scene, by its id.
SceneFor: TypeAlias = Callable[[str], Scene]
_NO_LINKS: list[Link] = []
#: Answers kept of each part, the newest first: enough for the settings that change most often.
_KEPT = 4


class PartMargin(NamedTuple):
    """A limit of one part, and the service that knows it; none for a check on the whole graph."""

    service: str
    margin: Margin


class _Answer(NamedTuple, Generic[Said]):
    placement: Placement
    incoming: list[Link]
    outgoing: list[Link]
    said: Said


class Asked(Generic[Said]):
    """One question put to every part of one candidate after another."""

    def __init__(self, question: Callable[[Part], Said], scene_for: SceneFor) -> None:
        self._question = question
        self._scene_for = scene_for
        self._answers: dict[tuple[str, str], list[_Answer[Said]]] = {}

    def one(self, graph: Graph, placement: Placement) -> Said:
        answers = self._answers.setdefault((graph.candidate.pattern, placement.id), [])
        incoming = graph.incoming.get(placement.id, _NO_LINKS)
        outgoing = graph.outgoing.get(placement.id, _NO_LINKS)
        for answer in answers:
            if (
                answer.placement == placement
                and answer.incoming == incoming
                and answer.outgoing == outgoing
            ):
                return answer.said
        graph.looked_round = False
        said = self._question(graph.part(placement, self._scene_for(placement.service)))
        if not graph.looked_round:
            answers.insert(0, _Answer(placement, incoming, outgoing, said))
            del answers[_KEPT:]
        return said


class Asking:
    """Usage and limits of candidates in one scene."""

    def __init__(self, uses: SceneFor, limits: SceneFor) -> None:
        self._usage = Asked(part_usage, uses)
        self._margins = Asked(part_margins, limits)

    @classmethod
    def about(cls, scene: Scene) -> Asking:
        """Return the asking in a plain scene."""

        def plain(service_id: str) -> Scene:
            return scene

        return cls(plain, plain)

    def usage(self, graph: Graph) -> list[PartUsage]:
        """Return what a candidate uses beyond what the Stack uses today."""
        rows: list[PartUsage] = []
        for placement in graph.candidate.placements:
            rows += self._usage.one(graph, placement)
        return rows

    def margins(self, graph: Graph, services: frozenset[str] | None = None) -> list[PartMargin]:
        """Return how full the limits are that parts know of, of all services or of some."""
        return [
            PartMargin(placement.service, margin)
            for placement in graph.candidate.placements
            if services is None or placement.service in services
            for margin in self._margins.one(graph, placement)
        ]
