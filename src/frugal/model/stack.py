"""The Stack: what is there already, read from the request or from files.

Only parts that matter to an integration are kept: where the backend runs and how busy it is, where
Postgres runs and how full its connections are, which functions and rules exist. A value that
was not read is ``None``: unknown, not zero.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from frugal.model.brief import Value
from payouts.facts import Fact


class DatabaseHome(StrEnum):
    """Where Postgres runs; decides who can reach it, and how."""

    ON_INSTANCE = "on_instance"  #: a container or service on the Lightsail box itself
    LIGHTSAIL_MANAGED = "lightsail_managed"
    RDS = "rds"
    AURORA = "aurora"
    ELSEWHERE = "elsewhere"  #: outside this AWS account
    NONE = "none"


class Instance(Value, frozen=True, kw_only=True):
    """The box the backend runs on."""

    service: Fact[str]  #: ``lightsail`` or ``ec2``
    plan_monthly_usd: Fact[Decimal] | None = None  #: Lightsail plan by its price: 5, 7, 12, 24, ...
    instance_type: Fact[str] | None = None  #: EC2 type
    vcpus: Fact[Decimal] | None = None
    memory_gib: Fact[Decimal] | None = None
    cpu_used_percent: Fact[Decimal] | None = None
    memory_used_percent: Fact[Decimal] | None = None
    count: Fact[int] | None = None
    static_address: Fact[bool] | None = None
    ipv6_only: Fact[bool] | None = None
    storage_gib: Fact[Decimal] | None = None  #: attached block storage beside the plan's disk
    transfer_out_gib: Fact[Decimal] | None = None  #: a month
    transfer_in_gib: Fact[Decimal] | None = None


class Backend(Value, frozen=True, kw_only=True):
    """The application beside which, or through which, payouts are made."""

    docker: Fact[bool]
    public_https: Fact[bool] | None = None  #: reachable over HTTPS with a valid certificate
    language: Fact[str] | None = None
    memory_mib: Fact[Decimal] | None = None  #: what its containers use now


class Database(Value, frozen=True, kw_only=True):
    home: Fact[DatabaseHome]
    engine: Fact[str]
    version: Fact[str] | None = None
    size_gib: Fact[Decimal] | None = None
    max_connections: Fact[int] | None = None
    connections_in_use: Fact[int] | None = None
    instance_class: Fact[str] | None = None  #: RDS class, e.g. db.t4g.micro
    multi_az: Fact[bool] | None = None
    publicly_accessible: Fact[bool] | None = None  #: open to any address already
    plan_monthly_usd: Fact[Decimal] | None = None  #: Lightsail managed database plan


class FunctionUse(Value, frozen=True, kw_only=True):
    """A function that is there already, with its month."""

    name: str
    memory_mb: Fact[int] | None = None
    architecture: Fact[str] | None = None
    invocations_per_month: Fact[Decimal] | None = None
    duration_ms: Fact[Decimal] | None = None


class RuleUse(Value, frozen=True, kw_only=True):
    """An EventBridge rule or schedule that is there already, with its month."""

    name: str
    scheduled: Fact[bool] | None = None
    invocations_per_month: Fact[Decimal] | None = None


class Stack(Value, frozen=True, kw_only=True):
    """What exists. ``offers`` lists the AWS services the user says they use (``lambda``, ...)."""

    schema: int = 1
    offers: tuple[Fact[str], ...] = ()
    instance: Instance | None = None
    backend: Backend | None = None
    database: Database | None = None
    functions: tuple[FunctionUse, ...] = ()
    rules: tuple[RuleUse, ...] = ()
    nat_gateways: Fact[int] | None = None
    account_before_2025_07_15: Fact[bool] | None = None
    not_understood: tuple[str, ...] = ()  #: parts of files nobody could read, named
