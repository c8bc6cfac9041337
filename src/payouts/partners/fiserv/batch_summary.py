"""DDP's batch summary: which rows of a file were taken, and which were not.

A row of ours is ``CI|merchant|payee|reference|code|description``; ``00`` means that the API took
it. That is a payout begun, not a payout made: each is still followed like any other. Around the
rows stand FH, BH, BT and FT records with counts (docs/interactive-guide/batchflow.md of
Fiserv/digital-disbursements-platform). The vendor's own samples count wrongly in BH (5 for 2 rows,
23 for 2), so a count that differs is reported and refuses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from payouts.outcome import Received, Report
from payouts.partners._reading import IDENTIFIER_MAX, identifier_in, label

SOURCE = "fiserv_batch_summary"

#: Records of the file's frame; every other record is a row.
_FRAME = frozenset({"FH", "BH", "BT", "FT"})
_SUCCESS = "00"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What the file says of one payout."""

    action: str  #: CI create and pay, IP pay, CP cancel...
    recipient: str
    key: str
    code: str

    @property
    def taken(self) -> bool:
        return self.code == _SUCCESS


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """The rows that could be read, and everything about the file that a person should see."""

    rows: tuple[BatchRow, ...]
    findings: tuple[str, ...]
    whole: bool = True  #: its end is there, and as many rows as its end counts


def batch_summary_in(content: bytes) -> BatchSummary:
    """Read a summary file; what does not fit is a finding, never an exception."""
    rows: list[BatchRow] = []
    findings: list[str] = []
    counts: dict[str, list[str]] = {}
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        fields = [field.strip() for field in line.split("|")]
        if not any(fields):
            continue
        if fields[0] in _FRAME:
            counts.setdefault(fields[0], fields[1:])
            continue
        key = identifier_in(fields[3]) if len(fields) >= 5 else None
        if key is None:
            findings.append(f"line {number} is no row")
            continue
        rows.append(
            BatchRow(label(fields[0]), label(fields[2], IDENTIFIER_MAX), key, label(fields[4]))
        )
    taken = sum(row.taken for row in rows)
    whole = {
        "BH": (str(len(rows)),),
        "BT": (str(len(rows)), str(taken), str(len(rows) - taken)),
        "FT": ("1", str(taken), str(len(rows) - taken)),
    }
    for record, counted in whole.items():
        given = tuple(counts.get(record, ()))[: len(counted)]
        if not given:
            findings.append(f"no {record} record: the file may be cut off")
        elif given != counted:
            said = ", ".join(label(one) for one in given)
            findings.append(f"{record} says {said}; counted {', '.join(counted)}")
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            findings.append(f"{row.key} stands twice")
        seen.add(row.key)
    # BH counts wrongly in the samples, BT does not.
    ended = "FT" in counts and tuple(counts.get("BT", ()))[:1] == (str(len(rows)),)
    return BatchSummary(tuple(rows), tuple(findings), ended)


def received_in(summary: BatchSummary, file_name: str, day: str) -> tuple[Received, ...]:
    """Return the rows as they are kept: the same file read twice is kept once."""
    return tuple(
        Received(
            external_id=f"{label(file_name, IDENTIFIER_MAX)}:{row.key}:{row.code}",
            kind="batch-row",
            amount=None,
            happened_on=day,
            facts={"action": row.action, "key": row.key, "code": row.code},
        )
        for row in summary.rows
    )


def report_in(content: bytes, file_name: str, day: str) -> Report:
    """Return a summary file as a report; one without its end may lack rows."""
    summary = batch_summary_in(content)
    skipped = sum(" is no row" in finding for finding in summary.findings)
    return Report(
        SOURCE,
        received_in(summary, file_name, day),
        skipped,
        complete=summary.whole,
        readable=bool(summary.rows),
        remarks=summary.findings,
    )
