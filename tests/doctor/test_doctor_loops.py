"""HC101 to HC104: which loops are seen, and which expression is blamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor import Step
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")
TEMPLATE = ("template", "shop/templates/list.html", 4, "")


def products(book: Book, request: int, **values: object) -> int:
    stack = values.pop("created_stack", None) or book.stack(VIEW)
    return book.batch(request, "shop.Product", **{"size": 10, "created_stack": stack, **values})


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("forward_key", "HC101"),
        ("forward_one_to_one", "HC101"),
        ("reverse_one_to_one", "HC101"),
        ("reverse_key", "HC102"),
        ("many_to_many", "HC103"),
        ("generic_key", "HC104"),
        ("generic_relation", "HC104"),
    ],
)
def test_each_kind_of_relation_has_its_code(book: Book, look: Look, kind: str, code: str) -> None:
    request = book.request("/products/")
    root = products(book, request, queryset={"model": "shop.Product", "sliced": True})
    lazy = book.lazy(request, root, "thing", kind, trigger_stack=book.stack(TEMPLATE))
    book.query(request, "SELECT thing", batch=lazy, rows=1)
    (seen,) = look(book)
    assert (seen.code, seen.model, seen.loaded) == (code, "shop.Product", "shop.Other")
    assert seen.path == (Step("thing", kind),)
    assert seen.expression[0].line == 10 and seen.expression[0].qualname == "product_list"
    assert seen.trigger[0].path == TEMPLATE[1]
    assert seen.queryset["sliced"] is True
    assert (seen.members, seen.queries, seen.sql, seen.reason) == (10, 10, "SELECT thing", "")


def test_one_member_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, products(book, request), "category", "forward_key", members=1, loads=1)
    assert look(book) == []


@pytest.mark.parametrize(("kind", "found"), [("forward_key", 10), ("reverse_key", 0)])
def test_instances_of_one_key_load_singly_too(
    book: Book, look: Look, kind: str, found: int
) -> None:
    request = book.request()
    author = book.lazy(request, products(book, request), "author", "forward_key")
    book.lazy(request, author, "profile", kind, members=1, loads=10)
    seen = {one.path[-1].relation: one.members for one in look(book)}
    assert seen.get("profile", 0) == found


def test_one_instance_that_loads_again_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request, size=1)
    book.lazy(request, root, "category", "forward_key", members=1, loads=2, size=2)
    assert look(book) == []


def test_loaded_at_once_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    for via in ("select_related", "prefetch"):
        book.lazy(request, root, "category", "forward_key", via=via, loads=1)
    assert look(book) == []


def test_prefetched_for_each_one_is_a_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    singly = book.lazy(request, root, "reviews", "reverse_key", via="prefetch")
    book.lazy(request, singly, "author", "forward_key", via="prefetch")
    (seen,) = look(book)
    assert (seen.code, seen.reason) == ("HC102", "")
    assert seen.path == (Step("reviews", "reverse_key"),)


@pytest.mark.parametrize("members", [20, 30])
def test_prefetched_in_chunks_is_none(book: Book, look: Look, members: int) -> None:
    request = book.request()
    root = products(book, request, size=members)
    book.lazy(request, root, "reviews", "reverse_key", via="prefetch", members=members)
    assert look(book) == []


def test_what_a_deletion_collects_is_none(book: Book, look: Look) -> None:
    request = book.request()
    lazy = book.lazy(request, products(book, request), "parent", "forward_one_to_one")
    around = book.span(request, "delete", "")
    book.span(request, "fetch", "parent", parent_id=around, batch_id=lazy)
    assert look(book) == []


def test_deferred_fields_are_no_relation(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, products(book, request), "text", "forward_key", shape="deferred")
    assert [seen.code for seen in look(book)] == ["HC107"]


def test_climbs_through_loops_to_the_root(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    lines = book.lazy(
        request, root, "lines", "reverse_key", created_stack=book.stack(("call", "shop/m.py", 3))
    )
    book.lazy(request, lines, "variant", "forward_key")
    by_path = {seen.path: seen for seen in look(book)}
    deep = by_path[(Step("lines", "reverse_key"), Step("variant", "forward_key"))]
    assert deep.expression[0].path == "shop/views.py"
    assert deep.model == "shop.Product"


def test_climbs_through_joins_and_prefetches(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    joined = book.batch(
        request, "shop.Supplier", parent_id=root, relation="supplier",
        relation_kind="forward_key", via="select_related", created_stack=book.stack(VIEW),
    )  # fmt: skip
    book.lazy(request, joined, "manager", "forward_key")
    (seen,) = look(book)
    assert [step.relation for step in seen.path] == ["supplier", "manager"]
    assert seen.expression[0].path == "shop/views.py"


def test_related_manager_of_one_owner_is_an_expression(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request, size=1)
    here = book.stack(("call", "shop/views.py", 22, "product"))
    reviews = book.lazy(
        request, root, "reviews", "reverse_key", members=1, loads=1, created_stack=here,
        model="shop.Review",
    )  # fmt: skip
    book.lazy(request, reviews, "author", "forward_key")
    (seen,) = look(book)
    assert seen.path == (Step("author", "forward_key"),)
    assert (seen.model, seen.expression[0].line) == ("shop.Review", 22)


@pytest.mark.parametrize("kind", ["reverse_key", "forward_key"])
def test_attribute_or_template_of_one_owner_is_none(book: Book, look: Look, kind: str) -> None:
    request = book.request()
    root = products(book, request, size=1)
    made = TEMPLATE if kind == "reverse_key" else ("call", "shop/views.py", 22, "product")
    step = book.lazy(
        request, root, "step", kind, members=1, loads=1, created_stack=book.stack(made, VIEW)
    )
    book.lazy(request, step, "author", "forward_key")
    (seen,) = look(book)
    assert [one.relation for one in seen.path] == ["step", "author"]
    assert seen.expression[0].line == 10


def test_prefetch_with_its_own_queryset_is_an_expression(book: Book, look: Look) -> None:
    request = book.request()
    own = book.stack(("call", "shop/views.py", 15, "product_list"))
    fetched = book.batch(
        request, "shop.Review", parent_id=products(book, request), relation="reviews",
        relation_kind="reverse_key", via="prefetch", created_stack=own,
    )  # fmt: skip
    book.lazy(request, fetched, "author", "forward_key")
    (seen,) = look(book)
    assert seen.path == (Step("author", "forward_key"),)
    assert seen.expression[0].line == 15


@pytest.mark.parametrize("attribute", ["queryset", "model", "list_select_related"])
def test_framework_working_for_a_class(book: Book, look: Look, attribute: str) -> None:
    request = book.request()
    here = book.stack(("class", "shop/api.py", 5, "ProductViewSet", attribute))
    root = products(book, request, created_stack=here)
    book.lazy(request, root, "category", "forward_key")
    (seen,) = look(book)
    assert seen.expression[0].attribute == attribute


def test_serializer_field_is_climbed_through(book: Book, look: Look) -> None:
    request = book.request()
    here = book.stack(("class", "shop/api.py", 30, "ProductSerializer", "fields.reviews"))
    reviews = book.lazy(
        request, products(book, request), "reviews", "reverse_key", members=1, created_stack=here
    )
    book.lazy(request, reviews, "author", "forward_key")
    (seen,) = look(book)
    assert [step.relation for step in seen.path] == ["reviews", "author"]


@pytest.mark.parametrize(
    ("places", "reason"),
    [
        ((), "outside the project"),
        ((TEMPLATE, VIEW), "made in a template"),
        ((("class", "shop/forms.py", 3, "ProductForm", "fields.tag"),), "not made by an express"),
    ],
)
def test_roots_that_nobody_can_edit(
    book: Book, look: Look, places: tuple[tuple[str, ...], ...], reason: str
) -> None:
    request = book.request()
    here = book.stack(*places) if places else None
    root = book.batch(request, "shop.Product", size=10, created_stack=here)
    book.lazy(request, root, "category", "forward_key")
    (seen,) = look(book)
    assert seen.expression == () and reason in seen.reason


def test_unknown_origin_is_reported_and_never_edited(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, None, "category", "forward_key", via="unknown")
    (seen,) = look(book)
    assert seen.expression == () and "unpickled" in seen.reason


def test_a_filtered_relation_is_not_answered_by_eager_loading(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, products(book, request), "reviews", "reverse_key", shape="filtered")
    (seen,) = look(book)
    assert (seen.code, seen.shape) == ("HC102", "filtered") and "Prefetch" in seen.reason


def test_slices_of_a_relation_count_as_the_whole(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, products(book, request), "reviews", "reverse_key", shape="sliced")
    (seen,) = look(book)
    assert (seen.shape, seen.reason) == ("all", "")


def manager(tmp_path: Path) -> None:
    """A manager's method that gives its queryset back, and a helper that does not."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/models.py").write_text(
        "class Products:\n"
        "    def published(self):\n"
        "        return self.filter(published=True)\n"
        "\n"
        "def total(order):\n"
        "    return sum(line.price for line in order.lines.all())\n"
    )
    (tmp_path / "shop/views.py").write_text(
        "def one(request):\n"
        "    items = Product.objects.published()\n"
        "    return total(request.order)\n"
    )


