"""What an answer makes of a payout: the only code that concludes *paid* or *not paid*.

Three rules stand above the rest. No answer is never a no. *Not paid* comes from a final word of
the partner about this very payout. And whatever the partner says about another amount or another
recipient is not about this payout: a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from payouts.core.decide import may_resend
from payouts.ledger.statements import Evidence, Leased, Move
from payouts.limits import Limits
from payouts.outcome import FINAL_VERDICTS, Outcome, Verdict
from payouts.ports import TOO_LATE, Answer, NoAnswer, NotSent, Response
from payouts.retry import backoff_seconds
from payouts.states import ALLOWED, CONTRADICTIONS, Status

_FINAL_STATUS = {
    Verdict.SETTLED: Status.SETTLED,
    Verdict.DECLINED: Status.DECLINED,
    Verdict.RETURNED: Status.RETURNED,
    Verdict.CANCELLED: Status.CANCELLED,
}

_TURNED_AWAY = frozenset({Verdict.NOT_ACCEPTED, Verdict.UNAUTHORISED})


@dataclass(frozen=True, slots=True)
class Reading:
    """A move, and what else follows from the answer behind it.

    ``resend``: a look-up found nothing and the payout may be sent again under its key.
    ``finding``: what a person must be told, as kind and detail.
    """

    move: Move
    verdict: Verdict | None  #: ``None``: no answer, or nothing was sent
    resend: bool = False
    finding: tuple[str, str] | None = None
    not_begun: bool = False  #: our own lateness kept it from being sent

    @property
    def partner_at_work(self) -> bool | None:
        """Whether the answer shows the partner serving us; ``None`` if it was not even asked."""
        if self.not_begun:
            return None
        if self.verdict is None or self.verdict in _TURNED_AWAY:
            return False
        # A server error counts as no answer: else an outage that answers 503 would use up the
        # sends and look-ups of everything that is due, and leave all of it to a person.
        return not any((one.http_status or 0) >= 500 for one in self.move.evidence)


def after_send(leased: Leased, answer: Answer, outcome: Outcome | None, limits: Limits) -> Reading:
    """Return what the answer to a send means for its payout.

    ``leased`` is the payout as it was before this send: ``leased.sends`` counts earlier ones.
    """
    if outcome is None:
        if isinstance(answer, NoAnswer):
            return Reading(_unknown(leased, f"no-answer:{answer.why}", limits), None)
        assert isinstance(answer, NotSent), "an answer that arrived has an outcome"
        move = _turned_away(leased, f"not-sent:{answer.why}", None, (), limits)
        return Reading(move, None, not_begun=answer.why == TOO_LATE)
    verdict = outcome.verdict
    evidence = (_evidence("send", answer, outcome),)
    odd = _differs(leased, outcome)
    if odd is not None:
        move = _move(leased, Status.HELD, odd, outcome, evidence, accepted=True)
        return Reading(move, verdict, finding=("answer-differs", odd))
    if verdict in _TURNED_AWAY:
        return Reading(
            _turned_away(leased, outcome.code, outcome.retry_after_seconds, evidence, limits),
            verdict,
        )
    if verdict is Verdict.NO_FUNDS and not leased.sends:
        return Reading(_move(leased, Status.HELD, outcome.code, outcome, evidence), verdict)
    if verdict is Verdict.HELD:
        move = _move(leased, Status.HELD, outcome.code, outcome, evidence, accepted=True)
        return Reading(move, verdict)
    if verdict in FINAL_VERDICTS and not _about_this_send_only(leased, outcome):
        return Reading(
            _move(leased, _FINAL_STATUS[verdict], outcome.code, outcome, evidence), verdict
        )
    # Open, unknown, or a no that says nothing about the sends before it.
    return Reading(
        _unknown(leased, outcome.code, limits, outcome, evidence, verdict is Verdict.OPEN), verdict
    )


def after_lookup(
    leased: Leased,
    answer: Answer,
    outcome: Outcome | None,
    limits: Limits,
    may_send: bool,
    kind: str = "lookup",
) -> Reading:
    """Return what the partner's word on a payout means; ``kind`` is ``lookup`` or ``list``."""
    verdict = None if outcome is None else outcome.verdict
    evidence = () if outcome is None else (_evidence(kind, answer, outcome),)
    odd = None if outcome is None else _differs(leased, outcome)
    if outcome is not None and odd is not None:
        to = Status.HELD if (leased.status, Status.HELD) in ALLOWED else leased.status
        move = _move(leased, to, odd, outcome, evidence, accepted=True)
        return Reading(move, verdict, finding=("answer-differs", odd))
    # A list can also show what its worker left in *sending* when it died.
    if leased.status in {Status.UNKNOWN, Status.SENDING}:
        return _unknown_looked_up(leased, answer, outcome, limits, may_send, evidence, kind)
    if leased.status is Status.DUE:
        return _due_looked_up(leased, outcome, evidence)
    # Held or final: only a final word of the partner moves it, and only forward.
    if outcome is not None and verdict in FINAL_VERDICTS:
        to = _FINAL_STATUS[outcome.verdict]
        change = (leased.status, to)
        finding = None
        if change in CONTRADICTIONS or (to is not leased.status and change not in ALLOWED):
            finding = ("contradiction", f"{leased.status} here, {to} at the partner")
        if change in ALLOWED:
            return Reading(
                _move(leased, to, outcome.code, outcome, evidence), verdict, finding=finding
            )
        return Reading(
            _move(leased, leased.status, outcome.code, outcome, evidence), verdict, finding=finding
        )
    # What the partner has, no person may call unpaid and no release may send again.
    has_it = verdict in {Verdict.OPEN, Verdict.HELD}
    # Nothing else will look at it again, so a question that was not answered stays a question.
    unanswered = leased.asked and (
        verdict in _TURNED_AWAY
        or (verdict is not Verdict.NOT_FOUND and _absent(answer, verdict))
        or isinstance(answer, NotSent)
    )
    move = _move(
        leased,
        leased.status,
        "unanswered" if unanswered else "looked-up",
        outcome,
        evidence,
        due=limits.lookup_interval_seconds if unanswered else None,
        accepted=has_it,
        ask=unanswered,
    )
    late = isinstance(answer, NotSent) and answer.why == TOO_LATE
    finding = None
    if has_it and leased.status in {Status.DECLINED, Status.CANCELLED}:
        # It may yet be paid, and a reissue with it.
        finding = ("contradiction", f"{leased.status} here, {verdict} at the partner")
    return Reading(move, verdict, finding=finding, not_begun=late)


