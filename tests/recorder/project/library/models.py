from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Country(models.Model):
    name = models.CharField(max_length=50)


class Author(models.Model):
    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.CASCADE)


class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE)
    text = models.TextField()


class Tag(models.Model):
    name = models.CharField(max_length=50)


class BookQuerySet(models.QuerySet):
    def listed(self):
        return self.filter(hidden=False)


class VisibleManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(hidden=False)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")
    tags = models.ManyToManyField(Tag, related_name="books")
    hidden = models.BooleanField(default=False)
    notes = GenericRelation("library.Note")

    objects = BookQuerySet.as_manager()
    visible = VisibleManager()

    class Meta:
        ordering = ["title"]

    @property
    def origin(self):
        return self.author.country.name


class Audiobook(Book):
    minutes = models.IntegerField(default=0)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    stars = models.IntegerField()

    class Meta:
        ordering = ["id"]


class Shelf(models.Model):
    """Looks at its book while it is being made."""

    book = models.ForeignKey(Book, models.CASCADE)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.label = self.book.title if self.book_id else ""


class Note(models.Model):
    text = models.TextField()
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey()


def fill(books=8):
    """Two tags, two reviews, a note each; half as many authors as books."""
    country = Country.objects.create(name="Belgium")
    tags = [Tag.objects.create(name=f"tag {n}") for n in range(3)]
    authors = [
        Author.objects.create(name=f"author {n}", country=country) for n in range(books // 2)
    ]
    for author in authors:
        Profile.objects.create(author=author, text=f"about {author.name}")
    for n in range(books):
        author = authors[n // 2]
        book = Book.objects.create(title=f"book {n}", author=author, editor=author)
        book.tags.set(tags[:2])
        for stars in (1, 5):
            Review.objects.create(book=book, stars=stars)
        Note.objects.create(text=f"note {n}", target=book)
        if n < 3:
            Shelf.objects.create(book_id=book.pk)
    Audiobook.objects.create(title="spoken", author=authors[0], minutes=90)
