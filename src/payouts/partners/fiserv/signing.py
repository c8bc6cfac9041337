"""How a request to DDP is signed.

The signed text is ``key:milliseconds``, and, unless the method is GET or DELETE, ``:`` and the
Base64 of the body's SHA-256; the signature is the Base64 of the raw HMAC-SHA256
(docs/interactive-guide/apiflow.md, docs/faq/ans/hmacgeneration.md of
Fiserv/digital-disbursements-platform). Client-Request-Id, method, path and host are not signed.
Fiserv's other products sign differently: do not share this with them.

Two points contradict themselves, so each is a switch in the merchant's settings:

- ``sign_patch_body``: ``yes`` as in the page's code (the default), ``no`` as in its text, which
  leaves the body out "if the method is not POST".
- ``signature_encoding``: ``raw`` (the default; the page's sample decodes to 32 bytes), or ``hex``
  as the samples of IPG and Reporting do.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest

from payouts.outcome import Credentials, Merchant
from payouts.ports import Request

SWITCHES = {"sign_patch_body": ("yes", "no"), "signature_encoding": ("raw", "hex")}


def switch(merchant: Merchant, name: str) -> str:
    """Return a switch's setting, the documented default where it is not set."""
    allowed = SWITCHES[name]
    value = merchant.settings.get(name, allowed[0])
    if value not in allowed:
        raise ValueError(f"setting {name} is one of {', '.join(allowed)}, not {value!r}")
    return value


def secret(credentials: Credentials, name: str) -> str:
    """Return a secret by name; what is missing is named, what is there is never quoted."""
    value = credentials.values.get(name, "")
    if not value:
        raise ValueError(f"credential {name} is missing")
    return value


def signature(key: str, shared: str, milliseconds: str, body: bytes | None, encoding: str) -> str:
    """Return the signature over key, time and, where there is one, the body's hash."""
    text = f"{key}:{milliseconds}"
    if body is not None:
        text += f":{b64encode(sha256(body).digest()).decode()}"
    mac = digest(shared.encode(), text.encode(), "sha256")
    return b64encode(mac.hex().encode() if encoding == "hex" else mac).decode()


def signed(
    request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
) -> Mapping[str, str]:
    """Return all headers of a request."""
    key = secret(credentials, "api_key")
    milliseconds = str(int(now_seconds * 1000))
    unsigned = {"GET", "DELETE"}
    if switch(merchant, "sign_patch_body") == "no":
        unsigned.add("PATCH")
    made = signature(
        key,
        secret(credentials, "api_secret"),
        milliseconds,
        None if request.method in unsigned else request.body,
        switch(merchant, "signature_encoding"),
    )
    return {
        **request.headers,
        "Api-Key": key,
        "Timestamp": milliseconds,
        "Client-Request-Id": request.nonce,
        "Authorization": f"HMAC {made}",
    }
