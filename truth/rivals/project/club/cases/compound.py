"""Composite primary keys, which Django has had since 5.2."""

from __future__ import annotations

from club import models
from club.models import Band, Venue

from ._answer import text
from ._case import case, found


@case(found("n+1", "Evening.band", "models.Evening.objects.all("), needs=(5, 2))
def key(request):
    return text(evening.band.name for evening in models.Evening.objects.all())


@case(found("n+1", "Evening.venue", "models.Evening.objects.all("), needs=(5, 2))
def key_that_is_a_part(request):
    return text(evening.venue.name for evening in models.Evening.objects.all())


@case(needs=(5, 2))
def key_joined(request):
    return text(evening.band.name for evening in models.Evening.objects.select_related("band"))


@case(found("n+1", "Band.evenings", "Band.objects.all("), needs=(5, 2))
def backwards(request):
    return text([one.number for one in band.evenings.all()] for band in Band.objects.all())


@case(found("n+1", "Venue.evenings", "Venue.objects.all("), needs=(5, 2))
def backwards_from_a_part(request):
    return text([one.number for one in venue.evenings.all()] for venue in Venue.objects.all())


@case(needs=(5, 2))
def backwards_prefetched(request):
    bands = Band.objects.prefetch_related("evenings")
    return text([one.number for one in band.evenings.all()] for band in bands)
