"""Section 3, the worst case: the highest bill as a bound, and what lowers it.

Only told where trials were asked for: it is the answer to the same question, what happens when
things go wrong, in dollars.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design.draft import Draft
from frugal.design.figures import listed, money
from frugal.model.document import Block, Bullets, Heading, Table, Text
from frugal.model.worst_case import Attack, Bound, Guardrail, NotBounded, WorstCase

#: What each attack is, in a few words, and in a line.
NAMES = {
    Attack.RETRY_STORM: "retry storm",
    Attack.LOOP: "endless loop",
    Attack.LOG_FLOOD: "log flood",
    Attack.POISON_MESSAGE: "poison message",
    Attack.UNAUTHENTICATED: "unauthenticated traffic",
}
_LINES = {
    Attack.RETRY_STORM: "everything fails at its time limit, and is tried again",
    Attack.LOOP: "a program repeats its calls without end",
    Attack.LOG_FLOOD: "every program writes as much as it can",
    Attack.POISON_MESSAGE: "nothing can be done with what arrives",
    Attack.UNAUTHENTICATED: "anyone knocks, at any rate",
}


def worst_case(draft: Draft) -> Iterator[Block]:
    """Yield the bounds, what has none, and the guardrails with the bounds before and after."""
    found = draft.worst_case
    if found is None:
        return
    yield Heading(words="Worst case")
    yield Text(
        words="The highest bill that something going wrong can add to the ordinary "
        f"{money(draft.list_monthly)}: **a bound, not a forecast**. A day is a calendar day and a "
        "month one of 31 days, at list price. A simulated attacker that drives the same parts to "
        "their limits never exceeds these bounds; at its greediest it reaches a third of each at "
        "the least, the alarms' notices apart."
    )
    yield Table(
        columns=("What goes wrong", "A day, at most", "A month, at most", "What stops it"),
        rows=tuple(_bound_row(bound) for bound in found.bounds),
        numeric=(1, 2),
    )
    open_ends = tuple(_not_bounded(found))
    if open_ends:
        yield Text(words="**Not bounded**, and so in no sum above:")
        yield Bullets(items=open_ends)
    yield from _guardrails(found)
    yield Text(words="What the bounds rest on and nobody documents:")
    yield Bullets(
        items=(
            *found.assumptions,
            "Lambda's own loop detection is not counted on: it sees chains of about 16 among "
            "Lambda, SQS, S3 and SNS, not one that passes through the backend, and it counts "
            "their length, not how many there are.",
            "Nobody else holds an identity of the account; what a door refuses is not billed.",
        )
    )


def _bound_row(bound: Bound) -> tuple[str, ...]:
    name = NAMES[bound.attack]
    stops = ". ".join(bound.binds) or "nothing of it reaches a part that is billed by use"
    return (
        f"**{name[0].upper()}{name[1:]}**: {_LINES[bound.attack]}",
        _amount(bound, bound.day),
        _amount(bound, bound.month),
        stops,
    )


def _amount(bound: Bound, dollars: Decimal) -> str:
    if not bound.not_bounded:
        return money(dollars)
    return "not bounded" if not dollars else f"{money(dollars)} and what is not bounded"


def _not_bounded(found: WorstCase) -> Iterator[str]:
    """Yield each meter without a bound once, with the attacks that run it up."""
    attacks: dict[tuple[str, str], list[str]] = {}
    ends: dict[tuple[str, str], NotBounded] = {}
    for bound in found.bounds:
        for end in bound.not_bounded:
            key = end.placement, end.meter
            ends.setdefault(key, end)
            names = attacks.setdefault(key, [])
            if NAMES[bound.attack] not in names:
                names.append(NAMES[bound.attack])
    for key, end in ends.items():
        price = f" It is {money(end.unit_usd)} a {end.unit}" if end.unit_usd is not None else ""
        there = "; it is open to the same without this design" if end.existing else ""
        yield (
            f"`{end.placement}`, {end.meter} ({listed(tuple(attacks[key]))}): {end.why}."
            f"{price}{there}{'.' if price or there else ''}"
        )


def _guardrails(found: WorstCase) -> Iterator[Block]:
    if not found.guardrails:
        return
    rows = [row for guardrail in found.guardrails for row in _rows_of(guardrail)]
    together = Guardrail(
        id="together",
        name="**All that are counted, together**",
        before=found.bounds,
        after=found.guarded,
        costs="",
        breaks="",
        source="",
    )
    yield Table(
        columns=("Guardrail", "Against", "A day", "A month"),
        rows=(*rows, *_rows_of(together)),
        caption="the bound without it, and with it",
    )
    yield Table(
        columns=("Guardrail", "In the design", "Costs", "What it breaks"),
        rows=tuple(
            (one.name, _standing(one), one.costs, f"{one.breaks} ({one.source})")
            for one in found.guardrails
        ),
    )


def _standing(guardrail: Guardrail) -> str:
    if guardrail.present:
        return "yes: the bounds rest on it"
    return "to be set" if guardrail.counted else "to be set; in no bound above"


def _rows_of(guardrail: Guardrail) -> Iterator[tuple[str, ...]]:
    """Yield a row for each pair of bounds; attacks with the same ones share a row."""
    shared: dict[tuple[str, str], list[str]] = {}
    for before, after in zip(guardrail.before, guardrail.after, strict=True):
        words = _from_to(before.day, after.day), _from_to(before.month, after.month)
        shared.setdefault(words, []).append(NAMES[before.attack])
    name = guardrail.name
    for (day, month), attacks in shared.items():
        yield name, listed(tuple(attacks)), day, month
        name = ""


def _from_to(before: Decimal, after: Decimal) -> str:
    one, other = money(before), money(after)
    return one if one == other else f"{one} → {other}"
