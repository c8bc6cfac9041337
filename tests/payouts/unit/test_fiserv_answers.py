"""What DDP's answers mean: every status, every code, and everything that is neither."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money
from payouts.outcome import FINAL_VERDICTS, Outcome, Verdict
from payouts.partners import fiserv_ddp as ddp
from payouts.partners.fiserv.codes import CODES
from payouts.partners.fiserv.statuses import STATUSES
from payouts.payout import Method, Payout
from payouts.ports import Response

V = Verdict
PAYOUT = Payout(
    id=7,
    partner="fiserv_ddp",
    reference="order-1",
    key="3a7365b2c0bd345e01d1355ae6",
    recipient="payee-1",
    token="tok-abc",
    method=Method.DEBIT_CARD,
    amount=Money(1050, "USD"),
)

#: The documents, read a second time: pair, verdict on the money.
DOCUMENTED = {
    "TC/DI": V.SETTLED,
    "TC/RF": V.SETTLED,
    "TC/ED": V.DECLINED,
    "TC/DH": V.DECLINED,
    "TV/DH": V.DECLINED,
    "TV/SE": V.DECLINED,
    "TV/DR": V.DECLINED,
    "TV/AF": V.DECLINED,
    "TV/RE": V.DECLINED,
    "TV/DNF": V.DECLINED,
    "TE/PE": V.DECLINED,
    "TV/PC": V.CANCELLED,
    "TC/DC": V.RETURNED,
    "TC/RS": V.RETURNED,
    "TC/AR": V.RETURNED,
    "TC/PH": V.HELD,
    "TC/DA": V.HELD,
    "IP/PR": V.HELD,
    "IP/IR": V.HELD,
    "TC/RP": V.OPEN,
    "IP/IP": V.OPEN,
    "IP/DS": V.OPEN,
    "IP/DA": V.OPEN,
    "IP/DD": V.OPEN,
    "PD/DP": V.OPEN,
}


def transaction(transaction_status: Any = "TC", payment_status: Any = "DI", **changes: Any) -> Any:
    """A transaction of a good answer; ``changes`` replace its fields, ``...`` drops one."""
    amount = {"total": 10.5, "currency": "USD"}
    whole = {
        "transactionId": "TID-1",
        "created": 1731516734,
        "merchantTransactionId": PAYOUT.key,
        "applyDate": "11/13/2024",
        "transactionStatus": transaction_status,
        "totalTransactionAmount": amount,
        "recipient": [
            {
                "merchantCustomerId": PAYOUT.recipient,
                "recipientId": "r-1",
                "source": "DEBIT",
                "payments": {
                    "paymentId": "p-1",
                    "amount": amount,
                    "fee": {"total": 0, "currency": "USD"},
                    "paymentStatus": payment_status,
                },
            }
        ],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def sent(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ddp.outcome_of(Response(status, raw, headers or {}), PAYOUT)


def found(status: int, body: Any, step: int = 0) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ddp.found_in(Response(status, raw), PAYOUT, step)


# statuses --------------------------------------------------------------------------------------


def test_the_table_and_the_documents_agree() -> None:
    """Read twice by hand, the status table is the same."""
    assert {"/".join(pair): verdict for pair, (verdict, _) in STATUSES.items()} == DOCUMENTED


@pytest.mark.parametrize("http", [200, 201])
@pytest.mark.parametrize("pair", DOCUMENTED)
def test_each_pair_of_statuses(pair: str, http: int) -> None:
    """Transaction and payment status together decide, with 200 and with 201, sent or looked up."""
    one = transaction(*pair.split("/"))
    expected = Outcome(DOCUMENTED[pair], pair, "TID-1", Money(1050, "USD"), "payee-1")
    assert sent(http, one) == expected
    assert found(http, {"transactions": one}) == expected
    assert found(http, {"transactions": [one], "pages": {"lastPage": True}}, step=1) == expected


@pytest.mark.parametrize("first", ["TC", "TV", "TE", "IP", "PD", "TF", "PA", "ZZ", "tc", None, 7])
@pytest.mark.parametrize(
    "second", ["DI", "ED", "SE", "IP", "XX", "di", " DI", None, 7, ["DI"], {"a": "DI"}]
)
def test_a_pair_nobody_documented_stays_open(first: Any, second: Any) -> None:
    """With a good answer about our payout, anything undocumented is *open*: never sent again."""
    pair = (first, second)
    documented = all(isinstance(one, str) for one in pair) and pair in STATUSES
    if not documented:
        assert sent(200, transaction(first, second)).verdict is V.OPEN


def test_completed_does_not_mean_paid() -> None:
    """TC alone says nothing: without a payment status the payout is open."""
    one = transaction("TC", "DI")
    del one["recipient"][0]["payments"]["paymentStatus"]
    assert sent(200, one).verdict is V.OPEN


# errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [False, True], ids=["flat", "wrapped"])
@pytest.mark.parametrize("code", CODES)
def test_each_error_code(code: str, wrapped: bool) -> None:
    """A code decides with the HTTP status it is listed for, in both shapes of the body."""
    error = {"code": code, "message": "x", "category": "common", "developerInfo": {}}
    body = {"error": error} if wrapped else error
    outcome = sent(int(code[:3]), body)
    assert outcome == Outcome(CODES[code][0], code)


@pytest.mark.parametrize("code", ["400001", "400042", "400050", "400082"])
def test_time_outs_in_a_400_are_unknown(code: str) -> None:
    """Four codes say time-out in a 4xx answer: nobody knows what was done by then."""
    assert sent(400, {"code": code}).verdict is V.UNKNOWN


@pytest.mark.parametrize("code", ["400030", "400031", "400032"])
def test_a_service_that_is_down_is_unknown_in_a_400_too(code: str) -> None:
    """ "This service is down at the moment" is no word on the payout, whatever its HTTP class."""
    assert sent(400, {"code": code}).verdict is V.UNKNOWN


@pytest.mark.parametrize("body", [{}, b"", b"<html>Bad</html>", {"code": "400999"}, {"code": 400}])
def test_a_400_that_nobody_listed_is_unknown(body: Any) -> None:
    """The guide's "4xx is final" is about input errors; an unlisted one is looked up instead."""
    assert sent(400, body).verdict is V.UNKNOWN


