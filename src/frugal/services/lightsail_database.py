"""Amazon Lightsail managed databases (PostgreSQL).

Billed per hour until deleted, stopped or not, up to the plan's price, which is 744 hours. The plan
holds vCPUs, memory, storage and transfer, of which only what goes out counts. High availability is
a second plan of the same size in another zone and doubles the price; a database that is there gets
it only by snapshot and restore. Public mode opens it to any address; private mode to the account's
Lightsail resources in the Region.

Worked number (us-east-1): the 1 GB plan is $0.02016 an hour; 730 hours are $14.716800, 744 the
plan's $15.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from frugal.aws_facts import limit
from frugal.model.behaviour import Database
from frugal.model.brief import Value
from frugal.model.graph import Verb
from frugal.model.load import HOURS_PER_MONTH
from frugal.model.stack import DatabaseHome, Stack
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import SESSIONS_LOW
from frugal.services.in_time import in_words
from frugal.services.lightsail import CAP_HOURS, SNAPSHOTS
from frugal.services.postgres import (
    connection_limits,
    connections_needed,
    database_in_time,
    has_standby,
    open_door_limit,
    throughput_limit,
)
from frugal.services.resource import Declared, NoPrice, Resource, Told
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
)
from payouts.facts import assumed

OFFER = "AmazonLightsail"
#: A restart, or a failover where there is a standby. Assumed.
RESTART_SECONDS = Decimal(120)


class DatabasePlan(Value, frozen=True, kw_only=True):
    """A plan by what it holds; the names in AWS's list are made of these."""

    memory_gib: int
    vcpus: int
    storage_gib: int
    transfer: str  #: as AWS's list words it


#: Price of the standard plan -> what it holds, as AWS's price list names it.
PLANS: dict[Decimal, DatabasePlan] = {
    Decimal(15): DatabasePlan(memory_gib=1, vcpus=1, storage_gib=40, transfer="0 1TB"),
    Decimal(30): DatabasePlan(memory_gib=2, vcpus=1, storage_gib=80, transfer="0 1TB"),
    Decimal(60): DatabasePlan(memory_gib=4, vcpus=2, storage_gib=120, transfer="0 1TB"),
    Decimal(115): DatabasePlan(memory_gib=8, vcpus=2, storage_gib=240, transfer="0 2TB"),
}


def plan_meter(plan: DatabasePlan, *, high_availability: bool) -> Meter:
    kind = "High" if high_availability else "Standard"
    return Meter(
        offer=OFFER,
        name=f"Lightsail Database {kind} Availability {plan.storage_gib}GB Storage {plan.vcpus} "
        f"vCPU {plan.memory_gib}GB Memory {plan.transfer} Quota",
        unit="hour",
    )


def plan_of(monthly_usd: Decimal, *, high_availability: bool) -> DatabasePlan | None:
    """Return the plan of that price; a high-availability plan costs twice its standard one."""
    return PLANS.get(monthly_usd / 2 if high_availability else monthly_usd)


#: Size of a plan, as its id begins -> GB of memory (``micro_2_0``).
_BUNDLES = {"micro": "1", "small": "2", "medium": "4", "large": "8"}


class LightsailDatabaseInputs(Value, frozen=True, kw_only=True):
    """A managed database."""

    memory_gb: Literal["1", "2", "4", "8"] = "1"
    high_availability: bool = False  #: a standby in another zone, at twice the price
    databases: Decimal = Decimal(1)
    hours: Said = None  #: hours until it is deleted, stopped or not; default: the month
    snapshot_gb: Decimal = Decimal(0)


