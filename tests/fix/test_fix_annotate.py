"""A value for each instance, brought along by the queryset: what is written, and when."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hotclub.doctor.finding import Place, Step
from hotclub.fix import plan, render
from hotclub.fix._known import Model, Relation
from tests.fix.fixing import Files, finding

REVIEWS = Relation("shop.Review", "product", "pk")
TAGS = Relation("shop.Tag", "products", "pk")
NOTES = Relation("shop.Note", "number", "pk", "kind", "shop", "product")
MODELS = {
    "shop.Product": Model(
        "shop.models",
        "Product",
        "objects",
        frozenset({"name", "tags_count"}),
        {"reviews": REVIEWS, "tags": TAGS, "notes": NOTES},
    ),
    "shop.Review": Model("shop.models", "Review", "objects", frozenset()),
    "shop.Tag": Model("shop.models", "Tag", "visible", frozenset()),
    "shop.Note": Model("shop.models", "Note", "objects", frozenset()),
}
HEAD = "from django.db import models\nfrom shop.models import Note, Product, Review, Tag\n\n\n"
LOOP = (
    "def view(request):\n"
    "    for product in «Product.objects.filter(a=1)»:\n"
    "        show(«{use}», product.name)\n"
)
KINDS = {"reviews": "reverse_key", "tags": "many_to_many", "notes": "generic_relation"}


def value(files: Files, relation: str, shape: str, trigger: Place | None = None, **changed):
    """A finding about a value of a relation, asked for at the second mark of `a.py`."""
    place = replace(files.place("a.py"), qualname="view")
    known = {
        "code": "HC301",
        "path": (Step(relation, KINDS[relation], "shop.Product"),),
        "shape": shape,
        "trigger": (trigger or replace(files.place("a.py", 1), qualname="view"),),
        "advice": "annotate() it",
    }
    return finding("", place, **{**known, **changed})


def planned(files: Files, *findings):
    return plan(findings, files.root, django=(5, 2), models=MODELS.__getitem__)


def written(root, use: str, relation: str, shape: str) -> str:
    files = Files(root)
    files.add("a.py", HEAD + LOOP.replace("«{use}»", use if "«" in use else f"«{use}»"))
    result = planned(files, value(files, relation, shape))
    assert not result.refusals, result.refusals[0].reason
    assert [fix.kind for fix in result.fixes] == ["witnessed"]
    return render(result.fixes, root)["a.py"]


def flat(text: str) -> str:
    """Source without what its layout adds."""
    return re.sub(r",(?=[)\]])", "", re.sub(r"\s+", "", text))


def test_a_count(tmp_path):
    after = written(tmp_path, "product.reviews.count()", "reviews", "count")
    assert after == (
        "from django.db import models\nfrom django.db.models.functions import Coalesce\n"
        "from shop.models import Note, Product, Review, Tag\n\n\n"
        "def view(request):\n"
        "    for product in Product.objects.filter(a=1).annotate(\n"
        "        reviews_count=Coalesce(\n"
        "            models.Subquery(\n"
        '                Review.objects.filter(product=models.OuterRef("pk"))\n'
        "                .order_by()\n"
        '                .values("product")\n'
        '                .annotate(n=models.Count("pk"))\n'
        '                .values("n")\n'
        "            ),\n"
        "            0,\n"
        "        ),\n"
        "    ):\n"
        "        show(product.reviews_count, product.name)\n"
    )


@pytest.mark.parametrize(
    ("use", "relation", "shape", "rows", "name"),
    [
        (
            "product.reviews.filter(ok=True, stars=-1).all().count()",
            "reviews",
            "filtered_count",
            'Review.objects.filter(product=models.OuterRef("pk")).filter(ok=True, stars=-1)',
            "reviews_ok_stars_count",
        ),
        (
            "product.tags.count()",
            "tags",
            "count",
            'Tag.visible.filter(products=models.OuterRef("pk"))',
            "tags_count_2",
        ),
        (
            "product.notes.count()",
            "notes",
            "count",
            'Note.objects.filter(kind__app_label="shop", kind__model="product", '
            'number=models.OuterRef("pk"))',
            "notes_count",
        ),
    ],
)
def test_counts_of_every_kind(use, relation, shape, rows, name, tmp_path):
    after = written(tmp_path, use, relation, shape)
    assert flat(rows) in flat(after)
    assert f"{name}=Coalesce(" in after
    assert f"show(product.{name}, product.name)" in after


def test_existence(tmp_path):
    after = written(tmp_path, "product.reviews.exists()", "reviews", "exists")
    exists = 'reviews_exists=models.Exists(Review.objects.filter(product=models.OuterRef("pk")))'
    assert flat(exists) in flat(after)
    assert "show(product.reviews_exists, product.name)" in after


def test_an_aggregate_stays_none_where_there_are_no_rows(tmp_path):
    use = '«product.reviews.aggregate(x=models.Sum("stars"))»["x"] or 0'
    after = written(tmp_path, use, "reviews", "aggregate")
    assert "Coalesce" not in after
    assert 'annotate(n=models.Sum("stars"))' in after
    assert "show(product.reviews_sum or 0, product.name)" in after


def test_a_value_of_a_related_row(tmp_path):
    text = HEAD + LOOP.replace("Product.objects", "Order.objects")
    files = Files(tmp_path)
    files.add("a.py", text.replace("«{use}»", "«product.item.reviews.count()»"))
    steps = (Step("item", "forward_key", "shop.Order"), Step("reviews", "x", "shop.Product"))
    models = {**MODELS, "shop.Order": Model("shop.models", "Order", "objects", frozenset())}
    one = value(files, "reviews", "count", path=steps, queryset={"nullable_path": {"item": False}})
    result = plan([one], tmp_path, django=(5, 2), models=models.__getitem__)
    after = render(result.fixes, tmp_path)["a.py"]
    assert 'Review.objects.filter(product=models.OuterRef("item__pk"))' in after
    assert "show(product.item_reviews_count, product.name)" in after
    perhaps = value(files, "reviews", "count", path=steps)
    result = plan([perhaps], tmp_path, django=(5, 2), models=models.__getitem__)
    assert "further down" in result.refusals[0].reason


TEMPLATE = "{% for p in products %}{{ p.reviews.count|add:1 }}{{ p.reviews.count }}{% endfor %}\n"


def in_template(files: Files, line: int = 1) -> Place:
    return Place("template", "shop/templates/list.html", True, line)


@pytest.mark.parametrize(("users", "kind"), [(1, "witnessed"), (2, "offered")])
def test_in_a_template_that_one_view_or_several_render(users, kind, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", HEAD + "def view(r):\n    return «Product.objects.all()»\n")
    files.add("shop/templates/list.html", "\ufeff" + TEMPLATE)
    files.add("b.py", 'render("list.html")\n' * users)
    result = planned(files, value(files, "reviews", "count", in_template(files)))
    assert [fix.kind for fix in result.fixes] == [kind]
    after = render(result.fixes, tmp_path)
    assert after["shop/templates/list.html"] == "\ufeff" + TEMPLATE.replace(
        "p.reviews.count", "p.reviews_count"
    )
    assert "reviews_count=Coalesce(" in after["a.py"]


def test_code_elsewhere_is_only_offered(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", HEAD + LOOP.replace("{use}", "product.reviews.count()"))
    files.add("b.py", "def shown(product):\n    return «product.reviews.count()»\n")
    trigger = replace(files.place("b.py"), qualname="shown")
    result = planned(files, value(files, "reviews", "count", trigger))
    assert [fix.kind for fix in result.fixes] == ["offered"]
    assert render(result.fixes, tmp_path)["b.py"].endswith("return product.reviews_count\n")


def test_two_values_at_one_queryset_compose(tmp_path):
    files = Files(tmp_path)
    uses = "product.reviews.count()», «product.reviews.exists()"
    files.add("a.py", HEAD + LOOP.replace("{use}", uses))
    second = replace(files.place("a.py", 2), qualname="view")
    result = planned(
        files,
        value(files, "reviews", "count"),
        value(files, "reviews", "exists", second),
        finding("category", replace(files.place("a.py"), qualname="view")),
    )
    after = render(result.fixes, tmp_path)["a.py"]
    assert "show(product.reviews_count, product.reviews_exists, product.name)" in after
    assert after.count(".annotate(n=") == 1 and after.count("    reviews_exists=") == 1
    assert 'select_related("category")' in after


REFUSED = {
    "product.reviews.filter(by=request.user).count()": ("filtered_count", "only known there"),
    "product.reviews.filter(Q(a=1)).count()": ("filtered_count", "only known there"),
    "product.reviews.order_by('a').count()": ("count", "not plainly a value"),
    "reviews_of(product).count()": ("count", "not plainly a value"),
    "self.reviews.count()": ("count", "asked by the instance itself"),
    "products[0].reviews.count()": ("count", "not plainly a value"),
    "product.reviews.aggregate(models.Sum('a'))": ("aggregate", "not plainly a value"),
}


@pytest.mark.parametrize("use", REFUSED)
def test_uses_that_are_not_plain(use, tmp_path):
    shape, reason = REFUSED[use]
    files = Files(tmp_path)
    files.add("a.py", HEAD + LOOP.replace("{use}", use))
    assert reason in planned(files, value(files, "reviews", shape)).refusals[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{{ a.reviews.count }}{{ b.reviews.count }}", "does not say plainly whose"),
        ("{{ p.reviews.count.x }}", "does not say plainly whose"),
        ("p.reviews.count", "does not say plainly whose"),
    ],
)
def test_templates_that_are_not_plain(line, reason, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", HEAD + "def view(r):\n    return «Product.objects.all()»\n")
    files.add("shop/templates/list.html", line)
    result = planned(files, value(files, "reviews", "count", in_template(files)))
    assert reason in result.refusals[0].reason
