"""Section 4: the design in detail, part by part and link by link.

Everything here is read off the graph and the partner's facts; this file only says it. What takes
longer to say has a file of its own: the database, errors and keys, encryption, permissions.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.aws_facts import limit
from frugal.design.database import database_strategy
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, number
from frugal.design.idempotency import keys, lost_answers
from frugal.design.partner_rules import name_of, opening, partner_facts, patience
from frugal.design.permissions import permissions
from frugal.design.protection import compliance, encryption
from frugal.design.retries import error_handling
from frugal.design.trials import tried_out
from frugal.model.brief import Direction
from frugal.model.design import Component
from frugal.model.document import Block, Bullets, Heading, Section, Table, Text
from frugal.model.graph import Role, Verb
from frugal.patterns import pattern
from payouts.partner_facts import PartnerFacts

SECONDS_PER_MINUTE = 60


def detailed_design(draft: Draft) -> Section:
    """Return section 4."""
    return Section(
        number=4,
        title="Detailed design",
        blocks=(
            *_components(draft),
            *_events(draft),
            *_waits(draft),
            *database_strategy(draft),
            *error_handling(draft),
            *keys(draft),
            *lost_answers(draft),
            *_webhook_or_polling(draft),
            *encryption(draft),
            *compliance(draft),
            *permissions(draft),
            *tried_out(draft),
        ),
    )


def _components(draft: Draft) -> tuple[Block, ...]:
    """Return what is new, setting by setting, then what is there and asked something of."""
    starts = (Role.TRIGGER.value, Role.BUS.value)  # have a heading of their own
    new = tuple(c for c in draft.components if not c.existing and c.role not in starts)
    old = tuple(c for c in draft.components if c.existing)
    tables = [
        Table(columns=("Part", "Setting", "Value", "Why"), rows=rows, caption=caption)
        for caption, rows in (
            ("To be built", _rows(new)),
            ("There already, and what this asks of it", _rows(old)),
        )
        if rows
    ]
    return (Heading(words="Components"), *tables)


def _rows(components: tuple[Component, ...]) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for component in components:
        shown = f"**{component.id}** ({component.service})"
        if not component.specification:
            rows.append((shown, "", "no setting of its own", ""))
        for at, row in enumerate(component.specification):
            rows.append((shown if not at else "", row.name, row.value, row.why))
    return tuple(rows)


def _events(draft: Draft) -> tuple[Block, ...]:
    """Return how runs are started, and what is done where a start goes wrong."""
    heading = Heading(words="EventBridge")
    starters = tuple(c for c in draft.components if c.role in (Role.TRIGGER.value, Role.BUS.value))
    if not starters:
        return (
            heading,
            Text(words=f"None is needed: {_starts(draft)}. Rules you have stay as they are."),
        )
    rows = tuple(
        (component.id, row.name, row.value)
        for component in starters
        for row in component.specification
    )
    return (
        heading,
        Table(columns=("Part", "Setting", "Value"), rows=rows),
        Bullets(items=_start_notes(draft)),
    )


def _starts(draft: Draft) -> str:
    """Return what starts the work where no schedule and no bus does."""
    queues = tuple(placement.id for placement in draft.candidate.role(Role.QUEUE))
    if queues:
        return f"{listed(queues)} starts the work"
    workers = tuple(draft.candidate.role(Role.WORKER))
    ticks = {worker.get("tick_seconds") for worker in workers} - {None}
    names = listed(tuple(worker.id for worker in workers)) or "the backend"
    every = f"wakes by itself every {ticks.pop()} s" if len(ticks) == 1 else "runs all the time"
    return f"{names} {every} and takes what is due"


def _start_notes(draft: Draft) -> tuple[str, ...]:
    notes: list[str] = []
    for link in draft.candidate.links:
        if draft.candidate[link.source].role is Role.TRIGGER and link.verb is Verb.INVOKES_ASYNC:
            leaves = next(draft.candidate.outgoing(link.target, Verb.DEAD_LETTERS), None)
            where = (
                f"{link.target} has an on-failure destination of its own ({leaves.target})"
                if leaves
                else f"{link.target} needs an on-failure destination of its own"
            )
            fact = limit("lambda-scheduler-invokes-async")
            notes.append(
                f"{link.source} hands over asynchronously: for it a run has succeeded once the "
                "event is queued, so its dead-letter queue never sees an error of the run. "
                f"{where} ({fact.source})."
            )
    notes.append(
        "At least once, and now and then late: what is due stands in the ledger, so a second start "
        "finds nothing and a late one finds everything."
    )
    if any(placement.get("interval_minutes") for placement in draft.candidate.role(Role.TRIGGER)):
        legacy = limit("events-scheduled-rule-legacy")
        notes.append(
            "EventBridge Scheduler and not a scheduled rule: AWS calls those legacy, they know UTC "
            f"only, and they cost nothing less here ({legacy.source})."
        )
    return tuple(notes)


def _waits(draft: Draft) -> tuple[Block, ...]:
    """Return where the wait for an unknown outcome lives, against what cannot hold it."""
    if draft.brief.direction.value is Direction.RECEIVE:
        return ()
    terms = draft.brief.partner
    minutes = terms.resolution_minutes.value
    function = limit("lambda-timeout-max-seconds").number / SECONDS_PER_MINUTE
    delay = limit("sqs-delay-max-seconds").number / SECONDS_PER_MINUTE
    longer = minutes > max(function, delay)
    compared = (
        f"longer than a function may run ({number(function)} min) or a queue may hold a message "
        f"back ({number(delay)} min)"
        if longer
        else "and a function that slept so long would be billed for it"
    )
    return (
        Heading(words="Where the waits live"),
        Text(
            words=f"An unknown outcome at {name_of(draft)} takes up to {number(minutes)} min to "
            f"settle ({terms.resolution_minutes.basis}), {compared}. So the wait is durable: "
            f"{pattern(draft.candidate.pattern).wait}. It outlives a crash, a deployment and a "
            "restart, and costs nothing while it waits."
        ),
    )


def _webhook_or_polling(draft: Draft) -> tuple[Block, ...]:
    facts = partner_facts(draft)
    items = [_decides(draft), *_webhook(draft, facts)]
    if draft.brief.direction.value is Direction.SEND:
        items.append(_late_returns(draft))
    return (Heading(words="Webhook or polling"), Bullets(items=tuple(items)))


def _decides(draft: Draft) -> str:
    name = name_of(draft)
    receiver = next(draft.candidate.role(Role.RECEIVER), None)
    if draft.brief.direction.value is Direction.RECEIVE:
        how = f"{receiver.id} is told, and" if receiver else "Polling:"
        return f"**{how}** {name}'s list is read on time; the list is what counts."
    lookups = draft.scene.load.lookups
    assert isinstance(lookups, Decimal), "a document is written of numbers"
    rules = patience(draft)
    asked = (
        "only unknown payouts are looked up, about "
        f"{counted(int(lookups.quantize(Decimal(1))), 'look-up')} a month at "
        f"{number(draft.brief.partner.inconclusive_share.value * 100)} % of sends "
        f"({draft.brief.partner.inconclusive_share.basis}), "
        f"{number(rules.lookup_interval_minutes.value)} min apart"
    )
    if receiver is not None:
        return (
            f"**Both.** {receiver.id} is told of changes; {asked}, so a lost webhook loses nothing."
        )
    return (
        f"**Polling.** The answer to a send settles almost every payout; {asked}. A webhook would "
        "spare these look-ups and nothing else, and it needs a public door."
    )


def _webhook(draft: Draft, facts: PartnerFacts) -> tuple[str, ...]:
    name, offered = name_of(draft), draft.brief.partner.webhooks
    if not offered.value:
        return (f"{opening(draft)} offers no webhook, as far as is known ({offered.basis}).",)
    has_receiver = any(True for _ in draft.candidate.role(Role.RECEIVER))
    subject = "The webhook" if has_receiver else "If a webhook is added later, it"
    said = (
        f"{subject} is a hint, never the truth: source and secret are checked before the body is "
        "read, repeats are dropped, the status is **read by API** before anything changes, and a "
        "status never moves backwards."
    )
    items = [said]
    if facts.webhook_authentication is not None:
        items.append(
            f"How {name} signs it ({facts.webhook_authentication.basis}): "
            f"{facts.webhook_authentication.value}"
        )
    if facts.webhook_source_addresses is not None:
        shown = listed(facts.webhook_source_addresses.value)
        items.append(f"It comes from {shown} ({facts.webhook_source_addresses.basis}).")
    return tuple(items)


def _late_returns(draft: Draft) -> str:
    return (
        f"Money that comes back days after it was paid is seen by the daily comparison with "
        f"{name_of(draft)}'s list; nobody has to be told for the books to be right."
    )
