"""Pages for lists, offered: what is written in a ListView and in a view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotclub.doctor.rules import deep_offset, page_count, unbounded
from hotclub.fix import Plan, render
from tests.fix.fixing import Files, finding, planned

HEAD = (
    "from django.core.paginator import Paginator\nfrom django.views.generic import ListView\n\n\n"
)
ADVICE = {rule.CODE: rule.ADVICE for rule in (unbounded, page_count, deep_offset)}


def plan(files: Files, *codes: str) -> Plan:
    found = [
        replace(finding("", files.place("a.py"), code=code), path=(), advice=ADVICE[code])
        for code in codes
    ]
    return planned(files.root, *found)


def offered(root: Files, text: str, *codes: str) -> str:
    root.add("a.py", HEAD + text)
    made = plan(root, *codes)
    assert [fix.kind for fix in made.fixes] == ["offered"], made.refusals
    assert [one.code for one in made.fixes[0].findings] == list(codes)
    return render(made.fixes, root.root)["a.py"]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def test_a_list_view_gets_pages(files):
    text = "class Letters(ListView):\n    queryset = «Letter.objects.all()»\n"
    assert offered(files, text, "HC501") == (
        HEAD + "class Letters(ListView):\n    queryset = Letter.objects.all()\n"
        "    paginate_by = 100\n"
    )


def test_so_does_one_that_makes_its_queryset_in_a_method(files):
    text = (
        "class Letters(generic.ListView):\n    model = Letter\n\n"
        "    def get_queryset(self):\n        return «Letter.objects.all()»\n"
    )
    assert "    model = Letter\n    paginate_by = 100\n" in offered(files, text, "HC501")


def test_a_list_view_with_pages_gets_the_paginator(files):
    text = (
        "class Letters(ListView):\n    queryset = «Letter.objects.all()»\n"
        "    paginate_by = 20\n    template_name = 'x'\n"
    )
    after = offered(files, text, "HC502", "HC503")
    assert "    paginate_by = 20\n    paginator_class = KeysetPaginator\n    template_name" in after
    assert after.startswith(
        HEAD.rstrip("\n") + "\nfrom hotclub.pagination import KeysetPaginator\n\n\nclass"
    )


def test_the_import_stands_before_relative_ones(files):
    files.add("a.py", "")
    text = (
        "from . import x\n\n\ndef a(request):\n    return Paginator(«X.objects.all()», 2)\n\n\n"
        "Other = Paginator\n"
    )
    after = offered(files, text, "HC502")
    assert "ListView\nfrom hotclub.pagination import KeysetPaginator\n\n\nfrom . import x" in after


def test_a_view_gets_it_in_place_of_djangos(files):
    text = (
        "def letters(request):\n    rows = «Letter.objects.order_by('x')»\n"
        "    return Paginator(rows, 20).get_page(1)\n"
    )
    after = offered(files, text, "HC502", "HC503")
    assert "    return KeysetPaginator(rows, 20).get_page(1)\n" in after
    assert after.startswith("from hotclub.pagination import KeysetPaginator\nfrom django.views")
    other = offered(files, text + "\n\nOther = Paginator\n", "HC502")
    assert other.startswith(HEAD.rstrip("\n") + "\nfrom hotclub.pagination import Keyset")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HC501", "def letters(request):\n    return «Letter.objects.all()»\n"),
        ("HC501", "class Letters(APIView):\n    queryset = «Letter.objects.all()»\n"),
        (
            "HC501",
            "class Letters(ListView):\n    queryset = «Letter.objects.all()»\n"
            "    paginate_by = 5\n",
        ),
        (
            "HC502",
            "class Letters(ListView):\n    queryset = «Letter.objects.all()»\n"
            "    def get_paginator(self):\n        pass\n",
        ),
        ("HC502", "def letters(request):\n    return pages(«Letter.objects.all()»)\n"),
        (
            "HC503",
            "def a(request):\n    x = «Letter.objects.all()»\n"
            "    return Paginator(x, 1), Paginator(x, 2)\n",
        ),
    ],
)
def test_what_is_not_one_line_is_advice(files, code, text):
    files.add("a.py", HEAD + text)
    made = plan(files, code)
    assert made.fixes == ()
    assert ADVICE[code] in made.refusals[0].reason
