"""YAML files: text stays text, and whatever is wrong is one error with its file and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.errors import BadRequest
from frugal.survey.interpolation import UNKNOWN, interpolate
from frugal.survey.yaml_tree import Mapping, Scalar, Sequence, parse

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + below] * 9)}]\n"
    for below, name in zip("abcdefg", "bcdefgh", strict=True)
)


def plain(node: object) -> object:
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 22:22", {"a": "22:22"}),
        ("a: 3.10", {"a": "3.10"}),
        ("a: no", {"a": "no"}),
        ("a: 0x10", {"a": "0x10"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": "1"}, "c": {"b": "1"}}),
        ("a: &x {b: 1}\nd: {<<: *x, c: 2}", {"a": {"b": "1"}, "d": {"b": "1", "c": "2"}}),
        ("a: &x {b: 1}\nd: {<<: *x, b: 3}", {"a": {"b": "1"}, "d": {"b": "3"}}),
        ("d: {<<: [{b: 1}, {b: 2, c: 3}]}", {"d": {"b": "1", "c": "3"}}),
        ('"<<": 1', {"<<": "1"}),
        ("{}", {}),
    ],
)
def test_a_scalar_stays_the_text_that_was_written(text: str, expected: object) -> None:
    assert plain(parse(text, "f.yml")) == expected


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "f.yml", "is empty"),
        ("# nothing", "f.yml", "is empty"),
        ("a: 1\nb: 2\na: 3", "f.yml:3", "a key is given twice (first in line 1)"),
        ("a: 1\n---\nb: 2", "f.yml:2", "more than one YAML document"),
        ("a: [1,\nb: 2", "f.yml:2", "is not valid YAML"),
        ("a: 1\n b: 2", "f.yml:2", "is not valid YAML"),
        ("a:\n\t- 1", "f.yml:2", "a tab or a reserved character"),
        ("\n? [a]\n: 1", "f.yml:2", "a key is a list or a mapping"),
        ("a: *hunter2", "f.yml:1", "has no anchor above it"),
        ("\na: &x [*x]", "f.yml:2", "contains itself"),
        ("a: &x {<<: *x}", "f.yml:1", "contains itself"),
        ("a:\n  <<: text", "f.yml:2", "does not name a mapping"),
        ("a: !!python/object/apply:os.system [ls]", "f.yml:1", "a YAML tag"),
        ("\n\na: \x07", "f.yml:3", "a control character"),
        ("[" * 100_000, "f.yml:1", "nested deeper"),
        ("{a: " * 100_000, "f.yml:1", "nested deeper"),
        (BOMB, "f.yml:5", "with its aliases expanded"),
        ("- a\n" * 60_000, "f.yml:50001", "with its aliases expanded"),
        ("%FOO\n---\na: 1", "f.yml:1", "is not valid YAML"),
    ],
)
def test_every_malformed_file_is_one_error_with_its_line(text: str, where: str, what: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(text, "f.yml")
    assert what in caught.value.what
    assert caught.value.where == where
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_node_knows_the_line_it_was_written_on() -> None:
    root = parse("a: 1\nb:\n  - c\n  - d: x\n", "f.yml")
    assert isinstance(root, Mapping)
    listed = root.get("b")
    assert isinstance(listed, Sequence)
    assert [str(item.place) for item in listed.items] == ["f.yml:3", "f.yml:4"]


@given(st.text(st.sampled_from("ab:- \n[]{}&*!|>'\"#%@,?\t<~0\x85\ufeff"), max_size=60))
def test_no_text_at_all_gives_anything_but_a_tree_or_a_bad_request(text: str) -> None:
    try:
        where = parse(text, "f.yml").place.file
    except BadRequest as error:
        where = error.where
    assert where.startswith("f.yml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16", "16"),
        ("$$HOME", "$HOME"),
        ("${A:-16}", "16"),
        ("${A-16}", "16"),
        ("${A}", UNKNOWN),
        ("x$A-y", f"x{UNKNOWN}-y"),
        ("${A:?must be set}", UNKNOWN),
        ("${A:+set}", UNKNOWN),
        ("${A:-${B:-7}}-alpine", "7-alpine"),
        ("${A:-x", UNKNOWN),
        ("costs 5$ a month", "costs 5$ a month"),
        ("${A:-" * 5000, UNKNOWN),
    ],
)
def test_a_variable_is_its_default_or_unknown(text: str, expected: str) -> None:
    assert interpolate(text) == expected
