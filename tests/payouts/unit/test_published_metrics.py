"""Every published metric is billed, watched or not: so only the named ones are published."""

from __future__ import annotations

import pytest

from payouts.io.config import BadConfig, load
from payouts.io.logs import publishing
from payouts.ports import Emit

ENVIRONMENT = {
    "PAYOUTS_PARTNER": "fiserv_ddp",
    "PAYOUTS_BASE_URL": "https://partner.example",
    "PAYOUTS_DATABASE": "env:DSN",
    "DSN": "postgresql://localhost/x",
}


def test_the_named_metrics_are_published_and_the_others_stay_in_the_line() -> None:
    """Nothing of what a tick says is lost, whatever is published."""
    heard: list[Emit] = []
    said = Emit("tick", {"sent": 3}, {"Unknown": 1, "Held": 0, "Ticks": 1}, "warning")
    publishing(heard.append, frozenset({"Held"}))(said)
    assert heard == [Emit("tick", {"sent": 3, "Unknown": 1, "Ticks": 1}, {"Held": 0}, "warning")]


def test_without_a_list_all_are_published() -> None:
    """Whoever names none gets all of them."""
    heard: list[Emit] = []
    sink = heard.append
    assert load(ENVIRONMENT).metrics is None
    assert publishing(sink, None) is sink


def test_the_list_is_read_from_the_configuration() -> None:
    """Names with commas between; anything else is said."""
    assert load(ENVIRONMENT | {"PAYOUTS_METRICS": "Unknown, Held"}).metrics == {"Unknown", "Held"}
    for bad in ("", "unknown", "Held;Unknown", "Held,"):
        with pytest.raises(BadConfig, match="list of names"):
            load(ENVIRONMENT | {"PAYOUTS_METRICS": bad})
