"""Reads AWS's offer files in JSON without ever holding one: EC2's is 480 MB for one Region.

A parser that builds the tree needs ten times the file. Here the file passes through a window of a
megabyte. The scanner finds where each product and each term begins and ends by counting braces
outside strings, and only that object, a kilobyte or two, is decoded into a type. Sections that are
not wanted (``Reserved`` is most of EC2's file) are walked over and never decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from frugal.model.errors import BadRequest
from frugal.price_list.bulk import (
    ATTRIBUTES,
    KEPT_TERMS,
    OTHER_TERMS,
    Heading,
    Product,
    Progress,
    Rate,
    heading_of,
    no_progress,
    product_of,
    rate_of,
)

WINDOW = 1 << 20
#: AWS's largest objects are some tens of kilobytes; a longer one is not from AWS.
OBJECT_BYTES_MAX = 4 << 20
NESTING_MAX = 32

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]"]', re.DOTALL)
_NAME = re.compile(rb'\s*"([^"\\\x00-\x1f]{0,200})"\s*:\s*')
_SCALAR = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*"|[^\s,{}\[\]"]{1,40}(?=[\s,}\]])')
_OPENING = (b"{", b"[")
_OPEN = re.compile(rb"\s*\{")
_NEXT = re.compile(rb"\s*([,}])")
_SPACE = re.compile(rb"\s*")


class _Product(msgspec.Struct):
    sku: str
    attributes: dict[str, str]
    productFamily: str = ""


class _Dimension(msgspec.Struct):
    rateCode: str
    unit: str
    pricePerUnit: dict[str, str]
    beginRange: str = ""
    endRange: str = ""


class _Term(msgspec.Struct):
    offerTermCode: str
    sku: str
    priceDimensions: dict[str, _Dimension]


_PRODUCT = msgspec.json.Decoder(_Product)
_TERMS = msgspec.json.Decoder(dict[str, _Term])
_TEXT = msgspec.json.Decoder(str)
_RAW = msgspec.json.Decoder(msgspec.Raw)

T = TypeVar("T")

Read = tuple[int, Heading | Product | tuple[str, tuple[Rate, ...]] | str]


def read_json(path: Path, progress: Progress = no_progress, *, name: str = "") -> Iterator[Read]:
    """Yield what the file holds, each with the byte it begins at.

    First the `Heading`; then `Product` values and ``(sku, rates)`` pairs in the file's order; a
    text is the reason why a SKU's term was left out.
    """
    with path.open("rb") as file:
        yield from _Offer(Scanner(file, name or path.name, path.stat().st_size, progress)).read()


class Scanner:
    """A window moving over a JSON file."""

    def __init__(self, file: BinaryIO, name: str, size: int, progress: Progress) -> None:
        self._file, self._name, self._size, self._progress = file, name, size, progress
        self._window = b""
        self._place = 0  #: in the window
        self._passed = 0  #: bytes of the file before the window
        self._ended = False

    @property
    def offset(self) -> int:
        return self._passed + self._place

    def trouble(self, what: str, offset: int | None = None) -> BadRequest:
        return BadRequest(
            what,
            where=f"{self._name}, byte {self.offset if offset is None else offset:,}",
            hint="Nothing was imported; get the file again",
        )

    def match(self, pattern: re.Pattern[bytes], expected: str) -> re.Match[bytes]:
        """Step over ``pattern``, which is short; widen the window where it might be cut off."""
        while True:
            found = pattern.match(self._window, self._place)
            cut = found is None or found.end() == len(self._window)
            if cut and not self._ended and len(self._window) - self._place < WINDOW:
                self._widen()
                continue
            if found is None:
                cut_off = b"}" not in self._window[self._place :]  # a whole file ends in one
                raise self.trouble("the file ends early" if cut_off else f"{expected} is missing")
            self._place = found.end()
            return found

    def value(self, decoder: msgspec.json.Decoder[T]) -> T:
        """Step over a value and return it decoded.

        Looking for braces alone is quick, and wrong where a text holds one. But no beginning of a
        JSON object is itself a JSON object, so what can be decoded was cut in the right place.
        """
        end = self._likely_end()
        if end:
            try:
                found = decoder.decode(memoryview(self._window)[self._place : end])
            except (msgspec.MsgspecError, ValueError):
                pass
            else:
                self._place = end
                return found
        if self._at() not in _OPENING:
            return decoder.decode(self.match(_SCALAR, "a value").group())
        start = self.offset
        self._walk(keep=True)
        return decoder.decode(self._window[start - self._passed : self._place])

    def skip(self) -> None:
        """Step over a value of any length, holding little of it."""
        if self._at() == b"{":
            for _ in self.members():
                end = self._likely_end()
                if end and _is_json(memoryview(self._window)[self._place : end]):
                    self._place = end
                else:
                    self._skip_one()
        else:
            self._skip_one()

    def _skip_one(self) -> None:
        if self._at() in _OPENING:
            self._walk(keep=False)
        else:
            self.match(_SCALAR, "a value")

    def _likely_end(self) -> int:
        """Return where the object here ends if no text holds a brace; 0 if that is unknown."""
        window, place = self._window, self._place
        if window[place : place + 1] != b"{":
            return 0
        depth = 0
        while depth or place == self._place:
            close = window.find(b"}", place)
            if close < 0:
                return 0
            depth += window.count(b"{", place, close) - 1
            place = close + 1
        return place

    def members(self) -> Iterator[str]:
        """Yield the names of an object's members, standing before each value in turn."""
        self.match(_OPEN, "{")
        self.match(_SPACE, "")
        if self._at() == b"}":
            self._place += 1
            return
        while True:
            yield self.match(_NAME, "a name").group(1).decode("utf-8", "replace")
            if self.match(_NEXT, ", or }").group(1) == b"}":
                return

    def finish(self) -> None:
        """Check that nothing but space follows."""
        self.match(_SPACE, "")
        if self._at():
            raise self.trouble("something follows the end of the list")

    def _at(self) -> bytes:
        if self._place >= len(self._window) and not self._ended:
            self._widen()
        return self._window[self._place : self._place + 1]

    def _walk(self, *, keep: bool) -> None:
        """Move behind the bracket that closes the one here."""
        start, depth, place = self.offset, 0, self._place
        while True:
            for token in _TOKEN.finditer(self._window, place):
                sign = token.group()
                if sign in _OPENING:
                    depth += 1
                    if depth > NESTING_MAX:
                        raise self.trouble("brackets are nested too deep", start)
                elif sign in (b"}", b"]"):
                    depth -= 1
                    if not depth:
                        self._place = token.end()
                        return
                elif sign == b'"':  # a string the window cuts off
                    place = token.start()
                    break
            else:
                place = len(self._window)
            if self._ended:
                raise self.trouble("the file ends early", start)
            if len(self._window) - (self._place if keep else place) > OBJECT_BYTES_MAX:
                raise self.trouble("one value is longer than any of AWS's", start)
            if not keep:
                self._place = place
            moved = self._place
            self._widen()
            place -= moved

    def _widen(self) -> None:
        more = self._file.read(WINDOW)
        self._ended = not more
        self._passed += self._place
        self._window = self._window[self._place :] + more
        self._place = 0
        self._progress(self._passed + len(self._window), self._size)


