"""A Lambda function URL: a public HTTPS address for a function.

It has no price of its own; what is billed is the function it runs. It takes 10 requests a second
for each unit of reserved concurrency. It is public: AWS offers IAM or nothing, no WAF and no list
of addresses, so the function itself checks the secret and the source before it reads the body.
"""

from __future__ import annotations

from collections.abc import Iterable

from frugal.aws_facts import limit
from frugal.model.graph import Link, Verb
from frugal.services.data_transfer import internet_out
from frugal.services.service import (
    Alarm,
    Failure,
    Margin,
    Part,
    Row,
    Service,
    Statement,
    Usage,
)


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
            threshold="> 10 in 2 of 3 periods",
            period_seconds=300,
            why="somebody is trying the door, or the partner's secret has changed",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="anyone on the internet calls the address",
            effect="invocations are paid for; a forged message could say that a payout is settled",
            mitigation="secret and source are checked first, a message only makes us look the "
            "payout up, and reserved concurrency caps the bill",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Authorization", value="NONE: the handler checks secret and source itself")
        yield Row(
            name="Address list",
            value="not possible",
            why=limit("lambda-url-no-waf").what,
        )


SERVICE = FunctionURL()
