"""Ranges in the document: the months as they may come, every volume, and answers not given yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from frugal.design import figures
from frugal.design.draft import Draft
from frugal.design.figures import money, number, percent, quoted
from frugal.model.decision import Question
from frugal.model.document import Block, Heading, Table, Text
from frugal.model.ranges import Contribution, CostRange, Plausible, Reach
from frugal.patterns import pattern

#: What a reader calls what varies, and its unit.
_VARIES = {
    "payouts": ("payouts", "a month"),
    "partner_seconds": ("the partner's time", "s a call"),
    "calls_again": ("calls again", "a payout"),
}


# -- the months ----------------------------------------------------------------------------------


def range_words(found: CostRange) -> str:
    """Return what eight months of ten cost, with as many digits as the range needs."""
    if not found.varies:
        return f"{money(found.p50)}, whatever comes"
    return f"{_exactly(found.p10)} to {_exactly(found.p90)}"


def months(draft: Draft) -> Iterator[Block]:
    """Yield the range of a month's cost, and what widens it."""
    found = draft.decision.cost_range
    if found is None:
        return
    yield Heading(words="Months as they may come")
    if not found.varies:
        yield Text(
            words=f"A month adds {money(found.p50)} at list price whatever comes: nothing of "
            f"this design is paid by use ({number(found.draws)} months drawn)."
        )
        return
    lookups = draft.brief.partner.lookups_max.value
    yield Text(
        words=f"**Eight months of ten add {range_words(found)}** at list price, and half of all "
        f"months less than {_exactly(found.p50)}: {number(found.draws)} months drawn from what is "
        "not known, priced by the formulas of every other figure. The ends are rounded to the "
        f"nearest ${found.rounded_to}. The {money(draft.list_monthly)} above is one of those "
        f"months: {number(draft.brief.volume.payouts_per_day_high.value)} payouts on every day it "
        f"has, and {number(lookups)} calls again for each unclear answer."
    )
    yield Table(
        columns=("What varies", "How", "Eight of ten", "The month then", "Of the spread"),
        rows=tuple(_contribution_row(one) for one in _widest_first(found.varied)),
        numeric=(2, 3, 4),
        caption="each alone, the others at their middle; the design and its 730 hours stay",
    )
    still = tuple(_VARIES[one.input][0] for one in found.varied if not _moves(one))
    if still:
        yield Text(words=f"What varies too and moves nothing here: {figures.listed(still)}.")


def _widest_first(varied: Sequence[Contribution]) -> list[Contribution]:
    return sorted(filter(_moves, varied), key=lambda one: (-one.share, one.input))


def _moves(one: Contribution) -> bool:
    return one.cost_p10 != one.cost_p90


def _contribution_row(one: Contribution) -> tuple[str, ...]:
    name, unit = _VARIES[one.input]
    return (
        name,
        one.how,
        f"{figures.bounds(one.p10, one.p90)} {unit}",
        f"{_exactly(one.cost_p10)} to {_exactly(one.cost_p90)}",
        percent(one.share),
    )


def _exactly(amount: Decimal) -> str:
    """Return dollars with the digits they have: they were rounded for a reason."""
    return f"-${-amount:,f}" if amount < 0 else f"${amount:,f}"


# -- every volume --------------------------------------------------------------------------------


def scale_map(draft: Draft) -> Iterator[Block]:
    """Yield the choice at every power of ten."""
    found = [one for one in draft.decision.reaches if _is_power_of_ten(one.payouts_per_day)]
    if not found:
        return
    yield Heading(words="From one payout a day to a thousand million")
    yield Table(
        columns=(
            "Payouts a day",
            "Choice",
            "Code",
            "A month",
            "Per payout",
            "Until",
            "What ends it",
        ),
        rows=tuple(_reach_row(one) for one in found),
        numeric=(0, 3, 4, 5),
        caption="settings free, every limit checked at each volume; list price; the points "
        "between, for a plot, are in `design.json`",
    )


def _is_power_of_ten(amount: Decimal) -> bool:
    return amount.normalize().as_tuple().digits == (1,)


def _reach_row(one: Reach) -> tuple[str, ...]:
    if not one.pattern:
        return (number(one.payouts_per_day), "nothing is feasible", "", "-", "-", "-", one.what)
    assert one.list_monthly is not None
    until = one.until_payouts_per_day
    return (
        number(one.payouts_per_day),
        pattern(one.pattern).name,
        "full" if one.full else "priced only",
        money(one.list_monthly),
        "-" if one.list_per_payout is None else money(one.list_per_payout),
        "beyond all of this" if until is None else number(until),
        one.what or "nothing known",
    )


# -- answers -------------------------------------------------------------------------------------


def plausible_words(draft: Draft, question: Question) -> str:
    """Return what each plausible answer would move."""
    return "; ".join(_answer_words(draft, one) for one in question.plausible) or "not drawn"


def _answer_words(draft: Draft, one: Plausible) -> str:
    words = f"{quoted(one.answer)}: "
    if one.moves_monthly is None:
        words += "nothing is feasible"
    else:
        moves = one.moves_monthly.quantize(Decimal("0.0001"))
        words += figures.difference(moves) if moves else "the same"
        if one.pattern != draft.candidate.pattern:
            words += f" with “{pattern(one.pattern).name}”"
    return f"{words}, {one.risk}" if one.risk else words
