"""Fiserv's Digital Disbursements Platform (DDP), REST v1: "Digital Payouts", part of Carat.

The product of Fiserv's that pays out; Commerce Hub, CardPointe and Reporting do not. Facts were
read in the vendor's public documentation at one commit, of 16 January 2025. It contradicts itself
in places that matter, so a rule that rests on a contradiction says so, and the question is asked.

What shapes a design most: there is no batch call, a good HTTP answer can leave the outcome open,
and settling an open outcome takes 25 to 30 minutes, longer than a function may run.

The requests and answers are in ``payouts.partners.fiserv`` and are loaded when the first of them
is asked for: whoever only reads the facts does not pay for them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payouts.facts import assumed, documented
from payouts.partner_facts import PartnerFacts, PartnerHost, PartnerQuestion

if TYPE_CHECKING:
    from payouts.partners.fiserv import reports
    from payouts.partners.fiserv.protocol import (
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
    "reports",
    "request_for",
    "signed",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Any
    if name == "reports":
        from payouts.partners.fiserv import reports as found
    else:
        from payouts.partners.fiserv import protocol

        found = getattr(protocol, name)
    globals()[name] = found  # the next call finds it without coming here
    return found


_AT = " (commit 576e825, 2025-01-16)"
_DOCS = "Fiserv/digital-disbursements-platform:docs/"
_SPEC = "Fiserv/digital-disbursements-platform:reference/1.0.0/"

_RETRIES = f"{_DOCS}troubleshooting/idempotency-timeouts.md{_AT}"
_STATUSES = f"{_DOCS}troubleshooting/Transaction-payment-status.md{_AT}"
_CODES = f"{_DOCS}troubleshooting/error-codes.md{_AT}"
_NOTICES = f"{_DOCS}troubleshooting/notification-messages.md{_AT}"
_API_FLOW = f"{_DOCS}interactive-guide/apiflow.md{_AT}"
_BATCH_FLOW = f"{_DOCS}interactive-guide/batchflow.md{_AT}"
_BULK_FLOW = f"{_DOCS}interactive-guide/bulkflow.md{_AT}"
_PAYMENT_OPTIONS = f"{_DOCS}documentation/features/payment-options.md{_AT}"
_FAQ = f"{_DOCS}faq/faq.md{_AT}"
_SANDBOX = f"{_DOCS}introduction/sandbox.md{_AT}"
_PAYMENT_SPEC = f"{_SPEC}PayoutService/ddp-payment-services.yaml{_AT}"
_TRANSACTION_SPEC = f"{_SPEC}TransactionService/ddp-transaction-services.yaml{_AT}"

_RULES = (
    documented(
        "A time-out, a 5xx answer and a 2xx answer with transaction status IP all leave the "
        "outcome open. Other 4xx answers are final: not paid.",
        _RETRIES,
    ),
    documented(
        "Transaction status TC does not mean paid: read the payment status beside it. TC/DI is "
        "paid, TC/ED was declined, TC/PH is held for sanctions review, TC/DC came back.",
        _STATUSES,
    ),
    documented(
        "IP/IP is a good HTTP answer whose outcome is unknown; it may become paid (TC/DI), "
        "declined (TC/ED) or not paid after a system error (TV/SE).",
        _STATUSES,
    ),
    documented(
        "A send is the same payout when merchantTransactionId, merchantCustomerId and amount are "
        "all equal: the current status comes back and nothing is paid again. Only for merchants "
        "who disburse directly.",
        _RETRIES,
    ),
    documented(
        "At most 5 retries, within 24 hours of the first send, the first no sooner than after 5 "
        "minutes. For the later ones the same page says both 2 and 5 minutes: we wait 5.",
        _RETRIES,
    ),
    assumed(
        "What is older than 24 hours is looked up and never sent again.",
        f"our conclusion: {_RETRIES} does not say what a repeat means after the 24 hours",
    ),
    assumed(
        "Codes 400001, 400042, 400050 and 400082 report a time-out at the service in a 4xx answer: "
        "they leave the outcome open although the guide calls every 4xx final.",
        f"our conclusion: {_CODES} says these four are time-outs, {_RETRIES} says 4xx is final; "
        "treating them as open can only cost lookups, treating them as declined can pay twice",
    ),
    assumed(
        "After a lost answer: look up by our own reference; if it is not found, list by payee and "
        "match the reference; only then send again, unchanged.",
        f"our order: {_TRANSACTION_SPEC} names both ids for the lookup and contradicts itself, and "
        f"release notes of June 2024 ({_DOCS}release-notes/2024.8.md) call it deprecated",
    ),
    documented(
        "A payout that was returned (TC/DC), expired or rejected is paid again only as a new "
        "transaction with a new reference, never by sending the old one.",
        _STATUSES,
    ),
    documented(
        "A bank may return an ACH payout after it was reported as paid: the books must be able to "
        "take a paid payout back.",
        _STATUSES,
    ),
    documented(
        "A payout to a debit card cannot be reversed; one to a bank account can, by ACH, for 5 "
        "days at most (code 400034).",
        f"{_FAQ}; {_CODES}",
    ),
    documented(
        "Code 400025 means no funds or a limit of amount or count reached: stop the run and tell "
        "somebody, do not go on sending.",
        _CODES,
    ),
    assumed(
        "References are at most 32 characters, so a UUID with its hyphens (36) does not fit.",
        f"the smallest of three limits found: 75 in {_TRANSACTION_SPEC}, 100 in {_BATCH_FLOW}, 32 "
        "on a page since removed (portal-flow/cancelPaymentflow.md at commit 213a7ad)",
    ),
    documented(
        "No call takes many payouts. Files go by SFTP (CSV, USD only) or, up to 1,000 rows, "
        "through the portal.",
        f"{_BATCH_FLOW}; {_BULK_FLOW}",
    ),
    assumed(
        "A row accepted in a batch file was started, not paid: reconcile it like any other.",
        f"our conclusion from {_BATCH_FLOW}: the file's codes report the API's answer",
    ),
    assumed(
        "A webhook carries no event id and no order: drop repeats by transaction, payment and "
        "both statuses, never move a status backwards, and look the payout up before acting.",
        f"our conclusion from the payloads in {_NOTICES}",
    ),
    documented("The answer to a send and the webhook for it can arrive at the same moment.", _FAQ),
    documented(
        "The sandbox has no webhooks, no batch and no declines to trigger: errors can only be "
        "rehearsed against a simulator.",
        _SANDBOX,
    ),
    documented(
        "Requests are signed with HMAC-SHA256 over key, time in milliseconds and, with a body, "
        "its hash; Client-Request-Id is required and is not signed. Fiserv's other products sign "
        "differently.",
        _API_FLOW,
    ),
)

_QUESTIONS = (
    PartnerQuestion(
        id="rate",
        ask="How many requests a second, and how many at once, may we send to DDP?",
        why="no number is published; it decides how fast a day's payouts and a backlog can go out",
        fills="requests_per_second",
    ),
    PartnerQuestion(
        id="addresses",
        ask="Does production list the addresses we call from?",
        why="a function has no fixed address; needing one changes the way out and its price",
        fills="fixed_address_required",
    ),
    PartnerQuestion(
        id="client-certificate",
        ask="Does production ask for a client certificate?",
        why="the guide describes none; API destinations and HTTP tasks could not present one",
        fills="mtls",
    ),
    PartnerQuestion(
        id="ipv6",
        ask="Do your hosts have IPv6 addresses?",
        why="only then does a function in a private network reach you without a NAT gateway",
        fills="ipv6",
    ),
    PartnerQuestion(
        id="time-out",
        ask="After how many seconds should we hang up on a send?",
        why="hanging up before your own time-out turns answers into payouts in doubt",
        fills="timeout_seconds",
    ),
    PartnerQuestion(
        id="other-amount",
        ask="What answers a merchantTransactionId that was used with another amount?",
        why="the answer must be a refusal; if it pays, only our own ledger stands in the way",
        fills="idempotency",
    ),
    PartnerQuestion(
        id="request-id",
        ask="On a retry, must Client-Request-Id be new or repeated?",
        why="its description says it makes a POST idempotent, the guide on retries is silent",
        fills="idempotency",
    ),
    PartnerQuestion(
        id="after-a-day",
        ask="What happens to a repeat after 24 hours, or after the fifth retry?",
        why="it bounds what may be replayed from a dead-letter queue",
        fills="send_window_hours",
    ),
    PartnerQuestion(
        id="retry-interval",
        ask="Are retries after the first to be 2 or 5 minutes apart?",
        why="one page says both; it moves the time to settle an open payout",
        fills="resolution_minutes",
    ),
    PartnerQuestion(
        id="lookup",
        ask="Does the status call still take our merchantTransactionId?",
        why="release notes call it deprecated; it is the first step after a lost answer",
        fills="lookups_max",
    ),
    PartnerQuestion(
        id="webhooks",
        ask="How are webhooks authenticated, how far apart are the 5 repeats, is order kept?",
        why="three of your documents give three different answers on authentication",
        fills="webhook_authentication",
    ),
    PartnerQuestion(
        id="cut-offs",
        ask="What are the ACH and RTP cut-off times and holidays?",
        why="a daily deadline cannot be promised without them",
        fills="settlement_delays",
    ),
    PartnerQuestion(
        id="batch-files",
        ask="How many rows may an SFTP batch file hold, and when are files taken?",
        why="above some volume files replace calls",
        fills="batch_items_max",
    ),
    PartnerQuestion(
        id="clock",
        ask="How far may our clock be off before a signature is refused?",
        why="other Fiserv products say 5 minutes, DDP does not say",
    ),
    PartnerQuestion(
        id="success-code",
        ask="Is a good answer to a send 200 or 201?",
        why="specification and guide differ; until then both are taken as good",
    ),
    PartnerQuestion(
        id="patch-signature",
        ask="Is the body of a PATCH part of the signature?",
        why="the guide's text and its code differ; it decides whether a cancel is accepted",
    ),
    PartnerQuestion(
        id="funding",
        ask="How long before a run must the funding account be filled?",
        why="a run without funds is refused payout by payout (code 400025)",
    ),
    PartnerQuestion(
        id="sandbox",
        ask="Which inputs make the sandbox decline, time out or stay in process?",
        why="none are published, so errors can only be rehearsed against a simulator",
    ),
)

FACTS = PartnerFacts(
    id="fiserv_ddp",
    name="Fiserv",
    product="Digital Disbursements Platform (Digital Payouts, Carat), REST v1",
    aliases=(
        "fiserv",
        "first data",
        "digital disbursements platform",
        "digital disbursements",
        "Carat",
        "DDP",
    ),
    requests_per_second=None,  # no number is published for DDP; asked
    batch_api=documented(
        False, f"no such call in {_PAYMENT_SPEC}; batches are files ({_BATCH_FLOW})"
    ),
    batch_items_max=None,
    request_kib=assumed(
        Decimal(2),
        f"the largest direct payout among the examples of {_PAYMENT_SPEC} is under half a KiB; "
        "with payee details and signed headers four times that",
    ),
    response_kib=assumed(
        Decimal(2),
        f"the documented fields of the answer ({_RETRIES}) come to under 1 KiB; headers double it",
    ),
    response_seconds_p50=assumed(
        Decimal(2),
        f"{_PAYMENT_OPTIONS} advertises under five seconds and gives no distribution",
    ),
    response_seconds_p99=assumed(
        Decimal(5),
        f"the five seconds that {_PAYMENT_OPTIONS} advertises, taken as the slow end",
    ),
    timeout_seconds=assumed(
        Decimal(35),
        "not stated for DDP; Fiserv's CardPointe gateway answers its own time-out after 32 s "
        "(Fiserv/card-pointe:docs/documentation/CardPointeGatewayDeveloperGuides.md), and hanging "
        "up sooner would turn such answers into open payouts",
    ),
    inconclusive_share=assumed(
        Decimal("0.01"),
        f"{_DOCS}troubleshooting/idempotency-timeouts.md (commit 00d6195) says 99.99 % of requests "
        "meet no time-out, and nothing of 5xx answers or payouts still in process; one in a "
        "hundred is cautious, and each costs a few lookups",
    ),
    resolution_minutes=documented(
        Decimal(30),
        f"25 to 30 minutes: the first status check 5 minutes after the send, then 5 in all, 5 "
        f"minutes apart: {_RETRIES}",
    ),
    lookup_wait_minutes=documented(Decimal(5), _RETRIES),
    lookup_interval_minutes=documented(Decimal(5), _RETRIES),
    lookups_max=documented(5, _RETRIES),
    idempotency=documented(
        "merchantTransactionId, merchantCustomerId and amount all equal: the current status comes "
        "back. What answers the same id with another amount is not stated (code 409022 exists).",
        f"{_RETRIES}; {_CODES}",
    ),
    send_retries_max=documented(5, _RETRIES),
    send_window_hours=documented(Decimal(24), _RETRIES),
    fixed_address_required=None,  # not stated for production; asked
    mtls=None,  # none is described, which is not the same as none; asked
    ipv6=None,
    hosts=(
        PartnerHost(
            purpose="production",
            address=documented("https://prod.api.firstdata.com/ddp", _API_FLOW),
        ),
        PartnerHost(
            purpose="test", address=documented("https://int.api.firstdata.com/ddp", _API_FLOW)
        ),
    ),
    webhooks=documented(True, _NOTICES),
    webhook_authentication=documented(
        "Contradictory: the guide says Basic or HMAC, the FAQ a static key in a header and no "
        "HMAC, the specification a JWT, HMAC or OAuth of the merchant's choice. Plan for the "
        "static key and the source addresses, and keep a check of an HMAC behind a switch.",
        f"{_NOTICES}; {_FAQ}; {_SPEC}NotificationService/ddp-notification-services.yaml{_AT}",
    ),
    webhook_source_addresses=documented(("204.194.141.0/24", "204.194.143.0/24"), _FAQ),
    webhook_retries_max=documented(5, f"{_RETRIES}; {_NOTICES}; the interval is not stated"),
    settlement_delays=(
        documented("Debit card, PayPal, Venmo and Coinbase: seconds.", _PAYMENT_OPTIONS),
        documented("ACH: 1 to 2 days; cut-off times are not stated.", _PAYMENT_OPTIONS),
    ),
    rules=_RULES,
    questions=_QUESTIONS,
)
