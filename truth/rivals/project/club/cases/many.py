"""Many-to-many relations, with a table of one's own between or Django's."""

from __future__ import annotations

from django.db.models import prefetch_related_objects

from club.models import Band, Musician, Style

from ._answer import text
from ._case import case, found


@case(found("n+1", "Band.styles", "Band.objects.all("))
def plain(request):
    """The other side has a primary key of another kind."""
    return text([style.name for style in band.styles.all()] for band in Band.objects.all())


@case()
def plain_prefetched(request):
    bands = Band.objects.prefetch_related("styles")
    return text([style.name for style in band.styles.all()] for band in bands)


@case(found("n+1", "Band.styles", "Band.objects.all("))
def plain_streamed(request):
    bands = Band.objects.all().iterator(chunk_size=2)
    return text([style.name for style in band.styles.all()] for band in bands)


@case()
def plain_streamed_prefetched(request):
    bands = Band.objects.prefetch_related("styles").iterator(chunk_size=3)
    return text([style.name for style in band.styles.all()] for band in bands)


@case(found("n+1", "Style.bands", "Style.objects.all("))
def backwards(request):
    return text([band.name for band in style.bands.all()] for style in Style.objects.all())


@case()
def backwards_prefetched(request):
    styles = Style.objects.prefetch_related("bands")
    return text([band.name for band in style.bands.all()] for style in styles)


@case(found("n+1", "Style.bands", "Style.objects.all("))
def backwards_streamed(request):
    styles = Style.objects.all().iterator(chunk_size=2)
    return text([band.name for band in style.bands.all()] for style in styles)


@case(found("n+1", "Musician.bands", "Musician.objects.all("))
def through(request):
    people = Musician.objects.all()
    return text([band.name for band in person.bands.all()] for person in people)


@case(found("n+1", "Band.musicians", "Band.objects.all("))
def through_backwards(request):
    return text([one.name for one in band.musicians.all()] for band in Band.objects.all())


@case(found("n+1", "Band.membership_set", "Band.objects.all("))
def table_between(request):
    bands = Band.objects.all()
    return text([one.since for one in band.membership_set.all()] for band in bands)


@case(found("n+1", "Membership.musician", "Band.objects.prefetch_related("))
def beyond_table_between(request):
    bands = Band.objects.prefetch_related("membership_set")
    return text([m.musician.name for m in band.membership_set.all()] for band in bands)


@case(found("n+1", "Musician.teachers", "Musician.objects.all("))
def to_self(request):
    people = Musician.objects.all()
    return text([one.name for one in person.teachers.all()] for person in people)


@case(found("n+1", "Musician.pupils", "Musician.objects.all("))
def to_self_backwards(request):
    people = Musician.objects.all()
    return text([one.name for one in person.pupils.all()] for person in people)


@case(found("n+1", "Musician.musician_set", "Musician.objects.all("))
def to_self_without_name(request):
    people = Musician.objects.all()
    return text([one.name for one in person.musician_set.all()] for person in people)


@case(found("counted", "Band.styles", "Band.objects.all("))
def counted(request):
    return text(band.styles.count() for band in Band.objects.all())


@case(found("counted", "Band.styles", "Band.objects.all("))
def tested(request):
    return text(band.styles.filter(pk="style 1").exists() for band in Band.objects.all())


@case(found("n+1", "Band.styles", "Band.objects.all("))
def first(request):
    return text(band.styles.order_by("name").first().name for band in Band.objects.all())


@case()
def of_one(request):
    band = Band.objects.get(pk=1)
    return text(style.name for style in band.styles.all())


@case()
def of_two_apart(request):
    one = Band.objects.get(pk=1)
    other = Band.objects.get(pk=2)
    return text([one.styles.all()[0].name, other.styles.all()[0].name])


@case()
def of_first_though_many_are_there(request):
    """The list is loaded, but the relation is that of a band fetched by itself."""
    first = Band.objects.get(pk=1)
    names = [band.name for band in Band.objects.all()]
    return text([*names, *[style.name for style in first.styles.all()]])


@case(found("n+1", "Band.styles", "Band.objects.all("))
def prefetched_singly(request):
    bands = list(Band.objects.all())
    for band in bands:
        prefetch_related_objects([band], "styles")
    return text(len(band.styles.all()) for band in bands)


@case()
def values_only(request):
    """A join in one query."""
    return text(Band.objects.values_list("name", "styles__name"))
