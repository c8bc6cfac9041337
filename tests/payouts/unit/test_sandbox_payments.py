"""The double of Fiserv: who is let in, which requests are one payment, and what the books say."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from payouts.sandbox.caller import headers_for, payment_body
from payouts.sandbox.double import FiservDouble, Reply
from payouts.sandbox.faults import Faults
from payouts.sandbox.settings import Outage, Settings

START = 1_700_000_000.0
DAY = 86_400.0


class Caller:
    """Calls a double with correct headers, and keeps count."""

    def __init__(
        self, seed: int = 1, settings: Settings | None = None, faults: Faults | None = None
    ) -> None:
        self.double = FiservDouble(seed, settings, faults)
        self.calls = 0

    def call(self, method: str, path: str, body: bytes = b"", now: float = START) -> Reply:
        self.calls += 1
        headers = headers_for(self.double.settings, method, body, now, f"request-{self.calls}")
        return self.double.answer(method, path, headers, body, now)

    def pay(
        self,
        key: str = "key-1",
        total: str = "10.50",
        now: float = START,
        recipient: str = "payee-1",
        source: str = "DEBIT",
    ) -> Reply:
        body = payment_body(key, recipient, total, source=source)
        return self.call("POST", "/ddp/v1/payments", body, now)

    def look(self, id: str, now: float = START + 300) -> Any:
        return said(self.call("GET", f"/ddp/v1/transactions/{id}", now=now))


def said(reply: Reply) -> Any:
    assert reply.response is not None
    return json.loads(reply.response.body)


def status(reply: Reply) -> int:
    assert reply.response is not None
    return reply.response.status


def pair(transaction: Mapping[str, Any]) -> str:
    payment = transaction["recipient"][0]["payments"]
    return f"{transaction['transactionStatus']}/{payment['paymentStatus']}"


# The door ----------------------------------------------------------------------------------------


def by_hand(key: str, stamp: str, secret: str, body: bytes | None) -> str:
    text = f"{key}:{stamp}"
    if body is not None:
        text += ":" + b64encode(sha256(body).digest()).decode()
    return b64encode(hmac.new(secret.encode(), text.encode(), "sha256").digest()).decode()


def test_a_signature_made_by_hand_is_let_in() -> None:
    """Key, time and the hash of the raw body, HMAC-SHA256, Base64 of the raw code."""
    double, body = FiservDouble(1), payment_body("k", "payee", "1.00")
    stamp = str(int(START * 1000))
    headers = {
        "api-key": "sandbox-key",
        "TIMESTAMP": stamp,
        "Client-Request-Id": "r",
        "Authorization": "HMAC " + by_hand("sandbox-key", stamp, "sandbox-secret", body),
    }
    reply = double.answer("POST", "/v1/payments", headers, body, START)
    assert status(reply) == 200
    assert double.books.paid_times("k") == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"Api-Key": "another"}, "401021"),
        ({"Authorization": "HMAC AAAA"}, "401021"),
        ({"Authorization": "Bearer AAAA"}, "401021"),
        ({"Timestamp": str(int((START - 301) * 1000))}, "401098"),
        ({"Timestamp": str(int((START + 301) * 1000))}, "401098"),
        ({"Timestamp": str(int(START))}, "401098"),  # seconds where milliseconds belong
        ({"Timestamp": "now"}, "401098"),
        ({"Client-Request-Id": ""}, "400021"),
    ],
)
def test_a_spoilt_header_is_turned_away(spoil: Mapping[str, str], code: str) -> None:
    """Whatever is wrong at the door, nothing is booked."""
    double, body = FiservDouble(1), payment_body("k", "payee", "1.00")
    headers = {**headers_for(double.settings, "POST", body, START, "r"), **spoil}
    reply = double.answer("POST", "/ddp/v1/payments", headers, body, START)
    assert (status(reply), said(reply)["code"]) == (int(code[:3]), code)
    assert (double.books.paid_times(), double.books.sends("k")) == (0, 0)


def test_hex_reordered_and_unsigned_bodies_do_not_pass() -> None:
    """The signature is of these bytes, raw; the same JSON in another order is another body."""
    settings = Settings()
    body = payment_body("k", "payee", "1.00")
    turned = json.dumps(dict(reversed(json.loads(body).items()))).encode()
    for headers, sent in (
        (headers_for(Settings(signature="hex"), "POST", body, START, "r"), body),
        (headers_for(settings, "POST", body, START, "r"), turned),
        (headers_for(settings, "GET", body, START, "r"), body),
    ):
        double = FiservDouble(1, settings)
        reply = double.answer("POST", "/ddp/v1/payments", headers, sent, START)
        assert status(reply) == 401
        assert double.books.paid_times() == 0


@pytest.mark.parametrize("signed", [True, False])
def test_whether_a_patch_body_is_signed_is_a_switch(signed: bool) -> None:
    """The guide's text and its code differ: either reading refuses the other's signature."""
    caller = Caller(settings=Settings(patch_body_signed=signed))
    caller.pay(source="ACH")
    body = b'{"description":"not wanted"}'
    path = "/ddp/v1/payments/key-1/cancel"
    other = headers_for(Settings(patch_body_signed=not signed), "PATCH", body, START, "r")
    assert status(caller.double.answer("PATCH", path, other, body, START)) == 401
    assert status(caller.call("PATCH", path, body)) == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"merchantTransactionId": None}, "400021"),
        ({"merchantTransactionId": "x" * 76}, "400021"),
        ({"amount": {"total": "10.50", "currency": "USD"}}, "400021"),
        ({"amount": {"total": -1, "currency": "USD"}}, "400021"),
        ({"amount": {"total": 1, "currency": "usd"}}, "400021"),
        ({"recipient": []}, "400022"),
    ],
)
def test_a_body_that_is_no_payment_is_refused(change: dict[str, Any], code: str) -> None:
    """Missing fields, amounts as text, no payee: a 400 that says which, and nothing booked."""
    caller = Caller()
    body = json.loads(payment_body("k", "payee", "1.00")) | change
    reply = caller.call("POST", "/ddp/v1/payments", json.dumps(body).encode())
    assert said(reply)["code"] == code
    assert said(reply)["developerInfo"]["fieldError"]
    assert caller.double.books.paid_times() == 0


@pytest.mark.parametrize(
    ("total", "minor"), [("10.50", 1050), ("10.5", 1050), ("10", 1000), ("0.07", 7), ("8.10", 810)]
)
def test_amounts_are_read_to_the_cent(total: str, minor: int) -> None:
    """A JSON number is read as it is written, never through binary fractions."""
    caller = Caller()
    caller.pay(total=total)
    assert caller.double.books.paid_minor() == minor


def test_a_third_decimal_is_refused() -> None:
    """Part of a cent would be somebody's."""
    assert said(Caller().pay(total="10.505"))["code"] == "400021"


