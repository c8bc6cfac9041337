"""How rows become prices: what merges, what wins, what only confirms, what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from frugal.model.errors import BadRequest
from frugal.price_list.importer import build, main, read_folder
from frugal.price_list.merge import (
    ALLOWANCE,
    CONTRADICTORY,
    INCOMPLETE,
    UNKNOWN_RANGE,
    Draft,
    carry_across,
    common_name,
    complete,
    drafts_of,
    instance_of,
)
from frugal.price_list.rows import Row, read_rows, without_region

GATHERED = """\
offer,region,sku,usagetype,operation,group_or_family,description,unit,begin_range,end_range,\
usd_per_unit,effective_date,source_repo,source_path,source_commit_date,rate_code,regionless_code,\
range_basis
AWSLambda,us-east-1,AAA,Request,,Requests,Lambda Requests | AWS Lambda - Total Requests,Requests,\
0,Inf,0.0000002000,2025-10-30,who/list,lambda.json,2025-11-05,AAA.JRTCKXETXF.6YS6EN2CT7,same1,\
official-csv
AWSLambda,eu-west-1,BBB,,,,Lambda Requests (description of the same dimension in us-east-1),,\
0,Inf,0.0000003,2025-10-30,who/list,lambda.json,2025-11-05,BBB.JRTCKXETXF.6YS6EN2CT7,same1,
"""
DOCUMENTED = """\
offer,region,item,unit,usd,date,address,title,quoted_fragment
AWSLambda,us-east-1,durable operation,operation,0.000008,2026,https://example.com/a,A page,words
AWSLambda,us-east-1,tier 2 of something,GB,0.25,2026,https://example.com/a,A page,words
AWSLambda,us-east-1,two prices,GB ; hour,0.1 ; 0.2,2026,https://example.com/a,A page,words
AWSLambda,all,free: 10 alarms,,0,2026,https://example.com/a,A page,words
"""
OFFICIAL = """\
"FormatVersion","v1.0"
"Disclaimer","For information."
"Publication Date","2026-11-01T00:00:00Z"
"Version","20261101000000"
"OfferCode","AWSQueueService"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange",\
"EndingRange","Unit","PricePerUnit","Currency","Product Family","usageType","operation",\
"Region Code"
"CCC","JRTCKXETXF","CCC.JRTCKXETXF.A","OnDemand","per request","2026-11-01","0","100","Requests",\
"0.0000004000","USD","Queue","EUC1-Requests-Tier1","","eu-central-1"
"CCC","JRTCKXETXF","CCC.JRTCKXETXF.B","OnDemand","per request","2026-11-01","100","Inf",\
"Requests","0.0000003000","USD","Queue","EUC1-Requests-Tier1","","eu-central-1"
"DDD","NQ3QZPMQV9","DDD.NQ3QZPMQV9.A","Reserved","upfront","2026-11-01","","","Quantity",\
"100","USD","Queue","EUC1-Reserved","","eu-central-1"
"""


def row(usd: str, begin: str | None = "0", end: str | None = None, **more: Any) -> Row:
    values: dict[str, Any] = {
        "offer": "AWSLambda",
        "region": "us-east-1",
        "sku": "AAA",
        "usage_type": "",
        "operation": "",
        "group": "",
        "name": "",
        "attributes": "",
        "unit": "",
        "date": "2025-01-01",
        "source": "a test",
        **more,
    }
    return Row(
        begin=None if begin is None else Decimal(begin),
        end=None if end is None else Decimal(end),
        usd=Decimal(usd),
        **values,
    )


def only(rows: list[Row]) -> Draft:
    (draft,) = drafts_of(rows)
    return draft


def rates(draft: Draft) -> list[str]:
    return [f"{band.usd:f}" for band in draft.bands]


def test_the_newest_reading_of_a_band_wins() -> None:
    """Two dates of one price: the later one holds."""
    draft = only([row("3", date="2025-01-01"), row("2", date="2026-01-01")])
    assert rates(draft) == ["2"]
    assert draft.trouble == ""


def test_a_newer_reading_of_one_band_keeps_the_other_bands() -> None:
    """A later list that shows only the first band replaces only that band."""
    draft = only(
        [
            row("5", "0", "100"),
            row("4", "100", "200"),
            row("3", "200"),
            row("6", "0", "100", date="2026-01-01"),
        ]
    )
    assert rates(draft) == ["6", "4", "3"]


def test_bands_cut_differently_since_are_not_mixed() -> None:
    """A newer whole table replaces an older one with other boundaries entirely."""
    draft = only([row("5", "0", "100"), row("4", "100"), row("6", date="2026-01-01")])
    assert rates(draft) == ["6"]


def test_a_row_without_a_range_confirms_and_never_replaces() -> None:
    """A later flat reading of the first rate confirms the table and leaves its tiers."""
    draft = only(
        [
            row("5", "0", "100"),
            row("4", "100"),
            row("5", None, date="2026-10-01", name="a sentence"),
        ]
    )
    assert rates(draft) == ["5", "4"]
    assert draft.confirmed == "2026-10-01"
    assert draft.conflicts == []


def test_a_row_without_a_range_that_fits_no_band_is_a_listed_conflict() -> None:
    """A flat reading that disagrees is listed, and the table stands."""
    draft = only([row("5", "0", "100"), row("4", "100"), row("7", None, date="2026-10-01")])
    assert rates(draft) == ["5", "4"]
    assert draft.confirmed == ""
    assert "7 without a range on 2026-10-01" in draft.conflicts[0]


@pytest.mark.parametrize(
    ("rows", "trouble"),
    [
        ([row("5", None)], UNKNOWN_RANGE),
        ([row("5", "1")], INCOMPLETE),
        ([row("5", "0", "100"), row("4", "200")], INCOMPLETE),
        ([row("5", "0", "100")], INCOMPLETE),
        ([row("0", "0", "100")], ALLOWANCE),
        ([row("5"), row("6")], CONTRADICTORY),
    ],
)
def test_a_price_that_does_not_cover_all_use_says_why(rows: list[Row], trouble: str) -> None:
    """Unknown, gapped, bounded and contradictory tables are kept, but price nothing."""
    assert only(rows).trouble == trouble


def test_a_row_without_sku_joins_the_product_with_its_usage_type() -> None:
    """Usage type alone is enough to add a later date to the SKU it belongs to."""
    draft = only(
        [
            row("5", usage_type="Request"),
            row("4", sku="", usage_type="Request", date="2026-10-08", unit="Requests"),
        ]
    )
    assert (draft.sku, draft.unit, rates(draft)) == ("AAA", "Requests", ["4"])


def test_operations_tell_products_of_one_usage_type_apart() -> None:
    """Partner events do not join the SKU of custom events."""
    drafts = drafts_of(
        [
            row("1", usage_type="Event-64K-Chunks", operation="PutEvents"),
            row("1", sku="", usage_type="Event-64K-Chunks", operation="ReceivedPartnerEvents"),
        ]
    )
    assert {(d.sku, d.operation) for d in drafts} == {
        ("AAA", "PutEvents"),
        ("", "ReceivedPartnerEvents"),
    }


def test_a_row_two_products_could_own_joins_neither() -> None:
    """An ambiguous row stays a product of its own, so that finding it is an error."""
    drafts = drafts_of(
        [
            row("1", usage_type="Usage"),
            row("2", sku="BBB", usage_type="Usage"),
            row("3", sku="", usage_type="Usage"),
        ]
    )
    assert sorted(d.sku for d in drafts) == ["", "AAA", "BBB"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": "db.t4g.micro PostgreSQL Multi-AZ"},
        {"name": "$ 0.03 per RDS db.t4g.micro Multi-AZ instance hour (or part) running PostgreSQL"},
        {
            "name": "Database Instance PostgreSQL No license required db t4g.micro General purpose "
            "Multi-AZ Current Generation"
        },
        {"usage_type": "Multi-AZUsage:db.t4g.micro", "operation": "PostgreSQL Multi-AZ"},
    ],
)
def test_every_way_of_naming_an_instance_is_one_instance(said: dict[str, str]) -> None:
    """Four sources name a database instance in four ways; all are the same product."""
    assert instance_of(row("1", **said)) == "db.t4g.micro PostgreSQL Multi-AZ"


def test_an_old_reading_gives_its_usage_type_and_not_its_price() -> None:
    """The 2023 rows know the usage type; the newer row without one has the price."""
    draft = only(
        [
            row("9", usage_type="BoxUsage:t4g.micro", name="t4g.micro Linux", date="2023-02-23"),
            row("8", sku="", name="On Demand Linux t4g.micro Instance Hour", date="2025-11-04"),
        ]
    )
    assert (draft.usage_type, rates(draft)) == ("BoxUsage:t4g.micro", ["8"])
    assert draft.names == ("On Demand Linux t4g.micro Instance Hour",)


def carried(home: list[Row], abroad: list[Row]) -> Draft:
    drafts = {"us-east-1": drafts_of(home), "eu-central-1": drafts_of(abroad)}
    carry_across(drafts)
    (draft,) = drafts["eu-central-1"]
    return draft


def test_the_regionless_code_carries_usage_type_unit_and_name() -> None:
    """A hash in Frankfurt becomes the dimension it is in Virginia."""
    draft = carried(
        [row("1", usage_type="Request", unit="Requests", name="Lambda Requests", regionless="x")],
        [row("2", region="eu-central-1", sku="BBB", regionless="x")],
    )
    assert (draft.usage_type, draft.unit) == ("Request", "Requests")
    assert draft.names == ("Lambda Requests",)


def test_a_regional_name_keeps_the_home_name_beside_it() -> None:
    """Lightsail plans have another quota, and so another name, in some Regions."""
    draft = carried(
        [row("1", name="Bundle 1TB Quota", regionless="x")],
        [row("1", region="eu-central-1", name="Bundle 0.5TB Quota", regionless="x")],
    )
    assert (draft.names, draft.aliases) == (("Bundle 0.5TB Quota",), ("Bundle 1TB Quota",))


def test_a_name_two_products_share_carries_nothing() -> None:
    """Without a code, an equal name joins only where it is unique."""
    draft = carried(
        [
            row("1", usage_type="A", name="Metric"),
            row("2", sku="BBB", usage_type="B", name="Metric"),
        ],
        [row("3", region="eu-central-1", name="Metric")],
    )
    assert draft.usage_type == ""


@pytest.mark.parametrize(
    ("names", "whole"),
    [
        (("Standard per Requests", "Standard per Requests Tier2"), "Standard per Requests"),
        (("DataTransfer External Outbound Next 10 TB New",), None),
        (
            (
                "DataTransfer External Outbound Next 10 TB New",
                "DataTransfer External Outbound Greater than 150 TB New",
            ),
            "DataTransfer External Outbound New",
        ),
        (("SMTP 0 to 1000", "SNS Email Notifications"), "the paid one"),
    ],
)
def test_the_common_name_is_what_the_tiers_share(names: tuple[str, ...], whole: str | None) -> None:
    """One name per product: the words its tiers share, or the paid tier's."""
    assert common_name(names, "the paid one") == (whole or names[0])


