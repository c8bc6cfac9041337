"""Amazon DynamoDB, on demand.

Billed per write unit (1 KB; twice that in a transaction), per read unit (4 KB) and per GB-month
over 25 GB. Nothing is paid while nothing happens and a table grows by itself, so it is the ledger
for volumes one Postgres cannot carry; what is given up is SQL next to the business's own data.

Worked number (us-east-1): 6,083 payouts with 3 transactional writes of 1 KB are 36,498 write units
at $0.000000625 = $0.02281125.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ZERO, ceiling
from frugal.model.graph import Link, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ERRORS_TWICE
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
    Statement,
    Usage,
    margin,
    steps,
)

OFFER = "AmazonDynamoDB"
WRITES = Meter(
    offer=OFFER,
    usage_type="WriteRequestUnits",
    name="PayPerRequest Write Request Units",
    unit="WriteRequestUnits",
)
READS = Meter(
    offer=OFFER,
    usage_type="ReadRequestUnits",
    name="PayPerRequest Read Request Units",
    unit="ReadRequestUnits",
)
STORAGE = Meter(
    offer=OFFER,
    usage_type="TimedStorage-ByteHrs",
    name="Data Storage Indexed GB-Mo",
    unit="GB-month",
)
TRANSACTIONAL = Decimal(2)
READ_KIB = Decimal(4)
#: Write units a second one table takes before AWS is asked for more.
TABLE_WRITES_PER_SECOND = Decimal(40_000)
TABLE_SOURCE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Limits.html"
#: Months a payout's items are kept: a year of statements and disputes. Assumed.
MONTHS_KEPT = Decimal(12)


#: Provisioned capacity, by the unit and hour; its first 25 units are a $0 band.
READ_CAPACITY = Meter(
    offer=OFFER,
    usage_type="ReadCapacityUnit-Hrs",
    name="Provisioned Read Units",
    unit="ReadCapacityUnit-Hrs",
)
WRITE_CAPACITY = Meter(
    offer=OFFER,
    usage_type="WriteCapacityUnit-Hrs",
    name="Provisioned Write Units",
    unit="WriteCapacityUnit-Hrs",
)
RECOVERY = Meter(
    offer=OFFER,
    usage_type="TimedPITRStorage-ByteHrs",
    name="PITR Backup Storage GB-Mo",
    unit="GB-month",
)
BACKUP = Meter(offer=OFFER, name="On-Demand Backup Storage GB-Month", unit="GB-month")
#: Units of one read or write of the smallest size, by how sure it is.
_UNITS = {"eventual": Decimal("0.5"), "strong": Decimal(1), "transactional": TRANSACTIONAL}


def streams_meter() -> Meter:
    """Return the meter of a stream's reads, which no list we hold has: it stays unpriced."""
    return Meter(offer=OFFER, documented_item="Streams read requests", unit="request")


class DynamoDBInputs(Value, frozen=True, kw_only=True):
    """Tables of one kind."""

    reads: Said = None  #: on demand: reads a month
    writes: Said = None  #: on demand: writes a month
    item_kb: Decimal = Decimal(1)  #: size of an item; a read unit is 4 KB, a write unit 1 KB
    read_consistency: Literal["strong", "eventual", "transactional"] = "strong"
    write_consistency: Literal["strong", "transactional"] = "strong"
    read_capacity_units: Said = None  #: provisioned, kept every hour
    write_capacity_units: Said = None
    storage_gb: Said = None
    recovery_gb: Said = None  #: table size under point-in-time recovery
    backup_gb: Said = None  #: backups made on demand
    stream_reads: Said = None  #: reads of a stream other than by a function: unpriced


