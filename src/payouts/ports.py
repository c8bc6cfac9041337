"""The runtime's whole contact with the world: commands it yields, and who carries them out.

The core is generators. Each ``yield`` hands out one command and gets its answer back; between the
two the process may die, freeze or lose a race. What is deployed and what is simulated differ only
in the driver below the yield, so every yield is a place where a test can pull the plug.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a partner, unsigned: time and secrets are the driver's.

    ``nonce`` goes where the partner wants a unique id per request.
    """

    method: str
    path: str  #: with its query, below the merchant's base address
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that arrived whole. Header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have arrived; no answer did. It proves nothing."""

    why: str


#: Why a request was not begun after its ``not_after``: our lateness, not the partner's.
TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not one byte reached the partner: no connection, or ``TOO_LATE`` to begin."""

    why: str


Answer: TypeAlias = Response | NoAnswer | NotSent


class Command:
    """What the core can ask for."""

    __slots__ = ()


class Statement(Command):
    """One named statement of the ledger; see ``payouts.ledger.statements``.

    The first one after a ``Commit`` opens a transaction. A refused one raises ``StoreError`` into
    the core and rolls the transaction back.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Commit(Command):
    """Make everything since the last commit durable. Nothing else is."""


@dataclass(frozen=True, slots=True)
class Send(Command):
    """Make these requests, at once if possible; the answer is a tuple in their order.

    None is begun after ``not_after`` on the worker's monotonic clock: it is ``NotSent`` then. A
    driver checks that directly before each request and carries none out twice.
    """

    requests: tuple[Request, ...]
    not_after: float


@dataclass(frozen=True, slots=True)
class WaitUntil(Command):
    """Sleep until the worker's monotonic clock shows this; ends early at a request to stop."""

    monotonic: float


@dataclass(frozen=True, slots=True)
class Emit(Command):
    """One structured log record, and a metric where ``metrics`` is not empty. No secrets."""

    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    level: str = "info"  #: info, warning or error


Result = TypeVar("Result")

#: A piece of the core: yields commands, gets answers, returns its result.
Core: TypeAlias = Generator[Command, Any, Result]


class StoreError(Exception):
    """A statement or commit that did not take effect as far as we know.

    After one the transaction is over. Whether a ``Commit`` that raised it took effect is unknown.
    """


class StoreBusy(StoreError):
    """Another transaction held a row longer than ``lock_timeout``."""


class StoreRefused(StoreError):
    """The ledger's rules forbid it; the message says which. Asking again will not help."""


class Clock(Protocol):
    """The worker's own monotonic clock: never compared with anyone else's."""

    def monotonic(self) -> float: ...
