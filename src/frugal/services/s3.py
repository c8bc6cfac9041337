"""Amazon S3.

Billed per GB-month kept, per request by its kind, and, in every class but Standard and
Intelligent-Tiering, per GB read back. The colder the class, the cheaper the keeping and the dearer
the reading. Infrequent-access classes and Glacier Instant Retrieval count an object as at least
128 KB; Glacier's archives add 32 KB of index to each at their rate and 8 KB of names at Standard's;
Intelligent-Tiering counts each object it watches. Objects deleted before a class's minimum age (30
to 180 days) are billed for all of it, which is not reckoned here. What leaves for the internet is
data transfer, and is billed there.

The list names no storage rate for Glacier Deep Archive, and Express One Zone's was read for
us-east-1 alone: there those classes come out unpriced.

Worked number (us-east-1): 500 GB in Standard at $0.023 = $11.50, 100,000 PUTs at $0.000005 = $0.50
and a million GETs at $0.0000004 = $0.40: $12.40.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.load import KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered

OFFER = "AmazonS3"


def _meters(unit: str, **names: str) -> dict[str, Meter]:
    """Return a meter for each storage class, by AWS's description of it."""
    return {kind: Meter(offer=OFFER, name=name, unit=unit) for kind, name in names.items()}


STORAGE = {
    "standard": Meter(
        offer=OFFER,
        usage_type="TimedStorage-ByteHrs",
        name="Standard Storage per GB Mo",
        unit="GB-month",
    ),
    **_meters(
        "GB-month",
        standard_ia="Standard Infrequent Access Storage per GB-Mo",
        one_zone_ia="One Zone Infrequent Access Storage Inf per GB-Mo",
        intelligent_tiering="Intelligent Tiering Frequent Access per GB Mo",
        glacier_instant_retrieval="Glacier Instant Retrieval Storage",
        glacier_flexible_retrieval="Glacier Storage per GB Mo",
        glacier_deep_archive="Glacier Deep Archive Storage per GB Mo",
        express_one_zone="Express One Zone Storage Inf per GB Mo",
    ),
}
PUTS = {
    "standard": Meter(
        offer=OFFER,
        usage_type="Requests-Tier1",
        name="PUT COPY/POST or LIST requests per Requests",
        unit="request",
    ),
    **_meters(
        "request",
        standard_ia="PUT COPY/POST or LIST requests to Standard Infrequent Access per Requests",
        one_zone_ia="PUT COPY/POST or LIST requests to One Zone Infrequent Access per Requests",
        intelligent_tiering="PUT COPY/POST or LIST requests to Intelligent Tiering per Requests",
        glacier_instant_retrieval="PUT COPY/POST or LIST requests to Glacier Instant Retrieval "
        "per Requests",
        glacier_flexible_retrieval="PUT requests to Glacier per Requests",
        glacier_deep_archive="PUT requests to Glacier Deep Archive per Requests",
        express_one_zone="PUT COPY/POST or LIST requests to Express One Zone per Requests",
    ),
}
GETS = {
    "standard": Meter(
        offer=OFFER,
        usage_type="Requests-Tier2",
        name="GET and all other requests per Requests",
        unit="request",
    ),
    **_meters(
        "request",
        standard_ia="GET and all other requests to Standard Infrequent Access per Requests",
        one_zone_ia="GET and all other requests to One Zone Infrequent Access per Requests",
        intelligent_tiering="GET and all other requests to Intelligent Tiering per Requests",
        glacier_instant_retrieval="GET and all other requests to Glacier Instant Retrieval "
        "per Requests",
        glacier_flexible_retrieval="GET and all other requests to GLACIER per Requests",
        glacier_deep_archive="GET and all other requests to GDA per Requests",
        express_one_zone="GET and all other requests to Express One Zone per Requests",
    ),
}
#: What is read back, where that is billed; from an archive at its standard speed.
RETRIEVALS = _meters(
    "GB",
    standard_ia="Object Retrieval in Standard Infrequent Access per GB",
    one_zone_ia="Object Retrieval in One Zone Infrequent Access per GB",
    glacier_instant_retrieval="Object Retrieval in Glacier Instant Retrieval per GB",
    glacier_flexible_retrieval="Fee for Standard Retrieval of data stored",
    glacier_deep_archive="Fee for Standard Retrieval of data stored from Glacier Deep Archive",
    express_one_zone="Object Retrieval in Express One Zone per GB",
)
#: Lifecycle rules pay for each object they move into a class.
TRANSITIONS = _meters(
    "request",
    standard_ia="Lifecycle Transition Requests into Standard Infrequent Access per Requests",
    one_zone_ia="Lifecycle Transition Requests into One Zone Infrequent Access per Requests",
    intelligent_tiering="Lifecycle Transition Requests into Intelligent Tiering per Requests",
    glacier_instant_retrieval="Lifecycle Transition Requests into Glacier Instant Retrieval "
    "per Requests",
    glacier_flexible_retrieval="Lifecycle Transition Requests into Glacier per Requests",
    glacier_deep_archive="Lifecycle Transition Requests into Glacier Deep Archive per Requests",
)
SCANNED = _meters(
    "GB",
    standard="Data Scanned by S3 Select in Standard per GB",
    standard_ia="Data Scanned by S3 Select in Standard Infrequent Access per GB",
    one_zone_ia="Data Scanned by S3 Select in One Zone Infrequent Access per GB",
    intelligent_tiering="Data Scanned by S3 Select in Intelligent Tiering per GB",
    glacier_instant_retrieval="Data Scanned by S3 Select in Glacier Instant Retrieval per GB",
)
RETURNED = _meters(
    "GB",
    standard="Data Returned by S3 Select in Standard per GB",
    standard_ia="Data Returned by S3 Select in Standard Infrequent Access per GB",
    one_zone_ia="Data Returned by S3 Select in One Zone Infrequent Access per GB",
    intelligent_tiering="Data Returned by S3 Select in Intelligent Tiering per GB",
    glacier_instant_retrieval="Data Returned by S3 Select in Glacier Instant Retrieval per GB",
)
#: Intelligent-Tiering: the part of it that has grown cold, and each object it watches.
TIERED_INFREQUENT = Meter(
    offer=OFFER, name="Intelligent Tiering Infrequent Access per GB Mo", unit="GB-month"
)
TIERED_ARCHIVE_INSTANT = Meter(
    offer=OFFER, name="Intelligent Tiering Archive Instant Access", unit="GB-month"
)
TIERED_OBJECTS = Meter(
    offer=OFFER,
    name="Per object per month monitoring and automation fee for objects in Intelligent Tiering",
    unit="object-month",
)
EXPRESS_UPLOADS = Meter(offer=OFFER, name="Object Upload in Express One Zone per GB", unit="GB")

