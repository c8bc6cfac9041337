"""Which mechanism each kind of behaviour is, and what each worker runs.

To add a kind, add its behaviour to ``frugal.model.behaviour``, a file here, and its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model import behaviour
from frugal.model.graph import Role, Verb
from frugal.simulate.mechanisms.bus import Bus
from frugal.simulate.mechanisms.container import Container
from frugal.simulate.mechanisms.counterpart import Partner
from frugal.simulate.mechanisms.database import DatabaseServer
from frugal.simulate.mechanisms.entrance import Entrance
from frugal.simulate.mechanisms.function import Function
from frugal.simulate.mechanisms.host import HostMachine
from frugal.simulate.mechanisms.mechanism import Mechanism
from frugal.simulate.mechanisms.orchestrator import Orchestrator
from frugal.simulate.mechanisms.queue import Queue
from frugal.simulate.mechanisms.relay import Relay
from frugal.simulate.mechanisms.schedule import Schedule
from frugal.simulate.programs import Deployed, Program

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink, PlannedPart
    from frugal.simulate.site import Site

MECHANISMS: dict[type[behaviour.Behaviour], type[Mechanism]] = {
    behaviour.Bus: Bus,
    behaviour.Container: Container,
    behaviour.Counterpart: Partner,
    behaviour.Database: DatabaseServer,
    behaviour.Entrance: Entrance,
    behaviour.Function: Function,
    behaviour.Host: HostMachine,
    behaviour.Orchestrator: Orchestrator,
    behaviour.Queue: Queue,
    behaviour.Schedule: Schedule,
}


def program_of(site: Site, part: PlannedPart) -> Program:
    """Return what a worker runs, read off its links.

    Who calls no partner and hands on to a queue or an orchestrator is a relay, or, where it is
    notified, a receiver; everybody else runs the core, or what the trial runs in its place.
    """
    onward = None if part.role is Role.BACKEND else _onward(site, part)
    if onward is not None and not site.plan.outgoing(part.id, Verb.CALLS_OUT):
        if _is_notified(site, part.id):
            return Deployed(site, onward)
        site.has_relay = True
        return Relay(site, part, onward)
    return Deployed(site) if site.program is None else site.program(site)


def _onward(site: Site, part: PlannedPart) -> PlannedLink | None:
    for link in site.plan.outgoing(part.id, Verb.SENDS, Verb.INVOKES_ASYNC):
        if isinstance(site.plan[link.target].behaviour, behaviour.Queue | behaviour.Orchestrator):
            return link
    return None


def _is_notified(site: Site, part_id: str) -> bool:
    """Whether the partner calls this part, directly or through an entrance."""
    return any(
        link.verb is Verb.NOTIFIES or _is_notified(site, link.source)
        for link in site.plan.incoming(part_id, Verb.NOTIFIES, Verb.INVOKES)
        if link.verb is Verb.NOTIFIES
        or isinstance(site.plan[link.source].behaviour, behaviour.Entrance)
    )


__all__ = ["MECHANISMS", "program_of"]
