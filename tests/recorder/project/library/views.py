import asyncio
import copy
import pickle

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, Prefetch
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from . import modes, watched
from .models import Audiobook, Author, Book, Note, Profile, Review, Tag
from .watched import text


def page(request, name):
    return PAGES[name](request)


def reset(request, token):
    return HttpResponse(token, headers={"X-Api-Key": "k", "Set-Cookie": "sessionid=abc; Path=/"})


def forward_key(request):
    return text(book.author.name for book in Book.objects.all())


def forward_key_const(request):
    return text(book.author.name for book in Book.objects.select_related("author"))


def forward_one_to_one(request):
    return text(profile.author.name for profile in Profile.objects.all())


def reverse_one_to_one(request):
    return text(author.profile.text for author in Author.objects.all())


def reverse_key(request):
    return text(len(book.review_set.all()) for book in Book.objects.all())


def reverse_filtered(request):
    return text(len(book.review_set.filter(stars=5)) for book in Book.objects.all())


def reverse_sliced(request):
    return text(list(book.review_set.all()[:1]) for book in Book.objects.all())


def reverse_count(request):
    return text(book.review_set.count() for book in Book.objects.all())


def reverse_exists(request):
    return text(book.review_set.exists() for book in Book.objects.all())


def reverse_filtered_count(request):
    return text(book.review_set.filter(stars=5).count() for book in Book.objects.all())


def reverse_aggregate(request):
    return text(book.review_set.aggregate(Max("stars")) for book in Book.objects.all())


def reverse_filtered_aggregate(request):
    return text(
        book.review_set.filter(stars=5).aggregate(Max("stars")) for book in Book.objects.all()
    )


def reverse_other_manager(request):
    return text(len(author.books(manager="visible").all()) for author in Author.objects.all()[:2])


def many_to_many(request):
    return text(tag.name for book in Book.objects.all() for tag in book.tags.all())


def many_to_many_reverse(request):
    return text(book.title for tag in Tag.objects.all() for book in tag.books.all())


def many_to_many_count(request):
    return text(book.tags.count() for book in Book.objects.all())


def generic_key(request):
    return text(note.target.title for note in Note.objects.all())


def generic_relation(request):
    return text(note.text for book in Book.objects.all() for note in book.notes.all())


def nested(request):
    return text(review.book.author.country.name for review in Review.objects.filter(stars=5))


def through_property(request):
    return text(book.origin for book in Book.objects.select_related("author"))


def below_prefetch(request):
    authors = Author.objects.prefetch_related("books")
    return text(len(book.review_set.all()) for author in authors for book in author.books.all())


def below_custom_prefetch(request):
    books = Book.objects.filter(hidden=False)
    authors = Author.objects.prefetch_related(Prefetch("books", queryset=books, to_attr="listed"))
    return text(len(book.review_set.all()) for author in authors for book in author.listed)


def prefetched(request):
    books = Book.objects.prefetch_related("tags", "review_set", "notes", "author__profile")
    return text(
        (len(book.tags.all()), len(book.review_set.all()), book.review_set.count(),
         len(book.notes.all()), book.author.profile.text)
        for book in books
    )  # fmt: skip


def prefetched_generic(request):
    return text(note.target.author.name for note in Note.objects.prefetch_related("target"))


def iterated(request):
    return text(book.author.name for book in Book.objects.iterator(chunk_size=3))


def iterated_plainly(request):
    return text(book.author.name for book in Book.objects.iterator())


def left_early(request):
    for book in Book.objects.iterator(chunk_size=3):
        return HttpResponse(book.author.name)


def got(request):
    book = Book.objects.get(title="book 1")
    return text(review.book.title for review in book.review_set.all())


def got_twice(request):
    book = Book.objects.get(title="book 1")
    ratings = [review.pk for review in book.review_set.all()]
    return text([*ratings, *(review.book.title for review in book.review_set.all())])


