"""The page of faults says what the catalog holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "faults.md"


def tool() -> ModuleType:
    path = ROOT / "tools" / "write_faults_page.py"
    spec = importlib.util.spec_from_file_location("write_faults_page", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    """Every fault stands on the page as its file has it (tools/write_faults_page.py)."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == tool().page(text)
    assert "partner_down" in text
