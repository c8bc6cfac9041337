"""Reads AWS's offer files in CSV, line by line, into the same values as those in JSON.

Five heading lines (four in files of 2021), a line of column names that differ by offer, and one
line per price. Files that went through a spreadsheet begin with ``sep=``, which is stepped over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from frugal.model.errors import BadRequest
from frugal.price_list.bulk import (
    KEPT_TERMS,
    OTHER_TERMS,
    Progress,
    heading_of,
    no_progress,
    product_of,
    rate_of,
)
from frugal.price_list.bulk_json import Read

PROGRESS_LINES = 5_000
HEADING = {"OfferCode": "offer", "Version": "version", "Publication Date": "date"}
HEADING_LINES_MAX = 8
NEEDED = (
    *("SKU", "OfferTermCode", "RateCode", "StartingRange", "EndingRange", "Unit"),
    *("PricePerUnit", "Currency", "usageType", "operation"),
)
#: The columns of attributes, by the name the JSON files have for them.
COLUMNS = {
    "usagetype": "usageType",
    "operation": "operation",
    "group": "Group",
    "location": "Location",
    "locationType": "Location Type",
    "regionCode": "Region Code",
    "instanceType": "Instance Type",
    "operatingSystem": "Operating System",
    "tenancy": "Tenancy",
    "preInstalledSw": "Pre Installed S/W",
    "capacitystatus": "CapacityStatus",
    "marketoption": "MarketOption",
    "databaseEngine": "Database Engine",
    "deploymentOption": "Deployment Option",
    "fromLocation": "From Location",
    "toLocation": "To Location",
    "family": "Product Family",
    "related": "RelatedTo",
}


def is_official_csv(first_bytes: bytes) -> bool:
    """Whether a file begins as AWS's CSV files do.

    >>> is_official_csv(b'sep=,' + bytes([10]) + b'"FormatVersion","v1.0"')
    True
    """
    return b"FormatVersion" in b"".join(first_bytes.splitlines()[:2])


def read_csv(path: Path, progress: Progress = no_progress, *, name: str = "") -> Iterator[Read]:
    """Yield what the file holds, each with the line it stands on; see `bulk_json.read_json`."""
    size, name = path.stat().st_size, name or path.name
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        lines = csv.reader(text, strict=True)
        try:
            for line, found in _read(lines, name):
                if line % PROGRESS_LINES == 0:
                    progress(min(raw.tell(), size), size)
                yield line, found
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadRequest(
                f"the price file is not whole: {error}",
                where=f"{name}:{lines.line_num + 1}",
                hint="Nothing was imported; get the file again",
            ) from error
    progress(size, size)


def _read(lines: _Lines, name: str) -> Iterator[Read]:
    heading: dict[str, str] = {}
    columns: list[str] = []
    for cells in lines:
        if cells[:1] == ["SKU"]:
            columns = cells
            break
        if len(cells) == 2 and cells[0] in HEADING:
            heading[HEADING[cells[0]]] = cells[1]
        if lines.line_num > HEADING_LINES_MAX:
            break
    where = f"{name}:{lines.line_num}"
    if missing := [column for column in NEEDED if column not in columns]:
        raise BadRequest(
            f"the price file has no column {missing[0]}",
            where=where,
            hint="Give a whole file as AWS publishes it",
        )
    yield lines.line_num, heading_of(heading, where)
    at = {column: columns.index(column) for column in columns}
    told = [(key, at[column]) for key, column in COLUMNS.items() if column in at]
    told_keys = [key for key, _ in told]
    last: tuple[str, list[str]] = ("", [])
    for cells in lines:
        line = lines.line_num
        if not cells:
            continue
        if len(cells) != len(columns):
            raise BadRequest(
                f"the line has {len(cells)} cells, the heading {len(columns)}",
                where=f"{name}:{line}",
                hint="Nothing was imported; get the file again",
            )
        sku = cells[at["SKU"]]
        if cells[at["OfferTermCode"]] not in KEPT_TERMS:
            yield line, OTHER_TERMS
            continue
        try:
            rate = rate_of(
                sku=sku,
                rate_code=cells[at["RateCode"]],
                begin=cells[at["StartingRange"]],
                end=cells[at["EndingRange"]],
                price=cells[at["PricePerUnit"]],
                unit=cells[at["Unit"]],
                currency=cells[at["Currency"]],
            )
        except ValueError as error:
            raise BadRequest(
                f"a price cannot be read: {error}",
                where=f"{name}:{line}",
                hint="Nothing was imported; get the file again",
            ) from error
        told_now = [cells[place] for _, place in told]
        if (sku, told_now) != last:
            last = (sku, told_now)
            said = dict(zip(told_keys, told_now, strict=True))
            yield line, product_of(sku, said.pop("family", ""), said, said.pop("related", ""))
        yield line, (sku, (rate,))


class _Lines(Protocol):
    """What `csv.reader` returns, for the type checker."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...
