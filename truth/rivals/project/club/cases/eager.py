"""Eager loading that nobody looks at, and eager loading that somebody does."""

from __future__ import annotations

import pickle

from django.core.cache import cache

from club.models import Agent, Album, Band, Remark, Style, Track

from ._answer import text
from ._case import case, found


@case(found("unused", "Album.band", "Album.objects.select_related("))
def joined_and_unused(request):
    return text(album.title for album in Album.objects.select_related("band"))


@case(found("unused", "Album.band", "Album.objects.prefetch_related("))
def prefetched_and_unused(request):
    return text(album.title for album in Album.objects.prefetch_related("band"))


@case(found("unused", "Band.agent", "Band.objects.select_related("))
def one_to_one_unused(request):
    return text(band.name for band in Band.objects.select_related("agent"))


@case(found("unused", "Band.agent", "Band.objects.prefetch_related("))
def one_to_one_prefetched_unused(request):
    return text(band.name for band in Band.objects.prefetch_related("agent"))


@case(found("unused", "Agent.band", "Agent.objects.select_related("))
def key_of_one_to_one_unused(request):
    return text(agent.name for agent in Agent.objects.select_related("band"))


@case(found("unused", "Band.albums", "Band.objects.prefetch_related("))
def reverse_unused(request):
    return text(band.name for band in Band.objects.prefetch_related("albums"))


@case(found("unused", "Band.styles", "Band.objects.prefetch_related("))
def many_unused(request):
    return text(band.name for band in Band.objects.prefetch_related("styles"))


@case(found("unused", "Style.bands", "Style.objects.prefetch_related("))
def many_backwards_unused(request):
    return text(style.name for style in Style.objects.prefetch_related("bands"))


@case(found("unused", "Remark.subject", "Remark.objects.prefetch_related("))
def generic_key_unused(request):
    return text(remark.text for remark in Remark.objects.prefetch_related("subject"))


@case(found("unused", "Band.remarks", "Band.objects.prefetch_related("))
def generic_relation_unused(request):
    return text(band.name for band in Band.objects.prefetch_related("remarks"))


@case(
    found("unused", "Album.band", "Album.objects.select_related("),
    found("unused", "Band.home", "Album.objects.select_related("),
)
def joined_twice_unused(request):
    return text(album.title for album in Album.objects.select_related("band__home"))


@case(
    found("unused", "Track.album", "Track.objects.prefetch_related("),
    found("unused", "Album.band", "Track.objects.prefetch_related("),
)
def prefetched_twice_unused(request):
    return text(track.title for track in Track.objects.prefetch_related("album__band"))


@case(found("unused", "Band.home", "Album.objects.select_related("))
def only_the_first_step_used(request):
    return text(album.band.name for album in Album.objects.select_related("band__home"))


@case(found("unused", "Album.tracks", "Band.objects.prefetch_related("))
def only_the_first_prefetch_used(request):
    bands = Band.objects.prefetch_related("albums__tracks")
    return text([album.title for album in band.albums.all()] for band in bands)


@case(found("unused", "Album.producer", "Album.objects.select_related("))
def one_of_two_used(request):
    albums = Album.objects.select_related("band", "producer")
    return text(album.band.name for album in albums)


@case(found("unused", "Band.albums", "Band.objects.prefetch_related("))
def unused_for_one(request):
    return text([Band.objects.prefetch_related("albums").get(pk=1).name])


@case(found("unused", "Band.albums", "Band.objects.prefetch_related("))
def counted_by_another_query(request):
    """Prefetched, and then the rows are asked for in another way."""
    bands = Band.objects.prefetch_related("albums")
    numbers = dict(Album.objects.values_list("band_id", "title"))
    return text(numbers[band.pk] for band in bands)


@case()
def used_by_one_of_many(request):
    """One look is a use."""
    albums = list(Album.objects.select_related("band"))
    return text([albums[0].band.name])


@case()
def many_used_by_index(request):
    styles = Style.objects.prefetch_related("bands")
    return text([styles[0].bands.all()[0].name])


@case()
def used_empty(request):
    """The prefetched list is looked at; that it is empty is an answer."""
    bands = Band.objects.filter(pk=1).prefetch_related("visits")
    return text(len(band.visits.all()) for band in bands)


@case()
def nobody_there(request):
    """Nothing was found that could have been looked at."""
    return text(album.title for album in Album.objects.filter(pk=0).select_related("band"))


@case()
def used_null(request):
    return text(album.producer is None for album in Album.objects.select_related("producer"))


@case()
def joined_twice_used(request):
    albums = Album.objects.select_related("band__home")
    return text(album.band.home.name for album in albums)


@case()
def prefetched_twice_used(request):
    tracks = Track.objects.prefetch_related("album__band")
    return text(track.album.band.name for track in tracks)


@case()
def used_as_a_step(request):
    """Nobody looks at the band itself, but at what is prefetched behind it."""
    albums = Album.objects.select_related("band").prefetch_related("band__styles")
    return text([style.name for style in album.band.styles.all()] for album in albums)


@case()
def tested_only(request):
    bands = Band.objects.prefetch_related("albums")
    return text(bool(band.albums.all()) for band in bands)


@case()
def contained_only(request):
    style = Style.objects.get(pk="style 1")
    bands = Band.objects.prefetch_related("styles")
    return text(style in band.styles.all() for band in bands)


@case()
def kept_in_a_cache(request):
    """What is put into a cache may be looked at by whoever takes it out."""
    albums = list(Album.objects.select_related("band"))
    cache.set("albums", albums)
    return text(album.title for album in albums)


@case()
def pickled(request):
    return text([len(pickle.dumps(list(Band.objects.prefetch_related("albums"))))])


@case(keys=3)
def used_on_some_requests(request, pk):
    """Looked at for the second band only, which is reason enough."""
    bands = list(Band.objects.prefetch_related("albums"))
    if pk != 2:
        return text(band.name for band in bands)
    return text([a.title for a in band.albums.all()] for band in bands)
