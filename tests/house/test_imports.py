"""The import contracts hold, and would notice if they did not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = (
    "from importlinter.cli import lint_imports; "
    "raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
)


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    # `-I` keeps the installed package out of the way: only the tree given is on the path.
    path = f"import sys; sys.path.insert(0, {str(tree / 'src')!r}); "
    return subprocess.run(
        [sys.executable, "-I", "-c", path + LINT], cwd=tree, capture_output=True, text=True
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the modules and the contracts, to plant faults in."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for file in sorted((ROOT / "src").rglob("*.py")):
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return tmp_path


def test_contracts_hold() -> None:
    """Stages import downward, catalogs import no stage, payouts stands alone."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("frugal/model/planted.py", "import frugal.read", "The line"),
        ("frugal/services/planted.py", "import frugal.price", "The line"),
        ("frugal/price/planted.py", "import frugal.design", "The line"),
        ("frugal/choose/planted.py", "import frugal.services.sqs", "A stage asks"),
        ("frugal/services/planted.py", "import frugal.price_list", "A catalog file"),
        ("frugal/services/planted.py", "import payouts.partners", "The model and the catalogs"),
        ("payouts/planted.py", "import frugal.model", "payouts is deployed alone"),
        ("payouts/planted.py", "import msgspec", "payouts is deployed alone"),
        ("frugal/read/planted.py", "import rich", "What only a face needs"),
        ("frugal/cli.py", "import frugal.choose", "The command line calls"),
        ("frugal/surprise.py", "", "not listed as layers"),
    ],
)
def test_contracts_notice(tree: Path, module: str, line: str, broken: str) -> None:
    """One import in the wrong direction, or one folder without a place, fails by name."""
    (tree / "src" / module).write_text(line + "\n")
    result = lint(tree)
    printed = " ".join(result.stdout.split())
    assert result.returncode == 1, printed + result.stderr
    assert broken in printed.partition("Broken contracts")[2], printed
