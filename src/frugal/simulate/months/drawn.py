"""Months as they may come: how many payouts, how long the partner takes, how much is unclear.

A design is sized for the worst that is promised, and priced for it. A real month is a draw from
what is not known. What is drawn, each independently of the others:

- **Payouts.** A month has 30 or 31 days (30.42 on average, AWS's 730 hours) and begins on any day
  of the week. Where a range is stated, the month has a level, uniform over the range; each day is
  uniform around it, as far as the nearer end of the range is away. Where one number is stated, it
  is taken at its word and each day is Poisson around it: payouts that come independently. Where
  one number is assumed, the level lies between half and double of it, uniform in its logarithm.
- **The partner's time.** Log-normal through p50 and p99, cut off at the time-out. From month to
  month the median moves, log-normal too: in four months of five within a factor of 1.2 where the
  times are known, of 2 where they are assumed.
- **Unclear answers.** The month's share is Beta around the Brief's value: its smaller parameter
  is 16 where the share is known and 2 where it is assumed. How many sends that makes is binomial.
- **Calls again.** An unclear send is called for again (looked up, or sent again under its key)
  from once to as often as the partner's terms say, each as likely.

The hours stay AWS's 730 in each month, as in every other figure, and the design stays as built:
peaks, which decide its size, are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import erfc, exp, log, sqrt
from random import Random
from typing import Any, NamedTuple

import msgspec

from frugal.model.brief import Brief
from frugal.model.load import DAYS_PER_MONTH, Load
from frugal.simulate.months.quantiles import Quantile, beta, normal, radical_inverses
from payouts.facts import Fact

#: The 99th percentile and the 90th of the standard normal distribution.
_Z99, _Z90 = 2.3263478740408408, 1.2815515655446004
#: Four months of five have a median within this factor of the Brief's.
KNOWN_FACTOR, ASSUMED_FACTOR = 1.2, 2.0
#: The smaller parameter of the Beta distribution of a month's unclear share.
KNOWN_SHAPE, ASSUMED_SHAPE = 16, 2
#: An assumed volume lies between itself divided by this and times this.
ASSUMED_VOLUME_FACTOR = 2.0
#: From so many on, a count is drawn from the normal distribution that is its limit.
_MANY = 30
_DAYS = 7
#: Of the Halton sequence, one for each chance: what decides most has the smallest.
_BASES = (2, 3, 5, 7)


class Month(NamedTuple):
    """One month: what happened in it."""

    payouts: int
    days: int  #: on which payouts came due
    seconds: float  #: the mean time of a call to the partner
    unclear: int  #: sends without a clear answer
    again: int  #: calls made again for them

    @property
    def again_per_payout(self) -> float:
        return self.again / self.payouts if self.payouts else 0.0

    def load(self, sized: Load) -> Load:
        """Return the month's work; peaks stay what the design was sized for."""
        payouts, days = Decimal(self.payouts), Decimal(self.days)
        unclear = Decimal(self.unclear)
        return msgspec.structs.replace(
            sized,
            payouts=payouts,
            payouts_per_day=payouts / days if days else Decimal(0),
            days=days,
            partner_seconds_mean=Decimal(repr(self.seconds)),
            inconclusive_share=unclear / payouts if payouts else Decimal(0),
            lookups_per_inconclusive=Decimal(self.again) / unclear if unclear else Decimal(0),
        )


class Chances(NamedTuple):
    """What decides most of a month: numbers between 0 and 1 that may be spread evenly."""

    level: float  #: of the payouts
    seconds: float
    unclear: float
    days: float  #: of the calendar


def drawn_from(brief: Brief) -> tuple[object, ...]:
    """Return all of a Brief that its months depend on."""
    partner = brief.partner
    return (
        brief.volume,
        partner.response_seconds_p50,
        partner.response_seconds_p99,
        partner.timeout_seconds,
        partner.inconclusive_share,
        partner.lookups_max,
    )


