"""Managers and helpers: whose expression is changed."""

from __future__ import annotations

import pytest

from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned

MANAGER = (
    "class Published(Manager):\n    def get_queryset(self):\n"
    "        return «super().get_queryset()».filter(status=1)\n"
)
HELPERS = {
    "returned at once": (
        "def visible(shop):\n    return «Product.objects.filter(a=1)».order_by('b')\n"
    ),
    "by a name": (
        "def visible(shop):\n    qs = «Product.objects.filter(a=1)»\n    if shop:\n"
        "        qs = qs.filter(shop=shop)\n    return qs.order_by('b')\n"
    ),
    "by either of two": (
        "def visible(shop):\n    if shop:\n        return Product.objects.filter(shop=shop)\n"
        "    return «Product.objects.all()»\n"
    ),
    "sliced": "def visible(shop):\n    return «Product.objects.all()».order_by('b')[:20]\n",
    "by a condition": (
        "def visible(s):\n    return «Product.objects.all()» if s else Product.objects.none()\n"
    ),
}  # fmt: skip
NO_HELPERS = {
    "a list": "def visible(shop):\n    return list(«Product.objects.filter(a=1)»)\n",
    "used inside": "def visible(shop):\n    for p in «Product.objects.all()»:\n        yield p.a\n",
    "one row": "def visible(shop):\n    return «Product.objects.filter(a=1)».first()\n",
    "or nothing": (
        "def visible(shop):\n    if not shop:\n        return None\n"
        "    return «Product.objects.filter(a=1)»\n"
    ),
    "a name from a loop": (
        "def visible(shop):\n    qs = «Product.objects.filter(a=1)»\n"
        "    for qs in shop:\n        pass\n    return qs\n"
    ),
    "later": "async def visible(shop):\n    return «Product.objects.filter(a=1)»\n",
    "another": (
        "def visible(shop):\n    unused = «Product.objects.filter(a=1)».get()\n"
        "    return Product.objects.all()\n"
    ),
}
VIEW = "def page(request):\n    return Paginator(«visible(request.shop)», 20)\n"


def project(root, helper, view, callers=2):
    """One fix, whichever of the two places the finding names first."""
    files = Files(root)
    files.add("shop/helpers.py", helper)
    files.add("shop/views.py", view)
    places = files.place("shop/helpers.py"), files.place("shop/views.py")
    result = planned(root, finding("category", *places, callers=callers))
    assert not result.refusals, result.refusals[0].reason
    if callers > 1:
        for climbed in (0, 1):
            turned = finding("category", *places[::-1], callers=callers, climbed=climbed)
            assert planned(root, turned).fixes[0].place == result.fixes[0].place
    return files, result.fixes[0], render(result.fixes, root)


@pytest.mark.parametrize("name", HELPERS)
def test_the_caller_of_a_helper_that_returns_its_queryset(name, tmp_path):
    _, fix, sources = project(tmp_path, HELPERS[name], VIEW)
    assert sources == {
        "shop/views.py": (
            "def page(request):\n"
            '    return Paginator(visible(request.shop).select_related("category"), 20)\n'
        )
    }
    assert fix.path == fix.place.path == "shop/views.py"


@pytest.mark.parametrize("name", NO_HELPERS)
def test_the_own_expression_of_one_that_does_not(name, tmp_path):
    files, fix, sources = project(tmp_path, NO_HELPERS[name], VIEW)
    assert list(sources) == ["shop/helpers.py"]
    assert "select_related" in sources["shop/helpers.py"]


@pytest.mark.parametrize("name", HELPERS)
def test_with_one_caller_the_helper_itself(name, tmp_path):
    _, fix, _ = project(tmp_path, HELPERS[name], VIEW, callers=1)
    assert fix.path == "shop/helpers.py"


def test_a_manager_with_several_callers(tmp_path):
    view = "def page(request):\n    qs = «Product.published.all()».order_by('b')\n    return qs\n"
    _, _, sources = project(tmp_path, MANAGER, view)
    assert sources == {
        "shop/views.py": "def page(request):\n"
        "    qs = Product.published.all().order_by('b').select_related('category')\n"
        "    return qs\n"
    }


