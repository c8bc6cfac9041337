"""A written Design is read back as what it was made from."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import msgspec
import pytest

from frugal import pipeline
from frugal.model.design import Design
from frugal.model.errors import BadRequest
from frugal.model.graph import Candidate
from frugal.model.load import load_of
from frugal.patterns import Scene
from frugal.read.design_file import Recalled, parse_design

REQUESTS = (
    "100-200 payouts a day from Fiserv; Lightsail, Docker, Postgres, Lambda",
    "3000 payouts a day through Stripe in real time; Docker backend on EC2, RDS Postgres",
    "we fetch 500 payouts a day from Fiserv reports; Lightsail, Docker, Postgres",
)


@cache
def written(request: str) -> tuple[Design, bytes]:
    design = pipeline.answer(request)
    return design, pipeline.files_of(design)["design.json"]


def scene_of(recalled: Recalled) -> Scene:
    return Scene(brief=recalled.brief, stack=recalled.stack, load=load_of(recalled.brief))


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_same_candidate_is_built_again(request_: str) -> None:
    """Brief, Stack and candidate come back equal, whatever the type of a setting."""
    design, data = written(request_)
    recalled = parse_design(data, "design.json")
    assert recalled.brief == design.brief
    assert recalled.stack == design.stack
    again = recalled.candidate(scene_of(recalled), "design.json")
    assert again == design.decision.chosen.candidate
    assert isinstance(scene_of(recalled).load.payouts, Decimal)


def rebuilt(data: bytes) -> Candidate:
    recalled = parse_design(data, "out/design.json")
    return recalled.candidate(scene_of(recalled), "out/design.json")


def edited(change: str) -> bytes:
    document = msgspec.json.decode(written(REQUESTS[0])[1])
    candidate = document["decision"]["chosen"]["candidate"]
    match change:
        case "pattern":
            candidate["pattern"] = "../etc"
        case "setting":
            candidate["settings"][1][1] = "sparc"
        case "missing":
            del candidate["settings"][1]
        case "volume":
            document["brief"]["volume"]["payouts_per_day_high"]["value"] = "-3"
        case "schema":
            document["schema"] = 2
        case "brief":
            del document["brief"]
    return msgspec.json.encode(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("pattern", "no pattern"),
        ("setting", "can have arm64"),
        ("missing", "is missing"),
        ("volume", "too small"),
        ("schema", "schema 2"),
        ("brief", "not a design"),
    ],
)
def test_what_cannot_be_built_again_is_said(change: str, says: str) -> None:
    """A file that was edited into nonsense is one error that names it."""
    with pytest.raises(BadRequest, match=says) as caught:
        rebuilt(edited(change))
    assert caught.value.where.startswith("out/design.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1}'])
def test_what_is_no_design_is_said(data: bytes) -> None:
    """Anything else than a Design is one error, never a traceback."""
    with pytest.raises(BadRequest, match="not a design"):
        parse_design(data, "out/design.json")
