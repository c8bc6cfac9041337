"""The Brief: what must be true, each value a Fact with its source and basis.

A request is words; a Brief is what those words, and the defaults we state aloud, come to. All
later stages read only the Brief and the Stack. A value nobody gave is either ``None`` (unknown and
no default is honest) or an assumed Fact (a default the reader is shown and can correct in
``brief.yaml``).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from payouts.facts import Fact


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the model's values: immutable, keyword-only, compared by content."""


class Direction(StrEnum):
    SEND = "send"  #: we tell the partner to pay somebody
    RECEIVE = "receive"  #: we fetch what the partner paid (settlement, reports, webhooks)


class Timing(StrEnum):
    BATCH = "batch"  #: paid some time before the deadline
    REAL_TIME = "real_time"  #: paid within seconds of being asked for


class FreeTier(StrEnum):
    NONE = "none"
    ALWAYS = "always"  #: the account-wide allowances that never end


class Volume(Value, frozen=True, kw_only=True):
    """How many payouts, when. A range keeps both ends; sizing uses ``high``, pricing shows both.

    ``window_hours`` is the part of a day in which the payouts come due (24: spread over the day);
    ``runs_per_day`` is set where they come in runs; ``days_per_week`` is 5 for working days.
    ``peak_per_second`` is what was stated; unstated peaks are derived in ``frugal.model.load``.
    """

    payouts_per_day_low: Fact[Decimal]
    payouts_per_day_high: Fact[Decimal]
    days_per_week: Fact[Decimal]
    window_hours: Fact[Decimal]
    window_start: Fact[str] | None = None  #: HH:MM, local to ``time_zone``
    time_zone: Fact[str] | None = None  #: IANA name
    runs_per_day: Fact[Decimal] | None = None
    peak_per_second: Fact[Decimal] | None = None
    growth_per_year: Fact[Decimal] | None = None  #: 0.5 is +50 % a year


class PartnerTerms(Value, frozen=True, kw_only=True):
    """What is known of the partner for this request: stated terms win over the partner file's."""

    id: Fact[str]  #: id of a file in ``payouts.partners``; ``generic`` where there is none
    name: Fact[str]
    requests_per_second: Fact[Decimal] | None = None  #: rate limit; ``None``: unknown, asked
    batch_api: Fact[bool]
    batch_items_max: Fact[int] | None = None
    fixed_address_required: Fact[bool]
    webhooks: Fact[bool]
    polling_interval_minutes: Fact[Decimal] | None = None
    response_seconds_p50: Fact[Decimal]
    response_seconds_p99: Fact[Decimal]
    timeout_seconds: Fact[Decimal]
    inconclusive_share: Fact[Decimal]  #: share of sends whose outcome is not known from the answer
    resolution_minutes: Fact[Decimal]  #: how long an inconclusive answer takes to resolve, at most
    lookups_max: Fact[int]
    lookup_interval_minutes: Fact[Decimal] | None = None  #: between look-ups of one payout
    send_retries_max: Fact[int]
    send_window_hours: Fact[Decimal]
    request_kib: Fact[Decimal]
    response_kib: Fact[Decimal]
    ipv6: Fact[bool]


class Promises(Value, frozen=True, kw_only=True):
    """What the design must keep, as numbers. Defaults are assumed and shown."""

    paid_within_hours: Fact[Decimal]
    real_time_seconds: Fact[Decimal] | None = None
    drain_within_hours: Fact[Decimal]  #: backlog gone this long after a partner recovers
    largest_payout: Fact[Decimal]  #: in ``currency``, major units
    largest_day_payouts: Fact[Decimal]
    currency: Fact[str]
    recovery_point_minutes: Fact[Decimal] | None = None
    daily_deadline: Fact[str] | None = None  #: HH:MM by which a day's payouts must be out


class Clause(Value, frozen=True, kw_only=True):
    """A piece of the request's own words and what became of it."""

    words: str
    understood: tuple[str, ...] = ()  #: ``field = value`` of each thing read from these words
    note: str = ""


class Brief(Value, frozen=True, kw_only=True):
    """Everything the later stages may use of a request."""

    schema: int = 1
    request: str
    direction: Fact[Direction]
    timing: Fact[Timing]
    volume: Volume
    partner: PartnerTerms
    promises: Promises
    region: Fact[str]
    free_tier: Fact[FreeTier]
    budget_monthly: Fact[Decimal] | None = None
    compliance: tuple[Fact[str], ...] = ()  #: PCI DSS, GDPR, HIPAA, SOC 2, ...
    residency: Fact[str] | None = None  #: country or area data must stay in (``EU``, ``DE``, ...)
    must_not: tuple[Fact[str], ...] = ()  #: service or part ids excluded
    must_use: tuple[Fact[str], ...] = ()
    preference: tuple[Fact[str], ...] = ()  #: another order of pattern kinds, first is best
    clauses: tuple[Clause, ...] = ()  #: the request's words in order, each with what it became
