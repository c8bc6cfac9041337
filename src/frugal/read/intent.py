"""What is wanted: a design, an audit, a comparison or a price; sending or receiving; how soon."""

from __future__ import annotations

from functools import cache
from typing import Literal

from frugal.model.brief import Direction, FreeTier, Timing
from frugal.read.findings import Findings, Topic
from frugal.read.stack_parts import PART, Say
from frugal.read.times import TIMING
from frugal.read.volume import VOLUME
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases

RequestKind = Literal["design", "audit", "compare", "price"]

KIND: Topic[RequestKind] = Topic("kind")
DIRECTION: Topic[Direction] = Topic("direction")
COMPLIANCE: Topic[str] = Topic("compliance")
FREE_TIER: Topic[FreeTier] = Topic("free_tier")
OLD_ACCOUNT: Topic[bool] = Topic("stack.account_before_2025_07_15")
SUBJECT: Topic[str] = Topic("subject")

_SUBJECTS = (
    "payout|payouts|disbursement|disbursements|payment|payments|transfers|withdrawals|pay out"
    "|pay outs|remittances|auszahlungen|zahlungen"
)


@cache
def _kinds() -> Lexicon[RequestKind]:
    kinds: dict[str, RequestKind] = {
        **phrases(
            "cheapest|most cost effective|cost effective|most economical|lowest cost|cheapest way"
            "|cheapest approach|best architecture|best approach|design|architecture|recommend"
            "|most cost efficient|cost efficient|what should we build"
            "|how should we build|how should we architect"
            "|what should i use|how should i|how should we|cost optimal"
            "|cost optimized|least expensive"
            "|minimize cost|minimise cost|minimize costs|lowest monthly cost|as cheap as possible"
            "|cheap as possible|cost effectively|cheaply|keep costs low|most affordable",
            "design",
        ),
        **phrases(
            "audit|review my bill|review our bill|why is my bill|why is our bill|find waste|wasting"
            "|reduce my bill|reduce our bill|cut my bill|cut our bill|reduce my aws bill"
            "|reduce our aws bill|lower my bill|where can i save|where can we save|overpaying"
            "|paying too much|check my setup|review my setup|review our setup|review my stack"
            "|review our stack|what is wrong with my|is my setup|why do i pay|why do we pay"
            "|why is my aws bill|why is our aws bill|unused resources|find savings",
            "audit",
        ),
        **phrases(
            "compare|comparison|versus|vs|which is cheaper|what is cheaper|difference between"
            "|better than|which costs less",
            "compare",
        ),
        **phrases(
            "how much would it cost|how much does it cost|what would it cost|what does it cost"
            "|how much will it cost|what will it cost"
            "|how much does|how much do|how much is|how much would|how much will|what does|what do"
            "|price of"
            "|cost of|costs of|what would|pricing of|pricing for"
            "|price for|what is the price|what will"
            "|how expensive is|estimate the cost",
            "price",
        ),
    }
    return Lexicon(kinds)


@cache
def _directions() -> Lexicon[Direction]:
    send = phrases(
        "send|sends|sending|push|pushes|pushing|pay out|pays out|paying out"
        "|disburse|disburses|disbursing|we pay"
        "|push payouts|issue payouts|issuing payouts|make payouts|making payouts"
        "|outgoing|outbound payouts|payouts to|payments to|transfers to|initiate payouts"
        "|trigger payouts|pay our|pay drivers|pay sellers|pay customers|pay people|pay contractors"
        "|pay merchants|pay users|pay employees|pay vendors"
        "|pay suppliers|pay creators|drivers to pay"
        "|sellers to pay|people to pay|customers to pay|merchants to pay|contractors to pay"
        "|execute payouts|create payouts|auszahlen|submit payouts|uberweisen",
        Direction.SEND,
    )
    receive = phrases(
        "reconcile|reconciles|reconciling|reconciliation|settlement|settlements|settlement report"
        "|settlement reports|settlement file|settlement files|payout report|payout reports"
        "|receive|receives|receiving|received|incoming|ingest|ingesting|ingestion|import|importing"
        "|fetch|fetching|download|downloading|record payouts|payouts we get|payouts we got|inbound",
        Direction.RECEIVE,
    )
    return Lexicon(send | receive)


