"""Templates bent out of shape: an answer, or one clear error; never a traceback or a silent $0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frugal.model.errors import FrugalError
from frugal.price.bill import price_described
from frugal.price.sources import described
from frugal.price_list.lookup import open_snapshot

SAMPLES = Path(__file__).parents[1] / "samples" / "templates"
TEXTS = {
    "stack.yaml": SAMPLES / "stack.yaml",
    "sam.yaml": SAMPLES / "sam.yaml",
    "main.tf": SAMPLES / "terraform" / "main.tf",
    "plan.json": SAMPLES / "plan.json",
}
#: What breaks readers: marks of every format, its words, numbers at the edge, other scripts.
PIECES = st.sampled_from(
    (
        *"{}[]:\"' \n\t",
        *("", "- ", "!Ref ", "!Sub ", "&a ", "*a", "${", "${var.stage}", "${Stage}", "%{if}"),
        *("null", "true", "-1", "1e999", "NaN", "9" * 40, "0.5", "Ref: Queue", "Type: "),
        *("count = 3\n", "for_each = {}\n", "\u00e9\u0000", "AWS::SQS::Queue"),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**18) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Ref", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::Select", "a", "Type"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bent")


def answered(path: Path) -> None:
    """Price a file: everything in it has a line, a reason or a note, or the file is refused."""
    refused: FrugalError | None = None
    try:
        month = described((path,))
        bill = price_described(month, open_snapshot())
    except FrugalError as trouble:
        refused = trouble
    if refused is not None:
        assert refused.what
        assert refused.where
        return
    shown = {line.placement for line in bill.billed_lines}
    shown |= {part.placement for part in bill.estimate.unpriced}
    for entry in month.entries:
        assert entry.name in shown or any(entry.name in note for note in bill.notes)
    if bill.complete and month.entries:
        assert bill.billed_lines


@given(data=st.data(), name=st.sampled_from(sorted(TEXTS)))
@settings(max_examples=1500)
def test_a_bent_text_is_answered_or_refused(data: st.DataObject, name: str, folder: Path) -> None:
    """Pieces cut out and put in anywhere: the reader never falls over."""
    text = TEXTS[name].read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = begin + data.draw(st.integers(0, 12))
        text = text[:begin] + data.draw(PIECES) + text[end:]
    path = folder / name
    path.write_bytes(text.encode("utf-8", "replace"))
    answered(path)


@given(data=st.data(), name=st.sampled_from(["stack", "plan"]))
@settings(max_examples=1500)
def test_a_value_of_another_kind_is_answered_or_refused(
    data: st.DataObject, name: str, folder: Path
) -> None:
    """Any value in any place: a list for a number, a mapping for a name, a function anywhere."""
    root = json.loads((SAMPLES / "plan.json").read_text(encoding="utf-8"))
    if name == "stack":
        root = STACK
    root = json.loads(json.dumps(root))
    spots = list(_spots(root))
    for _ in range(data.draw(st.integers(1, 2))):
        holder, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        holder[key] = data.draw(VALUES)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(root), encoding="utf-8")
    answered(path)


STACK = {
    "Parameters": {"Size": {"Type": "Number", "Default": 20}},
    "Mappings": {"M": {"a": {"b": 1024}}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "Size"}, 20]}},
    "Resources": {
        "F": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "MemorySize": {"Fn::FindInMap": ["M", "a", "b"]},
                "Architectures": ["arm64"],
                "EphemeralStorage": {"Size": 1024},
            },
        },
        "D": {
            "Type": "AWS::EC2::Instance",
            "Condition": "C",
            "Properties": {
                "InstanceType": "t4g.small",
                "BlockDeviceMappings": [{"Ebs": {"VolumeSize": {"Ref": "Size"}}}],
            },
        },
        "A": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Metrics": [{"MetricStat": {"Period": 60}}, {"Expression": "m"}]},
        },
        "T": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                "GlobalSecondaryIndexes": [{"ProvisionedThroughput": {"ReadCapacityUnits": 1}}],
            },
        },
    },
}


def _spots(value: Any) -> Any:
    """Yield every place of a JSON value: what holds it, and under which key or index."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(inner):
        yield value, key
        if isinstance(one, (dict, list)):
            yield from _spots(one)
