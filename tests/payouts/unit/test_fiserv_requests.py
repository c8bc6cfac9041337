"""What DDP is sent: the same bytes every time, signed as documented, no account number ever."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money
from payouts.outcome import Credentials, Merchant
from payouts.partners import fiserv_ddp as ddp
from payouts.payout import Method, Payout, PayoutRefused
from payouts.ports import Request

MERCHANT = Merchant(base_url="https://partner.test", settings={"payment_type": "Claims"})
CREDENTIALS = Credentials(values={"api_key": "key-1", "api_secret": "s3cret-1"})
PAYOUT = Payout(
    id=7,
    partner="fiserv_ddp",
    reference="order-1",
    key="3a7365b2c0bd345e01d1355ae6",
    recipient="payee-1",
    token="tok-abc",
    method=Method.DEBIT_CARD,
    amount=Money(1050, "USD"),
)


def with_settings(**settings: str) -> Merchant:
    return replace(MERCHANT, settings={**MERCHANT.settings, **settings})


def body_of(payout: Payout, merchant: Merchant = MERCHANT) -> Any:
    return json.loads(ddp.request_for(payout, merchant, "n").body)


# the send --------------------------------------------------------------------------------------


def test_the_send_to_a_debit_card() -> None:
    """Payee and account by their ids, our key as reference, the amount with two decimals."""
    request = ddp.request_for(PAYOUT, MERCHANT, "nonce-1")
    assert (request.method, request.path, request.nonce) == ("POST", "/ddp/v1/payments", "nonce-1")
    assert b'"total":10.50,' in request.body
    assert json.loads(request.body) == {
        "merchantTransactionId": PAYOUT.key,
        "amount": {"total": 10.5, "currency": "USD"},
        "recipient": [
            {
                "recipientProfileInfo": {"merchantCustomerId": "payee-1"},
                "payments": {"paymentType": "Claims"},
                "source": "DEBIT",
                "card": {"token": {"tokenId": "tok-abc", "tokenProvider": "ENROLMENT_VAULT"}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "token", "source", "details"),
    [
        (Method.BANK_ACCOUNT, "t1", "ACH", {"ach": "t1"}),
        (Method.PREPAID, "t1", "PREPAID", {"prepaid": "t1"}),
        (Method.WALLET, "coinbase:t1", "COINBASE", {"coinbase": "t1"}),
        (
            Method.WALLET,
            "paypal.email:a@b.test",
            "PAYPAL",
            {"paypal": {"email": {"value": "a@b.test"}}},
        ),
        (
            Method.WALLET,
            "venmo.phone:+15550100",
            "VENMO",
            {"venmo": {"phone": {"value": "+15550100"}}},
        ),
    ],
)
def test_each_method_has_its_source(method: Method, token: str, source: str, details: Any) -> None:
    """Each method names the source and the one object that holds the account."""
    payee = body_of(replace(PAYOUT, method=method, token=token))["recipient"][0]
    assert payee["source"] == source
    for name, value in details.items():
        if isinstance(value, str):
            value = {"token": {"tokenId": value, "tokenProvider": "ENROLMENT_VAULT"}}
        assert payee[name] == value
    assert set(payee) == {"recipientProfileInfo", "payments", "source", *details}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"method": Method.REAL_TIME}, "raw account numbers"),
        ({"token": "4111 1111 1111 1111"}, "looks like an account number"),
        ({"recipient": "DE89370400440532013000"}, "looks like an account number"),
        ({"method": Method.WALLET, "token": "somebody"}, "a wallet's token"),
        ({"method": Method.WALLET, "token": "zelle.email:a@b.test"}, "a wallet's token"),
        ({"amount": Money(1050, "JPY")}, "two decimals"),
        ({"amount": Money(1050, "KWD")}, "two decimals"),
    ],
)
def test_what_ddp_cannot_be_asked_is_refused(changes: Any, why: str) -> None:
    """Raw accounts, unknown wallets and other decimals are refused, and never quoted."""
    with pytest.raises(PayoutRefused, match=why) as refused:
        ddp.request_for(replace(PAYOUT, **changes), MERCHANT, "n")
    for secret in (changes.get("token"), changes.get("recipient")):
        assert secret is None or secret not in str(refused.value)


@given(
    minor=st.integers(1, 10**15),
    recipient=st.text("abcXYZ019._:/@#+=~-", min_size=1, max_size=40),
    nonce=st.text("abc019-", max_size=30),
)
def test_the_body_is_the_same_bytes_and_exact(minor: int, recipient: str, nonce: str) -> None:
    """Attempt, time and process change nothing; the amount is the cents, never a float."""
    payout = replace(PAYOUT, amount=Money(minor, "USD"), recipient=f"r{recipient}")
    first = ddp.request_for(payout, MERCHANT, nonce)
    assert first.body == ddp.request_for(payout, MERCHANT, nonce + "2").body
    body = json.loads(first.body, parse_float=str)
    whole, cents = divmod(minor, 100)
    assert body["amount"]["total"] == f"{whole}.{cents:02d}"
    assert body["recipient"][0]["recipientProfileInfo"]["merchantCustomerId"] == f"r{recipient}"


def test_optional_settings() -> None:
    """A statement text goes to cards only, within its limit; a description goes to all."""
    merchant = with_settings(statement_descriptor="Pay & Co", description='He said "hi"')
    assert body_of(PAYOUT, merchant)["statementDescriptor"] == "Pay & Co"
    assert body_of(PAYOUT, merchant)["recipient"][0]["description"] == 'He said "hi"'
    ach = replace(PAYOUT, method=Method.BANK_ACCOUNT)
    assert "statementDescriptor" not in body_of(ach, merchant)
    for text in ("x" * 23, "Pay!"):
        with pytest.raises(ValueError, match="statement_descriptor"):
            ddp.request_for(PAYOUT, with_settings(statement_descriptor=text), "n")
    with pytest.raises(ValueError, match="payment_type"):
        ddp.request_for(PAYOUT, replace(MERCHANT, settings={}), "n")


def test_an_address_that_ends_in_ddp_is_not_doubled() -> None:
    """The facts name the host with /ddp, the specification without: both work."""
    merchant = replace(MERCHANT, base_url="https://partner.test/ddp/")
    assert ddp.request_for(PAYOUT, merchant, "n").path == "/v1/payments"


# the other messages ----------------------------------------------------------------------------


def test_look_ups_ask_by_id_then_list_the_payee() -> None:
    """First the partner's id or ours, then all of the payee's, then nothing."""

    def path(step: int, partner_id: str | None = None) -> str | None:
        request = ddp.lookup_for(PAYOUT, partner_id, step, MERCHANT, "n")
        assert request is None or (request.method, request.body) == ("GET", b"")
        return request and request.path

    assert path(0) == f"/ddp/v1/transactions/{PAYOUT.key}"
    assert path(0, "TID-1") == "/ddp/v1/transactions/TID-1"
    assert path(0, "../x?y") == "/ddp/v1/transactions/..%2Fx%3Fy"
    assert path(1) == "/ddp/v1/transactions/recipients/payee-1?pageNo=1&pageSize=100"
    assert path(2) is None


def test_lists_by_date() -> None:
    """Both days are included, pages count from 1, and the date's form is a switch."""

    def query(page: int, merchant: Merchant = MERCHANT) -> dict[str, list[str]]:
        request = ddp.list_for("2026-11-01", "2026-11-23", page, merchant, "n")
        assert urlsplit(request.path).path == "/ddp/v1/transactions"
        return parse_qs(urlsplit(request.path).query)

    assert query(2) == {
        "start": ["11/01/2026"],
        "end": ["11/23/2026"],
        "pageNo": ["2"],
        "pageSize": ["100"],
    }
    assert query(0)["pageNo"] == ["1"]
    assert query(1, with_settings(list_date_format="iso"))["end"] == ["2026-11-23"]
    assert query(1, with_settings(list_page_size="7"))["pageSize"] == ["7"]
    for size in ("0", "-1", "many", "1001"):
        with pytest.raises(ValueError, match="list_page_size"):
            query(1, with_settings(list_page_size=size))


