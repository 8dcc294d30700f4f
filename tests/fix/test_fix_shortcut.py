"""get_object_or_404 and its kin."""

from __future__ import annotations

import pytest

from tests.fix.fixing import rewrite

CALL = '.select_related("category")'
PAIRS = {
    "model": (
        "p = «get_object_or_404(Product, slug=slug)»\n",
        f"p = get_object_or_404(Product.objects{CALL}, slug=slug)\n",
    ),
    "model of a module": (
        "p = «shortcuts.get_object_or_404(models.Product, pk=1)»\n",
        f"p = shortcuts.get_object_or_404(models.Product.objects{CALL}, pk=1)\n",
    ),
    "list": (
        "ps = «get_list_or_404(Product, a=1)»[:3]\n",
        f"ps = get_list_or_404(Product.objects{CALL}, a=1)[:3]\n",
    ),
    "manager": (
        "p = «get_object_or_404(Product.published, pk=1)»\n",
        f"p = get_object_or_404(Product.published{CALL}, pk=1)\n",
    ),
    "queryset": (
        "p = «get_object_or_404(Product.objects.all().order_by(), pk=1)»\n",
        f"p = get_object_or_404(Product.objects.all().order_by(){CALL}, pk=1)\n",
    ),
    "queryset, recorded where it is made": (
        "p = get_object_or_404(«Product.objects.filter(a=1)», pk=1)\n",
        f"p = get_object_or_404(Product.objects.filter(a=1){CALL}, pk=1)\n",
    ),
    "model of a view": (
        "p = «get_object_or_404(self.model, pk=1)»\n",
        f"p = get_object_or_404(self.model._default_manager{CALL}, pk=1)\n",
    ),
    "model in a variable": (
        "p = «get_object_or_404(user_model, pk=1)»\n",
        f"p = get_object_or_404(user_model._default_manager{CALL}, pk=1)\n",
    ),
    "by keyword": (
        "p = «get_object_or_404(pk=1, klass=Product)»\n",
        f"p = get_object_or_404(pk=1, klass=Product.objects{CALL})\n",
    ),
    "awaited": (
        "async def v():\n    return await «aget_object_or_404(Product, pk=1)»\n",
        f"async def v():\n    return await aget_object_or_404(Product.objects{CALL}, pk=1)\n",
    ),
    "on lines of its own": (
        "p = «get_object_or_404(\n    Product,\n    pk=1,\n)»\n",
        f"p = get_object_or_404(\n    Product.objects{CALL},\n    pk=1,\n)\n",
    ),
    "too long": (
        "def v():\n    product = «get_object_or_404(Product, slug=kwargs['the_slug'])»\n",
        "def v():\n    product = get_object_or_404(\n"
        "        Product.objects.select_related('category'), slug=kwargs['the_slug']\n    )\n",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pair(name, tmp_path):
    before, after = PAIRS[name]
    assert rewrite(tmp_path, before, "category") == after


def test_the_default_manager_is_not_always_objects(tmp_path):
    text = "p = «get_object_or_404(Product, pk=1)»\n"
    after = rewrite(tmp_path, text, "tags", queryset={"manager": "live"})
    assert after == 'p = get_object_or_404(Product.live.prefetch_related("tags"), pk=1)\n'
    after = rewrite(tmp_path, text, "tags", queryset={"manager": None})
    assert "Product._default_manager.prefetch" in after


def test_one_row_may_be_joined(tmp_path):
    text = "p = «get_object_or_404(Product, pk=1)»\n"
    unordered = {"ordered": False, "sliced": True, "total_order": False}
    assert "select_related" in rewrite(tmp_path, text, "category", queryset=unordered)
