"""DDP's webhooks: who may send them, and what they say.

How they are authenticated is contradictory. The FAQ says a static value in a header and no HMAC,
the guide "Basic or HMAC" (docs/faq/faq.md and docs/troubleshooting/notification-messages.md of
Fiserv/digital-disbursements-platform). So: the address they come from, then one of two proofs.

Settings (the first is the default):

- ``webhook_networks``: networks divided by commas, or ``any``; without it, those of the FAQ.
- ``webhook_authentication``: ``static`` or ``hmac``. Static: the whole value of the header
  ``webhook_header`` (``authorization``) is the credential ``webhook_secret``. HMAC: as requests
  are signed, with ``api_key`` and ``webhook_secret`` (docs/faq/ans/hmacgeneration.md); that the
  time may be 5 minutes off is assumed, from what Fiserv's other products say.

A webhook has no id, so the same news is known by transaction, payment and both statuses. It is
believed only as a reason to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from payouts.outcome import Credentials, Merchant, Notice
from payouts.partners._reading import IDENTIFIER_MAX, identifier_in, json_in, label, object_in
from payouts.partners.fiserv.signing import secret, signature

#: How far off the time of a signed webhook may be.
TOLERANCE_SECONDS = 300

PROOFS = ("static", "hmac")


def authentic(
    headers: Mapping[str, str],
    body: bytes,
    source: str,
    merchant: Merchant,
    credentials: Credentials,
    now_seconds: float,
    networks: tuple[str, ...],
) -> str | None:
    """``None`` if a webhook is Fiserv's, else why not."""
    allowed = merchant.settings.get("webhook_networks") or ",".join(networks)
    if allowed != "any" and not _within(source, allowed):
        return "not from one of the partner's addresses"
    proof = merchant.settings.get("webhook_authentication", PROOFS[0])
    if proof == "static":
        name = merchant.settings.get("webhook_header", "authorization").lower()
        given, expected = headers.get(name, ""), secret(credentials, "webhook_secret")
        wrong = f"no or another value in header {name}"
    elif proof == "hmac":
        milliseconds = headers.get("timestamp", "")
        if not milliseconds.isdecimal() or len(milliseconds) > 15:
            return "no timestamp"
        if abs(int(milliseconds) - now_seconds * 1000) > TOLERANCE_SECONDS * 1000:
            return "timestamp too far from now"
        made = signature(
            secret(credentials, "api_key"),
            secret(credentials, "webhook_secret"),
            milliseconds,
            body,
            merchant.settings.get("signature_encoding", "raw"),
        )
        given, expected = headers.get("authorization", ""), f"HMAC {made}"
        wrong = "no or another signature"
    else:
        raise ValueError(f"setting webhook_authentication is one of {', '.join(PROOFS)}")
    return (
        None
        if compare_digest(given.encode("utf-8", "backslashreplace"), expected.encode())
        else wrong
    )


def notices_in(body: bytes) -> tuple[Notice, ...]:
    """Read a webhook; what is about no transaction (a balance, a batch) is no notice."""
    value = json_in(body)
    events = value if isinstance(value, list) else [value]
    if not events or not all(isinstance(event, dict) for event in events):
        raise ValueError("the body of the webhook is no JSON object")
    notices = (_notice(event) for event in events)
    return tuple(notice for notice in notices if notice is not None)


def _notice(event: Mapping[str, Any]) -> Notice | None:
    """Read one event: its details stand in ``eventData`` (samples) or ``recipient`` (spec)."""
    transaction = identifier_in(event.get("transactionId"))
    if transaction is None:
        return None
    details: Mapping[str, Any] = {}
    for name in ("eventData", "recipient"):
        value = event.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        details = details or object_in(value)
    payment = object_in(details.get("payments"))
    key = identifier_in(details.get("merchantTransactionId", event.get("merchantTransactionId")))
    news = (
        transaction,
        label(payment.get("paymentId"), IDENTIFIER_MAX),
        label(event.get("transactionStatus")),
        label(payment.get("paymentStatus")),
    )
    dedupe = sha256("|".join(news).encode()).hexdigest()[:32]
    return Notice(dedupe, key, transaction, f"{news[2]}/{news[3]}")


def _within(source: str, networks: str) -> bool:
    try:
        address = ip_address(source)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(one.strip()) for one in networks.split(","))
