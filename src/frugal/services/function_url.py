"""A Lambda function URL: a public HTTPS address for a function.

It has no price of its own; what is billed is the function it runs. It takes 10 requests a second
for each unit of reserved concurrency. It is public: AWS offers IAM or nothing, no WAF and no list
of addresses, so the function itself checks the secret and the source before it reads the body.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Entrance
from frugal.model.graph import Link, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.services.alarm_rules import TURNED_AWAY
from frugal.services.data_transfer import INTERNET_OUT, internet_out
from frugal.services.function_time import function_in_time
from frugal.services.service import (
    Alarm,
    Failure,
    Margin,
    Part,
    Row,
    Service,
    Statement,
    Usage,
    WorstUse,
)
from frugal.services.worst_day import knocks, many
from payouts.facts import Fact, assumed

#: What the address adds to the function's own time. Assumed.
ANSWER_SECONDS = Decimal("0.01")


class FunctionURL(Service):
    id = "function_url"
    name = "Lambda function URL"
    category = "Compute"
    known_as = ("lambda_url",)

    def usage(self, part: Part) -> Iterable[Usage]:
        yield from internet_out(part)

    def limits(self, part: Part) -> Iterable[Margin]:
        per_environment = limit("lambda-requests-per-environment")
        for link in part.outgoing(Verb.INVOKES):
            concurrency = limit("lambda-concurrency-account-default").number
            asked = part.other(link.target).placement.get("concurrency")
            if isinstance(asked, int):
                concurrency = min(concurrency, concurrency.__class__(asked))
            yield Margin(
                check="url-rate",
                placement=part.id,
                what="requests a second at the peak",
                used=part.load.payouts_per_second_peak,
                limit=per_environment.number * concurrency,
                unit="requests per second",
                source=per_environment.source,
                remedy="more concurrency for the function",
            )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        return ()

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-4xx",
            metric="AWS/Lambda/Url4xxCount",
            rule=TURNED_AWAY,
            why="somebody is trying the door, or the partner's secret has changed",
        )

    def behaviour(self, part: Part) -> Entrance:
        link = next(part.outgoing(Verb.INVOKES))
        function = function_in_time(part.other(link.target))
        return Entrance(
            answer_seconds=assumed(ANSWER_SECONDS, "AWS gives no figure; a hop in the Region"),
            requests_per_second_most=Fact(
                limit("lambda-requests-per-environment").number * function.concurrency_most.value,
                f"{limit('lambda-url-rps').source}, with {function.concurrency_most.source}",
                function.concurrency_most.basis,
            ),
            time_limit_seconds=function.time_limit_seconds,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="anyone on the internet calls the address",
            effect="invocations are paid for; a forged message could say that a payout is settled",
            mitigation="secret and source are checked first, a message only makes us look the "
            "payout up, and reserved concurrency caps the bill",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        knocked = knocks(part, guards, days)
        kib = sum((link.response_kib for link in part.incoming(Verb.NOTIFIES)), Decimal(0))
        answered, why = knocked * kib / KIB_PER_GIB, f"{many(knocked)} requests answered"
        for attack in Attack:
            yield WorstUse(attack, INTERNET_OUT, answered, why, stoppable=False)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Authorization", value="NONE: the handler checks secret and source itself")
        yield Row(
            name="Address list",
            value="not possible",
            why=limit("lambda-url-no-waf").what,
        )


SERVICE = FunctionURL()
