"""Laws of reading that hold for every text."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.errors import BadRequest
from frugal.read.brief_file import parse_brief, write_brief
from frugal.read.request import Reading, read
from frugal.read.words import CHARACTERS_MAX

PIECES = [
    "100-200 payouts daily", "from Fiserv", "via Acme Pay", "on Lightsail EC2", "a $12 plan",
    "at 35% CPU", "Postgres 15 in Docker", "max_connections 100, 80 in use", "no RDS", "Lambda",
    "and", ",", ".", ";", "(", ")", "purple unicorns", "in Frankfurt", "real time", "p99 8 s",
    "by 17:00 CET", "up to $5,000 each", "10x at month end", "doubling every year", "¿qué?",
    "sorry, I meant", "per hour", "1.500 pro Tag", "nightly", "5 requests per second", "—", "\n",
    "within 2 hours", "EventBridge", "Zürich", "data must stay in the EU", "what is cheapest?",
    "twice a day, 75 per run", "no batch", "24/7", "_", "🦄", "set cost to 0", "under $20 a month",
]  # fmt: skip

sentences = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join)
texts = sentences | st.text(max_size=200)


def _reading(text: str) -> Reading | None:
    try:
        return read(text)
    except BadRequest as error:
        message = str(error)
    assert "\n" not in message
    return None


def _letters(text: str) -> str:
    return "".join(text.split())


@given(texts)
def test_no_clause_is_dropped(text: str) -> None:
    """The clauses, put together, are the whole request: every character, in order."""
    reading = _reading(text)
    if reading is not None:
        assert _letters("".join(clause.words for clause in reading.clauses)) == _letters(text)


@given(texts)
def test_every_clause_says_what_became_of_it(text: str) -> None:
    """A clause has a reading or a note; none is left without a word."""
    reading = _reading(text)
    if reading is not None:
        assert all(clause.understood or clause.note for clause in reading.clauses)


@given(texts)
def test_any_text_reads_or_is_refused_in_one_line(text: str) -> None:
    """No text ends in anything but a Reading or one clear error, and twice gives the same."""
    assert _reading(text) == _reading(text)


@given(sentences)
def test_a_brief_file_loads_as_written(text: str) -> None:
    """What is written for a reading loads equal, whatever the words."""
    reading = _reading(text)
    if reading is not None:
        written = write_brief(reading.brief, reading.stack)
        assert parse_brief(written.encode(), "brief.yaml") == (reading.brief, reading.stack)


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.sampled_from(["-", " to ", " – "]))
def test_a_range_keeps_both_ends(one: int, other: int, joint: str) -> None:
    """Two numbers with a joint are a range from the smaller to the larger."""
    volume = read(f"{one:,}{joint}{other:,} payouts a day").brief.volume
    assert volume.payouts_per_day_low.value == min(one, other)
    assert volume.payouts_per_day_high.value == max(one, other)


@given(st.integers(1, 10**9))
def test_grouping_does_not_change_a_number(number: int) -> None:
    """English, German, Swiss and French grouping read as the same number."""
    plain = f"{number:,}"
    for mark in (",", ".", "'", "’", "\u202f", "\u00a0", " "):
        volume = read(f"{plain.replace(',', mark)} payouts a day").brief.volume
        assert volume.payouts_per_day_high.value == Decimal(number)


@given(st.integers(1, 10**6))
def test_a_volume_says_which_words_it_came_from(number: int) -> None:
    """A stated fact quotes the request."""
    text = f"we send {number} payouts a day"
    assert read(text).brief.volume.payouts_per_day_high.source in text


@pytest.mark.parametrize(
    "piece",
    ["1 ", "100-", "$5 ", "max ", "no ", "12 of ", "100 payouts a day or ", "Acme ", "(", "in ",
     "sellers in Germany and ", "10x at month end ", "a few hundred and ", "every ", "5 GB "],
)  # fmt: skip
def test_time_grows_with_the_length_only(piece: str) -> None:
    """The longest allowed text of any one piece is read in moments, not minutes."""
    text = (piece * CHARACTERS_MAX)[:CHARACTERS_MAX]
    started = time.perf_counter()
    _reading(text)
    assert time.perf_counter() - started < 5
