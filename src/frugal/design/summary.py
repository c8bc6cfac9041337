"""Section 1 and the lead: the answer, its price, and what would change it.

A reader who stops after the lead knows what to build, what it costs, why nothing cheaper would do
and what to ask. Nothing here is worked out that another section does not show in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.design.appendix import best_of, why_not
from frugal.design.costs import Ends, assumed_sizes, per_payout
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, money, number
from frugal.design.ranges import range_words
from frugal.design.trials import trial_words
from frugal.model.brief import Direction
from frugal.model.decision import Option, Rejection
from frugal.model.document import Block, Bullets, Heading, Section, Table, Text
from frugal.model.graph import Role
from frugal.patterns import pattern

LEAD_LINES_MAX = 10
#: How the two lines of the lead open that the table of key figures repeats.
COSTS, CHANGES = "**It adds", "**Adds"
#: Below this many a day, a reader thinks in weeks.
A_FEW_A_DAY = 3
_QUESTIONS = 2
#: Reasons against a candidate that keeps every promise all the same.
_KEPT_PROMISES = ("dearer", "less-preferred", "priced-only")
_REASONS = 6

_OTHER = {Direction.SEND: Direction.RECEIVE, Direction.RECEIVE: Direction.SEND}
_DIRECTIONS = {
    Direction.SEND: "you send payouts through the partner",
    Direction.RECEIVE: "you fetch what the partner paid",
}


def title_of(draft: Draft) -> str:
    """Return the document's title."""
    volume = draft.brief.volume
    low, high = volume.payouts_per_day_low.value, volume.payouts_per_day_high.value
    period = "day"
    if high < A_FEW_A_DAY:
        days, period = volume.days_per_week.value, "week"
        low, high = low * days, high * days
    partner = figures.quoted(draft.brief.partner.name.value, 40)
    noun = "payout" if high == 1 else "payouts"
    way = "through" if draft.brief.direction.value is Direction.SEND else "received from"
    return f"{figures.bounds(_whole(low), _whole(high))} {noun} a {period} {way} {partner}"


def _whole(amount: Decimal) -> Decimal:
    """Return a count without the dust of having been divided by the days of a week."""
    near = amount.to_integral_value()
    return near if abs(amount - near) < Decimal("0.001") else amount


def lead_of(draft: Draft) -> tuple[str, ...]:
    """Return the answer in at most ten lines."""
    lines = (
        _recommendation(draft),
        _cost(draft),
        _changes(draft),
        *_runner_up(draft),
        *_first_questions(draft),
        *_direction(draft),
        *_judged(draft),
    )
    assert len(lines) <= LEAD_LINES_MAX, "the answer is short"
    return lines


def summary_section(draft: Draft) -> Section:
    """Return section 1."""
    chosen = draft.decision.chosen
    return Section(
        number=1,
        title="Executive summary",
        blocks=(
            Table(columns=("Figure", "Value"), rows=tuple(_key_figures(draft)), numeric=()),
            *_what_it_adds(draft),
            Heading(words="Why this one"),
            Bullets(items=tuple(_sentence(strength) for strength in chosen.strengths)),
            Text(words=f"What you accept with it: {'; '.join(chosen.weaknesses)}."),
            *_nothing_cheaper(draft),
        ),
    )


# -- the lead ------------------------------------------------------------------------------------


def _recommendation(draft: Draft) -> str:
    chosen = draft.decision.chosen
    if chosen.full:
        return f"**Build this: {chosen.pattern_name}.** {chosen.summary}"
    return (
        f"**Priced, not handed over: {chosen.pattern_name}.** {chosen.summary} No code of ours has "
        "been run for this pattern, so take it as a direction with a price."
    )


def _cost(draft: Draft) -> str:
    chosen, ends = draft.decision.chosen, Ends(draft)
    today = draft.decision.baseline.list_monthly
    high = per_payout(chosen.list_monthly, draft.scene.load.payouts)
    words = (
        f"{COSTS} {money(chosen.list_monthly)} a month** at list price "
        f"({money(chosen.effective_monthly)} with the account's free allowances), {high} a payout "
        f"at {number(ends.high)} a day"
    )
    if not ends.one:
        low = per_payout(ends.low_list, ends.low_payouts)
        words += f"; at {number(ends.low)} a day {money(ends.low_list)}, {low} a payout"
    guessed = " (its size is assumed)" if assumed_sizes(draft) else ""
    known = f"The stack costs {money(today)} today as far as known{guessed} and goes on"
    return f"{words}. {_largest(draft)}" + (
        f"{known}: {money(today + chosen.list_monthly)} together."
        if today
        else "What the stack costs today was not given."
    )


