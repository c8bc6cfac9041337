"""The real core in simulated worlds: nothing lost, nothing paid twice, and every payout ends.

100,000 payouts in all: forty worlds of 2,500, which keep every kind of trouble busy, and sixty
small ones, which die at almost every command. The seeds are fixed, so that a red run means a
changed program; ``make simulate SEEDS=n`` runs others. ``seeds.txt`` lists seeds that once failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from payouts.simulation.__main__ import main
from payouts.simulation.judge import Violation
from payouts.simulation.runs import Totals, keep, kept, run_scenario, run_seed
from payouts.simulation.scenario import RESTORES, Scenario, drawn

FAILED_ONCE = Path(__file__).parent / "seeds.txt"
LARGE = 2_500
SMALL = 60

#: Few and long enough to fill two processes evenly.
GROUPS = [range(first, first + 5) for first in range(1, 41, 5)]


def _run(seeds: range, payouts: int) -> Totals:
    totals = Totals()
    for seed in seeds:
        totals.add(run_seed(seed, payouts))
    print("\n".join(totals.lines()))
    return totals


@pytest.mark.parametrize("seeds", GROUPS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_nothing_is_lost_or_paid_twice(
    seeds: range, record_property: Callable[[str, object], None]
) -> None:
    """Whatever fails, each payout is paid once or not at all, and the books say which."""
    totals = _run(seeds, LARGE)
    counts = totals.counts
    record_property(
        "figure",
        f"simulated worlds, seeds {seeds[0]:2} to {seeds[-1]:2}: {counts['payouts']:,} payouts, "
        f"{counts['crashes']} crashes, {counts['restores']} restores; "
        f"lost {counts['violation lost']}, paid twice {counts['violation paid-twice']}",
    )
    assert totals.counts["payouts"] == LARGE * len(seeds)
    assert not totals.failed


@pytest.mark.parametrize("seeds", [range(1001, 1031), range(1031, 1061)], ids=["a", "b"])
def test_small_worlds_that_die_all_the_time(seeds: range) -> None:
    """With a crash, a pause or a broken connection at every few commands the promises hold."""
    totals = _run(seeds, SMALL)
    assert not totals.failed
    assert totals.counts["crashes"] > 50
    assert totals.counts["pauses"] > 50


def test_seeds_that_failed_once() -> None:
    """What was found once is looked for for ever."""
    for seed, payouts in kept(FAILED_ONCE):
        ran = run_seed(seed, payouts)
        assert not ran.violations, f"{ran.line}\n{ran.replay}"


@pytest.mark.parametrize("seed", [5, 9, 22])
def test_the_same_seed_is_the_same_run(seed: int) -> None:
    """A failure can be had again: the partner's books are equal to the byte."""
    one, other = run_seed(seed, 200), run_seed(seed, 200)
    assert one.digest == other.digest
    assert one.counts == other.counts
    assert run_seed(seed + 1, 200).digest != one.digest


def test_the_seeds_cover_every_trouble() -> None:
    """The worlds that are run have, between them, everything that can go wrong."""
    troubles: Counter[str] = Counter()
    for group in GROUPS:
        for seed in group:
            troubles.update(drawn(seed, LARGE).troubles.split())
    for restore in RESTORES:
        assert any(drawn(seed, SMALL).restore == restore for seed in range(1, 41)) or any(
            drawn(seed, SMALL).restore == restore for seed in range(1001, 1061)
        )
    for name in ("network", "partner", "outage", "webhooks", "skew", "database-down", "person"):
        assert troubles[name], name
    for name in ("429", "no-funds", "double-ticks", "from-afar", "backend-restored", "none"):
        assert troubles[name], name


def test_a_quiet_world_costs_one_send_a_payout() -> None:
    """Without trouble nothing is sent twice and nothing is looked up."""
    ran = run_scenario(Scenario(seed=3, payouts=300, workers=2))
    assert not ran.violations
    assert ran.counts["sends"] == ran.counts["ended settled"]
    assert ran.counts["look-ups"] == 0


def test_the_command_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m payouts.simulation`` prints totals and ends with 0 when nothing was found."""
    assert main(["--seeds", "2", "--payouts", "40"]) == 0
    said = capsys.readouterr().out
    assert "2 seeds, 80 payouts" in said
    assert "lost 0, paid twice 0" in said
    assert "payouts a second" in said


def test_a_seed_that_fails_is_kept_once(tmp_path: Path) -> None:
    """The list grows by a line per failing seed, with the rule it broke."""
    ran = run_seed(7, 20)
    failed = replace(ran, violations=(Violation("lost", "order-7-1", "in no row"),))
    path = tmp_path / "seeds.txt"
    keep(path, failed)
    keep(path, failed)
    assert path.read_text(encoding="utf-8") == "7 20 lost\n"
    assert kept(path) == [(7, 20)]
