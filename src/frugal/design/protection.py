"""Encryption of every part and link, and how far a compliance regime reaches.

What an assessor decides is theirs: the document says what is and is not kept here, calls its
conclusion an assumption, and says whom to ask.
"""

from __future__ import annotations

from frugal.design.draft import Draft
from frugal.design.partner_rules import name_of
from frugal.model.document import Block, Bullets, Heading, Table, Text

#: Words in a stated regime that mean card data.
_CARD_REGIMES = ("pci",)
_PERSONAL_REGIMES = ("gdpr", "ccpa", "lgpd", "hipaa")


def encryption(draft: Draft) -> tuple[Block, ...]:
    """Return both tables: what is kept, and what travels."""
    at_rest = tuple(
        (component.id, component.encryption_at_rest)
        for component in draft.components
        if component.encryption_at_rest
    )
    in_transit = tuple(
        (f"{flow.source} → {flow.target}", flow.path, flow.encryption_in_transit)
        for flow in draft.flows
    )
    return (
        Heading(words="Encryption"),
        Table(columns=("At rest", "How"), rows=at_rest, caption="At rest"),
        Table(
            columns=("Link", "Path", "In transit"), rows=in_transit, caption="In transit, per link"
        ),
        Text(
            words="No customer-managed key: the AWS-managed ones encrypt the same and cost "
            "nothing a month. A rule that says who may hold the key would change that; none was "
            "stated."
            if not _customer_key(draft)
            else "The customer-managed key is there because it was asked for."
        ),
    )


def _customer_key(draft: Draft) -> bool:
    return any(line.pricing_unit == "Keys" for line in draft.decision.chosen.estimate.lines)


def compliance(draft: Draft) -> tuple[Block, ...]:
    """Return what is kept, what that means for the regimes named, and where data may live."""
    brief = draft.brief
    named = tuple(fact.value for fact in brief.compliance)
    name = name_of(draft)
    regimes = " ".join(named).lower()
    items = [
        "**What is kept:** the partner's tokens or payee ids, amounts, references, statuses, "
        "times, and hashes of what was sent and answered. No card number, no account number, no "
        "message body; an account number offered to the ledger is refused.",
        "**Card data (PCI "
        f"DSS){'' if _about(regimes, _CARD_REGIMES) else ', not named in the request'}:** payees' "
        f"cards and accounts are enrolled with {name} before and outside this design, so no part "
        "of it stores, processes or transmits a card number. We assume that keeps these parts out "
        "of the cardholder-data environment. Your assessor decides that; and whatever page enrols "
        "the cards stays in scope.",
        f"**Personal data{_said(regimes, _PERSONAL_REGIMES)}:** a payee's id and amounts are "
        "personal data. Logs hold ids only and expire; the ledger keeps what your books must keep.",
        _residency(draft),
    ]
    others = tuple(
        words for words in named if not _about(words.lower(), _CARD_REGIMES + _PERSONAL_REGIMES)
    )
    items += [
        f"**{words}:** named in the request; nothing here is known to stand against it, and "
        "nothing here proves it either: take sections 4 and 6 to whoever certifies you."
        for words in others
    ]
    if not named:
        items.append(
            "**Other regimes:** none was named, so none was designed for. That is an assumption."
        )
    return (Heading(words="Compliance scope"), Bullets(items=tuple(items)))


def _residency(draft: Draft) -> str:
    region, asked = draft.decision.region, draft.brief.residency
    ruled = f" Asked for: {asked.value}." if asked else " No rule on residency was stated."
    return (
        f"**Where data lives:** every new part is in {region}, and what you have is taken to be "
        f"there too.{ruled} What leaves is what "
        f"{name_of(draft)} is sent; where it keeps that is for its contract to say."
    )


def _about(words: str, regimes: tuple[str, ...]) -> bool:
    return any(regime in words for regime in regimes)


def _said(words: str, regimes: tuple[str, ...]) -> str:
    found = tuple(regime.upper() for regime in regimes if regime in words)
    return f" ({', '.join(found)})" if found else ""
