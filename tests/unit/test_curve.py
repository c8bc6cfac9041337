"""Curves by hand: the cases that decide a break-even."""

from __future__ import annotations

from decimal import Decimal

import pytest

from frugal.model.curve import ONE, ZERO, Curve, at_least, at_most, ceiling, tiered

X = Curve.of_input()


def d(text: str) -> Decimal:
    return Decimal(text)


def test_a_crossing_is_a_root() -> None:
    """Ten dollars flat against a dollar each: the same at ten."""
    assert (X - 10).roots() == (d("10"),)


def test_a_jump_across_zero_is_a_root() -> None:
    """A second node at 4 makes it dearer at once; nothing is equal there, the order changes."""
    nodes = ceiling(X / 4)
    assert (nodes * 10 - 15).roots() == (d("4"),)


def test_a_touch_is_no_root() -> None:
    """Where two costs only meet, the cheaper one stays the cheaper one."""
    valley = at_least(X - 5, 5 - X)
    assert valley.roots() == ()


def test_a_free_stretch_ends_in_a_root() -> None:
    """Included units cost nothing; the place where cost begins is one where the sign changes."""
    assert at_least(X * 2 - 10, ZERO).roots() == (d("5"),)


def test_both_ends_of_equality_are_roots() -> None:
    """Two designs that cost the same between 2 and 6 change places over that stretch."""
    assert at_least(at_most(X - 2, ZERO), X - 6).roots() == (d("2"), d("6"))


def test_roots_are_exact() -> None:
    """A third is as exact as 28 digits are; nothing is searched for."""
    assert (X * 3 - 1).roots() == (ONE / 3,)


def test_two_open_inputs_are_refused() -> None:
    """A product of two open amounts would not be piecewise linear, so it is a mistake of ours."""
    with pytest.raises(TypeError):
        X * X


def test_a_curve_has_no_order() -> None:
    """A curve is above another here and below it there: comparing two is a mistake of ours."""
    with pytest.raises(TypeError):
        assert X > X  # type: ignore[operator]


def test_bands_of_a_curve() -> None:
    """The first ten cost 2, the rest 1: twelve cost 22."""
    cost = tiered(X, ((ZERO, d("10"), d("2")), (d("10"), None, d("1"))))
    assert isinstance(cost, Curve)
    assert cost(d("12")) == 22
    assert cost.breaks == (ZERO, d("10"))


def test_nothing_times_a_curve_is_a_constant() -> None:
    """What is never called costs nothing at any volume, and is known to."""
    assert (X * 0).is_constant
