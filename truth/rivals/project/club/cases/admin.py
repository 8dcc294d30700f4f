"""The admin's pages."""

from __future__ import annotations

from django.contrib import admin

from club.models import Album, Band, Membership, Musician, Track, Venue

from ._case import found, page


@admin.register(Track)
class TrackAdmin(admin.ModelAdmin):
    list_display = ("title", "told")

    def told(self, track):
        return track.album.title


@admin.register(Album)
class AlbumAdmin(admin.ModelAdmin):
    list_display = ("__str__",)


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    list_display = ("name", "country")
    list_select_related = ("country",)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    raw_id_fields = ("musician",)
    readonly_fields = ("who",)
    fields = ("since", "who")

    def who(self, membership):
        return membership.musician.name


@admin.register(Band)
class BandAdmin(admin.ModelAdmin):
    fields = ("name",)
    inlines = (MembershipInline,)


@admin.register(Musician)
class MusicianAdmin(admin.ModelAdmin):
    list_display = ("name", "taught_by")

    def taught_by(self, musician):
        return ", ".join(one.name for one in musician.teachers.all())


# Django's change list counts its rows twice, as it is meant to.
page(
    "admin", "column", "/admin/club/track/",
    found("n+1", "Track.album", "class TrackAdmin"), found("tolerated", "Track.title", ""),
)  # fmt: skip
page(
    "admin", "str", "/admin/club/album/",
    found("n+1", "Album.band", "class AlbumAdmin"), found("tolerated", "Album.title", ""),
)  # fmt: skip
page(
    "admin", "many", "/admin/club/musician/",
    found("n+1", "Musician.teachers", "class MusicianAdmin"),
    found("tolerated", "Musician.name", ""),
)  # fmt: skip
page("admin", "joined", "/admin/club/venue/", found("tolerated", "Venue.name", ""))
page(
    "admin", "inline", "/admin/club/band/1/change/",
    found("n+1", "Membership.musician", "class MembershipInline"),
)  # fmt: skip