def test_a_cancellation_carries_its_description() -> None:
    """ACH and wallets can be called back, cards cannot; the description is required."""
    ach = replace(PAYOUT, method=Method.BANK_ACCOUNT)
    request = ddp.cancel_for(ach, None, MERCHANT, "n")
    assert request is not None
    assert (request.method, request.path) == ("PATCH", f"/ddp/v1/payments/{PAYOUT.key}/cancel")
    assert json.loads(request.body)["description"]
    request = ddp.cancel_for(ach, "TID-1", MERCHANT, "n")
    assert request is not None
    assert "/TID-1/" in request.path
    for method in (Method.DEBIT_CARD, Method.PREPAID, Method.REAL_TIME):
        assert ddp.cancel_for(replace(PAYOUT, method=method), None, MERCHANT, "n") is None


def test_the_balance() -> None:
    """The funding account is read with a bare GET."""
    request = ddp.balance_for(MERCHANT, "n")
    assert request is not None
    assert (request.method, request.path) == ("GET", "/ddp/v1/merchantInfo")


# signatures ------------------------------------------------------------------------------------

#: Made by hand with openssl 3 (`dgst -sha256 -binary | base64`, `dgst -sha256 -hmac`), over body
#: {"a":1}, key key-1, secret s3cret-1, time 1700000000123.
BODY = b'{"a":1}'
POST_RAW = "uBSkddOeB8Tr7PHQ5WmsA4hddrpArCYAV089ClGrGDg="
POST_HEX = (
    "YjgxNGE0NzVkMzllMDdjNGViZWNmMWQwZTU2OWFjMDM4ODVkNzZiYTQwYWMyNjAwNTc0ZjNkMGE1MWFiMTgzOA=="
)
GET_RAW = "DX1w5/yttANAOBn3BqeboS+YVZPwtIbJVqqQztqp68E="


