"""What DDP's look-ups, lists and balance mean: *not found* and *empty* are said, never assumed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payouts.money import Money
from payouts.outcome import FINAL_VERDICTS, Outcome, Verdict
from payouts.partners import fiserv_ddp as ddp
from payouts.partners.fiserv.codes import CODES, NOT_FOUND
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


def found(status: int, body: Any, step: int = 0) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ddp.found_in(Response(status, raw), PAYOUT, step)


@pytest.mark.parametrize("step", [0, 1])
def test_not_found_is_what_ddp_itself_says(step: int) -> None:
    """DDP's own *no data found* counts; a gateway's 404 page does not, it may be misrouted."""
    for code in sorted(NOT_FOUND):
        assert found(int(code[:3]), {"code": code}, step) == Outcome(V.NOT_FOUND, code)
    assert found(404, {"error": {"code": "404999"}}, step).verdict is V.NOT_FOUND
    assert found(404, b"<html>no such route</html>", step).verdict is V.UNKNOWN
    assert found(400, {"code": "400999"}, step).verdict is V.UNKNOWN


def test_an_error_code_of_a_look_up_never_declines() -> None:
    """What is wrong with a question is no answer to it."""
    for code in CODES:
        for http in (400, 404, 409, 422, 500):
            assert found(http, {"code": code}).verdict not in FINAL_VERDICTS | {V.NO_FUNDS}
    assert found(401, b"").verdict is V.UNAUTHORISED
    assert found(429, b"").verdict is V.NOT_ACCEPTED


def test_the_list_of_a_payee_decides_only_if_it_is_whole() -> None:
    """Not among all of the payee's: not found. Not on a page with more to come: unknown."""
    other = transaction(merchantTransactionId="another")
    whole = {"transactions": [other], "pages": {"currentPage": 1, "totalPages": 1}}
    assert found(200, whole, step=1) == Outcome(V.NOT_FOUND, "not-listed")
    part = {"transactions": [other], "pages": {"currentPage": 1, "totalPages": 2}}
    assert found(200, part, step=1) == Outcome(V.UNKNOWN, "list-incomplete")
    assert found(200, {"transactions": [other]}, step=1).code == "list-incomplete"
    assert found(200, {"transactions": []}, step=1).verdict is V.NOT_FOUND
    part["transactions"].append(transaction())
    assert found(200, part, step=1).verdict is V.SETTLED


def test_of_several_transactions_the_one_that_moved_money_counts() -> None:
    """A declined record beside a paid one does not make it unpaid; two paid ones are an alarm."""
    declined, paid = transaction("TC", "ED", transactionId="TID-0"), transaction()
    pages = {"lastPage": True}
    for both in ([declined, paid], [paid, declined]):
        assert found(200, {"transactions": both, "pages": pages}, 1).verdict is V.SETTLED
    again = transaction(transactionId="TID-2")
    twice = found(200, {"transactions": [paid, again], "pages": pages}, 1)
    assert (twice.verdict, twice.code) == (V.HELD, "paid-twice")
    same = found(200, {"transactions": [paid, paid], "pages": pages}, 1)
    assert same.verdict is V.SETTLED


def test_a_list_is_read_page_by_page() -> None:
    """Each entry with its key and time, strangers' left out, and the number of the next page."""
    stranger = transaction(merchantTransactionId=...)
    body = {"transactions": [transaction(), stranger], "pages": {"totalPages": 3}}
    page = ddp.listed_in(Response(200, json.dumps(body).encode()), 2)
    assert [(one.key, one.outcome.verdict, one.at_seconds) for one in page.entries] == [
        (PAYOUT.key, V.SETTLED, 1731516734)
    ]
    assert (page.following, page.readable) == (3, True)
    assert ddp.listed_in(Response(200, json.dumps(body).encode()), 3).following is None


def test_an_empty_list_is_believed_from_ddp_only() -> None:
    """No transactions, or DDP's *no data*, is an empty page; anything else is no page at all."""
    empty = ddp.listed_in(Response(200, b'{"transactions":[],"pages":{}}'), 1)
    assert (empty.entries, empty.following, empty.readable) == ((), None, True)
    assert ddp.listed_in(Response(404, b'{"code":"404021"}'), 1).readable
    for response in (Response(404, b"no route"), Response(500, b""), Response(200, b"[]")):
        assert not ddp.listed_in(response, 1).readable
    unreadable = {"transactions": [transaction(merchantTransactionId={"a": 1})]}
    assert not ddp.listed_in(Response(200, json.dumps(unreadable).encode()), 1).readable


def test_the_balance_is_the_smallest_of_what_is_said() -> None:
    """One account or several in one currency; two currencies or no number say nothing."""

    def balance(*accounts: Any) -> Money | None:
        return ddp.balance_in(Response(200, json.dumps(list(accounts)).encode()))

    def account(total: Any, currency: str = "USD") -> Any:
        return {
            "availablebalance": {"total": total, "currency": currency},
            "ledgerbalance": {"total": 1, "currency": "USD"},
        }

    assert balance(account(568530.36)) == Money(56853036, "USD")
    assert balance(account(2), account("1.5")) == Money(150, "USD")
    assert balance(account(2), account(2, "CAD")) is None
    assert balance(account("much")) is None
    assert balance() is None
    assert ddp.balance_in(Response(500, json.dumps(account(2)).encode())) is None
    assert ddp.balance_in(Response(200, b'{"availableBalance":{"total":0,"currency":"USD"}}')) == (
        Money(0, "USD")
    )
