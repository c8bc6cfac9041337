"""What every file of the tree keeps: size, endings, words; and the pages that must exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX = 450  #: the aim is about 400; past this there is a seam somewhere
WIDTH_MAX = 100

FOLDERS = (".ci", "bench", "docs", "examples", "requirements", "src", "tests", "tools")
PAGES = (
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "docs/glossary.md",
    "docs/decisions",
)

#: What must not stand in any file, with the reason. Each is written so that it misses itself.
BANNED_WORDS = {
    r"(^|[^A-Za-z0-9_.])/(work|root|farm)/": "a path of somebody's machine",
    r"(?i)\bfile:///(opt|home|srv|mnt)": "an address of somebody's machine",
    r"\.\./shared\b": "a path outside the repository; carry the facts over",
    r"(?i)\bpypi[.]org\b|pythonhosted[.]|[-]-(extra-)?index-url|[-]-find-links": (
        "a registry's address; locks hold versions and hashes only"
    ),
    r"(?m)^(<{7}|>{7}) ": "a merge that was left unfinished",
}


def files() -> list[Path]:
    """Every file a person wrote or a tool committed, in a fixed order."""
    here = sorted(path for path in ROOT.iterdir() if path.is_file())
    below = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return here + [path for path in below if path.is_file() and "__pycache__" not in path.parts]


def text_of(path: Path) -> str | None:
    """Return a file's text, or None where it holds no text."""
    data = path.read_bytes()
    return None if b"\0" in data[:8192] else data.decode("utf-8")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*places: str) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and name(path).startswith(places)]


@pytest.mark.parametrize("page", PAGES)
def test_pages_exist(page: str) -> None:
    """A newcomer finds the tour, the words, the decisions, the licence and what changed."""
    path = ROOT / page
    assert path.exists(), f"{page} is missing"
    assert path.is_dir() or path.read_text(encoding="utf-8").strip(), f"{page} is empty"


def test_modules_open_with_what_they_are() -> None:
    """Every module opens with a docstring: what it is, and why it is so."""
    bare = [
        name(path)
        for path in python_files("src", "tests", "tools", "bench")
        if path.stat().st_size
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not bare, "no module docstring:\n" + "\n".join(bare)


def test_packages_say_what_they_hold() -> None:
    """A folder of the package opens with a sentence, so that a reader knows what goes in it."""
    bare = [
        name(path)
        for path in python_files("src")
        if path.name == "__init__.py" and not path.stat().st_size
    ]
    assert not bare, "an empty __init__.py; say what the folder is for:\n" + "\n".join(bare)


def test_files_are_short() -> None:
    """No Python file is longer than a person reads at a sitting."""
    long = {
        name(path): lines
        for path in python_files("src", "tests", "tools", "bench")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    }
    assert not long, f"over {LINES_MAX} lines, find the seam: {long}"


def test_test_files_have_unique_names() -> None:
    """Two test files of one name cannot be told apart in a report."""
    seen: dict[str, str] = {}
    for path in python_files("tests"):
        if path.name != "conftest.py":
            assert path.name not in seen, f"{name(path)} and {seen[path.name]}"
            seen[path.name] = name(path)


def test_text_files_end_in_a_newline() -> None:
    """Each text file ends in one newline and has no carriage returns."""
    wrong = [
        name(path)
        for path in files()
        if (text := text_of(path)) and (not text.endswith("\n") or "\r" in text)
    ]
    assert not wrong, "no newline at the end, or carriage returns:\n" + "\n".join(wrong)


def test_banned_words() -> None:
    """Nothing names a machine, a registry or a place outside the repository."""
    found = [
        f"{name(path)}: {match.group()!r}: {why}"
        for path in files()
        if (text := text_of(path))
        for pattern, why in BANNED_WORDS.items()
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("open('/" + "work/main/x')", True),
        ("framework/work/x", False),
        ("see ../" + "shared/prices", True),
        ("https://pypi" + ".org/simple", True),
        ("a pip install from PyPI", False),
    ],
)
def test_banned_words_are_caught(text: str, caught: bool) -> None:
    """The rule above catches a machine's path and leaves ordinary words alone."""
    assert any(re.search(pattern, text) for pattern in BANNED_WORDS) is caught


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda p: p.name
)
def test_locks_hold_hashes_and_no_addresses(lock: Path) -> None:
    """Every package is pinned with its hashes, and no line says where it is downloaded from."""
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    packages = [line for line in text.splitlines() if line and line[0] not in " #-"]
    assert packages
    assert all(re.match(r"[a-z0-9._-]+==\S+ ", line) for line in packages), packages
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text))


def test_uv_lock_is_never_committed() -> None:
    """uv's own lock records download addresses; ours do not, so its file stays ignored."""
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_core_lock_is_inside_the_dev_lock() -> None:
    """What is tested is what is shipped: both locks pin the same versions."""
    pins = {
        lock: set(re.findall(r"^([a-z0-9._-]+==[^\s;]+)", _lock(lock), re.MULTILINE))
        for lock in ("core", "dev")
    }
    assert pins["core"] <= pins["dev"], pins["core"] - pins["dev"]


def _lock(which: str) -> str:
    return (ROOT / "requirements" / f"{which}.lock").read_text(encoding="utf-8")