# The same payment, or another ---------------------------------------------------------------------


def test_a_repeat_is_the_same_payment() -> None:
    """Same id, payee and amount: the current status comes back and nothing is paid again."""
    caller = Caller()
    first = said(caller.pay())
    for minute in (5, 10, 15, 20, 25):
        again = said(caller.pay(now=START + 60 * minute))
        assert again["transactionId"] == first["transactionId"]
        assert pair(again) == "TC/DI"
    assert caller.double.books.paid_times("key-1") == 1
    assert caller.double.books.sends("key-1") == 6
    assert not caller.double.books.breaches


REPEATS = {
    "another amount": ({"total": "10.51"}, "other-amount-paid"),
    "another payee": ({"recipient": "payee-2"}, "other-amount-paid"),
    "after 24 hours": ({"now": START + DAY + 1}, "late-retry-paid"),
}


@pytest.mark.parametrize("case", REPEATS)
def test_outside_the_rule_the_double_pays_again(case: str) -> None:
    """What the documents leave open is taken the way that hurts: it is a new payment."""
    caller = Caller()
    caller.pay()
    assert status(caller.pay(**REPEATS[case][0])) == 200
    assert caller.double.books.doubles() == ("key-1",)
    assert caller.double.faults.counts[REPEATS[case][1]] == 1


@pytest.mark.parametrize("otherwise", ["conflict", "current"])
@pytest.mark.parametrize("case", REPEATS)
def test_outside_the_rule_it_can_be_told_to_refuse(case: str, otherwise: str) -> None:
    """Switched off, the answer is a conflict (409022) or the current status, and no money moves."""
    change, fault = REPEATS[case]
    caller = Caller(settings=Settings(otherwise=otherwise), faults=Faults({fault: 0.0}))
    caller.pay()
    reply = caller.pay(**change)
    assert status(reply) == (409 if otherwise == "conflict" else 200)
    assert caller.double.books.paid_times("key-1") == 1


