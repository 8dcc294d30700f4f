"""The other side of keys."""

from __future__ import annotations

from django.db.models import prefetch_related_objects

from club.models import Agent, Album, Band, LiveAlbum, Musician

from ._answer import text
from ._case import case, found


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key(request):
    return text(len(list(band.albums.all())) for band in Band.objects.all())


@case()
def key_prefetched(request):
    return text(len(list(band.albums.all())) for band in Band.objects.prefetch_related("albums"))


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key_streamed(request):
    bands = Band.objects.all().iterator(chunk_size=2)
    return text([album.title for album in band.albums.all()] for band in bands)


@case()
def key_streamed_prefetched(request):
    bands = Band.objects.prefetch_related("albums").iterator(chunk_size=3)
    return text([album.title for album in band.albums.all()] for band in bands)


@case(found("n+1", "Musician.album_set", "Musician.objects.all("))
def key_without_name(request):
    people = Musician.objects.all()
    return text([album.title for album in person.album_set.all()] for person in people)


@case()
def key_twice_from_one(request):
    """One queryset, looked through twice, is one query."""
    albums = Band.objects.order_by("id")[:1][0].albums.all()
    return text([len(list(albums)), len(list(albums))])


@case()
def key_of_two_apart(request):
    """Two bands that have nothing to do with each other, at two places."""
    one = Band.objects.filter(pk=1).first()
    other = Band.objects.filter(pk=2).first()
    titles = [album.title for album in one.albums.all()]
    return text([*titles, *[album.title for album in other.albums.all()]])


@case(found("n+1", "Band.agent", "Band.objects.all("))
def one_to_one(request):
    return text(band.agent.name for band in Band.objects.all())


@case()
def one_to_one_joined(request):
    return text(band.agent.name for band in Band.objects.select_related("agent"))


@case()
def one_to_one_prefetched(request):
    return text(band.agent.name for band in Band.objects.prefetch_related("agent"))


@case(found("n+1", "Band.agent", "Band.objects.all("))
def one_to_one_streamed(request):
    return text(band.agent.name for band in Band.objects.all().iterator(chunk_size=2))


@case(found("n+1", "Band.agent", "Band.objects.all("))
def one_to_one_missing(request):
    """Nobody there is a query as well."""
    Agent.objects.filter(pk__gt=3).delete()
    return text(hasattr(band, "agent") for band in Band.objects.all())


@case(found("n+1", "Album.tracks LiveAlbum.tracks", "LiveAlbum.objects.all("))
def key_inherited(request):
    albums = LiveAlbum.objects.all()
    return text([track.title for track in album.tracks.all()] for album in albums)


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key_first(request):
    return text(band.albums.first().title for band in Band.objects.all())


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key_sliced(request):
    return text(band.albums.all()[0].title for band in Band.objects.all())


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key_filtered(request):
    bands = Band.objects.all()
    return text([a.title for a in band.albums.filter(hidden=False)] for band in bands)


@case(found("n+1", "Band.albums", "Band.objects.all("))
def key_got(request):
    bands = Band.objects.all()
    return text(band.albums.get(title__endswith=".0").title for band in bands)


@case(found("counted", "Band.albums", "Band.objects.all("))
def key_counted(request):
    return text(band.albums.count() for band in Band.objects.all())


@case(found("counted", "Band.albums", "Band.objects.all("))
def key_tested(request):
    return text(band.albums.exists() for band in Band.objects.all())


@case(found("counted", "Band.albums", "Band.objects.all("))
def key_counted_filtered(request):
    return text(band.albums.filter(hidden=True).count() for band in Band.objects.all())


@case()
def key_counted_prefetched(request):
    bands = Band.objects.prefetch_related("albums")
    return text(f"{band.albums.count()} {band.albums.exists()}" for band in bands)


@case(
    found("n+1", "Band.albums", "Band.objects.all("),
    found("n+1", "Album.tracks", "Band.objects.all("),
)
def key_of_key(request):
    return text(
        track.title
        for band in Band.objects.all()
        for album in band.albums.all()
        for track in album.tracks.all()
    )


@case(found("n+1", "Album.tracks", "Band.objects.prefetch_related("))
def key_of_prefetched(request):
    return text(
        track.title
        for band in Band.objects.prefetch_related("albums")
        for album in band.albums.all()
        for track in album.tracks.all()
    )


@case(found("n+1", "Album.producer", "band.albums.all("))
def key_of_one_owner(request):
    """One band; the loop is over what the view asked of it."""
    band = Band.objects.get(pk=1)
    return text(album.producer.name for album in band.albums.all() if album.producer_id)


@case(found("n+1", "Band.albums", "Band.objects.all("))
def prefetched_singly(request):
    """`prefetch_related_objects` for each one is a query for each one."""
    bands = list(Band.objects.all())
    for band in bands:
        prefetch_related_objects([band], "albums")
    return text(len(band.albums.all()) for band in bands)


@case(found("n+1", "Album.band", "Album.objects.all("))
def prefetched_singly_forward(request):
    albums = list(Album.objects.all())
    for album in albums:
        prefetch_related_objects([album], "band")
    return text(album.band.name for album in albums)


@case()
def prefetched_together(request):
    bands = list(Band.objects.all())
    prefetch_related_objects(bands, "albums")
    return text(len(band.albums.all()) for band in bands)


@case()
def empty(request):
    bands = Band.objects.filter(name="nobody")
    return text(len(band.albums.all()) for band in bands)
