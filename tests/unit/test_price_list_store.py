"""Snapshots by the id of their content; which is current; what is asked for by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest
from frugal.price_list.container import Container, Damaged
from frugal.price_list.intake import import_path
from frugal.price_list.lookup import SNAPSHOT
from frugal.price_list.store import Store, open_snapshot

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"


def put(store: Store, name: str, *, use: bool = True) -> str:
    id_, _ = store.add(lambda target: import_path(SAMPLES / name, target), use=use)
    return id_


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "prices")


def test_an_empty_store_has_the_carried_list(store: Store) -> None:
    """Nothing is written by looking."""
    assert store.current() == SNAPSHOT
    assert store.snapshots() == ()
    assert not store.folder.exists()


def test_a_snapshot_is_named_by_its_content(store: Store) -> None:
    """Its file's name is the id inside, and the same content is stored once."""
    first, second = put(store, "AWSLambda-us-east-1.json"), put(store, "AWSLambda-us-east-1.json")
    assert first == second == Container(store.path(first)).id
    assert [(one.id, one.current) for one in store.snapshots()] == [(first, True)]


def test_the_newest_is_current_unless_it_is_only_kept(store: Store) -> None:
    """``use=False`` stores and leaves the current one."""
    first = put(store, "AWSLambda-us-east-1.json")
    second = put(store, "AWSQueueService-global.json", use=False)
    assert store.current() == store.path(first)
    store.pin(second[:8])
    assert store.current() == store.path(second)
    store.pin("carried")
    assert store.current() == SNAPSHOT


def test_a_snapshot_is_found_by_word_prefix_id_or_path(store: Store, tmp_path: Path) -> None:
    """Every way a person may name one."""
    id_ = put(store, "AWSLambda-us-east-1.json")
    copy = shutil.copy(SNAPSHOT, tmp_path / "copy.bin")
    for asked, found in (
        (None, store.path(id_)),
        ("current", store.path(id_)),
        ("carried", SNAPSHOT),
        (id_, store.path(id_)),
        (id_[:6], store.path(id_)),
        (str(copy), copy),
    ):
        assert store.find(asked) == found
    assert open_snapshot(store.folder, id_[:10]).id == id_
    assert open_snapshot(None).id == Container(SNAPSHOT).id


@pytest.mark.parametrize("asked", ["abcdef", "nowhere.bin", "*", "../current", "0" * 64])
def test_what_is_not_there_is_an_error(store: Store, asked: str) -> None:
    """No snapshot is taken for another, and no pattern for a name."""
    put(store, "AWSLambda-us-east-1.json")
    with pytest.raises(BadRequest):
        store.find(asked)


def test_a_pointer_to_nothing_is_an_error_that_says_what_to_do(store: Store) -> None:
    """A damaged ``current`` does not quietly become the carried list."""
    put(store, "AWSLambda-us-east-1.json")
    (store.folder / "current").write_text("nonsense")
    with pytest.raises(BadRequest, match="carried"):
        store.current()


def test_what_fails_leaves_nothing(store: Store) -> None:
    """A writer that raises: no file, no temporary folder, the same current."""
    id_ = put(store, "AWSLambda-us-east-1.json")
    with pytest.raises(BadRequest):
        store.add(lambda target: import_path(SAMPLES / "none.json", target))
    assert sorted(path.name for path in store.folder.iterdir()) == sorted(["current", f"{id_}.bin"])


@pytest.mark.parametrize("keep", [0, 5, 11, 30, 200, 2_000])
def test_a_cut_snapshot_is_damaged_not_a_crash(tmp_path: Path, keep: int) -> None:
    """However short the file: one error."""
    path = tmp_path / "prices.bin"
    path.write_bytes(SNAPSHOT.read_bytes()[:keep])
    with pytest.raises(Damaged):
        Container(path).read("sources")
