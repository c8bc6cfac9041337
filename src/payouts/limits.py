"""How fast, how long, how much: everything about a run that is a number, in one value.

Partner waits come from the partner's facts (``limits_for``); the rest are ours. Tests divide the
waits by a factor they print; nothing else about the runtime changes then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from payouts.facts import Basis
from payouts.money import Money
from payouts.partner_facts import PartnerFacts

#: A function writes down what it knows before it is ended: time for commits, not for requests.
MARGIN_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of one worker. Durations are seconds; ``None`` means no bound of that kind.

    ``send_window_seconds`` ends an hour before the partner's own window does: a send that was
    decided inside it also arrives inside it. ``resends`` is false where nothing documents that a
    second send under one key is the same payout.
    """

    # a tick
    tick_seconds: float = 45.0
    batch: int = 50
    concurrency: int = 8
    lease_seconds: float = 120.0
    answer_seconds: float = 30.0  #: one request to the partner, connecting included
    send_age_seconds: float = 20.0  #: between deciding to send and sending

    # the partner's rules
    lookup_wait_seconds: float = 300.0
    lookup_interval_seconds: float = 300.0
    lookups_max: int = 5
    sends_max: int = 5
    send_window_seconds: float = 23 * 3600.0
    resends: bool = True
    requests_per_second: float | None = None
    burst_requests: float = 1.0  #: at once, where a second has fewer

    # what a person decides late, and what a restore waits for
    not_paid_after_seconds: float = 26 * 3600.0
    quarantine_seconds: float = 600.0
    reconcile_days: int = 3  #: days before today that are read again; after a restore, at least

    # not accepted, not reached
    backoff_base_seconds: float = 5.0
    backoff_most_seconds: float = 900.0
    breaker_failures: int = 10  #: without an answer in a row
    breaker_seconds: float = 60.0
    unauthorised_seconds: float = 300.0
    no_funds_in_row: int = 3

    # money
    max_amount_per_payout: Money | None = None
    max_total_per_day: Money | None = None

    def __post_init__(self) -> None:
        for name in ("batch", "concurrency", "lookups_max", "sends_max", "burst_requests"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        # A lease that ends while its send may still go out would let two workers send at once.
        # The key makes that harmless; it is still not what anyone asked for.
        longest = self.send_age_seconds + self.answer_seconds
        if self.lease_seconds < 2 * longest:
            raise ValueError(
                f"a lease of {self.lease_seconds:g} s is shorter than twice the longest send "
                f"({longest:g} s)"
            )
        if self.quarantine_seconds < longest:
            raise ValueError(
                f"a quarantine of {self.quarantine_seconds:g} s could end while a send that the "
                f"lost ledger began is still under way ({longest:g} s)"
            )

    def faster(self, factor: float) -> Limits:
        """Return these limits with every wait divided by a factor, for rehearsals.

        How long an answer, a send or a lease may take stays: processors do not speed up.
        """
        waits = {
            field.name: getattr(self, field.name) / factor
            for field in fields(self)
            if field.name.startswith(("lookup_", "send_window", "not_paid", "backoff", "breaker_s"))
            and field.name.endswith("_seconds")
        }
        return replace(self, **waits)


def limits_for(facts: PartnerFacts) -> Limits:
    """Return the limits that follow from a partner's facts, cautious where it says nothing."""
    usual = Limits()
    values: dict[str, object] = {}
    if facts.lookup_wait_minutes is not None:
        values["lookup_wait_seconds"] = 60.0 * int(facts.lookup_wait_minutes.value)
    if facts.lookup_interval_minutes is not None:
        values["lookup_interval_seconds"] = 60.0 * int(facts.lookup_interval_minutes.value)
    if facts.lookups_max is not None:
        values["lookups_max"] = facts.lookups_max.value
    if facts.send_retries_max is not None:
        # The partner counts repeats; whether it counts the first send is not stated. We do.
        values["sends_max"] = facts.send_retries_max.value
    if facts.send_window_hours is not None:
        window = 3600.0 * int(facts.send_window_hours.value)
        values["send_window_seconds"] = max(0.0, window - 3600.0)
        values["not_paid_after_seconds"] = window + 2 * 3600.0
    if facts.requests_per_second is not None:
        values["requests_per_second"] = float(facts.requests_per_second.value)
    values["resends"] = facts.idempotency is not None and (
        facts.idempotency.basis is not Basis.ASSUMED
    )
    return replace(usual, **values)  # type: ignore[arg-type]


def limits_within(limits: Limits, seconds_left: float) -> Limits:
    """Return limits for a run that is ended from outside after so many seconds.

    A round that begins at the last moment may still take the age of a send and one answer. Where
    the time is too short for that, both shrink: an answer that is not waited for is looked up.
    Being ended in the middle would be safe too; it would only cost the lease's time.

        >>> limits_within(Limits(), 300.0).tick_seconds
        45.0
        >>> short = limits_within(Limits(), 30.0)
        >>> short.tick_seconds, short.send_age_seconds, short.answer_seconds
        (13.5, 4.5, 9.0)
    """
    usable = max(0.0, seconds_left - MARGIN_SECONDS)
    answer = min(limits.answer_seconds, usable / 3)
    age = min(limits.send_age_seconds, usable / 6)
    return replace(
        limits,
        answer_seconds=answer,
        send_age_seconds=age,
        tick_seconds=min(limits.tick_seconds, usable - answer - age),
    )
