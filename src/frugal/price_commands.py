"""``frugal price``: what a described month costs. A thin face, mounted by ``frugal.cli``.

Exit codes: 0 priced; 2 bad input; 4 something has no price, under ``--strict``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from frugal.model.errors import BadRequest, Unpriced

if TYPE_CHECKING:
    from frugal.price.bill import Bill

_SUFFIXES = {".yaml", ".yml", ".json", ".tf", ".template", ".txt"}


def price(
    *files_or_words: str,
    region: str | None = None,
    free_tier: Literal["none", "always", "account"] | None = None,
    hours: str | None = None,
    prices: str | None = None,
    usage: Annotated[list[Path] | None, Parameter(negative=(), consume_multiple=False)] = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    csv: Annotated[bool, Parameter(negative=())] = False,
    explain: Annotated[bool, Parameter(negative=())] = False,
    strict: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Price a usage file, a template, or a question in words, from AWS's list prices.

    Examples:
        frugal price usage.yaml --explain
        frugal price template.yaml --usage usage.yaml
        frugal price plan.json
        frugal price "3 million Lambda requests at 1536 MB and 120 ms in us-east-1"

    Parameters
    ----------
    files_or_words
        Usage files (docs/reference/usage.md), templates and Terraform plans or folders
        (docs/reference/templates.md), or words that say what is used.
    region
        AWS Region id, in place of the one the file or the words name.
    free_tier
        none: every allowance off. always: the account's always-free allowances taken off. account:
        the same, less what the file says the account uses already.
    hours
        Hours of the month: 730 (the default), 720, 744.
    prices
        Price list to use: an id, the beginning of one, or a file (see frugal prices). Without it,
        the current one: the last that was imported, or the one the package carries.
    usage
        A usage file, for what templates do not say, priced together with the rest. May be
        repeated.
    json
        Print one JSON document.
    csv
        Print CSV with FOCUS's column names.
    explain
        Write out each line's formula with its numbers.
    strict
        Fail with exit code 4 if anything has no price.
    """
    from frugal.price.bill import price_described
    from frugal.price.sources import described
    from frugal.prices_commands import opened
    from frugal.render.estimate import bill_csv, bill_json, bill_text

    if json and csv:
        raise BadRequest("--json and --csv were both given", where="frugal price", hint="Say one")
    files, words = _sorted(files_or_words)
    month = described(
        (*files, *(usage or ())), words, region=region, free_tier=free_tier, hours=hours
    )
    bill = price_described(month, opened(prices))
    if json:
        sys.stdout.write(bill_json(bill))
    elif csv:
        sys.stdout.write(bill_csv(bill))
        _warn(bill)
    else:
        sys.stdout.write(bill_text(bill, explain=explain))
    if strict and not bill.complete:
        raise Unpriced(
            f"{len(bill.estimate.unpriced) + len(bill.not_understood)} parts have no price",
            where="frugal price --strict",
            hint="Without --strict the total is printed as a lower bound",
        )
    return 0


def _sorted(said: tuple[str, ...]) -> tuple[tuple[Path, ...], str]:
    """Tell files from words: what exists is a file, what only looks like one is a mistake."""
    files: list[Path] = []
    words: list[str] = []
    for one in said:
        path = Path(one) if len(one) < 1000 and "\0" not in one else None
        if one == "-":
            words.append(sys.stdin.buffer.read(100_000).decode("utf-8", "replace"))
        elif path is not None and path.exists():
            files.append(path)
        elif path is not None and " " not in one and (path.suffix in _SUFFIXES or "/" in one):
            raise BadRequest(
                "looks like a file, and there is none",
                where=one,
                hint="Check the path, or say in words what is used",
            )
        else:
            words.append(one)
    return tuple(files), " ".join(words)


def _warn(bill: Bill) -> None:
    """Say beside a CSV what its sum leaves out."""
    missing = len(bill.estimate.unpriced) + len(bill.not_understood)
    if missing:
        sys.stderr.write(f"frugal: {missing} parts have no price; the sum is a lower bound\n")
