"""What is known of the partner for one request: stated words first, then the partner's file.

What neither says is assumed, from ``payouts.partners.generic``. This is the only place that maps
a partner's file to the Brief.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from frugal.model.brief import PartnerTerms
from frugal.read.findings import Findings, Found, Topic
from frugal.read.partner_words import (
    BATCH,
    FIXED,
    IPV6,
    P50,
    P99,
    PARTNER,
    POLLING,
    REQUEST_KIB,
    RESPONSE_KIB,
    TIMEOUT,
    WEBHOOKS,
)
from frugal.read.volume import BATCH_ITEMS, LIMIT
from payouts.facts import Fact, assumed, stated
from payouts.partner_facts import PartnerFacts
from payouts.partners import GENERIC, facts_for, working_facts_for

Value = TypeVar("Value")

#: Fields of ``PartnerTerms`` that are taken over as they are.
_TAKEN = (
    "requests_per_second",
    "batch_api",
    "batch_items_max",
    "fixed_address_required",
    "webhooks",
    "polling_interval_minutes",
    "response_seconds_p50",
    "response_seconds_p99",
    "timeout_seconds",
    "inconclusive_share",
    "resolution_minutes",
    "lookups_max",
    "lookup_interval_minutes",
    "send_retries_max",
    "send_window_hours",
    "request_kib",
    "response_kib",
    "ipv6",
)


def terms_of(findings: Findings) -> PartnerTerms:
    """Return the partner's terms: its file's facts with what the request states put over them."""
    partner = findings.all(PARTNER)
    facts = working_facts_for(partner[0].value.id if partner else GENERIC)
    values: dict[str, Any] = {name: getattr(facts, name) for name in _TAKEN}
    stated_topics: tuple[Topic[Any], ...] = (
        LIMIT, BATCH_ITEMS, BATCH, FIXED, WEBHOOKS, POLLING, P50, P99, TIMEOUT, REQUEST_KIB,
        RESPONSE_KIB, IPV6,
    )  # fmt: skip
    for topic in stated_topics:
        if (fact := stated_fact(findings, topic)) is not None:
            values[topic.name.removeprefix("partner.")] = fact
    if findings.all(BATCH_ITEMS) and not findings.all(BATCH):
        values["batch_api"] = stated(True, findings.all(BATCH_ITEMS)[0].said)
    if not values["batch_api"].value:
        values["batch_items_max"] = None
    _agree(values)
    id, name = _names(partner[0] if partner else None, facts)
    return PartnerTerms(id=id, name=name, **values)


def stated_fact(findings: Findings, topic: Topic[Value]) -> Fact[Value] | None:
    """Return the one value the request states for a topic."""
    found = findings.one(topic)
    return None if found is None else stated(found.value, found.said)


def _names(found: Found[Any] | None, facts: PartnerFacts) -> tuple[Fact[str], Fact[str]]:
    if found is None:
        why = "no partner is named"
        return assumed(GENERIC, why), assumed(facts.name, why)
    partner, said = found.value, found.said
    if partner.id == GENERIC:
        why = f"no file describes {partner.name}; every fact that is not stated is assumed"
        return assumed(GENERIC, why), stated(partner.name, said)
    name = facts_for(partner.id).name
    if partner.product_said:
        return stated(partner.id, said), stated(name, said)
    why = f"{name}'s product is not said; {facts.product} is the one that pays out by API"
    return assumed(partner.id, why), stated(name, said)


def _agree(values: dict[str, Any]) -> None:
    """Move assumed times that a stated one contradicts: p50 ≤ p99 ≤ time-out."""
    p50, p99 = values["response_seconds_p50"], values["response_seconds_p99"]
    timeout = values["timeout_seconds"]
    if p99.value < p50.value:
        if p99.assumed or not p50.assumed:
            p99 = assumed(p50.value * 3, "three times the usual answer that was given")
        else:
            p50 = assumed(p99.value / 4, "a quarter of the slow answer that was given")
    if timeout.value < p99.value:
        if timeout.assumed:
            timeout = assumed(
                max(p99.value * 3, Decimal(30)), "three times the slowest usual answer"
            )
        elif p99.assumed:
            p99 = assumed(timeout.value, "no answer is waited for longer than the stated time-out")
            if p50.assumed and p50.value > p99.value:
                p50 = assumed(p99.value / 4, "a quarter of the stated time-out")
    values |= {
        "response_seconds_p50": p50,
        "response_seconds_p99": p99,
        "timeout_seconds": timeout,
    }
