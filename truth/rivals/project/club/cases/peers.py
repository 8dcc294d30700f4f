"""Fetch modes, which Django has had since 6.1."""

from __future__ import annotations

from django.db import models as django_models

from club.models import Album, Band, Remark

from ._answer import text
from ._case import case, found

PEERS = getattr(django_models, "FETCH_PEERS", None)
ONE = getattr(django_models, "FETCH_ONE", None)
MODES = (6, 1)


@case(needs=MODES)
def keys_together(request):
    return text(album.band.name for album in Album.objects.fetch_mode(PEERS))


@case(needs=MODES)
def keys_of_keys_together(request):
    return text(album.band.home.name for album in Album.objects.fetch_mode(PEERS))


@case(needs=MODES)
def one_to_one_together(request):
    return text(band.agent.name for band in Band.objects.fetch_mode(PEERS))


@case(needs=MODES)
def generic_keys_together(request):
    remarks = Remark.objects.exclude(content_type=None).fetch_mode(PEERS)
    return text(remark.subject.name for remark in remarks)


@case(needs=MODES)
def fields_together(request):
    return text(len(album.notes) for album in Album.objects.defer("notes").fetch_mode(PEERS))


@case(found("n+1", "Band.albums", "Band.objects.fetch_mode("), needs=MODES)
def lists_are_not_fetched_together(request):
    bands = Band.objects.fetch_mode(PEERS)
    return text([album.title for album in band.albums.all()] for band in bands)


@case(found("n+1", "Album.band", "Album.objects.fetch_mode("), needs=MODES)
def streams_have_no_peers(request):
    albums = Album.objects.fetch_mode(PEERS).iterator(chunk_size=1)
    return text(album.band.name for album in albums)


@case(found("n+1", "Album.band", "Album.objects.fetch_mode("), needs=MODES)
def one_at_a_time(request):
    return text(album.band.name for album in Album.objects.fetch_mode(ONE))


@case(
    found("n+1", "Album.tracks", "Band.objects.prefetch_related("),
    needs=MODES,
)
def lists_behind_peers(request):
    bands = Band.objects.prefetch_related("albums").fetch_mode(PEERS)
    return text(
        track.title for band in bands for album in band.albums.all() for track in album.tracks.all()
    )
