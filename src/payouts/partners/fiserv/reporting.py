"""Fiserv's Reporting ("ClientLine Enterprise Direct"): what became of payouts, as a daily report.

It pays nothing; it belongs to the direction *receive* and is a product of its own: another host
(``https://prod.api.fiservapps.com/reporting``), other keys, another signature. The signed text is
key, Client-Request-Id, milliseconds and body, one after the other, and the Base64 is of the
*hexadecimal* HMAC. The page's text also names the content type, its code does not: the code is
followed (docs/APIs/hmac-authentication.md of Fiserv/reporting).

``POST /v1/disbursement/search`` takes ``fromDate``, ``toDate`` (yyyymmdd) and ``limit`` (1 to
1,000,000, required), and answers an array of rows without pages (reference/1.0.0/api-1.0.0.yaml).
A report that is as long as its limit may lack rows: it says ``complete`` false. In which currency
``paymentAmount`` is, no document found says: one currency is asked for, and assumed of rows that
name none.

Settings: ``report_base_url`` (the host above), ``report_currency`` (``USD``), ``report_limit``
(10000), ``report_date_type`` (``PaymentDate``; or ``ApplyDate``, ``ExpiryDate``).
Credentials: ``reporting_api_key``, ``reporting_api_secret``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hmac import digest
from typing import Any

from payouts.outcome import Credentials, Merchant, Received, Report
from payouts.partners._reading import (
    IDENTIFIER_MAX,
    day_in,
    identifier_in,
    json_in,
    label,
    major_in,
    object_in,
)
from payouts.partners.fiserv.signing import secret
from payouts.ports import Request, Response

#: Under which the rows are kept; with a row's id it is unique.
SOURCE = "fiserv_reporting"

#: Production; "sandbox credentials use the same host" (reference/1.0.0/api-1.0.0.yaml, servers).
_HOST = "https://prod.api.fiservapps.com/reporting"

_LONGEST = 64 * 1024 * 1024

#: What of a row is kept. None of it says who was paid, or on which account.
_KEPT = (
    "transactionId",
    "referenceId",
    "paymentId",
    "paymentStatus",
    "settlementStatus",
    "returnCode",
    "networkTransactionId",
    "dfaAmount",
)


def base_url(merchant: Merchant) -> str:
    """Return the address of the reports, which is not that of the payouts."""
    return merchant.settings.get("report_base_url", _HOST)


def report_for(first_day: str, last_day: str, merchant: Merchant, nonce: str) -> Request:
    """Ask for the disbursements of these days (ISO 8601, both included)."""
    body = {
        "fromDate": first_day.replace("-", ""),
        "toDate": last_day.replace("-", ""),
        "limit": _limit(merchant),
        "filters": {
            "dateType": merchant.settings.get("report_date_type", "PaymentDate"),
            "currency": _currency(merchant),
        },
    }
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    text = json.dumps(body, separators=(",", ":"))
    return Request("POST", "/v1/disbursement/search", text.encode(), headers, nonce)


def signed(
    request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
) -> Mapping[str, str]:
    """Return all headers of a request."""
    key = secret(credentials, "reporting_api_key")
    milliseconds = str(int(now_seconds * 1000))
    text = f"{key}{request.nonce}{milliseconds}".encode() + request.body
    mac = digest(secret(credentials, "reporting_api_secret").encode(), text, "sha256")
    return {
        **request.headers,
        "Api-Key": key,
        "Timestamp": milliseconds,
        "Client-Request-Id": request.nonce,
        "Authorization": b64encode(mac.hex().encode()).decode(),
        "Auth-Token-Type": "HMAC",
    }


def received_in(response: Response, last_day: str, merchant: Merchant) -> Report:
    """Read a report; a row without a date of its own counts for the last day asked for."""
    if response.status != 200:
        why = f"the report was answered with status {response.status}"
        return Report(SOURCE, (), complete=False, readable=False, remarks=(why,))
    return rows_in(response.body, last_day, merchant)


def rows_in(body: bytes, last_day: str, merchant: Merchant) -> Report:
    """Read the rows of a report, from its answer or from a file it was saved to."""
    rows = json_in(body, _LONGEST)
    if not isinstance(rows, list):
        why = "no array of rows"
        return Report(SOURCE, (), complete=False, readable=False, remarks=(why,))
    read = [_received(object_in(row), last_day, _currency(merchant)) for row in rows]
    items = tuple(item for item in read if item is not None)
    limit = _limit(merchant)
    whole = len(rows) < limit
    cut = () if whole else (f"as many rows as asked for ({limit}): ask for fewer days",)
    return Report(SOURCE, items, len(read) - len(items), complete=whole, remarks=cut)


def _received(row: Mapping[str, Any], last_day: str, currency: str) -> Received | None:
    """Read one row. A payment that changes its status later is a new row, hence the long id."""
    payment = identifier_in(row.get("paymentId")) or identifier_in(row.get("transactionId"))
    if payment is None:
        return None
    status, settlement = label(row.get("paymentStatus")), label(row.get("settlementStatus"))
    return Received(
        external_id=f"{payment}:{status}:{settlement}",
        kind="disbursement",
        amount=major_in(row.get("paymentAmount"), row.get("currency") or currency),
        happened_on=day_in(row.get("settlementDate")) or day_in(row.get("paymentDate")) or last_day,
        facts={
            name: label(row[name], IDENTIFIER_MAX)
            for name in _KEPT
            if row.get(name) not in (None, "")
        },
    )


def _currency(merchant: Merchant) -> str:
    return merchant.settings.get("report_currency", "USD")


def _limit(merchant: Merchant) -> int:
    text = merchant.settings.get("report_limit", "10000")
    if not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise ValueError(f"setting report_limit is from 1 to 1000000, not {text!r}")
    return int(text)
