"""The direction *receive*: Fiserv's disbursement report, and the summary of a batch file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money
from payouts.outcome import Credentials, Merchant
from payouts.partners.fiserv import batch_summary, reporting
from payouts.ports import Request, Response

MERCHANT = Merchant(base_url="https://partner.test/reporting", settings={})
CREDENTIALS = Credentials(
    values={"reporting_api_key": "key-1", "reporting_api_secret": "s3cret-1", "api_secret": "no"}
)

#: By hand with openssl: base64 of the hexadecimal HMAC over key-1, nonce-1, 1700000000123, {"a":1}.
SIGNATURE = (
    "NWFkNTAwNDU4MDUxYjRhOWU2YzU1MTQ2NDNiZTM1Njk2MTcyNzM1MGI2YjQ5ZDVjNGRhM2I1OGNmYjA4YzUxYQ=="
)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "transactionId": "TID-1",
        "paymentId": "p-1",
        "paymentAmount": "10.50",
        "paymentStatus": "DI",
        "settlementStatus": "Settled",
        "settlementDate": "20261122",
        "returnCode": None,
        "accountNumber": "4111111111111111",
        **changes,
    }


def report(*rows: Any, status: int = 200, merchant: Merchant = MERCHANT) -> reporting.Report:
    response = Response(status, json.dumps(list(rows)).encode())
    return reporting.received_in(response, "2026-11-23", merchant)


def test_the_question() -> None:
    """Days without hyphens, a limit, one currency and one kind of date."""
    request = reporting.report_for("2026-11-22", "2026-11-23", MERCHANT, "n")
    assert (request.method, request.path) == ("POST", "/v1/disbursement/search")
    assert json.loads(request.body) == {
        "fromDate": "20261122",
        "toDate": "20261123",
        "limit": 10000,
        "filters": {"dateType": "PaymentDate", "currency": "USD"},
    }


def test_reporting_signs_in_its_own_way() -> None:
    """Key, nonce, time and body in a row; Base64 of the hex; its own secret."""
    request = Request("POST", "/x", b'{"a":1}', {"Accept": "application/json"}, "nonce-1")
    assert reporting.signed(request, MERCHANT, CREDENTIALS, 1_700_000_000.123) == {
        "Accept": "application/json",
        "Api-Key": "key-1",
        "Timestamp": "1700000000123",
        "Client-Request-Id": "nonce-1",
        "Authorization": SIGNATURE,
        "Auth-Token-Type": "HMAC",
    }
    with pytest.raises(ValueError, match="reporting_api_key"):
        reporting.signed(request, MERCHANT, Credentials(values={"api_key": "x"}), 0.0)


def test_a_row_is_received_without_account_data() -> None:
    """Id, exact amount, day and the statuses; numbers of accounts stay where they are."""
    (item,) = report(row()).items
    assert (item.external_id, item.kind) == ("p-1:DI:Settled", "disbursement")
    assert (item.amount, item.happened_on) == (Money(1050, "USD"), "2026-11-22")
    assert item.facts == {
        "transactionId": "TID-1",
        "paymentId": "p-1",
        "paymentStatus": "DI",
        "settlementStatus": "Settled",
    }
    assert "4111" not in repr(item)


def test_a_later_status_is_another_row() -> None:
    """The same payment, returned two days later, is news and not a repeat."""
    ids = [item.external_id for item in report(row(), row(), row(paymentStatus="DC")).items]
    assert ids == ["p-1:DI:Settled", "p-1:DI:Settled", "p-1:DC:Settled"]


@pytest.mark.parametrize(
    ("given_day", "day"),
    [
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T05:00:00Z", "2026-11-22"),
        ("11/22/2026", "2026-11-22"),
        (20261122, "2026-11-22"),
        ("20261399", "2026-11-23"),
        ("soon", "2026-11-23"),
        (None, "2026-11-23"),
    ],
)
def test_days_are_read_in_three_forms(given_day: Any, day: str) -> None:
    """A day that cannot be read is the last one asked for, if the payment has none either."""
    assert report(row(settlementDate=given_day)).items[0].happened_on == day
    paid = report(row(settlementDate="", paymentDate="11/20/2026")).items[0]
    assert paid.happened_on == "2026-11-20"


def test_ids_are_kept_whole() -> None:
    """A transaction's id has 40 characters; a shortened one would find nothing."""
    whole = "TID-1d95aca5-3cf2-4e62-a242-2619c2778dc0"
    assert report(row(transactionId=whole)).items[0].facts["transactionId"] == whole


