from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

from django.contrib.auth.models import User

from core.seeding import catalogue, people, sales
from core.seeding.writer import insert, reset_sequences

TODAY = datetime(2026, 10, 31, 18, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Size:
    products: int
    lines: int
    customers: int
    suppliers: int
    notes: int
    bulk: bool = False
    """Whether the database is to invent the orders; PostgreSQL can."""


SIZES = {
    "small": Size(products=240, lines=1_200, customers=80, suppliers=16, notes=60),
    "demo": Size(products=20_000, lines=200_000, customers=5_000, suppliers=64, notes=2_000),
    "large": Size(
        products=20_000, lines=5_000_000, customers=50_000, suppliers=64, notes=2_000, bulk=True
    ),
}


class Seeder:
    """Fills an empty database; `report` is called with a line of text for each table."""

    def __init__(self, size, seed, report):
        self.size = size
        self.random = Random(seed)
        self.report = report
        self.written = []
        self.today = TODAY

    def run(self):
        for step in (people.write, catalogue.write, sales.write):
            step(self)
        reset_sequences([User, *self.written])

    def insert(self, model, names, rows):
        count = insert(model, names.split(), rows)
        self.wrote(model, count)
        return count

    def wrote(self, model, count):
        self.written.append(model)
        self.report(f"{count:>9,} {model._meta.verbose_name_plural}")

    def days_ago(self, most):
        """A moment of the last `most` days, to the minute."""
        return TODAY - timedelta(minutes=int(self.random.random() * most * 1440))

    def regular(self, count):
        """One of 1…count; the low numbers more often, as with customers who come back."""
        return 1 + int(count * self.random.random() ** 1.3)
