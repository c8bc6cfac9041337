"""Amazon Kinesis Data Streams, provisioned and on demand.

Provisioned is billed per shard-hour, used or not, and per PUT payload unit: each record counts one
for every 25 KB. On demand is billed per stream-hour, per GB written, each record rounded up to
1 KB, and per GB read. Both keep records 24 hours; keeping them to seven days costs an hour's
add-on per shard (provisioned) or a GB-month (on demand), and beyond that a GB-month. A consumer
with its own throughput (enhanced fan-out) is billed on top, per shard-hour and per GB.

Worked number (us-east-1): two shards for 730 h are 1,460 shard-hours at $0.015 = $21.90, and ten
million records of 3 KB are as many payload units at $0.000000014 = $0.14: $22.04. On demand, a
stream for 730 h at $0.04, 100 GB in at $0.08 and 200 GB out at $0.04 are $45.20.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import HOURS_PER_MONTH, KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, steps, times

OFFER = "AmazonKinesis"
SHARD_HOURS = Meter(
    offer=OFFER,
    usage_type="Storage-ShardHour",
    name="Provisioned shard hour per ShardHour",
    unit="ShardHour",
)
PAYLOAD_UNITS = Meter(
    offer=OFFER,
    usage_type="PutRequestPayloadUnits",
    name="Payload Units per PutRequest",
    unit="PayloadUnits",
)
EXTENDED_SHARD_HOURS = Meter(offer=OFFER, name="Addon shard hour per ShardHour", unit="ShardHour")
FAN_OUT_SHARD_HOURS = Meter(
    offer=OFFER, name="Enhanced fan out per ConsumerShardHour", unit="ConsumerShardHour"
)
FAN_OUT_GB = Meter(offer=OFFER, name="Enhanced fan out GB of data retrieved per GB", unit="GB")
LONG_TERM_GB_MONTHS = Meter(
    offer=OFFER, name="Long term Data Retention GB-month per GB-month", unit="GB-month"
)
LONG_TERM_READ_GB = Meter(offer=OFFER, name="Long term Data Retrieval GB per GB", unit="GB")
STREAM_HOURS = Meter(offer=OFFER, name="OnDemandStreamHr per StreamHr", unit="StreamHr")
ON_DEMAND_IN_GB = Meter(offer=OFFER, name="OnDemandDataIngested per GB", unit="GB")
ON_DEMAND_OUT_GB = Meter(offer=OFFER, name="OnDemandDataRetrieval per GB", unit="GB")
ON_DEMAND_FAN_OUT_GB = Meter(offer=OFFER, name="OnDemandEFODataRetrieval per GB", unit="GB")
ON_DEMAND_EXTENDED_GB_MONTHS = Meter(
    offer=OFFER, name="OnDemandExtendedRetentionByteHrs per GB month", unit="GB-month"
)
ON_DEMAND_LONG_TERM_GB_MONTHS = Meter(
    offer=OFFER, name="OnDemandLongTermRetentionByteHrs per GB month", unit="GB-month"
)
PAYLOAD_UNIT_KB = Decimal(25)
#: Kept without a charge; the add-on ends and the GB-month begins.
INCLUDED_HOURS = Decimal(24)
EXTENDED_HOURS = Decimal(7 * 24)


class KinesisInputs(Value, frozen=True, kw_only=True):
    """A month of one or several streams in one mode."""

    mode: Literal["provisioned", "on_demand"] = "provisioned"
    shards: Said = None  #: provisioned, all streams together
    streams: Decimal = ONE  #: on demand
    records: Said = None  #: written in the month
    record_kb: Said = None
    put_payload_units: Said = None  #: provisioned; not said: from the records
    written_gb: Said = None  #: on demand; not said: from the records
    read_gb: Said = None  #: on demand, by consumers that share the throughput
    retention_hours: Decimal = INCLUDED_HOURS
    fan_out_consumers: Decimal = ZERO  #: provisioned: consumers with their own throughput
    fan_out_read_gb: Said = None  #: what those read
    long_term_read_gb: Said = None  #: read again after seven days


class Kinesis(Service):
    id = "kinesis"
    name = "Amazon Kinesis Data Streams"
    category = "Analytics"
    offer = OFFER
    known_as = ("kinesis_data_streams",)
    inputs = KinesisInputs
    examples = (
        Example(
            quantities=((SHARD_HOURS, HOURS_PER_MONTH * 2), (PAYLOAD_UNITS, Decimal(10_000_000))),
            cost=Decimal("22.04"),
        ),
        Example(
            quantities=(
                (STREAM_HOURS, HOURS_PER_MONTH),
                (ON_DEMAND_IN_GB, Decimal(100)),
                (ON_DEMAND_OUT_GB, Decimal(200)),
            ),
            cost=Decimal("45.20"),
        ),
    )

    resource_types = (
        "AWS::Kinesis::Stream",
        "aws_kinesis_stream",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        mode = resource.known_text("stream_mode_details.stream_mode") or "PROVISIONED"
        yield Declared(
            {
                "mode": mode.lower(),
                "shards": resource.number("shard_count"),
                "retention_hours": resource.number("retention_period_hours", "retention_period"),
            }
        )

    def used(self, inputs: KinesisInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        if inputs.mode == "provisioned":
            yield from self._provisioned(inputs, hours)
        else:
            yield from self._on_demand(inputs, hours)
        if inputs.long_term_read_gb is not None:
            yield Usage(LONG_TERM_READ_GB, inputs.long_term_read_gb, "read after seven days")

    def _provisioned(self, inputs: KinesisInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        shard_hours = times(inputs.shards, hours)
        yield metered(SHARD_HOURS, shard_hours, "shards, every hour", needs="shards")
        units = inputs.put_payload_units
        if units is None:
            each = None if inputs.record_kb is None else steps(inputs.record_kb, PAYLOAD_UNIT_KB)
            units = times(inputs.records, each)
        yield metered(
            PAYLOAD_UNITS,
            units,
            "records, each 25 KB",
            needs="put_payload_units, or records and record_kb",
        )
        if inputs.retention_hours > INCLUDED_HOURS:
            yield metered(
                EXTENDED_SHARD_HOURS, shard_hours, "kept longer than 24 h", needs="shards"
            )
        if inputs.retention_hours > EXTENDED_HOURS:
            yield metered(
                LONG_TERM_GB_MONTHS,
                _kept(written_gb(inputs), inputs.retention_hours - EXTENDED_HOURS, hours),
                "kept longer than seven days, once the stream is that old",
                needs="written_gb, or records and record_kb",
            )
        if inputs.fan_out_consumers:
            yield metered(
                FAN_OUT_SHARD_HOURS,
                times(shard_hours, inputs.fan_out_consumers),
                "consumers with their own throughput, every shard and hour",
                needs="shards",
            )
            yield metered(
                FAN_OUT_GB, inputs.fan_out_read_gb, "what they read", needs="fan_out_read_gb"
            )

    def _on_demand(self, inputs: KinesisInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield Usage(STREAM_HOURS, inputs.streams * hours, "streams, every hour")
        written = written_gb(inputs)
        says_writing = "written_gb, or records and record_kb"
        yield metered(ON_DEMAND_IN_GB, written, "records, each 1 KB", needs=says_writing)
        yield metered(ON_DEMAND_OUT_GB, inputs.read_gb, "read", needs="read_gb")
        if inputs.fan_out_read_gb is not None:
            yield Usage(
                ON_DEMAND_FAN_OUT_GB, inputs.fan_out_read_gb, "read with their own throughput"
            )
        if inputs.retention_hours > INCLUDED_HOURS:
            extended = min(inputs.retention_hours, EXTENDED_HOURS) - INCLUDED_HOURS
            yield metered(
                ON_DEMAND_EXTENDED_GB_MONTHS,
                _kept(written, extended, hours),
                "kept from 24 h to seven days",
                needs=says_writing,
            )
        if inputs.retention_hours > EXTENDED_HOURS:
            yield metered(
                ON_DEMAND_LONG_TERM_GB_MONTHS,
                _kept(written, inputs.retention_hours - EXTENDED_HOURS, hours),
                "kept longer than seven days, once the stream is that old",
                needs=says_writing,
            )


def written_gb(inputs: KinesisInputs) -> Decimal | None:
    """Return the GB written in the month, each record rounded up to 1 KB (1,024 bytes)."""
    if inputs.written_gb is not None:
        return inputs.written_gb
    each = None if inputs.record_kb is None else steps(inputs.record_kb, ONE)
    kib = times(inputs.records, each)
    return None if kib is None else kib / KIB_PER_GIB


def _kept(gb: Decimal | None, kept_hours: Decimal, hours: Decimal) -> Decimal | None:
    """Return the GB-months of keeping what a month writes for so many hours more."""
    return times(gb, kept_hours / hours)


SERVICE = Kinesis()
