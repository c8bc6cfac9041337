"""Who works, for which partner, within which limits; and what a tick came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from payouts.limits import Limits
from payouts.outcome import Merchant, Partner
from payouts.ports import Clock


@dataclass(kw_only=True, slots=True)
class Worker:
    """One process (or thread) that moves the payouts of one partner.

    ``name`` is unique to the process and its start: a lease is held by a name, and a name that
    came back after a restart or a restore would inherit leases that are not its own.
    ``witness`` is the highest position this worker has seen in the ledger, the only thing it
    remembers: a ledger that stands lower has been restored from a backup.
    """

    name: str
    partner_id: str
    partner: Partner
    merchant: Merchant
    limits: Limits
    clock: Clock
    witness: int = 0


#: Ends of a tick that only a person, or the time a quarantine takes, can undo.
_STOPPED = frozenset({"paused", "funds", "quarantine"})


@dataclass(slots=True)
class TickReport:
    """What one tick did. ``next_seconds``: no use in coming back sooner, where that is known."""

    taken: int = 0
    sent: int = 0
    looked_up: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    ended: str = "idle"  #: idle, time, paused, quarantine, breaker, funds
    next_seconds: float | None = None

    def wait_seconds(self, unknown: bool, limits: Limits) -> float:
        """Return how long whoever follows one open payout should wait before the next tick.

        Where sending has stopped or nothing was due, ticking again in seconds changes nothing, and
        a state machine pays for each: six hours without funds came to 4,000 steps a payout.
        """
        if self.next_seconds is not None:
            return self.next_seconds
        if unknown or self.ended in _STOPPED or not self.taken:
            return limits.lookup_interval_seconds
        return limits.backoff_base_seconds
