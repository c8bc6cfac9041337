"""Stripe: payouts and Connect transfers, API v1.

A payout that Stripe calls *paid* can still become *failed* within 5 business days, and an error
answer is kept under its idempotency key and given again.

The requests and answers are in ``payouts.partners._stripe``, loaded when the first is asked for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payouts.facts import assumed, documented
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

if TYPE_CHECKING:
    from payouts.partners._stripe import (
        authentic,
        balance_for,
        balance_in,
        cancel_for,
        found_in,
        list_for,
        listed_in,
        lookup_for,
        notices_in,
        outcome_of,
        request_for,
        signed,
    )

__all__ = [
    "FACTS",
    "authentic",
    "balance_for",
    "balance_in",
    "cancel_for",
    "found_in",
    "list_for",
    "listed_in",
    "lookup_for",
    "notices_in",
    "outcome_of",
    "request_for",
    "signed",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from payouts.partners import _stripe

    found = getattr(_stripe, name)
    globals()[name] = found  # the next call finds it without coming here
    return found


_PAYOUTS = "https://stripe.com/docs/api/payouts"
_IDEMPOTENCY = "https://docs.stripe.com/api/idempotent_requests"
_LIST = "https://docs.stripe.com/api/payouts/list"
_CANCEL = "https://docs.stripe.com/api/payouts/cancel"
_ERRORS = "https://docs.stripe.com/api/errors"
_LOW_LEVEL = "https://docs.stripe.com/error-low-level"
_RATES = "https://docs.stripe.com/rate-limits"
_CONVENTIONS = "second hand: api-evangelist/stripe:conventions/stripe-conventions.yml"
_WEBHOOKS = (
    "second hand: https://dev.to/shannonllc/"
    "stripe-webhooks-retries-ordering-duplicates-timeouts-and-ips-46f0"
)

FACTS = PartnerFacts(
    id="stripe",
    name="Stripe",
    product="Payouts and Connect transfers, API v1",
    aliases=("stripe", "stripe connect"),
    requests_per_second=documented(
        Decimal(25), f"{_RATES}: 25 a second for one endpoint by default, 100 for an account"
    ),
    idempotency=documented(
        "Idempotency-Key header, up to 255 characters; other parameters under the same key are "
        "refused, and a kept 500 is answered again.",
        _IDEMPOTENCY,
    ),
    send_window_hours=documented(
        Decimal(24), "https://docs.stripe.com/idempotency: keys are removed after 24 h or more"
    ),
    hosts=(PartnerHost(purpose="all", address=assumed("https://api.stripe.com", _CONVENTIONS)),),
    webhooks=assumed(True, _WEBHOOKS),
    webhook_authentication=assumed(
        "Stripe-Signature header, HMAC-SHA256 over time and payload.", _CONVENTIONS
    ),
    rules=(
        documented(
            "Amounts are integers in minor units.",
            _PAYOUTS,
        ),
        documented(
            "Paid is not final: a payout may turn from paid to failed within 5 business days.",
            _PAYOUTS,
        ),
        documented(
            "After a broken connection send again under the same key; slow down on 429.",
            f"{_IDEMPOTENCY}; {_RATES}",
        ),
        documented(
            "Nothing is looked up by a reference of ours: payouts are listed, newest first, at "
            "most 100 in one answer, by destination or time, and matched by their metadata.",
            _LIST,
        ),
        documented(
            "409 means that another request under the same key is at work; 402 that the "
            "parameters were valid and the request failed.",
            _ERRORS,
        ),
        documented(
            "Rate limits come before idempotency: a 429 is not kept under its key.", _LOW_LEVEL
        ),
        documented("A payout can be cancelled while it is pending.", _CANCEL),
        assumed(
            "A failed payout counts as paid and returned, also where it was never shown as paid.",
            f"our conclusion from {_PAYOUTS}: its amount had left the balance and came back by a "
            "balance transaction of its own, and paid may become failed",
        ),
        assumed(
            "Webhooks are repeated for up to 3 days, in no order, and may come twice.", _WEBHOOKS
        ),
    ),
    questions=questions_about("batch", "lookup", "addresses", "time-out"),
)
