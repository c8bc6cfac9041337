"""Pricing: usage read off a graph, priced exactly from AWS's list, with its evidence.

``usage_of`` walks a candidate; ``Pricer`` turns usage into money, with every free allowance off
(what ranks) or on (what is shown beside it). The same code prices an open input into a curve.

A month described in plain words (a usage file, a question) needs no graph: ``price.sources`` reads
it, ``price.bill`` prices it.
"""
