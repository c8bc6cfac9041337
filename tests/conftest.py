"""How every test runs: one seed, printed, so that any failure can be had again.

``make test`` uses the same seed each time, so that a red run means a changed program.
``FRUGAL_SEED=random`` draws a new one and ``FRUGAL_SEED=n`` repeats it. ``FRUGAL_EXAMPLES=2000``
searches longer than the everyday 60 examples per property.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, settings

EVERYDAY_SEED = 20260
EVERYDAY_EXAMPLES = 60

settings.register_profile(
    "frugal",
    # Time on a shared machine is not a property of the code under test.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("FRUGAL_EXAMPLES", EVERYDAY_EXAMPLES)),
    print_blob=True,
)
settings.load_profile("frugal")


def _seed() -> int:
    asked = os.environ.get("FRUGAL_SEED", str(EVERYDAY_SEED))
    return random.SystemRandom().randrange(2**32) if asked == "random" else int(asked)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix the seed before Hypothesis reads it; workers inherit both options and environment."""
    if hasattr(config, "workerinput"):
        return
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = _seed()
    os.environ["FRUGAL_SEED"] = str(config.option.hypothesis_seed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests said with ``record_property("figure", "...")``, and how much was caught."""
    properties = [
        one
        for report in terminalreporter.stats.get("passed", [])
        + terminalreporter.stats.get("failed", [])
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for one in report.user_properties
    ]
    figures = {str(value) for name, value in properties if name == "figure"}
    caught = sum(name == "caught" for name, _ in properties)
    if caught:
        figures.add(f"the judge caught {caught} seeded defects of the runtime")
    for figure in sorted(figures):
        terminalreporter.write_line(figure)
    terminalreporter.write_line(f"seed {os.environ['FRUGAL_SEED']} (repeat with FRUGAL_SEED)")


@pytest.fixture
def seed() -> int:
    """The seed of this run, for tests that make their own chance: ``random.Random(seed)``."""
    return int(os.environ["FRUGAL_SEED"])
