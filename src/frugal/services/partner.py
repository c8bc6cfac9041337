"""The partner, seen as a part of the graph: its rate, its look-up rules, its addresses.

Nothing of it is billed by AWS. What it allows is a limit like any other, with the partner's own
document as the source, so the checks need not know that a partner is not a service.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.behaviour import Counterpart
from frugal.model.brief import Direction
from frugal.model.graph import Verb
from frugal.services.in_time import scaled
from frugal.services.service import Failure, Margin, Part, Row, Service


class Partner(Service):
    id = "partner"
    name = "Partner"

    def limits(self, part: Part) -> Iterable[Margin]:
        terms, load = part.brief.partner, part.load
        if terms.requests_per_second is not None:
            allowed = terms.requests_per_second
            yield Margin(
                check="partner-rate",
                placement=part.id,
                what="requests a second needed at the peak",
                used=load.payouts_per_second_peak / _items_per_call(part),
                limit=allowed.value,
                unit="requests per second",
                source=allowed.source,
                basis=allowed.basis.value,
                remedy="a longer window, a later deadline, or a higher limit from the partner",
            )
        if terms.fixed_address_required.value:
            callers = {link.source for link in part.incoming(Verb.CALLS_OUT)}
            nameless = sum(
                1
                for caller in callers
                if not _service(part, caller).fixed_address(part.other(caller))
            )
            yield Margin(
                check="fixed-address",
                placement=part.id,
                what="callers whose address the partner cannot allow-list",
                used=Decimal(nameless),
                limit=Decimal(0),
                unit="callers",
                source=terms.fixed_address_required.source,
                basis=terms.fixed_address_required.basis.value,
                remedy="call from the instance with its static address, or through a NAT gateway",
            )
        if part.brief.direction.value is Direction.SEND:
            hours = part.brief.promises.paid_within_hours
            yield Margin(
                check="resolved-in-time",
                placement=part.id,
                what="minutes until an inconclusive payout is settled, looked up as allowed",
                used=terms.resolution_minutes.value,
                limit=hours.value * 60,
                unit="minutes",
                source=terms.resolution_minutes.source,
                basis=terms.resolution_minutes.basis.value,
                remedy="a later promise: nothing on our side makes the partner answer sooner",
            )

    def behaviour(self, part: Part) -> Counterpart:
        terms = part.brief.partner
        return Counterpart(
            response_seconds_p50=terms.response_seconds_p50,
            response_seconds_p99=terms.response_seconds_p99,
            time_limit_seconds=terms.timeout_seconds,
            requests_per_second_most=terms.requests_per_second,
            inconclusive_share=terms.inconclusive_share,
            resolution_seconds=scaled(terms.resolution_minutes, 60),
            webhooks=any(True for _ in part.outgoing(Verb.NOTIFIES)),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the partner's answer is lost, late or inconclusive",
            effect="paid or not is unknown for up to "
            f"{part.brief.partner.resolution_minutes.value} minutes",
            mitigation="unknown is a state of its own: looked up at the partner's cadence, never "
            "sent again under a new key",
        )
        yield Failure(
            what="the partner is down for hours",
            effect="payouts wait; none is lost",
            mitigation="they stay due in the ledger and drain afterwards at the partner's rate",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        terms = part.brief.partner
        rate = terms.requests_per_second
        yield Row(
            name="Rate limit",
            value=f"{rate.value} requests/s" if rate else "unknown: ask the partner",
        )
        yield Row(
            name="Response time",
            value=f"p50 {terms.response_seconds_p50.value} s, "
            f"p99 {terms.response_seconds_p99.value} s, "
            f"time-out {terms.timeout_seconds.value} s ({terms.response_seconds_p99.basis})",
        )
        callers = dict.fromkeys(link.source for link in part.incoming(Verb.CALLS_OUT))
        yield Row(name="Called from", value=", ".join(callers) or "nothing")


def _items_per_call(part: Part) -> Decimal:
    """Return the payouts or records one call carries, the fewest of any caller."""
    fewest: Decimal | None = None
    for link in part.incoming(Verb.CALLS_OUT):
        caller = part.candidate[link.source]
        items = caller.number("items_per_call") if caller.get("items_per_call") else Decimal(1)
        fewest = items if fewest is None else min(fewest, items)
    return fewest or Decimal(1)


def _service(part: Part, placement_id: str) -> Service:
    from frugal.services import service

    return service(part.candidate[placement_id].service)


SERVICE = Partner()
