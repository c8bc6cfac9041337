"""A bill as text, Markdown, JSON and CSV, in FOCUS's words.

Figures are exact until here and rounded once, for the eye: an amount that is not zero never reads
as zero. JSON and CSV carry every digit. ``explained`` writes out each line's formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

import msgspec

from frugal.design.figures import counted, money, quoted
from frugal.model.document import Block, Bullets, Document, Section, Table
from frugal.price.bill import Band, Bill, BilledLine
from frugal.render.markdown import markdown
from frugal.services import service

SCHEMA = 1
#: Digits kept while writing: the largest month anybody can describe still has its cents.
DIGITS = 120
COLUMNS = (
    "ResourceName",
    "ServiceName",
    "ServiceCategory",
    "ChargeCategory",
    "ChargeDescription",
    "RegionId",
    "SkuId",
    "SkuMeter",
    "PricingQuantity",
    "PricingUnit",
    "ListUnitPrice",
    "ListCost",
    "EffectiveCost",
    "BilledCost",
    "BillingCurrency",
    "x_EffectiveDate",
    "x_Basis",
    "x_Source",
    "x_UnpricedReason",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def bill_text(bill: Bill, *, explain: bool = False) -> str:
    """Return the bill as Markdown, which reads as plain text too."""
    with localcontext(prec=DIGITS):
        return _text(bill, explain=explain)


def _text(bill: Bill, *, explain: bool) -> str:
    blocks: list[Block] = [_table(bill)] if bill.billed_lines else []
    sections = [Section(number=0, title="Lines", blocks=tuple(blocks))] if blocks else []
    if explain and bill.billed_lines:
        items = tuple(explained(line) for line in bill.billed_lines)
        sections.append(
            Section(number=0, title="How each line comes about", blocks=(Bullets(items=items),))
        )
    if bill.estimate.unpriced:
        items = tuple(
            f"**{quoted(part.placement)}**: {_plain(part.meter)}{quoted(part.reason, 600)}"
            for part in bill.estimate.unpriced
        )
        sections.append(Section(number=0, title="Not priced", blocks=(Bullets(items=items),)))
    if bill.not_understood:
        items = tuple(f'"{quoted(words)}"' for words in bill.not_understood)
        sections.append(Section(number=0, title="Not understood", blocks=(Bullets(items=items),)))
    if bill.notes:
        items = tuple(quoted(note, 600) for note in bill.notes)
        sections.append(Section(number=0, title="Notes", blocks=(Bullets(items=items),)))
    title = f"Price of a month in {bill.estimate.region_id}"
    return markdown(Document(title=title, lead=tuple(_lead(bill)), sections=tuple(sections)))


def _plain(meter: str) -> str:
    return f"{quoted(meter)}: " if meter else ""


def _lead(bill: Bill) -> Iterator[str]:
    missing = len(bill.estimate.unpriced) + len(bill.not_understood)
    if missing:
        parts = counted(missing, "part is", "parts are")
        yield f"**At least {money(bill.total)} a month**: {parts} not in it, listed below."
    else:
        yield f"**{money(bill.total)} a month**"
    if bill.free_tier != "none" and bill.total != bill.estimate.list_monthly:
        yield f"{money(bill.estimate.list_monthly)} with every free allowance off"
    allowances = {
        "none": "every free allowance off",
        "always": "the account's always-free allowances taken off",
        "account": "always-free allowances taken off, less what the account uses already",
    }
    yield f"{exact(bill.hours)} hours; {allowances[bill.free_tier]}; US dollars, before tax"
    dates = sorted({line.effective_date for line in bill.billed_lines if line.effective_date})
    if dates:
        span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        yield f"AWS's list prices of {span}, price list `{bill.prices_id[:12]}`"


def _table(bill: Bill) -> Table:
    rows: list[tuple[str, ...]] = []
    for line in bill.billed_lines:
        name = quoted(line.placement)
        first = True
        for row in _rows(line):
            rows.append(
                (
                    name if first else "",
                    f"{quoted(line.sku_meter)}{row.what}",
                    exact(row.quantity, 6),
                    line.pricing_unit,
                    "" if row.free else f"${exact(row.list_unit_price)}",
                    money(row.cost),
                    line.sku_id or line.basis,
                    line.effective_date,
                )
            )
            first = False
    rows.append(("**Total**", "", "", "", "", f"**{money(bill.total)}**", "", ""))
    return Table(
        columns=(
            "part",
            "meter",
            "pricing quantity",
            "unit",
            "list unit price",
            "cost",
            "SKU",
            "list of",
        ),
        rows=tuple(rows),
        numeric=(2, 4, 5),
    )


class _Row(NamedTuple):
    """One row of a line: what is free, or a band."""

    what: str
    quantity: Decimal
    list_unit_price: Decimal
    cost: Decimal
    free: bool = False


def _rows(line: BilledLine) -> Iterator[_Row]:
    price = line.list_unit_price
    if line.free_quantity:
        why = f", free ({line.free_because})"
        yield _Row(why, line.free_quantity, price, Decimal(0), free=True)
    several = len(line.bands) > 1
    for band in line.bands:
        beyond = f", beyond {exact(band.begin)}" if several and band.begin else ""
        yield _Row(beyond, band.quantity, band.list_unit_price, band.cost)
    if not line.bands and not line.free_quantity:
        yield _Row("", Decimal(0), price, Decimal(0))


def explained(line: BilledLine) -> str:
    """Return one line's formula with its numbers, its SKU, date and source."""
    unit = line.pricing_unit
    steps = [f"{line.formula} = {exact(line.used_quantity)} {unit}"]
    if line.free_quantity:
        steps.append(
            f"less {exact(line.free_quantity)} free ({line.free_because}, {line.free_source}) = "
            f"{exact(line.pricing_quantity)}"
        )
    if line.bands:
        products = [_product(band) for band in line.bands]
        steps.append(f"{' + '.join(products)} = ${exact(line.effective_cost)}")
    else:
        steps.append("nothing to pay")
    which = f"SKU {line.sku_id}" if line.sku_id else f"{line.basis} price"
    steps.append(f"{which}, list of {line.effective_date or 'unknown date'}, {line.source}")
    if line.where:
        steps.append(f"said in {line.where}")
    return f"**{quoted(line.placement)}**, {quoted(line.sku_meter)}: " + quoted(
        "; ".join(steps), 900
    )


