"""HC502: counts of whole lists for one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from booking import Book

from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
MADE = ("call", "shop/views.py", 10, "product_list")
ASKED = ("call", "shop/views.py", 12, "product_list")
COUNT = 'SELECT COUNT(*) AS "__count" FROM "shop_product" WHERE "shop_product"."sold" = %s'
PAGE = (
    'SELECT "shop_product"."id", "shop_maker"."id" FROM "shop_product" INNER JOIN "shop_maker" ON '
    '("a" = "b") WHERE "shop_product"."sold" = %s ORDER BY "shop_product"."id" ASC LIMIT 20'
)


def paged(book: Book, **changes: Any) -> None:
    facts = {"count": COUNT, "page": PAGE, "values": ["x"], "other": ["x"], "spent": 3_000_000}
    facts.update(changes)
    request = book.request("/products/")
    book.query(
        request, facts["count"], facts["values"], stack=book.stack(ASKED), duration=facts["spent"]
    )
    batch = book.batch(
        request, "shop.Product", size=20, created_stack=book.stack(MADE), queryset={"sliced": True}
    )
    book.query(request, facts["page"], facts["other"], batch=batch, rows=20)


def test_a_count_that_takes_most_of_the_request(book: Book, look: Look) -> None:
    paged(book)
    (seen,) = look(book)
    assert (seen.code, seen.expression[0].line, seen.trigger[0].line) == ("HC502", 10, 12)
    assert seen.detail == "60% of the request, to show 20 rows"
    (finding,) = merge([seen], Costs(), {"shop.Product": 10_000})
    assert (finding.queries_saved, finding.evidence.sql) == (1.0, COUNT)
    assert merge([seen], Costs(), {"shop.Product": 9_000}) == ()


def test_of_a_table_of_unknown_length_only_a_light_recording_is_believed(
    book: Book, look: Look
) -> None:
    paged(book)
    (seen,) = look(book)
    assert merge([seen], Costs(), {}) == ()
    light = replace(seen, request=replace(seen.request, depth="light"))
    assert [finding.code for finding in merge([light], Costs(), {})] == ["HC502"]


def test_it_costs_what_the_statement_costs(book: Book, light: Book, look: Look) -> None:
    from hotclub.doctor._measure import measured
    from hotclub.doctor._stacks import Stacks
    from hotclub.recording import Recording

    paged(book)
    request = light.request("/products/", label="round 1|GET /products/")
    light.query(request, COUNT, duration=2_000_000)
    with Recording.open(light.path) as recording:
        costs, _ = measured(recording, Stacks((), light.path.parent), [])
    (finding,) = merge(look(book), costs, {"shop.Product": 10_000})
    assert (finding.cost_ms, finding.gain_ms, finding.measured) == (2.0, 2.0, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"spent": 900_000},  # a fifth of a millisecond less
        {"count": COUNT.replace("sold", "name")},  # of another list
        {"count": COUNT.replace("product", "maker")},
        {"values": ["y"]},
        {"page": PAGE.removesuffix(" LIMIT 20")},
        {"page": PAGE.replace("LIMIT 20", "LIMIT 1")},
        {"count": PAGE},
    ],
)
def test_other_counts_are_clean(book: Book, look: Look, changes: dict[str, Any]) -> None:
    paged(book, **changes)
    assert [seen.code for seen in look(book) if seen.code == "HC502"] == []


def test_the_page_of_a_get_is_none(book: Book, look: Look) -> None:
    paged(book)
    book.db.execute("""UPDATE batch SET queryset = '{"get": true}'""")
    book.db.commit()
    assert look(book) == []