class DynamoDB(Service):
    id = "dynamodb"
    name = "Amazon DynamoDB"
    category = "Databases"
    offer = OFFER
    known_as = ("dynamo",)
    examples = (Example(quantities=((WRITES, Decimal(36_498)),), cost=Decimal("0.02281125")),)

    inputs = DynamoDBInputs

    resource_types = (
        "AWS::DynamoDB::Table",
        "aws_dynamodb_table",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.get("replica", "replicas") is not None:
            yield NoPrice("replicas of a global table are not priced here")
            return
        mode = resource.known_text("billing_mode") or "PROVISIONED"
        needs = ["storage_gb"]
        said: dict[str, Any] = {}
        if mode == "PAY_PER_REQUEST":
            needs += ["reads", "writes"]
        else:
            tables = (
                resource,
                *resource.blocks("global_secondary_indexes", "global_secondary_index"),
            )
            for name in ("read_capacity_units", "write_capacity_units"):
                short = name.removesuffix("_units")
                paths = (f"provisioned_throughput.{name}", short)
                said[name] = sum((table.known_number(*paths) or ZERO for table in tables), ZERO)
        if resource.flag("stream_enabled") or resource.get("stream_specification") is not None:
            needs.append("stream_reads")
        if resource.flag(
            "point_in_time_recovery_specification.point_in_time_recovery_enabled",
            "point_in_time_recovery.enabled",
        ):
            needs.append("recovery_gb")
        yield Declared(said, needs=tuple(needs))

    def used(self, inputs: DynamoDBInputs, hours: Decimal) -> Iterable[Usage]:
        reads = steps(inputs.item_kb, READ_KIB) * _UNITS[inputs.read_consistency]
        writes = steps(inputs.item_kb, Decimal(1)) * _UNITS[inputs.write_consistency]
        one = Decimal(1)
        for meter, amount, units, why in (
            (
                READS,
                inputs.reads,
                reads,
                f"{reads} unit(s) a read of 4 KB",
            ),
            (WRITES, inputs.writes, writes, f"{writes} unit(s) a write: 1 KB each"),
            (READ_CAPACITY, inputs.read_capacity_units, hours, "units x hours"),
            (WRITE_CAPACITY, inputs.write_capacity_units, hours, "units x hours"),
            (STORAGE, inputs.storage_gb, one, "table and index storage"),
            (RECOVERY, inputs.recovery_gb, one, "point-in-time recovery"),
            (BACKUP, inputs.backup_gb, one, "backups on demand"),
            (streams_meter(), inputs.stream_reads, one, "reads of a stream"),
        ):
            if amount is not None:
                yield Usage(meter, amount * units, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        for link in part.incoming(Verb.SENDS):
            units = ceiling(max(link.request_kib, Decimal(1))) * TRANSACTIONAL
            yield Usage(WRITES, link.per_month * units, "transactional writes, 1 KB units")
        for link in part.incoming(Verb.READS):
            units = ceiling(max(link.response_kib, Decimal(1)) / READ_KIB)
            yield Usage(READS, link.per_month * units, "consistent reads, 4 KB units")
        kept = part.number("kib_per_payout") * MONTHS_KEPT / KIB_PER_GIB
        yield Usage(STORAGE, part.load.payouts * kept, f"items kept {MONTHS_KEPT} months")

    def limits(self, part: Part) -> Iterable[Margin]:
        writes = part.number("writes_per_payout") * TRANSACTIONAL
        yield Margin(
            check="table-throughput",
            placement=part.id,
            what="write units a second at the peak",
            used=part.load.payouts_per_second_peak * writes,
            limit=TABLE_WRITES_PER_SECOND,
            unit="write units per second",
            source=TABLE_SOURCE + " (a default; AWS raises it on request)",
            remedy="ask AWS for a higher quota, or several tables split by payee",
        )
        yield margin(
            part,
            "item-size",
            "KB of one item",
            part.number("kib_per_payout"),
            limit("dynamodb-item-max-kb"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/" + part.id
        if link.verb is Verb.SENDS:
            yield Statement(actions=("dynamodb:PutItem", "dynamodb:UpdateItem"), resource=arn)
        if link.verb is Verb.READS:
            yield Statement(actions=("dynamodb:GetItem", "dynamodb:Query"), resource=arn)

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-throttled",
            metric="AWS/DynamoDB/WriteThrottleEvents",
            rule=ERRORS_TWICE,
            why="a new on-demand table takes 4,000 writes a second and doubles from there",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="two workers take the same payout",
            effect="one of two conditional writes fails",
            mitigation="the attempt is written on the condition that none is open; the loser stops",
        )
        yield Failure(
            what="an expired item is still there for days",
            effect="a clean-up by time to live is not exact",
            mitigation="validity is a field that is read, never the item's absence",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Capacity", value="on demand", why="no capacity is paid for while idle")
        yield Row(name="Key", value="the payout's id, so that writes spread over partitions")
        yield Row(name="Recovery", value="point-in-time recovery is charged per GB-month on top")

    def encryption(self, part: Part) -> str:
        return "AWS-owned key; vault tokens only, no account numbers"


SERVICE = DynamoDB()
