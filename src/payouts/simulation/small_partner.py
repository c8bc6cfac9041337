"""A partner small enough to try everything with: one payout, no signatures, no JSON.

It keeps the rules that matter to a payout's life. A send under a key, payee and amount that it
knows is the same payout, for 24 hours and 5 repeats; after that, or with anything else in it, it
pays again, as the worst partner would. What it did stands in ``Books``, which are values: a search
can go back to any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from payouts.money import Money
from payouts.outcome import Credentials, Listed, Merchant, Notice, Outcome, Page, Verdict
from payouts.partners import fiserv_ddp
from payouts.payout import Payout
from payouts.ports import Request, Response

WINDOW_SECONDS = 24 * 3600.0
REPEATS_MAX = 5
#: When the outcome of an open payout, and of one held at the partner, comes out.
OPEN_SECONDS = 400.0
HELD_SECONDS = 7200.0

#: Pages of its list; what there is stands on the last one.
PAGES = 2

_BY_STATUS = {
    400: (Verdict.DECLINED, "bad-request"),
    401: (Verdict.UNAUTHORISED, "signature"),
    402: (Verdict.NO_FUNDS, "no-funds"),
    404: (Verdict.NOT_FOUND, "not-found"),
    429: (Verdict.NOT_ACCEPTED, "too-many"),
}


class Transaction(NamedTuple):
    """One payout at the partner. ``status`` until ``changes_at``, ``later`` from then on."""

    id: str
    body: bytes
    first_at: float
    sends: int
    status: str
    later: str
    changes_at: float

    def at(self, now: float) -> str:
        return self.later if now >= self.changes_at else self.status

    @property
    def moves_money(self) -> bool:
        return self.later in {"settled", "returned"}


class Books(NamedTuple):
    """What the partner did, and the requests that are still in the network."""

    transactions: tuple[Transaction, ...] = ()
    under_way: tuple[tuple[float, bytes], ...] = ()

    @property
    def times_paid(self) -> int:
        return sum(one.moves_money for one in self.transactions)

    def truth(self, now: float) -> str:
        """What became of the payout: the strongest word of any of its transactions."""
        found = {one.at(now) for one in self.transactions}
        for status in ("returned", "settled", "held", "open", "declined"):
            if status in found:
                return status
        return "declined" if found else "nothing"

    def sent(self, body: bytes, now: float, fate: str) -> tuple[Books, Transaction]:
        """A send arrives. ``fate`` is what becomes of it, if it is a new payout."""
        for place, one in enumerate(self.transactions):
            if (
                one.body == body
                and now - one.first_at < WINDOW_SECONDS
                and one.sends <= REPEATS_MAX
            ):
                again = one._replace(sends=one.sends + 1)
                known = (*self.transactions[:place], again, *self.transactions[place + 1 :])
                return self._replace(transactions=known), again
        status, _, later = fate.partition(">")
        waits = HELD_SECONDS if status == "held" else OPEN_SECONDS
        new = Transaction(
            f"t{len(self.transactions) + 1}", body, now, 1, status, later or status, now + waits
        )
        return self._replace(transactions=(*self.transactions, new)), new

    def late(self, body: bytes, at: float) -> Books:
        return self._replace(under_way=tuple(sorted((*self.under_way, (at, body)))))

    def arrived(self, now: float) -> Books:
        """The books after every late request that has arrived by now."""
        books = self
        while books.under_way and books.under_way[0][0] <= now:
            (at, body), *rest = books.under_way
            books, _ = books._replace(under_way=tuple(rest)).sent(body, at, "settled")
        return books

    def returned(self, now: float) -> Books:
        """The payee's bank sends back what was paid."""
        return self._replace(
            transactions=tuple(
                one._replace(status="returned", later="returned")
                if one.at(now) == "settled"
                else one
                for one in self.transactions
            )
        )


def body_of(payout: Payout) -> bytes:
    amount = payout.amount
    return f"{payout.key} {payout.recipient} {amount.minor} {amount.currency}".encode()


def told(one: Transaction, now: float) -> Response:
    """What the partner says of a transaction."""
    return Response(200, f"{one.at(now)} {one.id} {one.body.decode()}".encode())


class SmallPartner:
    """The partner file that goes with it: ``payouts.outcome.Partner``, nothing else."""

    FACTS = fiserv_ddp.FACTS

    def request_for(self, payout: Payout, merchant: Merchant, nonce: str) -> Request:
        return Request("POST", "/send", body_of(payout), nonce=nonce)

    def outcome_of(self, response: Response, payout: Payout) -> Outcome:
        return _read(response, payout.key)

    def lookup_for(
        self, payout: Payout, partner_id: str | None, step: int, merchant: Merchant, nonce: str
    ) -> Request | None:
        return None if step else Request("GET", f"/{payout.key}", nonce=nonce)

    def found_in(self, response: Response, payout: Payout, step: int) -> Outcome:
        return _read(response, payout.key)

    def cancel_for(
        self, payout: Payout, partner_id: str | None, merchant: Merchant, nonce: str
    ) -> Request | None:
        return None

    def list_for(
        self, first_day: str, last_day: str, page: int, merchant: Merchant, nonce: str
    ) -> Request:
        return Request("GET", f"/list {first_day} {last_day} {page}", nonce=nonce)

    def listed_in(self, response: Response, page: int) -> Page:
        if response.status != 200:
            return Page((), readable=False)
        lines = response.body.decode().splitlines()
        entries = [(line.split(" ")[2], Response(200, line.encode())) for line in lines]
        following = page + 1 if page < PAGES else None
        return Page(tuple(Listed(key, _read(one, key)) for key, one in entries), following)

    def balance_for(self, merchant: Merchant, nonce: str) -> Request | None:
        return None

    def balance_in(self, response: Response) -> Money | None:
        return None

    def signed(
        self, request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
    ) -> Mapping[str, str]:
        return {}

    def authentic(
        self,
        headers: Mapping[str, str],
        body: bytes,
        source: str,
        merchant: Merchant,
        credentials: Credentials,
        now_seconds: float,
    ) -> str | None:
        return None

    def notices_in(self, body: bytes) -> tuple[Notice, ...]:
        return ()


def _read(response: Response, key: str) -> Outcome:
    if response.status != 200:
        verdict, code = _BY_STATUS.get(response.status, (Verdict.UNKNOWN, str(response.status)))
        return Outcome(verdict, code)
    words: list[Any] = response.body.decode().split(" ")
    if len(words) != 6 or words[2] != key:
        return Outcome(Verdict.UNKNOWN, "unreadable")
    return Outcome(Verdict(words[0]), words[0], words[1], Money(int(words[4]), words[5]), words[3])
