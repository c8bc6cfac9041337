"""``frugal rehearse``: a year of a design's own payouts, under all the faults that a year brings.

A thin face, mounted by ``frugal.cli``. Exit codes: 0 every promise was kept; 5 one was broken; 2
bad input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

BROKEN = 5  #: exit code where a promise was broken

Flag = Annotated[bool, Parameter(negative=())]


def rehearse(
    design: Path = Path("out"),
    /,
    *,
    days: int = 365,
    fault: Annotated[list[str] | None, Parameter(negative=(), consume_multiple=False)] = None,
    seed: int = 1,
    payouts_most: int | None = None,
    break_points: Flag = False,
    prices: str | None = None,
    out: Path | None = None,
    force: Flag = False,
    json: Flag = False,
) -> int:
    """Rehearse a design: a year of your own payouts under all the faults that a year brings.

    Examples:
        frugal rehearse
        frugal rehearse out/design.json --days 30 --fault partner_down --fault database_down
        frugal rehearse --days 30 --fault calm

    Parameters
    ----------
    design
        A design.json, or the folder it is in.
    days
        How many days, from 1 to 3650.
    fault
        The only fault there is; may be repeated. calm: none at all. Without it every fault comes
        as often as a year has it.
    seed
        Of all chance. The same seed gives the same rehearsal.
    payouts_most
        Payouts that are replayed at most, 75,000 unless said; beyond that each stands for more
        than one.
    break_points
        Find the volume at which each full pattern breaks a promise, too. Takes a minute more.
    prices
        Price list to use: an id, the beginning of one, or a file (see frugal prices).
    out
        Folder for rehearse.json and its manifest. Without it, the design's own.
    force
        Overwrite results that were edited by hand.
    json
        Print rehearse.json to standard output instead of the text.
    """
    from frugal import pipeline
    from frugal.prices_commands import opened
    from frugal.render.out_folder import write_out
    from frugal.render.rehearsal import rehearsal_json, rehearsal_text

    with _progress() as shown:
        rehearsed = pipeline.rehearse(
            design,
            days=days,
            faults=tuple(fault or ()),
            seed=seed,
            payouts_most=payouts_most,
            break_points=break_points,
            prices=opened(prices),
            progress=shown,
        )
    written = rehearsal_json(rehearsed)
    folder = design if design.is_dir() else design.parent
    write_out(out or folder, {"rehearse.json": written}, force=force)
    sys.stdout.write(written.decode() if json else rehearsal_text(rehearsed))
    if rehearsed.broken:
        sys.stderr.write(f"frugal: a promise was broken. Again: {rehearsed.replay}\n")
        return BROKEN
    return 0


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """Yield what shows how far a stage is, on stderr; only on a terminal, elsewhere None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    # Refreshed by hand: a thread that does it would keep the work from being forked.
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)
            bar.refresh()

        yield show
