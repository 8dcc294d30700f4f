"""What is left to the developer, in words."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from hotclub.cli._fix_report import show_refusals, show_stat
from hotclub.doctor import Place
from hotclub.fix import Refusal
from tests.fix.fixing import EVIDENCE, finding

VIEW = Place("call", "shop/views.py", True, 7)
ONCE = replace(EVIDENCE, loads=1)
TEMPLATE = Place("template", "shop/list.html", True, 3)


def shown(*refusals: Refusal) -> str:
    out = io.StringIO()
    show_refusals(refusals, Console(file=out, width=100))
    return out.getvalue()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding("category", VIEW), "shop/views.py:7: category"),
        (finding("", VIEW), "shop/views.py:7: shop.Product, 20 times"),
        (finding("", VIEW, evidence=ONCE), "shop/views.py:7: shop.Product, once"),
        (finding("", model=""), "expression unknown: a query, 20 times"),
        (
            finding("tags", trigger=(TEMPLATE, VIEW)),
            "expression unknown, loaded at shop/list.html:3: tags",
        ),
    ],
)
def test_where_and_what(found, words):
    assert words in shown(Refusal(found, "because"))


def test_the_same_reason_is_said_once():
    text = shown(*(Refusal(finding("category", VIEW), "because of this") for _ in range(6)))
    assert text.count("because of this") == 1
    assert text.count("shop/views.py:7") == 4 and "and 2 more" in text


def test_a_long_edit_s_marks_fit_a_line() -> None:
    diff = "--- a/views.py\n+++ b/views.py\n" + "+line\n" * 300 + "-line\n"
    diff += "--- a/x.py\n+++ b/x.py\n+line\n"
    out = io.StringIO()
    show_stat(diff, Console(file=out, width=60))
    long, short, total = out.getvalue().rstrip("\n").split("\n")
    assert long.startswith(" views.py | 301 ++++") and long.endswith("+-") and len(long) <= 60
    assert short == " x.py     |   1 +" and total == " 2 files changed, +301 -1"
