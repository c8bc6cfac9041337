"""What Stripe's payouts API says and is told: the working half of ``payouts.partners.stripe``.

It differs from DDP in every way that the runtime must not care about. Forms go in, JSON comes out.
Amounts are minor units. The idempotency key is a header, and an answer that began, a 500 included,
is kept under it and given again for a day, so sending again after a 500 tells nothing new: only the
list does. Nothing can be looked up by our reference: it travels in the metadata and is found by
reading the list, newest first. *Paid* may become *failed* within five business days.

Sources (docs.stripe.com): /api/payouts/create, /object, /list, /retrieve, /cancel;
/api/idempotent_requests; /api/errors; /error-low-level; /error-codes; /api/balance/balance_object;
/api/connected-accounts; /currencies#special-cases. The webhook's signature is second hand (see
``stripe.FACTS``) and agrees with the vendor's Ruby library.

Settings: ``account`` (the connected account to act for, header Stripe-Account), ``version`` (header
Stripe-Version), ``statement_descriptor`` (at most 22 characters).
Credentials: ``api_key``, ``webhook_secret``. A ``recipient`` is a name of ours that comes back in
the metadata; the ``token`` is the id of the bank account or card (``ba_``, ``card_``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hmac import compare_digest, digest
from typing import Any
from urllib.parse import quote, urlencode

from payouts.money import Money, minor_unit_exponent
from payouts.outcome import Credentials, Listed, Merchant, Notice, Outcome, Page, Verdict
from payouts.partners._reading import (
    identifier_in,
    json_in,
    label,
    minor_in,
    object_in,
    seconds_in,
    whole_in,
)
from payouts.payout import Method, Payout, PayoutRefused
from payouts.ports import Request, Response

__all__ = [
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
    "request_for",
    "signed",
]

_V = Verdict

#: By status. What failed had left the balance and came back to it ("the ID of the balance
#: transaction that reversed the initial" one), and may have been shown as paid before: returned.
STATUSES = {
    "pending": _V.OPEN,
    "in_transit": _V.OPEN,
    "paid": _V.SETTLED,
    "failed": _V.RETURNED,
    "canceled": _V.CANCELLED,
}

#: By error code, in a 400 or 402: what is final. Every other code leaves the outcome open.
CODES = {
    "balance_insufficient": _V.NO_FUNDS,
    "account_closed": _V.DECLINED,
    "amount_too_large": _V.DECLINED,
    "amount_too_small": _V.DECLINED,
    "payouts_not_allowed": _V.DECLINED,
}

#: Turned away before the idempotency layer: "rate limiters run before" it; no permission; the
#: rest, because nobody looked at the payout.
TURNED_AWAY = frozenset({403, 408, 425, 429})

#: A list is walked with a cursor, which a page number cannot be. So a page is a part of the period.
PARTS = 48
LIMIT = 100  #: objects in one answer, the most there is

#: How far off a webhook's time may be: what the vendor's libraries allow.
TOLERANCE_SECONDS = 300

_SPEED = {
    Method.BANK_ACCOUNT: "standard",
    Method.DEBIT_CARD: "instant",
    Method.REAL_TIME: "instant",
}

#: Stripe's smallest unit is not ISO 4217's, or not every amount of it can be paid out
#: (https://docs.stripe.com/currencies: zero-decimal currencies and its special cases). Refused
#: until somebody needs one and reads what applies to payouts.
_OTHER_UNITS = frozenset({"HUF", "ISK", "MGA", "TWD", "UGX"})

_UNIX_DAY_ZERO = date(1970, 1, 1).toordinal()
_DAY_SECONDS = 86_400


# requests --------------------------------------------------------------------------------------


def request_for(payout: Payout, merchant: Merchant, nonce: str) -> Request:
    """The send; what Stripe cannot be asked to pay raises ``PayoutRefused``."""
    speed = _SPEED.get(payout.method)
    if speed is None:
        raise PayoutRefused(f"Stripe pays to bank accounts and debit cards, not by {payout.method}")
    currency = payout.amount.currency
    tens = minor_unit_exponent(currency) == 3 and payout.amount.minor % 10
    if currency in _OTHER_UNITS or tens:
        raise PayoutRefused(f"{payout.amount}: Stripe counts this currency in another unit")
    fields = {
        "amount": str(payout.amount.minor),
        "currency": currency.lower(),
        "destination": payout.token,
        "method": speed,
        "metadata[payout_key]": payout.key,
        "metadata[recipient]": payout.recipient,
    }
    descriptor = merchant.settings.get("statement_descriptor", "")
    if descriptor:
        if len(descriptor) > 22:
            raise ValueError("setting statement_descriptor has more than 22 characters")
        fields["statement_descriptor"] = descriptor
    headers = {
        **_headers(merchant),
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": payout.key,
    }
    return Request("POST", "/v1/payouts", urlencode(fields).encode(), headers, nonce)


def lookup_for(
    payout: Payout, partner_id: str | None, step: int, merchant: Merchant, nonce: str
) -> Request | None:
    """Step 0 asks by Stripe's id where we have it, else (and in step 1) lists the destination's."""
    if step == 0 and partner_id:
        path = f"/v1/payouts/{quote(partner_id, safe='')}"
    elif step == (1 if partner_id else 0):
        path = f"/v1/payouts?destination={quote(payout.token, safe='')}&limit={LIMIT}"
    else:
        return None
    return Request("GET", path, b"", _headers(merchant), nonce)


def cancel_for(
    payout: Payout, partner_id: str | None, merchant: Merchant, nonce: str
) -> Request | None:
    """Cancel one that is still pending; without its id there is nothing to name."""
    if not partner_id:
        return None
    path = f"/v1/payouts/{quote(partner_id, safe='')}/cancel"
    headers = {**_headers(merchant), "Idempotency-Key": f"{payout.key}-cancel"}
    return Request("POST", path, b"", headers, nonce)


def list_for(first_day: str, last_day: str, page: int, merchant: Merchant, nonce: str) -> Request:
    """One of ``PARTS`` parts of these days; parts count from 1."""
    start = (date.fromisoformat(first_day).toordinal() - _UNIX_DAY_ZERO) * _DAY_SECONDS
    end = (date.fromisoformat(last_day).toordinal() - _UNIX_DAY_ZERO + 1) * _DAY_SECONDS
    part = max(page, 1)
    since, until = (start + (end - start) * edge // PARTS for edge in (part - 1, part))
    query = urlencode({"created[gte]": since, "created[lt]": until, "limit": LIMIT})
    return Request("GET", f"/v1/payouts?{query}", b"", _headers(merchant), nonce)


def balance_for(merchant: Merchant, nonce: str) -> Request:
    """Ask what can be paid out."""
    return Request("GET", "/v1/balance", b"", _headers(merchant), nonce)


def signed(
    request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
) -> Mapping[str, str]:
    """Return all headers; the key goes as a bearer token."""
    return {**request.headers, "Authorization": f"Bearer {_secret(credentials, 'api_key')}"}


def _headers(merchant: Merchant) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    for setting, header in (("account", "Stripe-Account"), ("version", "Stripe-Version")):
        if merchant.settings.get(setting):
            headers[header] = merchant.settings[setting]
    return headers


def _secret(credentials: Credentials, name: str) -> str:
    value = credentials.values.get(name, "")
    if not value:
        raise ValueError(f"credential {name} is missing")
    return value


# answers ---------------------------------------------------------------------------------------


def outcome_of(response: Response, payout: Payout) -> Outcome:
    """What the answer to a send means."""
    if response.status == 200:
        return _ours(json_in(response.body), payout)
    code, kind = _error(response)
    if response.status == 401:
        return Outcome(_V.UNAUTHORISED, code)
    if response.status in TURNED_AWAY:
        wait = seconds_in(response.headers)
        return Outcome(_V.NOT_ACCEPTED, code, retry_after_seconds=wait)
    # A key that was used with other parameters means that something was sent under it.
    if response.status in {400, 402} and kind != "idempotency_error":
        return Outcome(CODES.get(code, _V.UNKNOWN), code)
    return Outcome(_V.UNKNOWN, code)


def found_in(response: Response, payout: Payout, step: int) -> Outcome:
    """What a payout or a list of payouts says of ours.

    A full first page that does not hold ours proves nothing: more may follow.
    """
    if response.status != 200:
        code, _ = _error(response)
        if response.status == 401:
            return Outcome(_V.UNAUTHORISED, code)
        if response.status in TURNED_AWAY:
            wait = seconds_in(response.headers)
            return Outcome(_V.NOT_ACCEPTED, code, retry_after_seconds=wait)
        missing = response.status == 404 and code == "resource_missing"
        return Outcome(_V.NOT_FOUND if missing else _V.UNKNOWN, code)
    body = object_in(json_in(response.body))
    if body.get("object") != "list":
        return _ours(body, payout)
    entries = _entries(body)
    if entries is None:
        return Outcome(_V.UNKNOWN, "unreadable")
    ours = [one for one in entries if _key(one) == payout.key]
    if len({str(one.get("id")) for one in ours}) > 1:
        return Outcome(_V.HELD, "paid-twice", identifier_in(ours[0].get("id")))
    if ours:
        return _ours(ours[0], payout)
    complete = body.get("has_more") is False
    return Outcome(*((_V.NOT_FOUND, "not-listed") if complete else (_V.UNKNOWN, "list-incomplete")))


def listed_in(response: Response, page: int) -> Page:
    """Read one part of the list; one with more payouts than an answer holds proves nothing."""
    body = object_in(json_in(response.body)) if response.status == 200 else {}
    entries = _entries(body)
    if entries is None or body.get("has_more") is not False:
        return Page((), readable=False)
    listed = []
    for one in entries:
        key = _key(one)
        if key is not None:  # the others are Stripe's own, on its schedule, or made by hand
            listed.append(Listed(key, _reading(one), whole_in(one.get("created"))))
    part = max(page, 1)
    return Page(tuple(listed), part + 1 if part < PARTS else None)


def balance_in(response: Response) -> Money | None:
    """The available balance, where it is in one currency."""
    if response.status != 200:
        return None
    available = object_in(json_in(response.body)).get("available")
    if not isinstance(available, list) or len(available) != 1:
        return None
    entry = object_in(available[0])
    return minor_in(entry.get("amount"), entry.get("currency"))


def _error(response: Response) -> tuple[str, str]:
    """Return an error's code and type."""
    error = object_in(object_in(json_in(response.body)).get("error"))
    kind = label(error.get("type"))
    code = identifier_in(error.get("code"))
    return (label(code) if code else f"http-{response.status}"), kind


