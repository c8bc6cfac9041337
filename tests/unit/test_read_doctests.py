"""The examples in the read stage's docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import frugal.read

MODULES = sorted(module.name for module in pkgutil.iter_modules(frugal.read.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name: str) -> None:
    """Every example of a module gives what it says."""
    assert doctest.testmod(importlib.import_module(f"frugal.read.{name}")).failed == 0