def _largest(draft: Draft) -> str:
    """Say which part the most of it goes to, where one part takes more than half."""
    part = max(draft.components, key=lambda one: one.list_monthly)
    if part.list_monthly * 2 <= draft.list_monthly:
        return ""
    return f"{money(part.list_monthly)} of it is {part.service}. "


def _changes(draft: Draft) -> str:
    new = tuple(f"`{part.id}` ({part.service})" for part in draft.components if not part.existing)
    kept = _kept(draft)
    words = f"{CHANGES}** {listed(new)}." if new else f"{CHANGES}** no part of AWS."
    if kept:
        words += f" **Keeps** {listed(kept)} as {'they are' if len(kept) > 1 else 'it is'}."
    return f"{words} **Replaces** nothing that runs today."


def _kept(draft: Draft) -> tuple[str, ...]:
    """Return the parts of the user's own that the design works with."""
    return tuple(
        f"`{part.id}`"
        for part in draft.components
        if part.existing and part.role != Role.PARTNER.value
    )


def _runner_up(draft: Draft) -> Iterator[str]:
    decision = draft.decision
    chosen, cheapest = decision.chosen, decision.cheapest
    others = decision.options[1:]
    if cheapest.candidate.pattern != chosen.candidate.pattern:
        saved = chosen.list_monthly - cheapest.list_monthly
        yield (
            f"**Plain cheapest:** “{cheapest.pattern_name}”, {money(cheapest.list_monthly)}. The "
            f"choice costs {money(saved)} a month more, within the dollar that being simpler to "
            f"run is worth. {_drawback(cheapest)}"
        )
        others = tuple(o for o in others if o.candidate != cheapest.candidate)
    elif not others:
        yield (
            f"**No runner-up:** of {counted(decision.weighed, 'candidate')} no other pattern keeps "
            "every promise."
        )
    for option in others[:1]:
        yield (
            f"**Runner-up:** “{option.pattern_name}”, {money(option.list_monthly)}: "
            f"{_against(draft, option)}. {_drawback(option)}"
        )


def _against(draft: Draft, option: Option) -> str:
    """Return the reason against an option, with the number that goes with it."""
    own = next(
        (
            rejection
            for rejection in draft.decision.rejections
            if rejection.pattern == option.candidate.pattern
            and rejection.settings == option.candidate.settings
        ),
        None,
    )
    change = option.list_monthly - draft.list_monthly
    if change > 0:
        price = f"{money(change)} a month more"
    else:
        price = f"{money(-change)} a month less, but it comes later in the order of preference"
    if not option.full:
        return f"{price}; it is priced and compared only, no code of ours runs on it"
    if own is not None and own.check not in _KEPT_PROMISES:
        return why_not(own)
    return price


def _drawback(option: Option) -> str:
    return f"Against it: {option.weaknesses[0]}." if option.weaknesses else ""


def _first_questions(draft: Draft) -> Iterator[str]:
    """Yield the questions that can flip the choice, in the order of asking.

    The direction has a line of its own.
    """
    questions = [ask for ask in draft.decision.questions if ask.flips and ask.id != "direction"]
    for question in questions[:_QUESTIONS]:
        flip = question.flips[0]
        then = f"“{pattern(flip.pattern).name}”" if flip.pattern else "nothing is feasible"
        price = f", {money(flip.list_monthly)} a month" if flip.list_monthly is not None else ""
        yield (
            f"**Ask:** {figures.quoted(question.text)} Assumed: "
            f"{figures.quoted(question.assumed)}. If {figures.quoted(flip.becomes)}: {then}{price}."
        )


def _direction(draft: Draft) -> Iterator[str]:
    direction = draft.brief.direction
    if not direction.assumed:
        return
    words = (
        f"**Read as:** {_DIRECTIONS[direction.value]} "
        f"(assumed: {figures.quoted(direction.source.rstrip('.'), 160)})."
    )
    for flip in (flip for ask in draft.decision.questions for flip in ask.flips):
        if flip.input != "direction":
            continue
        meant = _DIRECTIONS[_OTHER[direction.value]]
        if not flip.pattern:
            words += f" If {meant}, nothing is feasible: {flip.because}."
        elif flip.list_monthly is not None:
            words += (
                f" If {meant}, it is “{pattern(flip.pattern).name}” for "
                f"{money(flip.list_monthly)} a month."
            )
    yield words


