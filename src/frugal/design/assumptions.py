"""Every value nobody gave, found by walking the Brief and the Stack; none is listed by hand.

Six topics are always shown, however they are known: latency, the partner's API, the instance and
its use, the database and its pool, the Region, and compliance.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from frugal.design.draft import Draft
from frugal.design.figures import number, quoted
from frugal.design.trials import trial_assumptions
from frugal.model.brief import Brief
from frugal.model.design import Assumption
from frugal.model.document import Block, Section, Table, Text
from frugal.model.stack import Stack
from payouts.facts import Fact

#: Topic, and the fields that say it, each with its label and unit. A field that is not there is
#: unknown, and asked.
ALWAYS_SHOWN = (
    (
        "Latency",
        (
            ("brief.partner.response_seconds_p50", "p50", " s"),
            ("brief.partner.response_seconds_p99", "p99", " s"),
            ("brief.partner.timeout_seconds", "time-out", " s"),
        ),
    ),
    (
        "Partner's API",
        (
            ("brief.partner.requests_per_second", "rate limit", " requests/s"),
            ("brief.partner.batch_api", "batch call", ""),
            ("brief.partner.webhooks", "webhooks", ""),
            ("brief.partner.fixed_address_required", "lists our addresses", ""),
            ("brief.partner.inconclusive_share", "inconclusive share", ""),
        ),
    ),
    (
        "Instance and its use",
        (
            ("stack.instance.service", "kind", ""),
            ("stack.instance.plan_monthly_usd", "plan", " USD a month"),
            ("stack.instance.instance_type", "type", ""),
            ("stack.instance.cpu_used_percent", "CPU in use", " %"),
            ("stack.instance.memory_used_percent", "memory in use", " %"),
        ),
    ),
    (
        "Database and pool",
        (
            ("stack.database.home", "home", ""),
            ("stack.database.max_connections", "max_connections", ""),
            ("stack.database.connections_in_use", "in use", ""),
        ),
    ),
    ("Region", (("brief.region", "", ""),)),
    ("Compliance", (("brief.compliance", "regimes", ""), ("brief.residency", "residency", ""))),
)
#: Of these two an instance has one: a Lightsail plan or an EC2 type.
_EITHER = ("stack.instance.plan_monthly_usd", "stack.instance.instance_type")
#: Inputs of a flip that are not called what the Brief or the Stack calls them.
_INPUT_FIELDS = {
    "payouts_per_day": ("payouts_per_day_low", "payouts_per_day_high"),
    "partner_seconds": ("response_seconds_p50", "response_seconds_p99"),
    "partner_requests_per_second": ("requests_per_second",),
    "fixed_address": ("fixed_address_required",),
    "database_home": ("home",),
}


def facts_of(value: Any, path: str) -> Iterator[tuple[str, Fact[Any]]]:
    """Yield every Fact below a value with the path of its field, in the order of the fields."""
    if isinstance(value, Fact):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from facts_of(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from facts_of(item, f"{path}[{at}]")


def known(brief: Brief, stack: Stack) -> dict[str, Fact[Any]]:
    """Return every Fact of the Brief and the Stack by the path of its field."""
    return dict((*facts_of(brief, "brief"), *facts_of(stack, "stack")))


def assumptions_of(draft: Draft) -> tuple[Assumption, ...]:
    """Return every assumed value; those that could change the choice first."""
    inputs = _flipping(draft)
    found = tuple(
        Assumption(
            field=path,
            value=said(fact.value),
            why=quoted(fact.source, 600),
            flips=path.rpartition(".")[2] in inputs,
        )
        for path, fact in known(draft.brief, draft.stack).items()
        if fact.assumed
    )
    return tuple(sorted(found, key=lambda assumption: not assumption.flips))


def _flipping(draft: Draft) -> set[str]:
    """Return the names of the fields that appear in a flip."""
    flips = (
        *draft.decision.flips,
        *(flip for question in draft.decision.questions for flip in question.flips),
    )
    chosen = draft.candidate.pattern
    inputs = {flip.input.rpartition(".")[2] for flip in flips if flip.pattern != chosen}
    return {field for input in inputs for field in fields_of(input)}


def fields_of(input: str) -> tuple[str, ...]:
    """Return the names of the fields an input of a flip stands for."""
    return _INPUT_FIELDS.get(input, (input,))


def assumption_section(draft: Draft) -> Section:
    """Return the section of what was assumed, the six topics first."""
    rest = assumptions_of(draft)
    count = sum(1 for assumption in rest if assumption.flips)
    blocks: list[Block] = [
        Table(
            columns=("Topic", "What is taken to be true"),
            rows=tuple(_topic_row(draft, topic, fields) for topic, fields in ALWAYS_SHOWN),
            caption="Always said",
        )
    ]
    if rest:
        blocks += [
            Text(
                words="Correct any of these in `brief.yaml`, or the stack's in a `stack.yaml`, "
                "and run again. "
                + (
                    f"{count} of them can change the choice; they come first, in bold."
                    if count
                    else "None of them appears in a flip: no single one changes the choice."
                )
            ),
            Table(
                columns=("Field", "Value", "Why"),
                rows=tuple(
                    (
                        f"**{a.field}**" if a.flips else a.field,
                        a.value,
                        a.why,
                    )
                    for a in rest
                ),
                caption="Assumed",
            ),
        ]
    return Section(
        number=0, title="Assumptions", blocks=(*blocks, *_of_the_trials(trial_assumptions(draft)))
    )


def _of_the_trials(assumed: tuple[Assumption, ...]) -> Iterator[Block]:
    if assumed:
        yield Table(
            columns=("Part and number", "Value", "Why"),
            rows=tuple((one.field.replace("_", " "), one.value, one.why) for one in assumed),
            caption="Assumed by the trials, where no page says how a part behaves in time",
        )


def _topic_row(
    draft: Draft, topic: str, fields: tuple[tuple[str, str, str], ...]
) -> tuple[str, str]:
    facts = known(draft.brief, draft.stack)
    said_so: list[str] = []
    for field, label, unit in fields:
        found = [f for path, f in facts.items() if path == field or path.startswith(f"{field}[")]
        if not found and field in _EITHER and any(other in facts for other in _EITHER):
            continue
        values = ", ".join(f"{said(f.value)}{unit} ({f.basis})" for f in found)
        said_so.append(f"{label} {values or _unknown(topic)}".strip())
    return topic, "; ".join(said_so)


def _unknown(topic: str) -> str:
    return "none stated" if topic == "Compliance" else "unknown: asked"


def said(value: Any) -> str:
    """Return a value of a Fact in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    if isinstance(value, (int, Decimal)):
        return number(value)
    if isinstance(value, tuple):
        return ", ".join(said(item) for item in value) or "none"
    return quoted(str(value))
