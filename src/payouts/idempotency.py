"""The key under which a partner knows a payout: derived from what is paid for, never drawn.

A key drawn at random exists in one place only. Restore the database from yesterday's dump and the
same business payout gets a new one, and is paid again. A key derived from a row number is worse:
after a restore the number belongs to another payout. So the key is a hash of the partner and the
*business reference*, which the backend knows without us; the same payout has the same key on every
machine, after every restore, in every language (`payouts.derived_key` in SQL is the same function).

It is 26 characters long, the length of a ULID: the smallest limit a partner states is 32 (Fiserv's
merchantTransactionId on one page; a UUID with hyphens has 36). 26 hexadecimal digits are 104 bits;
among a billion payouts two share a key with a chance below 1 in 10^13, and the ledger's unique
constraint refuses the second one rather than paying it under the first one's name.
"""

from __future__ import annotations

from hashlib import sha256

KEY_LENGTH = 26


def derived_key(partner: str, reference: str) -> str:
    """Return the idempotency key of a payout.

    >>> derived_key("fiserv_ddp", "order-1")
    '3a7365b2c0bd345e01d1355ae6'
    """
    return sha256(f"payouts:{partner}:{reference}".encode()).hexdigest()[:KEY_LENGTH]
