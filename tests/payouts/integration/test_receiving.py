"""The direction *receive* over real HTTP and into a real Postgres: polled and from files."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from payouts.io.clock import SystemClock
from payouts.io.config import load
from payouts.io.runtime import Runtime, kept
from payouts.ports import Emit

DAYS = ("--from", "2020-01-01", "--to", "2099-01-01")


@pytest.fixture
def reporting(deployment: Any) -> Any:
    """The deployment with access to the double's reports: another path, other names of keys."""
    return deployment.elsewhere(
        PAYOUTS_MERCHANT_REPORT_BASE_URL=f"{deployment.partner_url}/reporting",
        PAYOUTS_CREDENTIALS_REPORTING_API_KEY="env:KEY",
        PAYOUTS_CREDENTIALS_REPORTING_API_SECRET="env:SECRET",
    )


def paid(deployment: Any, count: int) -> None:
    lines = "\n".join(json.dumps(deployment.payment(f"order-{n}")) for n in range(count))
    assert deployment.run("enqueue", "-", stdin=lines).returncode == 0
    assert deployment.json("tick")["moved"] == {"settled": count}


def rows(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select external_id, amount, currency, happened_on::text, facts from payouts.received "
            "order by external_id"
        ).fetchall()


def receipt(deployment: Any, *words: str, code: int = 0) -> dict[str, Any]:
    done = deployment.run("receive", *words, "--json")
    assert done.returncode == code, done.stderr + done.stdout
    (one,) = json.loads(done.stdout)["receipts"]
    assert isinstance(one, dict)
    return one


class Reporter:
    """A partner's report that says what a test tells it to."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"[]"
        self.asked: list[dict[str, Any]] = []
        reporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                reporter.asked.append(json.loads(self.rfile.read(length)))
                self.send_response(reporter.status)
                self.send_header("Content-Length", str(len(reporter.body)))
                self.end_headers()
                self.wfile.write(reporter.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def reporter() -> Iterator[Reporter]:
    made = Reporter()
    try:
        yield made
    finally:
        made.close()


def test_a_report_is_polled_and_kept_once(reporting: Any) -> None:
    """What was paid comes back as rows; read again, over other days, nothing is new."""
    paid(reporting, 3)
    rehearsed = receipt(reporting, *DAYS, "--dry-run")
    assert (rehearsed["read"], rehearsed["new"]) == (3, 3)
    assert rows(reporting.dsn) == [], "a dry run reads and keeps nothing"
    first = receipt(reporting, *DAYS)
    assert (first["source"], first["read"], first["new"]) == ("fiserv_reporting", 3, 3)
    assert (first["whole"], first["findings"]) == (True, [])
    today = datetime.fromtimestamp(SystemClock().wall(), UTC).date()
    again = receipt(reporting, "--from", str(today - timedelta(days=1)), "--to", str(today))
    assert (again["read"], again["new"], again["whole"]) == (3, 0, True)
    assert receipt(reporting)["read"] == 0, "yesterday, on which nothing was paid"
    kept_rows = rows(reporting.dsn)
    assert [row[1:3] for row in kept_rows] == [(1050, "USD")] * 3
    keys = {reporting.json("status", f"order-{n}")["key"] for n in range(3)}
    assert {row[4]["referenceId"] for row in kept_rows} == keys


def test_a_changed_amount_is_found_and_told(reporting: Any, databases: Any, tmp_path: Path) -> None:
    """The first one stays; the difference is in the output, the exit code and the status."""
    earlier = tmp_path / "earlier.json"
    paid(reporting, 2)
    other = databases.fresh()  # a ledger that reads the same report, to learn the rows
    receipt(reporting.elsewhere(PAYOUTS_DATABASE=other), *DAYS)
    facts = rows(other)[0][4]
    databases.drop(other)
    earlier.write_text(json.dumps([facts | {"paymentAmount": "9.99"}]), encoding="utf-8")
    assert receipt(reporting, str(earlier))["new"] == 1
    assert reporting.json("status")["findings"] == []
    dry = receipt(reporting, *DAYS, "--dry-run", code=1)
    assert (dry["new"], len(dry["findings"])) == (1, 1), "a rehearsal finds it too"
    assert reporting.json("status")["findings"] == [], "and writes it nowhere"
    for new in (1, 0):
        told = receipt(reporting, *DAYS, code=1)
        assert (told["read"], told["new"], told["whole"]) == (2, new, True)
        (finding,) = told["findings"]
        assert finding["kind"] == "received-differs"
    amounts = {row[0]: row[1] for row in rows(reporting.dsn)}
    assert amounts.pop(finding["subject"]) == 999
    assert list(amounts.values()) == [1050]
    (shown,) = reporting.json("status")["findings"]
    assert (shown["kind"], shown["subject"]) == ("received-differs", finding["subject"])
    assert "received-differs" in reporting.run("status").stdout


def test_a_report_that_breaks_off_is_no_report(reporting: Any, reporter: Reporter) -> None:
    """Exit 1 and why; what was read is kept, and completed the next time."""
    there = reporting.elsewhere(PAYOUTS_MERCHANT_REPORT_BASE_URL=reporter.address)
    good = {"paymentId": "1", "paymentAmount": "1.00", "paymentStatus": "DI"}
    bad = good | {"paymentId": None}
    reporter.body = json.dumps([good, bad]).encode()
    part = receipt(there, *DAYS, code=1)
    assert (part["new"], part["skipped"], part["whole"]) == (1, 1, False)
    reporter.body = json.dumps([good, bad | {"paymentId": "2"}]).encode()
    assert receipt(there, *DAYS)["new"] == 1
    short = there.elsewhere(PAYOUTS_MERCHANT_REPORT_LIMIT="2")
    full = receipt(short, *DAYS, code=1)
    assert (full["read"], full["new"], full["whole"]) == (2, 0, False)
    assert "fewer days" in full["remarks"][0]
    for status, body in ((200, b"[{"), (200, b"<html>"), (500, b"[]"), (401, b"{}")):
        reporter.status, reporter.body = status, body
        none = receipt(there, *DAYS, code=1)
        assert (none["read"], none["whole"]) == (0, False)
        assert none["remarks"]
    assert "not complete" in there.run("receive", *DAYS).stdout
    assert {asked["fromDate"] for asked in reporter.asked} == {"20200101"}
    assert len(rows(there.dsn)) == 2


def test_a_report_larger_than_any_answer_about_payouts_is_read(
    reporting: Any, reporter: Reporter
) -> None:
    """Ten thousand rows are some megabytes."""
    there = reporting.elsewhere(
        PAYOUTS_MERCHANT_REPORT_BASE_URL=reporter.address, PAYOUTS_LIMITS_ANSWER_SECONDS="20"
    )
    reporter.body = json.dumps(
        [{"paymentId": f"p-{n}", "paymentAmount": 1.5, "note": "x" * 500} for n in range(3000)]
    ).encode()
    assert len(reporter.body) > 1024 * 1024
    assert receipt(there, *DAYS)["new"] == 3000


def test_files_are_received_once(reporting: Any, tmp_path: Path) -> None:
    """A batch summary and a saved report; the report's rows are those that were polled."""
    paid(reporting, 1)
    receipt(reporting, *DAYS)
    (external_id, *_rest, facts) = rows(reporting.dsn)[0]
    saved = tmp_path / "report.json"
    saved.write_text(
        json.dumps([{**facts, "paymentAmount": 10.5, "currency": "USD"}]), encoding="utf-8"
    )
    assert receipt(reporting, str(saved))["new"] == 0, external_id
    summary = tmp_path / "FLXPO1.CI.1_Summary.csv"
    text = "FH|||m|\nBH|2\nCI|m|p-1|k-1|00|SUCCESS|\nCI|m|p-2|k-2|400021|no|\nBT|2|1|1\nFT|1|1|1\n"
    summary.write_text(text)
    words = (str(summary), "--to", "2026-01-31")
    assert [receipt(reporting, *words)["new"] for _ in range(2)] == [2, 0]
    summary.write_text(text[: text.index("BT")])
    cut = receipt(reporting, *words, code=1)
    assert (cut["read"], cut["new"], cut["whole"]) == (2, 0, False)
    assert "cut off" in " ".join(cut["remarks"])
    assert len(rows(reporting.dsn)) == 3