@pytest.mark.parametrize("pays", [True, False])
def test_the_sixth_repeat_is_outside_the_rule(pays: bool) -> None:
    """Five repeats are the same payment, whatever happens to the sixth."""
    caller = Caller(faults=Faults({"sixth-retry-paid": float(pays)}))
    for minute in range(0, 35, 5):
        assert caller.double.books.paid_times("key-1") == (minute > 0)
        caller.pay(now=START + 60 * minute)
    assert caller.double.books.paid_times("key-1") == 1 + pays
    assert caller.double.books.breaches["sixth-retry"] == 1


def test_the_books_note_a_repeat_too_early_and_one_after_ip() -> None:
    """The client's manners are judged too: five minutes first, and never after IP."""
    caller = Caller()
    caller.double.faults.script("key-1", {"in-process"})
    caller.pay()
    caller.pay(now=START + 1)
    assert caller.double.books.breaches == {"early-retry": 1, "retry-after-ip": 1}


def test_speed_divides_the_day() -> None:
    """At speed 100 a repeat after a quarter of an hour is one after 24 hours."""
    caller = Caller(settings=Settings(speed=100.0))
    caller.pay()
    caller.pay(now=START + 800)
    assert caller.double.books.paid_times("key-1") == 1
    caller.pay(now=START + 900)
    assert caller.double.books.paid_times("key-1") == 2


@pytest.mark.parametrize("switch", ["ignored", "refused", "replayed"])
def test_a_request_id_used_twice_is_a_switch(switch: str) -> None:
    """Whether Client-Request-Id must be new on a retry is not stated: three readings."""
    double = FiservDouble(1, Settings(repeated_request_id=switch))
    body = payment_body("k", "payee", "1.00")
    headers = headers_for(double.settings, "POST", body, START, "same")
    replies = [double.answer("POST", "/v1/payments", headers, body, START) for _ in range(2)]
    assert status(replies[1]) == (409 if switch == "refused" else 200)
    assert double.books.paid_times("k") == 1
    assert double.books.sends("k") == (2 if switch == "ignored" else 1)


# Reading back ------------------------------------------------------------------------------------


def test_look_up_by_either_id_and_not_found() -> None:
    """A status check takes the partner's id and ours, and wraps its answer one level deeper."""
    caller = Caller()
    id = said(caller.pay())["transactionId"]
    for name in (id, "key-1"):
        assert caller.look(name)["transactions"]["transactionId"] == id
    assert caller.look("key-2")["code"] == "404021"
    caller.double.settings = Settings(lookup_by_merchant_id=False)
    assert caller.look("key-1")["code"] == "404021"


def test_lists_are_paged_by_day_and_by_payee() -> None:
    """Every payment of the days asked for stands on exactly one page, in the order made."""
    caller = Caller()
    keys = [f"key-{n:02}" for n in range(60)]
    for n, key in enumerate(keys):
        caller.pay(key, now=START + n * DAY / 20, recipient=f"payee-{n % 2}")
    found: list[str] = []
    for page in (1, 2, 3):
        path = f"/ddp/v1/transactions?start=11/14/2023&end=11/30/2023&pageNo={page}"
        answer = said(caller.call("GET", path, now=START + 3 * DAY))
        found += [one["merchantTransactionId"] for one in answer["transactions"]]
        assert answer["pages"]["lastPage"] is (page == 3)
        assert answer["pages"]["totalRecords"] == 60
    assert found == keys
    one_day = "/ddp/v1/transactions?start=2023-11-15&end=2023-11-15&pageSize=100"
    answer = said(caller.call("GET", one_day, now=START + 3 * DAY))
    assert {one["transactionDate"] for one in answer["transactions"]} == {"11/15/2023"}
    payee = "/ddp/v1/transactions/recipients/payee-1?pageSize=100"
    answer = said(caller.call("GET", payee, now=START + 3 * DAY))
    assert [one["merchantTransactionId"] for one in answer["transactions"]] == keys[1::2]


