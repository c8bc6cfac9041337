"""Amazon EventBridge Pipes.

Billed per request that passes the pipe's filter: a batch is one request, and each 64 KB of it
counts as one. What the filter drops is free; the source's reads, the enrichment and the target are
billed by their own services. So a pipe with a good filter and large batches costs next to nothing,
and a function that only moves events from a queue to a state machine costs more.

Worked number (us-east-1): ten million events of which a quarter pass, in batches of five that fit
64 KB, are 500,000 requests at $0.0000004 = $0.20.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, steps, whole

REQUESTS = Meter(offer="AWSEvents", name="Pipe Request per 64K-Chunks", unit="64 KiB chunk")
CHUNK_KB = Decimal(64)
WHOLE = Decimal(100)


class PipesInputs(Value, frozen=True, kw_only=True):
    """What passes through a pipe in a month: requests as billed, or events and how they pass."""

    requests: Said = None  #: as billed: after the filter, each 64 KB of a batch
    events: Said = None  #: at the source, before the filter
    matching_percent: Decimal = WHOLE  #: of the events, those the filter lets through
    batch_size: Decimal = ONE
    event_kb: Said = None  #: not said: a batch fits 64 KB


class Pipes(Service):
    id = "pipes"
    name = "Amazon EventBridge Pipes"
    category = "Integration"
    offer = "AWSEvents"
    known_as = ("eventbridge_pipes",)
    quotas = ("pipes-batch-size-max", "pipes-per-account", "pipes-concurrent-executions")
    inputs = PipesInputs
    examples = (Example(quantities=((REQUESTS, Decimal(500_000)),), cost=Decimal("0.20")),)

    resource_types = (
        "AWS::Pipes::Pipe",
        "aws_pipes_pipe",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({})

    def used(self, inputs: PipesInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        requests = inputs.requests
        if requests is None and inputs.events is not None:
            together = max(inputs.batch_size, ONE)
            batches = whole(inputs.events * inputs.matching_percent / WHOLE / together)
            kb = ONE if inputs.event_kb is None else inputs.event_kb * together
            requests = batches * steps(kb, CHUNK_KB)
        yield metered(
            REQUESTS,
            requests,
            "events that pass the filter, by the batch, each 64 KB",
            needs="requests, or events",
        )


SERVICE = Pipes()