#: Sizes an object is counted as, or has added to it. Source: the storage classes' page of the S3
#: user guide, https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
MINIMUM_KB = Decimal(128)
COUNTED_AS_LARGE = ("standard_ia", "one_zone_ia", "glacier_instant_retrieval")
ARCHIVE_INDEX_KB = Decimal(32)
ARCHIVE_NAME_KB = Decimal(8)
ARCHIVES = ("glacier_flexible_retrieval", "glacier_deep_archive")

StorageClass = Literal[
    "standard",
    "standard_ia",
    "one_zone_ia",
    "intelligent_tiering",
    "glacier_instant_retrieval",
    "glacier_flexible_retrieval",
    "glacier_deep_archive",
    "express_one_zone",
]


class S3Inputs(Value, frozen=True, kw_only=True):
    """A month of one storage class; objects in several classes are as many entries."""

    storage_class: StorageClass = "standard"
    storage_gb: Said = None  #: on average over the month
    objects: Said = None  #: kept: small ones are counted as larger in the colder classes
    put_requests: Said = None  #: PUT, COPY, POST and LIST
    get_requests: Said = None  #: GET, SELECT and all others
    retrieved_gb: Decimal = ZERO  #: read back, where the class bills that
    lifecycle_transitions: Decimal = ZERO  #: objects moved into the class
    select_scanned_gb: Decimal = ZERO
    select_returned_gb: Decimal = ZERO
    uploaded_gb: Decimal = ZERO  #: Express One Zone: beyond 512 KB of each request
    #: Intelligent-Tiering: of ``storage_gb``, what has grown cold, and the objects it watches.
    infrequent_access_gb: Decimal = ZERO
    archive_instant_access_gb: Decimal = ZERO
    monitored_objects: Said = None


