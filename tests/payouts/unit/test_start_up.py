"""What starting costs: nothing is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"psycopg", "urllib3", "ssl", "psycopg_pool", "boto3", "botocore", "frugal"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("payouts.io.cli", HEAVY | {"aws_lambda_powertools", "payouts.partners", "json"}),
        ("payouts.io.handler", HEAVY),
        ("payouts.io.sidecar", HEAVY - {"ssl"} | {"aws_lambda_powertools"}),
    ],
)
def test_a_face_loads_only_what_it_shows(module: str, unwanted: set[str]) -> None:
    """Importing a face opens no database driver, no TLS and no SDK."""
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not unwanted & set(done.stdout.split())
