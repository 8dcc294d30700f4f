"""A property is not made to ask for more where its relation is loaded for all."""

from __future__ import annotations

from hotclub.doctor import Step
from tests.fix.fixing import Files, finding, planned

MODELS = """\
class Customer(models.Model):
    @property
    def spent(self):
        return sum(order.total for order in «self.orders.all()»)
"""
VIEWS = "customers = «Customer.objects.order_by('pk')»\n"
PATH = (Step("orders", "reverse_key", "shop.Customer"), Step("lines", "reverse_key", "shop.Order"))


def both(tmp_path, model):
    files = Files(tmp_path)
    files.add("models.py", MODELS)
    files.add("views.py", VIEWS)
    view = finding("", files.place("views.py"), path=(PATH[0],), model="shop.Customer")
    inner = finding(
        "", files.place("models.py"), path=PATH[1:], relation_of=f"{model}.orders", model=""
    )
    return planned(tmp_path, view, inner)


def test_the_one_that_would_defeat_the_other_is_refused(tmp_path):
    result = both(tmp_path, "shop.Customer")
    assert [fix.path for fix in result.fixes] == ["views.py"]
    (refusal,) = result.refusals
    assert "views.py:1 will load shop.Customer.orders for many" in refusal.reason


def test_another_models_relation_of_that_name_is_none_of_its_business(tmp_path):
    result = both(tmp_path, "shop.Supplier")
    assert sorted(fix.path for fix in result.fixes) == ["models.py", "views.py"]
