"""One word per thing: the glossary and the types speak of the same things."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"


def classes(place: str) -> set[str]:
    """Return the public types defined below ``place``: classes and type aliases."""
    found: set[str] = set()
    for path in sorted((ROOT / place).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation):
                found.add(ast.unparse(node.target))
    return {name for name in found if not name.startswith("_")}


def rows() -> list[tuple[str, str, set[str]]]:
    """Return (words, meaning, types) of each row of the glossary's tables."""
    found = []
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] not in {"word", "---"}:
            found.append((cells[0], cells[1], set(re.findall(r"`(\w+)`", cells[2]))))
    return found


def test_every_type_of_the_model_is_explained() -> None:
    """A type nobody can look up is a second word for something."""
    named = set().union(*(types for _, _, types in rows()))
    model = {
        name
        for name in classes("src/frugal/model")
        if name not in {"Piece", "Scalar", "Settings"}  # shorthands for built-in types
    }
    assert not model - named, f"add to docs/glossary.md: {sorted(model - named)}"


def test_every_type_named_exists() -> None:
    """The glossary names no type that was renamed or removed."""
    there = classes("src")
    stale = sorted(name for _, _, types in rows() for name in types - there)
    assert not stale, f"in docs/glossary.md but not in src: {stale}"


def test_each_word_stands_once_and_means_something() -> None:
    """One word, one row, one meaning."""
    words = [word for row in rows() for word in row[0].split(", ")]
    assert len(words) == len(set(words)), sorted(word for word in words if words.count(word) > 1)
    assert len(words) > 30
    assert all(meaning for _, meaning, _ in rows())