@cache
def _timings() -> Lexicon[Timing]:
    return Lexicon(
        {
            **phrases(
                "real time|realtime|instant|instantly|instantaneous|immediately|immediate|on demand"
                "|right away|within seconds|as they happen|as they arrive|as soon as they arrive"
                "|synchronously|near real time|instant payouts|low latency",
                Timing.REAL_TIME,
            ),
            **phrases(
                "batch|batched|batches|nightly|overnight|nightly batch|nightly run|in batches"
                "|daily batch|batch job|batch run|batch mode|end of day|eod|batch processing"
                "|once a day|once daily|nightly job|every night|each night|in bulk",
                Timing.BATCH,
            ),
        }
    )


@cache
def _compliance() -> Lexicon[str]:
    return Lexicon(
        {
            **phrases("pci|pci dss|pci compliance|pci compliant|pci dss compliance", "PCI DSS"),
            **phrases("gdpr|dsgvo|gdpr compliant|gdpr compliance", "GDPR"),
            **phrases("hipaa|hipaa compliant", "HIPAA"),
            **phrases("soc2|soc 2|soc ii|soc 2 type ii|soc 2 type 2|soc - 2", "SOC 2"),
            **phrases("soc1|soc 1", "SOC 1"),
            **phrases("iso 27001|iso27001|iso / iec 27001", "ISO 27001"),
            **phrases("psd2|psd 2", "PSD2"),
            **phrases("sox|sarbanes oxley", "SOX"),
            **phrases("ccpa", "CCPA"),
            **phrases("nacha", "Nacha"),
            **phrases("fedramp", "FedRAMP"),
            **phrases("dora", "DORA"),
            **phrases("lgpd", "LGPD"),
        }
    )


@cache
def _free_tiers() -> Lexicon[FreeTier]:
    return Lexicon(
        {
            **phrases(
                "no free tier|without free tier|without the free tier"
                "|ignore free tier|free tier used up"
                "|ignore the free tier|free tier is used up|free tier expired|free tier exhausted"
                "|not count the free tier|excluding free tier|exclude free tier|free tier is gone"
                "|list price only|beyond the free tier"
                "|free tier is exhausted|free tier has expired",
                FreeTier.NONE,
            ),
            **phrases("free tier|with free tier|always free|free allowances", FreeTier.ALWAYS),
        }
    )


@cache
def _accounts() -> Lexicon[bool]:
    return Lexicon(
        {
            **phrases(
                "new account|new aws account|fresh account|brand new account|free plan", False
            ),
            **phrases(
                "old account|existing account for years|legacy account|years old account", True
            ),
        }
    )


@cache
def _subjects() -> Lexicon[bool]:
    return Lexicon(phrases(_SUBJECTS, True))


def find_intent(findings: Findings) -> None:
    """Find direction, timing, compliance, free tier and the account's age."""
    words = findings.words
    for place, end, tier in _free_tiers().scan(words):
        if findings.free(place, end):
            findings.add(FREE_TIER, tier, place, end, f"free_tier = {tier.value}")
    for place, end, old in _accounts().scan(words):
        if findings.free(place, end):
            text = f"{OLD_ACCOUNT.name} = {str(old).lower()}"
            findings.add(OLD_ACCOUNT, old, place, end, text)
    for place, end, name in _compliance().scan(words):
        if findings.free(place, end) and _denied(words, place) is None:
            findings.add(COMPLIANCE, name, place, end, f"compliance = {name}")
    for place, end, timing in _timings().scan(words):
        if findings.free(place, end):
            _timing(findings, place, end, timing)
    for place, end, direction in _directions().scan(words):
        if findings.owners[end - 1] is None and _moves_money(words, place, end, direction):
            negator = _denied(words, place)
            if negator is not None:
                direction = _OPPOSITE[direction]
            also = [] if negator is None else list(range(negator, place))
            text = f"direction = {direction.value}"
            findings.add(DIRECTION, direction, place, end, text, also=also)
    _find_reviews(findings)
    for place, end, kind in _kinds().scan(words):
        if findings.free(place, end):
            stop = words.near(place, end).stop
            also = [one for one in range(end, stop) if words.at(one) in _COMPLETING.get(kind, ())]
            findings.add(KIND, kind, place, end, f"kind = {kind}", also=also)


_REVIEWING = one_of("review analyze analyse assess inspect examine check")
_REVIEWED = one_of("setup stack bill account infrastructure architecture costs spend spending")


def _find_reviews(findings: Findings) -> None:
    """Find ``review our AWS setup``, in any words between."""
    words = findings.words
    for place, token in enumerate(words.tokens):
        if token.text not in _REVIEWING or not findings.free(place, place + 1):
            continue
        for end in words.near(place + 1, place + 1, before=0, after=4):
            if words.at(end) in _REVIEWED:
                findings.add(KIND, "audit", place, end + 1, "kind = audit")
                break


