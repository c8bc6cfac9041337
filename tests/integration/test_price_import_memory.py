"""A large offer file passes through little memory; the benchmark's own writer and measure."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from frugal.price_list.lookup import PriceList

ROOT = Path(__file__).parents[2]
MEGABYTES = 60  #: `python bench/import_bench.py` does the same with 480
PEAK_MIB_MAX = 100


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("import_bench", ROOT / "bench/import_bench.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("kind", "kept"), [("json", 40), ("csv", 20)])
def test_a_large_file_is_imported_in_little_memory(
    bench: ModuleType, tmp_path: Path, kind: str, kept: int
) -> None:
    """A file of 60 MB: the whole process stays under 100 MiB, and no product is missing."""
    path, target = tmp_path / f"offer.{kind}", tmp_path / "prices.bin"
    products = bench.write_offer(path, MEGABYTES, kind, kept)
    assert path.stat().st_size > 0.9 * MEGABYTES * bench.MIB
    _, peak = bench.measure(path, target)
    assert peak < PEAK_MIB_MAX
    listed = PriceList(target).products("AmazonEC2", "us-east-1")
    new = {one.sku: one for one in listed if one.effective_date == bench.DATE}
    assert set(new) == {bench.sku(number) for number in range(products)}
    assert all(one.bands[0].price > 0 and not one.unusable for one in new.values())