def authorization(method: str, merchant: Merchant = MERCHANT, body: bytes = BODY) -> str:
    request = Request(method, "/x", body, {"Content-Type": "application/json"}, "nonce-1")
    return ddp.signed(request, merchant, CREDENTIALS, 1_700_000_000.123)["Authorization"]


def test_the_headers() -> None:
    """Key, milliseconds, a unique id and the signature stand beside the message's own headers."""
    request = Request("POST", "/x", BODY, {"Content-Type": "application/json"}, "nonce-1")
    assert ddp.signed(request, MERCHANT, CREDENTIALS, 1_700_000_000.123) == {
        "Content-Type": "application/json",
        "Api-Key": "key-1",
        "Timestamp": "1700000000123",
        "Client-Request-Id": "nonce-1",
        "Authorization": f"HMAC {POST_RAW}",
    }


def test_signatures_match_those_of_another_tool() -> None:
    """Raw and Base64, the body's hash for all but GET and DELETE."""
    for method in ("POST", "PATCH", "PUT"):
        assert authorization(method) == f"HMAC {POST_RAW}"
    for method in ("GET", "DELETE"):
        assert authorization(method) == f"HMAC {GET_RAW}"
    assert len(base64.b64decode(POST_RAW)) == 32


def test_contradictions_are_switches() -> None:
    """The body of a PATCH and the encoding follow the settings; a wrong one is refused."""
    assert authorization("PATCH", with_settings(sign_patch_body="no")) == f"HMAC {GET_RAW}"
    assert authorization("POST", with_settings(sign_patch_body="no")) == f"HMAC {POST_RAW}"
    assert authorization("POST", with_settings(signature_encoding="hex")) == f"HMAC {POST_HEX}"
    for setting in ("sign_patch_body", "signature_encoding"):
        with pytest.raises(ValueError, match=setting):
            authorization("POST", with_settings(**{setting: "maybe"}))


def test_every_byte_of_the_body_is_signed() -> None:
    """A changed body, key, secret or millisecond changes the signature; the nonce does not."""
    assert authorization("POST", body=BODY + b" ") != authorization("POST")
    request = Request("POST", "/x", BODY, {}, "nonce-2")
    one = ddp.signed(request, MERCHANT, CREDENTIALS, 1_700_000_000.123)["Authorization"]
    assert one == f"HMAC {POST_RAW}"
    later = ddp.signed(request, MERCHANT, CREDENTIALS, 1_700_000_000.124)["Authorization"]
    assert later != one


def test_a_missing_secret_is_named_and_no_secret_is_shown() -> None:
    """Errors and reprs name secrets, they never hold one."""
    request = Request("GET", "/x")
    for values in ({}, {"api_key": "key-1"}, {"api_key": "", "api_secret": "s3cret-1"}):
        with pytest.raises(ValueError, match="credential api_") as missing:
            ddp.signed(request, MERCHANT, Credentials(values=values), 0.0)
        assert "s3cret-1" not in str(missing.value)
    assert "s3cret-1" not in repr(CREDENTIALS)
