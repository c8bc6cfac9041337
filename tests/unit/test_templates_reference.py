"""The page about templates is written from the services, and is current."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from frugal.price.usage_file import read_usage

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "templates.md").read_text(encoding="utf-8")


def test_the_page_is_current() -> None:
    """Every type that is read or free stands on the page (tools/write_templates_page.py)."""
    path = ROOT / "tools" / "write_templates_page.py"
    spec = importlib.util.spec_from_file_location("write_templates_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page(PAGE) == PAGE


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_are_usage_files(text: str) -> None:
    """A documented example is a file that is read."""
    assert read_usage(text).resources
