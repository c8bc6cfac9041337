"""Files as they should not be: one clear refusal each, and no secret in any word of it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frugal.model.errors import BadRequest, FrugalError
from frugal.survey import survey

SECRET = "hunter2-S3cr3t"

HIDING_PLACES = (
    "services:\n db:\n  image: postgres:16\n  environment: {{POSTGRES_PASSWORD: '{0}'}}",
    "services:\n db:\n  image: postgres:16\n  environment: ['POSTGRES_PASSWORD={0}', '{0}']",
    "services:\n db:\n  image: postgres:16\n  environment: {{PASSWORD: *{0}}}",
    "services:\n db:\n  image: postgres:16\n  environment: {{A: {0}, A: {0}}}",
    "services:\n db:\n  image: postgres:16\n  environment: {{A: !{0} x}}",
    "services:\n db:\n  image: postgres:16\n  environment: {{A: '{0}",
    "services:\n db:\n  image: postgres:16\n  environment:\n    A: {0}\n   {0}: {0}: {0}",
    "services:\n api:\n  build: {{context: ., args: {{TOKEN: '{0}'}}}}\n  command: run --p={0}",
    "services:\n api:\n  image: 'https://me:{0}@registry/x:{0}'\n  labels: ['{0}']",
    "services:\n db:\n  image: postgres\n  command: -c max_connections={0}\n  ports: ['{0}']",
    "services:\n api:\n  build: .\n  mem_limit: '{0}'\n  scale: '{0}'\n  '{0}!': 1",
    "services:\n api:\n  build: .\n  environment: {{DATABASE_URL: 'postgres://u:{0}@x.y/z'}}",
    "services:\n api:\n  build: .\n  environment: {{DB_HOST: '${{X:-{0}}}'}}\n  ports: {0}",
    "services:\n  api: '{0}'",
    "services:\n  '{0} !': {{}}",
    "'{0} !': 1\nservices: {{}}",
    "'{0}'",
    "- {0}",
)


@pytest.mark.parametrize("shape", HIDING_PLACES)
def test_a_secret_is_nowhere_in_what_is_read_or_said(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "compose.yml"
    path.write_text(shape.format(SECRET))
    try:
        said = msgspec.json.encode(survey([path])).decode()
    except FrugalError as error:
        said = f"{error} {error.what} {error.where} {error.hint} {error.__cause__}"
    assert "hunter2" not in said
    assert "S3cr3t" not in said


LINES = """
services: {}
services:
  db:
  api:
    image: postgres:16
    image: [x]
    build: .
    build: {context: .}
    ports: ["5432:5432"]
    ports:
      - 5432
      - "${A:-1}:${B}"
    environment:
      DATABASE_URL: postgres://a:b@db/x
      - PGHOST=db
    command: 'a
    <<: *x
x-a: &x
    mem_limit: 1g
    deploy: {replicas: 2}
    deploy: 3
    depends_on: [db]
    depends_on: {db: }
    links: x
    profiles: [a]
    network_mode: host
    expose: [80, {a: b}]
    scale: x
    volumes: [{a: b}, c]
    extends: x
    env_file: .env
    entrypoint: [a, {b: c}]
include: [x]
---
schema: 1
instance: {service: lightsail}
instance:
  cpu_used_percent: 35
  vcpus: {value: 2, source: x}
database: {home: rds}
functions: [{}]
functions: [{name: a}]
offers: [lambda, {value: x}]
offers: {}
nat_gateways: -1
"""


@given(
    st.lists(st.sampled_from(LINES.splitlines()) | st.text(max_size=12), max_size=12),
    st.sampled_from(["compose.yml", "stack.yaml", "x.yml"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_gives_a_stack_or_a_clear_refusal(
    tmp_path: Path, lines: list[str], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    refusal = None
    try:
        msgspec.json.encode(survey([path]))
    except FrugalError as error:
        refusal = error
    if refusal:
        assert refusal.what
        assert refusal.where
        assert refusal.hint
        assert "\n" not in str(refusal)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_stack_or_a_clear_refusal(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "stack.yaml"
    path.write_bytes(raw)
    where = "stack.yaml"
    try:
        survey([path])
    except FrugalError as error:
        where = error.where
    assert "stack.yaml" in where


@pytest.mark.parametrize(
    ("name", "raw", "what"),
    [
        ("stack.yaml", b"\xff\xfe\x00", "is not UTF-8 text"),
        ("stack.yaml", b"\x89PNG\r\n\x1a\n\x00", "is not UTF-8 text"),
        ("stack.yaml", b"a: \x00", "a control character"),
        ("stack.yaml", b"x" * 1_000_001, "is larger than 1000000 bytes"),
        ("stack.yaml", b"[1, 2]", "is not a mapping"),
        ("stack.yaml", b"", "is empty"),
        ("main.tf", b"resource {}", "is not a format that is read"),
        ("x.yml", b"a: 1", "is not a format that is read"),
        ("x.yml", b"{}", "is not a format that is read"),
        ("x.yml", b"AWSTemplateFormatVersion: x", "looks like a CloudFormation template"),
        ("x.yml", b"service: a\nprovider: {}\nfunctions: {}", "looks like a Serverless Framework"),
        ("x.yml", b"apiVersion: v1\nkind: Pod", "looks like a Kubernetes manifest"),
    ],
)
def test_a_file_that_is_not_read_is_refused_by_name(
    tmp_path: Path, name: str, raw: bytes, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(BadRequest) as caught:
        survey([path])
    assert what in caught.value.what
    assert name in caught.value.where
    assert caught.value.hint


def test_the_refusal_of_an_unknown_format_says_which_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("a: 1")
    with pytest.raises(BadRequest, match=r"stack\.yaml"):
        survey([tmp_path / "x.yml"])


def test_a_path_that_cannot_be_read_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stack.yaml")
    for path, what in (
        (tmp_path / "stack.yaml", "is not a regular file"),
        (tmp_path / "missing.yaml", "there is no such file"),
        (tmp_path, "the folder holds no file that is read"),
        (Path("a\0b"), "cannot be read"),
    ):
        with pytest.raises(BadRequest) as caught:
            survey([path])
        assert what in caught.value.what


def test_a_file_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "stack-\x1b[31m\n.yaml"
    path.write_text("a: [")
    with pytest.raises(BadRequest) as caught:
        survey([path])
    assert str(caught.value).isprintable()
