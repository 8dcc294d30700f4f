"""ModelAdmin: list_select_related, and nothing else."""

from __future__ import annotations

import pytest

from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned

HEAD = "@admin.register(Product)\nclass ProductAdmin(admin.ModelAdmin):\n"
LINE = '    list_select_related = ("category",)\n'
PAIRS = {
    "after list_display": (
        f'{HEAD}    list_display = ["name"]\n    ordering = ["name"]\n',
        f'{HEAD}    list_display = ["name"]\n{LINE}    ordering = ["name"]\n',
    ),
    "before the first statement": (
        f"{HEAD}    save_on_top = True\n",
        f"{HEAD}{LINE}    save_on_top = True\n",
    ),
    "after the docstring": (
        f'{HEAD}    """Doc."""\n\n    @action\n    def f(self):\n        pass\n',
        f'{HEAD}    """Doc."""\n\n{LINE}    @action\n    def f(self):\n        pass\n',
    ),
    "one more": (
        f'{HEAD}    list_select_related = ("supplier",)\n',
        f'{HEAD}    list_select_related = ("supplier", "category")\n',
    ),
    "a list": (
        f'{HEAD}    list_select_related = ["supplier"]\n',
        f'{HEAD}    list_select_related = ("supplier", "category")\n',
    ),
    "no parentheses": (
        f'{HEAD}    list_select_related = "supplier",\n',
        f'{HEAD}    list_select_related = ("supplier", "category")\n',
    ),
    "switched off": (f"{HEAD}    list_select_related = False\n", f"{HEAD}{LINE}"),
}  # fmt: skip


LIST = (
    "    def get_changelist_instance(self, request):\n"
    "        changelist = super().get_changelist_instance(request)\n"
    "        rows = changelist.result_list\n"
    "        changelist.result_list = rows.{call}\n"
    "        return changelist\n"
)
TAGS = LIST.format(call='prefetch_related("tags")')


def edited(root, text, *lookups, path="admin.py", name="ProductAdmin", **changed):
    """The new text, or the first reason why there is none."""
    files = Files(root)
    files.add(path, text)
    place = files.klass(path, name, "list_select_related")
    found = (finding(lookup, place, **changed) for lookup in lookups or ("category",))
    result = planned(root, *found)
    if result.refusals:
        return result.refusals[0].reason
    return render(result.fixes, root)[path]


@pytest.mark.parametrize("name", PAIRS)
def test_pair(name, tmp_path):
    before, after = PAIRS[name]
    assert edited(tmp_path, before) == after


@pytest.mark.parametrize("lookup", ["tags", "reviews__author", "stock", "category__tags"])
def test_what_the_option_cannot_join_the_list_prefetches(lookup, tmp_path):
    text = f"{HEAD}    list_per_page = 50\n"
    call = LIST.format(call=f'prefetch_related("{lookup}")')
    assert edited(tmp_path, text, lookup) == f"{text}\n{call}"


UNSTABLE = {"sliced": True, "total_order": False}


@pytest.mark.parametrize(
    ("queryset", "body"),
    [
        (UNSTABLE, "    list_per_page = 50\n"),
        ({"select_related": True}, '    list_display = ["category"]\n'),
        ({"select_related": True}, "    list_select_related = True\n"),
        ({}, "    list_select_related = NAMES\n"),
        ({}, "    def get_list_select_related(self, request):\n        return ()\n"),
    ],
)
def test_and_so_it_does_where_no_name_can_be_added(queryset, body, tmp_path):
    """No join without a total order; a name would end the joins that the admin makes by itself."""
    call = LIST.format(call='prefetch_related("category")')
    assert edited(tmp_path, HEAD + body, queryset=queryset) == f"{HEAD}{body}\n{call}"


@pytest.mark.parametrize(
    ("lookup", "names"),
    [
        ("category__parent", '"supplier", "category__parent"'),
        ("author", '"category", "supplier", "author"'),
    ],
)
def test_keys_that_django_joins_by_name_are_named_too(lookup, names, tmp_path):
    """Since Django 6.1 those in list_display, and only while the option says nothing."""
    text = f'{HEAD}    list_display = ["category", "supplier"]\n'
    joined = {"select_related": ["category", "supplier"]}
    assert edited(tmp_path, text, lookup, queryset=joined) == (
        f"{text}    list_select_related = ({names})\n"
    )
    said = f'{HEAD}    list_select_related = ["supplier"]\n'
    assert edited(tmp_path, said, lookup, queryset={"select_related": ["supplier"]}) == (
        f'{HEAD}    list_select_related = ("supplier", "{lookup}")\n'
    )


