"""The limits that the deployed runtime is configured with in a design."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from frugal.model.behaviour import Behaviour, Container, Counterpart, Function
from frugal.simulate.scale import Scale
from payouts.limits import Limits, limits_for
from payouts.partners import fiserv_ddp, working_facts_for

_ANSWER_SECONDS_LEAST = 0.1
#: In a scaled trial: a balance, a send and its look-up are not spread over minutes.
_BURST_MOST = 3.0


def limits_of_partner(partner_id: str, counterpart: Counterpart, ratio: float) -> Limits:
    """Return the limits that follow from the partner's facts and the Brief's terms.

    Every partner is played by the one double there is, so no partner's rules are looser here than
    those of the double.
    """
    own, played = limits_for(working_facts_for(partner_id)), limits_for(fiserv_ddp.FACTS)
    answer = float(counterpart.time_limit_seconds.value)
    longest = answer + own.send_age_seconds
    rate = counterpart.requests_per_second_most
    return replace(
        own,
        answer_seconds=answer,
        lease_seconds=max(own.lease_seconds, 2 * longest),
        quarantine_seconds=max(own.quarantine_seconds, longest),
        lookup_wait_seconds=max(own.lookup_wait_seconds, played.lookup_wait_seconds),
        lookup_interval_seconds=max(own.lookup_interval_seconds, played.lookup_interval_seconds),
        lookups_max=min(own.lookups_max, played.lookups_max),
        sends_max=min(own.sends_max, played.sends_max),
        send_window_seconds=min(own.send_window_seconds, played.send_window_seconds),
        not_paid_after_seconds=max(own.not_paid_after_seconds, played.not_paid_after_seconds),
        resends=own.resends,
        requests_per_second=None if rate is None else float(rate.value) / ratio,
        burst_requests=1.0 if rate is None else max(1.0, min(_BURST_MOST, float(rate.value))),
    )


def working_limits(
    limits: Limits,
    behaviour: Behaviour,
    scale: Scale,
    counterpart: Counterpart,
    statement_seconds: float,
) -> Limits:
    """Return the limits of one worker.

    In a scaled trial its rounds are as much smaller as its work, and so are its ticks, but for what
    each tick takes anyway: its sentences, and reading the balance.
    """
    if not isinstance(behaviour, Function | Container):
        return limits
    if isinstance(behaviour, Function) and behaviour.work_seconds_most is not None:
        limits = replace(limits, tick_seconds=float(behaviour.work_seconds_most.value))
    real = round_payouts(limits, scale, counterpart)
    longer = scale.lanes * scale.within / scale.real_lanes
    anyway = 2 * statement_seconds + float(counterpart.response_seconds_p50.value)
    return replace(
        limits,
        batch=ceil(real / scale.within),
        concurrency=scale.lanes,
        tick_seconds=anyway + (limits.tick_seconds - anyway) / longer,
    )


def round_payouts(limits: Limits, scale: Scale, counterpart: Counterpart) -> int:
    """Return how many payouts one round of a worker takes: what its lanes can begin in time.

    A send that waits for a lane longer than ``send_age_seconds`` is not begun, so a round is no
    larger than the lanes get through by then even if every answer is as slow as one in a hundred.
    """
    slow = max(_ANSWER_SECONDS_LEAST, float(counterpart.response_seconds_p99.value))
    begun = int(scale.real_lanes * limits.send_age_seconds / slow)
    return max(1, min(limits.batch, scale.real_items, max(scale.real_lanes, begun)))
