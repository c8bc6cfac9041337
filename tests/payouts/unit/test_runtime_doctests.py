"""The examples in the runtime's docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import payouts

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(payouts.__path__, "payouts.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    """Each module's examples give what they say."""
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0
