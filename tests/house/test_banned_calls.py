"""Calls that would make an answer depend on the clock, on chance, or on a rounding nobody chose.

Each rule has its remedy, which is what a failure prints, and an example that it must catch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CORE = "src/frugal"
RUNTIME = "src/payouts"
WORLD = "src/payouts/io"  #: the only code of the runtime that touches the world
CLI = "src/frugal/cli.py"
#: The face of the price list: it alone knows today's date, the data folder and how to wait.
PRICES = "src/frugal/prices_commands.py"
#: The one part that fetches: AWS's price list, when a person runs `frugal prices update`.
FETCH = "src/frugal/price_list/fetch.py"
#: It proposes candidates in floating point, with bounds; the exact engine decides (decision 4).
FAST = "src/frugal/price/fast.py"
RENDER = "src/frugal/render"

#: Seconds and chances, no money: a float is what a clock gives.
SECONDS = (f"{RUNTIME}/limits.py", f"{RUNTIME}/simulation", f"{RUNTIME}/sandbox")

#: Where amounts of money and use are made.
AMOUNTS = (
    RUNTIME,
    f"{CORE}/model",
    f"{CORE}/price_list",
    f"{CORE}/services",
    f"{CORE}/patterns",
    f"{CORE}/price",
    f"{CORE}/choose",
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``names``: dotted names as imported; ``prefix.*`` bans all that is below."""

    names: tuple[str, ...]
    within: tuple[str, ...]
    remedy: str
    example: str
    except_in: tuple[str, ...] = ()

    def covers(self, file: str) -> bool:
        return any(_below(file, place) for place in self.within) and not any(
            _below(file, place) for place in self.except_in
        )

    def bans(self, name: str) -> bool:
        return any(
            name.startswith(banned[:-1]) if banned.endswith(".*") else name == banned
            for banned in self.names
        )


RULES = {
    "clock": Rule(
        names=(
            "time.time",
            "time.time_ns",
            "time.localtime",
            "time.gmtime",
            "time.sleep",
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
        ),
        within=("src", "tests"),
        except_in=(PRICES, WORLD),
        remedy="take the time as an argument; only payouts/io reads a clock",
        example="from datetime import datetime as when\nwhen.now()",
    ),
    "chance": Rule(
        names=("random.*", "secrets.*", "uuid.uuid1", "uuid.uuid4", "os.urandom"),
        within=("src", "tests"),
        except_in=(PRICES, WORLD, "tests/conftest.py"),
        remedy="take a random.Random(seed) as an argument (tests: the `seed` fixture)",
        example="import random\nrandom.choice([1, 2])",
    ),
    "environment": Rule(
        names=("os.environ", "os.getenv", "os.environb"),
        within=("src",),
        except_in=(CLI, PRICES, WORLD),
        remedy="take it as an argument; the command line alone reads the environment",
        example="from os import environ\nenviron['HOME']",
    ),
    "place and person": Rule(
        names=("os.getcwd", "pathlib.Path.cwd", "pathlib.Path.home", "getpass.*", "platform.*"),
        within=("src",),
        except_in=(CLI, PRICES, WORLD),
        remedy="no output may depend on whose machine it is; take a path as an argument",
        example="from pathlib import Path\nPath.cwd()",
    ),
    "float": Rule(
        names=("float",),
        within=AMOUNTS,
        except_in=(FAST, WORLD, *SECONDS),
        remedy="money and billed quantities are decimal.Decimal",
        example="price = float('0.1')",
    ),
    "float arrays": Rule(
        names=("numpy.*",),
        within=AMOUNTS,
        except_in=(FAST,),
        remedy="price/fast.py alone reckons in floats, and only to propose",
        example="import numpy as np\nnp.zeros(3)",
    ),
    "print": Rule(
        names=("print",),
        within=("src",),
        except_in=(CLI, RENDER),
        remedy="return a value; cli.py, render/ and a tool's main() show it",
        example="print('hello')",
    ),
    "network": Rule(
        names=("socket.*", "urllib.request.*", "http.client.*", "subprocess.*"),
        within=("src",),
        except_in=(FETCH, WORLD),
        remedy="frugal answers from what it carries; only fetch.py and payouts/io talk to anyone",
        example="import urllib.request\nurllib.request.urlopen('x')",
    ),
    "mocks": Rule(
        names=("unittest.mock.*", "mock.*"),
        within=("src", "tests"),
        remedy="pass a fake as an argument: a small class that keeps the same promises",
        example="from unittest import mock\nmock.patch('a.b')",
    ),
    "evaluation": Rule(
        names=("eval", "exec", "pickle.*", "yaml.unsafe_load", "yaml.Loader", "yaml.UnsafeLoader"),
        within=("src", "tools"),
        remedy="text is data: decode it into a type (msgspec, yaml.safe_load)",
        example="import yaml\nyaml.load('a: 1', Loader=yaml.Loader)",
    ),
}

