"""Tried out: what happened to the chosen design in each trial, in calm and under each fault.

The figures are those of ``Decision.trials``; nothing is run here. A fault that could not be done to
this design is listed with the reason, and never counted as survived.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, number, percent, quoted, seconds
from frugal.design.partner_rules import name_of
from frugal.faults import Fault, fault, fault_ids
from frugal.faults.fault import PartnerDown
from frugal.model.behaviour import Counterpart
from frugal.model.decision import Decision
from frugal.model.design import Assumption
from frugal.model.document import Block, Bullets, Code, Heading, Table, Text
from frugal.model.trial import CALM, Point, Tried
from frugal.simulate.plan import plan_of

HEADING = "Tried out"
#: Rows of the picture of an outage at most, and how wide a full bar is.
_ROWS_MAX = 24
_BAR = 40
_HOUR = 3600
_MINUTE = 60
#: What one row may stand for, in seconds: a clock's own divisions.
_STEPS = tuple(_MINUTE * minutes for minutes in (10, 20, 30, 60, 120, 180, 240, 360, 720, 1440))


def trial_words(decision: Decision) -> str:
    """Say in one clause how many trials of how many candidates there were, and under what."""
    under = sum(1 for trial in decision.trials if trial.fault != CALM and not trial.broken)
    alike = sum(1 for trial in decision.trials if trial.broken)
    fell = fallen(decision)
    return (
        f"{counted(decision.trials_run, 'trial')} of {counted(decision.tried, 'candidate')}"
        + (f", {number(fell)} of which fell" if fell else "")
        + f"; this one kept every promise in calm and under {counted(under, 'fault')}"
        + (f"; under {number(alike)} more every design breaks one alike" if alike else "")
    )


def fallen(decision: Decision) -> int:
    """Return how many candidates a trial refused."""
    return sum(1 for one in decision.rejections if one.check.startswith("trial:"))


def tried_out(draft: Draft) -> Iterator[Block]:
    """Yield what was tried and what came of it; nothing where trials were not asked for."""
    decision = draft.decision
    if decision.untried:
        yield Heading(words=HEADING)
        yield Text(words=f"It was not: {decision.untried}. It is judged by the hard checks alone.")
    if not decision.trials:
        return
    yield Heading(words=HEADING)
    yield Text(words=_how(decision))
    yield _results(decision)
    yield from _picture(decision.trials)
    yield Text(words=_stand_in(draft))
    yield from _done(decision.trials)
    yield from _left_out(decision)
    yield from _replay(decision.trials)


def _how(decision: Decision) -> str:
    calm = decision.trials[0]
    replayed = f"each replays {counted(calm.totals.asked, 'payout')} or more of this volume"
    if any(trial.ratio != 1 for trial in decision.trials):
        replayed += (
            "; where it says ×, each stands for so many, with rates and concurrency scaled alike"
        )
    return (
        f"{trial_words(decision)}. The deployed code itself runs, in a simulated AWS in which "
        f"every part behaves as its service does; {replayed}. A candidate is dropped at the first "
        "promise it breaks, and candidates that behave alike share their trials. Chance comes "
        f"from seed {decision.trial_seed}: the same seed gives the same trials."
    )


# -- results -------------------------------------------------------------------------------------


def _results(decision: Decision) -> Table:
    return Table(
        columns=(
            "While",
            "Paid",
            "Not paid",
            "Held",
            "Open",
            "Late",
            "Lost",
            "Doubled",
            "p99",
            "Waiting at most",
            "Drained after",
            "Verdict",
        ),
        rows=tuple(_row(trial, decision) for trial in decision.trials),
        numeric=tuple(range(1, 11)),
        caption="payouts; not paid: declined or come back; held: for a person; open: not known yet "
        "when the trial ended; p99: from being asked for to being known as paid",
    )


def _row(trial: Tried, decision: Decision) -> tuple[str, ...]:
    totals, peaks = trial.totals, trial.peaks
    waiting = number(peaks.backlog_payouts)
    if peaks.backlog_payouts:
        waiting += f", {seconds(_whole(peaks.backlog_seconds))}"
    return (
        "nothing is done to it" if trial.fault == CALM else fault_name(trial.fault),
        f"{number(totals.settled)} of {number(totals.asked)}{_standing_for(trial)}",
        number(totals.declined + totals.returned),
        number(totals.held),
        number(totals.pending),
        number(totals.late),
        number(totals.lost),
        number(totals.doubled),
        seconds(_whole(trial.latency.p99)) if trial.latency else "-",
        waiting,
        _drained(trial),
        _verdict(trial, decision),
    )


def _standing_for(trial: Tried) -> str:
    return "" if trial.ratio == 1 else f" × {number(trial.ratio)}"


def _drained(trial: Tried) -> str:
    if trial.fault == CALM:
        return "-"
    return "not" if trial.drained_seconds is None else seconds(_whole(trial.drained_seconds))


def _verdict(trial: Tried, decision: Decision) -> str:
    """Return ``kept``, or what is broken; a design that is blamed for it is not chosen."""
    shared = tuple(
        kept.promise
        for kept in trial.broken
        if (trial.fault, kept.promise) in decision.shared_by_trial
    )
    if len(shared) < len(trial.broken):
        return f"**broken:** {listed(tuple(kept.promise for kept in trial.broken))}"
    return f"{listed(shared)}: broken by every design alike" if shared else "kept"


def fault_name(id: str) -> str:
    """Return a fault in a few words; one without a file is shown by its id."""
    return fault(id).name if id in fault_ids() else id


def _whole(amount: Decimal) -> Decimal:
    """Return seconds without fractions nobody reads, from ten up."""
    return amount.quantize(Decimal(1)) if amount >= 10 else amount


# -- the picture ---------------------------------------------------------------------------------


def _picture(trials: tuple[Tried, ...]) -> Iterator[Block]:
    """Draw the backlog over the hours of the partner's outage."""
    shown = next((one for one in trials if one.timeline and _is_outage(one.fault)), None)
    if shown is None or not any(point.due for point in shown.timeline):
        return
    yield Text(
        words=f"Payouts due while {fault_name(shown.fault)} (the marked rows), the age of the "
        "oldest, and those whose outcome is not known, by the hour of the trial:"
    )
    yield Code(language="text", text=backlog_picture(shown))


