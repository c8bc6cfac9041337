"""design.json and the terminal: the same Design, exactly, and on one screen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from frugal.design.draft import Draft
from frugal.design.stage import design
from frugal.model.design import Design
from frugal.price_list.lookup import open_snapshot
from frugal.render.jsonout import design_json
from frugal.render.schema import design_schema
from frugal.render.terminal import WIDTH, print_summary, summary_lines

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCREEN_LINES = 45


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def answered(drafted: Callable[..., Draft]) -> Design:
    draft = drafted()
    # The hand-made rejections name settings that no pattern could be built with again.
    decision = replace(draft.decision, rejections=())
    return design(draft.scene, decision, open_snapshot())


def test_money_is_a_decimal_string(answered: Design) -> None:
    """No figure becomes a binary fraction on its way out."""
    data = design_json(answered)
    assert data.endswith(b"}\n")
    parsed = json.loads(data, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    chosen = parsed["decision"]["chosen"]
    assert chosen["list_monthly"] == str(answered.decision.chosen.list_monthly)


def test_the_same_design_gives_the_same_bytes(answered: Design) -> None:
    """Nothing but the Design decides what is written."""
    assert design_json(answered) == design_json(answered)


def test_the_published_schema_is_ours() -> None:
    """The file in the reference is what the types say; ``tools/write_schemas.py`` rewrites it."""
    assert (REFERENCE / "design.schema.json").read_bytes() == design_schema()


def accepts(schema: dict[str, Any], value: Any, definitions: dict[str, Any]) -> bool:
    """Return whether a value is as a schema says: the few words that ours uses."""
    if "$ref" in schema:
        return accepts(definitions[schema["$ref"].rpartition("/")[2]], value, definitions)
    if "anyOf" in schema:
        return any(accepts(one, value, definitions) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return bool(value == schema["const"])
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
        "array": list,
        "object": dict,
    }
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if schema["type"] == "array":
        items = schema.get("prefixItems") or [schema["items"]] * len(value)
        return len(items) == len(value) and all(
            accepts(item, one, definitions) for item, one in zip(items, value, strict=True)
        )
    if schema["type"] == "object":
        properties = schema["properties"]
        return set(schema["required"]) <= set(value) <= set(properties) and all(
            accepts(properties[name], one, definitions) for name, one in value.items()
        )
    return True


def test_what_is_written_is_what_the_schema_says(answered: Design) -> None:
    """Every value of a real design.json has the type published for it."""
    schema = json.loads(design_schema())
    assert accepts(schema, json.loads(design_json(answered)), schema["$defs"])


def test_the_schema_refuses_what_is_not_a_design(answered: Design) -> None:
    """A missing field, a number for money or an unknown field is not accepted."""
    schema = json.loads(design_schema())
    definitions = schema["$defs"]
    for spoil in (
        {"drawing": None},
        {"decision": {}},
        {"unknown": 1},
    ):
        assert not accepts(schema, json.loads(design_json(answered)) | spoil, definitions)


def test_the_summary_fits_a_screen(answered: Design) -> None:
    """At most a screen of lines, none wider than it."""
    lines = [line.words for line in summary_lines(answered, Path("out"))]
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= WIDTH


def test_the_summary_holds_the_answer(answered: Design) -> None:
    """What to build, the month, a payout, the way of one, why, and where the files are."""
    stream = io.StringIO()
    print_summary(answered, Path("out"), stream)
    text = stream.getvalue()
    chosen = answered.decision.chosen
    for expected in (
        chosen.pattern_name,
        "Added a month, list price",
        "Per payout",
        "[[payout-function]]",
        chosen.strengths[0],
        "design.md",
    ):
        assert expected in text


def test_colours_are_for_terminals_only(answered: Design) -> None:
    """A file or a pipe gets plain text, byte for byte what a terminal gets without its colours."""
    import re

    plain, colours = io.StringIO(), Terminal()
    print_summary(answered, Path("out"), plain)
    print_summary(answered, Path("out"), colours)
    assert "\x1b" not in plain.getvalue()
    assert re.sub(r"\x1b\[[0-9;]*m", "", colours.getvalue()) == plain.getvalue()
