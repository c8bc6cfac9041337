"""Payout partners, one file each. A file exports ``FACTS``; its name is the partner's id.

To add a partner, add a file: it is found by being here. A partner without a file is met with
``generic``, whose every fact is assumed. Nothing here touches a network.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path

from payouts.partner_facts import PartnerFacts

#: The partner nobody has written a file for.
GENERIC = "generic"


class UnknownPartner(LookupError):
    """No file describes a partner with this id; the message names those that have one."""

    def __init__(self, partner_id: str) -> None:
        super().__init__(f"no partner {partner_id!r}; known are {', '.join(partner_ids())}")


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
