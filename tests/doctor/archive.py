"""A project of long tables and the pages that show them, well and badly."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.doctor import bookshop, warehouse

ROWS = 5_000
FILES = {
    "manage.py": bookshop.FILES["manage.py"],
    "config/__init__.py": "",
    "config/settings.py": warehouse.FILES["config/settings.py"]
    .replace('["parcels"]', '["django.contrib.contenttypes", "django.contrib.auth", "archive"]')
    .rstrip()
    + """
        TEMPLATES = [{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [BASE_DIR / "templates"],
        }]
        """,
    "config/urls.py": """
        from django.urls import path
        from archive import views
        urlpatterns = [
            path("", views.home),
            path("whole/", views.whole),
            path("kinds/", views.kinds),
            path("export/", views.export),
            path("list/", views.LetterList.as_view()),
            path("paged/", views.PagedList.as_view()),
            path("api/", views.LetterApi.as_view()),
        ]
        """,
    "archive/__init__.py": "",
    "archive/migrations/__init__.py": "",
    "archive/models.py": """
        from django.db import models


        class Letter(models.Model):
            subject = models.CharField(max_length=60)
            place = models.CharField(max_length=20)


        class Kind(models.Model):
            word = models.CharField(max_length=60)
        """,
    "archive/views.py": """
        from django.http import HttpResponse
        from django.shortcuts import render
        from django.views.generic import ListView
        from rest_framework.generics import ListAPIView
        from rest_framework.pagination import PageNumberPagination
        from rest_framework.serializers import ModelSerializer

        from .models import Kind, Letter


        def home(request):
            return HttpResponse(
                '<a href="/paged/?page=2">2</a> <a href="/api/?page=2">2</a>'
            )


        def whole(request):
            letters = Letter.objects.filter(pk__lte=1500).order_by("subject")
            return render(request, "whole.html", {"letters": letters})


        def kinds(request):
            return render(request, "whole.html", {"letters": Kind.objects.all()})


        def export(request):
            rows = (f"{letter.subject}\\n" for letter in Letter.objects.all()[:2000])
            answer = HttpResponse("".join(rows), content_type="text/csv")
            answer["Content-Disposition"] = "attachment"
            return answer


        class LetterList(ListView):
            queryset = Letter.objects.filter(pk__lte=1500)
            template_name = "whole.html"
            context_object_name = "letters"


        class PagedList(ListView):
            queryset = Letter.objects.order_by("-pk")
            paginate_by = 20
            template_name = "whole.html"
            context_object_name = "letters"


        class LetterSerializer(ModelSerializer):
            class Meta:
                model = Letter
                fields = ("subject",)


        class Pages(PageNumberPagination):
            page_size = 20


        class LetterApi(ListAPIView):
            queryset = Letter.objects.order_by("pk")
            serializer_class = LetterSerializer
            pagination_class = Pages
            permission_classes = ()
            authentication_classes = ()
        """,
    "templates/whole.html": """
        {% for letter in letters %}<p>{{ letter.subject }}{{ letter.word }}</p>{% endfor %}
        """,
}
_FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
INSERT INTO archive_letter (subject, place)
SELECT 'On the matter of number ' || i, 'Town' || (i % 20) FROM n
"""


def create(root: Path, **changes: str) -> Path:
    """The project with its rows; ``changes`` replaces files (``archive__views``)."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = changes.get(name.removesuffix(".py").replace("/", "__"), text)
        lines = text.strip("\n").splitlines()
        margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
        path.write_text("\n".join(line[margin:] for line in lines).rstrip() + "\n")
    for arguments in (["makemigrations", "archive", "-v0"], ["migrate", "-v0"]):
        bookshop.run_manage(root, *arguments)
    connection = sqlite3.connect(root / "db.sqlite3")
    connection.execute(_FILL)
    connection.executemany("INSERT INTO archive_kind (word) VALUES (?)", [("k",)] * 30)
    connection.commit()
    connection.close()
    return root
