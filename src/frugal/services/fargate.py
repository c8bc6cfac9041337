"""AWS Fargate (Amazon ECS).

Billed per vCPU-hour and GB-hour of what a task *asks for*, from the start of the image's download
to the task's end, rounded up to a second, with a minimum of one minute. Arm is cheaper. In a public
subnet every task holds a public IPv4 address, which is billed too; in a private one it needs a NAT
gateway. A scheduled task pays its start on every run; a service never stops.

Worked number (us-east-1, Arm): 0.25 vCPU and 0.5 GB for 730 h are 182.5 vCPU-hours at $0.03238 and
365 GB-hours at $0.00356, together $7.208750; its address is $3.65 more.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from frugal.aws_facts import limit
from frugal.model.brief import Timing, Value
from frugal.model.curve import ONE, Amount, at_least, ceiling
from frugal.model.graph import Link, Verb
from frugal.model.load import HOURS_PER_MONTH, SECONDS_PER_HOUR
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import silence
from frugal.services.data_transfer import internet_out
from frugal.services.function_time import items_per_call, waits
from frugal.services.public_ipv4 import IN_USE
from frugal.services.resource import Declared, NoCharge, NoPrice, Resource, Told, required, sized
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    margin,
    whole,
)

OFFER = "AmazonECS"
VCPU = Meter(
    offer=OFFER, usage_type="Fargate-vCPU-Hours:perCPU", name="perCPU per hour", unit="hour"
)
MEMORY = Meter(offer=OFFER, usage_type="Fargate-GB-Hours", name="perGB per hour", unit="hour")
VCPU_ARM = Meter(
    offer=OFFER,
    usage_type="Fargate-ARM-vCPU-Hours:perCPU",
    name="ARM perCPU per hour",
    unit="hour",
)
MEMORY_ARM = Meter(offer=OFFER, name="ARM perGB per hour", unit="hour")
#: AWS's pricing page, quoted at devops.stackexchange.com/questions/4830: at least one minute.
MINIMUM_SECONDS = Decimal(60)
#: Image download to a running worker. Assumed; AWS publishes no figure.
START_SECONDS = Decimal(40)


#: Task storage above what every task has for nothing.
STORAGE = Meter(offer=OFFER, name="Storage per GB-Hours", unit="GB-hour")
STORAGE_INCLUDED_GIB = Decimal(20)
WINDOWS_VCPU = Meter(offer=OFFER, name="perCPU per hour Windows", unit="hour")
WINDOWS_LICENCE = Meter(offer=OFFER, name="perCPU OS License Fee per hour Windows", unit="hour")
WINDOWS_MEMORY = Meter(offer=OFFER, name="perGB per hour Windows", unit="hour")


_SERVICES = ("AWS::ECS::Service", "aws_ecs_service")
_TASKS = ("AWS::ECS::TaskDefinition", "aws_ecs_task_definition")


def _size(task: Resource) -> dict[str, Any]:
    """Return a task definition's size: CPU in units of 1/1024 vCPU, memory in MiB."""
    machine = task.known_text("runtime_platform.cpu_architecture") or "X86_64"
    system = task.known_text("runtime_platform.operating_system_family") or "LINUX"
    return {
        "vcpu": required(sized(task, "cpu", "vCPU")),
        "memory_gb": required(sized(task, "memory", "GB")),
        "architecture": machine.lower(),
        "system": "windows" if system.startswith("WINDOWS") else "linux",
        "ephemeral_storage_gb": task.number("ephemeral_storage.size_in_gib"),
    }


class FargateInputs(Value, frozen=True, kw_only=True):
    """Tasks (or pods) of one size: so many all the time, or so many runs of so long."""

    vcpu: Decimal = Decimal("0.25")  #: of one task
    memory_gb: Decimal = Decimal("0.5")  #: of one task
    architecture: Literal["x86_64", "arm64", "x86", "arm"] = "x86_64"
    system: Literal["linux", "windows"] = "linux"
    tasks: Decimal = Decimal(1)  #: running at the same time
    hours: Said = None  #: hours each of ``tasks`` runs; default: the month
    runs: Said = None  #: in place of ``tasks`` and ``hours``: tasks started in a month
    run_seconds: Said = None  #: time of one run, at least a minute
    ephemeral_storage_gb: Decimal = STORAGE_INCLUDED_GIB  #: the first 20 GB are included
    public_addresses: bool = False  #: every task holds a public IPv4 address