@pytest.mark.parametrize(
    ("words", "changes", "says"),
    [
        (["--from", "yesterday"], {}, "2026-01-31"),
        (["--to", "31.01.2026"], {}, "2026-01-31"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], {}, "after the last"),
        (["/no/such"], {}, "/no/such"),
        ([], {"PAYOUTS_CREDENTIALS_REPORTING_API_KEY": ""}, "written out"),
        ([], {"PAYOUTS_MERCHANT_REPORT_LIMIT": "all"}, "report_limit"),
        ([], {"PAYOUTS_MERCHANT_REPORT_BASE_URL": "http://10.1.2.3"}, "https://"),
        ([], {"PAYOUTS_PARTNER": "stripe"}, "no report of 'stripe'"),
    ],
    ids=str,
)
def test_each_bad_input_is_one_clear_line(
    reporting: Any, words: list[str], changes: dict[str, str], says: str
) -> None:
    """Exit 2, one line that names it, no traceback."""
    done = reporting.elsewhere(**changes).run("receive", *words)
    assert done.returncode == 2, done.stdout
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_keys_of_the_payouts_are_not_those_of_the_reports(deployment: Any) -> None:
    """Without keys of their own, reports are not read, and the line says which are missing."""
    done = deployment.run("receive")
    assert done.returncode == 2
    assert "reporting_api_key" in done.stderr


def test_a_function_receives(reporting: Any, reporter: Reporter) -> None:
    """A schedule's input says so; a report that is not whole fails the invocation."""
    events: list[Emit] = []
    config = load(reporting.environ | {"PAYOUTS_MERCHANT_REPORT_BASE_URL": reporter.address})
    from payouts.io import handler

    stores = kept(config)
    runtime = Runtime(config, stores, events.append)
    reporter.body = b'[{"paymentId": "1", "paymentAmount": 1.00}]'

    class Context:
        aws_request_id = "r-1"

        def get_remaining_time_in_millis(self) -> int:
            return 60_000

    handler._instances.append(runtime)
    try:
        for face in (handler.handler, handler.schedule, handler.receive):
            answer = face({"receive": "yesterday"}, Context())
            assert (answer["read"], answer["whole"]) == (1, True)
        yesterday = datetime.fromtimestamp(SystemClock().wall(), UTC).date() - timedelta(days=1)
        assert answer["from"] == answer["to"] == str(yesterday)
        said = {"receive": {"from": "2026-01-01", "to": "2026-01-31"}}
        assert handler.handler(said, Context())["from"] == "2026-01-01"
        reporter.body = b"[{"
        with pytest.raises(handler.NotReceived, match=r"2026-01-01 to 2026-01-31.*no array"):
            handler.handler(said, Context())
        for wrong in ({"receive": "tomorrow"}, {"receive": {"since": "2026-01-01"}}):
            with pytest.raises(ValueError, match="what to receive"):
                handler.handler(wrong, Context())
    finally:
        handler._instances.clear()
        runtime.close()
        with stores() as ledger:
            ledger.close()
    assert len(rows(reporting.dsn)) == 1
    assert [one.level for one in events if one.event == "received"] == ["info"] * 4 + ["error"]
