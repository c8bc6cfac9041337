"""A Draft made by hand: the first request's answer, with every value open to tampering."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from frugal.design.components import (
    alarms_of,
    components_of,
    failures_of,
    flows_of,
    statements_of,
)
from frugal.design.draft import Draft
from frugal.design.hidden import hidden_costs_of
from frugal.model.brief import (
    Brief,
    Direction,
    FreeTier,
    PartnerTerms,
    Promises,
    Timing,
    Volume,
)
from frugal.model.decision import Decision, Flip, Option, Question, Rejection, Scale
from frugal.model.graph import Scalar
from frugal.model.load import load_of
from frugal.model.stack import Backend, Database, DatabaseHome, Instance, Stack
from frugal.patterns import Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import baseline_of, usage_of
from frugal.price_list.lookup import open_snapshot
from payouts.facts import Fact, assumed, stated
from payouts.partners import working_facts_for

REGION = "us-east-1"
#: What the drafts of these tests are made with, where a pattern has the setting.
WANTED: dict[str, Scalar] = {
    "interval_minutes": 5,
    "tick_seconds": 5,
    "memory_mb": 256,
    "architecture": "arm64",
    "calls_abreast": 1,
    "secrets": "parameter_store",
    "retention_days": 30,
    "alarms": "money",
    "max_concurrency": 2,
    "fifo": False,
    "database_path": "private",
    "egress": "nat",
}

Drafter = Callable[..., Draft]


def brief_of(
    partner_id: str = "fiserv_ddp",
    *,
    direction: Direction = Direction.SEND,
    timing: Timing = Timing.BATCH,
) -> Brief:
    facts = working_facts_for(partner_id)

    def known(name: str) -> Fact:  # type: ignore[type-arg]
        value = getattr(facts, name)
        assert value is not None, name
        return value  # type: ignore[no-any-return]

    return Brief(
        request="100-200 payouts daily",
        direction=assumed(direction, "'from' can mean either"),
        timing=assumed(timing, "nothing says real time"),
        volume=Volume(
            payouts_per_day_low=stated(Decimal(100), "100-200 payouts daily"),
            payouts_per_day_high=stated(Decimal(200), "100-200 payouts daily"),
            days_per_week=assumed(Decimal(7), "daily"),
            window_hours=assumed(Decimal(24), "no window named"),
        ),
        partner=PartnerTerms(
            id=stated(partner_id, "from the partner named"),
            name=stated(facts.name, "from the partner named"),
            requests_per_second=facts.requests_per_second,
            batch_api=known("batch_api"),
            fixed_address_required=known("fixed_address_required"),
            webhooks=known("webhooks"),
            response_seconds_p50=known("response_seconds_p50"),
            response_seconds_p99=known("response_seconds_p99"),
            timeout_seconds=known("timeout_seconds"),
            inconclusive_share=known("inconclusive_share"),
            resolution_minutes=known("resolution_minutes"),
            lookups_max=known("lookups_max"),
            lookup_interval_minutes=known("lookup_interval_minutes"),
            send_retries_max=known("send_retries_max"),
            send_window_hours=known("send_window_hours"),
            request_kib=known("request_kib"),
            response_kib=known("response_kib"),
            ipv6=known("ipv6"),
        ),
        promises=Promises(
            paid_within_hours=assumed(Decimal(24), "a day"),
            drain_within_hours=assumed(Decimal(2), "two hours"),
            largest_payout=assumed(Decimal(10000), "ten thousand"),
            largest_day_payouts=assumed(Decimal(400), "twice the high end"),
            currency=assumed("USD", "Fiserv pays in dollars"),
        ),
        region=assumed(REGION, "no Region named"),
        free_tier=assumed(FreeTier.ALWAYS, "every account has them"),
    )


def stack_of(home: DatabaseHome = DatabaseHome.ON_INSTANCE) -> Stack:
    return Stack(
        offers=(stated("lambda", "Lambda"), stated("eventbridge", "EventBridge")),
        instance=Instance(
            service=stated("lightsail", "Lightsail EC2"),
            plan_monthly_usd=assumed(
                Decimal(12), "the smallest plan that holds Docker and Postgres"
            ),
            cpu_used_percent=assumed(Decimal(5), "unknown"),
            memory_used_percent=assumed(Decimal(60), "unknown"),
        ),
        backend=Backend(
            docker=stated(True, "Docker backend"), public_https=assumed(True, "a backend")
        ),
        database=Database(
            home=assumed(home, "beside the backend"),
            engine=stated("postgres", "Postgres DB"),
            max_connections=assumed(100, "Postgres's default"),
            connections_in_use=assumed(20, "unknown"),
        ),
    )


def draft_of(
    pattern_id: str = "function_through_backend",
    *,
    brief: Brief | None = None,
    stack: Stack | None = None,
    **settings: Scalar,
) -> Draft:
    brief, stack = brief or brief_of(), stack or stack_of()
    scene = Scene(brief=brief, stack=stack, load=load_of(brief))
    chosen = pattern(pattern_id)
    candidate = chosen.candidate(
        scene,
        {
            name: settings.get(name, WANTED[name] if WANTED.get(name) in values else values[0])
            for name, values in chosen.choices(scene).items()
        },
    )
    pricer = Pricer(open_snapshot(), REGION, baseline_of(stack))
    estimate = pricer.estimate(usage_of(candidate, scene))
    option = Option(
        candidate=candidate,
        pattern_name=chosen.name,
        kind=chosen.kind.value,
        full=chosen.full,
        summary=chosen.summary,
        strengths=chosen.strengths,
        weaknesses=chosen.weaknesses,
        estimate=estimate,
        list_monthly=estimate.list_monthly,
        effective_monthly=estimate.effective_monthly,
        label="recommended",
    )
    return Draft(
        brief=brief,
        stack=stack,
        scene=scene,
        decision=Decision(
            region=REGION,
            weighed=300,
            feasible=40,
            chosen=option,
            cheapest=option,
            options=(option,),
            baseline=pricer.estimate(baseline_of(stack)),
            rejections=(
                _rejected(
                    "direct_function", "open-database", "1", list_monthly="0.41", path="public"
                ),
                _rejected("direct_function", "way-out", "1", list_monthly="37.10", path="private"),
                _rejected("queue", "less-preferred", "0", list_monthly="0.93"),
            ),
            not_built=(("always_on", "no cluster is there"),),
            shared_faults=("one instance in one Availability Zone",),
            scales=tuple(
                Scale(
                    pattern=pattern_id,
                    factor=Decimal(factor),
                    payouts_per_day=Decimal(200) * factor,
                    list_monthly=option.list_monthly * factor,
                )
                for factor in (1, 2, 5, 10)
            ),
            questions=(
                Question(
                    id="partner-rate",
                    text="How many requests a second may we send?",
                    assumed="unknown, not limiting",
                    flips=(
                        Flip(
                            input="requests_per_second",
                            now="unknown",
                            becomes="0.02 requests/s",
                            pattern="",
                            list_monthly=None,
                            because="partner-rate",
                        ),
                    ),
                    worth_monthly=Decimal(0),
                ),
            ),
        ),
        pricer=pricer,
        components=components_of(option, scene),
        flows=flows_of(candidate, brief),
        statements=statements_of(candidate, scene),
        alarms=alarms_of(candidate, scene),
        failures=failures_of(candidate, scene),
        checklist=(),
        hidden_costs=hidden_costs_of(option, scene, pricer),
    )


def _rejected(
    pattern_id: str, check: str, used: str, *, list_monthly: str | None, path: str = ""
) -> Rejection:
    return Rejection(
        pattern=pattern_id,
        settings=(("database_path", path),) if path else (),
        check=check,
        placement="ledger",
        what=f"what {check} counts",
        used=Decimal(used),
        limit=Decimal(0),
        unit="things",
        source="a page",
        basis="documented",
        list_monthly=None if list_monthly is None else Decimal(list_monthly),
    )


@pytest.fixture(scope="session")
def drafted() -> Drafter:
    """Return a maker of Drafts: ``drafted("queue", secrets="secrets_manager")``."""
    return draft_of


@pytest.fixture(scope="session")
def briefed() -> Callable[..., Brief]:
    return brief_of


@pytest.fixture(scope="session")
def stacked() -> Callable[..., Stack]:
    return stack_of
