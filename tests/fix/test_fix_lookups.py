"""Which method loads a path, and what several paths at one queryset come to."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Step
from hotclub.fix import Lookup
from tests.fix.fixing import Files, finding, planned, refused, rewrite

JOIN, FETCH = "select_related", "prefetch_related"
UNSTABLE = {
    "sliced": {"sliced": True, "total_order": False},
    "paginated, order not total": {"sliced": True, "ordered": True, "total_order": False},
    "unordered": {"ordered": False, "total_order": False},
    "unordered and sliced": {"ordered": False, "sliced": True, "total_order": False},
    "unknown": {"ordered": None, "sliced": None, "total_order": None},
    "locked": {"for_update": True, "nullable_path": {"category": False}},
}


def lookups(root, *paths, queryset=None, text="qs = «Product.objects.all()»\n"):
    files = Files(root)
    files.add("a.py", text)
    place = files.place("a.py")
    result = planned(root, *(finding(path, place, queryset=queryset) for path in paths))
    assert not result.refusals, result.refusals[0].reason
    assert len(result.fixes) == 1
    return [(lookup.method, lookup.path) for lookup in result.fixes[0].lookups]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("category", JOIN),
        ("category__parent", JOIN),
        ("stock", JOIN),
        ("tags", FETCH),
        ("reviews", FETCH),
        ("reviews__author", FETCH),
        ("category__tags", FETCH),
        ("target", FETCH),
        ("notes", FETCH),
        ("notes__author", FETCH),
    ],
)
def test_by_the_kinds_on_the_way(path, method, tmp_path):
    assert lookups(tmp_path, path) == [(method, path)]


@pytest.mark.parametrize("name", UNSTABLE)
def test_no_join_where_it_could_change_the_rows(name, tmp_path):
    assert lookups(tmp_path, "category", queryset=UNSTABLE[name]) == [(FETCH, "category")]


def test_a_total_order_allows_the_join_on_a_slice(tmp_path):
    stable = {"sliced": True, "ordered": True, "total_order": True}
    assert lookups(tmp_path, "category", queryset=stable) == [(JOIN, "category")]


def test_ordered_and_read_whole_allows_the_join(tmp_path):
    whole = {"sliced": False, "ordered": True, "total_order": False}
    assert lookups(tmp_path, "category", queryset=whole) == [(JOIN, "category")]


def test_one_row_allows_the_join(tmp_path):
    text = "p = «Product.objects.filter(a=1)».get()\n"
    unordered = {"sliced": True, "ordered": False, "total_order": False}
    assert lookups(tmp_path, "category", queryset=unordered, text=text) == [(JOIN, "category")]


def test_get_is_recorded_too(tmp_path):
    got = {"get": True, "ordered": False, "total_order": False}
    assert lookups(tmp_path, "category", queryset=got) == [(JOIN, "category")]


def test_one_unstable_request_is_enough(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    place = files.place("a.py")
    sliced = finding("supplier", place, queryset={"sliced": True, "total_order": False})
    result = planned(tmp_path, finding("category", place), sliced)
    assert result.fixes[0].lookups == (Lookup(FETCH, "category"), Lookup(FETCH, "supplier"))


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["category", "category"], [(JOIN, "category")]),
        (["category", "category__parent"], [(JOIN, "category__parent")]),
        (["category__parent", "category"], [(JOIN, "category__parent")]),
        (["category", "category__tags"], [(JOIN, "category"), (FETCH, "category__tags")]),
        (["reviews", "reviews__author"], [(FETCH, "reviews__author")]),
        (
            ["tags", "supplier", "reviews"],
            [(FETCH, "tags"), (JOIN, "supplier"), (FETCH, "reviews")],
        ),
    ],
)
def test_several_paths_at_one_queryset(paths, chosen, tmp_path):
    assert lookups(tmp_path, *paths) == chosen


def test_prefixes_are_dropped_without_joins_too(tmp_path):
    unordered = {"ordered": False, "total_order": False}
    chosen = lookups(tmp_path, "category", "category__parent", queryset=unordered)
    assert chosen == [(FETCH, "category__parent")]


@pytest.mark.parametrize(
    "text",
    [
        "qs = «Product.objects.select_related()»\n",
        "qs = «Product.objects.all()».select_related(None)\n",
        'qs = «Product.objects.prefetch_related("category")»\n',
    ],
)
def test_what_the_expression_says_of_joins_is_respected(text, tmp_path):
    assert lookups(tmp_path, "category__parent", text=text) == [(FETCH, "category__parent")]


def test_joins_of_all_keys_are_not_narrowed(tmp_path):
    chosen = lookups(tmp_path, "supplier", queryset={"select_related": True})
    assert chosen == [(FETCH, "supplier")]


def test_none_takes_back_what_was_said_before_it(tmp_path):
    text = 'qs = «Product.objects.select_related("category")».select_related(None)\n'
    assert rewrite(tmp_path, text, "category") == (
        "qs = (\n"
        '    Product.objects.select_related("category")\n'
        "    .select_related(None)\n"
        '    .prefetch_related("category")\n'
        ")\n"
    )


def test_the_summary_names_place_and_calls(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "def v():\n    return «Product.objects.all()»\n")
    place = files.place("a.py", qualname="v")
    result = planned(tmp_path, finding("tags", place), finding("category", place))
    assert result.fixes[0].summary == (
        'a.py:2 v: .select_related("category").prefetch_related("tags")'
    )


@pytest.mark.parametrize(
    ("text", "lookup", "only", "after"),
    [
        (
            'qs = «Product.objects.only("name")»\n',
            "category",
            ["name"],
            'qs = Product.objects.only("name", "category").select_related("category")\n',
        ),
        (
            'qs = «Product.objects.only("name", "category__name")»\n',
            "category__parent",
            ["name", "category__name"],
            'qs = Product.objects.only("name", "category__name", "category__parent")'
            '.select_related("category__parent")\n',
        ),
    ],
)
def test_a_key_that_only_leaves_out_is_added_to_it(text, lookup, only, after, tmp_path):
    assert rewrite(tmp_path, text, lookup, queryset={"only": only}) == after


@pytest.mark.parametrize(
    ("text", "queryset"),
    [
        ("qs = «Product.objects.only(*names)»\n", {"only": ["name"]}),
        ("qs = «Product.objects.all()»\n", {"only": ["name"]}),
        ('qs = «Product.objects.only("name")»\n', {"only": ["name"], "defer": ["category"]}),
    ],
)
def test_an_only_that_is_not_plain_stays(text, queryset, tmp_path):
    assert "leaves out the key category" in refused(tmp_path, text, "category", queryset=queryset)


def test_a_path_may_go_on_from_a_to_attr(tmp_path):
    text = 'qs = «Product.objects.prefetch_related(Prefetch("reviews", to_attr="latest"))»\n'
    steps = (Step("latest", "reverse_key"), Step("author", "forward_key"))
    recorded = {"prefetch_related": [{"lookup": "reviews", "to_attr": "latest"}]}
    after = rewrite(tmp_path, text, "", path=steps, queryset=recorded)
    assert after == text.replace("«", "").replace("»", "").replace(
        '"latest"))', '"latest"), "latest__author")'
    )
