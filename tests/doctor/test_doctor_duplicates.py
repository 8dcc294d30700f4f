"""HC201: the same query again, and what is not that."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
SQL = 'SELECT "id" FROM "shop_coupon" WHERE "code" = %s'


def test_equal_queries_are_one_finding(book: Book, look: Look) -> None:
    request = book.request()
    here = book.stack(("call", "shop/prices.py", 7, "coupon"))
    root = book.batch(request, "shop.Coupon", created_stack=here, trigger_stack=here)
    fetch = book.span(request, "fetch", "shop.Coupon", duration_ns=900_000)
    for _ in range(3):
        book.query(request, SQL, ["x"], batch=root, parent=fetch)
    (seen,) = look(book)
    assert (seen.code, seen.loads, seen.queries) == ("HC201", 3, 2)
    assert seen.duration_ns == 2 * 900_000, "the whole fetch spans, the first one left out"
    assert seen.expression[0].line == 7 and seen.trigger[0].line == 7
    assert seen.path == () and "keep the result" in seen.reason


def test_raw_queries_have_only_a_trigger(book: Book, look: Look) -> None:
    request = book.request()
    here = book.stack(("call", "shop/reports.py", 3, "report"))
    for _ in range(2):
        book.query(request, SQL, ["x"], stack=here)
    (seen,) = look(book)
    assert seen.expression == () and seen.trigger[0].path == "shop/reports.py"


@pytest.mark.parametrize(
    ("kind", "found"), [("application/vnd.oai.openapi+json", 0), ("application/json", 1)]
)
def test_the_description_of_an_api_asks_every_view(
    book: Book, look: Look, kind: str, found: int
) -> None:
    request = book.request(response_headers=json.dumps([["Content-Type", kind]]))
    for _ in range(2):
        book.query(request, SQL, ["x"])
    assert len(look(book)) == found


def test_other_values_are_another_query(book: Book, look: Look) -> None:
    request = book.request()
    for value in ("x", "y", "z"):
        book.query(request, SQL, [value])
    assert look(book) == []


def test_two_requests_do_not_share_queries(book: Book, look: Look) -> None:
    for path in ("/a/", "/b/"):
        book.query(book.request(path), SQL, ["x"])
    assert look(book) == []


@pytest.mark.parametrize(
    "sql",
    [
        'SAVEPOINT "s1"',
        'RELEASE SAVEPOINT "s1"',
        "BEGIN",
        'SELECT * FROM "django_session" WHERE "session_key" = %s',
        'UPDATE "shop_coupon" SET "used" = 1',
    ],
)
def test_housekeeping_and_writes_are_not_meant(book: Book, look: Look, sql: str) -> None:
    request = book.request()
    for _ in range(3):
        book.query(request, sql, [])
    assert look(book) == []


def test_reading_again_after_a_write_is_right(book: Book, look: Look) -> None:
    request = book.request()
    book.query(request, SQL, ["x"])
    book.query(request, 'UPDATE "shop_coupon" SET "used" = 1', [])
    book.query(request, SQL, ["x"])
    assert look(book) == []


def test_a_savepoint_between_is_no_write(book: Book, look: Look) -> None:
    request = book.request()
    book.query(request, SQL, ["x"])
    book.query(request, 'SAVEPOINT "s1"', [])
    book.query(request, SQL, ["x"])
    assert [seen.queries for seen in look(book)] == [1]


def test_loads_of_a_loop_belong_to_the_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = book.batch(request, "shop.Product", size=10)
    lazy = book.lazy(request, root, "category", "forward_key")
    below = book.lazy(request, lazy, "parent", "forward_key", members=1, loads=1)
    for batch in (lazy, lazy, below, below):
        book.query(request, SQL, ["x"], batch=batch)
    assert [seen.code for seen in look(book)] == ["HC101"]


def test_djangos_change_list_counts_twice_by_design(book: Book, look: Look) -> None:
    request = book.request()
    here = book.stack(("class", "shop/admin.py", 5, "ProductAdmin", "list_select_related"))
    for _ in range(2):
        book.query(request, "SELECT COUNT(*)", [], stack=here)
    assert look(book) == []


def test_light_recordings_have_no_values_to_compare(light: Book, look: Look) -> None:
    request = light.request()
    for _ in range(2):
        light.query(request, SQL, ["x"])
    assert look(light) == []


USER = 'SELECT "id" FROM "auth_user" WHERE "id" = %s'


def visit(book: Book, *relations: str | None) -> None:
    """A request of user 7, who is loaded once for each of these relations; None is no relation."""
    request = book.request(user="user:7")
    product = book.batch(request, "shop.Product")
    for name in relations:
        if name is None:
            batch = book.batch(request, "auth.User")
        else:
            batch = book.lazy(
                request, product, name, "forward_key", model="auth.User", members=1, loads=1
            )
        book.query(request, USER, [7], batch=batch)


@pytest.mark.parametrize(
    ("relations", "queries"),
    [
        ((None, "author"), []),
        ((None, "author", "editor"), []),
        ((None, None), [1]),
        (("author", "editor"), []),
        (("author", None, "author", None), [1]),
    ],
)
def test_the_visitor_in_another_part_is_not_repeated(
    book: Book, look: Look, relations: tuple[str | None, ...], queries: list[int]
) -> None:
    visit(book, *relations)
    assert [seen.queries for seen in look(book)] == queries


@pytest.mark.parametrize(("values", "queries"), [([1, 2, 1], []), ([1, 1, 1, 2], [2])])
def test_what_one_line_asks_for_again_among_others_is_chance(
    book: Book, look: Look, values: list[int], queries: list[int]
) -> None:
    request = book.request()
    for value in values:
        book.query(request, SQL, [value], stack=book.stack(("call", "shop/views.py", 7, "show")))
    assert [seen.queries for seen in look(book)] == queries


def test_the_visitors_own_page(book: Book, look: Look) -> None:
    visit(book, None)
    request = book.request("/people/7/", user="user:7")
    for _ in range(2):  # request.user, and whose page it is
        person = book.batch(request, "auth.User")
        book.query(request, USER, [7], batch=person)
        team = book.lazy(request, person, "team", "forward_key", members=1, loads=1)
        book.query(request, SQL, [3], batch=team)
    assert [seen.model for seen in look(book)] == ["auth.User"]


def test_two_relations_of_one_row_are_a_coincidence(book: Book, look: Look) -> None:
    request = book.request()
    product = book.batch(request, "shop.Product")
    for name in ("author", "author", "editor"):
        batch = book.lazy(
            request, product, name, "forward_key", model="shop.Person", members=1, loads=1
        )
        book.query(request, SQL, [3], batch=batch)
    assert [seen.queries for seen in look(book)] == [1]


def test_what_only_has_the_number_of_the_visitor_is_repeated(book: Book, look: Look) -> None:
    for _ in range(2):
        visit(book, None)
    request = book.request("/projects/7/", user="user:7")
    one = book.batch(request, "shop.Project")
    other = book.lazy(request, one, "parent", "forward_key", members=1, loads=1)
    for batch in (one, other):
        book.query(request, SQL, [7], batch=batch)
    assert [seen.queries for seen in look(book)] == [1]
