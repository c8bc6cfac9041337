"""The highest bill that something going wrong can cause, and what lowers it.

A bound, not a forecast: what stops the usage is a quota, a setting of the design or what feeds a
part. Where nothing stops it, that is said, and it is never counted as $0. Dollars are at list price
with every allowance off, on top of what the design costs in an ordinary month.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from frugal.model.brief import Value


class Attack(StrEnum):
    """What goes wrong. Three of them need no enemy: a bug does as well."""

    RETRY_STORM = "retry-storm"  #: everything fails at its time limit, and is tried again
    LOOP = "loop"  #: a program repeats what it may do, without end
    LOG_FLOOD = "log-flood"  #: every program writes as large and as fast as it can
    POISON_MESSAGE = "poison-message"  #: nothing can be done with what arrives
    UNAUTHENTICATED = "unauthenticated-traffic"  #: anyone knocks, at any rate


class Guards(Value, frozen=True, kw_only=True):
    """What may be set to lower the bounds; the default is the design as it stands."""

    reserved_concurrency: int | None = None  #: of every function; a queue's gets what it needs
    retries: int | None = None  #: further attempts of an asynchronous event
    event_age_seconds: int | None = None
    log_level: str = ""  #: a function's lines below it are dropped before they are billed
    requests_per_second: Decimal | None = None  #: of a door that can be throttled
    signed: bool = False  #: doors take only requests signed by an identity of the account
    without: tuple[str, ...] = ()  #: guards of the design that are left away, to see their worth


class NotBounded(Value, frozen=True, kw_only=True):
    """A meter of one part that nothing stops. ``unit_usd`` is what one more unit costs."""

    placement: str
    meter: str
    why: str
    existing: bool  #: the part is in the Stack already, and is open to the same without the design
    unit: str = ""
    unit_usd: Decimal | None = None


class Bound(Value, frozen=True, kw_only=True):
    """The most one attack can add to the bill, as far as it is bounded."""

    attack: Attack
    day: Decimal  #: a calendar day, as AWS bills (UTC)
    month: Decimal  #: the longest there is, of 31 days
    binds: tuple[str, ...] = ()  #: what stops the dearest meters, the dearest first
    not_bounded: tuple[NotBounded, ...] = ()


class Guardrail(Value, frozen=True, kw_only=True):
    """One thing to set, and the bounds with and without it.

    ``counted``: the bounds of the design rest on it. A guardrail that AWS keeps only as a target is
    in the design and not counted.
    """

    id: str
    name: str
    before: tuple[Bound, ...]  #: of the attacks it lowers
    after: tuple[Bound, ...]
    costs: str
    breaks: str
    source: str
    present: bool = False  #: the design has it already
    counted: bool = True


class WorstCase(Value, frozen=True, kw_only=True):
    """Every attack's bound for one design, and every guardrail's."""

    bounds: tuple[Bound, ...]
    guardrails: tuple[Guardrail, ...]
    guarded: tuple[Bound, ...]  #: with every guardrail that takes nothing away from the design
    assumptions: tuple[str, ...] = ()
