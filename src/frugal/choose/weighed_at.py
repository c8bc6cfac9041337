"""The choice at one value of an input, weighed there with numbers.

A landscape knows which pattern is the choice at any value; its curves may lie a step above the
truth where a staircase is long. So the cheapest few candidates of that pattern are weighed once
more at the value itself, every limit included.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.choose.ground import Ground
from frugal.choose.landscape import Landscape
from frugal.choose.weighing import Weighed, weigh
from frugal.patterns import pattern

#: Candidates weighed where curves are not exact, from the cheapest up.
_WEIGHED = 3


def weighed_at(ground: Ground, landscape: Landscape, x: Decimal) -> Weighed | None:
    """Return the choice at ``x``; None where nothing is feasible."""
    assert landscape.input.put is not None
    chosen = landscape.choice_at(x)
    if chosen is None:
        return None
    scene, own = landscape.input.put(ground.scene, x), pattern(chosen)
    pricer, own_faults = ground.pricer_in(scene), ground.own_faults_in(scene)
    best: Weighed | None = None
    for one in landscape.upwards(chosen, x)[:_WEIGHED]:
        candidate = own.candidate(scene, dict(one.weighed.candidate.settings))
        again = weigh(candidate, scene, pricer, own_faults)
        if again.feasible and (best is None or again.cost < best.cost):
            best = again
        if best is not None and best.cost == landscape.best(chosen, x):
            break  # the curve is exact here, so nobody is cheaper
    assert best is not None, f"{chosen} is the choice at {x} {landscape.input.unit}; it breaks"
    return best
