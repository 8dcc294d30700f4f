"""What lies behind a generic key is loaded by a queryset for each model that was seen there."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Step
from hotclub.fix import plan, render
from hotclub.fix._known import Model, unknown
from tests.fix.fixing import Files, finding

NAMES = {"category", "supplier", "tags"}
MODELS = {
    "shop.Product": Model("shop.models", "Product", "objects", frozenset(NAMES)),
    "shop.Order": Model("orders.models", "Order", "objects", frozenset({"author"})),
    "shop.Note": Model(
        "notes.models",
        "Note",
        "objects",
        frozenset(),
        generic={"target": ["shop.Product", "shop.Order"]},
    ),
}
HEAD = "from django.db import models\n\nfrom shop.models import Product\n\n\ndef view():\n"


def behind(lookup: str, place, **changed):
    """A finding about `target__…` of a note."""
    target, *rest = finding(lookup).path
    steps = (Step("target", target.kind, "shop.Note"), *rest)
    return finding(lookup, place, path=steps, model="shop.Note", **changed)


def rewritten(root, text: str, *found, django=(5, 2)) -> str:
    files = Files(root)
    files.add("a.py", text)
    findings = [behind(lookup, files.place("a.py")) for lookup in found]
    result = plan(findings, root, django=django, models=MODELS.__getitem__)
    assert not result.refusals, result.refusals[0].reason
    assert len(result.fixes) == 1 and result.fixes[0].kind == "automatic"
    return render(result.fixes, root)["a.py"]


def test_one_model(tmp_path):
    after = rewritten(
        tmp_path,
        HEAD + "    return «Note.objects.all()»\n",
        "target__category",
    )
    assert after == (
        "from django.contrib.contenttypes.prefetch import GenericPrefetch\n"
        "from django.db import models\n\nfrom shop.models import Product\n\n\ndef view():\n"
        "    return (\n        Note.objects.all()\n        .prefetch_related(\n"
        "            GenericPrefetch(\n"
        '                "target", [Product._base_manager.select_related("category")]\n'
        "            )\n        )\n    )\n"
    )


def test_two_models_and_several_relations_are_one_call(tmp_path):
    after = rewritten(
        tmp_path,
        HEAD + "    rows = «Note.objects.filter(a=1)».order_by('b')[:50]\n",
        "target__category",
        "target__supplier",
        "target__tags",
        "target__author__parent",
    )
    assert "\nfrom orders.models import Order\n" in after
    assert after.endswith(
        "    rows = (\n"
        "        Note.objects.filter(a=1)\n"
        "        .order_by('b')\n"
        "        .prefetch_related(\n"
        "            GenericPrefetch(\n"
        "                'target',\n"
        "                [\n"
        "                    Product._base_manager.select_related('category', 'supplier')\n"
        "                    .prefetch_related('tags'),\n"
        "                    Order._base_manager.select_related('author__parent'),\n"
        "                ],\n"
        "            )\n"
        "        )[:50]\n"
        "    )\n"
    )


def test_a_plain_name_gives_way(tmp_path):
    after = rewritten(
        tmp_path,
        HEAD + "    return «Note.objects.prefetch_related('target')»\n",
        "target__tags",
    )
    assert after.endswith(
        "Note.objects.prefetch_related(GenericPrefetch('target', "
        "[Product._base_manager.prefetch_related('tags')]))\n"
    )


def test_a_plain_finding_about_the_key_is_answered_too(tmp_path):
    after = rewritten(
        tmp_path,
        HEAD + "    return «Note.objects.all()»\n",
        "target",
        "target__category",
    )
    assert after.count("prefetch_related") == 1 and after.count('"target"') == 1


TEXT = HEAD + "    return «Note.objects.all()»\n"
REFUSED = {
    "an old Django": (TEXT, {"django": (4, 2)}, "before 5.0"),
    "a model that nobody knows": (
        TEXT,
        {"models": unknown},
        "nothing is known of the model shop.Note; write it by hand",
    ),
    "a relation that none of them has": (TEXT, {"lookup": "target__stock"}, "which model behind"),
    "a name that is taken": (
        "GenericPrefetch = 1\n" + TEXT,
        {},
        "something of its own that is called GenericPrefetch",
    ),
    "querysets of its own": (
        HEAD + "    return «Note.objects.prefetch_related(GenericPrefetch('target', [a, b]))»\n",
        {},
        "by querysets of its own",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name, tmp_path):
    text, changed, reason = REFUSED[name]
    files = Files(tmp_path)
    files.add("a.py", text)
    known = {"django": (5, 2), "models": MODELS.__getitem__, **changed}
    lookup = known.pop("lookup", "target__category")
    result = plan([behind(lookup, files.place("a.py"))], tmp_path, **known)
    assert reason in result.refusals[0].reason


def test_fetched_elsewhere(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", TEXT)
    queryset = {"prefetch_related": ["target"]}
    one = behind("target__category", files.place("a.py"), queryset={**queryset})
    result = plan([one], tmp_path, django=(6, 1), models=MODELS.__getitem__)
    assert "fetched elsewhere" in result.refusals[0].reason
