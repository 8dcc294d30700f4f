import tempfile

from django.contrib.auth.models import User
from django.test import TestCase, override_settings

from core.seeding import SIZES, Seeder


class ShopTestCase(TestCase):
    """A test with the small data in the database and the pictures in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        media = tempfile.TemporaryDirectory()
        cls.addClassCleanup(media.cleanup)
        settings = override_settings(MEDIA_ROOT=media.name)
        settings.enable()
        cls.addClassCleanup(settings.disable)
        super().setUpClass()

    @classmethod
    def setUpTestData(cls):
        Seeder(SIZES["small"], 1934, lambda text: None).run()
        cls.admin = User.objects.get(username="admin")
        cls.clerk = User.objects.get(username="mabel")
        cls.user = User.objects.get(username="customer1")
        cls.customer = cls.user.customer
