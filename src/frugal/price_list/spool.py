"""Keeps on disk what official files say until it is laid into a snapshot.

Products come first in AWS's files and their prices hundreds of megabytes later, so one of the two
has to wait somewhere. A temporary SQLite file costs 8 MB of memory whatever the list's size, and
sorts and joins without being told how.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

import msgspec

from frugal.model.errors import BadRequest
from frugal.price_list.bulk import NO_PRICE, NO_PRODUCT, Heading, Product, Rate
from frugal.price_list.bulk_json import Read
from frugal.price_list.rows import without_region

BATCH = 2_000
SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -8000;
create table file (id integer primary key, name text, offer text, version text, date text);
create table product (
  file integer, sku text, region text, usage_type text, operation text, family text,
  attributes text, instance text, left_out text, place integer,
  primary key (file, sku)
) without rowid;
create table rate (
  file integer, sku text, code text, low text, high text, price text, unit text, currency text,
  place integer
);
create table dimension (number integer primary key, content blob unique);
"""
INDEXES = """
create index rate_of on rate (file, sku, currency);
create index by_region on product (region, usage_type, sku);
create index by_instance on product (instance);
"""


class Source(msgspec.Struct, frozen=True):
    """One file that was read."""

    id: int
    name: str
    heading: Heading


class Found(msgspec.Struct, frozen=True):
    """One SKU of one file, with its rates in one currency."""

    source: Source
    product: Product
    rates: tuple[Rate, ...]


