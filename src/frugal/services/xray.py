"""AWS X-Ray.

Billed per trace recorded, and per trace that a query retrieves or scans; what a sampling rule
leaves out is not recorded and not billed. Every account has 100,000 traces recorded and one million
retrieved or scanned a month free. Insights, where switched on, bills each recorded trace once more.

Worked number (us-east-1, allowances off): a million traces recorded at $0.000005 and 100,000
retrieved at $0.0000005 are $5.05.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.price_list.meter import Meter
from frugal.services.service import Allowance, Example, Said, Service, Unsaid, Usage, metered, times

OFFER = "AWSXRay"
RECORDED = Meter(offer=OFFER, name="Traces Stored", unit="trace")
RETRIEVED = Meter(offer=OFFER, name="Traces Retrieved", unit="trace")
SCANNED = Meter(offer=OFFER, name="Traces Scanned", unit="trace")
INSIGHTS = Meter(offer=OFFER, name="Traces Stored Insights", unit="trace")
SOURCE = "https://aws.amazon.com/xray/pricing/"


class XRayInputs(Value, frozen=True, kw_only=True):
    """Traces of a month: recorded as said, or the requests and the share of them sampled."""

    traces_recorded: Said = None
    requests: Said = None  #: that could be traced
    sampled_percent: Said = None  #: of those requests
    traces_retrieved: Said = None
    traces_scanned: Said = None
    insights: bool = False


class XRay(Service):
    id = "xray"
    name = "AWS X-Ray"
    category = "Management and Governance"
    offer = OFFER
    known_as = ("x_ray",)
    inputs = XRayInputs
    allowances = (
        Allowance(
            id="xray-recorded",
            quantity=Decimal(100_000),
            meters=(RECORDED,),
            source=SOURCE,
        ),
        Allowance(
            id="xray-accessed",
            quantity=Decimal(1_000_000),
            meters=(RETRIEVED, SCANNED),
            source=SOURCE,
        ),
    )
    examples = (
        Example(
            quantities=((RECORDED, Decimal(1_000_000)), (RETRIEVED, Decimal(100_000))),
            cost=Decimal("5.05"),
        ),
    )

    def used(self, inputs: XRayInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        recorded = inputs.traces_recorded
        if recorded is None:
            recorded = times(inputs.requests, inputs.sampled_percent, ONE / 100)
        says = "traces_recorded, or requests and sampled_percent"
        yield metered(RECORDED, recorded, "traces recorded", needs=says)
        if inputs.insights:
            yield metered(INSIGHTS, recorded, "the same traces, for Insights", needs=says)
        if inputs.traces_retrieved is not None:
            yield Usage(RETRIEVED, inputs.traces_retrieved, "traces retrieved")
        if inputs.traces_scanned is not None:
            yield Usage(SCANNED, inputs.traces_scanned, "traces scanned")


SERVICE = XRay()
