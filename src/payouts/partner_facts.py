"""What is known of a payout partner, as facts that can be quoted.

A partner's documents say some things, contradict themselves on others and leave the rest out. A
``PartnerFacts`` keeps all three apart: a field holds a ``Fact`` with its page, a Fact that is
*assumed* with the reason, or ``None``, which means unknown and never zero, unlimited or "no".
What is unknown and can change a design is a ``PartnerQuestion``.

One partner's API product is one file in ``payouts.partners``; this module is only the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from payouts.facts import Fact


@dataclass(frozen=True, kw_only=True, slots=True)
class PartnerHost:
    """An address of the partner, and what it is for (``production``, ``test``)."""

    purpose: str
    address: Fact[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartnerQuestion:
    """Something to ask the partner: the words to send, and why the answer matters.

    ``fills`` is the field of ``PartnerFacts`` the answer belongs in, empty where there is none.
    """

    id: str
    ask: str
    why: str
    fills: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartnerFacts:
    """One API product of one partner. Money moves by *sends*; *lookups* ask what became of one.

    ``id``, ``name``, ``product`` and ``aliases`` are ours. An alias in lower case is found in any
    spelling; one with a capital only as it is written, because ``Wise`` is also a word.
    """

    id: str
    name: str
    product: str
    aliases: tuple[str, ...]

    # how much, how fast
    requests_per_second: Fact[Decimal] | None = None
    batch_api: Fact[bool] | None = None  #: one call that takes many payouts
    batch_items_max: Fact[int] | None = None
    request_kib: Fact[Decimal] | None = None  #: one send: body and headers
    response_kib: Fact[Decimal] | None = None
    response_seconds_p50: Fact[Decimal] | None = None
    response_seconds_p99: Fact[Decimal] | None = None
    timeout_seconds: Fact[Decimal] | None = None  #: when the caller should hang up

    # what happens when the answer does not say
    inconclusive_share: Fact[Decimal] | None = None  #: of sends, from 0 to 1
    resolution_minutes: Fact[Decimal] | None = None  #: until an inconclusive send is settled
    lookup_wait_minutes: Fact[Decimal] | None = None  #: before the first lookup
    lookup_interval_minutes: Fact[Decimal] | None = None  #: between lookups
    lookups_max: Fact[int] | None = None
    idempotency: Fact[str] | None = None  #: what makes a second send the same payout
    send_retries_max: Fact[int] | None = None
    send_window_hours: Fact[Decimal] | None = None  #: how long a second send is the same payout

    # how to reach it, and be reached
    fixed_address_required: Fact[bool] | None = None  #: does it allow-list our addresses
    mtls: Fact[bool] | None = None
    ipv6: Fact[bool] | None = None
    hosts: tuple[PartnerHost, ...] = ()
    webhooks: Fact[bool] | None = None
    webhook_authentication: Fact[str] | None = None
    webhook_source_addresses: Fact[tuple[str, ...]] | None = None
    webhook_retries_max: Fact[int] | None = None
    polling_interval_minutes: Fact[Decimal] | None = None  #: how often its lists may be read

    settlement_delays: tuple[Fact[str], ...] = ()  #: when the payee has the money
    rules: tuple[Fact[str], ...] = ()  #: behaviours that shape a design, in our words
    questions: tuple[PartnerQuestion, ...] = ()


#: What to ask any partner whose documents do not say.
STANDARD_QUESTIONS = (
    PartnerQuestion(
        id="rate",
        ask="How many requests a second may we send, and what answers those above it?",
        why="decides how long a day's payouts take and whether a backlog drains in time",
        fills="requests_per_second",
    ),
    PartnerQuestion(
        id="batch",
        ask="Is there a call that takes many payouts, and how many at most?",
        why="decides the number of calls, and what one lost answer leaves in doubt",
        fills="batch_api",
    ),
    PartnerQuestion(
        id="idempotency",
        ask="Which field makes a repeated request the same payout, for how long, and what "
        "answers the same key with another amount?",
        why="without it a payout whose answer was lost cannot be sent again safely",
        fills="idempotency",
    ),
    PartnerQuestion(
        id="lookup",
        ask="How do we find a payout by our own reference when your answer never arrived?",
        why="it is the first step after every time-out",
        fills="lookups_max",
    ),
    PartnerQuestion(
        id="addresses",
        ask="Do you list the addresses we call from, or ask for a client certificate?",
        why="a function has no fixed address; needing one changes the way out and its price",
        fills="fixed_address_required",
    ),
    PartnerQuestion(
        id="webhooks",
        ask="Do you tell us of later changes, how is that signed, from which addresses, and "
        "how often is it repeated?",
        why="returned payouts arrive days later and are missed by whoever only polls",
        fills="webhooks",
    ),
    PartnerQuestion(
        id="time-out",
        ask="After how many seconds should we hang up?",
        why="a function is billed while it waits; hanging up early leaves a payout in doubt",
        fills="timeout_seconds",
    ),
)


def questions_about(*ids: str) -> tuple[PartnerQuestion, ...]:
    """Return the standard questions with these ids, in their usual order."""
    unknown = set(ids) - {question.id for question in STANDARD_QUESTIONS}
    assert not unknown, f"no standard question {sorted(unknown)}"
    return tuple(question for question in STANDARD_QUESTIONS if question.id in ids)
