"""The other direction: what a partner reports, into the ledger once each.

A report is polled for some days, or comes as a file. Reading the same one again adds nothing, so a
poll may overlap the last one, and one that failed is simply repeated. Nothing is concluded from a
report: it moves no payout (looking up and ``reconcile`` do), and what is missing from it is not
missing. So of one that was cut off, what was read is kept, and the receipt says that it is not all.

A webhook brings nothing in: a partner's notice names a transaction and a status, no amount, and is
a reason to look (``notify``). Notices about a balance or a batch name no transaction at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from payouts.core.worker import Worker
from payouts.ledger.statements import Findings, Found, Receive
from payouts.outcome import Received, Report, Reports
from payouts.ports import Commit, Core, Emit, Response, Send

#: Rows written in one transaction: a file that breaks off half-way is read again from its start.
_CHUNK = 500

#: Findings of one source that are looked through for those about a report.
_FINDINGS_MOST = 1000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What reading one report came to. ``whole``: it was read to its end, and every row of it."""

    source: str
    read: int
    new: int
    skipped: int
    whole: bool
    remarks: tuple[str, ...]
    findings: tuple[Found, ...]  #: about the items read: an amount that differs from the first one


def receive(source: str, items: tuple[Received, ...]) -> Core[int]:
    """Write what is new; return how many were. Reading the same report again adds nothing."""
    receipt = yield from keep(Report(source, items))
    return receipt.new


def poll(worker: Worker, reports: Reports, first_day: str, last_day: str) -> Core[Receipt]:
    """Read the partner's report of these days (ISO 8601, both included) and keep what is new."""
    moment = worker.clock.monotonic()
    nonce = f"{worker.name}-i{int(moment * 1000)}"
    request = reports.report_for(first_day, last_day, worker.merchant, nonce)
    (answer,) = yield Send((request,), moment + worker.limits.send_age_seconds)
    if isinstance(answer, Response):
        report = reports.received_in(answer, last_day, worker.merchant)
    else:
        why = f"the report was not read: {answer.why}"
        report = Report(reports.SOURCES[0], (), complete=False, readable=False, remarks=(why,))
    return (yield from keep(report))


def keep(report: Report) -> Core[Receipt]:
    """Write what of a report is new, a chunk at a time; say what a person should see."""
    source, items = report.source, report.items
    new = 0
    findings: dict[str, Found] = {}
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        added: int = yield Receive(source, chunk)
        if added < len(chunk):
            # Some were known: were they the same? Asked before the commit, so that a rehearsal,
            # which takes all of this back, hears of it too.
            noted: tuple[Found, ...] = yield Findings(source, _FINDINGS_MOST)
            ids = {item.external_id for item in chunk}
            findings |= {one.subject: one for one in noted if one.subject in ids}
        new += added
        yield Commit()
    whole = report.readable and report.complete and not report.skipped
    receipt = Receipt(
        source,
        len(items),
        new,
        report.skipped,
        whole,
        report.remarks,
        tuple(findings[subject] for subject in sorted(findings)),
    )
    yield Emit(
        "received",
        {
            "source": source,
            "read": receipt.read,
            "new": new,
            "skipped": receipt.skipped,
            "whole": whole,
            "remarks": list(receipt.remarks),
            "findings": len(receipt.findings),
        },
        {"Received": new, "ReportsIncomplete": 0 if whole else 1},
        level="info" if whole and not receipt.findings else "error",
    )
    return receipt
