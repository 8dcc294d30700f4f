"""What the tests of fixes share: sources with the recorded node marked, findings about them.

A node is marked with guillemets: ``«Product.objects.filter(a=1)».order_by("b")``. Several marks
in one text are several places, numbered in the order of their opening.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Evidence, Finding, Place, Step
from hotclub.fix import Plan, plan, render

KINDS = {
    "category": "forward_key",
    "parent": "forward_key",
    "supplier": "forward_key",
    "author": "forward_key",
    "stock": "reverse_one_to_one",
    "tags": "many_to_many",
    "reviews": "reverse_key",
    "target": "generic_key",
    "notes": "generic_relation",
}
STABLE = {
    "model": "shop.Product", "manager": "objects", "sliced": False, "ordered": True,
    "total_order": True, "combinator": None, "only": None, "defer": None, "for_update": False,
    "iterator": None, "raw": False, "distinct": False, "select_related": False,
    "prefetch_related": [], "nullable_path": {},
}  # fmt: skip
EVIDENCE = Evidence(20, 20, 20, 20, "SELECT …", ("GET /products/",))


def unmark(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the offsets of what each of them held."""
    plain: list[str] = []
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for character in text:
        if character == "«":
            opened.append(len(spans))
            spans.append((len(plain), -1))
        elif character == "»":
            number = opened.pop()
            spans[number] = (spans[number][0], len(plain))
        else:
            plain.append(character)
    return "".join(plain), spans


def position(text: str, offset: int) -> tuple[int, int]:
    """1-based line and 0-based column, by Python's notion of a line."""
    before = text[:offset].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1)


class Files:
    """A tree of sources in which nodes are marked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.plain: dict[str, str] = {}
        self.spans: dict[str, list[tuple[int, int]]] = {}

    def add(self, path: str, marked: str, encoding: str = "utf-8") -> None:
        text, spans = unmark(marked)
        self.plain[path], self.spans[path] = text, spans
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode(encoding))

    def place(self, path: str, number: int = 0, **changed: Any) -> Place:
        text = self.plain[path].removeprefix("\ufeff")
        shift = len(self.plain[path]) - len(text)
        start, end = (offset - shift for offset in self.spans[path][number])
        line, column = position(text, start)
        end_line, end_column = position(text, end)
        known: dict[str, Any] = {
            "kind": "call", "path": path, "in_project": True, "line": line, "column": column,
            "end_line": end_line, "end_column": end_column, "qualname": "", "attribute": None,
            "sha256": self.digest(path),
        }  # fmt: skip
        return Place(**{**known, **changed})

    def klass(self, path: str, qualname: str, attribute: str | None = "model") -> Place:
        return Place("class", path, True, 1, qualname=qualname, attribute=attribute,
                     sha256=self.digest(path))  # fmt: skip

    def digest(self, path: str) -> str:
        return hashlib.sha256((self.root / path).read_bytes()).hexdigest()


def finding(
    lookup: str, *places: Place, queryset: Mapping[str, Any] | None = None, **changed: Any
) -> Finding:
    """A finding about a path such as ``category__tags``; facts are those of a stable queryset."""
    steps = tuple(Step(name, KINDS[name]) for name in lookup.split("__") if name)
    known: dict[str, Any] = {
        "code": "HC101", "title": f"{lookup} loaded in a loop", "expression": places,
        "trigger": (), "path": steps, "queryset": {**STABLE, **(queryset or {})},
        "model": "shop.Product", "evidence": EVIDENCE, "cost_ms": 8.0, "gain_ms": 7.0,
        "queries_saved": 19.0,
    }  # fmt: skip
    return Finding(**{**known, **changed})


def planned(root: Path, *findings: Finding, django: tuple[int, int] = (5, 2)) -> Plan:
    result = plan(findings, root, django=django)
    mentioned = [one for fix in result.fixes for one in fix.findings]
    mentioned += [refusal.finding for refusal in result.refusals]
    assert sorted(map(id, mentioned)) == sorted(map(id, findings)), "each finding exactly once"
    return result


def rewrite(root: Path, marked: str, *lookups: str, **changed: Any) -> str:
    """One file, one marked node, some lookups: the new text."""
    files = Files(root)
    files.add("shop/views.py", marked)
    place = files.place("shop/views.py")
    result = planned(root, *(finding(lookup, place, **changed) for lookup in lookups))
    assert not result.refusals, result.refusals[0].reason
    return render(result.fixes, root)["shop/views.py"]


def refused(root: Path, marked: str, lookup: str = "category", **changed: Any) -> str:
    """One file, one marked node, one lookup: the reason why it is not edited."""
    files = Files(root)
    files.add("shop/views.py", marked)
    result = planned(root, finding(lookup, files.place("shop/views.py"), **changed))
    assert not result.fixes, result.fixes[0].summary
    return result.refusals[0].reason