@pytest.mark.parametrize(
    ("offer", "region", "listed", "ours"),
    [
        ("AWSEvents", "us-east-1", "USE1-Event-64K-Chunks", "Event-64K-Chunks"),
        ("AWSLambda", "eu-west-1", "EUW1-Request", "Request"),
        ("AmazonDynamoDB", "eu-west-1", "EU-IA-ReadRequestUnits", "IA-ReadRequestUnits"),
        ("AWSQueueService", "eu-central-1", "EUC1-Requests-Tier1", "Requests-RBP"),
        ("AmazonSNS", "eu-central-1", "EUC1-Requests-Tier1", "Requests-Tier1"),
        ("AWSLambda", "Any", "Global-Request", "Global-Request"),
    ],
)
def test_a_usage_type_loses_its_region(offer: str, region: str, listed: str, ours: str) -> None:
    """Only the Region's own prefix is cut, and SQS's two spellings become one."""
    assert without_region(offer, region, listed) == ours


def test_an_official_file_gives_usage_types_tiers_and_no_reserved_terms(tmp_path: Path) -> None:
    """AWS's own CSV is read as it is published."""
    path = tmp_path / "sqs.csv"
    path.write_text(OFFICIAL)
    draft = only(list(read_rows(path)))
    assert (draft.usage_type, draft.unit, rates(draft)) == (
        "Requests-RBP",
        "Requests",
        ["0.0000004", "0.0000003"],
    )
    assert complete(draft.bands)


