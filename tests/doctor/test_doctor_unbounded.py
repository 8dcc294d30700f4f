"""HC501: lists that are shown whole."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from booking import Book

from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")
FACTS = {"sliced": False, "filtered": False, "iterator": None, "get": False, "raw": False}
HTML = "text/html; charset=utf-8"


def shown(
    book: Book, rows: int, body: str, kind: str = HTML, facts: Any = None, **values: Any
) -> None:
    headers = [["Content-Type", kind], *values.pop("headers", [])]
    content = body.encode()
    request = book.request(
        "/products/",
        response_headers=json.dumps(headers),
        body_size=values.pop("body_size", len(content)),
        **values,
    )
    book.add(
        "body", request_id=request, encoding="zlib", content=zlib.compress(content), truncated=0
    )
    made = book.stack(VIEW)
    batch = book.batch(
        request, "shop.Product", size=rows, created_stack=made, queryset={**FACTS, **(facts or {})}
    )
    book.query(request, 'SELECT "id" FROM "shop_product"', batch=batch, rows=rows)


def table(rows: int) -> str:
    return "<table>" + "<tr><td>a<td>b</tr>" * rows + "</table>"


def test_every_row_is_in_the_page(book: Book, look: Look) -> None:
    shown(book, 400, table(400))
    (seen,) = look(book)
    assert (seen.code, seen.expression[0].line, seen.loaded) == ("HC501", 10, "shop.Product")
    assert seen.detail == "400 rows without a LIMIT, each shown in the page (<td>), 8 kB"
    (finding,) = merge([seen], Costs(), {"shop.Product": 400})
    assert (finding.evidence.rows, finding.evidence.table_rows) == (400, 400)
    assert (finding.queries_saved, finding.advice[:11]) == (0, "paginate it")


def test_every_row_is_in_the_json(book: Book, look: Look) -> None:
    shown(book, 400, json.dumps([{"id": n} for n in range(400)]), "application/json")
    assert [seen.code for seen in look(book)] == ["HC501"]


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 200, "body": table(200)},  # short
        {"rows": 400, "body": table(100)},  # fetched, but not shown
        {"rows": 400, "body": table(400), "facts": {"filtered": True}},  # those of something
        {"rows": 400, "body": table(400), "facts": {"sliced": True}},
        {"rows": 400, "body": table(400), "facts": {"iterator": 2000}},
        {"rows": 400, "body": table(400), "status": 500},
        {"rows": 400, "body": table(400), "kind": "text/csv"},
        {"rows": 400, "body": table(400), "headers": [["Content-Disposition", "attachment"]]},
    ],
)
def test_other_lists_are_clean(book: Book, look: Look, changes: dict[str, Any]) -> None:
    shown(book, **changes)
    assert look(book) == []


def test_a_long_list_with_conditions_is_one_too(book: Book, look: Look) -> None:
    shown(book, 1200, table(1200), facts={"filtered": True})
    assert [seen.code for seen in look(book)] == ["HC501"]


def select(options: int) -> str:
    return f"<select name=a>{'<option>a</option>' * options}</select>"


def test_rows_with_a_select_each_are_a_list(book: Book, look: Look) -> None:
    shown(book, 400, f"<table>{f'<tr><td>{select(3)}</tr>' * 400}</table>")
    assert [seen.code for seen in look(book)] == ["HC501"]


@pytest.mark.parametrize(("options", "codes"), [(359, []), (361, ["HC409"]), (401, ["HC409"]),
                                                (442, ["HC409"]), (450, [])])  # fmt: skip
def test_a_select_of_all_rows_is_something_to_choose_from(
    book: Book, look: Look, options: int, codes: list[str]
) -> None:
    shown(book, 400, f"<form>{select(options)}{select(options + 400)}</form>")
    assert [seen.code for seen in look(book)] == codes


def test_a_page_of_another_list_beside_a_select_of_all_rows(book: Book, look: Look) -> None:
    shown(book, 400, select(400) + "<tr><td>a<td>b<td>c<td>d<td>e<td>f<td>g<td>h" * 100)
    assert [seen.code for seen in look(book)] == ["HC409"]


def test_a_list_beside_a_select_of_all_rows_is_both(book: Book, look: Look) -> None:
    shown(book, 400, select(400) + table(400))
    assert sorted(seen.code for seen in look(book)) == ["HC409", "HC501"]


def test_of_a_body_that_was_cut_the_part_counts(book: Book, look: Look) -> None:
    whole = table(1000)
    shown(book, 2000, whole, body_size=2 * len(whole))
    book.db.execute("UPDATE body SET truncated = 1")
    book.db.commit()
    assert [seen.code for seen in look(book)] == ["HC501"]
