"""A container with a defect put in, to see that the judge can tell: never part of a real run.

python defective.py key-per-attempt serve
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from payouts.io.cli import main as payouts
from payouts.partners.fiserv import protocol

_request_for = protocol.request_for


def _key_per_attempt(payout: Any, merchant: Any, nonce: str) -> Any:
    """Draw a new key for each attempt, as a careless client does: the nonce is one per attempt."""
    attempt = nonce.rpartition("-")[2][:5]
    return _request_for(replace(payout, key=f"{payout.key[:20]}x{attempt}"), merchant, nonce)


def _other_amount(payout: Any, merchant: Any, nonce: str) -> Any:
    """Pay every eighth payout twice over in one."""
    if payout.id % 8 == 0:
        payout = replace(payout, amount=payout.amount + payout.amount)
    return _request_for(payout, merchant, nonce)


DEFECTS = {
    "key-per-attempt": _key_per_attempt,
    "other-amount": _other_amount,
}


def main() -> int:
    protocol.request_for = DEFECTS[sys.argv[1]]
    return payouts(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
