"""Amazon Aurora PostgreSQL, Serverless v2, and its Data API.

Billed per ACU-hour (about 2 GiB of memory each) between a minimum and a maximum, per GB-month of
storage used and per I/O. At a minimum of 0 it pauses after five minutes without a session and takes
15 seconds or more to come back; a tick every five minutes, an open pool or a proxy keeps it awake.
With the Data API a function calls HTTPS instead of opening a session, so it needs neither a VPC nor
a NAT gateway; each call is billed, and its credentials are in Secrets Manager.

Worked number (us-east-1): 0.5 ACU x 730 h x $0.12 = $43.80, 10 GB x $0.10 = $1.00 and 100,000 Data
API requests x $0.00000035 = $0.035: together $44.835.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Database
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount, at_least
from frugal.model.graph import Link, Verb
from frugal.model.load import HOURS_PER_MONTH, SECONDS_PER_MONTH
from frugal.model.stack import DatabaseHome, Stack
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import CAPACITY_FULL
from frugal.services.postgres import (
    PAYOUTS_PER_SECOND_PER_VCPU,
    connection_limits,
    database_in_time,
    has_standby,
    open_door_limit,
)
from frugal.services.rds import BACKUP_SECONDS, OFFER, RESTART_SECONDS, instance_meter, shape_of
from frugal.services.resource import Declared, NoCharge, NoPrice, Resource, Told
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
    metered,
    times,
)
from payouts.facts import assumed

ACU_HOURS = Meter(
    offer=OFFER,
    name="Aurora Capacity Unit hour running Aurora PostgreSQL Serverless v2",
    unit="ACU-hour",
)
STORAGE = Meter(
    offer=OFFER,
    name="Consumed storage for Aurora PostgreSQL (General Purpose-Aurora)",
    unit="GB-month",
)
IO = Meter(offer=OFFER, name="I/O requests for Aurora PostgreSQL (Standard mode)", unit="I/O")
DATA_API = Meter(offer=OFFER, name="Aurora PostgreSQL Data API requests", unit="request")
ENGINE = "Aurora PostgreSQL"

#: A vCPU fully used is about four ACUs: AWS's own sizing rule for memory-optimized classes
#: (aws/agent-toolkit-for-aws, serverless advisory formulas). Payouts a second of one ACU follow.
ACU_PER_VCPU = Decimal(4)
PAYOUTS_PER_SECOND_PER_ACU = PAYOUTS_PER_SECOND_PER_VCPU / ACU_PER_VCPU
#: Pages written for a statement: the row, an index, the log. Assumed.
IO_PER_STATEMENT = Decimal(3)


ACU_HOURS_IO_OPTIMIZED = Meter(
    offer=OFFER,
    name="Aurora Capacity Unit hour running Aurora PostgreSQL Serverless v2 IO-Optimized",
    unit="ACU-hour",
)
STORAGE_IO_OPTIMIZED = Meter(
    offer=OFFER, name="I/O-Optimized consumed storage for Aurora PostgreSQL", unit="GB-month"
)
BACKUP = Meter(
    offer=OFFER,
    name="Backup storage exceeding free allocation for Aurora PostgreSQL",
    unit="GB-month",
)


_CLUSTERS = ("AWS::RDS::DBCluster", "aws_rds_cluster")
_INSTANCES = ("AWS::RDS::DBInstance", "aws_rds_cluster_instance")


def _instance(resource: Resource) -> Iterator[NoCharge | NoPrice]:
    """Yield that an instance is priced with its cluster, if that stands in the template."""
    if resource.linked(_CLUSTERS, "db_cluster_identifier", "cluster_identifier") is None:
        yield NoPrice("its cluster is not in this template")
    else:
        yield NoCharge("it is priced with its cluster")


class AuroraInputs(Value, frozen=True, kw_only=True):
    """A PostgreSQL cluster: serverless capacity, or instances of a class."""

    acus: Said = None  #: serverless: capacity units in use, mean of the hours
    instance_class: str = ""  #: in place of ``acus``: for example db.r7g.large
    instances: Decimal = Decimal(1)  #: writer and readers
    hours: Said = None  #: default: the month
    io_optimized: bool = False  #: no charge by I/O; capacity and storage cost more
    storage_gb: Said = None
    io_requests: Said = None  #: pages read and written; not billed where I/O-Optimized
    backup_gb: Decimal = Decimal(0)  #: backups beyond the size of the cluster
    data_api_requests: Decimal = Decimal(0)


class Aurora(Service):
    id = "aurora"
    name = "Amazon Aurora PostgreSQL"
    category = "Databases"
    offer = OFFER
    known_as = ("aurora_serverless", "aurora_postgresql")
    examples = (
        Example(
            quantities=(
                (ACU_HOURS, Decimal(365)),
                (STORAGE, Decimal(10)),
                (DATA_API, Decimal(100_000)),
            ),
            cost=Decimal("44.835"),
        ),
    )

    inputs = AuroraInputs

    resource_types = (
        "AWS::RDS::DBCluster",
        "aws_rds_cluster",
        "aws_rds_cluster_instance",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.type == "aws_rds_cluster_instance":
            yield from _instance(resource)
            return
        engine = resource.known_text("engine") or ""
        if engine != "aurora-postgresql":
            yield NoPrice(f"only Aurora PostgreSQL is priced here, not `{engine[:40]}`")
            return
        optimized = resource.known_text("storage_type") == "aurora-iopt1"
        classes: dict[str, int] = {}
        for instance in resource.users(_INSTANCES, "db_cluster_identifier", "cluster_identifier"):
            name = instance.known_text("db_instance_class", "instance_class") or ""
            classes[name] = classes.get(name, 0) + 1
        needs = ("storage_gb", *(() if optimized else ("io_requests",)))
        if not classes:
            yield Declared({"instances": ZERO, "io_optimized": optimized}, needs=needs)
        for place, (name, count) in enumerate(sorted(classes.items())):
            said = {
                "instance_class": None if name == "db.serverless" else name,
                "instances": Decimal(count),
                "io_optimized": optimized,
                # The cluster's storage is billed once, with the first of its classes.
                "storage_gb": ZERO if place else None,
                "io_requests": ZERO if place else None,
            }
            yield Declared(said, needs=() if place else needs, part=name if place else "")

    def used(self, inputs: AuroraInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        total = inputs.instances * (hours if inputs.hours is None else inputs.hours)
        optimized = inputs.io_optimized
        if inputs.instance_class:
            mode = "Aurora IO Optimization Mode " if optimized else ""
            meter = instance_meter(inputs.instance_class, multi_az=False, engine=ENGINE, mode=mode)
            yield Usage(meter, total, f"{inputs.instances} instance(s), hours")
        else:
            meter = ACU_HOURS_IO_OPTIMIZED if optimized else ACU_HOURS
            used = times(inputs.acus, total)
            yield metered(meter, used, "capacity units x hours", needs="acus, or instance_class")
        stored = STORAGE_IO_OPTIMIZED if optimized else STORAGE
        yield metered(stored, inputs.storage_gb, "storage used", needs="storage_gb")
        if not optimized:
            yield metered(IO, inputs.io_requests, "pages read and written", needs="io_requests")
        for extra, amount, why in (
            (BACKUP, inputs.backup_gb, "backups beyond the cluster's size"),
            (DATA_API, inputs.data_api_requests, "Data API requests"),
        ):
            if amount:
                yield Usage(extra, amount, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        statements = part.per_month_in(Verb.CONNECTS)
        if not part.existing:
            yield Usage(ACU_HOURS, _acu_hours(part), "capacity at its minimum, more under load")
            yield Usage(STORAGE, part.number("storage_gib"), "storage used")
        yield Usage(IO, statements * IO_PER_STATEMENT, "pages read and written")
        for link in part.incoming(Verb.CONNECTS):
            if link.path == "aws":
                yield Usage(DATA_API, link.per_month, "one Data API request a statement")

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        database = stack.database
        if database is None or database.home.value is not DatabaseHome.AURORA:
            return
        if database.instance_class is not None and shape_of(database.instance_class.value):
            yield Usage(
                instance_meter(database.instance_class.value, multi_az=False, engine=ENGINE),
                HOURS_PER_MONTH,
                f"{database.instance_class.value}, every hour",
            )
        else:
            floor = Decimal("0.5")
            yield Usage(ACU_HOURS, floor * HOURS_PER_MONTH, "at least half an ACU, every hour")
        if database.size_gib is not None:
            yield Usage(STORAGE, database.size_gib.value, "storage used")

    def limits(self, part: Part) -> Iterable[Margin]:
        sessions = any(link.path != "aws" for link in part.incoming(Verb.CONNECTS))
        if sessions:
            yield from connection_limits(part)
        yield open_door_limit(part)
        biggest = limit("aurora-sv2-max-acu")
        yield Margin(
            check="database-throughput",
            placement=part.id,
            what="ACUs needed at the peak",
            used=part.load.payouts_per_second_peak / PAYOUTS_PER_SECOND_PER_ACU,
            limit=biggest.number,
            unit="ACUs",
            source=f"{biggest.source}; {PAYOUTS_PER_SECOND_PER_ACU} payouts a second of one ACU "
            "is assumed from a measurement on two ordinary vCPUs",
            basis="assumed",
            remedy="several databases, split by payee",
        )
        for link in part.incoming(Verb.CONNECTS):
            if link.path == "aws":
                yield margin(
                    part,
                    "data-api-time-limit",
                    "seconds one statement takes",
                    link.seconds,
                    limit("aurora-data-api-timeout-seconds"),
                )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is not Verb.CONNECTS or part.candidate[link.source].existing:
            return
        arn = "arn:${AWS::Partition}:"
        if link.path == "aws":
            yield Statement(
                actions=(
                    "rds-data:BeginTransaction",
                    "rds-data:CommitTransaction",
                    "rds-data:ExecuteStatement",
                    "rds-data:RollbackTransaction",
                ),
                resource=arn + "rds:${AWS::Region}:${AWS::AccountId}:cluster:" + part.id,
            )
        elif link.path == "private":
            yield Statement(
                actions=("rds-db:connect",),
                resource=arn
                + "rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${ClusterResourceId}/payouts",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id="database-capacity",
            metric="AWS/RDS/ACUUtilization",
            rule=CAPACITY_FULL,
            why="the maximum holds payouts back, or a runaway query is being paid for",
        )

    def behaviour(self, part: Part) -> Database:
        second = has_standby(part, "multi_az") if part.existing else part.number("instances") > 1
        return database_in_time(
            part,
            restart_seconds=assumed(
                RESTART_SECONDS, "AWS gives no figure; as long as a failover of RDS at most"
            ),
            backup_seconds=assumed(
                BACKUP_SECONDS, "point-in-time restore, in steps as Lightsail's page gives them"
            ),
            failover_seconds=assumed(
                RESTART_SECONDS, "no figure for Aurora was found; as long as RDS's at most"
            )
            if second
            else None,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="failover, or a resume after a pause of 15 to 30 seconds",
            effect="sessions and Data API transactions are lost",
            mitigation="the run ends and the next one looks up what was left open",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        if not part.existing:
            yield Row(
                name="Capacity",
                value=f"{part.placement['min_acu']} ACU at least",
                why="a tick keeps it awake, so a minimum of 0 would not pause",
            )
        yield Row(name="TLS", value="verify-full, or HTTPS for the Data API")

    def single_point_of_failure(self, part: Part) -> str:
        database = part.stack.database
        second = (
            bool(database and database.multi_az and database.multi_az.value)
            if part.existing
            else part.number("instances") > 1
        )
        return "" if second else "one database instance; its storage is in three zones"

    def encryption(self, part: Part) -> str:
        return "KMS, AWS-managed key aws/rds"


def _acu_hours(part: Part) -> Amount:
    busy = part.load.payouts / (SECONDS_PER_MONTH * PAYOUTS_PER_SECOND_PER_ACU)
    return at_least(busy, part.number("min_acu")) * (HOURS_PER_MONTH * part.number("instances"))


SERVICE = Aurora()
