"""The page about a payout's life is printed from the state machine, and is current."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from payouts.states import TRANSITIONS, Status

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "payout-states.md"


def writer() -> ModuleType:
    path = ROOT / "tools" / "write_states_page.py"
    spec = importlib.util.spec_from_file_location("write_states_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    """Every status and every transition stands on the page (tools/write_states_page.py)."""
    text = PAGE.read_text(encoding="utf-8")
    assert writer().page(text) == text
    assert text.count(" --> ") == len(TRANSITIONS) + 1
    assert all(f"| `{status}` |" in text for status in Status)
