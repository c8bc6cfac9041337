"""What the partner allows for a payout in doubt, and how it is called; several sections ask.

The figures are the partner's own, read from its facts; what the request stated wins. Where the
partner states none they are ours, assumed, and said to be.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.design.draft import Draft
from frugal.design.figures import quoted
from frugal.model.brief import Value
from payouts.facts import Fact
from payouts.partner_facts import PartnerFacts
from payouts.partners import working_facts_for

#: Sends stop this long before the partner stops recognising a repeat: clocks differ, and a request
#: may be under way for minutes. Ours.
WINDOW_MARGIN_HOURS = Decimal(1)
#: Letters and digits of a key. The shortest limit known of any partner here is 32; a UUID with its
#: hyphens has 36. Ours.
KEY_CHARACTERS = 26


class Patience(Value, frozen=True, kw_only=True):
    """How an unknown payout is resolved: when it is looked up, and when it may be sent again."""

    first_lookup_minutes: Fact[Decimal]
    lookup_interval_minutes: Fact[Decimal]
    lookups_max: Fact[int]
    sends_max: int  #: the first one included
    last_send_hours: Decimal  #: after the first
    sends_basis: Fact[int]
    window_basis: Fact[Decimal]

    @property
    def assumed(self) -> bool:
        return any(
            fact.assumed
            for fact in (
                self.first_lookup_minutes,
                self.lookup_interval_minutes,
                self.lookups_max,
                self.sends_basis,
                self.window_basis,
            )
        )


def partner_facts(draft: Draft) -> PartnerFacts:
    """Return what is known of the partner; gaps a design cannot do without are assumed."""
    return working_facts_for(draft.brief.partner.id.value)


def name_of(draft: Draft) -> str:
    """Return the partner's name as it stands inside a sentence. It may be anybody's words."""
    return quoted(draft.brief.partner.name.value, 40)


def opening(draft: Draft) -> str:
    """Return the partner's name as it opens a sentence."""
    name = name_of(draft)
    return name[:1].upper() + name[1:]


def resends(draft: Draft) -> bool:
    """Return whether a payout in doubt may be sent again at all.

    Only where the partner's own documents, or the person asking, say how a repeat is recognised.
    An assumption is not enough to risk paying twice.
    """
    theirs = partner_facts(draft).idempotency
    return theirs is not None and not theirs.assumed


def patience(draft: Draft) -> Patience:
    """Return the partner's rules for a payout in doubt; what the request stated wins."""
    terms, facts = draft.brief.partner, partner_facts(draft)
    interval = terms.lookup_interval_minutes or facts.lookup_interval_minutes
    first = facts.lookup_wait_minutes
    assert interval is not None, "the generic partner fills every gap"
    assert first is not None, "the generic partner fills every gap"
    return Patience(
        first_lookup_minutes=first,
        lookup_interval_minutes=interval,
        lookups_max=terms.lookups_max,
        sends_max=max(1, terms.send_retries_max.value),
        last_send_hours=max(Decimal(0), terms.send_window_hours.value - WINDOW_MARGIN_HOURS),
        sends_basis=terms.send_retries_max,
        window_basis=terms.send_window_hours,
    )
