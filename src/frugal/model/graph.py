"""A candidate is a graph: roles filled by placements, and links between them.

A pattern says only this much. Usage, IAM, network paths, alarms, failure modes and the diagram are
read off the graph by walking it, so they are never written twice and cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount

Scalar: TypeAlias = str | int | bool | Decimal


class Role(StrEnum):
    """What a part does in the design, whatever service does it."""

    TRIGGER = "trigger"
    BUS = "bus"
    QUEUE = "queue"
    DEAD_LETTER = "dead_letter"
    WORKER = "worker"
    RECEIVER = "receiver"  #: takes the partner's calls
    ORCHESTRATOR = "orchestrator"
    BACKEND = "backend"
    STORE = "store"
    SECRET = "secret"
    NETWORK = "network"  #: what a path costs: NAT gateway, proxy, address
    LOGS = "logs"
    ALARM = "alarm"
    PARTNER = "partner"


class Verb(StrEnum):
    """What one part does to another; decides IAM actions, network path and retry policy."""

    SCHEDULES = "schedules"
    INVOKES = "invokes"  #: synchronously, the caller waits
    INVOKES_ASYNC = "invokes_async"
    SENDS = "sends"  #: a message, or an event
    POLLS = "polls"
    READS = "reads"  #: a secret or parameter
    CONNECTS = "connects"  #: a database session
    CALLS = "calls"  #: HTTPS to a part of ours
    CALLS_OUT = "calls_out"  #: HTTPS to the partner
    NOTIFIES = "notifies"  #: the partner calls us
    LOGS = "logs"
    ALARMS = "alarms"
    DEAD_LETTERS = "dead_letters"
    ROUTES = "routes"  #: traffic passes through (NAT, proxy, load balancer)


class Placement(Value, frozen=True, kw_only=True):
    """A role filled by a service and its settings.

    ``existing`` parts are in the Stack already: they are drawn, checked and used, and only what
    they will cost *more* is counted.
    """

    id: str  #: short, unique in its candidate, and the name in diagram and templates
    role: Role
    service: str  #: id of a file in ``frugal.services``
    settings: tuple[tuple[str, Scalar], ...] = ()
    existing: bool = False

    def __getitem__(self, name: str) -> Scalar:
        for key, value in self.settings:
            if key == name:
                return value
        raise KeyError(f"{self.id} has no setting {name!r}")

    def get(self, name: str, default: Scalar | None = None) -> Scalar | None:
        for key, value in self.settings:
            if key == name:
                return value
        return default

    def number(self, name: str) -> Decimal:
        """Return a setting that is a number."""
        value = self[name]
        assert isinstance(value, (int, Decimal)), f"{self.id}.{name} is no number: {value!r}"
        return Decimal(value)


def placed(
    id: str, role: Role, service: str, *, existing: bool = False, **settings: Scalar
) -> Placement:
    """Return a placement; settings are kept in a stable order so that equal ones compare equal."""
    return Placement(
        id=id,
        role=role,
        service=service,
        existing=existing,
        settings=tuple(sorted(settings.items())),
    )


class Link(Value, frozen=True, kw_only=True):
    """One part doing something to another, how often a month, and with how much data each time."""

    source: str
    target: str
    verb: Verb
    per_month: Amount
    request_kib: Decimal = ZERO
    response_kib: Decimal = ZERO
    seconds: Amount = ZERO  #: how long the source waits for one, mean
    purpose: str = ""  #: a few words for the diagram and the data-flow list
    #: How the link gets there: ``public`` (HTTPS over the internet), ``private`` (VPC or
    #: peering), ``aws`` (an AWS API), ``local`` (the same box), ``internal`` (inside AWS).
    path: str = "aws"


class Candidate(Value, frozen=True, kw_only=True):
    """One way to build the integration: a pattern with its settings chosen."""

    pattern: str
    settings: tuple[tuple[str, Scalar], ...]
    placements: tuple[Placement, ...]
    links: tuple[Link, ...]

    @property
    def id(self) -> str:
        """Return a readable, stable name: the pattern and its settings."""
        words = ",".join(f"{key}={_shown(value)}" for key, value in self.settings)
        return f"{self.pattern}[{words}]"

    def __getitem__(self, placement_id: str) -> Placement:
        for placement in self.placements:
            if placement.id == placement_id:
                return placement
        raise KeyError(f"{self.pattern} has no part {placement_id!r}")

    def setting(self, name: str, default: Scalar | None = None) -> Scalar | None:
        for key, value in self.settings:
            if key == name:
                return value
        return default

    def role(self, role: Role) -> Iterator[Placement]:
        return (placement for placement in self.placements if placement.role is role)

    def outgoing(self, placement_id: str, *verbs: Verb) -> Iterator[Link]:
        return (
            link
            for link in self.links
            if link.source == placement_id and (not verbs or link.verb in verbs)
        )

    def incoming(self, placement_id: str, *verbs: Verb) -> Iterator[Link]:
        return (
            link
            for link in self.links
            if link.target == placement_id and (not verbs or link.verb in verbs)
        )


def _shown(value: Scalar) -> str:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    return str(value)


Settings: TypeAlias = Mapping[str, Scalar]