def test_a_row_may_name_its_currency() -> None:
    """One that does is believed, one that does not is in the currency asked for."""
    assert report(row(currency="CAD")).items[0].amount == Money(1050, "CAD")
    assert report(row(currency="dollars")).items[0].amount is None


def test_a_report_says_what_it_lacks() -> None:
    """Rows without an id are counted; one as long as its limit may go on; an error is no report."""
    mixed = report(row(), {"paymentAmount": 1}, "text", row(paymentAmount="ten"))
    assert (len(mixed.items), mixed.skipped, mixed.complete) == (2, 2, True)
    assert mixed.items[1].amount is None
    short = Merchant(base_url="", settings={"report_limit": "2"})
    assert report(row(), merchant=short).complete
    assert not report(row(), row(), merchant=short).complete
    for response in (Response(500, b"[]"), Response(200, b"{}"), Response(200, b"")):
        assert not reporting.received_in(response, "2026-11-23", MERCHANT).readable
    for limit in ("0", "1000001", "all"):
        with pytest.raises(ValueError, match="report_limit"):
            report(merchant=Merchant(base_url="", settings={"report_limit": limit}))


# batch summaries -------------------------------------------------------------------------------

SUMMARY = b"""FH|||ABC
BH|3
CI|m-1|payee-1|key-1|00|SUCCESS|
CI|m-1|payee-2|key-2|400024|Payment Type not allowed|
CI|m-1|payee-3|key-3|00|SUCCESS|
BT|3|2|1
FT|1|2|1
"""


def test_a_summary_with_taken_and_refused_rows() -> None:
    """Each row with its payout's reference and code; counts that agree find nothing."""
    summary = batch_summary.batch_summary_in(SUMMARY)
    assert [(one.key, one.code, one.taken) for one in summary.rows] == [
        ("key-1", "00", True),
        ("key-2", "400024", False),
        ("key-3", "00", True),
    ]
    assert summary.findings == ()


def test_wrong_counts_are_reported_and_refuse_nothing() -> None:
    """The vendor's own samples count wrongly in BH."""
    summary = batch_summary.batch_summary_in(SUMMARY.replace(b"BH|3", b"BH|23"))
    assert len(summary.rows) == 3
    assert summary.findings == ("BH says 23; counted 3",)
    summary = batch_summary.batch_summary_in(SUMMARY.replace(b"FT|1|2|1", b"FT|1|3|0"))
    assert summary.findings == ("FT says 1, 3, 0; counted 1, 2, 1",)


def test_a_file_that_is_cut_off_or_odd_is_reported() -> None:
    """Missing trailers, broken rows and a reference that stands twice are all said."""
    cut = batch_summary.batch_summary_in(SUMMARY[: SUMMARY.index(b"BT")])
    assert cut.findings == (
        "no BT record: the file may be cut off",
        "no FT record: the file may be cut off",
    )
    odd = batch_summary.batch_summary_in(SUMMARY.replace(b"key-3", b"key-1") + b"CI|half\r\n")
    assert "line 8 is no row" in odd.findings
    assert "key-1 stands twice" in odd.findings


def test_a_file_read_twice_is_received_once() -> None:
    """The id of a row is made of file, reference and code."""
    summary = batch_summary.batch_summary_in(SUMMARY)
    first, second = (
        batch_summary.received_in(summary, "FLXPO.CI.1.csv_Summary.csv", "2026-11-23")
        for _ in range(2)
    )
    assert first == second
    assert len({item.external_id for item in first}) == 3


@given(content=st.binary(max_size=300) | st.text("|CIBTFH0\n ", max_size=200).map(str.encode))
def test_any_file_is_read(content: bytes) -> None:
    """No bytes raise; what does not fit is a finding."""
    summary = batch_summary.batch_summary_in(content)
    whole = all(f"\n{name}|" in f"\n{content.decode('utf-8', 'replace')}" for name in ("BH", "BT"))
    assert summary.findings or whole
