"""Section 3: what it costs, today and added, beside the alternatives, and what would change that.

Every figure is a line of an Estimate, a field of the Decision, or a difference of two designs that
were both priced. Lines are rounded when shown, totals are sums of what is not rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.design.draft import Draft
from frugal.design.figures import money
from frugal.design.outlook import outlook
from frugal.design.ranges import months
from frugal.design.repricing import added, at_volume, rebuilt
from frugal.design.tradeoffs import tradeoffs
from frugal.design.worst_case import worst_case
from frugal.model.decision import Option
from frugal.model.document import Block, Bullets, Heading, Section, Table, Text
from frugal.model.estimate import LineItem
from frugal.model.load import DAYS_PER_MONTH, load_of
from frugal.services import Service, service, service_ids


def cost_section(draft: Draft) -> Section:
    """Return section 3."""
    return Section(
        number=3,
        title="Cost analysis",
        blocks=(
            Text(
                words="A month is 730 hours. **List** is AWS's list price with every free "
                "allowance off, which is what designs are ranked by; **with allowances** is what "
                "the account pays if nothing else in it uses them up."
            ),
            *_baseline(draft),
            *_side_by_side(draft),
            *_both_ends(draft),
            *months(draft),
            *worst_case(draft),
            *tradeoffs(draft),
            *outlook(draft),
            *_checklist(draft),
        ),
    )


# -- today ---------------------------------------------------------------------------------------


def _baseline(draft: Draft) -> Iterator[Block]:
    baseline = draft.decision.baseline
    yield Heading(words="What the stack costs today")
    if baseline.lines:
        rows = [
            (
                service(line.service).name,
                figures.quoted(line.formula, 60),
                _quantity(line),
                money(line.list_cost),
                money(line.effective_cost),
            )
            for line in baseline.lines
        ]
        rows.append(
            (
                "**Today, as far as known**",
                "",
                "",
                f"**{money(baseline.list_monthly)}**",
                f"**{money(baseline.effective_monthly)}**",
            )
        )
        yield Table(
            columns=("Service", "What", "Quantity", "List", "With allowances"),
            rows=tuple(rows),
            numeric=(2, 3, 4),
        )
    guessed = assumed_sizes(draft)
    if guessed:
        yield Text(words=f"Assumed, because nobody said: {figures.listed(guessed)}.")
    missing = tuple(_unknown_today(draft))
    if missing:
        yield Text(words="Not known, so in no sum here (none of it is changed by this design):")
        yield Bullets(items=missing)


def _quantity(line: LineItem) -> str:
    return f"{figures.number(line.pricing_quantity)} {line.pricing_unit}"


def assumed_sizes(draft: Draft) -> tuple[str, ...]:
    """Return the sizes of the stack that today's cost rests on and nobody gave."""
    instance, database = draft.stack.instance, draft.stack.database
    facts = (
        ("the instance's plan, ${}", instance and instance.plan_monthly_usd),
        ("the instance's type, {}", instance and instance.instance_type),
        ("the database's class, {}", database and database.instance_class),
        ("the database's plan, ${}", database and database.plan_monthly_usd),
    )
    return tuple(words.format(fact.value) for words, fact in facts if fact and fact.assumed)


def _unknown_today(draft: Draft) -> Iterator[str]:
    """Yield what the stack has that nobody gave a month of, and what has no price."""
    stack = draft.stack
    counted = {line.service for line in draft.decision.baseline.lines}
    for offer in stack.offers:
        for own in map(service, service_ids()):
            asked = offer.value in (own.id, own.offer, *own.known_as)
            # A service without an answer about today is not asked: nothing of it could be unknown.
            answers = type(own).baseline is not Service.baseline
            if asked and answers and own.id not in counted:
                yield f"{own.name}: its use today was not given"
    if stack.instance is not None:
        if stack.instance.plan_monthly_usd is None and stack.instance.instance_type is None:
            yield "the instance: its plan was not given"
        if stack.instance.storage_gib is None:
            yield "attached disks"
        if stack.instance.transfer_out_gib is None:
            yield "outbound transfer, and how much of the plan's allowance is left"
    for part in draft.decision.baseline.unpriced:
        yield f"{service(part.service).name}: {figures.quoted(part.reason, 120)}"


# -- options -------------------------------------------------------------------------------------


