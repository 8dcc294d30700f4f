"""The files that proofs are kept in: broken ones, those of others, too many of them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from hotclub.proof.cache import _store
from tests.proof.cached import Place, anew, place, proved, run

__all__ = ["place", "proved"]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"schema": "another/1"}', b'{"schema": "hotclub.proof/1"}',
     b"[" * 100_000, b"\x80\x04N."],
)  # fmt: skip
def test_a_broken_entry_is_ignored(place: Place, text: bytes) -> None:
    (entry,) = place.kept.glob("*.json")
    entry.write_bytes(text)
    assert "was ignored" in (anew(place) or "")


def test_a_broken_entry_is_replaced(place: Place) -> None:
    (entry,) = place.kept.glob("*.json")
    entry.write_text("{")
    assert not run(place)[1].proved
    assert json.loads(entry.read_text())["schema"] == "hotclub.proof/1"
    assert run(place)[1].proved


def test_an_entry_of_wrong_parts_is_ignored(place: Place) -> None:
    (entry,) = place.kept.glob("*.json")
    whole = json.loads(entry.read_text())
    for part, wrong in {
        "proof": {**whole["proof"], "kept": []},
        "proved": "some day",
        "ground": None,
        "files": [1],
    }.items():
        entry.write_text(json.dumps({**whole, part: wrong}))
        assert "was ignored" in (anew(place) or ""), part
    pages = [{**whole["proof"]["pages"][0], "label": ["x"]}]
    entry.write_text(json.dumps({**whole, "proof": {**whole["proof"], "pages": pages}}))
    assert "was ignored" in (anew(place) or "")
    pages = [{**whole["proof"]["pages"][0], "queries_before": float("inf")}]
    entry.write_text(json.dumps({**whole, "proof": {**whole["proof"], "pages": pages}}))
    assert "was ignored" in (anew(place) or "")


def test_a_pipe_in_the_place_of_an_entry_is_ignored(place: Place) -> None:
    (entry,) = place.kept.glob("*.json")
    entry.unlink()
    os.mkfifo(entry, 0o600)
    assert "was ignored" in (anew(place) or "")


def test_an_entry_that_others_can_write_is_ignored(place: Place) -> None:
    (entry,) = place.kept.glob("*.json")
    entry.chmod(0o666)
    assert "others may write to it" in (anew(place) or "")


def test_a_link_is_not_followed(place: Place, tmp_path: Path) -> None:
    (entry,) = place.kept.glob("*.json")
    entry.rename(tmp_path / "elsewhere.json")
    entry.symlink_to(tmp_path / "elsewhere.json")
    assert "was ignored" in (anew(place) or "")


def test_a_directory_that_cannot_be_written(place: Place) -> None:
    shutil.rmtree(place.kept)
    place.kept.write_text("a file is in the way")
    assert anew(place)
    place.kept.unlink()
    place.kept.mkdir()


def test_there_are_not_too_many(tmp_path: Path) -> None:
    for number in range(_store.ENTRIES + 5):
        assert _store.save(tmp_path, str(number), {"number": number})
        os.utime(tmp_path / f"{number}.json", (number, number))
    assert len(list(tmp_path.iterdir())) == _store.ENTRIES
    assert _store.load(tmp_path, "0") is None
    newest = _store.load(tmp_path, str(_store.ENTRIES + 4))
    assert newest is not None and newest["number"] == _store.ENTRIES + 4
    assert not _store.save(tmp_path, "large", {"text": "x" * _store.ENTRY_BYTES})
    assert (tmp_path / "0").exists() is False and _store.load(tmp_path, "large") is None
