"""Indexes weighed together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hotclub.doctor import Finding
from hotclub.doctor._weighed import weighed
from hotclub.doctor.finding import IndexedStatement
from tests.doctor import warehouse


def test_sums_count_each_statement_once(tmp_path: Path) -> None:
    spare = warehouse.spare(tmp_path, "class Parcel(models.Model):\n    pass\n", declared="key")
    shared = IndexedStatement("SELECT 1", 1, 9.0, 2.0, ())
    other = IndexedStatement("SELECT 2", 1, 4.0, 1.5, ())
    findings = [
        missing(tmp_path, statements=(shared, other), bytes=100, insert_us=1.5),
        missing(tmp_path, statements=(shared,), bytes=50, insert_us=2.25),
        missing(tmp_path, statements=(), bytes=7, insert_us=None, table="other"),
        spare,
    ]
    found = weighed(findings)
    assert (found.missing, found.missing_bytes, found.spare, found.spare_bytes) == (3, 157, 1, 1)
    assert (found.statements, found.before_ms, found.after_ms) == (2, 13.0, 3.5)
    assert found.insert_us == {"parcels_parcel": 3.75}
    assert weighed([]).statements == 0


def missing(root: Path, **facts: object) -> Finding:
    made = warehouse.finding(root, "number")
    assert made.index is not None
    return replace(made, index=replace(made.index, **facts))  # type: ignore[arg-type]