def test_a_manager_whose_caller_takes_one_row(tmp_path):
    _, _, sources = project(tmp_path, MANAGER, "p = «Product.published.first()»\n")
    assert sources["shop/views.py"] == (
        'p = Product.published.select_related("category").first()\n'
    )


def test_a_view_that_returns_what_a_manager_makes_is_no_manager(tmp_path):
    view = "class V(ListView):\n    def get_queryset(self):\n        return «Product.live.all()»\n"
    _, fix, _ = project(tmp_path, MANAGER, view)
    assert fix.path == "shop/views.py"


def test_a_queryset_method_that_the_caller_ends_with(tmp_path):
    manager = (
        "class ProductQuerySet(QuerySet):\n    def visible(self):\n"
        "        return «self.filter(a=1)».order_by('b')\n"
    )
    view = "qs = «Product.objects.visible()»\n"
    _, _, sources = project(tmp_path, manager, view)
    assert sources["shop/views.py"] == (
        'qs = Product.objects.visible().select_related("category")\n'
    )


def test_a_property_that_the_caller_reads(tmp_path):
    model = (
        "class Category(Model):\n    @property\n    def visible(self):\n"
        "        return «self.products.filter(a=1)»\n"
    )
    _, _, sources = project(tmp_path, model, "for p in «category.visible»:\n    print(p)\n")
    assert sources["shop/views.py"].startswith(
        'for p in category.visible.select_related("category"):'
    )


@pytest.mark.parametrize(
    "changed", [{"kind": "template"}, {"in_project": False}, {"sha256": "0" * 64}]
)
def test_a_caller_that_cannot_be_edited(changed, tmp_path):
    files = Files(tmp_path)
    files.add("helpers.py", HELPERS["returned at once"])
    files.add("views.py", VIEW)
    places = files.place("helpers.py"), files.place("views.py", **changed)
    result = planned(tmp_path, finding("category", *places, callers=2))
    assert [fix.path for fix in result.fixes] == ["helpers.py"]


def test_two_callers_get_an_edit_each(tmp_path):
    files = Files(tmp_path)
    files.add("helpers.py", HELPERS["returned at once"])
    files.add("views.py", "a = «visible(1)»\nb = «visible(2)»[:5]\n")
    made = files.place("helpers.py")
    one = finding("category", made, files.place("views.py", 0), callers=2)
    two = finding("tags", made, files.place("views.py", 1), callers=2)
    result = planned(tmp_path, one, two)
    assert render(result.fixes, tmp_path)["views.py"] == (
        'a = visible(1).select_related("category")\nb = visible(2).prefetch_related("tags")[:5]\n'
    )


def test_a_foreign_method_is_believed_when_the_project_shows_what_it_returns(tmp_path):
    files = Files(tmp_path)
    files.add(
        "managers.py",
        "class Q(QuerySet):\n    def cheap(self):\n        return self.live().filter(b=1)\n\n"
        "    def live(self):\n        return self.filter(a=1)\n",
    )
    files.add("views.py", "qs = «Product.objects.cheap()»\n")
    result = planned(tmp_path, finding("category", files.place("views.py")))
    assert 'cheap().select_related("category")' in render(result.fixes, tmp_path)["views.py"]


DELEGATING = "class M(Manager):\n    def cheap(self):\n        return self.get_queryset().cheap()\n"


def test_a_manager_may_call_its_querysets_method_of_that_name(tmp_path):
    files = Files(tmp_path)
    files.add("managers.py", "class Q:\n    def cheap(self):\n        return self.filter(a=1)\n")
    files.add("more.py", DELEGATING)
    files.add("views.py", "qs = «Product.objects.cheap()»\n")
    result = planned(tmp_path, finding("category", files.place("views.py")))
    assert 'cheap().select_related("category")' in render(result.fixes, tmp_path)["views.py"]


def test_and_somebody_must_make_one(tmp_path):
    files = Files(tmp_path)
    files.add("more.py", DELEGATING)
    files.add("views.py", "qs = «Product.objects.cheap()»\n")
    result = planned(tmp_path, finding("category", files.place("views.py")))
    assert "cannot tell" in result.refusals[0].reason