def _unknown_looked_up(
    leased: Leased,
    answer: Answer,
    outcome: Outcome | None,
    limits: Limits,
    may_send: bool,
    evidence: tuple[Evidence, ...],
    kind: str,
) -> Reading:
    verdict = None if outcome is None else outcome.verdict
    if outcome is not None and verdict in FINAL_VERDICTS:
        return Reading(
            _move(leased, _FINAL_STATUS[outcome.verdict], outcome.code, outcome, evidence), verdict
        )
    if outcome is not None and verdict is Verdict.HELD:
        move = _move(leased, Status.HELD, outcome.code, outcome, evidence, accepted=True)
        return Reading(move, verdict)
    if verdict in _TURNED_AWAY or (outcome is None and not isinstance(answer, NoAnswer)):
        # The question was not heard, which is not an answer of any kind: ask again later.
        retry_after = None if outcome is None else outcome.retry_after_seconds
        wait = _backoff(leased, limits, retry_after)
        reason = f"not-heard:{'not-sent' if outcome is None else outcome.code}"
        move = _move(leased, Status.UNKNOWN, reason, outcome, evidence, due=wait, ask=leased.asked)
        late = isinstance(answer, NotSent) and answer.why == TOO_LATE
        return Reading(move, verdict, not_begun=late)
    # A look-up that somebody asked for, and a list, are not among those the partner rations.
    counted = kind == "lookup" and not leased.asked
    lookups = leased.lookups + counted
    is_open = verdict is Verdict.OPEN
    reason = "no-answer" if outcome is None else outcome.code
    if kind == "lookup" and _absent(answer, verdict) and may_resend(leased, limits, may_send):
        move = _move(
            leased, Status.UNKNOWN, reason, outcome, evidence, due=0.0, looked_up=counted, keep=True
        )
        return Reading(move, verdict, resend=True)
    if lookups >= limits.lookups_max:
        to, due = Status.HELD, None
    else:
        to, due = Status.UNKNOWN, limits.lookup_interval_seconds
    move = _move(
        leased, to, reason, outcome, evidence, due=due, looked_up=counted, accepted=is_open
    )
    return Reading(move, verdict)


