"""Which callers get a function's queryset back."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.doctor import Place
from hotclub.doctor._returned import Returned

CALLER = "items = Shop.published()\nrender(request, 'x.html')\nitems = Shop.all()\n"


def place(source: str, text: str, qualname: str) -> Place:
    """The call that ends with ``text`` in the source."""
    before = source[: source.index(text) + len(text)]
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2])
    return Place("call", "m.py", True, line, 0, line, column, qualname)


def caller(line: int) -> Place:
    return Place("call", "caller.py", True, line, 0, line, 10, "view")


def returned(tmp_path: Path, source: str, text: str, name: str, line: int = 1) -> bool:
    (tmp_path / "m.py").write_text(source)
    (tmp_path / "caller.py").write_text(CALLER)
    return Returned(tmp_path)(place(source, text, name), caller(line))


@pytest.mark.parametrize(
    "body",
    [
        "return self.filter(a=1)",
        "return self.filter(a=1).order_by('b')",
        "return self.filter(a=1)[:5]",
        "q = self.filter(a=1)\n    return q",
        "q = self.filter(a=1)\n    return q.order_by('b')[:5]",
        "return self.filter(a=1) if self else self.none()",
        "é = 'é'; return self.filter(a=1)",
    ],
)
def test_given_back(tmp_path: Path, body: str) -> None:
    source = f"def published(self):\n    {body}\n"
    assert returned(tmp_path, source, "self.filter(a=1)", "Manager.published")


@pytest.mark.parametrize(
    "body",
    [
        "return {'menu': self.filter(a=1)}",
        "return list(self.filter(a=1))",
        "return sum(x.a for x in self.filter(a=1))",
        "for x in self.filter(a=1): pass",
        "q = self.filter(a=1)\n    return len(q)",
        "return self.filter(a=1).first()",
        "return self.filter(a=1).count()",
        "return self.filter(a=1)[0]",
    ],
)
def test_kept(tmp_path: Path, body: str) -> None:
    source = f"def published(self):\n    {body}\n"
    assert not returned(tmp_path, source, "self.filter(a=1)", "Manager.published")


def test_the_caller_must_be_calling_it(tmp_path: Path) -> None:
    source = "def published(self):\n    return self.filter(a=1)\n"
    assert not returned(tmp_path, source, "self.filter(a=1)", "Manager.published", line=2)


def test_django_calls_get_queryset_for_every_method(tmp_path: Path) -> None:
    source = "def get_queryset(self):\n    return super().get_queryset().filter(a=1)\n"
    assert returned(tmp_path, source, "filter(a=1)", "Manager.get_queryset", line=3)


@pytest.mark.parametrize("content", [b"def published(:\n", b"\xff\xfe bad", None])
def test_what_cannot_be_read_gives_nothing_back(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "m.py").write_bytes(content)
    (tmp_path / "caller.py").write_text(CALLER)
    made = Place("call", "m.py", True, 1, 0, 1, 5, "published")
    assert not Returned(tmp_path)(made, caller(1))


CLASSES = """
class {name}({bases}):
    def visible(self):
        return self.filter(a=1)

    @property
    def total(self):
        return sum(line.price for line in self.lines.all())

    def others(self):
        return [*self.owner.lines.all(), *self.get().all()]
"""


@pytest.mark.parametrize(
    ("name", "bases", "manager"),
    [
        ("Shown", "models.Manager", True),
        ("Shown", "Manager.from_queryset(Rows)", True),
        ("Shown", "StateQuerySetMixin, models.QuerySet", True),
        ("AccountManager", "models.Model", False),
        ("Order", "", False),
    ],
)
def test_what_a_manager_is(tmp_path: Path, name: str, bases: str, manager: bool) -> None:
    source = CLASSES.format(name=name, bases=bases)
    (tmp_path / "m.py").write_text(source)
    asked = Returned(tmp_path)
    assert asked.in_manager(place(source, "self.filter(a=1)", f"{name}.visible")) is manager


@pytest.mark.parametrize(
    ("text", "of_self"),
    [("self.lines.all()", True), ("self.filter(a=1)", False), ("self.owner.lines.all()", False)],
)
def test_what_a_property_reads_of_itself(tmp_path: Path, text: str, of_self: bool) -> None:
    source = CLASSES.format(name="Order", bases="models.Model")
    (tmp_path / "m.py").write_text(source)
    assert Returned(tmp_path).of_self(place(source, text, "Order.total")) is of_self
