"""Wise: Platform API, transfers and batch groups of up to 1,000."""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed, documented
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about

_BATCH = "https://docs.wise.com/guides/product/send-money/batch-transfers"
_GROUPS = "https://docs.wise.com/api-reference/batch-group/tag.md"
_NOTICES = "https://docs.wise.com/api-docs/webhooks-notifications"
_CONVENTIONS = "second hand: api-evangelist/wise:conventions/wise-conventions.yml"

FACTS = PartnerFacts(
    id="wise",
    name="Wise",
    product="Platform API, transfers and batch groups",
    aliases=("Wise", "transferwise", "wise platform"),
    requests_per_second=assumed(
        Decimal("16.66"), f"{_CONVENTIONS}: 1,000 a minute, rounded down, and 100 in any second"
    ),
    batch_api=documented(True, _BATCH),
    batch_items_max=documented(1000, _GROUPS),
    idempotency=documented(
        "customerTransactionId of each transfer.",
        "https://docs.wise.com/api-reference/batch-group/batchgrouptransfercreate",
    ),
    hosts=(
        PartnerHost(purpose="production", address=assumed("https://api.wise.com", _CONVENTIONS)),
        PartnerHost(purpose="test", address=assumed("https://api.wise-sandbox.com", _CONVENTIONS)),
    ),
    webhooks=documented(True, _NOTICES),
    webhook_authentication=assumed(
        "X-Signature-SHA256 header, RSA-SHA256 over the raw body.",
        "second hand: api-evangelist/wise:asyncapi/wise-webhooks-asyncapi.yml",
    ),
    rules=(
        documented(
            "A completed batch group is closed, not paid: it still has to be funded, and each "
            "transfer followed.",
            _BATCH,
        ),
        documented(
            "Only a 200 answer stops a webhook's repeats; the first comes after 60 s, later ones "
            "ever further apart.",
            _NOTICES,
        ),
        assumed("Some partner calls ask for client certificates or signed bodies.", _CONVENTIONS),
    ),
    questions=questions_about("rate", "lookup", "addresses", "time-out"),
)