def _due_looked_up(
    leased: Leased, outcome: Outcome | None, evidence: tuple[Evidence, ...]
) -> Reading:
    """A payout we believe unsent, and somebody says that the partner knows it."""
    verdict = None if outcome is None else outcome.verdict
    if outcome is not None and verdict is Verdict.NOT_FOUND:
        return Reading(_move(leased, Status.DUE, outcome.code, outcome, evidence, due=0.0), verdict)
    # Found, or no telling: it is looked up until the partner says what became of it.
    found = verdict in FINAL_VERDICTS or verdict in {Verdict.OPEN, Verdict.HELD}
    reason = "no-answer" if outcome is None else outcome.code
    move = _move(leased, Status.UNKNOWN, reason, outcome, evidence, due=0.0, accepted=found)
    return Reading(move, verdict)


def _absent(answer: Answer, verdict: Verdict | None) -> bool:
    """Say whether a look-up leaves room for another send: not found, a server's error, silence.

    An answer that could not be made sense of may be about a payout that the partner has.
    """
    if isinstance(answer, Response) and verdict is not Verdict.NOT_FOUND:
        return verdict is Verdict.UNKNOWN and answer.status >= 500
    return not isinstance(answer, NotSent)


def _about_this_send_only(leased: Leased, outcome: Outcome) -> bool:
    """Say whether a no may concern this request and not an earlier one that is still open.

    A request can be refused by a check that comes before the partner looks for the key. If an
    earlier send went through, such a refusal says nothing about it; a transaction's status does.
    """
    return outcome.verdict is Verdict.DECLINED and leased.sends > 0 and outcome.partner_id is None


def _differs(leased: Leased, outcome: Outcome) -> str | None:
    """Return what the partner repeats otherwise than we said it, ``None`` if nothing."""
    if outcome.amount is not None and outcome.amount != leased.payout.amount:
        return "other-amount"
    if outcome.recipient is not None and outcome.recipient != leased.payout.recipient:
        return "other-recipient"
    return None


@lru_cache(maxsize=1)
def _digest(body: bytes) -> str:
    """Hash an answer; a page of a list is the evidence of each of its entries, and hashed once."""
    return sha256(body).hexdigest()


def _evidence(kind: str, answer: Answer, outcome: Outcome) -> Evidence:
    if isinstance(answer, Response):
        digest = _digest(answer.body)
        return Evidence(kind, outcome.verdict, outcome.code, answer.status, digest)
    return Evidence(kind, outcome.verdict, outcome.code)


def _backoff(leased: Leased, limits: Limits, retry_after: float | None) -> float:
    wait = backoff_seconds(
        leased.turned_away + 1,
        limits.backoff_base_seconds,
        limits.backoff_most_seconds,
        leased.payout.key,
    )
    return max(wait, min(retry_after or 0.0, limits.send_window_seconds))


def _turned_away(
    leased: Leased,
    reason: str,
    retry_after: float | None,
    evidence: tuple[Evidence, ...],
    limits: Limits,
) -> Move:
    # With an earlier send open it is that one that matters: it goes on being looked up.
    to = Status.UNKNOWN if leased.sends else Status.DUE
    return Move(
        leased.payout.id,
        leased.fence,
        to,
        reason,
        due_seconds=_backoff(leased, limits, retry_after),
        evidence=evidence,
        turned_away=True,
    )


def _unknown(
    leased: Leased,
    reason: str,
    limits: Limits,
    outcome: Outcome | None = None,
    evidence: tuple[Evidence, ...] = (),
    accepted: bool = False,
) -> Move:
    return _move(
        leased,
        Status.UNKNOWN,
        reason,
        outcome,
        evidence,
        due=limits.lookup_wait_seconds,
        accepted=accepted,
    )


def _move(
    leased: Leased,
    to: Status,
    reason: str,
    outcome: Outcome | None,
    evidence: tuple[Evidence, ...],
    *,
    due: float | None = None,
    accepted: bool = False,
    looked_up: bool = False,
    keep: bool = False,
    ask: bool = False,
) -> Move:
    # An answer that makes no sense may name somebody else's transaction.
    named = None if outcome is None or outcome.verdict is Verdict.UNKNOWN else outcome.partner_id
    return Move(
        leased.payout.id,
        leased.fence,
        to,
        reason,
        due,
        evidence,
        named,
        accepted,
        looked_up,
        False,
        keep,
        ask,
    )
