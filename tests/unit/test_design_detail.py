"""Section 4 says what the graph, the partner's facts and the Stack say, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.database import connection_margin, peered, session_links, sessions_of
from frugal.design.detail import detailed_design
from frugal.design.draft import Draft
from frugal.design.partner_rules import KEY_CHARACTERS, partner_facts, patience, resends
from frugal.design.permissions import long_lived_keys, policy, principals, statements_for
from frugal.model.brief import Brief, Direction
from frugal.model.document import Block, Bullets, Code, Heading, Section, Steps, Table, Text
from frugal.model.stack import DatabaseHome, Stack
from payouts.facts import stated

Drafter = Callable[..., Draft]
Briefer = Callable[..., Brief]
Stacker = Callable[..., Stack]


def words_of(block: Block) -> str:
    match block:
        case Text() | Heading():
            return block.words
        case Bullets() | Steps():
            return "\n".join(block.items)
        case Table():
            return "\n".join(" | ".join(row) for row in block.rows)
        case Code():
            return block.text


def under(section: Section, heading: str) -> str:
    """Return the words between one heading and the next."""
    kept: list[str] = []
    inside = False
    for block in section.blocks:
        if isinstance(block, Heading):
            inside = block.words == heading
        elif inside:
            kept.append(words_of(block))
    assert kept, f"nothing under {heading!r}"
    return "\n".join(kept)


def test_every_setting_of_every_part_is_shown(drafted: Drafter) -> None:
    """A component specification that is left out is a decision nobody sees."""
    draft = drafted()
    section = detailed_design(draft)
    shown = under(section, "Components") + under(section, "EventBridge")
    for component in draft.components:
        assert component.id in shown
        for row in component.specification:
            assert f"{row.name} | {row.value}" in shown


def test_retry_figures_are_the_partners(drafted: Drafter) -> None:
    """Fiserv: look-ups after 5 min, 5 at most, 5 min apart; 5 sends in 23 h; then a person."""
    shown = under(detailed_design(drafted()), "Error handling and retry")
    assert "First look-up after 5 min, at most 5 in all, 5 min apart" in shown
    assert "at most 5 sends in all, the last within 23 h of the first" in shown
    assert "A person asks Fiserv" in shown
    assert "401, 403, 408, 425, 429 | not accepted | Not taken on, so no decline" in shown
    assert "404, 409 on a send | unknown" in shown


def test_retry_figures_follow_what_was_stated(drafted: Drafter, briefed: Briefer) -> None:
    """A person who knows the partner better wins over its documents, and the text follows."""
    brief = briefed()
    partner = replace(
        brief.partner,
        lookups_max=stated(9, "nine times"),
        lookup_interval_minutes=stated(Decimal(7), "seven minutes apart"),
        send_window_hours=stated(Decimal(72), "three days"),
    )
    shown = under(
        detailed_design(drafted(brief=replace(brief, partner=partner))), "Error handling and retry"
    )
    assert "at most 9 in all, 7 min apart" in shown
    assert "the last within 71 h" in shown


def test_sends_end_before_the_partner_forgets(drafted: Drafter) -> None:
    """The last send comes while a repeat is still the same payout."""
    rules = patience(drafted())
    assert rules.last_send_hours < rules.window_basis.value


def test_an_assumed_idempotency_never_sends_twice(drafted: Drafter, briefed: Briefer) -> None:
    """Where nobody knows how a repeat is recognised, a payout in doubt is held, not sent again."""
    draft = drafted(brief=briefed("generic"))
    assert not resends(draft)
    section = detailed_design(draft)
    assert "are sent again" not in under(section, "Error handling and retry")
    assert "nothing is sent twice" in under(section, "Idempotency keys")
    assert "is not relied on" in under(section, "A lost answer can never pay twice")
    assert resends(drafted())


def test_the_key_fits_the_shortest_limit(drafted: Drafter) -> None:
    """26 characters fit the shortest limit known, 32; a UUID with its hyphens would not."""
    assert KEY_CHARACTERS <= 32 < len("123e4567-e89b-12d3-a456-426614174000")
    theirs = partner_facts(drafted()).idempotency
    assert theirs is not None
    assert theirs.value in under(detailed_design(drafted()), "Idempotency keys")


def test_a_lost_answer_names_every_crash_point(drafted: Drafter) -> None:
    """Four places to crash, a doubled start, a second worker and a restore are all answered."""
    shown = under(detailed_design(drafted()), "A lost answer can never pay twice")
    for point in (
        "before the attempt is committed",
        "after the commit, before the send",
        "after the send, before the answer",
        "after the answer, before its commit",
        "fires twice",
        "a second worker",
        "older dump",
    ):
        assert point in shown


def test_the_sequence_names_the_path_to_the_ledger(drafted: Drafter) -> None:
    """Through the backend's endpoint where the function goes through it, and not elsewhere."""
    heading = "A lost answer can never pay twice"
    assert "through the backend's endpoint" in under(detailed_design(drafted()), heading)
    worker = detailed_design(drafted("container_task"))
    assert "endpoint" not in under(worker, heading)


