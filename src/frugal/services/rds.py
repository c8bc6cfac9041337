"""Amazon RDS for PostgreSQL.

Billed per hour of the instance class, and per GB-month of storage provisioned; a Multi-AZ instance
is a primary and a standby and costs twice. Backups up to the size of the database are included.
The default of ``max_connections`` follows from the class's memory. A Multi-AZ instance fails over
in 60 to 120 seconds, in which every session is lost: that is a fault the worker must survive, not
one the database hides.

Worked number (us-east-1): db.t4g.micro, one zone, 730 h x $0.016 = $11.68, and 20 GB of gp3 x
$0.115 = $2.30: together $13.980.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import replace

from frugal.aws_facts import limit
from frugal.model.behaviour import Database, Number
from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.graph import Link, Verb
from frugal.model.load import HOURS_PER_MONTH
from frugal.model.stack import DatabaseHome, Stack
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import above, disk_low
from frugal.services.in_time import in_words
from frugal.services.postgres import (
    connection_limits,
    connections_needed,
    database_in_time,
    has_standby,
    max_connections,
    open_door_limit,
    throughput_limit,
)
from frugal.services.resource import (
    Declared,
    NoCharge,
    NoPrice,
    NotKnown,
    Resource,
    Told,
    Unknown,
    required,
)
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
    metered,
    times,
)
from payouts.facts import Fact, assumed

OFFER = "AmazonRDS"
#: A restart, and the step of point-in-time restore. Assumed.
RESTART_SECONDS = Decimal(120)
BACKUP_SECONDS = Decimal(300)
#: Sessions in use, and storage left, that call a person while there is time to act.
SESSIONS_FULL_SHARE = Decimal("0.8")
DISK_LOW_SHARE = Decimal("0.1")
#: Storage of a new database, and of one whose size nobody named: gp3's smallest.
STORAGE_GIB = limit("rds-postgres-storage-min-gp3-gib").number

_SIZES = {"micro": 2, "small": 2, "medium": 2, "large": 2, "xlarge": 4}
_SMALL_MEMORY = {"micro": 1, "small": 2, "medium": 4}
#: Family's first letter: what AWS's list calls it, and GiB of memory for each vCPU.
_FAMILIES = {"t": ("General purpose", 4), "m": ("General purpose", 4), "r": ("Memory optimized", 8)}


class Shape(Value, frozen=True, kw_only=True):
    """What an instance class holds."""

    vcpus: Decimal
    memory_gib: Decimal
    family: str  #: as AWS's price list words it


def shape_of(instance_class: str) -> Shape | None:
    """Return what a class holds, or ``None`` for one that is not understood.

    >>> shape_of("db.t4g.micro").vcpus, shape_of("db.r7g.2xlarge").memory_gib
    (Decimal('2'), Decimal('64'))
    """
    words = instance_class.split(".")
    if len(words) != 3 or words[0] != "db" or words[1][:1] not in _FAMILIES:
        return None
    family, per_vcpu = _FAMILIES[words[1][0]]
    size = words[2]
    if size in _SIZES:
        vcpus = _SIZES[size]
    elif size.removesuffix("xlarge").isdigit():
        vcpus = 4 * int(size.removesuffix("xlarge"))
    else:
        return None
    memory = _SMALL_MEMORY.get(size, vcpus * per_vcpu)
    return Shape(vcpus=Decimal(vcpus), memory_gib=Decimal(memory), family=family)


def instance_meter(
    instance_class: str, *, multi_az: bool, engine: str = "PostgreSQL", mode: str = ""
) -> Meter:
    """Return the meter of a class's hours; several engines share its usage type, so by name."""
    shape = shape_of(instance_class)
    family = shape.family if shape else "General purpose"
    zones = "Multi-AZ" if multi_az else "Single-AZ"
    plain = instance_class.replace(".", " ", 1)
    return Meter(
        offer=OFFER,
        name=f"Database Instance {engine} No license required {mode}{plain} {family} {zones} "
        "Current Generation",
        unit="hour",
    )


