"""What can go wrong because of the request or the world, each with a name for the situation.

Bugs of ours are asserts; truths about the user's system (a finding, a rejection) are values. Only
what stops the run is raised, and it says *what*, *where* and *what to do*.
"""

from __future__ import annotations


class FrugalError(Exception):
    """The run cannot go on; ``exit_code`` is what the command line returns.

    Args:
        what: the trouble, one clause.
        where: the file, line, words or name it is about.
        hint: what to do.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.hint}" if self.hint else text


class BadRequest(FrugalError):
    """The words, or a file the user gave, cannot be used."""


class NothingFeasible(FrugalError):
    """No candidate keeps every promise; says which number binds, and the nearest demand."""

    exit_code = 3


class Unpriced(FrugalError):
    """A part without a price, where the caller asked for none (``--strict``)."""

    exit_code = 4


class PriceNotFound(FrugalError):
    """No row of the price list answers a query."""

    exit_code = 4


class PriceAmbiguous(FrugalError):
    """Several rows of the price list answer a query; the message names their SKUs."""

    exit_code = 4
