"""Who is let in: the double's own reading of how a request is signed.

String to sign: key, colon, time in milliseconds and, unless the method is GET or DELETE, colon and
the Base64 of the SHA-256 of the raw body; the signature is the Base64 of the raw HMAC-SHA256
(Fiserv/digital-disbursements-platform:docs/interactive-guide/apiflow.md and
docs/faq/ans/hmacgeneration.md, commit 576e825). Client-Request-Id must be there, on GET too, and
is not signed. How far the clocks may be apart is not stated (``settings.SKEW_SECONDS``).
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from payouts.sandbox.settings import Settings

BODILESS = frozenset({"GET", "DELETE"})


def lowered(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def signature_of(key: str, stamp: str, secret: bytes, body: bytes | None, encoding: str) -> str:
    """Return the signature a request must carry; ``body`` is ``None`` where it is not signed."""
    text = f"{key}:{stamp}".encode()
    if body is not None:
        text += b":" + b64encode(sha256(body).digest())
    code = hmac.digest(secret, text, "sha256")
    return b64encode(code.hex().encode() if encoding == "hex" else code).decode()


def refusal(
    settings: Settings,
    secret: bytes,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    now_seconds: float,
    faults: Collection[str],
) -> tuple[str, str] | None:
    """Return ``None`` for a request that is let in, else a code and the reason.

    The faults that end here alter what the double compares with; the comparison is the same.
    """
    if headers.get("api-key") != settings.api_key:
        return "401021", "unknown Api-Key"
    stamp = headers.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()):
        return "401098", "Timestamp is not a number"
    if "clock-skewed" in faults:
        now_seconds += 2 * settings.skew_seconds + 1
    if abs(int(stamp) / 1000 - now_seconds) > settings.skew_seconds:
        return "401098", "Timestamp is outside the allowed window"
    if not headers.get("client-request-id"):
        return "400021", "Client-Request-Id is missing"
    scheme, _, signature = headers.get("authorization", "").partition(" ")
    if scheme != "HMAC":
        return "401021", "Authorization is not HMAC"
    encoding = settings.signature
    if "signature-hex" in faults:
        encoding = "raw" if encoding == "hex" else "hex"
    if "body-reordered" in faults:
        body = _reordered(body)
    signed: bytes | None = body
    if method in BODILESS or (method == "PATCH" and not settings.patch_body_signed):
        signed = None
    expected = signature_of(settings.api_key, stamp, secret, signed, encoding)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return "401021", "the signature does not match"
    return None


def _reordered(body: bytes) -> bytes:
    """Return the same JSON as something on the way might write it again."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return body
    if isinstance(value, dict):
        value = dict(reversed(value.items()))
    return json.dumps(value, indent=1).encode()
