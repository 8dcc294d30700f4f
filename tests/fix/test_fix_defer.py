"""Heavy columns that nobody read are offered to be deferred."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Step
from hotclub.fix import render
from hotclub.proof._steps import steps
from tests.fix.fixing import Files, finding, planned

WRITTEN = {
    'rows = «Article.objects.order_by("a")»[:9]': (
        'rows = Article.objects.order_by("a").defer("text")[:9]'
    ),
    'rows = «Article.objects.defer("b")»': 'rows = Article.objects.defer("b", "text")',
}


def unread(files: Files, *names: str, **changed):
    path = (
        *(Step(name, "forward_key", "") for name in names[:-1]),
        Step(names[-1], "column", "a.B"),
    )
    return finding(
        "", files.place("a.py"), code="HC405", path=path, shape="unread", advice="defer", **changed
    )


@pytest.mark.parametrize("text", WRITTEN)
def test_it_is_offered(text, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", f"{text}\n")
    (fix,) = planned(tmp_path, unread(files, "text")).fixes
    assert fix.kind == "offered" and steps(fix) == ()
    assert render([fix], tmp_path) == {"a.py": f"{WRITTEN[text]}\n"}


def test_of_what_is_joined_and_beside_what_is_added(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "rows = «Article.objects.all()»\n")
    result = planned(
        tmp_path, unread(files, "author", "life"), finding("category", files.place("a.py"))
    )
    assert render(result.fixes, tmp_path)["a.py"] == (
        'rows = Article.objects.all().defer("author__life").select_related("category")\n'
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"queryset": {"only": ["text"]}}, "only() names the columns"),
        ({"queryset": {"raw": True}}, "raw SQL"),
        ({"stale": True}, "has changed"),
        ({"reason": "unknown"}, "unknown"),
    ],
)
def test_refusals(changed, reason, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "rows = «Article.objects.all()»\n")
    assert reason in planned(tmp_path, unread(files, "text", **changed)).refusals[0].reason
