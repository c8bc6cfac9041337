"""Amazon Lightsail instances.

Billed per hour until *deleted* (stopped instances bill too), capped each month at the plan's price,
which is 744 hours. The plan holds vCPUs, memory, disk, one IPv4 address and a transfer allowance in
which both directions count; only outbound overage is billed. CPU is burstable: what a plan sustains
is its baseline, 5 to 40 % per vCPU, and head-room is judged against that, not against 100 %.

Worked number (us-east-1): the 2 GB plan is $0.01612 an hour; 730 hours are $11.7676, 744 the plan's
$12.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from frugal.aws_facts import Limit, limit
from frugal.model.behaviour import Host
from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO, Amount, at_least, at_most
from frugal.model.load import HOURS_PER_MONTH
from frugal.model.stack import Instance, Stack
from frugal.model.worst_case import Guards
from frugal.price_list.meter import Meter
from frugal.services.data_transfer import gib_in, gib_out
from frugal.services.in_time import host_in_time
from frugal.services.resource import Declared, NoPrice, Resource, Told, required
from frugal.services.service import (
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Unsaid,
    Usage,
    WorstUse,
)
from frugal.services.worst_out import box_out
from payouts.facts import Fact, assumed

OFFER = "AmazonLightsail"
#: Beyond this many hours the month costs no more: the plan's price is the cap.
CAP_HOURS = Decimal(744)
BLOCK_STORAGE = Meter(offer=OFFER, name="Lightsail Block Storage per GB-Mo", unit="GB-month")
TRANSFER_OUT = Meter(offer=OFFER, name="Data Transfer Outbound to Global", unit="GB")


class Plan(Value, frozen=True, kw_only=True):
    """A Linux plan, by what it is called: its monthly price."""

    bundle: str
    memory_gib: Decimal
    vcpus: Decimal
    transfer_tib: int  #: allowance a month, both directions
    baseline: str  #: id of the fact with its sustained CPU
    ipv6_only_usd: Decimal  #: the same plan without an IPv4 address


#: Plan price -> what it holds. Sources: the baseline-performance page of the Lightsail user guide,
#: and AWS's price list, which names memory, vCPUs, disk and transfer in each plan's description.
PLANS: dict[Decimal, Plan] = {
    Decimal(price): Plan(
        bundle=bundle,
        memory_gib=Decimal(memory),
        vcpus=Decimal(vcpus),
        transfer_tib=transfer,
        baseline=f"lightsail-cpu-baseline-{price}-usd",
        ipv6_only_usd=Decimal(ipv6),
    )
    for price, bundle, memory, vcpus, transfer, ipv6 in (
        (5, "0.5GB", "0.5", 2, 1, "3.5"),
        (7, "1GB", "1", 2, 2, "5"),
        (12, "2GB", "2", 2, 3, "10"),
        (24, "4GB", "4", 2, 4, "20"),
        (44, "8GB", "8", 2, 5, "40"),
        (84, "16GB", "16", 4, 6, "80"),
        (164, "32GB", "32", 8, 7, "160"),
    )
}
#: The plan of a Stack that does not name one.
DEFAULT_PLAN = Decimal(12)
_DISK_GB = {"0.5GB": 20, "1GB": 40, "2GB": 60, "4GB": 80, "8GB": 160, "16GB": 320, "32GB": 640}
GIB_PER_TIB = Decimal(1024)


def bundle_meter(plan: Plan, *, ipv6_only: bool = False) -> Meter:
    """Return the meter of a plan's hours."""
    if not ipv6_only:
        return Meter(offer=OFFER, usage_type=f"BundleUsage:{plan.bundle}", unit="hour")
    return Meter(
        offer=OFFER,
        name=f"Lightsail Instance Bundle {plan.bundle.replace('.', ' ')} IPv6 Linux "
        f"{_DISK_GB[plan.bundle]}GB Storage {plan.vcpus} vCPU {plan.bundle} Memory "
        f"{plan.transfer_tib}TB Quota",
        unit="hour",
    )


def plan_of(stack: Stack) -> Plan | None:
    """Return the Lightsail plan the Stack names, if it names one that is known."""
    if stack.instance is None or stack.instance.plan_monthly_usd is None:
        return None
    price = stack.instance.plan_monthly_usd.value
    if _ipv6_only(stack):
        return next((plan for plan in PLANS.values() if plan.ipv6_only_usd == price), None)
    return PLANS.get(price)


#: First word of a plan's id (``medium_3_0``) -> GB of memory, as GetBundles of the API pairs them.
_BUNDLE_MEMORY = {
    "nano": "0.5",
    "micro": "1",
    "small": "2",
    "medium": "4",
    "large": "8",
    "xlarge": "16",
    "2xlarge": "32",
    "4xlarge": "64",
}