def got_each(request):
    return text(Book.objects.get(title=f"book {n}").author.name for n in range(4))


def first(request):
    return text([Book.objects.order_by("-id").first().author.name])


def union(request):
    books = Book.objects.order_by()
    books = books.filter(hidden=True).union(books.filter(hidden=False))
    return text(book.author.name for book in books)


def raw(request):
    return text(book.author.name for book in Book.objects.raw("SELECT * FROM library_book"))


def only(request):
    return text(book.hidden for book in Book.objects.only("title"))


def refreshed(request):
    book = Book.objects.first()
    book.refresh_from_db()
    return text([book.title])


def sorted_totally(request):
    return text(book.author.name for book in Book.objects.order_by("title", "-pk")[:3])


def updating(request):
    books = Book.objects.select_for_update().filter(hidden=False)
    with transaction.atomic():
        return text(book.editor and book.editor.name for book in books)


def inherited(request):
    return text(audio.author.name for audio in Audiobook.objects.all())


def parent_link(request):
    return text(audio.book_ptr.author.name for audio in Audiobook.objects.all())


def values(request):
    rows = Book.objects.values("title"), Book.objects.values_list("title", flat=True)
    return text(len(list(row)) for row in rows)


def unknown(request):
    by_hand = Book(author_id=Author.objects.values_list("id", flat=True)[0])
    unpickled = pickle.loads(pickle.dumps(Book.objects.first()))
    return text([by_hand.author.name, unpickled.author.name])


def helper():
    return Book.objects.listed()


def through_helper(request):
    return text(book.author.name for book in helper())


def counted(request):
    return text([Book.objects.count(), Book.objects.filter(hidden=True).exists()])


def annotated(request):
    books = Book.objects.annotate(reviews=Count("review")).order_by("-reviews")
    return text((book.author.name, book.reviews) for book in books)


def non_ascii(request):
    return text([("é", "日本", [book.author.name for book in Book.objects.all()][0])])


def several_lines(request):
    books = (
        Book.objects
        .filter(hidden=False)
        .order_by("title")
    )  # fmt: skip
    return text(
        book.author.name
        for book in books
    )  # fmt: skip


def template(request):
    return render(request, "library/list.html", {"object_list": Book.objects.all()})


def jinja(request):
    return render(request, "list.html", {"books": Book.objects.all()}, using="jinja")


def streamed(request):
    def lines():
        for book in Book.objects.all():
            yield f"{book.title}: {book.author.name}\n"

    return StreamingHttpResponse(lines())


def file(request):
    return FileResponse(open(__file__, "rb"))


def failing(request):
    raise ValueError("the value was 17")


def writing(request):
    tag = Tag.objects.create(name="new")
    Tag.objects.filter(pk=tag.pk).update(name="newer")
    Tag.objects.bulk_create([Tag(name="a"), Tag(name="b")])
    return text([Tag.objects.filter(name__in=["newer", "a", "b"]).delete()[0] > 0])


def form(request):
    return JsonResponse({"name": request.POST.get("name"), "token": "s3cret"})


def cached(request):
    cache.set("here", 1)
    return text([cache.get("here"), cache.get_many(["here", "there"])])


def copied(request):
    books = Book.objects.all()
    book = copy.deepcopy(copy.deepcopy(books)[0])
    fresh = Book.objects.all()
    fresh.query = pickle.loads(pickle.dumps(Book.objects.filter(hidden=False).query))
    return text([book.author.name, len(fresh), books[0] == book, repr(book)])


async def waiting(request):
    names = [book.author_id async for book in Book.objects.all()]
    count, _ = await asyncio.gather(Author.objects.acount(), Author.objects.afirst())
    return HttpResponse(f"{len(names)} {count}")


_FOUND = {**globals(), **vars(watched), **vars(modes)}
PAGES = {name: view for name, view in _FOUND.items() if callable(view)}