def _is_outage(id: str) -> bool:
    return id in fault_ids() and any(isinstance(act, PartnerDown) for act in fault(id).acts)


def backlog_picture(trial: Tried) -> str:
    """Return the payouts due over time as bars, one row a stretch, at most 24 rows."""
    began, ended = (
        None if hours is None else int(hours * _HOUR)
        for hours in (trial.fault_began_hours, trial.fault_ended_hours)
    )
    points = _worth_showing(trial, began, ended)
    first, last = points[0].seconds, points[-1].seconds
    step = next(
        (step for step in _STEPS if (last - first // step * step) // step < _ROWS_MAX),
        -(-(last + 1) // _ROWS_MAX),
    )
    start = first // step * step
    most = max(point.due for point in points)
    lines = []
    for at in range(start, last + 1, step):
        inside = [point for point in points if at <= point.seconds < at + step]
        due = max((point.due for point in inside), default=0)
        oldest = max((point.oldest_due_seconds for point in inside), default=0)
        unknown = max((point.unknown for point in inside), default=0)
        mark = "|" if _meets(at, step, began, ended) else " "
        bar = "#" * -(-due * _BAR // most)
        words = (
            f"{number(due)} due, oldest {seconds(Decimal(oldest))}" if due else "",
            f"{number(unknown)} unknown" if unknown else "",
        )
        lines.append(f"{_clock(at)} {mark} {bar} {'; '.join(filter(None, words))}".rstrip())
    return "\n".join(lines)


def _worth_showing(trial: Tried, began: int | None, ended: int | None) -> list[Point]:
    """Return the points from an hour before the fault to an hour after what it left is sent."""
    if began is None or ended is None or trial.drained_seconds is None:
        return list(trial.timeline)
    start, end = began - _HOUR, ended + int(trial.drained_seconds) + _HOUR
    return [p for p in trial.timeline if start <= p.seconds <= end] or list(trial.timeline)


def _meets(at: int, step: int, began: int | None, ended: int | None) -> bool:
    """Return whether any of a stretch lies within the fault."""
    return began is not None and ended is not None and at < ended and began < at + step


def _clock(at: int) -> str:
    return f"{at // _HOUR:3}:{at % _HOUR // _MINUTE:02}"


# -- beside the figures --------------------------------------------------------------------------


def _stand_in(draft: Draft) -> str:
    name, terms = name_of(draft), draft.brief.partner
    latency = (
        f"its answers take {number(terms.response_seconds_p50.value)} s at the median and "
        f"{number(terms.response_seconds_p99.value)} s at the p99 "
        f"({terms.response_seconds_p50.basis}), {percent(terms.inconclusive_share.value)} of sends "
        f"end without a clear answer ({terms.inconclusive_share.basis})"
    )
    if terms.id.value.startswith(_DOUBLE):
        return f"{name} is played by our double of it, which keeps books of its own: {latency}."
    return (
        f"**There is no double of {name} yet.** It is played by the double of Fiserv, with the "
        f"terms of this Brief: {latency}. What is {name}'s own in requests, statuses and look-ups "
        "is not tried out by this."
    )


#: How the ids of partners begin whose own double plays them.
_DOUBLE = "fiserv"


def _done(trials: tuple[Tried, ...]) -> Iterator[Block]:
    faults = tuple(fault(one.fault) for one in trials if one.fault in fault_ids())
    if faults:
        yield Table(
            columns=("Fault", "What was done", "AWS FIS does it with"),
            rows=tuple((f"`{one.id}`", one.what, _fis(one)) for one in faults),
        )


def _fis(one: Fault) -> str:
    return f"`{one.fis}`" if one.fis else "-"


def _left_out(decision: Decision) -> Iterator[Block]:
    if decision.not_applicable:
        yield Text(words="Not tried, because it cannot happen here, and not counted as survived:")
        yield Bullets(
            items=tuple(f"{fault_name(id)}: {why}." for id, why in decision.not_applicable)
        )


def _replay(trials: tuple[Tried, ...]) -> Iterator[Block]:
    shown = next((one for one in trials if one.replay and _is_outage(one.fault)), trials[0])
    if shown.replay:
        yield Text(words="Any of them again, here the one of the picture; put in another fault:")
        yield Code(language="sh", text=shown.replay)


def trial_assumptions(draft: Draft) -> tuple[Assumption, ...]:
    """Return the numbers of the parts' behaviour that nobody documents, for what was tried out.

    The partner's are the Brief's, which has them among its own.
    """
    if not draft.decision.trials:
        return ()
    return tuple(
        Assumption(
            field=f"{part.id}.{field}",
            value=number(fact.value),
            why=quoted(fact.source, 600),
            flips=False,
        )
        for part in plan_of(draft.candidate, draft.scene).parts
        if not isinstance(part.behaviour, Counterpart)
        for field, fact in part.behaviour.facts
        if fact.assumed
    )
