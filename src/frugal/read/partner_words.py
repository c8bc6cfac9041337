"""The partner and what is said of it: name, batch call, addresses, webhooks, response times."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal
from functools import cache

from frugal.model.brief import Value
from frugal.read.findings import OTHER, Findings, Found, Topic
from frugal.read.numbers import Quantity, plain, quantity
from frugal.read.stack_parts import part_at
from frugal.read.stack_sizes import STATIC_ADDRESS
from frugal.read.times import SECONDS
from frugal.read.volume import PAYOUTS
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases
from payouts.partners import GENERIC, find_partners


class Partner(Value, frozen=True, kw_only=True):
    id: str
    name: str
    product_said: bool = False  #: the words name the API product, not only the company


PARTNER: Topic[Partner] = Topic("partner.id")
BATCH: Topic[bool] = Topic("partner.batch_api")
FIXED: Topic[bool] = Topic("partner.fixed_address_required")
WEBHOOKS: Topic[bool] = Topic("partner.webhooks")
POLLING: Topic[Decimal] = Topic("partner.polling_interval_minutes")
P50: Topic[Decimal] = Topic("partner.response_seconds_p50")
P99: Topic[Decimal] = Topic("partner.response_seconds_p99")
TIMEOUT: Topic[Decimal] = Topic("partner.timeout_seconds")
REQUEST_KIB: Topic[Decimal] = Topic("partner.request_kib")
RESPONSE_KIB: Topic[Decimal] = Topic("partner.response_kib")
IPV6: Topic[bool] = Topic("partner.ipv6")

#: Words that only name a company; the product is then our choice, and is said to be.
_COMPANIES = {"fiserv", "first data"}
#: Products of the same company that the file does not describe.
_OTHER_PRODUCTS = {"commerce hub", "cardpointe", "cardconnect", "clover", "checkfree"}

_POLL = one_of("poll polls polled polling check checks checking checked")
_ANSWER = one_of(
    "takes take responds respond answers answer response responses latency replies reply slow"
    " returns"
)
_NO = one_of("no not without don't doesn't dont doesnt never isn't aren't")
_SOURCES = one_of("from through via with using by to over partner provider processor")
_SECOND = "a second partner: only the first is designed for"
_REPLACING = one_of("move moving migrate migrating switch switching replace replacing instead")
_BOX = one_of("lightsail box instance server ec2 vps machine")
_NO_NAMES = one_of(
    "january february march april may june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday i api apis tls ssl sftp ftp https"
    " http rest soap csv ach sepa aws amazon ec2 ip ips pci gdpr hipaa json xml mtls vpn cost"
    " costs we email cli sdk kyc swift rtp us usd eur eu uk nat"
)


@cache
def _lexicons() -> tuple[tuple[Lexicon[bool], Topic[bool]], ...]:
    fixed = Lexicon(
        phrases(
            "fixed ip|fixed ips|fixed address|fixed addresses|fixed ip address|fixed ip addresses"
            "|static ip|static ips|static ip address|static ip addresses|static address"
            "|ip allowlist|ip allow list|ip allowlisting|ip allow listing|ip whitelist"
            "|ip whitelisting|ip white listing|allow listed|allow list"
            "|allowlist|allowlists|allowlisted"
            "|allowlisting|allow listing|allow lists|whitelist|whitelists|whitelisted|whitelisting"
            "|allow listed ip|allowlisted ip|fixed ip allow listed|fixed ip allowlisted"
            "|static ip allow listed|whitelisted ip|whitelisted ips|fixed outbound ip"
            "|fixed egress ip|static egress ip|static outbound ip|elastic ip|dedicated ip",
            True,
        )
    )
    batch = Lexicon(
        {
            **phrases("no batch|no batch api|no batching|no batches|no bulk api|no bulk", False),
            **phrases("no batch endpoint|no batch call|no batch calls|without batching", False),
            **phrases("one call per payout|one request per payout|one at a time|one by one", False),
            **phrases(
                "cannot batch|can't batch|not batched|without batch|without a batch api", False
            ),
            **phrases(
                "batch api|batch endpoint|bulk api|bulk endpoint|batch call|batch calls", True
            ),
            **phrases("batch payouts api|mass payouts|mass payout api|supports batches", True),
            **phrases(
                "supports batching|accepts batches|batch upload|batch file|batch files", True
            ),
        }
    )
    webhook = Lexicon(phrases("webhook|webhooks|web hook|web hooks|callback|callbacks", True))
    return (batch, BATCH), (fixed, FIXED), (webhook, WEBHOOKS)


def find_partner(findings: Findings) -> None:
    """Find the partner by its aliases, or else by its place: ``through Acme Pay``."""
    words = findings.words
    place = 0
    for start, stop, id in find_partners(words.text):
        while place < len(words) and words.tokens[place].start < start:
            place += 1
        if place == len(words) or words.tokens[place].start >= stop:
            continue
        end = place
        while end < len(words) and words.tokens[end].start < stop:
            end += 1
        if findings.free(place, end):
            _known(findings, place, end, id)
    if not findings.all(PARTNER):
        _unknown(findings)


def _known(findings: Findings, place: int, end: int, id: str) -> None:
    words = findings.words
    said = words.said(place, end)
    alias = said.lower()
    product_said = alias not in _COMPANIES
    other = " ".join(words.at(one) for one in range(end, end + 2))
    named = next((name for name in _OTHER_PRODUCTS if other.startswith(name)), None)
    if alias in _COMPANIES and named is not None:
        end += len(named.split())
        said = words.said(place, end)
        note = f"another product than the one {id} describes; every fact is assumed"
        findings.add(
            PARTNER, Partner(id=GENERIC, name=said, product_said=True), place, end,
            f"partner.name = {said}", note=note,
        )  # fmt: skip
        return
    earlier = findings.all(PARTNER)
    if earlier and earlier[-1].value.id == id and earlier[-1].end == place:
        product_said = True  # "Fiserv Digital Disbursements"
        earlier[-1].value = Partner(id=id, name=earlier[-1].value.name, product_said=True)
        findings.widen(earlier[-1], range(place, end))
        return
    if earlier and earlier[-1].value.id == id:
        first = earlier[-1].said
        findings.widen(earlier[-1], range(place, end))
        earlier[-1].said = first
        if product_said and not earlier[-1].value.product_said:
            earlier[-1].value = Partner(id=id, name=earlier[-1].value.name, product_said=True)
        return
    value = Partner(id=id, name=said, product_said=product_said)
    if earlier and not _replaces(words, earlier[-1].end, place):
        findings.add(OTHER, id, place, end, note=_SECOND)
        return
    found = findings.add(PARTNER, value, place, end, f"partner.id = {id}")
    if earlier:
        findings.drop(earlier[-1], found)


def _replaces(words: Words, earlier: int, place: int) -> bool:
    """Say if a second partner takes the first one's place: ``move from Stripe to Fiserv``."""
    if not words.same_sentence(earlier - 1, place):
        return False
    near = {words.at(one) for one in range(max(0, earlier - 8, place - 16), place)}
    return bool(near & _REPLACING) and words.at(place - 1) in {"to", "with", "by", "for"}


