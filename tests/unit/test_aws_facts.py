"""AWS's limits: complete, sourced, exact, and every one that the code asks for exists."""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

import frugal
from frugal.aws_facts import limit, limits, source_line, unconfirmed
from payouts.facts import Basis

DATA = Path(frugal.__file__).parent / "aws_facts" / "data" / "facts.json"


def ids_asked_for() -> Iterator[tuple[str, str]]:
    """Yield each id that a module of frugal passes to this package's functions."""
    for file in sorted(Path(frugal.__file__).parent.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "frugal.aws_facts"
            for alias in node.names
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called, argument = node.func, node.args[0]
            ours = (isinstance(called, ast.Name) and called.id in names) or (
                isinstance(called, ast.Attribute)
                and isinstance(called.value, ast.Name)
                and called.value.id == "aws_facts"
            )
            if ours and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield file.name, argument.value


def test_every_id_the_code_asks_for_exists() -> None:
    known = {fact.id for fact in limits()}
    missing = [(file, id) for file, id in ids_asked_for() if id not in known]
    assert not missing


def test_ids_are_unique() -> None:
    ids = [fact.id for fact in limits()]
    assert len(ids) == len(set(ids)) >= 369


def test_every_fact_says_what_and_where() -> None:
    for fact in limits():
        assert fact.what.strip(), fact.id
        assert fact.source.strip(), fact.id
        assert fact.read.strip(), fact.id
        assert fact.value.strip(), fact.id
        assert fact.fact.source, fact.id


def test_what_was_not_confirmed_is_kept_with_where_it_was_looked_for() -> None:
    assert len(unconfirmed()) >= 25
    assert all(entry.what and entry.looked_for for entry in unconfirmed())


@pytest.mark.parametrize(
    ("id", "number"),
    [
        ("lambda-timeout-max-seconds", "900"),
        ("events-api-destination-timeout-seconds", "5"),
        ("sqs-delay-max-seconds", "900"),
        ("lambda-sqs-visibility-multiple", "6"),
        ("lambda-sqs-max-receive-count-min", "5"),
        ("lambda-sqs-max-concurrency-min", "2"),
        ("scheduler-precision-seconds", "60"),
        ("sfn-http-task-timeout-seconds", "60"),
        ("lightsail-static-ip-unattached-cost", "0.005"),
    ],
)
def test_limits_that_decide_designs(id: str, number: str) -> None:
    assert limit(id).number == Decimal(number)
    assert limit(id).fact.value == limit(id).number_fact.value == Decimal(number)


def test_numbers_are_kept_as_they_were_written() -> None:
    """No value went through a float: 99.95 stays 99.95, to the last digit."""
    assert str(limit("lambda-sla").number) == "99.95"
    for fact in limits():
        if fact.numeric:
            assert str(fact.number) == fact.value, fact.id


def test_words_are_not_numbers() -> None:
    words = limit("scheduler-at-least-once")
    assert words.fact.value == "at least once"
    with pytest.raises(AssertionError, match="not a number"):
        _ = words.number


def test_an_id_that_does_not_exist_is_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError, match="lambda-timeout"):
        limit("lambda-timeout")


def test_only_aws_itself_documents_aws() -> None:
    """A fact read in somebody else's text, or quoted by others, is *assumed* and says why."""
    aws = ("https://docs.aws.amazon.com/", "https://aws.amazon.com/", "groovy-sky/aws-docs:")
    for fact in limits():
        if fact.basis is Basis.DOCUMENTED:
            assert fact.source.startswith(aws), fact.id
            assert "quoted" not in fact.read, fact.id
        elif fact.basis is Basis.ASSUMED:
            assert fact.source.startswith("second hand: "), fact.id
        else:
            assert fact.source.startswith(("boto/botocore:", "AWS Price List")), fact.id
        assert fact.confidence != "low" or fact.basis is Basis.ASSUMED, fact.id


def test_no_address_of_aws_is_put_in_front_of_somebodys_repository() -> None:
    for fact in limits():
        assert "seed_prices" not in fact.source or not fact.source.startswith("http"), fact.id


def test_sources_say_nothing_of_how_pages_were_looked_up() -> None:
    text = DATA.read_text(encoding="utf-8")
    for remark in ("index id", "corpus", "stored", "documented.csv", "README"):
        assert remark not in text, remark


def test_a_source_line_names_the_value_its_standing_and_the_page() -> None:
    line = source_line("lambda-concurrency-account-default")
    assert "1000 concurrent executions" in line
    assert "documented; the default; it can be raised" in line
    assert line.endswith("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html")


NOTES = """
facts:
  - {id: %s, service: x, what: A limit., value: %s, unit: s, adjustable: null,
     region_dependent: false, source: '%s', read: '%s', confidence: high}
  - {id: other, service: x, what: Another., value: at least once, unit: null, adjustable: false,
     region_dependent: true, source: 'boto/botocore:lambda#X', read: '2026', confidence: high}
unconfirmed:
  - {what: A price., looked_for: 'Not found; prices/documented.csv has it second hand.'}
"""
AWS = "https://docs.aws.amazon.com/x.html"


@pytest.fixture(scope="module")
def importer() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "import_aws_facts.py"
    spec = importlib.util.spec_from_file_location("import_aws_facts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_importing_keeps_numbers_exact_and_words_as_words(importer: ModuleType) -> None:
    first, second = json.loads(importer.convert(NOTES % ("one", "0.10", AWS, "2026")))["facts"]
    assert (first["value"], first["numeric"], first["basis"]) == ("0.10", True, "documented")
    assert (second["value"], second["numeric"], second["basis"]) == (
        "at least once",
        False,
        "listed",
    )


def test_importing_takes_an_address_of_aws_away_from_somebodys_repository(
    importer: ModuleType,
) -> None:
    glued = "https://docs.aws.amazon.com/somebody/prices:seed.json"
    first = json.loads(importer.convert(NOTES % ("one", "1", glued, "2026")))["facts"][0]
    assert first["source"] == "second hand: somebody/prices:seed.json"
    assert first["basis"] == "assumed"


def test_importing_calls_a_quotation_of_aws_second_hand(importer: ModuleType) -> None:
    read = "2026 (quoted in a public repository, index id 12)"
    first = json.loads(importer.convert(NOTES % ("one", "1", AWS, read)))["facts"][0]
    assert first["read"] == "2026 (quoted in a public repository)"
    assert first["basis"] == "assumed"


def test_importing_keeps_what_was_not_found_without_remarks(importer: ModuleType) -> None:
    data = json.loads(importer.convert(NOTES % ("one", "1", AWS, "2026")))
    assert data["unconfirmed"][0]["looked_for"] == "Not found; it is known second hand."


def test_importing_refuses_an_id_that_stands_twice(importer: ModuleType) -> None:
    with pytest.raises(AssertionError, match="twice"):
        importer.convert(NOTES % ("other", "1", AWS, "2026"))