def test_the_balance_falls_with_each_payment_and_ends_the_run() -> None:
    """An amount that the account does not hold is refused with 400025, and nothing is booked."""
    caller = Caller(settings=Settings(funding_minor=2_000))
    assert status(caller.pay("a")) == 200
    assert said(caller.pay("b"))["code"] == "400025"
    balance = json.dumps(said(caller.call("GET", "/ddp/v1/merchantInfo"))).lower()
    assert '"availablebalance": {"total": 9.5, "currency": "usd"}' in balance
    caller.double.fund(100, START + 1)
    assert status(caller.pay("b", now=START + 2)) == 200
    caller.double.books.check()


def test_cancel_open_paid_and_debit() -> None:
    """ACH is cancelled while open and taken back for 5 days when paid; a card push never is."""
    caller = Caller()
    caller.double.faults.script("open", {"in-process"})
    for key, source in (("open", "ACH"), ("paid", "ACH"), ("old", "ACH"), ("card", "DEBIT")):
        caller.pay(key, source=source)
    body = b'{"description":"not wanted"}'

    def cancel(key: str, now: float) -> Reply:
        return caller.call("PATCH", f"/ddp/v1/payments/{key}/cancel", body, now)

    assert pair(said(cancel("open", START + 1))) == "TV/PC"
    assert pair(said(cancel("paid", START + 2))) == "TC/RP"
    assert status(cancel("card", START + 3)) == 409
    assert said(cancel("old", START + 6 * DAY))["code"] == "400034"
    assert (
        status(caller.call("PATCH", "/ddp/v1/payments/paid/cancel", b"{}", START + 7 * DAY)) == 400
    )
    truths = [caller.double.books.truth(key) for key in ("open", "paid", "old", "card")]
    assert truths == ["not_paid", "returned", "paid", "paid"]
    caller.double.books.check()


def test_disburse_pays_what_was_only_begun() -> None:
    """A payment without a source waits (PD/DP) and is paid once, however often it is disbursed."""
    caller = Caller()
    begun = said(caller.pay(source=""))
    assert pair(begun) == "PD/DP"
    path = f"/ddp/v1/payments/{begun['transactionId']}/disburse"
    for second in (1, 2):
        assert pair(said(caller.call("POST", path, b'{"source":"ACH"}', START + second))) == "TC/DI"
    assert caller.double.books.paid_times("key-1") == 1


# The network, and the same again ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "arrived", "code"), [("refused", False, 0), ("silent", True, 0), ("503", True, 503)]
)
def test_an_outage_books_nothing(how: str, arrived: bool, code: int) -> None:
    """During an outage nobody is served; before and after everybody is."""
    outage = Outage(START + 10, START + 20, how)
    caller = Caller(settings=Settings(outages=(outage,)))
    during = caller.pay("during", now=START + 10)
    assert during.arrived is arrived
    assert (during.response.status if during.response else 0) == code
    assert status(caller.pay("after", now=START + 20)) == 200
    assert dict(caller.double.books.paid_keys()) == {"after": 1}


def test_more_than_the_rate_is_429_without_retry_after() -> None:
    """Above the limit requests are turned away unread; a second later there is room again."""
    caller = Caller(settings=Settings(requests_per_second=3.0))
    codes = [status(caller.pay(f"k{n}", now=START + n / 100)) for n in range(6)]
    assert codes.count(429) >= 2
    assert caller.double.books.paid_times() == codes.count(200)
    assert status(caller.pay("later", now=START + 5)) == 200


def test_latency_has_the_middle_and_the_slow_end_it_was_given(seed: int) -> None:
    """Half of the answers take longer than p50, about one in a hundred longer than p99."""
    settings = Settings(latency_p50_seconds=1.0, latency_p99_seconds=4.0)
    caller = Caller(seed, settings)
    delays = sorted(caller.pay(f"k{n}").delay_seconds for n in range(2_000))
    assert 0.9 < delays[1_000] < 1.1
    assert 3.0 < delays[1_980] < 5.5


def test_books_cannot_be_told_a_double_payment_away() -> None:
    """The judge's own sums are made a second time from the entries alone."""
    caller = Caller()
    caller.pay()
    caller.double.books._paid["key-1"] = 2
    with pytest.raises(AssertionError, match="paid counts"):
        caller.double.books.check()
