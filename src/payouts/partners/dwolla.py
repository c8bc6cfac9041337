"""Dwolla: API v2, mass payments of up to 5,000 items by ACH."""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed, listed
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

_SPEC = "Dwolla/dwolla-openapi:gram/openapi.yml (commit d4901e4)"
_CONVENTIONS = "second hand: api-evangelist/dwolla:conventions/dwolla-conventions.yml"
_RATES = "second hand: api-evangelist/dwolla:rate-limits/dwolla-rate-limits.yml"
_NOTICES = "second hand: api-evangelist/dwolla:asyncapi/dwolla-webhooks.yml"
_MASS = "second hand: api-evangelist/dwolla:openapi/dwolla-mass-payments-openapi.yml"

FACTS = PartnerFacts(
    id="dwolla",
    name="Dwolla",
    product="API v2, mass payments",
    aliases=("dwolla",),
    batch_api=listed(True, _SPEC),
    batch_items_max=listed(5000, _SPEC),
    idempotency=listed("Idempotency-Key header.", _SPEC),
    send_window_hours=assumed(Decimal(24), _CONVENTIONS),
    hosts=(
        PartnerHost(purpose="production", address=assumed("https://api.dwolla.com", _MASS)),
        PartnerHost(purpose="test", address=assumed("https://api-sandbox.dwolla.com", _MASS)),
    ),
    webhooks=assumed(True, _NOTICES),
    webhook_authentication=assumed(
        "X-Request-Signature-SHA-256 header, HMAC-SHA256 over the raw body.", _NOTICES
    ),
    rules=(
        listed("A mass payment is worked off after the answer, item by item.", _SPEC),
        assumed(
            "The same key and body answer with the first result, with 409 while that is at work.",
            _CONVENTIONS,
        ),
        assumed(
            "Above a volume that is not published calls are refused for 5 minutes; quick transfers "
            "from one wallet are refused too.",
            _RATES,
        ),
    ),
    questions=questions_about("rate", "lookup", "addresses", "time-out"),
)
