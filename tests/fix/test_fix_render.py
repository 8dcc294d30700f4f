"""Several fixes in one file, any subset of them, and nothing else changed."""

from __future__ import annotations

import ast
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotclub.errors import HotclubError
from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned

FILE = """\
# Views of the shop.  Two  spaces   stay.
from shop.models import Product,Tag


class Page( View ):
    tags = «Tag.objects.all()»

    def get(self, request):
        products = («Product.objects.filter( a = 1 )»
                    .order_by( 'b' ))
        inner = «Product.objects.filter(tag__in=«Tag.objects.filter(b=1)»)»
        if products : return [p for p in «self.get_queryset()»]
        return «get_object_or_404(Product,pk=1)»
"""


def all_fixes(root, lookup="tags"):
    files = Files(root)
    files.add("shop/views.py", FILE)
    count = len(files.spans["shop/views.py"])
    places = [files.place("shop/views.py", number) for number in range(count)]
    result = planned(root, *(finding(lookup, place) for place in places))
    assert not result.refusals
    return files, result.fixes


def test_all_fixes_of_a_file_compose(tmp_path):
    _, fixes = all_fixes(tmp_path)
    call = ".prefetch_related('tags')"
    assert render(fixes, tmp_path) == {
        "shop/views.py": FILE.replace("Tag.objects.all()»", f"Tag.objects.all(){call}")
        .replace("( 'b' )", f"( 'b' )\n                    {call}")
        .replace("= «Product.objects.filter(tag", "= (\n            Product.objects.filter(tag")
        .replace("b=1)»)»", f"b=1){call})\n            {call}\n        )")
        .replace("self.get_queryset()»", f"self.get_queryset(){call}")
        .replace("404(Product,", f"404(Product.objects{call},")
        .replace("«", "")
        .replace("»", "")
    }


def test_any_subset_in_any_order(tmp_path):
    files, fixes = all_fixes(tmp_path)
    plain = files.plain["shop/views.py"]
    for size in range(1, len(fixes) + 1):
        for some in itertools.combinations(fixes, size):
            new = render(some, tmp_path)["shop/views.py"]
            assert new == render(some[::-1], tmp_path)["shop/views.py"]
            assert new.count("prefetch_related") == size
            assert without_calls(new) == ast.dump(ast.parse(plain))


def test_no_fix_no_file(tmp_path):
    assert render([], tmp_path) == {}


def test_a_second_time_there_is_nothing_to_do(tmp_path):
    files, fixes = all_fixes(tmp_path)
    new = render(fixes[:1], tmp_path)["shop/views.py"]
    (tmp_path / "shop/views.py").write_text(new)
    again = finding("tags", files.place("shop/views.py", 0))
    assert "already asks for" in planned(tmp_path, again).refusals[0].reason


def test_a_tree_that_has_changed_since_the_plan(tmp_path):
    _, fixes = all_fixes(tmp_path)
    (tmp_path / "shop/views.py").write_text("x = 1\n")
    with pytest.raises(HotclubError, match="has changed since it was recorded"):
        render(fixes, tmp_path)


class _Strip(ast.NodeTransformer):
    """Takes away every eager loading call, and what was written before it to allow it."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_related"):
            inner = node.func.value
            named = isinstance(inner, ast.Attribute) and inner.attr == "objects"
            return inner.value if named and inner.value.id == "Product" else inner
        return node


def without_calls(text):
    return ast.dump(_Strip().visit(ast.parse(text)))


METHODS = st.sampled_from(
    ["filter(a=1)", "all()", "order_by('é')", "exclude(x=[1, (2)])", "annotate(n=Count('n'))"]
)
TERMINALS = st.sampled_from(["", "", "[:20]", "[3]", ".first()", ".get(pk=1)", ".iterator(9)"])
GLUE = st.sampled_from(["", "\n    ", "  # why\n    ", " \n\n    "])
AROUND = st.sampled_from(
    [
        "({})\n",
        "def f():\n    return ({})\n",
        "with x({}) as y:\n    pass\n",
        "x = [p for p in ({}) if p]\n",
        "def f(é='ü'):\n\tx = ({}); return 'ž', x\n",
        "if x:\n    y = f(1, *({}), k=2)\nelse: pass\n",
        "async def f():\n  z = {{'a': ({}), **b}}\n",
    ]
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    first=METHODS,
    rest=st.lists(st.tuples(GLUE, METHODS), max_size=3),
    terminal=TERMINALS,
    glue=GLUE,
    around=AROUND,
    names=st.sets(st.sampled_from(["category", "tags", "reviews__author"]), min_size=1),
    crlf=st.booleans(),
)
def test_the_tree_differs_by_the_added_calls_only(
    tmp_path_factory, first, rest, terminal, glue, around, names, crlf
):
    chain = f"«Product.manager.{first}»" + "".join(f"{before}.{call}" for before, call in rest)
    marked = around.format(chain + (glue if terminal.startswith(".") else "") + terminal)
    root = tmp_path_factory.mktemp("tree")
    files = Files(root)
    files.add("a.py", marked.replace("\n", "\r\n") if crlf else marked)
    plain = files.plain["a.py"]
    place = files.place("a.py")
    result = planned(root, *(finding(name, place) for name in sorted(names)))
    assert not result.refusals, result.refusals[0].reason
    new = render(result.fixes, root)["a.py"]
    compile(new, "a.py", "exec")
    assert without_calls(new) == ast.dump(ast.parse(plain))
    for name in names:
        assert name in new
    assert kept_in_order(plain, new), "nothing is taken away"
    if crlf:
        assert "\n" not in new.replace("\r\n", "")


def kept_in_order(old, new):
    characters = iter(new)
    return all(character in characters for character in old)