def storage_meter(*, multi_az: bool) -> Meter:
    zones = "Multi" if multi_az else "Single"
    return Meter(
        offer=OFFER, name=f"Database Storage {zones} AZ General Purpose-GP3", unit="GB-month"
    )


def default_connections(memory_gib: Decimal) -> Decimal:
    """Return the default of ``max_connections``: LEAST(memory in bytes / 9531392, 5000).

    RDS keeps part of the memory for itself, so the true number is somewhat lower.
    """
    return min(Decimal(int(memory_gib * 1024**3 / 9531392)), Decimal(5000))


def class_of(part: Part) -> str | None:
    """Return the class of this database: its own setting where it is new, else the Stack's."""
    if not part.existing:
        return str(part.placement["instance_class"])
    database = part.stack.database
    if database is None or database.instance_class is None:
        return None
    return database.instance_class.value


#: Storage kinds as AWS's list words them.
_STORAGE = {
    "gp3": "General Purpose-GP3",
    "gp2": "General Purpose",
    "io1": "Provisioned IOPS",
    "io2": "Provisioned IOPS-IO2",
    "magnetic": "Magnetic",
}
BACKUP = Meter(
    offer=OFFER, usage_type="RDS:ChargedBackupUsage", name="Storage Snapshot", unit="GB-month"
)
ENGINES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}


_CLUSTERS = ("AWS::RDS::DBCluster", "aws_rds_cluster")
#: An engine, as templates name it -> as inputs do.
_NAMED = {
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
}
#: gp3 includes more IOPS from this size on, for these engines; see the provider's maintainers in
#: https://github.com/hashicorp/terraform-provider-aws/issues/28382.
_GP3_STRIPED_GIB = Decimal(400)
_GP3_IOPS, _GP3_STRIPED_IOPS = Decimal(3000), Decimal(12000)


def _extra_iops(kind: str, iops: Decimal | None, size_gib: Any) -> Decimal | None:
    """Return the IOPS that are billed, of those a template asks for."""
    if iops is None or kind != "gp3":
        return iops if kind in ("io1", "io2") else None
    if not isinstance(size_gib, Decimal):
        raise NotKnown("allocated_storage", "what gp3 includes depends on it")
    included = _GP3_IOPS if size_gib < _GP3_STRIPED_GIB else _GP3_STRIPED_IOPS
    return max(iops - included, ZERO)


class RDSInputs(Value, frozen=True, kw_only=True):
    """Database instances of one class, on demand."""

    instance_class: str = ""  #: for example db.t4g.micro
    engine: Literal["postgresql", "mysql", "mariadb", "oracle", "sqlserver"] = "postgresql"
    multi_az: bool = False  #: a standby in a second zone
    instances: Decimal = Decimal(1)
    hours: Said = None  #: hours one runs; default: the month
    storage: Literal["gp3", "gp2", "io1", "io2", "magnetic"] = "gp3"
    storage_gb: Said = None  #: of one instance
    extra_iops: Decimal = ZERO  #: gp3: beyond what the size includes; io1: all of them
    extra_mbps: Decimal = ZERO  #: gp3: throughput beyond what the size includes
    backup_gb: Decimal = ZERO  #: backups beyond the size of the databases


