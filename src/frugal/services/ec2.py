"""An Amazon EC2 instance that is there already.

Billed per hour of its type while it runs, per GB-month of its disks, and for its public IPv4
address. Unlike a Lightsail instance it can be given a role, so a worker on it calls AWS without a
long-lived key. T types are burstable; by default they go on above their baseline and the surplus
is billed, so the CPU in use is judged against seven tenths of the machine.

Worked number (us-east-1): t3.small 730 h x $0.0208 = $15.184, an address 730 h x $0.005 = $3.65:
together $18.8340.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from frugal.model.behaviour import Host
from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.model.stack import Stack
from frugal.model.worst_case import Guards
from frugal.price_list.meter import Meter
from frugal.services.data_transfer import INTERNET_OUT, internet_out
from frugal.services.in_time import host_in_time
from frugal.services.public_ipv4 import IN_USE
from frugal.services.resource import Declared, NoPrice, Resource, Told, Unknown
from frugal.services.service import (
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Usage,
    WorstUse,
)
from frugal.services.worst_out import box_out
from payouts.facts import assumed

OFFER = "AmazonEC2"
GP3 = Meter(
    offer=OFFER,
    usage_type="EBS:VolumeUsage.gp3",
    documented_item="EBS gp3 storage",
    unit="GB-month",
)
#: Share of the machine that may be busy for long; the rest is for deployments and bad days.
CPU_PERCENT = Decimal(70)


def instance_meter(instance_type: str) -> Meter:
    return Meter(
        offer=OFFER,
        usage_type=f"BoxUsage:{instance_type}",
        name=f"On Demand Linux {instance_type} Instance Hour",
        unit="hour",
    )


#: What gp3 holds without a further charge (AWS's EBS pricing page).
GP3_IOPS = Decimal(3000)
GP3_MBPS = Decimal(125)
MIB_PER_GIB = Decimal(1024)
THROUGHPUT = Meter(offer=OFFER, usage_type="EBS:VolumeP-Throughput.gp3", unit="GiBps-mo")
SNAPSHOT_STANDARD = Meter(offer=OFFER, usage_type="EBS:SnapshotUsage", unit="GB-month")


def volume_meter(volume: str) -> Meter:
    """Return the meter of a volume's size."""
    if volume == "gp3":
        return GP3
    suffix = {"io1": ".piops", "standard": ""}.get(volume, f".{volume}")
    return Meter(offer=OFFER, usage_type=f"EBS:VolumeUsage{suffix}", unit="GB-month")


def iops_meter(volume: str) -> Meter:
    """Return the meter of a volume's IOPS; AWS's list calls those of io1 ``piops``."""
    suffix = {"io1": "piops"}.get(volume, volume)
    return Meter(offer=OFFER, usage_type=f"EBS:VolumeP-IOPS.{suffix}", unit="IOPS-Mo")


def volume_of(disk: Resource) -> dict[str, Any]:
    """Return the inputs of a volume, or of an instance's disk; AWS's default kind is gp2."""
    kind = disk.text("volume_type", "type")
    return {
        "volume_type": "gp2" if kind is None else kind,
        "size_gb": disk.number("volume_size", "size"),
        "iops": disk.number("iops"),
        "throughput_mib_per_second": disk.number("throughput"),
    }


_BY_IMAGE = Unknown("the image decides, which is not read")


class EC2Inputs(Value, frozen=True, kw_only=True):
    """Instances of one type, on demand, Linux. Their disks are ``ebs``."""

    instance_type: str  #: for example t4g.small
    instances: Decimal = Decimal(1)
    hours: Said = None  #: hours one runs; default: the month
    public_addresses: Decimal = ZERO  #: public IPv4 addresses of one instance
    internet_out_gb: Decimal = ZERO  #: GB sent to the internet, of all of them


