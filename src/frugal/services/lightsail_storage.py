"""Amazon Lightsail disks and snapshots.

Billed per GB-month: disks attached beside the plan's own for what they are provisioned, snapshots
for what has changed since the one before. A database's snapshots that are made by hand are billed,
its seven days of automatic ones are not. Deleting an instance leaves its disks and snapshots.

Worked number (us-east-1): a 50 GB disk at $0.10 and 20 GB of snapshots at $0.05 are $6.00.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.price_list.meter import Meter
from frugal.services.lightsail import BLOCK_STORAGE, OFFER
from frugal.services.service import Example, Service, Unsaid, Usage, metered

INSTANCE_SNAPSHOTS = Meter(
    offer=OFFER, name="Lightsail Instance Snapshot per GB-Mo", unit="GB-month"
)
#: Of disks and databases; the list says only "Snapshot".
OTHER_SNAPSHOTS = Meter(offer=OFFER, name="Lightsail Snapshot per GB-Mo", unit="GB-month")


class LightsailStorageInputs(Value, frozen=True, kw_only=True):
    disk_gb: Decimal | None = None  #: attached disks, not the plan's own
    instance_snapshot_gb: Decimal = ZERO
    snapshot_gb: Decimal = ZERO  #: of disks and databases


class LightsailStorage(Service):
    id = "lightsail_storage"
    name = "Amazon Lightsail disks and snapshots"
    category = "Storage"
    offer = OFFER
    known_as = ("lightsail_disk", "lightsail_snapshot")
    inputs = LightsailStorageInputs
    examples = (
        Example(
            quantities=((BLOCK_STORAGE, Decimal(50)), (INSTANCE_SNAPSHOTS, Decimal(20))),
            cost=Decimal("6.00"),
        ),
    )

    def used(self, inputs: LightsailStorageInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        snapshots = inputs.instance_snapshot_gb + inputs.snapshot_gb
        if inputs.disk_gb is not None or not snapshots:
            yield metered(BLOCK_STORAGE, inputs.disk_gb, "attached disks", needs="disk_gb")
        if inputs.instance_snapshot_gb:
            yield Usage(INSTANCE_SNAPSHOTS, inputs.instance_snapshot_gb, "instance snapshots")
        if inputs.snapshot_gb:
            yield Usage(OTHER_SNAPSHOTS, inputs.snapshot_gb, "disk and database snapshots")


SERVICE = LightsailStorage()
