"""Every service file keeps the contract: exact worked numbers, findable meters, sourced limits.

A new file in ``src/frugal/services`` is tested the moment it exists; nothing here names one, except
the table of meters for which no list we hold has a price.
"""

from __future__ import annotations

import ast
import re
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.services import Service, service, service_ids
from frugal.services.lightsail import PLANS as INSTANCE_PLANS
from frugal.services.lightsail import bundle_meter
from frugal.services.lightsail_container import POWERS, node_meter
from frugal.services.lightsail_database import PLANS as DATABASE_PLANS
from frugal.services.lightsail_database import plan_meter
from frugal.services.rds import instance_meter, shape_of, storage_meter

FOLDER = Path(__file__).parents[2] / "src" / "frugal" / "services"
HOME = "us-east-1"
ABROAD = "eu-central-1"

#: Meters nobody has a price for, and why. They must stay unpriced, never $0.
HOLES = {
    ("lambda_durable", "WRITTEN", HOME): "no list or page we hold names a price for data written",
    ("lambda_durable", "WRITTEN", ABROAD): "the same",
    ("lambda_durable", "OPERATIONS", ABROAD): "known second hand, for us-east-1 alone",
    ("eventbridge", "SCHEDULED_RULES", ABROAD): "documented for us-east-1 alone",
    ("data_transfer", "BETWEEN_ZONES", ABROAD): "the usage type was read for us-east-1 alone",
    ("eventbridge", "PARTNER_EVENTS", ABROAD): "its usage type was read for us-east-1 alone",
    ("eventbridge", "CROSS_ACCOUNT", ABROAD): "documented for us-east-1 alone",
    ("eventbridge", "CROSS_ACCOUNT_TARGETS", ABROAD): "documented for us-east-1 alone",
    ("sqs", "FAIR", ABROAD): "its usage type was read for us-east-1 alone",
    ("ec2", "THROUGHPUT", HOME): "EBS was read for us-east-1 as gp3 storage alone",
    ("ec2", "THROUGHPUT", ABROAD): "EBS was read for us-east-1 and eu-west-1 alone",
    ("ec2", "SNAPSHOT_STANDARD", HOME): "the same",
    ("ec2", "SNAPSHOT_STANDARD", ABROAD): "the same",
    ("ec2", "GP3", ABROAD): "EBS was read for us-east-1 and eu-west-1 alone",
    ("dsql", "DPUS", ABROAD): "not in AWS's list of 2025-05-27 for this Region",
    ("dsql", "STORAGE", ABROAD): "not in AWS's list of 2025-05-27 for this Region",
}

#: The same for services with many: EBS and S3's classes, both in the Regions tested here.
_EBS = "EBS was read for eu-west-1 alone, but for gp3's storage"
_DEEP_ARCHIVE = "the list names no Deep Archive storage or PUT"
_EXPRESS = "Express One Zone was read for us-east-1 alone"
HOLES |= {
    **{
        ("ebs", name, region): _EBS
        for region in (HOME, ABROAD)
        for name in (
            *(f"IO2_IOPS.{tier}" for tier in ("io2", "io2.tier2", "io2.tier3")),
            "MAGNETIC_IO",
            "ARCHIVED_SNAPSHOTS",
            "ARCHIVE_RETRIEVALS",
        )
    },
    **{
        ("s3", f"{name}.glacier_deep_archive", region): _DEEP_ARCHIVE
        for region in (HOME, ABROAD)
        for name in ("STORAGE", "PUTS")
    },
    **{
        ("s3", f"{name}.express_one_zone", ABROAD): _EXPRESS
        for name in ("STORAGE", "PUTS", "GETS", "RETRIEVALS")
    },
    ("s3", "EXPRESS_UPLOADS", ABROAD): _EXPRESS,
    ("route53", "CHECKS_AWS", HOME): "free up to fifty, but the list has no range for either price",
    ("route53", "CHECKS_AWS", ABROAD): "the same",
}

