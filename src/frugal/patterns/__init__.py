"""The architecture patterns: one file each, found by scanning this folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from frugal.patterns.pattern import Kind, Pattern, Scene

__all__ = ["Kind", "Pattern", "Scene", "pattern", "pattern_ids", "patterns"]

#: Files of this folder that are not patterns: the base, and parts that several patterns place.
_NOT_PATTERNS = {"__init__", "pattern", "parts", "tasks", "bulk", "shapes"}


@cache
def pattern_ids() -> tuple[str, ...]:
    """Return the id of every pattern file, sorted."""
    folder = Path(__file__).parent
    return tuple(
        sorted(file.stem for file in folder.glob("*.py") if file.stem not in _NOT_PATTERNS)
    )


@cache
def pattern(pattern_id: str) -> Pattern:
    """Return the pattern of that id; an unknown id is a mistake of ours."""
    assert pattern_id in pattern_ids(), f"no pattern file {pattern_id!r}"
    found = import_module(f"{__name__}.{pattern_id}").PATTERN
    assert isinstance(found, Pattern)
    assert found.id == pattern_id, f"{pattern_id}.py calls itself {found.id!r}"
    return found


def patterns() -> tuple[Pattern, ...]:
    """Return all patterns, by id."""
    return tuple(pattern(pattern_id) for pattern_id in pattern_ids())
