"""The double itself: one request in, one answer out, at a time that is given.

``answer`` is the whole partner: the network in front of it (outages, latency, lost connections),
the door, payments, status, lists, cancel, balance, repeated notices. What it did is in ``books``.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from urllib.parse import parse_qs, unquote

from payouts.ports import Response
from payouts.sandbox.books import Books
from payouts.sandbox.desk import Desk, Said
from payouts.sandbox.door import lowered, refusal
from payouts.sandbox.faults import Faults
from payouts.sandbox.notices import Notices, WebhookNotice
from payouts.sandbox.payment import Payment
from payouts.sandbox.reports import (
    BatchFile,
    batch_summary,
    report_answer,
    report_refusal,
    report_rows,
)
from payouts.sandbox.settings import DAY_SECONDS, LOOKUPS_MAX, RETRY_WAIT_SECONDS, Settings
from payouts.sandbox.wire import (
    BadOrder,
    Order,
    amount_text,
    day_in,
    decoded,
    dressed,
    error_body,
    order_in,
    quoted,
)

_JSON = {"content-type": "application/json"}
_NOTHING: frozenset[str] = frozenset()

#: Standard normal at 0.99: turns a middle and a slow end into a log-normal latency.
_NORMAL_P99 = 2.3263478740408408


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller sees. No response: after the delay there is none and will be none.

    ``arrived`` is false where not one byte was taken. ``cut`` is an answer of which a server may
    send a part before it drops the connection.
    """

    response: Response | None
    delay_seconds: float
    arrived: bool = True
    cut: Response | None = None


