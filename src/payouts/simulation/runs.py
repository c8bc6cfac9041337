"""Many seeds, one after the other: what each came to, and what all of them did together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from payouts.simulation.judge import Violation, judge
from payouts.simulation.scenario import Scenario, drawn
from payouts.simulation.world import World, uncollected


@dataclass(frozen=True, slots=True)
class Ran:
    """One seed's run."""

    scenario: Scenario
    violations: tuple[Violation, ...]
    counts: Counter[str]
    digest: str  #: of the partner's books: the same seed has the same

    @property
    def line(self) -> str:
        said = f"{len(self.violations)} violations" if self.violations else "ok"
        return (
            f"seed {self.scenario.seed}: {said}; {self.counts['payouts']} payouts, "
            f"{self.counts['requests']} requests; troubles: {self.scenario.troubles}"
        )

    @property
    def replay(self) -> str:
        return (
            f"python -m payouts.simulation --seeds 1 --first-seed {self.scenario.seed} "
            f"--payouts {self.scenario.payouts}"
        )


@dataclass(slots=True)
class Totals:
    """All runs together."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Ran] = field(default_factory=list)

    def add(self, ran: Ran) -> None:
        self.counts.update(ran.counts)
        self.counts["seeds"] += 1
        if ran.violations:
            self.failed.append(ran)
        for violation in ran.violations:
            self.counts[f"violation {violation.rule}"] += 1

    def lines(self) -> list[str]:
        counts = self.counts
        shown = [
            f"{counts['seeds']} seeds, {counts['payouts']} payouts, {counts['sends']} sends, "
            f"{counts['look-ups']} look-ups, {counts['requests']} requests, "
            f"{counts['webhooks']} webhooks, {counts['ticks']} ticks",
            f"{counts['crashes']} crashes, {counts['pauses']} pauses, "
            f"{counts['connections lost']} connections lost, {counts['restores']} restores, "
            f"{counts['partner faults']} faults of the partner, "
            f"{counts['network faults']} of the network, {counts['decisions']} by people",
            "ended: "
            + ", ".join(
                f"{counts[name]} {name[6:]}" for name in sorted(counts) if name.startswith("ended ")
            ),
            f"lost {counts['violation lost']}, paid twice {counts['violation paid-twice']}, "
            f"violations {sum(len(ran.violations) for ran in self.failed)}",
        ]
        for ran in self.failed:
            shown += [f"seed {ran.scenario.seed}: {violation}" for violation in ran.violations[:5]]
            shown.append(f"replay: {ran.replay}")
        return shown


def run_seed(seed: int, payouts: int) -> Ran:
    """Run and judge one seed."""
    return run_scenario(drawn(seed, payouts))


@uncollected()
def run_scenario(scenario: Scenario) -> Ran:
    """Run and judge one scenario."""
    world = World(scenario)
    world.run()
    violations = judge(world.case())
    bad = sum((machine.misfortune.happened for machine in world.machines), Counter[str]())
    counts = Counter(
        {
            "payouts": scenario.payouts,
            "sends": sum(map(len, world.network.sends.values())),
            "look-ups": sum(map(len, world.network.lookups.values())),
            "requests": world.network.requests,
            "webhooks": world.tally.notices,
            "ticks": world.tally.ticks,
            "crashes": world.tally.crashes,
            "pauses": bad["pause-before"] + bad["pause-after"],
            "connections lost": bad["connection-lost"],
            "restores": world.tally.restores,
            "partner faults": sum(world.double.faults.counts.values()),
            "network faults": sum(world.network.happened.values()),
            "decisions": world.person.acted,
        }
    )
    for row in world.ledger.rows.values():
        counts[f"ended {row.status}"] += 1
    ran = Ran(scenario, violations, counts, world.double.books.digest())
    # The world is one great cycle; cut it, instead of searching for it.
    vars(world).clear()
    return ran


def keep(path: Path, ran: Ran) -> None:
    """Add a seed that failed to the list that the tests run for ever."""
    line = f"{ran.scenario.seed} {ran.scenario.payouts} {ran.violations[0].rule}\n"
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if line not in known:
        path.write_text(known + line, encoding="utf-8")


def kept(path: Path) -> list[tuple[int, int]]:
    """Return the seeds of such a list, each with its number of payouts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    return [(int(word[0]), int(word[1])) for word in words]
