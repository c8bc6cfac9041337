"""Amazon CloudWatch Logs.

Billed per GB ingested and per GB-month kept (compressed). A function's logs are *vended* logs since
May 2025, cheaper by the terabyte; what a container sends is custom logs at one price. A log group
without retention is kept, and billed, for ever: the most common leak there is.

Worked number (us-east-1, allowances off): 0.1 GB of a function's logs at $0.50 is $0.05; kept a
month at $0.03 a GB-month, $0.003 (AWS bills the compressed size, which is less): $0.0530.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount
from frugal.model.graph import Link, Verb
from frugal.model.load import DAYS_PER_MONTH, HOURS_PER_DAY, KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Allowance,
    Example,
    Failure,
    Habit,
    Hidden,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    WorstUse,
    having,
    metered,
    times,
)
from frugal.services.worst_out import Most, log_gib

VENDED = Meter(offer="AmazonCloudWatch", name="Vended Logs", unit="GB")
CUSTOM = Meter(
    offer="AmazonCloudWatch",
    usage_type="DataProcessing-Bytes",
    name="Logs Collected Data Ingestion",
    unit="GB",
)
STORED = Meter(offer="AmazonCloudWatch", name="Stored Data", unit="GB-month")
#: Services whose logs AWS delivers itself; all others send theirs.
VENDED_BY = ("aws_lambda",)
#: Stored logs are compressed, by how much no source we have says: counted whole, an upper bound.
COMPRESSED = Decimal(1)
#: Days a payout's log lines must be there for: a partner dispute or an ACH return. Assumed.
EVIDENCE_DAYS = Decimal(30)
#: How far the cost of logs without retention is followed; it has no end of its own.
THREE_YEARS_DAYS = 1095


CUSTOM_INFREQUENT = Meter(
    offer="AmazonCloudWatch", name="IA Custom ingested Logs from 0 upto Inf", unit="GB"
)
VENDED_INFREQUENT = Meter(offer="AmazonCloudWatch", name="IA Vended ingested logs", unit="GB")
SCANNED = Meter(offer="AmazonCloudWatch", name="Queried Logs Insights", unit="GB")


class CloudWatchLogsInputs(Value, frozen=True, kw_only=True):
    """Log groups of one kind."""

    ingested_gb: Said = None  #: GB of log lines a month
    sent_by: Literal["application", "lambda"] = "application"  #: functions' logs are vended
    log_class: Literal["standard", "infrequent_access"] = "standard"
    stored_gb: Said = None  #: GB-months kept (AWS bills the compressed size)
    retention_days: Said = None  #: in place of ``stored_gb``: how long what comes in is kept
    scanned_gb: Decimal = ZERO  #: GB scanned by Logs Insights


class CloudWatchLogs(Service):
    id = "cloudwatch_logs"
    name = "Amazon CloudWatch Logs"
    category = "Management and Governance"
    offer = "AmazonCloudWatch"
    known_as = ("cloudwatch",)
    allowances = (
        Allowance(
            id="cloudwatch-logs-gb",
            quantity=Decimal(5),
            meters=(VENDED, CUSTOM),
            source="https://aws.amazon.com/cloudwatch/pricing/",
        ),
        Allowance(
            id="cloudwatch-logs-stored-gb",
            quantity=Decimal(5),
            meters=(STORED,),
            source="https://aws.amazon.com/cloudwatch/pricing/",
        ),
    )

    examples = (
        Example(
            quantities=((VENDED, Decimal("0.1")), (STORED, Decimal("0.1"))),
            cost=Decimal("0.0530"),
        ),
    )

    inputs = CloudWatchLogsInputs

    resource_types = (
        "AWS::Logs::LogGroup",
        "aws_cloudwatch_log_group",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        name = resource.text("log_group_name", "name")
        vended = isinstance(name, str) and name.startswith("/aws/lambda/")
        kind = (resource.known_text("log_group_class") or "standard").lower()
        days = resource.number("retention_in_days")
        yield Declared(
            {
                "sent_by": "lambda" if vended else "application",
                "log_class": kind,
                "retention_days": None if days == 0 else days,
            },
        )

    def used(self, inputs: CloudWatchLogsInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        vended = inputs.sent_by == "lambda"
        meter = VENDED if vended else CUSTOM
        if inputs.log_class == "infrequent_access":
            meter = VENDED_INFREQUENT if vended else CUSTOM_INFREQUENT
        if inputs.ingested_gb is not None or not inputs.scanned_gb:
            yield metered(meter, inputs.ingested_gb, "log lines", needs="ingested_gb")
        stored, why = inputs.stored_gb, "kept"
        if stored is None and inputs.retention_days is not None:
            months = inputs.retention_days * HOURS_PER_DAY / hours
            stored = times(inputs.ingested_gb, COMPRESSED * months)
            why = f"kept {inputs.retention_days} days, uncompressed: an upper bound"
        if stored is not None or inputs.ingested_gb is not None:
            yield metered(STORED, stored, why, needs="stored_gb, or retention_days")
        if inputs.scanned_gb:
            yield Usage(SCANNED, inputs.scanned_gb, "scanned by Logs Insights")

    def usage(self, part: Part) -> Iterable[Usage]:
        vended, custom = self._gib(part, vended=True), self._gib(part, vended=False)
        months = part.number("retention_days") / DAYS_PER_MONTH
        if vended != ZERO:
            yield Usage(VENDED, vended, "log lines of functions")
        if custom != ZERO:
            yield Usage(CUSTOM, custom, "log lines of containers")
        yield Usage(
            STORED,
            (vended + custom) * (COMPRESSED * months),
            f"kept {part.placement['retention_days']} days",
        )

    def _gib(self, part: Part, *, vended: bool) -> Amount:
        total: Amount = ZERO
        for link in part.incoming(Verb.LOGS):
            if (part.candidate[link.source].service in VENDED_BY) is not vended:
                continue
            total = link.per_month * (link.request_kib / KIB_PER_GIB) + total
        return total

    def limits(self, part: Part) -> Iterable[Margin]:
        yield Margin(
            check="evidence-kept",
            placement=part.id,
            what="days a dispute may look back, against days logs are kept",
            used=EVIDENCE_DAYS,
            limit=part.number("retention_days"),
            unit="days",
            source="a returned payout or a partner dispute comes within a month",
            basis="assumed",
            remedy="a longer retention",
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.LOGS and link.path == "aws":
            owner = "aws/lambda" if part.candidate[link.source].service in VENDED_BY else "payouts"
            yield Statement(
                actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                resource="arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:"
                f"log-group:/{owner}/{link.source}:*",
            )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a debug level is left on, or an error loop floods the log",
            effect="ingestion at list price per GB, the likeliest surprise on this bill",
            mitigation="retention set, one structured line a payout, an alarm on bytes ingested",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        months = part.number("retention_days") / DAYS_PER_MONTH
        for attack in Attack:
            for meter, vended in ((VENDED, True), (CUSTOM, False)):
                most = self._most(part, guards, attack, days, vended=vended)
                if most is not None:
                    yield WorstUse(attack, meter, *most)
                    kept = most.amount * COMPRESSED * months
                    yield WorstUse(attack, STORED, kept, most.why, most.stoppable)

    def _most(
        self, part: Part, guards: Guards, attack: Attack, days: Decimal, *, vended: bool
    ) -> Most | None:
        """Return what the parts of one kind can write together."""
        found = [
            most
            for link in part.incoming(Verb.LOGS)
            if (part.candidate[link.source].service in VENDED_BY) is vended
            and (most := log_gib(part.other(link.source), guards, attack, days)) is not None
        ]
        if not found:
            return None
        dearest = max(found, key=lambda most: most.amount)
        stoppable = all(most.stoppable for most in found)
        return Most(sum((most.amount for most in found), ZERO), dearest.why, stoppable)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Retention",
            value=f"{part.placement['retention_days']} days",
            why="without one, logs are kept and billed for ever",
        )

    def encryption(self, part: Part) -> str:
        return "AWS-owned key; no account number or key is ever logged"

    def habits(self, part: Part) -> Iterable[Habit]:
        yield Habit(
            item=f"Logs kept {part.placement['retention_days']} days",
            applied=True,
            why="a group without retention is kept for ever: priced as it stands after three "
            "years, and it goes on growing",
            otherwise=having(part.placement, retention_days=THREE_YEARS_DAYS),
        )

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        for part in parts:
            placement = part.placement
            if placement.service == self.id:
                yield Hidden(
                    topic="logs",
                    what="Logs without retention, after three years",
                    parts=(having(placement, retention_days=THREE_YEARS_DAYS),),
                    comes_with="a log group that a function makes for itself",
                    avoided_by=f"the group is in the template, with {placement['retention_days']} "
                    "days",
                )


SERVICE = CloudWatchLogs()
