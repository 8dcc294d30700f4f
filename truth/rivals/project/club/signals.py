"""A receiver that loads a relation for each instance that is made."""

from django.db.models.signals import post_init
from django.dispatch import receiver

from .models import Listed


@receiver(post_init, sender=Listed)
def describe(sender, instance, **kwargs):
    instance.described = instance.track.title
