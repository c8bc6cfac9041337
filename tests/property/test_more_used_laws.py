"""Laws of what plain words come to, for the services that are priced without a design.

Whoever says more of anything never pays less, unless saying more of it is how one pays less.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.services import Unsaid, service

#: EBS has most of its prices here, Express One Zone and Lightsail's plans in the other.
REGIONS = ("eu-west-1", "us-east-1")
HOURS = Decimal(730)
SERVICES = (
    "app_runner",
    "classic_load_balancer",
    "ebs",
    "ecr",
    "gateway_load_balancer",
    "kinesis",
    "lightsail_bucket",
    "lightsail_distribution",
    "network_load_balancer",
    "pipes",
    "route53",
    "s3",
    "xray",
)
#: More of these costs less: more events share a request, more objects have grown cold.
CHEAPER = {
    ("pipes", "batch_size"),
    ("s3", "infrequent_access_gb"),
    ("s3", "archive_instant_access_gb"),
}
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)


@cache
def kinds(service_id: str) -> dict[str, Any]:
    found = service(service_id).inputs
    assert found is not None
    return get_type_hints(found)


def is_amount(kind: Any) -> bool:
    return kind is Decimal or Decimal in get_args(kind)


@st.composite
def said(draw: st.DrawFn, service_id: str) -> dict[str, Any]:
    """Some of the inputs of a service, each an amount, a choice of its own, or a yes or no."""
    chosen: dict[str, Any] = {}
    for name, kind in kinds(service_id).items():
        if not draw(st.booleans()):
            continue
        if is_amount(kind):
            chosen[name] = draw(AMOUNTS)
        elif kind is bool:
            chosen[name] = draw(st.booleans())
        else:
            chosen[name] = draw(st.sampled_from(get_args(kind)))
    return chosen


def used(service_id: str, words: dict[str, Any]) -> dict[Meter, Decimal]:
    found = service(service_id)
    assert found.inputs is not None
    total: dict[Meter, Decimal] = {}
    for row in found.used(found.inputs(**words), HOURS):
        if not isinstance(row, Unsaid):
            assert isinstance(row.quantity, Decimal)
            total[row.meter] = total.get(row.meter, Decimal(0)) + row.quantity
    return total


def cost(quantities: dict[Meter, Decimal], region: str) -> tuple[Decimal, dict[Meter, Decimal]]:
    """Return the list cost of what is priced in a Region, and what is not."""
    prices = open_snapshot()
    unpriced = {meter: q for meter, q in quantities.items() if not prices.has(meter, region)}
    priced = sum(
        (
            prices.find(meter, region).without_allowance().cost(quantity)
            for meter, quantity in quantities.items()
            if meter not in unpriced
        ),
        Decimal(0),
    )
    return priced, unpriced


RAISED = [
    (service_id, name)
    for service_id in SERVICES
    for name, kind in kinds(service_id).items()
    if is_amount(kind) and (service_id, name) not in CHEAPER
]


@pytest.mark.parametrize(("service_id", "name"), RAISED)
@settings(max_examples=30)
@given(data=st.data())
def test_more_use_never_costs_less(service_id: str, name: str, data: st.DataObject) -> None:
    """Raising one amount lowers neither the cost nor any quantity that has no price."""
    words = data.draw(said(service_id))
    words.setdefault(name, data.draw(AMOUNTS))
    more = {**words, name: words[name] + data.draw(AMOUNTS)}
    for region in REGIONS:
        before, lacking_before = cost(used(service_id, words), region)
        after, lacking_after = cost(used(service_id, more), region)
        assert after >= before
        assert all(lacking_after.get(meter, 0) >= q for meter, q in lacking_before.items())


@pytest.mark.parametrize(("service_id", "name"), sorted(CHEAPER))
def test_what_may_cost_less_is_still_an_input(service_id: str, name: str) -> None:
    """The table of exceptions names nothing that was renamed."""
    assert is_amount(kinds(service_id)[name])


@pytest.mark.parametrize("service_id", SERVICES)
@settings(max_examples=60)
@given(data=st.data())
def test_no_use_is_negative(service_id: str, data: st.DataObject) -> None:
    """Whatever is said, no meter runs backwards."""
    assert all(amount >= 0 for amount in used(service_id, data.draw(said(service_id))).values())
