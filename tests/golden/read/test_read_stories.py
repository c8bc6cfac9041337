"""What a person would see for each story, reviewed as text. ``UPDATE_GOLDEN=1`` rewrites."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.read.clauses import NOT_UNDERSTOOD
from frugal.read.request import Reading, read
from payouts.facts import Fact

HERE = Path(__file__).parent


def _stories() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("read_stories", HERE / "stories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stories: dict[str, str] = module.STORIES
    return stories


STORIES = _stories()


def _told(request: str) -> str:
    try:
        text = _describe(read(request))
    except BadRequest as error:
        text = f"refused: {error}\n"
    return f"{request}\n\n{text}"


def _describe(reading: Reading) -> str:
    """Return a reading to review: the words, what was understood, what was assumed."""
    lines = [f"kind: {reading.kind}"]
    if reading.compared:
        lines.append(f"about: {', '.join(reading.compared)}")
    lines += ["", "words"]
    for clause in reading.clauses:
        lines.append(f"  “{clause.words}”")
        lines += [f"      {line}" for line in clause.understood]
        if clause.note:
            mark = "? " if clause.note == NOT_UNDERSTOOD else "note: "
            lines.append(f"      {mark}{clause.note}")
    facts = list(_facts(reading))
    for title, assumed in (("understood", False), ("assumed", True)):
        lines += ["", title]
        lines += [f"  {name} = {_shown(fact)}" for name, fact in facts if fact.assumed is assumed]
    return "\n".join(lines) + "\n"


def _shown(fact: Fact[Any]) -> str:
    """Return a fact on one line: its value, and the words or the reason behind it."""
    value = fact.value.value if isinstance(fact.value, Enum) else fact.value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{text}  ({fact.source})"


def _facts(reading: Reading) -> Iterator[tuple[str, Fact[Any]]]:
    """Yield the facts of Brief and Stack; of the partner's file only what the request states."""
    from_file = {"partner." + name for name in ("id", "name")}
    for name, fact in _walk("", reading.brief):
        if not name.startswith("partner.") or name in from_file or fact.basis.value == "stated":
            yield name, fact
    yield from _walk("stack.", reading.stack)


def _walk(prefix: str, value: Value) -> Iterator[tuple[str, Fact[Any]]]:
    for field in value.__struct_fields__:
        part = getattr(value, field)
        if isinstance(part, Fact):
            yield prefix + field, part
        elif isinstance(part, Value):
            yield from _walk(f"{prefix}{field}.", part)
        elif isinstance(part, tuple):
            for item in part:
                if isinstance(item, Fact):
                    yield prefix + field, item
                elif isinstance(item, Value):
                    yield from _walk(f"{prefix}{field}.", item)


@pytest.mark.parametrize("name", STORIES)
def test_story_reads_as_reviewed(name: str) -> None:
    """The reading of a story is, line for line, the one that was reviewed."""
    path, told = HERE / f"{name}.txt", _told(STORIES[name])
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(told, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == told


def test_every_text_has_its_story() -> None:
    """No text is left over from a story that was renamed."""
    assert sorted(path.stem for path in HERE.glob("*.txt")) == sorted(STORIES)
