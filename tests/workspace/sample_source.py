"""The source of the project in sample_project.py."""

MODELS = """
from django.conf import settings
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)
    slug = models.SlugField(unique=True)

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("books:author", kwargs={"slug": self.slug})


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    published = models.DateField()
"""

VIEWS = """
import os, random, secrets, socket, time, uuid
from pathlib import Path

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.db import connection
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.generic import DetailView

from .models import Author, Book


def index(request):
    print("noise on standard output")
    links = "".join(f'<a href="{author.get_absolute_url()}">{author.name}</a>'
                    for author in Author.objects.order_by("pk"))
    return HttpResponse(links + '<a href="/accounts/log-out/?next=/#top">out</a>'
                        '<form action="/search/"></form><form method=post action="/save/"></form>'
                        '<a href="https://example.com/">x</a><a href="nowhere/">y</a>')


def author(request, slug):
    author = get_object_or_404(Author, slug=slug)
    titles = [f"{book.title} {book.author.name}" for book in author.book_set.all()]
    return JsonResponse({"titles": titles, "next": reverse("books:index")})


def nested(request, author_slug):
    return HttpResponse(get_object_or_404(Author, slug=author_slug).name)


class BookView(DetailView):
    model = Book
    template_name = "book.html"


@login_required
def mine(request, number):
    book = get_object_or_404(Book, pk=number, reader=request.user)
    return HttpResponse(book.title)


def by_date(request, year, month, pk):
    return HttpResponse(get_object_or_404(Book, pk=pk, published__year=year,
                                          published__month=month).title)


def broken(request):
    return HttpResponse(Author.objects.get(slug="nobody").name)


def broken_stream(request):
    def parts():
        yield b"one"
        raise RuntimeError("in the middle")
    return StreamingHttpResponse(parts())


def sleeps(request):
    time.sleep(600)


def endless(request):
    def parts():
        while True:
            yield b"x" * 1000
    return StreamingHttpResponse(parts())


def drip(request):
    def parts():
        while True:
            time.sleep(0.05)
            yield b"."
    return StreamingHttpResponse(parts())


def writes(request):
    Author.objects.create(name="new", slug=f"new-{Author.objects.count()}")
    default_storage.save("note.txt", ContentFile(b"written"))
    send_mail("subject", "body", "a@example.com", ["b@example.com"])
    Path(settings.BASE_DIR, "beside.txt").write_text("written")
    return HttpResponse(str(Author.objects.count()))


def media(request):
    names = sorted(os.listdir(settings.MEDIA_ROOT))
    return HttpResponse(" ".join(names) + " " + default_storage.open("cover.txt").read().decode())


def calls_out(request):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=5)
    except OSError as error:
        return HttpResponse(f"refused: {error!r}")
    return HttpResponse("connected")


def in_circles(request):
    return redirect("/circles/?again=1")


def leaves(request):
    logout(request)
    return HttpResponse("out")


def whoami(request):
    user = request.user
    return HttpResponse(f"{user.username} {user.last_login}" if user.is_authenticated else "-")


def chance(request):
    return HttpResponse(" ".join(map(str, (
        random.random(), random.Random().random(), os.urandom(4).hex(), secrets.token_hex(4),
        uuid.uuid4(), uuid.uuid1(), list({"a", "b", "c"})))))


def counted(request):
    cache.set("seen", cache.get("seen", 0) + 1, 60)
    return HttpResponse(f"{cache.get('seen')} {cache.ttl('seen')} {cache.keys('s*')}")


def dies(request):
    os._exit(7)


def exits(request):
    raise SystemExit(3)


def save(request):
    return HttpResponse(f"{request.method} {request.POST.get('a')} {request.scheme} "
                        f"{request.get_host()} {request.GET.get('q')} "
                        f"{request.headers.get('X-It')}")


def search(request):
    with connection.cursor() as cursor:
        cursor.execute("/* write */ SELECT 1")
    return HttpResponse("found")


def settings_page(request):
    seen = {name: str(getattr(settings, name, "")) for name in (
        "MEDIA_ROOT", "EMAIL_BACKEND", "MAILERS", "CELERY_BROKER_URL", "CACHES", "LOGGING",
        "DATA_FILE",
        "FROM_ENV", "HOME_WAS", "CHANNEL_LAYERS")}
    return JsonResponse(seen | {"cwd": os.getcwd(), "home": os.path.expanduser("~")})
"""

URLS = """
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path

from books import views

books = ([
    path("", views.index, name="index"),
    path("authors/<slug:slug>/", views.author, name="author"),
    path("books/<int:pk>/", views.BookView.as_view(), name="book"),
    path("mine/<int:number>/", views.mine, name="my_book"),
    re_path(r"^archive/(?P<year>[0-9]{4})/(?P<month>[0-9]+)/books/(?P<pk>[0-9]+)/$",
            views.by_date, name="dated"),
], "books")

urlpatterns = [
    path("", include(books)),
    path("admin/", admin.site.urls),
    path("accounts/log-out/", views.leaves, name="log-out"),
    *[path(f"{name}/", getattr(views, function)) for name, function in {
        "broken": "broken", "broken-stream": "broken_stream", "sleeps": "sleeps",
        "endless": "endless", "drip": "drip", "writes": "writes", "media": "media",
        "calls-out": "calls_out", "circles": "in_circles", "whoami": "whoami",
        "chance": "chance", "counted": "counted", "dies": "dies", "exits": "exits",
        "save": "save", "search": "search", "settings": "settings_page"}.items()],
] + i18n_patterns(path("nested/<author_slug>/", views.nested, name="nested"))
"""

SETTINGS = """
INSTALLED_APPS += ["books"]
MEDIA_ROOT = BASE_DIR / "media"
TIME_ZONE = "UTC"
FROM_ENV = __import__("os").environ.get("LIBRARY_SECRET", "")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                      "LOCATION": "redis://cache.example.com:6379/1", "TIMEOUT": 90,
                      "OPTIONS": {"db": "7"}}}
CELERY_BROKER_URL = "amqp://broker.example.com"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}
SMTP = "django.core.mail.backends.smtp.EmailBackend"
if "MAILERS" in globals():
    MAILERS = {"default": {"BACKEND": SMTP, "OPTIONS": {"host": "mail.example.com"}}}
else:
    EMAIL_BACKEND = SMTP
DATA_FILE = BASE_DIR / "data.txt"
"""

SEED = """
import datetime
from django.contrib.auth import get_user_model
from books.models import Author, Book
User = get_user_model()
User.objects.create_superuser("boss", "boss@example.com", "x")
users = [User.objects.create_user(name, password="x") for name in ("ann", "ben")]
for number in range(3):
    author = Author.objects.create(name=f"Author {number}", slug=f"author-{number}")
    for title in range(number):
        Book.objects.create(title=f"Book {number}.{title}", author=author, reader=users[1],
                            published=datetime.date(2020 + title, 5, 1))
"""
