"""How far frugal is from published figures: every case of ``tests/accuracy``, in four parts.

*Quantities*: what is metered, after rounding and allowances, against what the source counts.
*Arithmetic*: our quantities at the source's own prices, against the source's costs and total.
*Unit prices*: the price list's rates against those the source prints.
*All together*: our total against the source's, to the case's tolerance.

    python tools/accuracy.py            prints the table
    python tools/accuracy.py --write    writes docs/reference/accuracy.md too
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from frugal.price.bill import Band, Bill, price_described
from frugal.price.described import Described
from frugal.price.usage_file import read_entries, read_month
from frugal.price_list.lookup import PriceList, open_snapshot
from frugal.render.estimate import exact
from frugal.survey.yaml_tree import Mapping, Scalar, Sequence, parse

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "accuracy"
PAGE = ROOT / "docs" / "reference" / "accuracy.md"
PARTS = ("quantities", "arithmetic", "unit prices", "all together")
#: Quantities are exact; a source's unit may be a fraction of ours that does not end.
EXACT = Decimal("0.000001")
#: A figure with at least this many digits is taken as rounded in its last one.
DIGITS = 3
CENT = Decimal("0.005")


class Line(NamedTuple):
    """A line as its source prints it. ``size``: so many of its units are one of ours."""

    what: str
    quantity: Decimal
    size: Decimal
    unit_price: Decimal | None
    cost: Decimal | None
    price_tolerance: Decimal | None


class Case(NamedTuple):
    id: str
    service: str
    source: str
    month: Described
    against: Described | None
    lines: tuple[Line, ...]
    total: Decimal | None
    tolerance: Decimal
    exception: str


class Score(NamedTuple):
    """A case's four parts: kept, missed, or (``None``) not to be compared."""

    case: Case
    kept: dict[str, bool | None]
    error: Decimal  #: dollars between the totals
    relative: Decimal  #: the same, of the source's total
    unpriced: int


def cases() -> tuple[Case, ...]:
    """Return every case, in the order of the files and in them."""
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        root = parse(path.read_text(encoding="utf-8"), path.name)
        assert isinstance(root, Mapping)
        listed = root.get("cases")
        assert isinstance(listed, Sequence)
        found += [_case(item) for item in listed.items if isinstance(item, Mapping)]
    return tuple(found)


def _case(item: Mapping) -> Case:
    month, against, lines = item.get("month"), item.get("against"), item.get("lines")
    assert isinstance(month, Mapping)
    described = read_month(month)
    other = None
    if against is not None:
        other = Described(
            region=described.region,
            hours=described.hours,
            free_tier=described.free_tier,
            entries=read_entries(against, "against"),
        )
    return Case(
        id=_word(item, "id"),
        service=_word(item, "service"),
        source=_word(item, "source"),
        month=described,
        against=other,
        lines=tuple(_line(line) for line in lines.items if isinstance(line, Mapping))
        if isinstance(lines, Sequence)
        else (),
        total=_number(item, "total"),
        tolerance=_number(item, "tolerance") or Decimal(0),
        exception=_word(item, "exception"),
    )


def _line(item: Mapping) -> Line:
    return Line(
        what=_word(item, "what"),
        quantity=_number(item, "quantity") or Decimal(0),
        size=_number(item, "size") or Decimal(1),
        unit_price=_number(item, "unit_price"),
        cost=_number(item, "cost"),
        price_tolerance=_number(item, "price_tolerance"),
    )


def _word(item: Mapping, name: str) -> str:
    value = item.get(name)
    return value.text if isinstance(value, Scalar) else ""


def _number(item: Mapping, name: str) -> Decimal | None:
    text = _word(item, name)
    return Decimal(text) if text else None


def scored(case: Case, prices: PriceList) -> Score:
    """Return how a case comes out."""
    bill = price_described(case.month, prices)
    rows = _rows(bill)
    kept: dict[str, bool | None] = dict.fromkeys(PARTS)
    comparable = len(rows) == len(case.lines)
    if case.lines and (comparable or not bill.estimate.unpriced):
        pairs = list(zip(rows, case.lines, strict=False))
        kept["quantities"] = comparable and all(
            _same(row.quantity * line.size, line.quantity) for row, line in pairs
        )
        kept["arithmetic"] = comparable and _adds_up(case, rows)
        rates = [
            _same_price(row.list_unit_price / line.size, line)
            for row, line in pairs
            if line.unit_price is not None
        ]
        kept["unit prices"] = all(rates) if rates else None
    expected = case.total
    tolerance = case.tolerance
    if case.against is not None:
        expected = price_described(case.against, prices).total
        tolerance = expected * case.tolerance
    error = relative = Decimal(0)
    if expected is not None:
        error = abs(bill.total - expected)
        relative = error / expected if expected else Decimal(0)
        kept["all together"] = error <= tolerance
    if case.against is not None or (case.exception and not kept["all together"]):
        error = relative = Decimal(0)  # no total of the source's to be off from
    return Score(case, kept, error, relative, len(bill.estimate.unpriced))


