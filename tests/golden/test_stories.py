"""Stories: whole requests and whole answers, reviewed as text.

Each folder of ``stories`` holds a request and the documents it leads to. After a change that is
meant, ``UPDATE_GOLDEN=1 make test`` writes them anew, and the difference is read before it is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from frugal import pipeline

STORIES = sorted((Path(__file__).parent / "stories").iterdir())
#: Stories whose candidates are tried out too, with the seed; the others are judged by hard checks.
TRIED_WITH = {"01-first": 1}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_request_leads_to_this_document(story: Path) -> None:
    design = pipeline.answer((story / "request.txt").read_text(), seed=TRIED_WITH.get(story.name))
    for name in ("brief.yaml", "design.md"):
        text = pipeline.files_of(design)[name].decode()
        golden = story / name
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(text)
        assert golden.exists(), f"{golden} is missing: run with UPDATE_GOLDEN=1 and read it"
        assert text == golden.read_text(), f"{story.name}/{name} changed: read the difference"


def test_there_are_stories_of_at_least_eight_kinds() -> None:
    assert len(STORIES) >= 8
