from dataclasses import replace
from time import perf_counter

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import OperationalError, ProgrammingError, connection, transaction

from catalogue.models import Product
from core.seeding import SIZES, Seeder

# Rows that migrate makes. Their keys depend on the order in which they were made, and notes
# refer to content types: made anew, the same seed would give other rows.
KEPT = {"auth_permission", "django_content_type", "django_migrations", "django_site"}


def empty_tables():
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), sorted(tables), reset_sequences=True)
    )


def size_of(name, lines):
    size = SIZES[name]
    if lines is not None:
        if not size.bulk or lines < 1:
            raise CommandError("--lines takes a number above 0, together with --size large")
        size = replace(size, lines=lines)
    if size.bulk and connection.vendor != "postgresql":
        raise CommandError(
            f"--size {name} is invented by PostgreSQL itself: set DATABASE_URL=postgres://…"
        )
    return size


class Command(BaseCommand):
    help = "Fills the database with invented data; the same size and seed give the same rows."

    def add_arguments(self, parser):
        parser.add_argument("--size", choices=sorted(SIZES), default="small")
        parser.add_argument("--seed", type=int, default=1934, metavar="N")
        parser.add_argument("--lines", type=int, metavar="N", help="order lines, with --size large")
        parser.add_argument("--flush", action="store_true", help="first delete what is there")

    def handle(self, *, size, seed, lines, flush, verbosity, **options):
        started = perf_counter()
        wanted = size_of(size, lines)
        if flush:
            empty_tables()
        self.refuse_unless_empty()
        with transaction.atomic():
            Seeder(wanted, seed, self.report if verbosity else lambda text: None).run()
        if verbosity:
            self.report(f"seeded in {perf_counter() - started:.1f} s; log in as admin / manouche")

    def refuse_unless_empty(self):
        try:
            used = Product.objects.exists() or User.objects.exists()
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"no tables ({error}): run manage.py migrate first") from error
        if used:
            raise CommandError("the database is not empty: add --flush to replace what it holds")

    def report(self, text):
        self.stdout.write(text)
        self.stdout.flush()