def sample(folder: Path) -> Path:
    (folder / "AWSLambda.csv").write_text(GATHERED)
    (folder / "AWSQueueService.csv").write_text(OFFICIAL)
    (folder / "documented.csv").write_text(DOCUMENTED)
    return folder


def test_equal_rows_make_equal_bytes_in_any_order(tmp_path: Path) -> None:
    """The snapshot depends on what the rows say, not on the order they came in."""
    rows, documented = read_folder(sample(tmp_path))
    assert build(rows, documented) == build(list(reversed(rows)), documented)


def test_the_command_writes_a_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The importer's command builds the file it was told to."""
    target = tmp_path / "out" / "prices.bin"
    assert main([str(sample(tmp_path)), "-o", str(target)]) == 0
    assert target.read_bytes() == build(*read_folder(tmp_path))
    assert "bytes" in capsys.readouterr().out


def test_a_folder_without_prices_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to import: says so, returns 2, writes nothing."""
    assert main([str(tmp_path), "-o", str(tmp_path / "prices.bin")]) == 2
    assert "no price files" in capsys.readouterr().err
    assert not (tmp_path / "prices.bin").exists()


def test_an_unreadable_price_names_its_line(tmp_path: Path) -> None:
    """A number that is none is refused with file and line."""
    path = tmp_path / "AWSLambda.csv"
    path.write_text(GATHERED.replace("0.0000003,", "three,"))
    with pytest.raises(BadRequest, match=r"AWSLambda.csv:3"):
        list(read_rows(path))
