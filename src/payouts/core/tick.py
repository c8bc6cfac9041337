"""One tick: do what is due, within a time budget, and be stoppable anywhere.

A round takes a lease on what is due, decides each payout, commits the sends before making them,
asks the partner, and writes down what became of each. The writing of one round and the taking of
the next are one transaction, so a full round costs one commit.

Nothing that matters is kept in memory. Whoever dies between two yields leaves leases that run out
and, at most, payouts in *sending*, which are looked up and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from payouts.core.decide import Do, next_step
from payouts.core.reconcile import Reconciliation, day_before, reconcile
from payouts.core.run import (
    Run,
    affordable,
    commit,
    count,
    follow_up,
    note,
    read_funds,
    send,
    write,
)
from payouts.core.verdicts import Reading, after_lookup, after_send
from payouts.core.worker import TickReport, Worker
from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Leased,
    Measure,
    Move,
    Quarantine,
    Record,
    SetStanding,
    Standing,
    Take,
)
from payouts.limits import Limits
from payouts.outcome import Verdict
from payouts.payout import PayoutRefused
from payouts.ports import (
    Answer,
    Commit,
    Core,
    Emit,
    NotSent,
    Request,
    Response,
    StoreBusy,
    WaitUntil,
)
from payouts.retry import TokenBucket
from payouts.states import Status

#: In ``SetStanding.began``: only while no quarantine is on.
_NONE_ON = ""


def tick(worker: Worker) -> Core[TickReport]:
    """Do what is due for one partner.

    Raises ``StoreError`` where the ledger fails: what was under way is found by the next tick.
    """
    report = TickReport()
    until = worker.clock.monotonic() + worker.limits.tick_seconds
    standing: Standing = yield BeginTick(worker.partner_id, worker.witness)
    yield Commit()
    worker.witness = max(worker.witness, standing.position)
    run = Run(
        worker,
        standing,
        report,
        until,
        may_send=not (standing.paused or standing.stopped),
        bucket=_bucket(worker),
        failures=standing.failures,
        no_funds=standing.no_funds,
    )
    if standing.breaker_seconds > 0:
        report.ended, report.next_seconds = "breaker", standing.breaker_seconds
    else:
        if standing.quarantine_seconds is not None:
            yield from _leave_quarantine(run)
        listing = run.standing.reconciled_day != standing.today
        # A busy day must not put the list off for ever: a quarter of the tick is its own.
        run.until = until - worker.limits.tick_seconds / 4 if listing else until
        yield from _rounds(run)
        run.until = until
        if listing and run.standing.quarantine_seconds is None and run.ended in {"", "time"}:
            yield from _reconcile_daily(run)
        report.ended = run.ended or _why_not_sending(run) or "idle"
    yield from _measure(run)
    return report


def _rounds(run: Run) -> Core[None]:
    """Take, decide, commit, ask, write down; until nothing is due or the time is over."""
    worker, limits = run.worker, run.worker.limits
    pending: tuple[Move, ...] = ()
    while True:
        batch = _batch(run)
        ready = worker.clock.monotonic()
        if run.bucket is not None:
            ready = run.bucket.ready_at(batch, ready)
        over = run.ended or ready >= run.until
        if over:
            run.ended = run.ended or "time"
            yield from write(run, pending)
            yield from commit(run)
            return
        if ready > worker.clock.monotonic():
            yield from write(run, pending)
            yield from commit(run)
            pending = ()
            yield WaitUntil(ready)
        decided_at = worker.clock.monotonic()
        try:
            yield from write(run, pending)
            leased: tuple[Leased, ...] = yield Take(
                worker.partner_id, worker.name, batch, limits.lease_seconds, run.may_send
            )
            sends, lookups, moves = _decided(run, leased)
            if sends and not run.funds_read:
                # The balance is asked for once a tick, outside any transaction.
                yield from commit(run)
                pending = ()
                yield from read_funds(run)
                decided_at = worker.clock.monotonic()
            sends, refused = _sendable(run, sends)
            sends, short = affordable(run, sends)
            moves += refused + short
            begun = yield from _begin(run, sends)
            moves += _left_out(sends, begun, limits)
            if moves:
                yield Record(worker.name, tuple(moves))
            yield from commit(run)
        except StoreBusy:
            # What the partner said must not be lost to a lock: write that alone, and stop.
            yield from write(run, pending)
            yield from commit(run)
            run.ended = "busy"
            return
        pending = ()
        if not leased:
            return
        run.report.taken += len(leased)
        for move in moves:
            count(run, move)
        by_id = {one.payout.id: one for one in leased}
        readings = yield from _ask(run, [by_id[id_] for id_ in begun], lookups, decided_at)
        resend = [by_id[one.move.payout_id] for one in readings if one.resend]
        pending = tuple(one.move for one in readings)
        yield from follow_up(run, readings)
        if resend and not run.ended:
            pending = yield from _resend(run, pending, resend, decided_at)


def _resend(
    run: Run, pending: tuple[Move, ...], resend: list[Leased], leased_at: float
) -> Core[tuple[Move, ...]]:
    """Send again, under their keys, what a look-up of a moment ago did not find."""
    worker, limits = run.worker, run.worker.limits
    yield from write(run, pending)
    # What cannot be sent is looked up until a person gets it.
    resend, _ = _sendable(run, resend)
    now = worker.clock.monotonic()  # before the ledger notes the time of the send, never after
    begun = yield from _begin(run, resend)
    yield from commit(run)
    lease_over = leased_at + limits.lease_seconds - limits.answer_seconds
    # ``_ask`` adds the age a send may have; the lease must still be ours when the answer comes.
    decided_at = min(now, lease_over - limits.send_age_seconds)
    readings = yield from _ask(
        run, [one for one in resend if one.payout.id in set(begun)], [], decided_at
    )
    yield from follow_up(run, readings)
    return tuple(one.move for one in readings)


def _ask(
    run: Run, sends: list[Leased], lookups: list[Leased], decided_at: float
) -> Core[list[Reading]]:
    """Make the requests of one round, further steps of look-ups included, and read the answers."""
    worker, limits = run.worker, run.worker.limits
    if not sends and not lookups:
        return []
    partner, merchant = worker.partner, worker.merchant
    not_after = decided_at + limits.send_age_seconds
    requests = [run.requests[one.payout.id] for one in sends]
    open_lookups: list[tuple[Leased, Request]] = []
    readings: list[Reading] = []
    for one in lookups:
        request = partner.lookup_for(one.payout, one.partner_id, 0, merchant, _nonce(one, 0))
        assert request is not None, f"{worker.partner_id} has no way to look a payout up"
        open_lookups.append((one, request))
    requests += [request for _, request in open_lookups]
    answers: tuple[Answer, ...] = yield from send(run, requests, not_after)
    for one, answer in zip(sends, answers, strict=False):
        outcome = partner.outcome_of(answer, one.payout) if isinstance(answer, Response) else None
        readings.append(after_send(one, answer, outcome, limits))
    run.report.sent += sum(not isinstance(answer, NotSent) for answer in answers[: len(sends)])
    step, heard = 0, answers[len(sends) :]
    while open_lookups:
        again: list[tuple[Leased, Request]] = []
        for (one, _), answer in zip(open_lookups, heard, strict=True):
            outcome = (
                partner.found_in(answer, one.payout, step) if isinstance(answer, Response) else None
            )
            if outcome is not None and outcome.verdict is Verdict.NOT_FOUND:
                request = partner.lookup_for(
                    one.payout, one.partner_id, step + 1, merchant, _nonce(one, step + 1)
                )
                if request is not None:
                    again.append((one, request))
                    continue
            readings.append(after_lookup(one, answer, outcome, limits, run.may_send))
        run.report.looked_up += len(open_lookups) - len(again)
        open_lookups, step = again, step + 1
        if open_lookups:
            heard = yield from send(run, [request for _, request in open_lookups], not_after)
    return readings


def _decided(run: Run, leased: tuple[Leased, ...]) -> tuple[list[Leased], list[Leased], list[Move]]:
    sends: list[Leased] = []
    lookups: list[Leased] = []
    moves: list[Move] = []
    for one in leased:
        step = next_step(one, run.worker.limits, run.may_send)
        if step.do is Do.SEND:
            sends.append(one)
        elif step.do is Do.LOOK_UP:
            lookups.append(one)
        else:
            assert step.to is not None
            moves.append(Move(one.payout.id, one.fence, step.to, step.reason, step.due_seconds))
    return sends, lookups, moves


def _sendable(run: Run, sends: list[Leased]) -> tuple[list[Leased], list[Move]]:
    """Make the requests before anything is committed; hold what this partner cannot be asked for.

    Found out between the commit and the send, one such payout would leave all that were begun with
    it in doubt, again and again.
    """
    worker = run.worker
    run.requests = {}
    good: list[Leased] = []
    moves: list[Move] = []
    for one in sends:
        nonce = f"{one.payout.key}-{one.attempts + 1}"
        try:
            request = worker.partner.request_for(one.payout, worker.merchant, nonce)
        except PayoutRefused as refused:
            moves.append(Move(one.payout.id, one.fence, Status.HELD, "unsendable"))
            note(run, "unsendable", str(one.payout.id), str(refused))
        else:
            run.requests[one.payout.id] = request
            good.append(one)
    return good, moves


def _begin(run: Run, sends: list[Leased]) -> Core[tuple[int, ...]]:
    if not sends:
        return ()
    leases = tuple((one.payout.id, one.fence) for one in sends)
    worker = run.worker
    begun: tuple[int, ...] = yield BeginSends(
        worker.partner_id, worker.name, leases, worker.limits.max_total_per_day
    )
    return begun


def _left_out(sends: list[Leased], begun: Iterable[int], limits: Limits) -> list[Move]:
    """Return the moves of what the ledger let nobody send now."""
    allowed = set(begun)
    if limits.max_total_per_day is None:
        # Paused, stopped or restored since this tick began.
        reason, wait = "sending-stopped", limits.backoff_base_seconds
    else:
        reason, wait = "day-total", limits.backoff_most_seconds
    return [
        Move(one.payout.id, one.fence, one.status, reason, wait)
        for one in sends
        if one.payout.id not in allowed
    ]


def _leave_quarantine(run: Run) -> Core[None]:
    """Read the partner's list; only then may anything be sent again.

    The list is read no sooner than every send of the lost ledger's workers has arrived or failed.
    """
    worker, limits, standing = run.worker, run.worker.limits, run.standing
    age = standing.quarantine_seconds or 0.0
    run.may_send = False
    if age < limits.quarantine_seconds:
        run.report.next_seconds = limits.quarantine_seconds - age
        return
    first = day_before(standing.quarantine_from or standing.today, limits.reconcile_days)
    # What was noted and what is ended is this quarantine's: another one may have begun meanwhile,
    # for a ledger that has forgotten what this reading found.
    began = standing.quarantine_began
    read = yield from reconcile(worker, first, standing.today, standing.reconcile_page, run.until)
    if not read.complete:
        yield from _go_on_later(run, read, began)
        return
    yield SetStanding(
        worker.partner_id,
        reconciled_day=standing.today,
        reconcile_page=1,
        by=worker.name,
        began=began,
    )
    ended: bool = yield Quarantine(
        worker.partner_id,
        False,
        f"reconciled from {first}",
        at_least_seconds=limits.quarantine_seconds,
        began=began,
    )
    yield Commit()
    if not ended:
        return
    yield Emit("quarantine-over", {"listed": read.listed, "orphans": read.orphans})
    run.standing = replace(standing, quarantine_seconds=None, reconciled_day=standing.today)
    run.may_send = not (standing.paused or standing.stopped)


def _reconcile_daily(run: Run) -> Core[None]:
    """Once a day, after what is due: the partner's list of the days before against the ledger."""
    worker, standing = run.worker, run.standing
    if standing.reconciled_day is not None:
        first = day_before(standing.today, worker.limits.reconcile_days)
        last = day_before(standing.today, 1)
        read = yield from reconcile(worker, first, last, standing.reconcile_page, run.until)
        if not read.complete:
            yield from _go_on_later(run, read, _NONE_ON)
            return
    # A ledger on its first day has nothing to compare.
    yield SetStanding(
        worker.partner_id,
        reconciled_day=standing.today,
        reconcile_page=1,
        by=worker.name,
        began=_NONE_ON,
    )
    yield Commit()


