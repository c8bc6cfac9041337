"""Blocks as GitHub Markdown: the same blocks, the same bytes.

Words in a block may use two marks, ``**strong**`` and the backtick. Everything else in them is
text, some of it a user's, and is escaped so that it can be no heading, link, image, tag or cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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

#: Cells longer than this are not padded: a table must stay readable as text.
_PADDED = 60
_MARKS = re.compile(r"(\*\*(?=\S).+?(?<=\S)\*\*|`[^`]+`)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def markdown(document: Document) -> str:
    """Return the document, ending in one newline."""
    parts = [f"# {_inline(document.title)}"]
    if document.lead:
        parts.append("\n".join(f"- {_inline(line)}" for line in document.lead))
    for section in document.sections:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> Iterator[str]:
    number = f"{section.number}. " if section.number else ""
    yield f"## {number}{_inline(section.title)}"
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield _opening(_inline(block.words))
        case Heading():
            yield f"### {_inline(block.words)}"
        case Bullets():
            yield "\n".join(f"- {_opening(_inline(item))}" for item in block.items)
        case Steps():
            yield "\n".join(
                f"{at}. {_opening(_inline(item))}" for at, item in enumerate(block.items, start=1)
            )
        case Table():
            yield from _table(block)
        case Code():
            fence = "`" * max(3, _longest_run(block.text) + 1)
            yield f"{fence}{block.language}\n{block.text.rstrip(chr(10))}\n{fence}"


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"*{_inline(table.caption).replace('*', '')}*"
    rows = [[_cell(cell) for cell in row] for row in (table.columns, *table.rows)]
    width = len(table.columns)
    assert all(len(row) == width for row in rows), f"a row of {table.columns} is not as wide as it"
    widths = [
        max(3, *(len(row[at]) for row in rows if len(row[at]) <= _PADDED), 0) for at in range(width)
    ]
    lines = [_row(rows[0], widths, table.numeric)]
    lines.append(
        "| "
        + " | ".join(
            "-" * (size - 1) + ":" if at in table.numeric else "-" * size
            for at, size in enumerate(widths)
        )
        + " |"
    )
    lines += [_row(row, widths, table.numeric) for row in rows[1:]]
    yield "\n".join(lines)


def _row(cells: list[str], widths: list[int], numeric: tuple[int, ...]) -> str:
    padded = [
        cell.rjust(width) if at in numeric else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _cell(words: str) -> str:
    # GitHub splits cells before it reads code, so a bar is escaped inside backticks too.
    return re.sub(r"(?<!\\)\|", r"\\|", _inline(words))


def _inline(words: str) -> str:
    """Return words with their two marks kept and everything else made plain."""
    line = _CONTROL.sub(" ", words).strip()
    return "".join(
        part if part.startswith("`") else f"**{_plain(part[2:-2])}**" if at % 2 else _plain(part)
        for at, part in enumerate(_MARKS.split(line))
    )


def _plain(text: str) -> str:
    """Escape what could be mark-up where it stands, and nothing that could not."""
    text = re.sub(r"([\\`*~|])", r"\\\1", text)
    text = re.sub(r"\[(?=[\^ xX!])|\](?=[(\[:])", r"\\\g<0>", text)
    text = re.sub(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])", r"\\_", text)
    return re.sub(r"&(?=#?\w+;)", "&amp;", text).replace("<", "&lt;")


def _opening(line: str) -> str:
    """Keep a line from being read as a heading, a list, a quote or a rule by how it begins."""
    line = re.sub(r"^([#>+=-])", r"\\\1", line)
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", line)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