def _unknown(findings: Findings) -> None:
    """Find a capitalised name after ``from``, ``through``, ``via`` or ``with``."""
    words = findings.words
    for place in range(1, len(words)):
        if words.at(place - 1) not in _SOURCES or not _is_name(findings, place):
            continue
        end = place
        while end < len(words) and _is_name(findings, end) and end - place < 4:
            if words.kind(end - 1) in {Kind.BREAK, Kind.STOP}:
                break
            end += 1
        name = words.said(place, end)
        note = "no partner file by this name: every fact about it is assumed"
        found = findings.add(
            PARTNER, Partner(id=GENERIC, name=name, product_said=True), place, end,
            f"partner.name = {name}", note=note, also=[place - 1],
        )  # fmt: skip
        _own_mentions(findings, found)
        return
    for place in range(1, len(words)):
        if (
            words.at(place - 1) in {"via", "through"}
            and words.kind(place) is Kind.WORD
            and findings.free(place, place + 1)
            and words.at(place) not in _NO_NAMES | {"a", "an", "the", "our", "their", "your", "my"}
            and part_at(words, place) is None
            and any(words.at(one) in PAYOUTS for one in range(max(0, place - 6), place))
        ):
            name = words.said(place, place + 1)
            note = "no partner file by this name: every fact about it is assumed"
            findings.add(
                PARTNER, Partner(id=GENERIC, name=name, product_said=True), place, place + 1,
                f"partner.name = {name}", note=note,
            )  # fmt: skip
            return


