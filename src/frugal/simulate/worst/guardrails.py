"""What lowers the highest bill: each thing that can be set, as data, with what it costs and breaks.

A guardrail is listed for a design if it changes a bound of it. One that the design has already is
shown with the bound it would have without; one that it has not, with the bound it would get.

A budget action is another kind: it works on the month alone, since the data it looks at is hours
old. It denies the roles and keys that start what is billed; a door that anyone may knock at is
opened by no role, so it stays open.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.graph import Candidate
from frugal.model.worst_case import Bound, Guardrail, Guards, WorstCase
from frugal.patterns import Scene
from frugal.price_list.lookup import PriceList
from frugal.services import worst_assumptions
from frugal.simulate.worst.bounds import LONGEST_MONTH_DAYS, ONE_DAY, Worst
from payouts.facts import documented

#: Age of an asynchronous event, at the least that Lambda takes; and no further attempts.
AGE_SECONDS = 60
#: The level below which lines are dropped: the runtime's metrics travel in lines of this level.
LEVEL = "INFO"
LEVEL_SOURCE = (
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"
)
THROTTLE_SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"
#: A door is throttled at so many times the promised peak, and at one request a second at least.
PEAKS = Decimal(2)

#: How old the data is that a budget looks at, and how long until it looks again.
DATA_HOURS = documented(
    Decimal(24),
    "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
)
UPDATE_HOURS = documented(
    Decimal(12),
    "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
)
#: A budget is this many times the ordinary month, and at least this much.
BUDGET_TIMES = Decimal(2)
BUDGET_LEAST_USD = Decimal(10)


class Setting(Value, frozen=True, kw_only=True):
    """A guardrail before it is tried on a design."""

    id: str
    name: str
    before: Guards = Guards()
    after: Guards = Guards()
    costs: str
    breaks: str
    source: str
    counted: bool = True
    #: It takes nothing from the design that it needs, so it is among those advised.
    advised: bool = True

    @property
    def present(self) -> bool:
        """Whether a design that it changes has it already: it is shown by leaving it away."""
        return bool(self.before.without)


def settings(scene: Scene) -> tuple[Setting, ...]:
    """Return every guardrail there is, in the order they are advised."""
    quota = limit("lambda-concurrency-account-default")
    unreserved = limit("lambda-concurrency-unreserved-minimum")
    polled = limit("lambda-sqs-reserved-concurrency-min")
    peak = scene.load.payouts_per_second_peak
    assert isinstance(peak, Decimal), "a guardrail needs a volume"
    rate = max(peak * PEAKS, Decimal(1))
    return (
        Setting(
            id="no-retries",
            name=f"asynchronous events: 0 retries, dropped after {AGE_SECONDS} s",
            after=Guards(retries=0, event_age_seconds=AGE_SECONDS),
            costs="nothing",
            breaks="nothing here: what is due stays in the ledger, and the next tick takes it; "
            "the on-failure destination hears of it at once",
            source=limit("lambda-async-event-age-max-seconds").source,
        ),
        Setting(
            id="reserved-concurrency",
            name=f"reserved concurrency 1 ({polled.number} where a queue feeds it)",
            after=Guards(reserved_concurrency=1),
            costs="nothing, but what is reserved is taken from the account's "
            f"{quota.number:,}, of which {unreserved.number} must stay unreserved",
            breaks="a run that hangs holds back the next; an account that still has a smaller "
            "quota than that cannot reserve any",
            source=limit("lambda-reserved-concurrency-semantics").source,
        ),
        Setting(
            id="log-filter",
            name=f"application log level {LEVEL} (JSON logs)",
            after=Guards(log_level=LEVEL),
            costs="nothing",
            breaks="nothing; it stops a debug level left on, not a flood of errors, so no bound "
            "rests on it. A higher level would drop the lines that the alarms' metrics travel in",
            source=LEVEL_SOURCE,
            counted=False,
        ),
        Setting(
            id="door-concurrency",
            name="reserved concurrency of the function behind a door",
            before=Guards(without=("concurrency",)),
            costs="nothing",
            breaks="above it the partner is answered 429 and has to repeat its message",
            source=limit("lambda-url-rps").source,
        ),
        Setting(
            id="dead-letters",
            name="a message is received so often, then dead-lettered",
            before=Guards(without=("dead-letters",)),
            costs="nothing",
            breaks="fewer receives than "
            f"{limit('lambda-sqs-max-receive-count-min').number} dead-letter what was only "
            "throttled",
            source=limit("lambda-sqs-max-receive-count-min").source,
        ),
        Setting(
            id="door-throttle",
            name=f"the door throttled at {rate.normalize():f} requests/s",
            after=Guards(requests_per_second=rate),
            costs="nothing",
            breaks="messages above it are refused; AWS calls the rate a target and no ceiling, so "
            "no bound rests on it",
            source=THROTTLE_SOURCE,
            counted=False,
            advised=False,
        ),
        Setting(
            id="signed-door",
            name="the door takes only requests signed by the account (AWS_IAM)",
            after=Guards(signed=True),
            costs="nothing",
            breaks="the partner's messages: it has no identity of this account",
            source=limit("lambda-url-auth").source,
            advised=False,
        ),
    )


def worst_case_of(candidate: Candidate, scene: Scene, prices: PriceList, region: str) -> WorstCase:
    """Return every bound of one design, and what each guardrail makes of it."""
    worst = Worst(candidate, scene, prices, region)
    bounds = worst.bounds(Guards())
    found, together = [], Guards()
    for setting in settings(scene):
        tried = setting.before if setting.present else setting.after
        other = worst.bounds(tried, said=False)
        before, after = (other, bounds) if setting.present else (bounds, other)
        changed = [(one, two) for one, two in zip(before, after, strict=True) if lowers(one, two)]
        if not changed:
            continue
        if setting.advised and setting.counted and not setting.present:
            together = joined(together, setting.after)
        found.append(
            Guardrail(
                id=setting.id,
                name=setting.name,
                before=tuple(one for one, _ in changed),
                after=tuple(two for _, two in changed),
                costs=setting.costs,
                breaks=setting.breaks,
                source=setting.source,
                present=setting.present,
                counted=setting.counted,
            )
        )
    action = budget_action(worst, bounds, Guards())
    guarded = worst.bounds(together)
    if action is not None:
        found.append(action)
        last = budget_action(worst, guarded, together)
        capped = {bound.attack: bound for bound in last.after} if last is not None else {}
        guarded = tuple(capped.get(bound.attack, bound) for bound in guarded)
    return WorstCase(
        bounds=bounds,
        guardrails=tuple(found),
        guarded=guarded,
        assumptions=worst_assumptions(),
    )


def lowers(before: Bound, after: Bound) -> bool:
    """Return whether a guardrail changes a bound for the better."""
    ends = len(after.not_bounded) < len(before.not_bounded)
    return ends or after.day < before.day or after.month < before.month


def joined(one: Guards, other: Guards) -> Guards:
    """Return both guards together."""
    fields = {
        name: getattr(other, name)
        for name in other.__struct_fields__
        if getattr(other, name) != getattr(Guards(), name)
    }
    return msgspec.structs.replace(one, **fields)


# -- the budget action ---------------------------------------------------------------------------


def budget_usd(worst: Worst) -> Decimal:
    """Return the monthly budget: so many times what the account pays in an ordinary month."""
    ordinary = worst.ordinary_month * BUDGET_TIMES
    return max(ordinary.quantize(ONE_DAY, rounding=ROUND_CEILING), BUDGET_LEAST_USD)


def lag_days(guards: Guards) -> Decimal:
    """Return how long the account may go on after the budget was passed, in days.

    The data a budget sees is a day old at most and is looked at again half a day later; then what
    was started before the roles were denied still runs, and asynchronous events wait out their age.
    """
    age = limit("lambda-async-event-age-max-seconds").number
    if guards.event_age_seconds is not None:
        age = Decimal(guards.event_age_seconds)
    running = limit("lambda-timeout-max-seconds").number
    return (DATA_HOURS.value + UPDATE_HOURS.value) / 24 + (age + running) / 86400


def budget_action(worst: Worst, bounds: tuple[Bound, ...], guards: Guards) -> Guardrail | None:
    """Return a budget action that denies roles and keys, where it lowers the bound of a month."""
    budget, days = budget_usd(worst), lag_days(guards)
    within = worst.uses(guards, days)
    month = worst.uses(guards, LONGEST_MONTH_DAYS)
    before, after = [], []
    for bound in bounds:
        stopped = [
            (part, use) for part, use in within if use.attack is bound.attack and use.stoppable
        ]
        goes_on = [
            (part, use) for part, use in month if use.attack is bound.attack and not use.stoppable
        ]
        spent = budget + worst.cost(stopped, days) + worst.cost(goes_on, LONGEST_MONTH_DAYS)
        if spent < bound.month:
            before.append(bound)
            after.append(msgspec.structs.replace(bound, month=spent))
    if not after:
        return None
    hours = DATA_HOURS.value + UPDATE_HOURS.value
    return Guardrail(
        id="budget-action",
        name=f"budget of ${budget} a month whose action denies the roles and keys (month only)",
        before=tuple(before),
        after=tuple(after),
        costs="not priced: the list here has no row for a budget with an action",
        breaks="payouts stop until a person lifts it; its data is up to "
        f"{hours.normalize():f} hours old, so it lowers no day. It attaches a policy and switches "
        "nothing off: it cannot close a door that anyone may knock at, nor stop an instance of "
        "Lightsail",
        source="; ".join(
            (limit("budgets-action-types").source, DATA_HOURS.source, UPDATE_HOURS.source)
        ),
    )
