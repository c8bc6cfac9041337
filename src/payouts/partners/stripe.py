"""Stripe: payouts and Connect transfers, API v1.

A payout that Stripe calls *paid* can still become *failed* within 5 business days, and an error
answer is kept under its idempotency key and given again.
"""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed, documented
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

_PAYOUTS = "https://stripe.com/docs/api/payouts"
_IDEMPOTENCY = "https://docs.stripe.com/api/idempotent_requests"
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
        assumed(
            "Webhooks are repeated for up to 3 days, in no order, and may come twice.", _WEBHOOKS
        ),
    ),
    questions=questions_about("batch", "lookup", "addresses", "time-out"),
)
