"""AWS Step Functions, Standard workflows.

Billed per state transition: each time a step of a workflow is executed, retries included. A wait
costs nothing while it lasts, up to a year, so the partner's 25 to 30 minutes fit without a poll.
The first 4,000 transitions a month are free for every account. StartExecution is idempotent by
name for 90 days: the payout's own key is the name. "Exactly once" means the workflow's steps, not
what the partner does.

The machine here is one *step* in a loop: send, decide, and while the outcome is unknown wait and
look up. One payout that is settled at once is 4 transitions (start, send, decide, done); each
look-up adds 3 (wait, look up, decide). Counting the start is an upper bound.

Worked number (us-east-1, allowance off): 6,083 payouts at 4 transitions are 24,332 at $0.000025 =
$0.608300.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.aws_facts import limit
from frugal.model.behaviour import Orchestrator
from frugal.model.brief import Value
from frugal.model.graph import Link, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ONE_ERROR
from frugal.services.in_time import ours, scaled
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Alarm,
    Allowance,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    WorstUse,
    margin,
    metered,
    steps,
    times,
)
from frugal.services.worst_day import DAY_SECONDS, largest, many
from payouts.facts import assumed

OFFER = "AmazonStates"
TRANSITIONS = Meter(
    offer=OFFER, usage_type="StateTransition", name="AWS Step Functions", unit="transition"
)
#: Events a history gets: a task five, any other state two, the execution two. Assumed.
EVENTS_OF_ONE_LOOP = Decimal(9)
EVENTS_FIXED = Decimal(6)


EXPRESS_REQUESTS = Meter(
    offer=OFFER,
    usage_type="StepFunctions-Request",
    name="Number of Workflow Requests",
    unit="request",
)
EXPRESS_DURATION = Meter(
    offer=OFFER,
    usage_type="StepFunctions-GB-Second",
    name="Duration of Workflows",
    unit="GB-second",
)
#: Express workflows: time is rounded up to 100 ms, memory to 64 MB (AWS's pricing page).
EXPRESS_STEP_MS = Decimal(100)
EXPRESS_STEP_MB = Decimal(64)

#: From one state to the next. Assumed.
TRANSITION_SECONDS = Decimal("0.05")
#: Retry of a step that failed or was throttled, as AWS advises: 6 times, after 2 s and then twice
#: as long each time. With 2 retries a trial of 40,000 payouts at once lost most of its executions
#: to the function's concurrency limit, in calm.
#: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
STEP_RETRIES = 6
STEP_RETRY_SECONDS = 2


class StepFunctionsInputs(Value, frozen=True, kw_only=True):
    """Workflows of one kind."""

    workflow: Literal["standard", "express"] = "standard"
    transitions: Said = None  #: standard: state transitions a month
    executions: Said = None  #: runs a month; standard: with ``transitions_per_execution``
    transitions_per_execution: Said = None  #: standard: the start and each state, retries too
    duration_ms: Said = None  #: express: time of one run, rounded up to 100 ms
    memory_mb: Decimal = EXPRESS_STEP_MB  #: express: memory of one run, rounded up to 64 MB


class StepFunctions(Service):
    id = "step_functions"
    name = "AWS Step Functions"
    category = "Integration"
    offer = OFFER
    known_as = ("state_machine", "sfn")
    allowances = (
        Allowance(
            id="step-functions-transitions",
            quantity=limit("freetier-sfn-transitions").number,
            meters=(TRANSITIONS,),
            source=limit("freetier-sfn-transitions").source,
        ),
    )
    examples = (Example(quantities=((TRANSITIONS, Decimal(24_332)),), cost=Decimal("0.608300")),)

    inputs = StepFunctionsInputs

    resource_types = (
        "AWS::StepFunctions::StateMachine",
        "aws_sfn_state_machine",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = (resource.known_text("state_machine_type", "type") or "standard").lower()
        yield Declared({"workflow": kind})

    def used(self, inputs: StepFunctionsInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        if inputs.workflow == "standard":
            per_run = times(inputs.executions, inputs.transitions_per_execution)
            said = [amount for amount in (inputs.transitions, per_run) if amount is not None]
            needs = "transitions, or executions and transitions_per_execution"
            total = sum(said, Decimal(0)) if said else None
            yield metered(TRANSITIONS, total, "state transitions", needs=needs)
            return
        yield metered(EXPRESS_REQUESTS, inputs.executions, "one request a run", needs="executions")
        gib = steps(inputs.memory_mb, EXPRESS_STEP_MB) * EXPRESS_STEP_MB / 1024
        seconds = None
        if inputs.duration_ms is not None:
            seconds = steps(inputs.duration_ms, EXPRESS_STEP_MS) * EXPRESS_STEP_MS / 1000
        yield metered(
            EXPRESS_DURATION,
            times(inputs.executions, seconds, gib),
            f"runs x {seconds} s x {gib} GB, rounded up to 100 ms and 64 MB",
            needs="executions, duration_ms",
        )

    def usage(self, part: Part) -> Iterable[Usage]:
        starts = part.per_month_in(Verb.INVOKES_ASYNC)
        for link in part.outgoing(Verb.INVOKES):
            yield Usage(
                TRANSITIONS,
                link.per_month * 3 + starts,
                "4 transitions a payout, 3 more each look-up",
            )

    def limits(self, part: Part) -> Iterable[Margin]:
        load = part.load
        peak = load.payouts_per_second_peak
        yield margin(
            part,
            "start-rate",
            "executions started a second at the peak",
            peak,
            limit("sfn-startexecution-refill-large"),
            remedy="a queue, or one execution for a batch",
        )
        yield margin(
            part,
            "transition-rate",
            "transitions a second at the peak",
            peak * 4,
            limit("sfn-transition-refill-large"),
        )
        resolution = part.brief.partner.resolution_minutes.value * 60
        yield margin(
            part,
            "open-executions",
            "executions open at once, if every payout were inconclusive",
            peak * resolution,
            limit("sfn-open-executions-max"),
        )
        yield margin(
            part,
            "history-events",
            "events of one execution that is looked up as often as allowed",
            (load.lookups_per_inconclusive + 1) * EVENTS_OF_ONE_LOOP + EVENTS_FIXED,
            limit("sfn-history-events-max"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.INVOKES_ASYNC:
            yield Statement(
                actions=("states:StartExecution",),
                resource="arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
                + part.id,
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        for metric, why in (
            ("ExecutionsFailed", "a payout's workflow ended in an error; its payout waits"),
            ("ExecutionsTimedOut", "a payout stayed unknown past every look-up"),
        ):
            yield Alarm(
                id=f"{part.id}-{metric.lower()}",
                metric=f"AWS/States/{metric}",
                rule=ONE_ERROR,
                why=why,
                guards_money=True,
            )

    def behaviour(self, part: Part) -> Orchestrator:
        return Orchestrator(
            starts_per_second_most=limit("sfn-startexecution-refill-large").number_fact,
            transition_seconds=assumed(
                TRANSITION_SECONDS, "AWS gives no figure for a transition; a call in the Region"
            ),
            retries_most=ours(STEP_RETRIES, "the step's Retry: the ledger makes a repeat harmless"),
            retry_wait_seconds=ours(STEP_RETRY_SECONDS, "the step's Retry, doubled each time"),
            execution_seconds_most=scaled(limit("sfn-standard-max-days").number_fact, 86400),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="an execution is started twice for one payout",
            effect="two workflows would work on the same payout",
            mitigation="its name is the payout's key: the second start is refused for 90 days, and "
            "the ledger's lease decides after that",
        )
        yield Failure(
            what="a step's answer is lost between the function and the workflow",
            effect="the workflow retries a step that may have paid",
            mitigation="the step takes the payout's state from the ledger: an open attempt is "
            "looked up, never sent under a new key",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        for attack in Attack:
            if attack is Attack.UNAUTHENTICATED:
                continue
            called = steps_most(part, attack, days)
            if attack is Attack.LOOP:
                why = "the account's rate of transitions"
                yield WorstUse(attack, TRANSITIONS, called, why)
                continue
            used = called * 3 + executions_most(part, days)
            yield WorstUse(attack, TRANSITIONS, used, f"{many(called)} steps, retries included")

    def specification(self, part: Part) -> Iterable[Row]:
        lookups = part.brief.partner.lookups_max.value
        yield Row(name="Type", value="Standard", why="waits up to a year without a charge")
        yield Row(name="Loop", value=f"send; then wait, look up, at most {lookups} times")
        yield Row(
            name="Execution name",
            value="the payout's key",
            why="StartExecution is idempotent by name",
        )
        yield Row(name="Input", value="the payout's id only; no account data in a history")

    def encryption(self, part: Part) -> str:
        return "AWS-owned key; histories carry ids only"


def executions_most(part: Part, days: Decimal) -> Decimal:
    """Return the executions under way: one a payout, whatever starts it again, by its name."""
    # those of the day before may still be looking up
    started = (largest(part, link, days + 1) for link in part.incoming(Verb.INVOKES_ASYNC))
    return sum(started, Decimal(0))


def steps_most(part: Part, attack: Attack, days: Decimal) -> Decimal:
    """Return how often the step can be called: at any rate the account has, where it loops."""
    if attack is Attack.LOOP:
        refill = limit("sfn-transition-refill-large").number
        return refill * days * DAY_SECONDS + refill  # a full bucket to begin with
    looked_up = part.load.lookups_per_inconclusive
    return executions_most(part, days) * (looked_up + 1) * (STEP_RETRIES + 1)


SERVICE = StepFunctions()
