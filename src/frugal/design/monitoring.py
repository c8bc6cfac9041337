"""Section 6: what is watched, why, what that costs, and what was left out.

The alarms come from the parts of the graph, the price from the estimate: an alarm cannot be in one
and missing from the other.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.design.alarm_trials import (
    TRIED_COLUMNS,
    noticed_after,
    rings_for_nothing,
    what_is_noticed,
)
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, money, number, seconds
from frugal.model.design import AlarmSpecification
from frugal.model.document import Block, Bullets, Heading, Section, Table, Text
from frugal.model.estimate import LineItem
from frugal.model.graph import Role

#: Metrics of the runtime's own ledger, in AWS's spelling of a namespace.
LEDGER_NAMESPACE = "Payouts/"


def monitoring(draft: Draft) -> Section:
    """Return section 6."""
    return Section(
        number=6,
        title="Monitoring",
        blocks=(*_alarms(draft), *_metrics(draft), *_own_cost(draft), *_left_out(draft)),
    )


def _alarms(draft: Draft) -> tuple[Block, ...]:
    chosen = tuple(alarm for alarm in draft.alarms if alarm.chosen)
    if not chosen:
        return (
            Heading(words="Alarms"),
            Text(
                words="None are chosen: nothing would wake anybody. That is a risk, see section 7."
            ),
        )
    tried = bool(draft.decision.alarms)
    guards = sum(1 for alarm in chosen if alarm.guards_money)
    share = "all of them" if guards == len(chosen) else f"{guards} of them"
    return (
        Heading(words="Alarms"),
        Text(
            words=f"{counted(len(chosen), 'alarm')}; {share} guard money: unwatched, a payout "
            "could be lost or doubled unseen. Look at the oldest due payout first; it says "
            "that something is wrong whatever it is."
        ),
        Table(
            columns=("Alarm", "Metric", "Threshold", "Period", "Why", *TRIED_COLUMNS[: 2 * tried]),
            rows=tuple(
                (
                    f"**{alarm.id}**" if alarm.guards_money else alarm.id,
                    f"`{alarm.metric}`",
                    alarm.threshold,
                    seconds(Decimal(alarm.period_seconds)),
                    alarm.why,
                    *((noticed_after(alarm), rings_for_nothing(alarm)) if tried else ()),
                )
                for alarm in chosen
            ),
            caption="Alarms; in bold those that guard money",
        ),
        *what_is_noticed(draft),
        Text(
            words="Missing data breaches for heartbeats and ages, and does not for counters of "
            f"errors, which are silent when all is well. {_heard(draft)} Set each off once before "
            "the first payout, until a person has answered."
        ),
    )


def _heard(draft: Draft) -> str:
    """Return where the alarms ring."""
    places = tuple(c for c in draft.components if c.role == Role.ALARM.value)
    if len(places) < 2:
        return "Where they ring (a topic, a pager) is yours to say, and not in the price."
    others = tuple(f"{c.id} ({c.service})" for c in places[1:])
    return f"All of them go to {listed(others)}, which is in the price."


def _metrics(draft: Draft) -> tuple[Block, ...]:
    own = _published(draft)
    free = tuple(
        dict.fromkeys(a.metric for a in draft.alarms if not a.metric.startswith(LEDGER_NAMESPACE))
    )
    items = []
    if own:
        items.append(
            f"Of the ledger, written as metrics inside its log lines, with no API call: "
            f"{listed(tuple(f'`{metric}`' for metric in own))}."
        )
    if free:
        items.append(
            f"Of AWS, published without charge: {listed(tuple(f'`{metric}`' for metric in free))}."
        )
    items += [
        "One structured log line a payout and step: payout id, key, step, status, the partner's "
        "reference, milliseconds, hash of the body. Never a token, key, signature or body.",
        "Once a day: payouts entered, settled, declined, unknown, held, returned, with their sums, "
        "against the partner's list. A difference is an alarm of its own kind: a person reads it.",
    ]
    return (Heading(words="Metrics and logs"), Bullets(items=tuple(items)))


def _published(draft: Draft) -> tuple[str, ...]:
    """Return the ledger's metrics that a chosen alarm watches: no other is published."""
    chosen = (alarm.metric for alarm in draft.alarms if alarm.chosen)
    return tuple(dict.fromkeys(one for one in chosen if one.startswith(LEDGER_NAMESPACE)))


