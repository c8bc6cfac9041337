"""The work every candidate does for one payout, apart from its own bookkeeping.

A small payment of Fiserv's Digital Disbursements Platform: one JSON body to a vaulted account,
signed with HMAC-SHA256 over key, time in milliseconds and the hash of the body, posted over a
connection that stays open; the answer says TC/DI, which is paid. The candidates that are compared
with the runtime use these few lines, which are faster than a partner file that reads every status
and compares amounts: the difference is in their favour.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

API_KEY = "bench-key"
SECRET = b"bench-secret"
PATH = "/ddp/v1/payments"
PER_COMMIT = 100  #: payouts the business inserts in one transaction

#: The table of a team that has no ledger yet: what is paid, its key, its state.
TABLE = """
create table payout (
    id bigint generated always as identity primary key,
    reference text not null unique,
    key text not null unique,
    recipient text not null,
    token text not null,
    amount_minor bigint not null,
    status text not null default 'due',
    partner_id text,
    settled_at timestamptz
)
"""
INSERT = (
    "insert into payout (reference, key, recipient, token, amount_minor)"
    " values (%s, %s, %s, %s, %s)"
)
SETTLE = (
    "update payout set status = 'settled', partner_id = %s, settled_at = now()"
    " where key = %s and status <> 'settled'"
)


class NotPaid(Exception):
    """The partner answered something other than paid: the benchmark is not what it says."""


@dataclass(frozen=True, slots=True)
class Row:
    """One payout as the business knows it."""

    reference: str
    recipient: str
    token: str
    amount_minor: int

    @property
    def key(self) -> str:
        """The idempotency key, derived as the runtime derives it."""
        return hashlib.sha256(f"payouts:fiserv_ddp:{self.reference}".encode()).hexdigest()[:26]


def rows(count: int) -> Iterator[list[Row]]:
    """Yield so many payouts, in the portions of one commit."""
    for first in range(0, count, PER_COMMIT):
        yield [
            Row(f"order-{number}", f"payee-{number % 500}", f"tok-{number % 500}", 100 + number)
            for number in range(first, min(first + PER_COMMIT, count))
        ]


def body_of(key: str, recipient: str, token: str, amount_minor: int) -> bytes:
    """Return the body of a payment to a vaulted debit card."""
    amount = round(amount_minor / 100, 2)
    return json.dumps(
        {
            "merchantTransactionId": key,
            "amount": {"total": amount, "currency": "USD"},
            "recipient": [
                {
                    "recipientProfileInfo": {"merchantCustomerId": recipient},
                    "payments": {"paymentType": "Wages"},
                    "source": "DEBIT",
                    "card": {"token": {"tokenId": token, "tokenProvider": "ENROLMENT_VAULT"}},
                }
            ],
        },
        separators=(",", ":"),
    ).encode()


def signed(body: bytes, request_id: str) -> dict[str, str]:
    """Return all headers of a POST."""
    stamp = str(time.time_ns() // 1_000_000)
    return {
        "Content-Type": "application/json",
        "Api-Key": API_KEY,
        "Timestamp": stamp,
        "Client-Request-Id": request_id,
        "Authorization": f"HMAC {signature(stamp, body)}",
    }


def signature(stamp: str, body: bytes) -> str:
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    said = f"{API_KEY}:{stamp}:{digest}".encode()
    return b64encode(hmac.digest(SECRET, said, "sha256")).decode()


def partner_id_of(status: int, answer: bytes) -> str:
    """Return the partner's id of a payout that was paid; anything else is ``NotPaid``."""
    if status not in (200, 201):
        raise NotPaid(f"HTTP {status}: {answer[:200]!r}")
    said = json.loads(answer)
    payment = said["recipient"][0]["payments"]["paymentStatus"]
    if (said["transactionStatus"], payment) != ("TC", "DI"):
        raise NotPaid(f"{said['transactionStatus']}/{payment}")
    return str(said["transactionId"])


def verify_table(address: str) -> tuple[int, int]:
    """Return how many rows of ``TABLE`` are settled with a partner's id, and their keys."""
    import psycopg

    with psycopg.connect(address) as connection:
        row = connection.execute(
            "select count(distinct partner_id), count(distinct key) from payout"
            " where status = 'settled' and partner_id like 'TID-%'"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
