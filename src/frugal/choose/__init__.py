"""Choosing: the cheapest design that keeps every promise, and the reasons against all others.

``choose`` weighs every candidate (checks with their numbers, then exact prices), applies the rule
of preference, and works out what would change the answer: break-evens, ceilings and flips, solved
on the same formulas that price.
"""

from frugal.choose.stage import choose

__all__ = ["choose"]
