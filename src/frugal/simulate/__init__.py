"""Trying out: the deployed payout code in a simulated AWS, under faults.

``plan_of`` reads off a candidate what a trial can notice; ``try_out`` runs one trial of it.
"""
