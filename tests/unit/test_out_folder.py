"""The folder of results is never half-written, and never over somebody's work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest
from frugal.render.out_folder import MANIFEST, write_out


def test_a_second_run_replaces_what_the_first_wrote(tmp_path: Path) -> None:
    write_out(tmp_path / "out", {"a.md": b"one\n", "b.md": b"same\n"})
    write_out(tmp_path / "out", {"a.md": b"two\n", "b.md": b"same\n"})
    assert (tmp_path / "out/a.md").read_bytes() == b"two\n"
    assert sorted(os.listdir(tmp_path / "out")) == ["a.md", "b.md", MANIFEST]


def test_an_edited_file_stops_the_run_and_nothing_changes(tmp_path: Path) -> None:
    write_out(tmp_path, {"a.md": b"one\n", "b.md": b"one\n"})
    (tmp_path / "a.md").write_bytes(b"mine\n")
    with pytest.raises(BadRequest, match=r"a\.md.*--force"):
        write_out(tmp_path, {"a.md": b"two\n", "b.md": b"two\n"})
    assert (tmp_path / "a.md").read_bytes() == b"mine\n"
    assert (tmp_path / "b.md").read_bytes() == b"one\n"


def test_force_overwrites_an_edited_file(tmp_path: Path) -> None:
    write_out(tmp_path, {"a.md": b"one\n"})
    (tmp_path / "a.md").write_bytes(b"mine\n")
    write_out(tmp_path, {"a.md": b"two\n"}, force=True)
    assert (tmp_path / "a.md").read_bytes() == b"two\n"


def test_a_file_frugal_never_wrote_is_not_touched_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"theirs\n")
    with pytest.raises(BadRequest, match="not written by frugal"):
        write_out(tmp_path, {"a.md": b"two\n"}, force=True)
    assert (tmp_path / "a.md").read_bytes() == b"theirs\n"
    assert os.listdir(tmp_path) == ["a.md"]


def test_a_run_cut_short_is_not_taken_for_an_edit(tmp_path: Path) -> None:
    write_out(tmp_path, {"a.md": b"one\n", "b.md": b"one\n"})
    with pytest.MonkeyPatch.context() as patch:
        done = []

        def replace(source: Path, target: Path, really=os.replace) -> None:
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(target)
            really(source, target)

        patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            write_out(tmp_path, {"a.md": b"two\n", "b.md": b"two\n"})
    assert (tmp_path / "a.md").read_bytes() == b"two\n"
    assert (tmp_path / "b.md").read_bytes() == b"one\n"
    write_out(tmp_path, {"a.md": b"three\n", "b.md": b"three\n"})
    assert (tmp_path / "b.md").read_bytes() == b"three\n"


def test_the_manifest_has_the_hash_of_each_file_and_keeps_those_of_other_commands(
    tmp_path: Path,
) -> None:
    write_out(tmp_path, {"a.md": b"one\n"})
    write_out(tmp_path, {"b.md": b"one\n"})
    files = json.loads((tmp_path / MANIFEST).read_text())["files"]
    assert files["a.md"] == files["b.md"]
    assert files["a.md"][0].startswith("sha256:")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "\x00\xff"])
def test_a_manifest_that_is_not_ours_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(BadRequest, match=r"manifest\.json"):
        write_out(tmp_path, {"a.md": b"one\n"})


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(BadRequest, match="--out"):
        write_out(tmp_path / "out", {"a.md": b"one\n"})
