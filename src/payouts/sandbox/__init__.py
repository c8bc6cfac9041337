"""A double of Fiserv that keeps its own books of what was really paid: the judge of every test.

It was written from the partner's documents, apart from the client in ``payouts.partners``, and
imports nothing of it: two readings that agree say more than one reading that agrees with itself.
All of it is pure. Time is an argument, chance one seeded generator; ``payouts.io`` serves it.
"""
