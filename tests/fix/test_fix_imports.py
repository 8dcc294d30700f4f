"""What a file calls a name of another module, and where a new import goes."""

from __future__ import annotations

import pytest

from hotclub.fix._imports import import_edits, written
from hotclub.fix._source import Source
from hotclub.fix.model import Import, Refused, apply_edits

COUNT = Import("django.db.models", "Count")
PRODUCT = Import("shop.models", "Product")

KNOWN = {
    "from django.db.models import Count\n": "Count",
    "from django.db.models import F, Count as C\n": "C",
    "from django.db.models import *\n": "Count",
    "from django.db import models\n": "models.Count",
    "from django.db import models as m\n": "m.Count",
    "import django.db.models\n": "django.db.models.Count",
    "import os\n": "Count",
    "'Count'  # Count\n": "Count",
}


@pytest.mark.parametrize("text", KNOWN)
def test_how_it_is_written(text):
    assert written(Source(text), COUNT) == KNOWN[text]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from .models import Product\n", "Product"),
        ("from . import models\n", "models.Product"),
        ("class Product:\n    pass\n", "Product"),
    ],
)
def test_a_model_of_the_same_app(text, name):
    source = Source(text)
    assert written(source, PRODUCT) == name
    assert import_edits(source, [PRODUCT], 88) == []


@pytest.mark.parametrize("text", ["Count = 3\n", "def f(Count): ...\n", "from a import Count\n"])
def test_a_name_that_is_taken(text):
    with pytest.raises(Refused, match="something of its own"):
        written(Source(text), COUNT)


ADDED = {
    "beside others": (
        "from django.db.models import F, Q, Sum\nx = 1\n",
        "from django.db.models import Count, F, Q, Sum\nx = 1\n",
    ),
    "in their order": (
        "from django.conf import settings\nfrom django.urls import path\n\nimport shop\n",
        "from django.conf import settings\nfrom django.db.models import Count\n"
        "from django.urls import path\n\nimport shop\n",
    ),
    "after the last": (
        '"""Doc."""\nimport os\n\nx = 1\n',
        '"""Doc."""\nimport os\nfrom django.db.models import Count\n\nx = 1\n',
    ),
    "before everything": (
        '"""Doc."""\n\nx = 1\n',
        '"""Doc."""\n\nfrom django.db.models import Count\nx = 1\n',
    ),
    "with other newlines": (
        "from django.conf import settings\r\nx = 1\r\n",
        "from django.conf import settings\r\nfrom django.db.models import Count\r\nx = 1\r\n",
    ),
    "where a line grows too long": (
        "from django.db.models import BooleanField, Case, ExpressionWrapper, Value, When, Window\n",
        "from django.db.models import (\n    BooleanField,\n    Case,\n    Count,\n"
        "    ExpressionWrapper,\n    Value,\n    When,\n    Window,\n)\n",
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_where_it_is_added(name):
    before, after = ADDED[name]
    source = Source(before)
    assert apply_edits(before, import_edits(source, [COUNT, COUNT], 88)) == after
    assert import_edits(Source(after), [COUNT], 88) == []
