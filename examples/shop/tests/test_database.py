from unittest import TestCase

from django.core.exceptions import ImproperlyConfigured

from shop import database


class DatabaseTest(TestCase):
    def test_default_is_sqlite(self):
        found = database.from_environment({}, "/here/db.sqlite3")
        self.assertEqual(found["NAME"], "/here/db.sqlite3")
        self.assertTrue(found["ENGINE"].endswith("sqlite3"))

    def test_another_file(self):
        found = database.from_environment({"SHOP_DATABASE": "/tmp/x.sqlite3"}, "/here")
        self.assertEqual(found["NAME"], "/tmp/x.sqlite3")

    def test_postgresql(self):
        url = "postgres://me:p%40ss@db.example:6543/shop?sslmode=require"
        found = database.from_environment({"DATABASE_URL": url, "SHOP_DATABASE": "x"}, "/here")
        self.assertEqual(
            found,
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "shop",
                "USER": "me",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "6543",
                "OPTIONS": {"sslmode": "require"},
            },
        )

    def test_local_socket(self):
        found = database.parse("postgresql:///shop")
        self.assertEqual((found["NAME"], found["HOST"], found["PORT"]), ("shop", "", ""))

    def test_sqlite_url(self):
        self.assertEqual(database.parse("sqlite:////tmp/a b.db")["NAME"], "/tmp/a b.db")

    def test_what_is_wrong(self):
        for url in ("mysql://x/y", "sqlite://", "nonsense"):
            with self.subTest(url), self.assertRaises(ImproperlyConfigured):
                database.parse(url)
