"""Read a request: plain words in, a Brief and the Stack the words mention out.

Deterministic: no model, no network, no clock. Matchers run in a fixed order, from the words that
can mean only one thing (a Region's id) to those that can mean many (a bare number); each claims
the words it used, so a word is read once. What nothing claims is listed as not understood. Text
is data: words that sound like an order to us are words we do not understand.
"""

from __future__ import annotations

from frugal.model.brief import Brief, Clause, Value
from frugal.model.errors import BadRequest
from frugal.model.stack import Stack
from frugal.read.amounts import find_amounts
from frugal.read.assemble import brief_of
from frugal.read.assemble_stack import stack_of
from frugal.read.clauses import clauses_of
from frugal.read.corrections import CORRECTION, find_corrections, take_back
from frugal.read.findings import OTHER, Findings
from frugal.read.growth import find_growth, find_multiples
from frugal.read.intent import (
    KIND,
    RequestKind,
    compared,
    find_intent,
    find_subjects,
    kind_of,
)
from frugal.read.numbers import quantities
from frugal.read.partner_words import find_partner, find_terms
from frugal.read.places import BY_ID, find_places, unknown_region
from frugal.read.stack_parts import find_parts
from frugal.read.stack_sizes import find_sizes
from frugal.read.times import find_durations, find_times
from frugal.read.volume import find_rates
from frugal.read.words import Words


class Reading(Value, frozen=True, kw_only=True):
    """What a request came to."""

    brief: Brief
    stack: Stack
    kind: RequestKind
    compared: tuple[str, ...] = ()  #: the parts a comparison or price question is about

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return self.brief.clauses

    @property
    def not_understood(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.brief.clauses if not clause.understood)


def read(text: str, *, region: str | None = None) -> Reading:
    """Read a request.

    Args:
        text: the person's words, at most ``CHARACTERS_MAX`` of them.
        region: a Region's id that wins over the one in the words.

    Raises:
        BadRequest: the text is empty, binary, huge or nonsense, or contradicts itself.
    """
    if region is not None and region not in BY_ID:
        raise unknown_region(region)
    findings = find(Words(text.strip()))  # a file ends in a newline, a request does not
    nothing = {KIND.name, CORRECTION.name, OTHER.name}
    if not any(one.topic.name not in nothing and not one.dropped for one in findings.found):
        raise BadRequest(
            "no word of this is understood",
            where="request",
            hint="Say how many payouts, through which partner, on which stack",
        )
    kind = kind_of(findings)
    subjects = compared(findings) if kind in {"compare", "price"} else ()
    stack = stack_of(findings)
    brief = brief_of(findings, (), region)
    brief = _with_clauses(brief, clauses_of(findings))
    return Reading(brief=brief, stack=stack, kind=kind, compared=subjects)


def find(words: Words) -> Findings:
    """Run every matcher over the words, in order."""
    findings = Findings(words)
    numbers = tuple(one for one in quantities(words) if one.high)  # nothing is counted in zeros
    find_corrections(findings)
    find_times(findings)
    find_partner(findings)
    find_terms(findings, numbers)
    find_sizes(findings, numbers)
    find_amounts(findings, numbers)
    find_durations(findings, numbers)
    find_growth(findings, numbers)
    find_multiples(findings, numbers)
    find_rates(findings, numbers)
    find_places(findings)
    find_parts(findings)
    find_intent(findings)
    find_subjects(findings)
    take_back(findings)
    return findings


def _with_clauses(brief: Brief, clauses: tuple[Clause, ...]) -> Brief:
    """Add the clauses last: settling corrections changes what became of the words."""
    from msgspec.structs import replace

    return replace(brief, clauses=clauses)
