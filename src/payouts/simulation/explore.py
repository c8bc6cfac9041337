"""Everything that can happen to one payout, up to a stated number of misfortunes.

From any state the *quiet* step is what happens if nothing goes wrong: the tick under way goes on,
else time passes to the moment when something is due and a tick starts. Every other step is a
misfortune: a crash, a lost commit or connection, each way a request can fail, a second worker, a
freeze for seconds or a day, a webhook, a restore. The search visits every state that can be
reached with at most ``depth`` misfortunes in any order, at every command the core yields. In each
it checks the rules (never paid twice, nothing else sent than what was asked for, no send that is
not committed, none in quarantine, too early, too late or too often, balanced books), and that from
there the quiet steps alone bring the payout to the end the partner knows.

A crash between two statements of one transaction leaves what a crash before the first one leaves,
so crashes are tried where they differ: before and after commits and requests.

    python -m payouts.simulation.explore --depth 2
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from payouts.ledger.statements import Enqueue, Quarantine, Reissue, SetStanding
from payouts.limits import Limits
from payouts.ports import Commit, Send, Statement, StoreError
from payouts.simulation.branching import LIMITS, World
from payouts.simulation.lives import START
from payouts.simulation.rules import ASKED, PARTNER, Violation
from payouts.simulation.small_network import LIST_FATES, LOOKUP_FATES, PAYMENT_FATES
from payouts.states import REISSUABLE, Status

_STEPS_MOST = 3000
_DAY = 86_400.0
_FREEZES = {"25 s": 25.0, "125 s": 125.0, "a day": _DAY + 3600.0}

_COMMIT_FATES = ("commit fails", "commit is lost")

Act = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Node:
    """A state that was reached, and how."""

    depth: int
    step: str
    before: Node | None

    def path(self) -> tuple[str, ...]:
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps.append(node.step)
            node = node.before
        return tuple(reversed(steps))


@dataclass(slots=True)
class Found:
    """What a search came to. ``violation`` is empty, or says what is broken after ``steps``."""

    depth: int
    states: Counter[int] = field(default_factory=Counter)  #: by number of misfortunes
    ends: Counter[str] = field(default_factory=Counter)
    transitions: int = 0
    violation: str = ""
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        ends = ", ".join(f"{status} {count}" for status, count in sorted(self.ends.items()))
        by_depth = " + ".join(str(self.states[level]) for level in sorted(self.states))
        text = (
            f"one payout, every schedule with up to {self.depth} misfortunes: "
            f"{self.states.total()} states ({by_depth}), {self.transitions} steps; ends: {ends}"
        )
        if not self.violation:
            return text
        lines = "\n".join(f"  {number:3} {step}" for number, step in enumerate(self.steps, 1))
        return f"{text}\n{self.violation}, after\n{lines}"


def first_world(limits: Limits = LIMITS) -> World:
    """A ledger that ticked once, was dumped, and then was asked for one payout."""
    world = World(limits)
    world.start("A")
    while world.lives:
        world.step("A")
    world.passes(60.0)
    world.dump("empty")
    world.enqueue()
    world.dump("due")
    return world


# Quiet steps -----------------------------------------------------------------------------------


def quiet(world: World) -> str | None:
    """Take the step that follows if nothing goes wrong; ``None``: everything has come to rest."""
    if world.running:
        life = world.lives[world.running]
        what = f"{life.name}: {type(life.command).__name__}"
        world.step(world.running)
        return what
    row, now = world.row, world.now
    if world.standing is not None and (world.standing.paused or world.standing.stopped):
        world.say(SetStanding(PARTNER, paused=False, stopped=False, no_funds=0, by="person"))
        return "a person resumes it"
    if world.books.under_way:
        world.passes(max(0.0, world.books.under_way[0][0] - now))
        return "a late request arrives"
    if row is None and not (world.asks_late and world.quarantined):
        world.enqueue()
        return "the backend asks again"
    times = []
    standing = world.standing
    if world.quarantined:
        since = None if standing is None else standing.quarantine_since
        times.append(now if since is None else since + world.limits.quarantine_seconds)
    waits = world.quarantined and row is not None and row.status is Status.DUE
    if row is not None and row.due_at is not None and not waits:
        leased = row.lease_until is not None and row.lease_until > now
        times.append(max(row.due_at, row.lease_until or 0.0) if leased else row.due_at)
    if times:
        at = min(times)
        if standing is not None and standing.breaker_until > at:
            at = standing.breaker_until
        world.passes(max(0.0, at - now))
        world.start("A")
        return f"{world.now - START:.0f} s: A ticks"
    assert row is not None
    if row.status is Status.HELD:
        return _person(world)
    truth = world.books.truth(now)
    if row.status is Status.SETTLED and truth == "returned" and not row.asked:
        world.person("look")
        return "a person looks"
    if truth != {Status.SETTLED: "settled", Status.RETURNED: "returned"}.get(row.status, truth) or (
        row.status in {Status.DECLINED, Status.CANCELLED}
        and truth in {"settled", "returned", "open", "held"}
    ):
        raise Violation(f"it ends {row.status}, and at the partner it is {truth}")
    return None


def _person(world: World) -> str:
    """Whoever the payout was handed to asks the partner, and decides what may be decided."""
    row = world.row
    assert row is not None
    truth = world.books.truth(world.now)
    if truth in {"open", "held"}:
        world.passes(3600.0)
        return "a person waits for the partner"
    if truth != "nothing":
        world.person("look")
        return "a person asks for a look-up"
    if not row.sends:
        world.person("release")
        return "a person releases it"
    assert row.last_sent is not None
    world.passes(max(0.0, row.last_sent + world.limits.not_paid_after_seconds - world.now))
    world.person("not_paid")
    return "a person says it is not paid"


# Misfortunes -----------------------------------------------------------------------------------


def misfortunes(world: World) -> Iterator[tuple[str, Act]]:
    """Everything else that can happen now, each with its name."""
    if world.running:
        yield from _of_the_running(world, world.running)
    for slot in world.lives:
        if slot != world.running:
            yield f"{slot} goes on first", _step(slot)
    if len(world.lives) < 2:
        free = "B" if "A" in world.lives else "A"
        yield f"a second tick: {free}" if world.lives else "a tick comes early", _start(free)
    for name, seconds in _FREEZES.items():
        if world.lives or name == "a day":
            yield f"{name} pass", _passes(seconds)
    if not world.quarantined and world.restores == 0:
        yield "a restore is declared", _says(Quarantine(PARTNER, True, "test"))
    if world.standing is not None and not world.standing.paused:
        yield "a person pauses it", _says(SetStanding(PARTNER, paused=True, by="person"))
    row = world.row
    if row is not None and world.notices < 2:
        yield "a webhook comes", World.webhook
    for label, (snapshot, _) in world.dumps.items():
        if snapshot.rows != world.ledger.rows or label == "empty":
            yield f"restored from the dump '{label}'", _restore(label, late=False)
            yield f"restored from the dump '{label}', declared", _restored_and_said(label)
            if label == "empty":
                yield "restored from the dump 'empty', asked late", _restore(label, late=True)
    if world.books.truth(world.now) == "settled":
        yield "it comes back, with a webhook", _returned
    if row is not None and not world.lives:
        if row.status is Status.HELD:
            yield "a person releases", _person_does("release")
        if row.status in {Status.DUE, Status.UNKNOWN}:
            yield "a person holds", _person_does("hold")
        if row.status is Status.DUE:
            yield "a person cancels", _person_does("cancel")
        yield "asked for with another amount", _asked_otherwise
        yield "a person reissues it, twice", _reissued
        if row.status is Status.HELD:
            yield "a person says at once that it is not paid", _not_paid


def _of_the_running(world: World, slot: str) -> Iterator[tuple[str, Act]]:
    command = world.lives[slot].command
    fates: tuple[str, ...] = ("connection lost",)
    if isinstance(command, Commit):
        fates = _COMMIT_FATES
    elif isinstance(command, Send):
        request = command.requests[0]
        fates = LOOKUP_FATES if request.method == "GET" else PAYMENT_FATES
        if request.path.startswith("/list"):
            fates = LIST_FATES
    for fate in fates:
        yield f"{slot}: {type(command).__name__}: {fate}", _step(slot, fate)
    if isinstance(command, Commit | Send):
        yield f"{slot} dies before its {type(command).__name__}", _die(slot)
        yield f"{slot} dies after its {type(command).__name__}", _die(slot, after=True)


def _step(slot: str, how: str = "") -> Act:
    return lambda world: world.step(slot, how)


def _start(slot: str) -> Act:
    return lambda world: world.start(slot)


def _passes(seconds: float) -> Act:
    return lambda world: world.passes(seconds)


def _person_does(action: str) -> Act:
    return lambda world: world.person(action)


def _says(statement: Statement) -> Act:
    def act(world: World) -> None:
        world.say(statement)

    return act


def _die(slot: str, after: bool = False) -> Act:
    def act(world: World) -> None:
        if after:
            world.step(slot)
        if slot in world.lives:
            world.die(slot)

    return act


def _restore(label: str, late: bool) -> Act:
    def act(world: World) -> None:
        world.restore(label)
        world.asks_late = late

    return act


def _restored_and_said(label: str) -> Act:
    return lambda world: world.restore(label, noticed=False)


def _returned(world: World) -> None:
    world.books = world.books.returned(world.now)
    if world.row is not None:
        world.webhook()


def _asked_otherwise(world: World) -> None:
    world.say(Enqueue(replace(ASKED, amount=ASKED.amount + ASKED.amount)))
    raise Violation("one reference is taken with two amounts")


def _reissued(world: World) -> None:
    row = world.row
    say = Reissue(PARTNER, ASKED.reference, "person", "test")
    first = world.say(say)
    if row is None or row.status not in REISSUABLE:
        raise Violation("a payout is reissued that may have been paid")
    if world.say(say) != replace(first, created=False):
        raise Violation("a payout is reissued twice")
    raise StoreError("this search is about one payout")


def _not_paid(world: World) -> None:
    row = world.row
    world.person("not_paid")
    if row is None or row.last_sent is None or world.now - row.last_sent < _DAY:
        raise Violation("a person says not paid while the partner may still pay")


# The search ------------------------------------------------------------------------------------


def explore(depth: int, limits: Limits = LIMITS, states_most: int | None = None) -> Found:
    """Visit every state within ``depth`` misfortunes, fewest first; stop at the first violation."""
    search = _Search(Found(depth), depth, states_most)
    try:
        search.run(first_world(limits))
    except _Broken as broken:
        search.found.violation, search.found.steps = broken.why, broken.node.path()
    return search.found


class _Broken(Exception):
    def __init__(self, why: str, node: Node) -> None:
        super().__init__(why)
        self.why, self.node = why, node


@dataclass(slots=True)
class _Search:
    found: Found
    depth: int
    states_most: int | None
    seen: set[int] = field(default_factory=set)
    #: States of this level that are still to be tried with one more misfortune.
    kept: list[tuple[Node, World]] = field(default_factory=list)

    def run(self, world: World) -> None:
        root = Node(0, "a payout is asked for", None)
        self._is_new(world, root)
        self._settle(world, root)
        for _ in range(self.depth):
            level, self.kept = self.kept, []
            for node, before in level:
                for name, act in misfortunes(before):
                    self._try(Node(node.depth + 1, f"! {name}", node), before.fork(), act)
                if self.states_most is not None and len(self.seen) > self.states_most:
                    return

    def _try(self, node: Node, world: World, act: Act) -> None:
        self.found.transitions += 1
        try:
            act(world)
        except Violation as violation:
            raise _Broken(str(violation), node) from violation
        except StoreError:
            return  # refused to whoever asked: a webhook is repeated, a person told why
        if self._is_new(world, node):
            self._settle(world, node)

    def _is_new(self, world: World, node: Node) -> bool:
        key = world.key()
        if key in self.seen:
            return False
        self.seen.add(key)
        self.found.states[node.depth] += 1
        if node.depth < self.depth:
            self.kept.append((node, world.fork()))
        return True

    def _settle(self, world: World, node: Node) -> None:
        """Follow the quiet steps until a state from which that was done before, or the end."""
        mine: set[int] = set()
        for _ in range(_STEPS_MOST):
            try:
                step = quiet(world)
            except Violation as violation:
                raise _Broken(str(violation), Node(node.depth, "...", node)) from violation
            if step is None:
                row = world.row
                assert row is not None
                self.found.ends[row.status] += 1
                return
            self.found.transitions += 1
            node = Node(node.depth, step, node)
            if not self._is_new(world, node):
                if world.key() in mine:
                    raise _Broken("it never ends: nothing changes any more", node)
                return
            mine.add(world.key())
        raise _Broken(f"it has not ended after {_STEPS_MOST} quiet steps", node)


def replay(steps: tuple[str, ...], limits: Limits = LIMITS) -> World:
    """Take the steps of a violation again; raises it where it is reached again."""
    world = first_world(limits)
    for step in steps[1:]:
        if step.startswith("! "):
            acts = dict(misfortunes(world))
            try:
                acts[step[2:]](world)
            except StoreError:
                continue
        else:
            quiet(world)
    return world


def follow(steps: tuple[str, ...], limits: Limits = LIMITS) -> World:
    """Follow one schedule written by hand; raises the ``Violation`` it comes to.

    ``! name`` is a misfortune; ``> words`` are quiet steps until one waits for, or is, these words
    (``> A: Send``); ``> end`` are all there are.
    """
    world = first_world(limits)
    for step in steps:
        if step.startswith("! "):
            try:
                dict(misfortunes(world))[step[2:]](world)
            except StoreError:
                continue
            continue
        for _ in range(_STEPS_MOST):
            life = world.lives.get(world.running)
            if life is not None and step == f"> {world.running}: {type(life.command).__name__}":
                break
            done = quiet(world)
            if done is None or step == f"> {done}":
                break
    return world


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m payouts.simulation.explore")
    parser.add_argument("--depth", type=int, default=2, help="misfortunes in one schedule")
    parser.add_argument("--states", type=int, help="stop after so many states")
    options = parser.parse_args(arguments)
    found = explore(options.depth, states_most=options.states)
    print(found)
    return 1 if found.violation else 0


if __name__ == "__main__":
    raise SystemExit(main())
