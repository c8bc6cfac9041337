"""The fast path on numbers a person can check, and the races that doubles get wrong."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest

from frugal.model.curve import Amount, Curve
from frugal.model.errors import PriceNotFound
from frugal.price import fast
from frugal.price.engine import Pricer
from frugal.price.usage import PartUsage
from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.price_list.product import Tier
from frugal.services import Usage, service

REGION = "us-east-1"
ZERO = Decimal(0)
#: Ten at 2, then 1 each.
TWO_BANDS = (
    Tier(begin=ZERO, end=Decimal(10), usd=Decimal(2)),
    Tier(begin=Decimal(10), end=None, usd=Decimal(1)),
)
ANY_METER = Meter(offer="AnyOffer", unit="Requests", usage_type="Any")
#: 400,000 GB-seconds are free, of x86 and Arm together.
(GB_SECONDS,) = (one for one in service("aws_lambda").allowances if one.id == "lambda-gb-seconds")
X86, ARM = GB_SECONDS.meters


def column(tiers: tuple[Tier, ...], *quantities: float, today: int = 0) -> fast.Sheet:
    rates = fast.Rates((ANY_METER,), (fast.bands_of(tiers, Decimal(today)),))
    return fast.Sheet(np.array([[one] for one in quantities], dtype=float), rates)


def used(quantities: Mapping[Meter, Amount | int]) -> list[PartUsage]:
    return [
        PartUsage(
            "part",
            "service",
            Usage(one, Decimal(amount) if isinstance(amount, int) else amount, ""),
            False,
        )
        for one, amount in quantities.items()
    ]


@pytest.mark.parametrize(("today", "costs"), [(0, [0, 18, 20, 25]), (6, [0, 13, 14, 19])])
def test_each_band_has_its_price(today: int, costs: list[int]) -> None:
    """Ten at 2, then 1 each; what the Stack uses today has filled the lower band first."""
    sheet = column(TWO_BANDS, 0, 9, 10, 15, today=today)
    assert fast.reckon(sheet).costs.tolist() == costs


def test_what_the_stack_uses_may_fill_a_band() -> None:
    """A band that is full today is gone."""
    assert fast.bands_of(TWO_BANDS, Decimal(10)) == (fast.Band(0.0, np.inf, 1.0),)


def test_bounds_are_close() -> None:
    """A design of a dozen meters is known to a billionth of a cent: few are ever asked again."""
    pricer = Pricer(open_snapshot(), REGION)
    month = dict.fromkeys((*GB_SECONDS.meters, *service("sqs").allowances[0].meters), 10_000_000)
    costs, bounds = fast.reckon(fast.sheet_of(pricer, [used(month)]))
    assert costs[0] > 100
    assert bounds[0] < 1e-11


def test_a_shared_allowance_is_used_up_once() -> None:
    """400,000 GB-seconds are free: of 300,000 on either architecture, a third is billed."""
    pricer = Pricer(open_snapshot(), REGION)
    sheet = fast.sheet_of(pricer, [used({X86: 300_000, ARM: 300_000})], effective=True)
    (cost,), _ = fast.reckon(sheet)
    price = pricer.price(ARM)
    assert not isinstance(price, str)
    assert cost == pytest.approx(200_000 * float(price.tiers[0].usd))


def test_ties_go_to_the_first() -> None:
    """Of candidates that cost the same, the first is the cheapest, as `min` would say."""
    sheets = [column(TWO_BANDS, 9, 7), column(TWO_BANDS, 7, 8)]
    exact = [Decimal(n) for n in (18, 14, 14, 16)]
    assert fast.proposed(sheets) == [1, 2]
    assert fast.cheapest(sheets, exact.__getitem__) == 1


def test_a_clear_winner_needs_no_second_look() -> None:
    """The exact price is asked only where doubles cannot tell."""
    assert fast.cheapest([column(TWO_BANDS, 9, 7)], lambda row: pytest.fail(f"asked of {row}")) == 1


def test_within_a_dollar() -> None:
    """All that may be within so much of the cheapest are proposed, the one on the edge too."""
    sheets = [column(TWO_BANDS, 12, 9), column(TWO_BANDS, 10, 11)]
    assert fast.proposed(sheets, Decimal(3)) == [1, 2, 3]


def test_doubles_alone_would_choose_wrongly() -> None:
    """Beside a Stack of 10^12 GB-seconds a double no longer sees 0.0001: the exact price does."""
    chance = random.Random(7)
    pricer = Pricer(open_snapshot(), REGION, used({X86: 10**12, ARM: 10**12}))
    rates = [pricer.price(one) for one in (X86, ARM)]
    x86, arm = (one.tiers[-1].usd for one in rates if not isinstance(one, str))
    candidates = []
    for _ in range(200):
        moved = Decimal(chance.randrange(1, 10**9)).scaleb(-6)
        less = Decimal(chance.randrange(1000)).scaleb(-8)
        candidates.append(used({X86: 1000 - moved, ARM: 1000 + moved * x86 / arm - less}))
    exact = [pricer.added(one).effective_monthly for one in candidates]
    winner = exact.index(min(exact))  # type: ignore[type-var]
    sheet = fast.sheet_of(pricer, candidates, effective=True)
    assert fast.reckon(sheet).costs.argmin() != winner, "too easy a race to prove anything"
    assert fast.cheapest([sheet], exact.__getitem__) == winner  # type: ignore[arg-type]


def test_what_has_no_price_is_never_cheapest() -> None:
    """A candidate that uses something unpriced is no bargain, even where it uses nothing of it."""
    pricer = Pricer(open_snapshot(), REGION)
    sheet = fast.sheet_of(pricer, [used({X86: 1, ANY_METER: 0}), used({X86: 10**9})])
    assert fast.reckon(sheet).costs[0] == np.inf
    assert fast.proposed([sheet]) == [1]
    with pytest.raises(PriceNotFound):
        fast.cheapest([fast.sheet_of(pricer, [used({ANY_METER: 1})])], lambda row: ZERO)
    with pytest.raises(PriceNotFound):
        fast.rates_of(pricer, [ANY_METER])
    with pytest.raises(PriceNotFound):
        fast.sweep(pricer, used({ANY_METER: Curve.of_input()}), np.array([1.0]))


@pytest.mark.parametrize("quantity", [-1.0, np.nan, np.inf, 1e31])
def test_a_sheet_holds_amounts(quantity: float) -> None:
    """What is no amount is refused before it can win."""
    with pytest.raises(AssertionError):
        column(TWO_BANDS, 1, quantity)


def test_blocks_make_no_difference() -> None:
    """Rows are reckoned a block at a time; each costs what it costs alone."""
    many = np.arange(2 * fast.BLOCK + 3, dtype=float)
    costs = fast.reckon(column(TWO_BANDS, *many)).costs
    assert np.array_equal(costs, np.where(many <= 10, 2 * many, many + 10))


def test_a_jump_is_met_on_its_very_place() -> None:
    """A third is no double: the one below it lies before the jump, the one above on it."""
    third = Decimal(1) / 3
    jump = Curve(((ZERO, ZERO, ZERO), (third, Decimal(5), ZERO)))
    below = float(third)
    assert Decimal(below) < third
    values, _ = fast.along(jump, np.array([0.0, below, np.nextafter(below, 1), 1.0]))
    assert values.tolist() == [0, 0, 5, 5]


def test_only_a_sweep_waits_for_numpy() -> None:
    """numpy is 75 ms of start-up: no answer that sweeps nothing imports it."""
    code = "import sys, frugal.cli, frugal.pipeline; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