class Fargate(Service):
    id = "fargate"
    name = "AWS Fargate"
    category = "Compute"
    offer = OFFER
    known_as = ("ecs",)
    examples = (
        Example(
            quantities=((VCPU_ARM, Decimal("182.5")), (MEMORY_ARM, Decimal(365))),
            cost=Decimal("7.208750"),
        ),
    )

    inputs = FargateInputs

    resource_types = (
        "AWS::ECS::Service",
        "aws_ecs_service",
        "AWS::ECS::TaskDefinition",
        "aws_ecs_task_definition",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.type in _TASKS:
            run_by = any(resource.users(_SERVICES, "task_definition"))
            if run_by or "FARGATE" not in str(resource.get("requires_compatibilities")):
                yield NoCharge("a task definition is not billed; the tasks that run are")
            else:
                yield Declared(
                    {**_size(resource), "tasks": Decimal(0)}, needs=("runs", "run_seconds")
                )
            return
        launch = resource.known_text("launch_type") or ""
        providers = [
            one.known_text("capacity_provider")
            for one in resource.blocks("capacity_provider_strategy")
        ]
        if "FARGATE_SPOT" in providers:
            yield NoPrice("Spot prices change by the minute and are in no price list")
        elif launch == "EC2" or (not launch and not providers):
            yield NoCharge("its tasks run on instances, which are priced as instances")
        elif launch != "FARGATE" and providers != ["FARGATE"]:
            yield NoPrice("only tasks on Fargate are priced here")
        else:
            task = resource.linked(_TASKS, "task_definition")
            if task is None:
                yield NoPrice("its task definition is not in this template")
                return
            tasks = resource.number("desired_count")
            start = ONE if resource.type.startswith("AWS::") else Decimal(0)
            public = resource.flag(
                "network_configuration.assign_public_ip",
                "network_configuration.awsvpc_configuration.assign_public_ip",
            )
            yield Declared(
                {
                    **_size(task),
                    "tasks": start if tasks is None else tasks,
                    "public_addresses": public,
                }
            )

    def used(self, inputs: FargateInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        arm, windows = inputs.architecture.startswith("arm"), inputs.system == "windows"
        vcpu, memory = (VCPU_ARM, MEMORY_ARM) if arm else (VCPU, MEMORY)
        if windows:
            vcpu, memory = WINDOWS_VCPU, WINDOWS_MEMORY
        if inputs.runs is not None:
            if inputs.run_seconds is None:
                yield Unsaid(vcpu, "run_seconds")
                yield Unsaid(memory, "run_seconds")
                return
            seconds = max(whole(inputs.run_seconds), MINIMUM_SECONDS)
            total, why = inputs.runs * seconds / SECONDS_PER_HOUR, f"{inputs.runs} x {seconds} s"
        else:
            each = hours if inputs.hours is None else inputs.hours
            total, why = inputs.tasks * each, f"{inputs.tasks} x {each} h"
        yield Usage(vcpu, total * inputs.vcpu, f"{why} x {inputs.vcpu} vCPU")
        if windows:
            yield Usage(WINDOWS_LICENCE, total * inputs.vcpu, "the system's licence")
        yield Usage(memory, total * inputs.memory_gb, f"{why} x {inputs.memory_gb} GB")
        over = max(inputs.ephemeral_storage_gb - STORAGE_INCLUDED_GIB, Decimal(0))
        if over:
            yield Usage(STORAGE, total * over, f"{why} x {over} GB above the 20 included")
        if inputs.public_addresses:
            yield Usage(IN_USE, total, "a public IPv4 address a task")

    def usage(self, part: Part) -> Iterable[Usage]:
        arm = part.placement["architecture"] == "arm64"
        hours = self._task_hours(part)
        vcpus, memory = part.number("vcpus"), part.number("memory_gib")
        yield Usage(VCPU_ARM if arm else VCPU, hours * vcpus, f"task hours x {vcpus} vCPU")
        yield Usage(MEMORY_ARM if arm else MEMORY, hours * memory, f"task hours x {memory} GB")
        if part.placement["public_address"]:
            yield Usage(IN_USE, hours, "a public IPv4 address a task")
        yield from internet_out(part)

    def _task_hours(self, part: Part) -> Amount:
        if not part.placement["scheduled"]:
            return self.tasks(part) * HOURS_PER_MONTH
        runs = part.per_month_in(Verb.SCHEDULES)
        seconds: Amount = runs * START_SECONDS
        for link in part.outgoing(Verb.CALLS, Verb.CALLS_OUT, Verb.CONNECTS):
            seconds = waits(part, link, runs) * link.seconds + seconds
        return at_least(seconds, runs * MINIMUM_SECONDS) / SECONDS_PER_HOUR

    def tasks(self, part: Part) -> Amount:
        """Return the tasks that run all the time: enough for the peak, and never too few."""
        load = part.load
        peak = load.payouts_per_second_peak
        abreast = part.number("calls_abreast") * items_per_call(part)
        waiting = ceiling(peak * load.partner_seconds_mean / abreast)
        working = ceiling(peak * (part.number("cpu_seconds_per_payout") / part.number("vcpus")))
        return at_least(at_least(waiting, working), part.number("tasks_min"))

    def limits(self, part: Part) -> Iterable[Margin]:
        load = part.load
        yield margin(
            part, "task-size", "vCPUs of a task", part.number("vcpus"), limit("fargate-cpu-max")
        )
        if part.placement["scheduled"]:
            yield Margin(
                check="keeps-up",
                placement=part.id,
                what="calls under way at the same time at the peak",
                used=load.payouts_per_second_peak * load.partner_seconds_mean,
                limit=part.number("calls_abreast") * items_per_call(part),
                unit="calls",
                source="calls abreast, a setting of this candidate",
                basis="derived",
                remedy="a service that is always on",
            )
            promised = part.brief.promises.real_time_seconds
            if part.brief.timing.value is Timing.REAL_TIME and promised is not None:
                yield Margin(
                    check="real-time",
                    placement=part.id,
                    what="seconds a task takes to start",
                    used=START_SECONDS,
                    limit=promised.value,
                    unit="seconds",
                    source=promised.source,
                    basis="assumed",
                    remedy="a worker that is running already",
                )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.SCHEDULES:
            arn = "arn:${AWS::Partition}:"
            yield Statement(
                actions=("ecs:RunTask",),
                resource=arn
                + "ecs:${AWS::Region}:${AWS::AccountId}:task-definition/"
                + f"{part.id}:${{Revision}}",
            )
            yield Statement(
                actions=("iam:PassRole",),
                resource=arn + f"iam::${{AWS::AccountId}}:role/{part.id}-task",
                condition="iam:PassedToService is ecs-tasks.amazonaws.com",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-silent",
            metric="Payouts/Ticks",
            rule=silence(part),
            why="a task that cannot start says nothing by itself",
            guards_money=True,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="AWS stops a task for maintenance, or it cannot pull its image",
            effect="an attempt is left open, or nothing runs",
            mitigation="its lease runs out and the next task looks it up; the alarm on silence",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Size", value=f"{part.placement['vcpus']} vCPU, {part.placement['memory_gib']} GB"
        )
        yield Row(name="Architecture", value=str(part.placement["architecture"]))
        yield Row(
            name="Network", value="public subnet, no inbound rule", why="no NAT gateway is needed"
        )
        kind = "started by the schedule" if part.placement["scheduled"] else "always on"
        yield Row(name="Runs", value=kind)

    def single_point_of_failure(self, part: Part) -> str:
        if part.placement["scheduled"] or part.number("tasks_min") > 1:
            return ""
        return "one task"


SERVICE = Fargate()
