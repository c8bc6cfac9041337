"""What a seed stands for: how many payouts, who works, and everything that goes wrong.

Each kind of trouble is on in some seeds and off in others, so that a failure has few suspects and
the quiet path is run as well. ``drawn`` is a pure function: a seed is the whole scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from payouts.sandbox.faults import Faults
from payouts.sandbox.settings import Outage
from payouts.simulation.network import Weather

#: 2026-01-05 06:00 UTC, a Monday: the world begins there.
START = 1_767_592_800.0

HOUR = 3600.0
DAY = 86_400.0

#: How a restore from an older dump comes to light: the ledger sees it is elsewhere; a person says
#: so; a worker that saw a higher position; nothing and nobody.
RESTORES = ("noticed", "declared", "witnessed", "unnoticed")

#: Partner faults and the most they are drawn at. ``held`` waits for a person at the partner.
_PARTNER_FAULTS = {
    "paid-then-dropped": 0.02,
    "paid-then-500": 0.02,
    "failed-500": 0.02,
    "in-process": 0.05,
    "request-doubled": 0.02,
    "timeout-400": 0.01,
    "limit-400025": 0.002,
    "clock-skewed": 0.0005,
    "rate-limited": 0.02,
    "unknown-status": 0.005,
    "extra-fields": 0.2,
    "shuffled-fields": 0.2,
    "error-wrapped": 0.5,
    "success-201": 0.5,
    "declined": 0.02,
    "fraud": 0.005,
    "held": 0.003,
    "review": 0.01,
    "not-arrived": 0.02,
    "not-visible-yet": 0.01,
    "lookup-500": 0.03,
    "lookup-dropped": 0.03,
    "slow": 0.005,
    "door-503": 0.01,
    "returned": 0.02,
}
_WEBHOOK_FAULTS = {
    "webhook-duplicate": 0.2,
    "webhook-disordered": 0.2,
    "webhook-early": 0.2,
    "webhook-lost": 0.2,
    "webhook-wrong-secret": 0.05,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One world, before anything happens in it. Times are seconds since its start."""

    seed: int
    payouts: int
    workers: int = 2
    span_seconds: float = 8 * HOUR  #: of arrivals
    bursts: int = 10
    batch: int = 50
    crash_mean_commands: float = 0.0
    weather: Weather = field(default_factory=Weather)
    faults: Mapping[str, float] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()
    requests_per_second: float | None = None  #: the partner's limit: beyond it 429
    webhooks: bool = False
    wall_skew_seconds: float = 0.0
    database_down: tuple[tuple[float, float], ...] = ()
    restore: str = ""
    dumped_at: float = 0.0
    restored_at: float = 0.0
    backend_restored: bool = False  #: the backend's own list went back to the dump, too
    double_ticks: float = 0.0  #: chance that a schedule fires twice
    person: bool = False
    emptied: bool = False  #: the funding account runs dry and is filled again
    from_afar: bool = False  #: one worker speaks to the ledger through the backend
    other_methods: bool = False  #: bank accounts too: slow, can be cancelled and come back

    @property
    def comes_back(self) -> bool:
        """Whether paid money may come back: by the payee's bank, or reversed at a person's wish."""
        return self.faults.get("returned", 0.0) > 0 or (self.person and self.other_methods)

    @property
    def troubles(self) -> str:
        """The names of what goes wrong, for a line of output."""
        named = {
            f"crashes/{self.crash_mean_commands:.0f}": self.crash_mean_commands > 0,
            "network": self.weather.any > 0,
            "partner": bool(self.faults),
            "outage": bool(self.outages),
            "429": self.requests_per_second is not None,
            "webhooks": self.webhooks,
            "skew": self.wall_skew_seconds > 0,
            "database-down": bool(self.database_down),
            f"restore-{self.restore}": bool(self.restore),
            "backend-restored": self.backend_restored,
            "double-ticks": self.double_ticks > 0,
            "person": self.person,
            "no-funds": self.emptied,
            "from-afar": self.from_afar,
        }
        return " ".join(name for name, on in named.items() if on) or "none"


def drawn(seed: int, payouts: int) -> Scenario:
    """Return the scenario that a seed stands for."""
    chance = Random(f"scenario {seed}")

    def on(share: float) -> bool:
        return chance.random() < share

    span = chance.choice((2 * HOUR, 8 * HOUR, 30 * HOUR))
    bursts = max(1, round(payouts / chance.choice((150, 300, 800))))
    workers = chance.choice((1, 2, 2, 3))
    if on(0.1):
        return Scenario(
            seed=seed, payouts=payouts, workers=workers, span_seconds=span, bursts=bursts
        )
    restore = chance.choice(RESTORES) if on(0.3) else ""
    dumped_at = restored_at = 0.0
    if restore:
        dumped_at = chance.uniform(0.1, 0.6) * span
        # Past the day in which the partner recognises a key, only a restore that shows is safe.
        most = 30 * HOUR if restore in {"noticed", "declared"} else 18 * HOUR
        restored_at = dumped_at + chance.uniform(0.01, 1.0) * min(most, span)
    faults: dict[str, float] = {}
    if on(0.6):
        share = chance.choice((0.2, 0.5, 1.0))
        faults = {
            name: most * chance.random() for name, most in _PARTNER_FAULTS.items() if on(share)
        }
    webhooks = on(0.25)
    if webhooks:
        faults |= {name: most * chance.random() for name, most in _WEBHOOK_FAULTS.items()}
    if restore in {"witnessed", "unnoticed"}:
        # What nobody can notice, only the partner can prevent: it recognises the key.
        faults |= {"sixth-retry-paid": 0.0, "late-retry-paid": 0.0}
    # A small world has few commands to die at, so it dies at more of them.
    often = (6.0, 25.0, 100.0) if payouts > 500 else (2.5, 6.0, 25.0)
    weather = Weather()
    if on(0.5):
        worst = chance.choice((0.002, 0.01, 0.05))
        weather = Weather(*(worst * chance.random() for _ in range(5)))
    outages: tuple[Outage, ...] = ()
    if on(0.25):
        first = START + chance.uniform(0.1, 0.9) * span
        how = chance.choice(("refused", "silent", "503"))
        outages = (Outage(first, first + chance.uniform(60.0, 3 * HOUR), how),)
    down: tuple[tuple[float, float], ...] = ()
    if on(0.2):
        at = chance.uniform(0.1, 0.9) * span
        down = ((at, at + chance.uniform(10.0, HOUR)),)
    return Scenario(
        seed=seed,
        payouts=payouts,
        workers=workers,
        span_seconds=span,
        bursts=bursts,
        batch=chance.choice((50, 50, 50, 8)),
        crash_mean_commands=chance.choice(often) if on(0.65) else 0.0,
        weather=weather,
        faults=faults,
        outages=outages,
        requests_per_second=chance.choice((20.0, 60.0)) if on(0.1) else None,
        webhooks=webhooks,
        wall_skew_seconds=chance.choice((1.0, 120.0)) if on(0.3) else 0.0,
        database_down=down,
        restore=restore,
        dumped_at=dumped_at,
        restored_at=restored_at,
        backend_restored=bool(restore) and on(0.3),
        double_ticks=0.2 if on(0.3) else 0.0,
        person=on(0.5),
        emptied=on(0.1),
        other_methods=on(0.3),
        from_afar=on(0.3),
    )


def faults_of(scenario: Scenario) -> Faults:
    return Faults(dict(scenario.faults))
