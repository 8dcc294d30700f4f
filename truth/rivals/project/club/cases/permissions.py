"""Permission asked for each object."""

from __future__ import annotations

from django.contrib.auth.models import User

from club.models import Band

from ._answer import text
from ._case import case, found


def _anna():
    user = User.objects.get(username="anna")
    user.is_superuser = False
    return user


@case(found("permission", "Grant.get() User.has_perm", "user.has_perm("))
def of_each_object(request):
    user = _anna()
    return text(band.name for band in Band.objects.all() if user.has_perm("club.see", band))


@case(found("permission", "Grant.get() User.has_perm", "user.has_perms("))
def several_of_each_object(request):
    user = _anna()
    bands = Band.objects.all()
    return text(b.name for b in bands if user.has_perms(["club.see", "club.hear"], b))


@case(found("counted", "Band.grants", "Band.objects.all("))
def by_a_method(request):
    """The project's own way of asking."""
    user = _anna()
    return text(band.name for band in Band.objects.all() if band.may_be_seen_by(user))


@case()
def of_one_object(request):
    return text([_anna().has_perm("club.see", Band.objects.get(pk=1))])


@case()
def of_no_object(request):
    """Django loads a user's permissions once."""
    user = _anna()
    return text(user.has_perm(f"club.{verb}_band") for verb in ("add", "change", "delete"))


@case()
def of_two_objects_apart(request):
    user = _anna()
    one, other = Band.objects.order_by("id")[:2]
    may = user.has_perm("club.see", one)
    may_too = user.has_perm("club.see", other)
    return text([may, may_too])
