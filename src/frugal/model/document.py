"""A document as blocks: what is said, apart from how it is printed.

The design stage writes blocks; Markdown, the terminal, and later HTML are readers of them. So the
same sentence and the same figure stand in every output, and none of them holds any logic.
"""

from __future__ import annotations

from typing import TypeAlias

from frugal.model.brief import Value


class Text(Value, frozen=True, kw_only=True, tag="text"):
    """A paragraph. ``**strong**`` and `` `code` `` are the only mark-up in any block's words."""

    words: str


class Heading(Value, frozen=True, kw_only=True, tag="heading"):
    """A heading inside a section."""

    words: str


class Bullets(Value, frozen=True, kw_only=True, tag="bullets"):
    items: tuple[str, ...]


class Steps(Value, frozen=True, kw_only=True, tag="steps"):
    """Numbered things to do, in order."""

    items: tuple[str, ...]


class Table(Value, frozen=True, kw_only=True, tag="table"):
    """``numeric`` names the columns to align right, by index."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    caption: str = ""


class Code(Value, frozen=True, kw_only=True, tag="code"):
    """Text kept as it is: a drawing, a policy, a query."""

    language: str
    text: str


Block: TypeAlias = Text | Heading | Bullets | Steps | Table | Code


class Section(Value, frozen=True, kw_only=True):
    """``number`` is 0 for the unnumbered sections after the seven."""

    number: int
    title: str
    blocks: tuple[Block, ...]


class Document(Value, frozen=True, kw_only=True):
    """``lead`` is the answer in at most ten lines, before anything else."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
