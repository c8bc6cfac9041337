"""A partner nobody has described yet: every fact is assumed, on the cautious side.

Cautious means: where the truth is kinder, the design is a little dearer or slower than it needs
to be, and never pays twice. Each value is shown to the reader with its reason, and each that can
change a design is asked for. What no default is honest for (a rate limit) is left unknown.
"""

from __future__ import annotations

from decimal import Decimal

from payouts.facts import assumed
from payouts.partner_facts import STANDARD_QUESTIONS, PartnerFacts

FACTS = PartnerFacts(
    id="generic",
    name="the partner",
    product="a payout API over HTTPS, not named",
    aliases=(),
    batch_api=assumed(
        False, "one call per payout works with every partner; a batch call would only be cheaper"
    ),
    request_kib=assumed(
        Decimal(2), "a payout's payee, amount and references with headers: 1 KiB, doubled"
    ),
    response_kib=assumed(
        Decimal(4), "the payout read back with status and links, twice the request"
    ),
    response_seconds_p50=assumed(
        Decimal(2), "card and bank networks behind a payout API usually answer within seconds"
    ),
    response_seconds_p99=assumed(
        Decimal(10), "five times the usual answer, so that slow ones are paid for in the estimate"
    ),
    timeout_seconds=assumed(
        Decimal(30),
        "three times the slowest usual answer: hanging up early turns answers into doubt",
    ),
    inconclusive_share=assumed(
        Decimal("0.01"), "one send in a hundred ends in doubt; every partner has some"
    ),
    resolution_minutes=assumed(
        Decimal(60), "six lookups ten minutes apart, longer than any wait inside a function"
    ),
    lookup_wait_minutes=assumed(
        Decimal(10), "asked at once, a partner may not yet know a payout it will still make"
    ),
    lookup_interval_minutes=assumed(Decimal(10), "few enough not to look like a fault to anybody"),
    lookups_max=assumed(6, "an hour of lookups; after that a person looks"),
    idempotency=assumed(
        "one key of ours per payout, stored before the first send and repeated on every retry",
        "taken for granted until the partner says which field carries it: without it a payout "
        "in doubt may only be looked up, never sent again",
    ),
    send_retries_max=assumed(3, "few; what is still in doubt then is looked up, not sent again"),
    send_window_hours=assumed(
        Decimal(24), "Fiserv, Stripe and Dwolla keep a key for a day, others for longer"
    ),
    fixed_address_required=assumed(
        False, "nobody said that the partner lists our addresses; if it does, egress changes"
    ),
    mtls=assumed(False, "nobody said that the partner asks for a client certificate"),
    ipv6=assumed(False, "an address over IPv6 is not taken for granted until it is seen"),
    webhooks=assumed(
        False, "the design looks payouts up and does not lean on being told; telling is a gain"
    ),
    rules=(
        assumed(
            "A time-out or a 5xx answer says nothing about the money: look the payout up first, "
            "send it again only under the same key.",
            "the only reading that cannot pay twice, whatever the partner meant",
        ),
        assumed(
            "Paid is not final: the payee's bank may send the money back days later.",
            "Fiserv, Stripe, PayPal and Adyen all document returns",
        ),
    ),
    questions=STANDARD_QUESTIONS,
)
