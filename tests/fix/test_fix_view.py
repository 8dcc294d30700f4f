"""Classes for which the framework makes the queryset."""

from __future__ import annotations

import pytest

from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned

HEAD = "class ProductList(ListView):\n"
MODEL_LONG = "    model = catalogue_models.SeasonalProductVariant\n"
PAIRS = {
    "model": (
        f"{HEAD}    model = Product\n    paginate_by = 20\n",
        f"{HEAD}    model = Product\n"
        '    queryset = Product.objects.select_related("category")\n    paginate_by = 20\n',
    ),
    "model with a comment, of a module": (
        f'{HEAD}    """Doc."""\n    model = models.Product  # all of them\n',
        f'{HEAD}    """Doc."""\n    model = models.Product  # all of them\n'
        '    queryset = models.Product.objects.select_related("category")\n',
    ),
    "annotated": (
        f"{HEAD}    model: type[Product] = Product",
        f"{HEAD}    model: type[Product] = Product\n"
        '    queryset = Product.objects.select_related("category")',
    ),
    "crlf": (
        "class ProductList(ListView):\r\n\tmodel = Product\r\n",
        "class ProductList(ListView):\r\n\tmodel = Product\r\n"
        '\tqueryset = Product.objects.select_related("category")\r\n',
    ),
    "too long": (
        HEAD + MODEL_LONG,
        HEAD + MODEL_LONG + "    queryset = (\n"
        "        catalogue_models.SeasonalProductVariant.objects\n"
        '        .select_related("category")\n    )\n',
    ),
    "queryset": (
        f"{HEAD}    queryset = Product.objects.filter(a=1)[:5]\n",
        f'{HEAD}    queryset = Product.objects.filter(a=1).select_related("category")[:5]\n',
    ),
    "queryset beside the model": (
        f"{HEAD}    model = Product\n    queryset = Product.objects.all()\n",
        f"{HEAD}    model = Product\n"
        '    queryset = Product.objects.all().select_related("category")\n',
    ),
    "a manager as queryset": (
        f"{HEAD}    queryset = Product.objects\n",
        f'{HEAD}    queryset = Product.objects.select_related("category")\n',
    ),
}


def edited(root, text, place=None, **changed):
    files = Files(root)
    files.add("views.py", text)
    place = place or files.klass("views.py", "ProductList")
    result = planned(root, finding("category", place, **changed))
    if result.refusals:
        return result.refusals[0].reason
    return render(result.fixes, root)["views.py"]


@pytest.mark.parametrize("name", PAIRS)
def test_pair(name, tmp_path):
    before, after = PAIRS[name]
    assert edited(tmp_path, before) == after


REFUSED = {
    "inherited": (f"{HEAD}    template_name = 'a.html'\n", "inherits what it queries"),
    "from the arguments": (f"{HEAD}    model = get_user_model()\n", "not a plain name"),
    "queryset by name": (f"{HEAD}    queryset = PRODUCTS\n", "not written where it is assigned"),
    "get_queryset that does not show": (
        f"{HEAD}    model = Product\n\n    def get_queryset(self):\n        return self.search()\n",
        "does not show its queryset",
    ),
    "no such class": ("class Other(ListView):\n    model = Product\n", "no single class"),
    "on one line": ("class ProductList(ListView): model = Product\n", "on one line"),
    "values": (f"{HEAD}    queryset = Product.objects.values('a')\n", "plain values"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    text, reason = REFUSED[name]
    assert reason in edited(tmp_path, text)


def test_choices_of_a_form_field(tmp_path):
    files = Files(tmp_path)
    files.add(
        "views.py", "class ProductForm(ModelForm):\n    class Meta:\n        model = Product\n"
    )
    place = files.klass("views.py", "ProductForm", "fields.category")
    reason = planned(tmp_path, finding("parent", place)).refusals[0].reason
    assert "fields.category" in reason
    assert "by hand" in reason


def test_the_manager_that_made_it_is_not_objects(tmp_path):
    after = edited(tmp_path, f"{HEAD}    model = Product\n", queryset={"manager": "live"})
    assert "queryset = Product.live.select_related" in after


def test_of_two_classes_the_one_on_the_recorded_line(tmp_path):
    files = Files(tmp_path)
    body = "class A(ListView):\n    model = Product\n"
    files.add("views.py", f"{body}\n\n{body}")
    from dataclasses import replace

    place = replace(files.klass("views.py", "A"), line=5)
    result = planned(tmp_path, finding("category", place))
    after = render(result.fixes, tmp_path)["views.py"]
    assert after == f"{body}\n\n{body}" + (
        '    queryset = Product.objects.select_related("category")\n'
    )


def test_nested_class(tmp_path):
    files = Files(tmp_path)
    files.add("views.py", "class A:\n    class B(ListView):\n        model = Product\n")
    result = planned(tmp_path, finding("category", files.klass("views.py", "A.B")))
    assert "        queryset = Product" in render(result.fixes, tmp_path)["views.py"]


def test_own_get_queryset_goes_before_the_class(tmp_path):
    files = Files(tmp_path)
    files.add(
        "views.py",
        f"{HEAD}    model = Product\n\n    def get_queryset(self):\n"
        "        return «super().get_queryset()».filter(a=1)\n",
    )
    method = files.place("views.py", qualname="ProductList.get_queryset")
    one = finding("category", files.klass("views.py", "ProductList"), method)
    after = render(planned(tmp_path, one).fixes, tmp_path)["views.py"]
    assert after.endswith('super().get_queryset().filter(a=1).select_related("category")\n')
    assert "queryset = Product" not in after


def test_a_class_that_cannot_be_edited_gives_way_to_its_caller(tmp_path):
    files = Files(tmp_path)
    files.add("managers.py", "class Published(Manager):\n    pass\n")
    files.add("views.py", "qs = «Product.published.all()»\n")
    one = finding("category", files.klass("managers.py", "Published"), files.place("views.py"))
    result = planned(tmp_path, one)
    assert [fix.path for fix in result.fixes] == ["views.py"]


def test_viewset_with_a_queryset_made_at_import(tmp_path):
    files = Files(tmp_path)
    files.add(
        "api.py",
        "class ProductViewSet(ModelViewSet):\n    queryset = «Product.objects.all()»\n"
        "    serializer_class = ProductSerializer\n",
    )
    at_import = finding("tags", files.place("api.py", qualname="ProductViewSet"))
    by_class = finding("reviews", files.klass("api.py", "ProductViewSet", "queryset"))
    result = planned(tmp_path, at_import, by_class)
    assert len(result.fixes) == 1, "both are the same queryset"
    assert render(result.fixes, tmp_path)["api.py"] == (
        "class ProductViewSet(ModelViewSet):\n"
        '    queryset = Product.objects.all().prefetch_related("tags", "reviews")\n'
        "    serializer_class = ProductSerializer\n"
    )
