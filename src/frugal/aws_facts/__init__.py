"""AWS's limits and behaviours, each with the page that says so.

A check that rejects a design names a number: a function ends at 900 s, an API destination hangs
up after 5 s. Those numbers live here and nowhere else, so that each can say where it was read and
a reader can go and look. A limit whose default AWS raises on request is *adjustable*: confirm it
in Service Quotas before leaning on it.

    >>> limit("lambda-timeout-max-seconds").number
    Decimal('900')

``data/facts.json`` is written by ``tools/import_aws_facts.py``; it is read on the first question.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from frugal.model.brief import Value
from payouts.facts import Basis, Fact

_DATA = Path(__file__).with_name("data") / "facts.json"


class Limit(Value, frozen=True, kw_only=True):
    """One limit or behaviour of one AWS service.

    ``value`` is text as written, because about half of the facts are words ("at least once");
    a number is read through ``number``, exactly.
    """

    id: str
    service: str
    what: str
    value: str
    numeric: bool
    unit: str | None
    adjustable: bool | None  #: can the default be raised; ``None``: no quota, or AWS does not say
    region_dependent: bool
    source: str  #: an address or repository:path; opens with "second hand" where it is not AWS's
    read: str  #: when, and in which copy, the page was read
    confidence: Literal["high", "medium", "low"]
    basis: Basis  #: in an API model, on a page, or *assumed*: known only through somebody else

    @property
    def number(self) -> Decimal:
        """The value as an exact number; asking it of words is a bug of ours."""
        assert self.numeric, f"{self.id} is {self.value!r}, not a number"
        return Decimal(self.value)

    @property
    def fact(self) -> Fact[Decimal | str]:
        """The value as a Fact, a number where it is one."""
        return Fact(self.number if self.numeric else self.value, self.source, self.basis)

    @property
    def number_fact(self) -> Fact[Decimal]:
        """The value as a Fact of a number."""
        return Fact(self.number, self.source, self.basis)


class Unconfirmed(Value, frozen=True, kw_only=True):
    """Something we looked for in AWS's pages and did not find: never to be stated as known."""

    what: str
    looked_for: str


class _File(Value, frozen=True, kw_only=True):
    schema: int
    facts: tuple[Limit, ...]
    unconfirmed: tuple[Unconfirmed, ...]


@cache
def _file() -> _File:
    return msgspec.json.decode(_DATA.read_bytes(), type=_File)


@cache
def _by_id() -> dict[str, Limit]:
    return {fact.id: fact for fact in _file().facts}


def limit(id: str) -> Limit:
    """Return the limit with this id. An unknown id is a bug of ours, not of the request."""
    facts = _by_id()
    assert id in facts, f"no AWS fact {id!r} in {_DATA.name}"
    return facts[id]


def limits() -> tuple[Limit, ...]:
    """Return every limit, in the order of the data file."""
    return _file().facts


def unconfirmed() -> tuple[Unconfirmed, ...]:
    """Return what was looked for in AWS's pages and not found."""
    return _file().unconfirmed


def source_line(id: str) -> str:
    """Return one line for the document's list of sources: what, how much, and where it says so."""
    found = limit(id)
    amount = f"{found.value} {found.unit}" if found.unit else found.value
    notes = [str(found.basis)]
    if found.adjustable:
        notes.append("the default; it can be raised")
    if found.region_dependent:
        notes.append("differs by Region")
    return (
        f"{found.service}: {found.what.rstrip('.')}: {amount} ({'; '.join(notes)}). {found.source}"
    )