class _Offer:
    """One file, section by section."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._heading: dict[str, str] = {}
        self._offer: Heading | None = None

    def read(self) -> Iterator[Read]:
        scanner = self._scanner
        for name in scanner.members():
            if name == "products":
                yield from self._head()
                yield from self._products()
            elif name == "terms":
                yield from self._head()
                for kind in scanner.members():
                    if kind == "OnDemand":
                        yield from self._terms()
                    else:
                        scanner.skip()
            elif name in _HEADING:
                self._heading[_HEADING[name]] = _text(scanner)
            else:
                scanner.skip()
        scanner.finish()
        yield from self._head()

    def _head(self) -> Iterator[Read]:
        if self._offer is None:
            scanner = self._scanner
            self._offer = heading_of(self._heading, scanner.trouble("").where)
            yield 0, self._offer

    def _products(self) -> Iterator[Read]:
        scanner = self._scanner
        for sku in scanner.members():
            offset = scanner.offset
            try:
                found = scanner.value(_PRODUCT)
                if found.sku != sku:
                    raise ValueError(f"it is listed as {sku[:40]!r} and calls itself otherwise")
            except (msgspec.MsgspecError, ValueError) as error:
                raise scanner.trouble(f"a product cannot be read: {error}", offset) from error
            said = {name: value for name in ATTRIBUTES if (value := found.attributes.get(name, ""))}
            yield offset, product_of(sku, found.productFamily, said)

    def _terms(self) -> Iterator[Read]:
        scanner = self._scanner
        for sku in scanner.members():
            offset = scanner.offset
            try:
                rates = tuple(self._rates(sku, scanner.value(_RAW)))
            except (msgspec.MsgspecError, ValueError) as error:
                raise scanner.trouble(f"a price cannot be read: {error}", offset) from error
            yield offset, (sku, rates) if rates else OTHER_TERMS

    @staticmethod
    def _rates(sku: str, raw: msgspec.Raw) -> Iterator[Rate]:
        terms = _TERMS.decode(raw)
        listed = sum(len(term.priceDimensions) for term in terms.values())
        if bytes(raw).count(b'"rateCode"') != listed:  # a decoder keeps the last of two, silently
            raise ValueError(f"SKU {sku} lists a term or a band twice")
        for term in terms.values():
            if term.sku != sku:
                raise ValueError(f"the term of SKU {sku} calls itself otherwise")
            if term.offerTermCode not in KEPT_TERMS:
                continue
            if not term.priceDimensions:
                raise ValueError(f"SKU {sku} has a term without a price")
            for code, found in term.priceDimensions.items():
                if found.rateCode != code or not found.pricePerUnit:
                    raise ValueError(f"band {code[:60]!r} is not whole")
                for currency, price in found.pricePerUnit.items():
                    yield rate_of(
                        sku=sku,
                        rate_code=code,
                        begin=found.beginRange,
                        end=found.endRange,
                        price=price,
                        unit=found.unit,
                        currency=currency,
                    )


_HEADING = {"offerCode": "offer", "version": "version", "publicationDate": "date"}


def _text(scanner: Scanner) -> str:
    """Return the text that stands here; another kind of value is trouble."""
    offset = scanner.offset
    try:
        return scanner.value(_TEXT)
    except (msgspec.MsgspecError, ValueError) as error:
        raise scanner.trouble(f"the heading cannot be read: {error}", offset) from error


def _is_json(raw: memoryview) -> bool:
    try:
        _RAW.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        return False
    return True
