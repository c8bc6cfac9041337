"""DDP's webhooks: believed only from its addresses with the secret, and as a reason to look."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.outcome import Credentials, Merchant, Notice
from payouts.partners import fiserv_ddp as ddp

MERCHANT = Merchant(base_url="https://partner.test", settings={})
CREDENTIALS = Credentials(values={"api_key": "key-1", "webhook_secret": "hook-s3cret"})
NOW = 1_700_000_000.0
GENUINE = {"authorization": "hook-s3cret"}
INSIDE = "204.194.141.7"


def with_settings(**settings: str) -> Merchant:
    return replace(MERCHANT, settings=settings)


def judged(
    headers: dict[str, str],
    source: str = INSIDE,
    merchant: Merchant = MERCHANT,
    body: bytes = b"{}",
) -> str | None:
    return ddp.authentic(headers, body, source, merchant, CREDENTIALS, NOW)


def event(**changes: Any) -> dict[str, Any]:
    """A webhook as the samples write it."""
    return {
        "merchantId": "m-1",
        "transactionId": "TID-1",
        "created": 1_700_000_000_123,
        "source": "DEBIT",
        "transactionStatus": "TC",
        "eventData": {
            "recipientId": "r-1",
            "merchantCustomerId": "payee-1",
            "merchantTransactionId": "key-of-ours",
            "payments": {"paymentId": "p-1", "paymentStatus": "DI"},
        },
        **changes,
    }


def notices(value: Any) -> tuple[Notice, ...]:
    return ddp.notices_in(json.dumps(value).encode())


# who -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["204.194.141.0", "204.194.143.255", "::ffff:204.194.141.7"])
def test_the_secret_from_a_listed_address_is_genuine(source: str) -> None:
    """Both networks of the facts are let in, also written as IPv6."""
    assert judged(GENUINE, source) is None


@pytest.mark.parametrize(
    "source", ["204.194.142.1", "127.0.0.1", "::1", "", "unknown", "204.194.141.7:443"]
)
def test_any_other_address_is_not(source: str) -> None:
    """The right secret from elsewhere is refused, and so is an address that is none."""
    assert judged(GENUINE, source) == "not from one of the partner's addresses"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "hook-s3cre"},
        {"authorization": "HOOK-S3CRET"},
        {"authorization": "hook-s3cret\udcff"},
        {"x-key": "hook-s3cret"},
    ],
)
def test_a_wrong_secret_is_refused_without_saying_it(headers: dict[str, str]) -> None:
    """The reason names the header, never what was in it or should have been."""
    why = judged(headers)
    assert why == "no or another value in header authorization"


def test_the_header_and_the_networks_are_settings() -> None:
    """Another header, other networks, or none at all behind a gateway that has checked them."""
    assert judged({"x-key": "hook-s3cret"}, merchant=with_settings(webhook_header="X-Key")) is None
    here = with_settings(webhook_networks="10.0.0.0/8, 127.0.0.0/8")
    assert judged(GENUINE, "127.0.0.1", here) is None
    assert judged(GENUINE, INSIDE, here) is not None
    assert judged(GENUINE, "", with_settings(webhook_networks="any")) is None


def test_a_signed_webhook() -> None:
    """Behind the switch: the signature of requests over the body, not older than 5 minutes."""
    merchant = with_settings(webhook_authentication="hmac")
    body = json.dumps(event()).encode()

    def headers(at: float, text: bytes = body) -> dict[str, str]:
        stamp = str(int(at * 1000))
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        mac = hmac.new(b"hook-s3cret", f"key-1:{stamp}:{digest}".encode(), "sha256").digest()
        return {"timestamp": stamp, "authorization": f"HMAC {base64.b64encode(mac).decode()}"}

    for at in (NOW, NOW - 300, NOW + 300):
        assert judged(headers(at), merchant=merchant, body=body) is None
    for at in (NOW - 301, NOW + 301):
        assert judged(headers(at), merchant=merchant, body=body) == "timestamp too far from now"
    assert judged(headers(NOW), merchant=merchant, body=body + b" ") == "no or another signature"
    assert judged(GENUINE, merchant=merchant, body=body) == "no timestamp"
    assert judged({**headers(NOW), "timestamp": "1" * 99}, merchant=merchant) == "no timestamp"


def test_settings_and_secrets_that_are_missing_are_ours_to_fix() -> None:
    """A missing secret is an error of the set-up; it must never let everybody in."""
    with pytest.raises(ValueError, match="webhook_secret"):
        ddp.authentic({}, b"", INSIDE, MERCHANT, Credentials(values={}), NOW)
    with pytest.raises(ValueError, match="webhook_authentication"):
        judged(GENUINE, merchant=with_settings(webhook_authentication="none"))


# what ------------------------------------------------------------------------------------------


def test_a_notice_names_the_payout_and_what_is_said() -> None:
    """Reference, transaction and both statuses; the rest of the payload is not kept."""
    (notice,) = notices(event())
    assert (notice.key, notice.partner_id, notice.said) == ("key-of-ours", "TID-1", "TC/DI")


def test_the_same_news_has_the_same_key() -> None:
    """Without an event id the two ids and the two statuses are one; time and order are not."""
    (first,) = notices(event())
    (again,) = notices(dict(reversed(event(created=1).items())))
    assert first.dedupe == again.dedupe
    data = event()["eventData"]
    others = [
        event(transactionId="TID-2"),
        event(transactionStatus="TV"),
        event(eventData={**data, "payments": {"paymentId": "p-2", "paymentStatus": "DI"}}),
        event(eventData={**data, "payments": {"paymentId": "p-1", "paymentStatus": "DC"}}),
    ]
    keys = {first.dedupe, *(notice.dedupe for other in others for notice in notices(other))}
    assert len(keys) == 5


def test_long_ids_are_told_apart_to_their_end() -> None:
    """Two payments whose ids differ in the last character only are two pieces of news."""
    data = event()["eventData"]
    keys = {
        notices(event(eventData={**data, "payments": {"paymentId": f"{'p' * 35}{end}"}}))[0].dedupe
        for end in "12"
    }
    assert len(keys) == 2


def test_details_may_stand_under_recipient_or_lack_the_reference() -> None:
    """The specification writes ``recipient``, the samples ``eventData``, some without our key."""
    data = event()["eventData"]
    for recipient in (data, [data]):
        (notice,) = notices(event(eventData=None, recipient=recipient))
        assert notice.key == "key-of-ours"
    del data["merchantTransactionId"]
    (notice,) = notices(event(eventData=data))
    assert (notice.key, notice.partner_id) == (None, "TID-1")


def test_what_is_about_no_transaction_is_no_notice() -> None:
    """Balance alerts and batch summaries come to the same address and concern no payout."""
    assert notices({"merchantId": "m-1", "balance": 5}) == ()
    assert notices(event(transactionId={"a": 1})) == ()


@pytest.mark.parametrize("body", [b"", b"null", b"5", b"[]", b"[1]", b"{", b"\xff"])
def test_what_is_no_webhook_is_an_error(body: bytes) -> None:
    """A body that is no JSON object is refused, so that the sender hears of it."""
    with pytest.raises(ValueError, match="no JSON object"):
        ddp.notices_in(body)


@given(
    body=st.binary(max_size=80) | st.builds(lambda v: json.dumps(v).encode(), st.text() | st.none())
)
def test_any_bytes_are_a_notice_or_a_value_error(body: bytes) -> None:
    """Nothing but ``ValueError`` comes out of a stranger's bytes."""
    with contextlib.suppress(ValueError):
        assert isinstance(ddp.notices_in(body), tuple)
