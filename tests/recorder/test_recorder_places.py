"""Where querysets are made and what loads relations: exact nodes, templates, classes."""

from __future__ import annotations

import hashlib

import pytest

from tests.recorder.playing import EXACT, PROJECT, Played, source

CREATED = {
    ("forward_key", ""): ["Book.objects.all()", "PAGES[name](request)", "get_response(request)"],
    ("forward_key", "author"): ["book.author"],
    ("reverse_key", "review_set"): ["book.review_set.all()"],
    ("reverse_filtered", "review_set"): ["book.review_set.filter(stars=5)"],
    ("generic_key", "target"): ["note.target"],
    ("through_property", "author/country"): ["self.author.country", "book.origin"],
    ("through_helper", ""): ["Book.objects.listed()", "helper()", "PAGES[name](request)"],
    ("non_ascii", ""): ["Book.objects.all()"],
    ("non_ascii", "author"): ["book.author"],
    ("several_lines", ""): ["Book.objects\n        .filter(hidden=False)"],
    ("below_custom_prefetch", "listed"): ["Book.objects.filter(hidden=False)"],
    ("generic/books", ""): ["Book.objects.filter(hidden=False)"],
    ("api/books", ""): ["Book.objects.listed()"],
    ("raw", ""): ['Book.objects.raw("SELECT * FROM library_book")'],
    ("streamed", ""): ["Book.objects.all()"],
}


@pytest.mark.skipif(not EXACT, reason="no columns before Python 3.11")
@pytest.mark.parametrize(("page", "path"), CREATED)
def test_created(played: Played, page: str, path: str) -> None:
    places = played.created(page, path)
    wanted = CREATED[page, path]
    assert [source(place) for place in places[: len(wanted)]] == wanted
    assert {place.kind for place in places} == {"call"}


@pytest.mark.skipif(EXACT, reason="columns are known")
@pytest.mark.parametrize(("page", "path"), CREATED)
def test_created_lines(played: Played, page: str, path: str) -> None:
    first = played.created(page, path)[0]
    assert first.kind == "line" and first.column is None
    text = (PROJECT / first.path).read_text(encoding="utf-8").split("\n")[first.line - 1]
    assert CREATED[page, path][0].split("\n")[-1].strip().split(".")[0] in text


def test_qualnames_and_files(played: Played) -> None:
    places = played.created("through_helper")
    assert [place.qualname for place in places[:2]] == ["helper", "through_helper"]
    assert {place.path for place in places} == {"library/views.py", "library/middleware.py"}
    assert all(place.in_project for place in places)
    digest = hashlib.sha256((PROJECT / "library/views.py").read_bytes()).hexdigest()
    assert places[0].sha256 == digest


def test_triggers_in_templates(played: Played) -> None:
    author = [str(place) for place in played.trigger("template", "author")[:4]]
    assert author == [
        "library/templates/library/_book.html:3",
        "library/templates/library/list.html:5",
        "library/templates/library/base.html:2",
        "library/templates/library/list.html:1",
    ]
    first = played.trigger("template", "author")[0]
    assert (first.kind, first.qualname) == ("template", "book.author.name")
    reviews = played.created("template", "review_set")[0]
    assert (reviews.kind, reviews.line) == ("template", 4)
    assert played.trigger("template")[0].line == 4


def test_framework_code_works_for_a_class(played: Played) -> None:
    view = played.created("generic/authors")[0]
    assert (view.kind, view.qualname, view.attribute) == ("class", "AuthorList", "model")
    assert "class AuthorList" in (PROJECT / view.path).read_text().split("\n")[view.line - 1]
    trigger = played.trigger("api/books", "review_set")
    assert (trigger[0].qualname, trigger[0].attribute) == ("BookSerializer", "fields.reviews")
    assert (trigger[1].qualname, trigger[1].attribute) == ("BookViewSet", "queryset")


def test_jinja(played: Played) -> None:
    pytest.importorskip("jinja2")
    trigger = played.trigger("jinja", "author")[0]
    assert (trigger.kind, str(trigger)) == ("template", "jinja/list.html:4")
    assert str(played.trigger("jinja")[0]) == "jinja/list.html:2"


def test_prefetches_have_no_expression_of_their_own(played: Played) -> None:
    assert played.created("prefetched", "tags") == ()
    assert played.created("through_property", "author") == ()


def test_what_was_unpickled_has_no_place(played: Played) -> None:
    roots = [batch for batch in played.batches("copied") if batch.size == 9]
    assert [batch.created_stack for batch in roots] == [None]
