"""A value that says where it came from.

Every number that reaches a decision entered the program somewhere: somebody wrote it, a price list
or a vendor's page holds it, a run measured it, or nobody knew and we assumed it. The number alone
forgets that; a ``Fact`` does not. What is assumed is shown to the reader as assumed.

This module stands alone: the runtime that is deployed uses it without the rest of the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Basis(StrEnum):
    """How a value became known, from the strongest to the weakest."""

    STATED = "stated"  #: the person asking wrote it
    READ = "read"  #: read from a file of theirs
    LISTED = "listed"  #: in a vendor's machine-readable price list or API model
    DOCUMENTED = "documented"  #: in a vendor's documentation
    MEASURED = "measured"  #: we ran it
    ASSUMED = "assumed"  #: nobody said; a default that the reader is shown


@dataclass(frozen=True, slots=True)
class Fact(Generic[Value]):
    """One value, where it came from, and on what basis.

    ``source`` is an address, a document with its place, the words of a request, or, where the
    basis is *assumed*, the reason for the default.
    """

    value: Value
    source: str
    basis: Basis

    @property
    def assumed(self) -> bool:
        return self.basis is Basis.ASSUMED


def stated(value: Value, words: str) -> Fact[Value]:
    """Return a fact a person wrote, with the words it was read from."""
    return Fact(value, words, Basis.STATED)


def listed(value: Value, source: str) -> Fact[Value]:
    """Return a fact found in a vendor's price list or API model, with its address."""
    return Fact(value, source, Basis.LISTED)


def documented(value: Value, source: str) -> Fact[Value]:
    """Return a fact found in a vendor's documentation, with its address."""
    return Fact(value, source, Basis.DOCUMENTED)


def assumed(value: Value, why: str) -> Fact[Value]:
    """Return a default, with the reason for it. The reader is shown every one of these."""
    return Fact(value, why, Basis.ASSUMED)
