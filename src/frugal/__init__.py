"""frugal: an integration architect for AWS.

Someone says what they must integrate; frugal answers with the cheapest design that keeps every
promise, priced to the cent from AWS's list prices, with the reasons. ``frugal.pipeline`` is the
whole line, short enough to read at once.
"""
