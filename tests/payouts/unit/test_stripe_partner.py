"""Stripe through the same seam: forms, a key in a header, a list instead of a look-up."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money
from payouts.outcome import FINAL_VERDICTS, Credentials, Merchant, Outcome, Verdict
from payouts.partners import stripe
from payouts.partners._stripe import CODES, PARTS
from payouts.payout import Method, Payout, PayoutRefused
from payouts.ports import Response

V = Verdict
MERCHANT = Merchant(base_url="https://partner.test", settings={})
CREDENTIALS = Credentials(values={"api_key": "sk-1", "webhook_secret": "whsec-1"})
NOW = 1_700_000_000.0
PAYOUT = Payout(
    id=7,
    partner="stripe",
    reference="order-1",
    key="3a7365b2c0bd345e01d1355ae6",
    recipient="payee-1",
    token="ba_1",
    method=Method.BANK_ACCOUNT,
    amount=Money(1050, "USD"),
)


def payout(status: Any = "paid", **changes: Any) -> dict[str, Any]:
    return {
        "id": "po_1",
        "object": "payout",
        "amount": 1050,
        "currency": "usd",
        "created": 1_700_000_000,
        "destination": "ba_1",
        "failure_code": None,
        "metadata": {"payout_key": PAYOUT.key, "recipient": "payee-1"},
        "status": status,
        **changes,
    }


def listing(*payouts: Any, more: Any = False) -> dict[str, Any]:
    return {"object": "list", "url": "/v1/payouts", "has_more": more, "data": list(payouts)}


def response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, raw, headers or {})


def sent(status: int, body: Any) -> Outcome:
    return stripe.outcome_of(response(status, body, {"retry-after": "3"}), PAYOUT)


def found(status: int, body: Any, step: int = 0) -> Outcome:
    return stripe.found_in(response(status, body), PAYOUT, step)


def error(code: str | None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "x"}}


# requests --------------------------------------------------------------------------------------


def test_the_send_is_a_form_under_its_key() -> None:
    """Minor units, currency in lower case, our key in the header and in the metadata."""
    request = stripe.request_for(PAYOUT, MERCHANT, "n")
    assert (request.method, request.path) == ("POST", "/v1/payouts")
    assert request.headers["Idempotency-Key"] == PAYOUT.key
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {name: value for name, (value,) in parse_qs(request.body.decode()).items()} == {
        "amount": "1050",
        "currency": "usd",
        "destination": "ba_1",
        "method": "standard",
        "metadata[payout_key]": PAYOUT.key,
        "metadata[recipient]": "payee-1",
    }


def test_the_connected_account_is_a_header() -> None:
    """Acting for a connected account is a setting, for every request."""
    merchant = replace(MERCHANT, settings={"account": "acct_1"})
    assert stripe.request_for(PAYOUT, merchant, "n").headers["Stripe-Account"] == "acct_1"
    assert stripe.balance_for(merchant, "n").headers["Stripe-Account"] == "acct_1"  # type: ignore[union-attr]
    assert "Stripe-Account" not in stripe.request_for(PAYOUT, MERCHANT, "n").headers


@pytest.mark.parametrize(
    "changes",
    [
        {"method": Method.PREPAID},
        {"method": Method.WALLET},
        {"amount": Money(500, "ISK")},
        {"amount": Money(500, "HUF")},
        {"amount": Money(5124, "KWD")},
    ],
)
def test_what_stripe_counts_otherwise_is_refused(changes: Any) -> None:
    """Methods it has not, and currencies whose unit is not ISO 4217's, are never sent."""
    with pytest.raises(PayoutRefused):
        stripe.request_for(replace(PAYOUT, **changes), MERCHANT, "n")


def test_units_that_agree_are_sent_as_they_are() -> None:
    """Yen have no decimals in both; dinars go in tens of their smallest unit."""
    for amount in (Money(500, "JPY"), Money(5120, "KWD")):
        request = stripe.request_for(replace(PAYOUT, amount=amount), MERCHANT, "n")
        assert f"amount={amount.minor}&".encode() in request.body


def test_look_ups_use_the_id_or_read_the_list() -> None:
    """With Stripe's id: that, then the list. Without: the list only, and then it is over."""

    def path(partner_id: str | None, step: int) -> str | None:
        request = stripe.lookup_for(PAYOUT, partner_id, step, MERCHANT, "n")
        return request and request.path

    everything = "/v1/payouts?destination=ba_1&limit=100"
    assert [path("po_1", step) for step in range(3)] == ["/v1/payouts/po_1", everything, None]
    assert [path(None, step) for step in range(2)] == [everything, None]


