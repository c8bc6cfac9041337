"""A caller that follows the documents to the letter, for trying the double without a client.

The client under test signs and writes its own requests; this one exists so that the double's tests
and its users at a prompt do not depend on that client being right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from payouts.sandbox.door import BODILESS, signature_of
from payouts.sandbox.double import FiservDouble, Reply
from payouts.sandbox.settings import Settings


def headers_for(
    settings: Settings, method: str, body: bytes, now_seconds: float, request_id: str
) -> Mapping[str, str]:
    """Return the headers of a correctly signed request."""
    stamp = str(int(now_seconds * 1000))
    signed: bytes | None = body
    if method in BODILESS or (method == "PATCH" and not settings.patch_body_signed):
        signed = None
    code = signature_of(
        settings.api_key, stamp, settings.secret.encode(), signed, settings.signature
    )
    return {
        "Api-Key": settings.api_key,
        "Timestamp": stamp,
        "Client-Request-Id": request_id,
        "Authorization": f"HMAC {code}",
        "Content-Type": "application/json",
    }


def payment_body(
    key: str, recipient: str, total: str, currency: str = "USD", source: str = "DEBIT"
) -> bytes:
    """Return a direct payment to a vaulted account; ``total`` is written as it is given."""
    account = {"token": {"tokenId": f"token-of-{recipient}", "tokenProvider": "ENROLMENT_VAULT"}}
    detail = {"DEBIT": "card", "RTP": "ach"}.get(source, source.lower())
    payee: dict[str, object] = {
        "recipientProfileInfo": {"merchantCustomerId": recipient},
        "payments": {"paymentType": "sandbox"},
    }
    if source:
        payee |= {"source": source, detail: account}
    return (
        f'{{"amount":{{"total":{total},"currency":{json.dumps(currency)}}},'
        f'"recipient":[{json.dumps(payee)}],"merchantTransactionId":{json.dumps(key)}}}'
    ).encode()


def call(double: FiservDouble, method: str, path: str, body: bytes, now_seconds: float) -> Reply:
    """Make one correctly signed request."""
    request_id = f"request-{now_seconds}-{path}"
    headers = headers_for(double.settings, method, body, now_seconds, request_id)
    return double.answer(method, path, headers, body, now_seconds)


def pay(
    double: FiservDouble, key: str = "k", now_seconds: float = 1.7e9, source: str = "ACH"
) -> Reply:
    """Pay ten dollars to ``payee``."""
    body = payment_body(key, "payee", "10.00", source=source)
    return call(double, "POST", "/ddp/v1/payments", body, now_seconds)


def look(double: FiservDouble, key: str = "k", now_seconds: float = 1.7e9 + 300) -> str:
    """Ask for the status of a payment and say it in a word."""
    return brief(call(double, "GET", f"/ddp/v1/transactions/{key}", b"", now_seconds))


def brief(reply: Reply) -> str:
    """Return a status pair such as ``TC/DI``, a code, or ``no answer``."""
    if reply.response is None:
        return "no answer"
    said = json.loads(reply.response.body)
    said = said.get("error", said)
    if "code" in said:
        return str(said["code"])
    said = said.get("transactions", said)
    return f"{said['transactionStatus']}/{said['recipient'][0]['payments']['paymentStatus']}"
