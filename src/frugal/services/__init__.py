"""The services: one file each, found by scanning this folder.

``service("sqs")`` loads one; ``service_ids()`` names all; ``why_unpriced("firehose")`` says why a
thing that AWS sells and no file prices has no price here. Nothing outside a service's own file
knows how it bills, what limits it has or which IAM actions reach it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from frugal.services.no_charge import no_charge_types
from frugal.services.no_price import unpriced_names, why_unpriced
from frugal.services.resource import (
    Declared,
    NoCharge,
    NoPrice,
    NotKnown,
    Reference,
    Resource,
    Siblings,
    Unknown,
)
from frugal.services.service import (
    Alarm,
    Allowance,
    Example,
    Failure,
    Habit,
    Hidden,
    Margin,
    Part,
    Row,
    Service,
    Statement,
    Unsaid,
    Usage,
    WorstUse,
)

__all__ = [
    "Alarm",
    "Allowance",
    "Declared",
    "Example",
    "Failure",
    "Habit",
    "Hidden",
    "Margin",
    "NoCharge",
    "NoPrice",
    "NotKnown",
    "Part",
    "Reference",
    "Resource",
    "Row",
    "Service",
    "Siblings",
    "Statement",
    "Unknown",
    "Unsaid",
    "Usage",
    "WorstUse",
    "no_charge_types",
    "resource_types",
    "service",
    "service_ids",
    "unpriced_names",
    "why_unpriced",
    "worst_assumptions",
]


#: Files of this folder that are not services: the base, what several of them reckon with, and the
#: table of what has no price.
_NOT_SERVICES = {
    "__init__",
    "alarm_rules",
    "function_specification",
    "function_time",
    "in_time",
    "lambda_declared",
    "no_charge",
    "no_price",
    "resource",
    "schedule_rate",
    "service",
    "worst_day",
    "worst_out",
}


@cache
def service_ids() -> tuple[str, ...]:
    """Return the id of every service file, sorted."""
    folder = Path(__file__).parent
    return tuple(
        sorted(file.stem for file in folder.glob("*.py") if file.stem not in _NOT_SERVICES)
    )


@cache
def resource_types() -> dict[str, str]:
    """Return each type of a template's resource that a service file reads, with the file's id."""
    found: dict[str, str] = {}
    for id in service_ids():
        for name in service(id).resource_types:
            assert name not in found, f"{found[name]} and {id} both read {name}"
            found[name] = id
    return found


@cache
def service(service_id: str) -> Service:
    """Return the service of that id; an unknown id is a mistake of ours."""
    assert service_id in service_ids(), f"no service file {service_id!r}"
    found = import_module(f"{__name__}.{service_id}").SERVICE
    assert isinstance(found, Service)
    assert found.id == service_id, f"{service_id}.py calls itself {found.id!r}"
    return found


def worst_assumptions() -> tuple[str, ...]:
    """Return what the bounds of a worst day rest on and nobody documents, in sentences."""
    from frugal.services.worst_day import ASSUMED

    return ASSUMED