@pytest.mark.parametrize(
    "other",
    [
        "def cheap():\n    return []\n",
        "def cheap():\n    pass\n",
        "def cheap(n):\n    return cheap(n - 1) if n else []\n",
    ],
)
def test_and_not_when_one_of_that_name_returns_something_else(other, tmp_path):
    files = Files(tmp_path)
    files.add("managers.py", "class Q:\n    def cheap(self):\n        return self.filter(a=1)\n")
    files.add("other.py", other)
    files.add("views.py", "qs = «Product.objects.cheap()»\n")
    result = planned(tmp_path, finding("category", files.place("views.py")))
    assert "cannot tell" in result.refusals[0].reason


CONSTRUCTED = (
    "class TaskManager(models.Manager):\n"
    "    def get_queryset(self):\n        return {made}\n\n"
    "    def of(self, user):\n        return «self.get_queryset()».filter(user=user)\n\n"
    "    def first_of(self, user):\n"
    "        return «self.get_queryset()».filter(user=user) if user else None\n"
)
MADE = [
    "«TaskQuerySet(self.model, using=self._db)»",
    "«QuerySet(model=self.model, using=self._db)».filter(a=1)",
    "«self._queryset_class(self.model)»",
    "«Rows(self.model, using=self._db)»",
    "«Rows(model=Task, using=self._db)»",
]


def called(root, view, *numbers, made=MADE[0]):
    """A finding at a view's expression, which called the manager's places of these numbers."""
    files = Files(root)
    files.add("managers.py", CONSTRUCTED.format(made=made))
    files.add("views.py", view)
    inner = [files.place("managers.py", number) for number in numbers]
    return finding("category", files.place("views.py"), *inner, climbed=len(inner))


@pytest.mark.parametrize("made", MADE)
def test_a_manager_that_constructs_its_queryset(made, tmp_path):
    found = called(tmp_path, "qs = «Task.objects.filter(a=1)».order_by('b')\n", 0, made=made)
    (fix,) = planned(tmp_path, found).fixes
    assert render([fix], tmp_path) == {
        "views.py": "qs = Task.objects.filter(a=1).order_by('b').select_related('category')\n"
    }


def test_through_two_methods_of_a_manager(tmp_path):
    found = called(tmp_path, "qs = «Task.objects.of(user)»\n", 0, 1)
    (fix,) = planned(tmp_path, found).fixes
    assert render([fix], tmp_path) == {
        "views.py": 'qs = Task.objects.of(user).select_related("category")\n'
    }


def test_to_a_class_that_the_framework_asks_for(tmp_path):
    files = Files(tmp_path)
    files.add("managers.py", CONSTRUCTED.format(made=MADE[0]))
    files.add("views.py", "class Tasks(ListView):\n    model = Task\n")
    places = files.klass("views.py", "Tasks"), files.place("managers.py")
    (fix,) = planned(tmp_path, finding("category", *places, climbed=1)).fixes
    assert (
        'queryset = Task.objects.select_related("category")'
        in (render([fix], tmp_path)["views.py"])
    )


@pytest.mark.parametrize(
    ("view", "numbers", "reason"),
    [
        ("qs = «Task.objects.first_of(user)»\n", (0, 2), "may give back something else"),
        ("qs = «Task.objects.filter(a=1)».count()\n", (0,), "count() returns no instances"),
        ("qs = «Task.objects.filter(a=1)».values()\n", (0,), "plain values"),
    ],
)
def test_a_manager_is_never_edited_for_one_of_its_callers(view, numbers, reason, tmp_path):
    result = planned(tmp_path, called(tmp_path, view, *numbers))
    assert not result.fixes and reason in result.refusals[0].reason


def test_a_constructed_queryset_in_a_view_is_an_expression(tmp_path):
    files = Files(tmp_path)
    files.add("views.py", "qs = «TaskQuerySet(Task)».filter(a=1)\n")
    (fix,) = planned(tmp_path, finding("category", files.place("views.py"))).fixes
    assert render([fix], tmp_path)["views.py"] == (
        'qs = TaskQuerySet(Task).filter(a=1).select_related("category")\n'
    )
