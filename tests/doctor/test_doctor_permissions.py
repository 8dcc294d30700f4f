"""HC110: permissions that take queries for each object."""

from __future__ import annotations

from collections.abc import Callable

from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")
SQL = "SELECT * FROM permission WHERE id = %s"


def checks(book: Book, request: int, stacks: list[int], asking: bool = True) -> None:
    for number, stack in enumerate(stacks):
        span = book.span(request, "permission", "shop.see", stack_id=stack)
        if asking:
            book.query(request, SQL, [number], parent=span)


def test_each_object_takes_a_query(book: Book, look: Look) -> None:
    request = book.request()
    checks(book, request, [book.stack(VIEW)] * 5)
    (seen,) = look(book)
    assert (seen.code, seen.members, seen.queries) == ("HC110", 5, 5)
    assert seen.expression[0].line == 10 and "get_objects_for_user()" in seen.advice


def test_equal_queries_inside_are_no_finding_besides(book: Book, look: Look) -> None:
    request = book.request()
    for _ in range(3):
        span = book.span(request, "permission", "shop.see", stack_id=book.stack(VIEW))
        book.query(request, SQL, [1], parent=span)
    assert [seen.code for seen in look(book)] == ["HC110"]


def test_answers_that_are_known_cost_nothing(book: Book, look: Look) -> None:
    request = book.request()
    checks(book, request, [book.stack(VIEW)] * 5, asking=False)
    checks(book, request, [book.stack(VIEW)] * 2)
    assert look(book) == []


def test_asked_at_several_places(book: Book, look: Look) -> None:
    request = book.request()
    places = [("call", "shop/views.py", line, "product_list") for line in (10, 11, 12)]
    checks(book, request, [book.stack(place) for place in places])
    assert look(book) == []


def test_asked_in_a_template(book: Book, look: Look) -> None:
    request = book.request()
    checks(book, request, [book.stack(("template", "shop/templates/list.html", 4, ""))] * 4)
    (seen,) = look(book)
    assert seen.expression == () and seen.trigger[0].kind == "template"