def watch_lines(draft: Draft) -> tuple[LineItem, ...]:
    """Return the line items of logs, metrics and alarms."""
    watching = {
        placement.id for role in (Role.LOGS, Role.ALARM) for placement in draft.candidate.role(role)
    }
    return tuple(
        line for line in draft.decision.chosen.estimate.lines if line.placement in watching
    )


def _own_cost(draft: Draft) -> tuple[Block, ...]:
    lines = watch_lines(draft)
    if not lines:
        return ()
    total = sum((line.list_cost for line in lines), Decimal(0))
    effective = sum((line.effective_cost for line in lines), Decimal(0))
    whole = draft.list_monthly
    share = f", {number(total / whole * 100)} % of the whole" if whole > 0 else ""
    return (
        Heading(words="What watching costs"),
        Table(
            columns=("Part", "Meter", "Quantity", "List a month", "With allowances"),
            rows=(
                *(
                    (
                        line.placement,
                        line.sku_meter,
                        f"{number(line.pricing_quantity)} {line.pricing_unit}",
                        money(line.list_cost),
                        money(line.effective_cost),
                    )
                    for line in lines
                ),
                ("**all**", "", "", f"**{money(total)}**", f"**{money(effective)}**"),
            ),
            numeric=(2, 3, 4),
        ),
        Text(words=f"{money(total)} a month at list price{share}."),
    )


def alarm_price(draft: Draft) -> Decimal | None:
    """Return the list price of one alarm a month, where this design has one."""
    return _unit_price(draft, "Alarms")


def _unit_price(draft: Draft, unit: str) -> Decimal | None:
    for line in watch_lines(draft):
        if line.pricing_unit == unit:
            return line.list_unit_price
    return None


def _left_out(draft: Draft) -> tuple[Block, ...]:
    others = tuple(alarm for alarm in draft.alarms if not alarm.chosen)
    if not others:
        return (Text(words="No alarm was left out: every one that a part offers is chosen."),)
    price = alarm_price(draft)
    each = "price not known here" if price is None else f"{money(price)} a month each"
    together = "" if price is None else f", {money(price * len(others))} for all"
    return (
        Heading(words="Left out"),
        Text(
            words=f"{counted(len(others), 'alarm')} the parts offer and this design does without "
            f"({each}{together}). {_unpublished(draft, others)}{_loses_nothing(others)}"
        ),
        Table(
            columns=("Alarm", "Metric", "Threshold", "What it would say"),
            rows=tuple((a.id, f"`{a.metric}`", a.threshold, a.why) for a in others),
        ),
    )


def _unpublished(draft: Draft, others: tuple[AlarmSpecification, ...]) -> str:
    """Say which of them also need a metric that is not published yet, and what that costs."""
    published = _published(draft)
    needed = tuple(
        dict.fromkeys(
            one.metric
            for one in others
            if one.metric.startswith(LEDGER_NAMESPACE) and one.metric not in published
        )
    )
    if not needed:
        return ""
    price = _unit_price(draft, "metric-month")
    more = "" if price is None else f", {money(price)} a month each"
    names = listed(tuple(f"`{metric}`" for metric in needed))
    return f"On top comes what is not published without them: {names}{more}. "


def _loses_nothing(others: tuple[AlarmSpecification, ...]) -> str:
    if any(alarm.guards_money for alarm in others):
        return "**Some of them guard money: put those in.**"
    return (
        "None of them guards money: what they say at once, the oldest due payout or the daily "
        "comparison says later."
    )
