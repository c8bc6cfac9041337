"""``stack.yaml``: bare values become Facts, mistakes are named with the nearest right word."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec
import pytest

from frugal.model.errors import BadRequest
from frugal.model.stack import DatabaseHome, Stack
from frugal.survey import survey
from frugal.survey.schema import stack_file_schema
from payouts.facts import Basis, Fact

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "stack"
GOLDEN = ROOT / "tests" / "golden" / "survey"
REFERENCE = ROOT / "docs" / "reference"


def read(tmp_path: Path, text: str, name: str = "stack.yaml") -> Stack:
    path = tmp_path / name
    path.write_text(dedent(text))
    return survey([path])


def compare(path: Path, text: str) -> None:
    """Compare with the reviewed file; ``FRUGAL_UPDATE_GOLDEN=1`` writes it."""
    if os.environ.get("FRUGAL_UPDATE_GOLDEN") == "1":
        path.write_text(text)
    assert path.read_text() == text


def test_a_bare_value_becomes_a_fact_that_says_where_it_stood(tmp_path: Path) -> None:
    stack = read(tmp_path, "instance: {plan_monthly_usd: 12, cpu_used_percent: 35}")
    assert stack.instance is not None
    assert stack.instance.plan_monthly_usd == Fact(
        Decimal(12), "stack.yaml: instance.plan_monthly_usd", Basis.READ
    )
    assert stack.instance.service == Fact(
        "lightsail", "stack.yaml does not say instance.service", Basis.ASSUMED
    )
    assert stack.database is None


def test_a_value_may_say_how_it_is_known(tmp_path: Path) -> None:
    stack = read(
        tmp_path,
        """
        schema: 1
        instance:
          cpu_used_percent: {value: 35, source: a graph}
          vcpus: {value: 2, source: the console, basis: stated}
          count:
        """,
    )
    assert stack.instance is not None
    assert stack.instance.cpu_used_percent == Fact(Decimal(35), "a graph", Basis.READ)
    assert stack.instance.vcpus == Fact(Decimal(2), "the console", Basis.STATED)
    assert stack.instance.count is None


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("database: {home: aurora}", (DatabaseHome.AURORA, Basis.READ)),
        ("database: {instance_class: db.t4g.micro}", (DatabaseHome.RDS, Basis.ASSUMED)),
        ("database: {plan_monthly_usd: 15}", (DatabaseHome.LIGHTSAIL_MANAGED, Basis.ASSUMED)),
        ("database: {max_connections: 9}", (DatabaseHome.ON_INSTANCE, Basis.ASSUMED)),
    ],
)
def test_a_required_value_nobody_gave_is_assumed_and_says_so(
    tmp_path: Path, text: str, home: tuple[DatabaseHome, Basis]
) -> None:
    database = read(tmp_path, text).database
    assert database is not None
    assert (database.home.value, database.home.basis) == home
    assert database.engine.assumed


def test_a_version_keeps_its_text(tmp_path: Path) -> None:
    database = read(tmp_path, "database: {version: 16.10}").database
    assert database is not None
    assert database.version is not None
    assert database.version.value == "16.10"


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        ("instanse: {}", 1, "there is no field `instanse`", "`instance`?"),
        ("instance:\n  cpu_used: 35", 2, "`cpu_used` in `instance`", "`cpu_used_percent`?"),
        ("max_connections: 9", 1, "`max_connections`", "belongs under `database`"),
        ("instance: {max_connection: 9}", 1, "`max_connection`", "belongs under `database`"),
        ("instance: {zzz: 9}", 1, "`zzz` in `instance`", "Known here: service,"),
        ("instance: {vcpus: {valu: 2}}", 1, "`valu` in `instance.vcpus`", "`value`?"),
        ("instance: {vcpus: {source: x}}", 1, "`instance.vcpus` has no `value`", "Add it"),
        (
            "instance:\n  vcpus: 35%",
            2,
            "`instance.vcpus` must be a number",
            "stack.md",
        ),
        ("instance: {vcpus: -1}", 1, "without unit, sign", "stack.md"),
        ("instance: {vcpus: 1e9}", 1, "without unit, sign", "stack.md"),
        ("instance: {vcpus: .nan}", 1, "without unit, sign", "stack.md"),
        ("instance: {count: 1.5}", 1, "a whole number", "stack.md"),
        ("instance: {cpu_used_percent: 101}", 1, "from 0 to 100", "stack.md"),
        ("instance: {static_address: maybe}", 1, "true or false", "stack.md"),
        ("instance: {service: azure}", 1, "one of lightsail, ec2", "stack.md"),
        ("instance: [a]", 1, "`instance` must be a mapping", "stack.md"),
        ("instance: {vcpus: [a]}", 1, "must be one value", "stack.md"),
        ("database: {home: here}", 1, "one of on_instance, lightsail_managed", "stack.md"),
        ("functions: {a: b}", 1, "`functions` must be a list", "stack.md"),
        ("functions: [{memory_mb: 1}]", 1, "`functions.1` has no `name`", "Add it"),
        ("functions: [{name: a, architecture: x}]", 1, "one of arm64, x86_64", "stack.md"),
        ("rules: [{name: a}, {name: a}]", 1, "two entries of the same name", "its own"),
        ('backend: {language: "a\\nb"}', 1, "a line of text", "stack.md"),
        ("schema: 2", 1, "`schema` must be 1", "no other"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_way_out(
    tmp_path: Path, text: str, line: int, what: str, hint: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        read(tmp_path, text)
    assert caught.value.where == f"stack.yaml:{line}"
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_the_examples_read_as_reviewed() -> None:
    stack = survey([EXAMPLES])
    text = msgspec.json.format(msgspec.json.encode(stack), indent=2).decode() + "\n"
    compare(GOLDEN / "example.json", text)


@pytest.mark.parametrize("source", [EXAMPLES, EXAMPLES / "stack.yaml"])
def test_a_stack_that_was_printed_reads_back_as_itself(tmp_path: Path, source: Path) -> None:
    stack = survey([source])
    path = tmp_path / "stack.json"
    path.write_bytes(msgspec.json.encode(stack))
    assert survey([path]) == stack


def test_the_same_files_give_the_same_stack_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", "stack.yaml"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text())
    assert survey([tmp_path]) == survey([EXAMPLES])
    assert survey([EXAMPLES, EXAMPLES / "stack.yaml"]) == survey([EXAMPLES])


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder, text in (("a", "nat_gateways: 0"), ("b", "instance: {count: 1}")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "stack.yaml").write_text(text)
    stack = survey([tmp_path / "a", tmp_path / "b" / "stack.yaml"])
    assert stack.nat_gateways is not None
    assert stack.nat_gateways.source == "a/stack.yaml: nat_gateways"


def test_of_a_folder_compose_files_docker_would_load_are_read(tmp_path: Path) -> None:
    text = "services: {{db: {{image: 'postgres:{}'}}}}"
    for name, version in (
        ("compose.yml", 15),
        ("compose.override.yml", 16),
        ("compose.dev.yml", 9),
    ):
        (tmp_path / name).write_text(text.format(version))
    stack = survey([tmp_path])
    assert stack.database is not None
    assert stack.database.version is not None
    assert stack.database.version.value == "16"
    assert any(note.startswith("compose.dev.yml: not read") for note in stack.not_understood)


def test_a_folder_without_a_default_compose_file_asks_which(tmp_path: Path) -> None:
    for name in ("compose.dev.yml", "compose.prod.yml"):
        (tmp_path / name).write_text("services: {}")
    with pytest.raises(BadRequest, match="none has the default name"):
        survey([tmp_path])


def test_nothing_given_is_an_empty_stack() -> None:
    assert survey([]) == Stack()


# --- the reference page and the schema ----------------------------------------------------------


def test_the_example_of_the_reference_page_is_read_whole(tmp_path: Path) -> None:
    page = (REFERENCE / "stack.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    stack = read(tmp_path, example)
    assert stack.instance is not None
    assert stack.instance.cpu_used_percent is not None
    assert stack.instance.cpu_used_percent.value == 35
    assert stack.database is not None
    assert not stack.database.engine.assumed
    assert len(stack.functions) == len(stack.rules) == 1


def fields(schema: dict[str, Any]) -> set[str]:
    return {
        name
        for section in schema["$defs"].values()
        for name in section.get("properties", ())
        if name != "name"
    }


def test_the_reference_page_names_every_field() -> None:
    page = (REFERENCE / "stack.md").read_text()
    named = set(re.findall(r"`(?:\w+\[\]\.)?(\w+)`", page))
    missing = fields(stack_file_schema()) - named - {"functions", "rules"}
    assert not missing


def test_the_published_schema_is_the_types_schema() -> None:
    text = json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"
    compare(REFERENCE / "stack.schema.json", text)
