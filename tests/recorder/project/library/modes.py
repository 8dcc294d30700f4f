"""Pages of fetch modes, which Django has had since 6.1."""

from django.db import models

from .models import Audiobook, Author, Book, Note, Review
from .watched import text

PEERS = getattr(models, "FETCH_PEERS", None)
ONE = getattr(models, "FETCH_ONE", None)


def peers_keys(request):
    return text(book.author.name for book in Book.objects.fetch_mode(PEERS))


def peers_keys_of_keys(request):
    reviews = Review.objects.fetch_mode(PEERS)
    return text(review.book.author.country.name for review in reviews)


def peers_one_to_one(request):
    return text(author.profile.text for author in Author.objects.fetch_mode(PEERS))


def peers_generic(request):
    return text(note.target.pk for note in Note.objects.fetch_mode(PEERS))


def peers_fields(request):
    return text(book.hidden for book in Book.objects.only("title").fetch_mode(PEERS))


def peers_lists(request):
    books = Book.objects.fetch_mode(PEERS)
    return text(len(book.review_set.all()) for book in books)


def peers_in_portions(request):
    books = Book.objects.fetch_mode(PEERS).iterator(chunk_size=3)
    return text(book.author.name for book in books)


def peers_of_one(request):
    return text([Audiobook.objects.fetch_mode(PEERS).get().author.name])


def one_each(request):
    return text(book.author.name for book in Book.objects.fetch_mode(ONE))
