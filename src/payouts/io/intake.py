"""What comes in from outside, read and checked once for every face.

A payout arrives as a flat JSON object, a webhook as whatever the partner sends. Neither is
believed: the first passes the same checks as everything that enters the ledger, the second is a
reason to look, once its sender is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from payouts.core.notify import notify
from payouts.io.runtime import Runtime
from payouts.ledger.statements import Enqueue, View
from payouts.money import Money, MoneyError
from payouts.payout import Method, NewPayout, PayoutRefused
from payouts.ports import Emit, StoreError

#: More is no payout and no notice.
BODY_MAX = 256 * 1024

_FIELDS = ("reference", "recipient", "token", "method", "amount", "currency")
_OPTIONAL = ("delay_seconds", "partner")


class Unreadable(ValueError):
    """What came in is not what it should be; the message says what, and quotes no values."""


def object_in(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object in a body."""
    try:
        said = json.loads(body)
    except ValueError:
        raise Unreadable("not JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("not a JSON object")
    return said


def enqueue_in(said: Mapping[str, Any], partner_id: str) -> Enqueue:
    """Return the payout that an object asks for.

    >>> enqueue_in({"reference": "order-1", "recipient": "payee-1", "token": "tok_1",
    ...     "method": "debit_card", "amount": "10.50", "currency": "USD"}, "p").payout.amount.minor
    1050
    """
    missing = [name for name in _FIELDS if name not in said]
    unknown = sorted(set(said) - {*_FIELDS, *_OPTIONAL})
    if missing or unknown:
        raise Unreadable(
            f"{missing[0]} is missing" if missing else f"unknown field {unknown[0][:40]!r}"
        )
    if not all(isinstance(said[name], str) for name in _FIELDS):
        raise Unreadable(f"{', '.join(_FIELDS)} are texts; an amount is written like 10.50")
    if said.get("partner", partner_id) != partner_id:
        raise Unreadable(f"this runtime pays through {partner_id}")
    try:
        method = Method(said["method"])
    except ValueError:
        raise Unreadable(f"method is one of {', '.join(Method)}") from None
    delay = said.get("delay_seconds", 0)
    if (
        isinstance(delay, bool)
        or not isinstance(delay, int | float)
        or not 0 <= delay <= 31_536_000
    ):
        raise Unreadable("delay_seconds is a number from 0 to a year")
    try:
        payout = NewPayout(
            partner=partner_id,
            reference=said["reference"],
            recipient=said["recipient"],
            token=said["token"],
            method=method,
            amount=Money.parse(said["amount"], said["currency"]),
        )
    except (PayoutRefused, MoneyError) as error:
        raise Unreadable(str(error)) from None
    return Enqueue(payout, delay_seconds=float(delay))


def view_as_json(view: View) -> dict[str, Any]:
    """Return a payout as other programs read it; the payee's token stays in the ledger."""
    payout = view.payout
    return {
        "schema": 1,
        "reference": payout.reference,
        "partner": payout.partner,
        "key": payout.key,
        "recipient": payout.recipient,
        "method": payout.method,
        "amount": payout.amount.format(),
        "currency": payout.amount.currency,
        "status": view.status,
        "reason": view.reason,
        "sends": view.sends,
        "lookups": view.lookups,
        "partner_id": view.partner_id,
        "history": [
            {"seconds_ago": round(ago, 3), "status": status, "reason": reason, "by": by}
            for ago, status, reason, by in view.history
        ],
    }


def webhook(runtime: Runtime, headers: Mapping[str, str], body: bytes, source: str) -> int:
    """Take in a partner's webhook; return the HTTP status to answer.

    Source and secret come first, before a byte of the body is read as anything. Only a notice that
    is in the ledger is acknowledged: the partner repeats the others. What it says is read by API
    in the next tick, which its payout is now due for.
    """
    if len(body) > BODY_MAX:
        return 413
    config, worker = runtime.config, runtime.worker
    lower = {name.lower(): value for name, value in headers.items()}
    why_not = worker.partner.authentic(
        lower, body, source, config.merchant, config.credentials, runtime.clock.wall()
    )
    if why_not is not None:
        # Why goes to our log only: who guesses learns nothing.
        known = {"partner": config.partner_id, "why": why_not, "source": source}
        runtime.sink(Emit("webhook-refused", known, {"WebhooksRefused": 1}, "warning"))
        return 403
    try:
        notices = worker.partner.notices_in(body)
    except ValueError:
        size = {"partner": config.partner_id, "bytes": len(body)}
        runtime.sink(Emit("webhook-unreadable", size, level="error"))
        return 400
    try:
        results = runtime.carry(notify(worker, notices))
    except StoreError as error:
        why = {"partner": config.partner_id, "why": type(error).__name__}
        runtime.sink(Emit("webhook-not-stored", why, level="error"))
        return 503
    heard = {"partner": config.partner_id, "results": list(results)}
    runtime.sink(Emit("webhook", heard, {"Webhooks": 1}))
    return 200