@pytest.mark.parametrize("http", [402, 405, 406, 410, 413, 415, 418, 422, 451, 500, 503, 302, 204])
def test_a_final_code_needs_its_own_http_status(http: int) -> None:
    """A decline's code in an answer of another kind decides nothing."""
    assert sent(http, {"code": "400201"}).verdict is V.UNKNOWN


@pytest.mark.parametrize("http", [403, 408, 425, 429])
def test_turned_away_is_not_declined(http: int) -> None:
    """403, 408, 425 and 429 were turned away: the same key later, after what Retry-After says."""
    for body in (b"", {"code": "400201"}, transaction()):
        outcome = sent(http, body, {"retry-after": "17"})
        assert (outcome.verdict, outcome.retry_after_seconds) == (V.NOT_ACCEPTED, 17)
    for text in ("", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "-1", "1e9", "9" * 30):
        assert sent(http, b"", {"retry-after": text}).retry_after_seconds is None


def test_401_opens_the_breaker() -> None:
    """401 is about all payouts, not about this one."""
    assert sent(401, {"error": {"code": "401021"}}) == Outcome(V.UNAUTHORISED, "401021")
    assert sent(401, b"") == Outcome(V.UNAUTHORISED, "http-401")


def test_no_funds() -> None:
    """400025 is about the account or its limits: hold, and read the balance."""
    assert sent(400, {"code": "400025"}).verdict is V.NO_FUNDS


@pytest.mark.parametrize("http", [404, 409, 500, 502, 503, 504, 599, 100, 202, 204, 301])
def test_everything_else_is_unknown(http: int) -> None:
    """404 and 409 to a send mean look; 5xx and statuses nobody mentions prove nothing."""
    for body in (b"", {"code": str(http) + "021"}, b"\xff\xfe", transaction()):
        assert sent(http, body).verdict is V.UNKNOWN


def test_a_number_as_code_is_read() -> None:
    """A code written as a JSON number is the same code."""
    assert sent(400, {"code": 400201}).verdict is V.DECLINED