class S3(Service):
    id = "s3"
    name = "Amazon S3"
    category = "Storage"
    offer = OFFER
    inputs = S3Inputs
    examples = (
        Example(
            quantities=(
                (STORAGE["standard"], Decimal(500)),
                (PUTS["standard"], Decimal(100_000)),
                (GETS["standard"], Decimal(1_000_000)),
            ),
            cost=Decimal("12.40"),
        ),
    )

    resource_types = (
        "AWS::S3::Bucket",
        "aws_s3_bucket",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({}, needs=("storage_gb", "put_requests", "get_requests"))

    def used(self, inputs: S3Inputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kind = inputs.storage_class
        main = (inputs.storage_gb, inputs.put_requests, inputs.get_requests)
        nothing_said = all(said is None for said in main)
        if kind == "intelligent_tiering":
            yield from self._tiered(inputs)
        elif inputs.storage_gb is not None or nothing_said:
            yield from self._kept(inputs)
        for meters, asked, why, needs in (
            (PUTS, inputs.put_requests, "PUT, COPY, POST and LIST", "put_requests"),
            (GETS, inputs.get_requests, "GET and others", "get_requests"),
        ):
            if asked is not None or nothing_said:
                yield metered(meters[kind], asked, why, needs=needs)
        for meters, amount, why in (
            (RETRIEVALS, inputs.retrieved_gb, "read back"),
            (TRANSITIONS, inputs.lifecycle_transitions, "objects a lifecycle rule moves here"),
            (SCANNED, inputs.select_scanned_gb, "scanned by S3 Select"),
            (RETURNED, inputs.select_returned_gb, "returned by S3 Select"),
        ):
            if amount and kind in meters:
                yield Usage(meters[kind], amount, why)
        if kind == "express_one_zone" and inputs.uploaded_gb:
            yield Usage(EXPRESS_UPLOADS, inputs.uploaded_gb, "uploaded beyond 512 KB a request")

    def _kept(self, inputs: S3Inputs) -> Iterable[Usage | Unsaid]:
        """Yield storage, with what small objects are counted as and what an archive adds."""
        kind, kept, why = inputs.storage_class, inputs.storage_gb, "objects kept"
        objects = inputs.objects or ZERO
        if kind in COUNTED_AS_LARGE and kept is not None:
            kept = max(kept, objects * MINIMUM_KB / KIB_PER_GIB)
            why = f"objects kept, each at least {MINIMUM_KB} KB on average"
        if kind in ARCHIVES and kept is not None and objects:
            kept += objects * ARCHIVE_INDEX_KB / KIB_PER_GIB
            why = f"objects kept, and {ARCHIVE_INDEX_KB} KB of index each"
            names = objects * ARCHIVE_NAME_KB / KIB_PER_GIB
            yield Usage(STORAGE["standard"], names, f"{ARCHIVE_NAME_KB} KB of names each")
        yield metered(STORAGE[kind], kept, why, needs="storage_gb")

    def _tiered(self, inputs: S3Inputs) -> Iterable[Usage | Unsaid]:
        """Yield Intelligent-Tiering's storage: what is warm, what has grown cold, and the watch."""
        cold = inputs.infrequent_access_gb + inputs.archive_instant_access_gb
        warm = None if inputs.storage_gb is None else max(inputs.storage_gb - cold, ZERO)
        meter = STORAGE[inputs.storage_class]
        yield metered(meter, warm, "objects in frequent access", needs="storage_gb")
        if inputs.infrequent_access_gb:
            yield Usage(TIERED_INFREQUENT, inputs.infrequent_access_gb, "not read for 30 days")
        if inputs.archive_instant_access_gb:
            yield Usage(
                TIERED_ARCHIVE_INSTANT, inputs.archive_instant_access_gb, "not read for 90 days"
            )
        yield metered(
            TIERED_OBJECTS, inputs.monitored_objects, "objects watched", needs="monitored_objects"
        )


SERVICE = S3()