def test_both(tmp_path):
    body = "    def f(self):\n        if 1:\n            pass  # f\n"
    text = f'{HEAD}    list_display = ["name"]\n\n{body}'
    new = text.replace("\n\n    def f", f"\n{LINE}\n    def f", 1)
    assert edited(tmp_path, text, "category", "tags") == f"{new}\n{TAGS}"


def test_more_for_a_list_that_prefetches_already(tmp_path):
    wanted = LIST.format(call='prefetch_related("tags", "reviews")')
    assert edited(tmp_path, f"{HEAD}{TAGS}", "reviews") == f"{HEAD}{wanted}"


def test_a_long_line_is_opened(tmp_path):
    lookups = ("tags", "reviews__author", "category__tags")
    new = edited(tmp_path, f"{HEAD}    x = 1\n", *lookups)
    assert 'rows.prefetch_related(\n            "tags", "reviews__author", "category__t' in new
    assert max(map(len, new.splitlines())) <= 88


INLINE = "class ProductInline(admin.TabularInline):\n    model = Product\n"


def test_an_inline_gets_a_queryset(tmp_path):
    new = edited(tmp_path, INLINE, "category", "tags", name="ProductInline")
    assert new == (
        f"{INLINE}\n    def get_queryset(self, request):\n"
        "        return (\n            super().get_queryset(request)\n"
        '            .select_related("category")\n            .prefetch_related("tags")\n'
        "        )\n"
    )


REFUSED = {
    "already": (f'{HEAD}    list_select_related = ["category"]\n', "already asks for"),
    "list": (
        f"{HEAD}    def get_changelist_instance(self, request):\n        return Mine()\n",
        "does not show its rows",
    ),
    "inline": (
        f"{INLINE}    def get_queryset(self, request):\n        return self.rows()\n".replace(
            "ProductInline", "ProductAdmin"
        ),
        "does not show its queryset",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    text, reason = REFUSED[name]
    assert reason in edited(tmp_path, text)


def test_the_page_of_one_object(tmp_path):
    assert "get_object()" in edited(tmp_path, f"{HEAD}    x = 1\n", queryset={"get": True})


IMPORT = "from shop.models import Product\n\n\n"
OWN = {
    "decorated": f"{IMPORT}{HEAD}    x = 1\n",
    "registered": (
        f"{IMPORT}class ProductAdmin(ModelAdmin):\n    x = 1\n\n\n"
        "site.register(Product, ProductAdmin)\n"
    ),
    "renamed": (
        "from shop.models import Product as P\n\n\n"
        "@admin.register(P)\nclass ProductAdmin(ModelAdmin):\n    x = 1\n"
    ),
    "an inline": "class ProductAdmin(admin.StackedInline):\n    model = models.Product\n",
}
NOT_PLAIN = {
    "called": "@admin.register(get_user_model())\nclass ProductAdmin(ModelAdmin):\n    x = 1\n",
    "a variable": (
        "User = get_user_model()\n\n\n@admin.register(User)\n"
        "class ProductAdmin(ModelAdmin):\n    x = 1\n"
    ),
    "elsewhere": "class ProductAdmin(ModelAdmin):\n    x = 1\n",
}


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
def test_the_choices_of_a_filter_are_not_its_rows(text, tmp_path):
    """What Django loads for the class, but from another table, no edit of the class answers."""
    assert "to choose from" in edited(tmp_path, text, "parent", model="shop.Category")
    assert "category" in edited(tmp_path, text, "category", model="shop.Product")


@pytest.mark.parametrize("text", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whose_admin_it_is_need_not_be_plain(text, tmp_path):
    assert "parent" in edited(tmp_path, text, "parent", model="shop.Account")


def test_the_summary_says_what_goes_where(tmp_path):
    files = Files(tmp_path)
    files.add("admin.py", f"{HEAD}    x = 1\n")
    place = files.klass("admin.py", "ProductAdmin")
    (fix,) = planned(tmp_path, finding("category", place), finding("tags", place)).fixes
    assert fix.summary.endswith(
        'list_select_related: category; the change list: .prefetch_related("tags")'
    )
