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
from frugal.services.ec2 import GP3, OFFER
from frugal.services.service import Example, Service, Unsaid, Usage, metered, times


def _volume(usage_type: str, name: str, unit: str = "GB-month") -> Meter:
    return Meter(offer=OFFER, usage_type=f"EBS:{usage_type}", name=name, unit=unit)


STORAGE = {
    "gp3": GP3,
    "gp2": _volume("VolumeUsage.gp2", "General Purpose gp2"),
    "io1": _volume("VolumeUsage.piops", "Provisioned IOPS io1"),
    "io2": _volume("VolumeUsage.io2", "Provisioned IOPS io2"),
    "st1": _volume("VolumeUsage.st1", "Throughput Optimized HDD st1"),
    "sc1": _volume("VolumeUsage.sc1", "Cold HDD sc1"),
    "standard": _volume("VolumeUsage", "Magnetic standard"),
}
GP3_IOPS = _volume("VolumeP-IOPS.gp3", "gp3 EBS IOPS", "IOPS-Mo")
#: AWS lists throughput per GiB/s, sets it in MiB/s.
GP3_THROUGHPUT = _volume("VolumeP-Throughput.gp3", "gp3 EBS Throughput", "GiBps-mo")
IO1_IOPS = _volume("VolumeP-IOPS.piops", "io1 EBS IOPS", "IOPS-Mo")
#: io2 is cheaper per IOPS beyond 32,000 and beyond 64,000 of one volume; each is a SKU of its own.
IO2_IOPS = {
    "to_32000": _volume("VolumeP-IOPS.io2", "io2 EBS IOPS", "IOPS-Mo"),
    "to_64000": _volume("VolumeP-IOPS.io2.tier2", "io2 EBS IOPS Tier 2", "IOPS-Mo"),
    "beyond": _volume("VolumeP-IOPS.io2.tier3", "io2 EBS IOPS Tier 3", "IOPS-Mo"),
}
_IO2_BANDS = {
    "to_32000": (ZERO, Decimal(32_000)),
    "to_64000": (Decimal(32_000), Decimal(64_000)),
    "beyond": (Decimal(64_000), None),
}
MAGNETIC_IO = _volume("VolumeIOUsage", "standard EBS I/O Requests", "I/O")
SNAPSHOTS = Meter(offer=OFFER, usage_type="EBS:SnapshotUsage", unit="GB-month")
ARCHIVED_SNAPSHOTS = Meter(
    offer=OFFER, usage_type="EBS:SnapshotArchiveStorage", unit="GB-month"
)
ARCHIVE_RETRIEVALS = Meter(offer=OFFER, usage_type="EBS:SnapshotArchiveRetrieval", unit="GB")
#: Included in every gp3 volume, as AWS's own worked example on the EBS pricing page takes off.
GP3_INCLUDED_IOPS = Decimal(3_000)
GP3_INCLUDED_MIB_PER_SECOND = Decimal(125)
MIB_PER_GIB = Decimal(1024)


class EBSInputs(Value, frozen=True, kw_only=True):
    """Volumes of one kind, each of the same size; and snapshots, which belong to no kind."""

    volume_type: Literal["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] = "gp3"
    volumes: Decimal = ONE
    size_gb: Decimal | None = None  #: of each volume
    iops: Decimal | None = None  #: provisioned for each; gp3 includes 3,000
    throughput_mib_per_second: Decimal | None = None  #: gp3, for each; 125 are included
    hours_provisioned: Decimal | None = None  #: of the month; not said: all of it
    io_requests: Decimal | None = None  #: magnetic volumes
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
            quantities=((GP3, Decimal(500)), (GP3_IOPS, Decimal(2_000))),
            cost=Decimal("55.00"),
            region="eu-west-1",
        ),
    )

    def used(self, inputs: EBSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        snapshots_only = inputs.size_gb is None and (
            inputs.snapshot_gb or inputs.archived_snapshot_gb or inputs.archive_retrieved_gb
        )
        if not snapshots_only:
            yield from self._volumes(inputs, hours)
        for meter, amount, why in (
            (SNAPSHOTS, inputs.snapshot_gb, "changed blocks of snapshots"),
            (ARCHIVED_SNAPSHOTS, inputs.archived_snapshot_gb, "snapshots in the archive, whole"),
            (ARCHIVE_RETRIEVALS, inputs.archive_retrieved_gb, "restored from the archive"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def _volumes(self, inputs: EBSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kind = inputs.volume_type
        share = ONE if inputs.hours_provisioned is None else inputs.hours_provisioned / hours
        months = inputs.volumes * share
        yield metered(
            STORAGE[kind], times(inputs.size_gb, months), f"{kind} provisioned", needs="size_gb"
        )
        if kind == "gp3":
            more = (inputs.iops or ZERO) - GP3_INCLUDED_IOPS
            if more > 0:
                yield Usage(GP3_IOPS, more * months, f"beyond {GP3_INCLUDED_IOPS:,} IOPS each")
            more = (inputs.throughput_mib_per_second or ZERO) - GP3_INCLUDED_MIB_PER_SECOND
            if more > 0:
                yield Usage(
                    GP3_THROUGHPUT,
                    more * months / MIB_PER_GIB,
                    f"beyond {GP3_INCLUDED_MIB_PER_SECOND} MiB/s each",
                )
        if kind == "io1":
            provisioned = times(inputs.iops, months)
            yield metered(IO1_IOPS, provisioned, "IOPS provisioned", needs="iops")
        if kind == "io2":
            yield from self._io2(inputs.iops, months)
        if kind == "standard":
            yield metered(MAGNETIC_IO, inputs.io_requests, "each I/O", needs="io_requests")

    def _io2(self, iops: Decimal | None, months: Decimal) -> Iterable[Usage | Unsaid]:
        if iops is None:
            yield Unsaid(IO2_IOPS["to_32000"], "iops")
            return
        for band, (begin, end) in _IO2_BANDS.items():
            within = (iops if end is None else min(iops, end)) - begin
            if within > 0:
                yield Usage(IO2_IOPS[band], within * months, f"IOPS provisioned, {band}")


SERVICE = EBS()
