"""How many rows a sample has, and what is said of it."""

from __future__ import annotations

import pytest

from hotclub.errors import HotclubError
from hotclub.workspace.sampling import SAMPLE_BYTES, Sampled, Table, Wanted, generic_column
from hotclub.workspace.sampling._share import expected, rows_for

SMALL = Table("small", ("id",), rows=50, bytes=50_000)
LARGE = Table("large", ("id",), rows=1_000_000, bytes=100_000_000)
WIDE = Table("wide", ("id",), rows=10_000, bytes=1_000_000_000)


@pytest.mark.parametrize(
    ("tables", "budget", "rows"),
    [
        ((), 1 << 30, 100),
        ((SMALL,), 1 << 30, 100),
        ((LARGE,), 20_000_000, 50_000),
        ((LARGE,), 20_691_200, 51_000),
        ((SMALL, LARGE, WIDE), 400_000_000, 990),
        ((WIDE,), 1, 100),
    ],
)
def test_as_many_rows_as_there_is_room_for(
    tables: tuple[Table, ...], budget: int, rows: int
) -> None:
    assert rows_for(tables, budget) == rows


def test_a_size_to_expect() -> None:
    assert expected((SMALL, LARGE), 10_000) == 4 * (50_000 + 1_000_000)
    assert expected((SMALL, LARGE), 2_000_000) == 100_050_000


def test_what_is_sampled() -> None:
    assert [Wanted().wants(size, 10) for size in (10, 11)] == [False, True]
    assert Wanted(5).wants(1, 10)
    assert (Wanted().budget(1 << 40), Wanted().budget(7)) == (SAMPLE_BYTES, 7)


def test_a_sample_may_be_too_big_itself() -> None:
    assert Wanted(10).share("shop", (SMALL,), 50_000) == (10, 40_000)
    assert Wanted().share("shop", (LARGE,), 20_000_000) == (50_000, 20_000_000)
    with pytest.raises(HotclubError, match="a sample of shop with 5,000 rows .* about 953 MiB"):
        Wanted(5000).share("shop", (WIDE,), 1 << 20)


def test_in_words() -> None:
    cut = {f"t{n}": (10, n * 1000) for n in range(1, 6)}
    assert str(Sampled("shop", 10, 9, cut)) == (
        "the database shop is a sample, 5 of its 9 tables cut to about 10 rows and what these "
        "name: t5 10 of about 5,000, t4 10 of about 4,000, t3 10 of about 3,000 and 2 more"
    )
    assert str(Sampled("shop", 10, 9)) == "the database shop has no more than 10 rows in a table"


@pytest.mark.parametrize(
    ("column", "columns", "found"),
    [
        ("content_type_id", ["id", "object_id"], "object_id"),
        ("content_type_id", ["id", "object_pk"], "object_pk"),
        ("content_type_id", ["id", "name"], None),
        ("target_content_type_id", ["target_object_id", "object_id"], "target_object_id"),
        ("target_content_type_id", ["target_id"], "target_id"),
        ("kind_id", ["object_id"], None),
    ],
)
def test_the_other_half_of_a_generic_key(
    column: str, columns: list[str], found: str | None
) -> None:
    assert generic_column(column, columns) == found