class Spool:
    """The products and rates of the files that were read, on disk."""

    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "spool.sqlite", isolation_level=None)
        self._base.executescript(SCHEMA)
        self.sources: dict[int, Source] = {}
        self.left_out: dict[str, int] = {}
        self._dimensions = 0

    def close(self) -> None:
        self._base.close()

    def take(self, name: str, found: Iterable[Read]) -> Source:
        """Keep everything one file says, or raise without keeping half of it."""
        source: Source | None = None
        products: list[tuple[object, ...]] = []
        rates: list[tuple[object, ...]] = []
        skipped: dict[str, int] = {}
        self._base.execute("begin")
        for place, item in found:
            if isinstance(item, Heading):
                source = Source(len(self.sources) + 1, name, item)
                continue
            assert source is not None, "a reader yields the heading first"
            if isinstance(item, Product):
                products.append((source.id, *_cells(item, source.heading.offer), place))
            elif isinstance(item, str):
                skipped[item] = skipped.get(item, 0) + 1
            else:
                sku, told = item
                rates.extend((source.id, sku, *msgspec.structs.astuple(r), place) for r in told)
            if len(products) + len(rates) >= BATCH:
                self._write(source, products, rates)
        if source is None:
            raise BadRequest("no price list", where=name, hint="Give a file as AWS publishes it")
        self._write(source, products, rates)
        heading = source.heading
        self._base.execute(
            "insert into file values (?, ?, ?, ?, ?)",
            (source.id, name, heading.offer, heading.version, heading.date),
        )
        self._base.execute("commit")
        self.sources[source.id] = source
        for reason, count in skipped.items():
            self.leave_out(reason, count)
        return source

    def leave_out(self, reason: str, count: int = 1) -> None:
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def _write(
        self, source: Source, products: list[tuple[object, ...]], rates: list[tuple[object, ...]]
    ) -> None:
        insert = f"insert into product values ({_marks(10)})"
        try:
            self._base.executemany(insert, products)
        except sqlite3.IntegrityError:  # one is there already: alike, or trouble
            for product in products:
                try:
                    self._base.execute(insert, product)
                except sqlite3.IntegrityError:
                    self._check_same(source, product)
        self._base.executemany(f"insert into rate values ({_marks(9)})", rates)
        products.clear()
        rates.clear()

    def _check_same(self, source: Source, product: tuple[object, ...]) -> None:
        (known,) = self._base.execute(
            "select * from product where file = ? and sku = ?", product[:2]
        ).fetchall()
        if known[:-1] != product[:-1]:
            raise _twice(source, str(product[1]), known[-1], product[-1])

    def index(self) -> None:
        """Prepare for reading; count what is left out for a reason only the whole shows."""
        self._base.executescript(INDEXES)
        for reason, count in self._base.execute(
            "select left_out, count(*) from product where left_out <> '' group by left_out"
        ).fetchall():
            self.leave_out(reason, count)
        (bare,) = self._base.execute(
            "select count(*) from product p where left_out = '' and not exists"
            " (select 1 from rate r where r.file = p.file and r.sku = p.sku)"
        ).fetchone()
        (strays,) = self._base.execute(
            "select count(distinct r.sku) from rate r where not exists"
            " (select 1 from product p where r.file = p.file and r.sku = p.sku)"
        ).fetchone()
        self.leave_out(NO_PRICE, bare)
        self.leave_out(NO_PRODUCT, strays)

    def places(self) -> list[tuple[str, str, str]]:
        """Return (currency, offer, region) of everything that has a price."""
        return self._base.execute(
            "select distinct r.currency, f.offer, p.region from product p"
            " join rate r on r.file = p.file and r.sku = p.sku join file f on f.id = p.file"
            " where p.left_out = '' order by 1, 2, 3"
        ).fetchall()

    def found(self, currency: str, offer: str, region: str) -> Iterator[list[Found]]:
        """Yield each SKU with what every file says of it, in a fixed order."""
        with closing(
            self._base.execute(
                "select p.*, r.code, r.low, r.high, r.price, r.unit, r.place from product p"
                " join file f on f.id = p.file"
                " join rate r on r.file = p.file and r.sku = p.sku and r.currency = ?"
                " where p.region = ? and f.offer = ? and p.left_out = ''"
                " order by p.usage_type, p.sku, f.date, f.version, f.name, p.file,"
                " r.code, r.place",
                (currency, region, offer),
            )
        ) as rows:
            for _, of_sku in groupby(rows, key=lambda row: row[1]):
                yield [
                    self._one(currency, list(of_file))
                    for _, of_file in groupby(of_sku, key=lambda row: row[0])
                ]

    def _one(self, currency: str, rows: list[tuple[object, ...]]) -> Found:
        file, sku, region, usage_type, operation, family, attributes, instance = map(
            str, rows[0][:8]
        )
        source = self.sources[int(file)]
        rates: dict[str, Rate] = {}
        places: dict[str, object] = {}
        for row in rows:
            code, low, high, price, unit = map(str, row[10:15])
            rate = Rate(code=code, begin=low, end=high, price=price, unit=unit, currency=currency)
            if rates.setdefault(code, rate) != rate:
                raise _twice(source, sku, places[code], row[15])
            places.setdefault(code, row[15])
        product = Product(
            sku=sku,
            region=region,
            usage_type=usage_type,
            operation=operation,
            group=family,
            attributes=attributes,
            instance=instance,
        )
        return Found(source, product, tuple(rates.values()))

    def newest(self, offer: str, region: str) -> str:
        """Return the newest date of the files that list this offer in this Region."""
        (date,) = self._base.execute(
            "select max(f.date) from file f where f.offer = ? and exists"
            " (select 1 from product p where p.file = f.id and p.region = ?)",
            (offer, region),
        ).fetchone()
        return date or ""

    def homes(self, offer: str, region: str, **known: str) -> list[str]:
        """Return the SKUs with these columns, at most two: one is a home, two are none."""
        where = " and ".join(f"p.{column} = ?" for column in known)
        return [
            sku
            for (sku,) in self._base.execute(
                "select distinct p.sku from product p join file f on f.id = p.file"
                f" where f.offer = ? and p.region = ? and p.left_out = '' and {where} limit 2",
                (offer, region, *known.values()),
            )
        ]

    def begin_offer(self, dimensions: Iterable[object]) -> None:
        """Begin numbering the dimensions of an offer after those already known."""
        self._base.execute("delete from dimension")
        self._base.executemany(
            "insert into dimension values (?, ?)",
            ((number, _packed(content)) for number, content in enumerate(dimensions)),
        )
        (self._dimensions,) = self._base.execute("select count(*) from dimension").fetchone()

    def dimension(self, content: object) -> int:
        """Return the number of a dimension, a new one where it is new."""
        raw, number = _packed(content), self._dimensions
        done = self._base.execute("insert or ignore into dimension values (?, ?)", (number, raw))
        if done.rowcount:
            self._dimensions += 1
            return number
        row = self._base.execute("select number from dimension where content = ?", (raw,))
        return int(row.fetchone()[0])

    def dimensions(self) -> Iterator[msgspec.Raw]:
        """Yield the dimensions of the offer by their numbers."""
        with closing(self._base.execute("select content from dimension order by number")) as rows:
            for (content,) in rows:
                yield msgspec.Raw(content)


def _packed(content: object) -> bytes:
    return msgspec.json.encode(content, order="sorted")


def _cells(product: Product, offer: str) -> tuple[str, ...]:
    return (
        product.sku,
        product.region,
        without_region(offer, product.region, product.usage_type),
        product.operation,
        product.group,
        product.attributes,
        product.instance,
        product.left_out,
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _twice(source: Source, sku: str, first: object, second: object) -> BadRequest:
    return BadRequest(
        f"SKU {sku} is listed twice, and not alike (at {first} and at {second})",
        where=source.name,
        hint="Nothing was imported; get the file again",
    )
