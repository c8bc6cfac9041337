"""Who asks for payouts, and who clears up: the people and the program on the business's side.

The business keeps a list of its own of what it asked for. The judge believes that list and the
partner's books, not the ledger. The person looks in every few hours and does what the runbook says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from frugal.model.behaviour import Orchestrator, Queue
from frugal.model.graph import Role, Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed
from payouts.core.people import act
from payouts.ledger.statements import Enqueue, Intervene, SetStanding
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import Statement, StoreError
from payouts.simulation.actors import Asked
from payouts.simulation.driver import Died, drive
from payouts.simulation.loop import Process
from payouts.simulation.rows import Row
from payouts.states import Status

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink
    from frugal.simulate.site import Site

HOUR = 3600.0
DAY = 86_400.0
#: A transaction of the business with one payout in it.
_TRANSACTION_SECONDS = 0.005
#: After a failure the business asks again.
_AGAIN_SECONDS = 30.0
#: Between calls of an AWS API that throttles, as the SDKs wait. Assumed.
_THROTTLED_SECONDS = 1.0
_THROTTLED_SECONDS_MOST = 20.0
_CHUNK = 50
_MOST_MINOR = 100_000
_ROUND_SECONDS = 6 * HOUR


class Business:
    """Asks for payouts at the plan's times, in transactions of its own, until each holds."""

    def __init__(self, site: Site, payouts: int, days: int, hours: float) -> None:
        self.site = site
        self.payouts = payouts
        self.days = days
        self.hours = hours
        self.asked: dict[str, Asked] = {}
        self.asked_at: dict[str, float] = {}
        #: Asked for and in no message or execution yet, where a relay or starter moves them.
        self.unsent: dict[str, NewPayout] = {}
        self.chance = site.chance_of("business")
        self.open = 0  #: transactions not yet known to hold, and arrivals still to come
        self._numbers = 0
        self._backends = site.plan.role(Role.BACKEND)
        self._tells: tuple[PlannedLink, ...] = tuple(
            link
            for backend in self._backends
            for link in site.plan.outgoing(backend.id, Verb.SENDS, Verb.INVOKES_ASYNC)
            if isinstance(site.plan[link.target].behaviour, Queue | Orchestrator)
        )

    def start(self) -> None:
        for day in range(self.days):
            first = self.site.start + day * DAY
            self.arrive(self.moments(self.payouts, first, self.hours * HOUR))

    def arrive(self, moments: list[float]) -> None:
        """Ask for a payout at each of these moments."""
        if moments:
            self.open += 1
            self.site.loop.start(self._arrivals(moments), moments[0])

    def more(self, factor: int, seconds: float) -> None:
        """Ask for so many times the usual for a while, in the windows that fall into it."""
        spans = list(self._windows(self.site.loop.now, seconds))
        length = sum(until - since for since, until in spans)
        usual = self.payouts * length / (self.hours * HOUR)
        drawn = sorted(self.chance.random() * length for _ in range(round(usual * (factor - 1))))
        self.arrive([_within(spans, at) for at in drawn])

    def _windows(self, first: float, seconds: float) -> Iterator[tuple[float, float]]:
        """Yield the parts of the days' windows that lie in a stretch of time."""
        start, last = self.site.start, first + seconds
        begins = start + (first - start) // DAY * DAY
        while begins < last:
            since, until = max(first, begins), min(last, begins + self.hours * HOUR)
            if since < until:
                yield since, until
            begins += DAY

    def moments(self, count: int, first: float, seconds: float) -> list[float]:
        """Return when payouts are asked for: in runs, or at any moment of the window alike."""
        chance = self.chance
        runs = self.site.plan.arrivals.runs_per_day
        if runs is not None and not self.site.plan.arrivals.real_time:
            number = max(1, int(runs))
            step = seconds / number
            times = [first + step * (place + 0.5) for place in range(number)]
            return sorted(times[place % number] for place in range(count))
        return sorted(first + seconds * chance.random() for _ in range(count))

    def _arrivals(self, moments: list[float]) -> Process:
        loop = self.site.loop
        place, last = 0, len(moments)
        while place < last:
            at = moments[place]
            if at > loop.now:
                yield at - loop.now
            batch: list[Asked] = []
            while place < last and moments[place] <= loop.now and len(batch) < _CHUNK:
                batch.append(self.new(moments[place]))
                place += 1
            if not (yield from self._ask(batch)):
                self.open += 1
                loop.start(self._until_asked(batch))
        self.open -= 1

    def new(self, at: float, method: Method = Method.DEBIT_CARD) -> Asked:
        """Want one more payout; whoever calls this sees to it that it is asked for."""
        number = self._numbers
        self._numbers += 1
        asked = Asked(
            NewPayout(
                self.site.partner_id,
                f"order-{number}",
                f"payee-{number}",
                f"tok_{number}x",
                method,
                Money(1 + int(_MOST_MINOR * self.chance.random()), "USD"),
            )
        )
        reference = asked.payout.reference
        self.asked[reference] = asked
        self.asked_at[reference] = at
        return asked

    def ask_for(self, batch: list[Asked]) -> None:
        self.open += 1
        self.site.loop.start(self._until_asked(batch))

    def _until_asked(self, batch: list[Asked]) -> Process:
        while not (yield from self._ask(batch)):
            yield _AGAIN_SECONDS
        self.open -= 1

    def _ask(self, batch: list[Asked]) -> Process:
        """One transaction of the business: all of them or none; then its messages, if any."""
        site = self.site
        yield _TRANSACTION_SECONDS
        if not all(site.parts[one.id].up for one in self._backends):
            return False
        try:
            connection = site.ledger.connect(ours=False)
        except StoreError:
            return False
        try:
            for asked in batch:
                connection.execute(Enqueue(asked.payout))
            connection.commit()
        except StoreError:
            return False
        finally:
            connection.close()
        new = [asked for asked in batch if not asked.accepted]
        for asked in batch:
            asked.accepted = True
        if site.has_relay:
            self.unsent.update((asked.payout.reference, asked.payout) for asked in new)
        site.stir()
        for link in self._tells:
            yield from self._tell(link, batch)
        return True

    def _tell(self, link: PlannedLink, batch: list[Asked]) -> Process:
        """Say what was committed; what cannot be said is found by the sweep."""
        for asked in batch:
            event = Event("payouts", (asked.payout.reference,), born=self.site.loop.now)
            yield from self._say(link, event)

    def _say(self, link: PlannedLink, event: Event) -> Process:
        """Call an AWS API; one that throttles is called again, with waits that double."""
        wait = _THROTTLED_SECONDS
        while all(self.site.parts[one.id].up for one in self._backends):
            try:
                yield from self.site.hand_over(link, event)
            except Failed as failed:
                if not failed.throttled:
                    return
            else:
                return
            yield wait
            wait = min(2 * wait, _THROTTLED_SECONDS_MOST)

    def ask_again(self) -> Process:
        """After a restore of the ledger, ask for everything that is missing there."""
        site = self.site
        self.open += 1
        yield self.chance.uniform(60.0, HOUR)
        missing = [
            asked
            for reference, asked in self.asked.items()
            if asked.accepted and ("reference", site.partner_id, reference) not in site.ledger.table
        ]
        for first in range(0, len(missing), _CHUNK):
            batch = missing[first : first + _CHUNK]
            while not (yield from self._ask(batch)):
                yield _AGAIN_SECONDS
        self.open -= 1

    def poison(self, count: int) -> None:
        """Say what nobody can do: messages without sense, or payouts the partner cannot make."""
        queues = [
            link
            for link in self.site.plan.links
            if link.verb is Verb.SENDS
            and isinstance(self.site.plan[link.target].behaviour, Queue)
            and self.site.plan[link.source].role is not Role.RECEIVER
        ]
        if queues:
            for _ in range(count):
                self.site.loop.start(self._send_poison(queues[0]))
        else:
            now = self.site.loop.now
            self.ask_for([self.new(now, Method.REAL_TIME) for _ in range(count)])

    def _send_poison(self, link: PlannedLink) -> Process:
        try:
            yield from self.site.hand_over(link, Event("poison", born=self.site.loop.now))
        except Failed:
            return


