"""Adyen: Transfers API v4. The older Payout API takes no new integrations."""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed, documented, listed
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

_SPEC = "Adyen/adyen-openapi:yaml/TransferService-v4.yaml"
_CONVENTIONS = "second hand: api-evangelist/adyen:conventions/adyen-conventions.yml"
_NOTICES = "https://docs.adyen.com/payouts/payout-service/pay-out-to-bank-accounts/payout-webhooks"

FACTS = PartnerFacts(
    id="adyen",
    name="Adyen",
    product="Transfers API v4",
    aliases=("adyen",),
    idempotency=listed("Idempotency-Key header.", _SPEC),
    send_window_hours=assumed(Decimal(168), f"{_CONVENTIONS}: keys are kept for at least 7 days"),
    hosts=(
        PartnerHost(
            purpose="test",
            address=listed("https://balanceplatform-api-test.adyen.com/btl/v4", _SPEC),
        ),
    ),
    webhooks=documented(True, _NOTICES),
    webhook_authentication=assumed(
        "hmacsignature header, HMAC-SHA256, and basic authentication.",
        "second hand: api-evangelist/adyen:asyncapi/adyen-webhooks-asyncapi.yml",
    ),
    rules=(
        listed("Amounts are integers in minor units.", _SPEC),
        documented(
            "A transfer goes through several reports (initiated, authorised, booked, tracking, "
            "credited), and may end as failed or returned.",
            _NOTICES,
        ),
        assumed(
            "A key still at work is answered with 409 or 422 and code 704; the header "
            "transient-error says whether a repeat is safe.",
            _CONVENTIONS,
        ),
        documented(
            "The older Payout API is closed to new integrations.",
            "https://docs.adyen.com/api-explorer/Payout/30/overview",
        ),
    ),
    questions=questions_about("rate", "batch", "lookup", "addresses", "time-out"),
)
