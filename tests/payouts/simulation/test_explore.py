"""Everything that can happen to one payout, within a stated number of misfortunes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payouts.limits import Limits
from payouts.ports import Send, StoreError
from payouts.simulation.branching import World
from payouts.simulation.explore import (
    explore,
    first_world,
    follow,
    main,
    misfortunes,
    quiet,
    replay,
)
from payouts.simulation.rules import Violation
from payouts.states import Status

#: ``python -m payouts.simulation.explore --depth 3`` takes minutes: part of the long tests.
DEPTH = 2


def test_every_schedule_with_two_misfortunes(
    record_property: Callable[[str, object], None],
) -> None:
    """Whatever two things go wrong, anywhere, the payout is paid once or not at all, and ends."""
    found = explore(DEPTH)
    record_property("figure", str(found))
    assert not found.violation, str(found)
    # Fewer would mean that something is not tried any more.
    assert found.states.total() > 40_000
    assert set(found.ends) == {
        Status.SETTLED,
        Status.DECLINED,
        Status.RETURNED,
        Status.CANCELLED,
    }


def test_the_quiet_payout_is_one_schedule() -> None:
    """Without misfortunes there is one way, and it ends paid."""
    found = explore(0)
    assert dict(found.ends) == {Status.SETTLED: 1}
    assert found.states.total() < 30


def test_a_violation_can_be_replayed() -> None:
    """What is printed after a violation are steps that lead there again."""
    # Limits under which a person may say *not paid* at once, which is a mistake.
    limits = Limits(not_paid_after_seconds=0.0)
    found = explore(DEPTH, limits)
    assert f"{len(found.steps):3} {found.steps[-1]}" in str(found)
    with pytest.raises(Violation, match=found.violation):
        replay(found.steps, limits)


def test_forks_share_nothing() -> None:
    """What happens in a fork, in the middle of a transaction, does not happen in the other one."""
    world = first_world()
    while world.row is None or world.row.status is not Status.SENDING:
        quiet(world)
    before = world.key()
    for name, act in misfortunes(world):
        fork = world.fork()
        assert fork.key() == before
        try:
            act(fork)
        except StoreError:
            continue
        assert world.key() == before, name


def test_every_command_can_be_the_last() -> None:
    """At each send and commit the search tries a death before and after it."""
    world = first_world()
    tried: set[str] = set()
    while quiet(world) is not None:
        tried |= {name for name, _ in misfortunes(world)}
        if world.running and isinstance(world.lives[world.running].command, Send):
            assert {"A dies before its Send", "A dies after its Send"} <= tried
    assert {"A dies before its Commit", "A dies after its Commit"} <= tried
    assert {"A: Commit: commit fails", "A: Commit: commit is lost"} <= tried


def test_a_frozen_worker_does_not_send() -> None:
    """Who wakes up after a day with a committed send in hand does not make it."""
    world = follow(("> A: Send", "! a day pass", "> end"))
    assert world.books.times_paid == 1
    assert world.row is not None
    assert world.row.attempts == 2


def test_a_second_restore_while_the_list_is_read() -> None:
    """A list that was read for one ledger does not end the quarantine of the next."""
    world = follow(
        (
            "> A: Send",
            "! restored from the dump 'due'",
            "> A: Measure",
            "> A: BeginTick",
            "> A: Measure",
            "> A: Send",
            "! restored from the dump 'sending'",
            "> A: Quarantine",
            "> A: Measure",
        )
    )
    assert world.quarantined


def test_a_quarantine_that_began_during_the_reading() -> None:
    """Who reads the list for one quarantine does not end the next, however long it slept."""
    world = follow(("! a restore is declared", "> A2: Send"))
    world.restore("empty", noticed=False)
    while not isinstance(world.lives["A"].command, Send):
        quiet(world)
    world.passes(86_400.0)
    while "A" in world.lives:  # its end is refused, and that is the tick's end
        quiet(world)
    assert world.quarantined


def test_a_page_that_was_noted_for_another_ledger() -> None:
    """A quarantine reads the list from its first page, wherever another reading stopped."""
    first_page_of_the_day = ("! a day pass", "> A2: Send", "> A2: Send")
    restored = "! restored from the dump 'empty', declared"
    world = follow((*first_page_of_the_day, "! A: Send: no answer", restored, "> end"))
    assert world.books.times_paid == 1
    assert not world.quarantined


def test_what_a_lost_ledger_sent_cannot_be_cancelled() -> None:
    """After a restore nobody can say *not paid* before the partner's list was read."""
    world = follow(
        ("> A: Send", "! restored from the dump 'due'", "> A: Measure", "> A: BeginTick")
    )
    assert world.row is not None
    with pytest.raises(StoreError, match="not reconciled"):
        world.person("cancel")


def test_the_judge_of_the_search_is_not_blind() -> None:
    """A send that nobody committed is a violation in the very same world."""
    world: World = follow(("> A: Send",))
    world.lives["A"].committed = 0
    with pytest.raises(Violation, match="before its attempt is committed"):
        quiet(world)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The number of states and the depth are printed."""
    assert main(["--depth", "1"]) == 0
    assert "up to 1 misfortunes" in capsys.readouterr().out