class EC2(Service):
    id = "ec2"
    name = "Amazon EC2 instance"
    category = "Compute"
    offer = OFFER
    examples = (
        Example(
            quantities=((instance_meter("t3.small"), HOURS_PER_MONTH), (IN_USE, HOURS_PER_MONTH)),
            cost=Decimal("18.8340"),
        ),
    )

    inputs = EC2Inputs

    resource_types = (
        "AWS::EC2::Instance",
        "aws_instance",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        addresses = resource.flag("associate_public_ip_address")
        for interface in resource.blocks("network_interfaces"):
            addresses = interface.flag("associate_public_ip_address") or addresses
        public = None if addresses is None else Decimal(bool(addresses))
        open_ended = ("internet_out_gb", *(("public_addresses",) if public is None else ()))
        if (resource.known_text("tenancy") or "default") != "default":
            yield NoPrice("only shared tenancy is priced here")
            return
        kind = {"instance_type": resource.text("instance_type"), "public_addresses": public}
        yield Declared(kind, needs=open_ended)
        yield NoPrice(
            "an operating system that is billed by the hour (Windows, Red Hat, SUSE): the image "
            "says which it is and is not read, so this is priced as Linux"
        )
        root = False
        for name, path in (
            ("root volume", "root_block_device"),
            ("volume", "ebs_block_device"),
            ("volume", "block_device_mappings"),
        ):
            for block in resource.blocks(path):
                disk = next(block.blocks("ebs"), None) if path == "block_device_mappings" else block
                if disk is not None:
                    root = root or name == "root volume" or path == "block_device_mappings"
                    yield Declared(volume_of(disk), part=name, service="ebs")
        if not root:
            yield Declared({"volume_type": _BY_IMAGE}, part="root volume", service="ebs")

    def used(self, inputs: EC2Inputs, hours: Decimal) -> Iterable[Usage]:
        runs = hours if inputs.hours is None else inputs.hours
        count = inputs.instances
        why = f"{count} x {runs} h"
        yield Usage(instance_meter(inputs.instance_type), count * runs, why)
        for meter, amount, why in (
            (IN_USE, inputs.public_addresses * count * runs, "public IPv4 addresses"),
            (INTERNET_OUT, inputs.internet_out_gb, "sent to the internet"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def assume(self, stack: Stack) -> Stack:
        instance = stack.instance
        if instance is None or instance.service.value != self.id:
            return stack
        if instance.instance_type is None:
            instance = replace(
                instance,
                instance_type=assumed(
                    "t3.small", "the smallest type that holds a Docker backend and Postgres (2 GiB)"
                ),
            )
        if instance.cpu_used_percent is None:
            instance = replace(
                instance, cpu_used_percent=assumed(Decimal(10), "not said; a small backend's")
            )
        return replace(stack, instance=instance)

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        instance = stack.instance
        if instance is None or instance.service.value != "ec2":
            return
        count = Decimal(instance.count.value if instance.count else 1)
        if instance.instance_type is not None:
            yield Usage(
                instance_meter(instance.instance_type.value),
                HOURS_PER_MONTH * count,
                f"{instance.instance_type.value}, every hour",
            )
        if instance.storage_gib is not None:
            yield Usage(GP3, instance.storage_gib.value * count, "gp3 disks")
        if not (instance.ipv6_only and instance.ipv6_only.value):
            yield Usage(IN_USE, HOURS_PER_MONTH * count, "its public IPv4 address")
        if instance.transfer_out_gib is not None:
            yield Usage(INTERNET_OUT, instance.transfer_out_gib.value, "sent to the internet")

    def usage(self, part: Part) -> Iterable[Usage]:
        for placement in part.candidate.placements:
            if placement.service == "container":
                yield from internet_out(part.other(placement.id))

    def limits(self, part: Part) -> Iterable[Margin]:
        instance = part.stack.instance
        if instance is None:
            return
        vcpus = instance.vcpus.value if instance.vcpus else Decimal(2)
        used = instance.cpu_used_percent
        busy = part.load.payouts_per_second_peak * part.number("added_cpu_seconds_per_payout")
        yield Margin(
            check="cpu-headroom",
            placement=part.id,
            what="percent of each vCPU in use with the payouts at their peak",
            used=busy * (100 / vcpus) + (used.value if used else Decimal(0)),
            limit=CPU_PERCENT,
            unit="percent",
            source="seven tenths of the machine; CPU a payout is ten times what was measured",
            basis="assumed",
            remedy="a larger type, or a function for the work",
        )
        if instance.memory_used_percent is not None and instance.memory_gib is not None:
            memory = instance.memory_gib.value * 1024
            yield Margin(
                check="instance-memory",
                placement=part.id,
                what="MiB of memory in use with the worker beside the backend",
                used=memory * instance.memory_used_percent.value / 100
                + part.number("added_memory_mib"),
                limit=memory * Decimal("0.9"),
                unit="MiB",
                source="nine tenths of the memory; the rest is the page cache's",
                basis=instance.memory_used_percent.basis.value,
                remedy="a larger type",
            )

    def behaviour(self, part: Part) -> Host:
        return host_in_time()

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the instance is lost",
            effect="the backend and every payout on it stop",
            mitigation="snapshot and dump; after a restore nothing is sent until the partner's "
            "list has been compared",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        yield from box_out(part, INTERNET_OUT, guards, days)

    def specification(self, part: Part) -> Iterable[Row]:
        instance = part.stack.instance
        if instance is not None and instance.instance_type is not None:
            yield Row(name="Type", value=instance.instance_type.value)
        yield Row(name="Role in AWS", value="an instance profile: no long-lived key on the machine")

    def fixed_address(self, part: Part) -> bool:
        instance = part.stack.instance
        return bool(instance and instance.static_address and instance.static_address.value)

    def single_point_of_failure(self, part: Part) -> str:
        return "one instance in one Availability Zone"

    def encryption(self, part: Part) -> str:
        return "EBS, with the AWS-managed key where encryption by default is on"


SERVICE = EC2()
