"""From what the interpreter says of an instruction to the node, and from a bare line."""

from __future__ import annotations

import dis
import sys

import pytest

from hotclub.doctor.finding import Place
from hotclub.fix._locate import locate
from hotclub.fix._source import Source
from tests.fix.fixing import Files, finding, planned, refused

SNIPPETS = """\
a = Product.objects.filter(x=1).order_by("y")[:20]
b = (
    Product.objects
    .filter(x=1)
    .order_by(
        "y",
    )
    .get()
)
c = Product.objects.filter(
    a=1,
).order_by("x").first()
é = "žluťoučký 🎷"; d = Product.objects.filter(name="é").all()
e = [p for p in Product.objects \\
    .filter(1)]
f = get_object_or_404(
    Product,
    slug=1)
for g in (Product.objects).all(): pass
h = list(map(str, Product.objects.filter(**k).iterator()))
i = len(Product.objects.all())
\tj = 1
k = lambda: Product.objects.all()
l = x if Product.objects.exists() else Product.objects.none()
""".replace("\tj", "j")


def calls_of(code):
    """(start line, start byte, end line, end byte) of every call instruction."""
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("CALL") and "INTRINSIC" not in instruction.opname:
            where = instruction.positions
            yield where.lineno, where.col_offset, where.end_lineno, where.end_col_offset
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from calls_of(constant)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no positions before 3.11")
def test_every_call_instruction_finds_its_node():
    source = Source(SNIPPETS)
    lines = SNIPPETS.split("\n")
    seen = set()
    for line, start, end_line, end in calls_of(compile(SNIPPETS, "x", "exec")):
        column = len(lines[line - 1].encode()[:start].decode())
        end_column = len(lines[end_line - 1].encode()[:end].decode())
        place = Place("call", "a.py", True, line, column, end_line, end_column)
        if source.text[source.offset(end_line, end_column) - 1] == ")":
            node = locate(source, place)
            seen.add(source.text_of(node))
            assert source.span(node)[1] == source.offset(end_line, end_column)
    assert {"Product.objects.filter(x=1)", 'Product.objects.filter(name="é").all()'} <= seen
    assert "Product.objects\n    .filter(x=1)" in seen
    assert "get_object_or_404(\n    Product,\n    slug=1)" in seen


def test_either_beginning_of_a_call_over_lines(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = («Product.objects\n    .«filter(a=1)»»\n)\n")
    whole, tail = (finding("category", files.place("a.py", number)) for number in (0, 1))
    result = planned(tmp_path, whole, tail)
    assert len(result.fixes) == 1, "both are the same node"


def test_no_such_node(tmp_path):
    assert "no call at" in refused(tmp_path, "«qs = Product».objects.all()\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("qs = Product.objects.filter(a=1).order_by('b')\n", 1),
        ("qs = (\n    Product.objects\n    .filter(a=1)\n    .order_by('b')\n)\n", 3),
        ("qs = Product.objects.filter(\n    a=1,\n    b=2,\n)\n", 2),
        ("p = get_object_or_404(Product.objects.filter(a=1), b=2)\n", 1),
        ("p = get_object_or_404(Product, b=2)\n", 1),
        ("rows = render(Product.objects.get(pk=1), other.thing(), len(x))\n", 1),
    ],
)
def test_the_only_queryset_on_a_line(text, line, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", f"«{text}»")
    place = files.place("a.py", kind="line", line=line, column=None, end_line=None, end_column=None)
    result = planned(tmp_path, finding("category", place))
    assert result.fixes, result.refusals[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "a, b = Product.objects.all(), Tag.objects.all()\n",
        "a = Product.objects.filter(tag__in=Tag.objects.filter(b=1))\n",
        "p = get_object_or_404(Product, tag=Tag.objects.get(pk=1))\n",
    ],
)
def test_two_querysets_on_a_line(text, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", f"«{text}»")
    place = files.place("a.py", kind="line", column=None, end_line=None, end_column=None)
    assert "two calls match" in planned(tmp_path, finding("category", place)).refusals[0].reason


def test_no_queryset_on_a_line(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "«x = compute(1)»\n")
    place = files.place("a.py", kind="line", column=None, end_line=None, end_column=None)
    assert "no queryset" in planned(tmp_path, finding("category", place)).refusals[0].reason


def test_made_in_a_template(tmp_path):
    place = Place("template", "templates/a.html", True, 7)
    reason = planned(tmp_path, finding("category", place)).refusals[0].reason
    assert "templates/a.html:7" in reason
    assert "view" in reason
