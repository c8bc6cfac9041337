"""The Docker backend that is there already, and a worker beside it.

Nothing is billed by AWS beyond the instance it runs on: what it takes is CPU under the instance's
baseline, memory, and database connections. On Lightsail it has no role, so calling an AWS API from
it costs a long-lived credential; AWS calling it needs a public HTTPS endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.behaviour import Container as ContainerInTime
from frugal.model.behaviour import Number
from frugal.model.brief import Direction, Timing
from frugal.model.graph import Link, Role, Verb
from frugal.services.alarm_rules import silence
from frugal.services.function_time import items_per_call
from frugal.services.in_time import hosted, ours, setting
from frugal.services.service import Alarm, Failure, Margin, Part, Row, Service, Statement
from payouts.facts import assumed

#: From its death to taking work again. Assumed.
RESTART_SECONDS = Decimal(5)
#: One call between containers of one box. Assumed.
LOCAL_SECONDS = Decimal("0.01")
#: Payouts one tick takes on at most, as with a function's run.
ITEMS_PER_RUN = 1000


class Container(Service):
    id = "container"
    name = "Docker container of the backend"
    known_as = ("docker",)

    def limits(self, part: Part) -> Iterable[Margin]:
        promised = part.brief.promises.real_time_seconds
        wakes = part.placement.get("tick_seconds")
        if part.brief.timing.value is Timing.REAL_TIME and promised and wakes is not None:
            yield Margin(
                check="real-time",
                placement=part.id,
                what="seconds until a due payout is seen, and the partner's slow answers",
                used=part.load.partner_seconds_p99 + part.number("tick_seconds"),
                limit=promised.value,
                unit="seconds",
                source=promised.source,
                basis=promised.basis.value,
                remedy="a shorter tick",
            )
        cadence = part.brief.partner.lookup_interval_minutes
        sends = part.brief.direction.value is Direction.SEND
        if wakes is not None and cadence is not None and sends:
            yield Margin(
                check="lookup-cadence",
                placement=part.id,
                what="minutes between ticks, against the partner's look-up cadence",
                used=part.number("tick_seconds") / 60,
                limit=cadence.value,
                unit="minutes",
                source=cadence.source,
                basis=cadence.basis.value,
                remedy="a shorter tick",
            )
        abreast = part.placement.get("calls_abreast")
        if abreast is not None and any(True for _ in part.outgoing(Verb.CALLS_OUT)):
            yield Margin(
                check="keeps-up",
                placement=part.id,
                what="calls under way at the same time at the peak",
                used=part.load.payouts_per_second_peak
                * part.load.partner_seconds_mean
                / items_per_call(part),
                limit=part.number("calls_abreast"),
                unit="calls",
                source="calls abreast, a setting of this candidate",
                basis="derived",
                remedy="more calls abreast, or a pattern that scales out",
            )
        public = part.stack.backend.public_https if part.stack.backend else None
        if (
            any(link.path == "public" for link in part.incoming(Verb.CALLS, Verb.NOTIFIES))
            and public is not None
        ):
            yield Margin(
                check="public-https",
                placement=part.id,
                what="endpoints called that have no public HTTPS",
                used=Decimal(0 if public.value else 1),
                limit=Decimal(0),
                unit="endpoints",
                source=public.source,
                basis=public.basis.value,
                remedy="a certificate and a name for the backend",
            )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        return ()

    def alarms(self, part: Part) -> Iterable[Alarm]:
        # A relay writes no ticks; what it leaves behind when it is dead, the sweep pays.
        pays = any(True for _ in part.outgoing(Verb.CALLS_OUT))
        if part.placement.role is Role.WORKER and pays:
            yield Alarm(
                id=f"{part.id}-silent",
                metric="Payouts/Ticks",
                rule=silence(part),
                why="the worker beside the backend has stopped and nothing else would say so",
                guards_money=True,
            )

    def behaviour(self, part: Part) -> ContainerInTime:
        ticks = part.placement.get("tick_seconds") is not None
        return ContainerInTime(
            tick_seconds=setting(part, "tick_seconds") if ticks else None,
            answer_seconds=_answer_seconds(part),
            restart_seconds=assumed(
                RESTART_SECONDS, "Docker starts it again at once; Python and a session take seconds"
            ),
            sessions=setting(part, "connections"),
            requests_abreast=setting(part, "calls_abreast")
            if part.placement.get("calls_abreast") is not None
            else ours(1, "it makes no calls to the partner"),
            items_per_run=ours(
                ITEMS_PER_RUN, "a tick goes on while payouts are due, so only its time bounds it"
            ),
            on_host=hosted(part),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        calls_aws = any(link.path == "aws" for link in part.outgoing())
        if calls_aws and any(p.service == "lightsail" for p in part.candidate.placements):
            yield Failure(
                what="the long-lived access key on the instance leaks",
                effect="whoever holds it may do what it allows until it is withdrawn",
                mitigation="a user of its own with exactly these statements, rotated by runbook "
                "every 90 days, two keys while changing over; a Lightsail instance has no role",
            )
        yield Failure(
            what="the container is restarted or killed in the middle of a payout",
            effect="an attempt is left open",
            mitigation="its lease runs out, the payout is looked up under its stored key",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        get = part.placement.get
        if get("tick_seconds") is not None:
            yield Row(name="Tick", value=f"every {get('tick_seconds')} s, inside the worker")
        if get("calls_abreast") is not None:
            yield Row(name="Calls abreast", value=str(get("calls_abreast")))
        if part.placement.role is Role.BACKEND:
            yield Row(
                name="Endpoint",
                value="public HTTPS, secret and source checked before the body is read",
            )

    def fixed_address(self, part: Part) -> bool:
        from frugal.services import service

        for placement in part.candidate.placements:
            if placement.service in ("lightsail", "ec2"):
                return service(placement.service).fixed_address(part.other(placement.id))
        return False


def _answer_seconds(part: Part) -> Number:
    """Return how long a call to it takes, as its callers are billed for waiting."""
    waits = (link.seconds for link in part.incoming(Verb.CALLS))
    longest = max((each for each in waits if isinstance(each, Decimal)), default=Decimal(0))
    if longest:
        return assumed(longest, "a round trip in the same Region, TLS included")
    return assumed(LOCAL_SECONDS, "woken on the same box: a socket and a process that waits")


SERVICE = Container()
