"""What DDP's answers mean: tables applied to bodies that are read with care.

A transaction comes bare from a send and wrapped in ``transactions`` from a status call; an error
comes bare in every sample and wrapped in ``error`` in the specification: both are read
(docs/troubleshooting/idempotency-timeouts.md; PayoutService and TransactionService specifications
of Fiserv/digital-disbursements-platform).

What decides, in this order: the HTTP status, where it says that nobody looked at the payout (401,
403, 408, 425, 429) or that nobody knows (5xx); the error code; the pair of statuses, if the answer
speaks of our reference and of one payee. An answer that cannot be read, or speaks of something
else, is never a decision. 200 and 201 are both good (the documents give either).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payouts.money import Money
from payouts.outcome import Listed, Outcome, Page, Verdict
from payouts.partners._reading import (
    identifier_in,
    json_in,
    label,
    major_in,
    object_in,
    seconds_in,
    whole_in,
)
from payouts.partners.fiserv.codes import CODES, NOT_AN_ID, NOT_FOUND
from payouts.partners.fiserv.statuses import STATUSES
from payouts.payout import Payout
from payouts.ports import Response

#: Turned away before anyone looked at the payout.
TURNED_AWAY = frozenset({403, 408, 425, 429})

#: Where one key has several transactions: the first of these that any of them has is the truth,
#: because money that moved is not undone by a second record that says it did not.
_STRONGEST = (
    Verdict.RETURNED,
    Verdict.SETTLED,
    Verdict.HELD,
    Verdict.OPEN,
    Verdict.UNKNOWN,
    Verdict.CANCELLED,
    Verdict.DECLINED,
)

#: Verdict and name of each documented pair of statuses.
_KNOWN = {
    (first, second): (verdict, f"{label(first)}/{label(second)}")
    for (first, second), (verdict, _) in STATUSES.items()
}


def outcome_of(response: Response, payout: Payout) -> Outcome:
    """What the answer to a send means."""
    if _good(response):
        return _ours(_transactions(json_in(response.body)), payout)
    error = _error(response)
    if error.verdict is Verdict.DECLINED:
        # "DDP will return a 4XX message" with TC/ED or TV/DH: where one carries the transaction
        # besides, the two must agree.
        told = _ours(_transactions(json_in(response.body)), payout)
        if told.verdict not in {Verdict.DECLINED, Verdict.UNKNOWN}:
            return Outcome(Verdict.UNKNOWN, f"{error.code}-but-{told.code}", told.partner_id)
    return error


def found_in(response: Response, payout: Payout, step: int) -> Outcome:
    """What the answer to a look-up means.

    A list of the payee's that has more pages does not prove that ours is missing: *unknown*. The
    page size is a setting; the pages come oldest first, so walking them would not end sooner.
    """
    if not _good(response):
        code, known = _code(response)
        if known and 400 <= response.status < 500:
            if response.status == 404 or code in NOT_FOUND:
                return Outcome(Verdict.NOT_FOUND, label(code))
            if step == 0 and code in NOT_AN_ID:
                return Outcome(Verdict.NOT_FOUND, label(code))
        error = _error(response)
        if error.verdict in {Verdict.UNAUTHORISED, Verdict.NOT_ACCEPTED}:
            return error
        return Outcome(Verdict.UNKNOWN, error.code)
    body = json_in(response.body)
    transactions = _transactions(body)
    if step == 0:
        return _ours(transactions, payout)
    if transactions is None:
        return Outcome(Verdict.UNKNOWN, "unreadable")
    ours = tuple(one for one in transactions if _key(one) == payout.key)
    if ours:
        return _ours(ours, payout)
    if _following(body, len(transactions), 1) is not None:
        return Outcome(Verdict.UNKNOWN, "list-incomplete")
    return Outcome(Verdict.NOT_FOUND, "not-listed")


def listed_in(response: Response, page: int) -> Page:
    """Read one page of the list; *no data found*, said by DDP itself, is an empty one."""
    if not _good(response):
        code, _ = _code(response)
        empty = 400 <= response.status < 500 and code in NOT_FOUND
        return Page((), readable=empty)
    body = json_in(response.body)
    transactions = _transactions(body)
    if transactions is None:
        return Page((), readable=False)
    entries = []
    for one in transactions:
        key = _key(one)
        if key is None:
            # A transaction without our reference was not made by us. One whose reference cannot
            # be read might have been: then the page proves nothing.
            if one.get("merchantTransactionId") is not None:
                return Page((), readable=False)
            continue
        entries.append(Listed(key, _reading(one), whole_in(one.get("created"))))
    return Page(tuple(entries), _following(body, len(transactions), max(page, 1)))


def balance_in(response: Response) -> Money | None:
    """The funding account's available balance; of several in one currency the smallest.

    The only sample is a generated one: ``[{availablebalance{total, currency}, ledgerbalance}]``
    (assets/files/digital-disbursements/1.0.0/MerchantService). Any spelling of the name is read.
    """
    if not _good(response):
        return None
    body = json_in(response.body)
    found: list[Money] = []
    for account in body if isinstance(body, list) else [body]:
        for name, value in object_in(account).items():
            if name.lower() == "availablebalance":
                balance = _amount(value)
                if balance is None:
                    return None
                found.append(balance)
    if len({balance.currency for balance in found}) != 1:
        return None
    return min(found)


def _good(response: Response) -> bool:
    return response.status in {200, 201}


# errors ----------------------------------------------------------------------------------------


def _code(response: Response) -> tuple[str, bool]:
    """Return an error's code, and whether it reads like one of DDP's own."""
    body = object_in(json_in(response.body))
    error = object_in(body.get("error")) or body
    code = identifier_in(error.get("code"))
    return (code, True) if code is not None else (f"http-{response.status}", False)


def _error(response: Response) -> Outcome:
    """What an answer other than 200 or 201 says about the money of a send."""
    status = response.status
    code, known = _code(response)
    if status == 401:
        return Outcome(Verdict.UNAUTHORISED, label(code))
    if status in TURNED_AWAY:
        return Outcome(
            Verdict.NOT_ACCEPTED, label(code), retry_after_seconds=seconds_in(response.headers)
        )
    # A final word needs a code that is listed for exactly this HTTP status.
    if status == 400 and known and code in CODES and code.startswith("400"):
        return Outcome(CODES[code][0], label(code))
    return Outcome(Verdict.UNKNOWN, label(code if known else f"http-{status}"))


# transactions ----------------------------------------------------------------------------------


def _transactions(body: Any) -> tuple[Mapping[str, Any], ...] | None:
    """Return the transactions of a good answer, ``None`` where it holds none that can be read."""
    if not isinstance(body, dict):
        return None
    inner = body.get("transactions", body)
    found = inner if isinstance(inner, list) else [inner]
    if not all(isinstance(one, dict) for one in found):
        return None
    if inner is body and "transactionStatus" not in body:
        return None
    return tuple(found)


def _recipients(transaction: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    value = transaction.get("recipient")
    return [object_in(one) for one in (value if isinstance(value, list) else [value])]


def _key(transaction: Mapping[str, Any]) -> str | None:
    """Our reference; the specification also puts it beside the payee."""
    for place in (transaction, *_recipients(transaction)):
        if place.get("merchantTransactionId") is not None:
            return identifier_in(place["merchantTransactionId"])
    return None


def _ours(transactions: tuple[Mapping[str, Any], ...] | None, payout: Payout) -> Outcome:
    """Read what a good answer says of this payout, and of nothing else."""
    if not transactions:
        return Outcome(Verdict.UNKNOWN, "unreadable")
    readings = []
    for one in transactions:
        key, reading = _key(one), _reading(one)
        if key is None:
            return Outcome(Verdict.UNKNOWN, "no-reference", reading.partner_id)
        if key != payout.key:
            swapped = key == payout.recipient and reading.recipient == payout.key
            code = "reference-and-recipient-swapped" if swapped else "other-reference"
            return Outcome(Verdict.UNKNOWN, code, reading.partner_id)
        readings.append(reading)
    for verdict in _STRONGEST:
        same = [reading for reading in readings if reading.verdict is verdict]
        if len({reading.partner_id for reading in same}) > 1 and verdict is Verdict.SETTLED:
            return Outcome(Verdict.HELD, "paid-twice", same[0].partner_id)
        if same:
            return same[0]
    raise AssertionError("a reading has a verdict that is not ranked")


def _reading(transaction: Mapping[str, Any]) -> Outcome:
    """Read one transaction, whoever's it is."""
    partner_id = identifier_in(transaction.get("transactionId"))
    recipients = _recipients(transaction)
    if len(recipients) != 1:
        return Outcome(Verdict.UNKNOWN, "several-recipients", partner_id)
    payee = recipients[0]
    payment = object_in(payee.get("payments"))
    recipient = payee.get("merchantCustomerId")
    amount, differs = _one_amount(transaction, payment)
    verdict, code = _status(transaction.get("transactionStatus"), payment.get("paymentStatus"))
    if partner_id is None or differs:
        verdict, code = Verdict.UNKNOWN, f"{code}-{'amounts-differ' if differs else 'no-id'}"
    return Outcome(
        verdict,
        code,
        partner_id,
        amount,
        None if recipient is None else identifier_in(recipient) or "unreadable",
    )