def test_a_decline_that_carries_a_payment_is_unknown() -> None:
    """An error code and a transaction that contradict each other decide nothing."""
    assert sent(400, {"code": "400201", **transaction("TC", "ED")}).verdict is V.DECLINED
    assert sent(400, {"code": "400201", **transaction("TC", "DI")}).verdict is V.UNKNOWN
    assert sent(400, {"code": "400201", **transaction("IP", "IP")}).verdict is V.UNKNOWN


# whose answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"merchantTransactionId": "another"}, "other-reference"),
        ({"merchantTransactionId": PAYOUT.key.upper()}, "other-reference"),
        ({"merchantTransactionId": ...}, "no-reference"),
        ({"merchantTransactionId": {"a": 1}}, "no-reference"),
        ({"transactionId": ...}, "TC/DI-no-id"),
        ({"transactionId": "x" * 129}, "TC/DI-no-id"),
        ({"recipient": []}, "several-recipients"),
        ({"recipient": [{}, {}]}, "several-recipients"),
        ({"totalTransactionAmount": {"total": 10.51, "currency": "USD"}}, "TC/DI-amounts-differ"),
        ({"totalTransactionAmount": {"total": 10.5, "currency": "CAD"}}, "TC/DI-amounts-differ"),
        ({"totalTransactionAmount": {"total": "ten", "currency": "USD"}}, "TC/DI-amounts-differ"),
        ({"totalTransactionAmount": {"total": 10.505, "currency": "USD"}}, "TC/DI-amounts-differ"),
        ({"totalTransactionAmount": "10.50"}, "TC/DI-amounts-differ"),
    ],
)
def test_a_good_answer_about_something_else_is_unknown(changes: Any, code: str) -> None:
    """Another reference, several payees or two amounts: no decision, and the code says why."""
    outcome = sent(200, transaction(**changes))
    assert (outcome.verdict, outcome.code) == (V.UNKNOWN, code)


def test_swapped_ids_are_told_apart() -> None:
    """The vendor's status sample swaps reference and payee against its payment sample."""
    one = transaction(merchantTransactionId=PAYOUT.recipient)
    one["recipient"][0]["merchantCustomerId"] = PAYOUT.key
    assert sent(200, one).code == "reference-and-recipient-swapped"


def test_what_the_partner_repeats_is_visible() -> None:
    """Another amount or payee reaches the core, which refuses it; silence is ``None``."""
    money = {"total": 999.99, "currency": "USD"}
    one = transaction(totalTransactionAmount=money)
    one["recipient"][0]["payments"]["amount"] = money
    one["recipient"][0]["merchantCustomerId"] = "payee-2"
    outcome = sent(200, one)
    assert (outcome.amount, outcome.recipient) == (Money(99999, "USD"), "payee-2")
    bare = transaction(totalTransactionAmount=...)
    del bare["recipient"][0]["payments"]["amount"]
    del bare["recipient"][0]["merchantCustomerId"]
    outcome = sent(200, bare)
    assert (outcome.amount, outcome.recipient, outcome.verdict) == (None, None, V.SETTLED)


@pytest.mark.parametrize("total", ["10.5", "10.50", "10.500", "1.05E1", '"10.50"', '"1050e-2"'])
def test_amounts_are_exact_however_they_are_written(total: str) -> None:
    """Numbers, numbers in text and trailing zeros are one amount."""
    raw = json.dumps(transaction()).replace("10.5", total).encode()
    assert sent(200, raw).amount == Money(1050, "USD")


@pytest.mark.parametrize(
    "total",
    ["10.501", "10.5000000000000000000000000001", "1e999999999", "-0.001", "NaN", "true", "null"],
)
def test_an_amount_that_is_no_amount_decides_nothing(total: str) -> None:
    """A part of a cent, a number of a gigabyte, NaN: never rounded into a match."""
    raw = json.dumps(transaction()).replace("10.5", total, 1).encode()
    assert sent(200, raw).verdict is V.UNKNOWN


