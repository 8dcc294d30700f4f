"""Relations of a single object: offered, no N+1."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from club.models import Album, Band, Track

from ._answer import text
from ._case import case, found


@case(found("single", "Album.band", "Album.objects.get("), keys=3)
def key(request, pk):
    return text([Album.objects.get(pk=pk).band.name])


@case(
    found("single", "Track.album", "get_object_or_404("),
    found("single", "Album.band", "get_object_or_404("),
    keys=3,
)
def key_of_key(request, pk):
    return text([get_object_or_404(Track, pk=pk).album.band.name])


@case(found("single", "Band.agent", "Band.objects.filter("), keys=3)
def one_to_one(request, pk):
    return text([Band.objects.filter(pk=pk).first().agent.name])


@case(keys=3)
def joined(request, pk):
    return text([Album.objects.select_related("band").get(pk=pk).band.name])


@case(keys=3)
def not_always(request, pk):
    """Two times of three it is not needed."""
    album = Album.objects.get(pk=pk)
    return text([album.band.name if pk == 1 else album.title])


@case(keys=3)
def a_list_of_it(request, pk):
    """What is many takes a query of its own however it is loaded."""
    return text(album.title for album in Band.objects.get(pk=pk).albums.all())