class FiservDouble:
    """A Fiserv of one merchant. Same seed, settings and requests: same answers, same books."""

    def __init__(
        self, seed: int, settings: Settings | None = None, faults: Faults | None = None
    ) -> None:
        self._settings = settings or Settings()
        self.faults = faults or Faults()
        self.books = Books()
        self._chance = random.Random(f"double {seed}")
        self.seed = seed
        self._notices = Notices(self._settings, self.faults, random.Random(f"notices {seed}"))
        self._desk = Desk(self._settings, self.faults, self.books, self._notices, seed)
        self._now = 0.0
        self._key = ""  #: of the request under way: a script may name faults of its answer
        self._tokens = 1.0
        self._tokens_seconds = 0.0
        self._said: dict[str, Reply] = {}
        self.settings = self._settings
        self._desk.fund(self._settings.funding_minor, 0.0, self._settings.currency)

    @property
    def settings(self) -> Settings:
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings = self._desk.settings = self._notices.settings = settings
        self._secret = settings.secret.encode()
        self._spread = (
            log(settings.latency_p99_seconds / settings.latency_p50_seconds) / _NORMAL_P99
            if settings.latency_p50_seconds > 0
            else 0.0
        )

    # Time --------------------------------------------------------------------------------------

    def advance(self, now_seconds: float) -> None:
        """Let everything happen that was to happen until now. Time never runs back here."""
        if now_seconds > self._now:
            self._now = now_seconds
        self._desk.advance(self._now)

    def next_seconds(self) -> float | None:
        """Return when something next happens by itself; ``None``: never."""
        times = [self._desk.next_seconds(), self._notices.next_seconds()]
        return min((time for time in times if time is not None), default=None)

    def due_notices(self, now_seconds: float) -> tuple[WebhookNotice, ...]:
        """Hand out the webhooks to deliver by now; who could not deliver one says so below."""
        self.advance(now_seconds)
        return self._notices.due(self._now)

    def undelivered(self, notice: WebhookNotice, now_seconds: float) -> None:
        """Take back a notice that was answered with anything but 2xx, to be repeated."""
        self._notices.again(notice, now_seconds)

    def fund(self, minor: int, now_seconds: float, currency: str | None = None) -> None:
        """Put money into the funding account, or take it out."""
        self.advance(now_seconds)
        self._desk.fund(minor, self._now, currency or self._settings.currency)

    def report_rows(self, first_day: str, last_day: str) -> list[dict[str, object]]:
        """Return the disbursement report of these days, both included."""
        return report_rows(self._desk, first_day, last_day)

    def batch_summary(self, name: str, orders: Sequence[Order], now_seconds: float) -> BatchFile:
        """Take a batch file's payments; return its summary and when that appears."""
        self.advance(now_seconds)
        return batch_summary(
            self._desk, self._settings, self.faults, self._chance, name, orders, self._now
        )

    # Requests ----------------------------------------------------------------------------------

    def answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now_seconds: float,
    ) -> Reply:
        """Answer one request that arrives now. What is booked is booked now, the answer may lag."""
        self.advance(now_seconds)
        now, settings = self._now, self._settings
        delay = 0.0
        if settings.latency_p50_seconds > 0:
            delay = settings.latency_p50_seconds * exp(self._chance.gauss(0.0, self._spread))
        for outage in settings.outages:
            if outage.first_seconds <= now < outage.last_seconds:
                if outage.how == "refused":
                    return Reply(None, 0.0, arrived=False)
                if outage.how == "silent":
                    return Reply(None, settings.silence_seconds)
                return self._refuse("503000", "outage", delay)
        self._desk.answered_seconds = now + delay
        headers = lowered(headers)
        place, _, query = path.partition("?")
        place = place.removeprefix("/ddp")
        if place.removeprefix("/reporting") == "/v1/disbursement/search":
            return self._report(headers, body, delay)
        order: Order | BadOrder | None = None
        self._key = ""
        if method == "POST" and place == "/v1/payments":
            try:
                order = order_in(body)
                self._key = order.key
            except BadOrder as bad:
                order = bad
            self.faults.next_send(self._key)
        refused = self._at_the_door(method, headers, body, delay)
        if refused is not None:
            return refused
        request_id = headers["client-request-id"]
        if request_id in self._said and method == "POST":
            if settings.repeated_request_id == "replayed":
                return self._said[request_id]
            return self._refuse("409001", "the Client-Request-Id was used", delay)
        if order is not None:
            reply = self._pay(order, delay)
        else:
            reply = self._else(method, place, query, body, delay)
        if settings.repeated_request_id != "ignored" and method == "POST":
            self._said[request_id] = reply
        return reply

    def _at_the_door(
        self, method: str, headers: Mapping[str, str], body: bytes, delay: float
    ) -> Reply | None:
        faults = self.faults.drawn("door", self._chance, self._key)
        rate = self._settings.requests_per_second
        if rate is not None:
            # A bucket of one second's worth: a burst of that size passes, a steady excess does not.
            depth = max(self._settings.burst_requests, rate)
            filled = self._tokens + (self._now - self._tokens_seconds) * rate
            self._tokens, self._tokens_seconds = min(filled, depth), self._now
            if self._tokens < 1.0:
                return self._refuse("429000", "too many requests", delay)
            self._tokens -= 1.0
        if faults:
            if "rate-limited" in faults:
                return self._refuse("429000", "too many requests", delay)
            if "door-503" in faults:
                return self._refuse("503000", "unavailable", delay)
        refused = refusal(self._settings, self._secret, method, headers, body, self._now, faults)
        return None if refused is None else self._refuse(*refused, delay)

    def _pay(self, order: Order | BadOrder, delay: float) -> Reply:
        if isinstance(order, BadOrder):
            return self._refuse(order.code, order.why, delay, order.field)
        faults = self.faults.drawn("send", self._chance, order.key)
        slow = 0.0
        if faults and "slow" in faults:
            slow = self.faults.parameter("slow", "seconds") * self._chance.random()
            self._desk.answered_seconds += slow
        said = self._desk.pay(order, faults, self._now)
        return self._told(said, faults, delay + slow)

    def _told(self, said: Said, faults: Collection[str], delay: float) -> Reply:
        """Turn the desk's word into an answer, and lose it where that is the fault."""
        if said.lost:
            return Reply(None, delay)
        if faults and "paid-then-500" in faults:
            return self._refuse("500000", "an error after the work was done", delay)
        if said.code:
            reply = self._refuse(said.code, said.why, delay)
        else:
            assert said.payment is not None
            reply = self._good(said.payment.answer(), delay)
        if faults and "paid-then-dropped" in faults:
            return Reply(None, delay, cut=reply.response)
        return reply

    def _else(self, method: str, place: str, query: str, body: bytes, delay: float) -> Reply:
        parts = [unquote(part) for part in place.split("/")[1:]]
        match (method, parts):
            case ("GET", ["v1", "transactions", *rest]):
                self._key = rest[0] if rest else ""
                faults = self.faults.drawn("lookup", self._chance, self._key)
                if "lookup-dropped" in faults:
                    return Reply(None, delay)
                if "lookup-500" in faults:
                    return self._refuse("500001", "the store is unavailable", delay)
                return self._look(rest, query, delay)
            case ("GET", ["v1", "merchantInfo"]):
                return self._good(self._merchant(), delay)
            case ("PATCH", ["v1", "payments", "notifications", id]):
                return self._tell_again(id, delay)
            case ("PATCH", ["v1", "payments", id, "cancel"]):
                return self._cancel(id, body, delay)
            case ("POST", ["v1", "payments", id, "disburse"]):
                return self._disburse(id, body, delay)
        return self._refuse("404001", f"no {method} there", delay)

    # Reading back ------------------------------------------------------------------------------

    def _look(self, parts: list[str], query: str, delay: float) -> Reply:
        match parts:
            case []:
                return self._list(self._desk.payments, query, delay)
            case ["recipients", payee]:
                return self._list(self._desk.by_payee.get(payee, []), query, delay)
            case [id] | [id, "payments", _]:
                payment = self._found(id)
                if payment is None:
                    return self._refuse("404021", "no such transaction", delay)
                self._mind_lookups(payment)
                return self._good(payment.shown(), delay)
        return self._refuse("404001", "nothing there", delay)

    def _found(self, id: str) -> Payment | None:
        """Find a payment by the partner's id or the merchant's, if it can be seen yet."""
        payment = self._desk.by_id.get(id)
        if payment is None and self._settings.lookup_by_merchant_id:
            same = self._desk.by_key.get(id)
            payment = same[-1] if same else None
        if payment is None or payment.visible_seconds > self._now:
            return None
        return payment

    def _mind_lookups(self, payment: Payment) -> None:
        """Note a look-up that is sooner or more often than the guide allows."""
        payment.lookups += 1
        age = (self._now - payment.first_seconds) * self._settings.speed
        if age < RETRY_WAIT_SECONDS and payment.lookups == 1:
            self.books.breaches["early-lookup"] += 1
        if payment.lookups == LOOKUPS_MAX + 1:
            self.books.breaches["sixth-lookup"] += 1

    def _list(self, payments: list[Payment], query: str, delay: float) -> Reply:
        said = {name: values[-1] for name, values in parse_qs(query).items()}
        first, last = day_in(said.get("start", "01/01/1970")), day_in(said.get("end", "12/31/9999"))
        page, size = said.get("pageNo", "1"), said.get("pageSize", str(self._settings.page_size))
        if first is None or last is None or not (page.isdecimal() and size.isdecimal()):
            return self._refuse("400021", "a date or page cannot be read", delay, "start")
        number, size_ = int(page), min(int(size), self._settings.page_size_max)
        if number < 1 or size_ < 1:
            return self._refuse("400021", "pages count from 1", delay, "pageNo")
        if self._desk.hidden:
            payments = [one for one in payments if one not in self._desk.hidden]
        low = bisect_left(payments, first * DAY_SECONDS, key=_created)
        high = bisect_left(payments, (last + 1) * DAY_SECONDS, key=_created)
        total = max(0, high - low)
        if not total and self._settings.empty_list_404:
            return self._refuse("404001", "no transactions", delay)
        start = low + (number - 1) * size_
        shown = payments[start : min(high, start + size_)]
        pages = max(1, -(-total // size_))
        text = (
            f'{{"transactions":[{",".join(one.entry() for one in shown)}],'
            f'"pages":{{"firstPage":{_bool(number == 1)},"lastPage":{_bool(number >= pages)},'
            f'"currentPage":{number},"currentPageRecords":{len(shown)},"totalPages":{pages},'
            f'"totalRecords":{total},"sortOrder":"asc"}}}}'
        )
        return self._good(text.encode(), delay)

    def _merchant(self) -> bytes:
        """Return the balances, in a list and with names as in the only sample there is.

        Fiserv/digital-disbursements-platform:assets/files/digital-disbursements/1.0.0/
        MerchantService/ddp-merchant-services.json (commit e7002da).
        """
        currency, books = self._settings.currency, self.books

        def balance(minor: int) -> str:
            return f'{{"total":{amount_text(minor, currency)},"currency":"{currency}"}}'

        return (
            f'[{{"ledgerbalance":{balance(books.ledger_minor(currency))},'
            f'"merchant":{{"name":{quoted(self._settings.merchant_id)}}},'
            f'"availablebalance":{balance(books.available_minor(currency))}}}]'
        ).encode()

    def _report(self, headers: Mapping[str, str], body: bytes, delay: float) -> Reply:
        why = report_refusal(self._settings, headers, body, self._now)
        if why is not None:
            return self._refuse("401021", why, delay)
        rows = report_answer(self._desk, body)
        if rows is None:
            return self._refuse("400021", "the search is not valid", delay)
        return self._good(rows, delay)

    # Changing ----------------------------------------------------------------------------------

    def _tell_again(self, id: str, delay: float) -> Reply:
        payment = self._found(id)
        if payment is None:
            return self._refuse("404021", "no such transaction", delay)
        self._notices.tell(payment, self._now, self._now + delay)
        return self._good(b"{}", delay)

    def _cancel(self, id: str, body: bytes, delay: float) -> Reply:
        try:
            description = decoded(body).get("description")
        except BadOrder as bad:
            return self._refuse(bad.code, bad.why, delay, bad.field)
        if not description:
            return self._refuse("400021", "is missing", delay, "description")
        payment = self._found(id)
        if payment is None:
            return self._refuse("404021", "no such transaction", delay)
        said = self._desk.cancel(payment, self._now)
        return self._told(said, _NOTHING, delay)

    def _disburse(self, id: str, body: bytes, delay: float) -> Reply:
        payment = self._found(id) or next(
            (one for one in reversed(self._desk.payments) if one.payment_id == id), None
        )
        if payment is None:
            return self._refuse("404021", "no such payment", delay)
        try:
            source = str(decoded(body).get("source") or "DEBIT") if body else "DEBIT"
        except BadOrder as bad:
            return self._refuse(bad.code, bad.why, delay, bad.field)
        faults = self.faults.drawn("send", self._chance, payment.key)
        said = self._desk.disburse(payment, source, faults, self._now)
        return self._told(said, faults, delay)

    # Answers -----------------------------------------------------------------------------------

    def _good(self, body: bytes, delay: float) -> Reply:
        faults = self.faults.drawn("answer", self._chance, self._key)
        if not faults:
            return Reply(Response(200, body, _JSON), delay)
        status = 201 if "success-201" in faults else 200
        return Reply(Response(status, dressed(body, faults, self._chance), _JSON), delay)

    def _refuse(self, code: str, why: str, delay: float, field: str = "") -> Reply:
        faults = self.faults.drawn("answer", self._chance, self._key)
        body = error_body(code, why, "error-wrapped" in faults, field)
        if faults:
            body = dressed(body, faults, self._chance)
        return Reply(Response(int(code[:3]), body, _JSON), delay)


def _created(payment: Payment) -> float:
    return payment.created


def _bool(value: bool) -> str:
    return "true" if value else "false"
