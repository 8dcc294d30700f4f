from django.contrib import admin
from django.urls import path, re_path

from . import api, generic, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("generic/books/", generic.BookList.as_view(), name="book-list"),
    path("generic/authors/", generic.AuthorList.as_view(), name="author-list"),
    path("api/books/", api.BookViewSet.as_view({"get": "list"}), name="api-books"),
    path("reset/<token>/", views.reset, name="reset"),
    path("waiting/", views.waiting, name="waiting"),
    re_path(r"^(?P<name>\w+)/$", views.page, name="page"),
]