def plan_of_bundle(bundle: str) -> dict[str, str | bool] | str:
    """Return the inputs a plan's id stands for, or why the list has no price of it.

    Earlier generations (``medium_2_0``) keep prices of their own, which the list does not name.
    """
    size, *marks = bundle.split("_")
    kinds, generation = marks[:-2], marks[-2:]
    if size not in _BUNDLE_MEMORY or generation != ["3", "0"] or set(kinds) - {"win", "ipv6"}:
        return f"the plan `{bundle[:40]}` is not one of those that are priced here"
    return {
        "memory_gb": _BUNDLE_MEMORY[size],
        "system": "windows" if "win" in kinds else "linux",
        "ipv6_only": "ipv6" in kinds,
    }


def _ipv6_only(stack: Stack) -> bool:
    only = stack.instance.ipv6_only if stack.instance else None
    return bool(only and only.value)


SNAPSHOTS = Meter(offer=OFFER, name="Lightsail Snapshot per GB-Mo", unit="GB-month")
LOAD_BALANCER = Meter(offer=OFFER, name="Lightsail Load Balancer per Hrs", unit="hour")
#: An address that is attached costs nothing; the first hour of one that is not is free too.
UNUSED_ADDRESS = Meter(offer=OFFER, usage_type="UnusedStaticIP", unit="hour")
#: Disk of the Windows plan where it is not the Linux plan's.
_WINDOWS_DISK_GB = {"0.5GB": 30}
#: The largest plan: no fact names its sustained CPU, so it is priced and never proposed.
LARGEST = Plan(
    bundle="64GB",
    memory_gib=Decimal(64),
    vcpus=Decimal(16),
    transfer_tib=8,
    baseline="",
    ipv6_only_usd=Decimal(380),
)


def bucket_meter() -> Meter:
    """Return the meter of a bucket's plan, which no list we hold has: it stays unpriced."""
    return Meter(offer=OFFER, documented_item="object storage bundle", unit="month")


def plan_meter(plan: Plan, *, windows: bool, ipv6_only: bool) -> Meter:
    """Return the meter of a plan's hours, whatever its system and addresses."""
    if not windows and plan is not LARGEST:
        return bundle_meter(plan, ipv6_only=ipv6_only)
    disk = {**_DISK_GB, "64GB": 1280, **(_WINDOWS_DISK_GB if windows else {})}[plan.bundle]
    kind = ("IPv6 " if ipv6_only else "") + ("Windows" if windows else "Linux")
    return Meter(
        offer=OFFER,
        name=f"Lightsail Instance Bundle {plan.bundle.replace('.', ' ')} {kind} {disk}GB Storage "
        f"{plan.vcpus} vCPU {plan.bundle} Memory {plan.transfer_tib}TB Quota",
        unit="hour",
    )


class LightsailInputs(Value, frozen=True, kw_only=True):
    """Instances of one plan, and what Lightsail bills beside them."""

    memory_gb: Literal["0.5", "1", "2", "4", "8", "16", "32", "64", "none"] = "none"
    plan_usd: Literal["none", "5", "7", "12", "24", "44", "84", "164", "384"] = "none"
    system: Literal["linux", "windows"] = "linux"
    ipv6_only: bool = False
    instances: Decimal = Decimal(1)
    hours: Said = None  #: hours until it is deleted, stopped or not; default: the month
    transfer_out_gb: Decimal = ZERO  #: GB sent in the month, of all the instances
    transfer_in_gb: Decimal = ZERO  #: GB taken in; it counts against the plan's allowance
    block_storage_gb: Decimal = ZERO  #: attached disks
    snapshot_gb: Decimal = ZERO
    load_balancers: Decimal = ZERO
    unused_static_ip_hours: Decimal = ZERO