def _product(band: Band) -> str:
    return f"{exact(band.quantity)} x ${exact(band.list_unit_price)}"


def bill_json(bill: Bill) -> str:
    """Return the bill as one JSON document, money and quantities as decimal strings."""
    with localcontext(prec=DIGITS):
        return _json(bill)


def _json(bill: Bill) -> str:
    document = {
        "schema": SCHEMA,
        "region_id": bill.estimate.region_id,
        "hours": bill.hours,
        "free_tier": bill.free_tier,
        "prices_id": bill.prices_id,
        "billing_currency": "USD",
        "list_monthly": bill.estimate.list_monthly,
        "effective_monthly": bill.total,
        "complete": bill.complete,
        "lines": [msgspec.structs.asdict(line) for line in bill.billed_lines],
        "unpriced": [msgspec.structs.asdict(part) for part in bill.estimate.unpriced],
        "not_understood": bill.not_understood,
        "notes": bill.notes,
    }
    return msgspec.json.format(msgspec.json.encode(_written(document)), indent=1).decode() + "\n"


def _written(value: object) -> object:
    """Return a value with every decimal as plain digits, never as ``2E-7``."""
    if isinstance(value, Decimal):
        return exact(value, grouped=False)
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(inner) for inner in value]
    if isinstance(value, msgspec.Struct):
        return _written(msgspec.structs.asdict(value))
    return value


def bill_csv(bill: Bill) -> str:
    """Return the bill as CSV in FOCUS's columns: a row for each band, and for what has no price."""
    with localcontext(prec=DIGITS):
        return _csv(bill)


def _csv(bill: Bill) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in bill.billed_lines:
        found = service(line.service)
        for row in _rows(line):
            cells = (
                line.placement,
                found.name,
                found.category,
                "Usage",
                line.formula + row.what,
                line.region_id,
                line.sku_id,
                line.sku_meter,
                exact(row.quantity, grouped=False),
                line.pricing_unit,
                exact(row.list_unit_price, grouped=False),
                exact(row.quantity * row.list_unit_price, grouped=False),
                exact(row.cost, grouped=False),
                exact(row.cost, grouped=False),
                "USD",
                line.effective_date,
                line.basis,
                line.source,
                "",
            )
            writer.writerow(_safe(cell) for cell in cells)
    for part in bill.estimate.unpriced:
        known = {
            "ResourceName": part.placement,
            "ServiceName": part.service,
            "SkuMeter": part.meter,
            "RegionId": bill.estimate.region_id,
            "x_UnpricedReason": part.reason,
        }
        writer.writerow(_safe(known.get(column, "")) for column in COLUMNS)
    return text.getvalue()


def _safe(cell: str) -> str:
    """Keep a spreadsheet from running a name that somebody chose."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def exact(amount: Decimal, decimals: int | None = None, *, grouped: bool = True) -> str:
    """Return a number in full, without an exponent or trailing zeros.

    >>> exact(Decimal("2E-7")), exact(Decimal("1234567.50")), exact(Decimal(1) / 3, 6)
    ('0.0000002', '1,234,567.5', '0.333333')
    """
    if decimals is not None:
        rounded = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        amount = rounded if rounded or not amount else amount
    text = f"{amount:,f}" if grouped else f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
