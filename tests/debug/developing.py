"""The bookshop in development: the middleware is on, and one page of each kind."""

from __future__ import annotations

from pathlib import Path

from tests.doctor.bookshop import FILES, fill, write

SETTINGS = """
DEBUG = True
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware", "config.policy.Policy",
    "hotclub.debug.FindingsMiddleware", *MIDDLEWARE,
]
"""
POLICY = """
class Policy:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.csp_nonce = "n0nce"
        response = self.get_response(request)
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'nonce-n0nce'"
        return response
"""
URLS = """
from django.urls import path
from books import views
urlpatterns = [
    path("", views.home), path("books/", views.book_list), path("ignored/", views.ignored),
    path("broken/", views.broken), path("json/", views.names), path("zipped/", views.zipped),
    path("streamed/", views.streamed), path("wide/", views.wide), path("own/", views.own),
    path("async/", views.later),
]
"""
VIEWS = """
import gzip
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from .models import Author, Book

PAGE = "<html><body>é</body></html>"

def home(request):
    return HttpResponse(PAGE)

def book_list(request):
    books = Book.objects.order_by("pk")
    return render(request, "list.html", {"books": books})

def ignored(request):
    books = Book.objects.order_by("pk")  # hotclub: ignore[HC101]
    return render(request, "list.html", {"books": books})

def broken(request):
    return HttpResponse({}["missing"])

def names(request):
    return JsonResponse({"names": [book.author.name for book in Book.objects.all()]})

def zipped(request):
    return HttpResponse(gzip.compress(PAGE.encode()), headers={"Content-Encoding": "gzip"})

def streamed(request):
    return StreamingHttpResponse(iter([PAGE]))

def wide(request):
    return HttpResponse(PAGE.encode("utf-16"), content_type="text/html; charset=utf-16")

def own(request):
    response = HttpResponse(PAGE.replace("é", "e"))
    response["Content-Length"] = str(len(response.content))
    return response

async def later(request):
    return HttpResponse("".join([f"<p>{b.title}" async for b in Book.objects.all()]) + PAGE)
"""
LIST = "<!doctype html><body>\n" + FILES["templates/list.html"].strip("\n") + "\n</body>"


def make(directory: Path) -> Path:
    """The project, with rows."""
    files = {"templates__list.html": LIST, "books__views": VIEWS, "config__urls": URLS}
    root = fill(write(directory / "shop", **files))
    settings = root / "config/settings.py"
    settings.write_text(settings.read_text() + SETTINGS)
    (root / "config/policy.py").write_text(POLICY)
    return root