#: Chance with a seed of its own is what the rule asks for.
SEEDED = {"random.Random"}


def _below(file: str, place: str) -> bool:
    return file == place or file.startswith(f"{place}/")


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each name of the file stands for, as a dotted name."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    found[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    found[top] = top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) for every name used, seen through its import.

    A built-in counts where it is called: ``float`` in an annotation is no conversion. A function
    named ``main`` is a face, whatever its file, and may print.
    """
    names = imported_names(tree)
    faces = {
        id(inner)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name == "print" and id(node) in faces:
                continue
            unseeded = names.get(name) == "random.Random" and not (node.args or node.keywords)
            yield node.lineno, "random.unseeded" if unseeded else names.get(name, name)
        elif isinstance(node, ast.Name | ast.Attribute):
            dotted = _dotted(node, names)
            if dotted:
                yield node.lineno, dotted
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            bare = not (node.args or node.keywords)
            if bare and _dotted(node.func, names) == "random.Random":
                yield node.lineno, "random.unseeded"


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return the dotted name of an expression that starts at an import, else an empty string."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


@cache
def parsed(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def python_files(*places: str) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for place in places
        for path in sorted((ROOT / place).rglob("*.py"))
    ]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_banned_calls(rule: Rule) -> None:
    """No file uses what a rule bans; the failure says what to do instead."""
    found = [
        f"{file}:{line}: {name}"
        for file in python_files("src", "tests", "tools", "bench")
        if rule.covers(file)
        for line, name in uses(parsed(file))
        if rule.bans(name) and name not in SEEDED
    ]
    assert not found, f"{rule.remedy}:\n" + "\n".join(sorted(set(found)))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_catches_its_example(rule: Rule) -> None:
    """A rule that cannot fail is no rule."""
    assert any(rule.bans(name) for _, name in uses(ast.parse(rule.example)))


def broad_handlers(tree: ast.Module) -> list[int]:
    """Return the lines of handlers that swallow our own bugs together with the world's."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and not any(isinstance(step, ast.Raise) for step in ast.walk(node))
    ]


def unsorted_listings(tree: ast.Module) -> list[int]:
    """Return the lines that list a folder in the order the disk happens to hold it."""
    ordered = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"sorted", "set", "frozenset", "len", "any", "all"}
        for inner in ast.walk(node)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"iterdir", "glob", "rglob", "listdir", "scandir"}
        and id(node) not in ordered
    ]


SHAPES = {
    "broad handlers": (
        broad_handlers,
        ("src", "tests", "tools"),
        "name the exception you expect; a bug of ours must crash with its values",
        "try:\n    x()\nexcept Exception:\n    pass",
    ),
    "unsorted listings": (
        unsorted_listings,
        ("src", "tools"),
        "wrap it in sorted(): the order of a folder differs between disks",
        "from pathlib import Path\nfiles = list(Path('a').iterdir())",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_banned_shapes(shape: str) -> None:
    """No handler hides a bug; no output depends on the order of a folder."""
    find, places, remedy, _ = SHAPES[shape]
    found = [f"{file}:{line}" for file in python_files(*places) for line in find(parsed(file))]
    assert not found, f"{remedy}:\n" + "\n".join(found)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_catches_its_example(shape: str) -> None:
    """A rule that cannot fail is no rule."""
    find, _, _, example = SHAPES[shape]
    assert find(ast.parse(example))