def _go_on_later(run: Run, read: Reconciliation, began: str | None) -> Core[None]:
    """Note the page a list was read to: a long one takes more than one tick.

    A page is of one reading. A quarantine that began meanwhile reads from the first.
    """
    if read.page != run.standing.reconcile_page:
        yield SetStanding(
            run.worker.partner_id, reconcile_page=read.page, by=run.worker.name, began=began
        )
        yield Commit()


def _measure(run: Run) -> Core[None]:
    gauges = yield Measure(run.worker.partner_id)
    yield Commit()
    report = run.report
    yield Emit(
        "tick",
        {
            "partner": run.worker.partner_id,
            "taken": report.taken,
            "sent": report.sent,
            "looked_up": report.looked_up,
            "moved": dict(sorted(report.moved.items())),
            "ended": report.ended,
            "not_sending": gauges.not_sending,
        },
        {
            "Ticks": 1,
            "OldestDueSeconds": gauges.oldest_due_seconds,
            "Unknown": gauges.unknown,
            "Held": gauges.held,
            "Due": gauges.due,
            "NotSending": int(bool(gauges.not_sending)),
        },
    )


def _batch(run: Run) -> int:
    # After failures one probe goes first: a partner that is down is not asked fifty times.
    if run.failures >= run.worker.limits.breaker_failures:
        return 1
    batch = run.worker.limits.batch
    return batch if run.bucket is None else min(batch, run.bucket.capacity)


def _bucket(worker: Worker) -> TokenBucket | None:
    limits, now = worker.limits, worker.clock.monotonic()
    rate = limits.requests_per_second
    return None if rate is None else TokenBucket.full(rate, now, limits.burst_requests)


def _why_not_sending(run: Run) -> str:
    if run.standing.paused:
        return "paused"
    if run.standing.stopped:
        return "funds"
    return "" if run.may_send else "quarantine"


def _nonce(one: Leased, step: int) -> str:
    return f"{one.payout.key}-{one.attempts}-l{one.lookups + 1}{'abc'[step]}"