class RDS(Service):
    id = "rds"
    name = "Amazon RDS for PostgreSQL"
    category = "Databases"
    offer = OFFER
    known_as = ("rds_postgres",)
    examples = (
        Example(
            quantities=(
                (instance_meter("db.t4g.micro", multi_az=False), HOURS_PER_MONTH),
                (storage_meter(multi_az=False), Decimal(20)),
            ),
            cost=Decimal("13.980"),
        ),
    )

    steady = "instances and storage are billed by the hour and the GB provisioned"

    inputs = RDSInputs

    resource_types = (
        "AWS::RDS::DBInstance",
        "aws_db_instance",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        engine = (resource.known_text("engine") or "").lower()
        if engine.startswith("aurora"):
            if resource.linked(_CLUSTERS, "db_cluster_identifier") is None:
                yield NoPrice("it belongs to an Aurora cluster that is not in this template")
            else:
                yield NoCharge("it is priced with its cluster")
            return
        named = _NAMED.get(engine) or next(
            (_NAMED[one] for one in _NAMED if engine.startswith(f"{one}-")), ""
        )
        if not named:
            yield NoPrice(f"the engine `{engine[:40] or 'not named'}` is not priced here")
            return
        iops = resource.known_number("iops")
        kind = resource.known_text("storage_type") or ("io1" if iops else "gp2")
        size = resource.number("allocated_storage")
        throughput = resource.number("storage_throughput")
        yield Declared(
            {
                "instance_class": required(resource.text("db_instance_class", "instance_class")),
                "engine": named,
                "multi_az": resource.flag("multi_az"),
                "storage": "magnetic" if kind == "standard" else kind,
                "storage_gb": size,
                "extra_mbps": None if throughput is None else Unknown("gp3 includes a part of it"),
                "extra_iops": _extra_iops(
                    kind, iops, resource.known_number("allocated_storage") if iops else None
                ),
            },
            needs=("backup_gb",),
        )

    def used(self, inputs: RDSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        count, two = inputs.instances, inputs.multi_az
        runs = hours if inputs.hours is None else inputs.hours
        zones = "Multi" if two else "Single"
        if inputs.instance_class:
            engine = ENGINES.get(inputs.engine, inputs.engine)
            meter = instance_meter(inputs.instance_class, multi_az=two, engine=engine)
            yield Usage(meter, count * runs, f"{count} x {runs} h, {zones}-AZ")
        kind = Meter(
            offer=OFFER,
            name=f"Database Storage {zones} AZ {_STORAGE[inputs.storage]}",
            unit="GB-month",
        )
        size = times(inputs.storage_gb, count)
        yield metered(kind, size, f"{inputs.storage} storage, {zones}-AZ", needs="storage_gb")
        gp3 = "GP3 " if inputs.storage == "gp3" else ""
        iops = Meter(offer=OFFER, name=f"Provisioned {gp3}IOPS {zones} AZ", unit="IOPS-Mo")
        mbps = Meter(offer=OFFER, name=f"Provisioned Throughput {zones} AZ", unit="MBPS-Mo")
        for meter, amount, why in (
            (iops, inputs.extra_iops * count, "IOPS beyond what is included"),
            (mbps, inputs.extra_mbps * count, "MB/s beyond what is included"),
            (BACKUP, inputs.backup_gb, "backups beyond the databases' size"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        if not part.existing:
            yield from _month(
                str(part.placement["instance_class"]),
                multi_az=bool(part.placement["multi_az"]),
                storage_gib=part.number("storage_gib"),
            )

    def assume(self, stack: Stack) -> Stack:
        database = stack.database
        if database is None or database.home.value is not DatabaseHome.RDS:
            return stack
        if database.instance_class is None:
            database = replace(
                database,
                instance_class=assumed(
                    "db.t4g.micro", "RDS was named without a class: the smallest"
                ),
            )
        shape = shape_of(database.instance_class.value) if database.instance_class else None
        if database.max_connections is None and shape is not None:
            formula = limit("rds-postgres-max-connections-formula")
            database = replace(
                database,
                max_connections=assumed(
                    int(default_connections(shape.memory_gib)),
                    f"RDS's default for the class, from its memory ({formula.source})",
                ),
            )
        return replace(stack, database=database)

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        database = stack.database
        if database is None or database.home.value is not DatabaseHome.RDS:
            return
        if database.instance_class is not None:
            yield from _month(
                database.instance_class.value,
                multi_az=bool(database.multi_az and database.multi_az.value),
                storage_gib=database.size_gib.value if database.size_gib else STORAGE_GIB,
            )

    def limits(self, part: Part) -> Iterable[Margin]:
        instance_class = class_of(part)
        shape = shape_of(instance_class) if instance_class else None
        formula = limit("rds-postgres-max-connections-formula")
        yield from connection_limits(
            part,
            default=default_connections(shape.memory_gib) if shape else None,
            source=formula.source,
        )
        yield open_door_limit(part)
        yield throughput_limit(part, shape.vcpus if shape else Decimal(2))

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.CONNECTS and not part.candidate[link.source].existing:
            yield Statement(
                actions=("rds-db:connect",),
                resource="arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:"
                "${DatabaseResourceId}/payouts",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id="database-connections",
            metric="AWS/RDS/DatabaseConnections",
            rule=above(max_connections(part, self._connections(part)).value * SESSIONS_FULL_SHARE),
            says="80 % of max_connections",
            why="the next deployment of anything would be refused a connection",
        )
        yield Alarm(
            id="database-storage",
            metric="AWS/RDS/FreeStorageSpace",
            rule=disk_low(_storage_gib(part) * DISK_LOW_SHARE),
            says="10 % of the storage",
            why="a full disk stops every write, and with it every payout",
        )

    def behaviour(self, part: Part) -> Database:
        return database_in_time(
            part,
            restart_seconds=assumed(
                RESTART_SECONDS, "AWS gives no figure for a reboot; the upper end of a failover"
            ),
            backup_seconds=assumed(
                BACKUP_SECONDS, "point-in-time restore, in steps as Lightsail's page gives them"
            ),
            failover_seconds=in_words("rds-failover-multi-az-instance-seconds", "60-120", 120)
            if has_standby(part, "multi_az")
            else None,
            default=self._connections(part),
        )

    def _connections(self, part: Part) -> Number | None:
        """Return the default of ``max_connections`` for its class."""
        shape = shape_of(class_of(part) or "")
        if shape is None:
            return None
        formula = limit("rds-postgres-max-connections-formula")
        return Fact(default_connections(shape.memory_gib), formula.source, formula.basis)

    def failures(self, part: Part) -> Iterable[Failure]:
        seconds = limit("rds-failover-multi-az-instance-seconds").value
        yield Failure(
            what=f"failover to the standby, {seconds} s, or maintenance of a single instance",
            effect="every session is lost; a commit may have happened or not",
            mitigation="sessions are opened again; an attempt whose commit is unsure is looked up "
            "in the ledger before anything is sent",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Class", value=class_of(part) or "not named")
        yield Row(
            name="Schema", value="payouts, its own role, no superuser, no extension, lock_timeout"
        )
        yield Row(name="TLS", value="verify-full; rds.force_ssl is on from PostgreSQL 15")
        yield Row(name="Connections of this design", value=str(connections_needed(part)))

    def single_point_of_failure(self, part: Part) -> str:
        database = part.stack.database
        multi_az = (
            bool(database and database.multi_az and database.multi_az.value)
            if part.existing
            else bool(part.placement["multi_az"])
        )
        return "" if multi_az else "one database instance in one Availability Zone"

    def encryption(self, part: Part) -> str:
        return "KMS, AWS-managed key aws/rds; vault tokens only, no account numbers"


def _storage_gib(part: Part) -> Decimal:
    """Return the storage of a new database, or what is known of the one that is there."""
    if not part.existing:
        return part.number("storage_gib")
    database = part.stack.database
    return database.size_gib.value if database and database.size_gib else STORAGE_GIB


def _month(instance_class: str, *, multi_az: bool, storage_gib: Decimal) -> Iterator[Usage]:
    zones = "two zones" if multi_az else "one zone"
    yield Usage(
        instance_meter(instance_class, multi_az=multi_az),
        HOURS_PER_MONTH,
        f"{instance_class}, {zones}, every hour",
    )
    yield Usage(storage_meter(multi_az=multi_az), storage_gib, f"gp3 storage, {zones}")


SERVICE = RDS()