def test_nothing_claims_trials_that_were_not_made(drafted: Drafter) -> None:
    """Until trials exist the document says that the design is judged by hard checks."""
    heading = "A lost answer can never pay twice"
    assert "not yet tried out" in under(detailed_design(drafted()), heading)
    tried = detailed_design(replace(drafted(), tried_out=True))
    assert "not yet tried out" not in under(tried, heading)


def test_waits_are_longer_than_a_function_or_a_queue_can_hold(
    drafted: Drafter, briefed: Briefer
) -> None:
    """30 minutes are compared with 15; a wait of 10 minutes is not said to be longer than that."""
    assert "longer than a function may run (15 min)" in under(
        detailed_design(drafted()), "Where the waits live"
    )
    brief = briefed()
    partner = replace(brief.partner, resolution_minutes=stated(Decimal(10), "ten minutes"))
    quick = under(
        detailed_design(drafted(brief=replace(brief, partner=partner))), "Where the waits live"
    )
    assert "longer than a function" not in quick


# -- database ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["function_through_backend", "container_task", "queue"])
def test_the_arithmetic_is_the_one_that_judged(drafted: Drafter, pattern: str) -> None:
    """max_connections - kept back - in use - added = left, with the limit's own numbers."""
    draft = drafted(pattern)
    sessions, judged = sessions_of(draft), connection_margin(draft)
    assert judged is not None
    assert sessions.left == judged.limit - judged.used  # type: ignore[operator]
    sources = (draft.candidate[link.source] for link in session_links(draft))
    assert sessions.added == sum(source.number("connections") for source in sources)


def test_unknown_connections_are_unknown(drafted: Drafter, stacked: Stacker) -> None:
    """Without max_connections nothing is subtracted from nothing; the query that tells is given."""
    stack = stacked()
    assert stack.database is not None
    database = replace(stack.database, max_connections=None, connections_in_use=None)
    draft = drafted(stack=replace(stack, database=database))
    assert sessions_of(draft).left is None
    assert "was not said" in under(detailed_design(draft), "Database connections")


@pytest.mark.parametrize("home", [DatabaseHome.ON_INSTANCE, DatabaseHome.RDS])
def test_a_verdict_on_the_proxy_always_stands(
    drafted: Drafter, stacked: Stacker, home: DatabaseHome
) -> None:
    """RDS Proxy is judged and priced even where it is rejected, wherever the database is."""
    shown = under(detailed_design(drafted(stack=stacked(home))), "Database connections")
    assert "**RDS Proxy: no.** It would add $" in shown
    cannot = "could not stand in front of this database at any price"
    assert (cannot in shown) is (home is DatabaseHome.ON_INSTANCE)


def test_peering_is_seen_where_a_session_crosses_it(drafted: Drafter, stacked: Stacker) -> None:
    """A function in the VPC to a database on the box peers; one to RDS, or a local worker, not."""
    assert peered(drafted("direct_function", database_path="private"))
    assert not peered(drafted("container_task"))
    assert not peered(drafted())


