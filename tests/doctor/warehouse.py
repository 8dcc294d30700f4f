"""A project whose tables have rows enough for an index to matter, and a page for each case."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotclub.doctor import Evidence, Finding, MissingIndex, Place
from hotclub.doctor.finding import SpareIndex
from tests.doctor import bookshop
from tests.postgres_server import TestServer

FILES = {
    "manage.py": bookshop.FILES["manage.py"],
    "config/__init__.py": "",
    "config/settings.py": """
        from pathlib import Path
        BASE_DIR = Path(__file__).parent.parent
        SECRET_KEY = "x"
        ALLOWED_HOSTS = ["localhost"]
        ROOT_URLCONF = "config.urls"
        USE_TZ = True
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        INSTALLED_APPS = ["parcels"]
        DATABASES = {"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3",
        }}
        """,
    "config/urls.py": """
        from django.urls import path
        from parcels import views
        urlpatterns = [
            path("", views.home),
            path("number/", views.number),
            path("city/", views.city),
            path("newest/", views.newest),
            path("bin/", views.bin),
            path("labels/", views.labels),
            path("few/", views.few),
        ]
        """,
    "parcels/__init__.py": "",
    "parcels/migrations/__init__.py": "",
    "parcels/models.py": """
        from django.db import models


        class Label(models.Model):
            text = models.CharField(max_length=20)


        class Parcel(models.Model):
            number = models.CharField(max_length=12)
            town = models.CharField(max_length=20, db_column="city_name")
            weight = models.IntegerField()
            sent = models.IntegerField()
            bin = models.IntegerField(db_index=True)
            labels = models.ManyToManyField(Label)

            def __str__(self):
                return self.number


        class Few(models.Model):
            number = models.CharField(max_length=12)
        """,
    "parcels/views.py": """
        from django.http import HttpResponse
        from .models import Few, Label, Parcel

        def home(request):
            return HttpResponse(
                '<a href="/number/?number=P00007">one</a> <a href="/city/?town=Town7">two</a>'
            )

        def number(request):
            return HttpResponse(Parcel.objects.filter(number=request.GET.get("number", "P00001")))

        def city(request):
            town = request.GET.get("town", "Town1")
            return HttpResponse(Parcel.objects.filter(town=town).order_by("-sent", "-pk")[:20])

        def newest(request):
            return HttpResponse(Parcel.objects.order_by("-sent")[:10])

        def bin(request):
            return HttpResponse(Parcel.objects.filter(bin=7).order_by("pk"))

        def labels(request):
            return HttpResponse(str(Label.objects.filter(parcel__number="P00001").count()))

        def few(request):
            return HttpResponse(Few.objects.filter(number="3"))
        """,
}
_CASES = {
    "parcels/models.py": """

        class Case(models.Model):
            code = models.CharField(max_length=12)
            closed = models.BooleanField(default=False)
            opened = models.IntegerField()
            weight = models.IntegerField()
        """,
    "parcels/views.py": """

        from .models import Case

        def open_cases(request):
            cases = Case.objects.filter(closed=False).order_by("opened")[:20]
            return HttpResponse(str([case.code for case in cases]))

        def case(request):
            return HttpResponse(str(Case.objects.filter(code__iexact="c00007").count()))

        def weights(request):
            opened = Case.objects.filter(weight=7).values_list("opened", flat=True)
            return HttpResponse(str(sum(opened)))
        """,
    "config/urls.py": """
        urlpatterns += [
            path("open/", views.open_cases), path("case/", views.case),
            path("weights/", views.weights),
        ]
        """,
}
"""What only PostgreSQL's projects have besides."""
ROWS = 80_000
_FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
INSERT INTO parcels_parcel (number, city_name, weight, sent, bin)
SELECT printf('P%05d', i), 'Town' || (i % 400), i % 30, (i * 7919) % 1000003, i % 5000 FROM n
"""
_POSTGRES = f"""
INSERT INTO parcels_parcel (number, city_name, weight, sent, bin)
SELECT 'P' || lpad(i::text, 5, '0'), 'Town' || (i % 400), i % 30, (i * 7919) % 1000003, i % 5000
FROM generate_series(1, {ROWS}) AS i;
INSERT INTO parcels_case (code, closed, opened, weight)
SELECT 'C' || lpad(i::text, 5, '0'), i % 50 <> 0, (i * 7919) % 1000003, i % 60
FROM generate_series(1, {ROWS}) AS i;
INSERT INTO parcels_few (number) VALUES ('3'), ('4');
VACUUM ANALYZE;
"""


def create(root: Path, **changes: str) -> Path:
    """The project with its rows; ``changes`` replaces files (``parcels__models``)."""
    _write(root, **changes)
    connection = sqlite3.connect(root / "db.sqlite3")
    connection.execute(_FILL)
    connection.execute("INSERT INTO parcels_few (number) VALUES ('3'), ('4')")
    connection.commit()
    connection.close()
    return root


def create_on(server: TestServer, root: Path, name: str = "warehouse", **changes: str) -> Path:
    """The same on PostgreSQL, in a database of this name, and cases besides."""
    server.sql(f"CREATE DATABASE {name} OWNER app;")
    settings = FILES["config/settings.py"]
    at = settings.index("DATABASES")
    database = {
        "ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "app",
        "HOST": str(server.directory), "PORT": str(server.port),
    }  # fmt: skip
    settings = f"{settings[:at]}DATABASES = {{'default': {database!r}}}\n"
    more = {
        path.removesuffix(".py").replace("/", "__"): FILES[path] + _CASES[path] for path in _CASES
    }
    _write(root, **{"config__settings": settings, **more, **changes})
    server.sql(_POSTGRES, name)
    return root


def _write(root: Path, **changes: str) -> None:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = changes.get(name.removesuffix(".py").replace("/", "__"), text)
        lines = text.strip("\n").splitlines()
        margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
        path.write_text("\n".join(line[margin:] for line in lines).rstrip() + "\n")
    for arguments in (["makemigrations", "parcels", "-v0"], ["migrate", "-v0"]):
        bookshop.run_manage(root, *arguments)


def finding(root: Path, *fields: str, labels: tuple[str, ...] = (), **facts: Any) -> Finding:
    """What the doctor would say of an index on these fields of ``Parcel``."""
    content = (root / "parcels/models.py").read_bytes()
    line = content.decode().splitlines().index("class Parcel(models.Model):") + 1
    digest = hashlib.sha256(content).hexdigest()
    place = Place("class", "parcels/models.py", True, line, qualname="Parcel", sha256=digest)
    columns = tuple(field.removeprefix("-").replace("town", "city_name") for field in fields)
    name = f"parcels_{'_'.join(columns)}_idx"
    index = MissingIndex(
        name=name, table="parcels_parcel", columns=columns, fields=fields, app="parcels",
        database="default", statements=(), bytes=1, insert_us=None, update_us=None,
    )  # fmt: skip
    evidence = Evidence(0, 1, 1, 1, "SELECT 1", labels)
    made = Finding(
        "HC701", "no index", (place,), (), (), {}, "parcels.Parcel", evidence, 5.0, 5.0, 0,
        index=index,
    )  # fmt: skip
    return replace(made, **facts)


def spare(root: Path, models: str, **facts: Any) -> Finding:
    """What the doctor would say of an index of ``Parcel`` that could go, these being the models."""
    path = root / "parcels/models.py"
    path.parent.mkdir()
    path.write_text(models)
    digest = hashlib.sha256(models.encode()).hexdigest()
    place = Place("class", "parcels/models.py", True, 1, qualname="Parcel", sha256=digest)
    index = SpareIndex("spare", "parcels_parcel", ("weight",), "parcels", "default", 1, **facts)
    evidence = Evidence(0, 0, 0, 0, "", ())
    return Finding(
        "HC704", "spare", (place,), (), (), {}, "parcels.Parcel", evidence, 0.0, 0.0, 0,
        advice="by hand", spare=index,
    )  # fmt: skip
