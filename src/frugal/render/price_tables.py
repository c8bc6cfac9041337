"""What `frugal prices` prints: tables of plain text, and the same as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from frugal.design.figures import money
from frugal.price_list.intake import Imported
from frugal.price_list.product import Band, Listed
from frugal.price_list.report import Change, StatusRow
from frugal.price_list.update import Updated

SCHEMA = 1
REGIONS_SHOWN = 3


def document(**parts: Any) -> str:
    """Return one JSON document; decimals are strings without an exponent."""
    kept = msgspec.to_builtins({"schema": SCHEMA, **parts}, builtin_types=(Decimal,))
    encoded = msgspec.json.encode(_plain(kept), order="deterministic")
    return (msgspec.json.format(encoded, indent=1) + b"\n").decode()


def _plain(value: Any) -> Any:
    """Return the value with decimals as people write them: 0.0000002, not 2E-7."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def imported_text(done: Imported, verb: str = "read") -> str:
    """Say what became of the files."""
    lines = [f"{verb} {len(done.files)} file(s): {done.products:,} products with a price"]
    if done.apart:
        lines.append(f"kept apart, in another currency: {done.apart:,}")
    lines += [
        f"no longer listed by AWS: {gone.products:,} of {gone.offer} in {gone.region}"
        for gone in done.gone
    ]
    lines += [f"only a part of {name} is in the files; the rest stays" for name in done.excerpts]
    lines += [f"left out, {count:,}: {reason}" for reason, count in done.left_out]
    return "\n".join([*lines, f"snapshot {done.id}", ""])


def updated_text(done: Updated) -> str:
    """Say what was fetched and what is current now."""
    lines = [
        f"fetched {len(done.fetched)}, unchanged {len(done.unchanged)}, "
        f"not listed by AWS {len(done.absent)}"
    ]
    lines += [f"not listed by AWS: {name}" for name in done.absent]
    if done.imported is None:
        return "\n".join([*lines, f"nothing new; snapshot {done.id} stays current", ""])
    return "\n".join(lines) + "\n" + imported_text(done.imported, "laid over the list")


def status_text(id_: str, rows: tuple[StatusRow, ...]) -> str:
    """Return a line for each offer and set of Regions with the same dates."""
    groups: dict[tuple[str, ...], list[StatusRow]] = {}
    for row in rows:
        groups.setdefault((row.offer, row.currency, row.oldest, row.newest), []).append(row)
    table: list[tuple[str, ...]] = [("offer", "oldest", "newest", "prices", "unusable", "Regions")]
    for (offer, currency, old, new), same in groups.items():
        table.append(
            (
                offer if currency == "USD" else f"{offer} ({currency})",
                old or "-",
                new or "-",
                f"{sum(row.prices for row in same):,}",
                f"{sum(row.unusable for row in same):,}",
                _some([row.region for row in same]),
            )
        )
    return f"snapshot {id_}\n" + _aligned(table, right=(3, 4))


def show_text(found: Iterable[Listed]) -> str:
    """Return each product with its bands, its dates and where it was read."""
    return "\n".join("\n".join(_shown(one)) + "\n" for one in found)


def _shown(one: Listed) -> Iterator[str]:
    yield f"{one.offer}  {one.region}  {one.sku or '(no SKU)'}"
    if one.name:
        yield f"  {one.name}"
    usage = "  ".join(said for said in (one.usage_type, one.operation, one.group) if said)
    if usage:
        yield f"  {usage}"
    if one.attributes:
        yield f"  {one.attributes}"
    for band in one.bands:
        yield f"  {_band(band)}: {_price(band, one)}"
    confirmed = f", confirmed {one.confirmed_date}" if one.confirmed_date else ""
    yield f"  effective {one.effective_date}{confirmed}; {one.source}"
    if one.unusable:
        yield f"  prices nothing: {one.unusable}"


def diff_text(changes: tuple[Change, ...], flips: list[dict[str, str]]) -> str:
    """Return one line per change, then what became of each design."""
    if not changes and not flips:
        return "no price differs\n"
    sign = {"added": "+", "removed": "-", "changed": "~"}
    lines = []
    for change in changes:
        before, after = _rates(change.before), _rates(change.after)
        rates = f"{before} -> {after}" if before and after else before or after
        per = f" per {change.unit}" if change.unit else ""
        what = f"{change.offer}  {change.region}  {change.sku or '(no SKU)'}  {change.called}"
        lines.append(f"{sign[change.kind]} {what}: {rates}{per}")
    count = {kind: sum(change.kind == kind for change in changes) for kind in sign}
    lines.append(", ".join(f"{number:,} {kind}" for kind, number in count.items()))
    for flip in flips:
        lines.append(
            f"{flip['design']}: {flip['outcome']}; "
            f"{flip['before']} at {_monthly(flip['before_monthly'])} -> "
            f"{flip['after']} at {_monthly(flip['after_monthly'])}"
        )
    return "\n".join(lines) + "\n"


def _monthly(dollars: str) -> str:
    return f"{money(Decimal(dollars))} a month"


def _rates(bands: tuple[Band, ...]) -> str:
    return " / ".join(f"{band.price:f}" for band in bands)


def _band(band: Band) -> str:
    if band.begin is None:
        return "range not known"
    if band.end is None:
        return f"from {band.begin:,f}" if band.begin else "all"
    return f"{band.begin:,f} to {band.end:,f}"


def _price(band: Band, one: Listed) -> str:
    return f"{one.currency} {band.price:f}" + (f" per {one.unit}" if one.unit else "")


def _some(names: list[str]) -> str:
    more = len(names) - REGIONS_SHOWN
    return ", ".join(names[:REGIONS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _aligned(table: list[tuple[str, ...]], right: tuple[int, ...]) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