# tolerance -------------------------------------------------------------------------------------


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same JSON with its fields in another order and dummies between them."""
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    pairs = [(name, shuffled(item, chance)) for name, item in value.items()]
    pairs += [(f"dummy{n}", chance.choice([None, 1.5, "x", [], {}])) for n in range(3)]
    chance.shuffle(pairs)
    return dict(pairs)


def test_order_and_extra_fields_do_not_matter(seed: int) -> None:
    """Fields in any order, among dummies and with a byte order mark, read the same."""
    chance = random.Random(seed)
    plain = sent(200, transaction())
    for _ in range(50):
        raw = json.dumps(shuffled(transaction(), chance), indent=chance.choice([None, 2])).encode()
        assert sent(200, chance.choice([b"", b"\xef\xbb\xbf"]) + raw) == plain


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"TC DI",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff" + json.dumps(transaction()).encode(),
        json.dumps(transaction()).encode("utf-16"),
        json.dumps(transaction()).encode()[:-1],
        json.dumps(transaction()).encode() + b"}",
        json.dumps(transaction("IP", "IP")).encode()[:-1] + b',"transactionStatus":"TC"}',
        b'{"x":"' + b"a" * (4 * 1024 * 1024) + b'",' + json.dumps(transaction()).encode()[1:],
        b'{"n":' + b"9" * 100_000 + b"}",
        b'{"n":NaN,' + json.dumps(transaction()).encode()[1:],
    ],
    ids=range(15),
)
def test_hostile_bodies_decide_nothing(raw: bytes) -> None:
    """Cut off, nested, doubled names, other encodings, megabytes: unknown, and no exception."""
    assert sent(200, raw).verdict is V.UNKNOWN
    for step in (0, 1):
        assert found(200, raw, step).verdict in {V.UNKNOWN}
    assert not ddp.listed_in(Response(200, raw), 1).readable
    assert ddp.balance_in(Response(200, raw)) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["TC", "DI", "ED", "TV", "IP", "400201", PAYOUT.key, PAYOUT.recipient])
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "transactions",
                    "transactionStatus",
                    "paymentStatus",
                    "payments",
                    "recipient",
                    "merchantTransactionId",
                    "transactionId",
                    "amount",
                    "code",
                    "error",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(
    http=st.integers(100, 599),
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    step=st.integers(0, 1),
)
def test_no_body_raises_and_none_decides_by_accident(http: int, body: bytes, step: int) -> None:
    """Any bytes are read; a final verdict needs our key and a final pair, or a listed code."""
    response = Response(http, body)
    send, lookup = ddp.outcome_of(response, PAYOUT), ddp.found_in(response, PAYOUT, step)
    for outcome in (send, lookup):
        if outcome.verdict in FINAL_VERDICTS:
            by_code = outcome is send and http == 400 and outcome.code in CODES
            by_pair = http in {200, 201} and DOCUMENTED.get(outcome.code) is outcome.verdict
            assert by_code or (by_pair and PAYOUT.key.encode() in body)
        assert len(outcome.code) < 80
        assert outcome.code.isascii()
    ddp.listed_in(response, 1)
    ddp.balance_in(response)


@given(data=st.data())
def test_a_damaged_answer_is_never_taken_for_another(data: st.DataObject) -> None:
    """Change any value of a good answer: final only if pair and key are still what they must be."""
    pair = data.draw(st.sampled_from(sorted(DOCUMENTED)))
    one = transaction(*pair.split("/"))
    for _ in range(data.draw(st.integers(1, 3))):
        place, name = one, "transactionStatus"
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            name = data.draw(st.sampled_from(keys))
            if not isinstance(place[name], dict | list) or data.draw(st.booleans()):
                place[name] = data.draw(JSON)
                break
            place = place[name]
    raw = json.dumps(one).encode()
    outcome = sent(200, raw)
    if outcome.verdict in FINAL_VERDICTS:
        payment = one["recipient"]
        payment = (payment[0] if isinstance(payment, list) else payment)["payments"]
        told = f"{one['transactionStatus']}/{payment['paymentStatus']}"
        assert DOCUMENTED[told] is outcome.verdict
        assert PAYOUT.key in raw.decode()
        if outcome.amount is not None:
            assert outcome.amount.currency == "USD"
