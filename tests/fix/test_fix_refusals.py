"""What is not edited, and that the reason says what to do."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Step
from tests.fix.fixing import Files, finding, planned, refused, rewrite

EXPRESSIONS = {
    "values": ("qs = «Product.objects.filter(a=1)».values('name')\n", "plain values"),
    "values_list": ("qs = «Product.objects.values_list('name')»\n", "plain values"),
    "dates": ("qs = «Product.objects.all()».dates('made', 'year')\n", "plain values"),
    "union": ("qs = «Product.objects.filter(a=1)».union(other)\n", "combines querysets"),
    "intersection": ("qs = «Product.objects.all()».intersection(b)[:3]\n", "combines querysets"),
    "difference": ("qs = «Product.objects.all()».difference(b).order_by()\n", "combines querysets"),
    "argument of a union": ("qs = a.union(«Product.objects.all()»)\n", "combines querysets"),
    "raw": ("qs = «Product.objects.raw('select 1')»\n", "raw SQL"),
    "count": ("n = «Product.objects.filter(a=1)».count()\n", "no instances"),
    "aggregate": ("n = «Product.objects.aggregate(Sum('price'))»\n", "no instances"),
    "update": ("«Product.objects.filter(a=1)».update(b=2)\n", "no instances"),
    "get_or_create": ("p, new = «Product.objects.get_or_create(a=1)»\n", "may create"),
    "foreign method": ("p = «Product.objects.cheapest()»\n", "cannot tell"),
    "foreign function": ("p = «cheapest_product()»\n", "cannot tell"),
    "inside an f-string": ("x = f'{«Product.objects.all()»}'\n", "f-string"),
    "an attribute": ("p = «order.customer»\n", "cannot tell"),
    "get of something else": ("p = «super().get(request)»\n", "cannot tell"),
    "get of a session": ("p = «request.session.get('key')»\n", "cannot tell"),
    "a generator that looks like a helper": (
        "def rows():\n    yield from Product.objects.all()\n\np = «rows()»\n",
        "cannot tell",
    ),
    "shortcut with a variable": ("p = «get_object_or_404(klass, pk=1)»\n", "cannot tell"),
    "shortcut with nothing": ("p = «get_object_or_404(*args)»\n", "cannot tell"),
    "to_attr on the way": (
        "qs = «Product.objects.all()».prefetch_related(Prefetch('reviews', to_attr='latest'))\n",
        "to_attr",
    ),
    "already there": (
        "qs = «Product.objects.all()».prefetch_related('reviews__author')\n",
        "already asks for",
    ),
    "already on the way to something": (
        "qs = «Product.objects.prefetch_related('reviews__author__parent')»\n",
        "already asks for",
    ),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression(name, tmp_path):
    marked, reason = EXPRESSIONS[name]
    assert reason in refused(tmp_path, marked, "reviews__author")


FACTS = {
    "raw": ({"raw": True}, "raw SQL"),
    "union": ({"combinator": "union"}, "combines querysets"),
    "only": ({"only": ["name"]}, "leaves out the key category"),
    "only, of the next model": (
        {"only": ["name", "category__name"]},
        "leaves out the key category__parent",
    ),
    "defer": ({"defer": ["category"]}, "leaves out the key category"),
    "defer, by column": ({"defer": ["category_id"]}, "leaves out the key category"),
    "locked, nullable": (
        {"for_update": True, "nullable_path": {"category": True}},
        "select_for_update()",
    ),
    "locked, nullable further on": (
        {"for_update": True, "nullable_path": {"category": False, "category__parent": True}},
        "select_for_update()",
    ),
    "locked, not known": ({"for_update": True}, "select_for_update()"),
    "already fetched": ({"prefetch_related": ["category__parent"]}, "already asks for"),
    "already joined": ({"select_related": ["category__parent"]}, "already asks for"),
    "fetched elsewhere by its own queryset": (
        {"prefetch_related": [{"lookup": "category", "queryset": True}]},
        "Prefetch with its own queryset",
    ),
    "fetched elsewhere to an attribute": (
        {"prefetch_related": [{"lookup": "category", "to_attr": "cat"}]},
        "to_attr",
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_fact(name, tmp_path):
    queryset, reason = FACTS[name]
    text = "qs = «Product.objects.all()»\n"
    assert reason in refused(tmp_path, text, "category__parent", queryset=queryset)


ALLOWED = {
    "only, with the key": {"only": ["name", "category"]},
    "only, with the key's column": {"only": ["name", "category_id"]},
    "only, with both keys": {"only": ["name", "category__parent"]},
    "defer of something else": {"defer": ["description"]},
    "locked, not nullable": {"for_update": True, "nullable_path": {"category": False}},
    "another prefetch": {"prefetch_related": [{"lookup": "tags", "to_attr": "labels"}]},
}


@pytest.mark.parametrize("name", ALLOWED)
def test_fact_that_is_no_obstacle(name, tmp_path):
    text = "qs = «Product.objects.all()»\n"
    after = rewrite(tmp_path, text, "category__parent", queryset=ALLOWED[name])
    assert '_related("category__parent")' in after


@pytest.mark.parametrize(
    ("django", "effect"), [((4, 2), "prefetches nothing"), ((5, 2), "raises ValueError")]
)
def test_iterator_without_a_chunk_size(django, effect, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()».iterator()\n")
    one = finding("tags", files.place("a.py"), queryset={"iterator": 0})
    reason = planned(tmp_path, one, django=django).refusals[0].reason
    assert effect in reason
    assert "chunk_size" in reason


def test_iterator_does_not_mind_a_join(tmp_path):
    text = "qs = «Product.objects.all()».iterator()\n"
    after = rewrite(tmp_path, text, "category", queryset={"iterator": 0})
    assert after == 'qs = Product.objects.all().select_related("category").iterator()\n'


def test_iterator_with_a_chunk_size(tmp_path):
    text = "qs = «Product.objects.all()».iterator(chunk_size=50)\n"
    after = rewrite(tmp_path, text, "tags", queryset={"iterator": 50})
    assert after == 'qs = Product.objects.all().prefetch_related("tags").iterator(chunk_size=50)\n'


def test_unknown_origin(tmp_path):
    one = finding("category", reason="its rows were unpickled")
    assert "unpickled" in planned(tmp_path, one).refusals[0].reason
    other = finding("category")
    assert "not known where" in planned(tmp_path, other).refusals[0].reason


def test_duplicates_have_no_fix_yet(tmp_path):
    assert "duplicates" in planned(tmp_path, finding("")).refusals[0].reason


@pytest.mark.parametrize("shape", ["filtered", "deferred"])
def test_shapes_that_no_prefetch_answers(shape, tmp_path):
    reason = refused(tmp_path, "qs = «Product.objects.all()»\n", "reviews", shape=shape)
    assert shape in reason


@pytest.mark.parametrize("shape", ["count", "exists", "aggregate"])
def test_values_that_nobody_here_asks_for(shape, tmp_path):
    reason = refused(tmp_path, "qs = «Product.objects.all()»\n", "reviews", shape=shape)
    assert "installed code asks for it" in reason


def test_what_a_cache_keeps(tmp_path):
    reason = refused(tmp_path, "qs = «Product.objects.all()»\n", cold=True)
    assert "a cache has the answer" in reason


def test_stale_by_the_doctors_own_word(tmp_path):
    reason = refused(tmp_path, "qs = «Product.objects.all()»\n", stale=True)
    assert "has changed" in reason


def test_path_behind_a_generic_key(tmp_path):
    reason = refused(tmp_path, "qs = «Note.objects.all()»\n", "target__category")
    assert "not known of which models" in reason


def test_a_refusal_does_not_hold_up_the_others(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    place = files.place("a.py")
    bad = finding("category", place, queryset={"defer": ["category"]})
    result = planned(tmp_path, bad, finding("tags", place))
    assert [fix.findings[0].lookup for fix in result.fixes] == ["tags"]
    assert [refusal.finding.lookup for refusal in result.refusals] == ["category"]


def test_an_unheard_of_kind_of_step_is_never_joined(tmp_path):
    text = "qs = «Product.objects.all()»\n"
    after = rewrite(tmp_path, text, "category", path=(Step("owner", "polymorphic"),))
    assert after == 'qs = Product.objects.all().prefetch_related("owner")\n'
