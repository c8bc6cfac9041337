"""Watching what is looked at: what was not looked at may change and nobody is asked again."""

from __future__ import annotations

from typing import Any

import pytest

from frugal.model.brief import Value
from frugal.propose.watched import LookedAt, Watched, still_true


class Inner(Value, frozen=True, kw_only=True):
    left: int
    right: int


class Outer(Value, frozen=True, kw_only=True):
    inner: Inner | None
    other: str = ""


class Whole(Value, frozen=True, kw_only=True):
    outer: Outer


BEFORE = Whole(outer=Outer(inner=Inner(left=1, right=2)))


def after_looking(look: Any) -> LookedAt:
    seen: LookedAt = {}
    look(Watched(BEFORE.outer, ("outer",), seen))
    return seen


@pytest.mark.parametrize(
    ("look", "changed", "kept"),
    [
        (lambda it: it.inner.left, Outer(inner=Inner(left=1, right=9)), True),
        (lambda it: it.inner.left, Outer(inner=Inner(left=9, right=2)), False),
        (lambda it: it.inner.left, Outer(inner=None), False),
        (lambda it: it.inner is None, Outer(inner=Inner(left=9, right=9)), True),
        (lambda it: it.inner is None, Outer(inner=None), False),
        (lambda it: it.other, Outer(inner=None), True),
        (lambda it: None, Outer(inner=None, other="x"), True),
    ],
)
def test_only_what_was_looked_at_counts(look: Any, changed: Outer, kept: bool) -> None:
    """An answer stays true while every field that was read for it is the same."""
    scene: Any = Whole(outer=changed)
    assert still_true(after_looking(look), scene) is kept


def test_a_watched_value_reads_like_the_value() -> None:
    """Whoever is watched gets what is there, the second time as the first."""
    it = Watched(BEFORE.outer, ("outer",), {})
    assert (it.inner.left, it.inner.left, it.other) == (1, 1, "")
