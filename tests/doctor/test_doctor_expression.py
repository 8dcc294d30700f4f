"""How far the doctor climbs: managers, helpers of helpers, properties."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
Place = tuple[object, ...]
MODELS = """
class Published(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(published=True)

    def near(self, place):
        return self.filter(place=place)

    def cheapest(self):
        return self.order_by("price").first()

class FoundQuerySet(SearchMixin):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

class Customer(Model):
    @property
    def spent(self):
        return sum(order.total for order in self.orders.all())

    @property
    def open(self):
        return [order.total for order in self.orders.filter(open=True)]
"""
VIEWS = """
def one(request):
    return Product.published.near(request.place).order_by("pk")

def two(request):
    return Product.published.cheapest()

def three(request):
    customer = get_object_or_404(Customer, pk=1)
    return customer.spent

class WaitingQuerySetMixin:
    def get_queryset(self):
        return Product.objects.filter(event=self.request.event)
"""
TEMPLATE = ("template", "shop/templates/list.html", 4, "")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/models.py").write_text(MODELS)
    (tmp_path / "shop/views.py").write_text(VIEWS)


def at(text: str, qualname: str, source: str = MODELS, path: str = "shop/models.py") -> Place:
    """The call that reads so."""
    start = source.index(text)
    line = source.count("\n", 0, start) + 1
    column = start - source.rindex("\n", 0, start) - 1
    return ("call", path, line, qualname, None, (column, line, column + len(text)))


def in_view(text: str, qualname: str) -> Place:
    return at(text, qualname, VIEWS, "shop/views.py")


GET_QUERYSET = at("super().get_queryset()", "Published.get_queryset")
NEAR = at("self.filter(place=place)", "Published.near")
VIEW = in_view("Product.published.near(request.place)", "one")


def looped(book: Book, look: Look, *places: Place, **values: object) -> Sighting:
    request = book.request()
    root = book.batch(request, "shop.Product", size=10, created_stack=book.stack(*places), **values)
    book.lazy(request, root, "category", "forward_key")
    (seen,) = look(book)
    return seen


def test_through_a_manager_and_its_method_to_the_view(book: Book, look: Look) -> None:
    seen = looped(book, look, GET_QUERYSET, NEAR, VIEW)
    assert [place.path for place in seen.expression] == [
        "shop/views.py", "shop/models.py", "shop/models.py"
    ]  # fmt: skip
    assert seen.climbed == 2
    assert seen.expression[1].qualname == "Published.get_queryset", "then innermost first"


def test_one_caller_of_a_manager_is_climbed_to_as_well(book: Book, look: Look) -> None:
    seen = looped(book, look, NEAR, VIEW)
    assert (seen.climbed, seen.callers, seen.expression[0].path) == (1, 1, "shop/views.py")


def test_a_constructor_makes_it_for_whoever_constructs(book: Book, look: Look) -> None:
    constructor = at("super().__init__(*args, **kwargs)", "FoundQuerySet.__init__")
    seen = looped(book, look, constructor, NEAR, VIEW)
    assert (seen.climbed, seen.expression[0].path) == (1, "shop/views.py")
    assert [place.qualname for place in seen.expression] == ["one", "Published.near"]


def test_code_that_serves_many_models_is_not_changed_for_one(book: Book, look: Look) -> None:
    listed = ("call", "shop/generic.py", 4, "ListView.rows")
    request = book.request()
    book.batch(request, "shop.Order", created_stack=book.stack(listed))
    seen = looped(book, look, listed)
    assert "makes querysets of shop.Order as well" in seen.reason
    assert seen.queryset["also"] == ["shop.Order"]


def test_a_manager_may_serve_many_where_its_caller_is_changed(book: Book, look: Look) -> None:
    request = book.request()
    book.batch(request, "shop.Order", created_stack=book.stack(GET_QUERYSET, VIEW))
    seen = looped(book, look, GET_QUERYSET, NEAR, VIEW)
    assert (seen.reason, seen.expression[0].path) == ("", "shop/views.py")


def test_to_the_class_that_the_framework_asks_for(book: Book, look: Look) -> None:
    here = ("class", "shop/api.py", 5, "ProductViewSet", "model")
    seen = looped(book, look, GET_QUERYSET, here)
    assert (seen.expression[0].qualname, seen.climbed) == ("ProductViewSet", 1)


def test_a_mixin_of_views_is_no_manager_whatever_it_is_called(book: Book, look: Look) -> None:
    mixin = in_view(
        "Product.objects.filter(event=self.request.event)", "WaitingQuerySetMixin.get_queryset"
    )
    here = ("class", "shop/api.py", 5, "ProductList", "model")
    seen = looped(book, look, mixin, here)
    assert (seen.expression[0].qualname, seen.climbed) == ("WaitingQuerySetMixin.get_queryset", 0)


def test_what_a_manager_keeps_stays_where_it_is(book: Book, look: Look) -> None:
    cheapest = at('self.order_by("price")', "Published.cheapest")
    seen = looped(book, look, cheapest, in_view("Product.published.cheapest()", "two"))
    assert (seen.expression[0].qualname, seen.climbed) == ("Published.cheapest", 0)


def test_a_template_that_asks_a_manager_has_no_expression(book: Book, look: Look) -> None:
    seen = looped(book, look, GET_QUERYSET, TEMPLATE, VIEW)
    assert seen.expression == () and "manager" in seen.reason


def spent(book: Book, text: str, qualname: str, shape: str, owner: int | None) -> int:
    """Orders of one customer that a property reads, each with its lines."""
    request = book.request()
    root = book.batch(request, "shop.Customer", created_stack=owner)
    here = book.stack(at(text, qualname), in_view("customer.spent", "three"))
    orders = book.lazy(
        request, root, "orders", "reverse_key", model="shop.Order", members=1, loads=1,
        shape=shape, created_stack=here,
    )  # fmt: skip
    book.lazy(request, orders, "lines", "reverse_key")
    return request


def test_a_property_is_not_asked_but_who_loads_its_instance(book: Book, look: Look) -> None:
    owner = book.stack(in_view("get_object_or_404(Customer, pk=1)", "three"))
    spent(book, "self.orders.all()", "Customer.spent", "all", owner)
    (seen,) = look(book)
    assert seen.expression[0].path == "shop/views.py"
    assert [step.relation for step in seen.path] == ["orders", "lines"]
    assert [step.model for step in seen.path] == ["shop.Customer", "shop.Order"]


def test_a_property_is_asked_when_nobody_else_can_be(book: Book, look: Look) -> None:
    spent(book, "self.orders.all()", "Customer.spent", "all", None)
    (seen,) = look(book)
    assert seen.expression[0].qualname == "Customer.spent"
    assert seen.relation_of == "shop.Customer.orders"


def test_a_property_that_filters_is_asked_itself(book: Book, look: Look) -> None:
    owner = book.stack(in_view("get_object_or_404(Customer, pk=1)", "three"))
    spent(book, "self.orders.filter(open=True)", "Customer.open", "filtered", owner)
    (seen,) = look(book)
    assert seen.expression[0].qualname == "Customer.open" and seen.relation_of == ""


@pytest.mark.parametrize("shape", ["all", "filtered"])
def test_what_is_behind_a_filter_is_not_loaded_from_before_it(
    book: Book, look: Look, shape: str
) -> None:
    request = book.request()
    view = book.stack(("call", "shop/views.py", 10, "item_list"))
    items = book.batch(request, "shop.Item", size=10, created_stack=view)
    quotas = book.lazy(request, items, "quotas", "many_to_many", shape=shape)
    book.lazy(request, quotas, "event", "forward_key")
    (seen,) = (one for one in look(book) if one.path[-1].relation == "event")
    assert [step.relation for step in seen.path] == ["quotas", "event"]
    assert ("load event where it is filtered" in seen.reason) == (shape == "filtered")
