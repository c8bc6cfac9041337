"""`frugal price` prints one bill four ways, and says what is missing from it."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest, Unpriced
from frugal.price_commands import price
from frugal.render.estimate import COLUMNS, exact

MONTH = """
region: us-east-1
free_tier: always
usage:
  - {service: lambda, name: checkout, requests: 3000000, duration_ms: 120, memory_mb: 1536}
  - {service: api_gateway, requests: 400000000}
  - {service: scheduler, invocations: 500}
  - {service: firehose, name: "=cmd|x", records: 5}
"""


@pytest.fixture(autouse=True)
def no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices come with the package here, whatever the person at this machine has imported."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


@pytest.fixture
def month(tmp_path: Path) -> str:
    path = tmp_path / "month.yaml"
    path.write_text(MONTH, encoding="utf-8")
    return str(path)


def test_the_text_has_lines_bands_total_and_gaps(
    month: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each band and each free part, the total, and what it leaves out."""
    assert price(month) == 0
    said = capsys.readouterr().out
    assert "**At least $392.73 a month**: 1 part is not in it" in said
    assert "beyond 300,000,000" in said
    assert "free (lambda-gb-seconds)" in said
    assert "## Not priced" in said
    assert "SKU" in said


def test_small_money_is_never_shown_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand queue requests are $0.0004, not $0."""
    price("1000 SQS requests")
    said = capsys.readouterr().out
    assert "$0.00040" in said
    assert "$0.00 " not in said


def test_explained_lines_carry_their_formula(
    month: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Quantity, what is free and why, the rate, SKU, date and source stand in a line."""
    price(month, explain=True)
    said = capsys.readouterr().out
    assert "540,000 GB-second; less 400,000 free" in said
    assert "140,000 x $0.0000166667 = $2.333338" in said
    assert "300,000,000 x $0.000001 + 100,000,000 x $0.0000009 = $390" in said
    assert "SKU TG3M4CAGBA3NYQBH, list of 2026" in said


def test_json_is_one_document_of_decimal_strings(
    month: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every number of money is a plain decimal string, and the lines add up to the total."""
    price(month, json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    assert document["complete"] is False
    total = sum(Decimal(line["effective_cost"]) for line in document["lines"])
    assert Decimal(document["effective_monthly"]) == total == Decimal("392.733338")
    assert all("E" not in line["list_unit_price"] for line in document["lines"])
    assert document["unpriced"][0]["reason"]


def test_csv_has_focus_columns_and_adds_up(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The billed column sums to the total, gaps have a reason, and no cell is a formula."""
    price(month, csv=True)
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert tuple(rows[0]) == COLUMNS
    billed = [Decimal(row["BilledCost"]) for row in rows if row["BilledCost"]]
    assert sum(billed) == Decimal("392.733338")
    (missing,) = [row for row in rows if row["x_UnpricedReason"]]
    assert missing["ResourceName"] == "'=cmd|x"
    assert "lower bound" in printed.err


def test_strict_fails_where_something_is_missing(month: str) -> None:
    """`--strict` is exit code 4 while a part has no price."""
    with pytest.raises(Unpriced) as caught:
        price(month, strict=True)
    assert caught.value.exit_code == 4


def test_options_win_over_the_file(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Region, hours and free tier of the command line stand in place of the file's."""
    price(month, region="eu-central-1", free_tier="none", hours="744", json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["region_id"], document["free_tier"]) == ("eu-central-1", "none")
    assert document["hours"] == "744"


def test_words_and_files_are_one_month(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What --usage and the words say is priced with the file, in one account."""
    price("1 million Lambda requests of 1 ms", usage=[Path(month)], free_tier="none", json=True)
    together = json.loads(capsys.readouterr().out)
    assert [line["placement"] for line in together["lines"]][-1] == "Lambda"
    assert Decimal(together["effective_monthly"]) > 0


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (("no/such.yaml",), "there is none"),
        ((), "nothing to price"),
        (("hello there",), "no AWS service"),
    ],
)
def test_nothing_to_price_is_one_clear_error(given: tuple[str, ...], part: str) -> None:
    """A missing file, no argument and idle words each have their own error."""
    with pytest.raises(BadRequest, match=part):
        price(*given)


def test_two_formats_at_once_are_refused() -> None:
    """Standard output holds one document."""
    with pytest.raises(BadRequest, match="both given"):
        price("5 SQS requests", json=True, csv=True)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("2E-7", "0.0000002"), ("1234567.50", "1,234,567.5"), ("0", "0"), ("1E+3", "1,000")],
)
def test_numbers_are_written_out(amount: str, shown: str) -> None:
    """No exponent and no trailing zeros."""
    assert exact(Decimal(amount)) == shown
