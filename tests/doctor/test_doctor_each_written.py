"""HC406: writes in a loop, and writes that only look like one."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
def created(request):
    for stars in range(4):
        Review.objects.create(book_id=1, stars=stars)
    return HttpResponse()

def saved(request):
    for book in Book.objects.filter(pk__lt=5):
        book.title = f"{book.title}!"
        book.save()
    return HttpResponse()

def deleted(request):
    [review.delete() for review in Review.objects.filter(book_id=2)]
    for review in Review.objects.filter(pk__gt=10)[:3]:
        review.delete()
    return HttpResponse()

def _one(stars):
    Review.objects.create(book_id=1, stars=stars)

def in_helper(request):
    for stars in range(4):
        _one(stars)
    return HttpResponse()

def asked(request):
    for stars in (31, 31, 32, 33, 31):
        if not Review.objects.filter(stars=stars).exists():
            Review.objects.create(book_id=1, stars=stars)
    return HttpResponse()

def bulk(request):
    for n in range(4):
        Review.objects.bulk_create([Review(book_id=1, stars=n), Review(book_id=2, stars=n)])
    return HttpResponse()

def updated(request):
    for n in range(4):
        Book.objects.filter(pk=n).update(pages=n)
    return HttpResponse()

def twice(request):
    for n in range(2):
        Review.objects.create(book_id=1, stars=n)
    return HttpResponse()

def in_a_row(request):
    Review.objects.create(book_id=1, stars=1)
    Review.objects.create(book_id=1, stars=2)
    Review.objects.create(book_id=1, stars=3)
    Review.objects.create(book_id=1, stars=4)
    return HttpResponse()

def formset(request):
    from django.forms import modelformset_factory
    made = modelformset_factory(Review, fields=["stars"])
    data = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 4}
    for n, review in enumerate(Review.objects.order_by("pk")[:4]):
        data |= {f"form-{n}-id": review.pk, f"form-{n}-stars": 5 - review.stars % 3}
    forms = made(data, queryset=Review.objects.order_by("pk")[:4])
    forms.save()
    return HttpResponse()
"""
TRUE = {
    "created": (4, "INSERT", "bulk_create"), "saved": (4, "UPDATE", "bulk_update"),
    "deleted": (3, "DELETE", "filter(…).delete()"), "in_helper": (4, "INSERT", "bulk_create"),
    "asked": (3, "INSERT", "bulk_create"),
}  # fmt: skip
CLEAN = ["bulk", "updated", "twice", "in_a_row", "formset"]


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("written"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_written_one_by_one(shelves: Shelves, view: str) -> None:
    number, verb, words = TRUE[view]
    (seen,) = shelves.seen(view, code="HC406")
    assert (seen.queries, seen.saves) == (number, number - 1)
    assert verb in seen.detail and words in seen.advice
    assert seen.trigger[0].qualname.startswith(view)
    assert ("ask once before the loop" in seen.reason) is (view == "asked")


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC406") == []
