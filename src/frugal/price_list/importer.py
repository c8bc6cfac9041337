"""Builds the snapshot of AWS's list prices that the package carries.

    python -m frugal.price_list.importer PATH_TO_PRICES_DIR [-o SNAPSHOT]

The folder holds price files, gathered or AWS's own, and ``documented.csv``, numbers that only a
page gives. The same files make the same bytes on any day and in any order, and on any machine with
the same zlib; the snapshot's id is a hash of its content, the same everywhere.

Blocks of the snapshot, each read only when it is asked for:

- ``sources``: where rows were read, by number; ``bands``: ranges of use, by number
- ``offer/<offer>``: the dimensions of one offer, in all Regions
- ``price/<offer>/<region>``: its products in one Region: dimension, SKU, source, dates, bands
- ``documented``: prices that only a page gives; ``conflicts``: readings that contradict a price
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from frugal.model.errors import BadRequest, FrugalError
from frugal.price_list.container import pack
from frugal.price_list.layout import Numbered, dimension_of, price_of
from frugal.price_list.lookup import SNAPSHOT
from frugal.price_list.merge import carry_across, common_name, drafts_of
from frugal.price_list.rows import Row, plain_source, read_rows

DOCUMENTED = "documented.csv"
#: A single plain number: "0.10 / 0.006" and "up to 70% off" price nothing by themselves.
PLAIN_NUMBER = re.compile(r"^\d+(\.\d+)?$")
#: One band of a table is not a price for all use.
ONE_BAND = re.compile(r"\btier \d")
#: How a documented row says what is free: in its price, or in its item with a price of 0.
FREE_UP_TO = re.compile(r"^0 up to (?P<quantity>[\d,]+)$")
FREE_ITEM = re.compile(r"^free: (?P<quantity>[\d,]+) ")


def build(rows: Iterable[Row], documented: Iterable[dict[str, str]] = ()) -> bytes:
    """Return the snapshot of ``rows`` and of the documented prices."""
    by_offer: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_offer[row.offer][row.region].append(row)
    sources, bands = Numbered(), Numbered()
    blocks: dict[str, Any] = {}
    conflicts: list[list[str]] = []
    for offer, regions in sorted(by_offer.items()):
        drafts = {region: drafts_of(found) for region, found in sorted(regions.items())}
        carry_across(drafts)
        dimensions = Numbered()
        for region, found in drafts.items():
            blocks[f"price/{offer}/{region}"] = [
                [dimensions(dimension_of(draft)), *price_of(draft, sources, bands)]
                for draft in found
            ]
            conflicts.extend(
                [offer, region, draft.sku, draft.usage_type or common_name(draft.names), said]
                for draft in found
                for said in draft.conflicts
            )
        blocks[f"offer/{offer}"] = dimensions.listed()
    blocks["documented"] = [entry for entry in map(_documented, documented) if entry is not None]
    blocks["conflicts"] = sorted(conflicts)
    blocks["sources"] = sources.listed()
    blocks["bands"] = bands.listed()
    return pack(blocks)


def _documented(cells: dict[str, str]) -> list[str | None] | None:
    """Return offer, region, item, unit, usd, free quantity, date, source of a documented number.

    Either ``usd`` is one plain number, or the row states a free quantity; ``None`` for any other.
    """
    offered = FREE_UP_TO.match(cells["usd"])
    if cells["usd"] == "0" and not offered:
        offered = FREE_ITEM.match(cells["item"])
    whole = not ONE_BAND.search(cells["item"])
    priced = PLAIN_NUMBER.match(cells["usd"]) and cells["unit"] and whole
    if not offered and not priced:
        return None
    return [
        cells["offer"],
        cells["region"],
        cells["item"],
        cells["unit"],
        None if offered else f"{Decimal(cells['usd']).normalize():f}",
        offered["quantity"].replace(",", "") if offered else None,
        cells["date"],
        plain_source(f"{cells['title']}, {cells['address']}"),
    ]


def read_folder(folder: Path) -> tuple[list[Row], list[dict[str, str]]]:
    """Return the rows and the documented prices of a folder of gathered files."""
    files = sorted(path for path in folder.glob("*.csv") if path.name != DOCUMENTED)
    if not files:
        raise BadRequest(
            "no price files (*.csv)", where=str(folder), hint="Name the folder that holds them"
        )
    rows = [row for path in files for row in read_rows(path)]
    documented: list[dict[str, str]] = []
    if (folder / DOCUMENTED).exists():
        with (folder / DOCUMENTED).open(newline="", encoding="utf-8") as file:
            documented = sorted(
                csv.DictReader(file), key=lambda c: (c["offer"], c["region"], c["item"])
            )
    return rows, documented


def main(arguments: list[str]) -> int:
    """Build the snapshot from the folder named on the command line."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m frugal.price_list.importer")
    parser.add_argument("folder", type=Path, help="folder of gathered price files")
    parser.add_argument("-o", "--output", type=Path, default=SNAPSHOT)
    asked = parser.parse_args(arguments)
    try:
        content = build(*read_folder(asked.folder))
    except FrugalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_bytes(content)
    print(f"{asked.output}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
