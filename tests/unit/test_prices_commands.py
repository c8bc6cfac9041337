"""`frugal prices`: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from frugal.model.errors import BadRequest
from frugal.prices_commands import default_store, prices
from frugal.read import read, write_brief

DOCS = Path(__file__).parents[2] / "docs"
SAMPLES = Path(__file__).parents[1] / "samples" / "prices"
LAMBDA = str(SAMPLES / "AWSLambda-us-east-1.json")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command with a store of its own."""

    def run(*arguments: str) -> Ran:
        code = prices([*arguments, "--store", str(tmp_path / "store")], exit_on_error=False)
        printed = capsys.readouterr()
        return Ran(int(code), printed.out, printed.err)

    return run


def test_import_says_what_became_of_the_files(command: Command) -> None:
    """Counts, reasons for what was left out, and the id."""
    ran = command("import", str(SAMPLES))
    assert ran.code == 0
    assert "read 5 file(s): 11 products with a price" in ran.out
    assert "kept apart, in another currency: 1" in ran.out
    assert "left out, 1: its Region is not said" in ran.out
    assert "only a part of AWSLambda us-east-1 is in the files" in ran.out
    assert ran.err == ""  # no bar where nobody looks


def test_import_makes_the_outcome_current_unless_it_is_only_kept(command: Command) -> None:
    """``--keep`` stores it for a later ``--prices ID``."""
    kept = json.loads(command("import", LAMBDA, "--keep", "--json").out)["imported"]["id"]
    before = json.loads(command("status", "--json").out)
    assert before["id"] != kept
    assert [one["id"] for one in before["stored"]] == [kept]
    command("pin", kept[:8])
    assert json.loads(command("status", "--json").out)["id"] == kept


def test_status_lists_dates_and_says_the_age_on_stderr(command: Command) -> None:
    """One line per offer and set of Regions; the age is no part of the document."""
    ran = command("status", "--offer", "AWSLambda", "--region", "us-east-1")
    assert "AWSLambda" in ran.out
    assert "2025-10-30" in ran.out
    assert "days ago" in ran.err
    assert "days ago" not in ran.out


@pytest.mark.parametrize(("days", "code"), [("0", 6), ("100000", 0)])
def test_max_age_fails_with_six(command: Command, days: str, code: int) -> None:
    """Prices older than asked for: exit code 6 and what to do."""
    ran = command("status", "--max-age", days)
    assert ran.code == code
    assert ("frugal prices update" in ran.err) == bool(code)


def test_show_prints_bands_dates_and_source(command: Command) -> None:
    """The rows behind a price, to the last digit."""
    command("import", LAMBDA)
    ran = command("show", "sample-gb-second-arm")
    assert "SAMPLEARMSECOND1" in ran.out
    assert "0 to 7,500,000,000: USD 0.000012 per Lambda-GB-Second" in ran.out
    assert "from 7,500,000,000: USD 0.000011 per Lambda-GB-Second" in ran.out
    assert "effective 2026-11-15; AWSLambda 20261115000000 us-east-1" in ran.out


def test_show_keeps_money_exact_in_json(command: Command) -> None:
    """Decimal strings, never floats; one document with a schema version."""
    document = json.loads(command("show", "GU2ZS9HVP6QTQ7KE", "--json").out)
    assert document["schema"] == 1
    assert document["found"][0]["bands"][0]["price"] == "0.0000002"


def test_show_of_much_is_cut_with_a_word_about_it(command: Command) -> None:
    """What is not shown is counted on stderr."""
    ran = command("show", "amazon")
    assert "more; name a Region" in ran.err


def test_diff_tells_prices_and_the_choice(command: Command) -> None:
    """Rates before and after, and the counts."""
    command("import", LAMBDA)
    ran = command("diff", "carried", "current")
    assert "~ AWSLambda  us-east-1  GU2ZS9HVP6QTQ7KE  Request: 0.0000002 -> 0.00000025" in ran.out
    assert "2 added, 0 removed, 1 changed" in ran.out
    assert command("diff", "current", "current").out == "no price differs\n"


def test_diff_decides_a_stored_design_again(command: Command, tmp_path: Path) -> None:
    """With ``--design`` the choice is made with both lists; here it stays, and says so."""
    reading = read("200 payouts a day through Fiserv; Lightsail, Docker, Postgres")
    out = tmp_path / "out"
    out.mkdir()
    (out / "brief.yaml").write_text(write_brief(reading.brief, reading.stack))
    command("import", LAMBDA)
    document = json.loads(command("diff", "carried", "current", "--design", str(out), "--json").out)
    (decided,) = document["designs"]
    assert decided["outcome"] == "the choice stays"
    assert float(decided["before_monthly"]) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "nowhere.json"),
        ("show", "nosuchword"),
        ("status", "--offer", "NoSuchOffer"),
        ("status", "--prices", "123456"),
        ("diff", "carried", "nowhere"),
        ("pin", "123456"),
        ("update", "--endpoint", "file:///etc"),
    ],
)
def test_bad_input_is_one_error_with_code_two(command: Command, arguments: tuple[str, ...]) -> None:
    """Each wrong word ends in an error that says what and where."""
    with pytest.raises(BadRequest) as error:
        command(*arguments)
    assert error.value.exit_code == 2
    assert error.value.where


@pytest.mark.parametrize("page", ["howto/update-prices.md", "reference/price-list.md"])
def test_the_pages_name_commands_and_options_that_exist(page: str) -> None:
    """Every command and option of the pages is one, and the reference leaves none out."""
    text = (DOCS / page).read_text()
    commands = {name for name in prices if not name.startswith("-")}
    assert set(re.findall(r"frugal prices (\w+)", text)) <= commands
    known = {
        name
        for command in commands
        for argument in prices[command].assemble_argument_collection()
        for name in argument.names
        if name.startswith("--")
    }
    said = set(re.findall(r"--[a-z][a-z-]+", text))
    assert said <= known
    if page.startswith("reference"):
        assert commands <= set(re.findall(r"frugal prices (\w+)", text))
        assert known <= said


def test_the_store_follows_the_desktops_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """``XDG_DATA_HOME``, or else ``~/.local/share``."""
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_store() == Path("/data/frugal/prices")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_store() == Path("/home/someone/.local/share/frugal/prices")
