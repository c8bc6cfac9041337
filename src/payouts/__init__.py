"""The runtime that makes payouts: deployed alone, it knows nothing of the architect beside it.

What is here is real, typed and tested code, not a template. ``facts`` and ``money`` are its two
words for what is true; ``partners`` says how each payout partner behaves.
"""
