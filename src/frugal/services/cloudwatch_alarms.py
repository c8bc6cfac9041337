"""Amazon CloudWatch alarms and metrics.

Billed per alarm metric and month, per custom metric and month, both prorated by the hour. Ten
standard alarms and ten custom metrics are free for every account. Which alarms there are is read
off the other parts of the graph, so an alarm cannot be forgotten in the bill.

Worked number (us-east-1, allowance off): six alarms at $0.10 and three custom metrics at $0.30
are $1.50 a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.graph import Role
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import QUARTER, held, ledger_period, oldest_due, unknown_for_long
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Alarm,
    Allowance,
    Example,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Usage,
)

ALARMS = Meter(
    offer="AmazonCloudWatch",
    usage_type="CW:AlarmMonitorUsage",
    name="Alarm Standard",
    unit="alarm-month",
)
METRICS = Meter(offer="AmazonCloudWatch", name="Metric for the first 10000", unit="metric-month")
#: Namespace of what the runtime writes. It publishes those metrics that an alarm watches; the
#: others stay in the log line, where they cost what the line costs.
LEDGER = "Payouts/"


HIGH_RESOLUTION = Meter(offer="AmazonCloudWatch", name="Alarm High Resolution", unit="alarm-month")
COMPOSITE = Meter(offer="AmazonCloudWatch", name="Alarm Composite", unit="alarm-month")
DASHBOARDS = Meter(
    offer="AmazonCloudWatch",
    name="Dashboard Basic Dashboard",
    unit="dashboard-month",
    listed_in="Any",
)
METRICS_REQUESTED = Meter(offer="AmazonCloudWatch", name="API Request GetMetricData", unit="metric")


class CloudWatchAlarmsInputs(Value, frozen=True, kw_only=True):
    """Alarms, metrics and dashboards."""

    alarms: Said = None  #: standard alarms, one for each metric they watch
    high_resolution_alarms: Said = None
    composite_alarms: Said = None
    custom_metrics: Said = None  #: custom or detailed metrics kept the whole month
    dashboards: Said = None
    metrics_requested: Said = None  #: metrics asked for with GetMetricData


class CloudWatchAlarms(Service):
    id = "cloudwatch_alarms"
    name = "Amazon CloudWatch alarms"
    category = "Management and Governance"
    offer = "AmazonCloudWatch"
    known_as = ("cloudwatch",)
    allowances = (
        Allowance(
            id="cloudwatch-alarms",
            quantity=Decimal(10),
            meters=(ALARMS,),
            source="https://aws.amazon.com/cloudwatch/pricing/",
        ),
        Allowance(
            id="cloudwatch-metrics",
            quantity=Decimal(10),
            meters=(METRICS,),
            source="https://aws.amazon.com/cloudwatch/pricing/",
        ),
        Allowance(
            id="cloudwatch-dashboards",
            quantity=Decimal(3),
            meters=(DASHBOARDS,),
            source="AWS Price List, AmazonCloudWatch, SKU ZXHCNVUBD6E8UPH8",
        ),
    )

    examples = (
        Example(quantities=((ALARMS, Decimal(6)), (METRICS, Decimal(3))), cost=Decimal("1.50")),
    )

    steady = "alarms and metrics are billed by the month; their names are constants of the code"

    inputs = CloudWatchAlarmsInputs

    resource_types = (
        "AWS::CloudWatch::Alarm",
        "aws_cloudwatch_metric_alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "aws_cloudwatch_composite_alarm",
        "AWS::CloudWatch::Dashboard",
        "aws_cloudwatch_dashboard",
        "AWS::Logs::MetricFilter",
        "aws_cloudwatch_log_metric_filter",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = resource.type
        if "omposite" in kind:
            yield Declared({"composite_alarms": Decimal(1)})
        elif "ashboard" in kind:
            yield Declared({"dashboards": Decimal(1)})
        elif "etric" in kind and "ilter" in kind:
            yield Declared({}, needs=("custom_metrics",))
        else:
            queries = list(resource.blocks("metrics", "metric_query"))
            metrics = [one for one in queries if one.get("metric_stat", "metric") is not None]
            watched = Decimal(max(len(metrics), 1))
            periods = [
                one.known_number("period", "metric_stat.period", "metric.period")
                for one in (resource, *metrics)
            ]
            period = min((each for each in periods if each), default=Decimal(60))
            yield Declared({"high_resolution_alarms" if period < 60 else "alarms": watched})

    def used(self, inputs: CloudWatchAlarmsInputs, hours: Decimal) -> Iterable[Usage]:
        for meter, amount, why in (
            (ALARMS, inputs.alarms, "one alarm metric each"),
            (HIGH_RESOLUTION, inputs.high_resolution_alarms, "high resolution"),
            (COMPOSITE, inputs.composite_alarms, "composite"),
            (METRICS, inputs.custom_metrics, "kept the whole month"),
            (DASHBOARDS, inputs.dashboards, "kept the whole month"),
            (METRICS_REQUESTED, inputs.metrics_requested, "asked for with GetMetricData"),
        ):
            if amount is not None:
                yield Usage(meter, amount, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        chosen = tuple(self.chosen(part))
        published = len(self.published(chosen))
        yield Usage(ALARMS, Decimal(len(chosen)), "one alarm metric each")
        yield Usage(METRICS, Decimal(published), "custom metrics of the ledger")

    def published(self, chosen: Iterable[Alarm]) -> tuple[str, ...]:
        """Return the names of the runtime's metrics that a chosen alarm watches."""
        watched = {alarm.metric for alarm in chosen if alarm.metric.startswith(LEDGER)}
        return tuple(sorted(one.removeprefix(LEDGER) for one in watched))

    def chosen(self, part: Part) -> Iterator[Alarm]:
        """Yield the alarms of every part: all of them, or only those that guard money."""
        for alarm in self.possible(part):
            if part.placement["alarms"] == "all" or alarm.guards_money:
                yield alarm

    def possible(self, part: Part) -> Iterator[Alarm]:
        """Yield every alarm there could be: the ledger's own, and each part's."""
        from frugal.services import service

        yield from self.alarms(part)
        for placement in part.candidate.placements:
            if placement.role is not Role.ALARM:
                yield from service(placement.service).alarms(part.other(placement.id))

    def alarms(self, part: Part) -> Iterable[Alarm]:
        """Yield the alarms on the ledger, which belong to no single part."""
        period = ledger_period(part)
        yield Alarm(
            id="oldest-due-payout",
            metric="Payouts/OldestDueSeconds",
            rule=oldest_due(part, period),
            says=QUARTER,
            why="the one number that says payouts are not being made, whatever the reason; missing "
            "data counts as breaching, so a silent runtime alarms too",
            guards_money=True,
        )
        yield Alarm(
            id="unknown-payouts",
            metric="Payouts/Unknown",
            rule=unknown_for_long(period),
            why="an outcome nobody knows after every look-up: a person must ask the partner",
            guards_money=True,
        )
        yield Alarm(
            id="held-payouts",
            metric="Payouts/Held",
            rule=held(period),
            why="a payout is held and only a person can go on: unseen, it is never paid",
            guards_money=True,
        )

    def limits(self, part: Part) -> Iterable[Margin]:
        # Turned round: an unwatched way to lose money is what there may be none of.
        unwatched = 0
        if part.placement["alarms"] == "none":
            unwatched = sum(alarm.guards_money for alarm in self.possible(part))
        yield Margin(
            check="money-is-watched",
            placement=part.id,
            what="ways to lose money that no alarm watches",
            used=Decimal(unwatched),
            limit=Decimal(0),
            unit="alarms",
            source="each part's own list of alarms",
            basis="derived",
            remedy="the alarms that guard money",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        alarms = tuple(self.chosen(part))
        yield Row(
            name="Alarms", value=str(len(alarms)), why="each guards something named in section 6"
        )
        published = self.published(alarms)
        yield Row(
            name="Custom metrics",
            value=f"{len(published)} (PAYOUTS_METRICS={','.join(published)})",
            why="those that an alarm watches, through the log, no API call; the rest of the "
            "runtime's figures stay in its log lines, where no metric is billed",
        )


SERVICE = CloudWatchAlarms()
