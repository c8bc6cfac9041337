"""PayPal: Payouts API v1. One call takes up to 15,000 payouts and is worked off afterwards."""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed, documented, listed
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

_SPEC = (
    "paypal/paypal-rest-api-specifications:openapi/payments_payouts_batch_v1.json (commit ec4d8f3)"
)
_POST = "https://developer.paypal.com/api/payments.payouts-batch/v1/payouts-post"
_GUIDE = "https://developer.paypal.com/api/payouts"
_WEBHOOKS = (
    "second hand: https://hookdeck.com/webhooks/platforms/"
    "guide-to-paypal-webhooks-features-and-best-practices"
)

FACTS = PartnerFacts(
    id="paypal_payouts",
    name="PayPal",
    product="Payouts API v1",
    aliases=("paypal", "paypal payouts"),
    requests_per_second=documented(
        Decimal("6.66"), f"{_GUIDE}: 400 calls a minute to create payouts, rounded down"
    ),
    batch_api=listed(True, _SPEC),
    batch_items_max=documented(
        15000, "https://developer.paypal.com/limited-release/payouts/integrate/api-integration"
    ),
    idempotency=documented(
        "sender_batch_id of the batch, beside the PayPal-Request-Id header; a repeat is refused "
        "with a link to the first.",
        _POST,
    ),
    send_window_hours=listed(Decimal(720), f"{_SPEC}: 30 days"),
    hosts=(
        PartnerHost(purpose="production", address=listed("https://api-m.paypal.com", _SPEC)),
        PartnerHost(purpose="test", address=listed("https://api-m.sandbox.paypal.com", _SPEC)),
    ),
    webhooks=assumed(True, _WEBHOOKS),
    webhook_authentication=assumed(
        "RSA-SHA256 with a certificate, or PayPal's own call that verifies a signature.", _WEBHOOKS
    ),
    settlement_delays=(listed("What nobody claims comes back after 30 days.", _SPEC),),
    rules=(
        documented("A 5xx answer is safe to repeat under the same sender_batch_id.", _POST),
        documented("Prefer webhooks to polling; reuse access tokens.", _GUIDE),
        listed(
            "A batch and its items have statuses of their own: an item may be unclaimed, "
            "returned, held or blocked in a batch that succeeded.",
            _SPEC,
        ),
    ),
    questions=questions_about("lookup", "addresses", "time-out"),
)
