"""Was anything lost, paid twice, or left undone? Decided apart from the runtime.

The judge hears three witnesses only: the backend's own list of what it asked for, the partner's
own books of what it really paid, and the ledger's rows when everything has come to rest. It knows
the rules of money and of the partner, not how the runtime keeps them. Each verdict names the
payout, the rule and the evidence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

from payouts.limits import Limits
from payouts.sandbox.books import BookEntry, EntryKind
from payouts.simulation.actors import Asked
from payouts.simulation.rows import Row
from payouts.states import ACCOUNT_OF, ALLOWED, FINAL, Account, Status

_MOVED = {EntryKind.PAID: 1, EntryKind.RETURNED: -1, EntryKind.REVERSED: -1}
#: Verdicts that say: the partner has it. After one of them nothing may be sent again.
_HAS_IT = frozenset({"open", "held", "settled", "returned", "cancelled"})
_REISSUES_MOST = 9
#: Between what the ledger notes as the send and the request itself: a send may be this old.
_SLACK_SECONDS = 21.0


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    payout: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.payout}: {self.evidence}"


@dataclass(slots=True)
class Case:
    """What the judge is told."""

    partner: str
    limits: Limits
    asked: Mapping[str, Asked]
    books: Sequence[BookEntry]
    rows: Mapping[int, Row]
    orphans: frozenset[str] = frozenset()  #: keys the ledger lists as not its own
    sends: Mapping[str, Sequence[float]] = field(default_factory=dict)
    lookups: Mapping[str, Sequence[float]] = field(default_factory=dict)
    breaches: Mapping[str, int] = field(default_factory=dict)
    #: A restore that nothing showed: then only the partner's memory stands against a second send.
    unseen_restore: bool = False
    #: Nobody asked out of turn: no webhook, person or restore. Every look-up must have waited.
    only_by_the_clock: bool = False


def judge(case: Case) -> tuple[Violation, ...]:
    """Return everything that is wrong; nothing is the promise."""
    return (
        *_payments(case),
        *_lost(case),
        *_books(case),
        *_agreement(case),
        *_conclusions(case),
        *_endings(case),
        *_histories(case),
        *_manners(case),
    )


def key_of(partner: str, reference: str) -> str:
    """The key a payout must have, reckoned here once more."""
    return sha256(b"payouts:" + partner.encode() + b":" + reference.encode()).hexdigest()[:26]


def _payments(case: Case) -> Iterator[Violation]:
    """Never twice, never another amount or payee, never under a new key, never unasked."""
    by_payee = {asked.payout.recipient: asked for asked in case.asked.values()}
    net: Counter[str] = Counter()
    for entry in case.books:
        if entry.kind is EntryKind.FUNDED:
            continue
        said = f"{entry.kind} {entry.minor} to {entry.recipient} under {entry.key}"
        asked = by_payee.get(entry.recipient)
        if asked is None:
            yield Violation("other-recipient", entry.recipient, said)
            continue
        new = asked.payout
        if entry.key != key_of(case.partner, new.reference) and entry.key not in {
            key_of(case.partner, f"{new.reference}~{number}")
            for number in range(1, _REISSUES_MOST + 1)
        }:
            yield Violation("new-key", new.reference, said)
        if entry.minor != new.amount.minor or entry.currency != new.amount.currency:
            yield Violation("other-amount", new.reference, f"{said}, asked for {new.amount}")
        if asked.withdrawn and entry.kind in {EntryKind.PAID, EntryKind.ACCEPTED}:
            yield Violation("never-asked", new.reference, said)
        sign = _MOVED.get(entry.kind, 0)
        if sign:
            net[new.reference] += sign * entry.minor
            if sign > 0 and net[new.reference] > new.amount.minor:
                yield Violation(
                    "paid-twice",
                    new.reference,
                    f"{net[new.reference]} minor units left for {new.amount.minor}: {said}",
                )


def _lost(case: Case) -> Iterator[Violation]:
    """What the backend knows as accepted is in the ledger; what it forgot, if paid, is listed."""
    present = {row.payout.reference for row in case.rows.values()}
    paid = {entry.key for entry in case.books if entry.kind is EntryKind.PAID}
    for reference, asked in case.asked.items():
        if reference in present or not asked.accepted:
            continue
        key = key_of(case.partner, reference)
        if not asked.forgotten:
            yield Violation("lost", reference, "accepted, and in no row of the ledger")
        elif key in paid and key not in case.orphans:
            yield Violation("lost", reference, "paid by a lost ledger, and not among its orphans")


def _books(case: Case) -> Iterator[Violation]:
    """Every transfer has two sides, and the accounts say what the statuses say."""
    accounts: Counter[tuple[Account, str]] = Counter()
    expected: Counter[tuple[Account, str]] = Counter()
    owners: dict[int, int] = {}
    for row in case.rows.values():
        amount = row.payout.amount
        sides: dict[int, list[int]] = {}
        mine: dict[Account, int] = {}
        for transfer, account, minor, currency in row.entries:
            sides.setdefault(transfer, []).append(minor)
            accounts[account, currency] += minor
            mine[account] = mine.get(account, 0) + minor
            if owners.setdefault(transfer, row.id) != row.id:
                yield Violation("one-sided", row.payout.reference, f"transfer {transfer}")
        for transfer, minors in sides.items():
            if len(minors) != 2 or sum(minors) != 0 or abs(minors[0]) != amount.minor:
                yield Violation("one-sided", row.payout.reference, f"transfer {transfer}: {minors}")
        place = ACCOUNT_OF[row.status]
        should = {place: amount.minor}
        should[Account.BUSINESS] = should.get(Account.BUSINESS, 0) - amount.minor
        expected[place, amount.currency] += amount.minor
        expected[Account.BUSINESS, amount.currency] -= amount.minor
        if _moved(mine) != _moved(should):
            yield Violation("wrong-account", row.payout.reference, f"{row.status}, but {mine}")
    for side in sorted({*accounts, *expected}):
        if accounts[side] != expected[side]:
            yield Violation(
                "unbalanced",
                f"{side[0]} {side[1]}",
                f"entries say {accounts[side]}, statuses say {expected[side]}",
            )


def _moved(accounts: dict[Account, int]) -> dict[Account, int]:
    return {account: minor for account, minor in accounts.items() if minor}


def _agreement(case: Case) -> Iterator[Violation]:
    """What the ledger believes is what the partner did, payout by payout and in sum."""
    net: Counter[str] = Counter()
    for entry in case.books:
        net[entry.key] += _MOVED.get(entry.kind, 0) * entry.minor
    funding = 0
    for row in case.rows.values():
        paid = net.pop(row.payout.key, 0)
        settled = row.status is Status.SETTLED
        funding += row.payout.amount.minor if settled else 0
        if row.status in FINAL and paid != (row.payout.amount.minor if settled else 0):
            yield Violation(
                "disagrees",
                row.payout.reference,
                f"{row.status} ({row.reason}), but {paid} minor units left the account",
            )
    unknown = {key: minor for key, minor in net.items() if minor and key not in case.orphans}
    undecided = {row.payout.key for row in case.rows.values() if row.status not in FINAL}
    held = sum(
        _MOVED[entry.kind] * entry.minor
        for entry in case.books
        if entry.kind in _MOVED and entry.key in undecided
    )
    orphaned = sum(net.values())
    really = sum(_MOVED.get(entry.kind, 0) * entry.minor for entry in case.books)
    if unknown:
        total = sum(unknown.values())
        yield Violation("not-in-ledger", ", ".join(sorted(unknown)), f"{total} minor units")
    if funding + orphaned + held != really:
        yield Violation(
            "funding",
            "the funding account",
            f"{funding} settled + {orphaned} of lost ledgers "
            f"+ {held} undecided, but {really} left it",
        )


def _conclusions(case: Case) -> Iterator[Violation]:
    """*Declined* is the partner's last word: what it has, or pays later, nobody has declined.

    A reconciliation puts such a mistake right in the end, but a reissue would have been paid too.
    """
    kept: dict[str, list[BookEntry]] = defaultdict(list)
    for entry in case.books:
        if entry.kind in {EntryKind.ACCEPTED, EntryKind.PAID}:
            kept[entry.key].append(entry)
    ended = {
        (entry.key, entry.transaction_id): entry.at_seconds
        for entry in case.books
        if entry.kind not in {EntryKind.ACCEPTED, EntryKind.PAID, EntryKind.HELD}
    }
    for row in case.rows.values():
        for change in row.history:
            if change.after is not Status.DECLINED:
                continue
            for entry in kept[row.payout.key]:
                end = ended.get((entry.key, entry.transaction_id))
                if end is None or end > change.at:
                    said = f"declined, but {entry.kind} under {entry.transaction_id}"
                    yield Violation("concluded-too-soon", row.payout.reference, said)


def _endings(case: Case) -> Iterator[Violation]:
    """When trouble has ceased, every payout is final, or held with a reason for a person."""
    for row in case.rows.values():
        if row.status in FINAL or (row.status is Status.HELD and row.reason):
            continue
        yield Violation(
            "not-ended",
            row.payout.reference,
            f"{row.status} ({row.reason}), sends {row.sends}, look-ups {row.lookups}, "
            f"due {row.due_at}, lease {row.worker}",
        )


def _histories(case: Case) -> Iterator[Violation]:
    """The history is a walk along allowed changes and ends at the status."""
    for row in case.rows.values():
        before: Status | None = None
        for change in row.history:
            allowed = (
                change.after in {Status.DUE, Status.UNKNOWN}
                if change.before is None
                else (change.before, change.after) in ALLOWED
            )
            if change.before is not before or not allowed:
                yield Violation(
                    "forbidden-change",
                    row.payout.reference,
                    f"{change.before} to {change.after} after {before}",
                )
            before = change.after
        if before is not row.status:
            yield Violation(
                "forbidden-change", row.payout.reference, f"{row.status} is not in its history"
            )


def _manners(case: Case) -> Iterator[Violation]:
    """What the partner allows: how often, how late, how soon."""
    limits = case.limits
    for row in case.rows.values():
        reference = row.payout.reference
        known_at = min(
            (answer.at for answer in row.answers if answer.evidence.verdict in _HAS_IT),
            default=None,
        )
        if row.payout.key != key_of(case.partner, reference):
            yield Violation("new-key", reference, f"{row.payout.key} in the ledger")
        if row.sends > limits.sends_max:
            yield Violation("too-many-sends", reference, f"{row.sends} sends count")
        for attempt in row.attempts_made:
            if known_at is not None and attempt.at > known_at:
                yield Violation(
                    "sent-after-accepted",
                    reference,
                    f"attempt {attempt.number} {attempt.at - known_at:.0f} s after the partner "
                    "said that it has it",
                )
            if (
                row.first_sent is not None
                # Decided inside the window, sent while that lease lasts: the window ends an hour
                # before the partner's does for this.
                and attempt.at > row.first_sent + limits.send_window_seconds + limits.lease_seconds
            ):
                yield Violation(
                    "sent-too-late",
                    reference,
                    f"attempt {attempt.number} {attempt.at - row.first_sent:.0f} s after the first",
                )
    if not case.unseen_restore:
        for breach in ("late-retry", "other-amount"):
            if case.breaches.get(breach):
                yield Violation(
                    "sent-too-late" if breach == "late-retry" else "other-amount",
                    "the partner's count",
                    f"{case.breaches[breach]} times",
                )
        yield from _early_sends(case)
    if case.only_by_the_clock:
        yield from _early_lookups(case)


def _early_sends(case: Case) -> Iterator[Violation]:
    """What may have been taken is not sent again before the partner can be asked about it."""
    least = case.limits.lookup_wait_seconds - _SLACK_SECONDS
    for key, times in case.sends.items():
        for earlier, later in pairwise(times):
            if later - earlier < least:
                yield Violation("resent-early", key, f"{later - earlier:.0f} s after the send")
                break


def _early_lookups(case: Case) -> Iterator[Violation]:
    least = case.limits.lookup_wait_seconds - _SLACK_SECONDS
    for key, lookups in case.lookups.items():
        sends = case.sends.get(key, ())
        for at in lookups:
            last = max((sent for sent in sends if sent <= at), default=None)
            if last is not None and at - last < least:
                yield Violation("early-lookup", key, f"{at - last:.0f} s after the send")
                break
