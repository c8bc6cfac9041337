"""The answer on one screen: what to build, its price, its shape, why, and what to ask.

Lines are made once and printed plain, or in colours where standard output is a terminal; rich is
imported only then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from frugal.design.drawing import sketch
from frugal.design.figures import quoted
from frugal.design.summary import CHANGES, COSTS
from frugal.model.design import Design
from frugal.model.document import Document, Table

WIDTH = 100
_REASONS = 3
_CLEAR = "\x1b[K"  #: the rest of the line, on every terminal
FILES = ("design.md", "design.json", "brief.yaml")


class Line(NamedTuple):
    """One line, and what it is, which decides its colour."""

    words: str
    kind: str = "plain"


def print_summary(design: Design, out: Path, stream: TextIO | None = None) -> None:
    """Print the summary; colours only on a terminal."""
    stream = stream or sys.stdout
    lines = tuple(summary_lines(design, out))
    if not stream.isatty():
        stream.write("\n".join(line.words for line in lines) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    styles = {"answer": "bold green", "heading": "bold", "drawing": "cyan", "plain": ""}
    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.words, style=styles[line.kind]))


@contextmanager
def trying_line(stream: TextIO | None = None) -> Iterator[Callable[[str, str], None] | None]:
    """Yield what shows the trial that is run, on one line that is gone afterwards.

    Only on a terminal; elsewhere None: nobody would see the line change.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield None
        return

    def show(design: str, fault: str) -> None:
        words = f"trying out: {design}: {fault}"
        stream.write(f"\r{_CLEAR}{words[: WIDTH - 1]}")
        stream.flush()

    try:
        yield show
    finally:
        stream.write(f"\r{_CLEAR}")
        stream.flush()


def summary_lines(design: Design, out: Path) -> Iterator[Line]:
    """Yield the summary, each line at most as wide as a screen."""
    document, decision = design.document, design.decision
    yield Line(_unmarked(document.title), "heading")
    for words in _wrapped(_unmarked(document.lead[0])):
        yield Line(words, "answer")
    yield Line("")
    yield from _key_figures(document)
    yield Line("")
    names = {part.id: part.service for part in design.components}
    for drawn in sketch(decision.chosen.candidate, names):
        yield Line(f"  {drawn}", "drawing")
    yield Line("  [[new]]  [there already]", "drawing")
    yield Line("")
    for strength in decision.chosen.strengths[:_REASONS]:
        yield from (Line(words) for words in _wrapped(f"- {strength}", "  "))
    for line in document.lead[1:]:
        if not line.startswith((COSTS, CHANGES)):
            yield from (Line(words) for words in _wrapped(f"- {_unmarked(line)}", "  "))
    yield Line("")
    yield Line(f"In {quoted(str(out))}: {', '.join(FILES)}")


def _key_figures(document: Document) -> Iterator[Line]:
    """Yield the table the document opens with, as a list."""
    table = next(block for block in document.sections[0].blocks if isinstance(block, Table))
    width = max(len(row[0]) for row in table.rows)
    for name, value in table.rows[1:]:
        yield Line(f"  {name.ljust(width)}  {_unmarked(value)}")


def _unmarked(words: str) -> str:
    return quoted(words.replace("**", "").replace("`", ""), 1000)


def _wrapped(words: str, indent: str = "") -> list[str]:
    import textwrap

    return textwrap.wrap(words, WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
