"""The command line: words in, files and a summary out. A thin face; logic here is a bug.

Exit codes: 0 done; 2 bad input; 3 nothing feasible; 4 unpriced; 5 a promise was broken. With
``--json`` one document goes to stdout and everything else to stderr.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter

from frugal.model.errors import BadRequest, FrugalError

if TYPE_CHECKING:
    from frugal.model.design import Design

#: A request longer than this is a document, not a request.
REQUEST_BYTES_MAX = 100_000

#: What a lone "-" is turned into before parsing, which would take it for an option.
STANDARD_INPUT = "\0standard input"


def _version() -> str:
    from importlib.metadata import version

    return version("frugal-architect")


app = App(
    name="frugal",
    help="The cheapest AWS integration that keeps every promise, priced from AWS's list prices.",
    version=_version,
    version_flags=["--version"],
    help_format="plaintext",
    result_action="return_value",
)

# Imported when called: a design needs neither.
app.command(
    "frugal.prices_commands:prices",
    name="prices",
    help="AWS's list prices: import, update, look behind a price, compare two snapshots.",
)
app.command(
    "frugal.price_commands:price",
    name="price",
    help="Price a usage file, a template, or a question in words.",
)
app.command(
    "frugal.rehearse_commands:rehearse",
    name="rehearse",
    help="Rehearse a design: a year of your own payouts under every fault.",
)


@app.command
def design(
    request: str | None = None,
    /,
    *,
    stack: Annotated[list[Path] | None, Parameter(negative=(), consume_multiple=False)] = None,
    brief: Path | None = None,
    region: str | None = None,
    out: Path = Path("out"),
    prices: str | None = None,
    no_trials: Annotated[bool, Parameter(negative=())] = False,
    seed: int = 1,
    force: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Answer a request with a priced, chosen and written design.

    Examples:
        frugal design "100-200 payouts a day from Fiserv; Lightsail, Docker, Postgres, Lambda"
        frugal design request.txt --stack docker-compose.yml --region eu-central-1
        frugal design --brief out/brief.yaml

    Parameters
    ----------
    request
        What you need, in your words; a file that holds them; or - for standard input. Without it,
        the environment variables REQUEST or REQUEST_FILE are read.
    stack
        A docker-compose.yml or stack.yaml of what you have. May be repeated.
    brief
        A corrected brief.yaml in place of a request.
    region
        AWS Region id, if the request names none.
    out
        Folder for brief.yaml, design.md, design.json and their manifest.
    prices
        Price list to use: an id, the beginning of one, or a file (see frugal prices). Without it,
        the current one: the last that was imported, or the one the package carries.
    no_trials
        Judge by the hard checks alone, in a fraction of the time. Otherwise candidates run the
        payout code in a simulated AWS under faults, and one that survives is chosen.
    seed
        Of the trials' chance. The same seed gives the same trials.
    force
        Overwrite results that were edited by hand.
    json
        Print design.json to standard output instead of the summary.
    """
    from frugal import pipeline
    from frugal.prices_commands import opened
    from frugal.render.out_folder import write_out
    from frugal.render.terminal import trying_line

    paths = tuple(stack or ())
    listed = opened(prices)
    if brief is not None and (request is not None or region is not None):
        raise BadRequest(
            "a request and --brief were both given"
            if request
            else "--region and --brief were both given",
            where="frugal design",
            hint="Edit the values in the brief, or leave --brief away.",
        )
    with trying_line() as progress:
        trials = None if no_trials else seed
        if brief is not None:
            answered = pipeline.answer_brief(
                brief, stack_paths=paths, prices=listed, seed=trials, progress=progress
            )
        else:
            answered = pipeline.answer(
                _words(request),
                stack_paths=paths,
                region=region,
                prices=listed,
                seed=trials,
                progress=progress,
            )
    files = pipeline.files_of(answered)
    write_out(out, files, force=force)
    if json:
        sys.stdout.write(files["design.json"].decode())
    else:
        _summarise(answered, out)
    return 0


@app.command
def read(
    request: str | None = None,
    /,
    *,
    region: str | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """List what is understood of a request, with the words it came from, and what is not.

    Examples:
        frugal read "about 3,500 payouts an hour in business hours through Stripe"

    Parameters
    ----------
    request
        The words, a file that holds them, or - for standard input.
    region
        AWS Region id, if the request names none.
    json
        Print one JSON document.
    """
    from frugal.read import read as understand
    from frugal.render.reading import reading_json, reading_text

    reading = understand(_words(request), region=region)
    sys.stdout.write(reading_json(reading) if json else reading_text(reading))
    return 0


def _words(request: str | None) -> str:
    """Return the request's text, from an argument, a file, standard input or the environment."""
    if request is None:
        if os.environ.get("REQUEST"):
            return os.environ["REQUEST"]
        if os.environ.get("REQUEST_FILE"):
            return _file(Path(os.environ["REQUEST_FILE"]))
        raise BadRequest(
            "no request was given",
            where="frugal",
            hint='Say what you need in quotes, for example: frugal design "200 payouts a day '
            'through Fiserv".',
        )
    if request == STANDARD_INPUT:
        return _decoded(sys.stdin.buffer.read(REQUEST_BYTES_MAX + 1), "standard input")
    path = Path(request) if len(request) < 1000 and "\0" not in request else None
    if path is not None and path.exists():
        return _file(path)
    if path is not None and " " not in request and ("/" in request or path.suffix in _SUFFIXES):
        raise BadRequest(
            "looks like a file, and there is none",
            where=request,
            hint="Check the path, or write the request in words.",
        )
    return request


_SUFFIXES = {".txt", ".md", ".yaml", ".yml", ".json"}


def _file(path: Path) -> str:
    if path.suffix in {".yaml", ".yml"}:
        raise BadRequest(
            "is not a request in words",
            where=str(path),
            hint="Give a brief with --brief and a stack with --stack.",
        )
    try:
        with path.open("rb") as file:
            return _decoded(file.read(REQUEST_BYTES_MAX + 1), str(path))
    except OSError as trouble:
        raise BadRequest(
            f"cannot be read ({trouble.strerror})", where=str(path), hint="Check the path."
        ) from trouble


def _decoded(data: bytes, where: str) -> str:
    if len(data) > REQUEST_BYTES_MAX:
        raise BadRequest(
            f"longer than {REQUEST_BYTES_MAX:,} bytes",
            where=where,
            hint="A request is a few sentences; give files of your stack with --stack.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        raise BadRequest(
            f"not text: byte {trouble.start} is not UTF-8", where=where, hint="Save it as UTF-8."
        ) from trouble


def _summarise(answered: Design, out: Path) -> None:
    from frugal.render.terminal import print_summary

    print_summary(answered, out)


def main() -> None:
    """Run the command line; errors are one line on stderr and an exit code."""
    # One answer and the process ends: collecting cycles on the way costs a tenth of the time and
    # saves a few MiB.
    gc.disable()
    tokens = [STANDARD_INPUT if token == "-" else token for token in sys.argv[1:]]
    try:
        code = app(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as trouble:
        sys.stderr.write(f"frugal: {trouble}\n")
        code = 2
    except FrugalError as trouble:
        sys.stderr.write(f"frugal: {trouble}\n")
        code = trouble.exit_code
    except BrokenPipeError:
        # the reader of our output has gone away; that is no trouble of theirs or ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        sys.stderr.write("frugal: stopped\n")
        code = 130
    raise SystemExit(code)


if __name__ == "__main__":
    main()
