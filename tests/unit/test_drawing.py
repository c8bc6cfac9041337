"""The drawing: every pattern on every kind of stack fits, and says each link once."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from frugal.design.components import flow_order, service_name
from frugal.design.drawing import SKETCH_WIDTH_MAX, WIDTH_MAX, drawing, sketch
from frugal.design.mermaid import mermaid
from frugal.model.brief import Brief, Direction
from frugal.model.graph import Candidate, Link, Role, Verb, placed
from frugal.model.load import load_of
from frugal.model.stack import DatabaseHome, Stack
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.price.usage import parts_of

Briefed, Stacked = Callable[..., Brief], Callable[..., Stack]


def graphs(pattern_id: str, brief: Brief, stack: Stack) -> list[tuple[Candidate, dict[str, str]]]:
    """Return a pattern built with its first and with its last choice of every setting."""
    scene = Scene(brief=brief, stack=stack, load=load_of(brief))
    own = pattern(pattern_id)
    if own.fits(scene):
        return []
    found = []
    for end in (0, -1):
        settings = {name: values[end] for name, values in own.choices(scene).items()}
        candidate = own.candidate(scene, settings)
        names = {part.id: service_name(part) for part in parts_of(candidate, scene)}
        found.append((candidate, names))
    return found


@pytest.mark.parametrize("home", list(DatabaseHome), ids=lambda home: home.value)
@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_every_pattern_can_be_drawn(
    pattern_id: str, home: DatabaseHome, briefed: Briefed, stacked: Stacked
) -> None:
    """No line runs over another (the canvas refuses), none past 100 columns, none is left out."""
    for direction in Direction:
        for candidate, names in graphs(pattern_id, briefed(direction=direction), stacked(home)):
            costs = {id: Decimal("1234.56") for id in names if not candidate[id].existing}
            text = drawing(candidate, names, costs, "ap-southeast-2")
            assert max(map(len, text.splitlines())) <= WIDTH_MAX
            for placement in candidate.placements:
                if placement.role is not Role.PARTNER:
                    assert placement.id in text
            for at in range(1, len(candidate.links) + 1):
                assert re.search(rf"(?<!\d){at}(─|  |▶)", text), f"link {at} is not told"
            assert all(len(line) <= SKETCH_WIDTH_MAX + 40 for line in sketch(candidate, names))


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_the_flow_tells_every_link_once(
    pattern_id: str, briefed: Briefed, stacked: Stacked
) -> None:
    """The order of a payout's way is an order of the links: none lost, none twice."""
    for candidate, _ in graphs(pattern_id, briefed(), stacked()):
        order = flow_order(candidate)
        assert sorted(map(id, order)) == sorted(map(id, candidate.links))


def test_what_is_kept_is_drawn_apart_from_what_is_new(briefed: Briefed, stacked: Stacked) -> None:
    """Double borders are new and carry a cost; single ones are there already."""
    ((candidate, names), _) = graphs("function_through_backend", briefed(), stacked())
    lines = drawing(candidate, names, {"schedule": Decimal("0.00876")}, "us-east-1").splitlines()
    assert any("║ schedule" in line and "new, $0.0088 a month ║" in line for line in lines)
    assert any("│ backend" in line and "yours │" in line for line in lines)


def hostile() -> tuple[Candidate, dict[str, str]]:
    """Return a graph whose names would like to be mark-up."""
    candidate = Candidate(
        pattern="test",
        settings=(),
        placements=(
            placed("end", Role.WORKER, "container"),
            placed("partner", Role.PARTNER, "partner", existing=True),
        ),
        links=(
            Link(source="end", target="partner", verb=Verb.CALLS_OUT, per_month=Decimal(5)),
            Link(source="partner", target="end", verb=Verb.NOTIFIES, per_month=Decimal(5)),
        ),
    )
    return candidate, {"end": 'A"]; click x "javascript:1"', "partner": "<b>`Acme`|\n%% Bank"}


def test_names_cannot_break_out_of_a_label() -> None:
    """In Mermaid only letters, digits and harmless marks stand as they are."""
    candidate, names = hostile()
    chart = mermaid(candidate, names, {})
    for label in re.findall(r'\["(.*)"\]', chart):
        assert not re.search(r'["<>`|\[\]]', label.replace("<br/>", ""))
    assert all(line.startswith(("flowchart", "    ")) for line in chart.splitlines())


def test_long_and_odd_names_stay_in_their_box() -> None:
    """A name too long for its box is cut, and a line end in it does not end the drawing's line."""
    candidate, names = hostile()
    names["partner"] = "An exceedingly long name of a bank"
    text = drawing(candidate, names, {}, "us-east-1")
    assert "An exceedingl…" in text
    assert max(map(len, text.splitlines())) <= WIDTH_MAX