# -- permissions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["function_through_backend", "container_task", "queue"])
def test_policies_hold_every_statement_and_no_more(drafted: Drafter, pattern: str) -> None:
    """Each policy parses, and its actions and resources are exactly its statements'."""
    draft = drafted(pattern)
    section = detailed_design(draft)
    printed = [block.text for block in section.blocks if isinstance(block, Code)]
    assert len(printed) == len(principals(draft))
    for principal, text in zip(principals(draft), printed, strict=True):
        statements = statements_for(draft, principal)
        assert text == policy(statements)
        found = json.loads(text)["Statement"]
        assert len({statement["Sid"] for statement in found}) == len(found)
        assert all(statement["Sid"].isalnum() for statement in found)
        assert [statement["Resource"] for statement in found] == [s.resource for s in statements]
        actions = [s["Action"] if isinstance(s["Action"], list) else [s["Action"]] for s in found]
        assert actions == [list(s.actions) for s in statements]


def test_a_box_without_a_role_is_said_to_need_a_key(drafted: Drafter) -> None:
    """A Lightsail worker that calls AWS holds a long-lived key; a function holds none."""
    assert long_lived_keys(drafted("container_task")) == ("payout-worker",)
    assert long_lived_keys(drafted()) == ()
    shown = under(detailed_design(drafted("container_task")), "IAM")
    assert "every 90 days" in shown


def test_an_instance_with_a_role_needs_no_key(drafted: Drafter, stacked: Stacker) -> None:
    """EC2 has instance roles; the same worker there holds no long-lived key."""
    stack = stacked()
    assert stack.instance is not None
    instance = replace(
        stack.instance, service=stated("ec2", "EC2"), instance_type=stated("t4g.small", "t4g.small")
    )
    draft = drafted("container_task", stack=replace(stack, instance=instance))
    assert long_lived_keys(draft) == ()


def test_a_condition_in_words_stays_out_of_the_policy(drafted: Drafter) -> None:
    """A policy is JSON that IAM takes; what is only words is a remark beside it."""
    draft = drafted()
    first = replace(draft.statements[0], condition="only from the box", why_star="no other way")
    text = policy((first,))
    assert "Condition" not in json.loads(text)["Statement"][0]
    spoken = under(
        detailed_design(replace(draft, statements=(first, *draft.statements[1:]))), "IAM"
    )
    assert "only from the box" in spoken
    assert "no other way" in spoken


# -- encryption, compliance, webhooks ------------------------------------------------------------


def test_encryption_is_said_for_every_link_and_store(drafted: Drafter) -> None:
    """Each flow has its line in transit, each part that keeps data its line at rest."""
    draft = drafted()
    shown = under(detailed_design(draft), "Encryption")
    for flow in draft.flows:
        line = f"{flow.source} → {flow.target} | {flow.path} | {flow.encryption_in_transit}"
        assert line in shown
    for component in draft.components:
        if component.encryption_at_rest:
            assert f"{component.id} | {component.encryption_at_rest}" in shown


def test_the_scope_of_card_data_is_an_assumption(drafted: Drafter, briefed: Briefer) -> None:
    """Nobody is told that they are out of scope: it is assumed, and the assessor decides."""
    shown = under(detailed_design(drafted()), "Compliance scope")
    assert "We assume" in shown
    assert "Your assessor decides" in shown
    brief = replace(briefed(), compliance=(stated("PCI DSS", "PCI"), stated("FINMA", "FINMA")))
    named = under(detailed_design(drafted(brief=brief)), "Compliance scope")
    assert "not named in the request" not in named
    assert "**FINMA:** named in the request" in named


def test_a_webhook_is_a_hint(drafted: Drafter, briefed: Briefer) -> None:
    """It is believed only after the status was read by API; what does not exist is not built."""
    shown = under(detailed_design(drafted()), "Webhook or polling")
    assert "**read by API** before anything changes" in shown
    assert "204.194.141.0/24" in shown
    without = detailed_design(drafted(brief=briefed("generic")))
    assert "offers no webhook" in under(without, "Webhook or polling")


def test_receiving_never_speaks_of_sending(drafted: Drafter, briefed: Briefer) -> None:
    """Where the partner paid and we read, there is no send to repeat and no payout to lose."""
    section = detailed_design(drafted(brief=briefed(direction=Direction.RECEIVE)))
    headings = [block.words for block in section.blocks if isinstance(block, Heading)]
    assert "A lost answer can never pay twice" not in headings
    assert "Where the waits live" not in headings
    assert "sent again" not in under(section, "Idempotency keys")
    assert "Nothing is paid here" in under(section, "Error handling and retry")
