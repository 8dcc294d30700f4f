"""Objects looked up one at a time, though no relation leads to them, and the same query again."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from club.models import Album, Band, Membership, Musician, Style, Track, Venue

from ._answer import text
from ._case import case, found

KEYS = (1, 2, 3, 4)


@case(found("get", "Band.get()", "Band.objects.get("))
def in_a_loop(request):
    return text(Band.objects.get(pk=key).name for key in KEYS)


@case(found("get", "Band.get() Album.band", "Band.objects.get("))
def for_each_of_a_list(request):
    albums = Album.objects.order_by("id")
    return text(Band.objects.get(pk=album.band_id).name for album in albums)


@case(found("filter", "Album.get() Band.albums", "Album.objects.filter("))
def filtered_for_each(request):
    bands = Band.objects.all()
    return text([a.title for a in Album.objects.filter(band_id=band.pk)] for band in bands)


@case(found("filter", "Album.get() Band.albums", "Album.objects.filter("))
def first_for_each(request):
    bands = Band.objects.all()
    return text(Album.objects.filter(band_id=band.pk).first().title for band in bands)


@case(found("get", "Venue.get()", "get_object_or_404("))
def by_shortcut(request):
    return text(get_object_or_404(Venue, pk=key).name for key in KEYS)


def _band(key):
    return Band.objects.get(pk=key)


@case(found("get", "Band.get()", "_band("))
def by_a_helper(request):
    """Others call the helper, too: the loop is what has to change."""
    return text(_band(key).name for key in KEYS)


@case(found("get", "Membership.get() Musician.membership_set", "Membership.objects.get("))
def by_two_columns(request):
    people = Musician.objects.exclude(band=None)
    return text(Membership.objects.get(musician=one.pk, band=one.band_id).since for one in people)


@case()
def apart(request):
    """Two lookups at two places."""
    one = Band.objects.get(pk=1)
    other = Band.objects.get(pk=2)
    return text([one.name, other.name])


@case()
def apart_on_one_line(request):
    one, other = Band.objects.get(pk=1), Band.objects.get(pk=2)
    return text([one.name, other.name])


@case()
def of_two_models(request):
    return text([Band.objects.get(pk=1).name, Venue.objects.get(pk=1).name])


@case()
def apart_by_a_helper(request):
    """One helper, called from two places."""
    one = _band(1)
    other = _band(2)
    return text([one.name, other.name])


@case()
def chunked(request):
    """Two hundred thousand at a time would be one query; four at a time are chunks."""
    keys = list(range(1, 13))
    chunks = (keys[start : start + 4] for start in range(0, 12, 4))
    return text(track.title for some in chunks for track in Track.objects.filter(pk__in=some))


@case()
def paged(request):
    tracks = Track.objects.order_by("id")
    return text(track.title for start in range(0, 12, 4) for track in tracks[start : start + 4])


@case()
def after_the_last(request):
    """A walk through a table by its key."""
    found_, last = [], 0
    while some := list(Track.objects.filter(pk__gt=last).order_by("pk")[:10]):
        last = some[-1].pk
        found_ += some
    return text(track.title for track in found_)


@case()
def a_range_for_each(request):
    """What is between two values is a part of its own, and no row."""
    ranges = ((100, 150), (150, 200), (200, 250))
    found_ = (Track.objects.filter(seconds__range=each) for each in ranges)
    return text(len(list(tracks)) for tracks in found_)


@case(found("get", "Band.get()", "Band.objects.get("))
def written_for_each(request):
    """A lookup and a write for each; all could be looked up first."""
    for key in KEYS:
        band = Band.objects.get(pk=key)
        band.name += "!"
        band.save()
    return text(KEYS)


@case(found("tolerated", "Style.get()", ""))
def got_or_created(request):
    """What one makes the next may find; all could be made at once, with more care."""
    made = [Style.objects.get_or_create(name=f"new {key}")[0] for key in KEYS]
    return text(style.name for style in made)


@case()
def at_once(request):
    bands = Band.objects.in_bulk(KEYS)
    return text(bands[key].name for key in KEYS)


@case()
def one_only(request):
    return text(Band.objects.get(pk=key).name for key in KEYS[:1])


@case(found("duplicate", "Band.name", "Band.objects.get("))
def twice_the_same(request):
    one = Band.objects.get(pk=1)
    again = Band.objects.get(pk=1)
    return text([one.name, again.name])


@case(found("duplicate", "Band.name Band.get()", "Band.objects.get("))
def same_in_a_loop(request):
    return text(Band.objects.get(pk=1).name for _ in range(4))


@case(found("duplicate", "Venue.name", "Venue.objects.filter("))
def same_list_twice(request):
    def venues():
        return list(Venue.objects.filter(country__code="C1"))

    return text([len(venues()), len(venues())])


@case()
def evaluated_once(request):
    venues = Venue.objects.filter(country__code="C1")
    return text([len(venues), *[venue.name for venue in venues]])


@case()
def read_again_after_a_write(request):
    before = Band.objects.get(pk=1).name
    Band.objects.filter(pk=1).update(name="renamed")
    return text([before, Band.objects.get(pk=1).name])
