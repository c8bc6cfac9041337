"""What a pattern file says: which roles, which links, what it promises. Nothing else.

A pattern is a function from a ``Scene`` (the Brief, the Stack, the load) and chosen settings to a
graph. Cost, IAM, paths, alarms and failure modes are read off that graph by others. A pattern never
decides: an impossible combination is still built, and is rejected with the number that breaks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from frugal.model.brief import Brief, Direction, Value
from frugal.model.graph import Candidate, Link, Placement, Scalar, Settings
from frugal.model.load import Load
from frugal.model.stack import Stack


class Kind(str, Enum):  # noqa: UP042 -- StrEnum would change what str() of a member says
    """What a pattern is to a person choosing; the default order of preference is this order."""

    SCHEDULED_FUNCTION = "scheduled_function"
    EVENT_FUNCTION = "event_function"  #: second place only where real time is asked
    FUNCTION_THROUGH_BACKEND = "function_through_backend"
    CONTAINER_WORKER = "container_worker"  #: a worker in the container that is there
    QUEUE = "queue"
    ALWAYS_ON = "always_on"  #: anything new that is always on


class Scene(Value, frozen=True, kw_only=True):
    """Everything a pattern may look at."""

    brief: Brief
    stack: Stack
    load: Load


class Pattern:
    """Base of every pattern file, which exports its instance as ``PATTERN``."""

    id: str  #: the module's name
    name: str
    kind: Kind
    #: Runtime code, tried out and bundled; otherwise shown and compared, never recommended.
    full: bool = True
    summary: str  #: one sentence: what happens, in plain words
    receives: str = ""  #: the same where payouts are fetched and not sent; empty: it only sends
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    #: Where the partner's 25 to 30 minute waits live.
    wait: str = "a due time in the ledger, looked at by the next tick"
    real_time: bool = False  #: pays within seconds of being asked

    def said(self, direction: Direction) -> str:
        """Return what happens, in a sentence, for payouts sent or received."""
        received = direction is Direction.RECEIVE and self.receives
        return self.receives if received else self.summary

    def fits(self, scene: Scene) -> str:
        """Return why this pattern cannot be built on the Stack at all, or an empty string.

        Only for parts that are missing; anything with a number is a limit and is checked later.
        """
        return ""

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        """Return each setting with the values worth weighing; every combination is weighed."""
        raise NotImplementedError

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        """Return the parts and links of one combination."""
        raise NotImplementedError

    def candidate(self, scene: Scene, settings: Settings) -> Candidate:
        placements, links = self.build(scene, settings)
        return Candidate(
            pattern=self.id,
            settings=tuple(sorted(settings.items())),
            placements=tuple(placements),
            links=tuple(links),
        )