def _status(first: Any, second: Any) -> tuple[Verdict, str]:
    """Return what a pair of statuses means, and its name; an undocumented one is *open*."""
    if isinstance(first, str) and isinstance(second, str):
        known = _KNOWN.get((first, second))
        if known is not None:
            return known
    return Verdict.OPEN, f"{label(first)}/{label(second)}"


def _one_amount(
    transaction: Mapping[str, Any], payment: Mapping[str, Any]
) -> tuple[Money | None, bool]:
    """Return the amount the transaction repeats; true where what it says is not one amount."""
    total, paid = transaction.get("totalTransactionAmount"), payment.get("amount")
    if total is None and paid is None:
        return None, False
    amount = _amount(paid if total is None else total)
    # Mostly the same text twice, and read once.
    differs = paid is not None and paid != total and total is not None and _amount(paid) != amount
    return (None, True) if amount is None or differs else (amount, False)


def _amount(value: Any) -> Money | None:
    amount = object_in(value)
    return major_in(amount.get("total"), amount.get("currency"))


def _following(body: Any, entries: int, page: int) -> int | None:
    """Return the next page's number; without ``pages`` an empty page is the last one."""
    pages = object_in(object_in(body).get("pages"))
    if pages.get("lastPage") is True:
        return None
    total = whole_in(pages.get("totalPages"))
    if total is not None:
        return page + 1 if page < total else None
    return page + 1 if entries else None
