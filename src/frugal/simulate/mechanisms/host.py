"""A machine that containers, and maybe the database, live and die with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model import behaviour
from frugal.simulate.mechanisms.mechanism import Mechanism

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site


class HostMachine(Mechanism):
    """Takes everything with it that stands on it; brings it back, each in its own time."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Host)
        self.reboot_seconds = float(says.reboot_seconds.value)
        self.replace_seconds = float(says.replace_seconds.value)
        self.zones = int(says.zones.value)

    def _on_it(self) -> list[Mechanism]:
        return [
            self.site.parts[part.id]
            for part in self.site.plan.parts
            if isinstance(part.behaviour, behaviour.Container | behaviour.Database)
            and part.behaviour.on_host
        ]

    def stop(self) -> None:
        super().stop()
        for mechanism in self._on_it():
            mechanism.stop()

    def resume(self) -> None:
        super().resume()
        for mechanism in self._on_it():
            mechanism.resume()
