"""What is known of payout partners: sourced, reasoned, or openly unknown."""

from __future__ import annotations

import ast
import sys
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import payouts
from frugal.model.brief import PartnerTerms
from payouts.facts import Basis, Fact
from payouts.partner_facts import PartnerFacts, PartnerHost, questions_about
from payouts.partners import (
    GENERIC,
    UnknownPartner,
    facts_for,
    find_partner,
    find_partners,
    partner_ids,
    working_facts_for,
)

FISERV = facts_for("fiserv_ddp")
FIELDS = {field.name for field in fields(PartnerFacts)}


def facts_in(partner: PartnerFacts) -> list[tuple[str, Fact[Any]]]:
    """Return each fact of a partner with the field it stands in."""
    found: list[tuple[str, Fact[Any]]] = []
    for name in sorted(FIELDS):
        value = getattr(partner, name)
        for item in value if isinstance(value, tuple) else (value,):
            fact = item.address if isinstance(item, PartnerHost) else item
            if isinstance(fact, Fact):
                found.append((name, fact))
    return found


@pytest.mark.parametrize("partner_id", partner_ids())
def test_a_file_describes_the_partner_it_is_named_after(partner_id: str) -> None:
    facts = facts_for(partner_id)
    assert facts.id == partner_id
    assert facts.name
    assert facts.product


@pytest.mark.parametrize("partner_id", partner_ids())
def test_every_fact_has_a_source_and_every_assumption_a_reason(partner_id: str) -> None:
    for name, fact in facts_in(facts_for(partner_id)):
        assert fact.source.strip(), name
        if fact.assumed:
            assert len(fact.source.split()) >= 3, (name, fact.source)
        else:
            assert ":" in fact.source, (name, fact.source)  # an address, or repository:path


@pytest.mark.parametrize("partner_id", partner_ids())
def test_what_is_known_second_hand_is_not_called_documented(partner_id: str) -> None:
    for name, fact in facts_in(facts_for(partner_id)):
        if "second hand" in fact.source or "api-evangelist" in fact.source:
            assert fact.basis is Basis.ASSUMED, name


@pytest.mark.parametrize("partner_id", partner_ids())
def test_numbers_are_exact_and_positive(partner_id: str) -> None:
    for name, fact in facts_in(facts_for(partner_id)):
        assert not isinstance(fact.value, float), name
        if isinstance(fact.value, Decimal | int) and not isinstance(fact.value, bool):
            assert fact.value > 0, name


@pytest.mark.parametrize("partner_id", partner_ids())
def test_questions_fill_fields_that_exist_and_have_ids_of_their_own(partner_id: str) -> None:
    questions = facts_for(partner_id).questions
    assert len({question.id for question in questions}) == len(questions)
    for question in questions:
        assert question.fills in FIELDS | {""}, question.id
        assert question.ask.endswith("?"), question.id
        assert question.why, question.id


@pytest.mark.parametrize("partner_id", partner_ids())
def test_an_unknown_rate_limit_is_asked_for(partner_id: str) -> None:
    facts = facts_for(partner_id)
    asked = {question.fills for question in facts.questions}
    assert (facts.requests_per_second is None) <= ("requests_per_second" in asked)


def test_facts_carry_every_field_of_the_briefs_partner_terms() -> None:
    assert set(PartnerTerms.__struct_fields__) <= FIELDS


@pytest.mark.parametrize("partner_id", partner_ids())
def test_working_facts_leave_no_field_open_that_a_brief_requires(partner_id: str) -> None:
    facts = working_facts_for(partner_id)
    for name in PartnerTerms.__struct_fields__[: -len(PartnerTerms.__struct_defaults__) or None]:
        assert getattr(facts, name) is not None, name


def test_filling_gaps_changes_nothing_that_is_known_and_marks_the_rest_assumed() -> None:
    known, working = facts_for("stripe"), working_facts_for("stripe")
    for name in FIELDS:
        before, after = getattr(known, name), getattr(working, name)
        if before is not None:
            assert after == before, name
        elif after is not None:
            assert after.assumed, name