class Months:
    """What a Brief says, and does not say, of its months."""

    def __init__(self, brief: Brief) -> None:
        volume, partner = brief.volume, brief.partner
        self.low, self.high = (
            _number(volume.payouts_per_day_low),
            _number(volume.payouts_per_day_high),
        )
        self.is_range = self.low < self.high
        self.is_guess = not self.is_range and volume.payouts_per_day_high.assumed
        self.days_per_week = _number(volume.days_per_week)
        p50, p99 = partner.response_seconds_p50, partner.response_seconds_p99
        self.times_known = not (p50.assumed or p99.assumed)
        factor = KNOWN_FACTOR if self.times_known else ASSUMED_FACTOR
        self.median, self.timeout = _number(p50), _number(partner.timeout_seconds)
        self.median_spread = log(factor) / _Z90
        self.spread = max(0.0, log(_number(p99) / self.median) / _Z99) if self.median else 0.0
        self.share_known = not partner.inconclusive_share.assumed
        self.share = _number(partner.inconclusive_share)
        shape = KNOWN_SHAPE if self.share_known else ASSUMED_SHAPE
        self._share_at: Quantile = beta(self.share, shape)
        self._normal_at = normal()
        self.again_most = partner.lookups_max.value

    def draw(self, chances: Chances, chance: Random) -> Month:
        """Return one month: what ``chances`` decide, and the noise of ``chance`` around it."""
        days = self._payout_days(chances.days, chance)
        payouts = self._payouts(chances.level, days, chance)
        unclear = _binomial(payouts, self._share_at(chances.unclear), chance)
        again = self._again(unclear, chance)
        return Month(payouts, days, self._seconds(chances, payouts + again, chance), unclear, again)

    def drawn(self, count: int, seed: int) -> Iterator[Month]:
        """Yield so many months, each by itself, of this seed."""
        chance = Random(f"months {seed}")
        for _ in range(count):
            some = Chances(chance.random(), chance.random(), chance.random(), chance.random())
            yield self.draw(some, chance)

    def spread_evenly(self, count: int, seed: int) -> Iterator[Month]:
        """Yield so many months that leave no corner of the chances out.

        The chances are a Halton sequence, turned by the seed: any two of them fill their square
        evenly, and quantiles settle several times sooner than with chances drawn by themselves.
        """
        chance = Random(f"months spread evenly {seed}")
        columns = []
        for base in _BASES:
            turned = chance.random()
            columns.append([(at + turned) % 1 for at in radical_inverses(base, count)])
        for some in zip(*columns, strict=True):
            yield self.draw(Chances(*some), chance)

    def _payouts(self, level_at: float, days: int, chance: Random) -> int:
        if not self.is_range:
            # Poisson days add up to a Poisson month.
            if not self.is_guess:
                return _poisson(self.high * days, level_at)
            level = self.high * ASSUMED_VOLUME_FACTOR ** (2 * level_at - 1)
            return _poisson(level * days, chance.random())
        level = self.low + (self.high - self.low) * level_at
        around = min(level - self.low, self.high - level)
        draw = chance.random
        drawn = sum([draw() for _ in range(days)])
        # Whole payouts: what is left of one is a payout as often as its fraction says.
        return int(level * days + around * (2 * drawn - days) + draw())

    def _payout_days(self, days_at: float, chance: Random) -> int:
        """Return the days with payouts of a month that begins on any day of the week."""
        calendar = 30 + (days_at < float(DAYS_PER_MONTH) - 30)
        if self.days_per_week >= _DAYS:
            return calendar
        whole = int(self.days_per_week)
        weeks, rest = divmod(calendar, _DAYS)
        first = int(chance.random() * _DAYS)
        days = weeks * whole + sum((first + day) % _DAYS < whole for day in range(rest))
        # A fraction of a day a week is a day in as many weeks.
        return days + _binomial(weeks, self.days_per_week - whole, chance)

    def _seconds(self, chances: Chances, calls: int, chance: Random) -> float:
        """Return the month's mean time of a call, answers cut off at the time-out."""
        median = self.median * exp(self.median_spread * self._normal_at(chances.seconds))
        mean = _cut_mean(median, self.spread, self.timeout)
        if calls and self.spread:
            variation = sqrt(exp(self.spread * self.spread) - 1)
            mean *= 1 + chance.gauss(0, 1) * variation / sqrt(calls)
        return round(min(max(mean, 0.0), self.timeout), 6)

    def _again(self, unclear: int, chance: Random) -> int:
        """Return the calls made again, from one to ``again_most`` for each unclear send."""
        most = self.again_most
        if most < 2 or not unclear:
            return unclear * most
        if unclear < _MANY:
            return unclear + sum([int(chance.random() * most) for _ in range(unclear)])
        sigma = sqrt(unclear * (most * most - 1) / 12)
        drawn = round(chance.gauss(unclear * (most + 1) / 2, sigma))
        return min(max(drawn, unclear), unclear * most)


def _cut_mean(median: float, spread: float, most: float) -> float:
    """Return the mean of a log-normal of which nothing is longer than ``most``."""
    if not spread or not median:
        return min(median, most)
    place = log(most / median) / spread
    return median * exp(spread * spread / 2) * _below(place - spread) + most * _below(-place)


def _below(z: float) -> float:
    """Return the share of a standard normal below ``z``."""
    return erfc(-z / sqrt(2)) / 2


def _poisson(mean: float, at: float) -> int:
    """Return a Poisson count by its chance; a large one from the normal that is its limit."""
    if mean >= _MANY:
        return max(0, round(mean + sqrt(mean) * normal()(at)))
    count, term = 0, exp(-mean)
    below = term
    while below < at and term > 0:
        count += 1
        term *= mean / count
        below += term
    return count


def _binomial(tries: int, share: float, chance: Random) -> int:
    """Return how many of so many come true; of many, from the distribution that is its limit."""
    mean = tries * share
    if mean >= _MANY and tries - mean >= _MANY:
        drawn = round(chance.gauss(mean, sqrt(mean * (1 - share))))
        return min(max(drawn, 0), tries)
    if tries <= 2 * _MANY:
        return sum([chance.random() < share for _ in range(tries)])
    if share > 0.5:
        return tries - min(tries, _poisson(tries - mean, chance.random()))
    return min(tries, _poisson(mean, chance.random()))


def _number(fact: Fact[Any]) -> float:
    return float(fact.value)
