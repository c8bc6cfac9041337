"""Amazon EBS: volumes and snapshots.

Billed per GB-month of what is provisioned, attached or not, by the second. gp3 includes 3,000 IOPS
and 125 MiB/s whatever its size and bills what is provisioned beyond; io1 and io2 bill every IOPS;
gp2, st1 and sc1 bill their size alone; the old magnetic kind bills each I/O. Snapshots are billed
per GB-month of changed blocks.

The lists we hold have EBS for eu-west-1 (2023-02-23) and gp3's storage for us-east-1 alone. All
else is unpriced, and a Region's rates are never another's.

Worked number (us-east-1): 100 GB of gp3 with its included performance are 100 GB-months at $0.08 =
$8.00. In eu-west-1, 500 GB of gp3 at $0.088 with 2,000 IOPS more at $0.0055 are $55.00.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.price_list.meter import Meter
from frugal.services.ec2 import (
    GP3,
    GP3_IOPS,
    GP3_MBPS,
    MIB_PER_GIB,
    OFFER,
    SNAPSHOT_STANDARD,
    THROUGHPUT,
    iops_meter,
    volume_meter,
    volume_of,
)
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, times

#: io2 is cheaper per IOPS beyond 32,000 and beyond 64,000 of one volume; each is a SKU of its own.
IO2_IOPS = {
    tier: Meter(offer=OFFER, usage_type=f"EBS:VolumeP-IOPS.{tier}", unit="IOPS-Mo")
    for tier in ("io2", "io2.tier2", "io2.tier3")
}
#: Where a tier begins and ends (https://aws.amazon.com/ebs/pricing/).
_IO2_BANDS: dict[str, tuple[Decimal, Said]] = {
    "io2": (ZERO, Decimal(32_000)),
    "io2.tier2": (Decimal(32_000), Decimal(64_000)),
    "io2.tier3": (Decimal(64_000), None),
}
MAGNETIC_IO = Meter(offer=OFFER, usage_type="EBS:VolumeIOUsage", unit="I/O")
ARCHIVED_SNAPSHOTS = Meter(offer=OFFER, usage_type="EBS:SnapshotArchiveStorage", unit="GB-month")
ARCHIVE_RETRIEVALS = Meter(offer=OFFER, usage_type="EBS:SnapshotArchiveRetrieval", unit="GB")


class EBSInputs(Value, frozen=True, kw_only=True):
    """Volumes of one kind, each of the same size; and snapshots, which belong to no kind."""

    volume_type: Literal["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] = "gp3"
    volumes: Decimal = ONE
    size_gb: Said = None  #: of each volume
    iops: Said = None  #: provisioned for each; gp3 includes 3,000
    throughput_mib_per_second: Said = None  #: gp3, for each; 125 are included
    hours: Said = None  #: hours they are kept; default: the month
    io_requests: Said = None  #: magnetic volumes
    snapshot_gb: Decimal = ZERO  #: changed blocks kept
    archived_snapshot_gb: Decimal = ZERO
    archive_retrieved_gb: Decimal = ZERO


class EBS(Service):
    id = "ebs"
    name = "Amazon EBS"
    category = "Storage"
    offer = OFFER
    inputs = EBSInputs
    examples = (
        Example(quantities=((GP3, Decimal(100)),), cost=Decimal("8.00")),
        Example(
            quantities=((GP3, Decimal(500)), (iops_meter("gp3"), Decimal(2_000))),
            cost=Decimal("55.00"),
            region="eu-west-1",
        ),
    )

    resource_types = (
        "AWS::EC2::Volume",
        "aws_ebs_volume",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared(volume_of(resource))

    def used(self, inputs: EBSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        of_volumes = (
            inputs.size_gb,
            inputs.iops,
            inputs.throughput_mib_per_second,
            inputs.hours,
            inputs.io_requests,
        )
        snapshots_only = all(said is None for said in of_volumes) and (
            inputs.snapshot_gb or inputs.archived_snapshot_gb or inputs.archive_retrieved_gb
        )
        if not snapshots_only:
            yield from self._volumes(inputs, hours)
        for meter, amount, why in (
            (SNAPSHOT_STANDARD, inputs.snapshot_gb, "changed blocks of snapshots"),
            (ARCHIVED_SNAPSHOTS, inputs.archived_snapshot_gb, "snapshots in the archive, whole"),
            (ARCHIVE_RETRIEVALS, inputs.archive_retrieved_gb, "restored from the archive"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def _volumes(self, inputs: EBSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kind = inputs.volume_type
        share = ONE if inputs.hours is None else inputs.hours / hours
        months = inputs.volumes * share
        yield metered(
            volume_meter(kind),
            times(inputs.size_gb, months),
            f"{kind} provisioned",
            needs="size_gb",
        )
        if kind == "gp3":
            iops = (inputs.iops or ZERO) - GP3_IOPS
            if iops > 0:
                yield Usage(iops_meter(kind), iops * months, f"beyond {GP3_IOPS:,} IOPS each")
            throughput = (inputs.throughput_mib_per_second or ZERO) - GP3_MBPS
            if throughput > 0:
                # Listed per GiB/s, provisioned in MiB/s.
                quantity = throughput * months / MIB_PER_GIB
                yield Usage(THROUGHPUT, quantity, f"beyond {GP3_MBPS} MiB/s each")
        if kind == "io1":
            provisioned = times(inputs.iops, months)
            yield metered(iops_meter(kind), provisioned, "IOPS provisioned", needs="iops")
        if kind == "io2":
            yield from self._io2(inputs.iops, months)
        if kind == "standard":
            yield metered(MAGNETIC_IO, inputs.io_requests, "each I/O", needs="io_requests")

    def _io2(self, iops: Decimal | None, months: Decimal) -> Iterable[Usage | Unsaid]:
        if iops is None:
            yield Unsaid(IO2_IOPS["io2"], "iops")
            return
        for tier, (begin, end) in _IO2_BANDS.items():
            within = (iops if end is None else min(iops, end)) - begin
            if within > 0:
                yield Usage(IO2_IOPS[tier], within * months, f"IOPS provisioned, {tier}")


SERVICE = EBS()
