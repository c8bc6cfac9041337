"""Laws of a described month: bands add up, more never costs less, order and company do not matter.

What may be described is read off the services themselves, so a new one is held to these laws the
moment it exists.
"""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from frugal.model.errors import FrugalError
from frugal.price.bill import PRECISION, Bill, BilledLine, price_described
from frugal.price.described import Described, Entry, types_of
from frugal.price.sources import from_words
from frugal.price.usage_file import read_usage
from frugal.price_list.lookup import open_snapshot
from frugal.render.estimate import bill_csv, bill_json, bill_text
from frugal.services import service, service_ids

IDS = [id for id in service_ids() if service(id).inputs is not None]
HOURS = Decimal(730)
NAMES = {"instance_type": "t4g.small", "instance_class": "db.t4g.medium"}

#: More of these may rightly cost less, and why.
NOT_MONOTONE = {
    ("aws_lambda", "provisioned_concurrency"): "what runs on it is cheaper than on demand",
    ("lightsail", "instances"): "each brings a transfer allowance",
    ("sqs", "batch_size"): "more messages a request are fewer requests",
    ("pipes", "batch_size"): "more events a request are fewer requests",
    ("load_balancer", "hours"): "the same GB spread over more hours are fewer capacity units",
    ("network_load_balancer", "hours"): "the same",
    ("gateway_load_balancer", "hours"): "the same",
}

COUNTS = st.one_of(
    st.sampled_from([0, 1, 2, 10]).map(Decimal),
    st.decimals(0, 10**7, places=2, allow_nan=False, allow_infinity=False),
)


def values_for(name: str, wanted: Any) -> st.SearchStrategy[Any]:
    if get_origin(wanted) is Literal:
        return st.sampled_from(get_args(wanted))
    if wanted is bool:
        return st.booleans()
    if wanted is str:
        return st.just(NAMES[name])
    return COUNTS


@st.composite
def entries(draw: st.DrawFn, id: str | None = None, *, name: str = "part") -> Entry:
    """One use of one service, with some of its inputs said."""
    chosen = draw(st.sampled_from(IDS)) if id is None else id
    kind = service(chosen).inputs
    assert kind is not None
    types = types_of(kind)
    given_values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.required or draw(st.booleans()):
            given_values[field.name] = draw(values_for(field.name, types[field.name]))
    return Entry(name=name, service=chosen, inputs=kind(**given_values), said=tuple(given_values))


def month(*parts: Entry, free_tier: Any = "none") -> Described:
    named = tuple(msgspec.structs.replace(part, name=f"part {at}") for at, part in enumerate(parts))
    return Described(region="us-east-1", hours=HOURS, free_tier=free_tier, entries=named)


def priced(*parts: Entry, free_tier: Any = "none") -> Bill:
    return price_described(month(*parts, free_tier=free_tier), open_snapshot())


@settings(deadline=None, max_examples=300)
@given(entries())
def test_bands_add_up_to_the_line(part: Entry) -> None:
    """Every unit of use is free or in exactly one band, and the bands' costs are the line's."""
    lines = priced(part, free_tier="always").billed_lines
    with localcontext(prec=PRECISION):
        _add_up(lines)


def _add_up(lines: tuple[BilledLine, ...]) -> None:
    for line in lines:
        assert sum((band.quantity for band in line.bands), Decimal(0)) == line.pricing_quantity
        assert line.pricing_quantity + line.free_quantity == line.used_quantity
        assert sum((band.cost for band in line.bands), Decimal(0)) == line.effective_cost
        assert line.effective_cost <= line.list_cost


@pytest.mark.parametrize("id", IDS)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_more_never_costs_less(id: str, data: st.DataObject) -> None:
    """Each number a service can be told raises its price or leaves it; rounding lowers none."""
    part = data.draw(entries(id))
    assert part.inputs is not None
    types = types_of(type(part.inputs))
    numbers = [
        name for name in part.said if types[name] is Decimal and (id, name) not in NOT_MONOTONE
    ]
    assume(numbers)
    name = data.draw(st.sampled_from(numbers))
    more = getattr(part.inputs, name) + data.draw(COUNTS)
    larger = msgspec.structs.replace(
        part, inputs=msgspec.structs.replace(part.inputs, **{name: more})
    )
    before, after = priced(part), priced(larger)
    assume(len(before.estimate.unpriced) == len(after.estimate.unpriced))
    assert after.total >= before.total


#: Decimals carry 28 digits: a repeating quantity (a minute, in hours) is rounded at the last.
LAST_DIGITS = Decimal("1e-18")


@settings(deadline=None, max_examples=300)
@given(st.lists(entries(), min_size=1, max_size=4), st.lists(entries(), min_size=1, max_size=4))
def test_together_never_costs_more_than_apart(one: list[Entry], other: list[Entry]) -> None:
    """With every allowance off, one account's larger month has the cheaper bands."""
    together = priced(*one, *other).total
    assert together <= priced(*one).total + priced(*other).total + LAST_DIGITS