@pytest.mark.parametrize(("callers", "first"), [(1, "shop/models.py"), (2, "shop/views.py")])
def test_several_callers_of_a_manager_make_the_caller_the_place(
    book: Book, look: Look, tmp_path: Path, callers: int, first: str
) -> None:
    manager(tmp_path)
    inner = ("call", "shop/models.py", 3, "Products.published", None, (15, 3, 42))
    outer = ("call", "shop/views.py", 2, "one")
    other = ("call", "shop/other.py", 9, "two")
    request = book.request()
    book.lazy(
        request, products(book, request, created_stack=book.stack(inner, outer)), "category",
        "forward_key",
    )  # fmt: skip
    if callers == 2:
        products(book, book.request("/other/"), created_stack=book.stack(inner, other))
    (seen,) = look(book)
    assert seen.callers == callers
    assert seen.expression[0].path == first
    assert len(seen.expression) == 2


def test_a_helper_that_keeps_its_queryset_stays_the_place(
    book: Book, look: Look, tmp_path: Path
) -> None:
    manager(tmp_path)
    inner = ("call", "shop/models.py", 6, "total", None, (38, 6, 55))
    request = book.request()
    for line in (3, 30):
        here = book.stack(inner, ("call", "shop/views.py", line, "one"))
        lines = products(book, request, created_stack=here)
        book.lazy(request, lines, "variant", "forward_key")
    assert {seen.expression[0].path for seen in look(book)} == {"shop/models.py"}
    assert {seen.callers for seen in look(book)} == {2}
