"""Write the JSON Schemas of the files we read and write into ``docs/reference``."""

from __future__ import annotations

import json
from pathlib import Path

from frugal.price.usage_schema import usage_file_schema
from frugal.read.brief_file import brief_schema
from frugal.render.schema import design_schema
from frugal.survey.schema import stack_file_schema

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

if __name__ == "__main__":
    (REFERENCE / "brief.schema.json").write_bytes(brief_schema())
    stack = json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"
    (REFERENCE / "stack.schema.json").write_text(stack, encoding="utf-8")
    (REFERENCE / "design.schema.json").write_bytes(design_schema())
    usage = json.dumps(usage_file_schema(), indent=2, ensure_ascii=False) + "\n"
    (REFERENCE / "usage.schema.json").write_text(usage, encoding="utf-8")
