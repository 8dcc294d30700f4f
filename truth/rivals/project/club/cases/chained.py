"""Prefetches that a later call defeats, and fields that were left out."""

from __future__ import annotations

from django.db.models import Prefetch

from club.models import Album, Band, Musician, Track

from ._answer import text
from ._case import case, found


@case(found("defeated", "Band.albums", "Band.objects.prefetch_related("))
def filtered(request):
    bands = Band.objects.prefetch_related("albums")
    return text([a.title for a in band.albums.filter(hidden=False)] for band in bands)


@case(found("defeated", "Band.albums", "Band.objects.prefetch_related("))
def ordered(request):
    bands = Band.objects.prefetch_related("albums")
    return text([a.title for a in band.albums.order_by("-title")] for band in bands)


@case(found("defeated", "Band.styles", "Band.objects.prefetch_related("))
def filtered_many(request):
    bands = Band.objects.prefetch_related("styles")
    return text([s.name for s in band.styles.exclude(name="style 1")] for band in bands)


@case(found("defeated", "Album.tracks", "Band.objects.prefetch_related("))
def filtered_below(request):
    bands = Band.objects.prefetch_related("albums__tracks")
    return text(
        track.title
        for band in bands
        for album in band.albums.all()
        for track in album.tracks.filter(seconds__gt=120)
    )


@case(found("defeated", "Band.albums", "Band.objects.prefetch_related("))
def looked_at_and_filtered(request):
    """What was prefetched is used, too; the filter asks again all the same."""
    bands = Band.objects.prefetch_related("albums")
    return text(
        (len(band.albums.all()), len(band.albums.filter(title__endswith="0"))) for band in bands
    )


@case()
def filtered_in_advance(request):
    bands = Band.objects.prefetch_related(
        Prefetch("albums", Album.objects.filter(hidden=False), to_attr="shown")
    )
    return text([album.title for album in band.shown] for band in bands)


@case()
def filtered_in_python(request):
    bands = Band.objects.prefetch_related("albums")
    return text([a.title for a in band.albums.all() if not a.hidden] for band in bands)


@case()
def first_of_ordered(request):
    """`first()` of an ordered prefetch asks nothing."""
    bands = Band.objects.prefetch_related(Prefetch("albums", Album.objects.order_by("title")))
    return text(band.albums.first().title for band in bands)


@case()
def filtered_for_one(request):
    """For a single one of them: one query more than needed, no loop."""
    bands = list(Band.objects.prefetch_related("albums"))
    titles = [a.title for a in bands[0].albums.filter(hidden=False)]
    return text([*titles, *[len(band.albums.all()) for band in bands]])


@case(found("deferred", "Album.notes", "Album.objects.defer("))
def deferred(request):
    return text(len(album.notes) for album in Album.objects.defer("notes"))


@case(found("deferred", "Album.notes", "Album.objects.only("))
def left_out(request):
    return text(len(album.notes) for album in Album.objects.only("title"))


@case(found("deferred", "Album.notes", "Album.objects.only("))
def left_out_and_streamed(request):
    albums = Album.objects.only("title").iterator(chunk_size=2)
    return text(len(album.notes) for album in albums)


@case(found("deferred", "Band.name", 'Album.objects.select_related("band")'))
def left_out_of_joined(request):
    albums = Album.objects.select_related("band").only("title", "band__home")
    return text(album.band.name for album in albums)


@case(
    found("deferred", "Album.band Album.band_id", "Album.objects.only("),
    found("n+1", "Album.band", "Album.objects.only("),
)
def key_left_out(request):
    """Two queries for each: one for the key, one for what it points at."""
    return text(album.band.name for album in Album.objects.only("title"))


@case(found("deferred", "Track.title", "Track.objects.only("))
def left_out_of_prefetched(request):
    tracks = Prefetch("tracks", Track.objects.only("album"))
    albums = Album.objects.prefetch_related(tracks)
    return text([track.title for track in album.tracks.all()] for album in albums)


@case()
def only_what_is_read(request):
    return text(album.title for album in Album.objects.only("title"))


@case()
def joined_and_left_in(request):
    albums = Album.objects.select_related("band").only("title", "band__name")
    return text(album.band.name for album in albums)


@case()
def deferred_and_not_read(request):
    return text(album.title for album in Album.objects.defer("notes"))


@case()
def deferred_of_one(request):
    return text([Album.objects.defer("notes").get(pk=1).notes])


@case()
def deferred_of_two_apart(request):
    one = Album.objects.only("title").get(pk=1)
    other = Album.objects.only("title").get(pk=2)
    return text([one.notes, other.notes])


@case()
def deferred_of_one_among_many(request):
    albums = list(Album.objects.defer("notes"))
    return text([albums[0].notes])


@case()
def refreshed(request):
    """A refresh that was asked for reads what was read before, and means to."""
    musician = Musician.objects.get(pk=1)
    musician.refresh_from_db(fields=["name"])
    return text([musician.name])
