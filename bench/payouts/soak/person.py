"""The person of a soak run: clears up what the runtime leaves to people, as its docs tell them to.

Twice a second: a run that was stopped for money goes on when there is money; a payout held for a
reason that has passed is released; at the end, what is still held is looked at once more.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import psycopg
from database import Database
from partner import Sandbox
from workers import PARTNER

from payouts.io.postgres import PostgresStore
from payouts.ledger.statements import Intervene, SetStanding
from payouts.ports import StoreBusy, StoreError, StoreRefused

#: A person who released a payout this often stops hoping.
RELEASES_MAX = 6
BY = "soak"


class Person:
    """Acts through the ledger's own sentences, with the worker's rights."""

    def __init__(self, database: Database, address: str, sandbox: Sandbox) -> None:
        self._database = database
        self._store = PostgresStore(address)
        self._sandbox = sandbox
        self._released: Counter[str] = Counter()
        self.resumed = 0
        self.released = 0
        self.looked = 0

    def round(self) -> None:
        """Do what there is to do; a ledger that is away is left for the next round."""
        with suppress(StoreError, psycopg.OperationalError):
            self._resume()
            self._release()

    def look(self) -> None:
        """Have everything that is held looked up, whatever it waits for."""
        for reference, _ in self._held():
            self._intervene(reference, "look", "the end of the run")
            self.looked += 1

    def pause(self, paused: bool) -> bool:
        """Say whether the ledger was there to be told."""
        try:
            self._store.execute(SetStanding(PARTNER, paused=paused, by=BY))
            self._store.commit()
        except StoreError:
            return False
        return True

    def close(self) -> None:
        self._store.close()

    def _resume(self) -> None:
        stopped = self._database.read("select 1 from payouts.standing where stopped")
        if stopped and self._sandbox.summary()["available_minor"] > 0:
            self._store.execute(SetStanding(PARTNER, stopped=False, by=BY))
            self._store.commit()
            self.resumed += 1

    def _release(self) -> None:
        for reference, reason in self._held():
            # What the partner holds, only the partner can let go.
            if reason.startswith(("TC/PH", "IP/PR")) or self._released[reference] >= RELEASES_MAX:
                continue
            self._released[reference] += 1
            self._intervene(reference, "release", f"seen to: {reason}"[:200])
            self.released += 1

    def _held(self) -> list[tuple[str, str]]:
        return [
            (str(reference), str(reason))
            for reference, reason in self._database.read(
                "select reference, reason from payouts.payout_status where status = 'held'"
            )
        ]

    def _intervene(self, reference: str, action: str, because: str) -> None:
        # Under way, or moved since it was read: as a person does, look again later.
        with suppress(StoreRefused, StoreBusy):
            self._store.execute(Intervene(PARTNER, reference, action, BY, because))
            self._store.commit()


def command(environment: Mapping[str, str], *words: str) -> str:
    """Run one ``payouts`` command to its end, as a person at a terminal does."""
    done = subprocess.run(
        [sys.executable, "-m", "payouts.io.cli", *words],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"payouts {' '.join(words)}: {done.stderr.strip()[-1500:]}")
    return done.stdout
