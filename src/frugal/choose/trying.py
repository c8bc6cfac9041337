"""Trying out: candidates run the deployed code in a simulated AWS, and the chosen one survived.

The rule of preference is asked of survivors only. Full candidates are walked from the cheapest up;
the first that keeps every promise, in calm and under every fault that can be done to it, sets the
dollar, and within it the first survivor in the order of preference is chosen. Candidates that a
trial cannot tell apart share one verdict. The order of the faults decides only how soon a design
that breaks a promise is found out and which reason is named, never who survives.

A design is not to blame for what is given: a promise about time that the same fault breaks in every
full pattern, though it acts on nothing but parts of the Stack and the partner, is reported beside
the choice. Lost or doubled money is never excused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from frugal.choose.rank import DOLLAR, by_cost, place_of
from frugal.choose.weighing import Weighed
from frugal.faults import Fault
from frugal.model.behaviour import Container, Database
from frugal.model.brief import Brief, Direction
from frugal.model.decision import Decision
from frugal.model.errors import NothingFeasible
from frugal.model.graph import Candidate
from frugal.model.trial import CALM, Kept, Tried
from frugal.services import Margin, service
from frugal.simulate.learning import Learned
from frugal.simulate.plan import Plan

#: Promises about money: no part of the Stack excuses a design that breaks one.
MONEY = ("never-lost", "never-doubled")
#: Points of a timeline that are kept in a Decision: enough for a picture as wide as a page.
POINTS_MAX = 96
#: Violations that are kept of one trial; the first explain the rest.
VIOLATIONS_MAX = 5

_replace = msgspec.structs.replace

Key: TypeAlias = tuple[object, ...]
#: Told before each trial what is about to be tried: the design's name and the fault's.
Progress: TypeAlias = Callable[[str, str], None]


class Trials(Protocol):
    """What can be tried in one scene, with one seed; ``frugal.simulate.trials`` is the real one."""

    seed: int

    def plan(self, candidate: Candidate) -> Plan: ...

    def faults(self, plan: Plan) -> tuple[Fault, ...]: ...

    def left_out(self, plan: Plan) -> tuple[tuple[str, str], ...]: ...

    def hits(self, fault: Fault, plan: Plan) -> tuple[str, ...]: ...

    def run(self, asked: Sequence[tuple[Plan, Fault | None]]) -> Generator[Tried, None, None]: ...

    def learn(self, candidate: Candidate, plan: Plan, tried: Sequence[Tried]) -> Learned: ...


class Verdict(NamedTuple):
    """What trials said of one design: all of them, or up to the first that broke a promise."""

    tried: tuple[Tried, ...]
    broken: tuple[Kept, ...] = ()  #: in the last of them; empty: every promise is kept

    @property
    def survived(self) -> bool:
        return not self.broken


class Choice(NamedTuple):
    """What trials chose."""

    chosen: Weighed
    cheapest: Weighed  #: the cheapest survivor


def cannot_be_tried(brief: Brief) -> str:
    """Return why trials cannot judge this request at all; empty: they can."""
    if brief.direction.value is Direction.RECEIVE:
        return "payouts that are fetched cannot be tried out yet, only those that are sent"
    return ""


def with_trials(
    decision: Decision, brief: Brief, trials: Trials, trying: Trying | None, chosen: Weighed
) -> Decision:
    """Return a decision with what was tried out for it, or with why its choice was not."""
    if trying is None:
        return _replace(decision, trial_seed=trials.seed, untried=cannot_be_tried(brief))
    decision = _replace(
        decision,
        trial_seed=trials.seed,
        tried=trying.tried,
        trials_run=trying.trials_run,
        shared_faults=(*decision.shared_faults, *trying.shared.values()),
        shared_by_trial=tuple(trying.shared),
    )
    if not chosen.full:
        fallen = (
            f", and none of the {trying.tried} that it runs on survived" if trying.tried else ""
        )
        return _replace(decision, untried=f"no code of ours runs on this design{fallen}")
    learned = trying.learned(chosen)
    return _replace(
        decision,
        trials=learned.trials,
        not_applicable=trying.left_out(chosen),
        alarms=learned.alarms,
        noticed=learned.noticed,
    )


class Trying:
    """The trials of one choice: run when somebody asks, kept by what a trial can notice."""

    def __init__(
        self, trials: Trials, feasible: Sequence[Weighed], progress: Progress | None = None
    ) -> None:
        self._trials = trials
        self._full = [one for one in feasible if one.full]
        self._progress = progress
        self._plans: dict[int, Plan] = {}  #: by the candidate's identity
        self._results: dict[tuple[Key, str], Tried] = {}
        self._verdicts: dict[Key, Verdict] = {}
        self._asked: set[int] = set()  #: candidates somebody asked about
        self._broke: Counter[str] = Counter()  #: designs that each fault found out
        self._shared: dict[tuple[str, str], str] = {}  #: the sentence; empty: not shared

    # -- asking ----------------------------------------------------------------------------------

    def choice(self, brief: Brief) -> Choice | None:
        """Return the survivor that the rule of preference takes; None: no full design survives."""
        upwards = sorted(self._full, key=by_cost)
        cheapest = next((one for one in upwards if self.survives(one)), None)
        if cheapest is None:
            return None
        near = [one for one in upwards if cheapest.cost <= one.cost <= cheapest.cost + DOLLAR]
        near.sort(key=lambda one: (place_of(brief, one.pattern), *by_cost(one)))
        return Choice(next(one for one in near if self.survives(one)), cheapest)

    def survives(self, one: Weighed) -> bool:
        """Return whether a candidate keeps every promise in every trial; priced-only: untried."""
        self._asked.add(id(one))
        return self.verdict(one).survived

    def verdict(self, one: Weighed) -> Verdict:
        """Return what trials say of a candidate, running those that nobody has run."""
        plan = self._plan(one)
        found = self._verdicts.get(plan.key)
        if found is None:
            found = self._verdicts[plan.key] = self._judge(one, plan)
            if not found.survived:
                self._broke[found.tried[-1].fault] += 1
        return found

    # -- telling ---------------------------------------------------------------------------------

    @property
    def has_candidates(self) -> bool:
        """Whether there is code to try out at all: only priced designs have none."""
        return bool(self._full)

    @property
    def tried(self) -> int:
        """How many candidates were judged."""
        return len(self._asked)

    @property
    def trials_run(self) -> int:
        return len(self._results)

    @property
    def shared(self) -> dict[tuple[str, str], str]:
        """Fault and promise that all designs break alike, with the sentence that says so."""
        return {key: words for key, words in sorted(self._shared.items()) if words}

    def left_out(self, one: Weighed) -> tuple[tuple[str, str], ...]:
        """Return the faults that cannot be done to a candidate, and why."""
        return self._trials.left_out(self._plan(one))

    def results(self, one: Weighed) -> tuple[Tried, ...]:
        """Return a survivor's trials, calm first, then by fault, small enough to be kept."""
        return tuple(map(_small, self._in_order(one)))

    def learned(self, one: Weighed) -> Learned:
        """Return what a survivor's trials say of its alarms; the trials as those ring, small."""
        learned = self._trials.learn(one.candidate, self._plan(one), self._in_order(one))
        return learned._replace(trials=tuple(map(_small, learned.trials)))

    def _in_order(self, one: Weighed) -> tuple[Tried, ...]:
        return tuple(sorted(self.verdict(one).tried, key=lambda t: (t.fault != CALM, t.fault)))

    def stands(self, one: Weighed) -> bool:
        """Return whether no trial speaks against a candidate; nor does one that nobody ran."""
        known = self._verdicts.get(self._plan(one).key)
        return known is None or known.survived

    def count(self, one: Weighed) -> int:
        """Return in how many trials a candidate kept every promise; 0: it was not tried out."""
        known = self._verdicts.get(self._plan(one).key)
        return len(known.tried) if known is not None and known.survived else 0

    def mark(self) -> None:
        """Write down on each full candidate what trials hold against it, asked about or not."""
        if all(verdict.survived for verdict in self._verdicts.values()):
            return
        for one in self._full:
            verdict = self._verdicts.get(self._plan(one).key)
            if verdict is not None and not verdict.survived:
                one.refused_by = tuple(self._margins(one, verdict))

    def nothing_survives(self) -> NothingFeasible:
        """Return the error that names the trial which the cheapest full design does not survive."""
        nearest = min(self._full, key=by_cost)
        margin = next(self._margins(nearest, self.verdict(nearest)))
        return NothingFeasible(
            f"no design keeps every promise when it is tried out; the cheapest, "
            f"“{nearest.pattern.name}”, {margin.what}: {margin.used} of {margin.limit} "
            f"{margin.unit} allowed",
            where="trials",
            hint=f"Replay it: {margin.source}" if margin.source else "",
        )

    # -- judging ---------------------------------------------------------------------------------

    def _plan(self, one: Weighed) -> Plan:
        plan = self._plans.get(id(one))
        if plan is None:
            plan = self._plans[id(one)] = self._trials.plan(one.candidate)
        return plan

    def _judge(self, one: Weighed, plan: Plan) -> Verdict:
        tried: list[Tried] = []
        faults = (None, *self._most_telling_first(plan))
        with closing(self._run([(one, fault) for fault in faults])) as results:
            for fault, result in zip(faults, results, strict=True):
                tried.append(result)
                held = [kept for kept in result.broken if not self._excused(one, fault, kept)]
                if held:
                    return Verdict(tuple(tried), tuple(sorted(held, key=_gravest_first)))
        return Verdict(tuple(tried))

    def _most_telling_first(self, plan: Plan) -> list[Fault]:
        """Order faults: those that found another design out, then those a year has most of."""
        return sorted(
            self._trials.faults(plan),
            key=lambda fault: (-self._broke[fault.id], -fault.times_a_year.value, fault.id),
        )

    def _run(self, asked: Sequence[tuple[Weighed, Fault | None]]) -> Generator[Tried, None, None]:
        """Yield each result, known or run now; those somebody looks at count as run, no more."""
        rows = [(one, self._plan(one), fault) for one, fault in asked]
        unknown = {
            (plan.key, _id(fault)): (plan, fault)
            for _, plan, fault in rows
            if (plan.key, _id(fault)) not in self._results
        }
        with closing(self._trials.run(tuple(unknown.values()))) as running:
            for one, plan, fault in rows:
                kept = (plan.key, _id(fault))
                if kept in unknown and kept not in self._results:
                    if self._progress is not None:
                        self._progress(one.pattern.name, _name(fault))
                    self._results[kept] = next(running)
                yield self._results[kept]

    def _excused(self, one: Weighed, fault: Fault | None, kept: Kept) -> bool:
        """Return whether a promise is broken by what is given, whatever is built on it."""
        if fault is None or kept.promise in MONEY or not self._given_parts_hit(one, fault):
            return False
        key = (fault.id, kept.promise)
        if key not in self._shared:
            self._shared[key] = self._shared_words(fault, kept)
        return bool(self._shared[key])

    def _shared_words(self, fault: Fault, kept: Kept) -> str:
        """Say what every full pattern breaks by the same part that is given; empty: not every one.

        The evidence is a trial of the cheapest candidate of each full pattern.
        """
        designs = list(self._one_of_each_pattern())
        parts = set.intersection(*(self._given_parts_hit(one, fault) for one in designs))
        if not parts:
            return ""
        with closing(self._run([(one, fault) for one in designs])) as results:
            for result in results:
                if all(broken.promise != kept.promise for broken in result.broken):
                    return ""
        names = " and ".join(service(id).name for id in sorted(parts))
        return (
            f"{names}: while {fault.name}, every design here breaks the same promise "
            f"({kept.what}: {kept.used.normalize():f} of {kept.limit.normalize():f} {kept.unit})"
        )

    def _given_parts_hit(self, one: Weighed, fault: Fault) -> set[str]:
        """Return the services that a fault acts on, if all are the Stack's or the partner's.

        What dies with a machine is hit because the machine is: that counts, whosever it is.
        """
        plan = self._plan(one)
        hit = [id for id in self._trials.hits(fault, plan) if not _on_host(plan, id)]
        given = {part.id: part.service for part in one.candidate.placements if part.existing}
        return {given[id] for id in hit} if all(id in given for id in hit) else set()

    def _one_of_each_pattern(self) -> Iterator[Weighed]:
        seen: set[str] = set()
        for one in sorted(self._full, key=by_cost):
            if one.candidate.pattern not in seen:
                seen.add(one.candidate.pattern)
                yield one

    def _margins(self, one: Weighed, verdict: Verdict) -> Iterator[Margin]:
        """Yield each promise a design breaks in its last trial, the gravest first."""
        last = verdict.tried[-1]
        names = {fault.id: fault.name for fault in self._trials.faults(self._plan(one))}
        when = f"while {names[last.fault]}" if last.fault in names else "with nothing done to it"
        for at, kept in enumerate(verdict.broken):
            yield Margin(
                check=f"trial:{last.fault}" + (f":{kept.promise}" if at else ""),
                placement=one.candidate.pattern,
                what=f"{when}, {kept.what}",
                used=kept.used,
                limit=kept.limit,
                unit=kept.unit,
                source=last.replay,
                basis="tried",
            )


def _on_host(plan: Plan, id: str) -> bool:
    own = next((part.behaviour for part in plan.parts if part.id == id), None)
    return isinstance(own, Container | Database) and own.on_host


def _id(fault: Fault | None) -> str:
    return CALM if fault is None else fault.id


def _name(fault: Fault | None) -> str:
    return CALM if fault is None else fault.name


def _gravest_first(kept: Kept) -> tuple[bool, str]:
    return kept.promise not in MONEY, kept.promise


def _small(trial: Tried) -> Tried:
    """Return a trial without what would make a Decision large: every n-th point, few violations."""
    step = -(-len(trial.timeline) // POINTS_MAX) or 1
    return _replace(
        trial,
        timeline=trial.timeline[::step],
        violations=trial.violations[:VIOLATIONS_MAX],
    )