class Lightsail(Service):
    id = "lightsail"
    gives_role = False
    peers_with_vpc = True
    name = "Amazon Lightsail instance"
    category = "Compute"
    offer = OFFER

    examples = (
        Example(
            quantities=((bundle_meter(PLANS[Decimal(12)]), HOURS_PER_MONTH),),
            cost=Decimal("11.7676"),
        ),
    )

    inputs = LightsailInputs

    resource_types = (
        "AWS::Lightsail::Instance",
        "aws_lightsail_instance",
        "AWS::Lightsail::Disk",
        "aws_lightsail_disk",
        "AWS::Lightsail::LoadBalancer",
        "aws_lightsail_lb",
        "AWS::Lightsail::StaticIp",
        "aws_lightsail_static_ip",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = resource.type.removeprefix("AWS::Lightsail::").removeprefix("aws_lightsail_").lower()
        if kind == "disk":
            yield Declared({"block_storage_gb": required(resource.number("size_in_gb"))})
        elif kind in ("loadbalancer", "lb"):
            yield Declared({"load_balancers": ONE})
        elif kind in ("staticip", "static_ip"):
            yield Declared({}, needs=("unused_static_ip_hours",))
        else:
            plan = plan_of_bundle(resource.known_text("bundle_id") or "")
            yield NoPrice(plan) if isinstance(plan, str) else Declared(plan)
            for disk in resource.blocks("hardware.disks"):
                size = disk.number("size_in_gb")
                if size is not None and not disk.flag("is_system_disk"):
                    yield Declared({"block_storage_gb": size}, part="disk")

    def used(self, inputs: LightsailInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        plan = _named(inputs)
        kept = min(hours if inputs.hours is None else inputs.hours, CAP_HOURS)
        if plan is not None:
            meter = plan_meter(plan, windows=inputs.system == "windows", ipv6_only=inputs.ipv6_only)
            why = f"{inputs.instances} instance(s) x {kept} h, at most the plan's {CAP_HOURS}"
            yield Usage(meter, inputs.instances * kept, why)
            total = inputs.transfer_out_gb + inputs.transfer_in_gb
            over = max(total - _allowance(plan, inputs.instances), ZERO)
            if over:
                why = "sent beyond the plan's transfer allowance"
                yield Usage(TRANSFER_OUT, min(over, inputs.transfer_out_gb), why)
        elif inputs.transfer_out_gb:
            yield Unsaid(TRANSFER_OUT, "memory_gb or plan_usd, which hold the allowance")
        for meter, amount, why in (
            (BLOCK_STORAGE, inputs.block_storage_gb, "attached disks"),
            (SNAPSHOTS, inputs.snapshot_gb, "snapshots"),
            (LOAD_BALANCER, inputs.load_balancers * kept, "load balancers, every hour"),
            (UNUSED_ADDRESS, inputs.unused_static_ip_hours, "addresses not attached"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def assume(self, stack: Stack) -> Stack:
        instance = stack.instance
        if instance is None or instance.service.value != self.id:
            return stack
        if instance.plan_monthly_usd is None:
            instance = replace(instance, plan_monthly_usd=_plan_for(instance))
        if instance.cpu_used_percent is None:
            plan = plan_of(replace(stack, instance=instance))
            sustained = limit((plan or PLANS[DEFAULT_PLAN]).baseline).number
            instance = replace(
                instance,
                cpu_used_percent=assumed(
                    sustained / 2, f"not said; half of the {sustained} % that the plan sustains"
                ),
            )
        return replace(stack, instance=instance)

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        plan, instance = plan_of(stack), stack.instance
        if plan is None or instance is None or instance.service.value != "lightsail":
            return
        count = Decimal(instance.count.value if instance.count else 1)
        hours = min(HOURS_PER_MONTH, CAP_HOURS)
        meter = bundle_meter(plan, ipv6_only=_ipv6_only(stack))
        yield Usage(meter, hours * count, "hours of the month, at most the plan's 744")
        if instance.storage_gib is not None:
            yield Usage(BLOCK_STORAGE, instance.storage_gib.value, "attached disks")
        sent, taken = _transfer(stack)
        over = min(max(sent + taken - _allowance(plan, count), ZERO), sent)
        if over:
            yield Usage(TRANSFER_OUT, over, "sent beyond the plan's transfer allowance")

    def usage(self, part: Part) -> Iterable[Usage]:
        """Yield transfer beyond the allowance, where the Stack says how much of it is used."""
        plan, instance = plan_of(part.stack), part.stack.instance
        if plan is None or instance is None or instance.transfer_out_gib is None:
            return
        sent, taken = _transfer(part.stack)
        allowance = _allowance(plan, Decimal(instance.count.value if instance.count else 1))
        adds_out, adds_in = self._added_transfer(part)
        total = adds_out + adds_in + sent + taken
        over = at_most(at_least(total - allowance, ZERO), adds_out)
        yield Usage(TRANSFER_OUT, over, "sent beyond the plan's transfer allowance")

    def _added_transfer(self, part: Part) -> tuple[Amount, Amount]:
        """Return what the containers on this box send and take in a month, in GiB."""
        sends: Amount = ZERO
        takes: Amount = ZERO
        for placement in part.candidate.placements:
            if placement.service == "container":
                sends = gib_out(part.other(placement.id)) + sends
                takes = gib_in(part.other(placement.id)) + takes
        return sends, takes

    def limits(self, part: Part) -> Iterable[Margin]:
        instance = part.stack.instance
        if instance is None:
            return
        # An unknown plan is judged as the largest there is: what that cannot carry, none can.
        plan = plan_of(part.stack) or PLANS[max(PLANS)]
        baseline = limit(plan.baseline)
        added = part.number("added_cpu_seconds_per_payout")
        busy = part.load.payouts_per_second_peak * added
        used = instance.cpu_used_percent
        yield self._headroom(
            part,
            "cpu-baseline",
            "percent of each vCPU in use with the payouts at their peak",
            busy * (100 / plan.vcpus) + (used.value if used else ZERO),
            baseline,
            used.basis.value if used else "assumed",
        )
        if instance.memory_used_percent is not None and plan_of(part.stack) is not None:
            memory = plan.memory_gib * 1024
            used_mib = memory * instance.memory_used_percent.value / 100
            yield Margin(
                check="instance-memory",
                placement=part.id,
                what="MiB of memory in use with the worker beside the backend",
                used=used_mib + part.number("added_memory_mib"),
                limit=memory * Decimal("0.9"),
                unit="MiB",
                source="nine tenths of the plan's memory; the rest is the page cache's",
                basis=instance.memory_used_percent.basis.value,
                remedy="the next plan",
            )

    def _headroom(
        self, part: Part, check: str, what: str, used: Amount, baseline: Limit, basis: str
    ) -> Margin:
        return Margin(
            check=check,
            placement=part.id,
            what=what,
            used=used,
            limit=baseline.number,
            unit="percent",
            source=baseline.source,
            basis=basis,
            remedy="the next plan, or a function for the work",
        )

    def behaviour(self, part: Part) -> Host:
        return host_in_time()

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the instance is lost",
            effect="backend, database and every payout on it stop",
            mitigation="snapshot and dump; after a restore nothing is sent until the partner's "
            "list has been compared",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        yield from box_out(part, TRANSFER_OUT, guards, days)

    def specification(self, part: Part) -> Iterable[Row]:
        instance = part.stack.instance
        if instance is not None and instance.plan_monthly_usd is not None:
            basis = instance.plan_monthly_usd.basis
            yield Row(name="Plan", value=f"${instance.plan_monthly_usd.value} ({basis})")
        plan = plan_of(part.stack)
        if plan is not None:
            yield Row(
                name="Transfer",
                value=f"{plan.transfer_tib} TB a month in the plan, both directions counted",
                why="what this design sends is inside it; beyond it, out costs as internet "
                "transfer does (half the allowance in six Regions)",
            )
        yield Row(name="Role in AWS", value="none: a Lightsail instance has no IAM role")

    def fixed_address(self, part: Part) -> bool:
        instance = part.stack.instance
        return not (instance and instance.ipv6_only and instance.ipv6_only.value)

    def single_point_of_failure(self, part: Part) -> str:
        return "one instance in one Availability Zone"

    def encryption(self, part: Part) -> str:
        return "the instance's disk, encrypted by Lightsail; dumps by you"


def _plan_for(instance: Instance) -> Fact[Decimal]:
    """Return the plan's price, from the memory that was said or as a default."""
    memory = instance.memory_gib
    if memory is not None:
        for price, plan in sorted(PLANS.items()):
            if plan.memory_gib >= memory.value:
                return Fact(
                    price, f"the plan with {plan.memory_gib} GB: {memory.source}", memory.basis
                )
    return assumed(
        DEFAULT_PLAN, "the smallest plan that holds a Docker backend and Postgres (2 GB)"
    )


def _named(inputs: LightsailInputs) -> Plan | None:
    """Return the plan that is named by its memory or its price."""
    plans = {**PLANS, Decimal(384): LARGEST}
    if inputs.memory_gb != "none":
        memory = Decimal(inputs.memory_gb)
        return next(plan for plan in plans.values() if plan.memory_gib == memory)
    return plans[Decimal(inputs.plan_usd)] if inputs.plan_usd != "none" else None


def _transfer(stack: Stack) -> tuple[Decimal, Decimal]:
    """Return what the box sends and takes in today, in GiB a month, as far as it is known."""
    instance = stack.instance
    if instance is None:
        return ZERO, ZERO
    sent = instance.transfer_out_gib.value if instance.transfer_out_gib else ZERO
    taken = instance.transfer_in_gib.value if instance.transfer_in_gib else ZERO
    return sent, taken


def _allowance(plan: Plan, count: Decimal) -> Decimal:
    """Return the transfer allowance, pooled over instances of one bundle."""
    return plan.transfer_tib * GIB_PER_TIB * count


SERVICE = Lightsail()