def _own_mentions(findings: Findings, found: Found[Partner]) -> None:
    """Let a partner own every other mention of its name; its facts keep the first one's words."""
    words, said = findings.words, found.said
    name = [words.at(place) for place in range(found.start, found.end)]
    for place in range(len(words)):
        if [words.at(place + step) for step in range(len(name))] == name:
            findings.widen(found, range(place, place + len(name)))
    found.said = said


def _is_name(findings: Findings, place: int) -> bool:
    words = findings.words
    if words.kind(place) is not Kind.WORD or findings.owners[place] is not None:
        return False
    token = words.tokens[place]
    return (
        words.text[token.start].isupper()
        and token.text not in _NO_NAMES
        and part_at(words, place) is None
    )


def find_terms(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find what is said of the partner's API."""
    _find_polling(findings, quantities)
    _find_answers(findings, quantities)
    _find_payloads(findings, quantities)
    words = findings.words
    for lexicon, topic in _lexicons():
        for place, end, said in lexicon.scan(words):
            if not findings.free(place, end):
                continue
            negator = _negator(words, place)
            value = said and negator is None
            also = [] if negator is None else list(range(negator, place))
            text = f"{topic.name} = {str(value).lower()}"
            if topic is FIXED and value:
                if _of_the_box(words, place):
                    text = f"{STATIC_ADDRESS.name} = true"
                    findings.add(STATIC_ADDRESS, True, place, end, text)
                    continue
                also += _own_words(words, place, end)
            if words.at(place - 1) in {"sends", "send", "sending", "has", "offers", "supports"}:
                also.append(place - 1)
            findings.add(topic, value, place, end, text, also=also)


def _of_the_box(words: Words, place: int) -> bool:
    """Say if an address is what the box has already: ``a Lightsail box with a static IP``."""
    before = [words.at(one) for one in words.near(place, place, before=6, after=0)]
    return bool(set(before[-2:]) & {"with", "has", "have"}) and bool(set(before) & _BOX)


def _own_words(words: Words, place: int, end: int) -> list[int]:
    near = (*range(max(words.fragment_start(place), place - 3), place), end, end + 1)
    helping = one_of("requires require required needs our ip ips address accepts calls from only")
    return [one for one in near if words.at(one) in helping]


def _negator(words: Words, place: int) -> int | None:
    """Return the place of a negation up to four words before, in the same fragment."""
    for one in range(place - 1, max(words.fragment_start(place), place - 5) - 1, -1):
        if words.at(one) in _NO:
            return one
        if words.at(one) in {"but", "and", "only"}:
            return None
    return None


def _find_polling(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    words = findings.words
    for place, token in enumerate(words.tokens):
        if token.text not in _POLL:
            continue
        for one in range(place + 1, min(place + 7, words.fragment_end(place))):
            if words.at(one) in {"every", "each"}:
                found = quantity(words, one + 1)
                unit = words.at(found.end if found else one + 1)
                if unit in SECONDS:
                    number = found.measure if found else Decimal(1)
                    minutes = plain(number * SECONDS[unit] / 60)
                    stop = (found.end if found else one + 1) + 1
                    _polling(findings, place, stop, minutes)
                    break
            if words.at(one) in {"hourly", "daily"}:
                minutes = Decimal(60 if words.at(one) == "hourly" else 1440)
                _polling(findings, place, one + 1, minutes)
                break


def _polling(findings: Findings, start: int, end: int, minutes: Decimal) -> None:
    if findings.free(start, end):
        findings.add(POLLING, minutes, start, end, f"{POLLING.name} = {minutes}")


def _find_answers(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    words = findings.words
    for one in quantities:
        unit = words.at(one.end)
        if unit not in SECONDS or SECONDS[unit] > 60 or not findings.free(one.start, one.end + 1):
            continue
        if words.at(one.start - 1) in {"every", "each", "per", "within"}:
            continue
        first, last = words.fragment_start(one.start), words.fragment_end(one.start)
        near = range(max(first, one.start - 6), min(last, one.end + 5))
        text = {words.at(place) for place in near}
        seconds = plain(one.measure * SECONDS[unit])
        percentile = _percentile(words, one.start)
        topic: Topic[Decimal] | None = None
        helping: Set[str] = frozenset()
        if text & {"timeout", "timeouts"} or _phrase(words, near, "times", "out"):
            topic, helping = TIMEOUT, {"timeout", "timeouts", "times", "out", "after", "of", "time"}
        elif percentile is not None:
            topic, helping = (
                percentile,
                {"p50", "p95", "p99", "median", "of", "is", "at", "latency"},
            )
            helping = helping | {"average", "typical", "response", "mean", "typically"}
        elif text & _ANSWER and not text & PAYOUTS - {"payout", "payment", "transaction"}:
            topic, helping = (
                P50,
                _ANSWER | {"in", "time", "times", "of", "is", "about", "api", "call"},
            )
        if topic is None:
            continue
        also = [place for place in near if words.at(place) in helping]
        findings.add(topic, seconds, one.start, one.end + 1, f"{topic.name} = {seconds}", also=also)


def _percentile(words: Words, start: int) -> Topic[Decimal] | None:
    for place in range(start - 1, max(words.fragment_start(start), start - 4) - 1, -1):
        word = words.at(place)
        if word in {"p50", "median", "average", "typical", "mean", "typically"}:
            return P50
        if word in {"p99", "p95", "p999", "worst"}:
            return P99
    return None


def _phrase(words: Words, places: range, *parts: str) -> bool:
    return any(
        all(words.at(place + step) == part for step, part in enumerate(parts)) for place in places
    )


def _find_payloads(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    words = findings.words
    kib = {"kb": Decimal(1), "kib": Decimal(1), "mb": Decimal(1024), "bytes": Decimal(1) / 1024}
    nouns = {"payload", "payloads", "request", "requests", "message", "messages", "body", "bodies"}
    answers = {"response", "responses", "answer", "answers", "reply", "replies"}
    for one in quantities:
        unit = words.at(one.end)
        if unit not in kib or not findings.free(one.start, one.end + 1):
            continue
        first, last = words.fragment_start(one.start), words.fragment_end(one.start)
        near = range(max(first, one.start - 5), min(last, one.end + 5))
        text = {words.at(place) for place in near}
        if not text & (nouns | answers | {"each", "apiece", "size"}):
            continue
        topic = RESPONSE_KIB if text & answers and not text & nouns else REQUEST_KIB
        value = plain(one.measure * kib[unit])
        helping = nouns | answers | {"of", "each", "size", "per", "payout"}
        also = [place for place in near if words.at(place) in helping]
        findings.add(topic, value, one.start, one.end + 1, f"{topic.name} = {value}", also=also)
