"""The ledger from afar: a worker without a way to Postgres speaks to it through the backend.

A function outside the database's network cannot open a connection to it, and should not be given
one: that is what opening the database to the internet means. It can call one endpoint of the
worker beside the database, which says each sentence for it, in a transaction of its own.

So every sentence is committed as soon as it is answered, and ``commit`` has nothing left to do.
That is safe because the core never relies on two sentences standing or falling together: a lease
that was taken and not used runs out, and a send that was begun and not made is looked up. What it
costs is a request per sentence, and that nothing can be rehearsed. The simulation runs with such a
store, too (``commits_each``).

Each request carries the time and an HMAC over it, the path and the body, and is refused after five
minutes: somebody who recorded one cannot say it again later, and could say nothing that a lease of
another worker would not refuse.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from payouts.io.wire import Unreadable, answer_type, from_json, refused_from_afar, to_json
from payouts.ports import Statement, StoreBusy, StoreError, StoreRefused

if TYPE_CHECKING:
    from payouts.io.clock import SystemClock

#: How old a signed request may be: clocks of two machines differ, recorded requests grow old.
AGE_SECONDS = 300.0

TIME_HEADER = "x-payouts-time"
SIGNATURE_HEADER = "x-payouts-signature"

_TIME = re.compile(r"[0-9]{1,12}")

#: How the other side says which of ``StoreError``'s kinds happened.
STATUS_OF: tuple[tuple[type[StoreError], int], ...] = (
    (StoreRefused, 422),
    (StoreBusy, 503),
    (StoreError, 500),
)


def signature(secret: str, path: str, time: str, body: bytes) -> str:
    """Return the HMAC-SHA256, in hexadecimal, of one request."""
    parts = (path.encode("utf-8", "replace"), time.encode("utf-8", "replace"), body)
    message = b"\n".join(parts)
    return hmac.new(secret.encode(), message, sha256).hexdigest()


def refusal(
    secret: str, path: str, headers: Mapping[str, str], body: bytes, now_seconds: float
) -> str | None:
    """Return why a request is not from a worker of ours, ``None`` if it is.

    Header names in lower case. The signature is compared first, so that an outsider learns nothing
    about clocks.
    """
    time, given = headers.get(TIME_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    made = signature(secret, path, time, body)
    if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), made.encode()):
        return "signature"
    if not _TIME.fullmatch(time) or abs(now_seconds - int(time)) > AGE_SECONDS:
        return "age"
    return None


class RemoteStore:
    """Says sentences over HTTPS; each is its own transaction at the other end.

    Raises ``StoreError`` where no answer came (the sentence may have been carried out),
    ``StoreBusy`` and ``StoreRefused`` as the ledger does, and ``StoreRefused`` for what a person
    has to decide.
    """

    #: Nothing that is said can be taken back: a dry run is refused.
    commits_each = True

    def __init__(
        self,
        base_url: str,
        secret: str,
        clock: SystemClock,
        *,
        ca_file: str | None = None,
        seconds: float = 10.0,
    ) -> None:
        import urllib3

        from payouts.io.addresses import is_loopback

        parts = urlsplit(base_url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValueError("the ledger is reached over https, or on this machine")
        self._path = parts.path.rstrip("/")
        self._secret = secret
        self._clock = clock
        verify: dict[str, Any] = {}
        if parts.scheme == "https":
            verify = {"cert_reqs": "CERT_REQUIRED", "ca_certs": ca_file}
        self._pool = urllib3.connectionpool.connection_from_url(
            f"{parts.scheme}://{parts.netloc}",
            maxsize=1,
            retries=False,
            timeout=urllib3.Timeout(connect=min(3.0, seconds), read=seconds),
            **verify,
        )

    def execute(self, statement: Statement) -> Any:
        """Return what the ledger answers."""
        from urllib3.exceptions import HTTPError

        why_not = refused_from_afar(statement)
        if why_not is not None:
            raise StoreRefused(why_not)
        kind = type(statement)
        path = f"{self._path}/ledger/{kind.__name__}"
        body = json.dumps(to_json(statement), separators=(",", ":")).encode()
        time = str(int(self._clock.wall()))
        headers = {
            "content-type": "application/json",
            TIME_HEADER: time,
            SIGNATURE_HEADER: signature(self._secret, path, time, body),
        }
        try:
            response = self._pool.urlopen("POST", path, body, headers, redirect=False)
        except (HTTPError, OSError) as error:
            raise StoreError(f"the ledger did not answer: {type(error).__name__}") from None
        if response.status != 200:
            for error_kind, status in STATUS_OF:
                if response.status == status:
                    raise error_kind(_message(response.data))
            raise StoreError(f"the ledger answered with HTTP status {response.status}")
        try:
            return from_json(answer_type(kind), json.loads(response.data)["answer"])
        except (Unreadable, ValueError, KeyError, TypeError):
            raise StoreError("the ledger's answer cannot be read") from None

    def commit(self) -> None:
        """Nothing: each sentence was committed before it was answered."""

    def rollback(self) -> None:
        """Nothing can be taken back; leases run out."""

    def close(self) -> None:
        self._pool.close()

    def connections_free(self) -> int | None:
        """Unknown from here."""
        return None


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])[:500]
    except (ValueError, KeyError, TypeError):
        return "refused"