def test_the_parts_of_a_list_cover_its_days_without_a_gap() -> None:
    """Each part begins where the one before ended; together they are exactly the days."""
    edges = []
    for part in range(1, PARTS + 1):
        request = stripe.list_for("2026-11-22", "2026-11-23", part, MERCHANT, "n")
        query = parse_qs(urlsplit(request.path).query)
        edges.append((int(query["created[gte]"][0]), int(query["created[lt]"][0])))
    assert edges[0][0] == 1_795_305_600  # 2026-11-22T00:00Z, by date(1)
    assert edges[-1][1] == 1_795_305_600 + 2 * 86_400
    assert all(before[1] == after[0] for before, after in pairwise(edges))


def test_a_cancellation_needs_the_id() -> None:
    """What has no id yet cannot be named; a second cancellation has the key of the first."""
    assert stripe.cancel_for(PAYOUT, None, MERCHANT, "n") is None
    request = stripe.cancel_for(PAYOUT, "po_1", MERCHANT, "n")
    assert request is not None
    assert request.path == "/v1/payouts/po_1/cancel"
    assert request.headers["Idempotency-Key"] != PAYOUT.key


def test_the_key_is_a_bearer_token() -> None:
    """The secret stands in one header and in no message or repr."""
    request = stripe.request_for(PAYOUT, MERCHANT, "n")
    headers = stripe.signed(request, MERCHANT, CREDENTIALS, NOW)
    assert headers["Authorization"] == "Bearer sk-1"
    assert headers["Idempotency-Key"] == PAYOUT.key
    with pytest.raises(ValueError, match="api_key"):
        stripe.signed(request, MERCHANT, Credentials(values={}), NOW)


# answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("pending", V.OPEN),
        ("in_transit", V.OPEN),
        ("paid", V.SETTLED),
        ("failed", V.RETURNED),
        ("canceled", V.CANCELLED),
        ("cancelled", V.OPEN),
        ("PAID", V.OPEN),
        (None, V.OPEN),
        (["paid"], V.OPEN),
    ],
)
def test_each_status(status: Any, verdict: Verdict) -> None:
    """The five documented statuses; one nobody documented is open."""
    for outcome in (sent(200, payout(status)), found(200, payout(status))):
        assert (outcome.verdict, outcome.partner_id) == (verdict, "po_1")
        assert (outcome.amount, outcome.recipient) == (Money(1050, "USD"), "payee-1")
    assert found(200, listing(payout(status))).verdict is verdict


def test_a_failure_says_why() -> None:
    """The reason of a failure stands in the code."""
    assert (
        sent(200, payout("failed", failure_code="account_closed")).code == "failed/account_closed"
    )


@pytest.mark.parametrize("code", CODES)
def test_listed_codes(code: str) -> None:
    """A listed code decides in a 400 or 402 and nowhere else."""
    for http in (400, 402):
        assert sent(http, error(code)) == Outcome(CODES[code], code)
    for http in (404, 409, 424, 500):
        assert sent(http, error(code)).verdict is V.UNKNOWN


@pytest.mark.parametrize(
    ("http", "body", "verdict"),
    [
        (400, error("parameter_unknown"), V.UNKNOWN),
        (400, error(None, "idempotency_error"), V.UNKNOWN),
        (400, error("amount_too_large", "idempotency_error"), V.UNKNOWN),
        (401, error(None), V.UNAUTHORISED),
        (403, error(None), V.NOT_ACCEPTED),
        (404, error("resource_missing"), V.UNKNOWN),
        (409, error("idempotency_key_in_use"), V.UNKNOWN),
        (424, error(None), V.UNKNOWN),
        (429, error("rate_limit"), V.NOT_ACCEPTED),
        (500, error(None, "api_error"), V.UNKNOWN),
        (503, b"", V.UNKNOWN),
        (200, b"", V.UNKNOWN),
        (200, {"object": "charge"}, V.UNKNOWN),
        (201, payout(), V.UNKNOWN),
    ],
)
def test_each_error(http: int, body: Any, verdict: Verdict) -> None:
    """A key in use or used otherwise means something was sent; limits run before the key."""
    outcome = sent(http, body)
    assert outcome.verdict is verdict
    assert outcome.retry_after_seconds == (3 if verdict is V.NOT_ACCEPTED else None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metadata": {}}, "other-reference"),
        ({"metadata": {"payout_key": "x"}}, "other-reference"),
        ({"destination": "ba_2"}, "other-destination"),
        ({"destination": {"id": "ba_2"}}, "other-destination"),
        ({"id": None}, "paid-no-id"),
        ({"amount": 10.5}, "paid-no-amount"),
        ({"currency": "dollars"}, "paid-no-amount"),
    ],
)
def test_another_payout_is_not_ours(changes: Any, code: str) -> None:
    """Another key or account, no id or no amount: unknown, and the code says why."""
    outcome = sent(200, payout(**changes))
    assert (outcome.verdict, outcome.code) == (V.UNKNOWN, code)


