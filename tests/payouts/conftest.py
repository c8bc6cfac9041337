"""A real Postgres for the tests of the runtime, started on first use, one per test process.

``FRUGAL_PG_URL`` names another server (PostgreSQL 14 or newer, a user that may create databases and
roles and log in as any role); tests that restart the server or dump it are skipped there.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


def tool(name: str) -> ModuleType:
    """Load a module of ``tools/``; another import of the same name gets the same module."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def databases() -> Iterator[Any]:
    """Where ``fresh()`` makes a database with an empty ledger and returns its address."""
    url = os.environ.get("FRUGAL_PG_URL")
    postgres = tool("embedded_postgres_server")
    made = postgres.Databases(url) if url else postgres.Server()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def dsn(databases: Any) -> Iterator[str]:
    """The address of a ledger of the test's own, as its owner."""
    address = databases.fresh()
    yield address
    databases.drop(address)


@pytest.fixture
def postgres_server() -> Iterator[Any]:
    """A server of the test's own, to be crashed and restarted."""
    with tool("embedded_postgres_server").Server() as server:
        yield server
