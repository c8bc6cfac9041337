"""The deployed core in a simulated world: seeded time, store, network, partner and bad luck.

Everything here is deterministic: the same seed gives the same run, byte for byte, so that a failure
found once can be had again. ``python -m payouts.simulation`` needs the standard library only.
"""
