"""Who acts in the simulated world besides the workers: the backend that asks for payouts, a person.

The backend keeps a list of its own of what it asked for; the judge believes that list and the
partner's books, not the ledger. The person looks at the ledger as a page would show it, and asks
the partner by telephone, which is to say: reads the double's books.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payouts.core.people import act, cancel
from payouts.ledger.statements import Enqueue, Intervene, Reissue, SetStanding
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import Statement, StoreError, StoreRefused
from payouts.simulation.driver import Died, drive
from payouts.simulation.loop import Process
from payouts.simulation.rows import Row
from payouts.simulation.scenario import HOUR
from payouts.states import Status

if TYPE_CHECKING:
    from payouts.simulation.world import World

PARTNER = "fiserv_ddp"
_CHUNK = 50


@dataclass(slots=True)
class Asked:
    """One payout as the backend wants it; ``accepted`` once its transaction is known to hold."""

    payout: NewPayout
    accepted: bool = False
    withdrawn: bool = False  #: its transaction was rolled back on purpose: must never be paid
    forgotten: bool = False  #: the backend was restored, too, and knows nothing of it


class Backend:
    """The business: asks, repeats itself, changes its mind, and is restored now and then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: dict[str, Asked] = {}
        self.chance = world.chance_of("backend")
        self.times: list[float] = []

    def plan(self) -> list[tuple[float, list[Asked]]]:
        """Draw when which payouts are asked for."""
        scenario, chance = self.world.scenario, self.chance
        times = sorted(chance.uniform(0, scenario.span_seconds) for _ in range(scenario.bursts))
        cuts = sorted(chance.randrange(scenario.payouts + 1) for _ in range(scenario.bursts - 1))
        bounds = [0, *cuts, scenario.payouts]
        bursts = []
        for at, first, last in zip(times, bounds[:-1], bounds[1:], strict=True):
            bursts.append((at, [self._new(number) for number in range(first, last)]))
        self.times = [self.world.start + at for at in times]
        return bursts

    def _new(self, number: int) -> Asked:
        chance = self.chance
        method = Method.DEBIT_CARD
        if self.world.scenario.other_methods and chance.random() < 0.3:
            method = Method.BANK_ACCOUNT
        return Asked(
            NewPayout(
                PARTNER,
                f"order-{self.world.scenario.seed}-{number}",
                f"payee-{number}",
                f"tok_{number}x",
                method,
                Money(1 + int(100_000 * chance.random()), "USD"),
            )
        )

    def run(self) -> Process:
        for at, batch in self.plan():
            yield max(0.0, self.world.start + at - self.world.loop.now)
            for first in range(0, len(batch), _CHUNK):
                yield from self._ask(batch[first : first + _CHUNK])
        self.times.clear()

    def _ask(self, batch: list[Asked]) -> Process:
        """One business transaction, repeated until it is known to hold."""
        chance = self.chance
        if chance.random() < 0.02:
            for asked in batch:
                asked.withdrawn = True
        for asked in batch:
            self.asked[asked.payout.reference] = asked
        while True:
            yield 0.005
            try:
                connection = self.world.ledger.connect()
                for asked in batch:
                    connection.execute(Enqueue(asked.payout))
                if batch[0].withdrawn:
                    connection.rollback()
                else:
                    connection.commit()
                connection.close()
            except StoreError:
                yield 30.0
                continue
            # Now and then the answer to the commit is lost, and the same is asked for again.
            if chance.random() < 0.03 and not batch[0].withdrawn:
                yield chance.uniform(0.0, HOUR)
                continue
            break
        for asked in batch:
            asked.accepted = not asked.withdrawn

    def restored(self, dumped_at: float) -> None:
        """The backend's database went back as well: what came after the dump never was."""
        present = self.world.ledger.table
        for reference, asked in self.asked.items():
            if asked.accepted and ("reference", PARTNER, reference) not in present:
                asked.forgotten = True

    def ask_again(self) -> Process:
        """After a restore of the ledger alone, ask for everything that is missing there."""
        yield self.chance.uniform(1.0, 3 * HOUR)
        missing = [
            asked
            for reference, asked in self.asked.items()
            if asked.accepted
            and not asked.forgotten
            and ("reference", PARTNER, reference) not in self.world.ledger.table
        ]
        for first in range(0, len(missing), _CHUNK):
            yield from self._ask_again(missing[first : first + _CHUNK])

    def _ask_again(self, batch: list[Asked]) -> Process:
        while True:
            yield 0.005
            try:
                connection = self.world.ledger.connect()
                for asked in batch:
                    connection.execute(Enqueue(asked.payout))
                connection.commit()
                connection.close()
                return
            except StoreError:
                yield 30.0


class Person:
    """Somebody who clears up: a few decisions every few hours, each by the runbook."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance_of("person")
        self.acted = 0

    def run(self) -> Process:
        world = self.world
        yield self.chance.uniform(0.0, 6 * HOUR)
        while not world.over:
            for statement in list(self._decisions()):
                self.acted += 1
                yield from self._do(statement)
            if world.scenario.person and not world.is_calm:
                yield from self._meddle()
            yield 6 * HOUR

    def _do(self, statement: Statement) -> Process:
        try:
            yield from drive(act(statement), self.world.desk)
        except (Died, StoreError):
            return

    def _decisions(self) -> Iterator[Statement]:
        world = self.world
        standing = world.ledger.table.get(("standing", PARTNER))
        if standing is not None and standing.stopped:
            yield SetStanding(PARTNER, stopped=False, no_funds=0, by="person")
        for row in sorted(world.ledger.rows.values(), key=lambda row: row.id):
            if row.status is Status.HELD:
                action = self._for_held(row)
                if action:
                    yield Intervene(
                        PARTNER,
                        row.payout.reference,
                        action,
                        "person",
                        f"partner says {world.truth(row.payout.key)}",
                        world.limits.not_paid_after_seconds,
                    )
            elif (
                row.status in {Status.DECLINED, Status.RETURNED}
                and world.scenario.person
                and self.chance.random() < 0.2
                and row.payout.reissue_of is None
            ):
                yield Reissue(PARTNER, row.payout.reference, "person", "asked for again")

    def _for_held(self, row: Row) -> str:
        truth = self.world.truth(row.payout.key)
        if truth == "open":
            return ""
        if truth == "paid":
            return self.chance.choice(("paid", "look"))
        if truth in {"returned", "not_paid"} and row.sends:
            return "look" if row.accepted or self.chance.random() < 0.5 else "not_paid"
        if row.sends == 0 and not row.accepted:
            return "release"
        if row.accepted:
            return "look"
        return self.chance.choice(("release", "not_paid"))

    def _meddle(self) -> Process:
        """Hold, cancel or look at a payout in the middle of everything."""
        world = self.world
        rows = sorted(world.ledger.rows)
        for _ in range(3):
            if not rows:
                return
            row = world.ledger.rows.get(self.chance.choice(rows))
            if row is None:
                continue
            reference = row.payout.reference
            action = self.chance.choice(("hold", "cancel", "look", "ask partner"))
            self.acted += 1
            if action == "ask partner":
                try:
                    worker = world.worker("desk")
                    yield from drive(cancel(worker, reference, "person", "wrong"), world.desk)
                except (Died, StoreRefused, StoreError):
                    continue
            else:
                yield from self._do(Intervene(PARTNER, reference, action, "person", "wrong"))
