"""Payout partners, one file each. A file exports ``FACTS``; its name is the partner's id.

To add a partner, add a file: it is found by being here. A partner without a file is met with
``generic``, whose every fact is assumed. Nothing here touches a network.

A file may also export the functions of ``outcome.Partner``; then payouts can be made through it
(``runtime_for``). One that also exports ``reports``, a module with the functions of
``outcome.Reports``, has what it reports read as well (``reports_for``). What is long goes into a
folder or a private module beside it, which is loaded only when a payout is made.

| partner | works | what the others lack, besides the functions |
| --- | --- | --- |
| ``fiserv_ddp`` | yes | |
| ``stripe`` | yes | |
| ``adyen`` | no | the status that is final, and whether a look-up by our reference exists |
| ``dwolla`` | no | the error codes that are final |
| ``paypal_payouts`` | no | its batches of many items, which the seam has no request for |
| ``wise`` | no | its quote before a transfer, and a second call that funds it |
| ``generic`` | never | it is nobody's API |
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from payouts.partner_facts import PartnerFacts

if TYPE_CHECKING:
    from payouts.outcome import Partner, Reports

#: The partner nobody has written a file for.
GENERIC = "generic"


class UnknownPartner(LookupError):
    """No file describes a partner with this id; the message names those that have one."""

    def __init__(self, partner_id: str) -> None:
        super().__init__(f"no partner {partner_id!r}; known are {', '.join(partner_ids())}")


class NoRuntime(LookupError):
    """The partner's file holds facts only: it can be designed for, not paid through."""

    def __init__(self, partner_id: str) -> None:
        able = ", ".join(id for id in partner_ids() if _runs(id))
        super().__init__(
            f"no payouts can be made through {partner_id!r}: its file holds facts only; "
            f"those with a runtime are {able}"
        )


class NoReports(LookupError):
    """The partner's file reads no report: what comes in from it has to be entered otherwise."""

    def __init__(self, partner_id: str) -> None:
        able = ", ".join(id for id in partner_ids() if "reports" in _exported(id)) or "none"
        super().__init__(
            f"no report of {partner_id!r} can be read: its file has no reports; those with them: "
            f"{able}"
        )


@cache
def partner_ids() -> tuple[str, ...]:
    """Return the ids of all partners, sorted; reads file names only."""
    return tuple(
        sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem[0] != "_")
    )


@cache
def facts_for(partner_id: str) -> PartnerFacts:
    """Return what is known of one partner, unknown fields ``None``."""
    if partner_id not in partner_ids():
        raise UnknownPartner(partner_id)
    facts = import_module(f"{__name__}.{partner_id}").FACTS
    assert isinstance(facts, PartnerFacts)
    assert facts.id == partner_id, f"{partner_id}.py describes {facts.id}"
    return facts


def runtime_for(partner_id: str) -> Partner:
    """Return the partner through which payouts are made; ``NoRuntime`` where there are only facts.

    >>> runtime_for("fiserv_ddp").FACTS.name
    'Fiserv'
    """
    facts_for(partner_id)
    if not _runs(partner_id):
        raise NoRuntime(partner_id)
    return cast("Partner", import_module(f"{__name__}.{partner_id}"))


def reports_for(partner_id: str) -> Reports:
    """Return the part of a partner that reads its reports; ``NoReports`` where it has none.

    >>> reports_for("fiserv_ddp").SOURCES
    ('fiserv_reporting', 'fiserv_batch_summary')
    """
    facts_for(partner_id)
    if "reports" not in _exported(partner_id):
        raise NoReports(partner_id)
    return cast("Reports", import_module(f"{__name__}.{partner_id}").reports)


def _runs(partner_id: str) -> bool:
    return "request_for" in _exported(partner_id)


def _exported(partner_id: str) -> tuple[str, ...]:
    """Return the names a partner's file offers, without loading what is behind them."""
    return tuple(getattr(import_module(f"{__name__}.{partner_id}"), "__all__", ()))


@cache
def working_facts_for(partner_id: str) -> PartnerFacts:
    """Return one partner's facts with gaps a design cannot do without assumed.

    What is filled in comes from ``generic`` and stays marked *assumed*. What generic itself leaves
    open (a rate limit, for one) stays unknown: no default for it is honest.
    """
    facts, generic = facts_for(partner_id), facts_for(GENERIC)
    gaps = [field.name for field in fields(facts) if getattr(facts, field.name) is None]
    return replace(facts, **{name: getattr(generic, name) for name in gaps})


def find_partners(words: str) -> tuple[tuple[int, int, str], ...]:
    """Return each mention of a partner in the words as start, end and id, in reading order.

    Where two aliases begin at the same place, the longer one is meant.
    """
    found: dict[int, tuple[int, int, str]] = {}
    for alias, partner_id in _aliases():
        flags = re.IGNORECASE if alias == alias.lower() else re.NOFLAG
        # A hyphen before or after makes another word: "cost-Wise", "Stripe-like".
        for match in re.finditer(rf"(?<![\w-]){re.escape(alias)}(?![\w-])", words, flags):
            found.setdefault(match.start(), (*match.span(), partner_id))
    return tuple(found[start] for start in sorted(found))


def find_partner(words: str) -> str | None:
    """Return the id of the partner that is mentioned first, ``None`` where none is.

    >>> find_partner("payouts daily from Fiserv")
    'fiserv_ddp'
    """
    mentions = find_partners(words)
    return mentions[0][2] if mentions else None


@cache
def _aliases() -> tuple[tuple[str, str], ...]:
    """Return every alias with its partner, longest first."""
    pairs = [(alias, id) for id in partner_ids() for alias in facts_for(id).aliases]
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair)))
