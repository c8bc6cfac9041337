"""Damaged price files, by the thousand: an error with a place, or prices that the file holds."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frugal.model.errors import BadRequest
from frugal.price_list.bulk_csv import read_csv
from frugal.price_list.bulk_json import Read, read_json
from frugal.price_list.intake import import_path
from frugal.price_list.lookup import PriceList

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"
TEXTS = {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir())}
NAMES = sorted(TEXTS)
#: Two files in three are read only, which is where damage is met; one is imported whole.
READ_EXAMPLES = int(os.environ.get("FRUGAL_FUZZ", "2000"))
IMPORT_EXAMPLES = READ_EXAMPLES // 5
ZERO_IN_TEXT = re.compile(rb'"0(\.0+)?([eE]-?\d+)?"')
NUMBERLIKE = re.compile(rb"[-+]?[0-9.]{0,12}([eE][-+]?[0-9]{1,3})?[ a-z]{0,2}")
#: Every text of a sample; those with a number in them four times as often.
QUOTED = {
    name: [
        found.span()
        for found in re.finditer(rb'"[^"\n]*"', content)
        for _ in range(4 if re.match(rb'"\d', found.group()) else 1)
    ]
    for name, content in TEXTS.items()
}
PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [
            *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\\", b"null", b"0", b"-1"),
            *(b"1e400", b"NaN", b'"USD" : ""', b'"USD" : null', b'"0.0000000000"', b"\xff"),
            *(b'"Inf"', b'"', b"9" * 50, b"{" * 50, b'"sku" : 1', b"JRTCKXETXF", b"\x00"),
        ]
    ),
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sample with one text changed, or stretches cut out, written over, doubled or moved."""
    name = draw(st.sampled_from(NAMES))
    content = TEXTS[name]
    if draw(st.booleans()):  # one text, in its quotes or without them: names, codes, numbers
        begin, end = draw(st.sampled_from(QUOTED[name]))
        said = draw(st.one_of(PIECES, st.from_regex(NUMBERLIKE, fullmatch=True)))
        if draw(st.booleans()):
            said = b'"' + said + b'"'
        return name, content[:begin] + said + content[end:]
    for _ in range(draw(st.integers(1, 3))):
        if not content:
            break
        begin = draw(st.integers(0, len(content) - 1))
        end = min(len(content), begin + draw(st.sampled_from([0, 1, 2, 8, 60, 700, 10**6])))
        piece = draw(st.one_of(PIECES, st.just(content[begin:end] * 2), st.just(b"")))
        if draw(st.booleans()):
            other = draw(st.integers(0, len(content)))
            piece = content[other : other + draw(st.integers(0, 300))]
        content = content[:begin] + piece + content[end:]
    return name, content


def written(folder: str, name: str, content: bytes) -> Path:
    path = Path(folder) / name
    path.write_bytes(content)
    return path


def reads(path: Path) -> list[Read]:
    reader = read_csv if path.suffix == ".csv" else read_json
    return list(reader(path))


@settings(max_examples=READ_EXAMPLES)
@given(damaged())
def test_a_damaged_file_is_read_or_refused_with_its_place(sample: tuple[str, bytes]) -> None:
    """Never a traceback, and never a price that is not in the text, zero least of all."""
    name, content = sample
    with TemporaryDirectory() as folder:
        path = written(folder, name, content)
        try:
            found = reads(path)
        except BadRequest as error:
            place = error.where
        else:
            place = ""
    if place:
        assert re.fullmatch(rf"{re.escape(name)}(, byte [\d,]+|:\d+)", place)
        return
    prices = [rate for _, told in found if isinstance(told, tuple) for rate in told[1]]
    assert sum(rate.price == "0" for rate in prices) <= len(ZERO_IN_TEXT.findall(content))
    listed = {Decimal(text.decode()) for text in re.findall(rb'"(\d[\d.eE+-]{0,30})"', content)
              if re.fullmatch(rb"\d+(\.\d+)?([eE]-\d+)?", text)}  # fmt: skip
    assert {Decimal(rate.price) for rate in prices} <= listed


@settings(max_examples=IMPORT_EXAMPLES)
@given(damaged())
def test_a_damaged_file_becomes_a_whole_snapshot_or_none(sample: tuple[str, bytes]) -> None:
    """Either the import fails and leaves nothing, or every usable price covers all use."""
    name, content = sample
    with TemporaryDirectory() as folder:
        path = written(folder, name, content)
        target = Path(folder) / "prices.bin"
        try:
            import_path(path, target)
        except BadRequest:
            assert [file.name for file in Path(folder).iterdir()] == [name]
            return
        prices = PriceList(target)
        zeros = 0
        for offer in prices.offers():
            for region in prices.regions(offer):
                for price in prices.prices(offer, region):
                    assert price.tiers[0].begin == 0
                    assert price.tiers[-1].end is None
                    zeros += sum(tier.usd == 0 for tier in price.tiers)
        assert zeros <= len(ZERO_IN_TEXT.findall(content))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=40)
def test_any_cut_end_is_noticed(name: str, data: st.DataObject) -> None:
    """A file that ends early is never taken for a short one, wherever it ends."""
    whole = TEXTS[name].rstrip()
    if name.endswith(".csv"):  # a CSV may end behind any line: only the cut line can be noticed
        whole = whole[:-1]
    end = data.draw(st.integers(0, len(whole) - 1))
    cut = whole[:end]
    if name.endswith(".csv") and b"\n" in cut and cut.endswith(b"\n"):
        return
    with TemporaryDirectory() as folder:
        path = written(folder, name, cut)
        try:
            found = reads(path)
        except BadRequest:
            return
    assert name.endswith(".csv")
    read = [rate for _, told in found if isinstance(told, tuple) for rate in told[1]]
    assert all(rate.price in {"0.00000026", "0.000017", "0.000015", "0"} for rate in read)
