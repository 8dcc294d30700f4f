from django.db import models


class PublishedManager(models.Manager):
    """Only what customers may see."""

    def get_queryset(self):
        return super().get_queryset().filter(is_published=True)

    def in_category(self, category):
        """Products of the category itself and of the categories right below it."""
        return self.filter(models.Q(category=category) | models.Q(category__parent=category))
