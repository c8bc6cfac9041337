"""Amazon API Gateway, HTTP APIs.

Billed per request, in steps of 512 KB. Against a function URL it adds a name of one's own, client
certificates and throttling per route; a list of addresses it has not, that is REST APIs only.

Worked number (us-east-1): 6,083 requests at $0.000001 are $0.006083.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.aws_facts import limit
from frugal.model.behaviour import Entrance
from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.graph import Verb
from frugal.model.load import KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ERRORS_TWICE
from frugal.services.data_transfer import INTERNET_OUT, internet_out
from frugal.services.resource import Declared, NoCharge, Resource, Told, required
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Unsaid,
    Usage,
    WorstUse,
    margin,
    metered,
    steps,
    times,
)
from frugal.services.worst_day import knocks, many
from payouts.facts import Fact, assumed

OFFER = "AmazonApiGateway"
REQUESTS = Meter(
    offer=OFFER,
    usage_type="ApiGatewayHttpRequest",
    operation="ApiGatewayHttpApi",
    name="ApiGatewayHttpApi First 300 million",
    unit="request",
)


REST_REQUESTS = Meter(
    offer=OFFER,
    usage_type="ApiGatewayRequest",
    operation="ApiGatewayRequest",
    name="API Calls Number of up to 333 million",
    unit="request",
)
MESSAGES = Meter(offer=OFFER, name="WebSocket Messages Messages", unit="message")
CONNECTION_MINUTES = Meter(offer=OFFER, name="WebSocket Connection Minutes", unit="minute")
#: A REST API's cache, by its size in GB.
CACHES = {
    size: Meter(offer=OFFER, name=f"Caching Memory Size {size.replace('.', ' ')}", unit="hour")
    for size in ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
}
#: HTTP APIs count each 512 KB of a request or an answer, WebSocket APIs each 32 KB of a message.
HTTP_STEP_KIB = Decimal(512)
MESSAGE_STEP_KIB = Decimal(32)


_STAGES = ("AWS::ApiGateway::Stage", "aws_api_gateway_stage")

#: What the API adds to the function's own time. Assumed.
ANSWER_SECONDS = Decimal("0.02")


class APIGatewayInputs(Value, frozen=True, kw_only=True):
    """APIs of one kind. What they send to the internet is billed as data transfer."""

    api: Literal["http", "rest", "websocket"] = "http"
    requests: Said = None  #: HTTP and REST: calls a month
    request_kb: Decimal = Decimal(1)  #: HTTP: each 512 KB is billed as one call
    response_kb: Decimal = Decimal(1)
    messages: Said = None  #: WebSocket: messages sent and received
    message_kb: Decimal = Decimal(1)  #: WebSocket: each 32 KB is billed as one message
    connection_minutes: Said = None  #: WebSocket
    cache_gb: Literal["none", "0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"] = "none"
    cache_hours: Said = None  #: REST: hours the cache is on; default: the month
    internet_out_gb: Decimal = ZERO  #: GB sent to the internet


class APIGateway(Service):
    id = "api_gateway"
    name = "Amazon API Gateway"
    category = "Networking"
    offer = OFFER
    known_as = ("http_api",)
    examples = (Example(quantities=((REQUESTS, Decimal(6083)),), cost=Decimal("0.006083")),)

    inputs = APIGatewayInputs

    resource_types = (
        "AWS::ApiGatewayV2::Api",
        "aws_apigatewayv2_api",
        "AWS::ApiGateway::RestApi",
        "aws_api_gateway_rest_api",
        "AWS::ApiGateway::Stage",
        "aws_api_gateway_stage",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.type in _STAGES:
            if not resource.known_flag("cache_cluster_enabled"):
                yield NoCharge("a stage is not billed; the calls of its API are")
                return
            size = required(resource.text("cache_cluster_size"))
            yield Declared({"api": "rest", "requests": ZERO, "cache_gb": size}, part="cache")
            return
        kind = (
            "rest"
            if "V2" not in resource.type and "v2" not in resource.type
            else (resource.known_text("protocol_type") or "http")
        )
        yield Declared({"api": kind.lower()})

    def used(self, inputs: APIGatewayInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        if inputs.api == "websocket":
            chunks = steps(inputs.message_kb, MESSAGE_STEP_KIB)
            sent = times(inputs.messages, chunks)
            yield metered(MESSAGES, sent, "each 32 KB as one", needs="messages")
            minutes = inputs.connection_minutes
            yield metered(CONNECTION_MINUTES, minutes, "connected", needs="connection_minutes")
        elif inputs.api == "rest":
            yield metered(REST_REQUESTS, inputs.requests, "one a call", needs="requests")
        else:
            larger = max(inputs.request_kb, inputs.response_kb)
            calls = times(inputs.requests, steps(larger, HTTP_STEP_KIB))
            yield metered(REQUESTS, calls, "each 512 KB of a call as one", needs="requests")
        if inputs.cache_gb != "none":
            kept = hours if inputs.cache_hours is None else inputs.cache_hours
            yield Usage(CACHES[inputs.cache_gb], kept, f"a cache of {inputs.cache_gb} GB")
        if inputs.internet_out_gb:
            yield Usage(INTERNET_OUT, inputs.internet_out_gb, "sent to the internet")

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(REQUESTS, part.per_month_in(Verb.NOTIFIES, Verb.CALLS), "one a request")
        yield from internet_out(part)

    def limits(self, part: Part) -> Iterable[Margin]:
        yield margin(
            part,
            "api-rate",
            "requests a second at the peak",
            part.load.payouts_per_second_peak,
            limit("apigateway-throttle-rps"),
        )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-5xx",
            metric="AWS/ApiGateway/5xx",
            rule=ERRORS_TWICE,
            why="the partner's messages are not being taken",
        )

    def behaviour(self, part: Part) -> Entrance:
        timeout = limit("apigateway-http-timeout-ms")
        return Entrance(
            answer_seconds=assumed(ANSWER_SECONDS, "AWS gives no figure; a hop in the Region"),
            requests_per_second_most=limit("apigateway-throttle-rps").number_fact,
            time_limit_seconds=Fact(timeout.number / 1000, timeout.source, timeout.basis),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="anyone on the internet calls the address",
            effect="requests are paid for; a forged message could say that a payout is settled",
            mitigation="secret and source are checked first, and a message only makes us look up",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        knocked = knocks(part, guards, days)
        kib = sum((link.response_kib for link in part.incoming(Verb.NOTIFIES)), ZERO)
        why = f"{many(knocked)} requests: a rate that AWS calls a target, not a ceiling"
        for attack in Attack:
            yield WorstUse(attack, REQUESTS, knocked, why, stoppable=False)
            yield WorstUse(attack, INTERNET_OUT, knocked * kib / KIB_PER_GIB, why, stoppable=False)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Type", value="HTTP API", why="a REST API costs more and adds an address list"
        )
        yield Row(name="Throttle", value="per route, at twice the promised peak")


SERVICE = APIGateway()