def test_a_rate_limit_is_never_filled_in() -> None:
    assert working_facts_for("fiserv_ddp").requests_per_second is None


def test_every_generic_fact_is_assumed() -> None:
    facts = facts_in(facts_for(GENERIC))
    assert facts
    assert all(fact.assumed for _, fact in facts)


def test_fiserv_has_no_batch_call_and_an_unknown_rate() -> None:
    assert FISERV.batch_api is not None
    assert FISERV.batch_api.value is False
    assert FISERV.requests_per_second is None
    assert FISERV.fixed_address_required is FISERV.ipv6 is FISERV.mtls is None


def test_fiserv_settles_an_open_outcome_in_25_to_30_minutes() -> None:
    """The vendor's rule: first lookup after 5 minutes, 5 lookups 5 minutes apart."""
    wait, interval = FISERV.lookup_wait_minutes, FISERV.lookup_interval_minutes
    lookups, resolution = FISERV.lookups_max, FISERV.resolution_minutes
    assert wait and interval and lookups and resolution  # noqa: PT018
    last_lookup = wait.value + (lookups.value - 1) * interval.value
    assert last_lookup == 25
    assert resolution.value == last_lookup + interval.value == 30
    assert not resolution.assumed


def test_fiserv_allows_five_retries_within_a_day() -> None:
    assert FISERV.send_retries_max is not None
    assert FISERV.send_window_hours is not None
    assert FISERV.send_retries_max.value == 5
    assert FISERV.send_window_hours.value == 24
    assert FISERV.send_retries_max.basis is FISERV.send_window_hours.basis is Basis.DOCUMENTED


def test_fiservs_advertised_speed_is_not_taken_for_a_measurement() -> None:
    for fact in (FISERV.response_seconds_p50, FISERV.response_seconds_p99):
        assert fact is not None
        assert fact.assumed
        assert "five seconds" in fact.source


@pytest.mark.parametrize(
    ("words", "partner_id"),
    [
        ("I need to process 100-200 payouts daily from Fiserv.", "fiserv_ddp"),
        ("FISERV's Digital Disbursements Platform", "fiserv_ddp"),
        ("pay out with PayPal Payouts", "paypal_payouts"),
        ("transfers by Wise, nightly", "wise"),
        ("Stripe first, Adyen later", "stripe"),
        ("Dwolla mass payments", "dwolla"),
        ("would it be wise to batch?", None),
        ("Cost-Wise, nothing beats it", None),
        ("a striped shirt, 18 carat", None),
        ("our bank's own API", None),
        ("", None),
    ],
)
def test_a_partner_is_found_by_whole_words(words: str, partner_id: str | None) -> None:
    assert find_partner(words) == partner_id


def test_mentions_say_where_they_stand() -> None:
    words = "from Stripe to PayPal"
    assert [words[start:end] for start, end, _ in find_partners(words)] == ["Stripe", "PayPal"]


def test_no_two_partners_share_an_alias() -> None:
    aliases = [alias.lower() for id in partner_ids() for alias in facts_for(id).aliases]
    assert len(aliases) == len(set(aliases))


@pytest.mark.parametrize("partner_id", ["nobody", "", "__init__", "../facts", "Stripe"])
def test_an_unknown_id_is_refused_with_the_known_ones(partner_id: str) -> None:
    with pytest.raises(UnknownPartner, match="fiserv_ddp"):
        facts_for(partner_id)


def test_a_standard_question_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        questions_about("price")


def test_the_runtime_stands_alone() -> None:
    """``payouts`` facts and money import the standard library and themselves, nothing else."""
    root = Path(payouts.__file__).parent
    files = [root / f"{name}.py" for name in ("facts", "money", "partner_facts")]
    files += sorted((root / "partners").glob("*.py"))
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            for name in names:
                top = name.split(".")[0]
                assert top == "payouts" or top in sys.stdlib_module_names, f"{file.name}: {name}"
