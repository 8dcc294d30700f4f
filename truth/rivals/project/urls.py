"""One URL for each case, and the admin."""

from club import cases
from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
    *(path(f"{case.path}/", case.view) for case in cases.ALL if case.view),
    *(path(f"{case.path}/<int:pk>/", case.view) for case in cases.ALL if case.view),
]
