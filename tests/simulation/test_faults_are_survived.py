"""Every full pattern keeps its hands on the money under every fault.

What is late is the chooser's affair; here nothing may be lost, paid twice, or left without an
account, in any design, under any fault, with any seed. A failure prints the command that repeats
its trial. The whole matrix, and many seeds, are ``bench/trials.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from frugal.faults import Fault, fault, fault_ids, faults
from frugal.model.trial import CALM, Tried
from frugal.simulate.plan import Plan
from frugal.simulate.reach import applies
from frugal.simulate.replay import replay_command
from frugal.simulate.trial import try_out

Get = Callable[[str], dict[str, Plan]]

_BATCH = (
    "api_destination",
    "container_task",
    "direct_function",
    "function_through_backend",
    "outbox_relay",
    "queue",
    "state_machine",
    "webhook_receiver",
)
_AT_ONCE = ("container_task", "outbox_relay", "queue", "state_machine")

#: Story, patterns of it, and how many faults each of them is given in one run: all of the first
#: request's; of the others a spread that the run's seed draws. The last is scaled by 100.
STORIES = (
    ("01-first", _BATCH, len(faults())),
    ("02-real-time", _AT_ONCE, 6),
    ("07-rds-frankfurt", _BATCH, 2),
    ("03-nightly", ("container_task", "function_through_backend", "queue"), 1),
)
CASES = [
    pytest.param(story, pattern, count, id=f"{story}-{pattern}")
    for story, patterns, count in STORIES
    for pattern in patterns
]

#: What no fault excuses.
MONEY = ("never-lost", "never-doubled", "rules-of-money", "adds-up")

#: Forged notices must change nothing at all; that they come is seen in ``test_acts``.
UNFELT = ("webhook_forged",)

PAYOUTS_MOST = 400


def test_no_pattern_is_left_out(plans: Get) -> None:
    """The list above names every full pattern that is feasible for the first three stories."""
    for story, patterns, _ in STORIES[:3]:
        assert tuple(plans(story)) == patterns


@pytest.mark.parametrize(("story", "pattern", "count"), CASES)
def test_no_fault_costs_a_payout(
    story: str,
    pattern: str,
    count: int,
    seed: int,
    plans: Get,
    brief_path: Callable[[str], Path],
) -> None:
    """Under every fault that reaches a design: none lost, none doubled, and everything adds up."""
    plan = plans(story)[pattern]
    failed = []
    for one in (None, *_drawn(plan, count, f"{story} {pattern} {seed}")):
        tried = try_out(plan, one, seed, payouts_most=PAYOUTS_MOST)
        if _wrong(tried):
            name = CALM if one is None else one.id
            brief = str(brief_path(story))
            failed.append("\n  ".join(_wrong(tried)))
            failed.append(f"  {replay_command(plan, name, seed, PAYOUTS_MOST, brief)}")
    assert not failed, "\n" + "\n".join(failed)


@pytest.mark.parametrize("fault_id", [id for id in fault_ids() if id not in UNFELT])
def test_a_fault_leaves_a_trace(fault_id: str, seed: int, plans: Get) -> None:
    """A fault that changes nothing proves nothing: each one shows in some design's trial."""
    one = fault(fault_id)
    for name in ("container_task", "function_through_backend", "queue"):
        plan = plans("01-first")[name]
        if applies(one, plan):
            continue
        calm, tried = try_out(plan, None, seed), try_out(plan, one, seed)
        if (calm.totals, calm.latency, calm.peaks) != (tried.totals, tried.latency, tried.peaks):
            return
    pytest.fail(f"{fault_id} is felt by no design of the first request")


def _drawn(plan: Plan, count: int, words: str) -> list[Fault]:
    able = [one for one in faults() if not applies(one, plan)]
    return able if count >= len(able) else Random(words).sample(able, count)


def _wrong(tried: Tried) -> list[str]:
    promises = {one.promise: one for one in tried.promises}
    assert set(MONEY) <= set(promises), "a trial that does not judge the money proves nothing"
    total = tried.totals
    ended = total.settled + total.declined + total.returned + total.held + total.pending
    wrong = [f"{tried.fault}: {id} {promises[id].used}" for id in MONEY if not promises[id].kept]
    # What has not ended is late, and the promise of time says so: no money is in danger.
    wrong += [one for one in tried.violations if not one.startswith("not-ended:")][:5]
    if total.asked != ended + total.lost or not total.asked:
        wrong.append(f"{tried.fault}: {total}")
    return wrong
