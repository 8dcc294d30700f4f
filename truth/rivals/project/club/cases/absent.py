"""Pages in which there is nothing to find, though some of them ask for a lot."""

from __future__ import annotations

from django.db.models import Count, F

from club.models import Album, Band, Country, Musician, Style, Track, Venue

from ._answer import text
from ._case import case


@case()
def lists_of_many_models(request):
    models = (Country, Venue, Style, Band, Musician)
    return text(len(list(model.objects.all())) for model in models)


@case()
def annotated(request):
    bands = Band.objects.annotate(number=Count("albums"))
    return text((band.name, band.number) for band in bands)


@case()
def values(request):
    return text(Album.objects.values_list("title", "band__name"))


@case()
def annotated_with_a_relation(request):
    albums = Album.objects.annotate(by=F("band__name"))
    return text(album.by for album in albums)


@case()
def one_of_each(request):
    track = Track.objects.select_related("album__band__home__country").first()
    return text([track.album.band.home.country.name])


@case()
def two_equal_lists_by_two_filters(request):
    short = Track.objects.filter(seconds__lt=120)
    long = Track.objects.filter(seconds__gt=180)
    return text([len(short), len(long)])


@case()
def nothing(request):
    return text([])


@case()
def made_in_memory(request):
    """Instances that were never in a database."""
    band = Band(name="new")
    return text(album.band.name for album in [Album(title=f"{n}", band=band) for n in range(5)])


@case()
def created(request):
    venue = Venue.objects.create(name="new", country=Country.objects.get(pk=1))
    return text([venue.country.name])


@case()
def removed(request):
    """Django collects what hangs on the rows: that is its work."""
    Band.objects.filter(pk__lte=2).delete()
    return text([Band.objects.count()])
