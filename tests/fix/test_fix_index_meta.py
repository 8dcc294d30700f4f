"""Where and how an index is written into a model, layout by layout."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from hotclub.doctor import MissingIndex
from hotclub.fix._meta import meta_edits
from hotclub.fix._source import parse
from hotclub.fix.model import Refused, apply_edits

HEAD = "from django.db import models\n\n\n"


def index(*fields: str, name: str = "shop_order_idx", **facts: int) -> MissingIndex:
    return MissingIndex(
        name=name, table="t", columns=fields, fields=fields, app="shop", database="default",
        statements=(), bytes=1, insert_us=None, update_us=None,
        meta_base=facts.get("meta_base"), declared=facts.get("declared", 0),
    )  # fmt: skip


def written(
    text: str, *indexes: MissingIndex, head: str = HEAD, limit: int = 88, cls: str = "Order"
) -> str:
    """The class as it comes out, with its import."""
    before = head + textwrap.dedent(text).lstrip("\n")
    source = parse(before.encode())
    after = apply_edits(source.text, meta_edits(source, cls, indexes or (index("a"),), limit))
    parse(after.encode())
    return after.removeprefix(HEAD)


def expected(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def test_a_model_without_meta_gets_one_after_its_fields() -> None:
    before = """
        class Order(models.Model):
            class Status(models.TextChoices):
                NEW = "new"

            a = models.IntegerField()  # kept

            objects = models.Manager()

            def __str__(self):
                return "x"

            later = 3
        """
    after = """
        class Order(models.Model):
            class Status(models.TextChoices):
                NEW = "new"

            a = models.IntegerField()  # kept

            objects = models.Manager()

            class Meta:
                indexes = [models.Index(fields=["a"], name="shop_order_idx")]

            def __str__(self):
                return "x"

            later = 3
        """
    assert written(before) == expected(after)


def test_a_method_right_below_the_fields_gets_its_distance() -> None:
    before = """
        class Order(models.Model):
            a = models.IntegerField()
            def __str__(self):
                return "x"
        """
    after = """
        class Order(models.Model):
            a = models.IntegerField()

            class Meta:
                indexes = [models.Index(fields=["a"], name="shop_order_idx")]

            def __str__(self):
                return "x"
        """
    assert written(before) == expected(after)


def test_a_file_that_ends_with_the_field_and_no_newline() -> None:
    before = HEAD + "class Order(models.Model):\n    a = models.IntegerField()"
    source = parse(before.encode())
    after = apply_edits(source.text, meta_edits(source, "Order", [index("a")], 88))
    assert after == before + (
        '\n\n    class Meta:\n        indexes = [models.Index(fields=["a"], name="shop_order_idx")]'
    )


def test_what_the_base_class_said_is_still_said() -> None:
    before = "class Order(Mixin, base.Dated):\n    a = models.IntegerField()\n"
    assert "class Meta(base.Dated.Meta):\n" in written(before, index("a", meta_base=1))
    with pytest.raises(Refused, match="not written out"):
        written(before, index("a", meta_base=2))
    with pytest.raises(Refused, match="come from a base class"):
        written(before, index("a", meta_base=1, declared=1))


def test_a_meta_without_indexes_gets_them_at_its_end() -> None:
    before = """
        class Order(models.Model):
            a = models.IntegerField()

            class Meta(Base.Meta):
                ordering = [
                    "a",
                ]  # why

            def __str__(self):
                return "x"
        """
    after = written(before)
    line = '        indexes = [models.Index(fields=["a"], name="shop_order_idx")]\n'
    assert f"        ]  # why\n{line}\n    def" in after
    with pytest.raises(Refused, match="come from a base class"):
        written(before, index("a", declared=1))


@pytest.mark.parametrize(
    ("stated", "after"),
    [
        ("[]", "[{new}]"),
        ("()", "({new},)"),
        ("[old]", "[old, {new}]"),
        ("[old,]", "[old, {new}]"),
        ("(old,)", "(old, {new})"),
    ],
)
def test_a_list_or_a_tuple_in_one_line(stated: str, after: str) -> None:
    before = f"class Order(models.Model):\n    class Meta:\n        indexes = {stated}\n"
    new = 'models.Index(fields=["a"], name="shop_order_idx")'
    assert written(before, index("a", declared=1)) == before.replace(stated, after.format(new=new))


def test_a_list_that_grows_too_long_is_opened() -> None:
    before = (
        "class Order(models.Model):\n    class Meta:\n"
        "        indexes = [models.Index(fields=['x'], name='an_index_with_a_long_name')]\n"
    )
    after = """
        class Order(models.Model):
            class Meta:
                indexes = [
                    models.Index(fields=['x'], name='an_index_with_a_long_name'),
                    models.Index(fields=['a', 'b'], name='shop_order_idx'),
                ]
        """
    assert written(before, index("a", "b", declared=1)) == expected(after)


@pytest.mark.parametrize(
    ("left", "right", "comma"), [("[", "]", ""), ("[", "]", ","), ("(", ")", ",")]
)
def test_one_below_the_other_gets_another_below(left: str, right: str, comma: str) -> None:
    before = f"""
        class Order(models.Model):
            class Meta:
                indexes = {left}
                    old{comma}  # why
                {right}
                ordering = ["a"]
        """
    after = f"""
        class Order(models.Model):
            class Meta:
                indexes = {left}
                    old,  # why
                    models.Index(fields=["a"], name="shop_order_idx"),
                    models.Index(fields=["-b", "c"], name="shop_order_idx2"),
                {right}
                ordering = ["a"]
        """
    found = written(before, index("a", declared=1), index("-b", "c", name="shop_order_idx2"))
    assert found == expected(after)


def test_what_is_too_long_for_a_line_takes_three() -> None:
    long = index("one_long_field", "another_long_field", name="an_index_with_a_long_name_x")
    found = written("class Order(models.Model):\n    a = 1\n", long, limit=79)
    assert (
        "            models.Index(\n"
        '                fields=["one_long_field", "another_long_field"], '
        'name="an_index_with_a_long_name_x",\n'
        "            ),\n        ]\n"
    ) in found


@pytest.mark.parametrize(
    ("line", "spelled", "becomes"),
    [
        ("from django.db import models as m", "m.Index", None),
        ("from django.contrib.gis.db import models", "models.Index", None),
        ("import django.db.models", "django.db.models.Index", None),
        ("import django.db.models as dm", "dm.Index", None),
        ("from django.db.models import *", "Index", None),
        ("from django.db.models import Index as I", "I", None),
        (
            "from django.db.models import CharField, Model",
            "Index",
            "from django.db.models import CharField, Model, Index",
        ),
        (
            "from django.db.models import (\n    CharField,\n    Model,\n)",
            "Index",
            "from django.db.models import (\n    CharField,\n    Model, Index,\n)",
        ),
    ],
)
def test_however_models_are_imported(line: str, spelled: str, becomes: str | None) -> None:
    before = "class Order(Model):\n    a = 1\n"
    found = written(before, head=f"{line}\n\n\n")
    assert found.startswith(f"{becomes or line}\n")
    assert f"indexes = [{spelled}(fields=" in found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("class Order(models.Model): a = 1", "one line"),
        ("class Other(models.Model):\n    a = 1", "not there"),
        ("class Order:\n    a = 1\n\n\nclass Order:\n    b = 1", "more than once"),
        ("class Order:\n    a = 1\n    Meta = make()", "not a class"),
        ("class Order:\n    if DEBUG:\n        a = 1", "conditions"),
        ("class Order:\n    class Meta: indexes = []", "one line"),
        ("class Order:\n    class Meta:\n        indexes = [x] + more", "not one list"),
        (
            "class Order:\n    class Meta:\n        indexes = []\n        indexes += x",
            "not one list",
        ),
        ("class Order:\n    class Meta:\n        indexes = x, y", "without brackets"),
        ("def make():\n    class Order(models.Model):\n        a = 1", "not there"),
    ],
)
def test_what_is_not_written_out_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        written(text)


def test_a_file_that_knows_no_models_is_refused() -> None:
    for head in (
        "from .base import Model\n\n\n",
        "from django.db.models import Q\nIndex = 3\n\n\n",
    ):
        with pytest.raises(Refused, match="what this file calls"):
            written("class Order(Model):\n    a = 1\n", head=head)


def test_newlines_are_those_of_the_file() -> None:
    before = HEAD + "class Order(models.Model):\n    a = 1\n\n    b = 2\n"
    source = parse(before.replace("\n", "\r\n").encode())
    after = apply_edits(source.text, meta_edits(source, "Order", [index("a"), index("b")], 88))
    assert after.count("\n") == after.count("\r\n")


def test_a_summary_brings_its_own_class() -> None:
    summary = replace(index("number"), pages=16)
    before = "class Order(models.Model):\n    number = models.IntegerField()\n"
    after = written(before, summary, limit=120)
    assert after.startswith("from django.contrib.postgres.indexes import BrinIndex\n" + HEAD)
    arguments = "autosummarize=True, pages_per_range=16"
    line = f'BrinIndex(fields=["number"], {arguments}, name="shop_order_idx")'
    assert f"        indexes = [{line}]\n" in after
    both = written(before, summary, index("a", name="other"), limit=120)
    assert (
        f"            {line},\n" in both
        and '            models.Index(fields=["a"], name="other"),\n' in both
    )