@settings(deadline=None, max_examples=300)
@given(
    st.lists(entries(), min_size=2, max_size=6),
    st.randoms(use_true_random=False),
    st.sampled_from(["none", "always"]),
)
def test_order_does_not_matter(parts: list[Entry], chance: random.Random, tier: str) -> None:
    """The same entries in another order are the same month and the same total."""
    shuffled = list(parts)
    chance.shuffle(shuffled)
    one, other = priced(*parts, free_tier=tier), priced(*shuffled, free_tier=tier)
    assert abs(one.total - other.total) <= abs(one.total) * Decimal("1e-25")
    assert len(one.estimate.unpriced) == len(other.estimate.unpriced)


@settings(deadline=None, max_examples=200)
@given(entries())
def test_allowances_only_take_off(part: Entry) -> None:
    """With the account's allowances a month never costs more than without."""
    assert priced(part, free_tier="always").total <= priced(part).total


ODD = "-1 1e9 1e99 nan three true [] {} ~ '' 1_000 0x10 5GB &a *a !x | > % @ ` .5 1,000"
SCALARS = st.one_of(
    COUNTS.map(str),
    st.sampled_from(tuple(ODD.split())),
    st.text(max_size=8).map(repr),
)
FIELD_NAMES = sorted({name for id in IDS for name in types_of(service(id).inputs)})  # type: ignore[arg-type]


@st.composite
def usage_texts(draw: st.DrawFn) -> str:
    """A usage file: right, nearly right, or nothing of the kind."""
    lines: list[str] = []
    if draw(st.booleans()):
        lines.append(f"region: {draw(st.sampled_from(['eu-central-1', 'us-east-1', 'x', '5']))}")
    if draw(st.booleans()):
        tiers = ["none", "always", "account", "maybe"]
        lines.append(f"free_tier: {draw(st.sampled_from(tiers))}")
    if draw(st.integers(0, 3)) == 0:
        lines.append(f"hours: {draw(SCALARS)}")
    lines.append("usage:")
    for _ in range(draw(st.integers(0, 3))):
        id = draw(st.sampled_from([*IDS, "firehose", "lamda", "cloudwatch"]))
        lines.append(f"  - service: {id}")
        own = list(types_of(service(id).inputs)) if id in IDS else []  # type: ignore[arg-type]
        for name in draw(st.lists(st.sampled_from(own or FIELD_NAMES), max_size=4, unique=True)):
            value = draw(SCALARS)
            if own and draw(st.integers(0, 3)):
                value = _written(draw(values_for(name, types_of(service(id).inputs)[name])))  # type: ignore[arg-type]
            lines.append(f"    {name}: {value}")
    text = "\n".join(lines)
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=3)) + text[at:]
    return text


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings(deadline=None, max_examples=3500, suppress_health_check=[HealthCheck.too_slow])
@given(usage_texts())
def test_any_file_is_priced_or_refused(text: str) -> None:
    """Never a traceback, and never a silent zero: every entry is priced, or it is said why not."""
    try:
        described = read_usage(text)
        bill = price_described(described, open_snapshot())
    except FrugalError:
        return
    for part in described.entries:
        assert not _silent(part, bill), part
    assert bill_text(bill, explain=True)
    assert bill_csv(bill)
    assert bill_json(bill)


def _silent(part: Entry, bill: Bill) -> bool:
    """Whether something is said to be used and neither money nor a word comes of it."""
    lines = [line for line in bill.billed_lines if line.placement == part.name]
    if any(line.list_cost > 0 for line in lines):
        return False
    if any(missing.placement == part.name for missing in bill.estimate.unpriced):
        return False
    if any(note.startswith(f"{part.name}: ") for note in bill.notes):
        return False
    said = [getattr(part.inputs, name) for name in part.said]
    amounts = [value for value in said if isinstance(value, Decimal)]
    listed_free = any(line.used_quantity > 0 and line.list_unit_price == 0 for line in lines)
    return not listed_free and Decimal(0) not in amounts


WORDS = (
    "lambda sqs sns s3 nat gateway lightsail logs secrets alarms requests messages gb mb ms kb $12"
    " 3 million 1e9 5k half a dozen a day per second in us-east-1 frankfurt free tier without and ,"
    " : ; - t4g.small ec2 rds db.t4g.micro fargate vcpu hours plan fifo arm kept 30 days unicorn"
)


@settings(deadline=None, max_examples=1000)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join))
def test_any_question_is_priced_or_refused(words: str) -> None:
    """Words in any order are a price with what is missing from it, or one clear error."""
    try:
        bill = price_described(from_words(words), open_snapshot())
    except FrugalError:
        return
    assert bill.total > 0 or not bill.complete or bill.notes or bill.billed_lines
