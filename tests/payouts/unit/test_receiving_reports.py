"""The direction *receive*: what the core does with a report, and which partners have one."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from payouts.core.receive import Receipt, keep, poll, receive
from payouts.core.worker import Worker
from payouts.ledger.statements import Findings, Found, Receive
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import Merchant, Received, Report, Reports
from payouts.partners import NoReports, UnknownPartner, partner_ids, reports_for, runtime_for
from payouts.ports import Commit, Emit, NoAnswer, NotSent, Response, Send

FUNCTIONS = [name for name in vars(Reports) if not name.startswith("_") and name != "SOURCES"]
FISERV = reports_for("fiserv_ddp")
MERCHANT = Merchant(base_url="https://partner.test", settings={"payment_type": "DEBIT"})
ROW = '{"paymentId": "%d", "paymentAmount": 1.00, "paymentStatus": "DI"}'


class Still:
    def monotonic(self) -> float:
        return 100.0


WORKER = Worker(
    name="w-1",
    partner_id="fiserv_ddp",
    partner=runtime_for("fiserv_ddp"),
    merchant=MERCHANT,
    limits=Limits(),
    clock=Still(),
)


def carried(core: Any, answer: Any = None, noted: tuple[Found, ...] = ()) -> tuple[Receipt, Any]:
    """Carry a core out against a ledger that holds nothing; return its result and commands."""
    said: list[Any] = []
    seen: set[str] = set()
    reply: Any = None
    while True:
        try:
            command = core.send(reply)
        except StopIteration as ended:
            return ended.value, said
        said.append(command)
        reply = None
        if isinstance(command, Send):
            reply = (answer,)
        elif isinstance(command, Receive):
            ids = [item.external_id for item in command.items]
            reply = len(set(ids) - seen)
            seen |= set(ids)
        elif isinstance(command, Findings):
            reply = noted


def item(number: int) -> Received:
    return Received(f"row-{number}", "disbursement", Money(100, "USD"), "2026-01-31", {})


@pytest.mark.parametrize("partner_id", partner_ids())
def test_reports_are_an_optional_part_of_a_partner(partner_id: str) -> None:
    """Where a partner has it, it is whole; where it has not, the error names those that do."""
    if partner_id != "fiserv_ddp":
        with pytest.raises(NoReports, match=f"'{partner_id}'.* fiserv_ddp"):
            reports_for(partner_id)
        return
    reports = reports_for(partner_id)
    for name in FUNCTIONS:
        declared = list(inspect.signature(getattr(Reports, name)).parameters)[1:]
        assert list(inspect.signature(getattr(reports, name)).parameters) == declared, name
    assert reports.SOURCES
    assert len(set(reports.SOURCES)) == len(reports.SOURCES)


def test_an_unknown_partner_has_no_reports() -> None:
    """And is called unknown, not without reports."""
    with pytest.raises(UnknownPartner):
        reports_for("nobody")


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (NotSent("no connection: OSError"), "no connection"),
        (NoAnswer("time-out"), "time-out"),
        (Response(500, b"[]"), "500"),
        (Response(200, b"<html>"), "no array"),
        (Response(200, b'{"error": {}}'), "no array"),
    ],
    ids=["not-sent", "no-answer", "500", "html", "error"],
)
def test_a_report_that_was_not_read_is_not_whole(answer: Any, remark: str) -> None:
    """Nothing is written, nothing concluded, and the receipt says why."""
    receipt, said = carried(poll(WORKER, FISERV, "2026-01-30", "2026-01-31"), answer)
    assert (receipt.whole, receipt.read, receipt.new) == (False, 0, 0)
    assert remark in receipt.remarks[0]
    assert not any(isinstance(one, Receive) for one in said)
    (event,) = (one for one in said if isinstance(one, Emit))
    assert (event.level, event.metrics["ReportsIncomplete"]) == ("error", 1)


def test_what_was_read_of_a_cut_off_report_is_kept() -> None:
    """As many rows as its limit, or a row that cannot be read: kept, and not whole."""
    body = f"[{','.join(ROW % number for number in range(3))}]".encode()
    receipt, _ = carried(poll(WORKER, FISERV, "2026-01-31", "2026-01-31"), Response(200, body))
    assert (receipt.whole, receipt.read, receipt.new) == (True, 3, 3)
    odd = body.replace(b'"paymentId": "1"', b'"paymentId": null')
    receipt, _ = carried(poll(WORKER, FISERV, "2026-01-31", "2026-01-31"), Response(200, odd))
    assert (receipt.whole, receipt.read, receipt.new, receipt.skipped) == (False, 2, 2, 1)
    report = FISERV.received_in(
        Response(200, body), "2026-01-31", Merchant(base_url="", settings={"report_limit": "3"})
    )
    receipt, _ = carried(keep(report))
    assert (receipt.whole, receipt.new) == (False, 3)
    assert "fewer days" in receipt.remarks[0]


def test_a_long_report_is_written_in_chunks() -> None:
    """Each in a transaction of its own, the ledger asked for findings before it commits."""
    found = Found("received-differs", "row-3", "1.00 USD first, then 2.00 USD", 1.0)
    other = Found("received-differs", "row-9999", "of another report", 1.0)
    items = tuple(item(number) for number in range(1200))
    receipt, said = carried(keep(Report("s", (*items, item(3)))), noted=(found, other))
    kinds = [type(one) for one in said if not isinstance(one, Emit)]
    assert kinds == [Receive, Commit, Receive, Commit, Receive, Findings, Commit]
    assert max(len(one.items) for one in said if isinstance(one, Receive)) == 500
    assert (receipt.read, receipt.new, receipt.findings) == (1201, 1200, (found,))


def test_receive_counts_what_is_new() -> None:
    """The short way: a source and its items."""
    new, _ = carried(receive("s", (item(1), item(1), item(2))))
    assert new == 2


@pytest.mark.parametrize(
    ("name", "content", "source", "whole"),
    [
        ("saved.json", f"[{ROW % 1}]".encode(), "fiserv_reporting", True),
        ("saved.json", b"\xef\xbb\xbf" + f"\n[{ROW % 1}]".encode(), "fiserv_reporting", True),
        ("saved.json", f"[{ROW % 1}".encode(), "fiserv_reporting", False),
        ("a_Summary.csv", b"BH|1\nCI|m|p|k-1|00|SUCCESS|\nBT|1|1|0\nFT|1|1|0\n",
         "fiserv_batch_summary", True),
        ("a_Summary.csv", b"BH|9\nCI|m|p|k-1|00|SUCCESS|\nBT|1|1|0\nFT|1|1|0\n",
         "fiserv_batch_summary", True),
        ("a_Summary.csv", b"BH|2\nCI|m|p|k-1|00|SUCCESS|\nBT|2|2|0\nFT|1|2|0\n",
         "fiserv_batch_summary", False),
        ("a_Summary.csv", b"BH|1\nCI|m|p|k-1|00|SUCCESS|\nBT|1|1|0\n",
         "fiserv_batch_summary", False),
        ("a_Summary.csv", b"", "fiserv_batch_summary", False),
    ],
)  # fmt: skip
def test_a_file_is_told_by_how_it_begins(
    name: str, content: bytes, source: str, whole: bool
) -> None:
    """A saved report or a batch summary; one without its end is not whole."""
    report = FISERV.file_in(name, content, "2026-01-31", MERCHANT)
    receipt, _ = carried(keep(report))
    assert (receipt.source, receipt.whole) == (source, whole)
    assert whole or receipt.remarks