def find_subjects(findings: Findings) -> None:
    """Find the words that say what this is about, where no number used them."""
    words = findings.words
    for place, end, _ in _subjects().scan(words):
        if findings.free(place, end):
            findings.add(SUBJECT, "payouts", place, end, "subject = payouts")


def _timing(findings: Findings, place: int, end: int, timing: Timing) -> None:
    words = findings.words
    if words.at(place) in {"scheduled", "batch", "batches", "batched", "live"} and (
        words.at(end) in {"function", "api", "size", "of", "per", "call", "calls"}
    ):
        return
    negator = _denied(words, place)
    also = [] if negator is None else list(range(negator, place))
    if words.at(end) in {"required", "needed", "necessary"} and words.at(end - 1) != "not":
        also.append(end)
    if words.at(end) in {"not", "isn't"} and words.at(end + 1) in {
        "required",
        "needed",
        "necessary",
    }:
        also, negator = [end, end + 1], end
    if words.at(end) == "is" and words.at(end + 1) == "not":
        also, negator = [end, end + 1, end + 2], end
        also = [one for one in also if one < len(words)]
    if negator is not None:
        timing = Timing.BATCH if timing is Timing.REAL_TIME else Timing.REAL_TIME
        if timing is Timing.REAL_TIME:
            return  # "no batch" is about the partner's call
    findings.add(TIMING, timing, place, end, f"timing = {timing.value}", also=also)


def _denied(words: Words, place: int) -> int | None:
    for one in range(place - 1, max(words.fragment_start(place), place - 4) - 1, -1):
        if words.at(one) in {"no", "not", "don't", "without", "doesn't", "isn't", "needn't"}:
            return one
        if words.at(one) in {"and", "but", ","}:
            return None
    return None


_OPPOSITE = {Direction.SEND: Direction.RECEIVE, Direction.RECEIVE: Direction.SEND}
#: Words that complete a question and ask for nothing more.
_COMPLETING: dict[str, set[str]] = {
    "price": {"cost", "costs"},
    "audit": {"so", "high", "big", "expensive", "large"},
}
_WEAK = one_of(
    "receive receives receiving received incoming ingest ingesting ingestion import importing"
    " fetch fetching download downloading inbound"
)
_MONEY_NEWS = one_of(
    "payout payouts payment payments settlement settlements report reports webhook webhooks"
    " statement statements funds money transactions disbursements callbacks notifications files"
    " transfers"
)
_OTHER_MAIL = one_of(
    "webhook webhooks callback callbacks us me report reports email emails notification"
    " notifications logs alert alerts data"
)


def _moves_money(words: Words, place: int, end: int, direction: Direction) -> bool:
    """Say if a verb is about payouts: not ``Fiserv sends webhooks``, nor ``fetch the code``."""
    after = {words.at(end + step) for step in range(5) if words.same_fragment_at(place, end + step)}
    if direction is Direction.RECEIVE:
        return words.at(place) not in _WEAK or bool(after & _MONEY_NEWS)
    near = {words.at(end), words.at(end + 1), words.at(end + 2)}
    if words.at(end - 1) == "pay" and (
        near & {"$", "€", "£"} or words.kind(end) is Kind.NUMBER or words.at(end) in {"for", "too"}
    ):
        return False  # what AWS is paid
    if words.at(place) in {"push", "pushes", "pushing"}:
        return bool(after & _MONEY_NEWS)
    return not (words.at(place) in {"send", "sends", "sending"} and near & _OTHER_MAIL)


def kind_of(findings: Findings) -> RequestKind:
    """Return what the request asks for; a design unless another question is clearly put.

    A volume with a wish for the cheapest approach is a design even where it names two parts or
    asks what it will cost, because a design answers both.
    """
    kinds = [one.value for one in findings.all(KIND)]
    has_volume = bool(findings.all(VOLUME))
    asked = {one.value.id for one in findings.all(PART) if one.value.say is Say.ASKED}
    if "audit" in kinds and not ("design" in kinds and has_volume):
        return "audit"
    if "design" in kinds:
        return "design"
    if "compare" in kinds and (len(asked) >= 2 or not has_volume):
        return "compare"
    if "price" in kinds and not has_volume:
        return "price"
    return "design"


def compared(findings: Findings) -> tuple[str, ...]:
    """Return the parts a question is about, each once, in the order of the words."""
    asked = [one.value.id for one in findings.all(PART) if one.value.say is Say.ASKED]
    return tuple(dict.fromkeys(asked))
