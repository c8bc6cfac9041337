"""What must be true at the end, from three witnesses and nothing else.

The business's own list says what was to be paid; the partner's books say what was; the ledger's
rows say what the runtime believes. No part of the runtime is asked or imported here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

#: What an entry of the partner's books makes of the payment it is about; the heaviest counts.
_TRUTH = {
    "paid": "paid",
    "accepted": "open",
    "held": "open",
    "returned": "returned",
    "reversed": "returned",
    "declined": "not paid",
    "failed": "not paid",
    "cancelled": "not paid",
}
_WEIGHT = ("paid", "open", "returned", "not paid")

#: What each final status of the ledger claims.
_CLAIMS = {
    "settled": {"paid"},
    "returned": {"returned"},
    # What the partner never made a payment of, it did not pay.
    "declined": {"not paid", "nothing"},
    "cancelled": {"not paid", "nothing"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One payout as the business wanted it."""

    reference: str
    recipient: str
    minor: int


@dataclass(frozen=True, slots=True)
class Row:
    """One payout as the ledger holds it."""

    reference: str
    key: str
    recipient: str
    minor: int
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``faults``: one line for each promise that was broken, by kind."""

    faults: tuple[tuple[str, str], ...]
    statuses: Mapping[str, int]
    held: Mapping[str, int]  #: by reason
    paid_minor: int
    returned_minor: int

    def count(self, kind: str) -> int:
        return sum(found == kind for found, _ in self.faults)


def key_of(partner: str, reference: str) -> str:
    """Derive the key a second time, by the documented rule."""
    return sha256(f"payouts:{partner}:{reference}".encode()).hexdigest()[:26]


def judge(
    partner: str,
    wanted: Iterable[Asked],
    unwanted: Iterable[Asked],
    entries: Sequence[Mapping[str, Any]],
    rows: Iterable[Row],
    funding_minor: int,
    unbalanced: Sequence[Any],
) -> Verdict:
    """Compare the three witnesses.

    Args:
        wanted: what the business committed.
        unwanted: what it rolled back.
        entries: the partner's books, in their order.
        funding_minor: what the ledger says has left the funding account, net of returns.
        unbalanced: what the ledger's own audit found.
    """
    faults: list[tuple[str, str]] = []
    asked = {key_of(partner, one.reference): one for one in wanted}
    never = {key_of(partner, one.reference): one for one in unwanted}
    ledger = {row.reference: row for row in rows}
    truths, paid, returned = _truths(entries)

    for key, group in sorted(paid.items()):
        one = asked.get(key)
        if one is None:
            kind = "paid though rolled back" if key in never else "paid though nobody asked"
            name = never[key].reference if key in never else key
            faults.append((kind, f"{name}, {len(group)} times"))
            continue
        if len(group) > 1:
            faults.append(("doubled", f"{one.reference} was paid {len(group)} times"))
        for entry in group:
            if (entry["recipient"], entry["minor"]) != (one.recipient, one.minor):
                faults.append(("paid otherwise than asked", f"{one.reference}: {entry}"))
    # A second look that no key can mislead: nobody got an amount more often than it was asked for.
    wishes = Counter((one.recipient, one.minor) for one in asked.values())
    payments = [entry for group in paid.values() for entry in group]
    gifts = Counter((entry["recipient"], entry["minor"]) for entry in payments)
    for (recipient, minor), times in sorted((gifts - wishes).items()):
        faults.append(("paid too often", f"{recipient} got {minor} {times} times more than asked"))
    for key, one in sorted(asked.items()):
        row = ledger.get(one.reference)
        truth = truths.get(key, "nothing")
        if row is None:
            faults.append(("lost", f"{one.reference} is not in the ledger; partner: {truth}"))
            continue
        if (row.key, row.recipient, row.minor) != (key, one.recipient, one.minor):
            faults.append(("kept otherwise than asked", f"{one.reference}: {row}"))
        if row.status in _CLAIMS:
            if truth not in _CLAIMS[row.status]:
                faults.append(
                    ("believed wrongly", f"{one.reference} is {row.status}; partner: {truth}")
                )
        elif row.status != "held":
            faults.append(("not ended", f"{one.reference} is {row.status} ({row.reason})"))
        elif not row.reason:
            faults.append(("held without a reason", one.reference))
        elif truth not in {"open", "nothing"}:
            # Held is right only while nobody can know better.
            faults.append(("held though known", f"{one.reference} ({row.reason}): {truth}"))
    names = {one.reference for one in asked.values()}
    for reference in sorted(set(ledger) - names):
        faults.append(("in the ledger though nobody asked", reference))
    net = sum(entry["minor"] for entry in payments) - returned
    if funding_minor != net:
        faults.append(("funding account", f"ledger {funding_minor}, partner {net}"))
    faults += [("unbalanced", str(row)) for row in unbalanced]
    held = Counter(row.reason for row in ledger.values() if row.status == "held")
    return Verdict(
        tuple(faults),
        dict(sorted(Counter(row.status for row in ledger.values()).items())),
        dict(sorted(held.items())),
        net + returned,
        returned,
    )


def _truths(
    entries: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, str], dict[str, list[Mapping[str, Any]]], int]:
    """Return what became of each key, each key's payments, and the sum of what came back."""
    last: dict[str, dict[str, str]] = defaultdict(dict)
    paid: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    returned = 0
    for entry in entries:
        kind, key = entry["kind"], entry["key"]
        if kind == "funded":
            continue
        last[key][entry["transaction_id"]] = _TRUTH[kind]
        if kind == "paid":
            paid[key].append(entry)
        elif _TRUTH[kind] == "returned":
            returned += entry["minor"]
    truths = {
        key: next(word for word in _WEIGHT if word in set(said.values()))
        for key, said in last.items()
    }
    return truths, paid, returned
