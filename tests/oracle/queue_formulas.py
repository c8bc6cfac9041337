"""What queueing theory says of queues that are first come first served, in closed form or exactly.

``load`` is the arrival rate times the mean service: the servers that are busy on average. Where no
closed form exists the stationary distribution is solved for, so nothing here is an approximation
but ``allen_cunneen``, whose error is measured beside the exact ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np

#: States beyond which nothing is left at the loads the tests use: 0.93 ** 400 is 2e-13.
_JOBS_MOST = 400


def erlang_b(servers: int, load: float) -> float:
    """The share of arrivals turned away where nobody waits; services of any spread."""
    share = 1.0
    for number in range(1, servers + 1):
        share = load * share / (number + load * share)
    return share


def erlang_c(servers: int, load: float) -> float:
    """The share of arrivals that wait: M/M/c."""
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def wait_mmc(servers: int, load: float, service: float) -> float:
    return erlang_c(servers, load) * service / (servers - load)


def waited_longer_mmc(servers: int, load: float, service: float, seconds: float) -> float:
    return erlang_c(servers, load) * exp(-(servers - load) * seconds / service)


def wait_percentile_mmc(servers: int, load: float, service: float, percent: float) -> float:
    left = 1.0 - percent / 100.0
    return max(0.0, log(erlang_c(servers, load) / left) * service / (servers - load))


def wait_mg1(load: float, service: float, variation: float) -> float:
    """Pollaczek and Khinchine: one server, services of any spread."""
    return load * service * (1.0 + variation) / (2.0 * (1.0 - load))


def allen_cunneen(servers: int, load: float, service: float, variation: float) -> float:
    """M/G/c about: exact for one server and for exponential services."""
    return (1.0 + variation) / 2.0 * wait_mmc(servers, load, service)


def wait_mdc(servers: int, load: float, service: float) -> float:
    """M/D/c, exactly: who is at work now is gone one service later, and who came meanwhile not."""
    sizes = np.arange(_JOBS_MOST)
    logs = sizes * log(load) - load - np.cumsum(np.log(np.maximum(sizes, 1)))
    arrivals = np.exp(logs)
    chain = np.zeros((_JOBS_MOST, _JOBS_MOST))
    for jobs in range(_JOBS_MOST):
        left = max(jobs - servers, 0)
        chain[jobs, left:] = arrivals[: _JOBS_MOST - left]
    share = _stationary(chain - np.eye(_JOBS_MOST))
    waiting = float(share @ np.maximum(sizes - servers, 0))
    return waiting * service / load


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPhases:
    """A service that begins in phase 0 or 1, and after phase 0 goes on to 1 or is over."""

    rates: tuple[float, float]
    begins_in_0: float
    goes_on: float

    @classmethod
    def hyperexponential(cls, mean: float, variation: float) -> TwoPhases:
        first = (1.0 + ((variation - 1.0) / (variation + 1.0)) ** 0.5) / 2.0
        rates = 2.0 * first / mean, 2.0 * (1.0 - first) / mean
        return cls(rates=rates, begins_in_0=first, goes_on=0.0)

    @classmethod
    def erlang_2(cls, mean: float) -> TwoPhases:
        return cls(rates=(2.0 / mean, 2.0 / mean), begins_in_0=1.0, goes_on=1.0)

    @property
    def mean(self) -> float:
        through_1 = 1.0 - self.begins_in_0 + self.begins_in_0 * self.goes_on
        return self.begins_in_0 / self.rates[0] + through_1 / self.rates[1]


def wait_two_phases(servers: int, load: float, service: TwoPhases) -> float:
    """M/G/c, exactly, for services of two phases: the balance of all states is solved.

    A state is how many jobs there are, and how many of those at work are in phase 0.
    """
    arrival_rate = load / service.mean
    places = {
        (jobs, zeros): place
        for place, (jobs, zeros) in enumerate(
            (jobs, zeros)
            for jobs in range(_JOBS_MOST // 2)
            for zeros in range(min(jobs, servers) + 1)
        )
    }
    flows = np.zeros((len(places), len(places)))

    def flow(state: tuple[int, int], rate: float, to: tuple[int, int]) -> None:
        if rate and to in places:
            flows[places[state], places[to]] += rate
            flows[places[state], places[state]] -= rate

    first = service.begins_in_0
    for jobs, zeros in places:
        ones = min(jobs, servers) - zeros
        begins = jobs < servers
        flow((jobs, zeros), arrival_rate * (first if begins else 0.0), (jobs + 1, zeros + 1))
        flow((jobs, zeros), arrival_rate * (1.0 - first if begins else 1.0), (jobs + 1, zeros))
        flow((jobs, zeros), zeros * service.rates[0] * service.goes_on, (jobs, zeros - 1))
        for rate, left in (
            (zeros * service.rates[0] * (1.0 - service.goes_on), zeros - 1),
            (ones * service.rates[1], zeros),
        ):
            follows = jobs > servers  # the next in line begins at once, in one phase or the other
            flow((jobs, zeros), rate * (first if follows else 0.0), (jobs - 1, left + 1))
            flow((jobs, zeros), rate * (1.0 - first if follows else 1.0), (jobs - 1, left))
    share = _stationary(flows)
    waiting = sum(share[place] * max(jobs - servers, 0) for (jobs, _), place in places.items())
    return float(waiting) / arrival_rate


def _stationary(flows: np.ndarray) -> np.ndarray:
    """Return the shares that balance all flows and add up to one."""
    balance = flows.T.copy()
    balance[-1, :] = 1.0
    whole = np.zeros(len(flows))
    whole[-1] = 1.0
    return np.linalg.solve(balance, whole)