class LightsailDatabase(Service):
    id = "lightsail_database"
    name = "Amazon Lightsail managed database"
    category = "Databases"
    offer = OFFER
    known_as = ("lightsail_postgres",)
    examples = (
        Example(
            quantities=(
                (plan_meter(PLANS[Decimal(15)], high_availability=False), HOURS_PER_MONTH),
            ),
            cost=Decimal("14.716800"),
        ),
    )

    steady = "a plan is billed by the hour; what it sends over private addresses is not charged"

    inputs = LightsailDatabaseInputs

    resource_types = (
        "AWS::Lightsail::Database",
        "aws_lightsail_database",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        bundle = resource.known_text("relational_database_bundle_id", "bundle_id") or ""
        size, _, generation = bundle.partition("_")
        if size not in _BUNDLES or generation not in ("2_0", "ha_2_0"):
            yield NoPrice(f"the plan `{bundle[:40]}` has no price in the list")
            return
        high = generation.startswith("ha")
        yield Declared({"memory_gb": _BUNDLES[size], "high_availability": high})

    def used(self, inputs: LightsailDatabaseInputs, hours: Decimal) -> Iterable[Usage]:
        memory = int(inputs.memory_gb)
        plan = next(plan for plan in PLANS.values() if plan.memory_gib == memory)
        kept = min(hours if inputs.hours is None else inputs.hours, CAP_HOURS)
        why = f"{inputs.databases} database(s) x {kept} h, at most the plan's {CAP_HOURS}"
        meter = plan_meter(plan, high_availability=inputs.high_availability)
        yield Usage(meter, inputs.databases * kept, why)
        if inputs.snapshot_gb:
            yield Usage(SNAPSHOTS, inputs.snapshot_gb, "snapshots")

    def usage(self, part: Part) -> Iterable[Usage]:
        if not part.existing:
            high = bool(part.placement["high_availability"])
            plan = PLANS[part.number("plan_usd")]
            yield Usage(
                plan_meter(plan, high_availability=high), HOURS_PER_MONTH, "every hour of the month"
            )

    def assume(self, stack: Stack) -> Stack:
        database = stack.database
        if (
            database is None
            or database.home.value is not DatabaseHome.LIGHTSAIL_MANAGED
            or database.plan_monthly_usd is not None
        ):
            return stack
        plan = assumed(min(PLANS), "a managed database was named without a plan: the smallest")
        return replace(stack, database=replace(database, plan_monthly_usd=plan))

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        database = stack.database
        if database is None or database.home.value is not DatabaseHome.LIGHTSAIL_MANAGED:
            return
        high = bool(database.multi_az and database.multi_az.value)
        if database.plan_monthly_usd is not None:
            plan = plan_of(database.plan_monthly_usd.value, high_availability=high)
            if plan is not None:
                yield Usage(plan_meter(plan, high_availability=high), HOURS_PER_MONTH, "every hour")

    def limits(self, part: Part) -> Iterable[Margin]:
        if part.existing:
            yield from connection_limits(part)
        yield open_door_limit(part)
        yield throughput_limit(part, _vcpus(part))

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id="database-connections",
            metric="Payouts/ConnectionsFree",
            rule=SESSIONS_LOW,
            why="the next deployment of anything would be refused a connection",
        )

    def behaviour(self, part: Part) -> Database:
        return database_in_time(
            part,
            restart_seconds=assumed(
                RESTART_SECONDS, "AWS gives no figure; as long as a failover of RDS at most"
            ),
            backup_seconds=in_words("lightsail-db-pitr", "5-minute steps", 300),
            failover_seconds=assumed(
                RESTART_SECONDS, "no figure for Lightsail was found; as long as RDS's at most"
            )
            if has_standby(part, "high_availability")
            else None,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the database is lost, or restored to a point in the past",
            effect="nothing is paid; after a restore the ledger has forgotten payouts it sent",
            mitigation="quarantine: nothing is sent until the partner's list has been compared",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Mode",
            value="private",
            why=limit("lightsail-db-public-mode").what,
        )
        yield Row(name="TLS", value=limit("lightsail-db-tls").value)
        yield Row(name="PostgreSQL", value=limit("lightsail-db-postgres-versions").value)
        yield Row(name="Connections of this design", value=str(connections_needed(part)))
        if any(link.path == "private" for link in part.incoming(Verb.CONNECTS)):
            yield Row(
                name="Reached over peering",
                value="assumed",
                why="AWS names private mode for Lightsail resources only; try it before the "
                "cut-over",
            )

    def single_point_of_failure(self, part: Part) -> str:
        database = part.stack.database
        high = (
            bool(database and database.multi_az and database.multi_az.value)
            if part.existing
            else bool(part.placement["high_availability"])
        )
        return "" if high else "one database in one Availability Zone"

    def encryption(self, part: Part) -> str:
        return "encrypted by Lightsail; vault tokens only, no account numbers"


def _vcpus(part: Part) -> Decimal:
    database = part.stack.database
    if not part.existing:
        return Decimal(PLANS[part.number("plan_usd")].vcpus)
    if database is None or database.plan_monthly_usd is None:
        return Decimal(2)
    high = bool(database.multi_az and database.multi_az.value)
    plan = plan_of(database.plan_monthly_usd.value, high_availability=high)
    return Decimal(plan.vcpus if plan else 2)


SERVICE = LightsailDatabase()
