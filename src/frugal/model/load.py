"""The load: how much of what a month brings, as amounts that usage formulas are written in.

A Load comes from a Brief. Any one of its numbers may be left open (a ``Curve``), and every usage,
cost and limit computed from it is then a function of that input: that is how break-evens and
ceilings are solved (``frugal.model.curve``).

Rates are the mean of the month and decide cost. Peaks are the worst that is promised and decide
whether a candidate can keep up; cost never uses them.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Brief, Timing, Value
from frugal.model.curve import ONE, ZERO, Amount, at_least

HOURS_PER_MONTH = Decimal(730)  #: AWS's own convention: 8,760 hours / 12
HOURS_PER_DAY = Decimal(24)
SECONDS_PER_HOUR = Decimal(3600)
DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY  #: 30.41666...
SECONDS_PER_MONTH = HOURS_PER_MONTH * SECONDS_PER_HOUR
KIB_PER_GIB = Decimal(1024 * 1024)

#: The outage of the partner that the drain promise is judged after. Assumed; shown in the document.
OUTAGE_HOURS = Decimal(4)

#: Real-time traffic is not level: the busiest second against the mean of the window. Assumed.
PEAK_TO_MEAN = Decimal(10)

#: Most partners' answers come near the median; the mean lies between it and the slow tail.
#: mean = p50 + 5 % of the way to p99, assumed until a latency sample is given.
TAIL_WEIGHT = Decimal("0.05")


class Load(Value, frozen=True, kw_only=True):
    """One month's work. Units are in the names; ``Amount`` is a number or a curve."""

    payouts: Amount  #: a month, mean
    payouts_per_second_peak: Amount  #: the busiest second that must be kept up with
    payouts_per_day: Amount  #: on a day that has payouts
    days: Decimal  #: days of a month on which payouts come due
    partner_seconds_mean: Amount
    partner_seconds_p99: Amount
    partner_timeout_seconds: Decimal
    inconclusive_share: Amount
    lookups_per_inconclusive: Decimal
    request_kib: Decimal
    response_kib: Decimal
    runs_per_day: Decimal | None = None
    #: Hours of a month in which payouts come due; an adaptive trigger may sleep outside them.
    window_hours: Decimal = HOURS_PER_DAY

    @property
    def lookups(self) -> Amount:
        """Status look-ups a month: only inconclusive sends are looked up."""
        return self.payouts * self.inconclusive_share * self.lookups_per_inconclusive

    @property
    def partner_calls(self) -> Amount:
        """Requests to the partner a month: one send per payout, and the look-ups."""
        return self.payouts + self.lookups


def load_of(brief: Brief, payouts_per_day: Amount | None = None) -> Load:
    """Return the load a Brief states, sized at the high end of its volume.

    Args:
        brief: what must be true.
        payouts_per_day: another volume to put in its place: a number (the low end, 10x), or the
            open input of a curve.
    """
    volume, partner = brief.volume, brief.partner
    stated = volume.payouts_per_day_high.value
    per_day: Amount = stated if payouts_per_day is None else payouts_per_day
    days = DAYS_PER_MONTH * volume.days_per_week.value / 7
    p50, p99 = partner.response_seconds_p50.value, partner.response_seconds_p99.value
    return Load(
        payouts=per_day * days,
        payouts_per_second_peak=_peak(brief, per_day),
        payouts_per_day=per_day,
        days=days,
        partner_seconds_mean=p50 + (p99 - p50) * TAIL_WEIGHT,
        partner_seconds_p99=p99,
        partner_timeout_seconds=partner.timeout_seconds.value,
        inconclusive_share=partner.inconclusive_share.value,
        lookups_per_inconclusive=Decimal(partner.lookups_max.value),
        request_kib=partner.request_kib.value,
        response_kib=partner.response_kib.value,
        runs_per_day=volume.runs_per_day.value if volume.runs_per_day else None,
        window_hours=volume.window_hours.value,
    )


def _peak(brief: Brief, per_day: Amount) -> Amount:
    """Return the payouts a second that must be kept up with, from what is promised.

    Real time: the busiest second. Otherwise the largest of these: a day's payouts within the
    window they come due in, and by the day's deadline; the largest promised day within the time
    to pay; and what an outage of the partner piled up within the time to drain, while new ones
    arrive if the window is still open.
    The largest day grows with the volume, so it is kept as a multiple of the high end.
    """
    volume, promises = brief.volume, brief.promises
    window_hours = volume.window_hours.value
    stated = volume.payouts_per_day_high.value
    largest_day = per_day * (promises.largest_day_payouts.value / stated if stated else ONE)
    arriving = per_day / (window_hours * SECONDS_PER_HOUR)
    if brief.timing.value is Timing.REAL_TIME:
        busiest = largest_day * (PEAK_TO_MEAN / (window_hours * SECONDS_PER_HOUR))
        if volume.peak_per_second is None:
            return busiest
        return per_day * (volume.peak_per_second.value / stated if stated else ONE)
    drain_hours = promises.drain_within_hours.value
    piled_up = per_day * min(OUTAGE_HOURS / window_hours, ONE)
    drained = piled_up / (drain_hours * SECONDS_PER_HOUR)
    if window_hours + drain_hours > HOURS_PER_DAY:
        drained = arriving + drained
    in_time = largest_day / (promises.paid_within_hours.value * SECONDS_PER_HOUR)
    needed = at_least(at_least(arriving, in_time), drained)
    if promises.daily_deadline is not None:
        start = _hour(volume.window_start.value) if volume.window_start else ZERO
        until = (_hour(promises.daily_deadline.value) - start) % HOURS_PER_DAY or HOURS_PER_DAY
        needed = at_least(needed, per_day / (until * SECONDS_PER_HOUR))
    return needed


def _hour(clock: str) -> Decimal:
    """Return HH:MM as hours of the day."""
    hours, minutes = clock.split(":")
    return Decimal(hours) + Decimal(minutes) / 60
