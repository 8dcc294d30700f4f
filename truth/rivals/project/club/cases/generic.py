"""Generic keys and generic relations."""

from __future__ import annotations

from django.db.models import prefetch_related_objects

from club.models import Band, Remark

from ._answer import text
from ._case import case, found


@case(found("n+1", "Remark.subject", "Remark.objects.exclude("))
def key(request):
    remarks = Remark.objects.exclude(content_type=None)
    return text(remark.subject.name for remark in remarks)


@case()
def key_prefetched(request):
    remarks = Remark.objects.prefetch_related("subject")
    return text(remark.subject.name for remark in remarks if remark.subject)


@case(found("n+1", "Remark.subject", "Remark.objects.exclude("))
def key_streamed(request):
    remarks = Remark.objects.exclude(content_type=None).iterator(chunk_size=2)
    return text(remark.subject.name for remark in remarks)


@case()
def key_null(request):
    return text(remark.subject for remark in Remark.objects.filter(content_type=None))


@case()
def key_of_one(request):
    remark = Remark.objects.get(text="remark 1")
    return text([remark.subject.name, remark.subject.name])


@case()
def key_of_two_apart(request):
    one = Remark.objects.filter(text="remark 1").first()
    other = Remark.objects.filter(text="of a venue 2").first()
    return text([one.subject.name, other.subject.name])


@case(found("n+1", "Band.remarks", "Band.objects.all("))
def relation(request):
    return text([remark.text for remark in band.remarks.all()] for band in Band.objects.all())


@case()
def relation_prefetched(request):
    bands = Band.objects.prefetch_related("remarks")
    return text([remark.text for remark in band.remarks.all()] for band in bands)


@case(found("n+1", "Band.remarks", "Band.objects.all("))
def relation_streamed(request):
    bands = Band.objects.all().iterator(chunk_size=2)
    return text([remark.text for remark in band.remarks.all()] for band in bands)


@case()
def relation_of_two_apart(request):
    one = Band.objects.get(pk=1)
    other = Band.objects.get(pk=2)
    return text([len(one.remarks.all()), len(other.remarks.all())])


@case()
def relation_twice_from_one(request):
    remarks = Band.objects.get(pk=1).remarks.all()
    return text([len(list(remarks)), len(list(remarks))])


@case(found("counted", "Band.remarks", "Band.objects.all("))
def relation_counted(request):
    return text(band.remarks.count() for band in Band.objects.all())


@case(found("n+1", "Band.remarks", "Band.objects.all("))
def relation_prefetched_singly(request):
    bands = list(Band.objects.all())
    for band in bands:
        prefetch_related_objects([band], "remarks")
    return text(len(band.remarks.all()) for band in bands)