def _side_by_side(draft: Draft) -> Iterator[Block]:
    options = draft.decision.options
    yield Heading(words="What each option adds to the month, by service")
    yield Bullets(
        items=tuple(
            f"**{letter}: {option.pattern_name}** ({label_of(option)}"
            f"{_trials_of(draft, option)}). {option.summary}"
            for letter, option in lettered(options)
        )
    )
    names: dict[str, None] = {}
    sums: list[dict[str, tuple[Decimal, Decimal]]] = []
    for option in options:
        by_service: dict[str, tuple[Decimal, Decimal]] = {}
        for line in option.estimate.lines:
            name = service(line.service).name
            names.setdefault(name)
            listed, effective = by_service.get(name, (Decimal(0), Decimal(0)))
            by_service[name] = (listed + line.list_cost, effective + line.effective_cost)
        sums.append(by_service)
    rows = [(name, *(figure for one in sums for figure in _pair(one.get(name)))) for name in names]
    rows.append(
        (
            "**Added a month**",
            *(
                f"**{money(amount)}**"
                for option in options
                for amount in (option.list_monthly, option.effective_monthly)
            ),
        )
    )
    per_month = draft.scene.load.payouts
    assert isinstance(per_month, Decimal)
    if per_month:
        rows.append(
            (
                "Per payout",
                *(
                    money(amount / per_month)
                    for option in options
                    for amount in (option.list_monthly, option.effective_monthly)
                ),
            )
        )
    columns = [
        words
        for letter, _ in lettered(options)
        for words in (f"{letter}: list", f"{letter}: with allowances")
    ]
    yield Table(
        columns=("Service", *columns),
        rows=tuple(rows),
        numeric=tuple(range(1, len(columns) + 1)),
        caption=f"at {figures.number(draft.brief.volume.payouts_per_day_high.value)} payouts a day",
    )
    for letter, option in lettered(options):
        for part in option.estimate.unpriced:
            yield Text(
                words=f"{letter} is a lower bound: {service(part.service).name} has no price for "
                f"{figures.quoted(part.meter, 80)}."
            )


def _trials_of(draft: Draft, option: Option) -> str:
    """Return in how many trials an option kept every promise; nothing where none were run."""
    if not draft.tried_out:
        return ""
    if not option.trials:
        return ", not tried out"
    return f", kept every promise in {figures.counted(option.trials, 'trial')}"


def lettered(options: tuple[Option, ...]) -> Iterator[tuple[str, Option]]:
    return zip("ABCDEFGH", options, strict=False)


def label_of(option: Option) -> str:
    """Return why an option is shown, and that it is only priced where it is."""
    return (
        option.label
        if option.full or option.label == "priced only"
        else (f"{option.label}, priced only")
    )


def _pair(costs: tuple[Decimal, Decimal] | None) -> tuple[str, str]:
    return ("-", "-") if costs is None else (money(costs[0]), money(costs[1]))


# -- both ends of the volume ---------------------------------------------------------------------


class Ends:
    """The recommended settings priced at the low and the high end of a stated range."""

    def __init__(self, draft: Draft) -> None:
        volume = draft.brief.volume
        self.low = volume.payouts_per_day_low.value
        self.high = volume.payouts_per_day_high.value
        scene = at_volume(draft.scene, self.low)
        found = added(rebuilt(draft.candidate, scene), scene, draft.pricer)
        assert isinstance(found.list_monthly, Decimal)
        assert isinstance(found.effective_monthly, Decimal)
        self.low_list, self.low_effective = found.list_monthly, found.effective_monthly
        payouts = load_of(draft.brief, self.low).payouts
        assert isinstance(payouts, Decimal)
        self.low_payouts = payouts

    @property
    def one(self) -> bool:
        return self.low == self.high


def per_payout(monthly: Decimal, payouts: object) -> str:
    """Return the cost of one payout, or that there is none."""
    assert isinstance(payouts, Decimal)
    return money(monthly / payouts) if payouts else "no payouts"


def _both_ends(draft: Draft) -> Iterator[Block]:
    ends = Ends(draft)
    if ends.one:
        return
    chosen = draft.decision.chosen
    yield Heading(words="At both ends of the volume")
    rows = []
    for per_day, payouts, listed, effective in (
        (ends.low, ends.low_payouts, ends.low_list, ends.low_effective),
        (ends.high, draft.scene.load.payouts, chosen.list_monthly, chosen.effective_monthly),
    ):
        assert isinstance(payouts, Decimal)
        rows.append(
            (
                figures.number(per_day),
                figures.number(payouts),
                money(listed),
                money(effective),
                per_payout(listed, payouts),
            )
        )
    yield Table(
        columns=("Payouts a day", "A month", "List", "With allowances", "Per payout, list"),
        rows=tuple(rows),
        numeric=(0, 1, 2, 3, 4),
        caption=f"{chosen.pattern_name}; "
        f"{figures.number(DAYS_PER_MONTH * draft.brief.volume.days_per_week.value / 7)} "
        "days with payouts a month",
    )


# -- checklist -----------------------------------------------------------------------------------


def _checklist(draft: Draft) -> Iterator[Block]:
    yield Heading(words="Cost checklist")
    yield Text(
        words="Worth is the month's difference between doing it and not doing it, from pricing the "
        "recommended design both ways at list price. A negative worth is what it costs."
    )
    yield Table(
        columns=("Item", "Applied", "Worth a month", "Why"),
        rows=tuple(
            (
                item.item,
                "yes" if item.applied else "no",
                "not priced" if item.worth_monthly is None else money(item.worth_monthly),
                item.why,
            )
            for item in draft.checklist
        ),
        numeric=(2,),
    )
