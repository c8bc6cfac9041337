"""The functions of ``outcome.Partner`` for DDP, gathered from the modules beside this one."""

from __future__ import annotations

from collections.abc import Mapping

from payouts.outcome import Credentials, Merchant
from payouts.partners.fiserv import notices
from payouts.partners.fiserv.answers import balance_in, found_in, listed_in, outcome_of
from payouts.partners.fiserv.messages import (
    balance_for,
    cancel_for,
    list_for,
    lookup_for,
    request_for,
)
from payouts.partners.fiserv.notices import notices_in
from payouts.partners.fiserv.signing import signed
from payouts.partners.fiserv_ddp import FACTS

__all__ = [
    "authentic",
    "balance_for",
    "balance_in",
    "cancel_for",
    "found_in",
    "list_for",
    "listed_in",
    "lookup_for",
    "notices_in",
    "outcome_of",
    "request_for",
    "signed",
]


def authentic(
    headers: Mapping[str, str],
    body: bytes,
    source: str,
    merchant: Merchant,
    credentials: Credentials,
    now_seconds: float,
) -> str | None:
    """``None`` if a webhook is Fiserv's, else why not."""
    networks = FACTS.webhook_source_addresses
    assert networks is not None
    return notices.authentic(
        headers, body, source, merchant, credentials, now_seconds, networks.value
    )
