"""The later half of section 3: more volume, break-evens, ceilings, flips, and other Regions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.design.draft import Draft
from frugal.design.figures import money, number
from frugal.design.ranges import scale_map
from frugal.model.decision import Ceiling, Flip
from frugal.model.document import Block, Bullets, Heading, Table, Text
from frugal.patterns import pattern

#: What a reader calls the inputs of the Decision.
_INPUTS = {
    "payouts_per_day": "payouts a day",
    "partner_seconds": "seconds the partner takes to answer",
    "inconclusive_share": "share of sends without a clear answer",
    "must_not": "a service you exclude",
}


def outlook(draft: Draft) -> Iterator[Block]:
    """Yield what changes the figures, and at which values they change the answer."""
    yield from _scales(draft)
    yield from _break_evens(draft)
    yield from _ceilings(draft)
    yield from scale_map(draft)
    yield from _flips(draft)
    yield from _regions(draft)


def name_of(pattern_id: str) -> str:
    """Return what a reader calls a pattern."""
    return pattern(pattern_id).name


def input_words(field: str) -> str:
    """Return what a reader calls an input."""
    return _INPUTS.get(field, field.replace("_", " ").replace(".", ": "))


def _scales(draft: Draft) -> Iterator[Block]:
    scales = draft.decision.scales
    if not scales:
        return
    yield Heading(words="With more volume")
    now = draft.brief.volume.payouts_per_day_high.value
    columns = list(
        dict.fromkeys((scale.factor, scale.payouts_per_day) for scale in scales if scale.factor > 1)
    )
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for option in draft.decision.options:
        own = {scale.factor: scale for scale in scales if scale.pattern == option.candidate.pattern}
        cells = [option.pattern_name, money(option.list_monthly)]
        for factor, per_day in columns:
            scale = own.get(factor)
            if scale is None:
                cells.append("-")
                continue
            cells.append(money(scale.list_monthly) + (" *" if scale.binds else ""))
            if scale.binds:
                notes.append(
                    f"* {option.pattern_name} at {number(per_day)} a day: {scale.binds}; these "
                    "settings no longer do, others may"
                )
        rows.append(tuple(cells))
    yield Table(
        columns=(
            "Option",
            f"{number(now)} a day",
            *(f"{number(factor)}x: {number(per_day)}" for factor, per_day in columns),
        ),
        rows=tuple(rows),
        numeric=tuple(range(1, len(columns) + 2)),
        caption="added a month, list price, settings kept",
    )
    if notes:
        yield Bullets(items=tuple(dict.fromkeys(notes)))
    if draft.tried_out:
        yield Text(
            words="From here to the end of the flips the hard checks decide. What the trials "
            "refused stays out of it; at other volumes and under other facts nothing was tried out."
        )


def _break_evens(draft: Draft) -> Iterator[Block]:
    found = draft.decision.break_evens
    if not found:
        return
    yield Heading(words="Break-evens")
    yield Table(
        columns=("Where two options cost the same", "Below it cheaper", "Above it cheaper"),
        rows=tuple(
            (
                f"{number(even.at)} {input_words(even.input) if not even.unit else even.unit}"
                + ("" if even.reachable else " (a limit binds before it)"),
                name_of(even.cheaper_below),
                name_of(even.cheaper_above),
            )
            for even in found
        ),
        caption="solved exactly, not sampled",
    )


def _ceilings(draft: Draft) -> Iterator[Block]:
    found = draft.decision.ceilings
    if not found:
        return
    shown = [option.candidate.pattern for option in draft.decision.options]
    ranked = sorted(
        found,
        key=lambda one: (
            shown.index(one.pattern) if one.pattern in shown else len(shown),
            -(one.searched_to if one.payouts_per_day is None else one.payouts_per_day),
            one.pattern,
        ),
    )
    yield Heading(words="How far each option goes")
    yield Table(
        columns=("Option", "Most payouts a day", "What binds there"),
        rows=tuple(
            (name_of(one.pattern), _most(one), one.what or "nothing known below that")
            for one in ranked
        ),
        numeric=(1,),
        caption="settings free; what is shown above first",
    )


def _most(ceiling: Ceiling) -> str:
    if ceiling.payouts_per_day is None:
        return f"above {number(ceiling.searched_to)}"
    return number(ceiling.payouts_per_day) if ceiling.payouts_per_day else "none"


def _flips(draft: Draft) -> Iterator[Block]:
    found = draft.decision.flips
    if not found:
        return
    yield Heading(words="What flips the choice")
    yield Table(
        columns=("Input", "Now", "Flips at", "Then", "Added a month", "Because"),
        rows=tuple(flip_row(flip) for flip in found),
        numeric=(4,),
    )


def flip_row(flip: Flip) -> tuple[str, ...]:
    """Return one flip as a row: input, now, value, pattern, cost, reason."""
    return (
        input_words(flip.input),
        flip.now,
        flip.becomes,
        name_of(flip.pattern) if flip.pattern else "nothing is feasible",
        money(flip.list_monthly) if flip.list_monthly is not None else "-",
        flip.because,
    )


def _regions(draft: Draft) -> Iterator[Block]:
    found = draft.decision.regions
    if not found:
        return
    yield Heading(words="In other Regions")
    here = draft.decision
    yield Text(
        words=f"No Region was named, so {here.region} is assumed: "
        f"{money(here.chosen.list_monthly)} a month at list price. "
        + " ".join(
            _region_words(draft, region.region, region.list_monthly, region.note)
            for region in found
        )
    )


def _region_words(draft: Draft, region: str, monthly: Decimal | None, note: str) -> str:
    if monthly is None:
        return f"In {region} it could not be priced ({figures.quoted(note, 120)})."
    change = monthly - draft.decision.chosen.list_monthly
    against = f"{figures.difference(change)} a month" if change else "the same"
    return f"In {region} it is {money(monthly)}, {against}."
