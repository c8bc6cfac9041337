"""Same input, same bytes: whoever asks, wherever, under whatever hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUEST = ROOT / "examples" / "first-request.txt"

Files = dict[str, bytes]

#: Two people: another hash order, clock zone, language, home, folder and optimisation level.
ONE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "USER": "one"}
OTHER = {
    "PYTHONHASHSEED": "4242",
    "TZ": "Asia/Kathmandu",
    "LANG": "de_DE.UTF-8",
    "LC_ALL": "",
    "USER": "other",
    "COLUMNS": "40",
    "PYTHONOPTIMIZE": "1",
}


def frugal(here: Path, person: dict[str, str], *arguments: str) -> tuple[str, Files]:
    """Run the command in ``here`` and return what it printed and every file it wrote."""
    here.mkdir(exist_ok=True)
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    run = subprocess.run(
        [sys.executable, "-m", "frugal.cli", "design", *arguments, "--json"],
        cwd=here,
        env={**kept, **person, "HOME": str(here)},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    out = here / "out"
    written = sorted(path for path in out.rglob("*") if path.is_file())
    return run.stdout.decode(), {str(p.relative_to(out)): p.read_bytes() for p in written}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Files]:
    return frugal(tmp_path_factory.mktemp("a") / "one", ONE, str(REQUEST))


def test_two_people_get_the_same_bytes(first: tuple[str, Files], tmp_path: Path) -> None:
    """Every file of out/ and the printed document are equal, byte for byte, trials and all."""
    printed, files = frugal(tmp_path / "elsewhere", OTHER, str(REQUEST))
    assert {"brief.yaml", "design.json", "design.md", "manifest.json"} <= set(files)
    assert files.keys() == first[1].keys()
    for name in sorted(files):
        assert files[name] == first[1][name], f"{name} differs"
    assert printed == first[0]


@pytest.fixture(scope="module")
def untried(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Files]:
    return frugal(tmp_path_factory.mktemp("b") / "one", ONE, str(REQUEST), "--no-trials")


def test_words_and_a_file_of_words_are_the_same_request(
    untried: tuple[str, Files], tmp_path: Path
) -> None:
    """A path is a way to say the words, not a part of the answer."""
    words = REQUEST.read_text(encoding="utf-8").strip()
    assert frugal(tmp_path / "words", ONE, words, "--no-trials") == untried


def test_an_unedited_brief_gives_the_same_bytes(untried: tuple[str, Files], tmp_path: Path) -> None:
    """The Brief holds all that the answer depends on; read back, nothing changes."""
    brief = tmp_path / "brief.yaml"
    brief.write_bytes(untried[1]["brief.yaml"])
    again = frugal(tmp_path / "again", OTHER, "--brief", str(brief), "--no-trials")
    assert again[1] == untried[1]


def test_nothing_of_the_machine_is_written(first: tuple[str, Files]) -> None:
    """No path of the run and no name of the person stands in any output."""
    for name, content in first[1].items():
        text = content.decode()
        for trace in (str(ROOT), sys.prefix, "/one/out", str(Path(sys.executable).parent)):
            assert trace not in text, f"{name} holds {trace}"