def _judged(draft: Draft) -> Iterator[str]:
    decision = draft.decision
    region = draft.brief.region
    weighed = (
        f"{counted(decision.weighed, 'candidate')} weighed, {number(decision.feasible)} keep every "
        f"promise; AWS list prices of {region.value} ({region.basis})."
    )
    if draft.tried_out:
        yield f"**Judged** by hard checks and trials: {trial_words(decision)}. {weighed}"
    else:
        why = f" ({decision.untried})" if decision.untried else ""
        yield (
            f"**Judged by hard checks alone:** trials under faults have not been run{why}. "
            f"{weighed}"
        )


# -- section 1 -----------------------------------------------------------------------------------


def _key_figures(draft: Draft) -> Iterator[tuple[str, str]]:
    chosen, ends = draft.decision.chosen, Ends(draft)
    yield "Recommended", f"**{chosen.pattern_name}**"
    at_high = f" at {number(ends.high)} a day" if not ends.one else ""
    yield "Added a month, list price", f"**{money(chosen.list_monthly)}**{at_high}"
    if not ends.one:
        yield f"... at {number(ends.low)} a day", money(ends.low_list)
    if draft.decision.cost_range is not None:
        yield "... in eight months of ten", range_words(draft.decision.cost_range)
    yield "Added a month, with the account's allowances", money(chosen.effective_monthly)
    yield (
        "Per payout, list price",
        per_payout(chosen.list_monthly, draft.scene.load.payouts) + at_high,
    )
    today = draft.decision.baseline
    guessed = " (its size is assumed)" if assumed_sizes(draft) else ""
    known = f"{money(today.list_monthly)}{guessed}" if today.lines else "not given"
    yield "The stack today, as far as known", known
    dates = sorted({line.effective_date for line in chosen.estimate.lines})
    if dates:
        span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        yield "Prices effective", f"{span}, {draft.decision.region}"
    budget = draft.brief.budget_monthly
    if budget is not None:
        yield "Budget", f"{money(budget.value)} a month ({budget.basis})"


def _what_it_adds(draft: Draft) -> Iterator[Block]:
    """Show where the money goes, the dearest part first, and what stays as it is."""
    new = [part for part in draft.components if not part.existing]
    kept = _kept(draft)
    if new:
        yield Table(
            columns=("Adds", "Service", "A month, list"),
            rows=tuple(
                (part.id, part.service, money(part.list_monthly))
                for part in sorted(new, key=lambda part: (-part.list_monthly, part.id))
            ),
            numeric=(2,),
        )
    there = f"It works with {listed(kept)}, there already. " if kept else ""
    yield Text(words=f"{there}Nothing that runs today is replaced.")


def _nothing_cheaper(draft: Draft) -> Iterator[Block]:
    """Give the proof in short: what would cost less, and the number that rules it out."""
    cheaper: dict[str, list[Rejection]] = {}
    for rejection in draft.decision.rejections:
        price = rejection.list_monthly
        if price is not None and price < draft.list_monthly:
            cheaper.setdefault(rejection.check, []).append(rejection)
    if not cheaper:
        return
    ranked = sorted(cheaper.values(), key=lambda group: (-len(group), group[0].check))
    total = sum(len(group) for group in ranked)
    yield Heading(words="Why nothing cheaper")
    yield Text(
        words=f"{counted(total, 'candidate')} would add less than "
        f"{money(draft.list_monthly)} a month. Each is out for a reason with a number:"
    )
    yield Table(
        columns=("Rejected", "From", "Check", "For example"),
        rows=tuple(_cheaper_row(tuple(group)) for group in ranked[:_REASONS]),
        numeric=(0, 1),
    )
    rest = sum(len(group) for group in ranked[_REASONS:])
    if rest:
        yield Text(words=f"{number(rest)} more, each with its number, are in `design.json`.")


def _cheaper_row(group: tuple[Rejection, ...]) -> tuple[str, ...]:
    best = best_of(group)
    prices = [one.list_monthly for one in group if one.list_monthly is not None]
    return (
        number(len(group)),
        money(min(prices)),
        f"`{best.check}`",
        f"{pattern(best.pattern).name}: {why_not(best)}",
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."
