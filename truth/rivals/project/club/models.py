"""A music club: every kind of relation that Django has, at least once."""

from __future__ import annotations

import django
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=50)


class Venue(models.Model):
    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.CASCADE, to_field="code", db_column="land")


class Style(models.Model):
    name = models.CharField(max_length=50, primary_key=True)


class Band(models.Model):
    name = models.CharField(max_length=50)
    story = models.TextField(default="", blank=True)
    home = models.ForeignKey(Venue, models.SET_NULL, null=True, blank=True)
    styles = models.ManyToManyField(Style, related_name="bands")
    remarks = GenericRelation("club.Remark")

    @property
    def land(self) -> str:
        return self.home.country.name if self.home else ""

    @property
    def agent_name(self) -> str:
        return self.agent.name

    def may_be_seen_by(self, user) -> bool:
        return self.grants.filter(user=user).exists()


class Agent(models.Model):
    band = models.OneToOneField(Band, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=50)


class Musician(models.Model):
    name = models.CharField(max_length=50)
    bands = models.ManyToManyField(Band, through="Membership", related_name="musicians")
    teachers = models.ManyToManyField("self", symmetrical=False, related_name="pupils")
    band = models.ForeignKey(Band, models.SET_NULL, null=True, related_name="+")
    idols = models.ManyToManyField("self", symmetrical=False)


class Membership(models.Model):
    band = models.ForeignKey(Band, models.CASCADE)
    musician = models.ForeignKey(Musician, models.CASCADE)
    since = models.IntegerField(default=1934)


class AlbumManager(models.Manager):
    def listed(self):
        return self.filter(hidden=False)


class Album(models.Model):
    title = models.CharField(max_length=50)
    notes = models.TextField(default="")
    band = models.ForeignKey(Band, models.CASCADE, related_name="albums")
    producer = models.ForeignKey(Musician, models.SET_NULL, null=True)
    hidden = models.BooleanField(default=False)

    objects = AlbumManager()

    def __str__(self) -> str:
        return f"{self.band.name}: {self.title}"


class LiveAlbum(Album):
    recorded_at = models.ForeignKey(Venue, models.CASCADE)


class Track(models.Model):
    album = models.ForeignKey(Album, models.CASCADE, related_name="tracks")
    title = models.CharField(max_length=50)
    seconds = models.IntegerField(default=180)

    def __str__(self) -> str:
        return self.title


class Remark(models.Model):
    text = models.CharField(max_length=50)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True)
    object_id = models.PositiveIntegerField(null=True)
    subject = GenericForeignKey()


class Grant(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    band = models.ForeignKey(Band, models.CASCADE, related_name="grants")


class Visit(models.Model):
    """Counts, written by requests."""

    band = models.ForeignKey(Band, models.CASCADE, related_name="visits")
    number = models.IntegerField(default=0)


class Listed(models.Model):
    """Somebody listens to its `post_init`; see signals."""

    track = models.ForeignKey(Track, models.CASCADE)
    position = models.IntegerField()


if django.VERSION >= (5, 2):

    class Evening(models.Model):
        """What plays where, by a composite key."""

        pk = models.CompositePrimaryKey("venue_id", "number")
        venue = models.ForeignKey(Venue, models.CASCADE, related_name="evenings")
        number = models.IntegerField()
        band = models.ForeignKey(Band, models.CASCADE, related_name="evenings")
