"""`frugal prices`: the face of the price list. It reads words, shows progress, prints.

This and `frugal.cli` are the only places with a clock, an environment and a home folder: the store
of snapshots lies in ``${XDG_DATA_HOME:-~/.local/share}/frugal/prices`` unless ``--store`` says
another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from frugal.model.errors import BadRequest

if TYPE_CHECKING:
    from frugal.price_list.lookup import PriceList
    from frugal.price_list.store import Store

SHOWN_MAX = 40
TOO_OLD = 6  #: exit code under --max-age

Flag = Annotated[bool, Parameter(negative=())]
Several = Annotated[list[str] | None, Parameter(negative=(), consume_multiple=False)]
ShowFile = Callable[[str, int, int], None]

prices = App(
    name="prices",
    help="AWS's list prices: import, update, look behind a price, compare two snapshots.",
    version_flags=(),
    result_action="return_value",
)


@prices.command(name="import")
def import_(
    path: Path,
    /,
    *,
    alone: Flag = False,
    keep: Flag = False,
    store: Path | None = None,
    json: Flag = False,
) -> int:
    """Read price files and make the outcome the current price list.

    AWS's own offer files, JSON or CSV, of one Region or all, are laid over the current list: new
    prices, known names. A folder of gathered files is a list of its own.

    Examples:
        frugal prices import AWSLambda-us-east-1.json
        frugal prices import downloads/ --json

    Parameters
    ----------
    path
        A file, or a folder that is searched for price files at any depth.
    alone
        Take AWS's files by themselves, over no other list.
    keep
        Only store the outcome; the current list stays current.
    store
        Folder of the snapshots.
    json
        Print one JSON document.
    """
    from frugal.price_list.intake import import_path
    from frugal.render.price_tables import document, imported_text

    home = _store(store)
    below = None if alone else home.current()
    with _progress() as shown:
        _, done = home.add(
            lambda target: import_path(
                path,
                target,
                below=below,
                progress=lambda done, total: shown(path.name, done, total),
            ),
            use=not keep,
        )
    sys.stdout.write(document(imported=done) if json else imported_text(done))
    return 0


@prices.command
def update(
    *,
    region: Several = None,
    offer: Several = None,
    endpoint: str | None = None,
    store: Path | None = None,
    json: Flag = False,
) -> int:
    """Fetch AWS's public price list and lay it over the current one.

    Without options: every offer of the current list, in us-east-1. A failed update changes
    nothing; what was fetched is kept, and the next try continues there.

    Examples:
        frugal prices update --region eu-central-1 --offer AWSLambda --offer AWSQueueService

    Parameters
    ----------
    region
        AWS Region id. May be repeated.
    offer
        AWS's offer code, as `frugal prices status` lists them. May be repeated.
    endpoint
        A mirror of AWS's price list.
    store
        Folder of the snapshots.
    json
        Print one JSON document.
    """
    import time
    from random import Random

    from frugal.price_list.fetch import StandardFetch
    from frugal.price_list.update import ENDPOINT, HOME
    from frugal.price_list.update import update as fetch_all
    from frugal.render.price_tables import document, updated_text

    with _progress() as shown:
        done = fetch_all(
            _store(store),
            fetch=StandardFetch(),
            sleep=time.sleep,
            chance=Random(),
            endpoint=endpoint or ENDPOINT,
            regions=tuple(region or (HOME,)),
            offers=tuple(offer or ()),
            progress=shown,
        )
    sys.stdout.write(document(updated=done) if json else updated_text(done))
    return 0


@prices.command
def status(
    *,
    prices: str | None = None,
    offer: Several = None,
    region: Several = None,
    max_age: int | None = None,
    store: Path | None = None,
    json: Flag = False,
) -> int:
    """List the effective dates by offer and Region; the age of the oldest goes to stderr.

    Examples:
        frugal prices status --offer AWSLambda
        frugal prices status --max-age 90

    Parameters
    ----------
    prices
        A snapshot: its id or the beginning of it, a path, `current` or `carried`.
    offer
        Only this offer. May be repeated.
    region
        Only this Region. May be repeated.
    max_age
        Fail with exit code 6 if a price is older than so many days.
    store
        Folder of the snapshots.
    json
        Print one JSON document, with every offer and Region.
    """
    from frugal.price_list import report
    from frugal.render.price_tables import document, status_text

    home = _store(store)
    found = _open(home, prices)
    rows = tuple(
        row
        for row in report.status(found)
        if (not offer or row.offer in offer) and (not region or row.region in region)
    )
    if not rows:
        raise BadRequest(
            "the list has no such offer or Region",
            where=", ".join([*(offer or ()), *(region or ())]),
            hint=f"It has the offers {', '.join(found.offers())}",
        )
    oldest = report.oldest(rows)
    sys.stdout.write(
        document(id=found.id, oldest=oldest, rows=rows, stored=home.snapshots())
        if json
        else status_text(found.id, rows)
    )
    age = report.days_old(oldest, datetime.now(UTC).date())
    sys.stderr.write(f"the oldest price is of {oldest}, {age:,} days ago\n")
    if max_age is not None and age > max_age:
        sys.stderr.write(
            f"frugal: prices are older than {max_age} days. Run `frugal prices update`.\n"
        )
        return TOO_OLD
    return 0


@prices.command
def show(
    query: str,
    /,
    *,
    region: str | None = None,
    prices: str | None = None,
    store: Path | None = None,
    json: Flag = False,
) -> int:
    """Show the rows behind a price: SKU, bands, dates, source.

    Examples:
        frugal prices show "lambda duration-arm" --region eu-central-1
        frugal prices show TG3M4CAGBA3NYQBH

    Parameters
    ----------
    query
        Words that all occur in offer, SKU, usage type, operation, description or group.
    region
        Only this Region.
    prices
        A snapshot: its id or the beginning of it, a path, `current` or `carried`.
    store
        Folder of the snapshots.
    json
        Print one JSON document, with every row.
    """
    from frugal.price_list import report
    from frugal.render.price_tables import document, show_text

    list_ = _open(_store(store), prices)
    found = report.show(list_, query, region)
    if not found:
        raise BadRequest(
            "no row of the price list has all of these words",
            where=f"{query} in {region}" if region else query,
            hint="Fewer words find more; without --region every Region is searched",
        )
    if json:
        sys.stdout.write(document(id=list_.id, found=found))
        return 0
    sys.stdout.write(show_text(found[:SHOWN_MAX]))
    if len(found) > SHOWN_MAX:
        sys.stderr.write(f"{len(found) - SHOWN_MAX:,} more; name a Region, or more words\n")
    return 0


@prices.command
def diff(
    before: str,
    after: str,
    /,
    *,
    design: Annotated[list[Path] | None, Parameter(negative=(), consume_multiple=False)] = None,
    store: Path | None = None,
    json: Flag = False,
) -> int:
    """Show what changed between two snapshots, and which stored design's choice that flips.

    Examples:
        frugal prices diff carried current
        frugal prices diff 3f2a9c current --design out

    Parameters
    ----------
    before
        A snapshot: its id or the beginning of it, a path, `current` or `carried`.
    after
        Another one.
    design
        Results of `frugal design` (the folder, or its brief.yaml) to be decided again with both.
        May be repeated.
    store
        Folder of the snapshots.
    json
        Print one JSON document.
    """
    from frugal.price_list import report
    from frugal.render.price_tables import diff_text, document

    home = _store(store)
    one, other = _open(home, before), _open(home, after)
    changes = report.diff(one, other)
    flips = [_decided_twice(path, one, other) for path in design or ()]
    sys.stdout.write(
        document(before=one.id, after=other.id, changes=changes, designs=flips)
        if json
        else diff_text(changes, flips)
    )
    return 0


@prices.command
def pin(id: str, /, *, store: Path | None = None) -> int:
    """Make a stored snapshot the current one.

    Examples:
        frugal prices pin 3f2a9c
        frugal prices pin carried

    Parameters
    ----------
    id
        The id or the beginning of it; `carried` goes back to the list in the package.
    store
        Folder of the snapshots.
    """
    home = _store(store)
    home.pin(id)
    sys.stdout.write(f"snapshot {_open(home, None).id} is current\n")
    return 0


def _decided_twice(path: Path, one: PriceList, other: PriceList) -> dict[str, str]:
    """Decide a stored design with both lists and say whether another candidate wins."""
    from frugal.pipeline import decide
    from frugal.read import load_brief
    from frugal.survey import assume

    if path.is_dir() or path.name == "design.json":
        path = (path if path.is_dir() else path.parent) / "brief.yaml"
    brief, stack = load_brief(path)
    (_, was), (_, is_) = (decide(brief, assume(stack), prices) for prices in (one, other))
    same = was.chosen.candidate.id == is_.chosen.candidate.id
    return {
        "design": str(path),
        "outcome": "the choice stays" if same else "the choice flips",
        "before": was.chosen.candidate.id,
        "before_monthly": f"{was.chosen.list_monthly:f}",
        "after": is_.chosen.candidate.id,
        "after_monthly": f"{is_.chosen.list_monthly:f}",
    }


def default_store() -> Path:
    """Return where snapshots lie if nobody says otherwise."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data else Path.home() / ".local" / "share"
    return base / "frugal" / "prices"


def opened(asked: str | None) -> PriceList:
    """Return the price list that is asked for, from the store where one is.

    Nothing is made: a machine that never imported a list has no store, and uses the carried one.
    """
    from frugal.price_list.store import open_snapshot

    try:
        folder = default_store()
    except RuntimeError:  # no home
        return open_snapshot(None, asked)
    return open_snapshot(folder if folder.is_dir() else None, asked)


def _store(folder: Path | None) -> Store:
    from frugal.price_list.store import Store

    try:
        return Store(folder or default_store())
    except RuntimeError as trouble:  # Path.home() without a home
        raise BadRequest(
            "there is no home folder to keep prices in", where="--store", hint="Name a folder"
        ) from trouble


def _open(store: Store, asked: str | None) -> PriceList:
    from frugal.price_list.lookup import PriceList

    return PriceList(store.find(asked))


@contextmanager
def _progress() -> Iterator[ShowFile]:
    """Yield a bar per file on stderr, or nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda name, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def shown(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=done, total=total)

        yield shown