def _entries(body: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    data = body.get("data")
    if body.get("object") != "list" or not isinstance(data, list):
        return None
    return data if all(isinstance(one, dict) for one in data) else None


def _key(payout: Mapping[str, Any]) -> str | None:
    return identifier_in(object_in(payout.get("metadata")).get("payout_key"))


def _ours(value: Any, payout: Payout) -> Outcome:
    """Read a payout that must be ours."""
    one = object_in(value)
    if one.get("object") != "payout":
        return Outcome(_V.UNKNOWN, "unreadable")
    reading = _reading(one)
    if _key(one) != payout.key:
        return Outcome(_V.UNKNOWN, "other-reference", reading.partner_id)
    destination = one.get("destination")
    if isinstance(destination, dict):
        destination = destination.get("id")
    if destination is not None and destination != payout.token:
        return Outcome(_V.UNKNOWN, "other-destination", reading.partner_id)
    return reading


def _reading(one: Mapping[str, Any]) -> Outcome:
    partner_id = identifier_in(one.get("id"))
    amount = minor_in(one.get("amount"), one.get("currency"))
    status = one.get("status")
    verdict = STATUSES.get(status, _V.OPEN) if isinstance(status, str) else _V.OPEN
    code = label(status)
    if partner_id is None or amount is None:
        verdict, code = _V.UNKNOWN, f"{code}-{'no-amount' if partner_id else 'no-id'}"
    elif one.get("failure_code") is not None and verdict is _V.RETURNED:
        code = f"{code}/{label(one['failure_code'])}"
    recipient = object_in(one.get("metadata")).get("recipient")
    named = None if recipient is None else identifier_in(recipient) or "unreadable"
    return Outcome(verdict, code, partner_id, amount, named)


# webhooks --------------------------------------------------------------------------------------


def authentic(
    headers: Mapping[str, str],
    body: bytes,
    source: str,
    merchant: Merchant,
    credentials: Credentials,
    now_seconds: float,
) -> str | None:
    """``None`` if a webhook is Stripe's: a ``v1`` of it signs time and body, and it is recent."""
    parts = [part.strip().partition("=") for part in headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not times[0].isdecimal() or len(times[0]) > 12:
        return "no timestamp"
    shared = _secret(credentials, "webhook_secret").encode()
    expected = digest(shared, times[0].encode() + b"." + body, "sha256").hex().encode()
    given = [value.encode("utf-8", "backslashreplace") for name, _, value in parts if name == "v1"]
    # Two secrets are valid while one is rolled, and each signs.
    if not any(compare_digest(one, expected) for one in given):
        return "no or another signature"
    if abs(int(times[0]) - now_seconds) > TOLERANCE_SECONDS:
        return "timestamp too far from now"
    return None


def notices_in(body: bytes) -> tuple[Notice, ...]:
    """Read an event; what is about no payout is no notice."""
    event = json_in(body)
    if not isinstance(event, dict):
        raise ValueError("the body of the webhook is no JSON object")
    kind, event_id = event.get("type"), identifier_in(event.get("id"))
    if not isinstance(kind, str) or not kind.startswith("payout.") or event_id is None:
        return ()
    one = object_in(object_in(event.get("data")).get("object"))
    partner_id = identifier_in(one.get("id"))
    key = _key(one)
    if key is None and partner_id is None:
        return ()
    return (Notice(event_id, key, partner_id, label(kind)),)
