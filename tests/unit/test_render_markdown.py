"""Markdown: the same blocks give the same bytes, and words in them can never become mark-up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.document import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Section,
    Steps,
    Table,
    Text,
)
from frugal.render.markdown import markdown


def rendered(*blocks: Block) -> str:
    """Return the blocks of a document's only section."""
    document = Document(title="T", lead=(), sections=(Section(number=1, title="S", blocks=blocks),))
    return markdown(document).removeprefix("# T\n\n## 1. S\n\n")


def test_a_document_has_title_lead_and_numbered_sections() -> None:
    """The lead stands before anything else; sections after the seven carry no number."""
    document = Document(
        title="Answer",
        lead=("**Build this.** Now.",),
        sections=(
            Section(number=1, title="Summary", blocks=(Text(words="Words."),)),
            Section(number=0, title="Sources", blocks=()),
        ),
    )
    assert markdown(document) == (
        "# Answer\n\n- **Build this.** Now.\n\n## 1. Summary\n\nWords.\n\n## Sources\n"
    )


def test_blocks() -> None:
    """Each kind of block has one form."""
    assert rendered(Heading(words="H")) == "### H\n"
    assert rendered(Bullets(items=("a", "b"))) == "- a\n- b\n"
    assert rendered(Steps(items=("a", "b"))) == "1. a\n2. b\n"
    assert rendered(Code(language="text", text="x  y\n")) == "```text\nx  y\n```\n"


def test_tables_are_aligned_and_numbers_stand_right() -> None:
    """A table reads as text, too."""
    table = Table(
        columns=("Part", "Cost"), rows=(("one", "$1.00"), ("three", "$12.50")), numeric=(1,)
    )
    assert rendered(table) == (
        "| Part  |   Cost |\n| ----- | -----: |\n| one   |  $1.00 |\n| three | $12.50 |\n"
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("**bold** and `co|de`", "**bold** and `co|de`"),
        ("a < b & c &amp; d", "a &lt; b & c &amp;amp; d"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("[a](http://x)", "[a\\](http://x)"),
        ("* star _under_ us_east_1 ~~no~~", "\\* star \\_under\\_ us_east_1 \\~\\~no\\~\\~"),
        ("one\n\n# two", "one # two"),
        ("# not a heading", "\\# not a heading"),
        ("- not a list", "\\- not a list"),
        ("1. not a step", "1\\. not a step"),
        ("a lonely ` tick", "a lonely \\` tick"),
    ],
)
def test_words_are_words(words: str, shown: str) -> None:
    """Only the two marks of a block are mark-up; everything else is shown as it is written."""
    assert rendered(Text(words=words)) == shown + "\n"


def test_code_cannot_end_its_own_fence() -> None:
    """A fence is longer than any run of backticks inside."""
    assert rendered(Code(language="text", text="a\n```\nb")).startswith("````text\n")


def cells(line: str) -> int:
    """Return how many cells GitHub would see in a line of a table."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1


@given(st.text(), st.text())
def test_nothing_in_a_cell_can_make_another(one: str, other: str) -> None:
    """Bars, line ends and code in a cell stay in that cell."""
    lines = rendered(Table(columns=("A", "B"), rows=((one, other),))).splitlines()
    assert len(lines) == 3
    assert [cells(line) for line in lines] == [2, 2, 2]


@given(st.text())
def test_no_words_open_a_tag(text: str) -> None:
    """Outside code there is no ``<`` left for a browser to read."""
    plain = text.replace("`", "'")
    assert "<" not in rendered(Text(words=plain))


@given(st.text())
def test_a_paragraph_is_one_line(text: str) -> None:
    """Nothing in a paragraph starts another block."""
    assert rendered(Text(words="x" + text)).rstrip("\n").count("\n") == 0
