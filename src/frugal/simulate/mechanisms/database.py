"""Postgres around the simulated ledger: how many sessions it has, and when it is away."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from frugal.model import behaviour
from frugal.simulate.mechanisms.mechanism import Mechanism

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site


class DatabaseServer(Mechanism):
    """Stops, restarts, fails over; others hold sessions of it, and may take more."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Database)
        self.restart_seconds = float(says.restart_seconds.value)
        self.failover_seconds = (
            None if says.failover_seconds is None else float(says.failover_seconds.value)
        )
        self.backup_seconds = float(says.backup_seconds.value)
        self.zones = int(says.zones.value)
        self.on_host = says.on_host
        self.most = int(says.sessions_most.value)
        self.in_use = int(says.sessions_in_use.value)
        #: The backend's own sessions to this design's part of the ledger.
        self.held = sum(
            int(one.behaviour.sessions.value)
            for one in site.plan.parts
            if isinstance(one.behaviour, behaviour.Container) and one.role == "backend"
        )
        site.ledger.sessions_most = self.most
        site.ledger.sessions_others = self.in_use + self.held
        self._until = 0.0

    def stop(self) -> None:
        super().stop()
        if self.site.ledger.up:
            self.site.ledger.stop()
        self._until = float("inf")
        self.site.stir()

    def resume(self) -> None:
        """Start it; it takes statements when it has recovered."""
        self._up_at(self.site.loop.now + self.restart_seconds)

    def away(self, seconds: float) -> None:
        """Be gone for so long, and back at once then."""
        self.stop()
        self._up_at(self.site.loop.now + seconds)

    def _up_at(self, at: float) -> None:
        self._until = at
        self.site.loop.call(at, self._come_up, at)

    def _come_up(self, at: float) -> None:
        if at == self._until:
            self.come_up()

    def come_up(self) -> None:
        """Take statements from now on."""
        self.up = True
        self.site.ledger.up = True
        self.site.stir()

    def take_sessions(self, share: float) -> None:
        """Let others hold this share of the sessions that they leave as a rule."""
        left = self.most - self.in_use - self.held
        self.site.ledger.sessions_others = self.in_use + self.held + floor(left * share)
        self.site.stir()
