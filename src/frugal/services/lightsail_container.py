"""Amazon Lightsail container service.

Billed per node and hour from the moment it is made until it is *deleted*: enabled or not, deployed
or not. A node's power sets vCPU and memory; the service has one HTTPS endpoint and 500 GB of
transfer a month, in and out together. It has no fixed address and no role in AWS, so it needs
access keys for any AWS API, and an open port for a database it is to reach.

Worked number (us-east-1): a nano node is $0.009408602 an hour; 730 hours are $6.86827946, 744 the
plan's $7.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, NamedTuple

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.graph import Verb
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import silence
from frugal.services.data_transfer import gib_in, gib_out
from frugal.services.function_time import items_per_call
from frugal.services.lightsail import CAP_HOURS
from frugal.services.resource import Declared, NoPrice, Resource, Told, required
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Usage,
    margin,
)

OFFER = "AmazonLightsail"


class Power(NamedTuple):
    """What one node of a power holds; ``listed`` is how AWS's price list names it."""

    vcpus: Decimal
    memory_gib: Decimal
    listed: str


POWERS = {
    "nano": Power(Decimal("0.25"), Decimal("0.5"), "Nano 0 25 0.5GB"),
    "micro": Power(Decimal("0.25"), Decimal(1), "Micro 0 25 1GB"),
    "small": Power(Decimal("0.5"), Decimal(1), "Small 0 5 1GB"),
    "medium": Power(Decimal(1), Decimal(2), "Medium 1 2GB"),
    "large": Power(Decimal(2), Decimal(4), "Large 2 4GB"),
    "xlarge": Power(Decimal(4), Decimal(8), "XLarge 4 8GB"),
}


def node_meter(power: str) -> Meter:
    return Meter(
        offer=OFFER, name=f"Lightsail Containers Linux {POWERS[power].listed} 500GB", unit="hour"
    )


class LightsailContainerInputs(Value, frozen=True, kw_only=True):
    """A container service."""

    power: Literal["nano", "micro", "small", "medium", "large", "xlarge"] = "nano"
    nodes: Decimal = Decimal(1)  #: the scale of the service
    hours: Said = None  #: hours until it is deleted; default: the month


class LightsailContainer(Service):
    id = "lightsail_container"
    name = "Amazon Lightsail container service"
    category = "Compute"
    offer = OFFER
    known_as = ("lightsail_containers",)
    examples = (
        Example(quantities=((node_meter("nano"), HOURS_PER_MONTH),), cost=Decimal("6.86827946")),
    )

    inputs = LightsailContainerInputs

    resource_types = (
        "AWS::Lightsail::Container",
        "aws_lightsail_container_service",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.flag("is_disabled") is True:
            yield NoPrice("a disabled service is billed by what it was before it was disabled")
            return
        yield Declared(
            {"power": required(resource.text("power")), "nodes": required(resource.number("scale"))}
        )

    def used(self, inputs: LightsailContainerInputs, hours: Decimal) -> Iterable[Usage]:
        kept = min(hours if inputs.hours is None else inputs.hours, CAP_HOURS)
        why = f"{inputs.nodes} {inputs.power} node(s) x {kept} h, at most the plan's {CAP_HOURS}"
        yield Usage(node_meter(inputs.power), inputs.nodes * kept, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        nodes = part.number("nodes")
        power = str(part.placement["power"])
        yield Usage(
            node_meter(power), nodes * HOURS_PER_MONTH, f"{nodes} {power} node(s), every hour"
        )

    def limits(self, part: Part) -> Iterable[Margin]:
        power, nodes = POWERS[str(part.placement["power"])], part.number("nodes")
        yield margin(part, "node-count", "nodes", nodes, limit("lightsail-container-nodes-max"))
        yield margin(
            part,
            "container-transfer",
            "GB in and out a month, against the service's allowance",
            gib_in(part) + gib_out(part),
            limit("lightsail-transfer-counts-containers-gb"),
        )
        load = part.load
        yield Margin(
            check="container-cpu",
            placement=part.id,
            what="vCPUs busy at the peak",
            used=load.payouts_per_second_peak * part.number("cpu_seconds_per_payout"),
            limit=power.vcpus * nodes,
            unit="vCPUs",
            source="vCPU of the power x nodes; CPU a payout is ten times what was measured in a "
            "plain loop",
            basis="assumed",
            remedy="a larger power, or more nodes",
        )
        if any(True for _ in part.outgoing(Verb.CALLS_OUT)):
            yield Margin(
                check="keeps-up",
                placement=part.id,
                what="calls under way at the same time at the peak",
                used=load.payouts_per_second_peak
                * load.partner_seconds_mean
                / items_per_call(part),
                limit=part.number("calls_abreast") * nodes,
                unit="calls",
                source="calls abreast of a node x nodes, settings of this candidate",
                basis="derived",
                remedy="more calls abreast, or more nodes",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-silent",
            metric="Payouts/Ticks",
            rule=silence(part),
            why="Lightsail's own alarms do not watch a container service",
            guards_money=True,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a deployment replaces the container in the middle of a payout",
            effect="an attempt is left open",
            mitigation="its lease runs out, the payout is looked up under its stored key",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Power", value=str(part.placement["power"]))
        yield Row(name="Nodes", value=str(part.placement["nodes"]))
        yield Row(
            name="Logs", value=f"kept {limit('lightsail-container-logs-days').value} days there"
        )
        yield Row(name="Role in AWS", value="none: access keys for any AWS API")

    def single_point_of_failure(self, part: Part) -> str:
        return "one node" if part.number("nodes") == 1 else ""


SERVICE = LightsailContainer()
