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


def edited(root, text, lookup="category", **changed):
    files = Files(root)
    files.add("admin.py", text)
    place = files.klass("admin.py", "ProductAdmin", "queryset")
    result = planned(root, finding(lookup, place, **changed))
    if result.refusals:
        return result.refusals[0].reason
    return render(result.fixes, root)["admin.py"]


@pytest.mark.parametrize("name", PAIRS)
def test_pair(name, tmp_path):
    before, after = PAIRS[name]
    assert edited(tmp_path, before) == after


@pytest.mark.parametrize("lookup", ["tags", "reviews__author", "stock", "category__tags"])
def test_only_forward_and_single_valued(lookup, tmp_path):
    assert "only forward" in edited(tmp_path, f"{HEAD}    x = 1\n", lookup)


def test_no_join_without_a_total_order(tmp_path):
    sliced = {"sliced": True, "total_order": False}
    assert "only joins" in edited(tmp_path, f"{HEAD}    x = 1\n", queryset=sliced)


def test_joins_that_the_admin_makes_by_itself_are_kept(tmp_path):
    reason = edited(tmp_path, f"{HEAD}    x = 1\n", queryset={"select_related": True})
    assert "list_display" in reason


REFUSED = {
    "True": ("    list_select_related = True\n", "no plain list"),
    "computed": ("    list_select_related = NAMES\n", "no plain list"),
    "method": ("    def get_list_select_related(self, request):\n        return ()\n", "decides"),
    "already": ('    list_select_related = ["category"]\n', "already asks for"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    body, reason = REFUSED[name]
    assert reason in edited(tmp_path, HEAD + body)


def test_inlines(tmp_path):
    text = "class ProductAdmin(admin.TabularInline):\n    model = Product\n"
    assert "override get_queryset()" in edited(tmp_path, text)


def test_the_summary_speaks_of_the_option(tmp_path):
    files = Files(tmp_path)
    files.add("admin.py", f"{HEAD}    x = 1\n")
    one = finding("category", files.klass("admin.py", "ProductAdmin"))
    assert planned(tmp_path, one).fixes[0].summary.endswith("list_select_related: category")
