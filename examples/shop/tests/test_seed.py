import tempfile
from io import StringIO

from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings

from catalogue.models import Category, Product, Variant
from core.seeding import SIZES
from orders.models import Order, OrderLine
from tests.base import ShopTestCase

APPS = ["auth", "catalogue", "customers", "orders", "reviews", "inventory", "notes"]


def seed(*arguments):
    out = StringIO()
    with tempfile.TemporaryDirectory() as media, override_settings(MEDIA_ROOT=media):
        call_command("seed", *arguments, stdout=out)
    return out.getvalue()


def everything():
    rows = {}
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            rows[model._meta.label] = list(model.objects.order_by("pk").values_list())
    return rows


class SeedTest(ShopTestCase):
    def test_sizes(self):
        self.assertEqual(Product.objects.count(), SIZES["small"].products)
        self.assertEqual(OrderLine.objects.count(), SIZES["small"].lines)
        self.assertEqual(SIZES["demo"].products, 20_000)
        self.assertEqual(SIZES["demo"].lines, 200_000)

    def test_what_only_postgresql_invents(self):
        with self.assertRaisesMessage(CommandError, "together with --size large"):
            seed("--lines", "5")
        if connection.vendor != "postgresql":
            with self.assertRaisesMessage(CommandError, "set DATABASE_URL"):
                seed("--size", "large")

    def test_every_model_has_rows(self):
        rows = everything()
        for label in APPS[1:]:
            for model in apps.get_app_config(label).get_models(include_auto_created=True):
                self.assertTrue(rows[model._meta.label], model)

    def test_keys_refer_to_rows(self):
        connection.check_constraints()

    def test_the_tree_has_three_levels(self):
        self.assertTrue(Category.objects.filter(parent__parent__isnull=False).exists())
        self.assertFalse(Category.objects.filter(parent__parent__parent__isnull=False).exists())

    def test_orders_have_lines_and_fitting_prices(self):
        self.assertFalse(Order.objects.filter(lines=None).exists())
        line = OrderLine.objects.first()
        self.assertEqual(line.unit_price, line.variant.price)

    def test_new_rows_go_on_behind(self):
        last = Variant.objects.latest("pk").pk
        new = Variant.objects.create(product=Product.objects.first(), name="new", sku="new")
        self.assertEqual(new.pk, last + 1)

    def test_refuses_a_used_database(self):
        with self.assertRaisesMessage(CommandError, "add --flush"):
            seed()


class EmptyDatabaseTest(TestCase):
    def test_report(self):
        lines = seed("--size", "small").splitlines()
        self.assertIn("      240 products", lines)
        self.assertIn("admin / manouche", lines[-1])

    def test_quiet(self):
        self.assertEqual(seed("--verbosity", "0"), "")


class DeterminismTest(TransactionTestCase):
    available_apps = None

    def test_same_seed_same_rows(self):
        seed("--seed", "7")
        first = everything()
        seed("--seed", "8", "--flush")
        other = everything()
        seed("--seed", "7", "--flush")
        self.assertEqual(everything(), first)
        self.assertNotEqual(other, first)
        self.assertEqual(User.objects.filter(is_superuser=True).count(), 1)
