"""Write docs/reference/break-points.md: where trials break each full pattern, beside its ceiling.

    python tools/write_break_points_page.py --write

For the first request (examples/first-request.txt). It takes a minute or two: some hundred trials of
2,000 payouts. Without ``--write`` it prints the page and says whether the written one is another.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from frugal.choose.breaking import break_points_of
from frugal.model.document import Bullets, Document, Section, Text
from frugal.model.load import load_of
from frugal.model.rehearsal import BreakPoint
from frugal.patterns import Scene
from frugal.price_list.lookup import open_snapshot
from frugal.read import read
from frugal.render.markdown import markdown
from frugal.render.rehearsal import break_point_blocks
from frugal.simulate.break_points import AGREE_WITHIN, NEAR
from frugal.simulate.replay import PAYOUTS_MOST
from frugal.survey import assume

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "break-points.md"
SEED = 1

#: Where trial and formula are further apart than they should be: why that is right.
REASONS = {
    "state_machine": "the formula asks that executions can be started as fast as a backlog of an "
    "outage must drain; but an outage of the partner holds up no start, and a start that is "
    "throttled may wait as long as a payout may. In trials the rate of starts only binds where a "
    "day's payouts cannot be started within a day and what is promised",
}


def page() -> str:
    """Return the page."""
    reading = read((ROOT / "examples" / "first-request.txt").read_text())
    scene = Scene(brief=reading.brief, stack=assume(reading.stack), load=load_of(reading.brief))
    points = break_points_of(scene, open_snapshot(), SEED)
    return written(reading.brief.request.strip(), points)


def written(request: str, points: tuple[BreakPoint, ...]) -> str:
    """Return the page for these points."""
    settings = tuple(f"`{one.settings}`" for one in points)
    far = [one.pattern for one in points if (one.off_by or 1) > AGREE_WITHIN]
    missing = [id for id in far if id not in REASONS]
    assert not missing, f"trial and formula are far apart, and nobody knows why: {missing}"
    reasons = tuple(f"{id}: {REASONS[id]}." for id in far)
    lead = (
        "The volume at which each full pattern breaks a promise when it is tried out, found by "
        "bisection, beside the ceiling that its formulas give",
        f"For the request “{' '.join(request.split())}”",
        f"Trials replay at most {PAYOUTS_MOST:,} payouts, seed {SEED}; two volumes at most "
        f"{NEAR} times apart enclose the break",
        "Written by `tools/write_break_points_page.py`",
    )
    body = (
        *break_point_blocks(points),
        Text(
            words="A volume holds where every promise is kept in calm and when the partner is away "
            "for four hours. A pattern is tried out with the settings that reach its ceiling:"
        ),
        Bullets(items=settings),
        *((Text(words="Further apart, and why:"), Bullets(items=reasons)) if reasons else ()),
        Text(
            words="A trial knows time, and not what a processor, memory or a disk bears: where "
            "such a limit is the ceiling of all, the design breaks above it in trials, and the "
            "ceiling of time is what to compare. Trial and formula are held to agree within "
            f"{AGREE_WITHIN} times. They need not agree exactly: a formula knows means; a trial "
            "has rounds that wait for their slowest answer, ticks that begin late, look-ups "
            "after the outage and payouts that arrive by chance."
        ),
    )
    sections = (Section(number=0, title="Points", blocks=body),)
    return markdown(Document(title="Break points", lead=lead, sections=sections))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="write the page")
    said = parser.parse_args()
    text = page()
    if said.write:
        PAGE.write_text(text)
        return 0
    sys.stdout.write(text)
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    sys.stderr.write("the written page is another: --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
