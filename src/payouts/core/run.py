"""What one tick keeps in mind, and what follows from answers beyond the payout they are about.

The breaker, the stop for money, the balance and the partner's rate concern every payout of a
partner. They are remembered in the ledger (``SetStanding``), because the next tick may be another
process; what is here lives as long as one tick.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from payouts.core.verdicts import Reading
from payouts.core.worker import TickReport, Worker
from payouts.ledger.statements import Finding, Leased, Move, Record, SetStanding, Standing
from payouts.money import Money
from payouts.outcome import Verdict
from payouts.ports import Answer, Commit, Core, Emit, Request, Response, Send, Statement
from payouts.retry import TokenBucket


@dataclass(slots=True)
class Run:
    """What one tick knows, and forgets."""

    worker: Worker
    standing: Standing
    report: TickReport
    until: float
    may_send: bool
    bucket: TokenBucket | None
    failures: int
    no_funds: int
    funds: Money | None = None  #: what the partner says is left, less what this tick began to send
    funds_read: bool = False
    notes: list[Statement] = field(default_factory=list)  #: written with the next moves
    written: int = 0  #: how many of the notes stand in the open transaction
    requests: dict[int, Request] = field(default_factory=dict)  #: by payout, made before its send
    ended: str = ""


def send(run: Run, requests: list[Request], not_after: float) -> Core[tuple[Answer, ...]]:
    if run.bucket is not None:
        run.bucket.take(len(requests), run.worker.clock.monotonic())
    answers: tuple[Answer, ...] = yield Send(tuple(requests), not_after)
    return answers


def read_funds(run: Run) -> Core[None]:
    """Read what can be paid from, once a tick; unknown is not zero and stops nothing."""
    worker = run.worker
    run.funds_read = True
    nonce = f"{worker.name}-b{run.standing.position}"
    request = worker.partner.balance_for(worker.merchant, nonce)
    if request is None:
        return
    not_after = worker.clock.monotonic() + worker.limits.send_age_seconds
    (answer,) = yield from send(run, [request], not_after)
    if isinstance(answer, Response):
        run.funds = worker.partner.balance_in(answer)


def affordable(run: Run, sends: list[Leased]) -> tuple[list[Leased], list[Move]]:
    """Return those the balance covers, in their order, and the moves of the first it does not.

    Sending what cannot be paid would turn each into a refusal that a person has to clear up.
    """
    if run.funds is None:
        return sends, []
    fits: list[Leased] = []
    moves: list[Move] = []
    left = run.funds
    for one in sends:
        amount = one.payout.amount
        if amount.currency == left.currency and amount.minor > left.minor:
            wait = run.worker.limits.backoff_most_seconds
            moves.append(Move(one.payout.id, one.fence, one.status, "balance-short", wait))
            continue
        if amount.currency == left.currency:
            left -= amount
        fits.append(one)
    run.funds = left
    if moves:
        today = run.standing.today
        note(run, "balance-short", today, "the funding account does not cover what is due")
    return fits, moves


def follow_up(run: Run, readings: list[Reading]) -> Core[None]:
    """Draw what follows for everyone: the breaker, the stop for money, what a person must see.

    Nothing is written here: it goes into the ledger with the moves it follows from.
    """
    limits, partner_id, standing = run.worker.limits, run.worker.partner_id, run.standing
    breaker, short = 0.0, False
    for reading in readings:
        count(run, reading.move)
        if reading.partner_at_work is not None:
            run.failures = 0 if reading.partner_at_work else run.failures + 1
        if reading.verdict is Verdict.NO_FUNDS:
            run.no_funds += 1
            short = True
        elif reading.verdict in {Verdict.SETTLED, Verdict.OPEN}:
            run.no_funds = 0
        if reading.verdict is Verdict.UNAUTHORISED:
            breaker = limits.unauthorised_seconds
            note(run, "unauthorised", standing.today, reading.move.reason)
        if reading.finding is not None:
            kind, detail = reading.finding
            note(run, kind, str(reading.move.payout_id), detail)
    if run.failures >= limits.breaker_failures:
        breaker = max(breaker, limits.breaker_seconds)
    if short:
        # Is it the balance, or a limit of the account? Only reading it tells.
        yield from read_funds(run)
        if run.no_funds >= limits.no_funds_in_row:
            run.may_send = False
            run.ended = "funds"
            note(
                run,
                "stopped-for-funds",
                standing.today,
                f"refused for money {run.no_funds} times in a row",
            )
    if breaker:
        run.ended = "breaker"
        run.report.next_seconds = breaker
    if breaker or short or (run.failures, run.no_funds) != (standing.failures, standing.no_funds):
        run.notes.append(
            SetStanding(
                partner_id,
                breaker_seconds=breaker or None,
                failures=run.failures,
                no_funds=run.no_funds,
                stopped=True if run.ended == "funds" else None,
            )
        )
        run.standing = replace(standing, failures=run.failures, no_funds=run.no_funds)


def note(run: Run, kind: str, subject: str, detail: str) -> None:
    run.notes.append(Finding(run.worker.partner_id, kind, subject, detail))


def write(run: Run, moves: tuple[Move, ...]) -> Core[None]:
    """Write moves and notes into the open transaction; ``commit`` then forgets the notes.

    Not before: a lock that another holds takes back the transaction, and a finding that was
    forgotten then would be told to nobody.
    """
    if moves:
        yield Record(run.worker.name, moves)
    for one in run.notes:
        new = yield one
        if new and isinstance(one, Finding):
            fields = {"subject": one.subject, "detail": one.detail}
            yield Emit(one.kind, fields, level="error")
    run.written = len(run.notes)


def commit(run: Run) -> Core[None]:
    yield Commit()
    del run.notes[: run.written]
    run.written = 0


def count(run: Run, move: Move) -> None:
    run.report.moved[move.to] = run.report.moved.get(move.to, 0) + 1
