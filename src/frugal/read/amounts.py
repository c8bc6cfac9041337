"""Money in a request: a plan's price, the budget, the largest payout. Never a volume."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal

from frugal.model.brief import Value
from frugal.read.findings import OTHER, Findings, Topic
from frugal.read.numbers import Quantity, plain
from frugal.read.periods import period
from frugal.read.stack_sizes import DATABASE_PLAN, PLAN
from frugal.read.words import Kind, Words, one_of


class Amount(Value, frozen=True, kw_only=True):
    value: Decimal
    currency: str


BUDGET: Topic[Decimal] = Topic("budget_monthly")
LARGEST: Topic[Amount] = Topic("promises.largest_payout")
CURRENCY: Topic[str] = Topic("promises.currency")

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY"}
_CODES = {
    "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "eur": "EUR", "euro": "EUR",
    "euros": "EUR", "gbp": "GBP", "pounds": "GBP", "chf": "CHF", "cad": "CAD", "aud": "AUD",
    "inr": "INR", "jpy": "JPY", "sek": "SEK", "brl": "BRL", "mxn": "MXN", "sgd": "SGD",
}  # fmt: skip
_PLANS = one_of("plan bundle instance box server vps tier lightsail droplet")
_BUDGET = one_of("budget spend spending bill costs cost pay cheaper afford under below less")
_AT_MOST = one_of("most max maximum cap limit")
_EACH = one_of(
    "each apiece payout payment transfer withdrawal amount amounts transaction individual"
    " single payouts payments transfers"
)
_LARGEST = one_of("largest biggest maximum max most highest up exceed limit")
_TODAY = "what is paid today is computed from the Stack, and a bill is read by frugal audit"
_ABROAD = "prices here are in US dollars: give the budget in dollars"


def find_amounts(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find every amount of money, and claim it even where it says nothing to us."""
    words = findings.words
    for one in quantities:
        found = _currency(words, one)
        if found is None or not findings.free(one.start, one.end):
            continue
        currency, start, end = found
        _amount(findings, one, currency, start, end)
    if not findings.all(LARGEST):
        _plain_largest(findings, quantities)


def _currency(words: Words, one: Quantity) -> tuple[str, int, int] | None:
    """Return the currency of a number, and the words from its sign to its end."""
    for place in range(one.start - 1, one.end):
        if words.at(place) in _SIGNS:
            return _SIGNS[words.at(place)], min(one.start, place), one.end
    if words.at(one.end) in _SIGNS and words.kind(one.end + 1) is not Kind.NUMBER:
        return _SIGNS[words.at(one.end)], one.start, one.end + 1
    if words.at(one.end) in _CODES:
        return _CODES[words.at(one.end)], one.start, one.end + 1
    if words.at(one.start - 1) in _CODES and words.at(one.start - 1) not in {"pounds"}:
        return _CODES[words.at(one.start - 1)], one.start - 1, one.end
    return None


def _amount(findings: Findings, one: Quantity, currency: str, start: int, end: int) -> None:
    words = findings.words
    per = period(words, end)
    monthly = per is not None and per[0] in {"month", "year"}
    stop = per[1] if per is not None and monthly else end
    span = words.near(start, stop, 6, 4)
    first, last = span.start, span.stop
    if words.at(start - 1) == "(":
        first = words.near(start - 2, start - 2).start  # Lightsail ($12)
    before = [words.at(place) for place in range(max(first, start - 6), start)]
    after = [words.at(place) for place in range(stop, min(last, stop + 4))]
    inside = {words.at(place) for place in range(start, end)}
    if monthly and "pay" in before[-3:] and after[:1] == ["for"]:
        findings.add(OTHER, "bill", start, stop, note=_TODAY)
    elif _is_plan(before, after):
        database = {"database", "db", "postgres", "managed"} & set(after[:3] + before[-3:])
        topic = DATABASE_PLAN if database else PLAN
        also = _spots(words, span, {"plan", "bundle", "tier"})
        value = plain(one.measure)
        findings.add(topic, value, start, stop, f"{topic.name} = {value}", also=also)
    elif monthly or "budget" in before or "budget" in after[:2]:
        _budget(findings, one, currency, start, stop, per[0] if per else "month", span)
    elif (set(before[-3:] + after[:2]) | inside) & _LARGEST and _EACH & set(before + after):
        value = plain(one.high)
        also = _spots(words, span, _LARGEST | _EACH | {"per", "is", "of", "to", "at"})
        texts = (f"{LARGEST.name} = {value}", f"{CURRENCY.name} = {currency}")
        amount = Amount(value=value, currency=currency)
        findings.add(LARGEST, amount, start, end, *texts, also=also)
        findings.add(CURRENCY, currency, start, end)
    elif _EACH & set(before + after) or {"average", "avg", "typical"} & set(before):
        note = "only the largest payout matters to a design"
        also = _spots(words, span, _EACH | {"average", "avg", "typical", "typically", "of", "per"})
        text = f"{CURRENCY.name} = {currency}"
        findings.add(CURRENCY, currency, start, end, text, note=note, also=also)
    elif (set(before) | inside) & _AT_MOST and _EACH & _sentence(words, start):
        value = plain(one.high)
        amount = Amount(value=value, currency=currency)
        also = _spots(words, span, _AT_MOST)
        findings.add(LARGEST, amount, start, end, f"{LARGEST.name} = {value}", also=also)
    elif (set(before) | inside) & _BUDGET and not set(after[:2]) & _EACH:
        _budget(findings, one, currency, start, stop, "month", span)
    else:
        findings.add(OTHER, "amount", start, end, note="an amount, but of what was not understood")


def _sentence(words: Words, place: int) -> set[str]:
    """Return the words of the sentence around ``place``, as far as they can matter."""
    sentence = words.sentence(place)
    reach = range(max(sentence.start, place - 20), min(sentence.stop, place + 20))
    return {words.at(one) for one in reach}


def _is_plan(before: list[str], after: list[str]) -> bool:
    if set(after[:3]) & _PLANS and not set(after[:1]) & {"budget"}:
        return True
    near = before[-4:]
    return bool(set(near) & _PLANS) and not set(near) & (_BUDGET | _AT_MOST)


def _budget(
    findings: Findings,
    one: Quantity,
    currency: str,
    start: int,
    stop: int,
    per: str,
    span: range,
) -> None:
    words = findings.words
    helping = (
        _BUDGET
        | _AT_MOST
        | {"of", "than", "at", "keep", "it", "stay", "is", "total", "not", "more"}
    )
    also = _spots(words, span, helping)
    if currency != "USD":
        findings.add(OTHER, "budget", start, stop, note=_ABROAD, also=also)
        return
    value = plain(one.high / 12 if per == "year" else one.high)
    findings.add(BUDGET, value, start, stop, f"{BUDGET.name} = {value}", also=also)


def _plain_largest(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find ``max payout of 2,000``, without a currency."""
    words = findings.words
    for one in quantities:
        if not findings.free(one.start, one.end):
            continue
        before = [words.at(one.start - step) for step in (4, 3, 2, 1)]
        if set(before) & {"largest", "biggest", "maximum", "max", "highest"} and set(before) & {
            "payout", "payment", "amount", "transfer", "withdrawal"
        }:  # fmt: skip
            value = plain(one.high)
            also = range(max(0, one.start - 4), one.start)
            amount = Amount(value=value, currency="")
            text = f"{LARGEST.name} = {value}"
            findings.add(LARGEST, amount, one.start, one.end, text, also=also)


def _spots(words: Words, places: range, helping: Set[str]) -> list[int]:
    return [place for place in places if words.at(place) in helping]
