from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Note(models.Model):
    """A remark of the staff on anything: a product, an order, a customer, a supplier."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes")
    body = models.TextField()
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"], name="note_subject")]

    def __str__(self):
        return f"{self.author.username} on {self.subject}"
