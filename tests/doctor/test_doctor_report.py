"""The report: grouped by expression, in words, on any width."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from hotclub.doctor import Diagnosis, Evidence, Finding, Place, Request, Route, Step
from hotclub.doctor.report import render
from hotclub.doctor.report._spots import spots
from hotclub.doctor.report._words import milliseconds, number, remedy, short

PLACE = Place("call", "shop/views.py", True, 3, 12, 3, 41, "product_list", sha256="0" * 64)
SOURCE = 'def product_list(request):\n    """é"""\n    items = Product.objects.order_by("pk")\n'


def finding(relation: str = "category", kind: str = "forward_key", **values: object) -> Finding:
    made = Finding(
        code="HC101",
        title="a title",
        expression=(PLACE,),
        trigger=(Place("template", "shop/list.html", True, 7),),
        path=(Step(relation, kind),),
        queryset={"sliced": False},
        model="shop.Product",
        evidence=Evidence(50, 50, 50, 40, "SELECT 1", ("GET /products/",), "shop.Category", 86),
        cost_ms=25.0,
        gain_ms=20.0,
        queries_saved=50,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def report(tmp_path: Path, *findings: Finding, width: int = 100, **values: object) -> str:
    (tmp_path / "shop").mkdir(exist_ok=True)
    (tmp_path / "shop/views.py").write_text(SOURCE)
    route = Route("products/", "products", "shop.views.product_list", True, "ok", "", 3)
    missed = replace(route, pattern="broken/", outcome="error", reason="500, KeyError: 'x'")
    request = Request("GET /products/", "GET", "/products/", "", None, "products/", True)
    diagnosis = Diagnosis(
        root=tmp_path / "shop",
        findings=findings,
        routes=(route, missed),
        requests=(replace(request, milliseconds=31.4),),
        crawled=1234,
        queries=5678,
    )
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    render(replace(diagnosis, **values), tmp_path, console)  # type: ignore[type-var]
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_everything_that_is_known(tmp_path: Path) -> None:
    shown = flat(report(tmp_path, finding()))
    for words in (
        "1 of 2 routes answered 2xx", "1,234 requests, 5,678 queries", "31.4 ms for 1 of them",
        "1 finding at 1 expression", "HC101", "shop/views.py:3 in product_list",
        'items = Product.objects.order_by("pk")', "shop/list.html:7", "SELECT 1",
        "GET /products/", 'Add .select_related("category")',
        "save 50 queries and about 20.0 of 25.0 ms", "/broken/ 500, KeyError: 'x'",
    ):  # fmt: skip
        assert words in shown, words


def test_nothing_found(tmp_path: Path) -> None:
    assert "Nothing found" in report(tmp_path)


def test_one_edit_for_several_findings(tmp_path: Path) -> None:
    found = [finding(), finding("reviews", "reverse_key", code="HC102", cost_ms=90.0)]
    shown = flat(report(tmp_path, *found))
    assert "2 findings at 1 expression" in shown
    assert 'Add .select_related("category").prefetch_related("reviews")' in shown
    assert "save 100 queries" in shown


def test_no_call_is_proposed_with_a_reason_against_it(tmp_path: Path) -> None:
    shown = flat(report(tmp_path, finding(reason="it is only counted")))
    assert "it is only counted." in shown and "Add ." not in shown


def test_advice_stands_where_eager_loading_does_not_help(tmp_path: Path) -> None:
    shown = flat(report(tmp_path, finding(shape="count", advice="annotate() the queryset")))
    assert "Annotate() the queryset." in shown and "select_related" not in shown


def test_stale_source(tmp_path: Path) -> None:
    shown = flat(report(tmp_path, finding(stale=True)))
    assert "changed since it was recorded" in shown and "Add ." not in shown


def test_unknown_expression_shows_the_trigger(tmp_path: Path) -> None:
    shown = flat(report(tmp_path, finding(expression=(), reason="unpickled")))
    assert "expression unknown" in shown and "shop/list.html:7" in shown


def test_the_managers_that_an_expression_calls_are_named(tmp_path: Path) -> None:
    outer = Place("call", "shop/models.py", True, 12, qualname="Published.near")
    inner = Place("call", "shop/models.py", True, 9, qualname="Published.get_queryset")
    text = report(tmp_path, finding(expression=(PLACE, inner, outer), climbed=2), width=200)
    assert (
        "made by shop/models.py:12 in Published.near, "
        "and that by shop/models.py:9 in Published.get_queryset"
    ) in text


@pytest.mark.parametrize(
    ("attribute", "named"),
    [(None, "at OrderViewSet (shop/api.py:5)"), ("fields.lines", "at OrderViewSet.fields.lines (")],
)
def test_a_class_without_an_attribute_has_its_own_name(
    tmp_path: Path, attribute: str | None, named: str
) -> None:
    place = Place("class", "shop/api.py", True, 5, qualname="OrderViewSet", attribute=attribute)
    text = report(tmp_path, finding(trigger=(place,)))
    assert named in text and "None" not in text


def test_costs_that_nobody_measured(tmp_path: Path) -> None:
    assert "time not measured" in flat(report(tmp_path, finding(measured=False, cost_ms=0.0)))


@pytest.mark.parametrize("width", [30, 60, 89, 90, 200])
def test_any_width(tmp_path: Path, width: int) -> None:
    shown = report(tmp_path, finding(), width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert "category" in shown and "HC101" in shown


def test_a_source_that_is_gone_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    elsewhere = replace(PLACE, path="shop/gone.py")
    assert "shop/gone.py:3" in report(tmp_path, finding(expression=(elsewhere,)))
    (tmp_path / "shop/gone.py").write_bytes(b"# coding: nonsense\n\xff\xff\n")
    assert "shop/gone.py:3" in report(tmp_path, finding(expression=(elsewhere,)))


def test_brackets_in_source_are_no_markup(tmp_path: Path) -> None:
    bad = finding(evidence=replace(finding().evidence, sql="SELECT [/bold] [red]x"))
    assert "SELECT [/bold] [red]x" in report(tmp_path, bad)
    assert "[/x]" in report(tmp_path, notes=("odd [/x]",))


def test_brackets_in_names_are_no_markup(tmp_path: Path) -> None:
    pattern = "^a/(?P<format>[a-z0-9]+)$"
    route = Route(pattern, "", "", True, "error", "ValueError: [red]", 1)
    odd = finding(path=(), model="shop.[b]")
    text = report(tmp_path, odd, routes=(route,), root=tmp_path / "[red]shop")
    assert "/a/(?P<format>[a-z0-9]+)$" in text and "ValueError: [red]" in text
    assert "[red]shop" in text and "shop.[b] asked 50 times" in flat(text)


def test_lines_are_those_that_python_counts(tmp_path: Path) -> None:
    text = "# a \f form feed, a \x85 next line\n\nitems = Product.objects.all()\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/odd.py").write_text(text, "utf-8")
    place = replace(PLACE, path="shop/odd.py", column=8, end_column=29)
    assert "▸     3 items = Product.objects.all()" in report(tmp_path, finding(expression=(place,)))


def test_joins_only_where_the_rows_stay_the_same() -> None:
    assert remedy([finding()]) == '.select_related("category")'
    sliced = finding(queryset={"sliced": True, "total_order": False})
    assert remedy([sliced]) == '.prefetch_related("category")'
    settled = finding(queryset={"sliced": True, "total_order": True})
    assert remedy([settled]) == '.select_related("category")'


def test_a_longer_lookup_brings_the_shorter_one_along() -> None:
    deeper = finding(path=(Step("category", "forward_key"), Step("parent", "forward_key")))
    assert remedy([finding(), deeper]) == '.select_related("category__parent")'


def test_spots_are_expressions_most_costly_first() -> None:
    other = replace(PLACE, line=9)
    found = spots([finding(), finding("tags"), finding(expression=(other,), cost_ms=99.0)])
    assert [len(spot.findings) for spot in found] == [1, 2]
    assert found[1].cost_ms == 50.0
    assert len(spots([finding(expression=()), finding(expression=())])) == 2


def test_numbers() -> None:
    assert [milliseconds(x) for x in (0.123, 8.123, 1234.5)] == ["0.12", "8.1", "1,234"]
    assert number(1200.0) == "1,200"
    package = Place("template", "/venv/lib/python3.11/site-packages/x/a.html", False, 4)
    assert short(package) == "…/x/a.html:4"


def test_what_was_seen_on_a_sample(tmp_path: Path) -> None:
    text = flat(report(tmp_path, sampled=("the database shop is a sample",)))
    assert (
        "On a sample: the database shop is a sample; rows, milliseconds and bytes here are the "
        "sample's. "
    ) in text
