"""How a worker reaches the ledger: read off its links.

Beside the database, or with a path to it, a worker keeps a session of its own. Else it says each
sentence to the backend, a transaction each (``payouts.io.remote``), and can do nothing while the
backend, its host or the database is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from frugal.model.behaviour import Container, Database
from frugal.model.graph import Role, Verb
from payouts.simulation.driver import Machine

if TYPE_CHECKING:
    from frugal.simulate.grounds import Grounds
    from frugal.simulate.mechanisms.mechanism import Mechanism
    from frugal.simulate.plan import Plan, PlannedLink, PlannedPart
    from frugal.simulate.traffic import Traffic

#: ``payouts.io.remote`` gives up a connection that is not made after so long.
_REFUSED_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Way:
    """``backend`` is empty where there is a session of one's own."""

    statement_seconds: float
    session_seconds: float
    backend: str
    to_ledger: tuple[PlannedLink, ...]  #: of the worker: the first counts sentences
    onward: tuple[PlannedLink, ...]  #: of the backend
    to_partner: tuple[PlannedLink, ...]

    def apply(self, machine: Machine, backend: Mechanism | None) -> None:
        """Put a machine where it stands."""
        machine.keeps_session = True
        # A machine draws up to so long: the mean is what is said.
        machine.statement_seconds = 2 * self.statement_seconds
        if backend is not None:
            machine.commits_each = True
            machine.commit_seconds = 0.0
            machine.gate = lambda: None if backend.up else _REFUSED_SECONDS
        else:
            machine.commit_seconds = 2 * self.statement_seconds
            machine.session_seconds = self.session_seconds

    def say(self, traffic: Traffic, sentences: int) -> None:
        """Count sentences of ticks that were left out."""
        seconds = sentences * self.statement_seconds
        for link in self.to_ledger[:1]:
            traffic.add(link.place, sentences, seconds)
        for link in self.onward[:1]:
            traffic.add(link.place, sentences)


def way_of(plan: Plan, part: PlannedPart) -> Way:
    """Return how a worker reaches the ledger and the partner."""
    database = next(one.behaviour for one in plan.parts if isinstance(one.behaviour, Database))
    to_partner = plan.outgoing(part.id, Verb.CALLS_OUT)
    calls = tuple(
        link
        for link in plan.outgoing(part.id, Verb.CALLS)
        if plan[link.target].role is Role.BACKEND
    )
    if calls and not plan.outgoing(part.id, Verb.CONNECTS):
        backend = plan[calls[0].target]
        assert isinstance(backend.behaviour, Container), f"{backend.id} answers no calls"
        seconds = backend.behaviour.answer_seconds.value
        onward = plan.outgoing(backend.id, Verb.CONNECTS)
        return Way(float(seconds), 0.0, backend.id, calls, onward, to_partner)
    return Way(
        float(database.statement_seconds.value),
        float(database.session_seconds.value),
        "",
        plan.outgoing(part.id, Verb.CONNECTS),
        (),
        to_partner,
    )


def count_up(site: Grounds) -> None:
    """Add what every machine said and asked to the traffic of the links it went over."""
    for part_id, machine in site.machines:
        way = site.way(part_id)
        traffic = site.traffic
        for link in way.to_ledger[:1]:
            traffic.add(link.place, machine.statements, machine.statements_seconds)
        for link in way.onward[:1]:
            traffic.add(link.place, machine.statements)
        for link in way.to_partner[:1]:
            traffic.add(link.place, machine.requests, machine.requests_seconds)
        machine.statements = machine.requests = 0
        machine.statements_seconds = machine.requests_seconds = 0.0
