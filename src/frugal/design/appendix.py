"""The unnumbered sections: assumptions, questions, rejected patterns, sources, checks made.

They are where a reader who doubts a number goes, so each line carries what it takes to look it up.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.design.assumptions import assumption_section, fields_of, said
from frugal.design.checks import checks_of, margins_of
from frugal.design.draft import Draft
from frugal.design.figures import counted, money, number, quoted
from frugal.design.partner_rules import name_of, partner_facts
from frugal.design.ranges import plausible_words
from frugal.design.trials import fallen
from frugal.model.decision import Flip, Question, Rejection
from frugal.model.design import Source
from frugal.model.document import Block, Bullets, Heading, Section, Table, Text
from frugal.model.estimate import LineItem
from frugal.patterns import pattern, pattern_ids
from payouts.partner_facts import PartnerQuestion

#: Reasons that are no fault of the candidate: it keeps every promise, another is better.
_AS_GOOD = ("dearer", "less-preferred", "priced-only")
#: Reasons that are said whole in words; their numbers are the price beside them.
_IN_WORDS = (*_AS_GOOD, "unpriced")


def appendix(draft: Draft) -> tuple[Section, ...]:
    """Return the sections after the seven, in order."""
    return (
        assumption_section(draft),
        question_section(draft),
        rejected_section(draft),
        source_section(draft),
        check_section(draft),
    )


# -- questions -----------------------------------------------------------------------------------


def question_section(draft: Draft) -> Section:
    """Return what could change the answer, then what else the partner should be asked."""
    questions = draft.decision.questions
    drawn = any(question.plausible for question in questions)
    blocks: list[Block] = []
    if questions:
        blocks += [
            Text(
                words="Only what can change the choice or its price is asked, with the value at "
                "which it does."
            ),
            Table(
                columns=(
                    *("Question", "Assumed now", "The answer flips at"),
                    *(("If it is",) if drawn else ()),
                    "Worth a month",
                ),
                rows=tuple(_question_row(draft, question, drawn=drawn) for question in questions),
                numeric=(4 if drawn else 3,),
                caption="by what a plausible answer can do: leave nothing feasible, break a "
                "promise, move the middle month"
                if drawn
                else "",
            ),
        ]
    else:
        blocks.append(
            Text(words="No single unknown can change the choice; nothing has to be asked.")
        )
    asked = {question.id for question in questions} | {
        field
        for question in questions
        for flip in question.flips
        for field in fields_of(flip.input.rpartition(".")[2])
    }
    others = tuple(q for q in partner_facts(draft).questions if not {q.id, q.fills or q.id} & asked)
    if others:
        blocks += [
            Heading(words=f"To {name_of(draft)}, before the first payout"),
            Bullets(items=tuple(_asked(question) for question in others)),
        ]
    return Section(number=0, title="Questions", blocks=tuple(blocks))


def _question_row(draft: Draft, question: Question, *, drawn: bool) -> tuple[str, ...]:
    flips = "; ".join(f"{flip.becomes} → {_then(draft, flip)}" for flip in question.flips)
    return (
        quoted(question.text),
        quoted(question.assumed),
        flips or "no value found",
        *((plausible_words(draft, question),) if drawn else ()),
        _worth(question),
    )


def _worth(question: Question) -> str:
    """Return what a plausible answer can move: dollars a month, or the whole design."""
    answers = question.plausible or question.flips
    if any(not answer.pattern for answer in answers):
        return "the design itself"
    if any(answer.risk for answer in question.plausible):
        return f"a promise, {money(question.worth_monthly)}"
    return money(question.worth_monthly)


def _then(draft: Draft, flip: Flip) -> str:
    """Return what would be recommended past a flip."""
    if not flip.pattern:
        return "nothing is feasible"
    if flip.pattern == draft.candidate.pattern:
        return "the same pattern, at another price"
    return pattern_name(flip.pattern)


def _asked(question: PartnerQuestion) -> str:
    return f"{question.ask} ({question.why})"


# -- rejected ------------------------------------------------------------------------------------


def rejected_section(draft: Draft) -> Section:
    """Return one line a pattern, with the number that decided about its best candidate."""
    decision = draft.decision
    rows = tuple(
        _rejected_row(draft, id, tuple(r for r in decision.rejections if r.pattern == id))
        for id in dict.fromkeys(rejection.pattern for rejection in decision.rejections)
    )
    blocks: list[Block] = [
        Text(
            words=f"{number(decision.weighed)} candidates were weighed, "
            f"{number(decision.feasible)} keep every promise{_by_trial(draft)}. One line a "
            "pattern, with its best candidate; every one is in `design.json` with its number."
        ),
        Table(
            columns=("Pattern", "Rejected", "Best of them", "Why not", "Would add"),
            rows=rows,
            numeric=(1, 4),
        ),
    ]
    if decision.not_built:
        blocks.append(
            Bullets(
                items=tuple(
                    f"**{pattern_name(id)}** was not built: {why}."
                    for id, why in decision.not_built
                )
            )
        )
    return Section(number=0, title="Rejected", blocks=tuple(blocks))


def _by_trial(draft: Draft) -> str:
    """Say how many of them were tried out; the others were not asked for more than hard checks."""
    decision = draft.decision
    if not decision.tried:
        return ""
    fell = fallen(decision)
    return (
        f" as far as they were asked: all by the hard checks, {number(decision.tried)} of them by "
        f"trials, in which {number(fell) if fell else 'none'} fell"
    )


def best_of(rejections: tuple[Rejection, ...]) -> Rejection:
    """Return the rejection that came nearest: one that keeps every promise, then the cheapest."""
    return min(rejections, key=lambda r: (r.check not in _AS_GOOD, _price_first(r), r.settings))


def _price_first(rejection: Rejection) -> tuple[bool, Decimal]:
    return (rejection.list_monthly is None, rejection.list_monthly or Decimal(0))


def _rejected_row(draft: Draft, id: str, rejections: tuple[Rejection, ...]) -> tuple[str, ...]:
    best = best_of(rejections)
    # Settings it has in common with the recommended design say nothing about the difference.
    same = set(draft.candidate.settings)
    settings = ", ".join(
        f"{key.replace('_', ' ')} {said(value)}"
        for key, value in best.settings
        if (key, value) not in same
    )
    price = "unpriced" if best.list_monthly is None else money(best.list_monthly)
    return (
        pattern_name(id),
        str(len(rejections)),
        settings or "same settings",
        why_not(best),
        price,
    )


def why_not(rejection: Rejection) -> str:
    """Return the number that broke a candidate, as a sentence."""
    basis = " (assumed)" if rejection.basis == "assumed" else ""
    if rejection.check in _IN_WORDS or not rejection.unit:
        return f"{rejection.what}{basis}"
    return (
        f"{rejection.what}: {number(rejection.used)} of at most {number(rejection.limit)} "
        f"{rejection.unit}{basis}"
    )


def pattern_name(id: str) -> str:
    """Return the name of a pattern; one without a file is shown by its id."""
    return pattern(id).name if id in pattern_ids() else id


# -- sources -------------------------------------------------------------------------------------


def sources_of(draft: Draft) -> tuple[Source, ...]:
    """Return where every price, limit and partner rule used comes from."""
    lines = (*draft.decision.chosen.estimate.lines, *draft.decision.baseline.lines)
    return tuple(dict.fromkeys((*_prices(lines), *_limits(draft), *_partner(draft))))


def _prices(lines: Iterable[LineItem]) -> Iterable[Source]:
    for line in lines:
        yield Source(
            what=f"{line.placement}: {line.sku_meter}",
            sku_id=line.sku_id,
            effective_date=line.effective_date,
            formula=f"{number(line.pricing_quantity)} {line.pricing_unit} ({line.formula}) x "
            f"${line.list_unit_price.normalize():f} = {money(line.list_cost)}",
            address=line.source,
        )


def _limits(draft: Draft) -> Iterable[Source]:
    for found in margins_of(draft):
        assert isinstance(found.used, Decimal), "a recommended design has no open input"
        yield Source(
            what=f"{found.placement}: {found.what}",
            sku_id="",
            effective_date="",
            formula=f"{number(found.used)} of at most {number(found.limit)} {found.unit} "
            f"({found.basis})",
            address=quoted(found.source, 600),
        )


def _partner(draft: Draft) -> Iterable[Source]:
    facts = partner_facts(draft)
    for rule in facts.rules:
        yield Source(
            what=f"{facts.name}: {rule.value}",
            sku_id="",
            effective_date="",
            formula=str(rule.basis),
            address=rule.source,
        )


def source_section(draft: Draft) -> Section:
    """Return prices with SKU, date and formula, limits with their use, and the partner's pages."""
    sources = sources_of(draft)
    prices = tuple(source for source in sources if source.effective_date)
    numbered: dict[str, int] = {}
    for source in sources:
        numbered.setdefault(source.address, len(numbered) + 1)
    limits = tuple(_limits(draft))
    blocks: list[Block] = [
        Text(
            words="Numbers in square brackets are the addresses, or the reasons, below. A price "
            f"is AWS's list price of {draft.decision.region}, free allowances off, in dollars."
        ),
        Table(
            columns=("Part and meter", "SKU", "In force since", "Formula", "At"),
            rows=tuple(
                (
                    s.what,
                    s.sku_id or "none",
                    s.effective_date,
                    s.formula,
                    f"[{numbered[s.address]}]",
                )
                for s in prices
            ),
            caption="Prices",
        ),
        Table(
            columns=("Limit", "Used", "At"),
            rows=tuple((s.what, s.formula, f"[{numbered[s.address]}]") for s in limits),
            caption="Limits",
        ),
        Table(
            columns=("Rule", "Basis", "At"),
            rows=tuple(
                (rule.value, str(rule.basis), f"[{numbered[rule.source]}]")
                for rule in partner_facts(draft).rules
            ),
            caption=f"{name_of(draft)}'s rules, as we read them",
        ),
        Bullets(items=tuple(f"[{at}] {address}" for address, at in numbered.items())),
    ]
    return Section(number=0, title="Sources", blocks=tuple(blocks))


# -- checks --------------------------------------------------------------------------------------


def check_section(draft: Draft) -> Section:
    """Return the checks made before finishing; a failed one is shown as failed, first."""
    checks = checks_of(draft)
    failed = tuple(check for check in checks if not check.passed)
    summary = (
        f"**{counted(len(failed), 'check')} of {len(checks)} failed.** Do not build this before "
        "they are understood."
        if failed
        else f"All {len(checks)} passed. They are worked out on this design, not ticked off."
    )
    ordered = (*failed, *(check for check in checks if check.passed))
    return Section(
        number=0,
        title="Checks made before finishing",
        blocks=(
            Text(words=summary),
            Table(
                columns=("Area", "Check", "Result", "Evidence"),
                rows=tuple(
                    (c.area, c.what, "passed" if c.passed else "**FAILED**", c.evidence)
                    for c in ordered
                ),
            ),
        ),
    )
