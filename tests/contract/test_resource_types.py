"""Every type of resource a service file reads, from CloudFormation and from Terraform alike.

A case describes one part of a stack three times: as CloudFormation's resources, as Terraform's, and
as entries of a usage file. All three must come to the same lines: SKU, quantity and cost.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from frugal.price.bill import Bill, price_described
from frugal.price.sources import described
from frugal.price_list.lookup import open_snapshot
from frugal.services import no_charge_types, resource_types

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "samples" / "templates" / "resource_types.yaml").read_text("utf-8")
)


def priced(folder: Path, template: object, said: object) -> Bill:
    """Price a template with a usage file beside it."""
    files = [folder / "template.json"]
    files[0].write_text(json.dumps(template), encoding="utf-8")
    if said:
        files.append(folder / "said.yaml")
        files[1].write_text(json.dumps({"resources": said}), encoding="utf-8")
    return price_described(described(files), open_snapshot())


def lines(bill: Bill) -> list[tuple[str, Decimal, Decimal]]:
    """Return what a bill comes to, whatever the parts are called; nothing used is no line."""
    places = Decimal("0.000001")
    return sorted(
        (line.sku_id, line.used_quantity.quantize(places), line.list_cost.quantize(places))
        for line in bill.billed_lines
        if line.used_quantity
    )


def cloudformation(case: dict[str, Any]) -> object:
    return {"Resources": case["cloudformation"]}


def plan(case: dict[str, Any]) -> object:
    resources = []
    for address, values in case["terraform"].items():
        kind, name = address.split(".")
        resources.append(
            {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}
        )
    return {"format_version": "1.2", "planned_values": {"root_module": {"resources": resources}}}


@pytest.mark.parametrize("form", [cloudformation, plan])
@pytest.mark.parametrize("name", CASES)
def test_a_template_comes_to_what_its_usage_file_does(name: str, form: Any, tmp_path: Path) -> None:
    """The same part, said by a template or in plain words, has the same lines."""
    case = CASES[name]
    bill = priced(tmp_path, form(case), case.get("said"))
    plain = tmp_path / "usage.yaml"
    plain.write_text(json.dumps({"usage": case["usage"]}), encoding="utf-8")
    expected = price_described(described([plain]), open_snapshot())
    unlisted = sorted(part.meter for part in expected.estimate.unpriced)
    # what a template cannot say at all (an image's operating system) is listed without a meter
    assert sorted(part.meter for part in bill.estimate.unpriced if part.meter) == unlisted
    assert "" not in unlisted, "the usage file says all there is to say"
    assert lines(bill) == lines(expected)
    assert bill.billed_lines or unlisted
    assert all(line.where.startswith("template.json") for line in bill.billed_lines)


@pytest.mark.parametrize("form", [cloudformation, plan])
@pytest.mark.parametrize("name", [name for name in CASES if "said" in CASES[name]])
def test_what_no_template_says_is_asked_for(name: str, form: Any, tmp_path: Path) -> None:
    """Without its usage a part makes the total a lower bound, and says what it needs."""
    bill = priced(tmp_path, form(CASES[name]), {})
    assert not bill.complete
    assert any("needs usage: " in part.reason for part in bill.estimate.unpriced)


def test_every_type_a_service_file_reads_has_a_case() -> None:
    """A type that is added without a case is not known to be read right."""
    shown = {one["Type"] for case in CASES.values() for one in case["cloudformation"].values()}
    shown |= {address.split(".")[0] for case in CASES.values() for address in case["terraform"]}
    assert set(resource_types()) - shown == set()


def test_no_type_is_both_billed_and_free() -> None:
    """A type in both lists would be read by one and waved through by the other."""
    assert not set(resource_types()) & set(no_charge_types())