def test_the_list_decides_only_if_it_is_whole() -> None:
    """Absent from a whole list: not found. Absent from a full page: unknown."""
    other = payout(id="po_2", metadata={})
    assert found(200, listing(other)) == Outcome(V.NOT_FOUND, "not-listed")
    assert found(200, listing(other, more=True)).verdict is V.UNKNOWN
    assert found(200, listing(other, more=None)).verdict is V.UNKNOWN
    assert found(200, listing(other, payout(), more=True)).verdict is V.SETTLED
    assert found(200, listing(payout(), payout(id="po_2"))).code == "paid-twice"
    assert found(404, error("resource_missing")).verdict is V.NOT_FOUND
    assert found(404, b"no route").verdict is V.UNKNOWN
    assert found(400, error("amount_too_large")).verdict is V.UNKNOWN
    assert found(429, b"").verdict is V.NOT_ACCEPTED
    assert found(401, b"").verdict is V.UNAUTHORISED


def test_lists_leave_out_what_is_not_ours() -> None:
    """Stripe's own scheduled payouts carry no key; a full part proves nothing."""
    page = stripe.listed_in(response(200, listing(payout(), payout(metadata={}))), 1)
    assert [(one.key, one.at_seconds) for one in page.entries] == [(PAYOUT.key, 1_700_000_000)]
    assert (page.following, page.readable) == (2, True)
    assert stripe.listed_in(response(200, listing()), PARTS).following is None
    for bad in (listing(more=True), [], {"object": "list"}, b""):
        assert not stripe.listed_in(response(200, bad), 1).readable
    assert not stripe.listed_in(response(500, listing()), 1).readable


def test_the_balance_of_one_currency() -> None:
    """What is available, in minor units; two currencies are nobody's one balance."""
    usd, eur = {"amount": 666670, "currency": "usd"}, {"amount": 1, "currency": "eur"}
    assert stripe.balance_in(response(200, {"available": [usd], "pending": [eur]})) == (
        Money(666670, "USD")
    )
    assert stripe.balance_in(response(200, {"available": [usd, eur]})) is None
    assert stripe.balance_in(response(200, {"available": []})) is None
    assert stripe.balance_in(response(500, {"available": [usd]})) is None


@given(http=st.integers(100, 599), body=st.binary(max_size=100), step=st.integers(0, 1))
def test_no_body_raises_and_none_decides_by_accident(http: int, body: bytes, step: int) -> None:
    """Any bytes are read, and bytes that are no payout of ours end nothing."""
    assert sent(http, body).verdict not in FINAL_VERDICTS
    assert found(http, body, step).verdict not in FINAL_VERDICTS | {V.NOT_FOUND}


# webhooks --------------------------------------------------------------------------------------


def signature(body: bytes, at: float = NOW, secret: bytes = b"whsec-1") -> str:
    signed = f"{int(at)}.".encode() + body
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()


def judged(header: str, body: bytes = b"{}") -> str | None:
    headers = {"stripe-signature": header}
    return stripe.authentic(headers, body, "192.0.2.1", MERCHANT, CREDENTIALS, NOW)


def test_a_signature_over_time_and_body() -> None:
    """One right v1 among others, within five minutes; v0 and other schemes count for nothing."""
    good = signature(b"{}")
    assert judged(f"t={int(NOW)},v1={good}") is None
    assert judged(f"t={int(NOW)}, v1={'0' * 64}, v1={good}, v0=x") is None
    assert judged(f"t={int(NOW)},v0={good}") == "no or another signature"
    assert judged(f"t={int(NOW)},v1={good}", b"{} ") == "no or another signature"
    assert judged(f"t={int(NOW) + 1},v1={good}") == "no or another signature"
    for header in ("", "v1=x", f"t=x,v1={good}", f"t=1,t={int(NOW)},v1={good}"):
        assert judged(header) == "no timestamp"
    for at in (NOW - 301, NOW + 301):
        assert judged(f"t={int(at)},v1={signature(b'{}', at)}") == "timestamp too far from now"


def test_events_about_payouts_are_notices() -> None:
    """The event's id is its news; events about anything else are none."""
    event = {"id": "evt_1", "type": "payout.failed", "data": {"object": payout("failed")}}
    (notice,) = stripe.notices_in(json.dumps(event).encode())
    assert (notice.dedupe, notice.key, notice.partner_id, notice.said) == (
        "evt_1",
        PAYOUT.key,
        "po_1",
        "payout.failed",
    )
    for other in ({**event, "type": "charge.refunded"}, {**event, "id": None}, {"id": "evt_1"}):
        assert stripe.notices_in(json.dumps(other).encode()) == ()
    for body in (b"", b"[]", b"null"):
        with pytest.raises(ValueError, match="no JSON object"):
            stripe.notices_in(body)
