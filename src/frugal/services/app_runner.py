"""AWS App Runner, for those who run it already: it is closed to new customers.

Billed per GB-hour of memory for each instance kept provisioned, busy or idle, and per vCPU-hour
only while instances serve requests. Instances that start beyond the provisioned ones add their
memory for as long as they run. Builds from source are billed per minute, and an application that
deploys by itself has a monthly fee.

Worked number (us-east-1): one instance of 1 vCPU and 2 GB, provisioned for 730 h, is 1,460 GB-hours
at $0.007 = $10.22; serving requests for 60 of them adds 60 vCPU-hours at $0.064 = $3.84: $14.06.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told, sized
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, times

OFFER = "AWSAppRunner"
PROVISIONED_GB_HOURS = Meter(offer=OFFER, name="Compute Provisioned GB-hours", unit="GB-hour")
ACTIVE_VCPU_HOURS = Meter(offer=OFFER, name="Compute vCPU hours", unit="vCPU-hour")
ACTIVE_GB_HOURS = Meter(offer=OFFER, name="Compute GB hours", unit="GB-hour")
BUILD_MINUTES = Meter(offer=OFFER, name="Compute Build mins", unit="minute")
DEPLOYMENTS = Meter(offer=OFFER, name="Compute AutomaticDeployment", unit="application-month")


class AppRunnerInputs(Value, frozen=True, kw_only=True):
    """A month of one service. ``active_instances`` serve during ``active_hours``, on average."""

    vcpus: Decimal = ONE
    memory_gb: Decimal = Decimal(2)
    provisioned_instances: Decimal = ONE
    active_hours: Said = None  #: of the month, in which requests are served
    active_instances: Said = None  #: not said: the provisioned ones
    build_minutes: Decimal = ZERO
    automatic_deployments: Decimal = ZERO  #: applications that deploy by themselves


class AppRunner(Service):
    id = "app_runner"
    name = "AWS App Runner"
    category = "Compute"
    offer = OFFER
    known_as = ("apprunner",)
    quotas = ("apprunner-closed",)
    inputs = AppRunnerInputs
    examples = (
        Example(
            quantities=(
                (PROVISIONED_GB_HOURS, HOURS_PER_MONTH * 2),
                (ACTIVE_VCPU_HOURS, Decimal(60)),
            ),
            cost=Decimal("14.06"),
        ),
    )

    resource_types = (
        "AWS::AppRunner::Service",
        "aws_apprunner_service",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared(
            {
                "vcpus": sized(resource, "instance_configuration.cpu", "vCPU"),
                "memory_gb": sized(resource, "instance_configuration.memory", "GB"),
            }
        )

    def used(self, inputs: AppRunnerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        provisioned = inputs.provisioned_instances
        active = provisioned if inputs.active_instances is None else inputs.active_instances
        active_hours = None if inputs.active_hours is None else min(inputs.active_hours, hours)
        yield Usage(
            PROVISIONED_GB_HOURS,
            provisioned * inputs.memory_gb * hours,
            "memory of the provisioned instances, every hour",
        )
        yield metered(
            ACTIVE_VCPU_HOURS,
            times(active, inputs.vcpus, active_hours),
            "vCPUs while requests are served",
            needs="active_hours",
        )
        if active > provisioned:
            yield metered(
                ACTIVE_GB_HOURS,
                times(active - provisioned, inputs.memory_gb, active_hours),
                "memory of instances beyond the provisioned ones",
                needs="active_hours",
            )
        if inputs.build_minutes:
            yield Usage(BUILD_MINUTES, inputs.build_minutes, "minutes of builds from source")
        if inputs.automatic_deployments:
            yield Usage(
                DEPLOYMENTS, inputs.automatic_deployments, "applications that deploy by themselves"
            )


SERVICE = AppRunner()
