"""What designs pay for without anybody having decided to, priced on this design, unasked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design.draft import HiddenCost
from frugal.design.repricing import changed, list_added
from frugal.model.decision import Option
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.price.usage import parts_of
from frugal.services import service, service_ids


def hidden_costs_of(option: Option, scene: Scene, pricer: Pricer) -> tuple[HiddenCost, ...]:
    """Return every service's hidden costs, by what they are for, the dearest first."""
    found = sorted(
        _priced(option, scene, pricer),
        key=lambda cost: (cost.topic, -(cost.monthly or Decimal(0)), cost.what),
    )
    return tuple(found)


def _priced(option: Option, scene: Scene, pricer: Pricer) -> Iterator[HiddenCost]:
    parts = tuple(parts_of(option.candidate, scene))
    for service_id in service_ids():
        for hidden in service(service_id).hidden(parts):
            with_it = changed(option.candidate, hidden.parts, hidden.links)
            there = list_added(with_it, scene, pricer)
            monthly = None if there is None else there - option.list_monthly
            if hidden.paid_by and not monthly:
                # It is in the design already, so putting it there again changes nothing.
                lines = option.estimate.lines
                monthly = sum(
                    (line.list_cost for line in lines if line.placement == hidden.paid_by),
                    Decimal(0),
                )
            yield HiddenCost(
                topic=hidden.topic,
                what=hidden.what,
                monthly=monthly,
                comes_with=hidden.comes_with,
                avoided_by=hidden.avoided_by,
                paid_by=hidden.paid_by,
            )
