"""What the partner reports apart from its API: the disbursement report and batch summaries.

The report is another product with another signature: Base64 of the *hexadecimal* HMAC over key,
Client-Request-Id, time and body, beside ``Auth-Token-Type: HMAC``
(Fiserv/reporting:docs/APIs/hmac-authentication.md and reference/1.0.0/api-1.0.0.yaml, commit
7ca79cb). A batch summary is lines with bars: headers, one line a row, totals
(Fiserv/digital-disbursements-platform:docs/interactive-guide/batchflow.md, commit 7bb3240), whose
counts are wrong in the vendor's own samples. ``00`` means begun, not paid.
"""

from __future__ import annotations

import hmac
import json
import random
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from payouts.sandbox.desk import Desk
from payouts.sandbox.faults import Faults
from payouts.sandbox.settings import DAY_SECONDS, Settings
from payouts.sandbox.wire import MESSAGES, Order, amount_text, date_text, day_in

#: Share of the rows that fail where ``batch-mixed-rows`` takes effect.
MIXED_SHARE = 0.3

REPORT_ROWS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A summary, and when it appears."""

    name: str
    text: str
    due_seconds: float


def report_rows(desk: Desk, first_day: str, last_day: str) -> list[dict[str, object]]:
    """Return the payments made on these days, both included, as the report lists them."""
    first, last = day_in(first_day), day_in(last_day)
    if first is None or last is None:
        raise ValueError("a day is written as 2026-01-31 or 20260131")
    low = bisect_left(desk.payments, first * DAY_SECONDS, key=lambda one: one.created)
    high = bisect_left(desk.payments, (last + 1) * DAY_SECONDS, key=lambda one: one.created)
    return [
        {
            "transactionId": one.transaction_id,
            "referenceId": one.key,
            "paymentId": one.payment_id,
            "paymentAmount": float(amount_text(one.minor, one.currency)),
            "currency": one.currency,
            "paymentDate": date_text(one.created),
            "paymentStatus": one.status,
            "settlementDate": date_text(one.updated) if one.final else "",
            "settlementStatus": one.transaction,
            "returnCode": "returned" if one.status == "DC" else "",
            "dfaAmount": float(amount_text(-one.minor, one.currency)),
        }
        for one in desk.payments[low:high]
        if one.status not in {"RP", "RS", "DP"}
    ]


def report_refusal(
    settings: Settings, headers: Mapping[str, str], body: bytes, now_seconds: float
) -> str | None:
    """Return why a report request is not let in, or ``None``. Header names in lower case."""
    stamp, request_id = headers.get("timestamp", ""), headers.get("client-request-id", "")
    if headers.get("api-key") != settings.api_key or not request_id:
        return "Api-Key or Client-Request-Id"
    if not (stamp.isascii() and stamp.isdigit()):
        return "Timestamp is not a number"
    if abs(int(stamp) / 1000 - now_seconds) > settings.skew_seconds:
        return "Timestamp is outside the allowed window"
    if headers.get("auth-token-type", "").upper() != "HMAC":
        return "Auth-Token-Type is not HMAC"
    text = f"{settings.api_key}{request_id}{stamp}".encode() + body
    code = hmac.digest(settings.secret.encode(), text, "sha256").hex()
    expected = b64encode(code.encode())
    if not hmac.compare_digest(headers.get("authorization", "").encode(), expected):
        return "the signature does not match"
    return None


def report_answer(desk: Desk, body: bytes) -> bytes | None:
    """Return the report a search asks for, or ``None`` where the search is not valid."""
    try:
        asked = json.loads(body)
        limit = int(asked["limit"])
        rows = report_rows(desk, str(asked["fromDate"]), str(asked["toDate"]))
    except (ValueError, KeyError, TypeError):
        return None
    if not 1 <= limit <= REPORT_ROWS_MAX:
        return None
    names = asked.get("fields") or None
    chosen = [
        {name: value for name, value in row.items() if names is None or name in names}
        for row in rows[:limit]
    ]
    return json.dumps(chosen).encode()


def batch_summary(
    desk: Desk,
    settings: Settings,
    faults: Faults,
    chance: random.Random,
    name: str,
    orders: Sequence[Order],
    now_seconds: float,
) -> BatchFile:
    """Take a batch of payments and return its summary."""
    drawn = faults.drawn("batch", chance)
    lines, good = [], 0
    for order in orders:
        if "batch-mixed-rows" in drawn and chance.random() < MIXED_SHARE:
            code = "400021"
        else:
            code = desk.pay(order, faults.drawn("send", chance, order.key), now_seconds).code
        good += not code
        said = f"{code}|{MESSAGES[code]}" if code else "00|SUCCESS"
        lines.append(f"CI|{settings.merchant_id}|{order.recipient}|{order.key}|{said}|")
    counted = len(orders) + (1 + chance.randrange(9) if "batch-wrong-count" in drawn else 0)
    failed = len(orders) - good
    text = [
        f"FH|||{settings.merchant_id}|",
        f"BH|{counted}",
        *lines,
        f"BT|{len(orders)}|{good}|{failed}",
        f"FT|1|{good}|{failed}",
    ]
    due = now_seconds
    if "batch-late" in drawn:
        due += faults.parameter("batch-late", "seconds") / settings.speed
    # Files come in as FLXPI..., go out as FLXPO...; of two spellings of the ending the first.
    sent = name.replace("FLXPI", "FLXPO", 1) if name.startswith("FLXPI") else name
    return BatchFile(f"{sent}_Summary.csv", "\n".join(text) + "\n", due)
