"""A project whose views write, look up, filter and load too much, for proofs of such edits."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.fix import library
from tests.proof import shelves

NAMES = ("names", "active", "picked", "bump", "made", "marked", "gone")
FILES = {
    "manage.py": shelves.FILES["manage.py"],
    "site_settings.py": shelves.FILES["site_settings.py"].replace('"books"', '"ledger"'),
    "urls.py": f"""
        from django.urls import path
        from ledger import views
        urlpatterns = [path(f"{{name}}/", getattr(views, name)) for name in {NAMES}]
        """,
    "ledger/__init__.py": "",
    "ledger/models.py": """
        from django.db import models

        class Account(models.Model):
            name = models.CharField(max_length=20)
            total = models.IntegerField(default=0)

        class Entry(models.Model):
            account = models.ForeignKey(Account, models.CASCADE)
            name = models.CharField(max_length=20)
            active = models.BooleanField(default=False)

        class Pick(models.Model):
            number = models.IntegerField()

        class Tag(models.Model):
            name = models.CharField(max_length=20)
            seen = models.BooleanField(default=False)

        class KeptRows(models.QuerySet):
            def delete(self):
                return self.update(gone=True)

            def bulk_create(self, *args, **kwargs):
                raise RuntimeError

            def bulk_update(self, *args, **kwargs):
                raise RuntimeError

        class Numbered(models.Manager):
            def create(self, **values):
                return super().create(**{"number": 7, **values})

        class Secret(models.CharField):
            def from_db_value(self, value, expression, connection):
                return value[::-1]

        class Coded(models.Model):
            code = Secret(primary_key=True, max_length=9)

        class Kept(models.Model):
            coded = models.ForeignKey(Coded, models.CASCADE)
            secret = Secret(max_length=9)
            place = models.CharField(max_length=9, db_collation="nocase")
            number = models.IntegerField()
            gone = models.BooleanField(default=False)
            objects = Numbered()
            rows = KeptRows.as_manager()

        class Watched(models.Model):
            changed = models.DateTimeField(auto_now=True)
            made = models.DateTimeField(auto_now_add=True)
            file = models.FileField()

            def save(self, *args, **kwargs):
                super().save(*args, **kwargs)

            def delete(self, *args, **kwargs):
                return super().delete(*args, **kwargs)

        class Special(Account):
            pass

        def heard(**kwargs):
            pass

        models.signals.post_save.connect(heard, sender=Special)
        """,
    "ledger/views.py": """
        from django.http import HttpResponse

        from ledger.models import Account, Entry, Pick, Tag


        def names(request):
            rows = Entry.objects.select_related("account").order_by("pk")
            return HttpResponse("; ".join(entry.name for entry in rows[:5]))


        def active(request):
            rows = Entry.objects.order_by("pk")
            return HttpResponse("; ".join([entry.name for entry in rows if entry.active]))


        def picked(request):
            lines = []
            numbers = list(Pick.objects.order_by("pk").values_list("number", flat=True))
            for number in numbers:
                try:
                    entry = Entry.objects.get(pk=number)
                except Entry.DoesNotExist:
                    continue
                lines.append(entry.name)
            return HttpResponse("; ".join(lines))


        def bump(request):
            account = Account.objects.get(pk=1)
            account.total += 1 + 1
            account.save()
            return HttpResponse("bumped")


        def made(request):
            for number in range(5):
                Tag.objects.create(name=f"tag {number}")
            return HttpResponse("made")


        def marked(request):
            for tag in Tag.objects.all():
                tag.seen = True
                tag.save()
            return HttpResponse("marked")


        def gone(request):
            for tag in Tag.objects.filter(name__startswith="old"):
                tag.delete()
            return HttpResponse("gone")
        """,
}
SEED = """
from ledger.models import *
account = Account.objects.create(name="a")
for n in range(24):
    Entry.objects.create(account=account, name=f"entry {n}", active=n % 8 == 0)
for number in (3, 5, 7, 5, 99, 9):
    Pick.objects.create(number=number)
for n in range(6):
    Tag.objects.create(name=f"t{n}")
    Tag.objects.create(name=f"old{n}")
"""


def create(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text).lstrip("\n"))
    for arguments in (["migrate", "--run-syncdb", "-v0"], ["shell", "-c", SEED]):
        library.manage(root, *arguments)
    return root
