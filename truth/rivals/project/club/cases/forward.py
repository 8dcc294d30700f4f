"""Foreign keys and one-to-one keys, from the side that holds them."""

from __future__ import annotations

from club.models import Agent, Album, Band, LiveAlbum, Venue

from ._answer import text
from ._case import case, found


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def key(request):
    return text(album.band.name for album in Album.objects.order_by("id"))


@case()
def key_joined(request):
    return text(album.band.name for album in Album.objects.select_related("band"))


@case()
def key_prefetched(request):
    return text(album.band.name for album in Album.objects.prefetch_related("band"))


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def key_streamed(request):
    albums = Album.objects.order_by("id").iterator(chunk_size=2)
    return text(album.band.name for album in albums)


@case()
def key_streamed_joined(request):
    albums = Album.objects.select_related("band").iterator(chunk_size=2)
    return text(album.band.name for album in albums)


@case(found("n+1", "Band.home", "Band.objects.exclude("))
def key_nullable(request):
    return text(band.home.name for band in Band.objects.exclude(home=None))


@case(found("n+1", "Venue.country", "Venue.objects.all("))
def key_to_field(request):
    """Also another column name than the field's."""
    return text(venue.country.name for venue in Venue.objects.all())


@case()
def key_to_field_joined(request):
    return text(venue.country.name for venue in Venue.objects.select_related("country"))


@case()
def key_read_only(request):
    """The key itself is a column; nothing is loaded for it."""
    return text(album.band_id for album in Album.objects.order_by("id"))


@case(
    found("n+1", "Album.band", "Album.objects.order_by("),
    found("n+1", "Band.home", "Album.objects.order_by("),
)
def key_of_key(request):
    return text(album.band.home.name for album in Album.objects.order_by("id"))


@case(found("n+1", "Band.home", "Album.objects.select_related("))
def key_of_joined_key(request):
    return text(album.band.home.name for album in Album.objects.select_related("band"))


@case(found("n+1", "Agent.band", "Agent.objects.all("))
def one_to_one(request):
    """A one-to-one key that is the primary key, too."""
    return text(agent.band.name for agent in Agent.objects.all())


@case()
def one_to_one_joined(request):
    return text(agent.band.name for agent in Agent.objects.select_related("band"))


@case()
def one_to_one_prefetched(request):
    return text(agent.band.name for agent in Agent.objects.prefetch_related("band"))


@case(found("n+1", "Agent.band", "Agent.objects.all("))
def one_to_one_streamed(request):
    return text(agent.band.name for agent in Agent.objects.all().iterator(chunk_size=2))


@case(found("n+1", "Album.band LiveAlbum.band", "LiveAlbum.objects.all("))
def inherited_key(request):
    """The key is the parent table's."""
    return text(album.band.name for album in LiveAlbum.objects.all())


@case(found("n+1", "LiveAlbum.recorded_at", "LiveAlbum.objects.all("))
def key_of_child(request):
    return text(album.recorded_at.name for album in LiveAlbum.objects.all())


@case(found("n+1", "Album.livealbum", "Album.objects.filter("))
def child_of_parent(request):
    """Down to the child's table: a one-to-one from its other side."""
    albums = Album.objects.filter(title__startswith="live")
    return text(album.livealbum.recorded_at_id for album in albums)


@case()
def parent_of_child(request):
    """Up to the parent: its columns came with the child's."""
    return text(album.album_ptr.title for album in LiveAlbum.objects.all())


@case(found("n+1", "Album.band", "Album.objects.raw("))
def key_of_raw(request):
    return text(album.band.name for album in Album.objects.raw("SELECT * FROM club_album"))


@case(found("n+1", "Album.band", "Album.objects.filter(pk__lt"))
def key_of_union(request):
    one, other = Album.objects.filter(pk__lt=4), Album.objects.filter(pk__gt=8)
    return text(album.band.name for album in one.union(other))


@case()
def key_of_batch_of_one(request):
    return text(album.band.name for album in Album.objects.order_by("id")[:1])


@case()
def key_of_one_among_many(request):
    """Only one of them is asked: at most one query too many."""
    albums = list(Album.objects.order_by("id"))
    return text([albums[0].band.name])


@case()
def key_twice_of_one(request):
    album = Album.objects.order_by("id")[:1][0]
    return text([album.band.name, album.band.name])


@case()
def key_set_by_hand(request):
    """The bands are loaded at once and put where they belong."""
    bands = Band.objects.in_bulk()
    albums = list(Album.objects.order_by("id"))
    for album in albums:
        album.band = bands[album.band_id]
    return text(album.band.name for album in albums)


@case()
def key_of_equal_objects(request):
    """Objects compare by key: nothing is loaded."""
    albums = list(Album.objects.select_related("band"))
    return text(album.band == albums[0].band for album in albums)
