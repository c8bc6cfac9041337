"""The reference page of requests is tried line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from frugal.read.clauses import NOT_UNDERSTOOD
from frugal.read.request import read
from frugal.read.words import CHARACTERS_MAX

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "requests.md").read_text("utf-8")
EXAMPLES = [
    line
    for box in re.findall(r"```request\n(.*?)```", PAGE, re.DOTALL)
    for line in box.splitlines()
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_understood_whole(line: str) -> None:
    """No word of a documented example is left over."""
    left = [clause.words for clause in read(line).clauses if clause.note == NOT_UNDERSTOOD]
    assert left == []


def test_the_page_states_the_limit() -> None:
    """The size that is documented is the size that is refused."""
    assert f"at most {CHARACTERS_MAX:,} characters" in PAGE
    assert len(EXAMPLES) > 40
