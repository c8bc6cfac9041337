"""A tick under way in the exhaustive search, and what tells two states apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from payouts.core.worker import TickReport
from payouts.ledger.statements import Leased, Standing
from payouts.ports import Command, Core, Response, StoreError
from payouts.simulation.rows import Row
from payouts.simulation.store import Connection

START = 1_767_592_800.0

#: One answer and when it came; an exception is raised where the tick waits.
Heard: TypeAlias = tuple[float, Any]


class Clock:
    """A worker's own clock, set whenever its tick goes on."""

    __slots__ = ("now",)

    def __init__(self, now: float) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.at(self.now)

    @staticmethod
    def at(now: float) -> float:
        return now - START


@dataclass(slots=True)
class Life:
    """One tick under way."""

    name: str
    number: int  #: the judge's own: two workers may go by one name
    witness: int
    restores: int  #: how many restores the ledger had seen when it began
    heard: tuple[Heard, ...] = ()
    #: The same for telling states apart: a hash of the answers, the times, the last lease.
    said: int = 0
    moments: tuple[float, ...] = ()
    fence: int = 0
    quarantine: str | None = None  #: which one it found at its beginning
    command: Command | None = None  #: what it waits for
    begun: int = 0  #: sends in the open transaction, then committed and not yet made
    committed: int = 0
    committed_at: float = 0.0
    clock: Clock = field(default_factory=lambda: Clock(START))
    connection: Connection | None = None
    core: Core[TickReport] | None = None

    @property
    def in_transaction(self) -> bool:
        return self.connection is not None and self.connection.in_transaction

    def hear(self, now: float, answer: Any) -> None:
        self.heard = (*self.heard, (now, answer))
        if not self.moments or self.moments[-1] != now:
            self.moments = (*self.moments, now)
        leases = isinstance(answer, tuple) and answer and isinstance(answer[0], Leased)
        if leases:
            self.fence = answer[0].fence
        if isinstance(answer, Standing):
            self.quarantine = answer.quarantine_began
        self.said = hash((self.said, len(self.moments), plain(answer)))


def row_key(row: Row | None, now: float, owners: dict[str, str]) -> Any:
    if row is None:
        return None
    leased = row.lease_until is not None and row.lease_until > now
    return (
        row.status,
        None if row.due_at is None else max(0.0, row.due_at - now),
        leased and row.lease_until is not None and row.lease_until - now,
        owners.get(row.worker or "", "gone") if row.worker else None,
        row.sends,
        row.lookups,
        row.turned_away,
        row.accepted,
        row.asked,
        row.released,
        row.seen,
        row.partner_id,
        None if row.first_sent is None else now - row.first_sent,
        None if row.last_sent is None else now - row.last_sent,
    )


def plain(answer: Any) -> Any:
    """An answer without the numbers that only count."""
    if isinstance(answer, Standing):
        return (
            answer.paused,
            answer.quarantine_seconds,
            answer.failures,
            answer.reconciled_day,
            answer.reconcile_page,
        )
    if isinstance(answer, StoreError):
        return type(answer).__name__
    if isinstance(answer, tuple) and answer and isinstance(answer[0], Leased):
        return tuple(
            (one.status, one.sends, one.lookups, one.accepted, one.asked) for one in answer
        )
    if isinstance(answer, tuple):
        return tuple(
            (one.status, one.body) if isinstance(one, Response) else repr(one) for one in answer
        )
    return repr(answer)
