"""Far from the queryset: templates, properties, signals, context processors, managers."""

from __future__ import annotations

from django.shortcuts import render
from django.template.response import TemplateResponse
from django.views.generic import DetailView, ListView

from club.models import Album, Band, Listed, Musician, Track

from ._answer import text
from ._case import CASES, Case, case, found

KEPT = Album.objects.filter(hidden=False)


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def template(request):
    return render(request, "club/albums.html", {"albums": Album.objects.order_by("id")})


@case()
def template_joined(request):
    albums = Album.objects.select_related("band")
    return render(request, "club/albums.html", {"albums": albums})


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def template_late(request):
    """Rendered after the view has returned."""
    return TemplateResponse(request, "club/albums.html", {"albums": Album.objects.order_by("id")})


@case(found("n+1", "Band.albums", "Band.objects.order_by("))
def included(request):
    return render(request, "club/included.html", {"bands": Band.objects.order_by("id")})


@case(found("n+1", "Band.agent", "Band.objects.order_by("))
def tag(request):
    return render(request, "club/tagged.html", {"bands": Band.objects.order_by("id")})


@case(found("n+1", "Band.styles", "Band.objects.order_by("))
def extended(request):
    return render(request, "club/extended.html", {"bands": Band.objects.order_by("id")})


@case(
    found("n+1", "Band.home", "Band.objects.all("),
    found("n+1", "Venue.country", "Band.objects.all("),
)
def through_a_property(request):
    return text(band.land for band in Band.objects.all())


@case(found("n+1", "Band.agent", "Band.objects.all("))
def property_of_one_to_one(request):
    return text(band.agent_name for band in Band.objects.all())


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def said_by_str(request):
    return text(Album.objects.order_by("id"))


@case(found("n+1", "Listed.track", "Listed.objects.all("))
def by_a_signal(request):
    return text(one.described for one in Listed.objects.all())


@case(found("n+1", "Band.home", "Band.objects.order_by("), query="?sidebar=1")
def by_a_context_processor(request):
    return render(request, "club/empty.html")


@case(found("n+1", "Album.band", "Album.objects.listed("))
def from_a_manager(request):
    return text(album.band.name for album in Album.objects.listed())


@case(found("n+1", "Album.band", "Album.objects.filter("))
def kept_on_the_module(request):
    return text(album.band.name for album in KEPT.all())


def _shown():
    return Album.objects.filter(title__contains="album")


@case(found("n+1", "Album.band", "Album.objects.filter("))
def from_a_helper(request):
    return text(album.band.name for album in _shown())


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def in_two_loops(request):
    """The second loop finds what the first one loaded."""
    albums = list(Album.objects.order_by("id"))
    names = [album.band.name for album in albums]
    return text([*names, *[album.band.name for album in albums]])


@case(found("n+1", "Musician.band", "Musician.objects.order_by("))
def sorted_by_it(request):
    people = Musician.objects.order_by("id")
    return text(one.name for one in sorted(people, key=lambda one: one.band.name))


@case(found("n+1", "Track.album", "Track.objects.all("))
def at_two_places(request):
    """Half here, half there: one relation of one list."""
    tracks = list(Track.objects.all()[:8])
    names = [track.album.title for track in tracks[:4]]
    return text([*names, *[track.album.title for track in tracks[4:]]])


class Albums(ListView):
    queryset = Album.objects.order_by("id")
    template_name = "club/albums.html"
    context_object_name = "albums"


class ModelAlbums(ListView):
    model = Album
    template_name = "club/albums.html"
    context_object_name = "albums"


class GotAlbums(ListView):
    template_name = "club/albums.html"
    context_object_name = "albums"

    def get_queryset(self):
        return Album.objects.filter(hidden=False)


class OneBand(DetailView):
    queryset = Band.objects.prefetch_related("albums")
    template_name = "club/band.html"


def _class(name, view, *truths, url=""):
    base = f"/pages/{name}/{url}"
    CASES.append(Case("pages", name, view.as_view(), truths, (base,), (), False))


_class("listed_by_queryset", Albums, found("n+1", "Album.band", "Album.objects.order_by("))
_class("listed_by_model", ModelAlbums, found("n+1", "Album.band", "class ModelAlbums"))
_class("listed_by_method", GotAlbums, found("n+1", "Album.band", "Album.objects.filter("))
_class("one", OneBand, found("n+1", "Album.tracks", "Band.objects.prefetch_related("), url="1/")
