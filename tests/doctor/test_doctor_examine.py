"""What can be told from a recording alone."""

from __future__ import annotations

from pathlib import Path

from hotclub.doctor._examine import _own


def test_a_view_is_the_projects_own_when_its_package_is_near_the_top(tmp_path: Path) -> None:
    for file in ("shop/views.py", "src/news/__init__.py", "pages.py", "docs/django.txt"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    views = {
        1: "shop.views.home",
        2: "news.views.Latest",
        3: "pages.about",
        4: "django.contrib.admin.sites.index",
        5: "docs.views.page",
    }
    assert _own(views, tmp_path) == {1, 2, 3}
