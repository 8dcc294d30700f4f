"""HC409: whole tables behind a form's field or an admin's filter."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
from django import forms
from django.shortcuts import render

class _Some(forms.Form):
    book = forms.ModelChoiceField(Book.objects.order_by("title"))

class _Few(forms.Form):
    book = forms.ModelChoiceField(Book.objects.filter(active=True))

class _Typed(forms.Form):
    book = forms.ModelChoiceField(Book.objects.all(), widget=forms.NumberInput)

def select(request):
    return HttpResponse(_Some().as_p())

def narrowed(request):
    return HttpResponse(_Few().as_p())

def typed(request):
    return HttpResponse(_Typed().as_p())

def listed(request):
    return HttpResponse("".join(f"<li>{book}</li>" for book in Book.objects.all()))
"""
ADMIN = """
from django.contrib import admin
from shelf.models import Author, Book, Review

@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_filter = ["book"]

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    search_fields = ["title"]
    raw_id_fields = ["author"]
"""
SEED = "Book.objects.bulk_create([Book(title=str(n), author_id=1) for n in range(400)])"
TRUE = {
    "select/": "each an <option>", "admin/shelf/review/add/": "each an <option>",
    "admin/shelf/review/": "each a link of a filter",
}  # fmt: skip
CLEAN = ["narrowed/", "typed/", "listed/", "admin/shelf/book/add/"]


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    root = tmp_path_factory.mktemp("choices")
    views = f"{VIEWS}\ndef filled(request):\n    {SEED}\n    return HttpResponse()\n"
    return Shelves(root, views, ["filled", *TRUE, *CLEAN], shelf__admin=ADMIN)


@pytest.mark.parametrize("target", TRUE)
def test_whole_tables(shelves: Shelves, target: str) -> None:
    (seen,) = shelves.seen(target, code="HC409")
    assert seen.loaded == "shelf.Book" and seen.detail.endswith(TRUE[target])
    assert "HC501" not in shelves.codes(target)


@pytest.mark.parametrize("target", CLEAN)
def test_no_false_alarm(shelves: Shelves, target: str) -> None:
    assert shelves.seen(target, code="HC409") == []
