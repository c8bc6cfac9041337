"""``frugal rehearse``: exit codes, what is written, and one clear line where something is wrong."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from frugal import cli

REQUEST = "12 payouts a day through Fiserv; Lightsail, Docker, Postgres, Lambda"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Frugal = Callable[..., Ran]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A design.json."""
    from frugal import pipeline

    return pipeline.files_of(pipeline.answer(REQUEST))["design.json"]


@pytest.fixture
def frugal(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    written: bytes,
) -> Frugal:
    """Run the command in a folder with a design in ``out``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "design.json").write_bytes(written)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["frugal", "rehearse", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        gc.enable()
        printed = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), printed.out, printed.err)

    return run


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def test_a_rehearsal_is_printed_and_written(frugal: Frugal, tmp_path: Path) -> None:
    """Text for a reader, a file for a program, in the design's own folder, and exit code 0."""
    ran = frugal("--days", "10")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("# Rehearsal of 10 days: ")
    assert "Every promise was kept" in ran.out
    for heading in ("Day by day", "Faults", "Promises", "Cost", "Alarms"):
        assert f"\n## {heading}\n" in ran.out
    assert ran.err == "", "nobody looks: no progress is shown"
    document = json.loads((tmp_path / "out" / "rehearse.json").read_bytes())
    totals = document["totals"]
    assert document["schema"] == 1
    assert totals["asked"] == sum(
        totals[name] for name in ("settled", "declined", "returned", "held", "pending", "lost")
    )
    assert isinstance(document["list_cost"], str), "money is a string of decimals"
    assert set(json.loads((tmp_path / "out" / "manifest.json").read_bytes())["files"]) == {
        "rehearse.json"
    }


def test_json_is_one_document_and_the_same_again(frugal: Frugal, tmp_path: Path) -> None:
    """With --json stdout is the file, and the command that it names repeats it byte for byte."""
    words = ("out/design.json", "--days", "5", "--fault", "database_down", "--seed", "7")
    ran = frugal(*words, "--json", "--out", "elsewhere")
    assert ran.code == 0
    assert (tmp_path / "elsewhere" / "rehearse.json").read_text() == ran.out
    document = json.loads(ran.out)
    assert [one["fault"] for one in document["happened"]] == ["database_down"]
    assert document["replay"] == (
        "frugal rehearse out/design.json --days 5 --seed 7 --fault database_down"
    )
    again = frugal(*document["replay"].split()[2:], "--json")
    assert again.out == ran.out


def test_calm_is_no_fault_at_all(frugal: Frugal) -> None:
    """``--fault calm`` leaves every fault out."""
    ran = frugal("--days", "3", "--fault", "calm", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["happened"] == []


def test_a_broken_promise_is_exit_code_5(frugal: Frugal, tmp_path: Path) -> None:
    """What was promised is more than the design does: said, with the command that repeats it."""

    def promise(document: dict[str, Any]) -> None:
        document["brief"]["promises"]["paid_within_hours"]["value"] = "0.02"

    edited(tmp_path / "out" / "design.json", promise)
    ran = frugal("--days", "3", "--fault", "database_down")
    assert ran.code == 5
    assert "**Broken: paid-within" in ran.out
    assert "frugal rehearse out --days 3 --seed 1 --fault database_down" in ran.err


def fetches(document: dict[str, Any]) -> None:
    document["brief"]["direction"]["value"] = "receive"


def only_priced(document: dict[str, Any]) -> None:
    document["decision"]["chosen"]["candidate"]["pattern"] = "ecs_service"


@pytest.mark.parametrize(
    ("change", "says"),
    [(fetches, "cannot be rehearsed yet"), (only_priced, "only priced and compared")],
)
def test_what_cannot_be_rehearsed_is_said(
    change: Callable[[dict[str, Any]], None], says: str, frugal: Frugal, tmp_path: Path
) -> None:
    """A design that fetches, or that no code of ours runs on, is one clear line."""
    edited(tmp_path / "out" / "design.json", change)
    ran = frugal("--days", "3")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--fault", "moon"), "there is no fault 'moon'. One of answers_lost"),
        (("--days", "0"), "--days: 0 is not between 1 and 3650"),
        (("--days", "3651"), "--days: 3651 is not between 1 and 3650"),
        (("--days", "many"), "days"),
        (("--seed", "-1"), "--seed: -1 is not between"),
        (("--payouts-most", "0"), "--payouts-most: 0 is not between"),
        (("nowhere.json",), "nowhere.json: cannot be read"),
        ((".",), "design.json: cannot be read"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], says: str, frugal: Frugal) -> None:
    """Exit code 2, nothing on stdout, and what to do."""
    ran = frugal(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_an_edited_result_is_not_overwritten(frugal: Frugal, tmp_path: Path) -> None:
    """As with every result: only with --force."""
    words = ("--days", "2", "--fault", "calm")
    assert frugal(*words).code == 0
    file = tmp_path / "out" / "rehearse.json"
    file.write_text("mine")
    assert frugal(*words).code == 2
    assert file.read_text() == "mine"
    assert frugal(*words, "--force").code == 0
    assert file.read_text() != "mine"