def _within(spans: Sequence[tuple[float, float]], at: float) -> float:
    """Return the moment so far into some spans, one after the other."""
    for since, until in spans:
        if at < until - since:
            return since + at
        at -= until - since
    return spans[-1][1]


class Person:
    """Somebody who looks in every six hours and decides what waits, each by the runbook."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.acted = 0
        self._chance = site.chance_of("person")
        self._desk = site.desk()

    def run(self) -> Process:
        site = self.site
        yield self._chance.uniform(0.0, _ROUND_SECONDS)
        while not site.over:
            for statement in list(self._decisions()):
                self.acted += 1
                try:
                    yield from drive(act(statement), self._desk)
                except (Died, StoreError):
                    continue
            site.stir()
            yield _ROUND_SECONDS

    def _decisions(self) -> Iterator[Statement]:
        site = self.site
        standing = site.ledger.table.get(("standing", site.partner_id))
        if standing is not None and standing.stopped and not site.funds_are_gone:
            yield SetStanding(site.partner_id, stopped=False, no_funds=0, by="person")
        if not site.ledger.counts.get((site.partner_id, Status.HELD)):
            return
        for row in sorted(site.ledger.rows.values(), key=lambda row: row.id):
            action = self._for_held(row) if row.status is Status.HELD else ""
            if action:
                yield Intervene(
                    site.partner_id,
                    row.payout.reference,
                    action,
                    "person",
                    f"partner says {site.truth(row.payout.key)}",
                    site.limits.not_paid_after_seconds,
                )

    def _for_held(self, row: Row) -> str:
        if row.reason == "unsendable":
            return "cancel"
        truth = self.site.truth(row.payout.key)
        if truth == "open":
            return ""
        if truth == "paid":
            return "look"
        if row.sends == 0 and not row.accepted:
            return "release"
        if row.accepted or truth == "returned":
            return "look"
        assert row.last_sent is not None
        old = self.site.loop.now - row.last_sent >= self.site.limits.not_paid_after_seconds
        return "not_paid" if old else "release"


__all__ = ["Business", "Person"]
