"""Where in an expression the call goes: small pairs of before and after."""

from __future__ import annotations

import pytest

from tests.fix.fixing import rewrite

LONG = "Product.objects.filter(active=True, warehouse=warehouse)"

PAIRS = {
    "node only": (
        "qs = «Product.objects.filter(a=1)»\n",
        'qs = Product.objects.filter(a=1).select_related("category")\n',
    ),
    "end of the chain": (
        'qs = «Product.objects.filter(a=1)».order_by("b").distinct()\n',
        'qs = Product.objects.filter(a=1).order_by("b").distinct().select_related("category")\n',
    ),
    "before a slice": (
        'qs = «Product.objects.all()».order_by("y")[:20]\n',
        'qs = Product.objects.all().order_by("y").select_related("category")[:20]\n',
    ),
    "before get": (
        "p = «Product.objects.filter(a=1)».get(pk=1)\n",
        'p = Product.objects.filter(a=1).select_related("category").get(pk=1)\n',
    ),
    "node is get": (
        "p = «Product.objects.get(pk=1)»\n",
        'p = Product.objects.select_related("category").get(pk=1)\n',
    ),
    "node is first, on another manager": (
        "p = «models.Product.published.first()»\n",
        'p = models.Product.published.select_related("category").first()\n',
    ),
    "iterator": (
        "for p in «Product.objects.all()».iterator(chunk_size=9):\n    pass\n",
        'for p in Product.objects.all().select_related("category").iterator(chunk_size=9):\n'
        "    pass\n",
    ),
    "await": (
        "async def v():\n    return await «Product.objects.filter(a=1)».afirst()\n",
        "async def v():\n    return await "
        'Product.objects.filter(a=1).select_related("category").afirst()\n',
    ),
    "in a loop": (
        "for p in «self.reviews.all()»: print(p)\n",
        'for p in self.reviews.all().select_related("category"): print(p)\n',
    ),
    "own get_queryset": (
        "qs = «self.get_queryset()».filter(a=1)\n",
        'qs = self.get_queryset().filter(a=1).select_related("category")\n',
    ),
    "inherited get_queryset": (
        "def get_queryset(self):\n    return «super().get_queryset()».filter(a=1)\n",
        "def get_queryset(self):\n"
        '    return super().get_queryset().filter(a=1).select_related("category")\n',
    ),
    "nested in arguments": (
        "Paginator(«Product.objects.all()», 20).page(1)\n",
        'Paginator(Product.objects.all().select_related("category"), 20).page(1)\n',
    ),
    "inside a comprehension": (
        "rows = [p.name for p in «Product.objects.all()» if p]\n",
        'rows = [p.name for p in Product.objects.all().select_related("category") if p]\n',
    ),
    "a foreign method before a queryset's": (
        "qs = «Product.objects.cheap()».filter(a=1)\n",
        'qs = Product.objects.cheap().filter(a=1).select_related("category")\n',
    ),
    "a foreign method last": (
        "qs = «Product.objects.filter(a=1)».as_table()\n",
        'qs = Product.objects.filter(a=1).select_related("category").as_table()\n',
    ),
    "single quotes": (
        "qs = «Product.objects.filter(a='x')»\n",
        "qs = Product.objects.filter(a='x').select_related('category')\n",
    ),
    "own lines": (
        'qs = (\n    «Product.objects.filter(a=1)»\n    .order_by("b")\n)\n',
        'qs = (\n    Product.objects.filter(a=1)\n    .order_by("b")\n'
        '    .select_related("category")\n)\n',
    ),
    "own lines, the end on the next one": (
        "p = (\n    «Product.objects.filter(a=1)»\n    .first()\n)\n",
        "p = (\n    Product.objects.filter(a=1)\n"
        '    .select_related("category")\n    .first()\n)\n',
    ),
    "own lines, sliced": (
        'qs = (\n    «Product.objects\n    .filter(a=1)»\n    .order_by("b")[:5]\n)\n',
        'qs = (\n    Product.objects\n    .filter(a=1)\n    .order_by("b")\n'
        '    .select_related("category")[:5]\n)\n',
    ),
    "a comment stays where it is": (
        'qs = (\n    «Product.objects.filter(a=1)»\n    .order_by("b")  # newest\n)\n',
        'qs = (\n    Product.objects.filter(a=1)\n    .order_by("b")  # newest\n'
        '    .select_related("category")\n)\n',
    ),
    "backslashes": (
        'qs = «Product.objects \\\n    .filter(a=1)» \\\n    .order_by("b")\n',
        'qs = Product.objects \\\n    .filter(a=1) \\\n    .order_by("b") \\\n'
        '    .select_related("category")\n',
    ),
    "arguments over lines": (
        "qs = «Product.objects.filter(\n    a=1,\n)»\n",
        'qs = Product.objects.filter(\n    a=1,\n).select_related("category")\n',
    ),
    "too long: opened in parentheses": (
        f"def v():\n    return «{LONG}».order_by('b')[:20]\n",
        f"def v():\n    return (\n        {LONG}\n        .order_by('b')\n"
        "        .select_related('category')[:20]\n    )\n",
    ),
    "too long: the statement's own call is opened": (
        "def v():\n    return ProductPage(request, «Product.objects.filter(a=1)», 20)\n",
        "def v():\n    return ProductPage(\n"
        '        request, Product.objects.filter(a=1).select_related("category"), 20\n    )\n',
    ),
    "too long: no statement to open": (
        f"for product in «{LONG}»:\n    print(product.category)\n",
        f'for product in {LONG}.select_related(\n    "category"\n):\n    print(product.category)\n',
    ),
    "tabs": (
        f"def v():\n\treturn «{LONG}».order_by('b')\n",
        f"def v():\n\treturn (\n\t\t{LONG}\n\t\t.order_by('b')\n"
        "\t\t.select_related('category')\n\t)\n",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pair(name, tmp_path):
    before, after = PAIRS[name]
    assert rewrite(tmp_path, before, "category") == after


def test_several_lookups_make_one_edit(tmp_path):
    text = rewrite(tmp_path, "qs = «Product.objects.all()»\n", "tags", "category", "supplier")
    assert text == (
        "qs = (\n    Product.objects.all()\n"
        '    .select_related("category", "supplier")\n    .prefetch_related("tags")\n)\n'
    )


def test_a_value_in_a_dictionary_is_opened_in_parentheses(tmp_path):
    before = 'context = {\n    "rows": «shop.products.filter(active=True)».order_by("b")[:5],\n}\n'
    assert rewrite(tmp_path, before, "category", "tags", "reviews") == (
        'context = {\n    "rows": (\n        shop.products.filter(active=True)\n'
        '        .order_by("b")\n        .select_related("category")\n'
        '        .prefetch_related("tags", "reviews")[:5]\n    ),\n}\n'
    )


MADE = "«Product.objects.filter(active=True)».order_by('name', 'pk')"
OPENED = (
    "Product.objects.filter(active=True)\n        .order_by('name', 'pk')\n"
    "        .select_related('category__parent')"
)
SPREAD = {
    "positional": (
        f"page = Paginator({MADE}, 48)",
        f"page = Paginator(\n        {OPENED},\n        48,",
    ),
    "named, sliced, with a comma": (
        f"return show(page={MADE}[:20], k=1,)",
        f"return show(\n        page={OPENED}[:20],\n        k=1,",
    ),
}


@pytest.mark.parametrize("name", SPREAD)
def test_the_arguments_of_a_call_that_has_grown_get_a_line_each(name, tmp_path):
    before, after = SPREAD[name]
    changed = rewrite(tmp_path, f"def f():\n    {before}\n", "category__parent")
    assert changed == f"def f():\n    {after}\n    )\n"


SHARED = "page = render(\n    request, {one}, {two}{end}\n)\n"
TEMPLATE_ARG = 'template="shop/management/products/index.html"'


@pytest.mark.parametrize("end", ["", ","])
@pytest.mark.parametrize("mine", [0, 1])
def test_arguments_that_share_a_line_get_one_each(end, mine, tmp_path):
    """As Black would, with a comma after the last one."""
    args = [TEMPLATE_ARG, TEMPLATE_ARG]
    args[mine] = "queryset=«Product.objects.all()»"
    before = SHARED.format(one=args[0], two=args[1], end=end)
    args[mine] = 'queryset=Product.objects.all().select_related("category")'
    assert rewrite(tmp_path, before, "category") == (
        f"page = render(\n    request,\n    {args[0]},\n    {args[1]},\n)\n"
    )


def test_and_the_one_that_is_still_too_long_is_opened(tmp_path):
    before = "p = get(\n    «Product.objects.filter(active=True, shop=shop)», {arg}\n)\n"
    after = rewrite(tmp_path, before.format(arg=TEMPLATE_ARG), "category__parent__parent")
    assert after == (
        "p = get(\n    Product.objects.filter(active=True, shop=shop).select_related(\n"
        f'        "category__parent__parent"\n    ),\n    {TEMPLATE_ARG},\n)\n'
    )


def test_line_length_is_the_projects_own(tmp_path):
    (tmp_path / "setup.cfg").write_text("[flake8]\nmax-line-length = 119\n")
    text = rewrite(tmp_path, f"qs = «{LONG}».order_by('b')\n", "category")
    assert text == f"qs = {LONG}.order_by('b').select_related('category')\n"


MERGES = {
    "one more": (
        'qs = «Product.objects.select_related("supplier")».all()\n',
        'qs = Product.objects.select_related("supplier", "category").all()\n',
    ),
    "the last of two": (
        'qs = «Product.objects.all()».select_related("a").select_related("b",).all()\n',
        'qs = Product.objects.all().select_related("a").select_related("b", "category",).all()\n',
    ),
    "own lines": (
        'qs = «Product.objects.all()».select_related(\n    "a",\n    ("b"),\n)\n',
        'qs = Product.objects.all().select_related(\n    "a",\n    ("b"),\n    "category",\n)\n',
    ),
    "own lines, comments": (
        'qs = «Product.objects.all()».select_related(\n    "a",  # is shown\n)\n',
        'qs = Product.objects.all().select_related(\n    "a",  # is shown\n    "category",\n)\n',
    ),
    "own lines, no comma": (
        'qs = «Product.objects.all()».select_related(\n    "a"  # is shown\n)\n',
        'qs = Product.objects.all().select_related(\n    "a",  # is shown\n    "category"\n)\n',
    ),
    "a list of them": (
        "qs = «Product.objects.all()».select_related(*JOINED)\n",
        'qs = Product.objects.all().select_related(*JOINED, "category")\n',
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_merges_into_the_call_that_is_there(name, tmp_path):
    before, after = MERGES[name]
    assert rewrite(tmp_path, before, "category") == after


def test_merges_into_prefetch_related(tmp_path):
    before = 'qs = «Product.objects.all()».prefetch_related(Prefetch("reviews", queryset=qs))\n'
    after = (
        "qs = Product.objects.all()"
        '.prefetch_related(Prefetch("reviews", queryset=qs), "reviews__author")\n'
    )
    assert rewrite(tmp_path, before, "reviews__author") == after
