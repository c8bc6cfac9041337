"""Amazon Aurora DSQL.

Billed per DPU, a measure of the work a statement does (compute, bytes read, bytes written), and per
GB-month; nothing while idle. 100,000 DPUs and 1 GB a month are free for every account. It speaks
PostgreSQL without foreign keys that are enforced, triggers or PL/pgSQL, and answers conflicts with
a serialization error at commit, which the caller must retry. A function reaches it over its public
endpoint with an IAM token, so no VPC is needed.

How many DPUs a payout takes is assumed from AWS's own comparison, 100,000 DPUs for about 700,000
TPC-C transactions, as quoted by DoiT in July 2025: a seventh of a DPU a transaction.

Worked number (us-east-1, allowances off): 24,332 transactions are 3,476 DPUs at $0.000008 =
$0.027808.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.model.graph import Link, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.model.watch import Statistic
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import PERIOD_SECONDS, above
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Alarm,
    Allowance,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    margin,
    metered,
)

OFFER = "AuroraDSQL"
DPUS = Meter(
    offer=OFFER,
    name="Aurora DSQL Distributed Processing Units ($8.00 per million)",
    unit="DPU",
)
STORAGE = Meter(offer=OFFER, name="Aurora DSQL storage ($0.33 per GB-month)", unit="GB-month")
TRANSACTIONS_PER_DPU = Decimal(7)
MONTHS_KEPT = Decimal(12)
FREE_SOURCE = "AWS Price List, AuroraDSQL, SKUs G55AJEZ54NGCVA98 and EJ5XW7HY3JRG9A42"


class DSQLInputs(Value, frozen=True, kw_only=True):
    """A cluster."""

    dpus: Said = None  #: distributed processing units a month
    storage_gb: Said = None


#: Commits that may meet a conflict before retries eat the throughput. Assumed.
CONFLICTS_SHARE = Decimal("0.05")


class DSQL(Service):
    id = "dsql"
    name = "Amazon Aurora DSQL"
    category = "Databases"
    offer = OFFER
    known_as = ("aurora_dsql",)
    allowances = (
        Allowance(id="dsql-dpus", quantity=Decimal(100_000), meters=(DPUS,), source=FREE_SOURCE),
        Allowance(id="dsql-storage", quantity=Decimal(1), meters=(STORAGE,), source=FREE_SOURCE),
    )
    examples = (Example(quantities=((DPUS, Decimal(3476)),), cost=Decimal("0.027808")),)

    inputs = DSQLInputs

    resource_types = (
        "AWS::DSQL::Cluster",
        "aws_dsql_cluster",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({})

    def used(self, inputs: DSQLInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield metered(DPUS, inputs.dpus, "work of the statements", needs="dpus")
        yield metered(STORAGE, inputs.storage_gb, "storage used", needs="storage_gb")

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(
            DPUS,
            part.per_month_in(Verb.CONNECTS) / TRANSACTIONS_PER_DPU,
            "transactions, a seventh of a DPU each (assumed)",
        )
        kept = part.number("kib_per_payout") * MONTHS_KEPT / KIB_PER_GIB
        yield Usage(STORAGE, part.load.payouts * kept, f"rows kept {MONTHS_KEPT} months")

    def limits(self, part: Part) -> Iterable[Margin]:
        for link in part.incoming(Verb.CONNECTS):
            caller = part.other(link.source)
            items = caller.placement.get("items_per_run", 1)
            cold = caller.placement.get("cold_share", Decimal(1))
            assert isinstance(items, int)
            assert isinstance(cold, Decimal)
            yield margin(
                part,
                "connection-rate",
                "sessions opened a second at the peak, one a cold start",
                part.load.payouts_per_second_peak * cold / Decimal(items),
                limit("dsql-connection-rate"),
                remedy="larger batches, so that fewer functions start",
            )
            concurrency = caller.placement.get("concurrency", 1)
            assert isinstance(concurrency, int)
            yield margin(
                part,
                "database-connections",
                "sessions at once",
                Decimal(concurrency),
                limit("dsql-connections-max"),
            )
        yield margin(
            part,
            "transaction-rows",
            "rows changed in one transaction",
            part.number("rows_per_transaction"),
            limit("dsql-transaction-rows"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.CONNECTS:
            yield Statement(
                actions=("dsql:DbConnect",),
                resource="arn:${AWS::Partition}:dsql:${AWS::Region}:${AWS::AccountId}:cluster/"
                "${ClusterId}",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-conflicts",
            metric="AWS/AuroraDSQL/OccConflicts",
            rule=above(_conflicts(part), Statistic.SUM),
            says="5 % of the commits at the peak",
            why="retries eat the throughput: two workers want the same rows",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a commit is refused for a conflict",
            effect="the transaction did not happen",
            mitigation="it is retried whole; the key was stored by an earlier one",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Not there", value=limit("dsql-not-supported").value)
        yield Row(name="Regions", value=limit("dsql-regions").value)

    def encryption(self, part: Part) -> str:
        return "AWS-owned key"


def _conflicts(part: Part) -> Decimal:
    """Return 5 % of the commits of one period at the peak, a commit a payout; at least one.

    Where the volume is left open only the number of alarms is asked for.
    """
    busiest = part.load.payouts_per_second_peak
    if not isinstance(busiest, Decimal):
        return ONE
    return max(busiest * PERIOD_SECONDS * CONFLICTS_SHARE, ONE)


SERVICE = DSQL()