RDS_CLASSES = tuple(
    f"db.{family}.{size}"
    for family, sizes in (
        ("t3", ("micro", "small", "medium", "large", "xlarge", "2xlarge")),
        ("t4g", ("micro", "small", "medium", "large", "xlarge", "2xlarge")),
        ("m6g", ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")),
        ("m7g", ("large", "xlarge", "2xlarge")),
        ("m6i", ("large", "xlarge", "2xlarge")),
        ("r7g", ("large", "xlarge", "2xlarge", "16xlarge")),
    )
    for size in sizes
)


def module_of(found: Service) -> ModuleType:
    return sys.modules[type(found).__module__]


def meters_of(service_id: str) -> dict[str, Meter]:
    """Return the meters a service file defines itself, by the name of their constant."""
    module = module_of(service(service_id))
    tree = ast.parse((FOLDER / f"{service_id}.py").read_text(encoding="utf-8"))
    names = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    found: dict[str, Meter] = {}
    for name in names:
        value = getattr(module, name)
        if isinstance(value, Meter):
            found[name] = value
        elif isinstance(value, dict):
            found |= {f"{name}.{k}": v for k, v in value.items() if isinstance(v, Meter)}
    return found


ALL_METERS = [
    (service_id, name, region, meter)
    for service_id in service_ids()
    for name, meter in meters_of(service_id).items()
    for region in (HOME, ABROAD)
]


@pytest.mark.parametrize("service_id", service_ids())
def test_a_service_introduces_itself(service_id: str) -> None:
    """A file is called as its service calls itself, and opens by saying how AWS bills it."""
    found = service(service_id)
    words = module_of(found).__doc__ or ""
    assert found.id == service_id
    assert found.name
    assert len(words.split()) > 30, "say what it is and how it is billed"
    if found.offer:
        assert "Billed" in words or "billed" in words
        assert "Worked number" in words
        assert found.examples, "a billed service has a worked number that is recomputed"
        assert found.category


@pytest.mark.parametrize("service_id", [id for id in service_ids() if service(id).examples])
def test_worked_numbers_are_exact(service_id: str) -> None:
    """The worked number of a file is what the price list says, to the last digit, and in words."""
    found = service(service_id)
    words = module_of(found).__doc__ or ""
    for example in found.examples:
        cost = sum(
            (
                open_snapshot().find(meter, example.region).without_allowance().cost(quantity)
                for meter, quantity in example.quantities
            ),
            Decimal(0),
        )
        assert cost == example.cost
        assert f"${example.cost}" in words, f"the docstring does not say ${example.cost}"


@pytest.mark.parametrize(
    ("service_id", "name", "region", "meter"), ALL_METERS, ids=lambda value: str(value)[:40]
)
def test_meters_are_found(service_id: str, name: str, region: str, meter: Meter) -> None:
    """Each meter has exactly one price here and abroad, or stands in the table of holes."""
    hole = (service_id, name, region) in HOLES
    assert open_snapshot().has(meter, region) is not hole
    if not hole:
        assert open_snapshot().find(meter, region).first_paid_usd >= 0


def test_holes_name_meters_that_exist() -> None:
    """The table of holes holds nothing that was renamed or removed."""
    there = {(service_id, name, region) for service_id, name, region, _ in ALL_METERS}
    assert set(HOLES) <= there


@pytest.mark.parametrize("instance_class", RDS_CLASSES)
def test_database_classes_are_what_the_list_says(instance_class: str) -> None:
    """vCPUs and memory of a class, worked out from its name, are those of AWS's own list."""
    shape = shape_of(instance_class)
    assert shape is not None
    for multi_az in (False, True):
        for region in (HOME, ABROAD):
            price = open_snapshot().find(instance_meter(instance_class, multi_az=multi_az), region)
            assert price.first_paid_usd > 0
            assert f"vCPU: {shape.vcpus}," in price.attributes
            assert f"Memory: {shape.memory_gib} GiB" in price.attributes
    one = open_snapshot().find(storage_meter(multi_az=False), HOME)
    two = open_snapshot().find(storage_meter(multi_az=True), HOME)
    assert two.first_paid_usd == one.first_paid_usd * 2


@pytest.mark.parametrize(
    "instance_class", ["", "db", "db.t4g", "t4g.micro", "db.z1.huge", "db.t.x"]
)
def test_a_class_nobody_knows_has_no_shape(instance_class: str) -> None:
    """What is not understood is unknown, not a small machine."""
    assert shape_of(instance_class) is None


@pytest.mark.parametrize("price", INSTANCE_PLANS)
@pytest.mark.parametrize("region", [HOME, ABROAD])
def test_instance_plans_cost_what_they_are_called(price: Decimal, region: str) -> None:
    """744 hours of a plan are its monthly price to within a cent, with and without IPv4."""
    plan = INSTANCE_PLANS[price]
    for ipv6_only, monthly in ((False, price), (True, plan.ipv6_only_usd)):
        rate = open_snapshot().find(bundle_meter(plan, ipv6_only=ipv6_only), region)
        assert abs(rate.first_paid_usd * 744 - monthly) < Decimal("0.015")


@pytest.mark.parametrize("price", DATABASE_PLANS)
@pytest.mark.parametrize("region", [HOME, ABROAD])
def test_database_plans_cost_what_they_are_called(price: Decimal, region: str) -> None:
    """744 hours of a managed database are its plan's price, and twice that with a standby."""
    for high, monthly in ((False, price), (True, price * 2)):
        meter = plan_meter(DATABASE_PLANS[price], high_availability=high)
        rate = open_snapshot().find(meter, region).first_paid_usd
        assert abs(rate * 744 - monthly) < Decimal("0.02")


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("region", [HOME, ABROAD])
def test_container_powers_are_listed(power: str, region: str) -> None:
    """Every power of a container node has a price, and more power costs more."""
    prices = [open_snapshot().find(node_meter(p), region).first_paid_usd for p in POWERS]
    assert prices == sorted(prices)
    assert open_snapshot().has(node_meter(power), region)


def test_allowances_are_free_amounts_of_found_meters() -> None:
    """An allowance is positive, has a source, and is of meters that have a price; ids differ."""
    every = [allowance for id in service_ids() for allowance in service(id).allowances]
    assert len({allowance.id for allowance in every}) == len(every)
    for allowance in every:
        assert allowance.quantity > 0
        assert allowance.source
        assert all(open_snapshot().has(meter, HOME) for meter in allowance.meters)


def test_words_for_a_service_mean_one_service() -> None:
    """A word a part is excluded by is a plain one, and no other service's id but a relative's."""
    ids = set(service_ids())
    for id in service_ids():
        for word in service(id).known_as:
            assert re.fullmatch(r"[a-z0-9_]+", word)
            if word in ids - {id}:  # a family: who says EventBridge may mean its scheduler
                assert service(word).offer == service(id).offer