def _rows(bill: Bill) -> list[Band]:
    return [band for line in bill.billed_lines for band in line.bands if band.quantity]


def _same(ours: Decimal, theirs: Decimal) -> bool:
    """Whether two figures are one: equal, or equal to the digits the source prints."""
    if abs(ours - theirs) <= abs(theirs) * EXACT:
        return True
    digits = len(theirs.normalize().as_tuple().digits)
    exponent = theirs.normalize().as_tuple().exponent
    rounded = isinstance(exponent, int) and exponent < 0 and digits >= DIGITS
    return rounded and abs(ours - theirs) <= Decimal(1).scaleb(int(exponent)) / 2


def _same_price(ours: Decimal, line: Line) -> bool:
    assert line.unit_price is not None
    if line.price_tolerance is not None:
        return abs(ours - line.unit_price) <= line.price_tolerance
    return _same(ours, line.unit_price)


def _adds_up(case: Case, rows: list[Band]) -> bool:
    """Whether our quantities at the source's prices come to the source's costs and total."""
    total = Decimal(0)
    for row, line in zip(rows, case.lines, strict=True):
        cost = row.cost
        if line.unit_price is not None:
            cost = row.quantity * line.size * line.unit_price
        if line.cost is not None and abs(cost - line.cost) > max(CENT, case.tolerance):
            return False
        total += cost
    return case.total is None or abs(total - case.total) <= case.tolerance


class Row(NamedTuple):
    """One service of the table."""

    service: str
    cases: int
    kept: tuple[str, ...]
    worst: str


def table(scores: tuple[Score, ...]) -> Iterator[Row]:
    """Yield a line for each service, and one for all."""
    for service in (*sorted({score.case.service for score in scores}), ""):
        own = [score for score in scores if service in ("", score.case.service)]
        worst = max(own, key=lambda score: score.error)
        share = f"{worst.relative * 100:.3f} %" if worst.error else "0 %"
        yield Row(
            service or "all",
            len(own),
            tuple(_share(own, part) for part in PARTS),
            f"${exact(worst.error, 6)} ({share})" if worst.error else "$0",
        )


def _share(scores: list[Score], part: str) -> str:
    """Return how many keep a part; what a listed exception misses is not compared."""
    asked = [
        score.kept[part]
        for score in scores
        if score.kept[part] is not None and (score.kept[part] or not score.case.exception)
    ]
    return f"{sum(map(bool, asked))} of {len(asked)}" if asked else "-"


def page(scores: tuple[Score, ...]) -> str:
    """Return the reference page."""
    lines = [
        "# Accuracy",
        "",
        "Every published example we hold, priced by `frugal price` and compared with its source in",
        "four parts. Written by `make accuracy`; `tests/accuracy` holds the cases with their",
        "sources, and a test keeps this page current.",
        "",
        "- *quantities*: what is metered, after rounding and allowances",
        "- *arithmetic*: our quantities at the source's own prices",
        "- *unit prices*: our price list's rates against those printed",
        "- *all together*: our total against the source's, to its tolerance (a cent, mostly)",
        "- *worst error*: the largest difference of a total that is compared: ours unrounded,",
        "  the source's as it is printed",
        "",
    ]
    head = ("service", "cases", *PARTS, "worst error")
    rows = [(row.service, str(row.cases), *row.kept, row.worst) for row in table(scores)]
    widths = [max(len(line[at]) for line in (head, *rows)) for at in range(len(head))]
    lines.append(_cells(head, widths))
    lines.append("| " + " | ".join("-" * width for width in widths) + " |")
    lines += [_cells(row, widths) for row in rows]
    lines.append("")
    listed = [score for score in scores if score.case.exception]
    if listed:
        lines += ["## Not compared, and why", ""]
        lines += [f"- `{score.case.id}`: {score.case.exception}." for score in listed]
        lines.append("")
    return "\n".join(lines)


def _cells(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
    return "| " + " | ".join(cells) + " |"


def missed(scores: tuple[Score, ...]) -> list[str]:
    """Return what fails without a reason being listed, and reasons that no longer hold."""
    found = []
    for score in scores:
        failed = [part for part, kept in score.kept.items() if kept is False]
        if failed and not score.case.exception:
            found.append(f"{score.case.id}: {', '.join(failed)} (off by ${score.error:f})")
        if score.case.exception and not failed:
            found.append(f"{score.case.id}: its exception is no longer needed")
    return found


def main() -> int:
    prices = open_snapshot()
    scores = tuple(scored(case, prices) for case in cases())
    text = page(scores)
    sys.stdout.write(text)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    failed = missed(scores)
    sys.stderr.write("".join(f"missed: {one}\n" for one in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
