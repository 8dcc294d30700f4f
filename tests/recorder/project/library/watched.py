"""Pages of which deep recordings notice what happens to what was loaded."""

import pickle

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse

from .models import Author, Book, Shelf


def text(values):
    return HttpResponse(" ".join(map(str, values)))


def looked_at(request):
    books = list(Book.objects.select_related("author", "editor").prefetch_related("tags", "notes"))
    assert books[0].author.name
    return text([len(book.tags.all()) for book in books[:2]] + [books[3].tags.all()[0].name])


def looked_through(request):
    """Behind the author, who is only Django's step to get there."""
    books = Book.objects.select_related("author").prefetch_related("author__books")
    return text(book.title for book in books)


def listed_aside(request):
    listed = Prefetch("review_set", to_attr="reviews")
    return text(len(book.reviews) for book in Book.objects.prefetch_related(listed))


def pickled(request):
    books = list(Book.objects.select_related("author"))
    return text(book.title for book in pickle.loads(pickle.dumps(books)))


def looking_at_itself(request):
    return text(shelf.label for shelf in Shelf.objects.order_by("id"))


def refreshed_each(request):
    books = list(Book.objects.all()[:2])
    for book in books:
        book.refresh_from_db(fields=["title"])
    return text(books)


def permitted(request):
    user = User(pk=1)
    return text([user.has_perm("library.add_book"), user.has_perm("library.change_book")])


def deleted(request):
    with transaction.atomic():
        Author.objects.filter(pk=1).delete()
        transaction.set_rollback(True)
    return text([])


def sorted_by_extra(request):
    return text(book.author.name for book in Book.objects.extra(order_by=["title"]))
