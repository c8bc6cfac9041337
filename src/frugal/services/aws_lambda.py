"""AWS Lambda, the default (on-demand) kind.

Billed per request and per GB-second: memory configured, times the time from the start of INIT to
the end of the handler, rounded up to 1 ms. INIT is billed too (since 2025-08-01) although the
Duration metric leaves it out. Arm is cheaper per GB-second. CPU comes in proportion to memory
(1,769 MB is one vCPU), so work that waits for a partner costs in proportion to memory, and work
that computes costs about the same at any size. A shorter time-out saves nothing; a wait inside a
function costs.

Worked number (us-east-1, Arm, allowances off): 8,760 runs of 0.5 s at 256 MB are 8,760 requests at
$0.0000002 = $0.001752 and 1,095 GB-s at $0.0000133334 = $0.014600, together $0.016352073.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.aws_facts import limit
from frugal.model.behaviour import Function
from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.graph import Link, Verb
from frugal.model.load import SECONDS_PER_HOUR, SECONDS_PER_MONTH
from frugal.model.stack import Stack
from frugal.model.worst_case import Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ERRORS_TWICE, ONE_ERROR
from frugal.services.data_transfer import internet_out
from frugal.services.function_specification import function_rows
from frugal.services.function_time import (
    WAITS,
    function_in_time,
    longest_run_seconds,
    runs_at_once,
    runs_of,
    seconds_billed,
)
from frugal.services.lambda_declared import DeclaredFunction
from frugal.services.service import (
    Alarm,
    Allowance,
    Example,
    Failure,
    Habit,
    Margin,
    Part,
    Row,
    Said,
    Statement,
    Unsaid,
    Usage,
    WorstUse,
    having,
    margin,
    metered,
    times,
    whole,
)
from frugal.services.worst_day import function_worst

OFFER = "AWSLambda"


def _gb_seconds(usage_type: str, name: str) -> Meter:
    return Meter(offer=OFFER, usage_type=usage_type, name=name, unit="GB-second")


REQUESTS = Meter(offer=OFFER, usage_type="Request", name="Lambda Requests", unit="request")
REQUESTS_ARM = Meter(
    offer=OFFER, usage_type="Request-ARM", name="Lambda Requests-ARM", unit="request"
)
DURATION = _gb_seconds("Lambda-GB-Second", "Lambda Duration")
DURATION_ARM = _gb_seconds("Lambda-GB-Second-ARM", "Lambda Duration-ARM")
#: Provisioned concurrency: what is kept warm, and the (lower) price of what runs on it.
PROVISIONED = {
    "x86_64": _gb_seconds("Lambda-Provisioned-Concurrency", "Lambda Provisioned-Concurrency"),
    "arm64": _gb_seconds(
        "Lambda-Provisioned-Concurrency-ARM", "Lambda Provisioned-Concurrency-ARM"
    ),
}
PROVISIONED_DURATION = {
    "x86_64": _gb_seconds("Lambda-Provisioned-GB-Second", "Lambda Duration-Provisioned"),
    "arm64": _gb_seconds("Lambda-Provisioned-GB-Second-ARM", "Lambda Duration-Provisioned-ARM"),
}
#: Scratch space in /tmp above what every function has for nothing.
EPHEMERAL = {
    "x86_64": _gb_seconds("Lambda-Storage-GB-Second", "Lambda Storage-Duration"),
    "arm64": _gb_seconds("Lambda-Storage-GB-Second-ARM", "Lambda Storage-Duration-ARM"),
}
EPHEMERAL_INCLUDED_MB = Decimal(512)
STREAMED = {
    "x86_64": Meter(offer=OFFER, name="Lambda Processed-Bytes", unit="Processed-Gigabytes"),
    "arm64": Meter(offer=OFFER, name="Lambda Processed-Bytes-ARM", unit="Processed-Gigabytes"),
}
POLLERS = Meter(
    offer=OFFER,
    name="Duration weighted by Event Poller Units for Provisioned ESM",
    unit="Event-Poller-Unit-Hours",
)
SNAPSTART_CACHE = Meter(
    offer=OFFER,
    name="SnapStart: duration snapshot is cached, weighted by memory and disk",
    unit="GB-second",
)
SNAPSTART_RESTORE = Meter(
    offer=OFFER,
    name="SnapStart: snapshot GB restored, measured in GB of memory and disk",
    unit="GB",
)

#: Resident memory of the runtime with psycopg, urllib3 and Powertools imported. Assumed.
RESIDENT_MB = Decimal(110)
MEMORY_HEADROOM = Decimal("1.5")


class LambdaInputs(Value, frozen=True, kw_only=True):
    """Functions of one size; several sizes are several entries."""

    requests: Said = None  #: invocations a month
    duration_ms: Said = None  #: time of one invocation, rounded up to 1 ms
    memory_mb: Decimal = Decimal(128)  #: memory of the function
    architecture: Literal["x86_64", "arm64", "x86", "arm"] = "x86_64"
    ephemeral_storage_mb: Decimal = EPHEMERAL_INCLUDED_MB  #: /tmp; the first 512 MB are included
    cold_starts: Decimal = ZERO  #: invocations a month that start cold
    init_ms: Decimal = ZERO  #: INIT time of one cold start, billed on top of ``duration_ms``
    provisioned_concurrency: Decimal = ZERO  #: environments kept warm
    provisioned_hours: Said = None  #: hours they are kept warm; default: the month
    on_demand_requests: Decimal = ZERO  #: of ``requests``, those beyond what is provisioned
    snapstart_versions: Decimal = ZERO  #: published versions with a snapshot kept all month
    snapstart_restores: Decimal = ZERO  #: cold starts from a snapshot
    streamed_gb: Decimal = ZERO  #: GB streamed beyond the first 6 MB of each response
    event_poller_unit_hours: Decimal = ZERO  #: provisioned pollers of an event source


class Lambda(DeclaredFunction):
    id = "aws_lambda"
    name = "AWS Lambda"
    category = "Compute"
    offer = OFFER
    known_as = ("lambda",)
    allowances = (
        Allowance(
            id="lambda-requests",
            quantity=Decimal(1_000_000),
            meters=(REQUESTS, REQUESTS_ARM),
            source="https://aws.amazon.com/lambda/pricing/",
        ),
        Allowance(
            id="lambda-gb-seconds",
            quantity=Decimal(400_000),
            meters=(DURATION, DURATION_ARM),
            source="https://aws.amazon.com/lambda/pricing/",
        ),
    )

    examples = (
        Example(
            quantities=((REQUESTS_ARM, Decimal(8760)), (DURATION_ARM, Decimal(1095))),
            cost=Decimal("0.016352073"),
        ),
    )

    inputs = LambdaInputs

    def used(self, inputs: LambdaInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kind = "arm64" if inputs.architecture.startswith("arm") else "x86_64"
        arm, warm = kind == "arm64", inputs.provisioned_concurrency > 0
        gib = inputs.memory_mb / 1024
        each = None if inputs.duration_ms is None else whole(inputs.duration_ms) / 1000
        cold = inputs.cold_starts * whole(inputs.init_ms) / 1000
        # The account's allowance does not cover functions with provisioned concurrency.
        requests, duration = (REQUESTS_ARM, DURATION_ARM) if arm else (REQUESTS, DURATION)
        runs, free, needs = inputs.requests, not warm, "requests, duration_ms"
        yield metered(requests, runs, "one an invocation", needs="requests", allowed=free)
        seconds = times(runs, each)
        why = f"requests x {inputs.duration_ms} ms x {inputs.memory_mb} MB / 1024"
        if warm and runs is not None:
            on_demand = min(inputs.on_demand_requests, runs)
            provisioned = times(runs - on_demand, each, gib)
            yield metered(PROVISIONED_DURATION[kind], provisioned, why, needs="duration_ms")
            seconds = times(on_demand, each)
        on_demand_gb = None if seconds is None else (seconds + cold) * gib
        if on_demand_gb != ZERO or not warm:
            why += " and INIT" if cold else ""
            yield metered(duration, on_demand_gb, why, needs=needs, allowed=free)
        if warm:
            kept = hours if inputs.provisioned_hours is None else inputs.provisioned_hours
            quantity = inputs.provisioned_concurrency * kept * SECONDS_PER_HOUR * gib
            why = f"{inputs.provisioned_concurrency} environments x {kept} h x memory"
            yield Usage(PROVISIONED[kind], quantity, why)
        over = max(inputs.ephemeral_storage_mb - EPHEMERAL_INCLUDED_MB, ZERO) / 1024
        if over:
            all_seconds = times(runs, each)
            quantity_gb = None if all_seconds is None else (all_seconds + cold) * over
            why = f"{inputs.ephemeral_storage_mb} MB, less the 512 MB included, while it runs"
            yield metered(EPHEMERAL[kind], quantity_gb, why, needs=needs)
        snapshots = inputs.snapstart_versions * hours * SECONDS_PER_HOUR * gib
        for meter, amount, why in (
            (SNAPSTART_CACHE, snapshots, "snapshots kept, every second"),
            (SNAPSTART_RESTORE, inputs.snapstart_restores * gib, "snapshots restored"),
            (STREAMED[kind], inputs.streamed_gb, "beyond 6 MB of a response"),
            (POLLERS, inputs.event_poller_unit_hours, "provisioned event pollers"),
        ):
            if amount:
                yield Usage(meter, amount, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        architecture, kept = str(part.placement["architecture"]), part.placement.get("provisioned")
        arm = architecture == "arm64"
        requests, duration = (REQUESTS_ARM, DURATION_ARM) if arm else (REQUESTS, DURATION)
        runs, gib = runs_of(part), part.number("memory_mb") / 1024
        yield Usage(requests, runs, "one request a run")
        yield Usage(
            PROVISIONED_DURATION[architecture] if kept else duration,
            seconds_billed(part) * gib,
            f"billed seconds x {part.number('memory_mb')} MB",
        )
        if kept:
            warm = part.number("provisioned") * SECONDS_PER_MONTH * gib
            yield Usage(PROVISIONED[architecture], warm, "environments kept warm, every second")
        if part.placement.get("snapstart"):
            yield Usage(SNAPSTART_CACHE, SECONDS_PER_MONTH * gib, "a snapshot kept, every second")
            restored = runs * (part.number("cold_share") * gib)
            yield Usage(SNAPSTART_RESTORE, restored, "a snapshot restored at each cold start")
        yield from internet_out(part)

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        for function in stack.functions:
            if function.invocations_per_month is None:
                continue
            arm = function.architecture is not None and function.architecture.value == "arm64"
            runs = function.invocations_per_month.value
            yield Usage(REQUESTS_ARM if arm else REQUESTS, runs, f"function {function.name}")
            if function.duration_ms is not None and function.memory_mb is not None:
                gib = Decimal(function.memory_mb.value) / 1024
                yield Usage(
                    DURATION_ARM if arm else DURATION,
                    runs * function.duration_ms.value / 1000 * gib,
                    f"function {function.name}, without INIT, which its metric leaves out",
                )

    def limits(self, part: Part) -> Iterable[Margin]:
        yield margin(
            part,
            "function-time-limit",
            "one run, every call at the partner's time-out",
            longest_run_seconds(part),
            limit("lambda-timeout-max-seconds"),
            remedy="fewer payouts a run, or more calls abreast",
        )
        yield Margin(
            check="function-memory",
            placement=part.id,
            what=f"resident memory with {MEMORY_HEADROOM} x head-room",
            used=RESIDENT_MB * MEMORY_HEADROOM,
            limit=part.number("memory_mb"),
            unit="MB",
            source="resident size of the runtime and its three libraries",
            basis="assumed",
            remedy="the next memory size",
        )
        yield margin(
            part,
            "function-concurrency",
            "runs at the same time at the peak",
            runs_at_once(part),
            limit("lambda-concurrency-account-default"),
            remedy="ask AWS for a higher quota; new accounts start below it",
        )
        yield Margin(
            check="way-out",
            placement=part.id,
            what="links this function has no network path for",
            used=Decimal(len(self._unreachable(part))),
            limit=Decimal(0),
            unit="links",
            source=limit("lambda-vpc-no-internet").source,
            remedy="a NAT gateway, or the backend's endpoint in place of the database",
        )
        yield from self._keeps_up(part)

    def _keeps_up(self, part: Part) -> Iterable[Margin]:
        if part.placement.get("interval_minutes") is not None:
            yield Margin(
                check="keeps-up",
                placement=part.id,
                what="payouts a second at the peak, against items a run and runs an hour",
                used=part.load.payouts_per_second_peak,
                limit=part.number("items_per_run") / (part.number("interval_minutes") * 60),
                unit="payouts per second",
                source="items per run / interval, both settings of this candidate",
                basis="derived",
                remedy="a shorter interval, more calls abreast, or a queue",
            )
        if part.placement.get("concurrency") is not None:
            yield Margin(
                check="keeps-up",
                placement=part.id,
                what="runs at the same time at the peak, against the concurrency it may use",
                used=runs_at_once(part),
                limit=part.number("concurrency"),
                unit="runs",
                source="MaximumConcurrency, a setting of this candidate",
                basis="derived",
                remedy="more concurrency, or more calls abreast",
            )

    def _unreachable(self, part: Part) -> tuple[Link, ...]:
        """Return the links no packet can take: the central trap of this kind of stack.

        In a VPC a function has no internet without NAT (a public subnet does not help); outside
        one it reaches nothing private.
        """
        in_vpc = bool(part.placement["vpc"])
        routed = any(True for _ in part.outgoing(Verb.ROUTES))
        over_ipv6 = bool(part.placement.get("ipv6")) and part.brief.partner.ipv6.value
        return tuple(
            link
            for link in part.outgoing(*WAITS)
            if (link.path == "public" and in_vpc and not (routed or self._by_ipv6(link, over_ipv6)))
            or (link.path == "private" and not in_vpc)
        )

    def _by_ipv6(self, link: Link, partner_has_ipv6: bool) -> bool:
        """Whether an egress-only gateway is enough: only towards a partner with IPv6 addresses."""
        return partner_has_ipv6 and link.verb is Verb.CALLS_OUT

    def fixed_address(self, part: Part) -> bool:
        return bool(part.placement["vpc"]) and any(True for _ in part.outgoing(Verb.ROUTES))

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        arn = "arn:${AWS::Partition}:"
        here = "${AWS::Region}:${AWS::AccountId}:"
        if link.verb in (Verb.INVOKES, Verb.INVOKES_ASYNC):
            function = f"{arn}lambda:{here}function:{part.id}"
            if part.candidate[link.source].service == "function_url":
                yield Statement(
                    actions=("lambda:InvokeFunctionUrl",),
                    resource=function,
                    condition="lambda:FunctionUrlAuthType is NONE",
                )
                yield Statement(
                    actions=("lambda:InvokeFunction",),
                    resource=function,
                    condition="lambda:InvokedViaFunctionUrl is true",
                )
            else:
                yield Statement(actions=("lambda:InvokeFunction",), resource=function)
        if link.verb is Verb.POLLS:
            # Lambda polls with the function's own role, so this one is the target's to be given.
            yield Statement(
                actions=("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
                resource=f"{arn}sqs:{here}{link.source}",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-errors",
            metric="AWS/Lambda/Errors",
            rule=ERRORS_TWICE,
            why="a run failed twice in a quarter of an hour: due payouts are waiting",
            guards_money=True,
        )
        yield Alarm(
            id=f"{part.id}-throttles",
            metric="AWS/Lambda/Throttles",
            rule=ONE_ERROR,
            why="throttles are not counted as errors; unseen they delay every payout",
        )

    def behaviour(self, part: Part) -> Function:
        return function_in_time(part)

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the function times out or dies after the partner accepted a payout",
            effect="the answer is lost; the attempt stays open in the ledger",
            mitigation="an open attempt is never reopened: it is looked up, and sent again only "
            "under the key that was stored before the first send",
        )
        yield Failure(
            what="Lambda runs the same event twice",
            effect="two runs want the same due payouts",
            mitigation="leases with fencing in the ledger: the second finds nothing to take",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        arm = part.placement["architecture"] == "arm64"
        requests, duration = (REQUESTS_ARM, DURATION_ARM) if arm else (REQUESTS, DURATION)
        for use in function_worst(part, guards, days, requests, duration):
            yield use
            if use.meter is requests and use.quantity and part.placement.get("snapstart"):
                gib = part.number("memory_mb") / 1024
                restored = use.quantity * gib
                yield WorstUse(
                    use.attack, SNAPSTART_RESTORE, restored, "each run restored", use.stoppable
                )

    def specification(self, part: Part) -> Iterable[Row]:
        return function_rows(part, RESIDENT_MB, MEMORY_HEADROOM)

    def encryption(self, part: Part) -> str:
        return "code and environment: AWS-managed key; no payout is kept"

    def habits(self, part: Part) -> Iterable[Habit]:
        placement = part.placement
        arm, other = placement["architecture"] == "arm64", {"arm64": "x86_64", "x86_64": "arm64"}
        yield Habit(
            item="Arm instead of x86",
            applied=arm,
            why="a lower price per GB-second for the same work; no library here is x86 only",
            otherwise=having(placement, architecture=other[str(placement["architecture"])]),
        )
        memory = int(part.number("memory_mb"))
        yield Habit(
            item="No more memory than the work needs",
            applied=True,
            why=f"{memory} MB against {memory * 2} MB: a function that waits for the partner pays "
            "for memory it does not use",
            otherwise=having(placement, memory_mb=memory * 2),
        )
        yield Habit(
            item="No provisioned concurrency",
            applied=not placement.get("provisioned"),
            why="a schedule does not mind a cold start; a warm environment is billed every second",
            otherwise=having(placement, provisioned=1),
        )
        yield Habit(
            item="No SnapStart",
            applied=not placement.get("snapstart"),
            why="a cached snapshot is billed every second, by memory (its disk is not counted "
            "here: a lower bound), to save a second of start that nobody waits for",
            otherwise=having(placement, snapstart=True),
        )


SERVICE = Lambda()
