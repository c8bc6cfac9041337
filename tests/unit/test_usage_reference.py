"""The pages about a usage file are written from the services, and are current."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from frugal.price.bill import price_described
from frugal.price.sources import from_words
from frugal.price.usage_file import read_usage
from frugal.price.usage_schema import described_inputs, priced_services, usage_file_schema
from frugal.price_list.lookup import open_snapshot

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGE = (REFERENCE / "usage.md").read_text(encoding="utf-8")


def writer() -> ModuleType:
    path = ROOT / "tools" / "write_usage_page.py"
    spec = importlib.util.spec_from_file_location("write_usage_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    """Every input of every service stands on the page (tools/write_usage_page.py)."""
    assert writer().page(PAGE) == PAGE


def test_the_schema_is_current() -> None:
    """The published schema is what the types say (tools/write_schemas.py)."""
    published = (REFERENCE / "usage.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == json.loads(json.dumps(usage_file_schema()))


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_are_priced_whole(text: str) -> None:
    """A documented example is a file that is read and priced, nothing left out."""
    assert price_described(read_usage(text), open_snapshot()).complete


def test_the_question_of_the_page_is_understood() -> None:
    """The documented question leaves no word over."""
    (words,) = re.findall(r'`frugal price "(.*?)"`', PAGE)
    assert price_described(from_words(words), open_snapshot()).complete


@pytest.mark.parametrize("id", priced_services())
def test_inputs_are_plain_words(id: str) -> None:
    """An input is a lower-case word, and no two mean the same."""
    names = [one.name for one in described_inputs(id)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
