"""The README shows what the program prints today, and counts what is there today."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from frugal import pipeline
from frugal.patterns import patterns
from frugal.price_list.lookup import open_snapshot
from frugal.render.terminal import print_summary

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ANSWER = re.compile(r"(<!-- the answer.*?-->\n```text\n)(.*?)(```\n)", re.DOTALL)


def test_the_answer_is_the_current_one() -> None:
    """``UPDATE_GOLDEN=1`` writes it anew; then read the difference."""
    request = (ROOT / "examples" / "first-request.txt").read_text(encoding="utf-8")
    printed = io.StringIO()
    print_summary(pipeline.answer(request, seed=1), Path("out"), printed)  # as the command does
    text = README.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        text = ANSWER.sub(lambda found: found[1] + printed.getvalue() + found[3], text)
        README.write_text(text, encoding="utf-8")
    found = ANSWER.search(text)
    assert found is not None
    assert found[2] == printed.getvalue()


def test_the_counts_are_the_current_ones() -> None:
    text = README.read_text(encoding="utf-8")
    prices = open_snapshot()
    regions = {region for offer in prices.offers() for region in prices.regions(offer)}
    assert f"- {len(patterns())} architecture patterns" in text
    assert f"({len(prices.offers())} offers," in text
    real = {region for region in regions if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region)}
    assert f"{len(real)} Regions)" in text.replace("\n  ", " ")
    assert sum(pattern.full for pattern in patterns()) == 8
    assert "Eight patterns are *full*" in text


def test_every_link_leads_somewhere() -> None:
    """A path that a document names exists."""
    for page in (README, ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
