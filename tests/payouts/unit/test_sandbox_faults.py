"""Every fault of the double, shown in effect, and the books telling the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from payouts.sandbox.caller import brief, call, look, pay, payment_body
from payouts.sandbox.double import FiservDouble
from payouts.sandbox.faults import FAULTS, Faults
from payouts.sandbox.settings import Settings
from payouts.sandbox.wire import Order

START = 1_700_000_000.0
HOUR = 3_600.0
DAY = 86_400.0


def double_with(*ids: str, settings: Settings | None = None, **parameters: Any) -> FiservDouble:
    faults = Faults(dict.fromkeys(ids, 1.0), {ids[0]: parameters} if parameters else None)
    return FiservDouble(3, settings, faults)


#: One show for each fault: it makes the fault happen and asserts what is special about it.
SHOWS: dict[str, Callable[[], FiservDouble]] = {}


def shows(id: str) -> Callable[[Callable[[], FiservDouble]], Callable[[], FiservDouble]]:
    def kept(show: Callable[[], FiservDouble]) -> Callable[[], FiservDouble]:
        SHOWS[id] = show
        return show

    return kept


@shows("paid-then-dropped")
def _() -> FiservDouble:
    double = double_with("paid-then-dropped")
    reply = pay(double)
    assert reply.response is None
    assert reply.arrived
    assert reply.cut is not None
    assert (double.books.truth("k"), look(double)) == ("paid", "TC/DI")
    return double


@shows("paid-then-500")
def _() -> FiservDouble:
    double = double_with("paid-then-500")
    assert brief(pay(double)) == "500000"
    assert (double.books.truth("k"), look(double)) == ("paid", "TC/DI")
    return double


@shows("failed-500")
def _() -> FiservDouble:
    double = double_with("failed-500", known=1.0)
    assert brief(pay(double)).startswith("500")
    assert look(double, now_seconds=START + 1) == "IP/IP"
    assert look(double, now_seconds=START + HOUR) == "TV/SE"
    assert double.books.truth("k") == "not_paid"
    unheard = double_with("failed-500", known=0.0)
    pay(unheard)
    assert (look(unheard), unheard.books.truth("k")) == ("404021", "unknown")
    return double


@shows("in-process")
def _() -> FiservDouble:
    ends = {"TC/DI": (1.0, 0.0), "TC/ED": (0.0, 1.0), "TV/SE": (0.0, 0.0)}
    for end, (paid, declined) in ends.items():
        double = double_with("in-process", paid=paid, declined=declined)
        assert brief(pay(double)) == "IP/IP"
        assert double.books.truth("k") == "open"
        assert look(double, now_seconds=START + HOUR) == end
        assert double.books.paid_times("k") == (end == "TC/DI")
        double.books.check()
    return double


@shows("request-doubled")
def _() -> FiservDouble:
    double = double_with("request-doubled")
    assert brief(pay(double)) == "TC/DI"
    assert double.books.paid_times("k") == 1
    return double


@shows("other-amount-paid")
def _() -> FiservDouble:
    double = FiservDouble(3)
    pay(double)
    call(double, "POST", "/ddp/v1/payments", payment_body("k", "payee", "11.00"), START)
    assert double.books.doubles() == ("k",)
    return double


@shows("sixth-retry-paid")
def _() -> FiservDouble:
    double = FiservDouble(3)
    for minute in range(0, 35, 5):
        pay(double, now_seconds=START + 60 * minute)
    assert double.books.paid_times("k") == 2
    return double


@shows("late-retry-paid")
def _() -> FiservDouble:
    double = FiservDouble(3)
    pay(double)
    pay(double, now_seconds=START + DAY + 1)
    assert double.books.paid_times("k") == 2
    return double


@shows("timeout-400")
def _() -> FiservDouble:
    for paid in (1.0, 0.0):
        double = double_with("timeout-400", known=1.0, paid=paid)
        assert brief(pay(double)) in {"400001", "400042", "400050", "400082"}
        assert look(double, now_seconds=START + HOUR) == ("TC/DI" if paid else "TV/SE")
        assert double.books.paid_times("k") == paid
    return double


@shows("limit-400025")
def _() -> FiservDouble:
    double = double_with("limit-400025")
    assert brief(pay(double)) == "400025"
    assert double.books.truth("k") == "unknown"
    return double


@shows("funding-emptied")
def _() -> FiservDouble:
    double = double_with("funding-emptied")
    assert brief(pay(double)) == "400025"
    assert double.books.available_minor() == 0
    double.faults.clear()
    assert brief(pay(double, now_seconds=START + HOUR + 1)) == "TC/DI"
    double.faults.counts["funding-emptied"] = 1
    return double


@shows("returned")
def _() -> FiservDouble:
    double = double_with("returned")
    pay(double)
    pay(double, "card", source="DEBIT")
    assert look(double, now_seconds=START + DAY) == "TC/DI"
    assert look(double, now_seconds=START + 2 * DAY) == "TC/DC"
    assert look(double, "card", now_seconds=START + 2 * DAY) == "TC/DI"
    assert (double.books.truth("k"), double.books.returned_minor()) == ("returned", 1_000)
    return double


@shows("webhook-duplicate")
def _() -> FiservDouble:
    double = double_with("webhook-duplicate")
    pay(double)
    first, second = double.due_notices(START + HOUR)
    assert first.body == second.body
    return double


@shows("webhook-disordered")
def _() -> FiservDouble:
    double = double_with("in-process", "webhook-disordered", seconds_least=1.0, seconds_most=2.0)
    for n in range(20):
        pay(double, f"k{n}")
    told: dict[str, list[str]] = {}
    for notice in double.due_notices(START + HOUR):
        said = json.loads(notice.body)
        key = said["eventData"]["merchantTransactionId"]
        told.setdefault(key, []).append(said["transactionStatus"])
    # The news of the end overtakes the news of the beginning for some, not for all.
    assert 0 < sum(told[key][-1] == "IP" for key in told) < 20
    return double


@shows("webhook-early")
def _() -> FiservDouble:
    slow = Settings(latency_p50_seconds=2.0, latency_p99_seconds=2.0)
    double = double_with("webhook-early", settings=slow)
    reply = pay(double)
    (notice,) = double.due_notices(START)
    assert notice.due_seconds < START + reply.delay_seconds
    return double


@shows("webhook-lost")
def _() -> FiservDouble:
    double = double_with("webhook-lost")
    pay(double)
    assert double.due_notices(START + DAY) == ()
    return double


@shows("webhook-wrong-secret")
def _() -> FiservDouble:
    double = double_with("webhook-wrong-secret")
    pay(double)
    (notice,) = double.due_notices(START + HOUR)
    assert notice.headers["authorization"] != double.settings.webhook_secret
    return double


def _turned_away(id: str, code: str) -> Callable[[], FiservDouble]:
    def show() -> FiservDouble:
        double = double_with(id)
        assert brief(pay(double)) == code
        assert double.books.truth("k") == "unknown"
        double.faults.set(id, 0.0)
        assert brief(pay(double)) == "TC/DI"
        return double

    return show


for _id, _code in {
    "clock-skewed": "401098",
    "signature-hex": "401021",
    "body-reordered": "401021",
    "rate-limited": "429000",
    "door-503": "503000",
}.items():
    SHOWS[_id] = _turned_away(_id, _code)


@shows("unknown-status")
def _() -> FiservDouble:
    double = double_with("unknown-status")
    assert brief(pay(double)) in {"TF/DF", "PA/PA", "ZZ/Q7"}
    assert look(double, now_seconds=START + HOUR) in {"TC/DI", "TV/SE"}
    return double


@shows("extra-fields")
def _() -> FiservDouble:
    double = double_with("extra-fields")
    reply = pay(double)
    assert reply.response is not None
    assert "reservedField" in json.loads(reply.response.body)
    assert brief(reply) == "TC/DI"
    return double


@shows("shuffled-fields")
def _() -> FiservDouble:
    double = double_with("shuffled-fields")
    orders = set()
    for n in range(8):
        reply = pay(double, f"k{n}")
        assert reply.response is not None
        orders.add(tuple(json.loads(reply.response.body)))
        assert brief(reply) == "TC/DI"
    assert len(orders) > 1
    return double


@shows("error-wrapped")
def _() -> FiservDouble:
    double = double_with("error-wrapped")
    reply = call(double, "GET", "/ddp/v1/transactions/none", b"", START)
    assert reply.response is not None
    assert list(json.loads(reply.response.body)) == ["error"]
    return double


@shows("success-201")
def _() -> FiservDouble:
    double = double_with("success-201")
    reply = pay(double)
    assert reply.response is not None
    assert reply.response.status == 201
    return double


def _batch(double: FiservDouble) -> tuple[list[list[str]], float]:
    orders = [Order(f"k{n}", "payee", 1_000, "USD", "ACH") for n in range(30)]
    file = double.batch_summary("FLXPISBX.CI.1700000000.night.1.csv", orders, START)
    assert file.name == "FLXPOSBX.CI.1700000000.night.1.csv_Summary.csv"
    return [line.split("|") for line in file.text.splitlines()], file.due_seconds


@shows("batch-mixed-rows")
def _() -> FiservDouble:
    double = double_with("batch-mixed-rows")
    lines, _ = _batch(double)
    good = {line[3] for line in lines if line[0] == "CI" and line[4] == "00"}
    assert 0 < len(good) < 30
    assert good == set(double.books.paid_keys())
    assert lines[-2] == ["BT", "30", str(len(good)), str(30 - len(good))]
    return double


@shows("batch-wrong-count")
def _() -> FiservDouble:
    double = double_with("batch-wrong-count")
    lines, _ = _batch(double)
    assert lines[1][0] == "BH"
    assert lines[1][1] != "30"
    return double


@shows("batch-late")
def _() -> FiservDouble:
    double = double_with("batch-late")
    assert _batch(double)[1] == START + 4 * HOUR
    return double


@shows("declined")
def _() -> FiservDouble:
    double = double_with("declined")
    assert [brief(pay(double)), look(double), double.books.truth("k")] == [
        "400202",
        "TC/ED",
        "not_paid",
    ]
    double.faults.set("declined", 0.0)
    assert brief(pay(double, now_seconds=START + 400)) == "400202"
    return double


@shows("fraud")
def _() -> FiservDouble:
    double = double_with("fraud")
    assert [brief(pay(double)), look(double), double.books.truth("k")] == [
        "400063",
        "TV/DH",
        "not_paid",
    ]
    return double


@shows("held")
def _() -> FiservDouble:
    double = double_with("held")
    assert brief(pay(double)) == "TC/PH"
    assert (double.books.truth("k"), double.books.paid_minor()) == ("open", 0)
    assert double.books.available_minor() == double.settings.funding_minor - 1_000
    return double


@shows("review")
def _() -> FiservDouble:
    for share, end in ((1.0, "TC/DI"), (0.0, "TV/PC")):
        double = double_with("review", paid=share)
        assert brief(pay(double)) == "IP/PR"
        assert look(double, now_seconds=START + HOUR) == end
    return double


@shows("not-arrived")
def _() -> FiservDouble:
    double = double_with("not-arrived")
    assert brief(pay(double)) == "no answer"
    assert (look(double), double.books.truth("k")) == ("404021", "unknown")
    return double


@shows("not-visible-yet")
def _() -> FiservDouble:
    double = double_with("not-visible-yet")
    pay(double)
    assert look(double, now_seconds=START + 599) == "404021"
    listed = call(double, "GET", "/ddp/v1/transactions/recipients/payee", b"", START + 599)
    assert listed.response is not None
    assert json.loads(listed.response.body)["transactions"] == []
    assert look(double, now_seconds=START + 600) == "TC/DI"
    assert double.books.paid_times("k") == 1
    return double


@shows("slow")
def _() -> FiservDouble:
    double = double_with("slow")
    assert 0 < pay(double).delay_seconds <= 60
    assert double.books.paid_times("k") == 1
    return double


@shows("lookup-500")
def _() -> FiservDouble:
    double = double_with("lookup-500")
    pay(double)
    assert look(double) == "500001"
    return double


@shows("lookup-dropped")
def _() -> FiservDouble:
    double = double_with("lookup-dropped")
    pay(double)
    assert look(double) == "no answer"
    return double


@pytest.mark.parametrize("id", FAULTS)
def test_each_fault_takes_effect(id: str) -> None:
    """Each fault can be switched on, is seen from outside, is counted, and leaves true books."""
    double = SHOWS[id]()
    assert double.faults.counts[id] >= 1
    double.books.check()


def test_all_seventeen_kinds_are_there() -> None:
    """The documents give reason to expect 17 kinds; none is missing, ids are words and hyphens."""
    assert {fault.number for fault in FAULTS.values()} == set(range(18))
    assert all(id == id.lower() and " " not in id for id in FAULTS)
