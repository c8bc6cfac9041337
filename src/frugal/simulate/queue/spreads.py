"""Spreads of durations: how long until the next one arrives, how long one takes.

Each knows its mean and its squared coefficient of variation (variance over squared mean: 0 for a
constant, 1 for an exponential spread), which is what closed formulas of queues ask for, and draws
one number after another from the chance it is given. Seconds throughout, as floats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from math import exp, fsum, isfinite, log, sqrt
from random import Random
from typing import Protocol

from frugal.model.errors import BadRequest

#: The 99th percentile of the standard normal distribution.
_Z99 = 2.3263478740408408


class Spread(Protocol):
    """What a queue needs to know of its gaps and its services."""

    @property
    def mean(self) -> float: ...

    @property
    def variation(self) -> float:
        """The squared coefficient of variation."""

    def stream(self, chance: Random) -> Iterator[float]:
        """Draw durations, one after the other, without end unless the spread says otherwise."""


def _positive(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0.0):
        raise BadRequest(
            f"{name} is {value}", where="a spread of durations", hint="Give seconds above 0."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Without memory: what independent people or machines make of arrivals."""

    mean: float
    variation: float = 1.0

    def __post_init__(self) -> None:
        _positive("the mean", self.mean)

    def stream(self, chance: Random) -> Iterator[float]:
        draw, mean = chance.random, self.mean
        while True:
            yield -mean * log(1.0 - draw())


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """Always the same: a schedule, or a wait that is written down."""

    mean: float
    variation: float = 0.0

    def __post_init__(self) -> None:
        _positive("the mean", self.mean)

    def stream(self, chance: Random) -> Iterator[float]:
        return repeat(self.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erlang:
    """So many exponential phases one after the other: steadier than one of them."""

    mean: float
    phases: int

    def __post_init__(self) -> None:
        _positive("the mean", self.mean)
        _positive("the number of phases", self.phases)

    @property
    def variation(self) -> float:
        return 1.0 / self.phases

    def stream(self, chance: Random) -> Iterator[float]:
        draw, each = chance.random, self.mean / self.phases
        while True:
            product = 1.0
            for _ in range(self.phases):
                product *= 1.0 - draw()
            yield -each * log(product)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperexponential:
    """Two exponential kinds, quick and slow, each half of all time: more spread than one kind."""

    mean: float
    variation: float

    def __post_init__(self) -> None:
        _positive("the mean", self.mean)
        if not (isfinite(self.variation) and self.variation >= 1.0):
            raise BadRequest(
                f"the squared coefficient of variation is {self.variation}",
                where="a hyperexponential spread",
                hint="It is at least 1; below that use Erlang.",
            )

    def stream(self, chance: Random) -> Iterator[float]:
        draw = chance.random
        quick = (1.0 + sqrt((self.variation - 1.0) / (self.variation + 1.0))) / 2.0
        means = self.mean / (2.0 * quick), self.mean / (2.0 * (1.0 - quick))
        while True:
            yield -means[draw() >= quick] * log(1.0 - draw())


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal:
    """A partner's answers, by the two figures its status page gives: the median and the p99."""

    p50: float
    p99: float

    def __post_init__(self) -> None:
        _positive("the median", self.p50)
        if not (isfinite(self.p99) and self.p99 >= self.p50):
            raise BadRequest(
                f"the 99th percentile, {self.p99} s, is below the median, {self.p50} s",
                where="a log-normal spread",
                hint="Give both in seconds.",
            )

    @property
    def _sigma(self) -> float:
        return log(self.p99 / self.p50) / _Z99

    @property
    def mean(self) -> float:
        return self.p50 * exp(self._sigma**2 / 2.0)

    @property
    def variation(self) -> float:
        return exp(self._sigma**2) - 1.0

    def stream(self, chance: Random) -> Iterator[float]:
        draw, middle, sigma = chance.gauss, log(self.p50), self._sigma
        while True:
            yield exp(draw(middle, sigma))


@dataclass(frozen=True, slots=True)
class Replayed:
    """Times that were measured, or drawn elsewhere: once each, in their order."""

    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(isfinite(one) and one >= 0.0 for one in self.seconds):
            raise BadRequest("a replayed duration is negative or no number", where="a replay")

    @property
    def mean(self) -> float:
        return fsum(self.seconds) / len(self.seconds)

    @property
    def variation(self) -> float:
        mean = self.mean
        return fsum((one - mean) ** 2 for one in self.seconds) / len(self.seconds) / mean**2

    def stream(self, chance: Random) -> Iterator[float]:
        return iter(self.seconds)
