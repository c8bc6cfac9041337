"""The Brief as a file: written, corrected, and refused with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest
from frugal.read.brief_file import (
    FILE_BYTES_MAX,
    brief_schema,
    load_brief,
    parse_brief,
    write_brief,
)
from frugal.read.request import read

REQUEST = "100-200 payouts daily from Fiserv, Lightsail $12 plan, Postgres, in Frankfurt, by 17:00."
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def _written() -> str:
    reading = read(REQUEST)
    return write_brief(reading.brief, reading.stack)


def _edited(old: str, new: str) -> bytes:
    text = _written()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_a_written_brief_loads_as_it_was(tmp_path: Path) -> None:
    """Writing and loading gives the same Brief and Stack, and the same bytes again."""
    reading = read(REQUEST)
    path = tmp_path / "brief.yaml"
    path.write_text(_written(), encoding="utf-8")
    brief, stack = load_brief(path)
    assert (brief, stack) == (reading.brief, reading.stack)
    assert write_brief(brief, stack) == _written()


def test_changing_a_value_is_enough() -> None:
    """An edited scalar is used; source and basis may stay."""
    brief, _ = parse_brief(_edited("value: 200\n", "value: 300\n"), "brief.yaml")
    assert brief.volume.payouts_per_day_high.value == Decimal(300)


def test_a_time_of_day_needs_no_quotes() -> None:
    """17:30 stays a time, where YAML 1.1 would read 1,050."""
    brief, _ = parse_brief(_edited('value: "17:00"', "value: 17:30"), "brief.yaml")
    assert brief.promises.daily_deadline is not None
    assert brief.promises.daily_deadline.value == "17:30"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("value: 200\n", "value: many\n", "payouts_per_day_high"),
        ("value: 200\n", "value: nan\n", "no number"),
        ("value: 200\n", "value: -5\n", "too small"),
        ("value: 200\n", "value: 50\n", "above payouts_per_day_high"),
        ("value: 200\n", "value: 200\n      extra: 1\n", "no such field"),
        ("value: send\n", "value: sideways\n", "direction"),
        ("value: eu-central-1\n", "value: eu-mars-1\n", "no AWS Region"),
        ("value: 24\n", "value: 25\n", "too large"),
        ('value: "17:00"', "value: 5 o'clock", "time of day"),
        ("schema: 1\n", "schema: 2\n", "schema 2"),
        ("  volume:\n", "  volum:\n", "volume"),
        ("    basis: assumed\n", "    basis: guessed\n", "basis"),
    ],
)
def test_a_wrong_edit_is_refused_with_its_place(old: str, new: str, what: str) -> None:
    """The error names the file, the line and what is wrong."""
    with pytest.raises(BadRequest) as caught:
        parse_brief(_edited(old, new), "brief.yaml")
    assert what in str(caught.value)
    assert caught.value.where.startswith("brief.yaml")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"a\x00b",
        b"- 1",
        b"[1, 2",
        b"a: &x 1\nb: *x",
        b"brief: 1\nbrief: 2",
        b"? [a]\n: 1",
        b"[" * 30_000,
        b" " * (FILE_BYTES_MAX + 1),
        b"!!python/object/apply:os.system [ls]",
    ],
)
def test_what_is_no_brief_is_refused(data: bytes) -> None:
    """Empty, binary, huge, deep or clever files end in one clear line."""
    with pytest.raises(BadRequest) as caught:
        parse_brief(data, "brief.yaml")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that cannot be read is an error with its name."""
    with pytest.raises(BadRequest, match=r"brief\.yaml"):
        load_brief(tmp_path / "brief.yaml")


def test_the_published_schemas_are_ours() -> None:
    """The files in the reference are what the types say; ``tools/write_schemas.py`` rewrites."""
    assert (REFERENCE / "brief.schema.json").read_bytes() == brief_schema()
