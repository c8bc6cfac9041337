"""What goes wrong around the workers, drawn from a seed: kills, freezes, restarts, a restore.

The order of troubles and the length of freezes come from the seed. When they strike depends on
this machine's speed, so the same seed gives a similar run, not the same one.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from business import Business
from database import Database
from partner import Sandbox
from person import Person
from processes import Child

#: How often each kind strikes, against the others.
WEIGHTS = {
    "kill": 6,
    "freeze": 6,
    "freeze-past-lease": 2,
    "terminate": 2,
    "outage-refused": 1,
    "outage-503": 1,
    "outage-silent": 1,
    "pause": 1,
}
MEAN_SECONDS = 0.7
#: At these shares of the payouts enqueued.
MILESTONES = (
    (0.2, "restart-fast"),
    (0.3, "dump"),
    (0.4, "restart-crash"),
    (0.55, "restore"),
    (0.8, "outage-long"),
)
#: A longer run has time for more. ``copy``: the files, put back without a trace in the database.
MILESTONES_LONG = (
    (0.1, "restart-fast"),
    (0.2, "dump"),
    (0.3, "restart-crash"),
    (0.4, "restore"),
    (0.5, "restart-fast"),
    (0.55, "outage-long"),
    (0.6, "copy"),
    (0.7, "restart-crash"),
    (0.8, "put-back"),
)


class Troubles:
    """Strikes from the main thread, one at a time; what was stopped is started again in time."""

    def __init__(
        self,
        seed: int,
        children: Sequence[Child],
        started: Callable[[Child], None],
        *,
        database: Database,
        sandbox: Sandbox,
        business: Business,
        person: Person,
        folder: Path,
        lease_seconds: float,
        patience_seconds: float,
        milestones: Sequence[tuple[float, str]] = MILESTONES,
    ) -> None:
        self._chance = random.Random(f"troubles {seed}")
        self.children = tuple(children)
        self._started = started
        self._database, self._sandbox, self._business = database, sandbox, business
        self._person = person
        self._dump, self._copy = folder / "dump", folder / "copy"
        self._lease_seconds = lease_seconds
        self._patience_seconds = patience_seconds
        self._milestones = list(milestones)
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._waiting: set[Child] = set()
        self._next = time.monotonic() + self._pause_seconds()
        self.counts: Counter[str] = Counter()
        self.diary: list[str] = []
        self._began = time.monotonic()

    def step(self, progress: float, calm: bool = False) -> None:
        """Do what is due now. ``calm``: begin nothing new; what was stopped goes on."""
        now = time.monotonic()
        for at, action in [one for one in self._later if one[0] <= now]:
            self._later.remove((at, action))
            action()
        while self._milestones and progress >= self._milestones[0][0]:
            _, kind = self._milestones.pop(0)
            self._milestone(kind)
        if not calm and now >= self._next:
            self._next = now + self._pause_seconds()
            self._strike()
        for child in self.children:
            if not child.alive and child not in self._waiting:
                self._again(child, 0.0)

    def settle(self) -> None:
        """Let everything go on that is frozen; begin nothing."""
        for child in self.children:
            child.thaw()

    @property
    def quiet(self) -> bool:
        return not self._later and not self._milestones and all(one.alive for one in self.children)

    @property
    def milestones_over(self) -> bool:
        return not self._milestones

    def _pause_seconds(self) -> float:
        return self._chance.expovariate(1 / MEAN_SECONDS)

    def _strike(self) -> None:
        chance = self._chance
        kind = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        child = chance.choice(self.children)
        seconds = chance.uniform(0.2, 2.0)
        if kind.startswith("outage-"):
            self._outage(kind.removeprefix("outage-"), seconds)
        elif kind == "pause":
            if not self._person.pause(True):
                return
            self._at(seconds, self._unpause)
        elif not child.alive or child.frozen:
            return
        elif kind == "kill":
            child.kill()
            self._again(child, chance.uniform(0.0, 1.0))
        elif kind == "terminate":
            child.ask(15)
        else:
            if kind == "freeze-past-lease":
                seconds += self._lease_seconds
            child.freeze()
            self._at(seconds, child.thaw)
        self._note(kind, "" if kind.startswith(("outage", "pause")) else child.name)

    def _milestone(self, kind: str) -> None:
        self._note(kind)
        if kind == "dump":
            self._database.dump(self._dump)
        elif kind == "restore":
            self._database.restore(self._dump)
            self._business.restored()
        elif kind == "outage-long":
            # Longer than all look-ups of a payout take: who goes on asking loses them.
            self._outage("503", 1.3 * self._patience_seconds)
        elif kind == "copy":
            self._database.copy(self._copy)
        elif kind == "put-back":
            self._database.put_back(self._copy)
            self._business.restored()
        else:
            self._database.restart(kind.removeprefix("restart-"))
        self._note(f"{kind} done", count=False)

    def _outage(self, how: str, seconds: float) -> None:
        self._sandbox.ask("POST", "/sandbox/outage", {"seconds": seconds, "how": how})

    def _unpause(self) -> None:
        if not self._person.pause(False):
            self._at(0.5, self._unpause)

    def _again(self, child: Child, seconds: float) -> None:
        def start() -> None:
            self._waiting.discard(child)
            if not child.alive:
                child.start()
                self._started(child)

        self._waiting.add(child)
        self._at(seconds, start)

    def _at(self, seconds: float, action: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + seconds, action))

    def _note(self, kind: str, name: str = "", count: bool = True) -> None:
        self.counts[kind] += count
        self.diary.append(f"{time.monotonic() - self._began:7.2f} {kind} {name}".rstrip())
