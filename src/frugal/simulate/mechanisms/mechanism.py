"""What every mechanism of the simulated AWS is: something that takes events, and lives and dies.

One file each kind of behaviour. A mechanism knows its behaviour, its links and the site; it knows
no other mechanism, but hands events over links (``Site.hand_over``), and the link's verb decides
whether anybody waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site


@dataclass(frozen=True, slots=True)
class Event:
    """What travels over a link.

    ``kind``: ``tick`` (there may be work), ``payouts`` (``references`` are committed in the ledger
    and due), ``notice`` (``body`` claims to be the partner's webhook), ``step`` (follow one
    payout), ``poison`` (nothing can be done with it).
    """

    kind: str
    references: tuple[str, ...] = ()
    body: Any = field(default=None, compare=False)
    born: float = 0.0  #: when it was made, by the world's clock
    again: int = 0  #: how often it was handed over before

    def once_more(self) -> Event:
        return replace(self, again=self.again + 1)


class Failed(Exception):
    """Whoever waits hears an error, a time-out or a throttle; ``throttled``: the last."""

    def __init__(self, why: str, *, throttled: bool = False) -> None:
        super().__init__(why)
        self.throttled = throttled


class Mechanism:
    """Base of all. ``site.link(...)`` finds where it hands on."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        self.site = site
        self.part = part
        self.id = part.id
        self.up = True

    def start(self) -> None:
        """Begin what it does by itself; called once, when every part is there."""

    def accept(self, event: Event) -> None:
        """Take an event nobody waits for (sends, asynchronous invokes, dead letters).

        Raises ``Failed`` where even that is refused.
        """
        raise NotImplementedError(f"{type(self).__name__} {self.id} accepts nothing")

    def take(self, event: Event) -> Process:
        """Do what an event asks while the caller waits; returns an answer or raises ``Failed``."""
        raise NotImplementedError(f"{type(self).__name__} {self.id} answers nobody")

    def stir(self) -> None:
        """Something may be due: look again, if this part sleeps until there is."""

    def next_work(self) -> float:
        """Return the earliest time at which a tick that gets here has something to do."""
        return self.site.next_work()

    def skipped(self, count: int, last: float, every: float) -> None:
        """So many ticks, the last of them then, would have come through here and done nothing."""

    def settle(self) -> None:
        """Count what was left out until now: the trial is over."""

    def rest_seconds(self) -> float:
        """Return how long whoever was just answered waits before it hands over more.

        Only in a scaled trial, where one payout takes the place of several.
        """
        return 0.0

    def stop(self) -> None:
        """Die with everything that is in memory: the host, the zone or the process is gone."""
        self.up = False

    def resume(self) -> None:
        """Come back after ``stop``."""
        self.up = True
