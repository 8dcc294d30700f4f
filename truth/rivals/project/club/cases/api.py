"""Serializers of Django REST framework."""

from __future__ import annotations

from rest_framework import generics, serializers

from club.models import Album, Band, Track

from ._case import CASES, Case, found


class TrackSerializer(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("title",)


class NestedSerializer(serializers.ModelSerializer):
    tracks = TrackSerializer(many=True)

    class Meta:
        model = Album
        fields = ("title", "tracks")


class SourceSerializer(serializers.ModelSerializer):
    band_name = serializers.CharField(source="band.name")

    class Meta:
        model = Album
        fields = ("title", "band_name")


class MethodSerializer(serializers.ModelSerializer):
    styles = serializers.SerializerMethodField()

    class Meta:
        model = Band
        fields = ("name", "styles")

    def get_styles(self, band):
        return [style.name for style in band.styles.all()]


class KeySerializer(serializers.ModelSerializer):
    """Only keys: those of the album and, of the other side, of its tracks."""

    class Meta:
        model = Album
        fields = ("title", "band", "tracks")


class StringSerializer(serializers.ModelSerializer):
    class Meta:
        model = Album
        fields = ("title", "text")

    text = serializers.StringRelatedField(source="producer")
    title = serializers.CharField()


class SlugSerializer(serializers.ModelSerializer):
    band = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Album
        fields = ("title", "band")


def _view(name, serializer, queryset, *truths):
    """A list view of its own for each serializer."""
    attributes = {"serializer_class": serializer, "queryset": queryset, "__module__": __name__}
    view = type(f"{name.title()}View", (generics.ListAPIView,), attributes)
    url = f"/api/{name}/"
    CASES.append(Case("api", name, view.as_view(), truths, (url,), (), False))


_view(
    "nested", NestedSerializer, Album.objects.order_by("id"),
    found("n+1", "Album.tracks", "Album.objects.order_by("),
)  # fmt: skip
_view("nested_prefetched", NestedSerializer, Album.objects.prefetch_related("tracks"))
_view(
    "source", SourceSerializer, Album.objects.order_by("id"),
    found("n+1", "Album.band", "Album.objects.order_by("),
)  # fmt: skip
_view("source_joined", SourceSerializer, Album.objects.select_related("band"))
_view(
    "method", MethodSerializer, Band.objects.order_by("id"),
    found("n+1", "Band.styles", "Band.objects.order_by("),
)  # fmt: skip
_view("method_prefetched", MethodSerializer, Band.objects.prefetch_related("styles"))
_view(
    "keys", KeySerializer, Album.objects.order_by("id"),
    found("n+1", "Album.tracks", "Album.objects.order_by("),
)  # fmt: skip
_view("keys_prefetched", KeySerializer, Album.objects.prefetch_related("tracks"))
_view(
    "keys_joined", KeySerializer, Album.objects.select_related("band").prefetch_related("tracks"),
    found("unused", "Album.band", "Album.objects.select_related("),
)  # fmt: skip
_view(
    "string", StringSerializer, Album.objects.exclude(producer=None),
    found("n+1", "Album.producer", "Album.objects.exclude("),
)  # fmt: skip
_view(
    "slug", SlugSerializer, Album.objects.order_by("id"),
    found("n+1", "Album.band", "Album.objects.order_by("),
)  # fmt: skip
